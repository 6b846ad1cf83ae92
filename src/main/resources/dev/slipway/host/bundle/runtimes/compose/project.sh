# shellcheck shell=bash
# The one Compose project of this host. Every release has a folder with its resolved compose.json (all of
# upstream's files and ours, nothing left to interpolate) and, beside it, https.json: the proxy's flags and
# mounts, which depend on this host and not on the release.

PROJECT="$(setting .system)"

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

scheduler_services() {
  jq -r '.services | to_entries[] | select(.value.command | tostring | test("bench\\W+schedule")) | .key' \
    "$RELEASE_DIR/compose.json"
}

# Those that run; what has a profile is run when it is wanted.
serving_services() {
  local all workers
  all="$(jq -r '.services | to_entries[] | select(.value.profiles | not) | .key' "$RELEASE_DIR/compose.json" | sort)" || return
  workers="$(worker_services | sort)" || return
  comm -23 <(printf '%s\n' "$all") <(printf '%s\n' "$workers")
}

# Those of the application's image, which have the sites.
app_services() {
  jq -r '.services | to_entries[] | select(any(.value.volumes[]?; .target == "/home/frappe/frappe-bench/sites")) | .key' \
    "$RELEASE_DIR/compose.json" | sort
}

# container_of SERVICE: its container, running or not; never one that `compose run` made (a migration's).
container_of() {
  docker ps --all --no-trunc --quiet --filter "label=com.docker.compose.project=$PROJECT" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False
}

# sites_volume: its folder on this host.
sites_volume() {
  local folder
  folder="$(docker volume inspect --format '{{.Mountpoint}}' "${PROJECT}_sites")" || return
  [[ $folder == /* ]] || die "Docker does not tell where the volume ${PROJECT}_sites is ('$folder')" >&2
  printf '%s' "$folder"
}

# sites_volume_exists: that Docker does not answer is not "no", and ends the step.
sites_volume_exists() {
  local answer
  answer="$(docker volume inspect --format '{{.Name}}' "${PROJECT}_sites" 2>&1)" || {
    [[ ${answer,,} != *'no such volume'* ]] || return 1
    die "Docker does not tell whether there are sites: $(tr -s '\n' ' ' <<<"$answer")" >&2
  }
  [[ -n $answer ]] || die "Docker does not tell whether there are sites" >&2
}

# start_services SERVICE…: those of the application get new anonymous volumes with a new image. Compose hands the former
# container's on otherwise, and an image that declares its assets as a volume would serve the former image's for ever.
# The others keep theirs, a database's above all, and are waited for: what is started next, or asked, wants them healthy.
# (Compose takes --renew-anon-volumes for a reason to make a container anew, so that it is for those that are of another
# image alone.)
start_services() {
  local plain app former ours service renewed=() kept=()
  ours="$(app_services)"
  mapfile -t plain < <(comm -23 <(printf '%s\n' "$@" | sort) <(printf '%s\n' "$ours"))
  mapfile -t app < <(comm -12 <(printf '%s\n' "$@" | sort) <(printf '%s\n' "$ours"))
  former="$(anonymous_volumes)"
  if ((${#plain[@]} > 0)); then compose up --detach --wait --wait-timeout 1800 --no-build --remove-orphans "${plain[@]}"; fi
  for service in "${app[@]}"; do
    if is_of_another_image "$service"; then renewed+=("$service"); else kept+=("$service"); fi
  done
  if ((${#renewed[@]} > 0)); then compose up --detach --no-build --no-deps --renew-anon-volumes "${renewed[@]}"; fi
  if ((${#kept[@]} > 0)); then compose up --detach --no-build --no-deps "${kept[@]}"; fi
  anonymous_volumes_remove "$former"
}

# is_of_another_image SERVICE: whether it has a container that is not of this release's image.
is_of_another_image() {
  local container is wanted
  container="$(container_of "$1" | sed -n 1p)" || return
  [[ -n $container ]] || return 1
  is="$(docker inspect --format '{{.Image}}' "$container")" || return
  wanted="$(docker image inspect --format '{{.Id}}' "$(jq -r --arg service "$1" '.services[$service].image' "$RELEASE_DIR/compose.json")")" || return
  [[ $is != "$wanted" ]]
}

# anonymous_volumes: those of the application's containers. Their names are 64 digits, which no volume of a project has.
anonymous_volumes() {
  local service services container containers volumes all=''
  services="$(app_services)" || return
  for service in $services; do
    containers="$(container_of "$service")" || return
    for container in $containers; do
      volumes="$(docker inspect --format '{{range .Mounts}}{{if eq .Type "volume"}}{{println .Name}}{{end}}{{end}}' "$container")" || return
      all+="$volumes"$'\n'
    done
  done
  grep -xE '[0-9a-f]{64}' <<<"$all" | sort -u || true
}

# anonymous_volumes_remove FORMER: those of them that no container has any more; Docker refuses the others.
anonymous_volumes_remove() {
  local volume used
  used="$(anonymous_volumes)" || return
  for volume in $(comm -23 <(printf '%s\n' "$1") <(printf '%s\n' "$used")); do
    docker volume rm "$volume" >/dev/null 2>&1 || true
  done
}

start_serving() {
  local services listed
  listed="$(serving_services)"
  [[ -n $listed ]] || die "the release has no services that serve"
  mapfile -t services <<<"$listed"
  start_services "${services[@]}"
}

start_all() {
  local services serving workers
  serving="$(serving_services)"
  workers="$(worker_services)"
  mapfile -t services < <(printf '%s\n%s\n' "$serving" "$workers" | sed '/^$/d')
  ((${#services[@]})) || die "the release has no services"
  start_services "${services[@]}"
}

# proxy_start: the proxy with the flags that are wanted now; it goes on where it has them.
proxy_start() {
  if has_service proxy; then compose up --detach --no-build --no-deps proxy; fi
}

# bench_configure: upstream's configurator writes where database and Redis are, and which apps there are, when one of
# these has changed. Where it stands is kept with what it wrote.
bench_configure() {
  local wanted volume
  jq -e '.services.configurator.profiles' "$RELEASE_DIR/compose.json" >/dev/null 2>&1 || return 0
  wanted="$(configurator_wanted)"
  volume="$(docker volume inspect --format '{{.Mountpoint}}' "${PROJECT}_sites" 2>/dev/null || true)"
  if [[ -n $volume && -s $volume/common_site_config.json && $(cat "$volume/.slipway-configured" 2>/dev/null || true) == "$wanted" ]]; then
    return 0
  fi
  compose run --rm --no-TTY configurator </dev/null
  write_file "$(sites_volume)/.slipway-configured" 0644 <<<"$wanted"
  # That of a former version, which Compose kept.
  docker rm --force --volumes "$(container_of configurator)" >/dev/null 2>&1 || true
}

# configurator_wanted: what it does, and the apps of its image.
configurator_wanted() {
  local image
  image="$(jq -r .services.configurator.image "$RELEASE_DIR/compose.json")"
  {
    jq -cS '.services.configurator | {command, entrypoint, environment}' "$RELEASE_DIR/compose.json"
    image_apps "$image"
  } | sha256sum | cut -d' ' -f1
}

# A worker that is told to stop finishes its job first; a job that takes longer than this is cut off, and is in the
# list of failed jobs afterwards. The scheduler has nothing to finish.
stop_workers() {
  local schedulers workers listed
  schedulers="$(scheduler_services | sort)"
  workers="$(worker_services | sort)"
  workers="$(comm -23 <(printf '%s\n' "$workers") <(printf '%s\n' "$schedulers"))"
  if [[ -n $schedulers ]]; then
    mapfile -t listed <<<"$schedulers"
    compose stop --timeout 1 "${listed[@]}"
  fi
  if [[ -n $workers ]]; then
    mapfile -t listed <<<"$workers"
    compose stop --timeout 90 "${listed[@]}"
  fi
}

# answer_seconds: how long gunicorn gives requests when it replaces its workers (override.jq); releases of before have 30.
answer_seconds() {
  jq -r '.services.backend.environment.GUNICORN_CMD_ARGS // "" | (capture("--graceful-timeout=(?<n>[0-9]+)").n // "30")' "$RELEASE_DIR/compose.json"
}

# Gunicorn replaces its workers one by one, and ends what they are at for as long as a visitor waits. They hold site_config.json in memory for up
# to a minute (Frappe 16), so this is what makes maintenance mode true at once.
reload_backend() {
  local container master former
  container="$(container_of backend)"
  [[ -n $container ]] || return 0
  master="$(docker inspect --format '{{.State.Pid}}' "$container")"
  [[ $master =~ ^[0-9]+$ ]] || die "Docker does not tell which process the backend is ('$master')"
  # None runs: the next one reads what is written now.
  ((master > 0)) || return 0
  former="$(pgrep -P "$master" || true)"
  docker kill --signal HUP "$container" >/dev/null
  until_true "$(($(answer_seconds) + 30))" processes_ended "$former" || warn "some of the backend's former workers still run"
}

processes_ended() {
  local pid
  for pid in $1; do
    [[ ! -d /proc/$pid ]] || return 1
  done
}
