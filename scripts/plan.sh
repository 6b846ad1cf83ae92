#!/usr/bin/env bash
# Shows what a stack would be: no AWS account and no network, only a JDK and Maven.
# Task: Look
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway plan STACK [--json] [--out DIR] [--diff OTHER [--markdown]] [--diagrams FILE]

Runs the program for Pulumi.STACK.yaml against an engine of its own and prints the resources, what roles may do, who
may reach whom, what a month costs, and what the house rules object to.

  --json        prints one JSON object instead
  --out DIR     writes the diagram (SVG and Mermaid), the report (Markdown and JSON) and every file that hosts will get
  --diff OTHER  prints what changes from OTHER to STACK instead: resources, cost, who may reach whom, roles, files and
                findings. OTHER is a stack, or a folder that --out has written (./NAME where there is a stack NAME)
  --diagrams FILE
                writes a page of Markdown with the stack's diagrams (Mermaid): what there is, components, workflows,
                containers, data, first boot, roles, alarms
  --markdown    prints that as Markdown for a comment on a pull request, of at most 60,000 characters

Leaves with 0 when the plan is in order, with 1 when settings are wrong or a house rule is broken that the stack does
not accept (docs/plan.md lists the rules), with 2 when the command line is wrong.
USAGE
}

json='' markdown='' out='' diff='' diagrams=''
given=("$@")
take_options 'out diff diagrams' 'json markdown' "$@"
stack=${words[0]:-}
folder=$(stack_folder)
# known NAME: whether there is such a stack.
known() { [[ $1 =~ ^[A-Za-z0-9_.-]{1,100}$ && -e $(stack_file "$1") ]]; }
if [[ -z $stack ]]; then
  problem "STACK is missing: name one of $(stack_names | paste -sd' ' -)"
else
  known "$stack" || problem "STACK: there is no Pulumi.$stack.yaml in $folder; stacks there: $(stack_names | paste -sd' ' -)"
fi
((${#words[@]} < 2)) || problem "\"${words[1]}\": STACK is the only word that it takes"
[[ -z $diff ]] || known "$diff" || [[ -d $diff ]] ||
  problem "--diff: \"$diff\" is neither a stack nor a folder that --out has written"
[[ -z $out || ! -e $out || -d $out ]] || problem "--out: \"$out\" is a file, and a folder is wanted"
[[ -z $diagrams || ! -d $diagrams ]] || problem "--diagrams: \"$diagrams\" is a folder, and a file is wanted"
# Said before minutes of building: a folder that can't be made there. The nearest that there is has to take one.
if [[ -n $out ]]; then
  above=$out
  while [[ ! -e $above && $above != . && $above != / ]]; do above=$(dirname -- "$above"); done
  [[ -d $above && -w $above ]] ||
    problem "--out: \"$out\" can't be made: $above can't be written"
fi
[[ -z $markdown || -n $diff ]] || problem '--markdown: goes with --diff'
[[ -z $markdown || -z $json ]] || problem '--markdown and --json: one of them'
no_problems

command -v java >/dev/null || die "a JDK, 17 or newer, is missing: install one (https://adoptium.net)"
make_scratch
"$root/scripts/dev/build.sh" >&2
# A run of seconds is over before a better compiler or collector has paid for itself.
java_options=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC)
if [[ $root/target/slipway.jsa -nt $root/target/slipway.jar ]]; then
  java_options+=("-XX:SharedArchiveFile=$root/target/slipway.jsa")
fi
# A JVM writes its own warnings to standard output, so that the answer comes by a file.
status=0
java "${java_options[@]}" "-Dslipway.answer=$scratch/answer" -cp "$root/target/slipway.jar" dev.slipway.plan.cli.PlanMain \
  --folder "$folder" "${given[@]}" >&2 || status=$?
[[ ! -e $scratch/answer ]] || cat "$scratch/answer"
exit "$status"
