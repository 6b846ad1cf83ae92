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

# The desired release is one parameter: {ref, id, at, image}, or {id, at, parts} where its ref is a list of NAME@DIGEST,
# which would be too long for one. Each part is a parameter of its own beside it then, and `parts` says which version of it:
# the release moves with the one that names them, and nobody reads half of one and half of another.
DESIRED_PARTS='^[a-z][a-z0-9-]*@sha256:[0-9a-f]{64}(,[a-z][a-z0-9-]*@sha256:[0-9a-f]{64})*$'

# desired_get: 0 with {ref, id, at, image}, 1 where there is none yet, 2 where it cannot be read.
desired_get() {
  local desired parts
  desired="$(parameter_get "$(setting .parameters.desired)")" || return
  if ! jq -e '.parts | objects' <<<"$desired" >/dev/null 2>&1; then
    printf '%s' "$desired"
    return 0
  fi
  parts="$(desired_parts "$desired")" || return 2
  # shellcheck disable=SC2016
  jq -c --argjson values "$parts" '{ref: ([.parts | keys[] | $values[.].value] | join(",")), id, at, image: null}' <<<"$desired" || return 2
}

# desired_parts DESIRED: {name: {value, version}} of the parts that it names, ten at a time, which is what one call takes.
desired_parts() {
  local at names batch answer found='{}'
  at="$(setting .parameters.desired)" || return
  # shellcheck disable=SC2016
  names="$(jq -r --arg at "$at" '.parts | to_entries[] | "\($at)/\(.key):\(.value)"' <<<"$1")" || return
  while mapfile -t -n 10 batch && ((${#batch[@]})); do
    answer="$(aws ssm get-parameters --names "${batch[@]}" --output json 2>&1 </dev/null)" || {
      printf 'cannot read the parts of the desired release: %s\n' "$(tr -s '\n' ' ' <<<"$answer")" >&2
      return 1
    }
    # shellcheck disable=SC2016
    found="$(jq -ec --arg at "$at/" --argjson found "$found" 'if (.InvalidParameters // []) != [] then empty else
      $found + ([.Parameters[] | {key: (.Name | ltrimstr($at)), value: {value: .Value, version: .Version}}] | from_entries) end' <<<"$answer")" || {
      printf 'parts of the desired release are missing: %s\n' "$(jq -r '(.InvalidParameters // []) | join(", ")' <<<"$answer" 2>/dev/null)" >&2
      return 1
    }
  done <<<"$names"
  printf '%s' "$found"
}

# desired_set ID: what a machine that boots later brings up. Moved only after this host is healthy.
desired_set() {
  local value ref
  value="$(jq -c --arg at "$(now)" '{ref: (.commit // .ref), id, at: $at, image: .image}' "$(record_file "$1")")"
  [[ -n $value ]] || die "the record of $1 does not say what is desired"
  ref="$(jq -r '.ref // empty' <<<"$value")"
  if [[ $ref =~ $DESIRED_PARTS ]]; then value="$(desired_of_parts "$value")"; fi
  desired_put "$(setting .parameters.desired)" "$value" >/dev/null
}

# desired_put NAME VALUE: prints its version.
desired_put() {
  local file
  file="$(mktemp "$RUNTIME_DIR/desired.XXXXXX")"
  printf '%s' "$2" >"$file"
  parameter_put "$1" String "$file" '{"Overwrite": true}'
  rm -f "$file"
}

# desired_of_parts VALUE: {id, at, parts}. A part that is what it was stays, with its version.
desired_of_parts() {
  local desired known='{}' part parts name version versions status=0
  desired="$(parameter_get "$(setting .parameters.desired)")" || status=$?
  ((status <= 1)) || die "the desired release cannot be read, and was not changed" >&2
  # What of it is missing is written anew.
  if [[ -n $desired ]] && jq -e '.parts | objects' <<<"$desired" >/dev/null 2>&1; then known="$(desired_parts "$desired" 2>/dev/null)" || known='{}'; fi
  # shellcheck disable=SC2016
  parts="$(jq -r --argjson known "$known" '.ref | split(",")[] | . as $part | split("@")[0] as $name
    | "\($name) \(if $known[$name].value == $part then $known[$name].version else "new" end) \($part)"' <<<"$1")"
  versions="$(
    while read -r name version part; do
      [[ $version != new ]] || version="$(desired_put "$(setting .parameters.desired)/$name" "$part" </dev/null)"
      is_number "$version" || die "the desired release of $name has no version" >&2
      printf '%s %s\n' "$name" "$version"
    done <<<"$parts"
  )"
  jq -Rnc --argjson value "$1" '$value | {id, at, parts: ([inputs | split(" ") | {key: .[0], value: (.[1] | tonumber)}] | from_entries)}' <<<"$versions"
}
