# shellcheck shell=bash
# What an app is given of the stack's PostgreSQL (lib/database.sh).

# shellcheck disable=SC2034 # lib/database.sh reads it
AUTHORITIES="$DATA/apps/authorities.pem"

database_is_used() { [[ -n $(environment .databaseHost) ]] && jq -e 'any(.apps[]; .databaseUrl // .databaseVariables // .replicaUrl)' "$SETTINGS" >/dev/null; }

# database_is_known: whether an app that serves was started with the secret and the address as they are.
database_is_known() {
  local current
  current="$(record_current_id)" || return
  [[ -n $current ]] && jq -e --arg version "$(<"$VALUES/database.version")" --arg address "$(database_address)" \
    'any(.[]; .versions.database == $version and .database == $address)' "$RELEASES/$current/apps.json" >/dev/null 2>&1
}

# database_url APP [replica]: as libpq reads it, which refuses parameters that it does not know. connection_limit, which only Prisma
# knows, is in it where the app asks for that.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
database_url() {
  local limit=''
  value_fetch database || die "the secret database has no value" >&2
  if [[ $(spec "$1" .connectionLimitInUrl) == true ]]; then limit="$(spec "$1" .connectionLimit)"; fi
  jq -j --arg address "$(spec "$1" ".${2:-database}")" --arg limit "$limit" '
    "postgresql://\(.username | @uri):\(.password | @uri)@\($address)?sslmode=verify-full&sslrootcert=/run/slipway/authorities.pem"
    + (if $limit == "" then "" else "&connection_limit=\($limit)" end)' "$VALUES/database"
}

# database_parts APP: {variable: value} for each part of the database that the app has a variable for.
database_parts() {
  value_fetch database || die "the secret database has no value" >&2
  # shellcheck disable=SC2016
  jq -c --arg app "$1" --slurpfile login "$VALUES/database" '
    .[$app] as $app
    | ($app.database | capture("^(?<host>.*):(?<port>[0-9]+)/(?<name>.*)$")) as $address
    | ($address + {user: $login[0].username, password: $login[0].password, sslMode: "verify-full",
        sslRootCert: "/run/slipway/authorities.pem", connectionLimit: ($app.connectionLimit // "" | tostring)}) as $parts
    | $app.databaseVariables // {} | with_entries({key: .value, value: $parts[.key]})' "$RELEASE_DIR/apps.json"
}
