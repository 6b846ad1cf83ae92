#!/usr/bin/env bash
# Puts a secret that a person brings where a stack's hosts fetch it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/secret.sh set STACK NAME [--region REGION]     reads the value from standard input
       scripts/secret.sh list STACK [--region REGION]         names and dates, never values
       scripts/secret.sh forget STACK [--yes-forget STACK]    removes all that a destroyed stack has left

Set keeps it as the SecureString parameter /slipway/STACK/secrets/NAME, before the stack's first up too. Where the
system keeps its secrets in Secrets Manager (all but erpnext) it becomes the value of the secret NAME, which the stack
has made from slipway:secrets. A value of one line loses its line end; one of several lines, such as a key, keeps it.

Forget removes every parameter under /slipway/STACK: the passwords that its hosts made, what people brought, and the
release that was desired. It asks for the stack's name, and refuses while the stack has an instance or a data volume.
Backups that are kept elsewhere can't be opened without them.

Examples:
  scripts/secret.sh set staging git-token < token.txt
  read -rs token && printf %s "$token" | scripts/secret.sh set staging git-token
  scripts/secret.sh set admin-qa oauth < oauth.json
USAGE
}

words=() region='' confirmed=''
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --region | --yes-forget)
      value_of "$1" $#
      if [[ $1 == --region ]]; then region=$2; else confirmed=$2; fi
      shift
      ;;
    -*) problem "\"$1\" is not an option" ;;
    *) words+=("$1") ;;
  esac
  shift
done

action=${words[0]:-}
case $action in
  set)
    ((${#words[@]} == 3)) || problem 'set needs a STACK and a NAME; the value comes on standard input'
    name=${words[2]:-}
    [[ -z $name || $name =~ ^[a-z0-9]([a-z0-9./-]{0,98}[a-z0-9])?$ ]] ||
      problem "NAME: \"$name\" is not one of lower-case letters, digits and ./-"
    ;;
  list) ((${#words[@]} == 2)) || problem 'list needs a STACK' ;;
  forget) ((${#words[@]} == 2)) || problem 'forget needs a STACK' ;;
  '') problem 'what to do is missing: set, list or forget' ;;
  *) problem "\"$action\" is not what it does: set, list or forget" ;;
esac
((${#words[@]} < 2)) || need_stack "${words[1]}"
[[ -z $confirmed || $action == forget && $confirmed == "${words[1]:-}" ]] ||
  problem "--yes-forget: \"$confirmed\" is not the stack that is to be forgotten"
no_problems
need_aws
make_scratch
prefix=/slipway/$stack/secrets
system=$(stack_value "$file" slipway:system)

# made_secrets: the name of each secret that the stack has in Secrets Manager, its ARN, when it was changed, and how many
# values it has.
made_secrets() {
  local found
  # shellcheck disable=SC2016 # the backquotes are JMESPath's
  patiently found secretsmanager list-secrets --region "$region" --filters "Key=name,Values=slipway/$stack/" --output text \
    --query 'SecretList[].[Tags[?Key==`slipway:secret`]|[0].Value, ARN, LastChangedDate, length(keys(SecretVersionsToStages || `{}`))]' ||
    die "the secrets of $stack can't be listed: $error_text"
  [[ -n $found && $found != None ]] || die "$stack has no secrets in $region yet; bring it up first: scripts/up.sh $stack"
  say "$found"
}

# day_of SECONDS-OR-DATE: version 1 of the AWS CLI gives seconds, version 2 a date.
day_of() {
  if [[ $1 =~ ^[0-9]+(\.[0-9]+)?$ ]]; then printf '%(%Y-%m-%d %H:%M)T' "${1%.*}"; else printf '%s' "$1"; fi
}

if [[ $action == list && $system != erpnext ]]; then
  rows=$(made_secrets)
  while IFS=$'\t' read -r name _ changed values; do
    if ((values)); then changed=$(day_of "$changed"); else changed='has no value yet'; fi
    printf '%-40s %s\n' "$name" "$changed"
  done < <(sort <<<"$rows")
  exit
fi

if [[ $action == list ]]; then
  patiently found ssm get-parameters-by-path --region "$region" --path "$prefix" --recursive --output text \
    --query 'Parameters[].[Name,LastModifiedDate]' || die "the secrets of $stack can't be listed: $error_text"
  [[ -n $found ]] || die "there is none under $prefix in $region"
  while IFS=$'\t' read -r path changed; do
    printf '%-40s %s\n' "${path#"$prefix"/}" "$(day_of "$changed")"
  done <<<"$found"
  exit
fi

# in_use: the instances and volumes that still have the stack's tag.
in_use() {
  local found
  patiently found ec2 describe-instances --region "$region" --output text --filters "Name=tag:slipway:stack,Values=$stack" \
    'Name=instance-state-name,Values=pending,running,stopping,stopped' --query 'Reservations[].Instances[].InstanceId' ||
    die "the instances of $stack in $region can't be listed: $error_text"
  say "$found"
  patiently found ec2 describe-volumes --region "$region" --output text --filters "Name=tag:slipway:stack,Values=$stack" \
    --query 'Volumes[].VolumeId' || die "the volumes of $stack in $region can't be listed: $error_text"
  say "$found"
}

# forget: everything under the stack's path, ten at a time, which is what one call takes.
forget() {
  local used names removed
  used=$(in_use | sed '/^None$/d' | paste -sd' ' -)
  [[ -z ${used// /} ]] ||
    die "$stack still has $used in $region, which need them; nothing was removed. Destroy it first: scripts/destroy.sh $stack"
  patiently names ssm get-parameters-by-path --region "$region" --path "/slipway/$stack" --recursive --output text \
    --query 'Parameters[].[Name]' || die "the parameters of $stack can't be listed: $error_text"
  read -r -d '' -a names <<<"$names" || true
  if ((${#names[@]} == 0)) || [[ ${names[0]} == None ]]; then
    say "there is nothing under /slipway/$stack in $region"
    return
  fi
  if [[ -z $confirmed ]]; then
    printf '%s\n' "${names[@]}"
    [[ -t 0 ]] || die "nobody is here to ask; give --yes-forget $stack"
    printf 'To remove these for good, type the name of the stack: '
    read -r confirmed
    [[ $confirmed == "$stack" ]] || die "\"$confirmed\" is not \"$stack\": nothing was removed"
  fi
  while ((${#names[@]})); do
    patiently removed ssm delete-parameters --region "$region" --output text --query 'DeletedParameters' \
      --names "${names[@]:0:10}" || die "${names[*]:0:10} can't be removed: $error_text"
    # shellcheck disable=SC2086 # names have no spaces
    printf 'removed %s\n' ${removed//None/}
    names=("${names[@]:10}")
  done
}

if [[ $action == forget ]]; then
  forget
  exit
fi

if [[ -t 0 ]]; then note "type or paste the value of $name, then Ctrl-D:"; fi
value=$(
  cat
  printf x
)
value=${value%x}
one_line=${value%$'\n'}
[[ $one_line == *$'\n'* ]] || value=$one_line
[[ -n ${value//[[:space:]]/} ]] || die "$name: standard input was empty; nothing was set"

# A file that only we can read: a command line would show it to everyone on this machine.
umask 077

if [[ $system != erpnext ]]; then
  ((${#value} <= 65536)) || die "$name: ${#value} characters are more than the 65,536 that a secret holds"
  rows=$(made_secrets)
  arn=$(awk -F'\t' -v name="$name" '$1 == name { print $2 }' <<<"$rows")
  [[ -n $arn ]] ||
    die "$stack has no secret $name, but $(cut -f1 <<<"$rows" | sort | paste -sd' ' -); name it in slipway:secrets.brought and run: scripts/up.sh $stack"
  printf '{"SecretId":%s,"SecretString":%s}\n' "$(json_string "$arn")" "$(json_string "$value")" >"$scratch/request.json"
  version=''
  patiently version secretsmanager put-secret-value --region "$region" --output text --query VersionId \
    --cli-input-json "file://$scratch/request.json" || die "$name of $stack can't be written: ${error_text//"$value"/…}"
  say "$name of $stack is set in $region (version $version); containers that are started from now on get it"
  exit
fi

((${#value} <= 8192)) || die "$name: ${#value} characters are more than the 8,192 that a parameter holds"
printf '{"Name":%s,"Value":%s,"Type":"SecureString","Overwrite":true,"Tier":"Intelligent-Tiering"}\n' \
  "$(json_string "$prefix/$name")" "$(json_string "$value")" >"$scratch/request.json"
version=''
patiently version ssm put-parameter --region "$region" --output text --query Version \
  --cli-input-json "file://$scratch/request.json" || die "$prefix/$name can't be written: ${error_text//"$value"/…}"
say "$prefix/$name is set in $region (version $version); hosts fetch it when they next need it"
