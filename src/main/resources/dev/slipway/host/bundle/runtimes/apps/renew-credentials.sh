#!/usr/bin/env bash
# Renews the credentials of apps long before they end. Run by slipway-app-credentials.timer.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../lib/common.sh"
for part in steps aws; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done
# shellcheck source=/dev/null
source "$BUNDLE/runtimes/apps/credentials.sh"
help_if_asked "renew-credentials.sh: gives each app that has a role of its own fresh credentials. Takes no arguments." "$@"

need_configured_host
credentials_renew
finish 0 ok "renewed"
