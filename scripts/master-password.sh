#!/usr/bin/env bash
# Gives the administrator of a database in RDS a new password, which a secret of the stack's keeps.
# Task: Repair
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway master-password --instance NAME --secret ARN --region REGION [--timeout S]

Makes a password, writes it into the secret as its pending value, sets it in RDS, and makes that value the secret's current
one. A password that RDS keeps itself is taken over by it. Hosts try the current value and then the pending one, so that
there is no moment in which none of them is right. Killed anywhere it is run again, and makes another password.

`pulumi up` runs it when a stack is to keep the password (database.masterPassword, database.replica). Run it by hand to
change the password; nobody has to be told.

  --instance NAME  the database's identifier
  --secret ARN     the secret: {"username": …, "password": …}
  --region REGION  AWS region
  --timeout S      how long RDS may take, each time that it is waited for; default 1800

Exit status: 0 the secret's current value is the password; 1 it was not changed, or RDS did not take it; 2 wrong usage.
USAGE
}

instance='' secret='' region='' timeout=1800
status='' master='' managed='' pending='' version='' current=''
take_options 'instance secret region timeout' '' "$@"
((${#words[@]} == 0)) || problem "\"${words[0]}\": it takes options alone"
[[ $instance =~ ^[a-z][a-z0-9-]{0,62}$ ]] || problem "--instance: \"$instance\" is not the identifier of a database"
[[ $secret =~ ^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$ ]] || problem "--secret: \"$secret\" is not the ARN of a secret"
[[ -n $region ]] || problem '--region is missing'
check_number --timeout "$timeout"
no_problems

need_aws
# Files that only we can read: a command line would show a password to everyone on this machine.
umask 077
make_scratch

# look: how the database is, and whether a password is on its way.
look() {
  local answer
  patiently answer rds describe-db-instances --region "$region" --db-instance-identifier "$instance" --output text \
    --query 'DBInstances[0].[DBInstanceStatus, MasterUsername, MasterUserSecret.SecretStatus, PendingModifiedValues.MasterUserPassword]' ||
    die "$instance can't be looked at: $error_text"
  IFS=$'\t' read -r status master managed pending <<<"$answer"
}

# await: nothing is being changed.
await() {
  local started=$SECONDS
  look
  while [[ $status != available || $pending != None ]]; do
    ((SECONDS - started < timeout)) || die "$instance is $status after $timeout s; run this again when it is available"
    pause 5
    look
  done
}

await
password=$(head -c 96 /dev/urandom | base64 | LC_ALL=C tr -dc 'A-Za-z0-9')
password=${password:0:40}
((${#password} == 40)) || die 'this machine gave no random bytes'

patiently current secretsmanager list-secret-version-ids --region "$region" --secret-id "$secret" --output text \
  --query "Versions[?contains(VersionStages, 'AWSCURRENT')].VersionId | [0]" || die "the versions of the secret can't be listed: $error_text"
# The first value of a secret is its current one from the beginning.
stages='"AWSPENDING"'
[[ $current != None ]] || stages='"AWSCURRENT","AWSPENDING"'
value="{\"username\":$(json_string "$master"),\"password\":$(json_string "$password")}"
printf '{"SecretId":%s,"SecretString":%s,"VersionStages":[%s]}\n' \
  "$(json_string "$secret")" "$(json_string "$value")" "$stages" >"$scratch/put.json"
try_aws version secretsmanager put-secret-value --region "$region" --output text --query VersionId \
  --cli-input-json "file://$scratch/put.json" || die "the secret can't be written, and nothing was changed: ${error_text//"$password"/…}"

keeps=''
[[ $managed == None ]] || keeps=',"ManageMasterUserPassword":false'
printf '{"DBInstanceIdentifier":%s,"MasterUserPassword":%s%s}\n' \
  "$(json_string "$instance")" "$(json_string "$password")" "$keeps" >"$scratch/modify.json"
try_aws answer rds modify-db-instance --region "$region" --output text --query DBInstance.DBInstanceStatus \
  --cli-input-json "file://$scratch/modify.json" || die "RDS does not take the password of $instance: ${error_text//"$password"/…}"
rm -f "$scratch"/{put,modify}.json
await

if [[ $current != None ]]; then
  try_aws answer secretsmanager update-secret-version-stage --region "$region" --secret-id "$secret" --version-stage AWSCURRENT \
    --move-to-version-id "$version" --remove-from-version-id "$current" ||
    die "the secret's new value can't become its current one; run this again: $error_text"
fi
say "$instance: its administrator $master has the password that the secret keeps (version $version)"
