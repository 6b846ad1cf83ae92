#!/usr/bin/env bash
# Proposes newer images for the hosts in a pull request.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ci/ami-pull.sh [--base BRANCH] [--only look | --only propose --images LIST]

Looks for newer images for every stack that pins one. When there are some, commits the stack files to the branch
automation/ami and opens a pull request for it, or renews the one that is open. The machine is replaced when that is
applied; the data volume stays.

  --base BRANCH   what the pull request goes into; default develop
  --only look     only looks, prints what is newer as STACK=IMAGE, and hands it to a workflow's next steps as images
  --only propose  only proposes what --images says; asks AWS nothing
  --images LIST   as the other printed it

The stack files are those of SLIPWAY_PROJECT, where that is set: a clean checkout of the base. Looking needs credentials
for ssm:GetParameter on AWS's public parameters; proposing needs gh with contents: write and pull-requests: write.
USAGE
}

readonly BRANCH=automation/ami
base=develop only='' images=''
take_options 'base only images' '' "$@"
((${#words[@]} == 0)) || problem "\"${words[0]}\": it takes no words"
[[ $base =~ ^[A-Za-z0-9._/+#@=,%!-]{1,200}$ ]] || problem "--base: \"$base\" is not a branch's name"
[[ $only =~ ^(|look|propose)$ ]] || problem "--only: \"$only\" is not look or propose"
[[ -z $images || $only == propose ]] || problem '--images: goes with --only propose'
for image in $images; do
  [[ $image =~ ^[a-z][a-z0-9-]{0,30}=ami-[0-9a-f]{8,17}$ ]] || problem "--images: \"$image\" is not STACK=IMAGE"
done
no_problems
make_scratch
folder=$(stack_folder)
mapfile -t names < <(stack_names)
need_readable "${names[@]}"
no_problems

# look: sets $images to what is newer than the files say.
look() {
  local stack id file
  while read -r stack; do
    file=$(stack_file "$stack")
    [[ -n $(stack_query "$file" '.config | to_entries[] | .value | objects | select(has("ami")) | "yes"') ]] || continue
    id=$("$root/scripts/ami.sh" "$stack" --print </dev/null)
    [[ $id =~ (ami-[0-9a-f]+) ]] || die "scripts/ami.sh $stack --print tells no image: $id"
    id=${BASH_REMATCH[1]}
    grep -qw "$id" "$file" || images+="${images:+ }$stack=$id"
  done < <(stack_names)
}

propose() {
  local git image number run
  # gh lends git its token, which so stands in no address and in no configuration.
  git=(git -C "$folder" -c credential.helper= -c 'credential.helper=!gh auth git-credential')
  [[ -z $("${git[@]}" status --porcelain --untracked-files=no) ]] || die "there are changes in $folder that are not committed"
  for image in $images; do
    "$root/scripts/ami.sh" "${image%%=*}" --id "${image#*=}" </dev/null >>"$scratch/said"
  done
  cat "$scratch/said"
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
}

if [[ $only != propose ]]; then
  look
  output images "$images"
fi
if [[ -z $images ]]; then
  say 'every stack has the newest image already'
elif [[ $only == look ]]; then
  say "$images"
else
  repository=''
  need_gh
  need_repository
  propose
fi
