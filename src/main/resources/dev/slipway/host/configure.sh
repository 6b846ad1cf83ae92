# shellcheck shell=bash
# What was written a moment ago may take a moment to be read everywhere.
slipway_fetch 120 "${SSM_bundle?the SSM agent on this host is older than 3.3.2746.0: reboot the host, which updates it}"
exec /opt/slipway/configure.sh
