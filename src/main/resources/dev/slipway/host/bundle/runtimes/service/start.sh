#!/usr/bin/env bash
# Runs a program of a release: start.sh RELEASE_DIR serve|migrate. Plain variables come from a file there, what is secret
# from the unit's credentials, which are in memory and readable by the service's user alone; both are in the environment of
# that program and nowhere else. Run by units as the service's user.
set -euo pipefail
shopt -s inherit_errexit

release="$(readlink -f "$1")"
# shellcheck source=/dev/null
source "$release/environment"
while read -r name; do
  file="${CREDENTIALS_DIRECTORY:-/nonexistent}/$name"
  if [[ ! -s $file ]]; then
    printf 'slipway: there is no value for %s; look at: journalctl -t slipway-credentials\n' "$name" >&2
    exit 78
  fi
  export "$name=$(<"$file")"
done <"$release/credentials"
mapfile -d '' -t words <"$release/$2"
cd "$(readlink -f "$release/code")"
export PATH="$PWD/.venv/bin:$PATH" PYTHONPATH="$PWD:$PWD/src" PYTHONUNBUFFERED=1
if [[ $2 == serve ]]; then words+=(--uds "$RUNTIME_DIRECTORY/http.sock"); fi
exec "${words[@]}"
