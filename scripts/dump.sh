#!/usr/bin/env bash
# Makes a dump of a stack's PostgreSQL, or restores one beside it and promotes it.
# Task: Data
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway dump STACK [options]
       ./slipway dump STACK --list [--json]
       ./slipway dump STACK --upload FILE [--promote]
       ./slipway dump STACK --discard ID
       ./slipway dump STACK --drop-former ID

Without more, a dump is made now: pg_dump's custom format, in the stack's bucket, with a manifest. What is uploaded is
validated, restored into a database beside the live one, and verified; the live one is not touched. This follows it to its
end. docs/runbooks/dumps.md says what follows.

  --list                dumps that were made here, and databases beside the live one
  --json                with --list: one object on standard output, and nothing else
  --upload FILE         a dump of one database: *.dump (custom format) or *.sql (plain), each also with .gz
  --promote             with --upload: it becomes the live database, after a dump of that one
  --discard ID          drops what was restored, restore_ID
  --drop-former ID      drops what was live before ID was promoted: there is no way back then
  --dry-run             says what would be done, and does nothing
USAGE
  common_options_help
  cat <<'USAGE'

Exit status: 0 done; 1 failed, and the live database is as it was; 11 refused, or restored before; 31 still at work when --timeout was over.
docs/exit-statuses.md has the others.
USAGE
}

actions=() id='' upload='' promote='' format=text dry_run=''
own_option() {
  case $1 in
    --list) actions+=("$1") ;;
    --json) format=json ;;
    --promote) promote=yes ;;
    --dry-run) dry_run=yes ;;
    --upload)
      value_of "$1" $#
      actions+=("$1")
      upload=$2 taken=2
      ;;
    --discard | --drop-former)
      value_of "$1" $#
      actions+=("$1")
      [[ $2 =~ ^[0-9a-f]{12}$ ]] || problem "$1: \"$2\" is not an id of 12 hexadecimal digits; ./slipway dump STACK --list has them"
      id=$2 taken=2
      ;;
    *) return 1 ;;
  esac
}

parse "$@"
stack_alone
((${#actions[@]} < 2)) || problem "${actions[*]}: one of them at a time"
action=${actions[0]:---make}
[[ $format == text || $action == --list ]] || problem '--json: goes with --list'
[[ -z $promote || $action == --upload ]] || problem '--promote: goes with --upload FILE'
if [[ $action == --upload ]]; then
  [[ -f $upload && -r $upload ]] || problem "--upload: \"$upload\" is no file that can be read"
  [[ ! -f $upload || -s $upload ]] || problem "--upload: \"$upload\" is empty"
  [[ $upload =~ [.](dump|sql)([.]gz)?$ ]] || problem "--upload: \"$upload\" ends in none of .dump, .sql, .dump.gz and .sql.gz"
fi
no_problems
need_hosts
verbs=$(described "$file" '.verbs | join(", ")')
[[ ", $verbs, " == *", dump, "* ]] || {
  note "refused: there is no dump for $stack; what can be run on its hosts: $verbs"
  exit 11
}

# --- on a host -------------------------------------------------------------------------------------------------------

# on_a_host NAME=VALUE...: the stack's document on the first of its hosts that can be reached, in place of this script. Which
# one it is doesn't matter: the database is the same.
on_a_host() {
  local host status=0
  list_hosts
  ((list_status == 0)) || exit "$list_status"
  for host in "${fleet[@]}"; do
    status=0
    run_words "$host" dump "$@" "actor=$(who)"
    "${command_line[@]}" || status=$?
    ((status == 30)) || exit "$status"
  done
  exit "$status"
}

# --- an upload -------------------------------------------------------------------------------------------------------

# find_dumps: sets dumps_bucket and dumps_machine.
find_dumps() {
  need_backend
  fetch_outputs
  dumps_bucket=$(jq -r '.dumpsBucket // empty' "$scratch/outputs")
  dumps_machine=$(jq -r '.dumpsStateMachine // empty' "$scratch/outputs")
  [[ -n $dumps_bucket && $dumps_machine == arn:* ]] ||
    die "the state of $stack has no outputs dumpsBucket and dumpsStateMachine: has it slipway:dumps, and was it brought up since? ./slipway up $stack"
}

# find_execution VERSION: sets execution to the ARN of the one that took this object up.
find_execution() {
  local deadline=$((SECONDS + 180)) found='' arn input
  while ((SECONDS < deadline)); do
    patiently found stepfunctions list-executions --region "$region" --state-machine-arn "$dumps_machine" --max-items 20 \
      --output text --query 'executions[].[executionArn]' || die "the executions of $dumps_machine can't be listed: $error_text"
    while read -r arn; do
      [[ $arn == arn:* ]] || continue
      patiently input stepfunctions describe-execution --region "$region" --execution-arn "$arn" --output text --query input || continue
      if [[ $input == *"\"$1\""* ]]; then
        execution=$arn
        return
      fi
    done <<<"$found"
    pause 3
  done
  die "nothing has taken up s3://$dumps_bucket/$key within 3 min: look at the rule of EventBridge and at $dumps_machine"
}

# told: what was said of the execution's states.
told=0
tell_states() {
  local found='' line at name
  patiently found stepfunctions get-execution-history --region "$region" --execution-arn "$execution" --output text \
    --query 'events[?stateEnteredEventDetails].[timestamp, stateEnteredEventDetails.name]' || return 0
  mapfile -t entered <<<"$found"
  for line in "${entered[@]:told}"; do
    IFS=$'\t' read -r at name <<<"$line"
    [[ -n $name ]] || continue
    told=$((told + 1))
    note "$name ($at)"
  done
}

# follow_execution SECONDS: to its end, and leaves as it did.
follow_execution() {
  local deadline=$((SECONDS + $1)) answer='' state error cause
  note "execution ${execution##*:}"
  while true; do
    patiently answer stepfunctions describe-execution --region "$region" --execution-arn "$execution" --output json ||
      {
        note "the execution $execution can't be asked any more: $error_text. It goes on"
        exit 32
      }
    state=$(jq -r .status <<<"$answer")
    tell_states
    [[ $state == RUNNING ]] || break
    ((SECONDS < deadline)) || {
      note "still at work after $1 s, and it goes on: aws stepfunctions describe-execution --region $region --execution-arn $execution"
      exit 31
    }
    pause 5
  done
  if [[ $state == SUCCEEDED ]]; then
    # The state AlreadyDone: what was asked for happened before, and what is live now is not known from it.
    if [[ $(jq -r '.output // "{}" | fromjson? // {} | objects | .claim | objects | .outcome // empty' <<<"$answer") == 'done' ]]; then
      note "refused: the content of ${upload##*/} was restored${promote:+ and promoted} before, and nothing was done. ./slipway dump $stack --list says what there is; to have it restored again, ./slipway dump $stack --discard ${sha:0:12} first"
      exit 11
    fi
    jq -r '.output // "{}" | fromjson? // {} | objects | to_entries[] | select(.value | type == "string" or type == "number" or type == "boolean") | "  \(.key): \(.value)"' <<<"$answer"
    say "$stack: ${upload##*/} is $(if [[ -n $promote ]]; then say 'the live database'; else say "restored beside the live database as restore_${sha:0:12}"; fi)"
    return 0
  fi
  error=$(jq -r '.error // empty' <<<"$answer")
  # A function's own error comes as Lambda's JSON, with its sentence in it; a step that ran out of time says nothing.
  cause=$(jq -r '.cause // empty | (fromjson? | objects | .errorMessage | strings) // .' <<<"$answer" | tr -d '\000-\010\013-\037\177')
  note "$state${error:+: $error}${cause:+: $cause}"
  [[ $error != DumpRefused ]] || exit 11
  exit 1
}

# upload_file: under a name of its own, with what is said of it beside it.
upload_file() {
  local version='' metadata=sha256=$sha
  [[ -z $promote ]] || metadata+=,promote=yes
  aws s3 cp --region "$region" --only-show-errors --no-progress --metadata "$metadata" "$upload" "s3://$dumps_bucket/$key" ||
    die "$upload can't be uploaded to s3://$dumps_bucket/$key (aws says why above)"
  patiently version s3api head-object --region "$region" --bucket "$dumps_bucket" --key "$key" --output text --query VersionId ||
    die "what was uploaded can't be asked for its version: $error_text"
  note "uploaded s3://$dumps_bucket/$key, version $version"
  find_execution "$version"
}

# follow_seconds: what --timeout says.
follow_seconds() {
  local index
  for index in "${!run_options[@]}"; do
    if [[ ${run_options[index]} == --timeout ]]; then
      say "${run_options[index + 1]}"
      return
    fi
  done
  say 7200
}

if [[ $action == --upload ]]; then
  sha=$(sha256 "$upload")
  name=${upload##*/}
  name=${name//[^A-Za-z0-9._-]/-}
  ((${#name} <= 120)) || name=${name: -120}
  key=db-dumps/$(date -u +%Y%m%dT%H%M%SZ)-$name
fi
if [[ -n $dry_run ]]; then
  case $action in
    --make) say "would make a dump of the database of $stack, on one of its hosts" ;;
    --list) say "would ask one of the hosts of $stack" ;;
    --upload) say "would upload $upload as $key (SHA-256 $sha), to be restored as restore_${sha:0:12}${promote:+ and promoted to the live database}" ;;
    --discard) say "would drop restore_$id of $stack" ;;
    --drop-former) say "would drop what was live before $id was promoted" ;;
  esac
  exit
fi
need_aws
need_jq
make_scratch
case $action in
  --make) on_a_host step=make reason=asked ;;
  --list)
    [[ $format == json ]] || on_a_host step=list output=text --quiet
    (on_a_host step=list output=json --quiet) | sed '/^slipway: /d'
    ;;
  --discard) on_a_host step=discard "id=$id" ;;
  --drop-former) on_a_host step=drop-former "id=$id" ;;
  --upload)
    find_dumps
    upload_file
    follow_execution "$(follow_seconds)"
    ;;
esac
