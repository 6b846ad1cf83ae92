#!/usr/bin/env bash
# Runs dev/format.sh: the path that it had before.
exec "$(dirname "${BASH_SOURCE[0]}")/dev/format.sh" "$@"
