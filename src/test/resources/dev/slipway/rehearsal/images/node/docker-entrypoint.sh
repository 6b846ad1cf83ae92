#!/bin/sh
# Options and files are for Node; other commands run as they are.
set -e

case ${1:-} in
  -*) set -- node "$@" ;;
  *) if ! command -v "${1:-}" >/dev/null || [ -f "$1" ] && ! [ -x "$1" ]; then set -- node "$@"; fi ;;
esac
exec "$@"
