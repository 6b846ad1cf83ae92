# shellcheck shell=bash
# Secrets of the apps: kept in Secrets Manager, fetched when a container is started, and given to it by a file on tmpfs
# that is mounted into it. Never by Docker's own environment, which is in `inspect` and on disk, and never by an argument.

SECRETS="$RUNTIME_DIR/secrets"

# secret_arn NAME: the pointer has what all begin with, and the rest of each.
secret_arn() {
  local begin rest
  begin="$(environment .secretPrefix)" || return
  rest="$(environment ".\"secret.$1\"")" || return
  [[ -n $rest ]] || refuse "this host knows no secret '$1'; add it to slipway:secrets and run: pulumi up" >&2
  printf '%s' "$begin$rest"
}

# value_fetch NAME: $VALUES/NAME (the text) and $VALUES/NAME.version. 0 found, 1 it has no value yet; anything else ends
# the step, since no access is not "none".
value_fetch() {
  local answer arn
  [[ ! -s $VALUES/$1.version ]] || return 0
  install -d -m 0700 "$VALUES" || exit
  arn="$(secret_arn "$1")" || exit
  if answer="$(aws secretsmanager get-secret-value --secret-id "$arn" --output json 2>&1 >"$VALUES/$1.json")"; then
    jq -ej .SecretString "$VALUES/$1.json" >"$VALUES/$1" || die "Secrets Manager gave no text for the secret $1" >&2
    jq -er .VersionId "$VALUES/$1.json" >"$VALUES/$1.version" || die "Secrets Manager gave no version of the secret $1" >&2
    rm -f "$VALUES/$1.json"
    return 0
  fi
  rm -f "$VALUES/$1.json"
  [[ $answer == *ResourceNotFoundException* ]] && return 1
  die "cannot read the secret $1 ($arn): $(tr -s '\n' ' ' <<<"$answer")" >&2
}

# value_put_once NAME: $VALUES/NAME.new becomes its first value. Of two hosts that do it at once one wins, by the token
# that both give; what counts is what is there afterwards.
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
value_put_once() {
  local answer arn
  arn="$(secret_arn "$1")"
  jq -n --arg id "$arn" --arg token "$(sha256sum <<<"first $arn" | cut -d' ' -f1)" --rawfile value "$VALUES/$1.new" \
    '{SecretId: $id, ClientRequestToken: $token, SecretString: $value}' >"$VALUES/$1.request"
  if ! answer="$(aws secretsmanager put-secret-value --cli-input-json "file://$VALUES/$1.request" 2>&1)"; then
    [[ $answer == *ResourceExistsException* ]] || die "cannot write the secret $1: $(tr -s '\n' ' ' <<<"$answer")"
  fi
  rm -f "$VALUES/$1.request" "$VALUES/$1.new"
  value_fetch "$1" || die "the secret $1 was written and is not there"
}

# value_make NAME: 40 letters and digits, unless it has a value.
value_make() {
  ! value_fetch "$1" || return 0
  secret_generate >"$VALUES/$1.new"
  value_put_once "$1"
  detail "made the secret $1"
}

# secrets_of APP: names of the secrets that an app's settings speak of, one a line.
secrets_of() {
  # shellcheck disable=SC2016
  jq -r --arg app "$1" '.apps[$app] | ((.secrets // {}) | .[] | split(".")[0]),
    (if .databaseUrl // .databaseVariables // .replicaUrl then "database" else empty end), (if .cacheUrl then "cache" else empty end)' "$SETTINGS" | sort -u
}

# secrets_make: what nobody has to bring is made, once for the stack; what somebody has to is asked for.
secrets_make() {
  local name names app
  for name in $(jq -r '.secrets.generated[]?' "$SETTINGS"); do
    value_make "$name"
  done
  for app in $(jq -r '.apps | keys[]' "$SETTINGS"); do
    names="$(secrets_of "$app")"
    for name in $names; do
      [[ $name != database && $name != cache ]] || continue
      value_fetch "$name" || refuse "the secret $name, which $app needs, has no value; set it with: ./slipway secret set $(setting .stack) $name"
    done
  done
}

# secrets_versions APP: {name: version}.
secrets_versions() {
  local names
  names="$(secrets_of "$1")"
  # shellcheck disable=SC2086
  values_versions $names
}

# secret_value NAME[.KEY]: the text itself, or a key of the object that it is.
secret_value() {
  local name=${1%%.*}
  value_fetch "$name" || die "the secret $name has no value" >&2
  if [[ $1 == *.* ]]; then
    jq -ej --arg key "${1#*.}" 'if type == "object" then .[$key] else null end | values | if type == "string" then . else tojson end' "$VALUES/$name" 2>/dev/null ||
      refuse "the secret $name has no key '${1#*.}'" >&2
  else
    cat "$VALUES/$name"
  fi
}

# secrets_write APP FILE: what the entrypoint reads, as a container of this release needs it. The folder is root's alone;
# the file can be read by whoever the image runs as, once it is mounted.
secrets_write() {
  local app=$1 name from wanted
  wanted="$(jq -r --arg app "$app" '.[$app].secrets // {} | to_entries[] | [.key, .value] | @tsv' "$RELEASE_DIR/apps.json")"
  install -d -m 0700 "$SECRETS" "$VALUES"
  {
    while IFS=$'\t' read -r name from; do
      [[ -n $name ]] || continue
      secret_value "$from" >"$VALUES/.one"
      secrets_line "$name"
    done <<<"$wanted"
    if [[ -n $(spec "$app" .databaseUrl) ]]; then
      database_url "$app" >"$VALUES/.one"
      secrets_line "$(spec "$app" .databaseUrl)"
    fi
    # Without a replica the variable is not there.
    if [[ -n $(spec "$app" .replicaUrl) && -n $(spec "$app" .replica) ]]; then
      database_url "$app" replica >"$VALUES/.one"
      secrets_line "$(spec "$app" .replicaUrl)"
    fi
    if [[ -n $(spec "$app" .databaseVariables) ]]; then
      database_parts "$app" | jq -r 'to_entries[] | "export \(.key)=\(.value | @sh)"'
    fi
    if [[ -n $(spec "$app" .cacheUrl) ]]; then
      cache_url >"$VALUES/.one"
      secrets_line "$(spec "$app" .cacheUrl)"
    fi
    rm -f "$VALUES/.one"
  } >"$VALUES/.file"
  # In place where it is there: a mount holds on to the file and not to its name.
  touch "$2"
  chmod 0444 "$2"
  cat "$VALUES/.file" >"$2"
  rm -f "$VALUES/.file"
}

secrets_line() { jq -nr --arg name "$1" --rawfile value "$VALUES/.one" '"export \($name)=\($value | @sh)"'; }
