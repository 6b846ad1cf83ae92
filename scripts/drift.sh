#!/usr/bin/env bash
# Looks whether what is on AWS is still what the stack files say.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/drift.sh [STACK...] [--out FILE] [--issue]

Previews every stack, or these, against what AWS tells of each resource today, and changes nothing. Then asks how old
the newest backup is and how the last drill ended: the hosts, or, with a role that may not command them, the metrics
that they publish. A stack that was never bootstrapped is named and left out.

  --out FILE  writes the report, which is Markdown, there as well
  --issue     keeps it as one issue (scripts/comment.sh): opened or changed when something differs or can't be looked
              at, closed when nothing does any more

Exit status: 0 nothing differs; 3 something does; 1 a stack couldn't be looked at.
USAGE
}

names=() out='' issue=''
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --issue) issue=yes ;;
    --out)
      value_of "$1" $#
      out=$2
      shift
      ;;
    -*) problem "\"$1\" is not an option" ;;
    *) names+=("$1") ;;
  esac
  shift
done
((${#names[@]})) || mapfile -t names < <(stack_names)
for name in "${names[@]}"; do
  region=''
  need_stack "$name"
done
no_problems
need_jq
need_aws
make_scratch
"$root/scripts/build.sh" --cds >&2
need_pulumi

# --- one stack -----------------------------------------------------------------------------------------------------

# look: previews $stack with a refresh, and writes what differs to $scratch/steps, a line each. A preview takes no lock.
look() {
  make_project
  engine preview --refresh --json --suppress-progress >"$scratch/preview" 2>"$scratch/errors" || return
  # Where nothing changes there are no steps.
  jq -e 'has("steps") or has("changeSummary")' "$scratch/preview" >/dev/null || return
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

# watch_backups: sets $backup and $drill to a few words each.
watch_backups() {
  backup='' drill=''
  if "$root/scripts/status.sh" "$stack" --json --delivery-timeout 30 >"$scratch/status" 2>/dev/null; then
    backup=$(jq -r '.backup | if . == null or .ageHours == null then "**there is none**" else "\(.ageHours) h old" end' "$scratch/status")
    drill=$(jq -r '.drill | if . == null then "none yet" else "\(.outcome), \(.at)" end' "$scratch/status")
    return
  fi
  local age ok
  age=$(metric BackupAgeHours Maximum)
  ok=$(metric DrillOk Minimum)
  backup='not known'
  [[ -z $age ]] || backup="${age%.*} h old"
  case ${ok%.*} in
    '') drill='not known' ;;
    0) drill='**failed**' ;;
    *) drill='ok' ;;
  esac
}

rows=() details=() drifted=0 blind=0
for name in "${names[@]}"; do
  region=''
  need_stack "$name"
  if [[ -z $(stack_value "$file" secretsprovider) ]]; then
    rows+=("| $stack | not bootstrapped | | |")
    continue
  fi
  note "looking at $stack"
  if look; then
    count=$(wc -l <"$scratch/steps")
    verdict='as described'
    if ((count > 0)); then
      drifted=$((drifted + 1))
      verdict="**$count differ**"
      details+=("### $stack" '' "$(<"$scratch/steps")" '')
    fi
  else
    blind=$((blind + 1))
    verdict='**could not be looked at**'
    # With --json the engine may tell its troubles on either.
    details+=("### $stack" '' '```' "$(cat "$scratch/errors" "$scratch/preview" | tail -n 15)" '```' '')
  fi
  backup='' drill=''
  # Foundation has no hosts.
  [[ $(stack_value "$file" slipway:system) == foundation ]] || watch_backups
  rows+=("| $stack | $verdict | $backup | $drill |")
done

# --- the report ----------------------------------------------------------------------------------------------------

{
  printf 'Looked at on %s.\n\n| Stack | Resources | Newest backup | Last drill |\n|---|---|---|---|\n' "$(date -u '+%F %H:%M UTC')"
  ((${#rows[@]} == 0)) || printf '%s\n' "${rows[@]}"
  printf '\n'
  ((${#details[@]} == 0)) || printf '%s\n' "${details[@]}"
  if ((drifted)); then
    printf 'Either the stack files are to say what is there, or scripts/up.sh STACK makes it what they say.\n'
  fi
  run=$(run_url)
  [[ -z $run ]] || printf '\n[The run](%s)\n' "$run"
} >"$scratch/report"
cat "$scratch/report"
summarize "$scratch/report"
[[ -z $out ]] || cp "$scratch/report" "$out"

if [[ -n $issue ]]; then
  if ((drifted + blind)); then
    "$root/scripts/comment.sh" --marker drift --issue 'What is on AWS is not what the stack files say' "$scratch/report"
  else
    "$root/scripts/comment.sh" --marker drift --close "$scratch/report"
  fi
fi
((blind == 0)) || exit 1
((drifted == 0)) || exit 3
