#!/usr/bin/env bash
# Follows the logs of a stack: its applications, and what its hosts printed while verbs ran.
# Task: Look
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway logs STACK [NAME...] [options]

Prints what came in the last ten minutes, and then each line as it comes, until Ctrl-C. A stack keeps its logs in
CloudWatch, in the group /slipway/STACK/NAME for each application and each function (dumps/validate), and in /slipway/STACK, which is NAME "commands", what
releases and other verbs printed on its hosts. Without a NAME it is all of them.

  --since TIME      how far back: a number with s, m, h or d, such as 90m; default 10m
  --no-follow       ends with what there is
  --journal         a host's own journal instead, read in a session on it: for what never came to CloudWatch, such as a
                    first boot that failed. It takes no NAME
  --instance ID     with --journal, which of several hosts
  --region REGION   instead of the stack file's

--journal needs the AWS CLI's Session Manager plugin. docs/identities.md says which rights people need.
USAGE
}

since=10m follow=yes journal='' instance=''
own_option() {
  case $1 in
    --since)
      value_of "$1" $#
      since=$2 taken=2
      [[ $since =~ ^[1-9][0-9]{0,5}[smhd]$ ]] || problem "--since: \"$since\" is not a number with s, m, h or d, such as 90m"
      ;;
    --no-follow) follow='' ;;
    --journal) journal=yes ;;
    --instance)
      value_of "$1" $#
      instance=$2 taken=2
      check_instance "$instance"
      ;;
    *) return 1 ;;
  esac
}

parse "$@"
no_run_options
names=("${words[@]:1}")
for name in "${names[@]}"; do
  # What a part of the stack writes has the part's name before it: dumps/validate.
  [[ $name =~ ^[a-z0-9][a-z0-9-]{0,62}(/[a-z0-9][a-z0-9-]{0,62})?$ ]] ||
    problem "NAME: \"$name\" is not an application's name, nor a log's, such as dumps/validate"
done
[[ -z $journal ]] || ((${#names[@]} == 0)) || problem '--journal: it is the whole of a host'\''s, and takes no NAME'
[[ -z $instance || -n $journal ]] || problem '--instance goes with --journal'
no_problems
need_hosts
need_aws
need_jq
make_scratch

case $since in
  *s) seconds=${since%s} ;;
  *m) seconds=$((${since%m} * 60)) ;;
  *h) seconds=$((${since%h} * 3600)) ;;
  *d) seconds=$((${since%d} * 86400)) ;;
esac

if [[ -n $journal ]]; then
  pick_host "$instance"
  # Ours, what runs at the first boot, and the agents that they depend on.
  session "$host" AWS-StartInteractiveCommand \
    "sudo journalctl --no-pager --since=-${seconds}s ${follow:+--follow --lines=all }--unit='slipway-*' --unit='cloud-*' --unit='docker*' --unit='*amazon-ssm-agent*'"
  exit
fi

# --- CloudWatch ----------------------------------------------------------------------------------------------------

# find_groups: sets $groups to those that were asked for, by their names.
find_groups() {
  local found name own=/slipway/$stack known=()
  patiently found logs describe-log-groups --region "$region" --log-group-name-prefix "$own" --output text \
    --query 'logGroups[].[logGroupName]' || die "the logs of $stack can't be listed: $error_text"
  while read -r name; do
    case $name in
      "$own") known+=(commands) ;;
      # Another stack's name may begin with this one's.
      "$own"/*) known+=("${name#"$own"/}") ;;
    esac
  done < <(sort <<<"$found")
  ((${#known[@]})) || die "there is no log group $own in $region: is the stack up, and is this the right account?"
  groups=("${known[@]}")
  ((${#names[@]})) || return 0
  for name in "${names[@]}"; do
    [[ " ${known[*]} " == *" $name "* ]] || problem "NAME: $stack has no log \"$name\"; it has ${known[*]}"
  done
  no_problems
  groups=("${names[@]}")
}

# look: prints what is new in all groups since $from, the oldest first.
look() {
  local name group events now
  now=$(date +%s)
  : >"$scratch/events"
  for name in "${groups[@]}"; do
    group=/slipway/$stack
    [[ $name == commands ]] || group+=/$name
    patiently events logs filter-log-events --region "$region" --log-group-name "$group" --start-time "${from}000" \
      --output json --query 'events[].[timestamp, logStreamName, message, eventId]' ||
      die "$group can't be read: $error_text"
    jq -c --arg name "$name" '.[]? | [.[0], $name] + .[1:3] + [.[3] | tostring]' <<<"$events" >>"$scratch/events"
  done
  # What was there the last time is known by its id: events come late, and so each look goes back a while.
  jq -rs --slurpfile known "$scratch/known" '
    ($known | map({key: ., value: true}) | from_entries) as $known
    | sort_by(.[0]) | .[] | select($known[.[4]] | not)
    # The stream of a command is its path; whose it is, is in it.
    | (.[2] | capture("(?<id>m?i-[0-9a-f]{8,17})").id // .) as $source
    # Whoever sends a request may have put something into it that a terminal would follow.
    | "\(.[0] / 1000 | floor | todate) \(.[1]) \($source) \(.[3] | rtrimstr("\n") | gsub("[\u0000-\u0008\u000b-\u001f\u007f]"; ""))"' \
    "$scratch/events"
  jq -c '.[4]' "$scratch/events" >"$scratch/known"
  # Never before what was asked for.
  from=$((now - LATE > from ? now - LATE : from))
}

# By how many seconds an event may come after its own time.
readonly LATE=120
find_groups
from=$(($(date +%s) - seconds))
: >"$scratch/known"
look
while [[ -n $follow ]]; do
  pause 2
  look
done
