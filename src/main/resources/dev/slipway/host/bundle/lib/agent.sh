# shellcheck shell=bash
# The SSM agent. Documents hand their parameters over as environment variables (interpolationType ENV_VAR),
# which agents before this version ignore.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html

# scripts/lib/agent-minimum.txt is a link to it, by which ./slipway ssm-run waits for the refresh.
AGENT_MINIMUM="$(<"$BUNDLE/lib/agent-minimum.txt")"

agent_is_snap() { command -v snap >/dev/null && snap list amazon-ssm-agent >/dev/null 2>&1; }

agent_version() {
  if agent_is_snap; then
    snap list amazon-ssm-agent | awk 'NR == 2 { print $2 }'
  elif command -v amazon-ssm-agent >/dev/null; then
    amazon-ssm-agent -version 2>/dev/null | tr -dc '0-9.\n' | head -n 1
  fi
}

# Only while user data runs: a refresh restarts the agent, and with it whatever the agent runs.
agent_refresh() {
  agent_is_snap || return 0
  snap refresh amazon-ssm-agent 2>&1 || warn "could not refresh the SSM agent"
}

agent_hold() {
  agent_is_snap || return 0
  snap refresh --hold amazon-ssm-agent >/dev/null 2>&1 || warn "could not hold the SSM agent's version"
}

# version_at_least VERSION MINIMUM: part by part, as numbers. What is no version is older than any.
version_at_least() {
  local have need index
  [[ $1 =~ ^[0-9]+([.][0-9]+)*$ ]] || return 1
  IFS=. read -r -a have <<<"$1"
  IFS=. read -r -a need <<<"$2"
  for index in "${!need[@]}"; do
    if ((10#${have[index]:-0} != 10#${need[index]})); then
      ((10#${have[index]:-0} > 10#${need[index]}))
      return
    fi
  done
}

agent_check() {
  local version
  version="$(agent_version)"
  if [[ -z $version ]]; then
    warn "no SSM agent was found on this machine: Run Command and Session Manager won't reach it"
  elif ! version_at_least "$version" "$AGENT_MINIMUM"; then
    warn "the SSM agent $version is older than $AGENT_MINIMUM, which documents need; refresh it from a session: snap refresh amazon-ssm-agent"
  fi
}
