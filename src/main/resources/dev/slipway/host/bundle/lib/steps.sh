# shellcheck shell=bash
# Runs the steps of a verb: each in a process of its own, so that a failure anywhere in it ends it, with its
# full output shown and kept, and one line that says how it went and how long it took.

STEP_STATUS=0
STEP_NAME=''
STEP_LOG=''

# What a terminal would show of each line in the end: of a progress bar its last state, and no colors. All of them would
# take the place of what Run Command keeps.
last_states() { LC_ALL=C sed -u -E -e 's/\x1b\[[0-9;?]*[A-Za-z]//g' -e 's/\r+$//' -e 's/^.*\r//'; }

# step NAME COMMAND…: sets STEP_STATUS. Never call it in a condition: bash would ignore errors inside.
step() {
  local name=$1 started=$SECONDS verdict
  shift
  STEP_NAME=$name
  STEP_LOG="$RUNTIME_DIR/step-$name.log"
  set +e
  (
    set -euo pipefail
    # shellcheck disable=SC2030,SC2034 # finish reads it
    IN_STEP=$name
    "$@"
  ) 2>&1 | last_states | tee "$STEP_LOG" | sed -u 's/^/      /'
  STEP_STATUS=${PIPESTATUS[0]}
  set -e
  verdict=ok
  ((STEP_STATUS == 0)) || verdict=FAILED
  printf '  %-9s %-6s %d s\n' "$name" "$verdict" $((SECONDS - started))
}

# attempt COMMAND…: runs it where an error ends it, and sets ATTEMPT_STATUS, for a caller that has something to do
# afterwards. What the command sets is gone with its process. Never call it in a condition, as above.
# shellcheck disable=SC2034 # its callers read it
ATTEMPT_STATUS=0
attempt() {
  set +e
  (
    set -euo pipefail
    # The verb's last line is said by who called this.
    # shellcheck disable=SC2030,SC2031,SC2034 # finish reads it
    IN_STEP=${IN_STEP:-attempt}
    "$@"
  )
  # shellcheck disable=SC2034 # as above
  ATTEMPT_STATUS=$?
  set -e
}

# last_words: the last line of standard input that says something.
last_words() {
  last_states | LC_ALL=C sed -E -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' | grep -v '^$' | tail -n 1 | tr -d '\000-\037' || true
}

# migration_name RELEASE_ID PART: of the container in which a part of a release's migration runs.
migration_name() { printf 'slipway-migrate-%s-%s' "${1,,}" "$2"; }

# migration_follow NAME WHOSE COMMAND: shows what it says until it ends, and ends the step unless it ended well.
migration_follow() {
  local code state
  docker logs --follow "$1" 2>&1 || true
  # Docker's word for how it ended, and then the container's: a container that was never started "ended" with 0 as well.
  code="$(docker wait "$1")"
  state="$(migration_state "$1")"
  [[ $code =~ ^[0-9]+$ ]] || die "$2: Docker does not say how its migration ended ($1 is: ${state:-unknown})"
  [[ $code == 0 ]] || die "$3 ended with exit code $code: $(container_cause "$1")"
  [[ $state == 'exited 0' ]] || die "$2: its migration has not run to its end ($1 is: ${state:-unknown})"
}

# migration_state NAME: "missing" where Docker says that there is no such container. One that cannot be asked for may run.
migration_state() {
  local answer
  if answer="$(docker inspect --type container --format '{{.State.Status}} {{.State.ExitCode}}' "$1" 2>&1)"; then
    printf '%s' "$answer"
  elif [[ ${answer,,} == *'no such container'* ]]; then
    printf 'missing'
  else
    die "Docker does not tell whether $1 runs: $(tr -s '\n' ' ' <<<"$answer")" >&2
  fi
}

# container_cause NAME: why a container's command failed: the last that it said of errors, or, where it said nothing, at
# all. The two are told apart, since what is not an error may come later, from a buffer.
container_cause() {
  local log cause
  log="$(mktemp "$RUNTIME_DIR/log.XXXXXX")"
  docker logs "$1" 2>"$log" >"$log.out" || true
  cause="$(last_words <"$log")"
  [[ -n $cause ]] || cause="$(last_words <"$log.out")"
  rm -f "$log" "$log.out"
  printf '%.300s' "${cause:-it said nothing}"
}

# What the failed step said last, in one line fit for a record.
step_cause() {
  local cause
  cause="$(last_words <"$STEP_LOG")"
  printf '%.600s' "${cause:-$STEP_NAME ended with exit code $STEP_STATUS and no message}"
}

# keep_outcome NAME OUTCOME SECONDS CAUSE [jq OPTION…]: how a verb went, for status, with more fields: --arg backup "$BACKUP".
keep_outcome() {
  local text
  # shellcheck disable=SC2016
  text="$(jq -n --arg at "$(now)" --arg outcome "$2" --argjson seconds "$3" --arg cause "$4" "${@:5}" \
    '$ARGS.named | .cause |= (if . == "" then null else . end)')"
  write_file "$STATUS/$1.json" 0644 <<<"$text"
}
