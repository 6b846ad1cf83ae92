# shellcheck shell=bash
# MariaDB, as root, through the client in the database's own container (or in the backend's, where the
# database is external). The password goes in on standard input, before the SQL.

database_is_external() { [[ -n $(setting .compose.database.host) ]]; }

# database_sql [client options]: SQL on standard input, rows with tabs on standard output.
database_sql() {
  local service=db where=() host port
  if database_is_external; then
    service=backend
    host="$(setting .compose.database.host)" || return
    port="$(setting .compose.database.port 3306)" || return
    where=(--host="$host" --port="$port")
  fi
  # shellcheck disable=SC2016 # $password and $@ are the container's
  # shellcheck disable=SC2153 # DATA is common.sh's
  {
    sed 's/[\\"]/\\&/g' "$DATA/secrets/db-root-password" || exit
    printf '\n'
    cat
  } | compose exec -T "$service" sh -c '
    IFS= read -r password
    exec mariadb --defaults-extra-file=/dev/fd/3 --user=root "$@" 3<<END
[client]
password="$password"
END' sh --batch --skip-column-names "${where[@]}" "$@"
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

# database_load DATABASE FILE.sql.gz: an empty database takes the dump.
database_load() {
  database_sql <<<"DROP DATABASE IF EXISTS \`$1\`;
    CREATE DATABASE \`$1\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
  gzip -dc "$2" | database_sql --database="$1"
}

# The site's own user, with the password that its site_config.json names.
database_grant_site() {
  local site=$1 database user file
  database="$(site_value "$site" .db_name)"
  user="$(site_value "$site" .db_user)"
  user="${user:-$database}"
  file="$RUNTIME_DIR/grant.sql"
  # shellcheck disable=SC2016 # backquotes are SQL's
  jq -r --arg user "$user" --arg database "$database" '
    (.db_password | gsub("\\\\"; "\\\\") | gsub("'\''"; "'\'''\''")) as $password
    | "CREATE USER IF NOT EXISTS '\''\($user)'\''@'\''%'\'';",
      "ALTER USER '\''\($user)'\''@'\''%'\'' IDENTIFIED BY '\''\($password)'\'';",
      "GRANT ALL PRIVILEGES ON `\($database)`.* TO '\''\($user)'\''@'\''%'\'';",
      "FLUSH PRIVILEGES;"' "$(site_config_file "$site")" >"$file"
  database_sql <"$file"
  rm -f "$file"
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
