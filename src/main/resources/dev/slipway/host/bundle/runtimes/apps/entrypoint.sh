#!/bin/sh
# Runs in an app's container, before its own program: what is secret comes by a file on tmpfs and is in the environment
# of that program alone.
set -eu
# shellcheck source=/dev/null
. /run/slipway/secrets
exec "$@"
