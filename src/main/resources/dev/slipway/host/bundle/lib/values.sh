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
