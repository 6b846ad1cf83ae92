# shellcheck shell=bash
# What the measurements share. It is sourced, never run.

# shellcheck source-path=SCRIPTDIR source=../scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib/common.sh"

# take_number VARIABLE NAME USUAL [WORD...]: sets the variable to the first word of the command line, which usage calls NAME.
take_number() {
  local -n _number=$1
  case ${4:-} in
    -h | --help)
      usage
      exit 0
      ;;
    *) _number=${4:-$3} ;;
  esac
  check_number "$2" "$_number"
  no_problems
}

milliseconds() { say $((${EPOCHREALTIME/[.,]/} / 1000)); }

# seconds MILLISECONDS: as 12.3
seconds() { printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# measure COUNT COMMAND...: runs it once to warm up and then COUNT times; prints the milliseconds of each.
measure() {
  local count=$1 index started
  shift
  for ((index = 0; index <= count; index++)); do
    started=$(milliseconds)
    "$@" >"$scratch/run" 2>&1 || {
      cat "$scratch/run" >&2
      die "\"$*\" failed"
    }
    ((index == 0)) || say $(($(milliseconds) - started))
  done
}

# spread: of numbers on standard input the least, the median and the greatest.
spread() { sort -n | awk '{ value[NR] = $1 } END { print value[1], value[int((NR + 1) / 2)], value[NR] }'; }

# machine_text: what the numbers were taken on.
machine_text() {
  say "$(nproc) processors, $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), $(date -u +%Y-%m-%d)"
}

kept=$home/rehearsal/kept.env
driver=''

# need_site: the site of a rehearsal that is kept in another terminal, or of one that is started here for as long as
# the measurement takes. Sets the variables that the rehearsal left for it.
need_site() {
  local deadline=$((SECONDS + 3600))
  if [[ ! -e $kept ]]; then
    note 'starting a rehearsal to measure on; this takes minutes (to measure on one that is there already: ./slipway rehearse --keep)'
    mkfifo "$scratch/enter"
    # Held open for writing, so that the rehearsal waits for its Enter until this ends.
    exec 9<>"$scratch/enter"
    "$root/scripts/rehearse.sh" --keep --only https <"$scratch/enter" >"$scratch/rehearsal" 2>&1 &
    driver=$!
    trap end_site EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    until [[ -e $kept ]]; do
      if ! kill -0 "$driver" 2>/dev/null || ((SECONDS > deadline)); then
        tail -n 30 "$scratch/rehearsal" >&2
        die 'the rehearsal did not get as far as a served site'
      fi
      pause 1
    done
  fi
  # shellcheck disable=SC1090
  source "$kept"
  : "${REHEARSAL_SITE:?}" "${REHEARSAL_ADDRESS:?}" "${REHEARSAL_CA:?}" "${REHEARSAL_MACHINE:?}"
  in_machine true 2>/dev/null || die "the rehearsal of $kept was killed: remove that file, and run this again"
}

# end_site: lets a rehearsal that was started here take everything away.
end_site() {
  if [[ -n $driver ]]; then
    if [[ -e $kept ]]; then printf '\n' >&9; else kill "$driver" 2>/dev/null || true; fi
    wait "$driver" || true
  fi
  rm -rf "$scratch"
}

# in_machine COMMAND...: on the rehearsal's machine.
in_machine() { docker exec "$REHEARSAL_MACHINE" "$@"; }
