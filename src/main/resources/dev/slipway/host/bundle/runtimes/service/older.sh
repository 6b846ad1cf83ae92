# shellcheck shell=bash
# Older code doesn't know the migrations of newer code. A release of it would run its migration on that schema; going back
# to it is what rollback is for, which runs none.

# refuse_older TARGET_DIR CURRENT_ID: only of a release that is being made, on the host that migrates.
refuse_older() {
  local live known id snapshot
  [[ -n $2 && ${MAKES-} == yes && ${PART-} =~ ^(whole|first)$ ]] || return 0
  database_is_used || return 0
  is_migrating "$1" "$2" || return 0
  live="$(database_fingerprint)" || die "the database does not tell its schema, so that nobody knows whether the release is older than it. Nothing was changed"
  known="$(older_release "$1" "$2" "$live")"
  [[ -n $known ]] || return 0
  IFS=$'\t' read -r id snapshot <<<"$known"
  refuse "this commit is older than what serves, and the database's schema has changed since it served in $id: its migrations do not know the newer ones. Go back to its code, which migrates nothing: ./slipway rollback $(setting .stack) --to $id; to the database of that time: ${snapshot:-a point in time} (docs/runbooks/database.md)"
}

# older_release TARGET_DIR CURRENT_ID SCHEMA: the newest release in which that commit served, if it did before what serves
# now and with another schema, and the snapshot that was made before the schema changed.
older_release() {
  local served id ids
  ids="$(record_served_ids)"
  served="$(for id in $ids; do cat "$(record_file "$id")" || exit; done | jq -sc .)"
  # shellcheck disable=SC2016
  jq -r --argjson served "$served" --arg current "$2" --arg live "$3" '
    .commit as $wanted
    | ([$served[] | select(.id == $current)][0].commit) as $serves
    | [$served | to_entries[] | select(.value.commit == $wanted) | .key] as $at
    | [$served | to_entries[] | select(.value.commit == $serves) | .key] as $nowAt
    | select($wanted != $serves and $at != [] and $at[0] < ($nowAt[0] // -1))
    | $served[$at[-1]] as $before
    | select($before.schema != null and $before.schema != $live)
    | [$before.id, ([$served[$at[-1] + 1:][] | .snapshot // empty][0] // "")] | @tsv' "$1/spec.json"
}
