#!/usr/bin/env bash
# Mounts the data volume. Run by slipway-data.service at every boot, before Docker.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
source "$BUNDLE/lib/volume.sh"
help_if_asked "mount.sh: waits for the stack's data volume and mounts it at $DATA; formats it when it holds nothing." "$@"

volume_wait 840
volume_format_once
volume_mount
# A volume that came late, after Docker's own start was given up, brings up Docker and the sites all the same.
if systemctl is-enabled --quiet slipway-boot.service 2>/dev/null; then
  systemctl start --no-block slipway-boot.service
fi
