#!/usr/bin/env bash
# Shows who holds a stack, and removes one lock whose holder is dead.
# Task: Repair
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway unlock STACK                    lists the locks: whose they are, since when, alive or dead
       ./slipway unlock STACK LOCK [--ended WHO]  removes that one lock

Removes a lock only when its holder is dead: its record says that it ended, or its process is gone from this machine, or
another machine's record isn't refreshed while this looks at it (about a minute). A live holder's lock is refused, with
status 10; ask them, or wait. Never run `pulumi cancel`: it removes every lock, those of the living too.

  --ended WHO      for a lock without a record, which a plain `pulumi up` leaves: you have made sure that this process
                   has ended. WHO is USER@HOST:PID, as the list shows it. Refused where it can be seen to live.
  --region REGION  instead of the stack file's

After it, ./slipway up STACK goes on where the dead one ended. docs/runbooks/state.md has the whole of it.
USAGE
}

ended=''
own_option() {
  [[ $1 == --ended ]] || return 1
  value_of "$1" $#
  ended=$2 taken=2
}

parse "$@"
((${#words[@]} < 3)) || problem "\"${words[2]}\": one lock at a time"
lock=${words[1]:-}
[[ -z $lock || $lock =~ ^[A-Za-z0-9-]{8,64}$ ]] || problem "LOCK: \"$lock\" is not the id of a lock; ./slipway unlock ${stack:-STACK} lists them"
[[ -z $ended || -n $lock ]] || problem '--ended goes with a LOCK'
no_run_options
no_problems
need_aws
make_scratch
need_backend
need_account
read_locks
read_runs

# The records that belong to a lock; the others' runs have none, or not yet.
declare -A has_lock=()

list_locks() {
  local id
  ((${#locks[@]})) || say "nobody holds $stack"
  for id in "${locks[@]}"; do
    look_at_lock "$id" || continue
    [[ -z $lock_run ]] || has_lock[$lock_run]=yes
    printf 'lock %s\n  %s\n' "$id" "$lock_text"
    case $lock_life in
      live) printf '  alive: wait until it ends\n' ;;
      dead | silent) printf '  to remove it: ./slipway unlock %s %s\n' "$stack" "$id" ;;
      *)
        [[ $lock_who != "@"* ]] || continue
        printf '  to remove it, when you know that %s has ended: ./slipway unlock %s %s --ended %s\n' \
          "$lock_who" "$stack" "$id" "$lock_who"
        ;;
    esac
  done
}

# list_others: runs without a lock: at their beginning or end, or killed there.
list_others() {
  local file life
  for file in "$scratch"/runs/*.json; do
    [[ -e $file && -z ${has_lock[$file]:-} ]] || continue
    life=$(run_life "$file")
    printf 'without a lock: %s (%s)\n' \
      "$(jq -r '"\(.owner), \(.command), since \(.started), on \(.host) as process \(.engine)"' "$file")" "$life"
  done
}

# remove_dead_records: those of the lock, and of runs that died without one.
remove_dead_records() {
  local file
  for file in "$scratch"/runs/*.json; do
    [[ -e $file ]] || continue
    [[ $file == "$lock_run" || $(run_life "$file") == dead ]] || continue
    state_do delete-object --key "$(jq -r .key "$file")" ||
      note "the record $(jq -r .key "$file") can't be removed: $error_text"
  done
}

# stays_silent FILE: watches a record for two of its heartbeats and a little more. No clock is compared: what counts is
# that S3 gets nothing new. False as well when the record goes away meanwhile: its run has ended, or somebody is at work.
stays_silent() {
  local key beat every found='' deadline
  IFS=$'\t' read -r key beat every < <(jq -r '[.key, .beat, .every // 20] | @tsv' "$1") || return
  deadline=$((SECONDS + 2 * every + 20))
  note "its holder is on another machine; watching for $((deadline - SECONDS)) s whether it is heard of…"
  while ((SECONDS < deadline)); do
    pause 5
    state_api found head-object --key "$key" --output text --query LastModified || {
      [[ $(meaning) == gone ]] || stop_for_state "watching the record of $lock (s3:GetObject)"
      return 1
    }
    # The list gives the same instant in another form.
    [[ $(date -u -d "$found" +%s 2>/dev/null || seconds_of "$found") == "$(seconds_of "$beat")" ]] || return 1
  done
}

if [[ -z $lock ]]; then
  list_locks
  list_others
  exit
fi

look_at_lock "$lock" ||
  die "there is no lock $lock on $stack; there are: ${locks[*]:-none}. $unchanged"
if [[ $lock_life == silent ]]; then
  quiet=yes
  stays_silent "$lock_run" || quiet=''
  # A minute has passed: who ended in it took the lock away, the record, or both.
  read_runs
  look_at_lock "$lock" || {
    say "the lock $lock is gone: its holder has ended and took it away"
    exit
  }
  if [[ $lock_life == silent && -z $quiet ]]; then
    lock_life=live
    lock_text=${lock_text%;*}'; it was heard of just now'
  fi
fi
case $lock_life in
  live)
    note "refused: the holder is alive: $lock_text"
    note 'wait until it ends, or have its owner end it; nothing was changed'
    exit 10
    ;;
  unknown)
    if [[ $ended != "$lock_who" ]]; then
      note "refused: $lock_text. Whether it lives can't be seen from here.${ended:+ (--ended says \"$ended\".)}"
      note "make sure that $lock_who has ended, and then: ./slipway unlock $stack $lock --ended $lock_who. $unchanged"
      exit 10
    fi
    ;;
esac
state_do delete-object --key "$locks_key$lock.json" || stop_for_state "removing the lock $lock (s3:DeleteObject)"
remove_dead_records
say "removed the lock $lock of $lock_text"
say "./slipway up $stack goes on where it ended"
