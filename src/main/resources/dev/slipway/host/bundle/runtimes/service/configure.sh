# shellcheck shell=bash
# What this runtime needs of a configured host.

# shellcheck source=/dev/null
source "$BUNDLE/lib/authorities.sh"
# shellcheck source=/dev/null
source "$BUNDLE/runtimes/service/paths.sh"

runtime_packages() {
  cat <<'LIST'
caddy command -v caddy
python3-venv python3 -c 'import ensurepip'
LIST
}

runtime_configure() {
  service_users
  install -d -m 0755 "$SERVICE" "$TREES"
  install -d -m 0755 -o "$BUILD_USER" -g "$BUILD_USER" "$SERVICE/build"
  # Ubuntu's own unit of Caddy would take port 80.
  systemctl mask --quiet --now caddy.service
  uv_install
  service_units
  if [[ -n $(environment .databaseHost) ]]; then authorities "$SERVICE"; fi
  outside_authorities
}

# Whom outside APIs are believed by, where the settings name somebody beside those that this machine believes.
outside_authorities() {
  local given
  given="$(setting .trustedCa)"
  if [[ -n $given ]]; then
    { cat /etc/ssl/certs/ca-certificates.crt && printf '%s\n' "$given"; } | write_file "$OUTSIDE_AUTHORITIES" 0644
  else
    rm -f "$OUTSIDE_AUTHORITIES"
  fi
}

# Each has a user of its own: what serves, what builds, what listens.
service_users() {
  local user
  for user in "$SERVICE_USER" "$BUILD_USER" "$PROXY_USER"; do
    getent passwd "$user" >/dev/null || useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
  done
}

# uv, a wheel whose hash is in uv.txt, into an environment of its own. From another index it is the same.
uv_install() {
  local version dir index arguments=()
  version="$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' "$BUNDLE/runtimes/service/uv.txt")"
  dir="$SERVICE/uv-$version"
  [[ ! -x $dir/bin/uv ]] || return 0
  detail "installing uv $version"
  index="$(setting .service.index)"
  [[ -z $index ]] || arguments+=(--index-url "$index")
  # What it serves is judged by the hash.
  if [[ $index == http://* ]]; then arguments+=(--trusted-host "$(sed -E 's|^http://([^/@]*@)?([^/:]+).*|\2|' <<<"$index")"); fi
  rm -rf "${SERVICE:?}"/uv-*
  (
    umask 022
    /usr/bin/python3 -m venv "$dir.part"
    "$dir.part/bin/pip" install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: --require-hashes "${arguments[@]}" \
      --requirement "$BUNDLE/runtimes/service/uv.txt"
  )
  mv -T "$dir.part" "$dir"
  "$dir/bin/uv" --version >/dev/null
}

service_units() {
  local unit
  for unit in "$BUNDLE"/runtimes/service/units/*; do
    write_file "$UNITS/${unit##*/}" 0644 <"$unit"
  done
  systemctl daemon-reload
  systemctl enable --quiet --now slipway-credentials.socket
  systemctl enable --quiet slipway-journal.service
  # What it runs may have changed.
  systemctl restart slipway-journal.service
}
