#!/usr/bin/env bash
# Asks a stack's application for its health from here, at the address that people use.
# Task: Look
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway curl-health STACK [--path PATH] [--region REGION]

The address is the stack's output app_url or url, as its state has it. ./slipway check asks the host for more.

  --path PATH       default: the health path of the service, or / where the stack file has none
  --region REGION   instead of the stack file's

Exit status: 0 it answers with 2xx or 3xx; 1 it doesn't.
USAGE
}

path=''
own_option() {
  [[ $1 == --path ]] || return 1
  value_of "$1" $#
  path=$2 taken=2
  [[ $path =~ ^/[A-Za-z0-9._~/?\&=%-]*$ ]] || problem "--path: \"$path\" is not a path such as /health"
}

parse "$@"
stack_alone
no_run_options
no_problems
need_hosts
need_aws
command -v curl >/dev/null || die 'curl is missing: install it, or run ./slipway tools system'
make_scratch
need_backend

[[ -n $path ]] || path=$(stack_value "$file" slipway:service health)
fetch_outputs
address=$(jq -r '.app_url // .url | strings' "$scratch/outputs")
[[ $address == http* ]] || die "the state of $stack has no output app_url or url; bring it up first: ./slipway up $stack"

status=0
said=$(curl --silent --show-error --connect-timeout 10 --max-time 60 --output "$scratch/body" \
  --write-out '%{http_code} after %{time_total} s' -- "${address%/}${path:-/}" 2>"$scratch/errors") || status=$?
((status == 0)) || die "${address%/}${path:-/}: $(tail -n 1 "$scratch/errors")"
say "${address%/}${path:-/}: $said"
# As in a log, a terminal is shown no more than text.
if [[ -s $scratch/body ]]; then
  head -c 2000 "$scratch/body" | tr -d '\000-\010\013-\037\177'
  say
fi
[[ $said == [23]* ]]
