#!/usr/bin/env bash
# Puts an external secret where a stack's hosts fetch it.
# Task: Set up
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway secret set STACK NAME [--region REGION]     reads the value from standard input
       ./slipway secret list STACK [--region REGION]         names and dates, never values
       ./slipway secret forget STACK [--yes-forget STACK]    removes all that a destroyed stack has left

Set keeps it as the SecureString parameter /slipway/STACK/secrets/NAME, before the stack's first up too. Where the
system keeps its secrets in Secrets Manager (its descriptor says which) it becomes the value of the secret NAME, which the stack
has made from slipway:secrets. A value of one line loses its line end; one of several lines, such as a key, keeps it.

What is set is checked against what it is for: a deploy key has to be a private key without a passphrase (Windows'
line ends are made right), a token one line without blanks, a secret of which applications read a key a JSON object that
has it. Names that nothing in the stack file reads are refused, and so are those that hosts make themselves.

Forget removes every parameter under /slipway/STACK: the passwords that its hosts made, what people set, and the
release that was desired. It asks for the stack's name, and refuses while the stack has an instance or a data volume.
Backups that are kept elsewhere can't be opened without them.

Examples:
  ./slipway secret set staging git-token < token.txt
  read -rs token && printf %s "$token" | ./slipway secret set staging git-token
  ./slipway secret set admin-qa oauth < oauth.json
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
# Where its secrets live: parameters or secretsManager.
place=$(described "$file" .secrets)
[[ -n $place && $place != none ]] || die "a stack of ${system:-no system} has no secrets (slipway:system in ${file##*/})"

# made_secrets: the name of each secret that the stack has in Secrets Manager, its ARN, when it was changed, and how many
# values it has.
made_secrets() {
  local found
  # shellcheck disable=SC2016 # the backquotes are JMESPath's
  patiently found secretsmanager list-secrets --region "$region" --output text \
    --filters "Key=name,Values=slipway/$stack/" Key=tag-key,Values=slipway:secret \
    --query 'SecretList[].[Tags[?Key==`slipway:secret`]|[0].Value, ARN, LastChangedDate, length(keys(SecretVersionsToStages || `{}`))]' ||
    die "the secrets of $stack can't be listed: $error_text"
  [[ -n $found && $found != None ]] || die "$stack has no secrets in $region yet; bring it up first: ./slipway up $stack"
  say "$found"
}

# day_of SECONDS-OR-DATE: version 1 of the AWS CLI gives seconds, version 2 a date.
day_of() {
  if [[ $1 =~ ^[0-9]+(\.[0-9]+)?$ ]]; then printf '%(%Y-%m-%d %H:%M)T' "${1%.*}"; else printf '%s' "$1"; fi
}

if [[ $action == list && $place == secretsManager ]]; then
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
    die "$stack still has $used in $region, which need them; nothing was removed. Destroy it first: ./slipway destroy $stack"
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

# secret_names: what the system's descriptor says of secrets in parameters, one a line: "read" where the stack file has hosts fetch
# it, "made" where they make it themselves, its kind (token, deployKey, login or password), its name.
secret_names() {
  # shellcheck disable=SC2016 # jq has variables of its own
  stack_query "$file" 'def at($path): if $path == [] then . else objects | (if $path[0] == "*" then .[] else .[$path[0]] end) | at($path[1:]) end;
    def given($name): ($name | split(".")) as $path | setting("slipway:" + $path[0]) | at($path[1:]) | values | select(. != "");
    . as $stack | $names[] as $each | ($each.kind // "password") as $kind
    | if $each.setting then $stack | given($each.setting) | strings | "read \($kind) \(.)"
      elif $each.when and ([$stack | given($each.when)] | length > 0) then "read \($kind) \($each.name)"
      else "made \($kind) \($each.name)" end' --argjson names "$(described "$file" '.secretNames // []')"
}

# check_name: among parameters, where a parameter of any name could be made and nobody would ever read it. Sets kind.
kind=''
check_name() {
  local listed state its one names=() when
  listed=$(secret_names)
  while read -r state its one; do
    if [[ $state == read ]]; then
      names+=("$one")
      [[ $one != "$name" ]] || kind=${kind:-$its}
      continue
    fi
    # shellcheck disable=SC2053 # it is a pattern
    if [[ -n $one && $name == $one ]]; then
      when=$(described "$file" ".secretNames[] | select(.name == $(json_string "$one")) | .when // empty")
      die "$name is made by the hosts themselves, and what they made is in use: nothing was set${when:+ (one is given from outside where $when is set)}"
    fi
  done <<<"$listed"
  [[ -z $kind ]] || return 0
  listed=$(printf '%s\n' "${names[@]}" | sort -u | paste -sd' ' -)
  die "nothing in ${file##*/} reads a secret $name; it reads ${listed:-none: $(described "$file" '[.secretNames[].setting // empty] | join(" or ")') would name one}. Nothing was set"
}

# take_value: standard input into $scratch/value, as text; what can't be a secret of any kind is refused.
take_value() {
  local file=$scratch/value first
  if [[ -t 0 ]]; then note "type or paste the value of $name, then Ctrl-D:"; fi
  cat >"$file"
  first=$(head -c 3 "$file" | od -An -tx1 | tr -d ' \n')
  [[ $first != fffe* && $first != feff* ]] || die "$name: it is UTF-16, as some editors write; save it as UTF-8. Nothing was set"
  [[ $(tr -d '\000' <"$file" | wc -c) == "$(wc -c <"$file")" ]] || die "$name: it has NUL bytes, so that it is no text. Nothing was set"
  iconv -f UTF-8 -t UTF-8 <"$file" >/dev/null 2>&1 || die "$name: it is no text in UTF-8. Nothing was set"
  if [[ $first == efbbbf ]]; then
    note "$name: the byte order mark at its beginning is left out"
    tail -c +4 "$file" >"$file.part"
    mv "$file.part" "$file"
  fi
  value=$(
    cat "$file"
    printf x
  )
  value=${value%x}
  local one_line=${value%$'\n'}
  one_line=${one_line%$'\r'}
  [[ $one_line == *$'\n'* ]] || value=$one_line
  [[ -n ${value//[[:space:]]/} ]] || die "$name: standard input was empty; nothing was set"
}

# check_deploy_key: what ssh takes without asking anybody.
check_deploy_key() {
  local key=$scratch/key head
  if [[ $value == *$'\r'* ]]; then
    note "$name: its line ends are Windows'; they are made right"
    value=${value//$'\r'/}
  fi
  while [[ $value == [[:space:]]* ]]; do value=${value#?}; done
  head=${value%%$'\n'*}
  case $head in
    ssh-* | ecdsa-* | sk-* | *'BEGIN PUBLIC KEY'* | *'BEGIN SSH2 PUBLIC KEY'* | *'BEGIN RSA PUBLIC KEY'*)
      die "$name: it is a public key, which belongs into the repository's settings; bring the private one, the file without .pub. Nothing was set"
      ;;
    PuTTY-*) die "$name: it is a key of PuTTY's; export it in OpenSSH's form (puttygen KEY -O private-openssh). Nothing was set" ;;
    -----BEGIN*'PRIVATE KEY-----') ;;
    *) die "$name: it is no private key: it does not begin with -----BEGIN … PRIVATE KEY-----. Nothing was set" ;;
  esac
  [[ $value == *'-----END'*'PRIVATE KEY-----'* ]] || die "$name: its end is missing (-----END … PRIVATE KEY-----). Nothing was set"
  while [[ $value == *[[:space:]] ]]; do value=${value%?}; done
  value+=$'\n'
  # An OpenSSH key says at its beginning how it is encrypted; none is "none".
  if [[ $value == *ENCRYPTED* || $head == *OPENSSH* && $(sed -n 2p <<<"$value") != b3BlbnNzaC1rZXktdjEAAAAABG5vbmU* ]]; then
    die "$name: it has a passphrase, which nobody is there to type; make one without for this repository: ssh-keygen -t ed25519 -N '' -f key. Nothing was set"
  fi
  command -v ssh-keygen >/dev/null || return 0
  printf '%s' "$value" >"$key"
  ssh-keygen -y -P '' -f "$key" >/dev/null 2>&1 || die "$name: ssh-keygen can't read it: it is damaged, or has a passphrase. Nothing was set"
  rm -f "$key"
}

check_token() {
  local LC_ALL=C
  [[ $value != *'PRIVATE KEY'* ]] || die "$name: it is a private key, and the setting token is for an access token; deployKey is for a key. Nothing was set"
  [[ $value != *$'\n'* ]] || die "$name: it has several lines, and a token is one. Nothing was set"
  [[ $value != *[[:space:]]* ]] || die "$name: it has a blank in it, which no token has. Nothing was set"
  [[ $value =~ ^[!-~]+$ ]] || die "$name: it has a letter that no token has, which came along when it was copied: a printed quotation mark, say, or one that can't be seen. Nothing was set"
}

# check_login: the database's, as hosts make it.
check_login() {
  jq -e '(.username | test("^slipway_[ab]$")) and (.password | type == "string" and length >= 16)' <<<"$value" >/dev/null 2>&1 ||
    die 'database: it is not {"username": "slipway_a" or "slipway_b", "password": 16 characters or more}; see docs/runbooks/secrets.md. Nothing was set'
}

# check_secret: of an application; what hosts read in it has to be there.
check_secret() {
  local key absent='' keys
  case $name in
    database) check_login ;;
    cache)
      jq -e '(.username | type == "string") and (.password | type == "string" and length >= 16 and length <= 128)' <<<"$value" >/dev/null 2>&1 ||
        die 'cache: it is not {"username": the name as before, "password": 16 to 128 characters}; see docs/runbooks/secrets.md. Nothing was set'
      ;;
  esac
  # shellcheck disable=SC2016 # jq has variables of its own
  keys=$(stack_query "$file" '[setting("slipway:apps") | objects | .[] | objects | .secrets | objects | .[] | strings
    | select(startswith($name + ".")) | ltrimstr($name + ".")] | unique | .[]' --arg name "$name")
  [[ -n $keys ]] || return 0
  jq -e 'type == "object"' <<<"$value" >/dev/null 2>&1 ||
    die "$name: applications read $(paste -sd' ' - <<<"$keys") in it, and it is not a JSON object. Nothing was set"
  for key in $keys; do
    jq -e --arg key "$key" 'has($key) and .[$key] != null and .[$key] != ""' <<<"$value" >/dev/null || absent+=" $key"
  done
  [[ -z $absent ]] || die "$name: applications read$absent in it, and it has none. Nothing was set"
}

bytes() { LC_ALL=C printf '%s' "$1" | wc -c; }

# A file that only we can read: a command line would show it to everyone on this machine.
umask 077
if [[ $place == parameters ]]; then check_name; else need_jq; fi
take_value
size=$(bytes "$value")
if [[ $place == secretsManager ]]; then
  ((size <= 65536)) || die "$name: $size bytes are more than the 65,536 that a secret holds. Nothing was set"
else
  ((size <= 8192)) || die "$name: $size bytes are more than the 8,192 that a parameter holds. Nothing was set"
fi
if [[ $place == secretsManager ]]; then
  check_secret
elif [[ $kind == deployKey ]]; then
  check_deploy_key
elif [[ $kind == token ]]; then
  check_token
elif [[ $kind == login ]]; then
  need_jq
  check_login
elif [[ $value == *$'\n'* ]]; then
  die "$name: it has several lines, and a password is one. Nothing was set"
fi

if [[ $place == secretsManager ]]; then
  rows=$(made_secrets)
  arn=$(awk -F'\t' -v name="$name" '$1 == name { print $2 }' <<<"$rows")
  [[ -n $arn ]] ||
    die "$stack has no secret $name, but $(cut -f1 <<<"$rows" | sort | paste -sd' ' -); name it in slipway:secrets.external and run: ./slipway up $stack"
  printf '{"SecretId":%s,"SecretString":%s}\n' "$(json_string "$arn")" "$(json_string "$value")" >"$scratch/request.json"
  version=''
  patiently version secretsmanager put-secret-value --region "$region" --output text --query VersionId \
    --cli-input-json "file://$scratch/request.json" || die "$name of $stack can't be written: ${error_text//"$value"/…}"
  say "$name of $stack is set in $region (version $version); containers that are started from now on get it"
  exit
fi

((size <= 4096)) || note "$name: $size bytes are more than the 4,096 of a standard parameter; it becomes an advanced one (0.05 dollars a month)"
printf '{"Name":%s,"Value":%s,"Type":"SecureString","Overwrite":true,"Tier":"Intelligent-Tiering"}\n' \
  "$(json_string "$prefix/$name")" "$(json_string "$value")" >"$scratch/request.json"
version=''
patiently version ssm put-parameter --region "$region" --output text --query Version \
  --cli-input-json "file://$scratch/request.json" || die "$prefix/$name can't be written: ${error_text//"$value"/…}"
say "$prefix/$name is set in $region (version $version); hosts fetch it when they next need it"
