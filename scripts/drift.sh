#!/usr/bin/env bash
# Looks whether what is on AWS is still what the stack files say.
# Task: Look
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway drift [STACK...] [--out FILE] [--issue]

Previews every stack, or these, against what AWS tells of each resource today, and changes nothing. Then asks how old
the newest backup is and how the last drill ended: the hosts, or, with a role that may not command them, the metrics
that they publish. A stack that was never bootstrapped is named and left out. Where an update is under way its holder is
named, since what is shown may be out of date when that is done.

  --out FILE  writes the report, which is Markdown, there as well
  --issue     keeps it as one issue (scripts/ci/comment.sh): opened or changed when there is something to tell, closed
              when there is nothing any more

Exit status: 0 all is well; 3 something differs, the newest backup is older than 48 hours or there is none, or the last
drill failed; 1 a stack couldn't be looked at.
USAGE
}

out='' issue=''
take_options out issue "$@"
names=("${words[@]}")
((${#names[@]})) || mapfile -t names < <(stack_names)
for name in "${names[@]}"; do
  region=''
  need_stack "$name"
done
no_problems
need_jq
need_aws
make_scratch
"$root/scripts/dev/build.sh" --cds >&2
need_pulumi
readonly MOST_HOURS=48

# --- one stack -----------------------------------------------------------------------------------------------------

# look: previews $stack with a refresh, and writes what differs to $scratch/steps, a line each, and who holds the stack to
# $scratch/holders. A preview takes no lock.
look() {
  need_backend
  need_account
  need_state
  read_runs
  for lock in "${locks[@]}"; do
    ! look_at_lock "$lock" || printf '%s\n' "$lock_text" >>"$scratch/holders"
  done
  make_project
  engine preview --refresh --json --suppress-progress >"$scratch/preview"
  # Where nothing changes there are no steps.
  jq -e 'has("steps") or has("changeSummary")' "$scratch/preview" >/dev/null
  jq -r '
    # A replacement is several steps.
    [.steps[]? | select(.op != "same" and .op != "read" and .op != "refresh")] | group_by(.urn)[]
    | (map(select(.op == "replace")) | first) // first
    | (.urn | split("::")) as $urn | ($urn[2] | split("$") | last) as $type
    | "- \(.op) \($type) **\($urn[3])**\(if .diffReasons then ": " + (.diffReasons | join(", ")) else "" end)"' \
    "$scratch/preview" >"$scratch/steps"
}

# metric NAME STATISTIC: the newest value of the last day, empty when there is none.
metric() {
  local value=''
  try_aws value cloudwatch get-metric-statistics --region "$region" --namespace Slipway --metric-name "$1" \
    --dimensions "Name=Stack,Value=$stack" --start-time "$(date -u -d '-26 hours' +%FT%TZ)" \
    --end-time "$(date -u +%FT%TZ)" --period 3600 --statistics "$2" --output text \
    --query "sort_by(Datapoints, &Timestamp)[-1].$2" || return 0
  [[ $value == None ]] || say "$value"
}

# watch_backups: sets $backup and $drill to a few words each, and adds to $worries. What isn't known is none: a stopped
# instance publishes nothing, and the alarms watch that too.
watch_backups() {
  local hours='' outcome=''
  backup='not known' drill='not known'
  if "$root/scripts/status.sh" "$stack" --json --delivery-timeout 30 >"$scratch/status" 2>/dev/null; then
    if jq -e '(.apps // []) != []' "$scratch/status" >/dev/null; then
      backup='not on the hosts' drill='not on the hosts'
      return
    fi
    hours=$(jq -r '.backup.ageHours // "none"' "$scratch/status")
    outcome=$(jq -r '.drill.outcome // "none"' "$scratch/status")
    drill="$outcome, $(jq -r '.drill.at // empty' "$scratch/status")"
  else
    hours=$(metric BackupAgeHours Maximum)
    outcome=$(metric DrillOk Minimum)
    case ${outcome%.*} in
      '') ;;
      0) outcome=failed drill=failed ;;
      *) outcome=ok drill=ok ;;
    esac
  fi
  case $hours in
    '') ;;
    none)
      backup='**there is none**'
      worries+=("- there is no backup, or its bucket can't be asked; ./slipway backup makes one")
      ;;
    *)
      hours=${hours%.*}
      backup="$hours h old"
      if ((hours > MOST_HOURS)); then
        backup="**$backup**"
        worries+=("- the newest backup is $hours h old, and should be no older than $MOST_HOURS h: docs/runbooks/backup-and-restore.md")
      fi
      ;;
  esac
  case $outcome in
    '' | ok) ;;
    none) drill='none yet' ;;
    *)
      drill="**$drill**"
      worries+=('- the last drill failed: docs/runbooks/backup-and-restore.md')
      ;;
  esac
}

rows=() details=() drifted=0 blind=0 worried=0
for name in "${names[@]}"; do
  region=''
  need_stack "$name"
  if [[ -z $(stack_value "$file" secretsprovider) ]]; then
    rows+=("| $stack | not bootstrapped | | |")
    continue
  fi
  note "looking at $stack"
  : >"$scratch/preview"
  : >"$scratch/steps"
  : >"$scratch/holders"
  # Not as a condition, in which a failure inside would be passed over.
  set +e
  (set -e && look) 2>"$scratch/errors"
  status=$?
  set -e
  told=() worries=()
  if ((status == 0)); then
    count=$(wc -l <"$scratch/steps")
    verdict='as described'
    if ((count > 0)); then
      drifted=$((drifted + 1))
      verdict="**$count differ**"
      told+=("$(<"$scratch/steps")")
    fi
  else
    blind=$((blind + 1))
    verdict='**could not be looked at**'
    # With --json the engine may tell its troubles on either. Backticks could end the block.
    told+=('```' "$(cat "$scratch/errors" "$scratch/preview" | tail -n 15 | cut -c 1-500 | tr '`' "'")" '```')
  fi
  while IFS= read -r holder; do
    verdict+="; held by ${holder//|/ }; may be out of date"
  done <"$scratch/holders"
  backup='' drill=''
  [[ $(hosts_of "$file") == none ]] || watch_backups
  if ((${#worries[@]})); then
    worried=$((worried + 1))
    told+=("${worries[@]}")
  fi
  ((${#told[@]} == 0)) || details+=("### $stack" '' "${told[@]}" '')
  rows+=("| $stack | $verdict | $backup | $drill |")
done

# --- the report ----------------------------------------------------------------------------------------------------

{
  printf 'Looked at on %s.\n\n| Stack | Resources | Newest backup | Last drill |\n|---|---|---|---|\n' "$(date -u '+%F %H:%M UTC')"
  ((${#rows[@]} == 0)) || printf '%s\n' "${rows[@]}"
  printf '\n'
  ((${#details[@]} == 0)) || printf '%s\n' "${details[@]}"
  if ((drifted)); then
    printf 'Either the stack files are to say what is there, or ./slipway up STACK makes it what they say.\n'
  fi
  run=$(run_url)
  [[ -z $run ]] || printf '\n[The run](%s)\n' "$run"
} >"$scratch/report"
cat "$scratch/report"
summarize "$scratch/report"
[[ -z $out ]] || cp "$scratch/report" "$out"

if [[ -n $issue ]]; then
  if ((drifted + blind + worried)); then
    "$root/scripts/ci/comment.sh" --marker drift --issue 'What is on AWS is not what the stack files say' "$scratch/report"
  else
    "$root/scripts/ci/comment.sh" --marker drift --close "$scratch/report"
  fi
fi
((blind == 0)) || exit 1
((drifted + worried == 0)) || exit 3
