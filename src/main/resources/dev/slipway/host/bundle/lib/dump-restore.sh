# shellcheck shell=bash
# A dump becomes a database of its own beside the live one, and is looked at there. Whoever made the dump decides what is done
# while it loads: so it is done by a role that may do nothing elsewhere on the server, and by a client that may do nothing here.

# confined PROGRAM…: as nobody, who can start no process and whom nothing on this host trusts; with an environment of its own
# (PGSERVICE… of this shell's would be the dump's to use). psql's meta-commands are refused by \restrict as well, but for
# \unrestrict, whose arguments psql reads as a shell's up to 16.14 (CVE-2026-18408). CONFINED is its folder.
confined() {
  env --ignore-environment PATH="$PATH" LC_ALL=C.UTF-8 HOME="$CONFINED" PGPASSFILE="$CONFINED/pgpass" PGUSER="$(jq -r .username "$VALUES/.restored")" \
    PGDATABASE="$(restored_name "$ID")" PGHOST="$(environment .databaseHost)" PGPORT="$(environment .databasePort)" \
    PGSSLMODE=verify-full PGSSLROOTCERT="$CONFINED/authorities.pem" PGCONNECT_TIMEOUT=15 \
    setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --no-new-privs prlimit --nproc=0:0 --core=0:0 "$@"
}

# confined_open: its folder, which is nobody's, with the password of this run.
confined_open() {
  CONFINED="$(mktemp -d "$RUNTIME_DIR-dump.XXXXXX")"
  trap 'rm -rf "$CONFINED"' EXIT
  jq -r '"*:*:*:\(.username):\(.password)"' "$VALUES/.restored" >"$CONFINED/pgpass"
  cp "$AUTHORITIES" "$CONFINED/authorities.pem"
  chmod 0400 "$CONFINED"/*
  chown -R 65534:65534 "$CONFINED"
}

# dump_bytes FILE: as PostgreSQL's clients read it.
dump_bytes() { if [[ $GZIP == true ]]; then gunzip --stdout <"$1"; else cat "$1"; fi; }

# restored_make ID: role and database, which no one else reaches. Nor does that role reach others: who could connect to those that
# are the administrator's because everybody can is named instead.
restored_make() {
  local name
  name="$(restored_name "$1")"
  restored_login "$1"
  dump_sql --set name="$name" <<'SQL'
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', datname, rolname) FROM pg_database, pg_roles
  WHERE datname IN (:'live', 'postgres', 'template1') AND pg_has_role(current_user, datdba, 'USAGE')
    AND rolcanlogin AND NOT rolsuper AND rolname !~ '^restore_[0-9a-f]{12}$'
    AND EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = 0 AND privilege_type = 'CONNECT') \gexec
SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', datname) FROM pg_database
  WHERE datname IN (:'live', 'postgres', 'template1') AND pg_has_role(current_user, datdba, 'USAGE') \gexec
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',
    :'name', :'name', pg_encoding_to_char(encoding), datcollate, datctype) FROM pg_database WHERE datname = :'live' \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
  restored_extensions "$1"
}

# restored_extensions ID: what the live database has and only an administrator may make, as RDS lets it; a dump's own
# CREATE EXTENSION IF NOT EXISTS finds them. Those that are trusted a dump makes itself.
restored_extensions() {
  dump_sql --dbname "$(live_name)" >"$VALUES/.extensions" <<'SQL'
SELECT format('CREATE EXTENSION IF NOT EXISTS %I CASCADE;', extname) FROM pg_extension
  JOIN pg_available_extension_versions ON name = extname AND version = extversion WHERE NOT trusted AND extname <> 'plpgsql' ORDER BY pg_extension.oid;
SQL
  dump_sql --dbname "$(restored_name "$1")" <"$VALUES/.extensions"
}

# restored_load FILE: in one transaction; at the first error it ends.
restored_load() {
  local errors="$DUMP_FOLDER/errors" said
  confined_open
  attempt "load_$FORMAT" "$1" "$errors"
  [[ $ATTEMPT_STATUS == 0 ]] || {
    said="$(dump_error "$errors")"
    case "$said" in
      *'to create extension'*) said+='. A dump may bring extensions that PostgreSQL trusts, and those that the live database has' ;;
      *'must be member of role'* | *'must be able to SET ROLE'* | *'role "'*'" does not exist'*)
        said+='. Its owners are not here: make it with pg_dump --format=custom, or with --no-owner --no-privileges'
        ;;
    esac
    die "the dump could not be loaded: $said"
  }
}

# load_custom FILE ERRORS: what only an owner of the extension may say of it is left out.
load_custom() {
  local list="$DUMP_FOLDER/list" status=()
  # It reads no more than the beginning.
  confined pg_restore --list < <(dump_bytes "$1" 2>/dev/null) >"$list.all" 2>"$2"
  grep -av ' COMMENT - EXTENSION ' "$list.all" >"$list"
  # The folder is root's alone: the list goes by its own.
  install -m 0400 -o 65534 -g 65534 "$list" "$CONFINED/list"
  set +e
  dump_bytes "$1" 2>>"$2" | confined pg_restore --no-owner --no-privileges --no-tablespaces --no-publications --no-subscriptions --no-security-labels \
    --exit-on-error --single-transaction --use-list="$CONFINED/list" --dbname="$(restored_name "$ID")" 2>>"$2"
  status=("${PIPESTATUS[@]}")
  set -e
  # It leaves unread what comes after the last table.
  [[ ${status[1]} == 0 && ${status[0]} =~ ^(0|141)$ ]]
}

# load_sql FILE ERRORS: a script that is cut off never comes to what is asked at its end.
load_sql() {
  local key ended refusal="$DUMP_FOLDER/refusal" status=()
  key="$(openssl rand -hex 24)"
  set +e
  { printf '\\restrict %s\n' "$key" && dump_bytes "$1" 2>>"$2" | python3 "$BUNDLE/lib/dump-script.py" "$key" 2>"$refusal"; } |
    confined psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --single-transaction --file=- 2>>"$2" |
    grep -acxF "$key" >"$DUMP_FOLDER/ended"
  status=("${PIPESTATUS[@]}")
  set -e
  ended="$(<"$DUMP_FOLDER/ended")"
  [[ ${status[0]} != 0 || ${status[1]} != 0 || $ended != 1 ]] || return 0
  # psql says of a script that was refused only where it ended.
  if [[ ${status[0]} == 3 ]]; then
    cp "$refusal" "$2"
    return 1
  fi
  cat "$refusal" >>"$2"
  # What was asked at the end became a part of what has none.
  if grep -aqF "$key" "$2" || [[ ${status[1]} == 0 && ! -s $2 ]]; then
    printf 'error: the script ends in the middle of a statement or of a table'\''s rows\n' >"$2"
  fi
  return 1
}

# restored_complete: as many tables as the archive's table of contents has.
restored_complete() {
  local said has
  [[ $FORMAT == custom ]] || return 0
  said="$(awk '$4 == "TABLE" && $5 != "DATA" && $5 != "ATTACH"' "$DUMP_FOLDER/list" | wc -l)"
  has="$(
    restored_sql "$ID" <<'SQL'
SELECT count(*) FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind IN ('r', 'p') AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
SQL
  )"
  ((has >= said)) || die "the archive names $said tables, and $has were restored"
}

dump_restore() {
  local file="$DUMP_FOLDER/dump" started=$SECONDS tables knows
  [[ -n $KEY && -n $VERSION && $SHA =~ ^[0-9a-f]{64}$ && $ID == "${SHA:0:12}" && -n $FORMAT ]] || refuse "restore needs id, key, version, sha256 and format, and an id that is the SHA-256's first 12 digits"
  if [[ $FORMAT == sql ]]; then
    knows="$(psql --help=commands)"
    [[ $knows == *'\restrict '* ]] ||
      refuse "psql on this host is $(psql --version | sed -E 's/^[^0-9]*([0-9.]+).*/\1/') and does not know \\restrict, without which no plain SQL is loaded; update it: apt-get install --only-upgrade postgresql-client-16"
  fi
  restored_remove "$ID"
  dump_folder
  dump_fetch "$KEY" "$VERSION" "$SHA" "$file"
  restored_make "$ID"
  restored_load "$file"
  restored_complete
  restored_sql "$ID" <<<'ANALYZE;' 2>"$DUMP_FOLDER/errors" || die "what was restored cannot be analyzed: $(dump_error "$DUMP_FOLDER/errors")"
  tables="$(restored_sql "$ID" <<<"SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema'")"
  restored_logout "$ID"
  dump_folder_away
  detail "$(restored_name "$ID"): $tables tables from s3://$(dump_bucket)/$KEY"
  dump_answer "$(jq -nc --arg id "$ID" --arg database "$(restored_name "$ID")" --argjson seconds $((SECONDS - started)) --argjson tables "$tables" '$ARGS.named')"
}

# restore_away: what a restore that failed leaves is nothing.
restore_away() {
  restored_remove "$ID"
  dump_folder_away
}

# --- verify ----------------------------------------------------------------------------------------------------------

# verify_tables: by its own role: whoever counts runs what policies and views of the dump say.
verify_tables() {
  local lines="$DUMP_FOLDER/counts"
  dump_tables_sql | restored_sql "$ID" >"$lines" 2>"$lines.errors" || die "the tables of $(restored_name "$ID") cannot be counted: $(dump_error "$lines.errors")" >&2
  dump_tables_json <"$lines"
}

# verify_missing: names of tables that the live database has and this one lacks, as a list in JSON.
verify_missing() {
  local names
  names="$(database_as_app <<<"SELECT json_build_array(schemaname || '.' || tablename) FROM pg_catalog.pg_tables WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema'")"
  jq -sc --argjson has "$(jq -c '.tables | keys' <<<"$1")" 'add // [] | map(select(IN($has[]) | not)) | sort' <<<"$names"
}

dump_verify() {
  local there manifest found missing schema live same=false fault
  [[ -n $ID ]] || refuse "verify needs the id of what was restored"
  there="$(dump_database "$(restored_name "$ID")")"
  [[ -n $there ]] || refuse "there is no database $(restored_name "$ID")"
  dump_folder
  manifest="$(manifest_of "$KEY")"
  restored_login "$ID"
  found="$(verify_tables)"
  missing="$(verify_missing "$found")"
  schema="$(database_schema_sql | restored_sql "$ID" | sha256sum | cut -c1-16)"
  restored_logout "$ID"
  live="$(database_fingerprint)"
  [[ $schema != "$live" ]] || same=true
  # shellcheck disable=SC2016
  fault="$(jq -r --argjson manifest "${manifest:-null}" '
    . as $found
    | if (.tables | length) == 0 then "it has no tables"
      elif $manifest and $manifest.tables != .tables then
        [$manifest.tables + .tables | keys[] | select($manifest.tables[.] != $found.tables[.])]
        | "\(length) tables differ from the manifest, \(.[0]) for one: \($found.tables[.[0]] // "no") rows, and \($manifest.tables[.[0]] // "no") there"
      elif (.unvalidated - ($manifest.unvalidated // [])) != [] then
        "\((.unvalidated - ($manifest.unvalidated // []))[0]) is not validated, so that rows may break it; validate it where the dump is made"
      else empty end' <<<"$found")"
  [[ -z $fault ]] || die "$(restored_name "$ID"): $fault"
  dump_folder_away
  detail "$(restored_name "$ID"): $(jq -r '"\(.tables | length) tables with \(.rows) rows, \(.constraints) constraints, all valid"' <<<"$found")"
  [[ $missing == '[]' ]] || warn "the live database has tables that this one lacks: $(jq -r 'join(", ")' <<<"$missing")"
  dump_answer "$(jq -c --arg id "$ID" --argjson missing "$missing" --argjson same "$same" \
    '{id: $id, tables: (.tables | length), rows, constraints, missing: $missing, sameSchema: $same}' <<<"$found")"
}
