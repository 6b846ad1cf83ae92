#!/usr/bin/env bash
# Formats the Java and the shell scripts of the repository.
# Task: Develop
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway format [--check]

Puts Java into google-java-format and shell scripts into shfmt's style (two spaces, cases indented).

  --check  changes nothing; leaves with 1 where the Java differs (./slipway lint does this for shell)
USAGE
}

goal=apply
(($# < 2)) || problem "\"$2\": it takes no more than one word"
no_problems
case ${1:-} in
  '') ;;
  --check) goal=check ;;
  -h | --help)
    usage
    exit 0
    ;;
  *)
    problem "\"$1\" is not an option"
    no_problems
    ;;
esac

command -v mvn >/dev/null || die 'Maven is missing: install it (https://maven.apache.org/install.html), or run ./slipway tools java'
[[ $goal == check || -w $root/src ]] || die "$root can't be written"
cd "$root"
mvn -q -B -Dstyle.color=never "spotless:$goal"
if [[ $goal == check ]]; then
  say "$(find src -name '*.java' | wc -l) Java files are in google-java-format"
  exit
fi
"$root/scripts/tools.sh" python >&2
mapfile -d '' -t files < <(bash_files)
wait "$!"
"$home/tools/bin/shfmt" -i 2 -ci -w "${files[@]}"
