#!/usr/bin/env bash
# Loads a backup into this host's sites.
# shellcheck disable=SC2329 # steps call functions by name
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "restore.sh [--without-backup]: database, files and configuration of a backup come back. Refuses a damaged backup, and one of a
newer application than runs here, before it touches anything; backs up what is there first; migrates afterwards.
  --without-backup  for what is so broken that it cannot be backed up: there is no way back then
Environment:
  SSM_site    one site; empty: all
  SSM_backup  a backup id, or newest: the newest that holds what people wrote. What a restore puts aside of the data that it
              replaces, and backups of a site that was made empty in the place of a lost one, are passed over
  SSM_actor   who asks; recorded
Exit codes: 0 done, 10 another verb holds the lock, 11 refused, 20 failed and the former data is back, 21 failed and
it is not, 22 the data is loaded and serves, and what comes then was not finished, 1 failed before anything was touched." "$@"

SITE="${SSM_site-}"
BACKUP="${SSM_backup:-newest}"
PLAN='["backup", "restore", "migrate", "smoke", "record"]'
[[ ${1-} != --without-backup ]] || PLAN='["restore", "migrate", "smoke", "record"]'
ACTOR="${SSM_actor:-unknown}"
[[ $SITE =~ ^[A-Za-z0-9.-]{0,253}$ ]] || refuse "the site is not a host name"
[[ $BACKUP =~ ^[A-Za-z0-9-]{1,100}$ ]] || refuse "'backup' is neither a backup id nor newest"
[[ $ACTOR =~ ^[A-Za-z0-9._@/\ -]{0,100}$ ]] || refuse "the actor has characters that no name has"

# obtain SITES: each site's backup, verified.
obtain() {
  local site id
  rm -rf "$LOAD"
  install -d -m 0700 "$LOAD"
  for site in $1; do
    id=$BACKUP
    if [[ $id == newest ]]; then
      id="$(backup_newest "$site")"
      [[ -n $id ]] || refuse "there is no complete backup of what people wrote in $site in s3://$(bucket). By their ids others can be restored: $(backup_ids "$site" | tail -n 5 | tr '\n' ' ')"
    fi
    # Always S3's copy: a local one that is damaged must not hide that the other is whole, nor the reverse.
    backup_download "$site" "$id" "$LOAD/$site"
    backup_verify "$site" "$id" "$LOAD/$site"
    # The key first: without it the configuration could not come back, after everything else had.
    runtime_configuration_open "$LOAD/$site"
    rm -f "$RUNTIME_DIR/restored-config"
    not_newer "$site" "$LOAD/$site/manifest.json"
    detail "$site: backup $id of $(jq -r .at "$LOAD/$site/manifest.json"), $(backup_age_hours "$id") hours old, whole"
  done
}

# An older program cannot be given newer data: it has no migration backwards.
not_newer() {
  local app was is versions apps
  versions="$(runtime_versions)"
  apps="$(jq -er '.apps | to_entries[] | [.key, .value] | @tsv' "$2")"
  while IFS=$'\t' read -r app was; do
    is="$(jq -r --arg app "$app" '.[$app] // empty' <<<"$versions")"
    [[ -n $is ]] || refuse "the backup of $1 has the application $app, which the live release does not have"
    [[ $(printf '%s\n' "$was" "$is" | sort -V | tail -n 1) == "$is" ]] ||
      refuse "the backup of $1 is of $app $was and the live release has $is, which is older: release that version first"
  done <<<"$apps"
}

# is_asked_again SITES: whether what serves and was not finished is the restore that is asked for now.
is_asked_again() {
  engine_is_left_by restore || return
  [[ $(journal_get .load.id) == "$BACKUP" && $(journal_get '.sites | join(" ")') == "$1" ]]
}

need_configured_host
need_data
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"
lock_take "$ACTOR" "" 0
current="$(record_current_id)"
[[ -n $current ]] || refuse "no release serves on this host yet: run release first, then restore into it"
# One that serves and was not finished is finished, and that is all: loaded once more, it would lose what was written since.
if is_asked_again "${SITE:-$(runtime_sites | paste -sd' ' -)}"; then
  id="$(journal_get .id)"
  engine_finish whole
  finish 0 ok "$id, which was loaded already, is finished; nothing was loaded again"
fi
engine_repair
if [[ -n $UNFINISHED ]]; then
  say "  repair    $(journal_get .verb) $(journal_get .id) was killed in its step $(journal_get .phase); going back first"
  engine_go_back
fi
current="$(record_current_id)"
use_release "$current"
disk_require "$(setting .release.minFreeGiB 4)"
sites="$(runtime_sites)"
if [[ -n $SITE ]]; then
  grep -qxF "$SITE" <<<"$sites" || refuse "there is no site $SITE on this host; there are: $(tr '\n' ' ' <<<"$sites")"
  sites=$SITE
fi
[[ -n $sites ]] || refuse "there is no site on this host to restore into"

say "restore of $(tr '\n' ' ' <<<"$sites")from $BACKUP on $(setting .stack) by $ACTOR"
step fetch obtain "$sites"
if ((STEP_STATUS == EXIT_REFUSED)); then refuse "$(step_cause). Nothing was touched"; fi
((STEP_STATUS == 0)) || finish 1 failed "$(step_cause). Nothing was touched"

# shellcheck disable=SC2016
engine_begin "$(jq --arg id "restore-$(stamp)" --arg actor "$ACTOR" --arg at "$(now)" --arg previous "$current" --arg load "$BACKUP" --arg sites "$sites" --argjson plan "$PLAN" '
  {verb: "restore", id: $id, actor: $actor, run: "", startedAt: $at, previous: $previous, backup: null, phase: $plan[0],
   plan: $plan, target: {ref, image},
   load: {id: $load, kind: "configuration"}, sites: ($sites | split("\n")), databaseChanged: false}' "$(record_file "$current")")"
loaded="$(for site in $sites; do jq -r '"\(.site) as of \(.at)"' "$LOAD/$site/manifest.json"; done | tr '\n' ' ')"
engine_forward
engine_settle
rm -rf "$LOAD"
finish 0 ok "$loaded"
