# shellcheck shell=bash
# HTTPS: for which names Let's Encrypt may be asked, where its answers are kept, and what the certificate's state is.
# And what the proxy does with a visitor: it is led to the application, or gets our page while the sites are closed.
#
# The proxy reads its routes from a folder that it watches (Traefik's file provider), and no labels of containers. So a
# name that comes to lead here, and a page that stands in for the application, need no container to start again.

# serves_https: whether the proxy is one that ends TLS; upstream's compose.proxy.yaml has one that doesn't.
serves_https() {
  jq -e '[.services.proxy.command[]? | ascii_downcase | startswith("--entrypoints.websecure.")] | any' "$RELEASE_DIR/compose.json" >/dev/null 2>&1
}

# look_up NAME: "found ADDRESS…", "none" where the name does not exist or has no address, "unknown" where nobody could
# be asked or the answer was a failure (no network yet, a time-out, SERVFAIL). getent cannot tell the last two apart.
look_up() {
  timeout 30 python3 - "$1" <<'PY' || printf 'unknown\n'
import socket, sys
try:
    found = sorted({entry[4][0] for entry in socket.getaddrinfo(sys.argv[1], 443, socket.AF_INET, socket.SOCK_STREAM)})
    print("found", *found)
except socket.gaierror as failure:
    nothing = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)}
    print("none" if failure.errno in nothing else "unknown")
PY
}

site_is_proxied() { jq -e --arg site "$1" '.sites[] | select(.name == $site) | .proxied == true' "$SETTINGS" >/dev/null; }

# leads SITE: here, elsewhere, nowhere or unknown. Behind a proxy in front of this host (Cloudflare's, say) the name leads
# to that one, which hands the check of Let's Encrypt on to here.
leads() {
  local answer
  answer="$(look_up "$1")"
  case "$answer" in
    none) printf 'nowhere' ;;
    found*)
      if site_is_proxied "$1" || grep -qwF -e "$(environment .publicIp)" <<<"${answer#found}"; then printf 'here'; else printf 'elsewhere'; fi
      ;;
    *) printf 'unknown' ;;
  esac
}

# Certificates of different authorities must not share a file: Traefik would go on using the former's.
acme_storage() {
  local host=${1#*://}
  host=${host%%/*}
  case "$host" in
    acme-v02.api.letsencrypt.org | '') printf 'acme.json' ;;
    acme-staging-v02.api.letsencrypt.org) printf 'acme-staging.json' ;;
    *) printf 'acme-%s.json' "$(tr -c 'A-Za-z0-9.\n' '-' <<<"$host")" ;;
  esac
}

# acme_names: the names that there is a certificate for, as the proxy keeps them.
acme_names() {
  local folder
  folder="$(docker volume inspect --format '{{.Mountpoint}}' "${PROJECT}_cert-data" 2>/dev/null || true)"
  [[ -n $folder && -s $folder/$(acme_storage "$(setting .https.server)") ]] || return 0
  jq -r '."main-resolver".Certificates[]? | .domain | (.main, .sans[]?)' "$folder/$(acme_storage "$(setting .https.server)")" 2>/dev/null || true
}

# The folder that the proxy watches, and the one file in it. JSON is YAML, and Traefik reads no file that ends in .json.
PROXY_FOLDER="$DATA/app/proxy"
PROXY_ROUTES="$PROXY_FOLDER/sites.yaml"

# proxy_asks_for SITE, proxy_is_held: what the routes say now.
proxy_asks_for() {
  jq -e --arg rule "Host(\`$1\`)" '[.http.routers[]? | select(.rule == $rule and .tls.certResolver != null)] | any' "$PROXY_ROUTES" >/dev/null 2>&1
}
proxy_is_held() { jq -e '[.http.routers[]? | .service == "holding"] | any' "$PROXY_ROUTES" >/dev/null 2>&1; }

# https_names: a list of {site, leads, ask}. Let's Encrypt is asked for each name by itself: five failed validations an
# hour are the limit (https://letsencrypt.org/docs/rate-limits/), and a name that fails would take others on the same
# certificate with it. Once a name has a certificate it keeps asking, wherever the name leads meanwhile: that is what
# renews it. Where nobody can tell where a name leads, it stays as it was.
https_names() {
  local site leads ask have
  have="$(acme_names)"
  for site in $(site_names); do
    leads="$(leads "$site")"
    ask=false
    if [[ $leads == here ]] || grep -qxF -e "$site" <<<"$have"; then ask=true; fi
    if [[ $leads == unknown ]] && proxy_asks_for "$site"; then ask=true; fi
    jq -nc --arg site "$site" --arg leads "$leads" --argjson ask "$ask" '{site: $site, leads: $leads, ask: $ask}'
  done | jq -sc .
}

# proxy_route application|holding NAMES: one router a name, so that each gets a certificate of its own.
proxy_route() {
  install -d -m 0755 "$PROXY_FOLDER"
  jq -n --arg service "$1" --argjson names "$2" --arg holding "http://$(holding_container):8080" '
    {http: {
      routers: ([$names | to_entries[] | {key: "site-\(.key + 1)", value: {
        rule: "Host(`\(.value.site)`)", entryPoints: ["websecure"], service: $service,
        tls: (if .value.ask then {certResolver: "main-resolver"} else {} end)}}] | from_entries),
      services: {
        application: {loadBalancer: {servers: [{url: "http://frontend:8080"}]}},
        holding: {loadBalancer: {servers: [{url: $holding}]}}}}}' | write_file "$PROXY_ROUTES" 0644
}

# https_render: RELEASE_DIR/https.json, and the routes. A proxy's `command` replaces upstream's list whole, so it is made
# from what Compose resolved of it.
https_render() {
  serves_https || return 0
  local server trusted hours names service=application
  server="$(setting .https.server)"
  trusted="$(setting .https.trustedCa)"
  hours="$(setting .https.certificateHours 2160)"
  # shellcheck disable=SC2016
  jq --arg hours "$hours" --arg server "$server" --arg storage "/letsencrypt/$(acme_storage "$server")" --arg trusted "$trusted" --arg routes "$PROXY_FOLDER" '
    def replaced($flag; $value): map(select(ascii_downcase | startswith(($flag | ascii_downcase) + "=") | not)) + ["\($flag)=\($value)"];
    "--certificatesResolvers.main-resolver.acme" as $resolver
    | {services: {proxy: (
        {command: ([.services.proxy.command[]? | select(ascii_downcase | test("^--providers\\.") | not)]
            # Traefik waits two seconds after a change before it takes another; a release has two.
            | . + ["--providers.file.directory=/etc/slipway/proxy", "--providers.file.watch=true",
                "--providers.providersThrottleDuration=500ms"]
            | replaced("\($resolver).storage"; $storage)
            | replaced("\($resolver).certificatesDuration"; $hours)
            | if $server != "" then replaced("\($resolver).caserver"; $server) else . end),
         volumes: ([{type: "bind", source: $routes, target: "/etc/slipway/proxy", read_only: true}]
           + if $trusted != "" then [{type: "bind", source: $trusted, target: "/etc/slipway/trusted-ca.pem", read_only: true}] else [] end)}
        + if $trusted != "" then {environment: {LEGO_CA_CERTIFICATES: "/etc/slipway/trusted-ca.pem"}} else {} end)}}' \
    "$RELEASE_DIR/compose.json" | write_file "$RELEASE_DIR/https.json" 0644
  names="$(https_names)"
  if proxy_is_held; then service=holding; fi
  proxy_route "$service" "$names"
  https_say "$names"
}

# https_say NAMES: what of them is waited for.
https_say() {
  jq -r --arg address "$(environment .publicIp)" '.[] | select(.ask | not)
    | if .leads == "unknown" then "\(.site): certificate pending: the name could not be looked up; it is tried again every hour"
      else "\(.site): certificate pending: create the A record \(.site) -> \($address); Let\u0027s Encrypt is asked when it is there"
        + (if .leads == "elsewhere" then ". If it leads to a proxy that hands on to here, say so: erpnext.sites[].proxied" else "" end) end' <<<"$1" |
    while IFS= read -r line; do detail "$line"; done
}

# https_follow: asks for the certificates of names that have come to lead here. Needs no lock but while it writes.
https_follow() {
  serves_https && [[ -s $PROXY_ROUTES ]] || return 0
  local wanted site changed=''
  wanted="$(https_names)"
  for site in $(jq -r '.[] | select(.ask) | .site' <<<"$wanted"); do
    proxy_asks_for "$site" || changed+=" $site"
  done
  [[ -n $changed ]] || return 0
  lock_take hourly "" 600
  # What serves may have changed while this waited.
  use_release "$(record_current_id)"
  https_render
  detail "the certificate is asked for, of:$changed"
}

# ---- the page while the sites are closed ----------------------------------------------------

# It is served by nginx in the image that serves the site already: nothing else need be had.
holding_container() { printf '%s-holding' "$PROJECT"; }

# A page that says "closed" must not pass for the application that is.
is_holding_page() { grep -q 'slipway-holding' "$BODY" 2>/dev/null; }
holding_answers() { [[ $(visit_proxy "$1" /) == 503 ]] && is_holding_page; }
application_is_reached() { [[ $(visit_proxy "$1" /) =~ ^[1-5][0-9][0-9]$ ]] && ! is_holding_page; }

# holding_begin: visitors get our page from here on, with 503. Where it cannot be had they get what the application
# says, as before: that must not stop a release.
holding_begin() {
  local first network image
  first="$(served_sites | sed -n 1p)"
  [[ -n $first && -s $PROXY_ROUTES ]] && serves_https && ! proxy_is_held || return 0
  network="$(docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}' "$(container_of proxy)" 2>/dev/null | sed -n 1p)"
  image="$(docker inspect --format '{{.Image}}' "$(container_of frontend)" 2>/dev/null || true)"
  [[ -n $image ]] || image="$(jq -r '.services.frontend.image // empty' "$RELEASE_DIR/compose.json")"
  [[ -n $network && -n $image ]] || return 0
  write_file "$DATA/app/holding.conf" 0644 <"$BUNDLE/runtimes/compose/holding.conf"
  docker rm --force --volumes "$(holding_container)" >/dev/null 2>&1 || true
  if ! docker run --detach --name "$(holding_container)" --network "$network" --restart unless-stopped --tmpfs /tmp \
    --volume "$DATA/app/holding.conf:/etc/slipway/holding.conf:ro" --entrypoint nginx "$image" \
    -e stderr -c /etc/slipway/holding.conf >/dev/null; then
    warn "the page for visitors while the sites are closed cannot be served; they see what the application says"
    docker rm --force --volumes "$(holding_container)" >/dev/null 2>&1 || true
    return 0
  fi
  proxy_route holding "$(https_routed)"
  until_true 30 holding_answers "$first" ||
    warn "the proxy does not show the page for visitors while the sites are closed; look at: docker logs $(holding_container)"
}

# holding_end: visitors reach the application again.
holding_end() {
  local first
  if proxy_is_held; then
    proxy_route application "$(https_routed)"
    first="$(served_sites | sed -n 1p)"
    [[ -z $first ]] || until_true 30 application_is_reached "$first" || warn "the proxy still shows the page for visitors while the sites are closed"
  fi
  docker rm --force --volumes "$(holding_container)" >/dev/null 2>&1 || true
}

# https_routed: the names as the routes have them, without asking anybody.
https_routed() {
  jq -c '[.http.routers[] | {site: (.rule | capture("^Host\\(`(?<name>[^`]+)`\\)$").name), ask: (.tls.certResolver != null)}]' "$PROXY_ROUTES"
}

# ---- the certificate ------------------------------------------------------------------------

# certificate SITE: JSON with state (issued, pending, self-signed, none), issuer, notAfter and daysLeft, as served on
# this host.
certificate() {
  local site=$1 pem issuer subject until=''
  serves_https || {
    printf '{"state":"none"}'
    return 0
  }
  pem="$(timeout 20 openssl s_client -connect 127.0.0.1:443 -servername "$site" </dev/null 2>/dev/null | openssl x509 2>/dev/null || true)"
  issuer="$(openssl x509 -noout -issuer -nameopt RFC2253 <<<"$pem" 2>/dev/null || true)"
  subject="$(openssl x509 -noout -subject -nameopt RFC2253 <<<"$pem" 2>/dev/null || true)"
  if [[ -z $pem ]] || [[ $issuer == *'TRAEFIK DEFAULT CERT'* ]] ||
    ! openssl x509 -noout -checkhost "$site" <<<"$pem" 2>/dev/null | grep -q 'does match'; then
    jq -nc --arg name "$site" --arg address "$(environment .publicIp)" \
      '{state: "pending", daysLeft: null, create: "A \($name) -> \($address)"}'
    return
  fi
  until="$(openssl x509 -noout -enddate <<<"$pem" | cut -d= -f2)" || return
  jq -nc --arg issuer "${issuer#issuer=}" --arg notAfter "$(date -u -d "$until" +%Y-%m-%dT%H:%M:%SZ)" \
    --arg state "$([[ ${issuer#issuer=} == "${subject#subject=}" ]] && printf self-signed || printf issued)" \
    --argjson days $((($(date -d "$until" +%s) - $(date +%s)) / 86400)) \
    '{state: $state, issuer: $issuer, notAfter: $notAfter, daysLeft: $days}'
}

certificate_issued() { [[ $(certificate "$1" | jq -r .state) == issued ]]; }

# certificate_publish: the fewest days left of any site that is declared. One that has no certificate that browsers
# take, for whatever reason, has none left: what is missing must not look as if all were well.
certificate_publish() {
  serves_https || return 0
  local site days least=''
  for site in $(site_names); do
    days="$(certificate "$site" | jq -r 'if .state == "issued" then .daysLeft else 0 end')"
    [[ $days =~ ^-?[0-9]+$ ]] || days=0
    if [[ -z $least ]] || ((days < least)); then least=$days; fi
  done
  metric CertificateDaysLeft "${least:-0}" None
}
