#!/usr/bin/env bash
# Sends a notice to Slack and by e-mail, where they are set up.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ci/notify.sh --about TEXT --outcome WORD [FILE]

Says what came of something: "WORD: TEXT", the workflow run's address, and the beginning of FILE, which is Markdown.

  --about TEXT    what it is about, for example "staging"
  --outcome WORD  success, failure, cancelled or drift

It goes where these variables say, and nowhere when there are none:

  SLACK_WEBHOOK_URL          an incoming webhook
  RESEND_API_KEY             a key of resend.com, with NOTIFY_FROM and NOTIFY_TO (addresses, separated by commas)

Exit status: 0 sent, or nothing is set up; 1 one of them took it not.
USAGE
}

about='' outcome='' text_file=''
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --about | --outcome)
      value_of "$1" $#
      if [[ $1 == --about ]]; then about=$2; else outcome=$2; fi
      shift
      ;;
    -*) problem "\"$1\" is not an option" ;;
    *)
      [[ -z $text_file ]] || problem "\"$1\": one FILE is all that it takes; \"$text_file\" came first"
      text_file=$1
      ;;
  esac
  shift
done
[[ -n $about ]] || problem '--about is missing'
[[ -z $about || ${#about} -le 200 && $about != *$'\n'* ]] || problem '--about: one line of up to 200 characters'
case $outcome in
  success | failure | cancelled | drift) ;;
  '') problem '--outcome is missing' ;;
  *) problem "--outcome: \"$outcome\" is not success, failure, cancelled or drift" ;;
esac
if [[ -n ${RESEND_API_KEY:-} && (-z ${NOTIFY_FROM:-} || -z ${NOTIFY_TO:-}) ]]; then
  problem 'RESEND_API_KEY is there, but NOTIFY_FROM or NOTIFY_TO (variables of the repository) is not'
fi
for name in SLACK_WEBHOOK_URL RESEND_API_KEY; do
  # They go into a file that curl reads, in quotes.
  [[ ! ${!name:-} =~ [[:space:]\"\\] ]] || problem "$name: has a space, a quote or a backslash in it"
done
no_problems
if [[ -z ${SLACK_WEBHOOK_URL:-}${RESEND_API_KEY:-} ]]; then
  say 'nobody is to be told: neither SLACK_WEBHOOK_URL nor RESEND_API_KEY is set'
  exit
fi
need_jq
command -v curl >/dev/null || die 'curl is missing'
make_scratch

subject="$about: $outcome"
{
  [[ -z $text_file || ! -r $text_file ]] || head -c 3000 "$text_file"
  printf '\n%s\n' "$(run_url)"
} >"$scratch/text"

# send WHAT CONFIGURATION: the secret is in what curl reads from its standard input, and in no argument.
send() {
  local answer
  if answer=$(printf '%s' "$2" | curl --config - --silent --show-error --fail --max-time 30 --retry 2 \
    --header 'Content-Type: application/json' --data "@$scratch/payload" --output /dev/null 2>&1); then
    say "told $1"
    return
  fi
  # curl may name the address, which is a secret with Slack.
  answer=${answer//${SLACK_WEBHOOK_URL:-$'\001'}/the webhook}
  note "$1 did not take it: $answer"
  return 1
}

failed=0
if [[ -n ${SLACK_WEBHOOK_URL:-} ]]; then
  # Slack's three special characters: nobody is called, and no link is disguised, by what a summary says.
  jq -n --arg subject "$subject" --rawfile text "$scratch/text" '
    def plain: gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
    {text: "*\($subject | plain)*\n\($text | plain)"}' >"$scratch/payload"
  send Slack "url = \"$SLACK_WEBHOOK_URL\"" || failed=1
fi
if [[ -n ${RESEND_API_KEY:-} ]]; then
  jq -n --arg subject "$subject" --rawfile text "$scratch/text" --arg from "$NOTIFY_FROM" --arg to "$NOTIFY_TO" \
    '{from: $from, to: ($to | split(",") | map(gsub("^ +| +$"; ""))), subject: $subject, text: $text}' >"$scratch/payload"
  send "$NOTIFY_TO" "url = \"${RESEND_ENDPOINT:-https://api.resend.com}/emails\"
header = \"Authorization: Bearer $RESEND_API_KEY\"" || failed=1
fi
((failed == 0))
