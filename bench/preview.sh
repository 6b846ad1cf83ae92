#!/usr/bin/env bash
# Measures how long a preview of the staging stack takes, and what makes it faster.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: bench/preview.sh [COUNT]

Times `pulumi preview` of the staging stack, the whole run of the CLI, COUNT times (default 5) after one that warms up:
with Maven, as a fresh clone does it; with the prebuilt jar; with a JVM set for short runs; with its class data archive
too, as ./slipway up does it. Beside them ./slipway plan. Runs on the emulated cloud of a rehearsal, whose providers are there already: the
start of the real aws provider comes on top of it.
USAGE
}

take_number count COUNT 5 "$@"

make_scratch
"$root/scripts/dev/build.sh" --cds >&2
need_site
stack=staging
need_pulumi
make_project
fast=$JDK_JAVA_OPTIONS
unset JDK_JAVA_OPTIONS

# with_maven: the project file as it stands in the repository, which has Maven compile and run it.
with_maven() {
  mkdir -p "$scratch/maven"
  cat >"$scratch/maven/Pulumi.yaml" <<YAML
name: $(stack_query "$(stack_file "$stack")" .project)
runtime: java
main: $root
stackConfigDir: $(realpath --relative-to "$scratch/maven" "$(stack_folder)")
YAML
}

preview() { "$pulumi" preview --cwd "$1" --stack "$stack" --non-interactive --suppress-progress --color never; }
with_options() { JDK_JAVA_OPTIONS=$1 preview "$project"; }
row() {
  local name=$1 least median greatest
  shift
  read -r least median greatest < <(measure "$count" "$@" | spread)
  printf '%-34s %8s %8s %8s\n' "$name" "$(seconds "$least")" "$(seconds "$median")" "$(seconds "$greatest")"
}

with_maven
printf 'preview of staging in seconds, %d runs each (%s)\n\n' "$count" "$(machine_text)"
printf '%-34s %8s %8s %8s\n' '' least median greatest
row 'Maven (pulumi preview)' preview "$scratch/maven"
row 'jar' preview "$project"
row 'jar, JVM for short runs' with_options "${fast%%-XX:SharedArchiveFile*}"
row 'and class data archive (up.sh)' with_options "$fast"
row './slipway plan, no engine' "$root/scripts/plan.sh" "$stack"
