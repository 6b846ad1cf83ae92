#!/usr/bin/env bash
# Backs a stack up to its bucket now.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/backup.sh STACK [--reason TEXT] [options]

Dumps every site's database and files, uploads them, reads them back to verify them, and writes the manifest last: a
backup that has one is complete. It is the same that runs every night and before every release.

  --reason TEXT         noted in the manifest; default "asked for by" and your name
USAGE
  common_options_help
}

reason="asked for by $(who)"
own_option() {
  [[ $1 == --reason ]] || return 1
  value_of "$1" $#
  [[ $2 =~ ^[A-Za-z0-9._@/\ -]{1,100}$ ]] || problem '--reason: up to 100 letters, digits, spaces and ._@/-'
  reason=$2 taken=2
}

parse "$@"
stack_alone
no_problems

run_verb backup "reason=${reason:0:100}"
