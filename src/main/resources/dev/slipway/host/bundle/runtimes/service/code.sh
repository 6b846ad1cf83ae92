# shellcheck shell=bash
# The code at a commit and its environment: a folder in $TREES, built beside what serves, and never changed afterwards.
# Packages may run code of their own while they are built, so a user builds them who may write there and nowhere else; the
# service only reads.

# The version whose wheels are in uv.txt, by hash.
UV_VERSION="$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' "$BUNDLE/runtimes/service/uv.txt")"
UV="$SERVICE/uv-$UV_VERSION/bin/uv"
PYTHON=/usr/bin/python3

code_mirror() { printf '%s' "$DATA/app/service.git"; }

# code_commit REF: the commit that a branch, tag or commit names; what is needed of the repository is here then.
code_commit() {
  local url
  url="$(setting .service.repository)"
  [[ -n $url ]] || refuse "the settings name no repository (service.repository)" >&2
  install -d -m 0755 "$DATA/app"
  git_credentials "$url" "$(setting .service.token)" "$(setting .service.deployKey)" >&2
  git_resolve "$(code_mirror)" "$url" "$1"
}

# code_tree_name COMMIT: two equal ones have the same code and the same environment.
code_tree_name() {
  local python
  python="$("$PYTHON" -c 'import platform; print(".".join(platform.python_version_tuple()[:2]), platform.machine())')"
  [[ -n $python ]] || die "$PYTHON does not say its version" >&2
  printf '%s-%s' "$1" "$(printf '%s\n' "$(setting .service.folder .)" "$(setting .service.index)" "$python" "$UV_VERSION" | sha256sum | cut -c1-8)"
}

# shellcheck disable=SC2153 # paths.sh names it
code_is_built() { [[ -s $TREES/$1/.slipway-built ]]; }

# code_folder TREE: where pyproject.toml is.
code_folder() { realpath -m "$TREES/$1/$(setting .service.folder .)"; }

# code_build COMMIT TREE: what a run that was killed has left there is built anew.
code_build() {
  local folder
  if code_is_built "$2"; then
    detail "its environment is here already"
    return 0
  fi
  rm -rf "${TREES:?}/$2"
  folder="$(code_folder "$2")"
  install -d -m 0755 "$TREES" "$TREES/$2"
  git -C "$(code_mirror)" archive "$1" | tar -xf - --no-same-owner -C "$TREES/$2"
  chmod -R u+rwX,go+rX,go-w "$TREES/$2"
  code_check "$folder"
  chown -R "$BUILD_USER:" "$TREES/$2"
  if [[ -n $(setting .service.index) ]]; then environment_from_index "$folder"; else environment_from_lock "$folder"; fi
  [[ -x $folder/.venv/bin/uvicorn ]] || refuse "the environment of commit $1 has no uvicorn, by which the service is run: add it to the dependencies in pyproject.toml, and lock them (uv lock)"
  printf '%s\n' "$1" | write_file "$TREES/$2/.slipway-built" 0644
}

# code_check FOLDER: what is missing in the repository, all at once.
code_check() {
  local file missing=''
  for file in pyproject.toml uv.lock; do
    [[ -s $1/$file ]] || missing+="${missing:+ and }$file"
  done
  [[ -z $missing ]] || refuse "there is no $missing in the folder $(setting .service.folder .) of $(setting .service.repository) at this commit; see service.folder, and make uv.lock with: uv lock"
}

# as_builder FOLDER COMMAND…: with nothing of root's environment but the way out.
as_builder() {
  local folder=$1 name pass=()
  shift
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [[ -z ${!name-} ]] || pass+=("$name=${!name}")
  done
  (
    umask 022
    cd "$folder" || exit
    runuser -u "$BUILD_USER" -- env -i PATH="$PATH" HOME="$SERVICE/build" LC_ALL=C.UTF-8 "${pass[@]}" UV_CACHE_DIR="$SERVICE/build/cache" \
      UV_PYTHON="$PYTHON" UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT="$folder/.venv" "$@"
  )
}

environment_from_lock() { as_builder "$1" "$UV" sync --frozen --no-dev --no-install-project; }

# environment_from_index FOLDER: another index has the same files under other addresses; the lock's hashes say that they are.
environment_from_index() {
  as_builder "$1" "$UV" export --quiet --frozen --no-dev --no-emit-project --format requirements-txt --output-file .requirements.txt
  as_builder "$1" "$UV" venv --quiet --python "$PYTHON" "$1/.venv"
  as_builder "$1" "$UV" pip sync --require-hashes --python "$1/.venv/bin/python" --default-index "$(setting .service.index)" .requirements.txt
}

# code_prune KEPT_IDS: folders of no kept release go.
code_prune() {
  local id kept='' tree trees color
  for id in $1; do
    kept+="$(jq -r '.tree // empty' "$RELEASES/$id/spec.json")"$'\n'
  done
  # What runs is kept, whatever is recorded of it.
  for color in blue green; do
    [[ ! -s $SERVICE/$color/spec.json ]] || kept+="$(jq -r '.tree // empty' "$SERVICE/$color/spec.json")"$'\n'
  done
  trees="$(find "$TREES" -mindepth 1 -maxdepth 1 -printf '%f\n')"
  for tree in $trees; do
    grep -qxF -e "$tree" <<<"$kept" || rm -rf "${TREES:?}/$tree"
  done
}
