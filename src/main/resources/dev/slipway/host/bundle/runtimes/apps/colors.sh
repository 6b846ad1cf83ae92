# shellcheck shell=bash
# The two containers of each app, blue and green: one serves, the other is the release before, or the next.

container_name() { printf 'slipway-%s-%s' "$1" "$2"; }
other_color() { if [[ $1 == blue ]]; then printf green; else printf blue; fi; }

# color_live APP: whom its file names; nothing where nobody serves it.
color_live() {
  local name
  name="$(cut -d: -f1 "$UPSTREAMS/$1" 2>/dev/null || true)"
  [[ $name =~ ^slipway-.*-(blue|green)$ ]] || return 0
  printf '%s' "${BASH_REMATCH[1]}"
}

# container_spec NAME: the hash of what it was made by; nothing where there is no such container.
container_spec() {
  local answer
  if answer="$(docker inspect --type container --format '{{index .Config.Labels "slipway.spec"}}' "$1" 2>&1)"; then
    printf '%s' "$answer"
  elif [[ ${answer,,} != *'no such container'* ]]; then
    die "Docker does not tell what $1 was made by: $(tr -s '\n' ' ' <<<"$answer")" >&2
  fi
}
container_state() { docker inspect --format '{{.State.Status}}' "$1" 2>/dev/null || printf 'missing'; }
container_address() { docker inspect --format "{{(index .NetworkSettings.Networks \"$NETWORK\").IPAddress}}" "$1" 2>/dev/null || true; }
container_remove() {
  docker rm --force --volumes "$1" >/dev/null 2>&1 || true
  rm -f "$SECRETS/$1"
  project_forget "$1"
}

# colors_choose: into the journal, before the first container is made: which color each app gets, and which served it.
# An app that is what it was keeps its color, unless its container was made by a former version, without Compose.
colors_choose() {
  local app apps live color spec='' colors='{}' former='{}'
  [[ -z $(journal_get .colors) ]] || return 0
  apps="$(spec_apps)"
  for app in $apps; do
    live="$(color_live "$app")"
    [[ -z $live ]] || spec="$(container_spec "$(container_name "$app" "$live")")"
    if [[ -n $live && $spec == "$(spec_hash "$app")" ]] && project_has "$(container_name "$app" "$live")"; then
      color=$live
    else
      color="$(other_color "$live")"
    fi
    colors="$(jq -c --arg app "$app" --arg color "$color" '.[$app] = $color' <<<"$colors")"
    former="$(jq -c --arg app "$app" --arg color "$live" '.[$app] = $color' <<<"$former")"
  done
  journal_set former "$former"
  journal_set colors "$colors"
}

# color_start APP COLOR: its container runs, made by this release. One that does already is not touched; one that was
# stopped is started, with the secrets as they are now.
color_start() {
  local app=$1 name state spec words service
  [[ -n $2 ]] || return 0
  name="$(container_name "$app" "$2")"
  spec="$(container_spec "$name")"
  state="$(container_state "$name")"
  if [[ $spec == "$(spec_hash "$app")" && $state == running ]]; then
    [[ -s $SECRETS/$name ]] || secrets_write "$app" "$SECRETS/$name"
    credentials_kept "$app"
    return 0
  fi
  # One that a former version made without Compose is made anew when it does not run.
  if [[ $spec != "$(spec_hash "$app")" ]] || ! project_has "$name"; then container_remove "$name"; fi
  secrets_write "$app" "$SECRETS/$name"
  credentials_ready "$app"
  words="$(image_words "$(spec "$app" .image)")"
  service="$(container_service "$app" "$name" "$words" "$(jq -nc --arg app "$app" --arg port "$(spec "$app" .port)" \
    '{restart: "unless-stopped", labels: {"slipway.app": $app, "slipway.port": $port}}')")"
  project_up "$name" "$service"
}

# image_words IMAGE: its own program, as a list in JSON.
image_words() {
  local words
  words="$(docker image inspect --format '{{json .Config}}' "$1" | jq -c '(.Entrypoint // []) + (.Cmd // []) | select(. != [])')"
  [[ -n $words ]] || die "Docker does not tell what the image $1 runs, or it names no program" >&2
  printf '%s' "$words"
}

# container_service APP NAME WORDS MORE: how its container is made.
container_service() {
  local authorities=''
  # shellcheck disable=SC2153 # database.sh names it
  if [[ -s $AUTHORITIES ]]; then authorities=$AUTHORITIES; fi
  install -m 0755 "$BUNDLE/runtimes/apps/entrypoint.sh" "$DATA/apps/entrypoint.sh"
  jq -c --arg app "$1" --arg name "$2" --argjson words "$3" --argjson more "$4" --arg hash "$(spec_hash "$1")" \
    --arg secrets "$SECRETS/$2" --arg credentials "$CREDENTIALS/$1" --arg entrypoint "$DATA/apps/entrypoint.sh" --arg authorities "$authorities" \
    --arg host "$(uname -n)" --arg region "${AWS_REGION-}" --arg endpoint "${AWS_ENDPOINT_URL-}" \
    -f "$BUNDLE/runtimes/apps/service.jq" "$RELEASE_DIR/apps.json"
}

# colors_await [former]: the colors of the release, or those that served before it, answer for themselves.
colors_await() {
  local app apps color
  apps="$(spec_apps)"
  for app in $apps; do
    color="$(color_live "$app")"
    if journal_exists; then color="$(journal_get ".${1:-colors}[\"$app\"]")"; fi
    [[ -n $color ]] || continue
    color_await "$app" "$(container_name "$app" "$color")"
  done
}

color_await() {
  local app=$1 name=$2 seconds
  seconds="$(spec "$app" .healthSeconds)"
  if ! until_true "$seconds" color_is_decided "$app" "$name" || ! color_answers "$app" "$name"; then
    color_say_why "$app" "$name"
    die "$app never got healthy: $(spec "$app" .health) of its new container answers $(color_status "$app" "$name") after $seconds s at most, and it is $(container_state "$name")"
  fi
  detail "$app: ${name##*-} is healthy"
}

# It answers, or it is certain that it will not: it has ended three times.
color_is_decided() {
  color_answers "$1" "$2" && return 0
  (($(docker inspect --format '{{.RestartCount}}' "$2" 2>/dev/null || printf 0) >= 3))
}

color_status() {
  local address
  address="$(container_address "$2")" || return
  [[ -n $address ]] || {
    printf 000
    return 0
  }
  curl --silent --noproxy '*' --max-time 5 --output /dev/null --write-out '%{http_code}' "http://$address:$(spec "$1" .port)$(spec "$1" .health)" || true
}

color_answers() { [[ $(color_status "$1" "$2") == 200 ]]; }

color_say_why() {
  printf '%s said last:\n' "$1"
  docker logs --tail 10 "$2" 2>&1 | cut -c1-300 || true
}

color_is_of_release() {
  local is name
  name="$(container_name "$1" "$(color_live "$1")")"
  is="$(container_spec "$name")"
  [[ $is == "$(spec_hash "$1")" ]] || die "$1: $name was made by ${is:-nothing} and this release is $(spec_hash "$1")"
}

# colors_settle: the colors that nobody is sent to any more end, when they have answered what they were asked; they are
# kept, to go back to. What belongs to an app that is no more goes.
colors_settle() {
  local app name color live containers patience state
  # For as long as the balancer waits for an answer.
  patience="$(setting .requestSeconds 60)"
  containers="$(docker ps --all --filter label=slipway.app --format '{{.Names}}\t{{.Label "slipway.app"}}')"
  while IFS=$'\t' read -r name app; do
    color=${name##*-}
    live="$(color_live "$app")"
    [[ -n $name ]] || continue
    state="$(container_state "$name")"
    if [[ -z $(setting ".apps[\"$app\"].image") ]]; then
      container_remove "$name"
      rm -f "${UPSTREAMS:?}/$app"
    elif [[ $color == "$live" ]]; then
      continue
    elif [[ $state != exited && $state != created ]]; then
      until_true "$patience" color_is_idle "$app" "$name" || warn "$app: $color still has connections after $patience s; it is told to end them"
      docker stop --time 30 "$name" >/dev/null
      rm -f "$SECRETS/$name"
    fi
  done <<<"$containers"
}

# Caddy closes a connection that it has not used for two seconds.
color_is_idle() {
  local pid port connections
  pid="$(docker inspect --format '{{.State.Pid}}' "$2")" || return
  [[ $pid != 0 ]] || return 0
  port="$(docker inspect --format '{{index .Config.Labels "slipway.port"}}' "$2")" || return
  connections="$(nsenter --target "$pid" --net ss -Htn state established "sport = :$port")" || return
  [[ -z $connections ]]
}
