# shellcheck shell=bash
# HTTPS: when Let's Encrypt may be asked, where its answers are kept, and what the certificate's state is.

# Every name must lead here before a certificate is asked for: five failed validations an hour are the limit
# (https://letsencrypt.org/docs/rate-limits/), and one name that fails takes the others with it.
names_that_do_not_lead_here() {
  local site address
  address="$(environment .publicIp)"
  for site in $(site_names); do
    getent ahostsv4 "$site" | awk '{ print $1 }' | grep -qxF "${address:-none}" || printf '%s\n' "$site"
  done
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

# https_render: RELEASE_DIR/https.json. A proxy's `command` replaces upstream's list whole, so it is made from
# what Compose resolved of it. Without the resolver Traefik serves its own certificate.
https_render() {
  has_service proxy || return 0
  local server trusted waiting hours
  server="$(setting .https.server)"
  trusted="$(setting .https.trustedCa)"
  waiting="$(names_that_do_not_lead_here)"
  hours="$(setting .https.certificateHours 2160)"
  jq --arg hours "$hours" --arg server "$server" --arg storage "/letsencrypt/$(acme_storage "$server")" --arg trusted "$trusted" --arg waiting "$waiting" '
    def acme: ascii_downcase | startswith("--certificatesresolvers.");
    def replaced($flag; $value): map(select(ascii_downcase | startswith(($flag | ascii_downcase) + "=") | not)) + ["\($flag)=\($value)"];
    (.services.proxy.command // []) as $upstream
    | "--certificatesResolvers.main-resolver.acme" as $resolver
    | {services: {proxy: (
        {command: (
          if $waiting != "" then $upstream | map(select(acme | not))
          else $upstream
            | replaced("\($resolver).storage"; $storage)
            | replaced("\($resolver).certificatesDuration"; $hours)
            | if $server != "" then replaced("\($resolver).caserver"; $server) else . end
          end)}
        + if $trusted != "" then {
            environment: {LEGO_CA_CERTIFICATES: "/etc/slipway/trusted-ca.pem"},
            volumes: [{type: "bind", source: $trusted, target: "/etc/slipway/trusted-ca.pem", read_only: true}]
          } else {} end)}}' "$RELEASE_DIR/compose.json" | write_file "$RELEASE_DIR/https.json" 0644
  [[ -z $waiting ]] || detail "certificate pending: create the A record $(tr '\n' ' ' <<<"$waiting")-> $(environment .publicIp); Let's Encrypt is asked when it is there"
}

# certificate SITE: JSON with state (issued, pending, none), issuer, notAfter and daysLeft, as served on this host.
certificate() {
  local site=$1 pem issuer until=''
  has_service proxy || {
    printf '{"state":"none"}'
    return 0
  }
  pem="$(timeout 20 openssl s_client -connect 127.0.0.1:443 -servername "$site" </dev/null 2>/dev/null | openssl x509 2>/dev/null || true)"
  issuer="$(openssl x509 -noout -issuer -nameopt RFC2253 <<<"$pem" 2>/dev/null || true)"
  if [[ -z $pem ]] || [[ $issuer == *'TRAEFIK DEFAULT CERT'* ]] ||
    ! openssl x509 -noout -checkhost "$site" <<<"$pem" 2>/dev/null | grep -q 'does match'; then
    jq -nc --arg name "$site" --arg address "$(environment .publicIp)" \
      '{state: "pending", daysLeft: null, create: "A \($name) -> \($address)"}'
    return 0
  fi
  until="$(openssl x509 -noout -enddate <<<"$pem" | cut -d= -f2)"
  jq -nc --arg issuer "${issuer#issuer=}" --arg notAfter "$(date -u -d "$until" +%Y-%m-%dT%H:%M:%SZ)" \
    --argjson days $((($(date -d "$until" +%s) - $(date +%s)) / 86400)) \
    '{state: "issued", issuer: $issuer, notAfter: $notAfter, daysLeft: $days}'
}

certificate_issued() { [[ $(certificate "$1" | jq -r .state) == issued ]]; }

resolver_is_on() {
  jq -e '[.services.proxy.command[]? | ascii_downcase | startswith("--certificatesresolvers.")] | any' "$RELEASE_DIR/https.json" >/dev/null 2>&1
}
