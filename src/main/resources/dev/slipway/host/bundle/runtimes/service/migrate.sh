# shellcheck shell=bash
# Migrations run as a unit of their own, from the new code and with the service's own secrets, which outlives this script:
# when a release is killed while one runs, the next run waits for its end and takes its verdict.

migration_unit() { printf 'slipway-migration@%s.service' "$1"; }

# is_migrating DIR PREVIOUS_ID: whether that release has something to migrate and its code is new.
is_migrating() {
  local was=''
  if [[ -n $2 ]]; then was="$(record_get "$2" .commit)" || return; fi
  [[ $(jq -r '.commit' "$1/spec.json") != "$was" ]] && jq -e '.migrate != []' "$1/spec.json" >/dev/null
}

# migrate RELEASE_ID: on one host at a time.
migrate() {
  if database_is_used; then database_locked migration_run "$1"; else migration_run "$1"; fi
}

migration_run() {
  local unit state command
  unit="$(migration_unit "$1")"
  state="$(unit_state "$unit")"
  command="$(spec '.migrate | join(" ")')"
  [[ -n $command ]] || die "spec.json of this release does not say how to migrate"
  case "$state" in
    activating) detail "a migration of this release runs already; waiting for its end" ;;
    active) detail "this release has migrated already" ;;
    *) unit_details "$unit" "$RUNTIME_UNITS" ;;
  esac
  # One that runs is joined, and one that ended well is not begun again.
  attempt systemctl start "$unit" 2>/dev/null
  journalctl --sync 2>/dev/null || true
  migration_said "$unit" | tail -n 40
  [[ $ATTEMPT_STATUS == 0 && $(unit_state "$unit") == active ]] ||
    die "$command failed: $(migration_cause "$unit")"
}

migration_said() { journalctl --quiet --output cat --lines 200 "_SYSTEMD_UNIT=$1" 2>/dev/null || true; }

migration_cause() {
  local cause
  cause="$(migration_said "$1" | last_words)"
  printf '%.300s' "${cause:-it said nothing; look at: journalctl -u $1}"
}

# Ends those that still run, too: the release that wanted them is given up.
migrations_remove() {
  systemctl stop 'slipway-migration@*.service'
  systemctl reset-failed 'slipway-migration@*.service' 2>/dev/null || true
  rm -rf "${RUNTIME_UNITS:?}"/slipway-migration@*.service.d
}
