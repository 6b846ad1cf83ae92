#!/usr/bin/env bash
# Previews what a pull request would change, for every stack.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ci/preview-pull.sh --out FILE [--base-tree DIR] [--offline]

Runs scripts/ci/preview.sh for every stack and writes one comment for the pull request, which scripts/ci/comment.sh keeps.

  --out FILE       the comment, which is Markdown; in a workflow it goes to the run's summary as well
  --base-tree DIR  what the pull request goes into, checked out: its plans are compared with these
  --offline        without credentials: what the plan alone tells

LABELS, a JSON array, has the pull request's labels: allow-loss:STACK/RESOURCE lets that one be deleted or replaced.

Exit status: 0 fine; 3 something that holds data would be deleted or replaced; else a preview that failed.
USAGE
}

out='' base_tree='' offline=()
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --offline) offline=(--offline) ;;
    --out | --base-tree)
      value_of "$1" $#
      if [[ $1 == --out ]]; then out=$2; else base_tree=$2; fi
      shift
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done
[[ -n $out ]] || problem '--out is missing'
[[ -z $base_tree || -x $base_tree/scripts/plan.sh ]] || problem "--base-tree: there is no scripts/plan.sh in \"$base_tree\""
no_problems
need_jq
make_scratch
[[ -z $base_tree ]] || base_tree=$(cd "$base_tree" && pwd -P)

# Whoever may label may write any label: what isn't the name of a resource is left out.
jq -r 'if type == "array" then .[] else empty end | strings' <<<"${LABELS:-[]}" |
  sed -n -E 's#^allow-loss:([a-z][a-z0-9-]{0,30}/[A-Za-z0-9._~-]+)$#\1#p' >"$scratch/allowed" ||
  die 'LABELS is not a JSON array'

# base_plan STACK: sets $base to the options that name the plan to compare with, if the base has such a stack.
base_plan() {
  base=()
  [[ -n $base_tree && -e $base_tree/Pulumi.$1.yaml ]] || return 0
  # Its own tools and build, since it is another commit.
  if env -u SLIPWAY_PROJECT SLIPWAY_HOME="$base_tree/.slipway" "$base_tree/scripts/plan.sh" "$1" --out "$scratch/base/$1" \
    </dev/null >"$scratch/base.log" 2>&1; then
    base=(--base "$scratch/base/$1")
  elif [[ -e $scratch/base/$1 ]]; then
    # House rules that it breaks are no reason not to compare with it.
    base=(--base "$scratch/base/$1")
  else
    note "$1 can't be planned as it was before: $(tail -n 3 "$scratch/base.log")"
  fi
}

status=0
: >"$scratch/comment"
while read -r stack; do
  base_plan "$stack"
  allow=()
  while read -r name; do
    [[ $name != "$stack/"* ]] || allow+=(--allow "$name")
  done <"$scratch/allowed"
  ended=0
  rm -f "$scratch/part"
  asks=("${offline[@]}")
  # Before ./slipway bootstrap there is nothing on AWS to ask about.
  [[ -n $(stack_value "$(stack_file "$stack")" secretsprovider) ]] || asks=(--offline)
  "$root/scripts/ci/preview.sh" "$stack" "${base[@]}" "${allow[@]}" "${asks[@]}" --comment "$scratch/part" </dev/null || ended=$?
  if [[ -s $scratch/part ]]; then
    cat "$scratch/part" >>"$scratch/comment"
  else
    printf '### %s\n\nThe preview failed; why is in the log of the run.\n' "$stack" >>"$scratch/comment"
  fi
  printf '\n' >>"$scratch/comment"
  # A lost volume is worse than a preview that didn't come to its end.
  ((ended == 0 || status == 3)) || status=$ended
done < <(stack_names)
if [[ -n $base_tree ]]; then
  for file in "$base_tree"/Pulumi.*.yaml; do
    [[ -e $file && ! -e $root/${file##*/} ]] || continue
    printf '%s is taken away. What it put on AWS stays there: ./slipway destroy comes first.\n\n' "${file##*/}" >>"$scratch/comment"
  done
fi
run=$(run_url)
[[ -z $run ]] || printf '[The run](%s)\n' "$run" >>"$scratch/comment"
cp "$scratch/comment" "$out"
summarize "$scratch/comment"
exit "$status"
