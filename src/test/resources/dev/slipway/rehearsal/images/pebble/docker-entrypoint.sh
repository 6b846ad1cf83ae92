#!/bin/sh
# Signs a certificate for the endpoint itself with an authority made here (/certs/ca.pem, which clients must trust),
# writes the configuration and becomes Pebble. Its own root is new at every start: https://…:15000/roots/0.
set -eu

mkdir -p /certs
cd /certs
if [ ! -s ca.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=Rehearsal ACME endpoint' \
    -keyout ca.key -out ca.new 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$PEBBLE_NAME" \
    -keyout endpoint.key -out endpoint.csr 2>/dev/null
  printf 'subjectAltName=DNS:%s,DNS:pebble,DNS:localhost,IP:127.0.0.1\n' "$PEBBLE_NAME" |
    openssl x509 -req -in endpoint.csr -CA ca.new -CAkey ca.key -CAcreateserial -days 30 -extfile /dev/stdin \
      -out endpoint.pem 2>/dev/null
  mv ca.new ca.pem
fi
cat >pebble.json <<JSON
{
  "pebble": {
    "listenAddress": "0.0.0.0:14000",
    "managementListenAddress": "0.0.0.0:15000",
    "certificate": "/certs/endpoint.pem",
    "privateKey": "/certs/endpoint.key",
    "httpPort": 80,
    "tlsPort": 443,
    "ocspResponderURL": "",
    "externalAccountBindingRequired": false,
    "profiles": {
      "default": { "description": "The only one", "validityPeriod": $PEBBLE_CERTIFICATE_SECONDS }
    }
  }
}
JSON
exec pebble -config /certs/pebble.json "$@"
