# shellcheck shell=bash
# What an app may do on AWS: a role of its own, which this host takes for it. Its credentials last an hour, are renewed every
# quarter of one (slipway-app-credentials.timer), and are a file in memory that is mounted into containers of that app alone.
# SDKs read it again when it ends, by `credential_process`. The host's own role is out of their reach.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html

CREDENTIALS="$RUNTIME_DIR/credentials"
# What an app gets while its host's role is itself one that was taken: AWS gives no more then.
CREDENTIALS_SECONDS=3600

# credentials_role APP
credentials_role() { environment ".\"appRole.$1\""; }

# credentials_apps: those that have a role, one a line.
credentials_apps() { jq -r '.apps | to_entries[] | select(.value.buckets == true) | .key' "$SETTINGS"; }

# credentials_config: it holds nothing that is secret.
credentials_config() {
  printf '[default]\nregion = %s\ncredential_process = cat /run/slipway/aws/credentials.json\n' "${AWS_REGION-}"
  [[ -z ${AWS_ENDPOINT_URL-} ]] || printf 'endpoint_url = %s\n' "$AWS_ENDPOINT_URL"
}

# credentials_ask APP ROLE FILE: what STS gives, or FILE.why.
credentials_ask() {
  aws sts assume-role --role-arn "$2" --role-session-name "$(setting .stack)-$1" --duration-seconds "$CREDENTIALS_SECONDS" \
    --output json >"$3" 2>"$3.why"
}

# credentials_write APP: fresh ones. The folder of all is root's alone; the app's is mounted into its containers, where
# whoever the image runs as reads it.
credentials_write() {
  local role folder="$CREDENTIALS/$1" given="$CREDENTIALS/.$1.$$" why
  role="$(credentials_role "$1")"
  [[ -n $role ]] || die "$1: this host knows no role for it; run: pulumi up"
  install -d -m 0700 "$CREDENTIALS"
  install -d -m 0755 "$folder"
  # A role that was made a moment ago is not known everywhere.
  if ! until_true 30 credentials_ask "$1" "$role" "$given"; then
    why="$(tr -s '\n' ' ' <"$given.why")"
    rm -f "$given" "$given.why"
    die "$1: there are no credentials for its role $role: $why"
  fi
  credentials_config | write_file "$folder/config" 0444
  # An empty answer is no error to jq.
  jq '.Credentials | {Version: 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration}
    | select(all(.[]; . != null and . != ""))' "$given" >"$given.made" 2>/dev/null || true
  if [[ ! -s $given.made ]]; then
    rm -f "$given" "$given.why" "$given.made"
    die "$1: STS gave no whole credentials for its role $role"
  fi
  write_file "$folder/credentials.json" 0444 <"$given.made"
  rm -f "$given" "$given.why" "$given.made"
}

# credentials_ready APP: before a container of this release starts.
credentials_ready() {
  [[ -z $(spec "$1" .role) ]] || credentials_write "$1"
}

# credentials_kept APP: of one that runs already, which the timer looks after.
credentials_kept() {
  [[ -s $CREDENTIALS/$1/credentials.json ]] || credentials_ready "$1"
}

# credentials_renew: of all; one that cannot be had is no reason to leave out the next.
credentials_renew() {
  local app apps missing='' folder
  apps="$(credentials_apps)"
  for app in $apps; do
    attempt credentials_write "$app"
    ((ATTEMPT_STATUS == 0)) || missing+=" $app"
  done
  for folder in "$CREDENTIALS"/*/; do
    [[ ! -d $folder ]] || grep -qxF -e "$(basename "$folder")" <<<"$apps" || rm -rf "$folder"
  done
  [[ -z $missing ]] || die "no new credentials for$missing; those that they have end within the hour"
}
