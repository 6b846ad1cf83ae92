#!/usr/bin/env bash
# Gives a site of a stack another name.
# Task: Change
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway rename STACK FROM TO [options]

The site FROM becomes TO, with its data, files, configuration and secrets. In this order:

  1. write TO in the place of FROM into slipway:erpnext.sites, and point the name TO at the host
  2. ./slipway up STACK     stops before it changes anything on the host, and says to run this
  3. ./slipway rename STACK FROM TO
  4. ./slipway up STACK     goes on

It is backed up and verified before, under the former name, and after, under the new one. The backups of before
stay where they are, at STACK/FROM/ in the backup bucket. The sites are closed for about a minute. Jobs that are still
in a queue for FROM fail. When it is killed, the same again goes on.

USAGE
  common_options_help
}

own_option() { return 1; }

# site_name WHAT NAME
site_name() { [[ $2 =~ ^[a-z0-9][a-z0-9.-]{0,252}$ ]] || problem "$1: \"$2\" is not a site's name"; }

parse "$@"
if ((${#words[@]} == 3)); then
  site_name FROM "${words[1]}"
  site_name TO "${words[2]}"
  [[ ${words[1]} != "${words[2]}" ]] || problem 'FROM and TO are the same name'
elif ((${#words[@]} > 0)); then
  problem 'it takes STACK, FROM and TO'
fi
no_problems

run_verb rename "from=${words[1]}" "to=${words[2]}" "actor=$(who)"
