# shellcheck shell=bash
# Values of secrets in memory, for as long as a verb runs: the next one asks again, since a secret may have been changed.
#
# The runtime says where they come from: value_fetch NAME leaves $VALUES/NAME (the text) and $VALUES/NAME.version, and
# returns 1 where there is none yet; value_put_once NAME makes $VALUES/NAME.new its first value, or takes that of another
# host which was faster.

VALUES="$RUNTIME_DIR/values-$$"

values_forget() { rm -rf "$VALUES"; }
at_end values_forget

# values_of_the_killed: what a verb that could not end has left.
values_of_the_killed() {
  local dir
  for dir in "$RUNTIME_DIR"/values-*; do
    [[ ! -d $dir || -d /proc/${dir##*-} ]] || rm -rf "$dir"
  done
}

# values_versions NAME...: {name: version}.
values_versions() {
  local name
  for name; do
    value_fetch "$name" || die "the secret $name has no value" >&2
    jq -nc --arg key "$name" --arg value "$(<"$VALUES/$name.version")" '{key: $key, value: $value}'
  done | jq -sc from_entries
}
