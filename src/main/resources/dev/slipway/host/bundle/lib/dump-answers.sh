# shellcheck shell=bash
# What a step of dump.sh tells whoever waits for it: a state machine by the token that it gave, or else a person.

# Where a step leaves its answer, as JSON.
DUMP_ANSWER="$RUNTIME_DIR/dump-$$.json"
# There when the state machine has given this step up.
DUMP_GIVEN_UP="$RUNTIME_DIR/dump-$$.given-up"
DUMP_HEARTBEAT_SECONDS=20

dump_is_asked() { [[ -n ${SSM_taskToken-} ]]; }

# dump_answer JSON: for the step that runs.
dump_answer() { jq -c . >"$DUMP_ANSWER" <<<"$1"; }

# dump_call OPERATION [jq OPTION…]: one call about the task, whose token goes by no argument. Prints what AWS says against it.
dump_call() {
  local request="$RUNTIME_DIR/dump-$$.$1" status=0
  jq -n "${@:2}" '{taskToken: env.SSM_taskToken} + $ARGS.named' >"$request" || return
  aws stepfunctions "$1" --cli-input-json "file://$request" 2>&1 || status=$?
  rm -f "$request"
  return "$status"
}

dump_is_given_up() { [[ -e $DUMP_GIVEN_UP ]]; }

# dump_heartbeats VERB_PID: for as long as that process lives and the state machine waits for it. One that is waited for no more
# ends at once, with all that it has started: another host may be at the same step, or what it makes is not wanted.
dump_heartbeats() {
  local answer
  while sleep "$DUMP_HEARTBEAT_SECONDS"; do
    [[ -d /proc/$1 ]] || return 0
    answer="$(dump_call send-task-heartbeat)" && continue
    if [[ $answer == *TaskTimedOut* || $answer == *TaskDoesNotExist* || $answer == *InvalidToken* ]]; then
      touch "$DUMP_GIVEN_UP"
      process_end "$1"
      return 0
    fi
  done
}

# process_end PID: it and what it has started, but for this very process.
process_end() {
  local child
  [[ $1 != "$BASHPID" ]] || return 0
  # Stopped first, it starts nothing more.
  kill -STOP "$1" 2>/dev/null || return 0
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null || true); do process_end "$child"; done
  kill -TERM "$1" 2>/dev/null || true
  kill -CONT "$1" 2>/dev/null || true
}

# dump_heartbeats_begin: before anything is opened that must not outlive the verb.
dump_heartbeats_begin() {
  dump_is_asked || return 0
  dump_heartbeats $$ </dev/null >/dev/null 2>&1 &
  DUMP_HEARTBEATS=$!
}

DUMP_HEARTBEATS=''
dump_heartbeats_end() { [[ -z $DUMP_HEARTBEATS ]] || kill "$DUMP_HEARTBEATS" 2>/dev/null || true; }

# dump_send OPERATION [jq OPTION…]: until AWS takes it, for a minute.
dump_send() {
  local answer deadline=$((SECONDS + 60))
  until answer="$(dump_call "$@")"; do
    if [[ $answer == *TaskTimedOut* || $answer == *TaskDoesNotExist* ]]; then
      warn "nobody waits for this answer any more: the step was given up, and is run again elsewhere if at all"
      return 0
    fi
    if ((SECONDS >= deadline)); then
      warn "the answer could not be sent: $(tr -s '\n' ' ' <<<"$answer"). The step is run again when its heartbeats are missed"
      return 0
    fi
    sleep 3
  done
}

# dump_succeed: with the step's answer, for the state machine or for people.
dump_succeed() {
  if dump_is_asked; then
    dump_send send-task-success --arg output "$(<"$DUMP_ANSWER")"
  else
    jq -r 'to_entries[] | select(.value | type != "object" and type != "array") | "  \(.key + "                       " | .[0:22])  \(.value)"' "$DUMP_ANSWER"
  fi
}

# dump_fail ERROR CAUSE
dump_fail() { ! dump_is_asked || dump_send send-task-failure --arg error "$1" --arg cause "$2"; }
