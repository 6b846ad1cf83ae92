# shellcheck shell=bash
# An older application doesn't know a newer schema: its own migration passes, or not, and what it then does to the data
# nobody can say. A rollback refuses that, and so does a release.

# refuse_older TARGET_DIR CURRENT_ID: only of a release that was asked for by name; what the stack desires is brought up.
refuse_older() {
  local verdict id backup target current
  [[ ${MAKES-} == yes ]] || return 0
  verdict="$(older_verdict "$1" "$2")"
  target="$(jq -r '.commit // .ref' "$1/target.json")"
  current="$(record_get "$2" '(.commit // .ref)')"
  case "$verdict" in
    known\ *)
      read -r id backup <<<"${verdict#known }"
      refuse "$target is older than what serves ($current), and the schema has changed since it served as $id: its code cannot be relied on with the newer data. Go back with the data: ./slipway rollback $(setting .stack) --to $id --with-data ${backup:-BACKUP}; what was written since that backup would be lost"
      ;;
    lower\ * | before\ *)
      refuse "$target is older than what serves ($current): ${verdict#* }. Its code cannot be relied on with the newer schema. Go back with the data: ./slipway rollback $(setting .stack) --to RELEASE --with-data BACKUP (./slipway status lists both), or restore a backup of that time (./slipway restore)"
      ;;
  esac
}

served_records() {
  local id ids
  ids="$(record_served_ids)" || return
  for id in $ids; do cat "$(record_file "$id")" || exit; done | jq -sc .
}

# older_verdict TARGET_DIR CURRENT_ID: nothing where it is not older, or serves with this schema; else "known RELEASE
# BACKUP" for one that served here, or "lower WHY" and "before WHY".
older_verdict() {
  local known live versions lower
  use_release "$2"
  live="$(runtime_fingerprints)"
  known="$(jq -r --argjson served "$(served_records)" --arg current "$2" --argjson live "$live" '
    . as $target
    | def same($a; $b): $a.imageId == $b.imageId or ($a.commit != null and $a.commit == $b.commit);
    ([$served[] | select(.id == $current)][0]) as $now
    | ([$served | to_entries[] | select(same(.value; $target)) | .key]) as $at
    | ([$served | to_entries[] | select(same(.value; $now)) | .key]) as $nowAt
    | if same($target; $now) then "same"
      elif $at == [] then "unknown"
      elif $at[0] > $nowAt[0] then "newer"
      else $served[$at[-1]] as $before
        # Sites that were not there then have no schema to compare.
        | ($before.schema // {}) as $was
        | if all($live | to_entries[]; .key as $site | ($was | has($site) | not) or .value == $was[$site]) then "equal"
          else ([$served[$at[-1] + 1:][] | select(.schemaChanged and .backup != null)][0].backup // "") as $backup
            | "known \($before.id) \($backup)" end
      end' "$1/target.json")"
  case "$known" in
    unknown) ;;
    known\ *)
      printf '%s' "$known"
      return 0
      ;;
    *) return 0 ;;
  esac
  versions="$(image_app_versions "$(jq -r .image "$1/target.json")")"
  lower="$(jq -rn --argjson is "$versions" --argjson was "$(jq -c '.apps // {}' "$(record_file "$2")")" '
    def numbers: [scan("[0-9]+") | tonumber] | .[0:3];
    [$is | to_entries[] | select($was[.key] != null) | select((.value | numbers) < ($was[.key] | numbers))
      | "it has \(.key) \(.value), and \($was[.key]) serves"] | join(", ")')"
  if [[ -n $lower ]]; then
    printf 'lower %s' "$lower"
  else
    older_by_commit "$(jq -r '.commit // empty' "$1/target.json")" "$(record_get "$2" .commit)"
  fi
}

is_ancestor() { git -C "$DATA/app/application.git" merge-base --is-ancestor "$1" "$2" 2>/dev/null; }

# older_by_commit COMMIT CURRENT_COMMIT: whether what serves was made on top of it, by releases that changed the schema.
older_by_commit() {
  local id ids commit changed=''
  [[ -n $1 && -n $2 ]] && is_ancestor "$1" "$2" || return 0
  ids="$(record_served_ids)" || return
  for id in $ids; do
    commit="$(record_get "$id" .commit)"
    [[ -n $commit && $(record_get "$id" .schemaChanged) == true ]] || continue
    is_ancestor "$commit" "$1" || changed="$changed $id"
  done
  if [[ -n $changed ]]; then printf 'before %s' "the schema was changed by what was made on top of it (releases$changed)"; fi
}

# image_app_versions IMAGE: {app: version} as the code in it says, which `bench version` prints too.
image_app_versions() {
  # shellcheck disable=SC2016 # the container's shell expands it
  docker run --rm --network none --entrypoint /bin/sh "$1" -c 'cd /home/frappe/frappe-bench/apps 2>/dev/null || exit 0
    for app in *; do
      [ ! -f "$app/$app/__init__.py" ] || sed -n "s/^__version__ *= *[\"'"'"']\([0-9][0-9A-Za-z.+-]*\)[\"'"'"'].*/$app \1/p" "$app/$app/__init__.py"
    done' | jq -Rnc '[inputs | split(" ") | {key: .[0], value: .[1]}] | from_entries'
}
