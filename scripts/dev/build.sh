#!/usr/bin/env bash
# Builds the program's jar and the libraries beside it, only when something changed.
# Task: Develop
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway build [--cds] [--force]

Makes target/slipway.jar and target/lib with Maven, and does nothing when they are newer than the sources.

  --cds    also makes target/slipway.jsa, an archive of the classes that a run of the program loads: plan, up
           and the others start a second faster with it. It belongs to this jar and this Java.
  --force  builds although nothing changed
USAGE
}

archive=false
force=false
while (($#)); do
  case $1 in
    --cds) archive=true ;;
    --force) force=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done
no_problems

jar=$root/target/slipway.jar
jsa=$root/target/slipway.jsa

changed() {
  [[ ! -e $jar || ! -d $root/target/lib ]] ||
    [[ -n $(find "$root/src/main" "$root/pom.xml" -newer "$jar" -print -quit) ]]
}

build() {
  command -v mvn >/dev/null || die "Maven is missing: install it (https://maven.apache.org/install.html)"
  note 'building…'
  rm -f "$jsa"
  [[ -w $root && (! -e $root/target || -w $root/target) ]] ||
    die "$root can't be written, and the program has to be built there: make it writable, or take a copy of the checkout"
  local started=$home/build.started
  touch "$started"
  mvn -q -B -Dstyle.color=never -f "$root/pom.xml" package -Dmaven.test.skip=true
  # The jar is as old as the sources that went into it: what changed while it was built is built the next time.
  touch -r "$started" "$jar"
}

train() {
  note 'archiving classes…'
  local log=$home/log/class-archive.log
  need_home log
  # Warnings about classes that cannot be archived are of no use to anybody.
  java -XX:ArchiveClassesAtExit="$jsa.new" -Xlog:cds=error,cds+dynamic=error,class+load=off \
    -cp "$jar" dev.slipway.plan.cli.Training "$(stack_folder)" >"$log" 2>&1 ||
    die "the class archive could not be made: $(tail -n 3 "$log")"
  mv -f "$jsa.new" "$jsa"
}

# Where all is built nothing is written: a checkout may be one that is only read.
if [[ $force == false ]] && ! changed && [[ $archive == false || $jsa -nt $jar || ! -w $root/target ]]; then
  exit 0
fi
need_home
# Two builds at once would write the same files.
if command -v flock >/dev/null; then
  exec 9>"$home/build.lock"
  flock 9
fi
if [[ $force == true ]] || changed; then
  build
fi
if [[ $archive == true && ! $jsa -nt $jar ]]; then
  train
fi
