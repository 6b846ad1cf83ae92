#!/usr/bin/env bash
# Publishes what the alarms watch, and asks for the certificate once its names lead here.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup drills engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done
help_if_asked "hourly.sh: metrics BackupAgeHours, DataVolumeUsedPercent, DrillOk and CertificateDaysLeft; asks for the
certificates of names that public DNS has come to lead here. Run by cron." "$@"

need_configured_host
metric DataVolumeUsedPercent "$(disk_used_percent "$DATA")" Percent
[[ -n $(record_current_id) ]] || finish 0 ok "no release has served on this host yet"
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"
use_release "$(record_current_id)"
# Each for itself: what one of them cannot do is no reason for an alarm of another.
missing=''
for what in backup_publish_age drill_publish runtime_publish; do
  attempt "$what"
  ((ATTEMPT_STATUS == 0)) || missing+=" $what"
done
[[ -z $missing ]] || finish 1 failed "not all was published:$missing; the lines above say why"
finish 0 ok "published"
