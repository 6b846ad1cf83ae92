#!/usr/bin/env bash
# Has the real Compose read what a host would run.
# Task: Develop
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway compose-check [STACK] [PATH|URL]

Renders the Compose project of a stack (default staging) with the host's own scripts, out of a checkout of
frappe_docker (see ./slipway frappe-docker), once as the stack's settings say and once for each other way that the
settings allow: upstream's pwd.yml, database and Redis elsewhere, an image built on the host, arm64. Compose has to
accept each, and what comes out has to hold what the host relies on. Variables of erpnext.environment have to reach a
container as they are, whatever Compose could read in them. Starts nothing.
USAGE
}

own_option() { return 1; }

case ${1:-} in
  '') set -- staging ;;
esac
installs=yes
parse "$@"
((${#run_options[@]} == 0)) || problem "${run_options[*]}: goes with a verb of the hosts"
((${#words[@]} < 3)) || problem "\"${words[2]}\": STACK and one PATH or URL are all that it takes"
source=${words[1]:-}
[[ -z $source || -e $source/compose.yaml || $source == *://* || $source == *@*:* ]] ||
  problem "\"$source\": there is no compose.yaml in it, and it is no URL"
no_problems
"$root/scripts/tools.sh" system java docker docker-compose >&2
export DOCKER_CONFIG=$home/tools
make_scratch

"$root/scripts/plan.sh" "$stack" --out "$scratch/plan" >/dev/null
bundle=$(find "$scratch/plan" -name settings.json -printf '%h\n' -quit)
[[ -n $bundle ]] || die "the plan of $stack holds no host bundle"
found=$("$root/scripts/dev/frappe-docker.sh" "$stack" "${words[@]:1}")
tree=${found%%$'\n'*}
say "frappe_docker: ${found#*$'\n'}"

# render NAME FILTER IMAGE BUILD: the project of the bundle with its settings changed by a jq filter, and what Compose makes
# of it on a host: out/compose.json and out/resolved.json.
render() {
  local name=$1 filter=$2 image=$3 build=$4 work=$scratch/$1
  cp -R "$bundle" "$work" || return
  chmod -R u+w "$work" || return
  jq "$filter" "$bundle/settings.json" >"$work/settings.json" || return
  mkdir "$work/out" || return
  # A shell of its own: the host's scripts set what they like. $1 to $4 are its own, not this shell's.
  # shellcheck disable=SC2016
  bash -c '
    source "$1/lib/common.sh"
    for part in lock journal steps aws secrets disk records git backup engine; do
      source "$1/lib/$part.sh"
    done
    source "$1/lib/runtime.sh"
    render "$2" "$3" "$4" "$1/out"
    RELEASE_DIR=$1/out
    compose config --format json >"$1/out/resolved.json"
  ' render "$work" "$tree" "$image" "$build"
}

# holds NAME FILTER TEXT: whether a jq filter is true of the project; $resolved is what Compose makes of it. Compose prints a
# dollar sign as two, since what it prints may be read by it again.
holds() {
  jq 'walk(if type == "string" then gsub("[$][$]"; "$") else . end)' "$scratch/$1/out/resolved.json" >"$scratch/$1/out/read.json" ||
    return
  jq -e --slurpfile resolved "$scratch/$1/out/read.json" "$2" "$scratch/$1/out/compose.json" >/dev/null || {
    say "      not so: $3"
    return 1
  }
}

# check NAME FILTER IMAGE BUILD [FILTER TEXT]...
check() {
  local name=$1 status=0 output
  if ! output=$(PATH=$PATH render "$1" "$2" "$3" "$4" 2>&1); then
    say "bad $name"
    tail -n 15 <<<"$output" | sed 's/^/      /'
    failed=1
    return
  fi
  shift 4
  while (($#)); do
    holds "$name" "$1" "$2" || status=1
    shift 2
  done
  if ((status)); then failed=1; fi
  if ((status)); then say "bad $name"; else say "ok  $name"; fi
}

failed=0
site=$(jq -r '.sites[0].name' "$bundle/settings.json")
image=frappe/erpnext:v16.32.3
# shellcheck disable=SC2016 # the variables are jq's
common=(
  '[.services[].image // empty | select(startswith("frappe/erpnext:") and . != "'"$image"'")] == []' 'one image for all'
  '[.services[] | select((.ports // []) | length > 0)] | length == 1' 'one service alone publishes ports'
  '[.services[].ports // [] | .[].published] | sort == ["443", "80"]' 'these are 80 and 443'
  '[.services[].platform // "linux/amd64"] | unique == ["linux/amd64"]' 'the platform is that of the host'
  '[.. | strings | select(contains("'"$site"'"))] | length > 0' 'the site has its route'
  '[.services[].depends_on // {} | has("configurator")] | any | not' 'nothing waits for the configurator'
  '[.services.scheduler, .services.websocket, .services.frontend | .init] == [true, true, true]' 'what takes no signal as first process is none'
  '.services["queue-long"].stop_grace_period == "1m30s"' 'workers end with their job'
  '[$resolved[0].services[].volumes[]? | .source, .target | strings | select(endswith("docker.sock"))] == []' 'no container has Docker'
  '[.services.proxy.volumes[].target] == ["/letsencrypt"]' 'the proxy keeps its certificates'
)

check as-set . "$image" '' "${common[@]}" \
  '.services | has("db") and has("redis-cache") and has("redis-queue")' 'database and Redis are there'
check pwd '.compose.files = ["pwd.yml"]' "$image" '' "${common[@]}" \
  '[.. | objects | .MYSQL_ROOT_PASSWORD? // .MARIADB_ROOT_PASSWORD? // empty] == []' 'no password in an environment'
check elsewhere '.compose.files = ["compose.yaml", "overrides/compose.https.yaml"]
  | .compose.database = {host: "db.example.com", port: 3306}
  | .compose.redis = {cache: "cache.example.com:6379", queue: "queue.example.com:6379"}' "$image" '' "${common[@]}" \
  '.services | has("db") or has("redis-cache") | not' 'no database and no Redis of its own' \
  '.services.configurator.environment.DB_HOST == "db.example.com"' 'the database is the one elsewhere'
check plain '.compose.files = ["compose.yaml", "overrides/compose.mariadb.yaml", "overrides/compose.redis.yaml",
  "overrides/compose.mariadb-secrets.yaml", "overrides/compose.proxy.yaml"]' "$image" '' \
  '[.services.proxy.volumes[].source] == ["/var/run/docker.sock"]' 'a proxy without TLS asks Docker for its routes'
check built '.compose.image.source = "build"' slipway/erpnext:0123abc '{"context": "/tmp", "dockerfile": "Containerfile"}' \
  '.services.backend.build.context == "/tmp"' 'the image is built' \
  '[.services[] | select(.image == "slipway/erpnext:0123abc") | .pull_policy] | unique == ["never"]' 'and never pulled'
check arm64 '.host.ami.architecture = "arm64"' "$image" '' \
  '[.services[] | select(.platform) | .platform] | unique == ["linux/arm64"]' 'the platform is that of the host'

# What Compose, a shell, YAML or a file of variables could read in a value.
values=$root/src/test/resources/dev/slipway/host/values.json
# Each is handed on by a file beside upstream's; all of them at once by a variable that upstream hands on itself.
jq '(to_entries | map({key: "VALUE_\(.key)", value}) | from_entries) + {FRAPPE_SITE_NAME_HEADER: join(" ")}' \
  "$values" >"$scratch/variables.json"
mkdir "$scratch/tree"
ln -s "$tree"/* "$scratch/tree/"
tree=$scratch/tree
jq '{services: {backend: {environment: with_entries(select(.key | startswith("VALUE_")) | .value = "${\(.key)}")}}}' \
  "$scratch/variables.json" >"$tree/values.yaml"
variables=$(<"$scratch/variables.json")
check values ".compose.files += [\"values.yaml\"] | .compose.environment = $variables" "$image" '' "${common[@]}" \
  "$variables as \$given | (\$resolved[0].services | .backend.environment + .frontend.environment) as \$gets
    | [\$given | to_entries[] | select(\$gets[.key] != .value) | {given: .value, gets: \$gets[.key]}]
    | if . == [] then true else error(tojson) end" 'every variable reaches its container as it was given'
exit "$failed"
