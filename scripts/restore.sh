#!/usr/bin/env bash
# Brings a stack's data back from a backup.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/restore.sh STACK [--backup ID|newest] [--site NAME] [options]

Replaces the data of one site, or of all of them, by what a backup holds. The backup's checksums are verified before
anything is touched, and what is there now is backed up first. A backup of a newer application is refused.

  --backup ID           the backup's id, as scripts/status.sh lists them; default newest
  --site NAME           this site alone
USAGE
  common_options_help
}

backup=newest site=''
own_option() {
  case $1 in
    --backup | --site) ;;
    *) return 1 ;;
  esac
  value_of "$1" $#
  if [[ $1 == --backup ]]; then
    [[ $2 == newest ]] || check_id "$1" "$2"
    backup=$2
  else
    [[ $2 =~ ^[a-z0-9.-]{1,253}$ ]] || problem "--site: \"$2\" is not a site's name"
    site=$2
  fi
  taken=2
}

parse "$@"
stack_alone
no_problems

run_verb restore "site=$site" "backup=$backup" "actor=$(who)"
