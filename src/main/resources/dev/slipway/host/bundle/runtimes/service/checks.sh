# shellcheck shell=bash
# What the service needs of the world, asked from this host as the service would ask: its database, its buckets, the outside
# APIs. A check ends well with a word on it, or dies of its reason.

# checks_run: [{name, ok, reason}].
checks_run() {
  local name names
  install -d -m 0700 "$VALUES"
  {
    if database_is_used; then check database check_database; fi
    names="$(jq -r '.service.bucketVariables // {} | keys[]' "$SETTINGS")"
    for name in $names; do check "s3:$name" check_bucket "$name"; done
    names="$(jq -r '.service.checks // {} | keys[]' "$SETTINGS")"
    for name in $names; do check "$name" check_api "$name"; done
  } | jq -sc .
}

# check NAME COMMAND…
check() {
  attempt "${@:2}" >"$VALUES/.said" 2>&1
  jq -nc --arg name "$1" --argjson ok "$(if [[ $ATTEMPT_STATUS == 0 ]]; then printf true; else printf false; fi)" \
    --arg reason "$(last_words <"$VALUES/.said")" '{name: $name, ok: $ok, reason: $reason}'
}

check_database() {
  local answer where
  where="$(environment .databaseHost):$(environment .databasePort)"
  value_fetch database || die "there is no secret database yet: the first release makes it"
  # shellcheck disable=SC2016 # SQL's quotes
  answer="$(database_sql "$VALUES/database" <<<'SELECT current_setting($$server_version$$)' 2>&1)" || die "$(database_reason "$where" "$answer")"
  say "PostgreSQL ${answer%% *} answers at $where"
}

# database_reason WHERE ANSWER: in a word or two first, for who reads many.
database_reason() {
  local what
  case "$2" in
    *'could not translate host name'*) what="no route: the name is not known" ;;
    *'onnection refused'*) what='database down: it refuses connections' ;;
    *'starting up'* | *'shutting down'*) what='database down' ;;
    *'timeout expired'* | *'timed out'* | *'o route to host'* | *'etwork is unreachable'*) what='no route: nobody answers' ;;
    *'authentication failed'* | *'not permitted to log in'* | *'does not exist'*) what='wrong login' ;;
    *certificate* | *SSL*) what='TLS failed' ;;
    *) what=failed ;;
  esac
  printf '%s (%s): %s' "$what" "$1" "$(last_words <<<"$2")"
}

# check_bucket NAME: writes an object, reads it back and deletes it.
check_bucket() {
  local bucket key answer
  bucket="$(environment ".\"buckets.$1\"")"
  [[ -n $bucket ]] || die "this host knows no bucket $1; run: pulumi up"
  key="slipway-check/$(uname -n)"
  printf '%s %s' "$(now)" "$RANDOM$RANDOM" >"$VALUES/.probe"
  answer="$(aws s3api put-object --bucket "$bucket" --key "$key" --body "$VALUES/.probe" 2>&1)" || die "$(bucket_reason write "$bucket" "$answer")"
  rm -f "$VALUES/.read"
  answer="$(aws s3api get-object --bucket "$bucket" --key "$key" "$VALUES/.read" 2>&1)" || die "$(bucket_reason read "$bucket" "$answer")"
  answer="$(aws s3api delete-object --bucket "$bucket" --key "$key" 2>&1)" || die "$(bucket_reason delete "$bucket" "$answer")"
  cmp -s "$VALUES/.probe" "$VALUES/.read" || die "$bucket: what was read is not what was written"
  say "written, read and deleted in $bucket"
}

# bucket_reason VERB BUCKET ANSWER
bucket_reason() {
  local what
  case "$3" in
    *AccessDenied* | *'(403)'* | *Forbidden*) what="bucket denied: this host's role may not $1 in it" ;;
    *NoSuchBucket* | *'(404)'*) what='there is no such bucket' ;;
    *'ould not connect'* | *'onnect timeout'* | *'onnection was closed'* | *'ead timeout'*) what='no route: S3 does not answer' ;;
    *'locate credentials'*) what='this host has no role' ;;
    *) what="$1 failed" ;;
  esac
  printf '%s (%s): %s' "$what" "$2" "$(last_words <<<"$3")"
}

# check_api NAME: by its address, with the key where there is one. The key goes to curl on standard input, since arguments
# show in a process list, and what is answered is shown to nobody.
check_api() {
  local url secret header code=0 status
  url="$(setting ".service.checks[\"$1\"].url")"
  secret="$(setting ".service.checks[\"$1\"].secret")"
  header="$(setting ".service.checks[\"$1\"].header")"
  if [[ -n $secret ]] && ! value_fetch "$secret"; then secret=''; fi
  [[ -n $header ]] || secret=''
  jq -nr --arg url "$url" --arg authorities "$(if [[ -s $OUTSIDE_AUTHORITIES ]]; then printf '%s' "$OUTSIDE_AUTHORITIES"; fi)" '"url = \($url | tojson)",
    (if $authorities == "" then empty else "cacert = \($authorities | tojson)" end)' >"$VALUES/.curl"
  [[ -z $secret ]] || jq -nr --arg header "$header" --rawfile key "$VALUES/$secret" \
    '"header = \($header | split("{key}") | join($key) | tojson)"' >>"$VALUES/.curl"
  status="$(curl --config - --silent --show-error --max-time 20 --output /dev/null --write-out '%{http_code}' <"$VALUES/.curl" 2>"$VALUES/.why")" || code=$?
  rm -f "$VALUES/.curl"
  [[ $code == 0 ]] || die "$(api_reason "$url" "$code" "$(last_words <"$VALUES/.why")")"
  [[ $status =~ ^[1-4][0-9][0-9]$ ]] || die "$url answers HTTP $status"
  if [[ -n $secret ]]; then
    [[ ! $status =~ ^(400|401|403)$ ]] || die "wrong key: $url answers HTTP $status to the key in the secret $secret"
    [[ $status != 429 ]] || die "$url answers HTTP 429: too much was asked with this key"
    say "HTTP $status, with the key"
  else
    say "HTTP $status, without a key"
  fi
}

# api_reason URL CURL_STATUS TEXT: https://curl.se/docs/manpage.html#EXIT
api_reason() {
  local what
  case "$2" in
    5 | 6) what='no route: the name is not known' ;;
    7) what='no route: nobody takes a connection' ;;
    28) what='no route: no answer within 20 s' ;;
    35 | 51 | 53 | 58 | 59 | 60 | 77 | 83) what='TLS failed' ;;
    *) what=failed ;;
  esac
  printf '%s (%s): %s' "$what" "$1" "$3"
}
