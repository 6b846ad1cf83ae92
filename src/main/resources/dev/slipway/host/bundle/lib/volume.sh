# shellcheck shell=bash
# The data volume: found by its id, formatted once, mounted before Docker may start.

volume_device() { printf '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_%s' "$(environment .dataVolume | tr -d '-')"; }

# The attachment comes after the machine has booted.
volume_wait() {
  local device
  device="$(volume_device)"
  until_true "${1:-600}" test -b "$device" ||
    die "the data volume $(environment .dataVolume) did not appear as $device; is it attached to this instance?"
}

# Only a volume on which low-level probing finds nothing at all is formatted: no file system, no partition
# table, no RAID or LVM signature.
volume_format_once() {
  local device status=0 found
  device="$(readlink -f "$(volume_device)")"
  found="$(blkid -p -o value -s TYPE -s PTTYPE "$device")" || status=$?
  case "$status:$found" in
    0:ext4) ;;
    2:)
      detail "formatting the empty volume $(environment .dataVolume)"
      mkfs.ext4 -q -L slipway -m 1 "$device"
      ;;
    *)
      refuse "the data volume $(environment .dataVolume) holds something else than ext4 ('${found:-ambiguous signatures}'); it was left alone"
      ;;
  esac
}

volume_mount() {
  local device
  device="$(readlink -f "$(volume_device)")"
  install -d -m 0755 "$DATA"
  mountpoint -q "$DATA" || mount -o noatime "$device" "$DATA"
  # Takes up what a larger volume brought; says so and does nothing otherwise.
  resize2fs "$device" >/dev/null 2>&1 || warn "resize2fs $device failed"
}

# A host without a data volume keeps its data on the root disk: what is worth more than the machine is elsewhere.
volume_is_used() { [[ -n $(environment .dataVolume) ]]; }

volume_size() { df --output=size -BG "$DATA" | tail -n 1 | tr -dc '0-9'; }

volume_prepare() {
  if volume_is_used; then
    volume_service
    detail "data volume $(environment .dataVolume) at $DATA, $(volume_size) GiB"
  else
    install -d -m 0755 "$DATA"
    detail "no data volume: $DATA is on the root disk, $(volume_size) GiB"
  fi
}

# The service that mounts it at every boot, and Docker's promise never to start without it: on an empty
# folder Docker would bring up an empty ERP on the root disk. (docker.socket needs no such promise: what it
# starts is docker.service. It must not wait for the volume either, since it comes before every ordinary service.)
# RequiresMountsFor keeps the volume mounted, at a shutdown, until Docker has stopped.
volume_service() {
  write_file /etc/systemd/system/slipway-data.service 0644 <<'EOT'
[Unit]
Description=Slipway data volume
DefaultDependencies=yes
After=local-fs.target
Before=docker.service containerd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/opt/slipway/mount.sh
TimeoutStartSec=15min
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
EOT
  local unit
  for unit in docker.service containerd.service; do
    install -d "/etc/systemd/system/$unit.d"
    write_file "/etc/systemd/system/$unit.d/slipway.conf" 0644 <<'EOT'
[Unit]
Requires=slipway-data.service
After=slipway-data.service
RequiresMountsFor=/srv/slipway
AssertPathIsMountPoint=/srv/slipway
EOT
  done
  systemctl daemon-reload
  systemctl enable --quiet slipway-data.service
  systemctl start slipway-data.service
}
