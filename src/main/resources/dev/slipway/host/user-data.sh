# shellcheck shell=bash
# A machine boots while the rest is still being made: half an hour is enough
# for a volume that comes late or a role that is slow to be known everywhere.
slipway_fetch 1800
exec /opt/slipway/bootstrap.sh
