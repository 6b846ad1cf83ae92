# shellcheck shell=bash
# The containers of this host are one project of Compose, in a folder that is a setting, so that people see them by
# `docker compose -f FOLDER/compose.yaml ps`. A service is written when its container is made, and says how that one was: the
# two colors of an app are of different releases. Compose makes none of them anew; that is what the colors are for.

PROJECT=slipway
PROJECT_FILE="$(setting .composeFolder "$DATA/apps/compose")/compose.yaml"

# project_service NAME: of a container.
project_service() { printf '%s' "${1#slipway-}"; }

# project_read: JSON, which is YAML too. What somebody made of it that this cannot read is made anew: it takes no container
# away.
project_read() {
  if [[ -s $PROJECT_FILE ]] && jq -e '.services | objects' "$PROJECT_FILE" >/dev/null 2>&1; then
    cat "$PROJECT_FILE"
    return 0
  fi
  # The network is older than the project on some hosts, and outlives it.
  jq -n --arg name "$PROJECT" --arg network "$NETWORK" '{
    name: $name,
    "x-about": "Written by Slipway as it makes containers. To look at them: docker compose ps. What is changed here is lost.",
    services: {}, networks: {default: {name: $network, external: true}}}'
}

project_write() {
  local project
  project="$(jq 'select(.services | objects)')"
  [[ -n $project ]] || die "the project of Compose would be empty"
  install -d -m 0755 "${PROJECT_FILE%/*}"
  json_for_yaml <<<"$project" | write_file "$PROJECT_FILE" 0640
}

# project_up NAME SERVICE: its container runs; where there is none it is made by SERVICE, which is JSON.
project_up() {
  local service
  service="$(project_service "$1")"
  [[ -n $2 ]] || die "nothing says how $1 is made"
  # shellcheck disable=SC2016
  project_read | jq --arg service "$service" --argjson made "$2" '.services[$service] = $made' | project_write
  docker compose -f "$PROJECT_FILE" --progress quiet up --detach --no-deps --no-recreate "$service"
}

# project_forget NAME: its container is gone.
project_forget() {
  local service
  service="$(project_service "$1")"
  # shellcheck disable=SC2016
  [[ -s $PROJECT_FILE ]] && jq -e --arg service "$service" '.services | has($service)' "$PROJECT_FILE" >/dev/null 2>&1 || return 0
  # shellcheck disable=SC2016
  project_read | jq --arg service "$service" 'del(.services[$service])' | project_write
}

# project_has NAME: whether Compose made it. Those of former versions were made without.
project_has() {
  [[ $(docker inspect --type container --format '{{index .Config.Labels "com.docker.compose.project"}}' "$1" 2>/dev/null) == "$PROJECT" ]]
}
