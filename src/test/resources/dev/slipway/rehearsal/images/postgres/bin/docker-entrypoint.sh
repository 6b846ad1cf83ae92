#!/usr/bin/env bash
# Makes an empty volume into an instance, or unpacks the snapshot that it is to be, then becomes the server, with the
# options that it is given (-c NAME=VALUE: the instance's parameters).
#   POSTGRES_USER, POSTGRES_DB   the master's name and the first database; POSTGRES_DB may be empty
#   POSTGRES_PASSWORD_FILE       the master's password; where a snapshot brings one, it is changed to this one
#   REPLICATION_PASSWORD_FILE    that of rdsrepladmin, as whom replicas follow; none: nobody follows
#   PRIMARY_HOST, PRIMARY_SLOT   whom this one follows, and the slot that it makes there
#   TLS_DIRECTORY                has server.crt and server.key; default /tls
#   SNAPSHOT_FILE                what `snapshot` printed; default /snapshot.tar, if that is there
# It answers over the network once all of that is done.
set -euo pipefail

readonly tls=${TLS_DIRECTORY:-/tls} snapshot=${SNAPSHOT_FILE:-/snapshot.tar} run=/run/postgresql
# Whom libpq looks for certificates of.
export HOME=/var/lib/postgresql
server=''
trap '[[ -z $server ]] || kill -INT "$server" 2>/dev/null || true' EXIT

say() { printf '[entrypoint] %s\n' "$*"; }
die() {
  printf '[entrypoint] ERROR: %s\n' "$*" >&2
  exit 1
}

as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

initialise() {
  say 'making an empty instance'
  as_postgres initdb --username=rdsadmin --encoding=UTF8 --locale=C.UTF-8 --auth=reject --data-checksums >/dev/null
}

unpack() {
  say "unpacking $snapshot"
  tar --extract --file "$snapshot" --directory "$PGDATA"
  rm -f "$PGDATA/ready"
  chown -R postgres:postgres "$PGDATA"
}

# A standby of the primary's, roles and all, which streams what that writes from a slot of its own.
follow() {
  say "copying $PRIMARY_HOST"
  as_postgres env PGPASSFILE="$run/replication" PGSSLMODE=require pg_basebackup --host "$PRIMARY_HOST" --username rdsrepladmin \
    --pgdata "$PGDATA" --wal-method=stream --checkpoint=fast --create-slot --slot "$PRIMARY_SLOT" --write-recovery-conf
  as_postgres touch "$PGDATA/ready"
}

# Made at every start, since the folder is not on the volume.
replication_login() {
  [[ -r ${REPLICATION_PASSWORD_FILE:-} ]] || die "REPLICATION_PASSWORD_FILE can't be read: mount a file with the password"
  printf '*:*:*:rdsrepladmin:%s\n' "$(cat "$REPLICATION_PASSWORD_FILE")" >"$run/replication"
  chown postgres:postgres "$run/replication"
  chmod 0600 "$run/replication"
}

# RDS takes connections without TLS only where its parameter says so, which is on in PostgreSQL 15 and later unless
# changed: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
write_access() {
  local kind=hostssl
  [[ " $* " != *' rds.force_ssl=0 '* ]] || kind=host
  cat >"$PGDATA/pg_ident.conf" <<'MAP'
operator postgres rdsadmin
operator root     rdsadmin
MAP
  cat >"$PGDATA/pg_hba.conf" <<ACCESS
local all         rdsadmin peer map=operator
local replication rdsadmin peer map=operator
hostssl replication rdsrepladmin all scram-sha-256
host  all         rdsrepladmin all reject
host  all         rdsadmin all reject
$kind all         all      all scram-sha-256
ACCESS
}

# first_start OPTIONS...: a server that nobody reaches from outside.
first_start() {
  setpriv --reuid=postgres --regid=postgres --init-groups postgres "$@" -c listen_addresses= -c ssl=off &
  server=$!
  local attempt
  for ((attempt = 0; attempt < 600; attempt++)); do
    ! pg_isready --quiet || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  die 'the server did not start'
}

first_stop() {
  kill -INT "$server"
  wait "$server" || die 'the server did not stop well'
  server=''
}

# The master may make roles and databases, and is no superuser.
master() {
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set user="$POSTGRES_USER" <<'SQL'
SELECT 'CREATE ROLE rds_superuser NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_superuser') \gexec
SET client_min_messages = warning;
GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION;
SELECT format('CREATE ROLE %I LOGIN CREATEDB CREATEROLE IN ROLE rds_superuser', :'user')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
SQL
  set-password "$POSTGRES_USER" <"$POSTGRES_PASSWORD_FILE"
  if [[ -r ${REPLICATION_PASSWORD_FILE:-} ]]; then
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 <<'SQL'
SELECT 'CREATE ROLE rdsrepladmin LOGIN REPLICATION' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rdsrepladmin') \gexec
SQL
    set-password rdsrepladmin <"$REPLICATION_PASSWORD_FILE"
  fi
  [[ -n ${POSTGRES_DB:-} ]] || return 0
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set user="$POSTGRES_USER" --set database="$POSTGRES_DB" <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'user')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SQL
}

[[ ${1:-postgres} != -* ]] || set -- postgres "$@"
if [[ ${1:-} == postgres ]]; then
  shift
  [[ -n ${POSTGRES_USER:-} ]] || die "POSTGRES_USER is not set: give the master's name"
  [[ -r ${POSTGRES_PASSWORD_FILE:-} ]] || die "POSTGRES_PASSWORD_FILE is not set or can't be read: mount a file with the master's password"
  [[ -r $tls/server.crt && -r $tls/server.key ]] || die "$tls has no server.crt and server.key: mount them there"
  install -d -o postgres -g postgres -m 0700 "$PGDATA"
  install -d -o postgres -g postgres -m 0755 "$run"
  # The server wants a key of its own that nobody else reads.
  install -d -o postgres -g postgres -m 0700 "$run/tls"
  install -o postgres -g postgres -m 0600 "$tls"/server.{crt,key} "$run/tls"
  if [[ -n ${PRIMARY_HOST:-} ]]; then replication_login; fi
  if [[ ! -e $PGDATA/PG_VERSION ]]; then
    if [[ -n ${PRIMARY_HOST:-} ]]; then
      follow
    elif [[ -e $snapshot ]]; then
      unpack
    else
      initialise
    fi
  fi
  write_access "$@"
  if [[ ! -e $PGDATA/ready ]]; then
    first_start "$@"
    master
    first_stop
    as_postgres touch "$PGDATA/ready"
    say 'ready'
  fi
  trap - EXIT
  set -- setpriv --reuid=postgres --regid=postgres --init-groups postgres \
    -c listen_addresses='*' -c ssl=on -c ssl_min_protocol_version=TLSv1.2 \
    -c ssl_cert_file="$run/tls/server.crt" -c ssl_key_file="$run/tls/server.key" "$@"
fi
exec "$@"
