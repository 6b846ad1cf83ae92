# shellcheck shell=bash
# Runs the steps of a verb: each in a process of its own, so that a failure anywhere in it ends it, with its
# full output shown and kept, and one line that says how it went and how long it took.

STEP_STATUS=0
STEP_NAME=''
STEP_LOG=''

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
  ) 2>&1 | tee "$STEP_LOG" | sed -u 's/^/      /'
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
    "$@"
  )
  # shellcheck disable=SC2034 # as above
  ATTEMPT_STATUS=$?
  set -e
}

# What the failed step said last, in one line fit for a record.
step_cause() {
  local cause
  cause="$(sed -e 's/\x1b\[[0-9;]*m//g' -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' "$STEP_LOG" | grep -v '^$' | tail -n 1 | tr -d '\000-\037' || true)"
  printf '%.600s' "${cause:-$STEP_NAME ended with exit code $STEP_STATUS and no message}"
}
