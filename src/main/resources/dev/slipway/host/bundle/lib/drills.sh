# shellcheck shell=bash
# How the drills go: what the alarm hears every hour, and whether one is due that the clock has missed.

# drill_age_hours: since the last drill that went well; where there has been none, since a release first served here.
drill_age_hours() {
  local since=''
  if [[ -s $STATUS/drill.json && $(jq -r .outcome "$STATUS/drill.json") == ok ]]; then since="$(epoch_of "$(jq -r .at "$STATUS/drill.json")")" || return; fi
  [[ -n $since ]] || since="$(backup_epoch "$(record_served_ids | sed -n 1p)")" || return
  printf '%d' $((($(date +%s) - since) / 3600))
}

drill_failed() { [[ -s $STATUS/drill.json && $(jq -r .outcome "$STATUS/drill.json") != ok ]]; }

# What is not known counts as late.
drill_is_late() {
  local age
  age="$(drill_age_hours)" || return 0
  ! is_number "$age" || ((age > $(setting .backup.drillMaxAgeHours 194)))
}

# drill_publish: a drill that failed stays a failed one until another goes well, and one that nobody makes has failed too.
drill_publish() {
  runtime_can data || return 0
  local ok=1
  if drill_failed || drill_is_late; then ok=0; fi
  metric DrillOk "$ok" None
}
