# shellcheck shell=bash
# From upstream's Compose files at their pinned commit and the settings to one resolved compose.json.

# frappe_docker_tree: the folder of upstream's files at the pinned commit, fetched once.
frappe_docker_tree() {
  local mirror="$DATA/app/frappe_docker.git" commit
  commit="$(git_resolve "$mirror" "$(setting .compose.source.repository)" "$(setting .compose.source.commit)")"
  git_tree "$mirror" "$commit" "$DATA/app/frappe_docker-$commit"
  printf '%s' "$DATA/app/frappe_docker-$commit"
}

# The files in their order. pwd.yml comes with our resetting file, and with HTTPS where no proxy was chosen.
render_files() {
  local tree=$1 file files=()
  mapfile -t files < <(jq -r '.compose.files[]' "$SETTINGS")
  for file in "${files[@]}"; do
    [[ -f $tree/$file ]] || refuse "$file is not in frappe_docker at $(setting .compose.source.commit); correct erpnext.composeFiles"
    printf '%s\n' "$tree/$file"
    if [[ $(basename "$file") == pwd.yml ]]; then
      printf '%s\n' "$BUNDLE/runtimes/compose/pwd.yaml"
      [[ ${files[*]} == *overrides/compose.* ]] || printf '%s\n' "$tree/overrides/compose.https.yaml"
    fi
  done
}

# One Host() for each site: what upstream's labels call SITES_RULE.
render_sites_rule() { jq -r '[.sites[].name | "Host(`\(.)`)"] | join(" || ")' "$SETTINGS"; }

# The variables of upstream's files, NAME=VALUE, each ended by a zero byte. None of them is a secret. They go to Compose by
# its environment, where a value is what it is: a file of variables would have quotes, backslashes and dollar signs read.
render_variables() {
  local name=$1 tag
  case "$name" in
    *@*) tag="${name#*@}" name="${name%@*}" ;;
    *) tag="${name##*:}" name="${name%:*}" ;;
  esac
  jq -j '.compose.environment // {} | to_entries[] | "\(.key)=\(.value)\u0000"' "$SETTINGS"
  printf '%s\0' "CUSTOM_IMAGE=$name" "CUSTOM_TAG=$tag" "ERPNEXT_VERSION=$tag" \
    "SITES_RULE=$(render_sites_rule)" "LETSENCRYPT_EMAIL=$(setting .https.email)" \
    "DB_PASSWORD_SECRETS_FILE=$DATA/secrets/db-root-password" DB_PASSWORD= \
    "DB_HOST=$(setting .compose.database.host)" "DB_PORT=$(setting .compose.database.port 3306)" \
    "REDIS_CACHE=$(setting .compose.redis.cache)" "REDIS_QUEUE=$(setting .compose.redis.queue)"
}

# render TREE IMAGE BUILD_SECTION DIR: DIR/compose.json.
render() {
  local tree=$1 image=$2 build=$3 dir=$4 files arguments=() file
  files="$(render_files "$tree")"
  [[ -n $files ]] || refuse "erpnext.composeFiles is empty"
  while IFS= read -r file; do arguments+=(-f "$file"); done <<<"$files"
  render_variables "$image" >"$dir/variables"
  render_compose "$dir" "${arguments[@]}" >"$dir/upstream.json"
  jq --arg image "$image" --arg platform "$(host_platform)" --argjson build "${build:-null}" \
    --argjson uploadSeconds "$(setting .compose.uploadSeconds 600)" \
    -f "$BUNDLE/runtimes/compose/override.jq" "$dir/upstream.json" | json_for_yaml >"$dir/override.json"
  if [[ -n $build ]]; then
    jq --arg file "$RUNTIME_DIR/apps.json" '. + {secrets: {apps_json: {file: $file}}}' "$dir/override.json" | json_for_yaml >"$dir/override.part"
    mv "$dir/override.part" "$dir/override.json"
  fi
  render_compose "$dir" "${arguments[@]}" -f "$dir/override.json" |
    jq -S -f "$BUNDLE/runtimes/compose/project.jq" | json_for_yaml >"$dir/compose.json"
  render_check "$dir/compose.json"
}

# Compose is given nothing but the variables: what happens to be in this shell's environment is not part of a release.
render_compose() {
  local dir=$1 variables=()
  shift
  mapfile -t -d '' variables <"$dir/variables"
  env -i PATH="$PATH" HOME="$HOME" ${DOCKER_CONFIG:+DOCKER_CONFIG="$DOCKER_CONFIG"} "${variables[@]}" \
    docker compose --project-name "$PROJECT" --project-directory "$DATA/app" --env-file /dev/null "$@" \
    config --format json
}

# No secret in a container's environment: Docker writes it to disk. And no container that could take the host over.
render_check() {
  local named
  named="$(jq -r '.["x-has-docker"] // [] | join(", ")' "$1")"
  [[ -z $named ]] || refuse "Docker's socket would be in a container ($named), which could take over this host by it: take that mount out of the file in erpnext.composeFiles that has it"
  # What the stack file says is none may be there.
  named="$(jq -r --slurpfile settings "$SETTINGS" '.services | to_entries[] | .key as $service | .value.environment // {} | to_entries[]
    | select(.key | test("PASSWORD$|SECRET$|TOKEN$")) | select(.value)
    | select(.key | IN($settings[0].plainVariables[]?) | not) | "\($service): \(.key)"' "$1")"
  [[ -z $named ]] || refuse "a password would be in a container's environment ($named): add overrides/compose.mariadb-secrets.yaml to erpnext.composeFiles, or take it out of erpnext.environment"
}
