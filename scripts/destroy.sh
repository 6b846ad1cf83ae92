#!/usr/bin/env bash
# Takes a stack off AWS, except for what is protected.
# Task: Change
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway destroy STACK [--yes-destroy STACK | --confirm PHRASE] [options]

Shows what would be destroyed and what is protected and stays, asks for the words "destroy STACK", takes a last backup
where the backups stay, and destroys. The state is kept. Data volume, buckets and address are protected: to give those
up too, set slipway:host.protect and slipway:backup.protect to false, run ./slipway up, and then this. A stack with
slipway:ephemeral: true loses them, and what is in them, at once.

  --yes-destroy STACK  doesn't ask; the name has to be given twice
  --confirm PHRASE     the words instead of the question, exactly
  --show               only shows, from the state: that takes no lock, and no right to write
  --without-backup     makes no last backup: for a host that is gone
  --purge              empties the stack's buckets and registries first (./slipway purge), its backups too, so that no
                       last one is made; the words are "destroy and purge STACK" then. In a workflow for a stack with
                       slipway:ephemeral: true alone: elsewhere it takes a person's rights
USAGE
}

confirmed='' phrase='' with_backup=yes purge='' show=''
own_option() {
  case $1 in
    --without-backup) with_backup='' ;;
    --purge) purge=yes ;;
    --show) show=yes ;;
    --yes-destroy | --confirm)
      value_of "$1" $#
      if [[ $1 == --confirm ]]; then phrase=$2; else confirmed=$2; fi
      taken=2
      ;;
    *) return 1 ;;
  esac
}

parse "$@"
stack_alone
no_run_options
[[ ! -e ${file:-} ]] || need_secrets_provider
ephemeral=''
[[ ! -e ${file:-} || $(stack_value "$file" slipway:ephemeral) != true ]] || ephemeral=yes
[[ -z $purge || -n $ephemeral || -z ${GITHUB_ACTIONS:-} ]] ||
  problem "--purge: $stack is not ephemeral (slipway:ephemeral in its file), and no workflow may delete its backups; a person with rights that may runs ./slipway destroy $stack --purge"
words_wanted="destroy ${purge:+and purge }${stack:-}"
if [[ -n $confirmed ]]; then
  [[ $confirmed == "${stack:-}" ]] || problem "--yes-destroy: \"$confirmed\" is not the stack \"${stack:-}\""
  [[ -z $purge ]] || problem "--yes-destroy: is not enough for --purge, which wants --confirm '$words_wanted'"
elif [[ -n $phrase ]]; then
  [[ $phrase == "$words_wanted" ]] || problem "--confirm: \"$phrase\" is not \"$words_wanted\""
  confirmed=$stack
fi
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

# What the catalog of AWS says about what stays of a type.
readonly leftovers=$root/src/main/resources/dev/slipway/aws/leftovers.json

# snapshots_left: what removes those of databases and caches that bear the stack's name, which outlive what they are of.
snapshots_left() {
  local type call list name removal words
  while IFS=$'\t' read -ru 3 type call list name removal; do
    if grep -qF "\"$type\"" "$scratch/state"; then
      read -ra words <<<"$call"
      snapshots_of "$removal" "${words[@]}" --query "${list}[?starts_with($name, 'slipway-$stack-')].[$name]"
    fi
  done 3< <(jq -r 'to_entries[] | select(.value.call) | [.key, (.value | .call, .list, .name, .removal)] | @tsv' "$leftovers")
}

# snapshots_of REMOVAL ARGUMENT...: a line with REMOVAL for each name that this call of AWS gives. A stack whose name
# begins with this one's, and a hyphen, has its own.
snapshots_of() {
  local found name names other removal=$1
  shift
  if ! patiently found "$@" --region "$region" --output text; then
    note "the snapshots that are left can't be listed: $error_text"
    return
  fi
  for other in "$root/Pulumi.$stack"-*.yaml; do
    [[ -e $other ]] || continue
    other=${other#"$root/Pulumi."} other=${other%.yaml}
    found=$(grep -v "^slipway-$other-" <<<"$found" || true)
  done
  mapfile -t names < <(sed '/^None$/d; /^$/d' <<<"$found")
  ((${#names[@]})) || return 0
  for name in "${names[@]}"; do say "  $removal $name"; done
}

# secrets_left: what brings back the secrets that went, and the key that they are encrypted by, which are kept for the days
# that the state says and deleted some time after.
secrets_left() {
  local days of command of_keys='' of_secrets='' first=''
  # The soonest of them comes first.
  while IFS=$'\t' read -r days of command; do
    first=${first:-$days}
    if [[ $of == others ]]; then
      of_keys+="  $command"$'\n'
    else
      of_secrets+="  $command"$'\n'
    fi
  done < <(jq -r --arg every "$ephemeral" --arg region "$region" --slurpfile left "$leftovers" '
    [.deployment.resources[]? | select($every != "" or .protect != true)
      | .left = $left[0][.type] | select(.left.days) | .days = (.inputs[.left.days] // 0)] as $gone
    | [$gone[] | select(.left.of == null and .days > 0)] as $back
    | $back + [$gone[] | select(.left.of == "others")
        | select(.outputs.arn as $arn | $arn != null and any($back[].inputs[]; . == $arn))]
    | sort_by(.days)[] | .id as $id
    | [.days, .left.of // "all", (.left.command | split("{region}") | join($region) | split("{id}") | join($id))] | @tsv' "$scratch/state")
  [[ -z $of_secrets ]] ||
    printf '\nSecrets are deleted, and until %(%Y-%m-%d)T they can be brought back:\n%s%sAn up makes new ones all the same: their names are new every time.\n' \
      "$(($(date +%s) + first * 86400))" "$of_keys" "$of_secrets"
}

need_aws
make_scratch
need_backend
need_account
need_state
[[ -n $show ]] || need_free
"$root/scripts/dev/build.sh" --cds >&2
need_pulumi
make_project

export_state "$scratch/state"
kept=$(protected <"$scratch/state")
if [[ -z $show && -n $purge$ephemeral ]]; then
  "$root/scripts/purge.sh" "$stack" --region "$region" --check ||
    die "what is in the buckets and registries of $stack can't be deleted with these rights: nothing was destroyed. The deploy role may for a stack that says ephemeral: true in the foundation's slipway:stacks too"
fi
if [[ -n $show ]]; then
  printf '%s would lose:\n' "$stack"
  jq -r '.deployment.resources[]? | select(.custom and .protect != true and (.type | startswith("pulumi:providers:") | not))
    | "  \(.type | split("/") | last)  \(.urn | split("::") | last)"' "$scratch/state"
else
  hold "destroy.sh $stack" destroy --preview-only --exclude-protected --diff=false
fi
if [[ -n $ephemeral ]]; then
  printf '\nThe stack is ephemeral: data, backups and address go with the rest, for good%s\n' "${kept:+, these too:
$kept}"
elif [[ -n $kept ]]; then
  printf '\nProtected, and left as it is (it goes on costing money):\n%s\n' "$kept"
else
  printf '\nNothing is protected: data, backups and address go with the rest, for good.\n'
fi

if [[ -n $purge ]]; then
  printf '\nWith --purge everything in its buckets and registries goes too, the backups among it.\n'
fi
[[ -z $show ]] || exit 0

if [[ -z $confirmed ]]; then
  [[ -t 0 ]] || die "nobody is here to ask; give --yes-destroy $stack"
  printf '\nTo destroy it, type "%s": ' "$words_wanted"
  read -r phrase
  [[ $phrase == "$words_wanted" ]] || die "\"$phrase\" is not \"$words_wanted\": nothing was destroyed"
fi

# A backup into a bucket that goes too would help nobody.
if [[ -n $with_backup && -z $ephemeral && -z $purge && $kept == *-backup-bucket* ]]; then
  say 'Taking a last backup.'
  "$root/scripts/backup.sh" "$stack" --region "$region" --reason "before the stack is destroyed" </dev/null ||
    die "the last backup failed: nothing was destroyed. If the host is gone for good, give --without-backup"
fi
if [[ -n $purge$ephemeral ]]; then
  # Somebody may have begun an update while this waited for an answer.
  need_free
  "$root/scripts/purge.sh" "$stack" --region "$region" --confirm "purge $stack"
fi
if [[ -n $ephemeral && -n $kept ]]; then
  hold "destroy.sh $stack" state unprotect --all --yes
  kept=''
fi
hold "destroy.sh $stack" destroy --exclude-protected --yes --skip-preview

snapshots=$(snapshots_left)
if [[ -n $snapshots ]]; then
  printf '\nSnapshots stay, and go on costing money. When nobody can want them any more:\n%s\n' "$snapshots"
fi
if [[ -n $kept ]]; then
  printf '\nLeft, and going on to cost money:\n%s\n' "$kept"
elif [[ -z $snapshots ]]; then
  printf '\nNothing that costs money is left of %s but its state.\n' "$stack"
fi
secrets_left
# forget_release: it was made for the database that is gone; hosts of an up to come would try to serve it with none.
forget_release() {
  local answer='' below='' each
  if patiently answer ssm delete-parameter --region "$region" --name "/slipway/$stack/release/desired"; then
    printf '\nThe desired release went with the database: an up begins without one.\n'
    # Of several apps each has a parameter below it, which says nothing any more.
    patiently below ssm get-parameters-by-path --region "$region" --path "/slipway/$stack/release" --recursive --output text \
      --query 'Parameters[].[Name]' || below=''
    for each in $below; do
      [[ $each != None ]] || continue
      patiently answer ssm delete-parameter --region "$region" --name "$each" || printf '%s stays: %s\n' "$each" "$error_text"
    done
  elif [[ $error_code != ParameterNotFound ]]; then
    printf '\nThe desired release can'\''t be removed, and was made for a database that is gone (%s). Before an up:\n' "$error_text"
    printf '  ./slipway secret forget %s\n' "$stack"
  fi
}

goes_with=$(described "$file" '.releaseGoesWith // empty')
if [[ $(hosts_of "$file") == none ]]; then
  :
elif [[ -z $goes_with ]]; then
  printf '\nPasswords and the desired release stay in Parameter Store, for an up to come. To remove them too:\n'
  printf '  ./slipway secret forget %s\n' "$stack"
elif [[ $kept != *"$goes_with"* ]]; then
  forget_release
else
  printf '\nThe desired release stays in Parameter Store, for an up to come.\n'
fi
