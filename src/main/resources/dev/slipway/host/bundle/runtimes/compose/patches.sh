# shellcheck shell=bash
# Patches that a migration counts as done although it never ran them: a person has said so, and why.

# patch_lines IMAGE NAME: the lines of its apps' patches.txt that name a patch, as Frappe's patch log has them. What
# stands behind the name on a line is a part of it: a date there makes a patch run again.
patch_lines() {
  docker run --rm --network none --entrypoint sh "$1" -c 'cat /home/frappe/frappe-bench/apps/*/*/patches.txt' |
    sed -E -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' -e 's/^finally://' | awk -v name="$2" '$1 == name'
}

# patch_log SITE state|skip LINE: executed, pending or skipped.
patch_log() {
  compose exec -T --workdir /home/frappe/frappe-bench/sites backend ../env/bin/python - "$@" <"$BUNDLE/runtimes/compose/patch-log.py"
}

# patch_check IMAGE NAME: refuses what the release's migration would not run.
patch_check() {
  local lines site sites state pending=''
  lines="$(patch_lines "$1" "$2")"
  [[ -n $lines ]] || refuse "$2 is no patch of $1: no app in it has that name in its patches.txt"
  [[ $lines != *$'\n'* ]] || refuse "$2 stands in $1 more than once: it cannot be told which is meant"
  use_release "$(record_current_id)"
  sites="$(existing_sites)"
  for site in $sites; do
    state="$(patch_log "$site" state "$lines")"
    if [[ $state == pending ]]; then pending=yes; fi
  done
  [[ -n $pending ]] || refuse "$2 has run already, on every site: there is nothing to skip"
}

# patches_skip SITE: into its patch log, just before the migration reads that. What was there before stays.
patches_skip() {
  local site=$1 name names lines state
  names="$(journal_get '.skippedPatches[]?.patch')"
  for name in $names; do
    lines="$(patch_lines "$(journal_get .target.image)" "$name")"
    [[ -n $lines ]] || die "$name is no patch of $(journal_get .target.image)"
    state="$(patch_log "$site" skip "$lines")"
    case "$state" in
      skipped)
        # shellcheck disable=SC2016 # $id and $name are jq's
        patches_skipped_add "$site" "$(jq -c --arg name "$name" '.id as $id | .skippedPatches[] | select(.patch == $name) + {release: $id}' "$JOURNAL")"
        detail "$site: the patch $name is skipped, and counts as done"
        ;;
      executed) detail "$site: the patch $name counts as done already" ;;
      *) die "$site: the patch log says '$state' of $name" ;;
    esac
  done
}

# Beside the site's configuration, so that it goes where the site goes. Loading a backup makes it what that one says.
patches_skipped_file() { printf '%s/%s/skipped-patches.json' "$(sites_volume)" "$1"; }

# patches_skipped SITE: a list of {patch, because, by, at, release}.
patches_skipped() {
  local file
  file="$(patches_skipped_file "$1")"
  if [[ -s $file ]]; then jq -c . "$file"; else printf '[]'; fi
}

# patches_skipped_set SITE LIST
patches_skipped_set() {
  local file
  file="$(patches_skipped_file "$1")"
  if [[ $2 == '[]' ]]; then rm -f "$file"; else write_file "$file" 0644 <<<"$2"; fi
}

patches_skipped_add() {
  local list
  # shellcheck disable=SC2016
  list="$(patches_skipped "$1" | jq -c --argjson new "$2" 'map(select(.patch != $new.patch)) + [$new]')"
  patches_skipped_set "$1" "$list"
}
