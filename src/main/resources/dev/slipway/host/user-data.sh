# shellcheck shell=bash
# Fetches the host bundle that the pointer names, and starts it. EC2 stops a machine to change its user data, and an
# autoscaling group replaces it: so nothing of this changes with the scripts that hosts run, nor with fetch.sh, from
# which it was once copied. A fresh Ubuntu has curl and python3, and neither the AWS CLI nor jq.
set -euo pipefail
umask 022

# Beside cloud-init's own log. A boot doesn't fail for want of it.
slipway_log=/var/log/user-data.log
if (umask 077 && : >>"$slipway_log" && chmod 0600 "$slipway_log"); then
  exec > >(tee -a "$slipway_log") 2>&1
fi

slipway_say() { printf 'slipway: %s\n' "$*" >&2; }

# The standard variable for another endpoint, which a boot doesn't read from
# where it is set for everybody else.
if [[ -z ${AWS_ENDPOINT_URL:-} && -r /etc/environment ]]; then
  AWS_ENDPOINT_URL=$(sed -nE 's/^(export )?AWS_ENDPOINT_URL="?([^"]*)"?$/\2/p' /etc/environment | tail -n 1)
fi

# slipway_json FILE KEY...: one value of a JSON file.
slipway_json() {
  python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2:]:
    value = value[key]
print(value if isinstance(value, str) else json.dumps(value))' "$@"
}

# slipway_aws SERVICE CURL-ARGUMENT...: a request signed with the machine's
# role. The keys go to curl on standard input: arguments show in a process list.
slipway_aws() {
  local service=$1 token role keys
  shift
  token=$(curl -sS -f -m 10 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' \
    http://169.254.169.254/latest/api/token)
  role=$(curl -sS -f -m 10 -K - http://169.254.169.254/latest/meta-data/iam/security-credentials/ \
    <<<"header = \"X-aws-ec2-metadata-token: $token\"")
  keys=$slipway_work/keys
  (umask 077 && curl -sS -f -m 10 -K - -o "$keys" \
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/$role" \
    <<<"header = \"X-aws-ec2-metadata-token: $token\"")
  curl -sS -f -m 300 --aws-sigv4 "aws:amz:$SLIPWAY_REGION:$service" -K - "$@" <<CONFIG
user = "$(slipway_json "$keys" AccessKeyId):$(slipway_json "$keys" SecretAccessKey)"
header = "X-Amz-Security-Token: $(slipway_json "$keys" Token)"
CONFIG
}

# slipway_try: one attempt, in a process of its own, which ends at what isn't there yet.
slipway_try() {
  local bucket key sha bundle from domain=amazonaws.com
  [[ $SLIPWAY_REGION != cn-* ]] || domain=amazonaws.com.cn
  slipway_aws ssm -o "$slipway_work/answer" \
    -H 'Content-Type: application/x-amz-json-1.1' -H 'X-Amz-Target: AmazonSSM.GetParameter' \
    --data-raw "{\"Name\":\"$SLIPWAY_POINTER\"}" \
    "${AWS_ENDPOINT_URL:-https://ssm.$SLIPWAY_REGION.$domain}/"
  slipway_json "$slipway_work/answer" Parameter Value >"$slipway_work/pointer"
  bucket=$(slipway_json "$slipway_work/pointer" bundle bucket)
  key=$(slipway_json "$slipway_work/pointer" bundle key)
  sha=$(slipway_json "$slipway_work/pointer" bundle sha256)
  bundle=/var/lib/slipway/bundles/$sha
  if [[ ! -d $bundle ]]; then
    from=https://$bucket.s3.$SLIPWAY_REGION.$domain/$key
    [[ -z ${AWS_ENDPOINT_URL:-} ]] || from=$AWS_ENDPOINT_URL/$bucket/$key
    # S3 wants the hash of what is sent, which is nothing; not every curl adds it.
    slipway_aws s3 -o "$slipway_work/bundle" "$from" \
      -H 'X-Amz-Content-Sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    printf '%s  %s\n' "$sha" "$slipway_work/bundle" | sha256sum --check --quiet
    mkdir -p "$slipway_work/files" "${bundle%/*}"
    tar -xzf "$slipway_work/bundle" -C "$slipway_work/files" --no-same-owner
    # Of two that fetch at once the second finds the folder there, and the same.
    mv -T "$slipway_work/files" "$bundle" || [[ -d $bundle ]]
  fi
  # The last steps are renames: whatever runs beside this sees the old or the new.
  mkdir -p /etc/slipway /opt
  install -m 0644 "$slipway_work/pointer" "/etc/slipway/.environment.$$"
  mv -f "/etc/slipway/.environment.$$" /etc/slipway/environment.json
  ln -sfn "$bundle" "/opt/.slipway.$$"
  mv -fT "/opt/.slipway.$$" /opt/slipway
  slipway_say "the bundle is $sha"
}

# slipway_fetch SECONDS: tries until the time is up.
slipway_fetch() {
  local until=$((SECONDS + $1)) pause=2
  # On the file system that the bundle goes to, so that its last step is a rename.
  mkdir -p /var/lib/slipway/bundles
  slipway_work=$(mktemp -d /var/lib/slipway/.fetch.XXXXXX)
  trap 'rm -rf "$slipway_work"' EXIT
  while true; do
    slipway_try &
    if wait $!; then break; fi
    if ((SECONDS + pause > until)); then
      slipway_say "gave up after $1 seconds: the role, the way out, $SLIPWAY_POINTER or its bundle is missing (the line above says which)"
      exit 1
    fi
    sleep "$pause"
    pause=$((pause < 30 ? pause * 2 : 30))
  done
  rm -rf "$slipway_work"
  trap - EXIT
}

# A machine boots while the rest is still being made: half an hour is enough
# for a volume that comes late or a role that is slow to be known everywhere.
slipway_fetch 1800
exec /opt/slipway/bootstrap.sh
