# shellcheck shell=bash
# What this runtime needs of a configured host.

# shellcheck source=/dev/null
source "$BUNDLE/lib/authorities.sh"

runtime_configure() {
  install -d -m 0755 "$DATA/apps" "$DATA/apps/caddy" "$DATA/apps/upstreams"
  install -d -m 0700 "$RUNTIME_DIR/secrets"
  [[ -n $(environment .databaseHost) || -n $(environment .cacheHost) ]] || return 0
  authorities "$DATA/apps"
}
