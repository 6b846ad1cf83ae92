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
  --prefix PREFIX  before every tag, for repositories that hold several applications, for example backend-
  --moving TAG     a tag that is moved to this image, for example latest; the prefix goes before it too
  --ignore FILE    findings of the scan that are known and accepted (scripts/ci/scan-image.sh --help); default none
  --builder NAME   a builder of docker buildx that is there; default one of its own, gone afterwards

Prints image=REPOSITORY_URI@DIGEST and digest=DIGEST, and hands both to a workflow's next steps.

Exit status: 0 pushed, scanned and tagged; 1 it was not built, or the scan found something: then no tag was put or
moved; 2 wrong usage, or a bad ignore file.
USAGE
}

commit='' environment='' region='' context=. file='' platform=linux/amd64 prefix='' moving='' ignore='' builder=''
take_options 'commit environment region context file platform prefix moving ignore builder' '' "$@"
((${#words[@]} == 1)) || problem "REPOSITORY is needed, ${#words[@]} words were given"
name=${words[0]:-}
dockerfile=${file:-$context/Dockerfile}
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
[[ -e $dockerfile ]] || problem "--file: there is no $dockerfile"
no_problems

need_jq
need_aws
make_scratch
ecr=(--region "$region" --repository-name "$name" --output text)

found=''
patiently found ecr describe-repositories --region "$region" --repository-names "$name" --output text \
  --query 'repositories[0].[repositoryUri,imageTagMutability]' ||
  die "the repository $name in $region can't be found: $error_text"
read -r uri mutability <<<"$found"
[[ -z $moving || $mutability == MUTABLE ]] ||
  die "--moving: the tags of $name can't be moved (ecr.immutableTags of the application). Nothing was built"

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

make_builder() {
  [[ -z $builder ]] || return 0
  builder=slipway-$$
  trap 'docker buildx rm --force "$builder" >/dev/null 2>&1 || true; rm -rf "$scratch"' EXIT
  docker buildx create --name "$builder" --driver docker-container >/dev/null || die 'docker buildx can make no builder'
}

# build: pushes without a tag, and sets $digest.
build() {
  need_docker
  sign_in
  make_builder
  # The cache's tag moves with every build; where tags can't, it has a repository of its own.
  local cache=$uri:${prefix}build-cache
  [[ $mutability == MUTABLE ]] || cache=$uri-cache:${prefix}build-cache
  # The attestations would hold the time and the commit, and make every digest a new one. ZIP files know no time
  # before 1980, so that is when everything in the image is from.
  SOURCE_DATE_EPOCH=315532800 docker buildx build --builder "$builder" --platform "$platform" --file "$dockerfile" \
    --provenance=false --sbom=false \
    --cache-from "type=registry,ref=$cache" \
    --cache-to "type=registry,ref=$cache,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true" \
    --output "type=image,name=$uri,push-by-digest=true,name-canonical=true,push=true,rewrite-timestamp=true" \
    --metadata-file "$scratch/metadata" "$context" >&2 || die 'the image was not built'
  digest=$(jq -r '."containerimage.digest" // empty' "$scratch/metadata")
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || die "docker buildx told no digest, but \"$digest\""
}

digest_of "$prefix$commit"
digest=$found
if [[ -n $digest ]]; then
  note "$prefix$commit was built before"
else
  build
fi

# --- scan ----------------------------------------------------------------------------------------------------------

# What was built before is looked at again: a finding may have become known since.
status=0
"$root/scripts/ci/scan-image.sh" "$name" "$digest" --region "$region" ${ignore:+--ignore "$ignore"} >&2 || status=$?
if ((status)); then
  note "$name@$digest was pushed, and no tag was put or moved"
  exit "$status"
fi

# --- tags ----------------------------------------------------------------------------------------------------------

manifest='' kind=''
# put TAG: points it to the image.
put() {
  if [[ -z $manifest ]]; then
    patiently manifest ecr batch-get-image "${ecr[@]}" --image-ids "imageDigest=$digest" --query 'images[0].imageManifest' ||
      die "the manifest of $name@$digest can't be read: $error_text"
    kind=$(jq -r '.mediaType // "application/vnd.oci.image.manifest.v1+json"' <<<"$manifest")
    printf '%s' "$manifest" >"$scratch/manifest"
  fi
  # shellcheck disable=SC2034 # only whether it worked counts
  local answer=''
  try_aws answer ecr put-image "${ecr[@]}" --image-tag "$1" --image-digest "$digest" --image-manifest-media-type "$kind" \
    --image-manifest "file://$scratch/manifest" --query 'image.imageId.imageDigest' ||
    [[ $error_code == ImageAlreadyExistsException ]] || die "the tag $1 can't be put: $error_text"
  note "$1 is $digest"
}

for tag in "$prefix$commit" "$prefix$commit-$environment"; do
  digest_of "$tag"
  [[ $found != "$digest" ]] || continue
  [[ -z $found ]] || die "$name:$tag is $found, and a tag with a commit in it is never moved"
  put "$tag"
done
[[ -z $moving ]] || put "$prefix$moving"

output digest "$digest"
output image "$uri@$digest"
say "digest=$digest"
say "image=$uri@$digest"
