#!/usr/bin/env bash
# Has ECR scan an image, and fails on what it finds.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ci/scan-image.sh REPOSITORY DIGEST --region REGION [options]

Waits for ECR's scan of the image (starts it where the repository doesn't scan on push), prints the findings, and
fails when there is one. A scan that did not come to its end fails too.

  --threshold LEVEL  fails only from this severity on: any, low, medium, high, critical; default what the repository's
                     tag slipway:failOn says, which the foundation's settings make, and any where there is none
  --ignore FILE      findings that are known and accepted; default none
  --timeout S        how long to wait for the scan; default 900

A line of the ignore file is: the finding's name, the last day on which it is accepted, and the reason. Lines that are
empty or begin with # count for nothing:

  CVE-2026-12345  2027-01-31  the vulnerable function is not called; fixed in Debian 13.2

An entry without a date or a reason is an error, and so is one whose day has passed.

Exit status: 0 nothing found that counts; 1 something found, or no result; 2 wrong usage, or a bad ignore file.
USAGE
}

region='' threshold='' ignore='' timeout=900
take_options 'region threshold ignore timeout' '' "$@"
((${#words[@]} == 2)) || problem "REPOSITORY and DIGEST are needed, ${#words[@]} words were given"
name=${words[0]:-} digest=${words[1]:-}
[[ -z $name || $name =~ ^[a-z0-9][a-z0-9._/-]{1,255}$ ]] || problem "REPOSITORY: \"$name\" is not an ECR repository's name"
[[ -z $digest || $digest =~ ^sha256:[0-9a-f]{64}$ ]] || problem "DIGEST: \"$digest\" is not sha256: and 64 digits"
check_number --timeout "$timeout"
[[ -n $region ]] || problem '--region is missing'
known() { [[ $1 =~ ^(any|low|medium|high|critical)$ ]]; }
[[ -z $threshold ]] || known "$threshold" ||
  problem "--threshold: \"$threshold\" is not any, low, medium, high or critical"

# --- what is accepted ----------------------------------------------------------------------------------------------

today=$(date -u +%F)
declare -A accepted=() used=()

# read_ignored FILE: an entry that nobody looks at any more hides things.
read_ignored() {
  local line number=0 id until reason
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=${line%$'\r'}
    [[ ! $line =~ ^[[:space:]]*(#|$) ]] || continue
    read -r id until reason <<<"$line"
    if [[ ! $until =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}$ ]] || [[ $(date -u -d "$until" +%F 2>/dev/null) != "$until" ]]; then
      problem "$1:$number: $id has no last day (such as 2027-01-31) after it"
    elif [[ ! $reason =~ [[:alnum:]] ]]; then
      problem "$1:$number: $id has no reason after its day"
    elif [[ $until < $today ]]; then
      problem "$1:$number: $id was accepted until $until ($reason): fix it, or say anew why not"
    else
      accepted[$id]=$reason
    fi
  done <"$1"
}

if [[ -n $ignore ]]; then
  if [[ -r $ignore ]]; then read_ignored "$ignore"; else problem "--ignore: \"$ignore\" can't be read"; fi
fi
no_problems

# --- the scan ------------------------------------------------------------------------------------------------------

need_jq
need_aws
make_scratch

# agreed: sets $threshold to what the repository's tag says. What can't be read is no reason to let more pass.
agreed() {
  local arn='' tag=''
  patiently arn ecr describe-repositories --region "$region" --repository-names "$name" --output text \
    --query 'repositories[0].repositoryArn' || die "the repository $name in $region can't be found: $error_text"
  # shellcheck disable=SC2016 # backquotes are JMESPath's own
  if ! patiently tag ecr list-tags-for-resource --region "$region" --resource-arn "$arn" --output text \
    --query 'tags[?Key==`slipway:failOn`].Value'; then
    note "the tags of $name can't be read, so that any finding counts: $error_text"
  fi
  threshold=${tag:-any}
  known "$threshold" || die "the tag slipway:failOn of $name is \"$threshold\", not any, low, medium, high or critical"
}
[[ -n $threshold ]] || agreed

which=(--region "$region" --repository-name "$name" --image-id "imageDigest=$digest")

answer=''
if ! try_aws answer ecr start-image-scan "${which[@]}" --output json; then
  case $error_code in
    # It was scanned on push, or today already; or by enhanced scanning, which starts by itself.
    LimitExceededException | ScanInProgressException | ValidationException) ;;
    *) die "the scan of $name@$digest can't be started: $error_text" ;;
  esac
fi

deadline=$((SECONDS + timeout)) state=''
while true; do
  if patiently answer ecr describe-image-scan-findings "${which[@]}" --output json; then
    state=$(jq -r '.imageScanStatus.status // empty' <<<"$answer")
  elif [[ $error_code != ScanNotFoundException ]]; then
    die "the findings for $name@$digest can't be read: $error_text"
  fi
  case $state in
    # Enhanced scanning goes on for as long as the image is there; it is ACTIVE once there is a first result.
    COMPLETE | ACTIVE) break ;;
    '' | PENDING | IN_PROGRESS | SCAN_ELIGIBILITY_PENDING) ;;
    *) die "$name@$digest was not scanned: $state: $(jq -r '.imageScanStatus.description // ""' <<<"$answer")" ;;
  esac
  ((SECONDS < deadline)) || die "the scan of $name@$digest did not end in $timeout s; its state is ${state:-not known}"
  pause 5
done

# Basic and enhanced scanning tell the same in two forms.
jq -r '
  def rank: {"CRITICAL": 5, "HIGH": 4, "MEDIUM": 3, "LOW": 2, "INFORMATIONAL": 1}[.] // 6;
  .imageScanFindings
  | ((.findings // []) | map({id: .name, severity, at: ((.attributes // []) | map({(.key): .value}) | add // {}
        | "\(.package_name // "?") \(.package_version // "")")}))
    + ((.enhancedFindings // []) | map({id: (.packageVulnerabilityDetails.vulnerabilityId // .title // .findingArn), severity,
        at: ((.packageVulnerabilityDetails.vulnerablePackages // []) | map("\(.name) \(.version // "")") | join(", "))}))
  | map(.severity = (.severity // "UNDEFINED")) | unique | sort_by([-(.severity | rank), .id])
  | .[] | [(.severity | rank), .severity, .id, .at] | @tsv' <<<"$answer" >"$scratch/findings"

declare -A FROM=([any]=0 [low]=2 [medium]=3 [high]=4 [critical]=5)
counted=0 milder=0 worst='any finding'
[[ $threshold == any ]] || worst="$threshold and worse"
{
  printf '### Scan of %s\n\n' "$name"
  printf '%s, fails on %s\n\n' "$digest" "$worst"
  while IFS=$'\t' read -r rank severity id at; do
    verdict='**counts**'
    if [[ -n ${accepted[$id]:-} ]]; then
      verdict="accepted: ${accepted[$id]}"
      used[$id]=yes
    elif ((rank < FROM[$threshold])); then
      verdict='milder than the threshold'
      milder=$((milder + 1))
    else
      counted=$((counted + 1))
    fi
    printf -- '- %s %s in %s: %s\n' "$severity" "$id" "$at" "$verdict"
  done <"$scratch/findings"
  printf '\n%s findings: %s count, %s accepted, %s milder.\n\n' "$(wc -l <"$scratch/findings")" "$counted" "${#used[@]}" "$milder"
} >"$scratch/report"
cat "$scratch/report"
summarize "$scratch/report"
for id in "${!accepted[@]}"; do
  [[ -n ${used[$id]:-} ]] || note "$ignore: $id was not found, so its entry can go"
done
((counted == 0)) || die "$counted findings in $name@$digest: fix them, or accept them with a reason and a last day"
