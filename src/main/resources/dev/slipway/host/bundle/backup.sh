#!/usr/bin/env bash
# Backs up every site of this host to S3.
# shellcheck disable=SC2329 # steps call functions by name
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "backup.sh [--scheduled]: dumps every site with its files, sends it to the backup bucket, reads it back and
writes the manifest last. A site that cannot be backed up takes no backup from the others. Environment:
  SSM_reason  kept in the manifest
  SSM_counts  true: what is in sites that were made empty in the place of lost ones is what people want, from now on
Exit codes: 0 done, 10 another verb holds the lock, 11 refused, 1 failed (sites that are named have no manifest)." "$@"

REASON="${SSM_reason:-manual}"
[[ ${1-} != --scheduled ]] || REASON=scheduled
[[ $REASON =~ ^[A-Za-z0-9._@/\ -]{0,100}$ ]] || refuse "the reason has characters that no reason has"

COUNTS="${SSM_counts:-false}"
[[ $COUNTS =~ ^(true|false)$ ]] || refuse "'counts' is neither true nor false"

prune_older() {
  local current
  current="$(record_current_id)"
  backup_prune_local "$(record_get "$current" .backup)"
}

need_configured_host
need_data
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"
lock_take "$REASON" "" 1800
[[ -n $(record_current_id) ]] || refuse "no release has served on this host yet: there is nothing to back up"
if engine_is_left; then
  # What serves is backed up, whatever else of its release is still to be done.
  engine_finish_other
  ((STEP_STATUS == 0)) || warn "that could not be finished: $(step_cause). The same again does it"
else
  engine_repair
  [[ -z $UNFINISHED ]] || engine_go_back
fi
use_release "$(record_current_id)"
sites="$(runtime_sites)"
[[ -n $sites ]] || refuse "there is no site to back up"
disk_require 1
if [[ $COUNTS == true ]]; then
  for site in $sites; do rm -f "$(empty_site_file "$site")"; done
fi

say "backup of $(setting .stack) ($REASON)"
id="$(backup_id "$(record_current_id)")"
started=$SECONDS
step backup backup_everything "$id" "$REASON" ""
seconds=$((SECONDS - started))
outcome=ok cause=''
if ((STEP_STATUS != 0)); then
  outcome=failed
  cause="$(step_cause)"
fi
# What is in S3, read back, is a backup, whatever becomes of the rest.
step outcome keep_outcome backup "$outcome" "$seconds" "$cause" --arg id "$id" --arg reason "$REASON"
((STEP_STATUS == 0)) || warn "how this backup went could not be kept for status, which shows the one before: $(step_cause)"
step age backup_publish_age
((STEP_STATUS == 0)) || warn "the age of the newest backup was not published: $(step_cause). It is tried again every hour"
if [[ $outcome == failed ]]; then
  # What others than the failed sites have is kept, here and in S3.
  rmdir --ignore-fail-on-non-empty "$BACKUPS/$id" || warn "$BACKUPS/$id is empty and could not be removed"
  finish 1 failed "$id: $cause"
fi
step prune prune_older
((STEP_STATUS == 0)) || warn "not all older backups on this host were removed: $(step_cause). The next backup goes through them again"
finish 0 ok "$id"
