# shellcheck shell=bash
# What was written a moment ago may take a moment to be read everywhere.
slipway_fetch 120 "${SSM_bundle?the SSM agent on this host is older than $SLIPWAY_AGENT_MINIMUM: run snap refresh amazon-ssm-agent on it}"
exec /opt/slipway/configure.sh
