# shellcheck shell=bash
# The application's image: pulled from a registry, or built on the host from upstream's Containerfile.

host_platform() { printf 'linux/%s' "$([[ $(setting .host.ami.architecture x86_64) == arm64 ]] && printf arm64 || printf amd64)"; }

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

# image_pull IMAGE: prints the name by which it is used from now on: by digest where the registry gave one.
image_pull() {
  local digest
  image_login "$1" >&2
  docker pull --quiet --platform "$(host_platform)" "$1" >/dev/null
  digest="$(image_by_digest "$1")"
  printf '%s' "${digest:-$1}"
}

image_check_platform() {
  local is
  is="$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$1")"
  [[ $is == "$(host_platform)" ]] || refuse "the image $1 is for $is and this host is $(host_platform); build one for it (image.source: build) or choose an instance type of its architecture"
}

# The first version whose `bench new-site --mariadb-user-host-login-scope` is heard. Before it, the site's user could not
# log in from another container.
readonly FRAPPE_OLDEST=15.47.2

image_check_version() {
  local is
  is="$(docker run --rm --network none --entrypoint sed "$1" -n "s/^__version__ *= *[\"']\([0-9][0-9A-Za-z.-]*\)[\"'].*/\1/p" /home/frappe/frappe-bench/apps/frappe/frappe/__init__.py)" ||
    refuse "the image $1 has no Frappe in /home/frappe/frappe-bench; it must be made as frappe_docker makes them"
  [[ -n $is ]] || refuse "the image $1 does not say its version of Frappe (in apps/frappe/frappe/__init__.py)"
  [[ $(printf '%s\n' "$FRAPPE_OLDEST" "$is" | sort -V | head -n 1) == "$FRAPPE_OLDEST" ]] ||
    refuse "the image $1 has Frappe $is, and $FRAPPE_OLDEST is the oldest that works here: sites of older ones cannot be made. Release a newer version"
}

# image_own_app MIRROR COMMIT: the name of the Frappe app that the application's repository is, if it is one.
image_own_app() {
  git -C "$1" ls-tree -r --name-only "$2" | sed -nE 's|^([^/]+)/hooks\.py$|\1|p' | sed -n 1p
}

# image_apps_json MIRROR COMMIT: apps.json as upstream's Containerfile takes it: the application's own list where its
# repository has one, else ERPNext, and the application itself. No token is in it: `bench init` writes every address
# that it clones from to a log, which stays in the image. What only a token opens is fetched here and given to the
# build by this host (git_serve), the application as exactly the commit that is released.
image_apps_json() {
  local mirror=$1 commit=$2 list own='' url branch copy
  if [[ -z $(setting .application.repository) ]]; then
    jq -n --arg branch "$commit" '[{url: "https://github.com/frappe/erpnext", branch: $branch}]'
    return 0
  fi
  own="$(image_own_app "$mirror" "$commit")"
  [[ $own != frappe ]] || refuse "$(setting .application.repository) is Frappe itself, which a build takes from erpnext.image.frappeBranch" >&2
  if git -C "$mirror" cat-file -e "$commit:apps.json" 2>/dev/null; then
    list="$(git -C "$mirror" show "$commit:apps.json")"
    jq -e 'type == "array" and all(.[]; type == "object" and (.url | type == "string") and (.branch // "" | type == "string"))' <<<"$list" >/dev/null 2>&1 ||
      refuse "apps.json in $(setting .application.repository) is not a list of {\"url\", \"branch\"}, both of them text" >&2
    image_apps_check "$list" "$own"
  elif [[ $own == erpnext ]]; then
    list='[]'
  else
    list="$(jq -n --arg branch "$(setting .compose.image.frappeBranch version-16)" '[{url: "https://github.com/frappe/erpnext", branch: $branch}]')"
  fi
  while IFS=$'\t' read -r url branch; do
    # The application itself is taken at the commit that is released, whatever its own list says.
    [[ $(git_canonical "$url") != "$(git_canonical "$(setting .application.repository)")" ]] || continue
    if [[ $url == *://*@* ]] || ! git_is_public "$url"; then
      copy="$(basename "$(git_canonical "$url")")"
      git_copy "$url" "${branch:-HEAD}" "$SERVE/copies/$copy" "${branch:-main}"
      url="git://127.0.0.1:9419/copies/$copy"
      branch="${branch:-main}"
    fi
    jq -nc --arg url "$url" --arg branch "$branch" '{url: $url} + (if $branch != "" then {branch: $branch} else {} end)'
  done < <(jq -r '.[] | [.url, (.branch // "")] | @tsv' <<<"$list") |
    jq -s --arg own "$own" --arg branch "slipway-$commit" \
      '. + (if $own != "" then [{url: "git://127.0.0.1:9419/apps/application", branch: $branch}] else [] end)'
}

# image_apps_check LIST OWN_APP: everything that is wrong with the application's apps.json, at once. `bench init` brings
# Frappe, and puts each repository into a folder of its name.
image_apps_check() {
  local url branch which name problems=() own
  declare -A known=() named=()
  own="$(git_canonical "$(setting .application.repository)")"
  while IFS=$'\t' read -r url branch; do
    which="$(git_canonical "$url")"
    name="$(basename "$which")"
    if ! [[ $url =~ ^(https?|ssh|git)://[^[:space:]\'\"]+$ || $url =~ ^[A-Za-z0-9_][^/:@[:space:]]*@[^/:@[:space:]-][^/:@[:space:]]*:[^[:space:]\'\"-][^[:space:]\'\"]*$ ]]; then
      problems+=("\"$(sed -E 's|//[^/@]*@|//…@|' <<<"$url")\" is not the URL of a git repository")
    elif [[ -n $branch && ! $branch =~ ^[A-Za-z0-9._@,#=%!][A-Za-z0-9._/@,+#=%!-]*$ ]]; then
      problems+=("\"$branch\" is not a branch or tag ($which)")
    elif [[ $which == "$own" ]]; then
      continue
    elif [[ $name == frappe ]]; then
      problems+=("$which is Frappe itself, which a build takes from erpnext.image.frappeBranch")
    elif [[ -n ${known[$which]-} ]]; then
      problems+=("$which is there twice")
    elif [[ -n ${named[$name]-} ]]; then
      problems+=("$which and ${named[$name]} are both called $name")
    elif [[ -n $2 && $name == "$2" ]]; then
      problems+=("$which is called $name as the application itself is")
    fi
    known[$which]=yes
    named[$name]=$which
  done < <(jq -r '.[] | [.url, (.branch // "")] | @tsv' <<<"$1")
  ((${#problems[@]} == 0)) || refuse "apps.json in $(setting .application.repository): $(printf '%s; ' "${problems[@]}")correct it there" >&2
}

# What the build clones from this host, on the loopback address alone.
SERVE="$DATA/app/serve"

git_serve_answers() { git ls-remote --quiet git://127.0.0.1:9419/apps/application >/dev/null 2>&1; }

# git_serve MIRROR COMMIT
git_serve() {
  git_serve_end
  install -d -m 0755 "$SERVE/apps" "$SERVE/copies"
  git -C "$1" branch --quiet --force "slipway-$2" "$2"
  ln -s "$1" "$SERVE/apps/application"
  git daemon --reuseaddr --listen=127.0.0.1 --port=9419 --base-path="$SERVE" --export-all --detach \
    --pid-file="$RUNTIME_DIR/git-daemon.pid" {LOCK_FD}>&-
  until_true 20 git_serve_answers || die "git daemon does not answer on 127.0.0.1:9419; does something else listen there?"
}

git_serve_end() {
  if [[ -s $RUNTIME_DIR/git-daemon.pid ]]; then kill "$(<"$RUNTIME_DIR/git-daemon.pid")" 2>/dev/null || true; fi
  rm -rf "$SERVE" "$RUNTIME_DIR/git-daemon.pid"
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
  local section cgroup arguments=()
  if memory_is_short_for_builds; then memory_warn_of_builds; fi
  section="$(image_build_section "$1" "$3")"
  mapfile -t arguments < <(jq -r '.args | to_entries[] | "--build-arg", "\(.key)=\(.value)"' <<<"$section")
  [[ -z $(setting .application.repository) ]] || git_serve "$2" "$3"
  image_apps_json "$2" "$3" >"$RUNTIME_DIR/apps.json"
  cgroup="$(build_cgroup "$(setting .compose.image.buildMemory 3g)")"
  detail "building $4 with $(jq -r 'map(.url | split("/") | last) | join(", ")' "$RUNTIME_DIR/apps.json")"
  docker buildx build --progress plain --load --tag "$4" --platform "$(host_platform)" \
    --file "$1/$(jq -r .dockerfile <<<"$section")" --network host \
    --cgroup-parent "$cgroup" \
    --secret "id=apps_json,src=$RUNTIME_DIR/apps.json" "${arguments[@]}" "$1" >&2
  git_serve_end
  rm -f "$RUNTIME_DIR/apps.json"
}
