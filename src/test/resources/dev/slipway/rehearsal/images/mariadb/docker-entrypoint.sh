#!/usr/bin/env bash
# Makes an empty volume into a database, then becomes the server. A stand-in for the official image's entry point: it
# takes the same variables (MARIADB_* or MYSQL_*, each also as …_FILE) and the server's own options as arguments.
set -euo pipefail

readonly data=/var/lib/mysql
server=''
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true' EXIT

say() { printf '%s [Note] [Entrypoint]: %s\n' "$(date '+%F %T%:z')" "$*"; }
die() {
  printf '%s [ERROR] [Entrypoint]: %s\n' "$(date '+%F %T%:z')" "$*" >&2
  exit 1
}

# setting NAME: the value of MARIADB_NAME or MYSQL_NAME, or what is in the file that either names.
setting() {
  local prefix variable file
  for prefix in MARIADB MYSQL; do
    variable=${prefix}_$1 file=${prefix}_$1_FILE
    if [[ -n ${!file:-} ]]; then
      [[ -z ${!variable:-} ]] || die "$variable and $file are both set; one is needed"
      cat "${!file}"
      return
    elif [[ -n ${!variable:-} ]]; then
      printf '%s' "${!variable}"
      return
    fi
  done
}

quoted() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\\\'}"
}

sql() { mariadb --protocol=socket --user=root "$@"; }

# first_start OPTIONS...: a server that nobody reaches from outside.
first_start() {
  setpriv --reuid=mysql --regid=mysql --init-groups mariadbd "$@" --skip-networking --loose-innodb-buffer-pool-dump-at-shutdown=0 &
  server=$!
  local attempt
  for ((attempt = 0; attempt < 240; attempt++)); do
    ! sql --execute='SELECT 1' &>/dev/null || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.25
  done
  die 'the server did not start'
}

first_stop() {
  kill "$server"
  wait "$server" || die 'the server did not stop well'
  server=''
}

initialise() {
  local root_password database user password host health
  root_password=$(setting ROOT_PASSWORD)
  host=$(setting ROOT_HOST)
  [[ -n $root_password || -n ${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD:-} ]] ||
    die 'the database is not there yet and no root password is given: set MARIADB_ROOT_PASSWORD or MARIADB_ROOT_PASSWORD_FILE'
  say 'Initializing database files'
  mariadb-install-db --user=mysql --datadir="$data" --skip-test-db --auth-root-authentication-method=normal >/dev/null
  first_start "$@"
  # A login without rights, for healthcheck.sh.
  health=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '[client]\nuser=healthcheck\npassword=%s\nhost=127.0.0.1\nprotocol=tcp\n' "$health" >"$data/.my-healthcheck.cnf"
  chown mysql:mysql "$data/.my-healthcheck.cnf"
  chmod 0600 "$data/.my-healthcheck.cnf"
  database=$(setting DATABASE) user=$(setting USER) password=$(setting PASSWORD)
  {
    # Those that come without a password.
    printf "DELETE FROM mysql.global_priv WHERE user = 'root' AND host <> 'localhost';\nFLUSH PRIVILEGES;\n"
    printf "CREATE USER 'healthcheck'@'127.0.0.1' IDENTIFIED BY '%s';\n" "$health"
    [[ -z $database ]] || printf "CREATE DATABASE IF NOT EXISTS \`%s\`;\n" "$database"
    if [[ -n $user ]]; then
      printf 'CREATE USER %s@%s IDENTIFIED BY %s;\n' "$(quoted "$user")" "'%'" "$(quoted "$password")"
      [[ -z $database ]] || printf "GRANT ALL ON \`%s\`.* TO %s@%s;\n" "$database" "$(quoted "$user")" "'%'"
    fi
    printf 'CREATE USER %s@%s IDENTIFIED BY %s;\n' "'root'" "$(quoted "${host:-%}")" "$(quoted "$root_password")"
    printf 'GRANT ALL ON *.* TO %s@%s WITH GRANT OPTION;\n' "'root'" "$(quoted "${host:-%}")"
    # Last: from here on this connection's user has a password.
    printf "SET PASSWORD FOR 'root'@'localhost' = PASSWORD(%s);\n" "$(quoted "$root_password")"
  } | sql
  first_stop
  say 'Database ready'
}

# Upgrades the system tables of a database that an older server wrote.
upgrade() {
  local was now
  now=$(mariadbd --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)
  was=$(cat "$data/mysql_upgrade_info" 2>/dev/null || true)
  [[ -n $was && ${was%%-*} != "$now" ]] || return 0
  say "Upgrading from $was to $now"
  first_start "$@" --skip-grant-tables
  mariadb-upgrade --user=root --silent
  first_stop
}

[[ ${1:-mariadbd} != -* ]] || set -- mariadbd "$@"
if [[ $1 == mariadbd || $1 == mysqld ]]; then
  shift
  chown mysql:mysql "$data" /run/mysqld
  if [[ ! -d $data/mysql ]]; then
    initialise "$@"
  elif [[ -n $(setting AUTO_UPGRADE) ]]; then
    upgrade "$@"
  fi
  trap - EXIT
  set -- setpriv --reuid=mysql --regid=mysql --init-groups env -u MARIADB_ROOT_PASSWORD -u MYSQL_ROOT_PASSWORD mariadbd "$@"
fi
exec "$@"
