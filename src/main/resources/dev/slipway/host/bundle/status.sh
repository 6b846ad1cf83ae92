#!/usr/bin/env bash
# What this host serves, and how it is.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "status.sh [--json]: live and desired release, sites and their certificates or apps, what differs from
the settings, backups, last drill, containers or units, the last checks,
disk, lock. Environment: SSM_format (text or json). The JSON is one object. Changes nothing." "$@"

FORMAT="${SSM_format:-text}"
[[ ${1-} != --json ]] || FORMAT=json

need_configured_host
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"

or_null() { if [[ -s $1 ]]; then jq -c . "$1"; else printf 'null'; fi; }

# status_backup SITE: its backups, as S3 has them. The newest is the newest of what people wrote.
status_backup() {
  local ids newest='' uncounted='{}' id why
  if ! ids="$(backup_ids "$1" 2>/dev/null)" || ! newest="$(backup_newest "$1" 2>/dev/null)"; then
    warn "the backup bucket cannot be asked" >&2
    printf 'null'
    return 0
  fi
  for id in $(tail -n 10 <<<"$ids"); do
    [[ $id > $newest ]] || continue
    why="$(backup_uncounted_reason "$1" "$id")"
    uncounted="$(jq -c --arg id "$id" --arg why "$why" '. + {($id): $why}' <<<"$uncounted")"
  done
  # shellcheck disable=SC2016
  jq -nc --arg site "$1" --arg id "$newest" --arg ids "$(tail -n 10 <<<"$ids")" --argjson uncounted "$uncounted" \
    --arg age "$([[ -z $newest ]] || backup_age_hours "$newest")" --argjson empty "$(if [[ -e $(empty_site_file "$1") ]]; then printf true; else printf false; fi)" '
    {site: $site, id: ($id | if . == "" then null else . end), ageHours: ($age | if . == "" then null else tonumber end),
     ids: ($ids | split("\n") | map(select(. != ""))), uncounted: $uncounted, empty: $empty}'
}

# Of every site; null where there is neither one nor a run of `backup` that failed.
status_backups() {
  local site sites
  sites="$(jq -r '.sites[]?.name' "$SETTINGS")"
  for site in $sites; do status_backup "$site"; done | jq -sc 'map(select(.))'
}

# What was released here before, the oldest first; which digest or commit served is what a promotion asks for.
status_history() {
  local id
  for id in $(record_ids | tail -n 10); do
    jq -c '{id, verb, ref, commit, imageDigest, outcome, previous, finishedAt} + (if .schemaAhead then {schemaAhead} else {} end) + (if .skippedPatches then {skippedPatches} else {} end)' "$(record_file "$id")"
  done | jq -sc .
}

# What the settings and the host do not agree in. A release that is at work beside this may keep some of it from being known.
status_drift() {
  local lines
  set +e
  lines="$(
    set -e
    runtime_drift 2>/dev/null
  )"
  set -e
  jq -Rsc 'split("\n") | map(select(. != ""))' <<<"$lines"
}

current="$(record_current_id)"
release=null sites='[]' apps='[]' containers='[]' units='[]' drift='[]' skipped='[]' desired="$(desired_get || true)"
if [[ -n $current ]]; then
  use_release "$current"
  release="$(jq -c . "$(record_file "$current")")"
  if ! runtime_can containers || docker info >/dev/null 2>&1; then
    sites="$(runtime_sites_state)"
    apps="$(runtime_apps_state)"
    skipped="$(runtime_skipped_patches)"
    containers="$(runtime_containers)"
    units="$(runtime_units)"
    drift="$(status_drift)"
  else
    warn "Docker does not answer, so nothing is known of the sites; look at: systemctl status docker slipway-data" >&2
  fi
fi
backups="$(status_backups)"
# shellcheck disable=SC2016
state="$(jq -nc --arg stack "$(setting .stack)" --arg system "$(setting .system)" --arg at "$(now)" \
  --argjson release "$release" --argjson desired "${desired:-null}" --argjson sites "$sites" --argjson apps "$apps" --argjson containers "$containers" --argjson units "$units" --argjson drift "$drift" --argjson skipped "$skipped" \
  --argjson backups "$backups" --argjson last "$(or_null "$STATUS/backup.json")" --argjson drill "$(or_null "$STATUS/drill.json")" \
  --argjson checks "$(or_null "$STATUS/check.json")" --argjson bootstrap "$(or_null "$BOOTSTRAP")" \
  --argjson lock "$(lock_state)" --argjson inProgress "$(or_null "$JOURNAL")" \
  --argjson free "$(disk_free_gib "$DATA")" --argjson used "$(disk_used_percent "$DATA")" \
  --argjson history "$(status_history)" --arg bundle "$(basename "$BUNDLE")" '
  {stack: $stack, system: $system, at: $at, release: $release, desired: $desired, sites: $sites, apps: $apps,
   certificate: ($sites[0].certificate // null), backup: (if $last or any($backups[]; .ids != []) then ($backups[0] // {id: null, ageHours: null, ids: []}) + {last: $last} else null end), backups: $backups,
   drill: $drill, containers: $containers, units: $units, checks: $checks, bootstrap: $bootstrap, drift: $drift,
   disk: {freeGiB: $free, usedPercent: $used}, lock: $lock,
   skippedPatches: $skipped,
   inProgress: ($inProgress | if . then {verb, id, ref: .target.ref, phase, actor, startedAt} else null end),
   releases: ($history | map(.id)), history: $history, bundle: $bundle}')"

if [[ $FORMAT == json ]]; then
  # A line for each value: the SSM agent cuts lines of more than 80 KB in two on their way to CloudWatch Logs, and of fifty
  # apps there are more. https://github.com/aws/amazon-ssm-agent (cloudwatchlogspublisher, MessageLengthThresholdInBytes)
  jq --indent 1 . <<<"$state"
else
  jq -r --argjson keeps "$(if runtime_can data; then printf true; else printf false; fi)" '
    (.backups | length) as $n |
    "\(.stack) (\(.system)) at \(.at)",
    (.release.finishedAt as $since | .bootstrap | select(. != null and .outcome != "ok" and ($since == null or $since < .at)) | "  bootstrap   \(if .outcome == "running" then "IS NOT DONE: begun at \(.at)" else "FAILED at \(.at): \(.cause)" end); journalctl -t slipway-bootstrap"),
    (if .release then "  release     \(.release.id)  \(.release.ref)\(if .release.commit and .release.commit != .release.ref then " (\(.release.commit[0:12]))" else "" end) by \(.release.actor) at \(.release.finishedAt)" else "  release     none has served yet" end),
    (if .desired then "  desired     \(.desired.id)  \(.desired.ref)" else "  desired     none" end),
    (.sites[] | "  site        https://\(.name)  answers \(.status), certificate \(.certificate.state)\(if .certificate.daysLeft then ", \(.certificate.daysLeft) days left, by \(.certificate.issuer)" elif .certificate.create then ": create \(.certificate.create)" else "" end)\(if .maintenance then ", IN MAINTENANCE MODE" else "" end)"),
    (.apps[] | "  app         \(.name)  answers \(.status) at port \(.hostPort)  \(.color // "no release")"),
    (.drift[] | "  DIFFERENT   \(.)"),
    (.skippedPatches[] | "  skipped     \(.patch) on \(.site), in release \(.release) by \(.by) at \(.at): \(.because)"),
    (if .release.schemaAhead then "  schema      AHEAD of the code: a migration of a later release is in the database" else empty end),
    (.backups[] | if .id then "  backup      \(.id), \(.ageHours) hours old" else "  backup      there is none" end + (if ($n > 1) then " of \(.site)" else "" end)),
    (.backups[] | select(.empty) | "  backup      \(.site) WAS MADE EMPTY although there are backups of it: restore one, or say that it is to be as it is: backup --counts"),
    (.backup.last | select(. != null and .outcome != "ok") | "  backup      THE LAST ONE FAILED: \(.id) at \(.at): \(.cause)"),
    (if .drill then "  drill       \(.drill.outcome) at \(.drill.at)\(if .drill.cause then ": \(.drill.cause)" else "" end)" elif $keeps then "  drill       none yet" else empty end),
    (.containers[] | "  container   \(.service)  \(.state)\(if .health != "" then " (\(.health))" else "" end)  \(.image)"),
    (.units[] | "  unit        \(.unit)  \(.state)\(if .release then ", \(.release)" else "" end)\(if .restarts > 0 then ", restarted \(.restarts) times" else "" end)\(if .memoryMiB then ", \(.memoryMiB) MiB" else "" end)"),
    (.checks | select(. != null) | .at as $at | .checks[] | "  check       \(.name)  \(if .ok then "ok" else "FAILED" end)\(if .reason then ": \(.reason)" else "" end), at \($at)"),
    "  disk        \(.disk.freeGiB) GiB free, \(.disk.usedPercent) % used",
    (if .lock then "  lock        \(.lock.verb) by \(.lock.actor) since \(.lock.since)" else "  lock        free" end),
    (if .inProgress then "  unfinished  \(.inProgress.verb) \(.inProgress.id) in step \(.inProgress.phase); \(if .inProgress.phase == "record" then "it serves, and the same again finishes it" else "the next release repairs it" end)" else empty end),
    "  releases    \(.releases | join(" "))",
    (.backups[] | select(.ids != []) | . as $of | "  backups     \([.ids[] | . + (if $of.uncounted[.] then " (\($of.uncounted[.]))" else "" end)] | join(" "))" + (if ($n > 1) then " of \(.site)" else "" end))' <<<"$state"
fi
finish 0 ok "${current:-no release}"
