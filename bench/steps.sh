#!/usr/bin/env bash
# The times of the steps that the last ./slipway test rehearsed, as a table.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: bench/steps.sh [--write]

Prints the time of each step of the rehearsals that the last ./slipway test ran, the longest first, from their logs in
.slipway/log. --write puts the table into docs/rehearsal.md.
USAGE
}

write=''
case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  --write) write=yes ;;
  '') ;;
  *) problem "\"$1\" is not an option" ;;
esac
no_problems

logs=("$home"/log/rehearsal-*.log)
[[ -e ${logs[0]} ]] || die "there is no rehearsal in $home/log; run ./slipway test rehearse first"

# table: a row for each step in the summaries of the logs.
table() {
  printf '| rehearsal | step | seconds | what |\n|---|---|---:|---|\n'
  for log in "${logs[@]}"; do
    log=${log##*/rehearsal-}
    sed -n -E "s/^ {8}(ok|FAILED) +([0-9.]+) s +([a-z-]+) +(.*)/\\2|${log%.log}|\\3|\\4/p" "$home/log/rehearsal-$log" || return
  done | sort -t '|' -k 1,1nr | awk -F '|' '{ printf "| %s | %s | %d | %s |\n", $2, $3, $1 + 0.5, $4 }'
}

rows=$(table)
if [[ -z $write ]]; then
  say "$rows"
else
  make_scratch
  readonly page=$root/docs/rehearsal.md
  ROWS=$rows awk '
    /^<!-- steps: made by bench\/steps.sh -->$/ { print; print ""; print ENVIRON["ROWS"]; print ""; skip = 1; next }
    /^<!-- end of steps -->$/ { skip = 0 }
    !skip' "$page" >"$scratch/page"
  cat "$scratch/page" >"$page"
fi
