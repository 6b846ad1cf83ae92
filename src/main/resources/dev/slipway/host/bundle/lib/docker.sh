# shellcheck shell=bash
# Docker on the data volume: images, containers and volumes survive the machine.

DAEMON_JSON=/etc/docker/daemon.json
CONTAINERD_TOML=/etc/containerd/config.toml

# What the machine's own daemon.json says stays (registry mirrors, storage driver); these keys are ours.
docker_daemon_json() {
  local current='{}'
  [[ -s $DAEMON_JSON ]] && current="$(<"$DAEMON_JSON")"
  jq -S --arg root "$DATA/docker" '. + {"data-root": $root, "live-restore": true,
    "log-driver": "json-file", "log-opts": {"max-size": "20m", "max-file": "5"}}' <<<"$current"
}

# Since Docker 29 images lie in containerd's root, outside data-root.
docker_containerd_toml() {
  local root="root = \"$DATA/containerd\""
  if [[ -s $CONTAINERD_TOML ]]; then
    if grep -q '^root *=' "$CONTAINERD_TOML"; then
      sed "s|^root *=.*|$root|" "$CONTAINERD_TOML"
    else
      # Top-level keys come before the first table.
      awk -v root="$root" '/^\[/ && !done { print root; done = 1 } { print } END { if (!done) print root }' "$CONTAINERD_TOML"
    fi
  else
    printf 'version = 2\n%s\n' "$root"
  fi
}

# Before Docker is installed: its very first start must already be on the data volume.
# Prints the names of the services whose configuration changed.
docker_configure() {
  install -d /etc/docker /etc/containerd
  docker_daemon_json >"$RUNTIME_DIR/daemon.json"
  if ! cmp -s "$RUNTIME_DIR/daemon.json" "$DAEMON_JSON"; then
    write_file "$DAEMON_JSON" 0644 <"$RUNTIME_DIR/daemon.json"
    printf 'docker\n'
  fi
  docker_containerd_toml >"$RUNTIME_DIR/containerd.toml"
  if ! cmp -s "$RUNTIME_DIR/containerd.toml" "$CONTAINERD_TOML"; then
    write_file "$CONTAINERD_TOML" 0644 <"$RUNTIME_DIR/containerd.toml"
    printf 'containerd\n'
  fi
}

docker_root() { docker info --format '{{.DockerRootDir}}' 2>/dev/null; }
docker_answers() { docker info >/dev/null 2>&1; }

# docker_start CHANGED_SERVICES: started, enabled, and proven to be on the data volume.
docker_start() {
  local at
  if [[ $1 == *containerd* ]] && systemctl cat containerd.service >/dev/null 2>&1; then
    systemctl restart containerd.service
  fi
  # One that does not run yet is nowhere.
  at="$(docker_root)" || at=''
  if [[ -n $1 || $at != "$DATA/docker" ]]; then
    systemctl restart docker.service
  fi
  systemctl enable --quiet docker.service
  systemctl start docker.service
  until_true 120 docker_answers || die "Docker does not answer; look at: journalctl -u docker"
  [[ $(docker_root) == "$DATA/docker" ]] ||
    die "Docker's data root is $(docker_root) and not $DATA/docker, in spite of $DAEMON_JSON"
}
