#!/usr/bin/env bash
# Says whether this machine has what Slipway needs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/doctor.sh [--json]

Shows each program with what was found, what is needed, what for, and how to get it. Changes nothing.

  --json  prints one JSON array instead

Leaves with 1 when something is missing or too old that is needed to bring up a stack; gh, Docker and Python are needed
for some things only.
USAGE
}

json=''
while (($#)); do
  case $1 in
    --json) json=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) problem "\"$1\": it takes no words" ;;
  esac
  shift
done
no_problems

# --- what is needed, from where it is pinned -----------------------------------------------------------------------

jdk_needed=$(sed -n 's|.*<maven.compiler.release>\(.*\)</maven.compiler.release>.*|\1|p' "$root/pom.xml")
pulumi_needed=$(sed -n -E 's/.*the one on PATH when it is ([0-9.]+) or newer.*/\1/p' "$root/scripts/tools.sh" | head -n 1)
pulumi_pinned=$(awk '$1 == "require" && $2 != "(" { print $3; exit }' "$root/scripts/tools/pulumi/go.mod")
python_needed=$(sed -n -E 's/.*from_apt .Python ([0-9.]+) or newer.*/\1/p' "$root/scripts/tools.sh" | head -n 1)
aws_pinned=$(sed -n -E 's/^awscli==([0-9.]+).*/\1/p' "$root/scripts/tools/python/requirements.txt")

# --- what is found -------------------------------------------------------------------------------------------------

# version_in TEXT: the first thing in it that looks like a version.
version_in() { grep -oE '[0-9]+(\.[0-9]+)+|[0-9]+' <<<"$1" | head -n 1; }

# said PROGRAM WORD...: the version that it says it has; nothing when it isn't there.
said() {
  local text
  command -v "$1" >/dev/null || return 0
  text=$("$@" 2>&1 </dev/null) || return 0
  version_in "$text" || true
}

rows=()
bad=0

# row NAME FOUND NEEDED REQUIRED FOR HOW: REQUIRED is yes or no, NEEDED empty where any version will do.
row() {
  local state=ok
  if [[ -z $2 ]]; then
    state=missing
  elif [[ -n $3 ]] && ! version_at_least "$2" "$3"; then
    state=old
  fi
  [[ $state == ok || $4 == no ]] || bad=1
  rows+=("$1"$'\t'"$state"$'\t'"${2:--}"$'\t'"${3:--}"$'\t'"$4"$'\t'"$5"$'\t'"$6")
}

row JDK "$(said javac -version)" "$jdk_needed" yes 'the program' 'https://adoptium.net'
row Maven "$(mvn -version 2>/dev/null | sed -n 's/\x1b\[[0-9;]*m//g; s/^Apache Maven //p' | awk '{print $1}' || true)" '' yes \
  'building it' 'https://maven.apache.org/install.html'
row Pulumi "$(PULUMI_SKIP_UPDATE_CHECK=true said pulumi version)" "$pulumi_needed" yes 'the engine' \
  "https://www.pulumi.com/docs/install/, or scripts/tools.sh pulumi pulumi-language-java builds $pulumi_pinned"
# It doesn't say its version.
row 'Java host' "$(! command -v pulumi-language-java >/dev/null || say there)" '' yes "Pulumi's, for Java programs" \
  'comes with Pulumi, or scripts/tools.sh pulumi-language-java'
row 'AWS CLI' "$(said aws --version | head -n 1)" '' yes 'every script that calls AWS' \
  "https://docs.aws.amazon.com/cli/, or scripts/tools.sh python installs $aws_pinned"
row git "$(said git --version)" '' yes 'the sources, and who releases' 'https://git-scm.com/downloads'
row jq "$(said jq --version)" '' yes 'state, locks and their records' 'https://jqlang.org/download/, or scripts/tools.sh system'
row gh "$(said gh --version)" '' no "scripts/bootstrap.sh --github, GitHub's rules" 'https://cli.github.com'
row Docker "$(version_in "$(docker info --format '{{.ServerVersion}}' 2>/dev/null || true)" || true)" '' no 'scripts/rehearse.sh, and building images' \
  'https://docs.docker.com/engine/install/, or scripts/tools.sh docker'
row Python "$(said python3 --version)" "$python_needed" no 'scripts/test.sh, scripts/rehearse.sh' \
  'https://www.python.org/downloads/'

# --- the answer ----------------------------------------------------------------------------------------------------

if [[ -n $json ]]; then
  separator='['
  for line in "${rows[@]}"; do
    IFS=$'\t' read -r name state found needed required for how <<<"$line"
    if [[ $required == yes ]]; then required=true; else required=false; fi
    printf '%s\n  {"name": %s, "state": %s, "found": %s, "needed": %s, "required": %s, "for": %s, "how": %s}' "$separator" \
      "$(json_string "$name")" "$(json_string "$state")" "$(json_string "${found#-}")" "$(json_string "${needed#-}")" \
      "$required" "$(json_string "$for")" "$(json_string "$how")"
    separator=','
  done
  printf '\n]\n'
else
  printf '%-8s %-10s %-12s %-8s %s\n' '' '' FOUND NEEDED FOR
  for line in "${rows[@]}"; do
    IFS=$'\t' read -r name state found needed required for how <<<"$line"
    [[ $needed == - ]] || needed+=+
    [[ $needed != - ]] || needed=any
    [[ $required == yes ]] || for+=' (optional)'
    printf '%-8s %-10s %-12s %-8s %s\n' "$state" "$name" "$found" "$needed" "$for"
    [[ $state == ok ]] || printf '%-8s %-10s get it: %s\n' '' '' "$how"
  done
fi
if ((bad)); then
  [[ -n $json ]] || note 'something that is needed is missing'
  exit 1
fi
