# shellcheck shell=bash
# The history of releases: one JSON record each, in $RELEASES; `current` links to the one that serves.

record_file() { printf '%s/%s.json' "$RELEASES" "$1"; }

record_current_id() {
  [[ -L $DATA/current ]] || return 0
  basename "$(readlink "$DATA/current")" .json
}

record_make_current() { ln -sfn "releases/$1.json" "$DATA/current.new" && mv -fT "$DATA/current.new" "$DATA/current"; }

# record_get ID .path
record_get() { jq -r "$2 // empty" "$(record_file "$1")"; }

record_exists() { [[ -n $1 && -s $(record_file "$1") ]]; }

record_write() {
  local record
  record="$(jq 'objects')"
  [[ -n $record ]] || die "the record of $1 is empty"
  write_file "$(record_file "$1")" 0644 <<<"$record"
}

# Ids of all records, oldest first (ids begin with a UTC time stamp).
record_ids() { find "$RELEASES" -maxdepth 1 -name '2*.json' -printf '%f\n' | sed 's/\.json$//' | sort; }

# Ids of the releases that once served, oldest first.
record_served_ids() {
  local id ids outcome
  ids="$(record_ids)" || return
  for id in $ids; do
    outcome="$(record_get "$id" .outcome)" || return
    if [[ $outcome == ok ]]; then printf '%s\n' "$id"; fi
  done
}

# desired_get: 0 with the desired release, 1 where there is none yet, 2 where it cannot be read.
desired_get() { parameter_get "$(setting .parameters.desired)"; }

# desired_set ID: what a machine that boots later brings up. Moved only after this host is healthy.
desired_set() {
  local value
  value="$(mktemp "$RUNTIME_DIR/desired.XXXXXX")"
  jq -c --arg at "$(now)" '{ref: (.commit // .ref), id, at: $at, image: .image}' "$(record_file "$1")" | tr -d '\n' >"$value"
  parameter_put "$(setting .parameters.desired)" String "$value" '{"Overwrite": true}' >/dev/null
  rm -f "$value"
}
