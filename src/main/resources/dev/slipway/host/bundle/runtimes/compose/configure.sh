# shellcheck shell=bash
# What this runtime needs of a configured host.

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
  if [[ -z $(setting .compose.database.host) ]]; then
    secret_ensure db-root-password "$DATA/secrets/db-root-password"
  elif ! secret_fetch db-root-password "$DATA/secrets/db-root-password"; then
    warn "the database $(setting .compose.database.host) is external: put its administrator's password into $(secret_parameter db-root-password) with ./slipway secret"
  fi
}
