#!/usr/bin/env bash
# Takes what the service's units say to the stack's log group, from where it was the last time: the journal's cursor is
# kept on disk, and moves when CloudWatch has taken the lines. So nothing is lost while AWS is away, and what is sent twice
# is at most the last batch before this was killed.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../lib/common.sh"
# shellcheck source=/dev/null
source "$BUNDLE/lib/steps.sh"
help_if_asked "journal.sh: run by slipway-journal.service. With --once it sends what is there and ends." "$@"

CURSOR="${STATE_DIRECTORY:-/var/lib/slipway-journal}/cursor"
WORK="$RUNTIME_DIR/journal"
# What one call takes: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
BATCH_LINES=2000 BATCH_BYTES=900000

# What is taken: what these say, and what systemd says of the service.
MATCHES=(SYSLOG_IDENTIFIER=slipway-{blue,green,migration,proxy,credentials,bootstrap} + UNIT=slipway-{service@blue,service@green,proxy}.service
  + _SYSTEMD_UNIT=slipway-boot.service)

# journal_read: the next lines, the oldest first.
journal_read() {
  local from=(--since '-1 day')
  if [[ -s $CURSOR ]]; then from=(--after-cursor "$(<"$CURSOR")"); fi
  # Where there are more head ends first.
  journalctl --quiet --all --output json --output-fields MESSAGE,SYSLOG_IDENTIFIER "${from[@]}" "${MATCHES[@]}" 2>"$WORK/why" | { head -n "$BATCH_LINES" || true; }
}

# journal_batch GROUP STREAM: of these lines, as many as one call takes: {request, cursor, more}. A line of another than the
# service itself says whose it is.
journal_batch() {
  # shellcheck disable=SC2016
  jq -Rsc --arg group "$1" --arg stream "$2" --argjson most "$BATCH_BYTES" --argjson lines "$BATCH_LINES" '
    [split("\n")[] | select(. != "") | fromjson? | {cursor: .__CURSOR, timestamp: (.__REALTIME_TIMESTAMP | tonumber / 1000 | floor),
      message: ((.MESSAGE // "" | if type == "array" then implode else tostring end) as $text | (.SYSLOG_IDENTIFIER // "") as $by
        | if $by | IN("slipway-blue", "slipway-green") then $text else "\($by | ltrimstr("slipway-")): \($text)" end | .[0:200000] | if . == "" then " " else . end)}] as $all
    | [foreach $all[] as $line (0; . + ($line.message | utf8bytelength) + 26; {size: ., line: $line})
       | select(.size <= $most or .line == $all[0]) | .line] as $fit
    # A call takes what was said within a day.
    | [$fit[] | select(.timestamp < $fit[0].timestamp + 86400000)] as $take
    | {request: {logGroupName: $group, logStreamName: $stream, logEvents: [$take[] | {timestamp, message}] | sort_by(.timestamp)},
       cursor: ($take[-1].cursor // ""), more: (($all | length) == $lines or ($take | length) < ($all | length))}'
}

# journal_send GROUP STREAM: one batch; prints whether there is more.
journal_send() {
  local cursor answer
  # One that was cut off by head ended by a signal.
  set +o pipefail
  journal_read >"$WORK/lines"
  set -o pipefail
  [[ ! -s $WORK/why ]] || die "the journal cannot be read: $(last_words <"$WORK/why")" >&2
  journal_batch "$1" "$2" <"$WORK/lines" >"$WORK/batch"
  cursor="$(jq -r .cursor "$WORK/batch")"
  if [[ -n $cursor ]]; then
    jq -c .request "$WORK/batch" >"$WORK/request"
    answer="$(aws logs put-log-events --cli-input-json "file://$WORK/request" 2>&1 >/dev/null)" || {
      # The first line of a stream makes it.
      [[ $answer == *ResourceNotFoundException* ]] || die "CloudWatch does not take the journal's lines: $(tr -s '\n' ' ' <<<"$answer")" >&2
      aws logs create-log-stream --log-group-name "$1" --log-stream-name "$2"
      aws logs put-log-events --cli-input-json "file://$WORK/request" >/dev/null
    }
    write_file "$CURSOR" 0600 <<<"$cursor"
  fi
  rm -f "$WORK/lines" "$WORK/request"
  jq -r .more "$WORK/batch"
}

need_configured_host
install -d -m 0700 "$WORK" "${CURSOR%/*}"
# The host's own link logGroup is where verbs print to.
GROUP="$(setting .parameters.prefix)/service"
STREAM="$(uname -n)/service"
while true; do
  more="$(journal_send "$GROUP" "$STREAM")"
  if [[ $more == true ]]; then continue; fi
  [[ ${1-} != --once ]] || exit 0
  sleep 5
done
