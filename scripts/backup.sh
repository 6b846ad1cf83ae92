#!/usr/bin/env bash
# Backs a stack up to its bucket now.
# Task: Data
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway backup STACK [--reason TEXT] [options]

Dumps every site's database and files, uploads them, reads them back to verify them, and writes the manifest last: a
backup that has one is complete. It is the same that runs every night and before every release.

  --reason TEXT         noted in the manifest; default "asked for by" and your name
  --counts              what is in a site that was made empty in the place of a lost one is to stay: its backups count
                        from now on, as what is restored by newest
USAGE
  common_options_help
}

reason="asked for by $(who)"
counts=false
own_option() {
  if [[ $1 == --counts ]]; then
    counts=true
    return 0
  fi
  [[ $1 == --reason ]] || return 1
  value_of "$1" $#
  [[ $2 =~ ^[A-Za-z0-9._@/\ -]{1,100}$ ]] || problem '--reason: up to 100 letters, digits, spaces and ._@/-'
  reason=$2 taken=2
}

parse "$@"
stack_alone
no_problems

run_verb backup "reason=${reason:0:100}" "counts=$counts"
