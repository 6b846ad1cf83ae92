# shellcheck shell=bash
# What release, rollback and restore have in common: a plan of phases, each a step, the journal saying which
# one is being done, and the way back. What the phases mean is the runtime's: it has a phase_NAME for each of its plans,
# phase_return for the way back, and the hooks runtime_….
#
# The journal: verb, id, ref, actor, run, startedAt, part, plan (phases), phase (the one begun), target, previous
# (release id), backup (id), retryOf (the failed release that is tried again), skippedPatches, heldAt, closedAt, readableAt,
# servedAt, parts, schemaBefore, and what the runtime's phases keep for each other.

# Set by engine_repair: a killed run that has switched, and that the caller goes on with or goes back from.
UNFINISHED=''

# Whether this process has the lock, so that the journal is not another's.
ENGINE_HOLDS=''
# Whether what is in the journal is what this run was asked for, and not what another one has left.
ENGINE_OWN=''

# engine_broke_off CODE: the last line of a verb that has none: it broke off between two steps, as on a full disk, where
# not even the journal can be written. What it says of the host is what the journal says.
engine_broke_off() {
  local what phase
  if [[ -n $FINISHED || $1 == 0 ]]; then return 0; fi
  if [[ -z $ENGINE_HOLDS ]] || ! journal_exists; then
    say "slipway: $VERB failed it broke off with exit code $1; the lines above say why"
    return 0
  fi
  what="$(journal_get '"\(.verb) \(.id)"' 2>/dev/null)"
  phase="$(journal_get .phase 2>/dev/null)"
  if [[ -n $what ]] && { [[ -z $phase ]] || engine_changes_nothing "$phase"; }; then
    ENDED=1
    say "slipway: $VERB failed $what broke off; the lines above say why. Nothing was switched; sites may refuse writes until the same is run again"
  elif [[ -n $what ]] && engine_is_recorded; then
    if [[ -n $ENGINE_OWN ]]; then
      ENDED=$EXIT_UNFINISHED
      say "slipway: $VERB failed $what serves and is recorded, and broke off then; the lines above say why. Run the same again: it finishes it"
    else
      ENDED=1
      say "slipway: $VERB failed it broke off before it was begun; the lines above say why. $what, which was not finished, serves"
    fi
  elif [[ -n $what && $phase == returned ]]; then
    ENDED=$EXIT_ROLLED_BACK
    say "slipway: $VERB failed $what failed and the release before serves again; then it broke off; the lines above say why"
  else
    # shellcheck disable=SC2034 # common.sh ends with it
    ENDED=$EXIT_BROKEN
    say "slipway: $VERB failed ${what:-what was under way} broke off in its step ${phase:-unknown}; the lines above say why. $RUNTIME_LEFT. Run the same again: it goes on, or goes back; see docs/runbooks/rollback.md"
  fi
}
at_end engine_broke_off

# engine_begin JSON: opens the journal; its first phase has not begun. What names no release or no phases is not begun: it
# would be done at once.
engine_begin() {
  local missing
  jq -e '(.id | strings != "") and (.plan | arrays | length > 0) and (.phase as $phase | .plan | index([$phase]) != null)' <<<"$1" >/dev/null ||
    die "the journal of what is to begin names no id, no phases or no first one; nothing was changed"
  missing="$(runtime_missing "$(jq -r '.plan[] | "phase_\(.)"' <<<"$1")")"
  [[ -z $missing ]] || die "the runtime $(setting .runtime) has no $missing, which its plan names; nothing was changed"
  ENGINE_HOLDS=yes ENGINE_OWN=yes
  journal_begin "$1"
}

# Up to the backup the former release is the one that runs; from the switch on it is the new one. A step is a
# process of its own, so this is said before it starts.
engine_use_release() {
  local id
  id="$(journal_get .id)"
  if [[ $(journal_get .verb) == restore ]] || [[ $1 == backup && -n $(journal_get .previous) ]]; then
    id="$(journal_get .previous)"
  fi
  use_release "$id"
}

# engine_forward: every phase of the plan from the present one on. Returns with STEP_STATUS of the last.
engine_forward() {
  local phase plan present begun=''
  STEP_STATUS=0
  ENGINE_HOLDS=yes ENGINE_OWN=yes
  # Whose journal cannot be read has not done its phases.
  plan="$(journal_get '.plan[]')"
  present="$(journal_get .phase)"
  [[ $'\n'$plan$'\n' == *$'\n'$present$'\n'* && -n $present ]] || die "the journal ($JOURNAL) has no phase '$present' in its plan: $(tr '\n' ' ' <<<"$plan")"
  for phase in $plan; do
    [[ $phase == "$present" ]] && begun=yes
    [[ -n $begun ]] || continue
    journal_text phase "$phase"
    engine_use_release "$phase"
    step "$phase" "phase_$phase"
    ((STEP_STATUS == 0)) || return 0
  done
}

phase_smoke() {
  runtime_smoke
  journal_text servedAt "$(now)"
}

# From the moment that it is recorded as serving there is no way back: after it writes are let in, and going back would
# lose them. What fails from there on is done by the next run.
engine_is_recorded() {
  [[ $(journal_get .phase) == record ]] &&
    [[ $(journal_get .verb) == restore || $(record_current_id) == "$(journal_get .id)" ]]
}

# engine_is_left: whether a former run came to its last step: what it made passed smoke, serves, and has only to be
# recorded and opened to its end.
engine_is_left() { journal_exists && [[ $(journal_get .phase) == record ]]; }

# engine_is_left_by VERB…: the same, of one of these verbs.
engine_is_left_by() { engine_is_left && [[ " $* " == *" $(journal_get .verb) "* ]]; }

# engine_finish PART: does that last step for who asks for the same again. The script ends here unless all is well.
engine_finish() {
  ENGINE_HOLDS=yes ENGINE_OWN=yes
  say "  repair    $(journal_get .verb) $(journal_get .id) by $(journal_get .actor) serves and was not finished; finishing it"
  journal_text part "$1"
  engine_forward
  engine_settle
}

# engine_finish_other: the same for who asks for something else, with STEP_STATUS: what serves is not in its way.
engine_finish_other() {
  say "  repair    $(journal_get .verb) $(journal_get .id) by $(journal_get .actor) serves and was not finished; finishing it first"
  engine_use_release record
  step record phase_record
  if ((STEP_STATUS == 0)); then journal_end; fi
}

phase_record() {
  local id
  id="$(journal_get .id)"
  # Once: when it is finished by a later run, people have been at work since.
  if [[ $(journal_get .verb) != restore && $(record_current_id) != "$id" ]]; then
    engine_record ok "" ""
    record_make_current "$id"
  fi
  runtime_open
  if engine_decides; then desired_set "$id"; fi
  runtime_keep
}

# On one of several hosts the release is desired only when the last of them serves it.
engine_decides() { [[ $(journal_get .verb) != restore && ! $(journal_get .part) =~ ^(first|middle)$ ]]; }

seconds_between() {
  if [[ -n $1 && -n $2 ]]; then printf '%d' $(($(epoch_of "$2") - $(epoch_of "$1"))); else printf 0; fi
}

# engine_record OUTCOME FAILED_STEP CAUSE: the release's record, from the journal.
engine_record() {
  local more finished
  finished="$(now)"
  more="$(runtime_record_fields "$1")"
  jq --arg outcome "$1" --arg step "$2" --arg cause "$3" --arg finished "$finished" --argjson more "$more" \
    --argjson seconds "$(seconds_between "$(journal_get .startedAt)" "$finished")" \
    --argjson held "$(seconds_between "$(journal_get .heldAt)" "$finished")" \
    --argjson now "$(date +%s%3N)" \
    --argjson closed "$(seconds_between "$(journal_get .closedAt)" "$(journal_get '.readableAt // .servedAt')")" '
    def given: if . == "" then null else . end;
    {id, verb} + .target + $more
    + {actor, run, startedAt, finishedAt: $finished, seconds: $seconds,
     parts: ((.parts // []) as $parts | [range($parts | length) as $i | $parts[$i]
       | {name, sites, seconds: ((($parts[$i + 1].at // $now) - .at) / 100 | round / 10)}]),
     maintenanceSeconds: (if .heldAt then $held else 0 end), closedSeconds: (if .heldAt then $closed else 0 end),
     outcome: $outcome, failedStep: ($step | given), cause: ($cause | given),
     backup: (.backup // null), previous: (.previous // null)}
    + if .retryOf then {retryOf, backupReused: (.backupReused // false)} else {} end
    + if (.skippedPatches // []) != [] then {skippedPatches} else {} end' "$JOURNAL" | record_write "$(journal_get .id)"
}

# Phases that change nothing but that writes may be refused.
engine_changes_nothing() { [[ $1 == backup || $1 == snapshot ]]; }

# engine_settle: the verdict of engine_forward. On a failure the way back is taken; the script ends here unless all is well.
engine_settle() {
  local failed cause id status previous
  ((STEP_STATUS != 0)) || {
    journal_end
    return 0
  }
  failed="$STEP_NAME"
  status=$STEP_STATUS
  cause="$(step_cause)"
  id="$(journal_get .id)"
  journal_text failedStep "$failed"
  journal_text cause "$cause"
  if engine_is_recorded; then
    finish "$EXIT_UNFINISHED" failed "$id serves and is recorded, but step $failed was not finished: $cause. Run the same again: it finishes it"
  fi
  if engine_changes_nothing "$failed"; then
    engine_let_go "$failed" "$cause"
    finish "$((status == EXIT_REFUSED ? status : 1))" failed "$id in step $failed: $cause. Nothing was switched"
  fi
  previous="$(journal_get .previous)"
  engine_return
  if [[ -z $previous ]]; then
    finish 1 failed "$id in step $failed: $cause. No release has served before, so there is none to go back to; correct the cause and run release again"
  fi
  case "$STEP_STATUS" in
    0) finish "$EXIT_ROLLED_BACK" rolled-back "$id in step $failed: $cause. Release $previous ($(record_get "$previous" .ref)) serves again" ;;
    *) finish "$EXIT_BROKEN" failed "$id in step $failed: $cause. Going back failed too: $(step_cause). $RUNTIME_LEFT; see docs/runbooks/rollback.md" ;;
  esac
}

# Before the switch nothing has changed but that writes were refused.
engine_let_go() {
  if [[ -n $(journal_get .previous) ]]; then
    use_release "$(journal_get .previous)"
    step return runtime_let_go
    # The journal stays, so that the next run tries again.
    ((STEP_STATUS == 0)) || finish "$EXIT_BROKEN" failed "letting writes in again failed: $(step_cause). The sites stay read-only; run the same again"
  fi
  if [[ $(journal_get .verb) != restore ]]; then engine_record failed "$1" "$2"; fi
  journal_end
}

# engine_return: the previous code, and the data where it may have been touched; open again only after smoke.
# Where nothing served before, what the failed release started is left as it is, for a look at it.
engine_return() {
  if [[ -z $(journal_get .previous) ]]; then
    engine_record failed "$(journal_get .failedStep)" "$(journal_get .cause)"
    journal_end
    STEP_STATUS=0
    return 0
  fi
  use_release "$(journal_get .previous)"
  if [[ $(journal_get .phase) != returned ]]; then
    journal_text phase returning
    step return phase_return
    ((STEP_STATUS == 0)) || return 0
    step smoke runtime_smoke
    ((STEP_STATUS == 0)) || return 0
    # From here on people write: what came back is not loaded once more.
    journal_text phase returned
  fi
  step open runtime_open
  ((STEP_STATUS == 0)) || return 0
  attempt engine_record_return
  # The journal stays, so that the next run does it.
  ((ATTEMPT_STATUS == 0)) || warn "that $(journal_get .id) failed is not recorded yet; the next run does that"
}

engine_record_return() {
  if [[ $(journal_get .verb) != restore ]]; then
    engine_record rolled-back "$(journal_get .failedStep)" "$(journal_get .cause)"
  fi
  journal_end
}

# engine_repair: what a run left that was killed or not finished. Before its switch: dropped. After it: UNFINISHED is
# set, for the caller to go on with it or to go back. A run that was going back already goes back, and one that serves is
# finished, or left. Never call it in a condition: bash would ignore errors in the steps that it runs.
engine_repair() {
  UNFINISHED=''
  journal_exists || return 0
  ENGINE_HOLDS=yes
  local phase what
  phase="$(journal_get .phase)"
  what="$(journal_get .verb) $(journal_get .id) by $(journal_get .actor)"
  case "$phase" in
    '' | backup | snapshot)
      say "  repair    $what was killed before it changed anything; dropped"
      engine_let_go "${phase:-lock}" "killed"
      ;;
    record)
      engine_finish_other
      if ((STEP_STATUS != 0)); then engine_leave "$what"; fi
      ;;
    returning | returned)
      say "  repair    $what was killed on its way back; going back"
      engine_go_back
      ;;
    *) UNFINISHED=yes ;;
  esac
}

# engine_leave WHAT: what serves and cannot be finished. What replaces all of it is the way out, and its journal takes the
# place of this one. Where it is not recorded nobody has written to it: the caller goes back from it.
engine_leave() {
  if ! engine_is_recorded; then
    UNFINISHED=yes
  elif [[ $VERB =~ ^(release|rollback|restore)$ ]]; then
    warn "$1 serves, and could not be finished: $(step_cause)"
  else
    finish 1 failed "$1 serves, and could not be finished: $(step_cause). What was asked for now was not begun"
  fi
}

# The way back as part of a repair: the script goes on when it worked.
engine_go_back() {
  local what
  what="$(journal_get .verb) $(journal_get .id)"
  [[ -n $(journal_get .failedStep) ]] || {
    journal_text failedStep "$(journal_get .phase)"
    journal_text cause "killed"
  }
  # shellcheck disable=SC2034 # the verbs read it
  UNFINISHED=''
  engine_return
  ((STEP_STATUS == 0)) || finish "$EXIT_BROKEN" failed "going back from $what failed: $(step_cause). $RUNTIME_LEFT; see docs/runbooks/rollback.md"
}

# engine_tidy: what nobody needs any more goes. That some of it stays, or that a metric is late, fails no release that
# serves.
engine_tidy() {
  step prune engine_prune
  ((STEP_STATUS == 0)) || warn "not all that nobody needs any more was removed: $(step_cause). The next release goes through it again"
  attempt backup_publish_age
}

# What remains on the host: records of the newest releases that served, their images, local backups.
engine_prune() {
  local keep kept current served id ids
  keep="$(setting .release.keep 5)"
  current="$(record_current_id)"
  served="$(record_served_ids | tail -n "$keep")"
  # What is not in here goes: nothing does where it is not known what serves.
  [[ -n $current ]] || die "it is not known which release serves; nothing was pruned"
  kept="$(printf '%s\n%s\n' "$current" "$served" | sed '/^$/d' | sort -u)"
  runtime_prune "$kept"
  ids="$(record_ids)"
  for id in $ids; do
    grep -qx "$id" <<<"$kept" || rm -rf "${RELEASES:?}/$id"
  done
  backup_prune_local "$(record_get "$(record_current_id)" .backup)"
}
