# shellcheck shell=bash
# Caddy before the two colors, Ubuntu's package under a unit of ours. Its configuration never changes with a release: whom
# it asks is a link, which is followed anew for each request, so that a switch is a rename.

PROXY=slipway-proxy.service
CADDY_CONFIG="$SERVICE/caddy.json"

proxy_render() { jq --arg live "$LIVE" --arg admin "$SOCKETS/slipway-proxy/admin.sock" -f "$BUNDLE/runtimes/service/caddy.jq" "$SETTINGS"; }

# proxy_ensure: it runs, as the settings say, from now on and after a boot.
proxy_ensure() {
  local before='' after
  before="$(sha256sum "$CADDY_CONFIG" 2>/dev/null || true)"
  proxy_render | write_file "$CADDY_CONFIG" 0644
  after="$(sha256sum "$CADDY_CONFIG")"
  systemctl enable --quiet "$PROXY"
  if [[ $(unit_state "$PROXY") != active ]]; then
    systemctl reset-failed "$PROXY" 2>/dev/null || true
    systemctl start "$PROXY"
  elif [[ $before != "$after" ]]; then
    systemctl reload "$PROXY"
  fi
  until_true 30 proxy_listens || die "Caddy does not listen at port $(setting .service.port); it said last: $(journalctl --quiet --unit "$PROXY" --lines 3 --output cat 2>/dev/null | cut -c1-300 | tr '\n' ' ')"
}

# proxy_status: what visitors are told.
proxy_status() {
  curl --silent --noproxy '*' --max-time 15 --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$(setting .service.port)$(setting .service.health /)" || true
}

proxy_listens() { [[ $(proxy_status) =~ ^[1-5][0-9][0-9]$ ]]; }
proxy_answers() { [[ $(proxy_status) == 200 ]]; }
