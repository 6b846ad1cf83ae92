#!/usr/bin/env bash
# Takes a stack back to an earlier release.
# Task: Change
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway rollback STACK [--to RELEASE] [--with-data BACKUP] [options]

Brings back the code of an earlier release; the data stays as it is. Where the two releases' schemas differ that is
refused, unless a backup is named whose data comes back with it: what was written since is lost then.

A stack whose data is not on its hosts goes back in code alone, one host after another; the status says when the
database's schema is ahead of it.

  --to RELEASE          the release's id, as ./slipway status lists them; default the one before the live one
  --with-data BACKUP    the backup's id; ./slipway status lists those too
USAGE
  common_options_help
  cat <<'USAGE'

Exit status: 0 done; 10 another release is under way; 11 refused, nothing changed; 20 failed, the live release serves
again; 21 failed, and so did the way back; 22 serves, and recording it was not finished; 30 nothing was begun; 31, 32,
130 it is not known how it ends, and nothing else was changed: look with ./slipway status, and run it again.
docs/exit-statuses.md has all of them.
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

is_fleet || run_verb rollback "to=$to" "withData=$data" "actor=$(who)"

hold_fleet "rollback.sh $stack${to:+ --to $to}" 0
find_hosts
# Each host counts its releases by ids of its own: what they share is what is released.
target=''
if [[ -n $to ]]; then
  for host in "${fleet[@]}"; do
    # shellcheck disable=SC2016 # jq's own variables
    [[ -n $target ]] || target=$(told_by "$host" '[.history[] | select(.id == $id and .outcome == "ok")] | last | .ref' --arg id "$to")
  done
  [[ -n $target ]] || die "no host of $stack has served a release $to; ./slipway status lists them"
else
  # shellcheck disable=SC2016 # jq's own variables
  target=$(told_by "${fleet[0]}" '.release as $now | [.history[] | select(.outcome == "ok" and .id < $now.id and .ref != $now.ref)] | last | .ref')
  [[ -n $target ]] || die "${fleet[0]} has served no earlier release to go back to"
fi
note "going back to $target"
# go_back HOST PART
go_back() {
  local host=$1 part=$2 id
  # It migrates nothing, whichever host it is; a release that names nothing new does neither.
  [[ $part != first ]] || part=middle
  # shellcheck disable=SC2016 # jq's own variables
  id=$(told_by "$host" '.release as $now | [(.history // [])[] | select(.outcome == "ok" and .id != $now.id and .ref == $ref)] | last | .id' --arg ref "$target")
  if [[ -n $id && $(told_by "$host" .release.ref) != "$target" ]] && ! one_of "$host" "${switched[@]}"; then
    run_on "$host" rollback "to=$id" "withData=$data" "part=$part" "actor=$(who)" "run=$(run_url)"
    ((run_status != 0)) || switched+=("$host")
  else
    # One that has it already, or that never had it: a machine that was made since.
    [[ $part != whole ]] || part=last
    run_on "$host" release "ref=$target" "part=$part" "actor=$(who)" "run=$(run_url)"
    ((run_status != 0)) || [[ $(told_by "$host" .release.ref) == "$target" ]] || one_of "$host" "${switched[@]}" ||
      switched+=("$host")
  fi
}

each_host go_back
