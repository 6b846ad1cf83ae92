#!/usr/bin/env bash
# Takes a stack off AWS, except for what is protected.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: scripts/destroy.sh STACK [--yes-destroy STACK]

Shows what would be destroyed and what is protected and stays, asks for the stack's name, and destroys. Data volume,
buckets and address are protected: to give those up too, set slipway:host.protect and slipway:backup.protect to false,
run scripts/up.sh, and then this.

  --yes-destroy STACK  doesn't ask; the name has to be given twice
USAGE
}

confirmed=''
own_option() {
  [[ $1 == --yes-destroy ]] || return 1
  value_of "$1" $#
  confirmed=$2 taken=2
}

parse "$@"
stack_alone
((${#run_options[@]} == 0)) || problem "${run_options[*]}: goes with a verb of the hosts"
[[ ! -e ${file:-} ]] || need_secrets_provider
[[ -z $confirmed || $confirmed == "${stack:-}" ]] ||
  problem "--yes-destroy: \"$confirmed\" is not the stack \"${stack:-}\""
no_problems

# protected: type and name of what is, out of the state. There the fields of a resource stand on lines of their own.
protected() {
  awk -F'"' '
    /^            \{/ { urn = ""; held = 0 }
    /^                "urn": / { urn = $4 }
    /^                "protect": true/ { held = 1 }
    /^            \}/ && held { parts = split(urn, part, "::"); kinds = split(part[3], kind, "$"); printf "  %-45s %s\n", kind[kinds], part[parts] }
  '
}

need_aws
make_scratch
need_backend
need_account
need_state
need_free
"$root/scripts/build.sh" --cds >&2
need_pulumi
make_project

engine stack export >"$scratch/state"
kept=$(protected <"$scratch/state")
hold "destroy.sh $stack" destroy --preview-only --exclude-protected --diff=false
if [[ -n $kept ]]; then
  printf '\nProtected, and left as it is (it goes on costing money):\n%s\n' "$kept"
else
  printf '\nNothing is protected: data, backups and address go with the rest, for good.\n'
fi

if [[ -z $confirmed ]]; then
  [[ -t 0 ]] || die "nobody is here to ask; give --yes-destroy $stack"
  printf '\nTo destroy it, type the name of the stack: '
  read -r confirmed
  [[ $confirmed == "$stack" ]] || die "\"$confirmed\" is not \"$stack\": nothing was destroyed"
fi
hold "destroy.sh $stack" destroy --exclude-protected --yes --skip-preview
[[ -z $kept ]] || printf '\nLeft:\n%s\n' "$kept"
printf '\nPasswords and the desired release stay in Parameter Store, for an up to come. To remove them too:\n'
printf '  scripts/secret.sh forget %s\n' "$stack"
