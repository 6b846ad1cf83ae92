# shellcheck shell=bash
# What every script of the bundle starts with: where things are, what a line of progress looks like,
# how a script gives up. Source it first; it leaves `set -euo pipefail` on.

set -euo pipefail
# Without it bash goes on after an error inside $(…).
shopt -s inherit_errexit
umask 027

# Run Command starts scripts with an almost empty environment.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
export HOME="${HOME:-/root}" LC_ALL=C.UTF-8 AWS_PAGER='' GIT_TERMINAL_PROMPT=0
# By itself the CLI asks the machine for credentials once, for a second; a busy one takes longer.
export AWS_METADATA_SERVICE_TIMEOUT=5 AWS_METADATA_SERVICE_NUM_ATTEMPTS=5

# The bundle's own folder with links resolved: a newer bundle that is put in place meanwhile does not
# change a run that has begun.
BUNDLE="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
SETTINGS="$BUNDLE/settings.json"
ENVIRONMENT=/etc/slipway/environment.json
DATA=/srv/slipway
RELEASES="$DATA/releases"
BACKUPS="$DATA/backups"
STATUS="$DATA/status"
# On tmpfs: what must not outlive a boot, and secrets on their way.
RUNTIME_DIR=/run/slipway
# How this machine's bootstrap went. It is where there is a disk, whatever became of the data volume.
BOOTSTRAP="${ENVIRONMENT%/*}/bootstrap.json"
# shellcheck disable=SC2034 # bootstrap and status read BOOTSTRAP
readonly BUNDLE SETTINGS ENVIRONMENT BOOTSTRAP DATA RELEASES BACKUPS STATUS RUNTIME_DIR

# Exit codes, the same for all verbs.
# shellcheck disable=SC2034 # used by the verbs
readonly EXIT_LOCKED=10 EXIT_REFUSED=11 EXIT_ROLLED_BACK=20 EXIT_BROKEN=21 EXIT_UNFINISHED=22

VERB="$(basename "${BASH_SOURCE[-1]:-slipway}" .sh)"

# finish EXIT_CODE OUTCOME TEXT…: the last line of every verb. Inside a step only the text is printed: the
# verb that runs the step decides what it means.
IN_STEP=''
# Whether it was printed; the engine reads it.
# shellcheck disable=SC2034
FINISHED=''

say() { printf '%s\n' "$*"; }
# A step's output is indented by what runs it.
detail() { printf '%s%s\n' "$([[ -n $IN_STEP ]] || printf '      ')" "$*"; }
warn() { printf '%swarning: %s\n' "$([[ -n $IN_STEP ]] || printf '  ')" "$*"; }

finish() {
  local code=$1 outcome=$2
  shift 2
  if [[ -n $IN_STEP ]]; then
    printf '%s\n' "$*"
    exit "$code"
  fi
  # shellcheck disable=SC2034 # as above
  FINISHED=yes
  printf 'slipway: %s %s%s\n' "$VERB" "$outcome" "${*:+ $*}"
  exit "$code"
}

# at_end COMMAND: called with the script's exit code when it ends, however it ends, after those that were named later.
# Steps, which are processes of their own, call none of them. One that sets ENDED changes the exit code.
AT_END=()
ENDED=''
at_end() { AT_END=("$1" "${AT_END[@]}"); }

call_at_end() {
  local code=$? each
  # What ends the script is no reason to leave the others out.
  set +e
  for each in "${AT_END[@]}"; do "$each" "$code"; done
  exit "${ENDED:-$code}"
}
trap call_at_end EXIT

die() { finish 1 failed "$*"; }
refuse() { finish "$EXIT_REFUSED" refused "$*"; }

# setting .path.in.settings [default]
setting() {
  local value
  value="$(jq -r "$1 // empty" "$SETTINGS")" || return
  printf '%s' "${value:-${2-}}"
}

# environment .key: what is true of this machine and stack, written by user data from the pointer parameter.
environment() { jq -r "$1 // empty" "$ENVIRONMENT"; }

# runtime_capabilities: what the runtime of this host's settings declares, one a line (docs/runtimes.md).
runtime_capabilities() {
  local file
  file="$BUNDLE/runtimes/$(setting .runtime)/capabilities" || return
  [[ ! -e $file ]] || cat "$file" || return
}

# runtime_can containers|data|migrates|sites|colors
runtime_can() { grep -qxF -e "$1" < <(runtime_capabilities); }

# For the verbs that are about data of this host's own.
need_data() {
  runtime_can data && return
  [[ -z $(environment .databaseInstance) ]] ||
    refuse "this system's data is in RDS ($(environment .databaseInstance)), which backs it up by itself, and not on its hosts; see docs/runbooks/database.md"
  refuse "this system keeps no data on its hosts"
}

# For those that are about one site of several.
need_sites() {
  need_data
  runtime_can sites || refuse "this system's data is not in sites, of which one could be renamed or go"
}

# is_number TEXT: before it is calculated with: what is empty counts as 0 there.
is_number() { [[ $1 =~ ^[0-9]+$ ]]; }

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
stamp() { date -u +%Y%m%dT%H%M%SZ; }
epoch_of() { date -u -d "$1" +%s; }

# write_file PATH MODE: standard input becomes the file, whole or not at all; one that is the same already stays.
write_file() {
  local path=$1 mode=$2 part
  part="$(mktemp "$path.XXXXXX")"
  cat >"$part"
  chmod "$mode" "$part"
  if cmp -s "$part" "$path" && [[ $(stat --format %a "$path") == "${mode#0}" ]]; then
    rm -f "$part"
    return 0
  fi
  sync "$part"
  mv -f "$part" "$path"
}

# json_for_yaml: standard input, which is JSON, for who reads it as YAML: what ends a line there, and in JSON does not, and the
# mark of byte order, are written as escapes.
json_for_yaml() {
  LC_ALL=C sed -e 's/\xc2\x85/\\u0085/g' -e 's/\xe2\x80\xa8/\\u2028/g' -e 's/\xe2\x80\xa9/\\u2029/g' -e 's/\xef\xbb\xbf/\\ufeff/g'
}

# until_true SECONDS COMMAND…: asks once a second until it is true or the time is over.
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 1
  done
}

# AWS_ENDPOINT_URL and the proxies are the machine's, set in /etc/environment; cron and Run Command don't read it.
read_machine_environment() {
  local name value
  [[ -r /etc/environment ]] || return 0
  while IFS='=' read -r name value; do
    case "$name" in
      AWS_ENDPOINT_URL | AWS_ENDPOINT_URL_* | AWS_CA_BUNDLE | http_proxy | https_proxy | no_proxy | HTTP_PROXY | HTTPS_PROXY | NO_PROXY)
        value="${value#[\"\']}"
        export "$name=${!name:-${value%[\"\']}}"
        ;;
    esac
  done </etc/environment
}
read_machine_environment

# Tools that a script of the bundle cannot do without are named at once, not in the middle.
need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die "$tool is not installed; run: /opt/slipway/configure.sh"
  done
}

need_configured_host() {
  need jq aws curl openssl flock
  if runtime_can containers; then need docker; fi
  [[ -r $ENVIRONMENT ]] || die "$ENVIRONMENT is missing; this machine was not set up by its user data"
  AWS_REGION="$(environment .region)"
  AWS_DEFAULT_REGION="$AWS_REGION"
  export AWS_REGION AWS_DEFAULT_REGION
  [[ -z $(environment .dataVolume) ]] || mountpoint -q "$DATA" || die "$DATA is not mounted; look at: systemctl status slipway-data"
  install -d -m 0700 "$RUNTIME_DIR" "$DATA/secrets" "$BACKUPS"
  install -d -m 0755 "$RELEASES" "$STATUS" "$DATA/app"
}

# help TEXT ARGUMENTS…: prints TEXT when one of the arguments asks for it.
help_if_asked() {
  local text=$1 argument
  shift
  for argument in "$@"; do
    case "$argument" in
      -h | --help)
        printf '%s\n' "$text"
        exit 0
        ;;
    esac
  done
}
