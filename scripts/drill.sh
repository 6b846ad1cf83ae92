#!/usr/bin/env bash
# Shows that a backup can be restored, without touching the live data.
# Task: Data
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway drill STACK [--backup ID|newest] [options]

Restores a backup into a throwaway database on the host, compares tables, rows and files with what the backup says,
cleans up, and reports.

  --backup ID           the backup's id, as ./slipway status lists them; default newest
USAGE
  common_options_help
}

backup=newest
own_option() {
  [[ $1 == --backup ]] || return 1
  value_of "$1" $#
  [[ $2 == newest ]] || check_id "$1" "$2"
  backup=$2 taken=2
}

parse "$@"
stack_alone
no_problems

run_verb drill "backup=$backup"
