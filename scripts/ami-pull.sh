#!/usr/bin/env bash
# Proposes newer images for the hosts in a pull request.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ami-pull.sh [--base BRANCH]

Runs scripts/ami.sh for every stack that pins an image. When one has a newer one, commits the stack files to the branch
automation/ami and opens a pull request for it, or renews the one that is open. The machine is replaced when that is
applied; the data volume stays.

  --base BRANCH  what the pull request goes into; default develop

Needs a clean working tree, gh with contents: write and pull-requests: write, and credentials for ssm:GetParameter on
AWS's public parameters.
USAGE
}

readonly BRANCH=automation/ami
base=develop
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --base)
      value_of "$1" $#
      base=$2
      shift
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done
[[ $base =~ ^[A-Za-z0-9._/-]{1,200}$ ]] || problem "--base: \"$base\" is not a branch's name"
no_problems
need_gh
need_repository
[[ -z $(git -C "$root" status --porcelain --untracked-files=no) ]] || die 'there are changes that are not committed'
make_scratch

while read -r stack; do
  ! grep -q -E '^ +ami:|[{,] *ami:' "$(stack_file "$stack")" || "$root/scripts/ami.sh" "$stack" </dev/null >>"$scratch/said"
done < <(stack_names)
cat "$scratch/said" 2>/dev/null || true
if git -C "$root" diff --quiet; then
  say 'every stack has the newest image already'
  exit
fi

# gh lends git its token, which so stands in no address and in no configuration.
git=(git -C "$root" -c credential.helper= -c 'credential.helper=!gh auth git-credential')
"${git[@]}" checkout -q -B "$BRANCH"
"${git[@]}" -c user.name='github-actions[bot]' -c user.email='41898282+github-actions[bot]@users.noreply.github.com' \
  commit -q -a -m 'Take the newest Ubuntu images'
"${git[@]}" push -q --force "https://${GH_HOST:-github.com}/$repository.git" "HEAD:refs/heads/$BRANCH"
{
  printf 'Canonical published newer images of Ubuntu 24.04:\n\n'
  sed -n 's/.*\(Pulumi\..*\)/- \1/p' "$scratch/said"
  printf '\nEach machine is replaced at the next up; its data volume and its address stay.\n'
  run=$(run_url)
  [[ -z $run ]] || printf '\n[The run](%s)\n' "$run"
} >"$scratch/body"
number=$(gh pr list --repo "$repository" --head "$BRANCH" --state open --json number --jq '.[0].number // empty')
if [[ -n $number ]]; then
  gh pr edit "$number" --repo "$repository" --body-file "$scratch/body"
else
  gh pr create --repo "$repository" --head "$BRANCH" --base "$base" --title 'Take the newest Ubuntu images' \
    --body-file "$scratch/body"
fi
