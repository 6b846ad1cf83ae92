#!/usr/bin/env bash
# Tells how a stack is: the live release, its health, its backups, its certificate, its disk.
# Task: Look
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway status STACK [--json] [options]

  --json                one object on standard output, and nothing else; of several hosts the first one's, with all of
                        them in "hosts"
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
if is_fleet; then
  find_hosts
  for host in "${fleet[@]}"; do
    jq -c --arg instance "$host" '{instance: $instance} + .' <<<"${host_status[$host]}"
  done | jq -cs 'if length > 1 then .[0] + {hosts: .} else .[0] end'
  exit
fi
# The verdict at the end is for people.
(run_verb status format=json) | sed '/^slipway: /d'
