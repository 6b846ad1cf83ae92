#!/usr/bin/env bash
# Brings a stack up to date and releases on it: what a push to develop does.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ci/apply.sh STACK [--ref REF] [options]

Three steps, each of which has to end well before the next begins:

  up       ./slipway up STACK --yes
  release  ./slipway release STACK REF
  smoke    ./slipway status STACK: what serves is what was released, and every site answers

  --ref REF            what to release: a branch or commit, or a tag or sha256: digest. Without it the ref that
                       serves now is released again: a branch's newest commit, or a mere check
  --deploy-profile P   the AWS profile for up; default the credentials of the environment
  --release-profile P  the AWS profile for release and smoke; default the same
  --smoke-timeout S    how long it may take until all is as it should be; default 120
  --summary FILE       writes what happened there, as Markdown; in a workflow it goes to the run's summary as well
USAGE
  common_options_help
  cat <<'USAGE'

Exit status: 0 all three are done; else that of the step that failed (see ./slipway release --help).
USAGE
}

ref='' deploy_profile='' release_profile='' summary='' patience=120
own_option() {
  case $1 in
    --ref | --deploy-profile | --release-profile | --smoke-timeout | --summary) ;;
    *) return 1 ;;
  esac
  value_of "$1" $#
  case $1 in
    --ref) ref=$2 ;;
    --deploy-profile) deploy_profile=$2 ;;
    --release-profile) release_profile=$2 ;;
    --smoke-timeout) patience=$2 ;;
    --summary) summary=$2 ;;
  esac
  taken=2
}

parse "$@"
stack_alone
[[ -z $ref ]] || check_ref --ref "$ref"
check_number --smoke-timeout "$patience"
if [[ -e ${file:-} && $(described "$file" .workflows) == false ]]; then
  problem "stack: $stack is brought up by a person, and no workflow may change its own rights: ./slipway up $stack"
fi
no_problems
need_jq
make_scratch

# --- steps ---------------------------------------------------------------------------------------------------------

# as PROFILE COMMAND...: keys in the environment would win over the profile.
as() {
  local profile=$1
  shift
  if [[ -z $profile ]]; then
    "$@"
  else
    env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN AWS_PROFILE="$profile" "$@"
  fi
}

# ask_status: what the hosts say of themselves, in $scratch/status.
ask_status() {
  as "$release_profile" "$root/scripts/status.sh" "$stack" --json --region "$region" "${run_options[@]}" \
    >"$scratch/status"
}

told() { jq -r "$1 // empty" "$scratch/status" 2>/dev/null || true; }

step_up() { as "$deploy_profile" "$root/scripts/up.sh" "$stack" --yes; }

step_release() {
  if [[ -z $ref ]]; then
    ask_status || return
    ref=$(told '.release.ref // .desired.ref') || return
    if [[ -z $ref ]]; then
      note "nothing has been released on $stack yet: give --ref, or what the first release is made of in $file (slipway:release.seed, or slipway:imageTag of several apps)"
      return 11
    fi
    note "releasing $ref again, which serves now"
  fi
  as "$release_profile" "$root/scripts/release.sh" "$stack" "$ref" --region "$region" "${run_options[@]}"
}

# objections: what isn't as it should be, a line each. A branch or tag whose commit served already leaves the release's
# record as it was, under the name that it was asked for first; that it is the same is the release's own word.
objections() {
  # shellcheck disable=SC2016 # jq's own variables
  jq -r --arg ref "$ref" '
    (if .release == null then "no release serves"
     elif ($ref | test("^([0-9a-f]{40}|sha256:[0-9a-f]{64})$"))
       and ([.release.ref, .release.commit, .release.imageDigest] | index($ref)) == null
     then "\(.release.ref) (\(.release.id)) serves, and not \($ref)"
     else empty end),
    (if .inProgress then "\(.inProgress.verb) \(.inProgress.id) is unfinished" else empty end),
    ((.sites // [])[] | select(.status != 200) | "https://\(.name) answers \(.status)"),
    ((.sites // [])[] | select(.maintenance) | "https://\(.name) is in maintenance mode"),
    ((.hosts // [.])[] | (.apps // [])[] | select(.image and .status != 200) | "\(.name) answers \(.status)"),
    ((.containers // [])[] | select(.health == "unhealthy") | "container \(.service) is unhealthy")' "$scratch/status"
}

step_smoke() {
  local deadline=$((SECONDS + patience)) wrong
  while true; do
    ask_status || return
    wrong=$(objections) || return
    [[ -n $wrong ]] || return 0
    ((SECONDS < deadline)) || break
    pause 5
  done
  note "$stack does not serve as it should:"
  printf '  %s\n' "${wrong//$'\n'/$'\n'  }" >&2
  return 1
}

# --- what is told --------------------------------------------------------------------------------------------------

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

rows=() outcome=''

report() {
  local row commit site
  printf '### %s: %s\n\n' "$stack" "$outcome"
  printf '| | |\n|---|---|\n'
  while read -r site; do
    [[ -z $site ]] || printf '| Address | https://%s |\n' "$site"
  done < <(told '.sites[]?.name')
  if [[ -n $(told .release.id) ]]; then
    commit=$(told '.release.commit // .release.imageDigest')
    printf '| Serves | %s (%s) |\n' "$(told .release.ref)" "$(told .release.id)"
    [[ -z $commit || $commit == "$(told .release.ref)" ]] || printf '| Exactly | %s |\n' "$commit"
  fi
  for row in "${rows[@]}"; do say "$row"; done
  printf '\n'
}

# step NAME: runs it, and leaves with its status when it fails.
step() {
  local name=$1 began=$SECONDS status=0 word=ok
  printf '\n==> %s: %s\n' "$stack" "$name"
  "step_$name" || status=$?
  ((status == 0)) || word="failed with status $status"
  rows+=("| ${name^} | $word, $(clock $((SECONDS - began))) |")
  ((status != 0)) || return 0
  outcome="$name failed"
  exit "$status"
}

# shellcheck disable=SC2329 # the trap calls it
finish() {
  [[ -n $outcome ]] || outcome='interrupted'
  report >"$scratch/report"
  [[ -z $summary ]] || cp "$scratch/report" "$summary"
  summarize "$scratch/report"
  printf '\n'
  cat "$scratch/report"
  rm -rf "$scratch"
}
trap finish EXIT

step up
step release
step smoke
outcome=released
