#!/usr/bin/env bash
# Waits until an autoscaling group has replaced the hosts that it is replacing.
# Task: Repair
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway refresh-wait --group NAME --region REGION [--timeout S]

A new version of its launch template has an autoscaling group replace its hosts one after another, which AWS calls an
instance refresh. That goes on by itself when whoever began it is done. This waits for its end and says what changes on
the way; where the group replaces nothing, and the last refresh was successful, it is done at once.

`pulumi up` runs it before it sends anything to the hosts of a fleet.

  --group NAME     the autoscaling group
  --region REGION  AWS region
  --timeout S      how long to wait; default 5400

Exit status: 0 the group replaces nothing, and has replaced what it was to; 1 the last refresh came to another end; 2
wrong usage; 30 AWS can't be asked; 31 not over when --timeout was; 130 interrupted. After 31 and 130 it goes on by itself.
USAGE
}

group='' region='' timeout=5400

while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --group | --region | --timeout)
      value_of "$1" $#
      case $1 in
        --group) group=$2 ;;
        --region) region=$2 ;;
        --timeout) timeout=$2 ;;
      esac
      shift
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done

[[ -n $group ]] || problem '--group is missing'
[[ -n $region ]] || problem '--region is missing'
check_number --timeout "$timeout"
no_problems

need_aws
make_scratch

# shellcheck disable=SC2329 # the trap calls it
on_signal() {
  trap - INT TERM HUP
  note "interrupted; what $group replaces, it goes on replacing"
  exit 130
}
trap on_signal INT TERM HUP

# look: the newest refresh of the group, of the last six weeks. One that has not begun has no time of its start, also
# where it was cancelled before.
look() {
  local answer
  patiently answer autoscaling describe-instance-refreshes --region "$region" --output text \
    --auto-scaling-group-name "$group" --query \
    "sort_by(InstanceRefreshes, &to_string(StartTime || EndTime || '~'))[-1].[InstanceRefreshId, Status,
      to_string(PercentageComplete), to_string(InstancesToUpdate), StatusReason]" || {
    note "$group can't be asked whether it replaces hosts: $error_text"
    exit 30
  }
  [[ $answer == *$'\t'* ]] || answer=$'\tNone'
  id=${answer%%$'\t'*} answer=${answer#*$'\t'}
  IFS=$'\t' read -r status percentage left reason <<<"$answer"
  [[ ${percentage:-null} != null ]] || percentage=0
  [[ ${left:-null} != null ]] || left='an unknown number of'
  [[ ${reason:-None} != None ]] || reason=''
}

id='' status='' percentage='' left='' reason='' said='' started=$SECONDS
while true; do
  look
  case $status in
    None | Successful) break ;;
    Pending | InProgress | Baking | Cancelling | RollbackInProgress) ;;
    *)
      note "$group did not replace its hosts as it was to: instance refresh $id is $status at $percentage %, with" \
        "$left host(s) not replaced${reason:+. AWS says: ${reason%.}}. Nothing more is replaced by itself. Repair what" \
        "that names, then change the template, or have it tried once more with: aws autoscaling start-instance-refresh" \
        "--region $region --auto-scaling-group-name $group; and run this again, which waits for its end"
      exit 1
      ;;
  esac
  now="$status, $percentage %${reason:+: $reason}"
  if [[ $now != "$said" ]]; then
    note "$group replaces its hosts: $now"
    said=$now
  fi
  if ((SECONDS - started >= timeout)); then
    note "$group still replaces its hosts after $timeout s ($status, $percentage %), and goes on by itself; run this" \
      'again, which waits for its end'
    exit 31
  fi
  pause 5
done
[[ -z $said ]] || note "$group has replaced its hosts"
