# shellcheck shell=bash
# The application's own health, asked for as a visitor would: by the site's name, at this host.

# One for each verb: status and hourly ask beside a release that is asking.
BODY="$RUNTIME_DIR/body-$VERB"

# visit SITE PATH [curl options]: prints the HTTP status; the body goes to $BODY. While the proxy shows visitors our own
# page (https.sh) the application is asked behind it.
visit() {
  if serves_https && ! proxy_is_held; then visit_proxy "$@"; else visit_frontend "$@"; fi
}

# As a visitor comes. The certificate is judged on its own (certificate), so that a pending one, or a staging
# authority's, does not hide the rest.
visit_proxy() {
  local site=$1 path=$2
  shift 2
  : >"$BODY" || return
  curl --silent --show-error --insecure --noproxy '*' --max-time 20 --output "$BODY" --write-out '%{http_code}' \
    --resolve "$site:443:127.0.0.1" "$@" "https://$site$path" 2>"$BODY.error" || true
}

visit_frontend() {
  local site=$1 path=$2
  shift 2
  : >"$BODY" || return
  curl --silent --show-error --noproxy '*' --max-time 20 --output "$BODY" --write-out '%{http_code}' \
    --header "Host: $site" "$@" "http://$(frontend_address)$path" 2>"$BODY.error" || true
}

frontend_address() {
  docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$(container_of frontend)" 2>/dev/null |
    awk '{ print $1 ":8080" }'
}

# Something answers, well or not: the frontend's own 502 and 504, the proxy's 404 and our page are nobody's answer.
backend_answers() {
  local code
  code="$(visit "$1" /api/method/ping)" || return
  [[ $code =~ ^[1-5][0-9][0-9]$ && ! $code =~ ^(404|502|504)$ ]] && ! is_holding_page
}

ping_answers() {
  [[ $(visit "$1" /api/method/ping) == 200 ]] && grep -q pong "$BODY"
}

# Every app container that should run does; names those that don't, with their last words.
containers_run() {
  local service state failed=0
  for service in "$@"; do
    [[ $service != configurator ]] || continue
    state="$(docker inspect --format '{{.State.Status}} {{.State.Restarting}}' "$(container_of "$service")" 2>/dev/null || printf 'missing')"
    [[ $state == 'running false' ]] && continue
    printf '%s is %s; it said last:\n' "$service" "${state% *}"
    compose logs --no-color --no-log-prefix --tail 5 "$service" 2>&1 | cut -c1-300 || true
    failed=1
  done
  return "$failed"
}

# Compose keeps a container that it finds unchanged; this is what it was meant to be.
containers_are_of_release() {
  local service image is
  for service in backend frontend websocket "$@"; do
    image="$(docker image inspect --format '{{.Id}}' "$(jq -r --arg service "$service" '.services[$service].image' "$RELEASE_DIR/compose.json")")"
    is="$(docker inspect --format '{{.Image}}' "$(container_of "$service")")"
    [[ -n $is && $is == "$image" ]] || die "$service runs the image ${is:7:12} and this release is ${image:7:12}"
  done
}

# The manifests of the image itself, whatever is mounted over them where it runs: upstream's images keep their assets beside
# the sites since April 2026, and in a volume of their own before that.
image_manifests() {
  local image container folder
  image="$(jq -r .services.frontend.image "$RELEASE_DIR/compose.json")"
  rm -rf "$RUNTIME_DIR/manifests"
  install -d -m 0700 "$RUNTIME_DIR/manifests"
  # Never started; a volume that the image declares has what the image has, when it is new.
  container="$(docker create --network none "$image")"
  for folder in assets sites/assets; do
    if docker cp "$container:/home/frappe/frappe-bench/$folder/assets.json" "$RUNTIME_DIR/manifests/assets.json" >/dev/null 2>&1; then
      docker cp "$container:/home/frappe/frappe-bench/$folder/assets-rtl.json" "$RUNTIME_DIR/manifests/assets-rtl.json" >/dev/null 2>&1 || true
      break
    fi
  done
  docker rm --volumes "$container" >/dev/null
}

# image_assets_are_served SITE: what the proxy serves and what the backend reads are the image's own. A manifest and files
# that are both a former image's agree with each other, so that a look at the login page alone finds nothing.
image_assets_are_served() {
  local site=$1 file status own
  for file in "$RUNTIME_DIR"/manifests/*.json; do
    [[ -s $file ]] || continue
    own="$(jq -cS . "$file")"
    status="$(visit "$site" "/assets/$(basename "$file")")"
    [[ $status == 200 && $(jq -cS . "$BODY" 2>/dev/null || true) == "$own" ]] ||
      die "$site: the frontend serves /assets/$(basename "$file") (status $status) that is not the one of the image: assets of another release"
    [[ $(compose exec -T backend cat "/home/frappe/frappe-bench/sites/assets/$(basename "$file")" </dev/null 2>/dev/null | jq -cS . || true) == "$own" ]] ||
      die "$site: the backend reads a sites/assets/$(basename "$file") that is not the one of the image: assets of another release"
  done
}

# Each file with a hash in its name that the login page asks for. After an upgrade a stale manifest in Redis
# makes the page name files that the image does not have: bundles must be those of its manifest.
login_page_assets() {
  local site=$1 path status assets count=0
  status="$(visit "$site" /login)"
  [[ $status == 200 ]] || die "https://$site/login answers $status"
  assets="$(grep -oE '(href|src)="/assets/[^"]+\.(css|js)[^"]*"' "$BODY" | sed -E 's/^[a-z]+="([^"]+)"$/\1/' | sort -u || true)"
  [[ -n $assets ]] || die "https://$site/login names no assets at all"
  for path in $assets; do
    status="$(visit "$site" "$path")"
    [[ $status == 200 && -s $BODY ]] || die "https://$site$path, which the login page asks for, answers $status"
    [[ $path != */dist/*.bundle.* || ! -s $RUNTIME_DIR/manifests/assets.json ]] ||
      jq -e --arg path "${path%%\?*}" '[inputs | .[]] | index([$path]) != null' -n "$RUNTIME_DIR"/manifests/*.json >/dev/null ||
      die "https://$site/login asks for $path, which is not in the manifest of the image: a former manifest is in Redis"
    count=$((count + 1))
  done
  detail "$site: login page and its $count assets"
}

websocket_answers() {
  [[ $(visit "$1" '/socket.io/?EIO=4&transport=polling' --header "Origin: https://$1") == 200 ]] &&
    grep -q '"sid"' "$BODY"
}

# in_bench SCRIPT ARGUMENTS…: one of ours, run by the bench's own Python in the folder of the sites.
in_bench() {
  compose exec -T --workdir /home/frappe/frappe-bench/sites backend ../env/bin/python - "${@:2}" <"$BUNDLE/runtimes/compose/$1"
}

# jobs_forget TIME: jobs that were queued since then are about data that is no more.
jobs_forget() {
  if [[ -n $1 ]]; then in_bench queue-forget.py "$1"; fi
}

# smoke_pages: what can be asked while writes are still refused.
smoke_pages() {
  local site sites services listed
  listed="$(serving_services)"
  mapfile -t services <<<"$listed"
  containers_are_of_release
  image_manifests
  sites="$(served_sites)"
  [[ -n $sites ]] || die "there is no site to look at"
  for site in $sites; do
    if ! until_true 120 backend_answers "$site" || ! until_true 30 ping_answers "$site"; then
      containers_run "${services[@]}" || true
      die "https://$site/api/method/ping answers $(visit "$site" /api/method/ping) and not 200 $(head -c 200 "$BODY.error")"
    fi
    detail "$site: ping"
    image_assets_are_served "$site"
    login_page_assets "$site"
    until_true 60 websocket_answers "$site" || die "https://$site/socket.io does not answer after 60 s"
    detail "$site: websocket"
  done
}

# A queue of our own, so that the check neither waits behind what a migration has queued nor does any of it.
smoke_queue() {
  local site sites
  sites="$(served_sites)"
  for site in $sites; do
    in_bench queue-check.py "$site" 60
    detail "$site: a queued job"
  done
}

# Workers and the scheduler are of this release, and run.
workers_run() {
  local services=() listed
  listed="$(worker_services)"
  [[ -n $listed ]] || return 0
  mapfile -t services <<<"$listed"
  containers_are_of_release "${services[@]}"
  until_true 30 containers_run "${services[@]}" >/dev/null || {
    containers_run "${services[@]}" || true
    die "not all workers run: see the lines above"
  }
}

# The certificate is a state of its own: a release is not bad because a name does not lead here yet.
# smoke_certificate SECONDS: how long it is waited for; not while writes are refused.
smoke_certificate() {
  local site
  for site in $(site_names); do
    if serves_https && proxy_asks_for "$site"; then
      until_true "$1" certificate_issued "$site" || warn "$site: the certificate was asked for and is not there yet; look at: docker logs ${PROJECT}-proxy-1"
    fi
    certificate "$site" | jq -r --arg site "$site" '"\($site): certificate \(.state)" + (if .daysLeft then ", \(.daysLeft) days left, by \(.issuer)" elif .create then ": create \(.create)" else "" end)'
  done
}
