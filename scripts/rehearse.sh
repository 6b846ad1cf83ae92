#!/usr/bin/env bash
# Rehearses a stack: the real program and engine on an emulated cloud and a real Linux host.
# Task: Develop
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway rehearse [STACK] [options]
       ./slipway rehearse --all [options]           every stack

Takes a stack (default staging) from nothing to a served site, through releases, failures, a backup, the loss of its
machine and a restore, to nothing again, and prints a diary of it. Needs no AWS account. The first run makes its tools
and images ready, which takes minutes; the next one starts at once. Everything that it starts is gone when it ends.

  --keep                    leaves the site up at the end, and says how to look at it, until you press Enter
  --only STEP[,STEP…]       these steps and what they need; an unknown one shows which there are
  --images stand-in|real    stand-in, the default: images built here from Debian packages, with the same names and
                            interfaces; real: those of Docker Hub, or of the registry that SLIPWAY_DOCKER_HUB names
  --aws-plugin PROGRAM      Pulumi's plugin for AWS makes the resources, in place of the rehearsal's own provider; for a
                            stack without hosts. Tested with a stand-in: not yet seen with Pulumi's own
  --frappe-docker PATH|URL  where the Compose files come from; default: see ./slipway frappe-docker --help
  --all                     every step, those too that take long and are left out unless asked for (the summary names
                            them); without STACK it is every step of every stack, one stack after the other

Upstream's own images have not been through a rehearsal yet, so real ones are used only when --images real asks for
them. docs/rehearsal.md says what was seen with them. SLIPWAY_DOCKER_HUB=HOST:PORT pulls them from another registry.
USAGE
}

stack='' all='' only='' images=stand-in source='' plugin='' forwarded=()
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --keep) forwarded+=(--keep) ;;
    --all) all=yes forwarded+=(--all) ;;
    --only | --images | --frappe-docker | --aws-plugin)
      value_of "$1" $#
      case $1 in
        --only) only=$2 forwarded+=(--only "$2") ;;
        --images) images=$2 ;;
        --frappe-docker) source=$2 ;;
        --aws-plugin) plugin=$(realpath -m -- "$2") forwarded+=(--aws-plugin "$plugin") ;;
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
[[ -z $all || " ${forwarded[*]} " != *' --only '* ]] || problem '--all and --only exclude each other'
[[ $images == real || $images == stand-in ]] ||
  problem "--images: \"$images\" is neither \"real\" nor \"stand-in\""
every=''
[[ -z $all || -n $stack ]] || every=yes
installs=yes
[[ -n $every ]] || need_stack "${stack:-staging}"

# steps_of FILE: those of its system's rehearsal, as its source names them: what is built takes minutes to ask.
steps_of() {
  local class source
  class=$(described "$1" .rehearsal.suite) || return
  source=$root/src/test/java/${class//./\/}.java
  [[ -n $class && -e $source ]] || return 0
  tr '\n' ' ' <"$source" | grep -oE '(Step\.[a-z]+|new Step<[A-Za-z]*>)\( *"[a-z0-9-]+"' | sed 's/.*"\(.*\)"/\1/'
}
if [[ -n $only && -e ${file:-} ]]; then
  known=$(steps_of "$file" | paste -sd' ' -)
  IFS=, read -r -a asked <<<"$only"
  for step in "${asked[@]}"; do
    [[ -z $known || " $known " == *" $step "* ]] || problem "--only: $stack has no step \"$step\"; there are: $known"
  done
  ((${#asked[@]})) || problem '--only: name at least one step'
fi
[[ -z $source || $source == *://* || $source == *@*:* || -e $source/compose.yaml ]] ||
  problem "--frappe-docker: there is no compose.yaml in \"$source\", and it is no URL"
[[ -z $plugin || (-f $plugin && -x $plugin) ]] || problem "--aws-plugin: \"$plugin\" is no program"
no_problems

# --- the way out ---------------------------------------------------------------------------------------------------

child='' # what is under way
ending=''
# Whatever a run starts, however deep, has this in its environment; a Docker engine that tools.sh starts has not.
export SLIPWAY_REHEARSAL=$$-$RANDOM$RANDOM

# ours: the processes of this run. This shell is none of them: it began without the mark.
# shellcheck disable=SC2329 # end_ours calls it
ours() {
  local file
  for file in /proc/[0-9]*/environ; do
    ! grep -qszxF "SLIPWAY_REHEARSAL=$SLIPWAY_REHEARSAL" "$file" || printf '%s\n' "${file//[^0-9]/}"
  done
}

# end_ours: ends what is left of them, and those that don't listen after ten seconds for good.
# shellcheck disable=SC2329 # leave calls it
end_ours() {
  local left signal=TERM deadline=$((SECONDS + 10))
  while mapfile -t left < <(ours) && ((${#left[@]})); do
    # Once, since a second signal would cut short what takes things away.
    [[ -z $signal ]] || kill "-$signal" "${left[@]}" 2>/dev/null || true
    signal=''
    ((SECONDS < deadline)) || signal=KILL
    sleep 0.2
  done
}

# leave: takes everything down, on every way out. A second signal doesn't hurry it.
# shellcheck disable=SC2329 # the traps call it
leave() {
  [[ -z $ending ]] || return 0
  ending=yes
  trap '' INT TERM HUP
  if [[ -n $child ]]; then
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  end_ours
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# attended COMMAND...: runs it so that a signal is heard at once and not when it ends. Background programs of a shell
# ignore Ctrl-C, which is why leave tells it.
attended() {
  local status=0
  "$@" <&0 &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

# shellcheck disable=SC2329 # indented calls it
piped() { "$@" | sed -u 's/^/  /'; }

# indented COMMAND...: as attended, with its output set off.
indented() { attended piped "$@"; }

# --- tools, classes, sources ---------------------------------------------------------------------------------------

# with_hosts STACK: whether its system has machines, for which all of Docker's part is needed.
with_hosts() { [[ $(hosts_of "$(stack_file "$1")") != none ]]; }

# rehearsals FILTER: what jq makes of what the rehearsals of these stacks need, each once.
rehearsals() {
  local each
  for each in "${stacks[@]}"; do
    described "$(stack_file "$each")" ".rehearsal | $1" || return
  done | sort -u
}

tools() {
  local more wanted=(system java jq python pulumi pulumi-language-java)
  [[ -z $hosts ]] || wanted+=(docker debootstrap docker-compose docker-buildx pebble registry)
  more=$(rehearsals '.tools[]?')
  [[ -z $more ]] || mapfile -t -O "${#wanted[@]}" wanted <<<"$more"
  say 'tools'
  indented "$root/scripts/tools.sh" "${wanted[@]}"
}

classpath=$root/target/rehearsal.classpath

# classes: the program, its jar, and the driver with all that it needs; only when something changed, and by one run at
# a time.
classes() {
  local started=$SECONDS built
  exec {built}>"$home/rehearse.lock"
  attended flock "$built"
  if [[ -e $classpath && -e $root/target/slipway.jar && -d $root/target/test-classes ]] &&
    [[ -z $(find "$root/src" "$root/pom.xml" -newer "$classpath" -print -quit) ]]; then
    exec {built}>&-
    return
  fi
  say 'building the program and the rehearsal…'
  attended "$root/scripts/dev/build.sh"
  attended mvn -q -B -Dstyle.color=never -f "$root/pom.xml" test-compile dependency:build-classpath \
    -Dmdep.includeScope=test "-Dmdep.outputFile=$classpath.new"
  mv -f "$classpath.new" "$classpath"
  exec {built}>&-
  say "built in $((SECONDS - started)) s"
}

# find_frappe_docker: sets $checkout, and $origin to what is told about it.
find_frappe_docker() {
  local found=$home/log/frappe_docker.found
  attended "$root/scripts/dev/frappe-docker.sh" "$hosts" ${source:+"$source"} >"$found"
  { read -r checkout && read -r origin; } <"$found"
}

# machine: what the host, the ACME server and the builder of the rehearsal are made from, and the real images; the
# stand-ins are made when they are wanted.
machine() {
  local image more
  say 'images'
  local wanted=(machine pebble)
  more=$(rehearsals '.images[]?')
  [[ -z $more ]] || mapfile -t -O "${#wanted[@]}" wanted <<<"$more"
  for image in "${wanted[@]}"; do
    indented "$root/scripts/dev/rehearsal-images.sh" ${checkout:+--frappe-docker "$checkout"} --only "$image"
  done
  [[ $images == real ]] || return 0
  say 'the real images'
  indented "$root/scripts/dev/rehearsal-images.sh" --frappe-docker "$checkout" --images real --pull-only
}

rehearse() {
  attended java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -cp "$root/target/test-classes:$root/target/classes:$(<"$classpath")" dev.slipway.rehearsal.Rehearsal \
    "$@" --repository "$root" --home "$home" "${forwarded[@]}"
}

cd "$root"
need_home log
stacks=("${stack:-staging}") hosts='' checkout=''
[[ -z $every ]] || mapfile -t stacks < <(stack_names)
need_readable "${stacks[@]}"
no_problems
for each in "${stacks[@]}"; do
  ! with_hosts "$each" || hosts=$each
done
[[ -z $plugin || -z $hosts ]] ||
  problem "--aws-plugin: \"$hosts\" has hosts, which no plugin makes here; give a stack without, such as foundation"
no_problems
tools
classes
if [[ $(rehearsals "select(.composeFiles) | \"yes\"") == yes ]]; then
  find_frappe_docker
  say "images: $images"
  forwarded+=(--images "$images" --frappe-docker "$checkout" --frappe-docker-origin "$origin")
fi
[[ -z $hosts ]] || machine

failed=0
for each in "${stacks[@]}"; do
  rehearse "$each" || failed=$?
done
exit "$failed"
