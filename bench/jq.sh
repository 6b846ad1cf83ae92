#!/usr/bin/env bash
# Measures how long a start of jq takes: the machine's own, and the one that scripts and hosts of a rehearsal run.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: bench/jq.sh [COUNT]

Starts each jq on PATH COUNT times (default 100) for nothing, and prints the milliseconds that one start takes.
USAGE
}

take_number count COUNT 100 "$@"

"$root/scripts/tools.sh" jq >&2
mapfile -t found < <(type -ap jq | sort -u)
for jq in "${found[@]}"; do
  begun=${EPOCHREALTIME/[.,]/}
  for ((number = 0; number < count; number++)); do "$jq" -n 1 >/dev/null; done
  took=$((${EPOCHREALTIME/[.,]/} - begun))
  printf '%-10s %3d.%d ms  %s\n' "$("$jq" --version)" $((took / count / 1000)) $((took / count % 1000 / 100)) "$jq"
done
