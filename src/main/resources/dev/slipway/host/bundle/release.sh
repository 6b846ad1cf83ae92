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
Exit codes: 0 serves, 10 another verb holds the lock, 11 refused, 20 failed and rolled back, 21 failed and the
rollback failed too, 1 failed before anything was switched." "$@"

REF="${SSM_ref-}"
ACTOR="${SSM_actor:-unknown}"
RUN="${SSM_run-}"
PART="${SSM_part:-whole}"
UPGRADE_DATABASE="${SSM_upgradeDatabase:-false}"
# Whether this run makes a release, and does not only bring this host to one that was made already.
MAKES="${REF:+yes}"

# The documents have allowedPattern; a value that got past it is refused here.
check_parameters() {
  [[ $REF =~ ^[A-Za-z0-9._/:@,-]{0,1000}$ && $REF != -* ]] || refuse "the ref has characters that no ref has"
  [[ $ACTOR =~ ^[A-Za-z0-9._@/\ -]{0,100}$ ]] || refuse "the actor has characters that no name has"
  [[ $PART =~ ^(whole|first|middle|last)$ ]] || refuse "'part' is none of whole, first, middle and last"
  [[ ${SSM_emptySites-} =~ ^[A-Za-z0-9.,-]{0,1000}$ ]] || refuse "'emptySites' has characters that no site's name has"
  [[ $RUN =~ ^[A-Za-z0-9._~:/?#@=\&%+-]{0,500}$ ]] || refuse "the run is not an address"
}

# Empty ref: what the stack wants, so that a machine that boots later does not go back, or ahead.
choose_ref() {
  local desired status=0 current
  [[ -z $REF ]] || return 0
  desired="$(desired_get)" || status=$?
  case "$status" in
    0) REF="$(jq -r '.ref // empty' <<<"$desired")" ;;
    1)
      REF="$(setting .release.seed)"
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

# serves RELEASE_ID: "ok" is said of what is recorded, and of nothing else.
serves() {
  local current
  current="$(record_current_id)"
  [[ $current == "$1" ]] || finish 1 failed "$1 went through its steps, and what is recorded as serving is ${current:-nothing}"
}

begin() {
  local id current short plan was=''
  current="$(record_current_id)"
  short="$(target .commit)"
  [[ -n $short ]] || short="$(target .ref | sha256sum)"
  id="$(stamp)-${short:0:8}"
  mv -T "$NEXT" "$RELEASES/$id"
  NEXT="$RELEASES/$id"
  plan="$(runtime_plan "$current" "$MAKES" "$PART")"
  [[ -z $current ]] || was="$(record_get "$current" .databaseImage)"
  # shellcheck disable=SC2016
  engine_begin "$(jq -n --arg id "$id" --arg actor "$ACTOR" --arg run "$RUN" --arg at "$STARTED" --arg previous "$current" \
    --arg part "$PART" --argjson plan "$plan" --slurpfile target "$NEXT/target.json" \
    --arg was "$was" \
    '{verb: "release", id: $id, actor: $actor, run: $run, startedAt: $at, part: $part, plan: $plan, phase: $plan[0], target: $target[0],
      previous: (if $previous == "" then null else $previous end), backup: null,
      databaseChanged: ($was != "" and $was != $target[0].databaseImage)}')"
}

check_parameters
need_configured_host
# shellcheck source=/dev/null
source "$BUNDLE/runtimes/$(setting .runtime)/hooks.sh"
patience=0
[[ -n $REF ]] || patience=1800
lock_take "$ACTOR" "$RUN" "$patience"
say "  lock      ok"
STARTED="$(now)"
choose_ref
# One of several hosts that only follows must not say what is desired: meanwhile it may be something newer.
[[ $MAKES == yes ]] || has_sites || PART=middle
say "release $REF on $(setting .stack) by $ACTOR"

engine_repair

# go_back_first WHY: a release that was killed after its switch and cannot be gone on with.
go_back_first() {
  [[ -n $UNFINISHED ]] || return 0
  say "  repair    $(journal_get .verb) $(journal_get .id) by $(journal_get .actor) was killed in its step $(journal_get .phase); $1"
  engine_go_back
}

if disk_is_short "$(setting .release.minFreeGiB 4)"; then go_back_first "the disk is short: going back"; fi
disk_require "$(setting .release.minFreeGiB 4)"

NEXT="$RELEASES/next"
rm -rf "$NEXT"
install -d -m 0755 "$NEXT"
step fetch runtime_fetch "$REF" "$NEXT"
status=$STEP_STATUS
if ((status != 0)); then
  cause="$(step_cause)"
  go_back_first "what was asked for now cannot be fetched: going back"
  ((status != EXIT_REFUSED)) || refuse "$cause"
  finish 1 failed "$REF in step fetch: $cause. Nothing was changed"
fi

if [[ -n $UNFINISHED ]]; then
  if same_as_journal; then
    say "  repair    release $(journal_get .id) by $(journal_get .actor) was killed in its step $(journal_get .phase); going on with it"
    id="$(journal_get .id)"
    engine_forward
    engine_settle
    serves "$id"
    engine_prune
    backup_publish_age
    finish 0 ok "$id: $REF serves"
  fi
  go_back_first "going back"
fi

if same_as_current; then
  use_release "$(record_current_id)"
  step smoke runtime_smoke_open
  ((STEP_STATUS == 0)) || finish 1 failed "$REF is the live release already and does not pass smoke: $(step_cause)"
  is_desired "$(record_current_id)" || desired_set "$(record_current_id)"
  finish 0 ok "$(record_current_id): $REF was live already, and serves"
fi

runtime_check "$NEXT" "$(record_current_id)" "$UPGRADE_DATABASE"
begin
engine_forward
engine_settle
current="${NEXT##*/}"
serves "$current"
engine_prune
backup_publish_age
finish 0 ok "$current: $REF serves$(runtime_verdict "$current")"
