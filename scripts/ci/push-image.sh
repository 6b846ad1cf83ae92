#!/usr/bin/env bash
# Builds an application's image, has it scanned, and pushes it to ECR under the commit's name.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ci/push-image.sh REPOSITORY --commit SHA --environment ENV --region REGION [options]

Builds with the cache that the last build left in the same repository (in REPOSITORY-cache, where tags can't be
moved), pushes without a tag, waits for ECR's scan (scripts/ci/scan-image.sh), and only when that finds nothing gives
the image the tags SHA and SHA-ENV. An application that did not change keeps its digest: times in the image are fixed,
and nothing in it tells the commit. A commit that was built before isn't built again, but scanned; and a tag with a
commit in it is never moved.

  --context DIR    what is built; default .
  --file FILE      default DIR/Dockerfile
  --platform P     default linux/amd64
  --prefix PREFIX  before every tag, for repositories that hold several images, for example backend-
  --images LIST    in the place of --context, --file and --prefix: the images of one application, as NAME=DIR, with
                   blanks between. Each is built from DIR/Dockerfile, and its tags begin with NAME-; NAME is what the
                   stack calls that app. No tag of any is put or moved before all have passed the scan
  --moving TAG     a tag that is moved to this image, for example latest; the prefix goes before it too
  --ignore FILE    findings of the scan that are known and accepted (scripts/ci/scan-image.sh --help); default none
  --builder NAME   a builder of docker buildx that is there; default one of its own, gone afterwards

A repository whose settings name prefixes (ecr.prefixes in the foundation's settings) takes tags with one of them only.

Prints image=REPOSITORY_URI@DIGEST and digest=DIGEST of each, and ref=, which is what ./slipway release takes: the
digest, or NAME@DIGEST of each with commas between. All are handed to a workflow's next steps; of several images the
ref alone.

Exit status: 0 pushed, scanned and tagged; 1 one was not built, or the scan found something: then no tag was put or
moved; 2 wrong usage, or a bad ignore file.
USAGE
}

commit='' environment='' region='' context='' file='' platform=linux/amd64 prefix='' images='' moving='' ignore='' builder=''
take_options 'commit environment region context file platform prefix images moving ignore builder' '' "$@"
((${#words[@]} == 1)) || problem "REPOSITORY is needed, ${#words[@]} words were given"
name=${words[0]:-}

# What is built, in order; each by its prefix, which is empty where there is but one.
order=()
declare -A contexts=() dockerfiles=() digests=()

# add PREFIX DIR FILE OPTION
add() {
  [[ -z ${contexts[x$1]:-} ]] || problem "$4: there are two with the prefix \"$1\""
  order+=("$1")
  contexts[x$1]=$2 dockerfiles[x$1]=$3
  [[ -e $3 ]] || problem "$4: there is no $3"
}

# read_images LIST
read_images() {
  local part
  [[ -z $context$file$prefix ]] || problem '--images stands in the place of --context, --file and --prefix'
  for part in $1; do
    if [[ $part =~ ^([a-z][a-z0-9]*(-[a-z0-9]+)*)=([A-Za-z0-9._/-]+)$ ]]; then
      add "${BASH_REMATCH[1]}-" "${BASH_REMATCH[3]}" "${BASH_REMATCH[3]}/Dockerfile" --images
    else
      problem "--images: \"$part\" is not NAME=DIR"
    fi
  done
  ((${#order[@]})) || problem '--images: names none'
}

if [[ -n $images ]]; then read_images "$images"; else add "$prefix" "${context:-.}" "${file:-${context:-.}/Dockerfile}" --file; fi
[[ -z $name || $name =~ ^[a-z0-9][a-z0-9._/-]{1,255}$ ]] || problem "REPOSITORY: \"$name\" is not an ECR repository's name"
[[ -n $commit ]] || problem '--commit is missing'
[[ -z $commit || $commit =~ ^[0-9a-f]{40}$ ]] || problem "--commit: \"$commit\" is not a whole commit id of 40 digits"
[[ -n $environment ]] || problem '--environment is missing'
[[ -z $environment || $environment =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$ ]] || problem "--environment: \"$environment\" can't be part of a tag"
[[ -z $prefix || $prefix =~ ^[a-z0-9][A-Za-z0-9._-]{0,40}$ ]] || problem "--prefix: \"$prefix\" can't begin a tag"
[[ -z $moving || $moving =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,40}$ ]] || problem "--moving: \"$moving\" is not a tag"
[[ ! $moving =~ [0-9a-f]{40} ]] || problem "--moving: \"$moving\" has a commit in it, and such tags are never moved"
[[ $platform =~ ^linux/(amd64|arm64)$ ]] || problem "--platform: \"$platform\" is not linux/amd64 or linux/arm64"
[[ -n $region ]] || problem '--region is missing'
[[ -z $ignore || -r $ignore ]] || problem "--ignore: \"$ignore\" can't be read"
no_problems

need_jq
need_aws
make_scratch
ecr=(--region "$region" --repository-name "$name" --output text)

found=''
patiently found ecr describe-repositories --region "$region" --repository-names "$name" --output text \
  --query 'repositories[0].[repositoryUri,imageTagMutability,repositoryArn]' ||
  die "the repository $name in $region can't be found: $error_text"
read -r uri mutability arn <<<"$found"
[[ -z $moving || $mutability == MUTABLE ]] ||
  die "--moving: the tags of $name can't be moved (ecr.immutableTags of the application). Nothing was built"

# What has none of its prefixes would be kept by another rule than the application's, and be found by no host.
prefixes=''
# shellcheck disable=SC2016 # backquotes are JMESPath's own
patiently prefixes ecr list-tags-for-resource --region "$region" --resource-arn "$arn" --output text \
  --query 'tags[?Key==`slipway:prefixes`].Value' || die "the tags of the repository $name can't be read: $error_text"
for prefix in "${order[@]}"; do
  [[ -z $prefixes || " $prefixes " == *" $prefix "* ]] ||
    die "the tags of $name begin with one of: $prefixes (ecr.prefixes of the application), and \"$prefix\" is none of them. Nothing was built"
done

# digest_of TAG: sets $found to the digest under it, empty when there is none.
digest_of() {
  found=''
  patiently found ecr describe-images "${ecr[@]}" --image-ids "imageTag=$1" --query 'imageDetails[0].imageDigest' ||
    [[ $error_code == ImageNotFoundException ]] || die "the tag $1 of $name can't be looked up: $error_text"
}

# --- build ---------------------------------------------------------------------------------------------------------

# sign_in: Docker's configuration of this run alone holds the token.
sign_in() {
  local plugins=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins
  # Builders are known where they were made.
  export BUILDX_CONFIG=${BUILDX_CONFIG:-${DOCKER_CONFIG:-$HOME/.docker}/buildx}
  mkdir -p "$scratch/docker"
  [[ ! -d $plugins ]] || ln -s "$(cd "$plugins" && pwd -P)" "$scratch/docker/cli-plugins"
  export DOCKER_CONFIG=$scratch/docker
  aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "${uri%%/*}" >&2 ||
    die "Docker can't sign in to ${uri%%/*}"
}

# make_ready: what the first build needs; the others have it.
make_ready() {
  [[ -z $ready ]] || return 0
  ready=yes
  need_docker
  sign_in
  [[ -z $builder ]] || return 0
  builder=slipway-$$
  trap 'docker buildx rm --force "$builder" >/dev/null 2>&1 || true; rm -rf "$scratch"' EXIT
  docker buildx create --name "$builder" --driver docker-container >/dev/null || die 'docker buildx can make no builder'
}

# build PREFIX: pushes without a tag, and sets $digest.
build() {
  make_ready
  # The cache's tag moves with every build; where tags can't, it has a repository of its own.
  local cache=$uri:$1build-cache
  [[ $mutability == MUTABLE ]] || cache=$uri-cache:$1build-cache
  # The attestations would hold the time and the commit, and make every digest a new one. ZIP files know no time
  # before 1980, so that is when everything in the image is from.
  SOURCE_DATE_EPOCH=315532800 docker buildx build --builder "$builder" --platform "$platform" --file "${dockerfiles[x$1]}" \
    --provenance=false --sbom=false \
    --cache-from "type=registry,ref=$cache" \
    --cache-to "type=registry,ref=$cache,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true" \
    --output "type=image,name=$uri,push-by-digest=true,name-canonical=true,push=true,rewrite-timestamp=true" \
    --metadata-file "$scratch/metadata" "${contexts[x$1]}" >&2 || die "${1:+$1: }the image was not built"
  digest=$(jq -r '."containerimage.digest" // empty' "$scratch/metadata")
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || die "docker buildx told no digest, but \"$digest\""
}

ready=''
for prefix in "${order[@]}"; do
  digest_of "$prefix$commit"
  digest=$found
  if [[ -n $digest ]]; then
    note "$prefix$commit was built before"
  else
    build "$prefix"
  fi
  digests[x$prefix]=$digest
done

# --- scan ----------------------------------------------------------------------------------------------------------

# What was built before is looked at again: a finding may have become known since.
worst=0
for prefix in "${order[@]}"; do
  status=0
  "$root/scripts/ci/scan-image.sh" "$name" "${digests[x$prefix]}" --region "$region" ${ignore:+--ignore "$ignore"} >&2 || status=$?
  if ((status)); then
    note "$name@${digests[x$prefix]} was pushed and did not pass"
    worst=$status
  fi
done
if ((worst)); then
  note "no tag was put or moved"
  exit "$worst"
fi

# --- tags ----------------------------------------------------------------------------------------------------------

# put TAG DIGEST: points it to the image.
put() {
  local manifest='' kind
  patiently manifest ecr batch-get-image "${ecr[@]}" --image-ids "imageDigest=$2" --query 'images[0].imageManifest' ||
    die "the manifest of $name@$2 can't be read: $error_text"
  kind=$(jq -r '.mediaType // "application/vnd.oci.image.manifest.v1+json"' <<<"$manifest")
  printf '%s' "$manifest" >"$scratch/manifest"
  # shellcheck disable=SC2034 # only whether it worked counts
  local answer=''
  try_aws answer ecr put-image "${ecr[@]}" --image-tag "$1" --image-digest "$2" --image-manifest-media-type "$kind" \
    --image-manifest "file://$scratch/manifest" --query 'image.imageId.imageDigest' ||
    [[ $error_code == ImageAlreadyExistsException ]] || die "the tag $1 can't be put: $error_text"
  note "$1 is $2"
}

# Those with a commit come first: they may be refused, and the ones that move are of one commit then.
for prefix in "${order[@]}"; do
  digest=${digests[x$prefix]}
  for tag in "$prefix$commit" "$prefix$commit-$environment"; do
    digest_of "$tag"
    [[ $found != "$digest" ]] || continue
    [[ -z $found ]] || die "$name:$tag is $found, and a tag with a commit in it is never moved"
    put "$tag" "$digest"
  done
done
ref=''
for prefix in "${order[@]}"; do
  digest=${digests[x$prefix]}
  [[ -z $moving ]] || put "$prefix$moving" "$digest"
  [[ -z $images ]] || ref+=${ref:+,}${prefix%-}@
  ref+=$digest
  say "digest=$digest"
  say "image=$uri@$digest"
done
if [[ -z $images ]]; then
  output digest "$digest"
  output image "$uri@$digest"
fi
output ref "$ref"
say "ref=$ref"
