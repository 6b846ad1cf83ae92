#!/usr/bin/env bash
# Writes what a change does to a stack as a comment for its pull request, and refuses to lose data by it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/ci/preview.sh STACK --comment FILE [--base DIR] [--allow STACK/RESOURCE]...
                          [--offline | --engine-output FILE]

Runs `pulumi preview` and the plan, and writes Markdown into the comment's FILE: the engine's preview, then from the
plan what changes in cost, in rules and roles, and in the files of hosts, then the findings. Its first line is
<!-- slipway:preview:STACK -->, by which the comment is found again. Changes nothing on AWS, and takes no lock.

  --comment FILE          where the comment goes; it is written also when the preview fails
  --base DIR              what ./slipway plan STACK --out DIR wrote on the base branch, to compare the plan with
  --allow STACK/RESOURCE  this stateful resource may be deleted or replaced; may be given several times
  --offline               doesn't ask Pulumi: the plan alone, without credentials
  --engine-output FILE    takes what `pulumi preview --json` wrote into FILE, and doesn't run it
  --region REGION         where the stack's KMS key is, when the stack file doesn't say aws:region

Leaves with 3 when a stateful resource (what the plan's rule `unprotected` is about: disks, databases, buckets,
addresses, keys…) would be deleted or replaced and no --allow names it; in GitHub that is the pull request's label
allow-loss:STACK/RESOURCE. With 1 when the preview or the plan fails, with 2 when the command line is wrong.

Needs AWS credentials that may read, and PULUMI_BACKEND_URL or a `pulumi login`, unless Pulumi isn't asked.
USAGE
}

comment='' base='' offline='' recorded='' allowed=()
own_option() {
  case $1 in
    --comment)
      value_of "$1" $#
      comment=$2 taken=2
      ;;
    --base)
      value_of "$1" $#
      base=$2 taken=2
      ;;
    --allow)
      value_of "$1" $#
      # Whatever it says: a mistyped label is no reason for there being no comment, which points it out.
      allowed+=(--allow "$2")
      taken=2
      ;;
    --engine-output)
      value_of "$1" $#
      recorded=$2 taken=2
      [[ -f $recorded ]] || problem "--engine-output: there is no file $recorded"
      ;;
    --offline) offline=yes ;;
    *) return 1 ;;
  esac
}

parse "$@"
stack_alone
((${#run_options[@]} == 0)) || problem "${run_options[*]}: goes with a verb of the hosts"
[[ -n $comment ]] || problem '--comment FILE is missing'
[[ -z $comment || -d $(dirname "$comment") ]] || problem "--comment: there is no folder $(dirname "$comment")"
[[ -z $offline || -z $recorded ]] || problem '--offline and --engine-output: one of them'
no_problems

make_scratch

# failed TEXT FILE: the comment where not even the plan could be made. Backticks could end the block.
failed() {
  {
    printf '<!-- slipway:preview:%s -->\n**Preview of %s:** failed\n\n%s\n\n```\n' "$stack" "$stack" "$1"
    tail -n 60 "$2" | cut -c 1-500 | tr '`' "'"
    printf '```\n'
  } >"$comment"
  tail -n 60 "$2" >&2
  die "$1"
}

"$root/scripts/dev/build.sh" --cds >"$scratch/build" 2>&1 || failed 'The program cannot be built.' "$scratch/build"

# ask: what Pulumi prints into $scratch/engine, and what it says beside that into $scratch/errors.
ask() {
  # A stack without a secrets provider of its own is one that can't be previewed; the plan can be made all the same.
  need_secrets_provider
  if ((${#problems[@]})); then
    printf '%s\n' "${problems[@]}" >&2
    return 1
  fi
  need_aws
  need_backend
  need_account
  need_state
  ! tell_holders || note 'what this shows may be out of date when that update is done'
  "$root/scripts/tools.sh" pulumi pulumi-language-java >"$scratch/tools" 2>&1 || {
    tail -n 20 "$scratch/tools" >&2
    return 1
  }
  need_pulumi 2>/dev/null
  make_project
  # The other form is one event a line.
  unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW
  engine preview --json --non-interactive --color never >"$scratch/engine"
}

options=()
if [[ -z $offline ]]; then
  status=0
  if [[ -n $recorded ]]; then
    cp "$recorded" "$scratch/engine"
    : >"$scratch/errors"
  else
    : >"$scratch/engine"
    # Not by "||", behind which a failure inside would be passed over.
    set +e
    (set -e && ask) 2>"$scratch/errors"
    status=$?
    set -e
  fi
  options=(--engine "$scratch/engine" --errors "$scratch/errors" --status "$status")
fi
[[ -z $base ]] || options+=(--base "$base")

status=0
java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "-XX:SharedArchiveFile=$root/target/slipway.jsa" -Xshare:auto \
  -cp "$root/target/slipway.jar" dev.slipway.plan.cli.PreviewMain "$stack" --folder "$(stack_folder)" \
  --comment "$scratch/comment" "${options[@]}" "${allowed[@]}" 2>"$scratch/java" || status=$?
[[ -s $scratch/comment ]] || failed 'The comment cannot be made.' "$scratch/java"
cp "$scratch/comment" "$comment"
cat "$scratch/java" >&2
exit "$status"
