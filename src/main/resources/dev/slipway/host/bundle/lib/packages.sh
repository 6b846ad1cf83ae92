# shellcheck shell=bash
# What a host needs installed. Each is detected by what it does, so a machine image that carries it is left
# as it is; otherwise Ubuntu's packages, and AWS's own archive for the CLI.

# The newest 2.x when this bundle was written; its signature is checked against the key in lib/aws-cli.asc
# (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html).
AWS_CLI_VERSION=2.32.3
AWS_CLI_KEY=FB5DB77FD5C118B80511ADA8A6310ACC4672475C
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/verify-CloudWatch-Agent-Package-Signature.html
CLOUDWATCH_AGENT_KEY=937616F3450B7D806CBD9725D58167303B789C72

# cloud-init, apt-daily and unattended-upgrades hold apt's locks during a first boot. The option waits for dpkg's;
# that of the package lists is not waited for by apt itself. needrestart would restart what runs this script.
apt_get() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -qq -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"
}
apt_update() { apt_get update 2>"$RUNTIME_DIR/apt-update"; }
apt_install() {
  until_true 600 apt_update || die "apt-get update failed for ten minutes: $(tail -n 1 "$RUNTIME_DIR/apt-update")"
  apt_get install -y --no-install-recommends "$@" >/dev/null
}

# packages_wanted: each with the command that shows that it is there.
packages_wanted() {
  if runtime_can containers; then
    printf '%s\n' 'docker.io command -v dockerd' 'docker-compose-v2 docker compose version' 'docker-buildx docker buildx version'
  fi
  runtime_packages
  cat <<'LIST'
jq command -v jq
git command -v git
cron command -v cron
curl command -v curl
openssl command -v openssl
e2fsprogs command -v mkfs.ext4
ca-certificates test -s /etc/ssl/certs/ca-certificates.crt
unattended-upgrades command -v unattended-upgrade
LIST
}

packages_missing() {
  local check package wanted
  wanted="$(packages_wanted)"
  while read -r package check; do
    eval "$check" >/dev/null 2>&1 || printf '%s\n' "$package"
  done <<<"$wanted"
  if [[ -n $(environment .databaseHost) ]]; then command -v psql >/dev/null || printf 'postgresql-client\n'; fi
  # Archives that are not Ubuntu's are unpacked and verified here.
  if aws_cli_missing || cloudwatch_agent_missing; then
    command -v unzip >/dev/null || printf 'unzip\n'
    command -v gpg >/dev/null || printf 'gnupg\n'
  fi
}

aws_cli_missing() { ! command -v aws >/dev/null; }
cloudwatch_agent_missing() {
  [[ $(setting .alerts.cloudwatchAgent) == true ]] && ! command -v amazon-cloudwatch-agent-ctl >/dev/null
}

packages_install() {
  local missing=()
  mapfile -t missing < <(packages_missing)
  wait "$!"
  ((${#missing[@]})) || return 0
  detail "installing ${missing[*]}"
  apt_install "${missing[@]}"
  mapfile -t missing < <(packages_missing)
  wait "$!"
  ((${#missing[@]} == 0)) || die "these packages were installed and still don't work: ${missing[*]}"
}

# signed_by KEY_FINGERPRINT KEY_FILE SIGNATURE FILE
signed_by() {
  local home verdict
  home="$(mktemp -d)" || return
  gpg --homedir "$home" --batch --quiet --import "$2" 2>/dev/null || {
    rm -rf "$home"
    return 1
  }
  verdict="$(gpg --homedir "$home" --batch --status-fd 1 --verify "$3" "$4" 2>/dev/null || true)"
  rm -rf "$home"
  grep -q "^\[GNUPG:\] VALIDSIG $1 " <<<"$verdict"
}

aws_cli_install() {
  aws_cli_missing || return 0
  local dir archive
  dir="$(mktemp -d)"
  archive="https://awscli.amazonaws.com/awscli-exe-linux-$(uname -m)-$AWS_CLI_VERSION.zip"
  detail "installing the AWS CLI $AWS_CLI_VERSION"
  curl -fsSL --retry 5 -o "$dir/cli.zip" "$archive"
  curl -fsSL --retry 5 -o "$dir/cli.sig" "$archive.sig"
  signed_by "$AWS_CLI_KEY" "$BUNDLE/lib/aws-cli.asc" "$dir/cli.sig" "$dir/cli.zip" ||
    die "$archive is not signed by the AWS CLI team's key $AWS_CLI_KEY; it was not installed"
  unzip -q "$dir/cli.zip" -d "$dir"
  "$dir/aws/install" --update >/dev/null
  rm -rf "$dir"
}

cloudwatch_agent_install() {
  [[ $(setting .alerts.cloudwatchAgent) == true ]] || return 0
  if cloudwatch_agent_missing; then cloudwatch_agent_fetch; fi
  cloudwatch_agent_configure
}

cloudwatch_agent_fetch() {
  local dir base package
  dir="$(mktemp -d)"
  base="https://amazoncloudwatch-agent.s3.amazonaws.com"
  package="$base/ubuntu/$(dpkg --print-architecture)/latest/amazon-cloudwatch-agent.deb"
  detail "installing the CloudWatch agent"
  curl -fsSL --retry 5 -o "$dir/key" "$base/assets/amazon-cloudwatch-agent.gpg" \
    -o "$dir/agent.deb" "$package" -o "$dir/agent.sig" "$package.sig" ||
    die "the CloudWatch agent cannot be fetched from $base (the line above says why); alerts.cloudwatchAgent false does without it"
  signed_by "$CLOUDWATCH_AGENT_KEY" "$dir/key" "$dir/agent.sig" "$dir/agent.deb" ||
    die "the CloudWatch agent's package is not signed by $CLOUDWATCH_AGENT_KEY; it was not installed"
  dpkg -i "$dir/agent.deb" >/dev/null
  rm -rf "$dir"
}

# What it reports, of each host and of the stack in all, which is what the alarm looks at.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
cloudwatch_agent_configure() {
  local file=/opt/aws/amazon-cloudwatch-agent/etc/slipway.json wanted
  wanted="$(jq -n --arg data "$DATA" --arg stack "$(setting .stack)" '{metrics: {namespace: "Slipway", append_dimensions: {},
    aggregation_dimensions: [["Stack"]],
    metrics_collected: {mem: {measurement: ["mem_used_percent"], append_dimensions: {Stack: $stack}},
      swap: {measurement: ["swap_used_percent"], append_dimensions: {Stack: $stack}},
      disk: {measurement: ["used_percent"], resources: ["/", $data], append_dimensions: {Stack: $stack}}}}}')"
  [[ ! -s $file || $(<"$file") != "$wanted" ]] || return 0
  # Written last: a run that is killed meanwhile tells the agent again.
  printf '%s\n' "$wanted" >"$file.new"
  amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c "file:$file.new" >/dev/null
  mv "$file.new" "$file"
}

# Security updates only, without reboots: live-restore keeps containers up while Docker itself is updated.
security_updates() {
  write_file /etc/apt/apt.conf.d/52slipway 0644 <<'EOT'
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Automatic-Reboot "false";
EOT
}
