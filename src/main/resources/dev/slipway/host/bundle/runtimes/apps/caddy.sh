# shellcheck shell=bash
# One Caddy in front of all apps, on the ports that the balancer asks. Its configuration never changes with a release: it
# reads where to send a request from a file, once a request, so that a switch is a rename. (A reload under load drops
# connections; bench/switch.sh measures that this drops none.)

NETWORK=slipway-apps
CADDY=slipway-caddy
UPSTREAMS="$DATA/apps/upstreams"
# Inside the container: answers for an app that has no release.
NOBODY=127.0.0.1:8503

network_ensure() { docker network inspect "$NETWORK" >/dev/null 2>&1 || docker network create "$NETWORK" >/dev/null; }

caddy_image() { setting .proxyImage; }
caddy_fetch() { image_present "$(caddy_image)" || image_pull "$(caddy_image)" >&2; }

# caddy_render: its configuration.
caddy_render() { jq --arg nobody "$NOBODY" -f "$BUNDLE/runtimes/apps/caddy.jq" "$SETTINGS"; }

# upstream_set APP COLOR: from this very rename on, new requests go there. Without a color nobody serves it.
upstream_set() {
  local to=$NOBODY
  [[ -z $2 ]] || to="$(container_name "$1" "$2"):$(spec "$1" .port)"
  printf '%s' "$to" | write_file "$UPSTREAMS/$1" 0644
}

# caddy_is: by which hash it was made, and whether it runs; nothing where there is none. One that cannot be asked for may serve.
caddy_is() {
  local answer
  if answer="$(docker inspect --type container --format '{{index .Config.Labels "slipway.caddy"}} {{.State.Running}}' "$CADDY" 2>&1)"; then
    printf '%s' "$answer"
  elif [[ ${answer,,} != *'no such container'* ]]; then
    die "Docker does not tell whether Caddy runs: $(tr -s '\n' ' ' <<<"$answer")" >&2
  fi
}

# caddy_ensure: it runs, as the settings say. It is made anew only when image, ports or its configuration changed: what is
# under way is answered first, for 25 seconds at most (caddy.jq), and nothing new is taken until it listens again.
caddy_ensure() {
  local app hash service is
  network_ensure
  install -d -m 0755 "$DATA/apps/caddy" "$UPSTREAMS"
  for app in $(jq -r '.apps | keys[]' "$SETTINGS"); do
    [[ -s $UPSTREAMS/$app ]] || upstream_set "$app" ''
  done
  caddy_render | write_file "$DATA/apps/caddy/caddy.json" 0644
  hash="$({ caddy_image && cat "$DATA/apps/caddy/caddy.json"; } | sha256sum | cut -c1-16)"
  is="$(caddy_is)"
  [[ $is != "$hash true" ]] || return 0
  # It ends when the requests under way have been answered.
  docker stop --time 30 "$CADDY" >/dev/null 2>&1 || true
  docker rm --force --volumes "$CADDY" >/dev/null 2>&1 || true
  service="$(caddy_service "$hash")"
  project_up "$CADDY" "$service"
  until_true 30 caddy_listens || die "Caddy does not listen; it said last: $(docker logs --tail 3 "$CADDY" 2>&1 | cut -c1-300)"
}

# caddy_service HASH: how its container is made. Apps find each other at http://APP:HOSTPORT, whichever color serves.
caddy_service() {
  # shellcheck disable=SC2016
  jq -c --arg name "$CADDY" --arg image "$(caddy_image)" --arg hash "$1" --arg caddy "$DATA/apps/caddy" --arg upstreams "$UPSTREAMS" '
    def mounted($from; $to): {type: "bind", source: $from, target: $to, read_only: true, bind: {create_host_path: false}};
    {container_name: $name, image: $image, labels: {"slipway.caddy": $hash}, restart: "always",
     networks: {default: {aliases: (.apps | keys)}}, ports: [.apps[].hostPort | "\(.):\(.)"],
     read_only: true, tmpfs: ["/data", "/config"], cap_drop: ["ALL"], cap_add: ["NET_BIND_SERVICE"], security_opt: ["no-new-privileges"],
     volumes: [mounted($caddy; "/etc/caddy"), mounted($upstreams; "/etc/upstreams")],
     entrypoint: ["caddy"], command: ["run", "--config", "/etc/caddy/caddy.json"]}' "$SETTINGS"
}

caddy_listens() {
  local app
  for app in $(jq -r '.apps | keys[]' "$SETTINGS"); do
    [[ $(caddy_status "$app") =~ ^[1-5][0-9][0-9]$ ]] || return 1
  done
}

# caddy_status APP: what the balancer is told.
caddy_status() {
  local health
  health="$(setting ".apps[\"$1\"].health" /)" || return
  curl --silent --noproxy '*' --max-time 15 --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$(setting ".apps[\"$1\"].hostPort")$health" || true
}

caddy_answers() { [[ $(caddy_status "$1") == 200 ]]; }
