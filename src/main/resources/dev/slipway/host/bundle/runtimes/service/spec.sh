# shellcheck shell=bash
# What a release is made of: in its folder spec.json, which says it; `environment`, the plain variables; `credentials`, the
# names of those that are secret; `serve` and `migrate`, the words of the two programs, each ended by a zero byte; and
# `code`, a link to the folder with the code. Two equal ones are the same release.

# spec .path
spec() { jq -r "$1 // empty" "$RELEASE_DIR/spec.json"; }

# spec_variables COMMIT: {variable: value} of what is not secret.
spec_variables() {
  # shellcheck disable=SC2016
  jq -c --arg commit "$1" --arg region "${AWS_REGION-}" --arg endpoint "${AWS_ENDPOINT_URL-}" --arg bundle "${AWS_CA_BUNDLE-}" \
    --arg authorities "$(if [[ -s $OUTSIDE_AUTHORITIES ]]; then printf '%s' "$OUTSIDE_AUTHORITIES"; fi)" \
    --slurpfile machine "$ENVIRONMENT" '
    def given($name; $value): if $value == "" then {} else {($name): $value} end;
    ((.service.bucketVariables // {}) | with_entries(.key as $bucket
      | {key: .value, value: ($machine[0]["buckets.\($bucket)"] // error("this host knows no bucket \($bucket); run: pulumi up"))}))
    + given("AWS_REGION"; $region) + given("AWS_DEFAULT_REGION"; $region)
    + given("AWS_ENDPOINT_URL"; $endpoint) + given("AWS_CA_BUNDLE"; $bundle) + given("SSL_CERT_FILE"; $authorities)
    + {SLIPWAY_STACK: .stack, RELEASE: $commit}
    # A worker that is only slow is not killed with what it answers, which uvicorn does after 5 seconds.
    + {UVICORN_TIMEOUT_WORKER_HEALTHCHECK: (.service.requestSeconds // 30 | tostring)}
    + (.service.environment // {})' "$SETTINGS"
}

# spec_write DIR COMMIT TREE: from the settings, the code, and the versions of the secrets as they are now: a secret that was
# changed makes another release, and so reaches the service by the next one.
spec_write() {
  local dir=$1 variables versions folder
  variables="$(spec_variables "$2")"
  versions="$(secrets_versions)"
  folder="$(code_folder "$3")"
  # shellcheck disable=SC2016
  jq -S --arg commit "$2" --arg tree "$3" --argjson variables "$variables" --argjson versions "$versions" --arg database "$(database_address)" \
    --argjson used "$(if database_is_used; then printf true; else printf false; fi)" '
    {commit: $commit, tree: $tree, folder: (.service.folder // "."), app: .service.app, workers: (.service.workers // 1),
     requestSeconds: (.service.requestSeconds // 30), memoryMiB: .service.memoryMiB, variables: $variables,
     secrets: (.service.secrets // {}), migrate: (.service.migrate // []), versions: $versions}
    + (if $used then {databaseUrl: .service.databaseUrl, database: $database} else {} end)' "$SETTINGS" | write_file "$dir/spec.json" 0644
  [[ -s $dir/spec.json ]] || die "the release would be made of nothing"
  jq -r '.variables | to_entries[] | "export \(.key)=\(.value | tostring | @sh)"' "$dir/spec.json" | write_file "$dir/environment" 0644
  jq -r '(.secrets // {} | keys)[], (.databaseUrl // empty)' "$dir/spec.json" | write_file "$dir/credentials" 0644
  # Requests come by Caddy alone, which says who asks.
  jq -j '["uvicorn", .app, "--workers", (.workers | tostring), "--timeout-graceful-shutdown", (.requestSeconds | tostring),
    "--proxy-headers", "--forwarded-allow-ips", "*", "--no-server-header"][] | . + "\u0000"' "$dir/spec.json" | write_file "$dir/serve" 0644
  jq -j '.migrate[] | . + "\u0000"' "$dir/spec.json" | write_file "$dir/migrate" 0644
  ln -sfn "$folder" "$dir/code"
}

# memory_check: both colors run for the time of a release.
memory_check() {
  local wanted total
  wanted="$(setting .service.memoryMiB)"
  [[ -n $wanted ]] || return 0
  total="$(awk '/^MemTotal:/ { printf "%d", $2 / 1024 }' /proc/meminfo)"
  [[ $wanted =~ ^[0-9]+$ && $total =~ ^[0-9]+$ ]] || die "it is not known how much memory is there ('$total' MiB) or wanted ('$wanted' MiB)"
  ((2 * wanted <= total)) || refuse "service.memoryMiB is $wanted, and this machine has $total MiB: both colors run for the time of a release, so that it can be $((total / 2)) at most"
}
