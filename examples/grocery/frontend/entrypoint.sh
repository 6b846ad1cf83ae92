#!/bin/sh
# Tells the page where it runs, then starts what follows: config.js says where the backend is, and CSP from where a browser
# may fetch what. One image fits every environment.
set -eu

# origin VARIABLE VALUE: prints it without slashes at its end, or ends the start. It goes into a script and into a header.
origin() {
  value=$2
  while [ "${value%/}" != "$value" ]; do value=${value%/}; done
  if [ -n "$value" ] && ! printf '%s\n' "$value" | grep -Eqx 'https?://(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?'; then
    echo "$1: \"$value\" is not an address such as https://shop.example.com, without a path" >&2
    exit 1
  fi
  case $value in
    *'
'*)
      echo "$1 has more than one line" >&2
      exit 1
      ;;
  esac
  printf '%s' "$value"
}

server=$(origin REACT_APP_BACKEND_SERVER "${REACT_APP_BACKEND_SERVER-}")
pictures=$(origin AVATARS_ORIGIN "${AVATARS_ORIGIN-}")
cdn=$(origin AVATARS_CDN_ORIGIN "${AVATARS_CDN_ORIGIN-}")
case $server in
  *'*'*)
    echo 'REACT_APP_BACKEND_SERVER: is one host, and has no *' >&2
    exit 1
    ;;
esac

printf 'globalThis.GROCERY = { server: "%s" };\n' "$server" >"${CONFIG_DIR:-/srv/config}/config.js"

fetch="'self'${server:+ $server}${pictures:+ $pictures}"
exec env "CSP=default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; script-src 'self'; style-src 'self'; img-src $fetch${cdn:+ $cdn}; connect-src $fetch" "$@"
