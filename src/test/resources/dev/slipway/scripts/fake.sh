#!/usr/bin/env bash
# Stands in for a program in the tests of scripts/: notes how it was called, and does what the test says. A call that
# the test says nothing about fails.
set -euo pipefail
program=${0##*/}
{
  printf '%s' "$program"
  printf ' %q' "$@"
  printf '\n'
} >>"$FAKES/calls"

# The longest answer wins that the call's first words name: `aws ecr put-image …` is answers/aws-ecr-put-image.
name='' longer=$program
for word in "$@" ''; do
  [[ ! -e $FAKES/answers/$longer ]] || name=$longer
  longer+=-$word
done
if [[ -z $name ]]; then
  printf '%s: the test says nothing of this call: %s\n' "$program" "$*" >&2
  exit 97
fi
# shellcheck source=/dev/null
source "$FAKES/answers/$name"
