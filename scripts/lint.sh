#!/usr/bin/env bash
# Checks every shell script of the repository, and the Dockerfiles of its examples.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/lint.sh

Runs shellcheck and shfmt (in the style of scripts/format.sh) over every shell script of the repository: these
scripts, what hosts run, and what the rehearsal's machine runs; and hadolint over the Dockerfiles in examples/. Changes
nothing.
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
failed=0
# On all processors: it reads what a script sources again for every script.
printf '%s\0' "${files[@]}" | xargs -0 -n 8 -P "$(getconf _NPROCESSORS_ONLN)" \
  "$home/tools/bin/shellcheck" --external-sources --source-path=SCRIPTDIR || failed=1
"$home/tools/bin/shfmt" -i 2 -ci -d "${files[@]}" || failed=1
mapfile -d '' -t dockerfiles < <(dockerfiles)
"$home/tools/bin/hadolint" "${dockerfiles[@]}" || failed=1
if ((failed)); then
  note 'what shfmt shows is put right by scripts/format.sh'
  exit 1
fi
say "${#files[@]} shell scripts and ${#dockerfiles[@]} Dockerfiles are clean"
