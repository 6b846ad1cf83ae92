#!/usr/bin/env bash
# Writes today's Ubuntu image into a stack's file.
# Task: Set up
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway ami STACK [--region REGION] [--print | --id ID]

Looks up the newest Ubuntu 24.04 image for the stack's region and architecture, in Canonical's public parameter, and
writes it as slipway:host.ami. A stack that is up replaces its machine at the next up; the data volume stays.

  --print  prints it, and writes nothing
  --id ID  writes this one, which was looked up before, and asks nobody
USAGE
}

print='' id=''
own_option() {
  case $1 in
    --print) print=yes ;;
    --id)
      value_of "$1" $#
      id=$2 taken=2
      [[ $id =~ ^ami-[0-9a-f]{8,17}$ ]] || problem "--id: \"$id\" is not an image's id"
      ;;
    *) return 1 ;;
  esac
}

parse "$@"
stack_alone
no_run_options
type=''
if [[ -e ${file:-} ]]; then
  type=$(host_type "$file")
fi
[[ -z $print || -z $id ]] || problem '--print and --id exclude each other'
no_problems

# In the name of an instance type the g after the generation stands for Graviton, AWS's arm64 processor.
architecture=x86_64 canonical=amd64
if [[ ${type:-t3.medium} =~ ^[a-z]+[0-9]+g ]]; then architecture=arm64 canonical=arm64; fi

make_scratch
# look_up: sets $id.
look_up() {
  local parameter
  need_aws
  parameter=/aws/service/canonical/ubuntu/server/24.04/stable/current/$canonical/hvm/ebs-gp3/ami-id
  patiently id ssm get-parameter --region "$region" --name "$parameter" --query Parameter.Value --output text ||
    die "$parameter can't be read in $region: $error_text"
  [[ $id =~ ^ami-[0-9a-f]+$ ]] || die "$parameter in $region holds \"$id\", which is no image"
}
[[ -n $id ]] || look_up

line="ami: {id: $id, region: $region, architecture: $architecture}"
if [[ -n $print ]]; then
  say "$line"
  exit
fi

# The setting may stand on one line or on several, deeper than its key.
awk -v line="$line" '
  function depth(text) { match(text, /^ */); return RLENGTH }
  inside && (depth($0) > at && $0 !~ /^ *$/) { next }
  { inside = 0 }
  !done && /^ +ami:/ { at = depth($0); printf "%*s%s\n", at, "", line; inside = 1; done = 1; next }
  !done && /ami: *\{[^}]*\}/ { sub(/ami: *\{[^}]*\}/, line); done = 1 }
  { print }
  END { exit !done }
' "$file" >"$scratch/stack" || die "$file has no slipway:host.ami to replace; put this under slipway:host:
  $line"
# The reader has to see that image in its place, and nothing else that changed.
without='.config | to_entries | map(.value |= (objects |= del(.ami)))'
cp "${file%/*}/Pulumi.yaml" "$scratch/"
cp "$scratch/stack" "$scratch/${file##*/}"
[[ $(stack_query "$scratch/${file##*/}" "$without | tostring") == "$(stack_query "$file" "$without | tostring")" &&
$(stack_query "$scratch/${file##*/}" '[.config[] | objects | .ami // empty] | map([.id, .region, .architecture]) | tostring') == "[[\"$id\",\"$region\",\"$architecture\"]]" ]] ||
  die "$file is written in a way that can't be changed from here; write this yourself: $line"
if cmp -s "$scratch/stack" "$file"; then
  say "$file has it already: $id"
else
  cat "$scratch/stack" >"$file"
  say "$file: $line (for ${type:-t3.medium})"
fi
