#!/usr/bin/env bash
# Fetches the Python packages of a project, for a rehearsal's own index.
# Task: Develop
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway rehearsal-wheels DIR

Prints a folder with the wheels that a host needs for the project in DIR: what its uv.lock names, but for what only its
developers need, and uv itself, as hosts have it pinned. Each has the hash that is written down for it. What was fetched
once stays in .slipway, so that a rehearsal waits for no index of packages.
USAGE
}

# The emulated host's: see src/test/resources/dev/slipway/rehearsal/images/machine/Dockerfile.
readonly python_version=3.11
readonly pinned=$root/src/main/resources/dev/slipway/host/bundle/runtimes/service/uv.txt

project=''
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    -*) problem "\"$1\" is not an option" ;;
    *)
      [[ -z $project ]] || problem "\"$1\": one project at a time; \"$project\" came first"
      project=$1
      ;;
  esac
  shift
done
if [[ -z $project ]]; then
  problem 'DIR is missing: the folder of a project with uv.lock'
elif [[ ! -f $project/pyproject.toml || ! -f $project/uv.lock ]]; then
  problem "\"$project\": there is no pyproject.toml and uv.lock in it"
fi
no_problems

pip=$home/tools/venv/bin/pip
[[ -x $pip ]] || die 'pip is missing; install it with: ./slipway tools python'
need_home cache log
log=$home/log/rehearsal-wheels.log
machine=$(uname -m)
key=$(cat "$project/pyproject.toml" "$project/uv.lock" "$pinned" "${BASH_SOURCE[0]}" | sha256sum | cut -c1-16)
wheels=$home/cache/wheels-$key-$machine

# download REQUIREMENTS FOLDER: exactly these, by their hashes, as the host's Python takes them.
download() {
  "$pip" download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --python-version "$python_version" --platform "manylinux_2_28_$machine" --platform "manylinux_2_17_$machine" \
    --platform "manylinux2014_$machine" --dest "$2" --requirement "$1" >"$log" 2>&1 ||
    die "that failed; all of it is in $log: $(tail -n 1 "$log")"
}

if [[ ! -d $wheels ]]; then
  exec {lock}>"$home/cache/wheels.lock"
  flock "$lock"
fi
if [[ ! -d $wheels ]]; then
  part=$(mktemp -d "$home/cache/wheels.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  mkdir "$part/wheels"
  download "$pinned" "$part/wheels"
  "$pip" install --quiet --disable-pip-version-check --no-index --no-deps --target "$part/uv" "$part"/wheels/uv-*.whl >"$log" 2>&1 ||
    die "uv can't be unpacked: $(tail -n 1 "$log")"
  "$part/uv/bin/uv" export --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate --project "$project" \
    --format requirements-txt --output-file "$part/all.txt" >"$log" 2>&1 ||
    die "uv can't read $project/uv.lock: $(tail -n 1 "$log")"
  # Without their conditions: which of them hold is judged by the host's Python, and not by the one here.
  sed 's/ ;[^\\]*//' "$part/all.txt" >"$part/requirements.txt"
  download "$part/requirements.txt" "$part/wheels"
  rm -rf "$home"/cache/wheels-*
  mv "$part/wheels" "$wheels"
fi
say "$wheels"
