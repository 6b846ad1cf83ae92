#!/usr/bin/env bash
# Shows what a stack would be: no AWS account, no network and no Pulumi CLI, only a JDK and Maven.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/plan.sh STACK [--json] [--out DIR] [--diff OTHER [--markdown]]

Runs the program for Pulumi.STACK.yaml against an engine of its own and prints the resources, what roles may do, who
may reach whom, what a month costs, and what the house rules object to.

  --json        prints one JSON object instead
  --out DIR     writes the diagram (SVG and Mermaid), the report (Markdown and JSON) and every file that hosts will get
  --diff OTHER  prints what changes from OTHER to STACK instead: resources, cost, who may reach whom, roles, files and
                findings. OTHER is a stack, or a folder that --out has written (./NAME where there is a stack NAME)
  --markdown    prints that as Markdown for a comment on a pull request, of at most 60,000 characters

Leaves with 0 when the plan is in order, with 1 when settings are wrong or a house rule is broken that the stack does
not accept (docs/plan.md lists the rules), with 2 when the command line is wrong.
USAGE
}

for word in "$@"; do
  case $word in
    -h | --help)
      usage
      exit 0
      ;;
  esac
done

command -v java >/dev/null || die "a JDK, 17 or newer, is missing: install one (https://adoptium.net)"
"$root/scripts/build.sh" >&2
# A run of seconds is over before a better compiler or collector has paid for itself.
java_options=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC)
if [[ $root/target/slipway.jsa -nt $root/target/slipway.jar ]]; then
  java_options+=("-XX:SharedArchiveFile=$root/target/slipway.jsa")
fi
exec java "${java_options[@]}" -cp "$root/target/slipway.jar" dev.slipway.plan.PlanMain --folder "$(stack_folder)" "$@"
