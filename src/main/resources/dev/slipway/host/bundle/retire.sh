#!/usr/bin/env bash
# Takes a site away from this host, after a last backup.
# shellcheck disable=SC2329 # steps call functions by name
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "retire.sh: backs the site SSM_site up, reads the backup back from S3, and then removes its database, its user and its
folder. The settings must not name it any more. Its backups and its secrets stay. Run again after it was killed, it goes
on. Environment:
  SSM_site     the site's name on this host
  SSM_confirm  the same name again
  SSM_actor    who asks; recorded
Exit codes: 0 done, 10 another verb holds the lock, 11 refused, 22 the site is gone and that could not be kept, 1 failed." "$@"

SITE="${SSM_site-}"
CONFIRM="${SSM_confirm-}"
ACTOR="${SSM_actor:-unknown}"
[[ $SITE =~ ^[a-z0-9][a-z0-9.-]{0,252}$ ]] || refuse "the site is not a site's name"
[[ $CONFIRM == "$SITE" ]] || refuse "what is to go must be said twice: 'confirm' is not $SITE"
[[ $ACTOR =~ ^[A-Za-z0-9._@/\ -]{0,100}$ ]] || refuse "the actor has characters that no name has"

end_well() {
  local last
  last="$(runtime_retire_last_backup "$SITE")"
  finish 0 ok "$SITE is gone${last:+; its last backup is s3://$(bucket)/$(setting .stack)/$SITE/$last/}. Its secrets stay, for its backups: $(secret_parameter "site-encryption-key/$SITE"), $(secret_parameter "site-admin-password/$SITE")"
}

need_configured_host
need_sites
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"
lock_take "$ACTOR" "" 0
[[ -n $(record_current_id) ]] || refuse "no release has served on this host yet: there is no site to retire"
engine_repair
[[ -z $UNFINISHED ]] || engine_go_back
use_release "$(record_current_id)"
if runtime_retire_was_done "$SITE"; then end_well; fi
runtime_retire_check "$SITE"
disk_require 1

say "retirement of $SITE on $(setting .stack) by $ACTOR"
step backup runtime_retire_backup "$SITE"
if ((STEP_STATUS != 0)); then
  cause="$(step_cause)"
  # It stays, so writes are let in again.
  step open runtime_let_go
  ((STEP_STATUS == 0)) || finish 1 failed "$cause. $SITE is still there, and the sites could not be opened again: $(step_cause). Run the same again"
  finish 1 failed "$cause. $SITE is still there"
fi
step remove runtime_retire_remove "$SITE"
removed=$STEP_STATUS
cause="$(if ((removed != 0)); then step_cause; fi)"
step open runtime_retire_open
((removed == 0)) || finish 1 failed "$cause. Run the same again, it goes on"
((STEP_STATUS == 0)) || finish 1 failed "$SITE is gone, and the others could not be started again: $(step_cause). Run the same again, or ./slipway release $(setting .stack) --desired, which start them"
step end runtime_retire_end "$SITE"
((STEP_STATUS == 0)) || finish "$EXIT_UNFINISHED" failed "$SITE is gone, and that this is done could not be kept: $(step_cause). Run the same again"
end_well
