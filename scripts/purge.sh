#!/usr/bin/env bash
# Empties the buckets and registries of a stack, all versions, for good.
# Task: Data
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway purge STACK (--confirm 'purge STACK' | --check) [--region REGION]

Deletes every version of every object in the stack's buckets, its backups too, and every image in its registries. The
buckets and registries themselves stay. Which they are is read from the stack's state, and each has to carry the tag
ManagedBy=pulumi. ./slipway destroy STACK --purge runs this.

That all of it may be deleted is checked before anything is. The right to is asked for with a deletion of what isn't
there.

  --confirm PHRASE  the words "purge" and the stack's name
  --check           only checks that it may
USAGE
}

phrase='' only_check=''
own_option() {
  case $1 in
    --check) only_check=yes ;;
    --confirm)
      value_of "$1" $#
      phrase=$2 taken=2
      ;;
    *) return 1 ;;
  esac
}

parse "$@"
stack_alone
no_run_options
[[ -n $only_check || -n $phrase ]] || problem "--confirm 'purge ${stack:-STACK}' or --check is missing"
[[ -z $phrase || $phrase == "purge ${stack:-}" ]] || problem "--confirm: \"$phrase\" is not \"purge ${stack:-STACK}\""
no_problems
need_jq
need_aws
make_scratch
need_backend
state_bucket=$bucket
need_pulumi
make_project
export_state "$scratch/state"

# What the catalog of AWS says of what has to be emptied, and of what.
readonly contents=$root/src/main/resources/dev/slipway/aws/contents.json

# holding WHAT: the ids of the stack's resources that hold this.
holding() {
  # shellcheck disable=SC2016 # jq's own variables
  jq -r --arg what "$1" --slurpfile of "$contents" \
    '.deployment.resources[]? | select($of[0][.type] == $what) | .id // empty' "$scratch/state"
}

# gone: whether the last call failed since there is no such thing any more.
gone() { [[ $error_code =~ ^(NoSuchBucket|RepositoryNotFoundException)$ ]]; }

empty_bucket() {
  local bucket=$1 tag='' page='' answer='' errors count=0
  # shellcheck disable=SC2016 # backquotes are JMESPath's own
  if ! patiently tag s3api get-bucket-tagging --region "$region" --bucket "$bucket" --output text \
    --query 'TagSet[?Key==`ManagedBy`].Value'; then
    if gone; then
      [[ -n $checking ]] || say "$bucket: is gone already"
      return
    fi
    [[ $error_code == NoSuchTagSet ]] || die "the tags of $bucket can't be read: $error_text"
  fi
  [[ $tag == pulumi ]] || die "$bucket does not carry the tag ManagedBy=pulumi: it is not touched"
  if [[ -n $checking ]]; then
    # No object has this name; of one that isn't there a version goes without a trace.
    patiently answer s3api delete-object --region "$region" --bucket "$bucket" --key .slipway-purge-check \
      --version-id null || die "the versions in $bucket may not be deleted: $error_text. Nothing was changed"
    return
  fi
  while true; do
    patiently page s3api list-object-versions --region "$region" --bucket "$bucket" --max-items 1000 --output json ||
      die "$bucket can't be listed: $error_text"
    jq '{Quiet: true, Objects: [(.Versions // [])[], (.DeleteMarkers // [])[] | {Key, VersionId}]}' \
      <<<"${page:-"{}"}" >"$scratch/objects"
    [[ $(jq '.Objects | length' "$scratch/objects") != 0 ]] || break
    patiently answer s3api delete-objects --region "$region" --bucket "$bucket" --delete "file://$scratch/objects" \
      --output json || die "the objects of $bucket can't be deleted: $error_text"
    errors=$(jq -r '(.Errors // [])[:3][] | "\(.Key): \(.Code)"' <<<"${answer:-"{}"}")
    [[ -z $errors ]] || die "not all of $bucket can be deleted: $errors"
    count=$((count + $(jq '.Objects | length' "$scratch/objects")))
  done
  say "$bucket: $count versions deleted"
}

empty_registry() {
  local name=$1 tag='' page='' answer='' failures count=0 all at removed ecr=(--region "$region" --repository-name "$1" --output json)
  if ! patiently tag ecr describe-repositories --region "$region" --repository-names "$name" --output text \
    --query 'repositories[0].repositoryArn'; then
    gone || die "the registry $name can't be found: $error_text"
    [[ -n $checking ]] || say "$name: is gone already"
    return
  fi
  # shellcheck disable=SC2016 # backquotes are JMESPath's own
  patiently tag ecr list-tags-for-resource --region "$region" --resource-arn "$tag" --output text \
    --query 'tags[?Key==`ManagedBy`].Value' || die "the tags of $name can't be read: $error_text"
  [[ $tag == pulumi ]] || die "$name does not carry the tag ManagedBy=pulumi: it is not touched"
  if [[ -n $checking ]]; then
    patiently answer ecr batch-delete-image "${ecr[@]}" --image-ids "imageDigest=sha256:$(printf '0%.0s' {1..64})" ||
      die "the images of $name may not be deleted: $error_text. Nothing was changed"
    return
  fi
  # An image stays as long as an index names it. Which do isn't listed, so that it is tried until nothing moves.
  while true; do
    patiently page ecr list-images "${ecr[@]}" || die "$name can't be listed: $error_text"
    jq '[(.imageIds // [])[] | {imageDigest}] | unique' <<<"${page:-"{}"}" >"$scratch/all"
    all=$(jq length "$scratch/all")
    ((all)) || break
    failures='' removed=0
    for ((at = 0; at < all; at += 100)); do
      jq --argjson at "$at" '.[$at:$at + 100]' "$scratch/all" >"$scratch/images"
      patiently answer ecr batch-delete-image "${ecr[@]}" --image-ids "file://$scratch/images" ||
        die "the images of $name can't be deleted: $error_text"
      failures+=$(jq -r '(.failures // [])[:3][] | "\n  \(.imageId.imageDigest): \(.failureReason)"' <<<"$answer")
      removed=$((removed + $(jq '[(.imageIds // [])[].imageDigest] | unique | length' <<<"$answer")))
    done
    count=$((count + removed))
    ((removed)) || die "not all images of $name can be deleted:$failures"
  done
  say "$name: $count images deleted"
}

# Backups come first: they are what the rights for the rest may not reach.
mapfile -t buckets < <(holding objects |
  awk '/backup/ { print; next } { rest = rest $0 ORS } END { printf "%s", rest }')
mapfile -t registries < <(holding images)
for bucket in "${buckets[@]}"; do
  [[ $bucket != "$state_bucket" ]] || die "$bucket, which $stack lists as its own, holds the state of the stacks: nothing is touched"
done
for checking in yes ''; do
  [[ -n $checking || -z $only_check ]] || break
  for bucket in "${buckets[@]}"; do empty_bucket "$bucket"; done
  for registry in "${registries[@]}"; do empty_registry "$registry"; done
done
((${#buckets[@]} + ${#registries[@]})) || say "$stack has no bucket and no registry"
