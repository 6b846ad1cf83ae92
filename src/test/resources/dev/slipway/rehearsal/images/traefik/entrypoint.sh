#!/bin/sh
# Options alone, or one of Traefik's own commands, are for Traefik; the rest runs as it is.
set -eu

case ${1:-} in
  '' | -*) set -- traefik "$@" ;;
  healthcheck | version) set -- traefik "$@" ;;
esac
exec "$@"
