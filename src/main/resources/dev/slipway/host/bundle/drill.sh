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
Exit codes: 0 the backup can be restored, 1 it cannot, 10 another verb holds the lock, 11 refused." "$@"

BACKUP="${SSM_backup:-newest}"
[[ $BACKUP =~ ^[A-Za-z0-9-]{1,100}$ ]] || refuse "'backup' is neither a backup id nor newest"

DRILL="$BACKUPS/drill"
# The throwaway databases that drills of this host have made, and not yet taken away: one a line. Others on the same
# server may have drills of their own; only what is named here is ever dropped.
DRILL_DATABASES="$STATUS/drill-databases"

clean_up() {
  local database there left=''
  rm -rf "$DRILL"
  [[ -s $DRILL_DATABASES ]] || return 0
  # Those of a drill that was killed as well.
  for database in $(<"$DRILL_DATABASES"); do
    database_remove "$database" "$database"
    there="$(database_sql <<<"SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = '$database'")"
    [[ $there == 0 ]] || left+="$database"$'\n'
  done
  printf '%s' "$left" | write_file "$DRILL_DATABASES" 0644
}

drill_site() {
  local site=$1 id=$2 dir="$DRILL/$1" database room
  backup_download "$site" "$id" "$dir"
  backup_verify "$site" "$id" "$dir"
  room="$(load_gib "$dir")"
  is_number "$room" || die "the manifest of $id does not say how much room it takes ('$room' GiB)"
  disk_require "$(($(setting .release.minFreeGiB 4) + room))"
  database="drill_$(openssl rand -hex 8)"
  # Before it is made: whatever ends this, the next drill knows it.
  printf '%s\n' "$database" >>"$DRILL_DATABASES"
  sync "$DRILL_DATABASES"
  (umask 077 && secret_generate >"$DRILL/password")
  database_load "$database" "$database" "$DRILL/password" "$dir/database.sql.gz"
  database_is_as "$site" "$dir" "$database"
  database_remove "$database" "$database"
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
  configuration_open "$1"
  jq -e .db_name "$RUNTIME_DIR/restored-config" >/dev/null || die "the configuration in the backup does not name its database"
  rm -f "$RUNTIME_DIR/restored-config"
}

drill_all() {
  local site id sites
  clean_up
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
need_sites
# shellcheck source=/dev/null
source "$BUNDLE/runtimes/$(setting .runtime)/hooks.sh"
lock_take drill "" 1800
[[ -n $(record_current_id) ]] || refuse "no release has served on this host yet: there is nothing to drill with"
use_release "$(record_current_id)"
disk_require "$(setting .release.minFreeGiB 4)"

say "drill of $BACKUP on $(setting .stack)"
started=$SECONDS
trap 'step clean-up clean_up >/dev/null 2>&1' EXIT
step drill drill_all
outcome=ok
((STEP_STATUS == 0)) || outcome=failed
jq -n --arg at "$(now)" --arg outcome "$outcome" --arg backup "$BACKUP" --argjson seconds $((SECONDS - started)) \
  --arg cause "$([[ $outcome == ok ]] || step_cause)" \
  '{at: $at, outcome: $outcome, backup: $backup, seconds: $seconds, cause: (if $cause == "" then null else $cause end)}' |
  write_file "$STATUS/drill.json" 0644
if [[ $outcome == ok ]]; then
  metric DrillOk 1 None
  finish 0 ok "$BACKUP can be restored"
fi
metric DrillOk 0 None
finish 1 failed "$BACKUP: $(step_cause)"
