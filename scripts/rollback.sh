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

  --to RELEASE          the release's id, as ./slipway status lists them; default the one before the live one, which is
                        never one that a rollback has left
  --with-data BACKUP    the backup's id; ./slipway status lists those too
USAGE
  common_options_help
  cat <<'USAGE'

Exit status: 0 done; 10 another release is under way; 11 refused, nothing changed; 20 failed, the live release serves
again; 21 failed, and so did the way back; 22 serves, and recording it was not finished; 30 nothing was begun; 31, 32,
130 it is not known how it ends, and nothing else was changed: look with ./slipway status, and run it again, with --to
(without it, it goes further back where it had come to its end). After 22 the same again finishes it.
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

# The release before the live one. What was come back to stands where it stood first: what a rollback has left, of people's
# or of a release that failed on another host, is not gone to by the next one.
# shellcheck disable=SC2016 # jq's own variables
before_the_live='
  .release as $now | [.history[] | select(.outcome == "ok")] as $served
  | def first_of: if .verb != "rollback" then .
      else . as $at | [$served[] | select(.id < $at.id and .ref == $at.ref)] | last | select(. != null) | first_of end;
  $now | first_of as $stands | [$served[] | select(.id < $stands.id and .ref != $now.ref)] | last | .ref'

# begun_rollback: what a rollback is going to that was begun and has not ended on all hosts: one of them says so, or has
# left by it what another one still serves.
begun_rollback() {
  local host ref gone other
  for host in "${fleet[@]}"; do
    ref=$(told_by "$host" '.inProgress | select(.verb == "rollback") | .ref') || return
    if [[ -n $ref ]]; then
      say "$ref"
      return
    fi
  done
  for host in "${fleet[@]}"; do
    # shellcheck disable=SC2016 # jq's own variables
    gone=$(told_by "$host" '.release as $now | select($now.verb == "rollback") | [.history[] | select(.id == $now.previous)] | last | .ref') || return
    [[ -n $gone && $gone != "$(told_by "$host" .release.ref)" ]] || continue
    for other in "${fleet[@]}"; do
      if [[ $(told_by "$other" .release.ref) == "$gone" ]]; then
        told_by "$host" .release.ref || return
        return
      fi
    done
  done
}

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
  target=$(begun_rollback)
  if [[ -n $target ]]; then
    note 'a rollback of these hosts was begun and is not at its end: going on with that one'
  else
    target=$(told_by "${fleet[0]}" "$before_the_live")
  fi
  [[ -n $target ]] || die "${fleet[0]} has served no other release before its live one; --to names one, and ./slipway status lists them"
fi
# Run without an id again, after this one was lost sight of, it could go further back.
# shellcheck disable=SC2016 # jq's own variables
id=$(told_by "${fleet[0]}" '[(.history // [])[], .release // empty | select(.outcome == "ok" and .ref == $ref)] | first | .id' --arg ref "$target")
[[ -z $id ]] || again="run ./slipway rollback $stack --to $id"
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
