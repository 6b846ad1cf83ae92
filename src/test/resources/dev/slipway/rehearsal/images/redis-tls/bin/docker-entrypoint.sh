#!/bin/sh
# Becomes the server, with the options that it is given (the replication group's parameters).
#   TLS_DIRECTORY   has server.crt and server.key; default /tls
# Nobody gets in at first but redis-admin: users are made with that.
set -eu

tls=${TLS_DIRECTORY:-/tls}
run=/run/redis

case ${1:-} in
  -*) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ]; then
  shift
  if ! [ -r "$tls/server.crt" ] || ! [ -r "$tls/server.key" ]; then
    echo "[entrypoint] ERROR: $tls has no server.crt and server.key: mount them there" >&2
    exit 1
  fi
  umask 077
  install -d -o redis -g redis -m 0700 "$run"
  install -o redis -g redis -m 0600 "$tls/server.crt" "$tls/server.key" "$run"
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$run/admin"
  cat >"$run/redis.conf" <<CONFIGURATION
port 0
tls-port 6379
tls-cert-file $run/server.crt
tls-key-file $run/server.key
tls-auth-clients no
tls-protocols "TLSv1.2 TLSv1.3"
unixsocket $run/admin.sock
dir /data
user default off
user rehearsal-admin on >$(cat "$run/admin") ~* &* +@all
CONFIGURATION
  chown redis:redis "$run/redis.conf" /data
  set -- setpriv --reuid=redis --regid=redis --init-groups redis-server "$run/redis.conf" "$@"
fi
exec "$@"
