# shellcheck shell=bash
# Images, whichever runtime they are for.

# A registry of ECR wants a login that lasts 12 hours; it is kept on tmpfs, and the password goes by standard input.
image_login() {
  local registry=${1%%/*}
  [[ $registry =~ ^[0-9]+\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com ]] || return 0
  # Compose and buildx are found through the configuration folder as well as in the system's own.
  export DOCKER_CONFIG="$RUNTIME_DIR/docker"
  aws ecr get-login-password --region "${BASH_REMATCH[1]}" |
    docker login --username AWS --password-stdin "$registry" >/dev/null
}

image_present() { docker image inspect "$1" >/dev/null 2>&1; }
image_id() { docker image inspect --format '{{.Id}}' "$1"; }

# image_by_digest IMAGE: the name by which its registry gives this very image, whatever becomes of the tag.
image_by_digest() {
  docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1" | grep "^${1%[:@]*}@" | head -n 1 || true
}

# image_keep IMAGE@DIGEST: puts a tag on it by which its registry in ECR never lets it expire, however many newer ones
# are pushed. Returns 1 where that did not work; nothing but the keeping is lost then.
image_keep() {
  local registry=${1%%/*} name=${1#*/} digest=${1#*@} region account said
  [[ $registry =~ ^([0-9]+)\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com && $digest == sha256:* ]] || return 0
  account=${BASH_REMATCH[1]} region=${BASH_REMATCH[2]} name=${name%@*}
  aws ecr batch-get-image --region "$region" --registry-id "$account" --repository-name "$name" \
    --image-ids "imageDigest=$digest" --query 'images[0]' --output json >"$RUNTIME_DIR/kept.json" || return 1
  jq -j '.imageManifest' "$RUNTIME_DIR/kept.json" >"$RUNTIME_DIR/kept.manifest" || return 1
  said="$(aws ecr put-image --region "$region" --registry-id "$account" --repository-name "$name" \
    --image-tag "kept-$(setting .stack)-${digest:7:12}" --image-digest "$digest" \
    --image-manifest "file://$RUNTIME_DIR/kept.manifest" \
    --image-manifest-media-type "$(jq -r .imageManifestMediaType "$RUNTIME_DIR/kept.json")" 2>&1)" ||
    [[ $said == *ImageAlreadyExistsException* ]] || {
    warn "$said"
    return 1
  }
}

# images_keep IMAGE...: a release is not undone because its images could not be marked.
images_keep() {
  local image
  for image in "$@"; do
    image_keep "$image" || warn "$image could not be marked as released; its registry keeps it as long as the others"
  done
}
