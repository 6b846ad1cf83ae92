#!/bin/sh
# Becomes the server, as a user of its own; other commands run as they are.
set -eu

case ${1:-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ]; then
  shift
  [ "$(id -u)" != 0 ] || chown -R redis:redis .
  case ${1:-} in
    *.conf)
      conf=$1
      shift
      ;;
    *) conf=- ;;
  esac
  # The official image is built without protected mode, and so is reached by other containers.
  if [ "$conf" = - ]; then
    set -- redis-server --protected-mode no "$@"
  else
    set -- redis-server "$conf" --protected-mode no "$@"
  fi
  [ "$(id -u)" != 0 ] || set -- setpriv --reuid=redis --regid=redis --init-groups "$@"
fi
exec "$@"
