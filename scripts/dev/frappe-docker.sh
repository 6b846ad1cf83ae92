#!/usr/bin/env bash
# Makes a checkout of frappe_docker for checks and rehearsals.
# Task: Develop
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway frappe-docker STACK [PATH|URL]

Prints two lines: the folder of a checkout of frappe_docker, and where it comes from. That is, the first of these that
is to be had: PATH or URL if given; else https://github.com/frappe/frappe_docker at the commit that the stack's file
names; ../shared/frappe_docker beside this repository; a small project of the same shape that is part of it.
USAGE
}

readonly public=https://github.com/frappe/frappe_docker

own_option() { return 1; }

parse "$@"
source=${words[1]:-}
((${#words[@]} <= 2)) || problem "\"${words[2]}\": STACK and one PATH or URL are all that it takes"
[[ -z $source || -e $source/compose.yaml || $source == *://* || $source == *@*:* ]] ||
  problem "\"$source\": there is no compose.yaml in it, and it is no URL"
no_problems

# wanted_commit: what the stack file asks for, a commit or a tag.
wanted_commit() {
  grep -A 5 frappeDocker: "$file" |
    sed -n -E "s/.*\\bcommit:[[:space:]]*[\"']?([A-Za-z0-9._-]+).*/\\1/p" | head -n 1 || true
}

# clone URL REF FOLDER: that one commit.
clone() {
  local limit=()
  ! command -v timeout >/dev/null || limit=(timeout 120)
  rm -rf "$3.new"
  git init --quiet "$3.new" || return 1
  GIT_TERMINAL_PROMPT=0 "${limit[@]}" git -C "$3.new" -c http.lowSpeedLimit=1000 -c http.lowSpeedTime=20 \
    fetch --quiet --depth 1 "$1" "$2" 2>"$log" || return 1
  git -C "$3.new" -c advice.detachedHead=false checkout --quiet FETCH_HEAD || return 1
  rm -rf "$3"
  mv "$3.new" "$3"
}

need_home frappe_docker log
log=$home/log/frappe_docker.log
if [[ -n $source && -e $source/compose.yaml ]]; then
  cd "$source"
  pwd -P
  say "$source"
  exit
fi

ref=$(wanted_commit)
ref=${ref:-v3.2.2}
url=${source:-$public}
checkout=$home/frappe_docker/$(printf '%s %s' "$url" "$ref" | cksum | cut -d' ' -f1)
if [[ -e $checkout/compose.yaml ]] || clone "$url" "$ref" "$checkout"; then
  say "$checkout"
  say "$url at $ref"
elif [[ -n $source ]]; then
  die "$source can't be fetched at $ref: $(tail -n 1 "$log")"
elif [[ -e $root/../shared/frappe_docker/compose.yaml ]]; then
  cd "$root/../shared/frappe_docker"
  pwd -P
  say '../shared/frappe_docker, since the public repository can not be reached'
else
  say "$root/src/test/resources/dev/slipway/rehearsal/frappe_docker"
  say 'a small project of the same shape, part of this repository, since the public one can not be reached'
fi
