#!/usr/bin/env bash
# Measures what callers notice of releases of an app.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: bench/switch.sh

Asks the admin panel GET and POST in turn from 20 connections without a pause, 10,000 times at least, while four releases
of its API go by on the rehearsal's host. Prints how many requests were answered and how long the slowest took; one that
failed ends it.
USAGE
}

while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
done
no_problems

make_scratch
"$root/scripts/rehearse.sh" admin-qa --only load >"$scratch/log" 2>&1 || {
  tail -n 30 "$scratch/log" >&2
  die 'a check of it failed'
}
say "on $(machine_text):"
sed -n 's/^ *\([0-9]* reads and .*\)/  \1/p' "$scratch/log"
