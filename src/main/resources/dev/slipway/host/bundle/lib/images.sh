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
