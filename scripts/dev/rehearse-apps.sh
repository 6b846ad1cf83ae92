#!/usr/bin/env bash
# Rehearses the host runtime `apps` on one Linux machine: releases under load, and faults.
# Task: Develop
# shellcheck disable=SC2016 # what the machine's own shell expands
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway rehearse-apps [--all | --only STEP,...] [--requests N] [--keep]

Starts a machine with systemd and Docker, a PostgreSQL with TLS, a registry and an AWS without machines (moto), puts the
host bundle onto it and runs its scripts there, as Systems Manager would. The apps are a small HTTP server of ours.

  --only STEP,...   these steps alone, after those that they need: first, former, load, unhealthy, crash, migration,
                   rollback, rotation, parts, reboot, canary, killed
  --all            every step, former, crash and parts too, and a release killed in each of its steps in place of two of them
  --requests N     how many requests the load makes at least, as fast as it can; default 2000, with pauses
  --keep           leaves the machine up until Enter is pressed

Ends with 0 when every check passed, after a table of the steps with their times.
USAGE
}

readonly STEPS='first former load unhealthy crash migration rollback rotation parts reboot canary killed'
# Those that are left out unless they are asked for.
readonly EXTRA='former crash parts'
only='' all='' requests=2000 pause_of_load=0.05 keep=''
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --keep) keep=yes ;;
    --all) all=yes ;;
    --only | --requests)
      value_of "$1" $#
      if [[ $1 == --only ]]; then only=${2//,/ }; else requests=$2 pause_of_load=0; fi
      shift
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done
check_number --requests "$requests"
[[ -z $all || -z $only ]] || problem '--all and --only exclude each other'
for step in $only; do
  [[ " $STEPS " == *" $step "* ]] || problem "--only: there is no step \"$step\"; there are: $STEPS"
done
no_problems

# Not the network of the other rehearsals, so that both can run at once.
readonly subnet=172.30.91 name=slipway-apps-rehearsal
readonly machine=$name-machine database=$name-database
readonly images=$root/src/test/resources/dev/slipway/rehearsal/images
readonly bundle=$root/src/main/resources/dev/slipway/host/bundle
readonly stack=apps-rehearsal
export DOCKER_CONFIG=${DOCKER_CONFIG:-$home/tools} BUILDX_BUILDER=default
export AWS_ACCESS_KEY_ID=rehearsal AWS_SECRET_ACCESS_KEY=rehearsal AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1

checks=0 failures=0
# check TEXT COMMAND...
check() {
  local text=$1
  shift
  checks=$((checks + 1))
  if "$@"; then
    say "    ok      $text"
  else
    failures=$((failures + 1))
    say "    FAILED  $text"
  fi
}
equals() {
  [[ $1 == "$2" ]] || {
    say "            expected $1, got $2"
    return 1
  }
}
has() {
  [[ $2 == *"$1"* ]] || {
    say "            not in: $(tail -n 12 <<<"$2")"
    return 1
  }
}
lacks() { [[ $2 != *"$1"* ]]; }

# A warning of a host's that a step does not expect fails it: who sees one in a log must find it worth reading.
warnings=() expected=()
expect_warning() { expected+=("$1"); }
# hear OUTPUT: keeps the warnings in it.
hear() {
  local line
  while IFS= read -r line; do warnings+=("$line"); done < <(sed -n -E 's/^([[:space:]|]*)warning: /warning: /p' <<<"$1")
}
is_expected() {
  local text
  for text in "${expected[@]}"; do
    if [[ $1 == *"$text"* ]]; then return 0; fi
  done
  return 1
}
nothing_unexpected() {
  local line unexpected=''
  for line in "${warnings[@]}"; do
    if ! is_expected "$line"; then unexpected+=$'\n'"            $line"; fi
  done
  [[ -z $unexpected ]] || say "            seen:$unexpected"
  [[ -z $unexpected ]]
}
step() {
  title=$1
  say "$title"
  warnings=() expected=()
}

# --- the stage -------------------------------------------------------------------------------------------------------

children=()
leave() {
  local status=$?
  trap '' INT TERM HUP
  ((${#children[@]} == 0)) || kill "${children[@]}" 2>/dev/null || true
  docker rm --force --volumes "$machine" "$database" >/dev/null 2>&1 || true
  docker network rm "$name" >/dev/null 2>&1 || true
  rm -rf "$scratch"
  exit "$status"
}

on() { docker exec "$machine" "$@"; }
shell() { docker exec "$machine" bash -c "$1"; }
file() { docker exec -i "$machine" bash -c "mkdir -p \"\$(dirname '$1')\" && cat >'$1'"; }

answers() { curl --silent --fail --output /dev/null --max-time 2 "$1"; }
await() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || die "this did not become true: $*"
    pause 0.2
  done
}

start_network() {
  docker rm --force --volumes "$machine" "$database" >/dev/null 2>&1 || true
  docker network rm "$name" >/dev/null 2>&1 || true
  docker network create --subnet "$subnet.0/24" --gateway "$subnet.1" "$name" >/dev/null
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start_services() {
  aws_port=$(free_port) registry_port=$(free_port)
  "$home/tools/bin/moto_server" -H "$subnet.1" -p "$aws_port" >"$scratch/moto.log" 2>&1 &
  children+=($!)
  # The engine here takes a registry without TLS on its loopback address alone, the machine reaches the network's.
  local address
  for address in 127.0.0.1 "$subnet.1"; do
    REGISTRY_HTTP_ADDR=$address:$registry_port REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=$scratch/registry \
      "$home/tools/bin/registry" serve "$images/registry/config.yml" >"$scratch/registry.log" 2>&1 &
    children+=($!)
  done
  export AWS_ENDPOINT_URL=http://$subnet.1:$aws_port
  await 90 answers "$AWS_ENDPOINT_URL/moto-api/data.json"
  await 20 answers "http://127.0.0.1:$registry_port/v2/"
}

start_database() {
  local tls=$scratch/tls
  mkdir "$tls"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=Rehearsal CA' -keyout "$tls/ca.key" -out "$tls/ca.crt" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj '/CN=database.rehearsal.internal' -keyout "$tls/server.key" -out "$tls/server.csr" 2>/dev/null
  openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.crt" -CAkey "$tls/ca.key" -CAcreateserial -days 2 -out "$tls/server.crt" \
    -extfile <(printf 'subjectAltName=DNS:database.rehearsal.internal') 2>/dev/null
  printf 'master-password-of-the-rehearsal' >"$tls/master"
  docker create --name "$database" --network "$name" --network-alias database.rehearsal.internal \
    -e POSTGRES_USER=postgres -e POSTGRES_DB=panel -e POSTGRES_PASSWORD_FILE=/tls/master slipway-rehearsal/postgres:15 -c log_statement=all >/dev/null
  docker cp "$tls" "$database:/tls" >/dev/null
  docker start "$database" >/dev/null
}

# The endpoint in words: for RDS in us-east-1 version 1 of the CLI has a name that goes before the variable.
cloud() { aws --output text --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }

make_cloud() {
  local secret
  for secret in database cache jwt oauth master; do
    arn[$secret]=$(cloud secretsmanager create-secret --name "$stack/$secret-x1y2" --query ARN)
  done
  cloud secretsmanager put-secret-value --secret-id "${arn[master]}" --secret-string '{"username":"postgres","password":"master-password-of-the-rehearsal"}' >/dev/null
  cloud secretsmanager put-secret-value --secret-id "${arn[oauth]}" --secret-string '{"clientSecret":"it'"'"'s \"quoted\" $HOME `x`"}' >/dev/null
  cloud logs create-log-group --log-group-name "/slipway/$stack/api"
  cloud logs create-log-group --log-group-name "/slipway/$stack/web"
  cloud rds create-db-instance --db-instance-identifier panel --engine postgres --db-instance-class db.t3.micro --allocated-storage 20 \
    --master-username postgres --master-user-password rehearsal-0 >/dev/null
}

# plan_settings: the settings of a stack of its own, as the program renders them for hosts.
plan_settings() {
  local project=$scratch/project
  mkdir "$project"
  cp "$root/Pulumi.yaml" "$project"
  jq -n --arg registry "$subnet.1:$registry_port" --rawfile ca "$scratch/tls/ca.crt" '
    {config: {"aws:region": "us-east-1", "slipway:system": "admin-panel",
     "slipway:domain": {name: "apps.example.com", zoneId: "Z0123456789EXAMPLE"},
     "slipway:hosts": {ami: {id: "ami-0123456789abcdef0", region: "us-east-1"}},
     "slipway:release": {keep: 3, minFreeGiB: 1},
     "slipway:apps": {
       api: {image: "\($registry)/api", port: 8080, hostPort: 8081, healthSeconds: 20, paths: ["/api/*"], environment: {MODE: "two words"},
             secrets: {JWT_SECRET: "jwt", OAUTH_CLIENT: "oauth.clientSecret"}, databaseUrl: "DATABASE_URL",
             databaseVariables: {host: "PGHOST", port: "PGPORT", name: "PGDATABASE", user: "PGUSER", password: "PGPASSWORD", sslMode: "PGSSLMODE", sslRootCert: "PGSSLROOTCERT"},
             migrate: ["python3", "/app.py", "migrate"], memoryMiB: 256},
       web: {image: "\($registry)/web", port: 8080, hostPort: 8082, healthSeconds: 20}},
     "slipway:composeFolder": "/srv/panel", "slipway:database": {snapshotKeep: 2}, "slipway:trustedCa": $ca}}' >"$project/Pulumi.$stack.yaml"
  SLIPWAY_PROJECT=$project "$root/scripts/plan.sh" "$stack" --out "$scratch/plan" >/dev/null
  settings=$(find "$scratch/plan" -name settings.json -print -quit)
  [[ -n $settings ]] || die "the plan of $stack holds no settings.json"
}

start_machine() {
  docker run --detach --name "$machine" --hostname ip-10-30-1-5 --network "$name" --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add SYS_PTRACE \
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined -v /sys/fs/cgroup:/sys/fs/cgroup \
    -v /var/lib/docker-of-the-machine -v /srv --tmpfs /run --tmpfs /run/lock slipway/machine >/dev/null
  printf 'AWS_ENDPOINT_URL=%s\n' "$AWS_ENDPOINT_URL" | file /etc/environment
  printf '[default]\naws_access_key_id = rehearsal\naws_secret_access_key = rehearsal\n' | file /root/.aws/credentials
  # Here there is no instance role for Docker's log driver to find.
  printf '[Service]\nEnvironment=AWS_ACCESS_KEY_ID=rehearsal AWS_SECRET_ACCESS_KEY=rehearsal\n' | file /etc/systemd/system/docker.service.d/rehearsal.conf
  printf '{"insecure-registries": ["%s"]}\n' "$subnet.1:$registry_port" | file /etc/docker/daemon.json
  docker exec "$machine" mkdir -p /var/lib/slipway/bundles/rehearsal
  docker cp -q "$bundle/." "$machine:/var/lib/slipway/bundles/rehearsal" 2>/dev/null || docker cp "$bundle/." "$machine:/var/lib/slipway/bundles/rehearsal" >/dev/null
  docker cp "$images/machine/root/usr/local/bin/aws" "$machine:/usr/local/bin/aws" >/dev/null
  on ln -sfn /var/lib/slipway/bundles/rehearsal /opt/slipway
  file /opt/slipway/settings.json <"$settings"
  jq -n --arg database "${arn[database]}" --arg cache "${arn[cache]}" --arg jwt "${arn[jwt]}" --arg oauth "${arn[oauth]}" --arg master "${arn[master]}" '
    {region: "us-east-1", stack: "apps-rehearsal", databaseHost: "database.rehearsal.internal", databasePort: "5432", databaseName: "panel",
     databaseInstance: "panel", databaseSnapshotPrefix: "slipway-apps-rehearsal-release-", databaseMasterSecret: $master, "secret.database": $database, "secret.cache": $cache, "secret.jwt": $jwt,
     "secret.oauth": $oauth}' | file /etc/slipway/environment.json
  on systemctl is-system-running --wait >/dev/null 2>&1 || true
  on /opt/slipway/configure.sh
  docker save caddy:2.11.9 | docker exec -i "$machine" docker load --quiet
}

# image APP VERSION [BEHAVIOR [MIGRATION]]: built and pushed; sets ref to APP@DIGEST.
image() {
  local there=127.0.0.1:$registry_port/$1:$2
  docker buildx build --quiet --load --provenance=false --build-arg "BASE=$base" --build-arg "VERSION=$2" --build-arg "BEHAVIOR=${3:-good}" \
    --build-arg "MIGRATION=${4:-}" --label dev.slipway.rehearsal.image=app --tag "$there" "$images/app" >/dev/null
  docker push "$there" >/dev/null
  ref=$1@$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$there" | sed -n "s|^127.0.0.1:$registry_port/$1@||p" | head -n 1)
  docker image rm --no-prune "$there" >/dev/null
}

# verb NAME VARIABLE=VALUE...: as the agent runs it; sets status and output.
verb() {
  local script=$1 variables=() word
  shift
  for word in "$@"; do variables+=(--env "SSM_$word"); done
  status=0
  output=$(docker exec "${variables[@]}" "$machine" "/opt/slipway/$script.sh" 2>&1) || status=$?
  hear "$output"
  [[ -z ${SLIPWAY_SHOW:-} ]] || say "$output"
}

# get PORT PATH FIELD
get() { curl --silent --max-time 10 "http://$address:$1$2" | jq -r "$3" 2>/dev/null || true; }
code() { curl --silent --output /dev/null --max-time 12 --write-out '%{http_code}' "http://$address:$1$2" || true; }
record() { shell "jq -r '$1' /srv/slipway/current"; }
# What is desired, as a host reads it: {ref, id, at}.
desired() {
  local path=/slipway/$stack/release/desired value app
  value=$(cloud ssm get-parameter --name "$path" --query Parameter.Value 2>/dev/null) || return 0
  for app in $(jq -r '.parts // {} | to_entries | sort_by(.key)[] | "\(.key):\(.value)"' <<<"$value"); do
    value=$(jq -c --arg part "$(cloud ssm get-parameter --name "$path/$app" --query Parameter.Value)" '.ref = ([.ref // empty, $part] | join(","))' <<<"$value")
  done
  printf '%s' "$value"
}
running() { on docker ps --filter label=slipway.app --format '{{.Names}}' | sort | paste -sd' ' -; }
# As a person would look, with each service's state.
project() { shell 'docker compose -f /srv/panel/compose.yaml ps --all --format json' | jq -rs 'flatten | map("\(.Service) \(.State)") | sort | join(", ")'; }
tables() { docker exec "$database" psql -At -d panel -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"; }

# What the serving container of api is given, as the machine itself can use it: there the authorities are elsewhere.
psql='. <(sed "s|/run/slipway/authorities.pem|/srv/slipway/apps/authorities.pem|" "/run/slipway/secrets/$(cut -d: -f1 /srv/slipway/apps/upstreams/api)")'

# begin_load PORT [REQUESTS], end_load: sets load to what it counted. With a number it asks more often. It pauses, since
# without it would take the processor from the releases that it looks at; who gives --requests has it ask as fast as it can.
begin_load() {
  local pause=0.2
  [[ -z ${2:-} ]] || pause=$pause_of_load
  rm -f "$scratch/stop"
  python3 "$root/bench/load.py" "$address" "$1" 20 "${2:-0}" "$scratch/stop" "$pause" >"$scratch/load.$1" &
  load_pid=$!
  load_port=$1
}
end_load() {
  touch "$scratch/stop"
  wait "$load_pid" || die 'the load itself broke'
  load=$(<"$scratch/load.$load_port")
}
lost_none() {
  say "            $(jq -r '"\(.get) GET and \(.post) POST in \(.seconds) s by 20 connections, \(.failed) failed, the slowest took \(.slowestSeconds) s, by version \(.versions | tojson)"' <<<"$load")"
  [[ $(jq .failed <<<"$load") == 0 ]] || {
    jq -r '.errors[] | "            \(.)"' <<<"$load" || true
    return 1
  }
}
enough() { (($(jq '.get + .post' <<<"$load") >= requests)); }

# --- the steps --------------------------------------------------------------------------------------------------------

step_first() {
  step 'first: a host without a release, then the first one'
  verb release
  check 'without a release the host is well, and says how to make one' equals 0 "$status"
  check 'it names the command' has "./slipway release $stack api@sha256:…,web@sha256:…" "$output"
  check 'the balancer is told 503' equals 503 "$(code 8081 /health)"
  image api 1 good 'CREATE TABLE one (id int)'
  api1=$ref
  image web 1
  web1=$ref
  verb release "ref=$api1" actor=rehearsal
  check 'an app can be released alone' equals 0 "$status"
  check 'the other still answers 503' equals 503 "$(code 8082 /health)"
  verb release "ref=web:1" actor=rehearsal
  check 'by a tag too' equals 0 "$status"
  check 'both serve' equals '1 1' "$(get 8081 / .version) $(get 8082 / .version)"
  check 'docker compose shows them, and Caddy before them' equals 'api-blue running, caddy running, web-blue running' "$(project)"
  check 'what is desired names both by digest' equals "$api1,$web1" "$(desired | jq -r .ref)"
  check 'the migration ran' equals 1 "$(tables)"
  check 'the app works with the database as its own role' equals 1 "$(get 8081 /rows .tables)"
  check "PostgreSQL's own client takes the URL of the app" equals slipway_a "$(shell "$psql"' && env -i PATH="$PATH" psql --no-psqlrc -At -c "SELECT session_user" "$DATABASE_URL"')"
  check 'and the parts of it' equals slipway_a "$(shell "$psql"' && unset DATABASE_URL && psql --no-psqlrc -At -c "SELECT session_user"')"
  check 'a secret arrives as it is, quotes and all' equals "$(printf '%s' "it's \"quoted\" \$HOME \`x\`" | sha256sum | cut -d' ' -f1)" "$(get 8081 /secrets .OAUTH_CLIENT)"
  check 'a made one is there' equals "$(cloud secretsmanager get-secret-value --secret-id "${arn[jwt]}" --query SecretString | tr -d '\n' | sha256sum | cut -d' ' -f1)" "$(get 8081 /secrets .JWT_SECRET)"
  verb release "ref=$api1,$web1"
  check 'the same release again is none' has 'was live already' "$output"
  verb release ref=nothing@sha256:0000
  check 'an app that is none is refused' equals 11 "$status"
  check 'and those that are one are named' has 'apps are api, web' "$output"
}

# without_compose: the containers that run are made anew as versions before Compose made them.
without_compose() {
  file /run/former.jq <<'FILTER'
.services[$service] | walk(if type == "string" then gsub("[$][$]"; "$") else . end)
| ["--name", .container_name, "--network", "slipway-apps", "--restart", .restart]
  + (if .hostname then ["--hostname", .hostname] else [] end)
  + (.environment // {} | to_entries | map("--env", "\(.key)=\(.value)"))
  + (.labels | to_entries | map("--label", "\(.key)=\(.value)"))
  + (.volumes | map("--mount", "type=bind,source=\(.source),target=\(.target),readonly"))
  + (.ports // [] | map("--publish", .)) + (.networks.default.aliases // [] | map("--network-alias", .))
  + (if .logging then ["--log-driver", .logging.driver] + (.logging.options | to_entries | map("--log-opt", "\(.key)=\(.value)")) else [] end)
  + ["--entrypoint", .entrypoint[0], .image] + .entrypoint[1:] + .command
| .[] | . + "\u0000"
FILTER
  shell 'cd /srv/panel && for service in $(docker compose ps --services); do
      docker rm --force "slipway-$service" >/dev/null || exit
      jq -j --arg service "$service" -f /run/former.jq compose.yaml | xargs -0 docker create >/dev/null || exit
      docker start "slipway-$service" >/dev/null || exit
    done
    rm compose.yaml'
}
# Containers of apps that Compose knows nothing of.
strangers() { shell 'docker ps --all --filter label=slipway.app --format "{{.Names}} {{.Label \"com.docker.compose.project\"}}" | grep -v " slipway$" | sort | paste -sd" " -'; }

step_former() {
  step 'former: what a version before Compose has left serves on, and releases replace it'
  local api was path=/slipway/$stack/release/desired
  without_compose
  # And what was desired was in one parameter.
  cloud ssm put-parameter --name "$path" --overwrite --value "$(desired | jq -c 'del(.parts)')" >/dev/null
  await 60 answers "http://$address:8081/health"
  check 'the stage: all are of that version' has 'slipway-api-blue' "$(strangers)"
  was=$(desired)
  begin_load 8081
  verb release
  check 'the desired release again leaves them alone' equals '0 slipway-api-blue  slipway-web-blue ' "$status $(strangers)"
  image api former-1
  verb release "ref=$ref"
  check 'a release of one of them replaces both by their other color' equals '0 slipway-api-green slipway-web-green' "$status $(running)"
  check 'what is desired is a parameter for each from then on' equals "$ref $(jq -r .ref <<<"$was" | cut -d, -f2)" \
    "$(cloud ssm get-parameter --name "$path/api" --query Parameter.Value) $(cloud ssm get-parameter --name "$path/web" --query Parameter.Value)"
  image api former-2
  api=$ref
  image web former-2
  verb release "ref=$api,$ref"
  end_load
  check 'the next one serves' equals '0 former-2' "$status $(get 8081 / .version)"
  check 'every request was answered' lost_none
  check 'nothing of the former version is left' equals '' "$(strangers)"
  check 'docker compose shows both colors of each' equals \
    'api-blue running, api-green exited, web-blue running, web-green exited' "$(project)"
}

step_load() {
  local round
  step "load: $requests requests and more, GET and POST at 20 connections, while four releases go by"
  begin_load 8081 "$requests"
  for round in 2 3 4 5; do
    image api "$round"
    verb release "ref=$ref" actor=rehearsal
    check "release of version $round" equals 0 "$status"
  done
  end_load
  check 'enough was asked' enough
  check 'every request was answered' lost_none
  check 'docker compose shows both colors' has 'api-blue exited, api-green running' "$(project | sed 's/api-blue running, api-green exited/api-blue exited, api-green running/')"
  check 'the former color is there and stopped' equals 'slipway-api-blue exited' "$(on docker ps --all --filter status=exited --filter label=slipway.app=api --format '{{.Names}} {{.State}}' | sed 's/green/blue/')"
}
step_unhealthy() {
  step 'unhealthy: a release that never gets healthy'
  local before
  before=$(get 8081 / .version)
  image api sick unhealthy
  begin_load 8081
  verb release "ref=$ref"
  end_load
  check 'release.sh exits 20' equals 20 "$status"
  check 'it says what the health path answers' has 'answers 500' "$output"
  check 'the version before serves' equals "$before" "$(get 8081 / .version)"
  check 'every request was answered' lost_none
  check 'nothing of it runs' equals 2 "$(running | wc -w)"
  check 'nothing is unfinished' shell '! [[ -e /srv/slipway/releases/in-progress.json ]]'
  check 'the desired release is the one before' lacks "${ref#*@}" "$(desired)"
}

step_crash() {
  step 'crash: a release whose program ends at once'
  image api crash crashes
  verb release "ref=$ref"
  check 'release.sh exits 20' equals 20 "$status"
  check 'its last words are shown' has 'this version cannot even start' "$output"
}

step_migration() {
  step 'migration: one that fails, then one that works and is not followed by a healthy app'
  local before
  before=$(get 8081 / .version)
  image api broken good 'CREATE TABLE two (id int); SELECT nonsense'
  begin_load 8081
  verb release "ref=$ref"
  end_load
  check 'release.sh exits 20' equals 20 "$status"
  check 'it says which step and command' has 'in step migrate: api: python3 /app.py migrate ended with exit code 1' "$output"
  check 'the old code serves' equals "$before" "$(get 8081 / .version)"
  check 'the old schema is there' equals 1 "$(tables)"
  check 'every request was answered' lost_none
  check 'a snapshot was made before it' has "slipway-$stack-" "$(cloud rds describe-db-snapshots --snapshot-type manual --query 'DBSnapshots[].DBSnapshotIdentifier')"
  expect_warning 'the schema is ahead of the code'
  image api ahead unhealthy 'CREATE TABLE two (id int)'
  verb release "ref=$ref"
  check 'a healthy schema without a healthy app goes back too' equals 20 "$status"
  check 'it warns that the schema is ahead' has 'the schema is ahead of the code' "$output"
  check 'and records it' equals true "$(shell 'jq -r .schemaAhead "$(ls /srv/slipway/releases/2*.json | tail -n 1)"')"
  check 'the snapshot is in the record' has "slipway-$stack-" "$(shell 'jq -r .snapshot "$(ls /srv/slipway/releases/2*.json | tail -n 1)"')"
  image api 6
  verb release "ref=$ref"
  image api 7
  verb release "ref=$ref"
  check 'as many snapshots are kept as the settings say' equals 2 "$(cloud rds describe-db-snapshots --snapshot-type manual --query 'DBSnapshots[].DBSnapshotIdentifier' | wc -w)"
}

# kill_in STEP REF: the script dies when it has begun that step.
kill_in() {
  shell "rm -f /run/killed; (until grep -qs '\"phase\": *\"$1\"' /srv/slipway/releases/in-progress.json; do sleep 0.05; done; sleep 0.\$((RANDOM % 5)); kill -KILL \$(jq -r .pid /run/slipway/lock.json); touch /run/killed) & SSM_ref='$2' SSM_actor=rehearsal /opt/slipway/release.sh >/run/killed.log 2>&1; wait" || true
}

step_killed() {
  local step number=10 before steps=(migrate switch) after=(switch)
  [[ -z $all ]] || steps=(snapshot migrate start switch smoke record) after=(migrate start switch)
  step 'killed: kill -9 in steps of a release, and what the next run makes of it'
  begin_load 8081
  for step in "${steps[@]}"; do
    number=$((number + 1))
    image api "$number" good-slowly "CREATE TABLE t$number (id int)"
    kill_in "$step" "$ref"
    check "killed in $step: all is answered meanwhile" equals 200 "$(code 8081 /health)"
    verb release "ref=$ref" actor=rehearsal
    check "killed in $step: the same again finishes it" equals 0 "$status"
    check "killed in $step: it serves" equals "$number" "$(get 8081 / .version)"
    check "killed in $step: nothing is unfinished, and two containers run" equals 2 "$(running | wc -w)"
  done
  for step in "${after[@]}"; do
    before=$(get 8081 / .version)
    number=$((number + 1))
    image api "$number" good-slowly
    kill_in "$step" "$ref"
    verb release actor=boot
    check "killed in $step, then what is desired: that serves" equals "0 $before" "$status $(get 8081 / .version)"
  done
  end_load
  check 'every request was answered all the while' lost_none
}

step_rollback() {
  step 'rollback: the release before, by a script of its own'
  local is before colors
  image api 90
  verb release "ref=$ref"
  image api 91
  verb release "ref=$ref"
  check 'what the release before is made of has a tag of ours' shell 'docker image ls --format "{{.Tag}}" slipway/kept | grep -q "$(jq -r .previous /srv/slipway/current)"'
  is=$(get 8081 / .version)
  colors=$(running)
  begin_load 8081
  verb rollback actor=rehearsal
  end_load
  before=$(get 8081 / .version)
  check 'it ends well' equals 0 "$status"
  check 'the version before serves' equals '91 90' "$is $before"
  check 'in the container that was kept' lacks "$colors" "$(running)"
  check 'it is the desired one' equals "$(record .ref)" "$(desired | jq -r .ref)"
  check 'every request was answered' lost_none
  verb rollback withData=20260101T000000Z-x
  check 'data does not come back this way, and it says where it is' has 'docs/runbooks/database.md' "$output"
  verb backup
  check 'backup refuses, and says where the data is' has "this system's data is in RDS" "$output"
}

step_rotation() {
  step 'rotation: a changed secret, and a new password of the database, reach the containers'
  local jwt
  jwt=$(get 8081 /secrets .JWT_SECRET)
  cloud secretsmanager put-secret-value --secret-id "${arn[jwt]}" --secret-string changed-by-the-rehearsal >/dev/null
  cloud secretsmanager put-secret-value --secret-id "${arn[database]}" --secret-string '{"username":"slipway_b","password":"another-password-0123"}' >/dev/null
  begin_load 8081
  verb release actor=rehearsal
  end_load
  check 'the desired release again takes them up' equals 0 "$status"
  check 'without a lost request' lost_none
  check 'the new secret is there' equals "$(printf changed-by-the-rehearsal | sha256sum | cut -d' ' -f1)" "$(get 8081 /secrets .JWT_SECRET)"
  check 'which is another' lacks "$jwt" "$(get 8081 /secrets .JWT_SECRET)"
  check 'and the login that the secret names' equals \
    "$(printf 'postgresql://slipway_b:another-password-0123@database.rehearsal.internal:5432/panel?sslmode=verify-full&sslrootcert=/run/slipway/authorities.pem' | sha256sum | cut -d' ' -f1)" \
    "$(get 8081 /secrets .DATABASE_URL)"
  check 'which the database takes' equals "$(tables)" "$(get 8081 /rows .tables)"
  check 'as the same owner' equals 1 "$(docker exec "$database" psql -At -d panel -c "SELECT count(DISTINCT tableowner) FROM pg_tables WHERE schemaname = 'public'")"
}

step_parts() {
  step 'parts: as one of several hosts'
  local before
  before=$(desired)
  image api 95 good 'CREATE TABLE parts (id int)'
  verb release "ref=$ref" part=middle
  check 'a host in the middle serves it' equals '0 95' "$status $(get 8081 / .version)"
  check 'without migrating' lacks migrate "$output"
  check 'and without desiring it' equals "$before" "$(desired)"
  verb release actor=boot
  check 'a boot in the middle of it undoes nothing' equals '0 95' "$status $(get 8081 / .version)"
  verb release actor=rehearsal
  check 'a host that is told to follow takes what is desired' equals "0 $(jq -r .ref <<<"$before")" "$status $(record .ref)"
  check 'and says nothing of it itself' equals "$before" "$(desired)"
  verb release "ref=$ref" part=first
  check 'the first migrates' has migrated "$output"
  check 'and desires nothing' equals "$before" "$(desired)"
  verb release "ref=$ref" part=last
  check 'the last desires it' has "${ref#*@}" "$(desired)"
}

step_reboot() {
  step 'reboot: the machine is started again, and comes up by itself'
  local before release
  before=$(get 8081 / .version)
  release=$(record .id)
  docker restart --time 60 "$machine" >/dev/null
  await 120 serves "$before"
  check 'the same version serves' equals "$before $before" "$before $(get 8081 / .version)"
  check 'secrets are on tmpfs again' shell '[[ -s /run/slipway/secrets/$(cut -d: -f1 /srv/slipway/apps/upstreams/api) ]]'
  check 'of each app one container runs' equals 2 "$(running | wc -w)"
  await 300 boot_ended
  check 'no release was made for it' equals "$release" "$(record .id)"
}
boot_ended() { [[ $(on systemctl is-active slipway-boot.service 2>/dev/null) == active ]]; }
serves() { [[ $(get 8081 / .version) == "$1" && $(code 8082 /health) == 200 ]]; }

step_canary() {
  step 'canary: where the secrets are, and where not'
  local found
  {
    cloud secretsmanager get-secret-value --secret-id "${arn[jwt]}" --query SecretString
    cloud secretsmanager get-secret-value --secret-id "${arn[database]}" --query SecretString | jq -r .password
    printf 'master-password-of-the-rehearsal\nplanted-to-be-found\n'
  } | sort -u | file /run/patterns
  shell 'echo planted-to-be-found >/srv/slipway/planted'
  found=$(shell 'grep -rlaF -f /run/patterns /srv /var/log /etc /var/lib/slipway /tmp 2>/dev/null || true')
  check 'none is on the disk but what was put there, Docker'"'"'s own files included' equals /srv/slipway/planted "$found"
  found=$(shell 'for c in $(docker ps --all --quiet); do docker inspect $c; docker logs $c 2>&1; done | grep -cF -f /run/patterns || true')
  check 'none is in inspect or in a log' equals 0 "$found"
  found=$(shell 'for p in /proc/[0-9]*; do tr "\0" "\n" <$p/cmdline 2>/dev/null; done | grep -cF -f /run/patterns || true')
  check 'none is an argument of a process' equals 0 "$found"
  found=$(docker logs "$database" 2>&1 | grep -cF -e another-password-0123 -e "$(cloud secretsmanager get-secret-value --secret-id "${arn[database]}" --query SecretString | jq -r .password)" || true)
  check "none is in the database's own log" equals 0 "$found"
  check 'what the apps say is in their log groups' has 'listens' "$(cloud logs filter-log-events --log-group-name "/slipway/$stack/api" --query 'events[].message')"
  check 'the migration too' has 'migrated' "$(cloud logs filter-log-events --log-group-name "/slipway/$stack/api" --query 'events[].message')"
  verb status format=text
  check 'status tells of each app' has 'app         api  answers 200 at port 8081' "$output"
}

# --- all of it -------------------------------------------------------------------------------------------------------

"$root/scripts/tools.sh" system java python docker debootstrap docker-compose docker-buildx registry caddy
for image in machine postgres caddy; do "$root/scripts/dev/rehearsal-images.sh" --only "$image"; done
make_scratch
declare -A arn=()
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
base=$(docker image ls --format '{{.Repository}}:{{.Tag}}' slipway/base | head -n 1)
[[ -n $base ]] || die 'the base image is missing: remove the others with ./slipway rehearsal-images --remove, and run this again'

start_network
start_services
start_database
make_cloud
plan_settings
start_machine
address=$(docker inspect --format "{{(index .NetworkSettings.Networks \"$name\").IPAddress}}" "$machine")
times=()
for step in $STEPS; do
  if [[ -n $only ]]; then
    [[ $step == first || " $only " == *" $step "* ]] || continue
  else
    [[ -n $all || " $EXTRA " != *" $step "* ]] || continue
  fi
  before=$failures started=$SECONDS
  "step_$step"
  check 'no host warned of what was not expected' nothing_unexpected
  verdict=ok
  ((failures == before)) || verdict=FAILED
  printf -v row '        %-8s %8s  %-14s %s' "$verdict" "$((SECONDS - started)) s" "$step" "${title#*: }"
  times+=("$row")
done
printf '%s\n' '' Summary "${times[@]}"
[[ -n $only || -n $all ]] || say "        Left out   ${EXTRA// /, }: ./slipway rehearse-apps --all"
say "$((checks - failures)) passed, $failures failed"
if [[ -n $keep ]]; then
  say "the machine is $machine; Enter takes it away"
  read -r _
fi
((failures == 0))
