#!/usr/bin/env bash
# Makes a release of a stack: brings its hosts to a branch, commit or image, or leaves them as they were.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/release.sh STACK REF [options]

Backs up, switches to REF, migrates, and checks that the application works; when it doesn't, returns to the release
before, with its data if a migration ran. REF is a branch or commit of the application's repository, or, for a stack
without one, an image's tag or sha256: digest. The same release again only checks.

  --source OWNER/REPO   refuses unless that is where the stack's file says that the application comes from
  --upgrade-database    allows a newer version of the database server, which can't be taken back by a rollback
USAGE
  common_options_help
  cat <<'USAGE'

Exit status: 0 released; 10 another release is under way; 11 refused, nothing changed; 20 failed, the release before
serves again; 21 failed, and so did the way back; 30, 31 see scripts/ssm-run.sh --help.
USAGE
}

upgrade=false source=''
own_option() {
  case $1 in
    --upgrade-database) upgrade=true ;;
    --source)
      value_of "$1" $#
      source=$2 taken=2
      ;;
    *) return 1 ;;
  esac
}

parse "$@"
((${#words[@]} == 2)) || problem "STACK and REF are needed, ${#words[@]} words were given"
[[ -z ${words[1]:-} || ${words[1]} =~ ^[A-Za-z0-9._/:@-]{1,200}$ ]] ||
  problem "REF: \"${words[1]}\" is not a branch, commit, tag or digest (letters, digits and ._/:@- only)"
if [[ -n $source && -e ${file:-} ]]; then
  # A commit of another repository would not be found there, or, with bad luck, be another's.
  [[ $source =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || problem "--source: \"$source\" is not OWNER/REPO"
  grep -qiE "repository:[^#]*[/:]${source//./\\.}(\.git)?[\"'[:space:],}]*(#.*)?\$" "$file" ||
    problem "$file does not say that its application comes from $source"
fi
no_problems

run_verb release "ref=${words[1]}" "actor=$(who)" "run=$(run_url)" "upgradeDatabase=$upgrade"
