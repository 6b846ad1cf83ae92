#!/usr/bin/env bash
# Tells how a stack is: the live release, its health, its backups, its certificate, its disk.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/status.sh STACK [--json] [options]

  --json                one object on standard output, and nothing else
USAGE
  common_options_help
}

format=text
own_option() {
  [[ $1 == --json ]] || return 1
  format=json
}

parse "$@"
stack_alone
no_problems

run_options+=(--quiet)
[[ $format == json ]] || run_verb status format=text
# The verdict at the end is for people.
(run_verb status format=json) | sed '/^slipway: /d'
