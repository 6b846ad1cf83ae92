# shellcheck shell=bash
# What this runtime needs of a configured host.

# shellcheck source=/dev/null
source "$BUNDLE/runtimes/compose/memory.sh"

# runtime_configure_check: what must be refused before anything is changed on a host that serves already.
runtime_configure_check() {
  local part
  for part in project sites; do
    # shellcheck source=/dev/null
    source "$BUNDLE/runtimes/compose/$part.sh"
  done
  sites_check_declared
}

runtime_configure() {
  swap_where_needed
  if [[ -z $(setting .compose.database.host) ]]; then
    secret_ensure db-root-password "$DATA/secrets/db-root-password"
  elif ! secret_fetch db-root-password "$DATA/secrets/db-root-password"; then
    warn "the database $(setting .compose.database.host) is external: put its administrator's password into $(secret_parameter db-root-password) with ./slipway secret"
  fi
}

# Builds on a small machine run out of memory beside a running site.
swap_where_needed() {
  [[ $(setting .compose.image.source) == build ]] || return 0
  memory_is_short_for_builds || return 0
  memory_warn_of_builds
  [[ -z $(swapon --noheadings --show=NAME) ]] || return 0
  detail "making a swap file of 4 GiB"
  # Under another name until it is whole, and readable by nobody else from its first byte.
  [[ -s /swapfile ]] || (umask 077 && rm -f /swapfile.part && fallocate -l 4G /swapfile.part &&
    mkswap -q /swapfile.part && mv /swapfile.part /swapfile)
  grep -q '^/swapfile ' /etc/fstab || printf '/swapfile none swap sw 0 0\n' >>/etc/fstab
  swapon /swapfile || warn "the swap file could not be turned on"
}
