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
  runtime_hold
  journal_part 'backup'
  id="$(backup_id "$(record_current_id)")"
  backup_everything "$id" "$(journal_get .verb)"
  journal_text backup "$id"
}

# backup_everything ID REASON: dumped, sent, read back. Used by the verb `backup` too. An upload reads the manifest that
# was written last for its site, so a dump that fails sends nothing.
backup_everything() {
  local site sites
  dump_sites "$1" "$2" "$(record_current_id)"
  sites="$(runtime_sites)"
  [[ -n $sites ]] || die "there is no site to send the backup of"
  for site in $sites; do
    backup_upload "$site" "$1" "$BACKUPS/$1/$site"
  done
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
  for site in $created; do runtime_remove_site "$site"; done
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
    apps="$(app_versions)"
    schema="$(runtime_fingerprints)"
  fi
  # shellcheck disable=SC2016
  jq --arg outcome "$1" --argjson apps "$apps" --argjson schema "$schema" '
    {apps: $apps, schema: $schema,
     schemaChanged: (.schemaBefore != null and $outcome == "ok" and .schemaBefore != $schema)}' "$JOURNAL"
}
