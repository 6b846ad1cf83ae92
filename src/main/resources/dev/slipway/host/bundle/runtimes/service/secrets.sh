# shellcheck shell=bash
# Secrets of the service: SecureString parameters under the stack's own path. A unit gets them by LoadCredential= from the
# socket of slipway-credentials.socket, whose answer is fetched at that moment (credential.sh): none is on a disk.

# value_fetch NAME: see lib/values.sh. Anything but "there is none" ends the step, since no access is not "none".
value_fetch() {
  local answer name
  [[ ! -s $VALUES/$1.version ]] || return 0
  install -d -m 0700 "$VALUES" || exit
  name="$(secret_parameter "$1")" || exit
  if answer="$(aws ssm get-parameter --with-decryption --name "$name" --output json 2>&1 >"$VALUES/$1.json")"; then
    jq -ej .Parameter.Value "$VALUES/$1.json" >"$VALUES/$1" || die "Parameter Store gave no text for $name" >&2
    jq -er .Parameter.Version "$VALUES/$1.json" >"$VALUES/$1.version" || die "Parameter Store gave no version of $name" >&2
    rm -f "$VALUES/$1.json"
    return 0
  fi
  rm -f "$VALUES/$1.json"
  [[ $answer == *ParameterNotFound* ]] && return 1
  die "cannot read the secret $1 ($name): $(tr -s '\n' ' ' <<<"$answer")" >&2
}

# value_put_once NAME: a parameter that is there already is another host's, and is what counts.
value_put_once() {
  local answer request name
  name="$(secret_parameter "$1")"
  request="$VALUES/$1.request"
  jq -n --arg name "$name" --rawfile value "$VALUES/$1.new" '{Name: $name, Type: "SecureString", Value: $value}' >"$request"
  if ! answer="$(aws ssm put-parameter --cli-input-json "file://$request" 2>&1)"; then
    [[ $answer == *ParameterAlreadyExists* ]] || die "cannot write the secret $1 ($name): $(tr -s '\n' ' ' <<<"$answer")"
  fi
  rm -f "$request" "$VALUES/$1.new"
  value_fetch "$1" || die "the secret $1 ($name) was written and is not there"
}

# secrets_named: those that the service's settings speak of, one a line.
secrets_named() { jq -r '.service.secrets // {} | .[]' "$SETTINGS" | sort -u; }

# secrets_need: refused where one has no value, all of them at once.
secrets_need() {
  local name names missing=''
  names="$(secrets_named)"
  for name in $names; do
    value_fetch "$name" || missing+="${missing:+, }$name"
  done
  [[ -z $missing ]] || refuse "these secrets have no value: $missing; set each with: ./slipway secret set $(setting .stack) NAME"
}

# secrets_versions: {name: version}, of the database's too.
secrets_versions() {
  local names
  names="$(secrets_named)"
  if database_is_used; then names+=$'\ndatabase'; fi
  # shellcheck disable=SC2086
  values_versions $names
}

# credential_value RELEASE_DIR VARIABLE: what a unit of that release gets under this name.
credential_value() {
  local name
  if [[ $2 == "$(jq -r '.databaseUrl // empty' "$1/spec.json")" ]]; then
    database_url "$1"
    return
  fi
  name="$(jq -r --arg variable "$2" '.secrets[$variable] // empty' "$1/spec.json")"
  [[ -n $name ]] || die "the release $(basename "$1") has no secret for $2" >&2
  value_fetch "$name" || die "the secret $name, which is to be $2, has no value; set it with: ./slipway secret set $(setting .stack) $name" >&2
  cat "$VALUES/$name"
}
