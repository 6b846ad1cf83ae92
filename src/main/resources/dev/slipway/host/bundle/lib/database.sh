# shellcheck shell=bash
# The stack's PostgreSQL in RDS. Applications never log in as its administrator, whose password RDS changes every week:
# what they make belongs to a role without a login, and one of two logins acts as that role, so that a new password can
# be taken up by one container after another while the former still works.

DATABASE_OWNER=slipway_owner
DATABASE_LOGINS='^slipway_[ab]$'

# What of it an application is made by: when it moves, what runs is made anew.
database_address() {
  [[ -z $(environment .databaseHost) ]] || printf '%s:%s/%s' "$(environment .databaseHost)" "$(environment .databasePort)" "$(environment .databaseName)"
}

# The same on the replica, where there is one: only its host is another.
replica_address() {
  [[ -z $(environment .replicaHost) ]] || printf '%s:%s/%s' "$(environment .replicaHost)" "$(environment .replicaPort)" "$(environment .databaseName)"
}

# database_client CREDENTIALS PROGRAM…: a client of PostgreSQL. CREDENTIALS is a file on tmpfs with {username, password};
# neither goes by an argument.
database_client() {
  local pass status=0
  # Where what a run that was killed has left is found.
  install -d -m 0700 "$VALUES" || return
  pass="$(mktemp "$VALUES/pgpass.XXXXXX")" || return
  jq -r '"*:*:*:\(.username):\(.password | gsub("(?<c>[\\\\:])"; "\\\(.c)"))"' "$1" >"$pass" || {
    rm -f "$pass"
    return 1
  }
  env PGPASSFILE="$pass" PGUSER="$(jq -r .username "$1")" PGDATABASE="$(environment .databaseName)" \
    PGHOST="$(environment .databaseHost)" PGPORT="$(environment .databasePort)" \
    PGSSLMODE=verify-full PGSSLROOTCERT="$AUTHORITIES" PGCONNECT_TIMEOUT=15 "${@:2}" || status=$?
  rm -f "$pass"
  return "$status"
}

# database_sql CREDENTIALS [psql options]: SQL on standard input, rows with tabs on standard output.
database_sql() {
  database_client "$1" psql --no-psqlrc --quiet --no-align --tuples-only --field-separator=$'\t' --set ON_ERROR_STOP=1 "${@:2}"
}

database_login_works() { database_sql "$VALUES/database" <<<'SELECT 1' >/dev/null 2>&1; }

# database_prepare: the application's login exists, with the password of the secret. Its first password is made here; a
# later one is whatever the secret was changed to. Where secret and database are what the live release was started with
# there is nothing to look at, and a database that fails over does not keep a host from coming up.
database_prepare() {
  database_is_used || return 0
  local password
  if ! value_fetch database; then
    password="$(secret_generate)"
    jq -n --arg password "$password" '{username: "slipway_a", password: $password}' >"$VALUES/database.new"
    value_put_once database
  fi
  jq -e --arg logins "$DATABASE_LOGINS" '(.username | test($logins)) and (.password | type == "string" and length >= 16)' "$VALUES/database" >/dev/null 2>&1 ||
    refuse "the secret database is not {\"username\": \"slipway_a\" or \"slipway_b\", \"password\": at least 16 characters}; see docs/runbooks/secrets.md"
  if database_is_known; then return 0; fi
  database_login_works && return 0
  database_make_login
  database_sql "$VALUES/database" <<<'SELECT 1' >/dev/null || die "the database's login $(jq -r .username "$VALUES/database") was made and does not work"
  detail "database: the login $(jq -r .username "$VALUES/database") has the password of the secret"
}

# database_master FILE: {username, password} of the administrator. While the password is being changed the new one is the
# secret's pending value, which may be right already.
database_master() {
  local answer stage why="$1.why"
  for stage in AWSCURRENT AWSPENDING; do
    if ! answer="$(aws secretsmanager get-secret-value --secret-id "$(environment .databaseMasterSecret)" --version-stage "$stage" \
      --query SecretString --output text 2>&1 >"$1")"; then
      [[ $stage == AWSPENDING ]] || die "cannot read the secret of the database's administrator: $answer"
      break
    fi
    # Whatever else is wrong is told by who uses it.
    if database_sql "$1" <<<'SELECT 1' >/dev/null 2>"$why" || ! grep -q 'password authentication failed' "$why"; then
      rm -f "$why"
      return 0
    fi
  done
  rm -f "$why"
  die "the database does not take the password that the secret $(environment .databaseMasterSecret) has for its administrator; see docs/runbooks/database.md"
}

# The password is sent as the verifier that PostgreSQL keeps, so that no log of statements can hold it. The lock is the
# database's own: several hosts may come up at once.
database_make_login() {
  local login verifier
  database_master "$VALUES/.master"
  login="$(jq -r .username "$VALUES/database")"
  verifier="$(jq -j .password "$VALUES/database" | python3 "$BUNDLE/lib/scram.py")"
  database_sql "$VALUES/.master" <<SQL
SET client_min_messages = warning;
SELECT 'locked' FROM pg_advisory_lock(hashtext('slipway')) \g /dev/null
SELECT 'CREATE ROLE $DATABASE_OWNER NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$DATABASE_OWNER') \gexec
SELECT 'CREATE ROLE $login NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$login') \gexec
GRANT $DATABASE_OWNER TO $login;
ALTER ROLE $login LOGIN PASSWORD '$verifier';
ALTER ROLE $login SET role = '$DATABASE_OWNER';
GRANT ALL ON DATABASE "$(environment .databaseName)" TO $DATABASE_OWNER;
GRANT ALL ON SCHEMA public TO $DATABASE_OWNER;
SQL
  rm -f "$VALUES/.master"
}

# SQL on standard input, as the application is.
database_as_app() {
  value_fetch database || die "the secret database has no value" >&2
  database_sql "$VALUES/database"
}

# What a migration may change: tables, columns and indexes. Two equal fingerprints: nothing did. A database that doesn't
# answer has none.
database_fingerprint() {
  local rows
  rows="$(database_schema)" || return 1
  sha256sum <<<"$rows" | cut -c1-16
}

database_schema() { database_as_app <<<"$(database_schema_sql)"; }

database_schema_sql() {
  cat <<'SQL'
SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
  WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3;
SELECT schemaname, indexname, indexdef FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2;
SQL
}

# database_locked COMMAND…: while it runs no other host migrates. The session that holds the lock ends with its input,
# which ends with this shell.
database_locked() {
  local answer input session
  coproc LOCK_SESSION { database_as_app; }
  input=${LOCK_SESSION[1]} session=$LOCK_SESSION_PID
  printf "SELECT 'locked' FROM pg_advisory_lock(hashtext('slipway-migration'));\n" >&"${LOCK_SESSION[1]}"
  read -r -t 1800 answer <&"${LOCK_SESSION[0]}" && [[ $answer == locked ]] || die "another host has held the database's migration lock for half an hour, or the database cannot be reached"
  attempt "$@"
  exec {input}>&-
  wait "$session" || true
  return "$ATTEMPT_STATUS"
}
