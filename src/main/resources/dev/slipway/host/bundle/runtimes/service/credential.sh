#!/usr/bin/env bash
# Answers systemd, which asks for one credential of a unit when it starts it: the value, and nothing else. Run for each
# question, with the connection as standard input and output.
exec 3>&1 1>&2
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../lib/common.sh"
for part in records secrets values database; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done
for part in paths secrets database; do
  # shellcheck source=/dev/null
  source "$BUNDLE/runtimes/service/$part.sh"
done
help_if_asked "credential.sh: run by slipway-credentials@.service; standard input is a connection of systemd's." "$@"

need_configured_host
# The address of who asks says for what: https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html
asked="$(python3 "$BUNDLE/runtimes/service/peer.py")"
read -r unit variable <<<"$asked"
[[ $unit =~ ^slipway-(service|migration)@([A-Za-z0-9-]+)\.service$ ]] || refuse "credentials are for the service alone, and '$asked' asks"
case "${BASH_REMATCH[1]}" in
  service) release="$(readlink -f "$SERVICE/${BASH_REMATCH[2]}")" ;;
  migration) release="$RELEASES/${BASH_REMATCH[2]}" ;;
esac
[[ -s $release/spec.json ]] || die "the release of $unit does not say what it is made of"
install -d -m 0700 "$VALUES"
credential_value "$release" "$variable" >"$VALUES/.answer"
cat "$VALUES/.answer" >&3
