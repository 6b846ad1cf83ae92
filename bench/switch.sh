#!/usr/bin/env bash
# Measures what callers notice of releases of an app.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: bench/switch.sh [--requests N]

Asks an app GET and POST in turn from 20 connections without a pause, N times at least (default 10000), while four
releases of it go by on a machine of the rehearsal's. Prints how many requests failed and how long the slowest took.
USAGE
}

requests=10000
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --requests)
      value_of "$1" $#
      check_number "$1" "$2"
      requests=$2
      shift
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done
no_problems

make_scratch
"$root/scripts/dev/rehearse-apps.sh" --only load --requests "$requests" >"$scratch/log" 2>&1 || {
  tail -n 30 "$scratch/log" >&2
  die 'a check of it failed'
}
say "on $(machine_text):"
sed -n 's/^ *\([0-9]* GET and .*\)/  \1/p' "$scratch/log"
