# shellcheck shell=bash
# The stack's Redis. Its user has no access until the first release gives it a password, out of band: what the program
# sets is in its state.

cache_is_used() { [[ -n $(environment .cacheHost) ]] && jq -e '[.apps[].cacheUrl // empty] | length > 0' "$SETTINGS" >/dev/null; }

cache_address() { [[ -z $(environment .cacheHost) ]] || printf '%s:%s' "$(environment .cacheHost)" "$(environment .cachePort)"; }

# cache_prepare: the user has the password of the secret. Asked only when secret or cache are not what the live release
# has.
cache_prepare() {
  cache_is_used || return 0
  local current password made=''
  if ! value_fetch cache; then
    password="$(secret_generate)"
    jq -n --arg user "$(environment .cacheUser)" --arg password "$password" '{username: $user, password: $password}' >"$VALUES/cache.new"
    value_put_once cache
    made=yes
  fi
  jq -e '(.username | type == "string") and (.password | type == "string" and length >= 16 and length <= 128)' "$VALUES/cache" >/dev/null 2>&1 ||
    refuse 'the secret cache is not {"username": …, "password": 16 to 128 characters}; see docs/runbooks/secrets.md'
  current="$(record_current_id)"
  if [[ -z $made && -n $current ]] && jq -e --arg version "$(<"$VALUES/cache.version")" --arg address "$(cache_address)" \
    'any(.[]; .versions.cache == $version and .cache == $address)' "$RELEASES/$current/apps.json" >/dev/null 2>&1; then
    return 0
  fi
  cache_set_password
}

# Two passwords are valid at a time: containers that still have the former go on, until the next change.
# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyUser.html
cache_set_password() {
  local user answer call=(elasticache modify-user) name=UserId deadline=$((SECONDS + 300))
  user="$(environment .cacheUser)"
  if [[ $(environment .cacheKind) == memorydb ]]; then
    call=(memorydb update-user) name=UserName
  fi
  cache_former >"$VALUES/.former"
  jq --arg name "$name" --arg user "$user" --slurpfile former "$VALUES/.former" '
    {($name): $user, AccessString: "on ~* &* +@all -@dangerous",
     AuthenticationMode: {Type: "password", Passwords: ([.password, ($former[0].password // empty)] | unique)}}' "$VALUES/cache" >"$VALUES/.request"
  # Another host may be changing it at this moment, to the same.
  until answer="$(aws "${call[@]}" --cli-input-json "file://$VALUES/.request" 2>&1)"; do
    if [[ $answer != *InvalidUserState* ]] || ((SECONDS >= deadline)); then cache_failed "$answer"; fi
    sleep 5
  done
  rm -f "$VALUES/.request" "$VALUES/.former"
  until_true 300 cache_user_is_active "$user" || die "the cache's user $user is not active after 300 s"
  detail "cache: the user $user has the password of the secret"
}

# The secret's value before this one, or an empty object.
cache_former() {
  aws secretsmanager get-secret-value --secret-id "$(secret_arn cache)" --version-stage AWSPREVIOUS --query SecretString --output text 2>/dev/null |
    jq -c 'objects' 2>/dev/null | grep . || printf '{}'
}

cache_failed() {
  rm -f "$VALUES/.request" "$VALUES/.former"
  die "the cache's user cannot be given its password: $(tr -s '\n' ' ' <<<"$1" | sed -E 's/"[A-Za-z0-9]{40}"/"…"/g')"
}

cache_user_is_active() {
  if [[ $(environment .cacheKind) == memorydb ]]; then
    [[ $(aws memorydb describe-users --user-name "$1" --query 'Users[0].Status' --output text 2>/dev/null) == active ]]
  else
    [[ $(aws elasticache describe-users --user-id "$1" --query 'Users[0].Status' --output text 2>/dev/null) == active ]]
  fi
}

cache_url() {
  value_fetch cache || die "the secret cache has no value" >&2
  jq -j --arg address "$(cache_address)" '"rediss://\(.username | @uri):\(.password | @uri)@\($address)"' "$VALUES/cache"
}
