# shellcheck shell=bash
# One verb at a time per host. The kernel holds the lock (flock), so it cannot be left behind; a file beside
# it names the holder.

LOCK="$RUNTIME_DIR/lock"

lock_started_at() { awk '{print $22}' "/proc/$1/stat" 2>/dev/null; }

lock_holder_alive() {
  local pid started
  read -r pid started < <(jq -r '"\(.pid) \(.processStarted)"' "$LOCK.json" 2>/dev/null) || return 1
  [[ $(lock_started_at "$pid") == "$started" ]]
}

lock_holder() {
  jq -r '"\(.verb) by \(.actor)\(if .run != "" then " (\(.run))" else "" end) since \(.since), process \(.pid)"' \
    "$LOCK.json" 2>/dev/null || printf 'an unnamed process'
}

# lock_take ACTOR RUN WAIT_SECONDS: leaves with exit code 10 when another verb holds it for longer than that. What a host
# does of its own when it comes up is waited for: nobody is at it who could be asked, and it ends soon.
lock_take() {
  local actor=$1 run=$2 patience=$3 holder
  exec {LOCK_FD}>>"$LOCK"
  if ! flock -n "$LOCK_FD"; then
    holder="$(lock_holder)"
    case "$(jq -r .actor "$LOCK.json" 2>/dev/null)" in
      boot | bootstrap) patience=$((patience > 1800 ? patience : 1800)) ;;
    esac
    if ! lock_holder_alive; then
      # Its processes outlive a killed script (a pull, a migration that is followed). What they do must end first.
      say "  lock      the holder was killed ($holder); waiting for what it left running"
      patience=$((patience > 900 ? patience : 900))
    elif ((patience > 0)); then
      say "  lock      held by $holder; waiting up to $((patience / 60)) min"
    else
      finish "$EXIT_LOCKED" refused "the lock is held by $holder"
    fi
    flock -w "$patience" "$LOCK_FD" || finish "$EXIT_LOCKED" refused "the lock is still held by $(lock_holder)"
  fi
  jq -n --arg verb "$VERB" --arg actor "$actor" --arg run "$run" --arg since "$(now)" --argjson pid $$ \
    --arg started "$(lock_started_at $$)" \
    '{verb: $verb, actor: $actor, run: $run, since: $since, pid: $pid, processStarted: $started}' |
    write_file "$LOCK.json" 0644
}

# For status: null or the holder.
lock_state() {
  if (flock -n 9) 9>>"$LOCK" 2>/dev/null; then
    printf 'null'
  else
    jq -c 'del(.processStarted)' "$LOCK.json" 2>/dev/null || printf '{}'
  fi
}
