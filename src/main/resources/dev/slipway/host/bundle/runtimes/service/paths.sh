# shellcheck shell=bash
# Where things of this runtime are. Tests put other folders in their place.
# shellcheck disable=SC2034 # the other parts read them

SERVICE="$DATA/service"
# The code at a commit with its environment, a folder each.
TREES="$SERVICE/releases"
# A link to the socket of the color that serves: whom Caddy asks.
LIVE="$SERVICE/live"
UNITS=/etc/systemd/system
# The same, until the next boot.
RUNTIME_UNITS=/run/systemd/system
# Sockets of the colors, which go with their units.
SOCKETS=/run
# Whom the database is believed by, and whom outside APIs are, where the settings name somebody beside the usual ones.
AUTHORITIES="$SERVICE/authorities.pem"
OUTSIDE_AUTHORITIES="$SERVICE/outside-authorities.pem"
# Who serves, who builds environments, and who is asked by visitors.
SERVICE_USER=slipway-service BUILD_USER=slipway-build PROXY_USER=slipway-proxy
