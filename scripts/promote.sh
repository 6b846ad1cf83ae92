#!/usr/bin/env bash
# Takes to production what ran in QA, and nothing else.
# Task: Change
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway promote STACK REF [--only STEP] [options]

Three steps, each of which refuses with status 11 before anything has changed:

  guard    the stack's GitHub environment lets nobody release without another's approval
  ran      the stack QA, slipway:promotedFrom in the stack's file, served this very REF, without failing
  release  ./slipway release STACK REF, which returns to the release before when REF does not work

REF is a commit of 40 digits or a sha256: digest, of several apps APP@sha256:DIGEST joined by commas: a branch or tag could be something else by now than what ran in QA.

  --only STEP              this step alone; in a workflow each has rights of its own
  --environment ENV        the GitHub environment; default STACK
  --guard KIND             reviewers (default) or branch, see scripts/ci/guard.sh --help
  --repository OWNER/REPO  default that of the workflow, or of this folder
USAGE
  common_options_help
}

readonly REFUSED=11
from='' only='' environment='' guard=reviewers guarded=()
own_option() {
  case $1 in
    --only | --environment | --guard | --repository) ;;
    *) return 1 ;;
  esac
  value_of "$1" $#
  case $1 in
    --only) only=$2 ;;
    --environment) environment=$2 ;;
    --guard) guard=$2 ;;
    --repository) guarded=(--repository "$2") ;;
  esac
  taken=2
}

parse "$@"
((${#words[@]} == 2)) || problem "STACK and REF are needed, and ${#words[@]} words were given"
ref=${words[1]:-}
[[ -z $ref || $ref =~ ^([0-9a-f]{40}|sha256:[0-9a-f]{64}|[a-z][a-z0-9-]*@sha256:[0-9a-f]{64}(,[a-z][a-z0-9-]*@sha256:[0-9a-f]{64})*)$ ]] ||
  problem "REF: \"$ref\" is not a commit of 40 digits, a sha256: digest or APP@sha256:DIGEST; ./slipway status tells what serves in QA"
target=$stack
[[ $only =~ ^(|guard|ran|release)$ ]] || problem "--only: \"$only\" is not guard, ran or release"
# The file says it, which is reviewed, and not whoever starts this: the proof is not theirs to choose.
if [[ -e ${file:-} ]]; then
  from=$(stack_value "$file" slipway:promotedFrom)
  if [[ -z $from ]]; then
    problem "$file: slipway:promotedFrom is missing: the stack where REF has to have served"
  elif [[ $from == "$target" ]]; then
    problem "$file: slipway:promotedFrom: $from is the stack that is to be released to"
  else
    (need_stack "$from" && no_problems) || exit
  fi
fi
environment=${environment:-$target}
no_problems
need_jq
make_scratch

refuse() {
  note "$*"
  note 'nothing was changed'
  exit "$REFUSED"
}

step_guard() {
  "$root/scripts/ci/guard.sh" "$environment" --by "$guard" "${guarded[@]}"
  output from "$from"
}

# --- ran -----------------------------------------------------------------------------------------------------------

# step_ran: each app's image may have served in a release of its own.
step_ran() {
  local id part failed
  # shellcheck disable=SC2016 # jq's own variables
  local matching='def matching: select(.commit == $ref or .imageDigest == $ref
      or ($ref | contains("@")) and ((.ref // "") | split(",") | index($ref)) != null);
    def tried: [.release // empty, (.history // [])[] | matching];'
  "$root/scripts/status.sh" "$from" --json "${run_options[@]}" >"$scratch/status" ||
    refuse "$from can't be asked what it served"
  for part in ${ref//,/ }; do
    id=$(jq -r --arg ref "$part" "$matching"'tried | map(select(.outcome == "ok")) | first | .id // empty' "$scratch/status")
    [[ -n $id ]] || refuse "$part never served in $from; it served:
$(jq -r '[.release // empty, (.history // [])[]] | unique_by(.id) | reverse | .[]
    | "  \(.id)  \(.imageDigest // .commit // .ref)  \(.outcome)"' "$scratch/status")"
    # Of several hosts those before the one where it failed had it for a while.
    failed=$(jq -r --arg ref "$part" "$matching"'[(.hosts // [])[]
      | select(([tried[], (.inProgress // empty | matching)] | length > 0) and (any(tried[]; .outcome == "ok") | not)) | .instance] | join(" ")' "$scratch/status")
    [[ -z $failed ]] || refuse "$part failed in $from, on $failed"
    say "$from: $part served as release $id"
  done
}

step_release() {
  exec "$root/scripts/release.sh" "$target" "$ref" --region "$region" "${run_options[@]}"
}

for step in guard ran release; do
  [[ -z $only || $only == "$step" ]] || continue
  "step_$step"
done
