#!/usr/bin/env bash
# Puts a secret that a person brings where a stack's hosts fetch it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/secret.sh set STACK NAME [--region REGION]     reads the value from standard input
       scripts/secret.sh list STACK [--region REGION]         names and dates, never values

Keeps it as the SecureString parameter /slipway/STACK/secrets/NAME. A value of one line loses its line end; one of
several lines, such as a key, keeps it. Works before the stack's first up.

Examples:
  scripts/secret.sh set staging git-token < token.txt
  read -rs token && printf %s "$token" | scripts/secret.sh set staging git-token
USAGE
}

words=() region=''
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --region)
      value_of "$1" $#
      region=$2
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
  *) problem "\"$action\" is not what it does: set or list" ;;
esac
((${#words[@]} < 2)) || need_stack "${words[1]}"
no_problems
need_aws
make_scratch
prefix=/slipway/$stack/secrets

if [[ $action == list ]]; then
  patiently found ssm get-parameters-by-path --region "$region" --path "$prefix" --recursive --output text \
    --query 'Parameters[].[Name,LastModifiedDate]' || die "the secrets of $stack can't be listed: $error_text"
  [[ -n $found ]] || die "there is none under $prefix in $region"
  while IFS=$'\t' read -r path changed; do
    # Version 1 of the AWS CLI gives seconds, version 2 a date.
    [[ ! $changed =~ ^[0-9]+(\.[0-9]+)?$ ]] || printf -v changed '%(%Y-%m-%d %H:%M)T' "${changed%.*}"
    printf '%-40s %s\n' "${path#"$prefix"/}" "$changed"
  done <<<"$found"
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
((${#value} <= 8192)) || die "$name: ${#value} characters are more than the 8,192 that a parameter holds"

# A file that only we can read: a command line would show it to everyone on this machine.
umask 077
printf '{"Name":%s,"Value":%s,"Type":"SecureString","Overwrite":true,"Tier":"Intelligent-Tiering"}\n' \
  "$(json_string "$prefix/$name")" "$(json_string "$value")" >"$scratch/request.json"
version=''
patiently version ssm put-parameter --region "$region" --output text --query Version \
  --cli-input-json "file://$scratch/request.json" || die "$prefix/$name can't be written: ${error_text//"$value"/…}"
say "$prefix/$name is set in $region (version $version); hosts fetch it when they next need it"
