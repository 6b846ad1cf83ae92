# shellcheck shell=bash
# What the engine's phases mean for a runtime whose data is sites on this host: they are backed up before every release,
# and come back with the code when one fails.
#
# In the journal beside what the engine keeps there: load (backup to load: {id, kind}), sites (to load), dataTouched,
# databaseChanged, created (sites that were not there before).

# What a way back that failed leaves behind.
# shellcheck disable=SC2034 # the engine says it
RUNTIME_LEFT='The sites stay in maintenance mode'

# Backups on their way into the sites: links to local copies, or downloads.
LOAD="$BACKUPS/load"

# Writes are refused from here on, so that what the backup has is all there is.
phase_backup() {
  local id sites schema
  # Asked on its own: that Docker does not answer is not "none".
  sites="$(runtime_sites)"
  [[ -n $sites ]] || {
    detail "there are no sites yet: nothing to back up"
    return 0
  }
  schema="$(runtime_fingerprints)"
  journal_set schemaBefore "$schema"
  runtime_keep_configuration
  runtime_hold
  journal_part 'backup'
  id="$(backup_to_use_again)"
  if [[ -n $id ]]; then
    detail "nothing was written since backup $id: it is the backup of this release too"
    journal_text backup "$id"
    journal_set backupReused true
    return 0
  fi
  id="$(backup_id "$(record_current_id)")"
  backup_everything "$id" "$(journal_get .verb)" "$(sites_replaced)"
  journal_text backup "$id"
}

# backup_to_use_again: the backup of the release that is tried again, where it is whole, here or in S3, and every site is
# what it has; else nothing, and why, on standard error. What cannot be judged is a reason for a new one.
backup_to_use_again() {
  local of id why status
  of="$(journal_get .retryOf)"
  [[ -n $of ]] || return 0
  id="$(record_get "$of" .backup)"
  [[ -n $id ]] || return 0
  set +e
  why="$(
    set -euo pipefail
    backup_changes_since "$id"
  )"
  status=$?
  set -e
  rm -rf "$LOAD"
  if [[ $status != 0 ]]; then
    detail "whether anything was written since backup $id cannot be told: ${why:-see above}" >&2
  elif [[ -n $why ]]; then
    detail "written since backup $id: $(head -n 1 <<<"$why")" >&2
  else
    printf '%s' "$id"
  fi
}

# backup_changes_since ID: what of the sites is not as that backup has it; nothing where all is.
backup_changes_since() {
  local site sites known
  sites="$(runtime_sites)"
  for site in $sites; do
    known="$(backup_ids "$site")"
    grep -qxF -e "$1" <<<"$known" || die "S3 has no backup $1 of $site"
  done
  obtain_backups "$1" "$sites" >&2
  for site in $sites; do
    runtime_changes_since "$site" "$LOAD/$site"
  done
}

# Sites whose data a restore, or a rollback that was given a backup, replaces.
sites_replaced() {
  journal_exists || return 0
  journal_get 'if (.load.id // "") != "" then .sites[] else empty end'
}

# backup_everything ID REASON REPLACED: each site is dumped, sent and read back in a process of its own, so that one that
# cannot be backed up takes no backup from the others; those that failed are named at the end. Used by the verb `backup`
# too. REPLACED: sites whose data is about to be replaced, one a line.
backup_everything() {
  local site sites status log="$RUNTIME_DIR/backup-site.log" code=0 failed=()
  sites="$(runtime_sites)"
  [[ -n $sites ]] || die "there is no site to back up"
  for site in $sites; do
    set +e
    (
      set -euo pipefail
      backup_site "$site" "$@"
    ) 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    set -e
    [[ $status != 0 ]] || continue
    rm -rf "${BACKUPS:?}/$1/$site"
    failed+=("$site: $(last_words <"$log");")
    # Refused is what could not even be begun.
    if [[ $code == 0 || $code == "$status" ]]; then code=$status; else code=1; fi
  done
  rm -f "$log"
  ((${#failed[@]} == 0)) || finish "$code" failed "${failed[*]} ${#failed[@]} of $(wc -w <<<"$sites") sites"
}

# backup_site SITE ID REASON REPLACED
backup_site() {
  local uncounted
  uncounted="$(backup_uncounted "$1" "$4")"
  runtime_dump "$1" "$2" "$3" "$(record_current_id)" "$uncounted"
  backup_upload "$1" "$2" "$BACKUPS/$2/$1"
}

# While this file exists the site was made empty although S3 has backups of its name: what is in it is nobody's work
# until a backup is restored into it or somebody goes through its setup.
empty_site_file() { printf '%s/empty-%s' "$RELEASES" "$1"; }

# backup_uncounted SITE REPLACED: why `newest` passes this backup over; nothing where it counts.
backup_uncounted() {
  local in_use
  if grep -qxF -e "$1" <<<"$2"; then
    printf 'safety'
  elif [[ -e $(empty_site_file "$1") ]]; then
    in_use="$(runtime_site_in_use "$1")"
    if [[ $in_use == yes ]]; then rm -f "$(empty_site_file "$1")"; else printf 'empty'; fi
  fi
}

# sites_check_empty NAMES FILE: refuses to make a site empty that S3 has backups of, but for NAMES (joined by commas);
# FILE gets those. One that a run has begun was asked for then.
sites_check_empty() {
  local site sites known refused=()
  sites="$(runtime_sites_missing)"
  : >"$2"
  for site in $sites; do
    [[ ! -e $(runtime_site_begun "$site") ]] || continue
    known="$(backup_ids "$site")"
    if [[ -z $known ]]; then continue; fi
    if [[ ,$1, == *,$site,* ]]; then printf '%s\n' "$site" >>"$2"; else refused+=("$site"); fi
  done
  ((${#refused[@]} == 0)) ||
    refuse "${refused[*]}: not on this host, and s3://$(bucket) has backups of it. A site that is made now is empty: it is made when --empty-site ${refused[0]} says so, and restore --backup newest fills it. Where its data is on another volume, attach that one instead"
}

phase_switch() {
  local created
  # Said before the first of them is begun, so that the way back knows them whatever ends this step. What is in it is
  # removed on the way back: it is said only where it is certain.
  created="$(journal_get .created)"
  if [[ -z $created ]]; then
    created="$(runtime_sites_missing | jq -Rsc 'split("\n") | map(select(. != ""))')"
    journal_set created "$created"
  fi
  runtime_switch
}

phase_migrate() {
  journal_set dataTouched true
  runtime_migrate "$(journal_get .id)"
}

# The data of an earlier backup: of a restore, or of a rollback that was given one.
phase_restore() {
  local site sites
  runtime_keep_configuration
  journal_set dataTouched true
  [[ -n $(journal_get .closedAt) ]] || journal_text closedAt "$(now)"
  runtime_close
  sites="$(journal_get '.sites[]')"
  [[ -n $sites ]] || die "the journal names no site to restore"
  for site in $sites; do
    runtime_load "$site" "$LOAD/$site" "$(journal_get .load.kind)"
  done
}

phase_return() {
  local site sites backup created
  runtime_return "$(journal_get .databaseChanged)"
  created="$(journal_get '.created[]?')"
  for site in $created; do
    runtime_remove_site "$site"
    rm -f "$(empty_site_file "$site")"
  done
  if [[ $(journal_get .dataTouched) == true || $(journal_get .databaseChanged) == true ]]; then
    sites="$(runtime_sites)"
    backup="$(journal_get .backup)"
    [[ -n $backup || -z $sites ]] ||
      die "the data was touched and there is no backup of what was there before; load one with restore"
    if [[ -n $sites ]]; then obtain_backups "$backup" "$sites"; fi
    for site in $sites; do
      runtime_load "$site" "$LOAD/$site" data
    done
  fi
}

# obtain_backups ID SITES: verified, under $LOAD/SITE (links to local copies, or downloads).
obtain_backups() {
  local site
  rm -rf "$LOAD"
  install -d -m 0700 "$LOAD"
  for site in $2; do
    backup_obtain "$site" "$1" "$LOAD/$site"
  done
}

# runtime_record_fields OUTCOME: versions and schema, of a release that serves.
runtime_record_fields() {
  local apps='{}' schema='{}'
  if [[ $1 == ok ]]; then
    apps="$(runtime_versions)"
    schema="$(runtime_fingerprints)"
  fi
  # shellcheck disable=SC2016
  jq --arg outcome "$1" --argjson apps "$apps" --argjson schema "$schema" '
    {apps: $apps, schema: $schema,
     schemaChanged: (.schemaBefore != null and $outcome == "ok" and .schemaBefore != $schema)}' "$JOURNAL"
}
