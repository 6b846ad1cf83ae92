# shellcheck shell=bash
# MariaDB, as root, through the client in the database's own container (or in the backend's, where the
# database is external). The password goes in on standard input, before the SQL.

database_is_external() { [[ -n $(setting .compose.database.host) ]]; }

# database_sql: SQL on standard input, rows with tabs on standard output.
# shellcheck disable=SC2153 # DATA is common.sh's
database_sql() { database_client root "$DATA/secrets/db-root-password"; }

# database_client USER PASSWORD_FILE [client options]
database_client() {
  local user=$1 password=$2 service=db where=() host port
  shift 2
  if database_is_external; then
    service=backend
    host="$(setting .compose.database.host)" || return
    port="$(setting .compose.database.port 3306)" || return
    where=(--host="$host" --port="$port")
  fi
  # shellcheck disable=SC2016 # $password and $@ are the container's
  {
    sed 's/[\\"]/\\&/g' "$password" || exit
    printf '\n'
    cat
  } | compose exec -T "$service" sh -c '
    IFS= read -r password
    exec mariadb --defaults-extra-file=/dev/fd/3 --user="$0" "$@" 3<<END
[client]
password="$password"
END' "$user" --batch --skip-column-names "${where[@]}" "$@"
}

# database_dump SITE: its database as SQL on standard output, by the site's own user and with the options of
# `bench backup`. That one gives the password to mariadb-dump as an argument, which all on this machine can read.
database_dump() {
  local site=$1
  # shellcheck disable=SC2016
  site_value "$site" .db_password | sed 's/[\\"]/\\&/g' | compose exec -T backend sh -c '
    IFS= read -r password
    dump=mariadb-dump
    command -v "$dump" >/dev/null || dump=mysqldump
    exec "$dump" --defaults-extra-file=/dev/fd/3 --single-transaction --quick --lock-tables=false "$@" 3<<END
[client]
password="$password"
END' sh --host="$(database_place "$site" .db_host db)" --port="$(database_place "$site" .db_port 3306)" \
    --user="$(database_user "$site")" "$(site_value "$site" .db_name)"
}

# database_place SITE .key DEFAULT: what the site's configuration says, else the bench's.
database_place() {
  local value
  value="$(jq -nr --slurpfile site "$(site_config_file "$1")" --slurpfile all "$(sites_volume)/common_site_config.json" \
    "(\$site[0]$2) // (\$all[0]$2) // empty")"
  printf '%s' "${value:-$3}"
}

# database_user SITE: the site's own user; called as its database where the configuration does not say otherwise.
database_user() {
  local user
  user="$(site_value "$1" .db_user)"
  printf '%s' "${user:-$(site_value "$1" .db_name)}"
}

database_answers() { database_sql <<<'SELECT 1' >/dev/null 2>&1; }

database_version() { database_sql <<<'SELECT VERSION()' | cut -d- -f1; }

# Base tables; sequences are listed on their own (counting their rows says nothing).
database_tables() {
  database_sql <<<"SELECT table_name FROM information_schema.tables
    WHERE table_schema = '$1' AND table_type = 'BASE TABLE' ORDER BY table_name"
}

# database_for_tables DATABASE SQL_AROUND_NAME: runs SQL for every base table; %q stands for its quoted name as a
# string, %t for the table itself.
database_for_tables() {
  local statement
  statement="${2//\'/\'\'}"
  database_sql <<<"SELECT REPLACE(REPLACE('$statement', '%q', QUOTE(table_name)),
      '%t', CONCAT('\`$1\`.\`', REPLACE(table_name, '\`', '\`\`'), '\`'))
    FROM information_schema.tables WHERE table_schema = '$1' AND table_type = 'BASE TABLE'" | database_sql
}

# database_rows DATABASE: one line a table: name, rows, checksum. Both read the table whole; a backup reads
# it too, so this costs about as much as the dump itself.
database_rows() {
  local counts sums
  counts="$(database_for_tables "$1" 'SELECT %q, COUNT(*) FROM %t;' | sort -t $'\t' -k 1,1)"
  sums="$(database_for_tables "$1" 'CHECKSUM TABLE %t;' | sed "s/^$1\.//" | sort -t $'\t' -k 1,1)"
  # A manifest without tables would agree with everything.
  [[ -n $counts && -n $sums ]] || die "the database $1 does not tell what is in its tables" >&2
  join -t $'\t' <(printf '%s\n' "$counts") <(printf '%s\n' "$sums")
}

# database_bytes DATABASE: about how much room it takes.
database_bytes() {
  database_sql <<<"SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS UNSIGNED) FROM information_schema.tables
    WHERE table_schema = '$1'"
}

# What a migration may change: columns, and the list of patches that ran. Two equal fingerprints: nothing did.
database_fingerprint() {
  local database=$1 tables columns
  tables="$(database_tables "$database")" || return
  columns="$(database_sql <<<"SELECT table_name, column_name, column_type, is_nullable, column_default FROM information_schema.columns
      WHERE table_schema = '$database' ORDER BY table_name, column_name")" || return
  # Two that were not told would be equal.
  [[ -n $columns ]] || die "the database $database does not tell its columns" >&2
  {
    printf '%s\n' "$columns"
    if [[ $'\n'$tables$'\n' == *$'\ntabPatch Log\n'* ]]; then
      database_sql <<<"SELECT DISTINCT patch FROM \`$database\`.\`tabPatch Log\` ORDER BY patch"
    fi
  } | sha256sum | cut -c1-16
}

# What Frappe grants a site's user where `rds_db` is set.
readonly DATABASE_RIGHTS_OF_RDS='SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, CREATE TEMPORARY TABLES, CREATE VIEW, EVENT, TRIGGER, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, LOCK TABLES'

# A string of SQL, in jq.
# shellcheck disable=SC2016 # $q is jq's
readonly DATABASE_QUOTED='def quoted: gsub("\\\\"; "\\\\") | gsub($q; $q + $q) | $q + . + $q;'

# What a user gets on its own database. Nobody can grant what he does not have: the master of a database that is a
# service (RDS, by whatever name it is reached) lacks some, and ALL PRIVILEGES is refused there.
database_rights() {
  local own
  own="$(database_sql <<<'SHOW GRANTS FOR CURRENT_USER()')"
  case "$own" in
    *'GRANT ALL PRIVILEGES ON *.*'*'WITH GRANT OPTION'*) printf 'ALL PRIVILEGES' ;;
    *) printf '%s' "$DATABASE_RIGHTS_OF_RDS" ;;
  esac
}

# database_password USER PASSWORD_FILE
database_password() {
  jq -rn --arg user "$1" --rawfile password "$2" --arg q "'" "$DATABASE_QUOTED"'
    "ALTER USER \($user | quoted)@\("%" | quoted) IDENTIFIED BY \($password | quoted);"' >"$RUNTIME_DIR/make.sql"
  database_sql <"$RUNTIME_DIR/make.sql"
  rm -f "$RUNTIME_DIR/make.sql"
}

# database_make DATABASE USER PASSWORD_FILE: an empty database, and the user that it belongs to.
database_make() {
  local rights
  rights="$(database_rights)"
  jq -rn --arg database "$1" --arg user "$2" --rawfile password "$3" --arg rights "$rights" --arg q "'" "$DATABASE_QUOTED"'
    ($user | quoted) + "@" + $q + "%" + $q
    | "DROP DATABASE IF EXISTS `\($database)`;",
      "CREATE DATABASE `\($database)` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;",
      "CREATE USER IF NOT EXISTS \(.);",
      "ALTER USER \(.) IDENTIFIED BY \($password | quoted);",
      "GRANT \($rights) ON `\($database)`.* TO \(.);"' >"$RUNTIME_DIR/make.sql"
  database_sql <"$RUNTIME_DIR/make.sql"
  rm -f "$RUNTIME_DIR/make.sql"
}

# database_remove DATABASE USER
database_remove() { database_sql <<<"DROP DATABASE IF EXISTS \`$1\`; DROP USER IF EXISTS '$2'@'%';"; }

# A view or trigger of a dump names the user who made it. Only a superuser may make one in another's name, and on another
# machine there may be no such user; without the name it belongs to who loads it. A value has no line break in a dump, so
# that what begins a line is never data.
# shellcheck disable=SC2016 # backquotes are SQL's
database_without_definers() {
  LC_ALL=C sed -E \
    -e 's#^(/\*M?![0-9]{5,6} +(CREATE *\*/ +/\*M?![0-9]{5,6} +)?)DEFINER *= *`[^`]*`@`[^`]*`#\1#' \
    -e 's#^CREATE +DEFINER *= *`[^`]*`@`[^`]*`#CREATE#'
}

# database_load DATABASE USER PASSWORD_FILE DUMP.sql.gz: made anew, with what the dump has, by the user that it belongs to.
database_load() {
  database_make "$1" "$2" "$3"
  gzip -dc "$4" | database_without_definers | database_client "$2" "$3" --database="$1"
}

# The undo of a database upgrade: the former image cannot open upgraded files, so they step aside and it
# starts on an empty volume, into which the caller loads the dumps.
database_fresh_volume() {
  local data aside
  compose stop db
  data="$(docker volume inspect --format '{{.Mountpoint}}' "${PROJECT}_db-data")"
  aside="$data.upgraded-$(stamp)"
  mv "$data" "$aside"
  install -d -m 0755 "$data"
  compose up --detach --no-build --wait db
  until_true 180 database_answers || die "the former database does not start on an empty volume; the upgraded files are in $aside"
  # Those of earlier attempts that were killed, too.
  rm -rf "$data".upgraded-*
}
