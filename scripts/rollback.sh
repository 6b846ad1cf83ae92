#!/usr/bin/env bash
# Takes a stack back to an earlier release.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/rollback.sh STACK [--to RELEASE] [--with-data BACKUP] [options]

Brings back the code of an earlier release; the data stays as it is. Where the two releases' schemas differ that is
refused, unless a backup is named whose data comes back with it: what was written since is lost then.

  --to RELEASE          the release's id, as scripts/status.sh lists them; default the one before the live one
  --with-data BACKUP    the backup's id; scripts/status.sh lists those too
USAGE
  common_options_help
  cat <<'USAGE'

Exit status: 0 done; 10 another release is under way; 11 refused, nothing changed; 20 failed, the live release serves
again; 21 failed, and so did the way back; 30, 31 see scripts/ssm-run.sh --help.
USAGE
}

to='' data=''
own_option() {
  case $1 in
    --to | --with-data) ;;
    *) return 1 ;;
  esac
  value_of "$1" $#
  check_id "$1" "$2"
  if [[ $1 == --to ]]; then to=$2; else data=$2; fi
  taken=2
}

parse "$@"
stack_alone
no_problems

run_verb rollback "to=$to" "withData=$data" "actor=$(who)"
