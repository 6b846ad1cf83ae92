# shellcheck shell=bash
# An older image of an app doesn't know the migrations of a newer one. A release of it would run its migrate command on
# that schema; going back to it is what rollback is for, which runs none.

# refuse_older TARGET_DIR CURRENT_ID: only of a release that is being made, on the host that migrates.
refuse_older() {
  local live known app id snapshot migrates
  [[ -n $2 && ${MAKES-} == yes && ${PART-} =~ ^(whole|first)$ ]] || return 0
  database_is_used || return 0
  # That it cannot be read is not "none".
  migrates="$(migrating "$1" "$2")"
  [[ -n $migrates ]] || return 0
  live="$(database_fingerprint)" || die "the database does not tell its schema, so that nobody knows whether the release is older than it. Nothing was changed"
  known="$(older_apps "$1" "$2" "$live")"
  [[ -n $known ]] || return 0
  IFS=$'\t' read -r app id snapshot <<<"$known"
  refuse "$app is older than what serves, and the database's schema has changed since it served in $id: its migrations do not know the newer ones. Go back to its code, which migrates nothing: ./slipway rollback $(setting .stack) --to $id; to the database of that time: ${snapshot:-a point in time} (docs/runbooks/database.md)"
}

# older_apps TARGET_DIR CURRENT_ID SCHEMA: the first app that is older, the newest release in which it served, and the
# snapshot that was made before the schema changed.
older_apps() {
  local served id ids
  ids="$(record_served_ids)"
  served="$(for id in $ids; do cat "$(record_file "$id")" || exit; done | jq -sc .)"
  # shellcheck disable=SC2016
  migrating "$1" "$2" | jq -Rnr --argjson served "$served" --arg current "$2" --arg live "$3" --slurpfile target "$1/apps.json" '
    def digest: .image | split("@")[1];
    ([$served[] | select(.id == $current)][0]) as $now
    | [inputs | . as $app
      | ($target[0][$app] | digest) as $wanted
      | ($now.apps[$app].digest) as $serves
      | select($wanted != $serves)
      | [$served | to_entries[] | select(.value.apps[$app].digest == $wanted) | .key] as $at
      | [$served | to_entries[] | select(.value.apps[$app].digest == $serves) | .key] as $nowAt
      | select($at != [] and $at[0] < ($nowAt[0] // -1))
      | $served[$at[-1]] as $before
      | select($before.schema != null and $before.schema != $live)
      | [$app, $before.id, ([$served[$at[-1] + 1:][] | .snapshot // empty][0] // "")] | @tsv][0] // empty'
}
