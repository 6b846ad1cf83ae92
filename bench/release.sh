#!/usr/bin/env bash
# Measures what users notice of a release.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: bench/release.sh [--workers N]

Reads from the rehearsal's site without a pause, by N workers at once (default 4), while a release with a schema change
goes by. Prints for how long writes were refused and the site was closed, with the largest parts of each as the release's
record has them, how many reads failed and when, how many of these got the page that says so, and the longest time in which
none was answered. For a comparison run it on the version before and on the one after, on the same machine.
USAGE
}

workers=4
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --workers)
      value_of "$1" $#
      check_number "$1" "$2"
      workers=$2
      shift
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done
no_problems

make_scratch
need_site
ref=${REHEARSAL_NEXT_REF:?the rehearsal that is kept has no next release to make}

# read_on FILE: one line for each read: when it began in milliseconds, its status, how many seconds it took, and whether
# it was answered by the page that says that the site is closed. A connection of its own for each, as new visitors come.
read_on() {
  local began answer page
  while [[ ! -e $scratch/stop ]]; do
    began=$(milliseconds)
    : >"$1.body"
    answer=$(curl --silent --output "$1.body" --max-time 10 --cacert "$REHEARSAL_CA" \
      --resolve "$REHEARSAL_SITE:443:$REHEARSAL_ADDRESS" --write-out '%{http_code} %{time_total}' \
      "https://$REHEARSAL_SITE/api/method/ping" || true)
    page=no
    if grep -q slipway-holding "$1.body"; then page=yes; fi
    printf '%s %s %s\n' "$began" "$answer" "$page" >>"$1"
  done
}

pids=()
for ((worker = 0; worker < workers; worker++)); do
  read_on "$scratch/reads.$worker" &
  pids+=($!)
done
pause 3
started=$(milliseconds)
status=0
"$root/scripts/release.sh" staging "$ref" >"$scratch/release" 2>&1 || status=$?
ended=$(milliseconds)
pause 3
touch "$scratch/stop"
wait "${pids[@]}"

if ((status)); then
  tail -n 20 "$scratch/release" >&2
  die "the release ended with $status"
fi
# What took the time, as the release's record has it.
# shellcheck disable=SC2016 # the machine expands it
in_machine sh -c 'cat "/srv/slipway/releases/$(basename "$(readlink /srv/slipway/current)")"' >"$scratch/record" ||
  die "the record of the release can't be read"
# parts FILTER TEXT: the three largest of those parts.
parts() {
  jq -r --arg text "$2" "[.parts[]? | select($1)] | sort_by(-.seconds) | .[:3][] | \"\\(.seconds) \\(\$text): \\(.name)\"" "$scratch/record" |
    while read -r seconds text; do printf '  %-50s %10s\n' "$text" "$seconds"; done
}

# The release's own words: "maintenance 7 s of which 0 s closed to visitors".
said=$(grep -oE 'maintenance [0-9.]+ s of which [0-9.]+ s closed' "$scratch/release" | tail -n 1) || said='- - - - - -'
read -r _ maintenance _ _ _ closed _ <<<"$said"

printf 'a release with a schema change under %d readers (%s)\n\n' "$workers" "$(machine_text)"
# The bodies stand beside them.
rm -f "$scratch"/reads.*.body
sort -n "$scratch"/reads.* | awk -v release="$(seconds $((ended - started)))" -v maintenance="$maintenance" \
  -v closed="$closed" -v started="$started" '
  { reads++; end = $1 + $3 * 1000 }
  $2 != 200 { failed++; if ($4 == "yes") paged++; if (!codes[$2]++) from[$2] = $1; to[$2] = end; next }
  { if (last && end - last > gap) gap = end - last; if (end > last) last = end; if ($3 > slowest) slowest = $3 }
  END {
    printf "%-36s %10s\n", "release, seconds", release
    printf "%-36s %10s\n", "closed to writing, seconds", maintenance
    printf "%-36s %10s\n", "closed to reading, seconds", closed
    printf "%-36s %10d\n", "reads", reads
    printf "%-36s %10d\n", "of these failed", failed
    printf "%-36s %10d\n", "  with the page that says so", paged
    for (code in codes)
      printf "%-36s %10d   from %.1f to %.1f s of the release\n", "  with status " code, codes[code],
        (from[code] - started) / 1000, (to[code] - started) / 1000
    printf "%-36s %10.1f\n", "longest without an answer, seconds", gap / 1000
    printf "%-36s %10.1f\n", "slowest answer, seconds", slowest
  }'
printf '\nthe largest parts of it, seconds\n'
parts '.sites == "closed"' 'closed'
parts '.sites == "read-only"' 'writes refused'
parts '.sites == "open"' 'served'
