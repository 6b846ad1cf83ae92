#!/usr/bin/env bash
# The first boot's work, run by user data: make this machine a host, then bring up the desired release. What it says is in
# the journal too (journalctl -t slipway-bootstrap), and how it went is in status.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in agent steps; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done
help_if_asked "bootstrap.sh: configure.sh, then release.sh without a ref (the stack's desired release, else its seed)." "$@"

# bootstrap_state OUTCOME CAUSE: without jq, which may not be installed yet.
bootstrap_state() {
  python3 -c 'import json, sys; print(json.dumps(dict(zip(("outcome", "cause", "at"), sys.argv[1:]))))' "$1" "$2" "$(now)" |
    write_file "$BOOTSTRAP" 0644
}

bootstrap() {
  "$BUNDLE/configure.sh"
  SSM_actor=bootstrap "$BUNDLE/release.sh"
}

install -d -m 0700 "$RUNTIME_DIR"
bootstrap_state running ''
agent_refresh
set +e
(
  set -euo pipefail
  bootstrap
) 2>&1 | tee "$RUNTIME_DIR/bootstrap.log" >(logger -t slipway-bootstrap)
status=${PIPESTATUS[0]}
set -e
if ((status == 0)); then
  bootstrap_state ok ''
else
  bootstrap_state failed "$(last_words <"$RUNTIME_DIR/bootstrap.log")"
fi
exit "$status"
