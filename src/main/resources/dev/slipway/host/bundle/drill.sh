#!/usr/bin/env bash
# Proves that a backup can be restored, beside the running sites and without touching them.
# shellcheck disable=SC2329 # steps call functions by name
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "drill.sh [--scheduled]: loads each site's newest backup of what people wrote (or SSM_backup) from S3 into a throwaway database, compares
tables, rows, checksums and files with the manifest, decrypts the configuration, cleans up, and publishes DrillOk.
Exit codes: 0 the backup can be restored, 1 it cannot, 22 it can and that could not be kept, 10 another verb holds the lock, 11 refused." "$@"

BACKUP="${SSM_backup:-newest}"
[[ $BACKUP =~ ^[A-Za-z0-9-]{1,100}$ ]] || refuse "'backup' is neither a backup id nor newest"

DRILL="$BACKUPS/drill"
# The throwaway databases that drills of this host have made, and not yet taken away: one a line. Others on the same
# server may have drills of their own; only what is named here is ever dropped.
DRILL_DATABASES="$STATUS/drill-databases"

# clean_up: what this drill has left, and one that was killed.
clean_up() {
  local database
  rm -rf "$DRILL"
  [[ -s $DRILL_DATABASES ]] || return 0
  for database in $(<"$DRILL_DATABASES"); do throw_away "$database"; done
}

# Whatever ends this script.
CLEAN=''
leave_clean() {
  [[ -z $CLEAN ]] || return 0
  attempt clean_up >/dev/null 2>&1
  set +e
}

# throw_away DATABASE: one that cannot be removed stays in the list, and the next drill removes it. That says nothing of the
# backup.
throw_away() {
  attempt database_away "$1"
  ((ATTEMPT_STATUS == 0)) || warn "the throwaway database $1 could not be removed; the next drill does it"
}

database_away() {
  local left
  runtime_drill_remove "$1"
  left="$(awk -v gone="$1" '$0 != gone' "$DRILL_DATABASES")"
  write_file "$DRILL_DATABASES" 0644 <<<"$left"
}

drill_site() {
  local site=$1 id=$2 dir="$DRILL/$1" database room
  backup_download "$site" "$id" "$dir"
  backup_verify "$site" "$id" "$dir"
  room="$(runtime_room "$dir")"
  is_number "$room" || die "the manifest of $id does not say how much room it takes ('$room' GiB)"
  disk_require "$(($(setting .release.minFreeGiB 4) + room))"
  database="drill_$(openssl rand -hex 8)"
  # Before it is made: whatever ends this, the next drill knows it.
  printf '%s\n' "$database" >>"$DRILL_DATABASES"
  sync "$DRILL_DATABASES"
  (umask 077 && secret_generate >"$DRILL/password")
  runtime_drill_load "$site" "$dir" "$database" "$DRILL/password"
  throw_away "$database"
  drill_files "$dir"
  drill_configuration "$dir"
  detail "$site: $id: $(jq '.database.tables | length' "$dir/manifest.json") tables with $(jq '[.database.tables[].rows] | add' "$dir/manifest.json") rows, $(jq '[.files[].members // 0] | add' "$dir/manifest.json") files"
  rm -rf "$dir"
}

drill_files() {
  local name members found files
  files="$(jq -er '.files[] | select(.members != null) | [.name, (.members | tostring)] | @tsv' "$1/manifest.json")"
  while IFS=$'\t' read -r name members; do
    install -d "$1/unpacked"
    tar -xf "$1/$name" -C "$1/unpacked" --strip-components 2
    found="$(find "$1/unpacked" ! -type d | wc -l)"
    [[ $found == "$members" ]] || die "$name unpacks to $found files and the manifest says $members"
    rm -rf "$1/unpacked"
  done <<<"$files"
}

drill_configuration() {
  runtime_configuration_open "$1"
  jq -e .db_name "$RUNTIME_DIR/restored-config" >/dev/null || die "the configuration in the backup does not name its database"
  rm -f "$RUNTIME_DIR/restored-config"
}

drill_all() {
  local site id sites
  install -d -m 0700 "$DRILL"
  sites="$(runtime_sites)"
  [[ -n $sites ]] || die "there is no site to drill with"
  for site in $sites; do
    id=$BACKUP
    if [[ $id == newest ]]; then id="$(backup_newest "$site")"; fi
    [[ -n $id ]] || die "there is no complete backup of $site in s3://$(bucket)"
    drill_site "$site" "$id"
  done
}

need_configured_host
need_data
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"
lock_take drill "" 1800
[[ -n $(record_current_id) ]] || refuse "no release has served on this host yet: there is nothing to drill with"
use_release "$(record_current_id)"
disk_require "$(setting .release.minFreeGiB 4)"

say "drill of $BACKUP on $(setting .stack)"
started=$SECONDS
at_end leave_clean
step clean-up clean_up
((STEP_STATUS == 0)) || warn "not all that a former drill left was removed: $(step_cause)"
step drill drill_all
outcome=ok cause=''
if ((STEP_STATUS != 0)); then
  outcome=failed
  cause="$(step_cause)"
fi
seconds=$((SECONDS - started))
step clean-up clean_up
CLEAN=yes
((STEP_STATUS == 0)) || warn "not all that this drill made was removed: $(step_cause). The next one does it"
# For status, and for the alarm.
step outcome keep_outcome drill "$outcome" "$seconds" "$cause" --arg backup "$BACKUP"
kept=$STEP_STATUS
if [[ $outcome == ok ]]; then
  metric DrillOk 1 None
  # The alarm goes by what is kept.
  ((kept == 0)) || finish "$EXIT_UNFINISHED" failed "$BACKUP can be restored, and that this was tried could not be kept: $(step_cause). Run the same again"
  finish 0 ok "$BACKUP can be restored"
fi
metric DrillOk 0 None
finish 1 failed "$BACKUP: $cause"
