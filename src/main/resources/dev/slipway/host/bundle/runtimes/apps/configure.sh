# shellcheck shell=bash
# What this runtime needs of a configured host.

# shellcheck source=/dev/null
source "$BUNDLE/lib/authorities.sh"
# shellcheck source=/dev/null
source "$BUNDLE/runtimes/apps/credentials.sh"

runtime_configure() {
  install -d -m 0755 "$DATA/apps" "$DATA/apps/caddy" "$DATA/apps/upstreams"
  install -d -m 0700 "$RUNTIME_DIR/secrets"
  credentials_timer
  [[ -n $(environment .databaseHost) || -n $(environment .cacheHost) ]] || return 0
  authorities "$DATA/apps"
}

# The timer is there while an app has a role of its own.
credentials_timer() {
  local unit units=/etc/systemd/system
  if [[ -z $(credentials_apps) ]]; then
    [[ ! -e $units/slipway-app-credentials.timer ]] || systemctl disable --quiet --now slipway-app-credentials.timer
    return 0
  fi
  for unit in "$BUNDLE"/runtimes/apps/units/*; do
    write_file "$units/${unit##*/}" 0644 <"$unit"
  done
  systemctl daemon-reload
  systemctl enable --quiet --now slipway-app-credentials.timer
}
