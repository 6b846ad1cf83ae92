# shellcheck shell=bash
# What the service is given of the stack's PostgreSQL (lib/database.sh).

database_is_used() { [[ -n $(environment .databaseHost) && -n $(setting .service.databaseUrl) ]]; }

# database_is_known: whether what serves was started with the secret and the address as they are.
database_is_known() {
  local current
  current="$(record_current_id)" || return
  [[ -n $current ]] && jq -e --arg version "$(<"$VALUES/database.version")" --arg address "$(database_address)" \
    '.versions.database == $version and .database == $address' "$RELEASES/$current/spec.json" >/dev/null 2>&1
}

# database_url RELEASE_DIR: as libpq reads it.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
database_url() {
  value_fetch database || die "the secret database has no value" >&2
  jq -j --arg address "$(jq -r .database "$1/spec.json")" --arg authorities "$AUTHORITIES" '
    "postgresql://\(.username | @uri):\(.password | @uri)@\($address)?sslmode=verify-full&sslrootcert=\($authorities)"' "$VALUES/database"
}
