#!/usr/bin/env bash
# Runs dev/lint.sh: the path that it had before.
exec "$(dirname "${BASH_SOURCE[0]}")/dev/lint.sh" "$@"
