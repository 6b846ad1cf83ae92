#!/usr/bin/env bash
# Dumps of the stack's database: made, restored beside it, compared, promoted, and taken away again.
# shellcheck disable=SC2329 # steps call functions by name
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "dump.sh: one step of a dump, by environment:
  SSM_step     make, restore, verify, promote, discard, drop-former or list
  SSM_id       what is restored, by the first 12 digits of its SHA-256; of make: before whose promotion it is made
  SSM_key, SSM_version, SSM_sha256, SSM_format (custom, sql), SSM_gzip (true, false)
               the object to restore; of verify: where it came from; of promote: the dump of the live database made before
  SSM_reason   of make: scheduled, asked or safety
  SSM_taskToken  the state machine that waits for the answer; without it a person does
  SSM_output   of list: text or json
Each may be killed anywhere and run again. One works at a time on a server; another one waits for half an hour.
Exit codes: 0 done, 1 failed, 10 another step is at work, 11 refused; in each case but 0 the live database is as it was." "$@"

STEP="${SSM_step:-make}" ID="${SSM_id-}" KEY="${SSM_key-}" VERSION="${SSM_version-}" SHA="${SSM_sha256-}"
# shellcheck disable=SC2034 # the steps read them
ACTOR="${SSM_actor-}"
FORMAT="${SSM_format-}" GZIP="${SSM_gzip:-false}" REASON="${SSM_reason:-asked}" OUTPUT="${SSM_output:-text}"

# dump_words: what is wrong with the environment, or nothing.
dump_words() {
  [[ $STEP =~ ^(make|restore|verify|promote|discard|drop-former|list)$ ]] || printf "'step' is none of make, restore, verify, promote, discard, drop-former and list; "
  [[ $ID =~ ^([0-9a-f]{12})?$ ]] || printf "'id' is not 12 hexadecimal digits; "
  [[ $KEY =~ ^(db-dumps/[A-Za-z0-9._/@=+-]{1,300})?$ ]] || printf "'key' is none below db-dumps/; "
  [[ $VERSION =~ ^[A-Za-z0-9._+/=-]{0,1024}$ ]] || printf "'version' is none of S3's; "
  [[ $SHA =~ ^([0-9a-f]{64})?$ ]] || printf "'sha256' is none; "
  [[ $FORMAT =~ ^(custom|sql)?$ ]] || printf "'format' is neither custom nor sql; "
  [[ $GZIP =~ ^(true|false)$ ]] || printf "'gzip' is neither true nor false; "
  [[ $REASON =~ ^(scheduled|asked|safety)$ ]] || printf "'reason' is none of scheduled, asked and safety; "
  [[ $OUTPUT =~ ^(text|json)$ ]] || printf "'output' is neither text nor json; "
}

need_configured_host
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"
for part in answers databases objects make restore promote; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/dump-$part.sh"
done

# Whatever ends this script: whoever waits is told, once.
ANSWERED=''
answer_at_end() {
  [[ -n $ANSWERED ]] || dump_fail "$FAILS" "the step ended with exit code $1; the host's output says why" >/dev/null
  dump_heartbeats_end
  rm -f "$DUMP_ANSWER" "$DUMP_GIVEN_UP"
}

# give_up CODE OUTCOME ERROR CAUSE
give_up() {
  ANSWERED=yes
  dump_fail "$3" "$4"
  finish "$1" "$2" "$STEP: $4"
}

case "$STEP" in
  make) FAILS=MakeFailed ;;
  restore) FAILS=RestoreFailed ;;
  verify) FAILS=VerifyFailed ;;
  promote) FAILS=PromoteFailed ;;
  *) FAILS=DiscardFailed ;;
esac
at_end answer_at_end
words="$(dump_words)"
[[ -z $words ]] || give_up "$EXIT_REFUSED" refused DumpRefused "${words%; }"
[[ -n $(environment .databaseHost) && -n $(environment .dumpsBucket) ]] ||
  give_up "$EXIT_REFUSED" refused DumpRefused "this stack has no dumps: neither a database nor a bucket for them is known to its hosts (slipway:dumps)"
need psql pg_dump pg_restore python3 setpriv prlimit gunzip
values_of_the_killed
install -d -m 0700 "$VALUES"
dump_heartbeats_begin

[[ $OUTPUT == json ]] || say "dump of $(setting .stack): $STEP${ID:+ $ID}"
attempt database_master "$VALUES/.master" >"$RUNTIME_DIR/dump-master"
((ATTEMPT_STATUS == 0)) || give_up 1 failed "$FAILS" "$(last_words <"$RUNTIME_DIR/dump-master")"
session_open LOCK "$VALUES/.master" --dbname postgres
if ! dump_lock; then
  cause="$(session_cause LOCK)"
  [[ -n $DUMP_BUSY ]] || give_up 1 failed "$FAILS" "the database cannot be asked: $cause"
  give_up "$EXIT_LOCKED" refused DumpBusy "another step of a dump has been at work on this server for more than $((DUMP_LOCK_SECONDS / 60)) min"
fi

if [[ $STEP == list ]]; then
  attempt dump_list
  ((ATTEMPT_STATUS == 0)) || give_up 1 failed "$FAILS" 'what there is cannot be listed'
  ANSWERED=yes
  if [[ $OUTPUT == json ]]; then
    jq -c . "$DUMP_ANSWER"
    exit 0
  fi
  jq -r '(.databases[] | "  \(.is + "          " | .[0:10]) \(.name)\(if .is == "live" and .id then ", promoted from \(.id)" else "" end)  \(.bytes / 1048576 | floor) MiB"),
    (.dumps[0:20][] | "  dump       \(.key)  \(.bytes / 1048576 | floor) MiB, \(.at)")' "$DUMP_ANSWER"
  finish 0 ok "$(jq '.dumps | length' "$DUMP_ANSWER") dumps were made here"
fi

step mend dump_mend
((STEP_STATUS == 0)) || give_up 1 failed "$FAILS" "$(step_cause)"
step "$STEP" "dump_${STEP//-/_}"
if ((STEP_STATUS != 0)); then
  outcome=$STEP_STATUS cause="$(step_cause)"
  if [[ $STEP == restore ]]; then
    step clean-up restore_away
    ((STEP_STATUS == 0)) || cause+=". What it left could not be removed: $(step_cause)"
  fi
  ((outcome != EXIT_REFUSED)) || give_up "$EXIT_REFUSED" refused DumpRefused "$cause"
  give_up 1 failed "$FAILS" "$cause"
fi
ANSWERED=yes
dump_succeed
finish 0 ok "$STEP${ID:+ $ID}"
