#!/usr/bin/env bash
# Writes nginx's configuration from its template and the environment, and becomes nginx.
set -euo pipefail

export BACKEND=${BACKEND:-127.0.0.1:8000} SOCKETIO=${SOCKETIO:-127.0.0.1:9000}
export FRAPPE_SITE_NAME_HEADER=${FRAPPE_SITE_NAME_HEADER:-\$host}
export UPSTREAM_REAL_IP_ADDRESS=${UPSTREAM_REAL_IP_ADDRESS:-127.0.0.1}
export UPSTREAM_REAL_IP_HEADER=${UPSTREAM_REAL_IP_HEADER:-X-Forwarded-For}
export UPSTREAM_REAL_IP_RECURSIVE=${UPSTREAM_REAL_IP_RECURSIVE:-off}
export PROXY_READ_TIMEOUT=${PROXY_READ_TIMEOUT:-120} CLIENT_MAX_BODY_SIZE=${CLIENT_MAX_BODY_SIZE:-50m}

# Only these: nginx has variables of its own.
# shellcheck disable=SC2016
envsubst '$BACKEND $SOCKETIO $FRAPPE_SITE_NAME_HEADER $UPSTREAM_REAL_IP_ADDRESS $UPSTREAM_REAL_IP_HEADER
  $UPSTREAM_REAL_IP_RECURSIVE $PROXY_READ_TIMEOUT $CLIENT_MAX_BODY_SIZE' \
  </templates/nginx/frappe.conf.template >/etc/nginx/conf.d/frappe.conf
exec nginx -g 'daemon off;'
