# shellcheck shell=bash
# Migrations run in a container of their own, of the new image, which outlives this script: when a release is killed while
# one runs, the next run finds the container, follows it to its end and takes its verdict.

# migrating DIR PREVIOUS_ID: the apps of that release whose image is new and that have something to migrate.
migrating() {
  local was='{}'
  [[ -z $2 ]] || was="$(jq -c . "$RELEASES/$2/apps.json" 2>/dev/null || printf '{}')"
  jq -r --argjson was "$was" 'to_entries[] | select(.value.migrate) | select($was[.key].imageId != .value.imageId) | .key' "$1/apps.json"
}

# migrate_app RELEASE_ID APP
migrate_app() {
  if [[ -n $(spec "$2" .databaseUrl)$(spec "$2" .databaseVariables) ]]; then
    database_locked migrate_run "$@"
  else
    migrate_run "$@"
  fi
}

migrate_run() {
  local app=$2 name words service state command
  name="$(migration_name "$1" "$app")"
  state="$(migration_state "$name")"
  case "$state" in
    running*) detail "$app: a migration of this release runs already; following it" ;;
    'exited 0') detail "$app: this release has migrated already" ;;
    *)
      # Created and never started, failed, or cut off by a reboot: begun anew; what was done is known to the database.
      container_remove "$name"
      words="$(jq -c --arg app "$app" '.[$app].migrate | arrays | select(. != [])' "$RELEASE_DIR/apps.json")"
      # A container without words ends well at once.
      [[ -n $words ]] || die "$app: apps.json of this release does not say how to migrate"
      secrets_write "$app" "$SECRETS/$name"
      credentials_ready "$app"
      # By a profile of its own: nobody who starts the project migrates.
      service="$(container_service "$app" "$name" "$words" "$(jq -nc --arg id "$1" '{profiles: ["migration"], labels: {"slipway.migration": $id}}')")"
      project_up "$name" "$service"
      ;;
  esac
  command="$(jq -r --arg app "$app" '.[$app].migrate | join(" ")' "$RELEASE_DIR/apps.json")"
  migration_follow "$name" "$app" "$app: $command"
}

# Ends those that still run, too: the release that wanted them is given up.
migrations_remove() {
  local name names
  names="$(docker ps --all --format '{{.Names}}' --filter label=slipway.migration)"
  for name in $names; do
    container_remove "$name"
  done
}
