# shellcheck shell=bash
# Images, whichever runtime they are for.

# A registry of ECR wants a login that lasts 12 hours; it is kept on tmpfs, and the password goes by standard input. A host
# that boots may be ahead of its own role, which AWS does not know everywhere at once: it asks again for a minute.
image_login() {
  local registry=${1%%/*} region pause=2
  [[ $registry =~ ^[0-9]+\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com ]] || return 0
  region=${BASH_REMATCH[1]}
  # Compose and buildx are found through the configuration folder as well as in the system's own.
  export DOCKER_CONFIG="$RUNTIME_DIR/docker"
  until aws ecr get-login-password --region "$region" |
    docker login --username AWS --password-stdin "$registry" >/dev/null; do
    ((pause <= 32)) || return 1
    detail "ECR takes no login; asked again in $pause s"
    sleep "$pause"
    pause=$((pause * 2))
  done
}

# image_familiar IMAGE: its name as Docker prints it, without docker.io/ and library/, and without a tag where there is a
# digest, which Docker ignores then. Returns 1 for what is no image's name. The program reads names in the same way
# (core/ImageName); one table holds both to it.
image_familiar() {
  local rest=$1 digest='' tag='' registry='' path
  local part='[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*' label='[a-z0-9]([a-z0-9-]*[a-z0-9])?'
  if [[ $rest == *@* ]]; then
    digest="@${rest#*@}" rest="${rest%%@*}"
    [[ $digest =~ ^@sha256:[0-9a-f]{64}$ ]] || return 1
  fi
  # A colon before the last slash is that of a registry's port.
  if [[ ${rest##*/} == *:* ]]; then
    tag="${rest##*/}" tag=":${tag#*:}"
    rest="${rest%"$tag"}"
    [[ $tag =~ ^:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$ ]] || return 1
  fi
  path=$rest
  if [[ $rest == */* && ${rest%%/*} =~ [.:]|^localhost$ ]]; then
    registry="${rest%%/*}" path="${rest#*/}"
    [[ $registry =~ ^$label(\.$label)*(:[0-9]{1,5})?$ ]] || return 1
  fi
  [[ $path =~ ^$part(/$part)*$ ]] || return 1
  [[ -n $registry || ! $path =~ ^[0-9a-f]{64}$ ]] || return 1
  if [[ $registry == docker.io || $registry == index.docker.io ]]; then registry=''; fi
  if [[ -z $registry && $path =~ ^library/[^/]+$ ]]; then path="${path#library/}"; fi
  rest="${registry:+$registry/}$path"
  ((${#rest} <= 255)) || return 1
  if [[ -n $digest ]]; then tag=''; fi
  printf '%s%s' "$rest" "$tag$digest"
}

# image_repository IMAGE: without its tag and digest, as Docker prints it.
image_repository() {
  local name
  name="$(image_familiar "$1")" || die "'$1' is not the name of an image" >&2
  name="${name%%@*}"
  if [[ ${name##*/} == *:* ]]; then name="${name%:*}"; fi
  printf '%s' "$name"
}

image_present() { docker image inspect "$1" >/dev/null 2>&1; }
image_id() { docker image inspect --format '{{.Id}}' "$1"; }

# image_by_digest IMAGE: the name by which its registry gives this very image, whatever becomes of the tag.
image_by_digest() {
  local name image images
  name="$(image_repository "$1")"
  images="$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1")" || return
  while IFS= read -r image; do
    [[ ${image%@*} != "$name" ]] || {
      printf '%s' "$image"
      return 0
    }
  done <<<"$images"
}

# What a release that can be gone back to is made of has a tag of ours on this host: `docker image prune` takes what has
# none, and an image that was pulled by its digest has none in Docker's older store of images.
HELD_IMAGES=slipway/kept

# images_hold RELEASE_ID IMAGE...: those that are here.
images_hold() {
  local id=$1 image number=0
  shift
  for image in "$@"; do
    number=$((number + 1))
    if image_present "$image"; then docker tag "$image" "$HELD_IMAGES:$id-$number"; fi
  done
}

# images_let_go KEPT_IDS: tags of ours go with the records that they were for.
images_let_go() {
  local tag
  docker image ls --format '{{.Tag}}' "$HELD_IMAGES" | while read -r tag; do
    grep -qxF -e "${tag%-*}" <<<"$1" || docker image rm "$HELD_IMAGES:$tag" >/dev/null 2>&1 || true
  done
}

# images_obtain IMAGE...: what is missing is pulled; prints those that can't be had, and why.
images_obtain() {
  local image status said
  for image in "$@"; do
    if image_present "$image"; then continue; fi
    said="$(mktemp "$RUNTIME_DIR/pull.XXXXXX")"
    set +e
    (
      set -e
      image_pull "$image"
    ) >/dev/null 2>"$said"
    status=$?
    set -e
    if ((status != 0)) || ! image_present "$image"; then printf '%s (%s)\n' "$image" "$(tail -n 1 "$said" | tr -d '\000-\037' | cut -c1-200)"; fi
    rm -f "$said"
  done
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
