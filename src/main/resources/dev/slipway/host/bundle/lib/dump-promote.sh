# shellcheck shell=bash
# What was restored becomes the live database, by two renames, and what was live is kept under another name. A kill may come
# between any two statements: what is there then says how far it came, and the next step of any dump goes on or back from there.
#
#   the live one takes no connections                      it was about to be renamed: it is opened
#   the live one is promoting (its comment), and open      renamed: kept when what serves is well with it, else renamed back
#   the live one is promoting, and takes no connections    it was about to be renamed back: that goes on
#   the live one is promoted                               done

# How long what serves may take to be well with another database.
DUMP_HEALTH_SECONDS=90
SAFETY_HOURS=6

# promote_is_safe: there is a dump of the live database that was made for this.
promote_is_safe() {
  local manifest head fault
  [[ -n $KEY && -n $VERSION ]] || refuse "promote needs key and version of the dump that was made of the live database before (step make, reason safety)"
  manifest="$(manifest_of "$KEY")"
  [[ -n $manifest ]] || refuse "$KEY is no dump that a host made"
  # shellcheck disable=SC2016
  fault="$(jq -r --arg id "$ID" --arg version "$VERSION" --arg live "$(live_name)" --arg stack "$(setting .stack)" --argjson hours "$SAFETY_HOURS" '
    if .reason != "safety" or .before != $id then "was not made before a promotion of \($id)"
    elif .stack != $stack or .database != $live then "is of \(.database) of \(.stack)"
    elif .version != $version then "is of its version \(.version)"
    elif (now - (.at | fromdate)) > $hours * 3600 then "was made at \(.at), more than \($hours) h ago"
    else empty end' <<<"$manifest")"
  [[ -z $fault ]] || refuse "$KEY is no safety dump for this: it $fault"
  head="$(dump_head "$KEY" "$VERSION")"
  [[ $(jq -r .ContentLength <<<"$head") == "$(jq -r .bytes <<<"$manifest")" ]] || refuse "$KEY has not the bytes that its manifest says"
}

# promote_prepare: all of it belongs to whom everything of the application belongs to, what was set for the live database is set
# for it, and who may connect to that one may connect to it. Nothing that serves is touched.
promote_prepare() {
  local name settings
  name="$(restored_name "$ID")"
  dump_sql --dbname "$name" --set name="$name" --set owner="$DATABASE_OWNER" <<'SQL'
SELECT format('GRANT %I TO CURRENT_USER', rolname) FROM pg_roles WHERE rolname IN (:'name', :'owner') AND NOT pg_has_role(current_user, oid, 'USAGE') \gexec
ALTER DATABASE :"name" OWNER TO CURRENT_USER;
ALTER DATABASE :"name" RESET ALL;
COMMENT ON DATABASE :"name" IS NULL;
SELECT format('GRANT ALL ON SCHEMA %I TO %I', nspname, :'owner') FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND pg_has_role(current_user, nspowner, 'USAGE') \gexec
SELECT format('REASSIGN OWNED BY %I TO %I', rolname, :'owner'), format('DROP OWNED BY %I', rolname), format('DROP ROLE %I', rolname)
  FROM pg_roles WHERE rolname = :'name' \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT ALL ON DATABASE :"name" TO :"owner";
SELECT format('GRANT %s ON DATABASE %I TO %I', privilege_type, :'name', rolname)
  FROM pg_database, aclexplode(datacl), pg_roles WHERE datname = :'live' AND pg_roles.oid = grantee \gexec
SQL
  # As they are in a session of that database: some are lists, which are quoted in ways of their own.
  settings="$(
    dump_sql <<'SQL'
SELECT split_part(setting, '=', 1) FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase, unnest(setconfig) AS setting
  WHERE datname = :'live' AND setrole = 0 AND setting ~ '^[A-Za-z_][A-Za-z0-9_.]*='
SQL
  )"
  for setting in $settings; do printf 'ALTER DATABASE "%s" SET %s FROM CURRENT;\n' "$name" "$setting"; done |
    database_sql "$VALUES/.master"
}

# promote_switch: as long as no migration runs: nobody can begin one until it has ended, one way or the other.
promote_switch() {
  local tries
  for tries in 1 2 3; do
    dump_lock_held
    attempt dump_swap "$(restored_name "$ID")" "$(former_name "$ID")" "
SELECT format('COMMENT ON DATABASE %I IS %L', :'live', 'slipway ' || json_build_object('state', 'promoting', 'id', :'id', 'seconds', :seconds)) \\gexec"
    ((ATTEMPT_STATUS != 0)) || return 0
    dump_open
    warn "try $tries: the databases could not be renamed: $(dump_error "$VALUES/.swap")"
  done
  die "the databases could not be renamed: $(dump_error "$VALUES/.swap"). $(live_name) is as it was"
}

# promote_unwell: what keeps people from being served; nothing when all is well.
promote_unwell() {
  if ! database_login_works; then
    printf 'the application cannot log in'
  else
    runtime_database_unanswered
  fi
}

promote_is_well() {
  local unwell
  unwell="$(promote_unwell)" || return 1
  [[ -z $unwell ]]
}

# promote_await: no release migrates what may be taken back.
promote_await() {
  until_true "$DUMP_HEALTH_SECONDS" promote_is_well || die "after $DUMP_HEALTH_SECONDS s $(promote_unwell)"
}

# promote_judge ID: what was renamed is kept, or renamed back. Leaves in PROMOTE_FAULT why it was not kept.
promote_judge() {
  local live
  PROMOTE_FAULT=''
  live="$(dump_database "$(live_name)")"
  if [[ $(jq -r .open <<<"$live") == true ]]; then
    value_fetch database || die "the secret database has no value"
    if [[ -z $(record_current_id) ]] && ! promote_is_first; then
      PROMOTE_FAULT='no release serves on this host, so that nobody can say whether it is well'
    else
      attempt database_locked promote_await >"$VALUES/.await"
      if ((ATTEMPT_STATUS == 0)); then
        promote_keep "$1"
        return 0
      fi
      PROMOTE_FAULT="$(last_words <"$VALUES/.await")"
    fi
  else
    PROMOTE_FAULT='a run before this one found it not well'
  fi
  promote_back "$1"
}

# promote_is_first: no release of this stack was ever made, so that nothing could be well.
promote_is_first() {
  local status=0
  desired_get >/dev/null 2>&1 || status=$?
  ((status == 1))
}

# promote_keep ID: it stays, and what was live can be looked at. (A database that takes no connections keeps RDS from a major
# upgrade: https://www.postgresql.org/docs/16/pgupgrade.html)
promote_keep() {
  dump_sql --set former="$(former_name "$1")" <<'SQL'
BEGIN;
SELECT format('COMMENT ON DATABASE %I IS %L', :'live', replace(shobj_description(oid, 'pg_database'), '"promoting"', '"promoted"'))
  FROM pg_database WHERE datname = :'live' \gexec
ALTER DATABASE :"former" ALLOW_CONNECTIONS true;
COMMIT;
SQL
  promote_replica "$(former_name "$1")"
}

# promote_back ID
promote_back() {
  local tries
  for tries in 1 2 3; do
    attempt dump_swap "$(former_name "$1")" "$(restored_name "$1")" 'COMMENT ON DATABASE :"out" IS NULL; ALTER DATABASE :"out" ALLOW_CONNECTIONS true;'
    if ((ATTEMPT_STATUS == 0)); then
      promote_replica "$(restored_name "$1")"
      return 0
    fi
    warn "try $tries: the databases could not be renamed back: $(dump_error "$VALUES/.swap")"
  done
  die "$PROMOTE_FAULT, and the databases could not be renamed back: $(dump_error "$VALUES/.swap"). The same step again tries it once more; docs/runbooks/dumps.md says how to do it by hand"
}

# promote_replica NAME: sessions of the replica stay in the database that they are in, whatever it is called: they end, once the
# replica knows its new name. It is behind by no more than it was before.
promote_replica() {
  local host name=$1
  host="$(environment .replicaHost)"
  [[ -n $host ]] || return 0
  if until_true 60 replica_knows "$host" "$name"; then
    dump_sql --host "$host" --port "$(environment .replicaPort)" --set name="$name" 2>"$VALUES/.replica" <<'SQL' && return 0
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'name' AND backend_type = 'client backend' \g /dev/null
SQL
  fi
  warn "sessions of the replica may go on to read from $name, which is not the live database: $(dump_error "$VALUES/.replica"). Reboot the replica if that matters"
}

replica_knows() { [[ $(dump_sql --host "$1" --port "$(environment .replicaPort)" --set name="$2" 2>"$VALUES/.replica" <<<"SELECT 'known' FROM pg_database WHERE datname = :'name'") == known ]]; }

# dump_mend: what a promotion that was killed has left, at the beginning of every step. That of the same id goes on by itself.
dump_mend() {
  local live state id
  live="$(dump_database "$(live_name)")"
  [[ -n $live ]] || die "there is no database $(live_name) on $(environment .databaseHost)"
  state="$(jq -r '.state.state // empty' <<<"$live")"
  id="$(jq -r '.state.id // empty' <<<"$live")"
  if [[ $state == promoting ]]; then
    if [[ $STEP == promote && $id == "$ID" ]]; then return 0; fi
    warn "a promotion of $id was killed; looking whether it can be kept"
    promote_judge "$id"
    detail "$(live_name) is $(if [[ -z $PROMOTE_FAULT ]]; then printf 'the promoted one'; else printf 'what it was before: %s' "$PROMOTE_FAULT"; fi)"
  elif [[ $(jq -r .open <<<"$live") != true ]]; then
    warn "a promotion was killed before it had changed anything; $(live_name) takes connections again"
    dump_open
  fi
}

dump_promote() {
  local live state name there former
  [[ -n $ID ]] || refuse "promote needs the id of what was restored"
  dump_folder
  live="$(dump_database "$(live_name)")"
  state="$(jq -r --arg id "$ID" 'select(.state.id == $id) | .state.state // empty' <<<"$live")"
  name="$(restored_name "$ID")"
  there="$(dump_database "$name")"
  if [[ -n $there ]]; then
    # It was promoted before, and restored anew since.
    [[ $state != promoted ]] || state=''
  elif [[ -z $state ]]; then
    refuse "there is no database $name: nothing of that id is restored"
  fi
  if [[ -z $state ]]; then
    former="$(dump_database "$(former_name "$ID")")"
    [[ -z $former ]] ||
      refuse "$(former_name "$ID") is still there from a promotion before: ./slipway dump $(setting .stack) --drop-former $ID"
    ((${#ID} + $(wc -c < <(live_name)) <= 55)) || refuse "the name $(former_name "$ID") is longer than the 63 characters that a name may have"
    promote_is_safe
    promote_prepare
    database_locked promote_switch
  fi
  if [[ $state != promoted ]]; then
    promote_judge "$ID"
    [[ -z $PROMOTE_FAULT ]] || die "$PROMOTE_FAULT; the databases were renamed back, and $(live_name) is what it was before"
  fi
  live="$(dump_database "$(live_name)")"
  dump_folder_away
  detail "$(live_name) is what was restored; what it was before is $(former_name "$ID"), and there was no database to connect to for $(jq -r .state.seconds <<<"$live") s"
  dump_answer "$(jq -nc --arg id "$ID" --arg database "$(live_name)" --arg former "$(former_name "$ID")" --argjson live "$live" \
    '{id: $id, database: $database, former: $former, secondsWithoutDatabase: $live.state.seconds}')"
}

# --- away with them --------------------------------------------------------------------------------------------------

dump_discard() {
  local live there is=false had=false
  [[ -n $ID ]] || refuse "discard needs the id of what was restored"
  live="$(dump_database "$(live_name)")"
  [[ $(jq -r '.state.id // empty' <<<"$live") != "$ID" ]] || is=true
  there="$(dump_database "$(restored_name "$ID")")"
  [[ -z $there ]] || had=true
  restored_remove "$ID"
  dump_folder_away
  # A state machine takes its own claim away; with that of a person's gone the same dump may come again.
  dump_is_asked || aws s3api delete-object --bucket "$(dump_bucket)" --key "claims/$ID.json" >/dev/null
  detail "$(restored_name "$ID"): $(if [[ $had == true ]]; then printf 'dropped'; else printf 'there is none'; fi)$([[ $is == false ]] || printf '; it is the live database since it was promoted')"
  dump_answer "$(jq -nc --arg id "$ID" --argjson discarded "$had" --argjson live "$is" '$ARGS.named')"
}

dump_drop_former() {
  local name there
  [[ -n $ID ]] || refuse "drop-former needs the id before whose promotion the database was live"
  name="$(former_name "$ID")"
  there="$(dump_database "$name")"
  [[ -n $there ]] || refuse "there is no database $name"
  dump_lock_held
  dump_sql --set name="$name" <<<'DROP DATABASE :"name" WITH (FORCE);'
  detail "$name: dropped"
  dump_answer "$(jq -nc --arg id "$ID" --arg dropped "$name" '$ARGS.named')"
}

# --- what there is ---------------------------------------------------------------------------------------------------

dump_list() {
  local made databases
  made="$(aws s3api list-objects-v2 --bucket "$(dump_bucket)" --prefix db-dumps/made/ --query 'Contents[].{key: Key, bytes: Size, at: LastModified}' --output json)"
  databases="$(
    dump_sql <<'SQL'
SELECT json_build_object('name', datname, 'bytes', pg_database_size(oid), 'comment', shobj_description(oid, 'pg_database'))
  FROM pg_database WHERE datname = :'live' OR datname ~ '^restore_[0-9a-f]{12}$' OR starts_with(datname, :'live' || '_before_') ORDER BY datname <> :'live', datname;
SQL
  )"
  # shellcheck disable=SC2016
  dump_answer "$(jq -sc --argjson made "${made:-null}" --arg live "$(live_name)" '
    {dumps: ($made // [] | sort_by(.at) | reverse),
     databases: map({name, bytes, is: (if .name == $live then "live" elif .name | startswith("restore_") then "restored" else "former" end),
       id: (if .name == $live then (.comment // "" | capture("\"id\" ?: ?\"(?<id>[0-9a-f]+)\"").id? // null) else .name[-12:] end)})}' <<<"$databases")"
}
