# shellcheck shell=bash
# What a release is made of: apps.json in its folder, one entry an app, with everything that its container is made by.
# Two equal entries are the same container.

# The apps that have an image: one that was added since may wait for its first.
spec_apps() { [[ ! -s $RELEASE_DIR/apps.json ]] || jq -r 'keys[]' "$RELEASE_DIR/apps.json"; }

# spec APP .path
spec() { [[ ! -s $RELEASE_DIR/apps.json ]] || jq -r --arg app "$1" ".[\$app]$2 // empty" "$RELEASE_DIR/apps.json"; }

# spec_hash APP: names its container. Where and for what it is asked, and how long it may take, makes no other.
spec_hash() { jq -cS --arg app "$1" '.[$app] | del(.hostPort, .health, .healthSeconds)' "$RELEASE_DIR/apps.json" | sha256sum | cut -c1-16; }

# spec_write DIR: from images.json there, the settings, and the versions of the secrets as they are now: a secret that
# was changed makes another container, and so reaches it by the next release.
spec_write() {
  local app apps
  apps="$(jq -r 'keys[]' "$1/images.json")"
  for app in $apps; do
    # shellcheck disable=SC2016
    jq -c --arg app "$app" --argjson versions "$(secrets_versions "$app")" --slurpfile images "$1/images.json" --slurpfile machine "$ENVIRONMENT" \
      --arg database "$(database_address)" --arg replica "$(replica_address)" --arg cache "$(cache_address)" '
      .apps[$app] as $settings | (.database // {}) as $db | "\(.parameters.prefix)/\($app)" as $log
      | {key: $app, value: (($settings | del(.image, .buckets, .tagPrefix)) + $images[0][$app] + {versions: $versions, logGroup: $log}
          + (if $settings.databaseUrl // $settings.databaseVariables // $settings.replicaUrl then {database: $database, connectionLimit: $db.connectionLimit} else {} end)
          + (if $settings.replicaUrl and $replica != "" then {replica: $replica} else {} end)
          + (if $settings.buckets then
              {role: ($machine[0]["appRole.\($app)"] // error("this host knows no role for \($app); run: pulumi up")),
                bucketNames: ($machine[0] | with_entries((.key | split(".")) as $key
                  | ({buckets: "_BUCKET", cdnDomain: "_CDN_DOMAIN", cdnKeyId: "_CDN_KEY_ID"}[$key[0]] // empty) as $what
                  | .key = ($key[1] | ascii_upcase | gsub("-"; "_")) + $what))}
            else {} end)
          + (if $settings.cacheUrl then {cache: $cache} else {} end)
          + (if $settings.urlVariable then {url: $machine[0].balancerUrl} else {} end))}' "$SETTINGS"
  done | jq -s from_entries >"$1/apps.json"
}
