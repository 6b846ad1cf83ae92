#!/usr/bin/env bash
# Brings a stack on AWS to what its file says.
# Task: Change
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway up STACK [--dry-run] [--yes] [-- PULUMI_OPTION...]

Builds the program and runs `pulumi up` on it: the same as `pulumi up -s STACK`, but faster, since Pulumi runs the
jar and not Maven. It asks before it changes anything. A stack whose secrets provider is not awskms:// is refused, and
so are credentials of another account than the stack's (slipway:account), and, in a workflow, a stack whose file doesn't
bound its roles (slipway:identity.permissionsBoundary), which the deploy role could not make. So is an instance type that
AWS doesn't offer in the stack's zones.

What can't be changed on a stack that is there (network.cidr, an older version of the database, a smaller disk) is refused
by the setting's name, with the way to do it, before anything is changed; ./slipway plan --diff and the preview of a
pull request say the same.

What is lost in AWS is still in the state; docs/runbooks/lost-machine.md says how it is made again.

While it runs, a record beside Pulumi's lock says who does what since when; docs/state.md describes both.

  --dry-run        shows what would change, and changes nothing; takes no lock, and says when somebody else holds it
  --yes            doesn't ask
  --region REGION  where the stack's KMS key is, when the stack file doesn't say aws:region

Needs AWS credentials, and PULUMI_BACKEND_URL or a `pulumi login`. After two hours (SLIPWAY_ENGINE_SECONDS) Pulumi is
told to stop: it waits for ever for a state that can't be reached.

Exit status: 0 done; 2 the command line or the stack file is wrong; 10 somebody else holds the stack; else it failed.
USAGE
}

action=up yes=() rest=() options=()
while (($#)); do
  if [[ $1 == -- ]]; then
    shift
    rest=("$@")
    break
  fi
  options+=("$1")
  shift
done
own_option() {
  case $1 in
    --dry-run) action=preview ;;
    --yes) yes=(--yes) ;;
    *) return 1 ;;
  esac
}

parse "${options[@]}"
stack_alone
no_run_options
[[ ! -e ${file:-} ]] || need_secrets_provider
no_problems

need_aws
make_scratch
need_backend
need_account
[[ $action != up || ${GITHUB_ACTIONS:-} != true ]] || need_boundary
need_state
check_zones "$file" "$region"
[[ -z $zone_problem ]] || die "$file: $zone_problem. $unchanged"
[[ -z $zone_unknown ]] || note "whether the zones of $stack have its instance type can't be asked: $zone_unknown"
if [[ $action == up ]]; then
  need_free
else
  yes=()
  ! tell_holders || note 'what this shows may be out of date when that update is done'
fi
"$root/scripts/dev/build.sh" --cds >&2
need_pulumi
make_project

# refuse_unchangeable: what AWS would refuse half-way, and what can't be changed on a stack that is there.
refuse_unchangeable() {
  local status=0
  export_state "$scratch/deployment"
  java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "-XX:SharedArchiveFile=$root/target/slipway.jsa" -Xshare:auto \
    -cp "$root/target/slipway.jar" dev.slipway.plan.cli.StandingMain "$stack" --folder "$(stack_folder)" \
    --state "$scratch/deployment" || status=$?
  ((status != 0)) || return 0
  note 'nothing was changed'
  exit 2
}

if [[ $action == up ]]; then
  refuse_unchangeable
  hold "up.sh $stack" up "${yes[@]}" "${rest[@]}"
else
  engine preview "${rest[@]}"
fi
