#!/usr/bin/env bash
# Lists the stacks of this repository.
# Task: Look
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway stacks [--branch BRANCH] [--json] [--output NAME]

Prints the names of the stacks that have a file here, one a line.

  --branch BRANCH  only those whose file says slipway:branch: BRANCH, which a push to it brings up to date
  --json           a JSON array on one line, which a workflow's matrix takes
  --output NAME    hands that array to the workflow's next jobs as well, under this name
USAGE
}

branch='' all=yes json='' name=''
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --json) json=yes ;;
    --branch | --output)
      value_of "$1" $#
      if [[ $1 == --branch ]]; then branch=$2 all=''; else name=$2; fi
      shift
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done
[[ -n $all || $branch =~ ^[A-Za-z0-9._/+#@=,%!-]{1,200}$ ]] || problem "--branch: \"$branch\" is not a branch's name"
[[ -z $name || $name =~ ^[a-z][a-z_]*$ ]] || problem "--output: \"$name\" is not a name of lower-case letters"
no_problems

mapfile -t names < <(stack_names)
[[ -n $all ]] || need_readable "${names[@]}"
no_problems
found=()
while read -r stack; do
  [[ -n $all || $(stack_value "$(stack_file "$stack")" slipway:branch) == "$branch" ]] || continue
  check_stack_name "$stack"
  found+=("$stack")
done < <(stack_names)
no_problems

array=[]
# The names need no escapes: check_stack_name lets none of the characters pass that would.
((${#found[@]} == 0)) || array="[$(printf '"%s",' "${found[@]}" | sed 's/,$//')]"
[[ -z $name ]] || output "$name" "$array"
if [[ -n $json ]]; then
  say "$array"
elif ((${#found[@]})); then
  printf '%s\n' "${found[@]}"
fi
