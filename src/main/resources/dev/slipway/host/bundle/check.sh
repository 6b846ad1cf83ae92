#!/usr/bin/env bash
# Asks from this host whether what the application needs is there: its database, its buckets, the outside APIs.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  # shellcheck source=/dev/null
  source "$BUNDLE/lib/$part.sh"
done

help_if_asked "check.sh [--json]: each of these passes or fails with its reason; what was found out is in status, too.
Environment: SSM_format (text or json). The JSON is one line, a list of {name, ok, reason}. Writes and deletes an object in
each bucket, and changes nothing else.
Exit codes: 0 all pass, 1 one fails, 11 this system has nothing to check." "$@"

FORMAT="${SSM_format:-text}"
[[ ${1-} != --json ]] || FORMAT=json

need_configured_host
# shellcheck source=/dev/null
source "$BUNDLE/lib/runtime.sh"
install -d -m 0700 "$RUNTIME_DIR"
checks="$(runtime_checks)"
[[ -n $checks && $checks != '[]' ]] || refuse "this system has nothing that could be checked"
jq -e 'type == "array" and all(.[]; .name and (.ok | type == "boolean"))' <<<"$checks" >/dev/null || die "the checks' answer is not one: $checks"
jq -c --arg at "$(now)" '{at: $at, checks: .}' <<<"$checks" | write_file "$STATUS/check.json" 0644
if [[ $FORMAT == json ]]; then
  jq -c . <<<"$checks"
else
  jq -r '.[] | "  \(if .ok then "ok    " else "FAILED" end)  \(.name)\(if (.reason // "") != "" then ": \(.reason)" else "" end)"' <<<"$checks"
fi
failed="$(jq -r '[.[] | select(.ok | not) | .name] | join(", ")' <<<"$checks")"
[[ -z $failed ]] || finish 1 failed "$failed"
finish 0 ok "$(jq length <<<"$checks") checks pass"
