#!/usr/bin/env bash
# Releases the newest commit of a stack's branch: a release, with its checks and its way back.
# Task: Change
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway deploy STACK [REF] [options]

The same as ./slipway release STACK REF, which says what happens and what else it can do. Without REF it is the branch of
the application's repository that the stack file names: application.branch, or, of a service, release.seed.

USAGE
  common_options_help
}

own_option() { return 1; }

parse "$@"
((${#words[@]} < 3)) || problem "\"${words[2]}\": STACK and REF are all that it takes"
ref=${words[1]:-}
if [[ -z $ref && -n $file ]]; then
  # The branch of an application without one is ApplicationSettings' default.
  # shellcheck disable=SC2016 # jq has variables of its own
  ref=$(stack_query "$file" '
    setting("slipway:application") as $application | setting("slipway:service") as $service
    | if ($application | type) == "object" and $application.repository then $application.branch // "develop"
      elif ($service | type) == "object" and $service.repository then setting("slipway:release") | objects | .seed
      else null end | strings')
  if [[ -z $ref ]]; then
    problem "REF: is missing, and $file names no branch of an application's repository"
  # What is named by a version or a commit has no newest.
  elif [[ $ref =~ ^v?[0-9]+\. || $ref =~ ^[0-9a-f]{7,40}$ ]]; then
    problem "REF: is missing, and $ref, which $file names, is a version or a commit and no branch"
  fi
fi
no_problems

exec "$root/scripts/release.sh" "$stack" "$ref" --region "$region" "${run_options[@]}"
