#!/usr/bin/env bash
# The first boot's work, run by user data: make this machine a host, then bring up the desired release.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
source "$BUNDLE/lib/agent.sh"
help_if_asked "bootstrap.sh: configure.sh, then release.sh without a ref (the stack's desired release, else its seed)." "$@"

agent_refresh
"$BUNDLE/configure.sh"
SSM_actor=bootstrap exec "$BUNDLE/release.sh"
