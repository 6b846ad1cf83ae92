#!/usr/bin/env bash
# Says whether this machine has what Slipway needs.
# Task: Set up
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway doctor [--json]

Shows each program with what was found, what is needed, what for, and how to get it. Changes nothing.

With credentials it also asks AWS whether the account's quotas hold what the stack files here describe, in each of their
regions: vCPUs, Elastic IPs, VPCs, load balancers; and whether their zones have their instance types. A new account may
have 5 vCPUs only. What can't be read is said to be unknown.

  --json  prints one JSON array instead

Leaves with 1 when something is missing or too old that is needed to bring up a stack; gh, Docker and Python are needed
for some things only, and a quota that is too low is raised by AWS, within hours or days.
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
  "https://www.pulumi.com/docs/install/, or ./slipway tools pulumi pulumi-language-java builds $pulumi_pinned"
# It doesn't say its version.
row 'Java host' "$(! command -v pulumi-language-java >/dev/null || say there)" '' yes "Pulumi's, for Java programs" \
  'comes with Pulumi, or ./slipway tools pulumi-language-java'
# With S3's conditional writes, by which releases of several hosts take their lock.
aws_found=$(said aws --version | head -n 1)
aws_needed=2.23
[[ $aws_found != 1.* ]] || aws_needed=1.37
row 'AWS CLI' "$aws_found" "$aws_needed" yes 'every script that calls AWS' \
  "https://docs.aws.amazon.com/cli/, or ./slipway tools python installs $aws_pinned"
row git "$(said git --version)" '' yes 'the sources, and who releases' 'https://git-scm.com/downloads'
row jq "$(said jq --version)" '' yes 'state, locks and their records' 'https://jqlang.org/download/, or ./slipway tools system'
row gh "$(said gh --version)" '' no "./slipway bootstrap --github, GitHub's rules" 'https://cli.github.com'
row Docker "$(version_in "$(docker info --format '{{.ServerVersion}}' 2>/dev/null || true)" || true)" '' no './slipway rehearse, and building images' \
  'https://docs.docker.com/engine/install/, or ./slipway tools docker'
# An engine that is there and doesn't answer isn't missing.
if [[ ${rows[-1]} == $'Docker\tmissing'* ]] && command -v docker >/dev/null; then
  rows[-1]=$'Docker\tstopped\t-\t-\tno\t./slipway rehearse, and building images\tstart it: systemctl start docker, or ./slipway tools docker'
fi
row Python "$(said python3 --version)" "$python_needed" no './slipway test, ./slipway rehearse' \
  'https://www.python.org/downloads/'

# --- the account ---------------------------------------------------------------------------------------------------

# quota_row REGION WHAT NEEDED SERVICE CODE FOR
quota_row() {
  local state=ok how="aws service-quotas request-service-quota-increase --region $1 --service-code $4 --quota-code $5 --desired-value $3"
  (($3 > 0)) || return 0
  quota_of "$4" "$5" "$1"
  if [[ -z $quota ]]; then
    state=unknown how="it can't be read: ${error_text//[$'\n\t']/ }"
  elif ((quota < $3)); then
    state=low
  fi
  rows+=("$2"$'\t'"$state"$'\t'"${quota:--}"$'\t'"$3"$'\t'no$'\t'"$6 in $1"$'\t'"$how")
}

# ask_account: what all stacks of this account need together, by region.
ask_account() {
  local account name file region vcpus type each count biggest stacks
  local -A cpus=() spare=() addresses=() networks=() balancers=() names=()
  if ! try_aws account sts get-caller-identity --output text --query Account; then
    rows+=("AWS"$'\t'unknown$'\t'-$'\t'-$'\t'no$'\t'"quotas of the account"$'\t'"they can't be asked: ${error_text//[$'\n\t']/ }")
    return 0
  fi
  mapfile -t stacks < <(stack_names)
  # In a shell of its own: what can't be read for want of a tool is a row of this table. All at once, and kept from then on.
  if ! error_text=$( (need_readable "${stacks[@]}") 2>&1 >/dev/null); then
    rows+=("files"$'\t'unknown$'\t'-$'\t'-$'\t'no$'\t'"the stack files"$'\t'"they can't be read: ${error_text//[$'\n\t']/ }")
    return 0
  fi
  for name in "${stacks[@]}"; do
    file=$(stack_file "$name")
    need_readable "$name"
    if ((${#problems[@]})); then
      rows+=("files"$'\t'low$'\t'-$'\t'-$'\t'no$'\t'"the stack $name"$'\t'"${problems[*]}")
      problems=()
      continue
    fi
    region=$(stack_value "$file" aws:region)
    type=$(host_type "$file")
    each=$(stack_value "$file" slipway:account)
    [[ -n $type && -n $region && (-z $each || $each == "$account") ]] || continue
    count=$(host_count "$file")
    [[ $count =~ ^[0-9]{1,3}$ ]] || continue
    vcpus=$(vcpus_of "$type" "$region")
    cpus[$region]=$((${cpus[$region]:-0} + vcpus * count))
    # A group has one more host while it replaces one; not all of them do so at once.
    biggest=${spare[$region]:-0}
    if [[ $(hosts_of "$file") == fleet ]]; then
      ((vcpus <= biggest)) || biggest=$vcpus
    fi
    spare[$region]=$biggest
    balancers[$region]=$((${balancers[$region]:-0} + $(host_balancers "$file")))
    addresses[$region]=$((${addresses[$region]:-0} + $(host_addresses "$file")))
    networks[$region]=$((${networks[$region]:-0} + 1))
    names[$region]+=" $name"
    check_zones "$file" "$region"
    if [[ -n $zone_problem ]]; then
      rows+=("zones"$'\t'low$'\t'-$'\t'-$'\t'no$'\t'"hosts of $name"$'\t'"$zone_problem")
    elif [[ -n $zone_unknown ]]; then
      rows+=("zones"$'\t'unknown$'\t'-$'\t'-$'\t'no$'\t'"hosts of $name"$'\t'"it can't be asked: ${zone_unknown//$'\t'/ }")
    fi
  done
  for region in "${!cpus[@]}"; do
    quota_row "$region" vCPUs $((cpus[$region] + spare[$region])) ec2 L-1216C47A "hosts of${names[$region]}, and one that replaces another,"
    quota_row "$region" addresses "${addresses[$region]}" ec2 L-0263D0A3 "Elastic IPs of${names[$region]}"
    quota_row "$region" VPCs "${networks[$region]}" vpc L-F678F1CE "networks of${names[$region]}"
    quota_row "$region" balancers "${balancers[$region]:-0}" elasticloadbalancing L-53DA6B97 "load balancers of${names[$region]}"
  done
}

if [[ -n $(said aws --version) ]]; then
  make_scratch
  ask_account
fi

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
    # What AWS is asked after is a thing of the account, and no program.
    [[ $name != zones && $state != unknown ]] || {
      printf '%-8s %-10s %-12s %-8s %s\n%-8s %-10s %s\n' "$state" "$name" "$found" "$needed" "$for" '' '' "$how"
      continue
    }
    [[ $required == yes ]] || for+=' (optional)'
    printf '%-8s %-10s %-12s %-8s %s\n' "$state" "$name" "$found" "$needed" "$for"
    [[ $state == ok ]] || printf '%-8s %-10s get it: %s\n' '' '' "$how"
  done
fi
if ((bad)); then
  [[ -n $json ]] || note 'something that is needed is missing'
  exit 1
fi
