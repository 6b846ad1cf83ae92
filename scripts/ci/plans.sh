#!/usr/bin/env bash
# Plans every stack of the repository.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ci/plans.sh --out DIR

Runs ./slipway plan for every stack and writes each one's diagram, report and host files to DIR/STACK. In a workflow
the reports go to the run's summary as well.

Exit status: 0 all are in order; 1 one has wrong settings, or breaks a house rule that it does not accept.
USAGE
}

out=''
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --out)
      value_of "$1" $#
      out=$2
      shift
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done
[[ -n $out ]] || problem '--out is missing'
[[ -z $out || ! -e $out || -d $out ]] || problem "--out: \"$out\" is a file, and a folder is wanted"
no_problems

failed=0
mapfile -t names < <(stack_names)
for name in "${names[@]}"; do
  printf '\n==> %s\n' "$name"
  "$root/scripts/plan.sh" "$name" --out "$out/$name" || failed=1
  [[ ! -e $out/$name/plan.md ]] || summarize "$out/$name/plan.md"
done
exit "$failed"
