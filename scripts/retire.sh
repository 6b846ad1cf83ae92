#!/usr/bin/env bash
# Takes a site of a stack away, after a last backup.
# Task: Change
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway retire STACK SITE --yes-retire SITE [options]

Backs SITE up, reads the backup back from S3, and then removes its database, its user and its files from the host. Its
backups and its secrets stay. In this order:

  1. take SITE out of slipway:erpnext.sites
  2. ./slipway up STACK     stops before it changes anything on the host, and says to run this
  3. ./slipway retire STACK SITE --yes-retire SITE
  4. ./slipway up STACK     goes on

To have the site back: name it in the settings again, make it with ./slipway release --empty-site SITE, and fill it with
./slipway restore STACK --site SITE.

  --yes-retire SITE     the same name again: what is to go must be said twice

USAGE
  common_options_help
}

confirm=''
own_option() {
  [[ $1 == --yes-retire ]] || return 1
  value_of "$1" $#
  confirm=$2 taken=2
}

parse "$@"
site=${words[1]:-}
if ((${#words[@]} == 2)); then
  [[ $site =~ ^[a-z0-9][a-z0-9.-]{0,252}$ ]] || problem "SITE: \"$site\" is not a site's name"
  if [[ -z $confirm ]]; then
    problem "what is to go must be said twice: --yes-retire $site"
  elif [[ $confirm != "$site" ]]; then
    problem "--yes-retire: \"$confirm\" is not SITE, \"$site\""
  fi
elif ((${#words[@]} > 0)); then
  problem 'it takes STACK and SITE'
fi
no_problems

run_verb retire "site=$site" "confirm=$confirm" "actor=$(who)"
