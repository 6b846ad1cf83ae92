#!/usr/bin/env bash
# Makes a machine into a host: data volume, packages, Docker where the runtime runs containers, schedules. Idempotent.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock volume docker packages agent aws secrets; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "configure.sh: brings this machine to what the bundle's settings say; running it again changes nothing.
Takes no arguments. Exit codes: 0 done, 10 another verb holds the lock, 11 refused, 1 failed." "$@"

# cron_line SCHEDULE SCRIPT TAG
cron_line() { printf '%s root /opt/slipway/%s 2>&1 | logger -t slipway-%s\n' "$1" "$2" "$3"; }

schedules() {
  {
    printf 'SHELL=/bin/bash\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n'
    cron_line '7 * * * *' hourly.sh hourly
    if runtime_can data; then
      cron_line "$(setting .backup.cron '17 2 * * *')" 'backup.sh --scheduled' backup
      cron_line "$(setting .backup.drillCron '17 4 * * SUN')" 'drill.sh --scheduled' drill
    fi
  } | write_file /etc/cron.d/slipway-backup 0644
}

# After a boot what served starts by itself; this looks whether they serve, finishes or undoes what
# the shutdown interrupted, and catches up on a backup that was due while the machine was off.
boot_service() {
  local needs='slipway-data.service'
  volume_is_used || needs=''
  if runtime_can containers; then needs='docker.service'; fi
  write_file /etc/systemd/system/slipway-boot.service 0644 <<EOT
[Unit]
Description=Slipway: serve again after a boot
After=${needs:+$needs }network-online.target
Wants=network-online.target
${needs:+Requires=$needs
}
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/opt/slipway/boot.sh
TimeoutStartSec=90min

[Install]
WantedBy=multi-user.target
EOT
  systemctl daemon-reload
  systemctl enable --quiet slipway-boot.service
}

install -d -m 0700 "$RUNTIME_DIR"
command -v jq >/dev/null || apt_install jq
lock_take configure "" 3600

# What a runtime may leave out.
# shellcheck disable=SC2329 # lib/packages.sh calls it
runtime_packages() { :; }
runtime_configure_check() { :; }
runtime_configure() { :; }
RUNTIME_CONFIGURES="$BUNDLE/runtimes/$(setting .runtime)/configure.sh"
# shellcheck source=/dev/null
if [[ -s $RUNTIME_CONFIGURES ]]; then source "$RUNTIME_CONFIGURES"; fi
# Where Docker does not answer yet nothing is served that could be lost; release asks the same.
if ! runtime_can containers || docker_answers; then runtime_configure_check; fi

say "configuring $(setting .stack) from bundle $(basename "$BUNDLE" | cut -c1-12)"
volume_prepare
changed=''
if runtime_can containers; then changed="$(docker_configure)"; fi
packages_install
systemctl enable --quiet --now cron.service
if runtime_can containers; then
  docker_start "$changed"
  detail "Docker $(docker version --format '{{.Server.Version}}') with Compose $(docker compose version --short), data root $DATA/docker"
fi
aws_cli_install
cloudwatch_agent_install
security_updates
need_configured_host
agent_hold
agent_check
schedules
boot_service
runtime_configure
finish 0 ok "bundle $(basename "$BUNDLE" | cut -c1-12)"
