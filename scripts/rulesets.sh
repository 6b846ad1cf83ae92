#!/usr/bin/env bash
# Gives the repository the branch rules and environments that a file says.
# Task: Set up
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway rulesets [--yes | --check] [options]

Compares .github/rulesets.json with what GitHub has, shows the difference, asks, and makes it so. Run again it finds
nothing to do. Rulesets and environments that the file doesn't name are left alone, and so is every field of a ruleset
that it doesn't name.

  --yes                    doesn't ask
  --check                  shows the difference and changes nothing; leaves with 3 when there is one
  --file FILE              default .github/rulesets.json
  --repository OWNER/REPO  default that of the workflow, or of this folder

The file has "rulesets", in the form of GitHub's API, and "environments":

  name, reviewers ("user:NAME" or "team:NAME", at most six), preventSelfReview, waitMinutes,
  branches ("any", "protected", or a list of names and patterns)

Needs gh with a token that may administer the repository; a workflow's own token may not.
USAGE
}

yes='' check='' source_file=$root/.github/rulesets.json repository=''
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --yes) yes=yes ;;
    --check) check=yes ;;
    --file | --repository)
      value_of "$1" $#
      if [[ $1 == --file ]]; then source_file=$2; else repository=$2; fi
      shift
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done
[[ -r $source_file ]] || problem "--file: \"$source_file\" can't be read"
[[ -z $yes || -z $check ]] || problem '--yes and --check exclude each other'
no_problems
need_gh

wrong=$(jq -r '
  (if (.rulesets | type) == "array" then .rulesets[] | select(.name == null or .rules == null or .conditions == null)
     | "a ruleset needs name, conditions and rules: \(tojson[:80])" else "rulesets is missing" end),
  (if (.environments | type) == "array" then .environments[]
     | (select((.name // "") | test("^[A-Za-z0-9._-]{1,100}$") | not) | "an environment needs a plain name: \(tojson[:80])"),
       ((.reviewers // [])[] | select(test("^(user|team):[A-Za-z0-9._-]+$") | not) | "\"\(.)\" is not user:NAME or team:NAME"),
       (select((keys - ["name", "reviewers", "preventSelfReview", "waitMinutes", "branches"]) != [])
         | "\(.name): does not know \(keys - ["name", "reviewers", "preventSelfReview", "waitMinutes", "branches"] | join(", "))"),
       (select((.branches | type) != "array" and .branches != "any" and .branches != "protected")
         | "\(.name): branches is \"any\", \"protected\" or a list")
   else "environments is missing" end)' "$source_file") || die "$source_file is not JSON of that form"
if [[ -n $wrong ]]; then
  while IFS= read -r line; do problem "${source_file##*/}: $line"; done <<<"$wrong"
fi
no_problems
need_repository
make_scratch

# ask METHOD PATH [FILE]: one call; what it answers is in $scratch/answer.
ask() {
  local input=()
  [[ $# -lt 3 ]] || input=(--input "$3")
  gh api --method "$1" "$2" "${input[@]}" >"$scratch/answer" 2>"$scratch/error"
}

# must METHOD PATH [FILE]: the same, and the end when GitHub refuses.
must() {
  ask "$@" || die "GitHub refuses $1 $2: $(tail -n 2 "$scratch/error")
Reviewers in a private repository need GitHub Enterprise; docs/workflows.md has the other way. Rules need a token that
may administer the repository."
}

missing() { grep -q 'HTTP 404' "$scratch/error"; }

# --- what is wanted, and what is there -----------------------------------------------------------------------------

jq '{rulesets: (.rulesets | map({key: .name, value: .}) | from_entries),
     environments: (.environments | map({key: .name, value: ({reviewers: [], preventSelfReview: false, waitMinutes: 0} + .
       | .reviewers |= sort | if (.branches | type) == "array" then .branches |= sort else . end)}) | from_entries)}' \
  "$source_file" >"$scratch/wanted"

# rulesets_there: those that the file names, with their ids.
rulesets_there() {
  must GET "repos/$repository/rulesets?per_page=100"
  jq -r --slurpfile wanted "$scratch/wanted" \
    '.[] | select(.source_type != "Organization" and $wanted[0].rulesets[.name] != null) | .id' "$scratch/answer" >"$scratch/ids"
  local id
  : >"$scratch/rulesets"
  while read -r id; do
    must GET "repos/$repository/rulesets/$id"
    cat "$scratch/answer" >>"$scratch/rulesets"
  done <"$scratch/ids"
  jq -s 'map({key: .name, value: .}) | from_entries' "$scratch/rulesets"
}

# environments_there: those that the file names, in the file's own form.
environments_there() {
  local name
  : >"$scratch/environments"
  while read -r name; do
    if ! ask GET "repos/$repository/environments/$name"; then
      missing || die "the environment $name can't be read: $(tail -n 2 "$scratch/error")"
      continue
    fi
    cp "$scratch/answer" "$scratch/environment"
    printf '{"branch_policies": []}' >"$scratch/answer"
    if [[ $(jq '.deployment_branch_policy.custom_branch_policies // false' "$scratch/environment") == true ]]; then
      must GET "repos/$repository/environments/$name/deployment-branch-policies?per_page=100"
    fi
    jq --slurpfile policies "$scratch/answer" '
      ([.protection_rules[]? | select(.type == "required_reviewers")] | first) as $review
      | {name,
         reviewers: ([$review.reviewers[]? | if .type == "Team" then "team:\(.reviewer.slug)" else "user:\(.reviewer.login)" end] | sort),
         preventSelfReview: ($review.prevent_self_review // false),
         waitMinutes: ([.protection_rules[]? | select(.type == "wait_timer") | .wait_timer] | first // 0),
         branches: (.deployment_branch_policy | if . == null then "any" elif .protected_branches then "protected"
           else ([$policies[0].branch_policies[].name] | sort) end)}' "$scratch/environment" >>"$scratch/environments"
  done < <(jq -r '.environments | keys[]' "$scratch/wanted")
  jq -s 'map({key: .name, value: .}) | from_entries' "$scratch/environments"
}

rulesets_there >"$scratch/rulesets-there"
environments_there >"$scratch/environments-there"
jq -n --slurpfile rulesets "$scratch/rulesets-there" --slurpfile environments "$scratch/environments-there" \
  '{rulesets: $rulesets[0], environments: $environments[0]}' >"$scratch/there"

# GitHub adds fields and defaults of its own, in an order of its own: of each object only the fields that the file names
# are compared, and lists of rules, checks and names by what they hold.
# shellcheck disable=SC2016 # jq's own variables
readonly COMPARABLE='
  def ordered: if type == "array" then map(ordered) | sort_by(if type == "object" then (.type // .context // tojson) else tojson end)
    elif type == "object" then map_values(ordered) else . end;
  def cut($want):
    if type == "object" and ($want | type) == "object" then
      . as $have | $want | with_entries(select(.key as $k | $have | has($k)) | .key as $k | .value as $w | .value = ($have[$k] | cut($w)))
    elif type == "array" and ($want | type) == "array" then
      map(. as $item | if type == "object" then
        ([$want[] | select(type == "object" and (.type // .context) == ($item | .type // .context))] | first) as $w
        | if $w == null then . else cut($w) end else . end)
    else . end;'
jq -S "$COMPARABLE"' ordered' "$scratch/wanted" >"$scratch/file"
jq -S --slurpfile wanted "$scratch/wanted" "$COMPARABLE"' cut($wanted[0]) | ordered' "$scratch/there" >"$scratch/github"

if diff -u --label GitHub --label "${source_file##*/}" "$scratch/github" "$scratch/file" >"$scratch/diff"; then
  say "$repository is as ${source_file##*/} says"
  exit
fi
cat "$scratch/diff"
[[ -z $check ]] || exit 3
if [[ -z $yes ]]; then
  [[ -t 0 ]] || die 'nobody is here to ask; give --yes'
  printf '\nTo make %s so, type yes: ' "$repository"
  read -r answer
  [[ $answer == yes ]] || die 'nothing was changed'
fi

# --- making it so --------------------------------------------------------------------------------------------------

# differs KIND NAME: whether this one is among what differs.
differs() {
  # shellcheck disable=SC2016 # jq's own variables
  jq -en --arg kind "$1" --arg name "$2" --slurpfile file "$scratch/file" --slurpfile github "$scratch/github" \
    '$file[0][$kind][$name] != $github[0][$kind][$name]' >/dev/null
}

while read -r name; do
  differs rulesets "$name" || continue
  jq --arg name "$name" '.rulesets[$name]' "$scratch/wanted" >"$scratch/payload"
  id=$(jq -r --arg name "$name" '.[$name].id // empty' "$scratch/rulesets-there")
  if [[ -n $id ]]; then
    must PUT "repos/$repository/rulesets/$id" "$scratch/payload"
    say "ruleset $name: changed"
  else
    must POST "repos/$repository/rulesets" "$scratch/payload"
    say "ruleset $name: made"
  fi
done < <(jq -r '.rulesets | keys[]' "$scratch/wanted")

# reviewer_ids NAME: the reviewers of an environment, as the API wants them, a line each.
reviewer_ids() {
  local reviewer kind who
  while IFS=: read -r kind who; do
    if [[ $kind == team ]]; then
      ask GET "orgs/${repository%%/*}/teams/$who" || die "environment $1: there is no team $who in ${repository%%/*}; put your own into $source_file"
      reviewer=Team
    else
      ask GET "users/$who" || die "environment $1: there is no user $who"
      reviewer=User
    fi
    jq -c --arg type "$reviewer" '{type: $type, id}' "$scratch/answer"
  done < <(jq -r --arg name "$1" '.environments[$name].reviewers[]' "$scratch/wanted")
}

while read -r name; do
  differs environments "$name" || continue
  reviewer_ids "$name" >"$scratch/reviewers"
  jq --arg name "$name" --slurpfile reviewers "$scratch/reviewers" '.environments[$name]
    | {wait_timer: .waitMinutes, prevent_self_review: .preventSelfReview, reviewers: $reviewers,
       deployment_branch_policy: (if .branches == "any" then null
         else {protected_branches: (.branches == "protected"), custom_branch_policies: (.branches != "protected")} end)}' \
    "$scratch/wanted" >"$scratch/payload"
  must PUT "repos/$repository/environments/$name" "$scratch/payload"
  if [[ $(jq -r --arg name "$name" '.environments[$name].branches | type' "$scratch/wanted") == array ]]; then
    policies=repos/$repository/environments/$name/deployment-branch-policies
    must GET "$policies?per_page=100"
    cp "$scratch/answer" "$scratch/policies"
    while read -r branch; do
      jq -n --arg name "$branch" '{name: $name}' >"$scratch/payload"
      must POST "$policies" "$scratch/payload"
    done < <(jq -r --arg name "$name" --slurpfile have "$scratch/policies" \
      '.environments[$name].branches - [$have[0].branch_policies[].name] | .[]' "$scratch/wanted")
    while read -r id; do
      must DELETE "$policies/$id"
    done < <(jq -r --arg name "$name" --slurpfile wanted "$scratch/wanted" \
      '.branch_policies[] | select(.name as $n | $wanted[0].environments[$name].branches | index($n) | not) | .id' "$scratch/policies")
  fi
  say "environment $name: as the file says"
done < <(jq -r '.environments | keys[]' "$scratch/wanted")
