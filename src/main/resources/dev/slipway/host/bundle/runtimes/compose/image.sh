# shellcheck shell=bash
# The application's image: pulled from a registry, or built on the host from upstream's Containerfile.

host_platform() { printf 'linux/%s' "$([[ $(setting .compose.architecture x86_64) == arm64 ]] && printf arm64 || printf amd64)"; }

image_is_built() { [[ $(setting .compose.image.source registry) == build ]]; }

# image_name REF COMMIT: what to pull.
image_name() {
  local name ref=${2:-$1}
  name="$(setting .compose.image.name frappe/erpnext)"
  case "$ref" in
    sha256:*) printf '%s@%s' "$name" "$ref" ;;
    *) printf '%s:%s' "$name" "$ref" ;;
  esac
}

# A registry of ECR wants a login that lasts 12 hours; it is kept on tmpfs.
image_login() {
  local registry=${1%%/*}
  [[ $registry =~ ^[0-9]+\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com ]] || return 0
  # Compose and buildx are found through the configuration folder as well as in the system's own.
  export DOCKER_CONFIG="$RUNTIME_DIR/docker"
  aws ecr get-login-password --region "${BASH_REMATCH[1]}" |
    docker login --username AWS --password-stdin "$registry" >/dev/null
}

# image_pull IMAGE: prints the name by which it is used from now on: by digest where the registry gave one.
image_pull() {
  local digest
  image_login "$1" >&2
  docker pull --quiet --platform "$(host_platform)" "$1" >/dev/null
  digest="$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1" | grep "^${1%[:@]*}@" | head -n 1 || true)"
  printf '%s' "${digest:-$1}"
}

image_present() { docker image inspect "$1" >/dev/null 2>&1; }
image_id() { docker image inspect --format '{{.Id}}' "$1"; }

image_check_platform() {
  local is
  is="$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$1")"
  [[ $is == "$(host_platform)" ]] || refuse "the image $1 is for $is and this host is $(host_platform); build one for it (image.source: build) or choose an instance type of its architecture"
}

# apps.json as upstream's Containerfile takes it: the application's own list where its repository has one,
# else ERPNext; the application itself comes from this host (git_serve), so that it is exactly the commit
# and its token does not enter the build.
image_apps_json() {
  local mirror=$1 commit=$2 repository list branch
  branch="$(setting .compose.image.frappeBranch version-16)"
  repository="$(setting .application.repository)"
  list="$(jq -n --arg branch "${commit:-$branch}" '[{url: "https://github.com/frappe/erpnext", branch: $branch}]')"
  if [[ -n $repository ]]; then
    list="$(git -C "$mirror" show "$commit:apps.json" 2>/dev/null ||
      jq -n --arg branch "$branch" '[{url: "https://github.com/frappe/erpnext", branch: $branch}]')"
    if git -C "$mirror" ls-tree -r --name-only "$commit" | grep -Eq '^[^/]+/hooks\.py$'; then
      list="$(jq --arg branch "slipway-$commit" --arg own "$repository" \
        'map(select(.url != $own)) + [{url: "git://127.0.0.1:9419/application", branch: $branch}]' <<<"$list")"
    fi
    # Other private repositories of the same host take the same token; the file is a build secret on tmpfs.
    if [[ -s $RUNTIME_DIR/git-token ]]; then
      list="$(jq --rawfile token "$RUNTIME_DIR/git-token" --arg host "$(sed -E 's|^https://([^/]+)/.*|\1|' <<<"$repository")" \
        'map(.url |= sub("^https://" + $host + "/"; "https://x-access-token:" + $token + "@" + $host + "/"))' <<<"$list")"
    fi
  fi
  printf '%s\n' "$list"
}

# git_serve MIRROR COMMIT: the application's repository for the build, on the loopback address alone.
git_serve() {
  local base="$RUNTIME_DIR/serve"
  rm -rf "$base"
  install -d "$base"
  git -C "$1" branch --quiet --force "slipway-$2" "$2"
  ln -s "$1" "$base/application"
  git daemon --reuseaddr --listen=127.0.0.1 --port=9419 --base-path="$base" --export-all --detach \
    --pid-file="$RUNTIME_DIR/git-daemon.pid" {LOCK_FD}>&-
}

git_serve_end() {
  if [[ -s $RUNTIME_DIR/git-daemon.pid ]]; then kill "$(<"$RUNTIME_DIR/git-daemon.pid")" 2>/dev/null || true; fi
  rm -rf "$RUNTIME_DIR/serve" "$RUNTIME_DIR/git-daemon.pid"
}

# BuildKit has no memory limit of its own; the builds' cgroup has one.
build_cgroup() {
  local limit
  limit="$(numfmt --from=iec "${1^^}")"
  if [[ $(docker info --format '{{.CgroupDriver}}') == systemd ]]; then
    systemctl set-property --runtime slipway-build.slice "MemoryMax=$limit"
    printf 'slipway-build.slice:build:'
  else
    install -d /sys/fs/cgroup/memory/slipway-build
    printf '%s' "$limit" >/sys/fs/cgroup/memory/slipway-build/memory.limit_in_bytes
    printf 'slipway-build'
  fi
}

# image_build_section TREE COMMIT: the `build:` that our override adds, since upstream's files have none.
image_build_section() {
  jq -n --arg context "$1" --arg dockerfile "$(setting .compose.image.containerfile images/layered/Containerfile)" \
    --arg branch "$(setting .compose.image.frappeBranch version-16)" --arg commit "$2" \
    '{context: $context, dockerfile: $dockerfile, network: "host",
      args: {FRAPPE_BRANCH: $branch, CACHE_BUST: $commit}, secrets: ["apps_json"]}'
}

# image_build TREE MIRROR COMMIT TAG: what the build section says, under the memory limit.
image_build() {
  local section arguments=()
  section="$(image_build_section "$1" "$3")"
  mapfile -t arguments < <(jq -r '.args | to_entries[] | "--build-arg", "\(.key)=\(.value)"' <<<"$section")
  image_apps_json "$2" "$3" >"$RUNTIME_DIR/apps.json"
  trap git_serve_end EXIT
  [[ -z $(setting .application.repository) ]] || git_serve "$2" "$3"
  docker buildx build --progress plain --load --tag "$4" --platform "$(host_platform)" \
    --file "$1/$(jq -r .dockerfile <<<"$section")" --network host \
    --cgroup-parent "$(build_cgroup "$(setting .compose.image.buildMemory 3g)")" \
    --secret "id=apps_json,src=$RUNTIME_DIR/apps.json" "${arguments[@]}" "$1" >&2
  git_serve_end
  trap - EXIT
  rm -f "$RUNTIME_DIR/apps.json"
}
