#!/usr/bin/env bash
# Brings a stack's data back from a backup.
# Task: Data
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway restore STACK [--backup ID|newest] [--site NAME] [options]
       ./slipway restore STACK --snapshot ID|newest [--to INSTANCE] [--region REGION]

Replaces the data of one site, or of all of them, by what a backup holds. The backup's checksums are verified before
anything is touched, and what is there now is backed up first. A backup of a newer application is refused.

  --backup ID           the backup's id, as ./slipway status lists them; default newest: the newest of what people
                        wrote, and so not what an earlier restore put aside, nor that of a site made empty meanwhile
  --site NAME           this site alone

A stack whose data is in RDS gets a second instance beside the live one, made from a snapshot, in the same network and
reached by the same hosts; the live one is not touched. docs/runbooks/database.md says how its data is taken up.

  --snapshot ID         the snapshot's name, or newest; without it the snapshots are listed and nothing is made
  --to INSTANCE         what the second instance is called; default the live one's name and the time

USAGE
  common_options_help
}

backup='' site='' snapshot='' to=''
own_option() {
  case $1 in
    --backup | --site | --snapshot | --to) ;;
    *) return 1 ;;
  esac
  value_of "$1" $#
  if [[ $1 == --snapshot || $1 == --to ]]; then
    [[ $2 =~ ^[a-zA-Z][a-zA-Z0-9:-]{0,200}$ ]] || problem "$1: \"$2\" is not a name of RDS"
    if [[ $1 == --to ]]; then to=$2; else snapshot=$2; fi
  elif [[ $1 == --backup ]]; then
    [[ $2 == newest ]] || check_id "$1" "$2"
    backup=$2
  else
    [[ $2 =~ ^[a-z0-9.-]{1,253}$ ]] || problem "--site: \"$2\" is not a site's name"
    site=$2
  fi
  taken=2
}

parse "$@"
stack_alone
in_rds=''
if [[ -e ${file:-} ]] && has_setting "$file" slipway:database; then in_rds=yes; fi
[[ -z $in_rds || -z $backup$site ]] ||
  problem "--backup, --site: $stack's data is in RDS, where it comes back from a snapshot: give --snapshot"
no_problems

# --- data in RDS ---------------------------------------------------------------------------------------------------

rds() { aws rds "$@" --region "$region" --output text; }

# of_instance FIELD
of_instance() {
  local value
  value=$(rds describe-db-instances --db-instance-identifier "$live" --query "DBInstances[0].$1")
  [[ $value == None ]] || say "$value"
}

restore_snapshot() {
  local endpoint subnets groups parameters
  need_aws
  need_jq
  live=$(aws ssm get-parameter --name "/slipway/$stack/host" --region "$region" --query Parameter.Value --output text | jq -r '.databaseInstance // empty') ||
    die "the parameter /slipway/$stack/host, which names the database, can't be read"
  [[ -n $live ]] || die "$stack has no database in RDS; give --backup for one whose data is on its host"
  if [[ -z $snapshot ]]; then
    say "snapshots of $live, the newest first:"
    rds describe-db-snapshots --db-instance-identifier "$live" --query 'reverse(sort_by(DBSnapshots, &SnapshotCreateTime))[].[DBSnapshotIdentifier, SnapshotCreateTime, Status]'
    note "give --snapshot ID or newest to make a second instance of one, beside $live, which is not touched;" \
      "docs/runbooks/database.md says how its data is taken up"
    exit 2
  fi
  if [[ $snapshot == newest ]]; then
    snapshot=$(rds describe-db-snapshots --db-instance-identifier "$live" --query "sort_by(DBSnapshots[?Status=='available'], &SnapshotCreateTime)[-1].DBSnapshotIdentifier")
    [[ $snapshot != None ]] || die "there is no snapshot of $live"
  fi
  to=${to:-${live:0:40}-$(date -u +%Y%m%d%H%M%S)}
  subnets=$(of_instance DBSubnetGroup.DBSubnetGroupName)
  groups=$(of_instance 'VpcSecurityGroups[].VpcSecurityGroupId')
  parameters=$(of_instance 'DBParameterGroups[0].DBParameterGroupName')
  note "making $to from $snapshot, beside $live…"
  # shellcheck disable=SC2086 # several groups are several words
  rds restore-db-instance-from-db-snapshot --db-instance-identifier "$to" --db-snapshot-identifier "$snapshot" \
    --db-instance-class "$(of_instance DBInstanceClass)" --no-publicly-accessible --no-deletion-protection --copy-tags-to-snapshot \
    ${subnets:+--db-subnet-group-name "$subnets"} ${groups:+--vpc-security-group-ids $groups} \
    ${parameters:+--db-parameter-group-name "$parameters"} --query DBInstance.DBInstanceStatus >/dev/null
  rds wait db-instance-available --db-instance-identifier "$to" || die "$to is not available yet; look at: aws rds describe-db-instances --db-instance-identifier $to"
  endpoint=$(rds describe-db-instances --db-instance-identifier "$to" --query 'DBInstances[0].Endpoint.[Address, Port]')
  say "$to is there, at ${endpoint//$'\t'/:}, with the data of $snapshot; $live was not touched."
  say "How its data is taken up: docs/runbooks/database.md. It costs what $live costs until it is deleted:"
  say "  aws rds delete-db-instance --db-instance-identifier $to --skip-final-snapshot --region $region"
}

if [[ -n $in_rds ]]; then
  restore_snapshot
  exit
fi
[[ -z $snapshot$to ]] || die "$stack keeps its data on its host: give --backup"

run_verb restore "site=$site" "backup=${backup:-newest}" "actor=$(who)"
