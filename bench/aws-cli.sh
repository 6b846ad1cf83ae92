#!/usr/bin/env bash
# Measures what the AWS CLI that rehearsals keep loaded saves.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: bench/aws-cli.sh [COUNT]

Times `aws sts get-caller-identity` COUNT times (default 20) after one that warms up: by the CLI as it is installed, and by
the one that a rehearsal keeps loaded. It asks an address where nothing listens, so that no server's time is in it.
USAGE
}

take_number count COUNT 20 "$@"

make_scratch
"$root/scripts/tools.sh" python >&2
readonly programs=$root/src/test/resources/dev/slipway/rehearsal/images/machine/root/usr/local/lib/aws-cli
readonly python=$home/tools/venv/bin/python cli=$home/tools/bin/aws
export AWS_ACCESS_KEY_ID=nobody AWS_SECRET_ACCESS_KEY=nothing AWS_MAX_ATTEMPTS=1

"$python" -X utf8 "$programs/server.py" "$scratch/aws.sock" >"$scratch/server" 2>&1 &
server=$!
trap 'kill "$server"; wait "$server" || true; rm -rf "$scratch"' EXIT
until [[ -S $scratch/aws.sock ]]; do
  kill -0 "$server" 2>/dev/null || die "the CLI could not be loaded: $(<"$scratch/server")"
  pause 0.2
done

# refused COMMAND...: a call that ends with nobody answering, and with nothing else.
refused() {
  ! "$@" sts get-caller-identity --region us-east-1 --endpoint-url http://127.0.0.1:1 2>"$scratch/said" &&
    grep -q 'Could not connect' "$scratch/said"
}
row() {
  local name=$1 least median greatest
  shift
  read -r least median greatest < <(measure "$count" refused "$@" | spread)
  printf '%-20s %6d %6d %8d\n' "$name" "$least" "$median" "$greatest"
}

printf 'a call of the AWS CLI in milliseconds, %d each (%s)\n\n' "$count" "$(machine_text)"
printf '%-20s %6s %6s %8s\n' '' least median greatest
row 'as installed' "$cli"
# With /bin/false in the place of the real one it can't fall back to it.
row 'kept loaded' "$python" -ISE "$programs/client.py" "$scratch/aws.sock" /bin/false
