#!/usr/bin/env bash
# Lists the buckets that a block of public access for the whole account would close.
# Task: Set up
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway public-buckets [--region REGION] [--check [BUCKET...]]

Looks at every bucket of the account, changes nothing, and lists those that are open to the public by their policy or
their ACL and aren't closed by a block of their own. slipway:blockPublicBuckets of the foundation would close them: a
site that is served from one of them stops.

  --check  leaves with 1 when there is one that isn't named; pulumi up asks so before it sets the block

Needs the rights s3:ListAllMyBuckets and, on every bucket, s3:GetBucketPublicAccessBlock, s3:GetBucketPolicyStatus and
s3:GetBucketAcl.
USAGE
}

region='' check='' named=()
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --region)
      value_of "$1" $#
      region=$2
      shift
      ;;
    --check) check=yes ;;
    -*) problem "\"$1\" is not an option" ;;
    *)
      if [[ -n $check ]]; then named+=("$1"); else problem "\"$1\": names of buckets come after --check"; fi
      ;;
  esac
  shift
done
no_problems

need_aws
make_scratch
aws_options=()
if [[ -n $region ]]; then aws_options=(--region "$region"); fi

# asked VARIABLE ABSENT ARGUMENT...: what S3 says of a bucket; nothing where it says that there is none (ABSENT).
asked() {
  local -n _answer=$1
  local _absent=$2
  shift 2
  if patiently _answer s3api "$@" "${aws_options[@]}" --output text; then return; fi
  [[ -n $_absent && $error_code == "$_absent" ]] || die "S3 refuses aws s3api $1 ($*): $error_text"
  _answer=''
}

# open_by BUCKET: how the public reaches it, into $how; empty when it doesn't.
open_by() {
  local block policy grants
  how=''
  asked block NoSuchPublicAccessBlockConfiguration get-public-access-block --bucket "$1" --query \
    'PublicAccessBlockConfiguration.[BlockPublicAcls,IgnorePublicAcls,BlockPublicPolicy,RestrictPublicBuckets]'
  [[ ! $block =~ ^True[[:space:]]True[[:space:]]True[[:space:]]True$ ]] || return 0
  asked policy NoSuchBucketPolicy get-bucket-policy-status --bucket "$1" --query PolicyStatus.IsPublic
  if [[ $policy == True ]]; then how='by its policy'; fi
  asked grants '' get-bucket-acl --bucket "$1" --query 'Grants[].Grantee.URI'
  if [[ $grants =~ /global/(AllUsers|AuthenticatedUsers) ]]; then how+=${how:+', '}'by its ACL'; fi
}

buckets=''
asked buckets '' list-buckets --query 'Buckets[].Name'
unnamed=()
for bucket in $buckets; do
  [[ $bucket != None ]] || continue
  open_by "$bucket"
  [[ -n $how ]] || continue
  printf '%s\t%s\n' "$bucket" "$how"
  if [[ " ${named[*]} " != *" $bucket "* ]]; then unnamed+=("$bucket"); fi
done

[[ -n $check && ${#unnamed[@]} -gt 0 ]] || exit 0
printf -v list '%s, ' "${unnamed[@]}"
die "${#unnamed[@]} of these would be closed and aren't named. Whatever is served from them stops. Close them one by one
first, or name them in Pulumi.foundation.yaml:
  slipway:blockPublicBuckets: {closes: [${list%, }]}"
