#!/usr/bin/env bash
# Lists the versions of a stack's state, and brings an earlier one back.
# Task: Repair
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway state-repair STACK [--last N]            lists the versions of its state, the newest first
       ./slipway state-repair STACK --to VERSION [--yes]   brings one back, as a new version

The bucket keeps what every update wrote. A version is brought back only when it is a whole deployment of this stack,
and when nobody holds the stack: the stack is locked while it is done. Nothing is lost by it, since the version that is
put aside stays in the list. Then it previews: what the version didn't know of yet shows as to be created.

  --last N         how many versions to list; default 10
  --yes            doesn't ask
  --region REGION  instead of the stack file's

Exit status: 0 brought back, and the preview is clean; 3 brought back, and the preview shows differences; 10 somebody
holds the stack; else nothing was changed.
USAGE
}

to='' last=10 yes=''
own_option() {
  case $1 in
    --to | --last)
      value_of "$1" $#
      if [[ $1 == --to ]]; then to=$2; else last=$2; fi
      taken=2
      ;;
    --yes) yes=yes ;;
    *) return 1 ;;
  esac
}

parse "$@"
stack_alone
check_number --last "$last"
no_run_options
[[ ! -e ${file:-} ]] || need_secrets_provider
no_problems
need_aws
make_scratch
need_backend
need_account

# read_versions KEY FILE: every version of the object and every time that it was deleted, the newest first.
read_versions() {
  local found=''
  state_api found list-object-versions --prefix "$1" --output json ||
    stop_for_state "listing the versions of s3://$bucket/$1 (s3:ListBucketVersions)"
  printf '%s' "${found:-null}" >"$2.raw"
  jq '[((.Versions // [])[] | {key: .Key, version: .VersionId, time: .LastModified, size: .Size, latest: .IsLatest}),
       ((.DeleteMarkers // [])[] | {key: .Key, version: .VersionId, time: .LastModified, size: null, latest: .IsLatest})]
      | reverse | sort_by(.time) | reverse' "$2.raw" >"$2"
}

# writers FILE: who was at work when, from the history of the records: [{who, from, until}].
writers() {
  read_versions "$runs_key" "$scratch/writers.all"
  jq '[group_by(.key)[] | (.[0].key | split("/") | last) as $name
       | {who: ($name | sub("^[^.]*\\."; "") | sub("\\.[0-9]+-[0-9]+\\.json$"; "")),
          from: ($name | sub("^(?<d>....)(?<m>..)(?<t>..)T(?<h>..)(?<i>..)(?<s>..)Z.*$"; "\(.d)-\(.m)-\(.t)T\(.h):\(.i):\(.s)")),
          until: (map(.time[0:19]) | max)}]' "$scratch/writers.all" >"$1"
}

# fetch_version VERSION FILE
fetch_version() {
  state_do get-object --key "$state_key" --version-id "$1" "$2"
}

# faults FILE: what keeps it from being the state of this stack, one a line; nothing when it is whole.
faults() {
  if ! jq -e . "$1" >/dev/null 2>&1; then
    say 'it is not JSON'
    return
  fi
  jq -r --arg stack "organization/$(stack_query "$(stack_file "$stack")" .project)/$stack" --arg name "$stack" '
    def known: map({(.urn // ""): true}) | add // {};
    if type != "object" or (.version != 3 and .version != 4) or (.checkpoint | type) != "object" then "it is not a deployment"
    else
      .checkpoint as $c | ($c.latest.resources // []) as $r | ($r | known) as $urns
      | (if $c.stack != $stack then "it is of the stack \($c.stack)" else empty end),
        (if ($c.latest.secrets_providers.type // "") != "cloud" then "its secrets provider is \($c.latest.secrets_providers.type // "none")" else empty end),
        ($r[] | select(.urn == null or .type == null) | "a resource has no name or type"),
        ($r[] | select(.urn != null) | select(.urn | startswith("urn:pulumi:\($name)::") | not) | "\(.urn) is of another stack"),
        ($r | map(select(.delete != true) | .urn) | group_by(.)[] | select(length > 1) | "\(.[0]) is there twice"),
        ($r[] | .urn as $u | (.parent // empty), (.dependencies // [])[] | select($urns[.] == null) | "\($u) needs \(.), which is missing")
    end' "$1"
}

# resources FILE: their names, sorted.
resources() { jq -r '(.checkpoint.latest.resources // [])[].urn' "$1" 2>/dev/null | sort -u || true; }

read_versions "$state_key" "$scratch/versions.all"
jq --arg key "$state_key" '[.[] | select(.key == $key)]' "$scratch/versions.all" >"$scratch/versions"
[[ $(jq length "$scratch/versions") != 0 ]] ||
  die "there is no version of s3://$bucket/$state_key: the stack $stack was never in this bucket. $unchanged"

# --- the list ------------------------------------------------------------------------------------------------------

list_versions() {
  local version time size count latest who
  writers "$scratch/writers"
  printf '%-34s  %-20s  %9s  %9s  %s\n' VERSION TIME SIZE RESOURCES WHO
  while IFS=$'\t' read -r version time size latest who; do
    if [[ $size == - ]]; then
      count=deleted
    elif ! fetch_version "$version" "$scratch/version"; then
      count='?'
    elif [[ -n $(faults "$scratch/version") ]]; then
      count=damaged
    else
      count=$(jq '.checkpoint.latest.resources // [] | length' "$scratch/version")
    fi
    printf '%-34s  %-20s  %9s  %9s  %s\n' "$version" "${time:0:19}Z" "$size" "$count" "$who$latest"
  done < <(
    jq -r --slurpfile w "$scratch/writers" --argjson last "$last" '.[:$last][] | .time[0:19] as $t
      | [.version, .time, (.size // "-"), (if .latest then " (now)" else "-" end),
         ([$w[0][] | select(.from <= $t and $t <= .until)] | max_by(.until) | .who // "-")] | @tsv' "$scratch/versions" |
      sed 's/\t-\t\([^\t]*\)$/\t\t\1/' | awk -F'\t' -v OFS='\t' '{ if ($4 == "") $4 = " "; print }'
  )
  printf '\nTo bring one back: ./slipway state-repair %s --to VERSION\n' "$stack"
}

if [[ -z $to ]]; then
  list_versions
  exit
fi

# --- bringing one back ---------------------------------------------------------------------------------------------

[[ $(jq --arg v "$to" '[.[] | select(.version == $v and .size != null)] | length' "$scratch/versions") == 1 ]] ||
  die "there is no version $to of $stack's state; ./slipway state-repair $stack lists them. $unchanged"
[[ $(jq -r --arg v "$to" '.[] | select(.version == $v) | .latest' "$scratch/versions") != true ]] ||
  die "version $to is the one that is there now. $unchanged"
fetch_version "$to" "$scratch/wanted" || stop_for_state "reading version $to (s3:GetObjectVersion)"
wrong=$(faults "$scratch/wanted")
[[ -z $wrong ]] || die "version $to can't be brought back, since $(head -n 3 <<<"$wrong" | paste -sd';' -). $unchanged"
need_free

# show_difference: what the state would know that it doesn't know now, and the other way round.
show_difference() {
  local now=$scratch/present
  say "version $to of $(jq -r --arg v "$to" '.[] | select(.version == $v) | .time' "$scratch/versions"): $(resources "$scratch/wanted" | wc -l) resources"
  if ! fetch_object "$state_key" "$now"; then
    say 'there is no state now'
  elif [[ -n $(faults "$now") ]]; then
    say 'what is there now is damaged'
  else
    resources "$scratch/wanted" >"$scratch/wanted.names"
    resources "$now" >"$now.names"
    comm -13 "$scratch/wanted.names" "$now.names" | sed 's/^/  would be forgotten, and stays in AWS: /'
    comm -23 "$scratch/wanted.names" "$now.names" | sed 's/^/  would be known again: /'
  fi
}

show_difference
if [[ -z $yes ]]; then
  [[ -t 0 ]] || die 'nobody is here to ask; give --yes. Nothing was changed.'
  printf 'Bring it back? [y/N] '
  read -r answer
  [[ $answer == [yY]* ]] || die 'nothing was changed'
fi

# Pulumi's own way of taking its lock: write one, look, and give way to others. With its record, like any other run.
take_lock() {
  lock_id=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen | tr '[:upper:]' '[:lower:]')
  begin_record "state-repair.sh $stack"
  trap 'release_lock; rm -rf "$scratch"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  write_record $$ || stop_for_state "writing the record of this run (s3:PutObject)"
  jq -n --arg user "$(id -un)" --arg host "$(uname -n)" --argjson pid $$ --arg time "$(now)" \
    '{pid: $pid, username: $user, hostname: $host, timestamp: $time}' >"$scratch/own-lock"
  state_do put-object --key "$locks_key$lock_id.json" --body "$scratch/own-lock" ||
    stop_for_state 'locking the stack (s3:PutObject)'
  read_locks
  if ((${#locks[@]} > 1)); then
    release_lock
    need_free
    die 'another run began at the same time, and both gave way; run this again. Nothing was changed.'
  fi
}

release_lock() {
  [[ -n ${lock_id:-} ]] || return 0
  state_do delete-object --key "$locks_key$lock_id.json" ||
    note "the lock $lock_id can't be removed: $error_text; remove it with: ./slipway unlock $stack $lock_id"
  remove_record || true
  lock_id=''
}

take_lock
made=''
state_api made copy-object --key "$state_key" --copy-source "$bucket/$state_key?versionId=$to" --output text --query VersionId ||
  stop_for_state "writing the state (s3:PutObject)"
release_lock
trap 'rm -rf "$scratch"' EXIT
say "version $to is the state of $stack again, as version $made"
status=0
"$root/scripts/up.sh" "$stack" --dry-run --region "$region" -- --diff=false --expect-no-changes || status=$?
if ((status)); then
  note "the preview is not clean. What it would create may be there already, made after this version was written: see docs/runbooks/state.md"
  exit 3
fi
say 'the preview is clean'
