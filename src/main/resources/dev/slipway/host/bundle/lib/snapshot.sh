# shellcheck shell=bash
# A snapshot of the database before a migration: the way back from one that was wrong. It is made while all is served,
# and what is written after it is not in it.

# What this host may make and delete: the program says what their names begin with.
snapshot_prefix() { environment .databaseSnapshotPrefix; }

# There is nothing worth a snapshot before the stack's first release. Where that can't be asked there may have been one.
snapshot_is_wanted() {
  local status=0
  [[ $(setting .database.snapshot) == true && -n $(environment .databaseInstance) ]] || return 1
  desired_get >/dev/null || status=$?
  ((status != 1))
}

# snapshot_state ID: missing where RDS says that there is none, unknown where it does not answer.
snapshot_state() {
  local answer
  if answer="$(aws rds describe-db-snapshots --db-snapshot-identifier "$1" --query 'DBSnapshots[0].Status' --output text 2>&1)"; then
    printf '%s' "$answer"
  elif [[ $answer == *DBSnapshotNotFound* ]]; then
    printf 'missing'
  else
    printf 'unknown'
  fi
}

# snapshot_is_decided ID: leaves in SNAPSHOT how it is.
snapshot_is_decided() {
  SNAPSHOT="$(snapshot_state "$1")" || return
  [[ $SNAPSHOT =~ ^(available|failed)$ ]]
}

# snapshot_make RELEASE_ID: its name follows from the release's, so that a run that was killed finds it again.
snapshot_make() {
  local id minutes answer
  id="$(snapshot_prefix)${1,,}"
  minutes="$(setting .database.snapshotMinutes 30)"
  journal_text snapshot "$id"
  SNAPSHOT="$(snapshot_state "$id")"
  if [[ ! $SNAPSHOT =~ ^(creating|available|failed)$ ]]; then
    answer="$(aws rds create-db-snapshot --db-instance-identifier "$(environment .databaseInstance)" --db-snapshot-identifier "$id" 2>&1)" ||
      [[ $answer == *DBSnapshotAlreadyExists* ]] ||
      die "the snapshot of $(environment .databaseInstance) cannot be made: $(tr -s '\n' ' ' <<<"$answer")"
  fi
  until_true $((minutes * 60)) snapshot_is_decided "$id" || die "the snapshot $id is not done after $minutes min (database.snapshotMinutes); it is $SNAPSHOT"
  [[ $SNAPSHOT == available ]] || die "the snapshot $id failed"
  detail "snapshot $id"
  snapshot_prune
}

# The newest few of those that releases made stay: a name of ours is that of a release. Snapshots that people made, whatever
# they are called, are theirs. That an old one could not be deleted is no reason to stop.
snapshot_prune() {
  local name names=() answer ours
  ours="^$(snapshot_prefix)[0-9]{8}t[0-9]{6}z-[a-z0-9-]+$"
  answer="$(aws rds describe-db-snapshots --db-instance-identifier "$(environment .databaseInstance)" --snapshot-type manual \
    --query "DBSnapshots[?starts_with(DBSnapshotIdentifier, '$(snapshot_prefix)')].[DBSnapshotIdentifier]" --output text 2>&1)" || {
    warn "old snapshots are not deleted, since they cannot be listed: $(tr -s '\n' ' ' <<<"$answer")"
    return 0
  }
  mapfile -t names < <(sed -E "/$ours/!d" <<<"$answer" | sort -r | tail -n "+$(($(setting .database.snapshotKeep 5) + 1))")
  for name in "${names[@]}"; do
    aws rds delete-db-snapshot --db-snapshot-identifier "$name" >/dev/null || warn "the old snapshot $name could not be deleted"
  done
}
