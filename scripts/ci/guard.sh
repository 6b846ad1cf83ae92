#!/usr/bin/env bash
# Refuses to go on where a GitHub environment lets anybody through.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ci/guard.sh ENVIRONMENT [--by reviewers | --by branch] [--repository OWNER/REPO]

Reads the protection of a GitHub environment, and refuses where there is none.

  --by reviewers           somebody has to approve each run that uses it (default)
  --by branch              where GitHub's plan has no required reviewers: the environment takes nothing but main, or
                           protected branches, and main takes nothing but reviewed pull requests
  --repository OWNER/REPO  default that of the workflow, or of this folder

Needs gh with a token that may read the repository's actions. Exit status: 0 protected; 11 not, or it can't be read.
USAGE
}

readonly REFUSED=11
environment='' guard=reviewers repository=''
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --by | --repository)
      value_of "$1" $#
      if [[ $1 == --by ]]; then guard=$2; else repository=$2; fi
      shift
      ;;
    -*) problem "\"$1\" is not an option" ;;
    *)
      [[ -z $environment ]] || problem "\"$1\": ENVIRONMENT is the only word that it takes"
      environment=$1
      ;;
  esac
  shift
done
[[ -n $environment ]] || problem 'ENVIRONMENT is missing'
[[ -z $environment || $environment =~ ^[A-Za-z0-9._-]{1,100}$ ]] || problem "ENVIRONMENT: \"$environment\" is not a plain name"
[[ $guard =~ ^(reviewers|branch)$ ]] || problem "\"$guard\" is not a guard: reviewers or branch"
no_problems
need_gh
need_repository
make_scratch

refuse() {
  note "$*"
  note 'nothing was changed'
  exit "$REFUSED"
}

# ask PATH: what GitHub answers, in $scratch/answer.
ask() { gh api "$1" >"$scratch/answer" 2>"$scratch/error"; }

guard_reviewers() {
  local reviewers
  reviewers=$(jq '[.protection_rules[]? | select(.type == "required_reviewers") | .reviewers[]?] | length' "$scratch/answer")
  ((reviewers > 0)) || refuse "the environment $environment of $repository has no required reviewers, so nobody would" \
    'be asked: give it some (./slipway rulesets), or see "Plans without required reviewers" in docs/workflows.md'
  jq -e '[.protection_rules[]? | select(.type == "required_reviewers") | .prevent_self_review == true] | any' \
    "$scratch/answer" >/dev/null ||
    note "the environment $environment lets a reviewer approve what they started themselves: tick \"Prevent self-review\""
  say "environment $environment: one of $reviewers reviewers has to approve"
}

guard_branch() {
  local branches reviews
  branches=$(jq -r '.deployment_branch_policy | if . == null then "any" elif .protected_branches then "protected" else "named" end' \
    "$scratch/answer")
  case $branches in
    named)
      ask "repos/$repository/environments/$environment/deployment-branch-policies" ||
        refuse "the branches of the environment $environment can't be read: $(cat "$scratch/error")"
      branches=$(jq -r '[.branch_policies[].name] | sort | join(" ")' "$scratch/answer")
      [[ $branches == main ]] ||
        refuse "the environment $environment takes these branches: $branches; it should be main alone"
      ;;
    # Of the others only main's rules are looked at.
    protected) refuse "the environment $environment takes every protected branch: limit it to main (./slipway rulesets)" ;;
    *) refuse "the environment $environment takes every branch: limit it to main (./slipway rulesets)" ;;
  esac
  ask "repos/$repository/rules/branches/main" || refuse "the rules for main can't be read: $(cat "$scratch/error")"
  reviews=$(jq '[.[] | select(.type == "pull_request") | .parameters.required_approving_review_count // 0] | max // 0' \
    "$scratch/answer")
  ((reviews > 0)) || refuse 'main takes commits that nobody has reviewed: ./slipway rulesets puts that right'
  say "environment $environment: only from main, which takes only what $reviews others have reviewed"
}

ask "repos/$repository/environments/$environment" ||
  refuse "the protection of the environment $environment of $repository can't be read: $(cat "$scratch/error")"
"guard_$guard"
