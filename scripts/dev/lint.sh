#!/usr/bin/env bash
# Checks every shell script of the repository, and the Dockerfiles of its examples.
# Task: Develop
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway lint

Runs shellcheck and shfmt (in the style of ./slipway format) over every shell script of the repository: these
scripts, what hosts run, and what the rehearsal's machine runs; and hadolint over the Dockerfiles in examples/. Names
functions that do work where bash ignores errors, and lists that are read as empty where they cannot be had
(scripts/dev/errexit.py, docs/decisions/0025-errors-in-conditions.md). Changes nothing.
USAGE
}

(($# < 2)) || problem "\"$2\": it takes no more than one word"
no_problems
case ${1:-} in
  '') ;;
  -h | --help)
    usage
    exit 0
    ;;
  *)
    problem "\"$1\": it takes no words"
    no_problems
    ;;
esac

"$root/scripts/tools.sh" python >&2
cd "$root"
mapfile -d '' -t files < <(bash_files)
wait "$!"
failed=0
make_scratch
# On all processors: it reads what a script sources again for every script. What it found is status 1; any other is
# trouble of its own. Of its optional checks: where functions are called with errors ignored, which errexit.py judges, and
# three that nothing here offends.
# shellcheck disable=SC2016 # the words are the inner shell's
printf '%s\0' "${files[@]}" | xargs -0 -n 8 -P "$(getconf _NPROCESSORS_ONLN)" bash -c '
  status=0
  "$1" --external-sources --source-path=SCRIPTDIR --source-path=scripts/lib --enable check-set-e-suppressed,deprecate-which,require-double-brackets,avoid-nullary-conditions \
    --format gcc "${@:3}" >"$2/found.$$" || status=$?
  ((status <= 1))' check "$home/tools/bin/shellcheck" "$scratch" || failed=1
cat "$scratch"/found.* >"$scratch/report"
"$home/tools/venv/bin/python" "$root/scripts/dev/errexit.py" "$home/tools/bin/shfmt" "$scratch/report" "${files[@]}" || failed=1
"$home/tools/bin/shfmt" -i 2 -ci -d "${files[@]}" || failed=1
mapfile -d '' -t dockerfiles < <(dockerfiles)
"$home/tools/bin/hadolint" "${dockerfiles[@]}" || failed=1
if ((failed)); then
  note 'what shfmt shows is put right by ./slipway format'
  exit 1
fi
say "${#files[@]} shell scripts and ${#dockerfiles[@]} Dockerfiles are clean"
