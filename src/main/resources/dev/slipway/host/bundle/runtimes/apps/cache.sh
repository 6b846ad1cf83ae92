# shellcheck shell=bash
# The stack's Redis. Its user has no access until the first release gives it a password, out of band: what the program
# sets is in its state.

cache_is_used() { [[ -n $(environment .cacheHost) ]] && jq -e '[.apps[].cacheUrl // empty] | length > 0' "$SETTINGS" >/dev/null; }

cache_address() { [[ -z $(environment .cacheHost) ]] || printf '%s:%s' "$(environment .cacheHost)" "$(environment .cachePort)"; }

# cache_prepare: the user has the password of the secret. Asked only when the secret is not what the live release has.
cache_prepare() {
  cache_is_used || return 0
  local current made=''
  if ! value_fetch cache; then
    jq -n --arg user "$(environment .cacheUser)" --arg password "$(secret_generate)" '{username: $user, password: $password}' >"$VALUES/cache.new"
    value_put_once cache
    made=yes
  fi
  jq -e '(.username | type == "string") and (.password | type == "string" and length >= 16 and length <= 128)' "$VALUES/cache" >/dev/null 2>&1 ||
    refuse 'the secret cache is not {"username": …, "password": 16 to 128 characters}; see docs/runbooks/secrets.md'
  current="$(record_current_id)"
  if [[ -z $made && -n $current ]] && jq -e --arg version "$(<"$VALUES/cache.version")" 'any(.[]; .versions.cache == $version)' "$RELEASES/$current/apps.json" >/dev/null 2>&1; then
    return 0
  fi
  cache_set_password
}

# Two passwords are valid at a time: containers that still have the former go on. An update of what is being updated
# waits for its turn.
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
cache_set_password() {
  local user answer
  user="$(environment .cacheUser)"
  if [[ $(environment .cacheKind) == memorydb ]]; then
    jq --arg user "$user" '{UserName: $user, AccessString: "on ~* &* +@all -@dangerous", AuthenticationMode: {Type: "password", Passwords: [.password]}}' "$VALUES/cache" >"$VALUES/.request"
    answer="$(aws memorydb update-user --cli-input-json "file://$VALUES/.request" 2>&1)" || cache_failed "$answer"
  else
    jq --arg user "$user" '{UserId: $user, AccessString: "on ~* &* +@all -@dangerous", Passwords: [.password]}' "$VALUES/cache" >"$VALUES/.request"
    answer="$(aws elasticache modify-user --cli-input-json "file://$VALUES/.request" 2>&1)" || cache_failed "$answer"
  fi
  rm -f "$VALUES/.request"
  until_true 300 cache_user_is_active "$user" || die "the cache's user $user is not active after 300 s"
  detail "cache: the user $user has the password of the secret"
}

cache_failed() {
  rm -f "$VALUES/.request"
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
