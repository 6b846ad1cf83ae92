# shellcheck shell=bash
# The journal of the release, rollback or restore in progress: one JSON file on the data volume. What a step
# must know of an earlier one is in here and nowhere else, so that a run killed at any point can be finished,
# or undone, by the next.

JOURNAL="$RELEASES/in-progress.json"
# What was there before and is too large, or too secret, for it. It goes when the journal goes.
KEPT="$RELEASES/in-progress"

journal_exists() { [[ -s $JOURNAL ]]; }

# journal_begin JSON
journal_begin() {
  local journal
  rm -rf "$KEPT"
  journal="$(jq objects <<<"$1")"
  [[ -n $journal ]] || die "the journal of what is begun is empty"
  write_file "$JOURNAL" 0644 <<<"$journal"
}

# journal_get .path
journal_get() { jq -r "$1 // empty" "$JOURNAL"; }

# journal_set KEY JSON
journal_set() {
  local changed
  changed="$(jq --arg key "$1" --argjson value "$2" '.[$key] = $value' "$JOURNAL")"
  write_file "$JOURNAL" 0644 <<<"$changed"
}

journal_text() { journal_set "$1" "$(jq -n --arg value "$2" '$value')"; }

# journal_part NAME: what is done from now on, and whether visitors may write and read meanwhile. The record says how
# long each part took.
journal_part() {
  local parts
  journal_exists || return 0
  # shellcheck disable=SC2016
  parts="$(jq -c --arg name "$1" --argjson at "$(date +%s%3N)" '
    (.parts // []) + [{name: $name, at: $at,
      sites: (if .readableAt or (.closedAt == null) then (if .heldAt then "read-only" else "open" end) else "closed" end)}]' "$JOURNAL")"
  journal_set parts "$parts"
}

journal_end() {
  rm -f "$JOURNAL"
  rm -rf "$KEPT"
}
