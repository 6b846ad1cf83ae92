#!/usr/bin/env bash
# Changes the program in small ways and counts how many changes its tests notice.
# Task: Develop
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

# What decides who may do what, who can reach what, and what a plan lets pass.
readonly PACKAGES=(core aws network identity access release plan.rules)

usage() {
  cat <<USAGE
Usage: ./slipway mutation [PACKAGE...]      default: ${PACKAGES[*]}

Runs each package's own unit tests against copies of it with one thing changed in each (a condition turned
round, a call left out, a value replaced), by PIT (https://pitest.org). A change that no test notices is a gap. Prints the
figures of each package; target/mutation has a page for each class. Takes about half an hour for all of them; starts nothing
and needs no Docker.
USAGE
}

take_options '' '' "$@"
((${#words[@]})) || words=("${PACKAGES[@]}")
for package in "${words[@]}"; do
  [[ $package =~ ^[a-z.]+$ && -d $root/src/main/java/dev/slipway/${package//.//} ]] ||
    problem "\"$package\" is no package of dev.slipway; those that count are: ${PACKAGES[*]}"
done
no_problems

"$root/scripts/tools.sh" system java >&2
cd "$root"
mvn -q -B -Dstyle.color=never test-compile
printf '  %-12s %9s %9s %9s\n' package changes noticed share
for package in "${words[@]}"; do
  report=$root/target/mutation/$package
  mvn -q -B -Dstyle.color=never org.pitest:pitest-maven:mutationCoverage -DtargetClasses="dev.slipway.$package.*" \
    -DtargetTests="dev.slipway.$package.*Test" \
    -DreportsDirectory="$report" >"$root/target/mutation.log" 2>&1 || {
    tail -n 20 "$root/target/mutation.log" >&2 || true
    die "PIT failed on $package"
  }
  awk -v package="$package" '
    /<mutation / { all++ }
    /<mutation detected=.true./ { noticed++ }
    END { if (!all) exit 1; printf "  %-12s %9d %9d %8d%%\n", package, all, noticed, 100 * noticed / all }
  ' RS='\n' <(sed 's/<mutation /\n&/g' "$report/mutations.xml") || die "PIT changed nothing in $package"
done
say "target/mutation/PACKAGE/index.html shows each change"
