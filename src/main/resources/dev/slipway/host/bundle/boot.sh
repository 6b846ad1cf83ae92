#!/usr/bin/env bash
# After a boot: serve again, finish or undo what the shutdown interrupted, catch up on a missed backup and drill.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in aws records backup drills; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done
help_if_asked "boot.sh: run by slipway-boot.service at every boot but the first (which is user data's)." "$@"

need_configured_host
# A host without data of its own may come up to a release that others have made meanwhile.
if runtime_can data && [[ -z $(record_current_id) && ! -s $RELEASES/in-progress.json ]]; then
  finish 0 ok "no release has served on this host yet"
fi
status=0
SSM_actor=boot "$BUNDLE/release.sh" || status=$?

# A host that is stopped outside office hours misses cron's hour.
for site in $(jq -r '.sites[]?.name' "$SETTINGS"); do
  newest="$(backup_newest "$site")" || {
    warn "the backup bucket cannot be asked whether a backup is due"
    status=1
    break
  }
  made=''
  [[ -z $newest ]] || made="$(backup_epoch "$newest")"
  if ! is_number "$made" || (($(date +%s) - made > 24 * 3600)); then
    SSM_reason=catch-up "$BUNDLE/backup.sh" || status=$?
    break
  fi
done
# Nor does cron make up for a drill: on a host that is stopped every Sunday there would never be one.
if runtime_can data && [[ -n $(record_served_ids) ]] && drill_is_late; then "$BUNDLE/drill.sh" --scheduled || status=$?; fi
"$BUNDLE/hourly.sh" || true
((status == 0)) || finish "$status" failed "see the lines above"
finish 0 ok "serving"
