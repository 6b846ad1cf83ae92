# shellcheck shell=bash
# Repositories: bare mirrors on the data volume. Tokens and keys come from SecureString parameters and reach
# git by files on tmpfs, never by an argument or a URL.

# git_host URL: https://example.com:8443/a/b -> https://example.com:8443
git_host() { sed -E 's|^([a-z]+://)([^/@]*@)?([^/]+)/.*|\1\3|' <<<"$1"; }

# git_canonical URL: the repository that an address leads to, however it is written: host/path, in small letters, without a
# scheme, a user, the scheme's own port, .git and slashes at its end.
git_canonical() {
  local url=${1,,} host port='' path
  if [[ $url =~ ^[a-z+]+://([^/@]*@)?([^/:]+)(:([0-9]+))?(/.*)?$ ]]; then
    host=${BASH_REMATCH[2]} port=${BASH_REMATCH[4]} path=${BASH_REMATCH[5]}
  elif [[ $url =~ ^([^/@:]+@)?([^/:]+):(.*)$ ]]; then
    host=${BASH_REMATCH[2]} path=${BASH_REMATCH[3]}
  else
    host='' path=$url
  fi
  [[ ! $port =~ ^(22|80|443|9418)$ ]] || port=''
  while [[ $path == */ ]]; do path=${path%/}; done
  path=${path%.git}
  while [[ $path == */ ]]; do path=${path%/}; done
  while [[ $path == /* ]]; do path=${path#/}; done
  printf '%s' "${host#www.}${port:+:$port}/$path"
}

# git_credentials URL TOKEN KEY, the names of secrets: sets the environment that git needs for a private repository. The
# token goes to URL's host alone.
git_credentials() {
  local file host
  host="$(git_host "$1")"
  shift
  if [[ -n $1 ]]; then
    file="$RUNTIME_DIR/git-token"
    secret_fetch "$1" "$file" || refuse "there is no secret $(secret_parameter "$1"); set it with: ./slipway secret set $(setting .stack) $1"
    chmod 0400 "$file"
    # A helper that git's own shell runs: /run takes no programs (noexec).
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="credential.$host.helper"
    # shellcheck disable=SC2016 # $1 is the helper's
    export GIT_CONFIG_VALUE_0='!token() { [ "$1" != get ] || printf "username=x-access-token\npassword=%s\n" "$(cat '"$file"')"; }; token'
  elif [[ -n $2 ]]; then
    file="$RUNTIME_DIR/git-key"
    secret_fetch "$2" "$file" || refuse "there is no secret $(secret_parameter "$2"); set it with: ./slipway secret set $(setting .stack) $2"
    # ssh wants the line feed that Parameter Store's text output lost.
    printf '\n' >>"$file"
    chmod 0400 "$file"
    export GIT_SSH_COMMAND="ssh -i $file -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=$DATA/app/known_hosts"
  fi
}

git_forget_credentials() {
  rm -f "$RUNTIME_DIR/git-token" "$RUNTIME_DIR/git-key"
  unset GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0 GIT_SSH_COMMAND
}

# git_is_public URL: whether it can be read by anybody.
git_is_public() {
  env -u GIT_CONFIG_COUNT -u GIT_SSH_COMMAND git ls-remote --quiet "$1" HEAD >/dev/null 2>&1
}

# git_copy URL REF DIR BRANCH: a bare repository with what REF is there as its one branch, without history.
git_copy() {
  git init -q --bare "$3"
  git -C "$3" fetch --quiet --depth 1 "$1" "$2" >&2
  git -C "$3" update-ref "refs/heads/$4" FETCH_HEAD
}

# git_resolve MIRROR URL REF: fetches what is needed and prints the commit that a branch, tag or commit names.
git_resolve() {
  local mirror=$1 url=$2 ref=$3
  [[ -d $mirror/objects ]] || git init -q --bare "$mirror"
  if ! [[ $ref =~ ^[0-9a-f]{40}$ ]] || ! git -C "$mirror" cat-file -e "$ref^{commit}" 2>/dev/null; then
    git -C "$mirror" fetch --quiet --prune --force "$url" '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' >&2
    # A commit that no branch leads to any more can still be asked for by its name.
    if [[ $ref =~ ^[0-9a-f]{40}$ ]] && ! git -C "$mirror" cat-file -e "$ref^{commit}" 2>/dev/null; then
      git -C "$mirror" fetch --quiet "$url" "$ref" >&2 || true
    fi
  fi
  git -C "$mirror" rev-parse --verify --quiet "$ref^{commit}" ||
    refuse "there is no branch, tag or commit '$ref' in $url" >&2
}

# git_tree MIRROR COMMIT DIR: the commit's files, without history.
git_tree() {
  local part
  [[ -d $3 ]] && return 0
  part="$(mktemp -d "$3.XXXXXX")"
  git -C "$1" archive "$2" | tar -xf - -C "$part"
  chmod 0755 "$part"
  mv -T "$part" "$3"
}
