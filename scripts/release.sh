#!/usr/bin/env bash
# Makes a release of a stack: brings its hosts to a branch, commit or image.
# Task: Change
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway release STACK REF [options]
       ./slipway release STACK --retry [--skip-patch NAME --because REASON] [options]

Backs up, switches to REF, migrates, and checks that the application works; when it doesn't, returns to the release
before, with its data if a migration ran. REF is a branch or commit of the application's repository, or, for a stack
without one, an image's tag or sha256: digest. The same release again only checks.

For a stack of several apps REF is APP@sha256:DIGEST or APP:TAG, several joined by commas, or one tag for all of them;
apps that are not named stay as they are. Migrations run once, and code goes back without its data. Several hosts are
released to one after another: when one fails, those before it go back too.

  --desired             in the place of REF: the stack's desired release again, which takes up secrets that were changed
  --retry               in the place of REF: the release that failed in its migration again, from the data that came back,
                        with the image that was fetched and, where nothing was written since, the backup that was made
  --skip-patch NAME     with --retry: the patch (app.patches.v1_0.name, as in patches.txt) is not run and counts as done.
                        The release's record, backups and status say so from then on
  --because REASON      with --skip-patch: why
  --source OWNER/REPO   refuses unless that is where the stack's file says that the application comes from
  --upgrade-database    allows a newer version of the database server, which can't be taken back by a rollback
  --empty-site NAME     makes this site, empty, although there are backups of it: its volume is lost, and restore
                        follows. It may be given several times
USAGE
  common_options_help
  cat <<'USAGE'

One release at a time: of several hosts a lock is held until it ends, so that two don't take each other's hosts back.
A host that joins meanwhile is brought to the release as well. Where one is lost sight of, the others stay as they are.

Exit status: 0 released; 10 another release is under way; 11 refused, nothing changed; 20 failed, the release before
serves again; 21 failed, and so did the way back; 22 serves, and recording it was not finished; 30 nothing was begun;
31, 32, 130 it is not known how it ends, and nothing else was changed: look with ./slipway status, and run it again.
docs/exit-statuses.md has all of them.
USAGE
}

upgrade=false source='' desired='' retry='' skip='' because='' empty=''
own_option() {
  case $1 in
    --upgrade-database) upgrade=true ;;
    --desired) desired=yes ;;
    --empty-site)
      value_of "$1" $#
      [[ $2 =~ ^[a-z0-9.-]{1,253}$ ]] || problem "--empty-site: \"$2\" is not a site's name"
      empty+=${empty:+,}$2 taken=2
      ;;
    --retry) retry=yes ;;
    --skip-patch)
      value_of "$1" $#
      skip=$2 taken=2
      [[ -n $skip ]] || problem '--skip-patch: a patch is needed, as patches.txt names it'
      ;;
    --because)
      value_of "$1" $#
      because=$2 taken=2
      [[ -n $because ]] || problem '--because: a reason is needed'
      ;;
    --source)
      value_of "$1" $#
      source=$2 taken=2
      ;;
    *) return 1 ;;
  esac
}

parse "$@"
if [[ -n $retry ]]; then
  [[ -z $desired ]] || problem '--desired and --retry exclude each other'
  ((${#words[@]} < 2)) || problem "REF: \"${words[1]}\" and --retry exclude each other: what failed is tried again"
elif [[ -n $desired ]]; then
  ((${#words[@]} < 2)) || problem "REF: \"${words[1]}\" and --desired exclude each other"
else
  ((${#words[@]} == 2)) || problem "STACK and REF are needed, ${#words[@]} words were given"
fi
[[ -z ${words[1]:-} ]] || check_ref REF "${words[1]}"
if [[ -n $source && -e ${file:-} ]]; then
  # A commit of another repository would not be found there, or, with bad luck, be another's.
  [[ $source =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || problem "--source: \"$source\" is not OWNER/REPO"
  grep -qiE "repository:[^#]*[/:]${source//./\\.}(\.git)?[\"'[:space:],}]*(#.*)?\$" "$file" ||
    problem "$file does not say that its application comes from $source"
fi
[[ -n $retry || -z $skip$because ]] || problem '--skip-patch and --because go with --retry'
[[ -z $skip || ${#skip} -le 200 && $skip =~ ^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+$ ]] ||
  problem "--skip-patch: \"$skip\" is not a patch's name, which is a module: app.patches.v1_0.rename_field"
[[ -z $skip || $because =~ [A-Za-z0-9] ]] || problem '--because: why the patch is skipped is needed; it is kept'
[[ -z $because || -n $skip ]] || problem '--because is the reason of --skip-patch, which is missing'
[[ $because =~ ^[A-Za-z0-9\ ._,:/@#()+=-]{0,300}$ ]] ||
  problem "--because: letters, digits, spaces and ._,:/@#()+=- are taken, 300 of them at most"
[[ -z $retry || ! -e ${file:-} ]] || ! is_fleet ||
  problem '--retry: the data of this system does not go back with its code: release REF again, once its migration can end'
no_problems

ref=${words[1]:-}
retrying=()
[[ -z $retry ]] || retrying=(retry=true "skipPatch=$skip" "because=$because")
is_fleet || run_verb release "ref=$ref" "actor=$(who)" "run=$(run_url)" "upgradeDatabase=$upgrade" "emptySites=$empty" "${retrying[@]}"

# release_host HOST PART
release_host() {
  local host=$1 part=$2 before
  run_on "$host" release "ref=${target:-$ref}" "part=$part" "actor=$(who)" "run=$(run_url)"
  ((run_status == 0)) || return 0
  # What was there before is what is gone back to; and what the first made of REF is what the others get: a tag may move.
  before=${host_status[$host]:-}
  ask_host "$host"
  if [[ -z $asked ]]; then
    # It was the only one, and is done.
    [[ $part != whole ]] || return 0
    host_status[$host]=$before
    host_left[$host]='was released to, and does not say what it serves now'
    lost_sight 32 "$host, which was released to and doesn't say what it serves now," "${switched[@]}"
  fi
  if [[ $(jq -r '.release.id // empty' <<<"${before:-null}") != "$(told_by "$host" .release.id)" ]]; then
    switched+=("$host")
  elif jq -e '.desired.ref | . != null and . != $ref' --arg ref "$(told_by "$host" .release.ref)" <<<"${before:-null}" >/dev/null; then
    earlier+=("$host")
  fi
  [[ -z $ref ]] || target=$(told_by "$host" .release.ref)
  host_status[$host]=$before
}

# check_desired: without a ref each host would go to what is desired, and away from what one of them has only to finish.
check_desired() {
  local host left
  [[ -z $ref ]] || return 0
  for host in "${fleet[@]}"; do
    left=$(told_by "$host" '.inProgress | select(.phase == "record") | .ref') || return
    if [[ -n $left && $left != "$(told_by "$host" .desired.ref)" ]]; then
      note "refused: $host serves $left, which is not the desired release and was not finished; nothing was begun." \
        "Run ./slipway release $stack $left first: it finishes it, on all hosts"
      exit 11
    fi
  done
}

hold_fleet "release.sh $stack ${ref:---desired}" 0
find_hosts
check_desired
target=''
each_host release_host
