#!/usr/bin/env bash
# Goes back to a recorded release: its code and configuration, and a backup's data where that is asked for.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "rollback.sh: brings an earlier release of this host back. Parameters come as environment variables:
  SSM_to        a release id (status.sh lists them); empty: the one before the live one, which is not one that a rollback
                has left
  SSM_withData  a backup id whose data is loaded too; what was written since is lost. Empty: code only, which is
                refused where the schema has changed since
  SSM_part      which of several hosts this is: whole (the only one), first, middle or last, see release.sh
  SSM_actor     who asks; recorded
Exit codes as release.sh." "$@"

TO="${SSM_to-}"
WITH_DATA="${SSM_withData-}"
ASKED="$TO"
ACTOR="${SSM_actor:-unknown}"
PART="${SSM_part:-whole}"
RUN="${SSM_run-}"
[[ $TO =~ ^[A-Za-z0-9-]{0,100}$ ]] || refuse "'to' is not a release id"
[[ $PART =~ ^(whole|first|middle|last)$ ]] || refuse "'part' is none of whole, first, middle and last"
[[ $WITH_DATA =~ ^[A-Za-z0-9-]{0,100}$ ]] || refuse "'withData' is not a backup id"
[[ $ACTOR =~ ^[A-Za-z0-9._@/\ -]{0,100}$ ]] || refuse "the actor has characters that no name has"

# previous_release CURRENT: the newest release that served before it and is another than it. What was come back to stands
# where it stood first: what a rollback has left is not gone to by the next one.
previous_release() {
  local stands=$1 code id ids found=''
  ids="$(record_served_ids)"
  code="$(runtime_code_of "$1")"
  while [[ $(record_get "$stands" .verb) == rollback ]]; do
    found=''
    for id in $ids; do
      [[ $id < $stands ]] || continue
      [[ $(runtime_code_of "$id") != "$code" ]] || found=$id
    done
    [[ -n $found ]] || return 0
    stands=$found
  done
  found=''
  for id in $ids; do
    [[ $id < $stands ]] || continue
    [[ $(runtime_code_of "$id") == "$code" ]] || found=$id
  done
  printf '%s' "$found"
}

# is_asked_again: whether what serves and was not finished is the rollback that is asked for now. Where none was named its
# own target is, and not the one that a new rollback would go to from there.
is_asked_again() {
  engine_is_left_by rollback || return
  [[ $(journal_get .load.id) == "$WITH_DATA" && ($TO == "$(journal_get .asked)" || $TO == "$(journal_get .to)") ]]
}

need_configured_host
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"
lock_take "$ACTOR" "$RUN" 0
current="$(record_current_id)"
[[ -n $current ]] || refuse "no release has served on this host yet"
if is_asked_again; then
  id="$(journal_get .id)" TO="$(journal_get .to)"
  engine_finish "$PART"
  finish 0 ok "$id: release $TO ($(record_get "$id" .ref)) serves again"
fi
engine_repair
if [[ -n $UNFINISHED ]]; then
  say "  repair    $(journal_get .verb) $(journal_get .id) was killed in its step $(journal_get .phase); going back first"
  engine_go_back
fi
current="$(record_current_id)"
[[ -n $TO ]] || TO="$(previous_release "$current")"
[[ -n $TO ]] || refuse "no other release has served before the live one; by its id another can be gone to (--to): $(record_served_ids | tr '\n' ' ')"
record_exists "$TO" || refuse "there is no release $TO; recorded are: $(record_served_ids | tr '\n' ' ')"
[[ $(record_get "$TO" .outcome) == ok && -s $RELEASES/$TO/target.json ]] ||
  refuse "release $TO never served, or its files were pruned (release.keep)"
[[ $TO != "$current" ]] || refuse "$TO is the live release"
missing="$(runtime_images_missing "$TO")"
[[ -z $missing ]] || refuse "release $TO needs images that are neither on this host nor to be had: $(tr '\n' ' ' <<<"$missing"). Nothing was changed. Put them back into their registry; or, where the schema is what it was, release $(record_get "$TO" '(.commit // .ref)') again"

runtime_rollback_check "$TO" "$current" "$WITH_DATA"
disk_require "$(setting .release.minFreeGiB 4)"

say "rollback to $TO ($(record_get "$TO" .ref)) on $(setting .stack) by $ACTOR${WITH_DATA:+, with the data of $WITH_DATA}"
sites="$(runtime_sites)"
if [[ -n $WITH_DATA ]]; then
  step fetch obtain_backups "$WITH_DATA" "$sites"
  ((STEP_STATUS == 0)) || finish "$STEP_STATUS" refused "$(step_cause). Nothing was touched"
fi

id="$(stamp)-${TO##*-}"
rm -rf "${RELEASES:?}/$id"
cp -aT "$RELEASES/$TO" "$RELEASES/$id"
# shellcheck disable=SC2016
engine_begin "$(jq --arg id "$id" --arg actor "$ACTOR" --arg run "$RUN" --arg at "$(now)" --arg previous "$current" --arg load "$WITH_DATA" --arg sites "$sites" \
  --arg was "$(record_get "$current" .databaseImage)" --arg part "$PART" --argjson plan "$(runtime_rollback_plan "$WITH_DATA")" --arg to "$TO" --arg asked "$ASKED" '
  {verb: "rollback", id: $id, actor: $actor, run: $run, startedAt: $at, part: $part, previous: $previous, backup: null,
   plan: $plan, phase: $plan[0], asked: $asked, to: $to, target: .,
   load: {id: $load, kind: "data"}, sites: ($sites | split("\n")), databaseChanged: ($was != (.databaseImage // ""))}' "$RELEASES/$TO/target.json")"
[[ $(journal_get .databaseChanged) != true || -n $WITH_DATA ]] || {
  journal_end
  refuse "release $TO has another database version; going back needs --with-data"
}
engine_forward
engine_settle
finish 0 ok "$id: release $TO ($(record_get "$id" .ref)) serves again"
