# shellcheck shell=bash
# The databases of dumps on the stack's server: restore_ID beside the live one, and LIVE_before_ID, which was live before ID
# was promoted. All of this is the administrator's work, who is no superuser: it owns these databases and may end others'
# sessions. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.rds_superuser.html

# How long another run of a step may hold the lock.
DUMP_LOCK_SECONDS=1800

live_name() { environment .databaseName; }
restored_name() { printf 'restore_%s' "$1"; }
former_name() { printf '%s_before_%s' "$(live_name)" "$1"; }

# dump_sql [psql options]: SQL on standard input, as the administrator, in the database `postgres` unless --dbname names
# another. What is in a restored one must not come before PostgreSQL's own functions.
dump_sql() {
  PGOPTIONS='-c search_path=pg_catalog -c client_min_messages=warning' \
    database_sql "$VALUES/.master" --dbname postgres --set live="$(live_name)" "$@"
}

# session_open NAME CREDENTIALS [psql options]: a session that lives for as long as this script and what it has started: their
# ends of its pipes are all that keeps it. What it says of errors is in session-NAME below $VALUES.
session_open() {
  local pipe="$VALUES/session-$1" in out
  rm -f "$pipe.in" "$pipe.out"
  mkfifo -m 0600 "$pipe.in" "$pipe.out"
  database_sql "$2" "${@:3}" <"$pipe.in" >"$pipe.out" 2>"$pipe" &
  exec {in}>"$pipe.in" {out}<"$pipe.out"
  printf -v "SESSION_IN_$1" '%s' "$in"
  printf -v "SESSION_OUT_$1" '%s' "$out"
}

# session_say NAME SQL…
session_say() {
  local in="SESSION_IN_$1"
  printf '%s\n' "${@:2}" >&"${!in}"
}

# session_hear NAME SECONDS: the next line; none when it has ended or says nothing for so long.
session_hear() {
  local out="SESSION_OUT_$1" line
  read -r -t "$2" line <&"${!out}" && printf '%s' "$line"
}

# session_cause NAME: why it ended.
session_cause() {
  local cause
  cause="$(last_words <"$VALUES/session-$1")" || return
  printf '%s' "${cause:-the database says nothing}"
}

# dump_lock: one step at a time on this server, by the session LOCK; that of a machine which is lost ends after a minute. False where
# it cannot be had; DUMP_BUSY says whether somebody else has it.
DUMP_BUSY=''
dump_lock() {
  local answer=''
  session_say LOCK 'SET tcp_keepalives_idle = 20;' 'SET tcp_keepalives_interval = 10;' 'SET tcp_keepalives_count = 4;' \
    'SET idle_session_timeout = 0;' "SET client_connection_check_interval = '20s';" \
    "SELECT CASE WHEN pg_try_advisory_lock(hashtext('slipway-dumps')) THEN 'locked' ELSE 'waits' END;" || return 1
  answer="$(session_hear LOCK 60)" || return 1
  [[ $answer == waits ]] || return 0
  # shellcheck disable=SC2034 # dump.sh reads it
  DUMP_BUSY=yes
  say "  lock      another step of a dump is at work on this server; waiting up to $((DUMP_LOCK_SECONDS / 60)) min"
  session_say LOCK "SELECT 'locked' FROM pg_advisory_lock(hashtext('slipway-dumps'));" || return 1
  answer="$(session_hear LOCK "$DUMP_LOCK_SECONDS")" || return 1
}

# dump_lock_held: asked before what cannot be taken back by dropping a database.
dump_lock_held() {
  local answer=''
  ! dump_is_given_up || die "whoever waits for this step has given it up; nothing more is done"
  session_say LOCK "SELECT 'held';" 2>/dev/null || die "the lock over dumps is lost: $(session_cause LOCK)"
  answer="$(session_hear LOCK 60)" || die "the lock over dumps is lost: $(session_cause LOCK)"
  [[ $answer == held ]] || die "the lock over dumps is lost: its session says '$answer'"
}

# dump_database NAME: {name, open, state}; nothing where there is no such database. What has become of it is kept as its comment,
# which goes with it when it is renamed.
dump_database() {
  local row
  row="$(
    dump_sql --set name="$1" <<'SQL'
SELECT json_build_object('name', datname, 'open', datallowconn, 'comment', shobj_description(oid, 'pg_database'))
  FROM pg_database WHERE datname = :'name';
SQL
  )"
  [[ -n $row ]] || return 0
  jq -c '{name, open, state: (.comment // "" | capture("^slipway (?<state>[{].*[}])$").state? // "{}" | try fromjson catch {})}' <<<"$row"
}

# dump_swap IN OUT THEN: database IN gets the live one's name, and the live one is called OUT. New connections to it are refused and
# sessions in both ended before; both renames are one transaction with THEN, so that there is a live database at any moment. :seconds
# is for how long there was none to connect to.
# Who owns a database and may create one may rename it: https://www.postgresql.org/docs/16/sql-alterdatabase.html
dump_swap() {
  {
    cat <<'SQL'
SELECT extract(epoch FROM clock_timestamp()) AS began \gset
ALTER DATABASE :"live" ALLOW_CONNECTIONS false;
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname IN (:'live', :'in')
  AND backend_type = 'client backend' AND NOT EXISTS (SELECT FROM pg_roles WHERE oid = usesysid AND rolsuper) \g /dev/null
BEGIN;
ALTER DATABASE :"live" RENAME TO :"out";
ALTER DATABASE :"in" RENAME TO :"live";
ALTER DATABASE :"live" ALLOW_CONNECTIONS true;
SELECT round((extract(epoch FROM clock_timestamp()) - :began)::numeric, 2) AS seconds \gset
SQL
    printf '%s\nCOMMIT;\n' "$3"
  } | dump_sql --set in="$1" --set out="$2" --set id="$ID" 2>"$VALUES/.swap"
}

# dump_open: the live database takes connections, whatever ended in the middle.
dump_open() { dump_sql <<<'ALTER DATABASE :"live" ALLOW_CONNECTIONS true;'; }

# restored_remove ID: what was restored of it, with the role that did it.
restored_remove() {
  local name
  name="$(restored_name "$1")"
  dump_sql --set name="$name" <<'SQL'
SELECT format('GRANT %I TO CURRENT_USER', rolname) FROM pg_roles WHERE rolname = :'name' AND NOT pg_has_role(current_user, oid, 'USAGE') \gexec
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname = :'name' \gexec
SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname = :'name' \gexec
SQL
}

# restored_login ID: the role restore_ID can log in, with a password of this run, which is sent as what PostgreSQL keeps of it;
# $VALUES/.restored has both. It has no rights but in its own database.
restored_login() {
  local name verifier
  name="$(restored_name "$1")"
  secret_generate >"$VALUES/.password"
  jq -n --arg username "$name" --rawfile password "$VALUES/.password" '{username: $username, password: $password}' >"$VALUES/.restored"
  verifier="$(python3 "$BUNDLE/lib/scram.py" <"$VALUES/.password")"
  rm -f "$VALUES/.password"
  dump_sql <<SQL
SELECT 'CREATE ROLE $name' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$name') \gexec
GRANT $name TO CURRENT_USER;
ALTER ROLE $name LOGIN NOCREATEDB NOCREATEROLE CONNECTION LIMIT 5 PASSWORD '$verifier';
SQL
}

restored_logout() { dump_sql <<<"ALTER ROLE $(restored_name "$1") NOLOGIN PASSWORD NULL;"; }

# restored_sql ID [psql options]: as its role, in its database.
restored_sql() { database_sql "$VALUES/.restored" --dbname "$(restored_name "$1")" "${@:2}"; }

# dump_tables_sql: prints what prints a line of JSON for each table of the application, with its rows; for each constraint and
# index that holds no promise; and for how many constraints there are. What extensions brought is theirs.
dump_tables_sql() {
  cat <<'SQL'
SET search_path = pg_catalog;
SET row_security = off;
SELECT format('SELECT json_build_object(''table'', %L, ''rows'', count(*)) FROM ONLY %I.%I', nspname || '.' || relname, nspname, relname)
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind = 'r' AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
  ORDER BY 1 \gexec
SELECT json_build_object('unvalidated', format('%s of %s.%s', conname, nspname, relname))
  FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE NOT convalidated AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY conname;
SELECT json_build_object('unvalidated', format('%s (an index)', indexrelid::regclass)) FROM pg_index WHERE NOT indisvalid;
SELECT json_build_object('constraints', count(*))
  FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema';
SQL
}

# dump_tables_json: one object of those lines.
dump_tables_json() {
  jq -sc '{tables: (map(select(has("table")) | {key: .table, value: .rows}) | from_entries), rows: (map(.rows // 0) | add // 0),
    unvalidated: map(.unvalidated // empty), constraints: (map(.constraints // empty) | first)}'
}
