#!/usr/bin/env bash
# Gives a site of this host the name that it has in the settings now.
# shellcheck disable=SC2329 # steps call functions by name
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "rename.sh: the site SSM_from becomes SSM_to, with its data, files, configuration and secrets. The settings must name
SSM_to already, and not SSM_from. Backed up and verified before, under the former name, and after, under the new one.
Run again after it was killed, it goes on. Environment:
  SSM_from   the site's name on this host
  SSM_to     its name in the settings
  SSM_actor  who asks; recorded
Exit codes: 0 done, 10 another verb holds the lock, 11 refused, 22 it serves and has no backup under its new name yet,
1 failed (it says what state the site is in)." "$@"

FROM="${SSM_from-}"
TO="${SSM_to-}"
ACTOR="${SSM_actor:-unknown}"
[[ $FROM =~ ^[a-z0-9][a-z0-9.-]{0,252}$ ]] || refuse "'from' is not a site's name"
[[ $TO =~ ^[a-z0-9][a-z0-9.-]{0,252}$ ]] || refuse "'to' is not a site's name"
[[ $FROM != "$TO" ]] || refuse "'from' and 'to' are the same name"
[[ $ACTOR =~ ^[A-Za-z0-9._@/\ -]{0,100}$ ]] || refuse "the actor has characters that no name has"

# not_renamed CAUSE: writes are let in again.
not_renamed() {
  step open runtime_let_go
  ((STEP_STATUS == 0)) || finish 1 failed "$1. Nothing was renamed, and the sites could not be opened again: $(step_cause). Run the same again"
  finish 1 failed "$1. Nothing was renamed"
}

end_well() {
  step age backup_publish_age
  ((STEP_STATUS == 0)) || warn "the age of the newest backup was not published: $(step_cause). It is tried again every hour"
  finish 0 ok "$FROM is $TO. Run ./slipway up $(setting .stack) again, which goes on where it was refused"
}

need_configured_host
need_sites
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"
lock_take "$ACTOR" "" 0
[[ -n $(record_current_id) ]] || refuse "no release has served on this host yet: there is no site to rename"
engine_repair
[[ -z $UNFINISHED ]] || engine_go_back
use_release "$(record_current_id)"
if runtime_rename_was_done "$FROM" "$TO"; then end_well; fi
runtime_rename_check "$FROM" "$TO"
disk_require 1

say "rename of $FROM to $TO on $(setting .stack) by $ACTOR"
if ! runtime_rename_was_begun "$FROM" "$TO"; then
  step backup runtime_rename_backup "$FROM"
  if ((STEP_STATUS != 0)); then not_renamed "$(step_cause)"; fi
fi
step rename runtime_rename_site "$FROM" "$TO"
if ((STEP_STATUS != 0)) && ! runtime_rename_was_begun "$FROM" "$TO"; then
  not_renamed "$(step_cause)"
fi
((STEP_STATUS == 0)) || finish 1 failed "$(step_cause). The rename has begun, and nobody reaches the sites until it is done: run the same again, it goes on"
step open runtime_rename_open "$FROM" "$TO"
((STEP_STATUS == 0)) || finish 1 failed "$(step_cause). $FROM has the name $TO; run the same again, it goes on"
step smoke runtime_smoke_open
((STEP_STATUS == 0)) || finish 1 failed "$(step_cause). $FROM has the name $TO; run the same again, it goes on"
step backup runtime_rename_end "$FROM" "$TO"
((STEP_STATUS == 0)) || finish "$EXIT_UNFINISHED" failed "$(step_cause). $FROM has the name $TO and serves, and has no backup under it yet; run the same again"
end_well
