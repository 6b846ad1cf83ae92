#!/usr/bin/env bash
# Before a color is stopped by hand (systemctl stop or restart): the other color takes over what it serves, so that no
# request is lost. Run by its unit, as root, while it still serves: hand-over.sh COLOR
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../lib/common.sh"
for part in journal steps secrets records values; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done
for part in paths colors; do
  # shellcheck source=/dev/null
  source "$BUNDLE/runtimes/service/$part.sh"
done
help_if_asked "hand-over.sh COLOR: run by slipway-service@COLOR.service before it is stopped." "$@"

color=$1
# One that has died serves nothing any more; on a machine that goes down nobody takes over; a release does its own work.
if [[ -z ${MAINPID-} || $(color_live) != "$color" || $(systemctl is-system-running) == stopping ]]; then exit 0; fi
if journal_exists; then
  warn "a release is under way, which decides who serves: nobody takes over from $color"
  exit 0
fi
other="$(other_color "$color")"
# shellcheck disable=SC2034 # colors.sh reads it
RELEASE_DIR="$RELEASES/$(color_release "$color")"
color_start "$other"
color_await "$other"
color_warm_up "$other"
live_set "$other"
systemctl enable --quiet "$(unit_of "$other")"
systemctl disable --quiet "$(unit_of "$color")"
until_true "$(setting .service.requestSeconds 30)" color_is_idle "$color" || true
say "$other serves in the place of $color"
