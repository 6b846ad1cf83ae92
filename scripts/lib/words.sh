# shellcheck shell=bash
# What a command line is refused for before any option of it is read. common.sh sources this, and so do the scripts that
# install what it needs.

# empty_words WORD...: a line for each that is empty: most often a variable that has no value, which would pass for a word
# left out.
empty_words() {
  local word before=${0##*/}
  for word; do
    [[ -n $word ]] || printf 'the word after "%s" is empty; give it a value, or leave it out\n' "$before"
    before=$word
  done
}

# misused TEXT: ends a script whose command line can't be followed.
misused() {
  local name=${0##*/}
  printf '%s: %s\nSee ./slipway %s --help\n' "$name" "$*" "${name%.sh}" >&2
  exit 2
}
