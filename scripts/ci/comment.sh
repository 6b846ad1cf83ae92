#!/usr/bin/env bash
# Keeps one comment on a pull request, or one issue, up to date.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ci/comment.sh --marker NAME --pull NUMBER FILE...
       scripts/ci/comment.sh --marker NAME --issue TITLE FILE...
       scripts/ci/comment.sh --marker NAME --close [FILE...]

Writes the files, which are Markdown, as one comment on a pull request, or as the text of one issue. An invisible
marker in the text says which it is, so that the next run changes it in place and makes no second one. Only what the
same account wrote is touched.

  --marker NAME            which comment or issue, for example preview or drift
  --pull NUMBER            the pull request
  --issue TITLE            the issue's title; an open one is changed, else a new one is made
  --close                  closes the open issue, if there is one, with the files as its last comment
  --repository OWNER/REPO  default that of the workflow, or of this folder

Needs gh, with GH_TOKEN or a `gh auth login`: pull-requests: write for a comment, issues: write for an issue.
USAGE
}

marker='' pull='' issue='' close='' repository=''
take_options 'marker pull issue repository' close "$@"
files=("${words[@]}")
[[ -n $marker ]] || problem '--marker is missing'
[[ -z $marker || $marker =~ ^[a-z][a-z0-9-]{0,30}$ ]] ||
  problem "--marker: \"$marker\" is not a name of lower-case letters, digits and hyphens"
[[ -z $pull || $pull =~ ^[1-9][0-9]{0,9}$ ]] || problem "--pull: \"$pull\" is not the number of a pull request"
ways=0
for word in "$pull" "$issue" "$close"; do [[ -z $word ]] || ways=$((ways + 1)); done
((ways == 1)) || problem 'one of --pull, --issue and --close is needed'
[[ -n $close || ${#files[@]} -gt 0 ]] || problem 'FILE is missing'
for word in "${files[@]}"; do [[ -r $word ]] || problem "\"$word\" can't be read"; done
no_problems
need_gh
need_repository
make_scratch

# GitHub takes 65,536 characters; a cut in the middle of a block of code would swallow the note after it.
readonly MOST=64000
sign="<!-- slipway:$marker -->"

# body: the marker, then the files.
body() {
  printf '%s\n' "$sign"
  local file
  for file in "${files[@]}"; do
    cat "$file"
    printf '\n'
  done
}

# payload [NAME VALUE]...: a request with the text, cut where GitHub would refuse it.
payload() {
  local options=()
  while (($#)); do
    options+=(--arg "$1" "$2")
    shift 2
  done
  jq -n --rawfile text "$scratch/body" --argjson most "$MOST" "${options[@]}" '
    {body: (if ($text | length) <= $most then $text
            else ($text[:$most] | sub("\n[^\n]*$"; "")) as $kept
              | $kept + (if ([$kept | scan("(?m)^```")] | length) % 2 == 1 then "\n```" else "" end)
              + "\n\n*Cut here: GitHub takes no longer text. The whole of it is on the page of the workflow run.*\n"
            end)} + ($ARGS.named | del(.text, .most))'
}

# ask METHOD PATH [FILE]: one call; what it answers is in $scratch/answer.
ask() {
  local input=()
  [[ $# -lt 3 ]] || input=(--input "$3")
  gh api --method "$1" "$2" "${input[@]}" >"$scratch/answer" ||
    die "$1 $2 failed; does the token have the permission that $program --help names?"
}

# me: who writes. A workflow's own token can't ask.
me() {
  if [[ -n ${GITHUB_ACTIONS:-} ]]; then say 'github-actions[bot]'; else gh api user --jq .login; fi
}

# ours PATH: numbers (ids for comments) of what carries the marker and is ours, the oldest first.
ours() {
  gh api --paginate "$1" >"$scratch/list" || die "$1 can't be read"
  # shellcheck disable=SC2016 # jq's own variables
  jq -r --arg sign "$sign" --arg me "$author" '
    .[] | select(.pull_request == null and .user.login == $me and ((.body // "") | startswith($sign)))
        | if .issue_url then .id else .number end' "$scratch/list"
}

author=$(me) || die "gh can't tell whose token this is: gh auth status"
body >"$scratch/body"
payload >"$scratch/payload"

if [[ -n $pull ]]; then
  comment=$(ours "repos/$repository/issues/$pull/comments?per_page=100" | head -n 1)
  if [[ -n $comment ]]; then
    ask PATCH "repos/$repository/issues/comments/$comment" "$scratch/payload"
    say "changed the comment on #$pull: $(jq -r .html_url "$scratch/answer")"
  else
    ask POST "repos/$repository/issues/$pull/comments" "$scratch/payload"
    say "commented on #$pull: $(jq -r .html_url "$scratch/answer")"
  fi
  exit
fi

number=$(ours "repos/$repository/issues?state=open&per_page=100" | head -n 1)
if [[ -n $close ]]; then
  if [[ -z $number ]]; then
    say "no issue $marker is open"
    exit
  fi
  ((${#files[@]} == 0)) || ask POST "repos/$repository/issues/$number/comments" "$scratch/payload"
  printf '{"state": "closed"}' >"$scratch/payload"
  ask PATCH "repos/$repository/issues/$number" "$scratch/payload"
  say "closed #$number"
elif [[ -n $number ]]; then
  payload title "$issue" >"$scratch/payload"
  ask PATCH "repos/$repository/issues/$number" "$scratch/payload"
  say "changed #$number: $(jq -r .html_url "$scratch/answer")"
else
  payload title "$issue" >"$scratch/payload"
  ask POST "repos/$repository/issues" "$scratch/payload"
  say "opened $(jq -r .html_url "$scratch/answer")"
fi
