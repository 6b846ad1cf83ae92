#!/usr/bin/env bash
# Rehearses a stack: the real program and engine on an emulated cloud and a real Linux host.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/rehearse.sh [STACK] [options]
       scripts/rehearse.sh --all [options]

Takes a stack (default staging) from nothing to a served site, through releases, failures, a backup, the loss of its
machine and a restore, to nothing again, and prints a diary of it. Needs no AWS account. The first run makes its tools
and images ready, which takes minutes; the next one starts at once. Everything that it starts is gone when it ends.

  --keep                    leaves the site up at the end, and says how to look at it, until you press Enter
  --only STEP               one step, and what it needs; an unknown one shows which there are
  --images real|stand-in    the images of registries, or ones built here from Debian packages that have the same names
                            and interfaces; default: real where registries can be reached, stand-in where they can't
  --frappe-docker PATH|URL  where the Compose files come from; default: see scripts/frappe-docker.sh --help
  --all                     every stack of the repository, one after the other
USAGE
}

stack='' all='' images='' source='' forwarded=()
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --keep) forwarded+=(--keep) ;;
    --all) all=yes ;;
    --only | --images | --frappe-docker)
      value_of "$1" $#
      case $1 in
        --only) forwarded+=(--only "$2") ;;
        --images) images=$2 ;;
        --frappe-docker) source=$2 ;;
      esac
      shift
      ;;
    -*) problem "\"$1\" is not an option" ;;
    *)
      [[ -z $stack ]] || problem "\"$1\": one stack at a time; \"$stack\" came first"
      stack=$1
      ;;
  esac
  shift
done
[[ -z $stack || -z $all ]] || problem "--all and \"$stack\" exclude each other"
[[ -z $images || $images == real || $images == stand-in ]] ||
  problem "--images: \"$images\" is neither \"real\" nor \"stand-in\""
[[ -n $all ]] || need_stack "${stack:-staging}"
no_problems

child=''
# shellcheck disable=SC2329 # the traps call it
forward() {
  [[ -n $child ]] || exit 130
  # The driver takes down what it started; a second signal doesn't hurry it.
  trap '' INT TERM HUP
  kill -TERM "$child" 2>/dev/null || true
  wait "$child" || true
  exit 130
}
trap forward INT TERM HUP

# --- tools, classes, sources ---------------------------------------------------------------------------------------

tools() {
  say 'tools'
  "$root/scripts/tools.sh" java docker debootstrap python pulumi pulumi-language-java docker-compose docker-buildx \
    pebble registry traefik | sed 's/^/  /'
}

classpath=$root/target/rehearsal.classpath

# classes: the program, its jar, and the driver with all that it needs; only when something changed.
classes() {
  local started=$SECONDS
  if [[ -e $classpath && -e $root/target/slipway.jar && -d $root/target/test-classes ]] &&
    [[ -z $(find "$root/src" "$root/pom.xml" -newer "$classpath" -print -quit) ]]; then
    return
  fi
  say 'building the program and the rehearsal…'
  "$root/scripts/build.sh"
  (
    cd "$root"
    mvn -q -B -Dstyle.color=never test-compile dependency:build-classpath -Dmdep.includeScope=test "-Dmdep.outputFile=$classpath.new"
  )
  mv -f "$classpath.new" "$classpath"
  say "built in $((SECONDS - started)) s"
}

# find_frappe_docker: sets $checkout, and $origin to what is told about it.
find_frappe_docker() {
  local found
  found=$("$root/scripts/frappe-docker.sh" "${stack:-staging}" ${source:+"$source"})
  checkout=${found%%$'\n'*} origin=${found#*$'\n'}
}

# machine: what the host and the ACME server of the rehearsal are made from; the rest is made when it is wanted.
machine() {
  local image
  say 'images'
  for image in machine pebble; do
    "$root/scripts/rehearsal-images.sh" --frappe-docker "$checkout" --only "$image" | sed 's/^/  /'
  done
}

# choose_images: real ones where Docker Hub answers.
choose_images() {
  [[ -z $images ]] || return 0
  if curl --silent --output /dev/null --max-time 10 https://registry-1.docker.io/v2/; then
    images=real
  else
    images=stand-in
  fi
}

rehearse() {
  local status=0
  # Background programs of a shell ignore Ctrl-C, so forward tells it.
  java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -cp "$root/target/test-classes:$root/target/classes:$(<"$classpath")" dev.slipway.rehearsal.Rehearsal \
    "$@" --repository "$root" --home "$home" --images "$images" \
    --frappe-docker "$checkout" --frappe-docker-origin "$origin" "${forwarded[@]}" <&0 &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

cd "$root"
mkdir -p "$home/log"
tools
classes
find_frappe_docker
machine
choose_images

if [[ -z $all ]]; then
  rehearse "$stack"
  exit
fi
failed=0
mapfile -t stacks < <(stack_names)
for stack in "${stacks[@]}"; do
  rehearse "$stack" || failed=1
done
exit "$failed"
