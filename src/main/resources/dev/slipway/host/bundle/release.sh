#!/usr/bin/env bash
# Brings this host to a release, or leaves it as it was.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "release.sh: fetch, back up, switch, migrate, smoke, record; back to the previous release, code and data, when
a step fails. Parameters come as environment variables:
  SSM_ref              branch, commit, image tag or sha256: digest; of several apps APP@sha256:DIGEST or APP:TAG, joined
                       by commas; empty: the stack's desired release, else its seed
  SSM_part             which of several hosts this is: whole (the only one), first (migrates too, desires nothing),
                       middle (switches alone), last (switches, and the release is the desired one)
  SSM_actor, SSM_run   who asks, and the run's address; both are recorded
  SSM_upgradeDatabase  true lets the release change the database's version
  SSM_emptySites       sites, joined by commas, that may be made empty although S3 has backups of them
  SSM_retry            true: in the place of a ref, the release that failed in its migration again, of the same image; the
                       backup that it made is used again where nothing was written since
  SSM_skipPatch        with retry: a patch that the migration counts as done, by its name in patches.txt
  SSM_because          with skipPatch: why; it is kept in the release's record, in backups and in status
Exit codes: 0 serves, 10 another verb holds the lock, 11 refused, 20 failed and rolled back, 21 failed and the
rollback failed too, 22 serves and was not finished, 1 failed before anything was switched." "$@"

REF="${SSM_ref-}"
ACTOR="${SSM_actor:-unknown}"
RUN="${SSM_run-}"
PART="${SSM_part:-whole}"
UPGRADE_DATABASE="${SSM_upgradeDatabase:-false}"
RETRY="${SSM_retry:-false}"
SKIP_PATCH="${SSM_skipPatch-}"
BECAUSE="${SSM_because-}"
# The failed release that is tried again, by its id.
RETRY_OF=''
# What this run has finished and goes on from, since what was asked for may be something newer by now.
AGAIN=''
# Whether this run makes a release, and does not only bring this host to one that was made already.
MAKES="${REF:+yes}"

# The documents have allowedPattern; a value that got past it is refused here.
check_parameters() {
  [[ $REF =~ ^[A-Za-z0-9._/:@,+#=%!-]*$ && $REF != -* ]] || refuse "the ref has characters that no ref has"
  # A hundred apps by digest; what a document is given has no limit of its own.
  ((${#REF} <= 10000)) || refuse "the ref is longer than any ref is"
  [[ $ACTOR =~ ^[A-Za-z0-9._@/\ -]{0,100}$ ]] || refuse "the actor has characters that no name has"
  [[ $PART =~ ^(whole|first|middle|last)$ ]] || refuse "'part' is none of whole, first, middle and last"
  [[ ${SSM_emptySites-} =~ ^[A-Za-z0-9.,-]{0,1000}$ ]] || refuse "'emptySites' has characters that no site's name has"
  [[ $RUN =~ ^[A-Za-z0-9._~:/?#@=\&%+-]{0,500}$ ]] || refuse "the run is not an address"
  [[ $RETRY =~ ^(true|false)$ ]] || refuse "'retry' is neither true nor false"
  [[ -z $SKIP_PATCH || $SKIP_PATCH =~ ^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){1,20}$ && ${#SKIP_PATCH} -le 200 ]] ||
    refuse "'skipPatch' is not a patch's name, which is a module: app.patches.v1_0.rename_field"
  [[ $BECAUSE =~ ^[A-Za-z0-9\ ._,:/@#()+=-]{0,300}$ ]] || refuse "'because' has characters that are not taken: letters, digits, spaces and ._,:/@#()+=- are"
  [[ $RETRY == false || -z $REF ]] || refuse "a ref and 'retry' exclude each other: what is tried again is what failed"
  [[ $RETRY == true || -z $SKIP_PATCH$BECAUSE ]] || refuse "'skipPatch' and 'because' go with 'retry'"
  [[ -z $SKIP_PATCH || $BECAUSE =~ [A-Za-z0-9] ]] || refuse "'skipPatch' needs a reason: 'because'"
  [[ -n $SKIP_PATCH || -z $BECAUSE ]] || refuse "'because' is the reason of 'skipPatch', which is missing"
}

# choose_retry: sets RETRY_OF and REF. The last thing that was done to what serves must be the release that failed in its
# migration: whatever was released since is what people want now. One that failed before it switched has changed nothing.
choose_retry() {
  local id='' each ids
  runtime_can migrates || refuse "nothing migrates on this host, so that there is no migration to try again"
  ids="$(record_ids | sort -r)"
  for each in $ids; do
    if [[ $(record_get "$each" .outcome) != failed || -z $(record_get "$each" .previous) ]]; then
      id=$each
      break
    fi
  done
  [[ -n $id ]] || refuse "there is nothing to try again: no release was made on this host"
  if [[ $(record_get "$id" .verb) != release || $(record_get "$id" .outcome) != rolled-back ]]; then
    refuse "there is nothing to try again: the last one, $(record_get "$id" .verb) $id ($(record_get "$id" .ref)), ended '$(record_get "$id" .outcome)'"
  fi
  [[ $(record_get "$id" .failedStep) == migrate ]] ||
    refuse "release $id ($(record_get "$id" .ref)) failed in step $(record_get "$id" .failedStep) and not in its migration: there is nothing to try again but all of it: release $(record_get "$id" '(.commit // .ref)')"
  [[ $(record_get "$id" .previous) == "$(record_current_id)" ]] ||
    refuse "release $id failed beside $(record_get "$id" .previous), and $(record_current_id) serves now: release $(record_get "$id" '(.commit // .ref)')"
  RETRY_OF=$id
  REF="$(record_get "$id" '(.commit // .ref)')"
  MAKES=yes
}

# skipped_patches: the patches that this release's migration counts as done: those of the release that is tried again, and the one
# that is named now.
skipped_patches() {
  # shellcheck disable=SC2016
  jq -c --arg patch "$SKIP_PATCH" --arg because "$BECAUSE" --arg by "$ACTOR" --arg at "$STARTED" '
    (.skippedPatches // []) | if $patch == "" then . else map(select(.patch != $patch)) + [{patch: $patch, because: $because, by: $by, at: $at}] end' \
    "$(record_file "$RETRY_OF")"
}

# Empty ref: what the stack wants, so that a machine that boots later does not go back, or ahead.
choose_ref() {
  local desired status=0 current
  [[ -z $REF ]] || return 0
  desired="$(desired_get)" || status=$?
  case "$status" in
    0)
      REF="$(jq -r '.ref // empty' <<<"$desired")"
      current="$(record_current_id)"
      if [[ $ACTOR == boot && -n $current ]] && is_newer_than "$desired"; then
        REF="$(record_get "$current" '(.commit // .ref)')"
        say "the live release, $current, is newer than the desired one: staying with it"
      fi
      ;;
    1)
      REF="$(setting .seed)"
      MAKES=yes # its migrations are still to be run
      [[ -z $REF ]] || say "no release is desired yet: the stack's seed $REF"
      ;;
    *)
      # Not knowing what is desired is no reason to go to the seed.
      current="$(record_current_id)"
      [[ -n $current ]] || die "the desired release cannot be read (the line above says why), and none has served here"
      REF="$(record_get "$current" '(.commit // .ref)')"
      warn "the desired release cannot be read: staying with the live one, $current"
      ;;
  esac
  [[ -n $REF ]] || runtime_without_release
}

# is_asked_again: whether what serves and was not finished is what is asked for now. Without a ref it is: of one host it is
# about to be the desired one, and a boot undoes nothing that was judged good. The last of several hosts goes on with what
# the others are told.
is_asked_again() {
  engine_is_left_by release rollback || return
  if [[ $RETRY == true ]]; then
    [[ -n $(journal_get .retryOf) && (-z $SKIP_PATCH || -n $(journal_get ".skippedPatches[]? | select(.patch == \"$SKIP_PATCH\") | .patch")) ]]
  else
    [[ -z $REF || $REF == "$(journal_get .asked)" || $REF == "$(journal_get .target.ref)" || $REF == "$(journal_get .target.commit)" || $REF == "$(journal_get .target.imageDigest)" ]]
  fi
}

# is_settled: whether what is asked for is what it was: a commit or digests, and nothing beside them. A branch and a tag move.
is_settled() {
  local digest='([A-Za-z0-9._-]+@)?sha256:[0-9a-f]{64}'
  [[ $RETRY == true ]] || [[ $REF =~ ^([0-9a-f]{40}|$digest(,$digest)*)$ && $UPGRADE_DATABASE != true && -z ${SSM_emptySites-} ]]
}

# not_looked_up WHY: what cannot be asked for once more is finished all the same.
not_looked_up() {
  [[ -n $AGAIN ]] || return 0
  warn "$REF was not looked up again: $1. What it was when it was released serves"
  end_well "$AGAIN"
}

# finish_unwell PART: of what does not pass smoke any more. Nobody has written to what is not recorded; what is recorded
# stays, so that it is finished all the same.
finish_unwell() {
  local id cause
  id="$(journal_get .id)" cause="$(step_cause)"
  if engine_is_recorded; then
    journal_text part "$1"
    engine_finish_other
    if ((STEP_STATUS != 0)); then cause+=". It could not be finished either: $(step_cause)"; fi
    finish 1 failed "$id is the live release and does not pass smoke: $cause"
  fi
  say "  repair    $(journal_get .verb) $id is not recorded and does not pass smoke; going back"
  journal_text failedStep smoke
  journal_text cause "$cause"
  engine_go_back
}

# finish_again: the last step of what is asked for again. Without a ref what serves is looked at first, since a boot may lie
# between, and this goes on with what is desired then.
finish_again() {
  local id part=$PART
  id="$(journal_get .id)"
  if [[ -z $REF && $RETRY == false ]]; then
    part="$(journal_get .part)"
    # Whoever asks for the desired release asks all hosts: the others do not know of this one's.
    if [[ $part == last && $ACTOR != boot ]]; then part=middle; fi
    use_release "$id"
    step smoke runtime_smoke_open
    if ((STEP_STATUS != 0)); then
      finish_unwell "$part"
      return 0
    fi
  fi
  engine_finish "$part"
  if is_settled; then end_well "$id"; fi
  if [[ -n $REF ]]; then AGAIN=$id; fi
}

# end_well RELEASE_ID: "ok" is said of what is recorded, and of nothing else.
end_well() {
  local id=$1 current commit skipped
  current="$(record_current_id)"
  [[ $current == "$id" ]] || finish 1 failed "$id went through its steps, and what is recorded as serving is ${current:-nothing}"
  engine_tidy
  commit="$(record_get "$id" .commit)"
  if [[ $commit == "$(record_get "$id" .ref)" ]]; then commit=''; fi
  skipped="$(record_get "$id" '([.skippedPatches[]?.patch] | join(", "))')"
  finish 0 ok "$id: $(record_get "$id" .ref)${commit:+ (${commit:0:12})} serves$(runtime_verdict "$id")${skipped:+, without the patches that were skipped: $skipped}"
}

# is_newer_than DESIRED: whether what serves was recorded since: one of several hosts that are being released to does not
# leave the release because it boots meanwhile.
is_newer_than() {
  local desired recorded
  desired="$(jq -r '.at // empty' <<<"$1")" || return
  recorded="$(record_get "$(record_current_id)" .finishedAt)" || return
  [[ -n $desired && $recorded > $desired ]]
}

target() { jq -r "$1 // empty" "$NEXT/target.json"; }

same_as_current() {
  local current
  current="$(record_current_id)" || return
  # Two that are not known are not the same.
  [[ -n $current && -n $(target .imageId) && $(record_get "$current" .imageId) == "$(target .imageId)" && -n $(target .config) && $(record_get "$current" .config) == "$(target .config)" ]]
}

same_as_journal() {
  [[ $(journal_get .verb) == release && -n $(target .imageId) && -n $(target .config) && $(journal_get .target.imageId) == "$(target .imageId)" && $(journal_get .target.config) == "$(target .config)" ]]
}

# Hosts are told once which release they share; from then on each knows it by its own id.
is_desired() {
  [[ $PART != first && $PART != middle ]] || return 0
  runtime_is_desired "$1" "$(desired_get || printf '{}')"
}

begin() {
  local id current short was='' skips='[]' plan journal
  current="$(record_current_id)"
  short="$(target .commit)"
  [[ -n $short ]] || short="$(target .ref | sha256sum)"
  id="$(stamp)-${short:0:8}"
  if [[ -n $current ]]; then was="$(record_get "$current" .databaseImage)"; fi
  if [[ -n $RETRY_OF ]]; then skips="$(skipped_patches)"; fi
  plan="$(runtime_plan "$current" "$MAKES" "$PART")"
  mv -T "$NEXT" "$RELEASES/$id"
  NEXT="$RELEASES/$id"
  # shellcheck disable=SC2016
  journal="$(jq -n --arg id "$id" --arg actor "$ACTOR" --arg run "$RUN" --arg at "$STARTED" --arg previous "$current" \
    --arg part "$PART" --arg asked "$ASKED" --argjson plan "$plan" --slurpfile target "$NEXT/target.json" \
    --arg was "$was" --arg retry "$RETRY_OF" --argjson skips "$skips" \
    '{verb: "release", id: $id, actor: $actor, run: $run, startedAt: $at, part: $part, asked: $asked, plan: $plan, phase: $plan[0],
      target: $target[0], previous: (if $previous == "" then null else $previous end), backup: null,
      databaseChanged: ($was != "" and $was != $target[0].databaseImage)}
    + if $retry == "" then {} else {retryOf: $retry, skippedPatches: $skips} end')"
  engine_begin "$journal"
}

check_parameters
need_configured_host
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"
patience=0
[[ -n $REF || $RETRY == true ]] || patience=1800
lock_take "$ACTOR" "$RUN" "$patience"
say "  lock      ok"
STARTED="$(now)"
ASKED="$REF"
if is_asked_again; then finish_again; fi
if [[ $RETRY == true ]]; then MAKES=yes; else choose_ref; fi
# One of several hosts that only follows must not say what is desired: meanwhile it may be something newer.
[[ $MAKES == yes ]] || runtime_can data || PART=middle
say "release ${REF:-again} on $(setting .stack) by $ACTOR"

engine_repair

# open_at_boot: what serves is brought up, though what is desired cannot be had.
open_at_boot() {
  local current
  current="$(record_current_id)"
  [[ $ACTOR == boot && -n $current ]] || return 0
  use_release "$current"
  step smoke runtime_smoke_open
  ((STEP_STATUS == 0)) || warn "$current is the live release and does not pass smoke: $(step_cause)"
}

# go_back_first WHY: a release that was killed after its switch and cannot be gone on with.
go_back_first() {
  [[ -n $UNFINISHED ]] || return 0
  say "  repair    $(journal_get .verb) $(journal_get .id) by $(journal_get .actor) was killed in its step $(journal_get .phase); $1"
  engine_go_back
}

if [[ $RETRY == true ]]; then
  go_back_first "going back; it is tried again then"
  choose_retry
  runtime_check_retry "$RETRY_OF" "$SKIP_PATCH"
  say "  again     release $RETRY_OF ($REF), which failed in its migration: $(record_get "$RETRY_OF" .cause)"
fi

if disk_is_short "$(setting .release.minFreeGiB 4)"; then
  go_back_first "the disk is short: going back"
  not_looked_up "the disk is short"
  open_at_boot
fi
disk_require "$(setting .release.minFreeGiB 4)"

NEXT="$RELEASES/next"
rm -rf "$NEXT"
install -d -m 0755 "$NEXT"
step fetch runtime_fetch "$REF" "$NEXT"
status=$STEP_STATUS
if ((status != 0)); then
  cause="$(step_cause)"
  go_back_first "what was asked for now cannot be fetched: going back"
  not_looked_up "$cause"
  open_at_boot
  ((status != EXIT_REFUSED)) || refuse "$cause"
  finish 1 failed "$REF in step fetch: $cause. Nothing was changed"
fi

if [[ -n $UNFINISHED ]]; then
  if same_as_journal; then
    say "  repair    release $(journal_get .id) by $(journal_get .actor) was killed in its step $(journal_get .phase); going on with it"
    id="$(journal_get .id)"
    engine_forward
    engine_settle
    end_well "$id"
  fi
  go_back_first "going back"
fi

if [[ -z $RETRY_OF ]] && same_as_current; then
  use_release "$(record_current_id)"
  step smoke runtime_smoke_open
  ((STEP_STATUS == 0)) || finish 1 failed "$REF is the live release already and does not pass smoke: $(step_cause)"
  if engine_is_left; then
    finish "$EXIT_UNFINISHED" failed "$REF is $(record_current_id), which serves and is recorded, but could not be finished (the warning above says why). Run the same again: it finishes it"
  fi
  if [[ -n $AGAIN ]]; then end_well "$AGAIN"; fi
  is_desired "$(record_current_id)" || desired_set "$(record_current_id)"
  finish 0 ok "$(record_current_id): $REF was live already, and serves"
fi

runtime_check "$NEXT" "$(record_current_id)" "$UPGRADE_DATABASE"
if [[ -n $SKIP_PATCH ]]; then runtime_check_skip "$NEXT" "$SKIP_PATCH"; fi
begin
engine_forward
engine_settle
end_well "${NEXT##*/}"
