# shellcheck shell=bash
# A dump of the live database: all that belongs to the application, by the application's own login, at one moment. It comes to a
# file first, since a stream that broke off would be an object in S3 like any other.

# make_room: how large the file may become. A dump has no indexes and is compressed; what cannot even become a tenth of the
# tables is not begun.
make_room() {
  local room tables
  room="$(dump_room)"
  tables="$(database_as_app <<<"SELECT coalesce(sum(pg_table_size(oid)), 0) FROM pg_class WHERE relkind IN ('r', 'm')")"
  is_number "$tables" || die "the database does not say how large it is" >&2
  ((room >= tables / 10 && room > 0)) ||
    refuse "the tables have $(in_gib "$tables"), and this host has room for a dump of $(in_gib "$room") beside what it keeps free (release.minFreeGiB). Nothing was begun. Make room, or raise $(disk_setting) and run pulumi up" >&2
  printf '%s' "$room"
}

# make_file FILE ROOM SNAPSHOT: it ends before the disk is full.
make_file() {
  attempt pg_dump_bounded "$@"
  # 128 and SIGXFSZ.
  ((ATTEMPT_STATUS != 153)) || die "pg_dump failed: it came to more than the $(in_gib "$2") that this host has room for. Raise $(disk_setting) and run pulumi up"
  ((ATTEMPT_STATUS == 0)) || die "pg_dump failed: $(dump_error "$1.errors")"
  [[ $(head -c 5 "$1") == PGDMP ]] || die "pg_dump ended well and wrote no dump"
}

pg_dump_bounded() {
  ulimit -f $(($2 / 1024))
  database_client "$VALUES/database" pg_dump --format=custom --no-password --snapshot="$3" --file="$1" 2>"$1.errors"
}

# make_counts FILE: what the session that holds the snapshot sees.
make_counts() {
  local line
  session_say SNAPSHOT "$(dump_tables_sql)" "SELECT '\"counted\"';"
  while line="$(session_hear SNAPSHOT 3600)"; do
    [[ $line != '"counted"' ]] || return 0
    printf '%s\n' "$line" >>"$1"
  done
  die "the tables cannot be counted: $(session_cause SNAPSHOT)"
}

dump_make() {
  local name key file room snapshot sha counts head version answer
  dump_folder
  name="$(setting .stack)-$(stamp)-$REASON"
  key="db-dumps/made/$name.dump"
  file="$DUMP_FOLDER/$name.dump"
  value_fetch database || die "the secret database has no value: no release has made the application's login yet"
  room="$(make_room)"
  session_open SNAPSHOT "$VALUES/database"
  session_say SNAPSHOT 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;' 'SET idle_in_transaction_session_timeout = 0;' 'SET statement_timeout = 0;' 'SELECT pg_export_snapshot();'
  snapshot="$(session_hear SNAPSHOT 60)" || die "the database gives no snapshot: $(session_cause SNAPSHOT)"
  make_file "$file" "$room" "$snapshot"
  make_counts "$file.counts"
  counts="$(dump_tables_json <"$file.counts")"
  sha="$(sha256_of "$file")"
  aws s3 cp --only-show-errors --no-progress --metadata "sha256=$sha,reason=$REASON" "$file" "s3://$(dump_bucket)/$key"
  head="$(aws s3api head-object --bucket "$(dump_bucket)" --key "$key" --output json)"
  version="$(jq -er .VersionId <<<"$head")" || die "S3 gave $key no version: its bucket keeps none"
  answer="$(aws s3 cp --only-show-errors --no-progress "s3://$(dump_bucket)/$key" - | sha256sum | cut -d' ' -f1)"
  [[ $answer == "$sha" ]] || die "s3://$(dump_bucket)/$key reads back differently from what was sent; it has no manifest and does not count"
  # shellcheck disable=SC2016
  jq --arg name "$name" --arg key "$key" --arg version "$version" --arg sha256 "$sha" --argjson bytes "$(size_of "$file")" \
    --arg engine "$(database_as_app <<<'SHOW server_version' | cut -d' ' -f1)" --arg client "$(pg_dump --version | sed -E 's/^[^0-9]*([0-9.]+).*/\1/')" \
    --arg system "$(setting .system)" --arg stack "$(setting .stack)" --arg database "$(live_name)" --arg release "$(record_current_id)" \
    --arg schema "$(database_fingerprint)" --arg reason "$REASON" --arg before "$ID" --arg actor "$ACTOR" --arg at "$(now)" \
    '($ARGS.named | .release |= (if . == "" then null else . end) | .before |= (if . == "" then null else . end)) + .' \
    <<<"$counts" >"$file.json"
  aws s3 cp --only-show-errors --no-progress --content-type application/json "$file.json" "s3://$(dump_bucket)/$(manifest_key "$name")"
  answer="$(aws s3 cp --only-show-errors --no-progress "s3://$(dump_bucket)/$(manifest_key "$name")" - | sha256sum | cut -d' ' -f1)"
  [[ $answer == "$(sha256_of "$file.json")" ]] || die "s3://$(dump_bucket)/$(manifest_key "$name") reads back differently from what was sent; the dump does not count"
  detail "s3://$(dump_bucket)/$key: $(numfmt --to=iec "$(size_of "$file")")B, $(jq '.tables | length' "$file.json") tables with $(jq .rows "$file.json") rows, read back"
  dump_answer "$(jq -c --arg manifest "$(manifest_key "$name")" '{key, version, manifest: $manifest, sha256, bytes, tables: (.tables | length), rows}' "$file.json")"
}
