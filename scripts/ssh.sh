#!/usr/bin/env bash
# Opens a shell on a stack's host: a Session Manager session, which needs no port and no key.
# Task: Repair
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway ssh STACK [--instance ID] [--session] [--region REGION]

No SSH by default: port 22 is closed, and the shell is a session of Systems Manager, which AWS logs. Where the stack file
opens port 22 to some networks (host.sshFrom or hosts.sshFrom), it is plain ssh from there: with a key that is made for
this one login, that EC2 Instance Connect takes to the host for 60 seconds, and that is gone when the shell ends.

  --instance ID     which of several hosts
  --session         a session, although port 22 is open
  --region REGION   instead of the stack file's

A session needs the AWS CLI's Session Manager plugin. docs/identities.md says which rights people need.
USAGE
}

instance='' by_session=''
own_option() {
  case $1 in
    --instance)
      value_of "$1" $#
      instance=$2 taken=2
      check_instance "$instance"
      ;;
    --session) by_session=yes ;;
    *) return 1 ;;
  esac
}

parse "$@"
stack_alone
no_run_options
no_problems
need_hosts
need_aws
make_scratch
pick_host "$instance"

from=$(stack_query "$file" '[(setting("slipway:host"), setting("slipway:hosts")) | objects | .sshFrom | arrays | .[]] | join(", ")')
if [[ -z $from || -n $by_session ]]; then
  session "$host"
  exit
fi

# --- plain ssh -----------------------------------------------------------------------------------------------------

for name in ssh ssh-keygen; do
  command -v "$name" >/dev/null || die "$name is missing: install OpenSSH's client, or give --session"
done
# Of Ubuntu's images.
readonly user=ubuntu

# find_address: sets address and zone of $host.
find_address() {
  local found
  patiently found ec2 describe-instances --region "$region" --instance-ids "$host" --output text \
    --query 'Reservations[].Instances[].[PublicIpAddress, PrivateIpAddress, Placement.AvailabilityZone]' ||
    die "$host can't be looked up: $error_text"
  local public private
  read -r public private zone <<<"$found"
  address=$public
  # It is reached from networks that are joined to its own.
  [[ -n $address && $address != None ]] || address=$private
}

# find_host_keys: sets strict, and writes what the host said of its keys at its first boot, on its console, where nobody
# but AWS stands between.
find_host_keys() {
  local console='' why='shows its keys no more'
  try_aws console ec2 get-console-output --region "$region" --latest --instance-id "$host" --output text --query Output || {
    console=''
    why="can't be read (${error_text//[$'\n\t']/ })"
  }
  sed -n '/BEGIN SSH HOST KEY KEYS/,/END SSH HOST KEY KEYS/p' <<<"$console" |
    { grep -oE '(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp256) AAAA[A-Za-z0-9+/=]+' || true; } |
    sed "s/^/$host /" >"$scratch/known"
  strict=yes
  if [[ ! -s $scratch/known ]]; then
    note "the console of $host $why: whether it is $address that answers can't be made sure of"
    strict=accept-new
  fi
}

find_address
find_host_keys
(umask 077 && ssh-keygen -q -t ed25519 -N '' -C "$(who)" -f "$scratch/key")
patiently sent ec2-instance-connect send-ssh-public-key --region "$region" --instance-id "$host" --availability-zone "$zone" \
  --instance-os-user "$user" --ssh-public-key "file://$scratch/key.pub" --output text --query Success ||
  die "EC2 Instance Connect doesn't take the key to $host: $error_text"
note "$user@$address ($host); port 22 is open to $from"
# Nothing of this machine's own, and nothing is kept here: keys, agents, configuration.
trap : INT
status=0
ssh -F none -i "$scratch/key" -o IdentitiesOnly=yes -o IdentityAgent=none -o "HostKeyAlias=$host" \
  -o "UserKnownHostsFile=\"$scratch/known\"" -o GlobalKnownHostsFile=/dev/null -o "StrictHostKeyChecking=$strict" \
  -o ConnectTimeout=15 -- "$user@$address" || status=$?
((status != 255)) || note "if nothing answered: are you in one of $from? --session needs no open port"
exit "$status"
