#!/usr/bin/env bash
# Tries from a stack's host what its application needs: the database, buckets, outside APIs.
# Task: Look
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway check STACK [--json] [options]

Each is pass or fail with its reason. What is written for it is removed again, and no release is changed by it.

  --json                one list on standard output, and nothing else: [{"name", "ok", "reason"}]
USAGE
  common_options_help
  cat <<'USAGE'

Exit status: 0 all pass; 1 one fails; 11 there is none for this system; docs/exit-statuses.md has the others.
USAGE
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
[[ $format == json ]] || run_verb check format=text
# The verdict at the end is for people.
(run_verb check format=json) | sed '/^slipway: /d'
