# shellcheck shell=bash
# The one Compose project of this host. Every release has a folder with its resolved compose.json (all of
# upstream's files and ours, nothing left to interpolate) and, beside it, https.json: the proxy's flags,
# which depend on the day and not on the release.

PROJECT="$(setting .compose.project)"
# The folder of the release that compose() speaks of; the verbs set it.
RELEASE_DIR=''

use_release() { RELEASE_DIR="$RELEASES/$1"; }

compose() {
  local files=(-f "$RELEASE_DIR/compose.json")
  [[ ! -s $RELEASE_DIR/https.json ]] || files+=(-f "$RELEASE_DIR/https.json")
  docker compose --project-name "$PROJECT" --project-directory "$DATA/app" --progress quiet "${files[@]}" "$@"
}

# Standard input stays the caller's: a loop that reads lines must not lose them to a container.
bench() { compose exec -T backend bench "$@" </dev/null; }

has_service() { jq -e --arg service "$1" '.services | has($service)' "$RELEASE_DIR/compose.json" >/dev/null; }

# Services that write without being asked by a request: workers and the scheduler.
worker_services() {
  jq -r '.services | to_entries[] | select(.value.command | tostring | test("bench\\W+(worker|schedule)")) | .key' \
    "$RELEASE_DIR/compose.json"
}

serving_services() { comm -23 <(jq -r '.services | keys[]' "$RELEASE_DIR/compose.json" | sort) <(worker_services | sort); }

# container_of SERVICE: its container, running or not; never one that `compose run` made (a migration's).
container_of() {
  docker ps --all --no-trunc --quiet --filter "label=com.docker.compose.project=$PROJECT" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False
}

sites_volume() { docker volume inspect --format '{{.Mountpoint}}' "${PROJECT}_sites"; }

start_serving() {
  local services
  mapfile -t services < <(serving_services)
  compose up --detach --no-build --remove-orphans "${services[@]}"
}

start_all() { compose up --detach --no-build --remove-orphans; }

# A worker that is told to stop finishes its job first; a job that takes longer than this is cut off, and is in the
# list of failed jobs afterwards.
stop_workers() {
  local services
  mapfile -t services < <(worker_services)
  ((${#services[@]} == 0)) || compose stop --timeout 90 "${services[@]}"
}

# Gunicorn replaces its workers one by one and drops no request. They hold site_config.json in memory for up
# to a minute (Frappe 16), so this is what makes maintenance mode true at once.
reload_backend() {
  local container master former
  container="$(container_of backend)"
  [[ -n $container ]] || return 0
  master="$(docker inspect --format '{{.State.Pid}}' "$container")"
  # None runs: the next one reads what is written now.
  ((master > 0)) || return 0
  former="$(pgrep -P "$master" || true)"
  docker kill --signal HUP "$container" >/dev/null
  until_true 60 processes_ended "$former" || warn "some of the backend's former workers still run"
}

processes_ended() {
  local pid
  for pid in $1; do
    [[ ! -d /proc/$pid ]] || return 1
  done
}
