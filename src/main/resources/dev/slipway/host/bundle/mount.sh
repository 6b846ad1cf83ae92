#!/usr/bin/env bash
# Mounts the data volume. Run by slipway-data.service at every boot, before Docker.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
source "$BUNDLE/lib/volume.sh"
help_if_asked "mount.sh: waits for the stack's data volume and mounts it at $DATA; formats it when it holds nothing." "$@"

volume_wait 840
volume_format_once
volume_mount
