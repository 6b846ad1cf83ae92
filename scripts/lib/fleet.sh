# shellcheck shell=bash
# shellcheck disable=SC2154 # common.sh, which sources this, and the scripts set what is read here
# Several hosts: what an exit status says of one, the lock over all of them, and going through them one after another.
# common.sh sources this file.

# --- exit statuses -------------------------------------------------------------------------------------------------

# exit_statuses: the one table of them, for verbs on hosts and for what sends those: status, outcome, meaning. The outcome
# is done, failed (it is known how the host is left), unfinished (it is as was asked for, but for an end), or unknown.
# docs/exit-statuses.md is this table with more words.
exit_statuses() {
  cat <<'TABLE'
0 done done
1 failed failed, and nothing was switched
2 failed wrong usage; nothing was begun
10 failed another is at it; nothing was changed
11 failed refused; nothing was changed
20 failed failed, and what was there before serves again
21 failed failed, and so did the way back
22 unfinished it serves what was asked for, and recording that was not finished
30 unknown the host was not reached
31 unknown it still ran when the time to follow it was over
32 unknown it was lost sight of
130 unknown it was not followed to its end
TABLE
}

# outcome_of STATUS: done, failed, unfinished or unknown. Any other status is that of a script which was killed or broke
# off somewhere: that it ended well or went back is not known then.
outcome_of() {
  local status outcome _
  while read -r status outcome _; do
    [[ $status != "$1" ]] || {
      say "$outcome"
      return
    }
  done < <(exit_statuses)
  say unknown
}

# meaning_of STATUS: for people.
meaning_of() {
  local status meaning _
  while read -r status _ meaning; do
    [[ $status != "$1" ]] || {
      say "$meaning"
      return
    }
  done < <(exit_statuses)
  say 'it ended in an unforeseen way'
}

# --- the lock ------------------------------------------------------------------------------------------------------

# One object in the bucket that hosts fetch their scripts from, with a record as it lies beside Pulumi's lock. S3 takes it
# from us only when nobody wrote meanwhile (conditional writes), so that of two who want it one has it; who ends says so
# in it, and who is dead is followed by the next one. docs/decisions/0026-one-lock-over-a-fleet.md
fleet_key=locks/release.json

# fleet_api VARIABLE OPERATION ARGUMENT...
fleet_api() {
  local _variable=$1 _operation=$2
  shift 2
  patiently "$_variable" s3api "$_operation" --region "$region" --bucket "$fleet_bucket" --key "$fleet_key" "$@"
}

# find_fleet_bucket: from the parameter that the hosts follow; empty where it can't be read, with error_text.
find_fleet_bucket() {
  local pointer=''
  fleet_bucket=''
  patiently pointer ssm get-parameter --region "$region" --name "/slipway/$stack/host" --output text \
    --query Parameter.Value || return 1
  fleet_bucket=$(jq -r '.bundle.bucket // empty' <<<"$pointer" 2>/dev/null) || fleet_bucket=''
  error_text="the parameter /slipway/$stack/host names no bucket"
  [[ -n $fleet_bucket ]]
}

# read_fleet_lock: sets lock_file (its record) and lock_tag; false where it isn't there or can't be read.
read_fleet_lock() {
  lock_file=$scratch/fleet-lock.$BASHPID
  fleet_api lock_tag get-object "$lock_file" --output text --query ETag
}

# write_fleet_lock CONDITION... [-- STATUS]: sets lock_tag; false when it wasn't taken, by error_code.
write_fleet_lock() {
  local condition=() body=$scratch/fleet-record.$BASHPID
  while (($#)) && [[ $1 != -- ]]; do
    condition+=("$1")
    shift
  done
  record_json "$$" "${2:-}" >"$body" || return 1
  fleet_api lock_tag put-object "${condition[@]}" --body "$body" --content-type application/json --output text --query ETag
}

# lost_race: whether the last write failed because somebody else wrote first.
lost_race() { [[ $error_code == PreconditionFailed || $error_code == ConditionalRequestConflict || $error_code == 412 || $error_code == 409 ]]; }

is_ours() { [[ $(jq -r .run "$lock_file" 2>/dev/null) == "$record_run" ]]; }

tell_fleet_lock() {
  jq -r '"\(.owner), \(.command), since \(.started), on \(.host) as process \(.pid)\(if .url == "" then "" else ", \(.url)" end)"' "$lock_file" 2>/dev/null ||
    say 'a record that can'\''t be read'
}

# fleet_lock_life: of lock_file: live, dead or silent.
fleet_lock_life() {
  local life
  jq --arg beat "$(now)" '. + {beat: (.heartbeat // $beat)}' "$lock_file" >"$lock_file.life" 2>/dev/null || {
    say silent
    return
  }
  life=$(run_life "$lock_file.life")
  # Clocks of two machines may differ: another machine's holder is watched, whatever its record's time.
  if [[ $life == live && $(jq -r .machine "$lock_file") != "$(this_machine)" ]]; then life=silent; fi
  say "$life"
}

# falls_silent: watches the lock for as long as its holder may be silent. False as soon as it was written meanwhile.
falls_silent() {
  local tag=$lock_tag every deadline
  every=$(jq -r '.every // 20' "$lock_file" 2>/dev/null) || every=20
  [[ $every =~ ^[0-9]+$ ]] || every=20
  deadline=$((SECONDS + every * silences))
  while ((SECONDS < deadline)); do
    pause "$((every < 4 ? 1 : every / 4))"
    read_fleet_lock || return 1
    [[ $lock_tag == "$tag" ]] || return 1
  done
}

# hold_fleet COMMAND PATIENCE: takes the lock over the releases of $stack, and keeps it until this script ends. Waits
# PATIENCE seconds for one who has it, and leaves with status 10 then; who is dead is waited for no longer than it takes
# to be sure of it.
hold_fleet() {
  local began=$SECONDS patience=$2 told='' life
  need_aws
  need_jq
  [[ -n ${scratch:-} ]] || make_scratch
  begin_record "$1"
  find_fleet_bucket || {
    note "the lock over the hosts of $stack can't be taken: $error_text. Nothing was begun"
    exit 30
  }
  lock_condition=(--if-none-match '*')
  while ! write_fleet_lock "${lock_condition[@]}"; do
    lost_race || {
      note "the lock over the hosts of $stack (s3://$fleet_bucket/$fleet_key) can't be taken: $error_text. Nothing was begun"
      exit 30
    }
    if ! read_fleet_lock; then
      [[ $error_code == NoSuchKey || $error_code == 404 ]] || {
        note "the lock over the hosts of $stack (s3://$fleet_bucket/$fleet_key) can't be read: $error_text. Nothing was begun"
        exit 30
      }
      lock_condition=(--if-none-match '*')
      continue
    fi
    lock_condition=(--if-match "$lock_tag")
    life=$(fleet_lock_life)
    if [[ $life == silent ]]; then
      [[ -n $told ]] || note "the hosts of $stack are held by $(tell_fleet_lock); looking whether it is alive…"
      told=yes
      if falls_silent; then life=dead; else life=live; fi
    fi
    if [[ $life == dead ]]; then
      [[ -n $(jq -r '.ended // empty' "$lock_file" 2>/dev/null) ]] || note "its holder is dead, and left the lock: $(tell_fleet_lock)"
      continue
    fi
    # What is written on from here is another's.
    lock_condition=(--if-none-match '*')
    if ((SECONDS - began >= patience)); then
      note "refused: the hosts of $stack are held by $(tell_fleet_lock); nothing was begun. Wait until it ends, or end it"
      exit 10
    fi
    [[ -n $told ]] || note "the hosts of $stack are held by $(tell_fleet_lock); waiting up to $((patience / 60)) min"
    told=yes
    pause 5
  done
  keep_fleet_lock &
  fleet_keeper=$!
  trap 'let_fleet_go; rm -rf "$scratch"' EXIT
}

# keep_fleet_lock: says every while that the holder lives, and when it has ended, also when it was killed.
keep_fleet_lock() {
  local holder=$$ beat=$SECONDS place=$scratch clock _
  trap '' INT TERM HUP
  trap - EXIT
  # What a call of AWS leaves there is each process's own.
  scratch=$scratch/keeper
  mkdir -p "$scratch"
  # Nobody writes to it: reading from it is a wait that no signal for the group ends.
  mkfifo "$scratch/clock"
  exec {clock}<>"$scratch/clock"
  while alive "$holder" && [[ ! -e $place/let-go ]]; do
    if ((SECONDS - beat >= heartbeat)); then
      beat=$SECONDS
      if ! write_fleet_lock --if-match "$lock_tag" && lost_race; then
        : >"$place/lock-lost"
        return 0
      fi
    fi
    read -rt 0.3 -u "$clock" _ || true
  done
  write_fleet_lock --if-match "$lock_tag" -- ended || true
  alive "$holder" || rm -rf "$place"
}

# let_fleet_go: at the end of the script, however it ends.
let_fleet_go() {
  [[ -n ${fleet_keeper:-} ]] || return 0
  : >"$scratch/let-go"
  wait "$fleet_keeper" || true
  fleet_keeper=''
}

# still_held: false when another took the lock, because this machine slept for longer than a holder may be silent.
still_held() {
  [[ ! -e $scratch/lock-lost ]] || return 1
  read_fleet_lock || return 0
  is_ours
}

# need_fleet_lock: leaves where it is another's by now.
need_fleet_lock() {
  [[ -n ${fleet_bucket:-} ]] || return 0
  still_held || {
    note "the lock over the hosts of $stack was taken by $(tell_fleet_lock), since nothing was heard of this run; it stops here"
    tell_hosts
    exit 32
  }
}

# --- the hosts -----------------------------------------------------------------------------------------------------

# is_fleet: whether the stack has hosts and not one host.
is_fleet() { [[ $(hosts_of "$file") == fleet ]]; }

# The hosts of a fleet, in the order in which they are released to; what each said of itself.
fleet=()
declare -A host_status=()
# How each of them was left, of those that something was run on.
declare -A host_left=()
# Those that serve what is asked for since an earlier run, which did not come to its end: it is not desired yet.
earlier=()

# list_hosts: sets $fleet to those that there are now, and list_status.
list_hosts() {
  local found=''
  list_status=0
  found=$("$root/scripts/ssm-run.sh" --list --stack "$stack" --region "$region" "${run_options[@]}") || list_status=$?
  ((list_status != 0)) || mapfile -t fleet <<<"$found"
}

# pick_host [ID]: sets $host to the stack's only host, or to the one that was asked for.
pick_host() {
  list_hosts
  ((list_status == 0)) || exit "$list_status"
  host=${1:-${fleet[0]}}
  one_of "$host" "${fleet[@]}" || die "$host is no instance of $stack; there are: ${fleet[*]}"
  [[ -n ${1:-} ]] || ((${#fleet[@]} == 1)) || die "$stack has several hosts: give --instance with one of ${fleet[*]}"
}

# session HOST [DOCUMENT COMMAND]: a session of Systems Manager, a shell by default; its status is the session's.
session() {
  local words=()
  command -v session-manager-plugin >/dev/null ||
    die "the AWS CLI's Session Manager plugin is missing: install it (https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html)"
  (($# == 1)) || words=(--document-name "$2" --parameters "{\"command\":[$(json_string "$3")]}")
  # Ctrl-C is for what runs there.
  trap : INT
  aws ssm start-session --region "$region" --target "$1" "${words[@]}"
}

# What is to be run after this broke off: the same, unless the script says otherwise.
again='run this again'

# find_hosts: sets $fleet, and what each serves now in $host_status.
find_hosts() {
  local host
  need_jq
  list_hosts
  ((list_status == 0)) || exit "$list_status"
  for host in "${fleet[@]}"; do
    ask_host "$host"
    [[ -n $asked ]] || die 'nothing was begun'
  done
}

# ask_host HOST [quietly]: sets its host_status, and asked to yes where it answered with a whole object.
ask_host() {
  local answer='' line status=0
  asked=''
  run_words "$1" status format=json --quiet
  if [[ -n ${2:-} ]]; then
    answer=$("${command_line[@]}" 2>/dev/null) || status=$?
  else
    answer=$("${command_line[@]}") || status=$?
  fi
  line=$(sed -n '/^{/,$p' <<<"$answer" | sed '/^slipway: /d' | jq -ce objects 2>/dev/null) || line=''
  if ((status == 0)) && [[ -n $line ]]; then
    host_status[$1]=$line asked=yes
  elif [[ -z ${2:-} ]]; then
    if ((status != 0)); then
      [[ -z $answer ]] || printf '%s\n' "$answer" >&2
      note "$1 can't be asked what it serves"
    else
      note "$1 said nothing of what it serves, or not all of it: its output is in the log group /slipway/$stack"
    fi
  fi
}

# told_by HOST FILTER [jq options]
told_by() { jq -r "${@:3}" "$2 // empty" <<<"${host_status[$1]:-null}"; }

# run_words HOST VERB [NAME=VALUE...] [--quiet]: sets command_line to what runs the stack's document for it on that host.
run_words() {
  local host=$1 document=slipway-$stack-$2 word
  shift 2
  command_line=("$root/scripts/ssm-run.sh" --document "$document" --instance "$host" --region "$region"
    --comment "$program by $(who)" "${run_options[@]}")
  for word; do
    if [[ $word == --* ]]; then command_line+=("$word"); else command_line+=(--parameter "$word"); fi
  done
}

# run_on HOST VERB [NAME=VALUE...]: runs it, and sets run_status.
run_on() {
  run_words "$@"
  run_status=0
  "${command_line[@]}" || run_status=$?
}

# one_of WORD WORD...: whether the first is among the others.
one_of() { [[ " ${*:2} " == *" $1 "* ]]; }

# each_host STEP: calls `STEP HOST PART` for every host, one after another, the hosts that join meanwhile at the end: they
# came up with what was desired before. STEP sets run_status, and adds to $switched the host that serves something else
# than before. Needs the lock.
each_host() {
  local step=$1 initial=("${fleet[@]}") visited=() served=() decided='' host old new part
  switched=()
  while true; do
    # The first look is find_hosts'.
    if ((${#visited[@]})); then
      need_fleet_lock
      list_hosts
      ((list_status == 0)) || lost_sight "$list_status" 'what goes on' "${switched[@]}"
    fi
    old=() new=()
    for host in "${fleet[@]}"; do
      if one_of "$host" "${visited[@]}"; then
        continue
      elif one_of "$host" "${initial[@]}"; then
        old+=("$host")
      else
        new+=("$host")
      fi
    done
    part=middle
    if ((${#old[@]})); then
      host=${old[0]}
      if ((${#visited[@]} == 0)); then
        part=first
        ((${#old[@]} > 1)) || part=whole
      elif ((${#old[@]} == 1)) && [[ -z $decided ]]; then
        part=last
      fi
    elif ((${#new[@]})); then
      host=${new[0]}
      await_joined "$host"
      if [[ $joined == gone ]]; then
        visited+=("$host")
        continue
      fi
      [[ -n $decided ]] || part=last
      if [[ $joined == serves && $part == middle ]]; then
        note "$host joined meanwhile, and serves it already"
        visited+=("$host")
        continue
      fi
      note "$host joined meanwhile"
    elif [[ -z $decided ]]; then
      # The one that was to say what is desired is gone: another one does.
      part=last
      for host in "${served[@]}"; do
        ! one_of "$host" "${fleet[@]}" || break
      done
    else
      break
    fi
    ((${#fleet[@]} == 1)) || note "$host, $((${#visited[@]} + 1)) of $((${#visited[@]} + ${#old[@]} + ${#new[@]}))"
    "$step" "$host" "$part"
    left_as "$host"
    if ((run_status != 0)); then
      if [[ -z $decided || $(outcome_of "$run_status") == unfinished ]]; then fleet_failed "$run_status" "$host" "${switched[@]}"; fi
      note "$host joined meanwhile and does not serve it (status $run_status: $(meaning_of "$run_status")); the others do," \
        "and it is the desired release: ${switched[*]:-${visited[*]}}. Replace that host, or $again"
      tell_hosts
      if [[ $(outcome_of "$run_status") == failed ]]; then exit 21; fi
      exit 32
    fi
    [[ $part != whole && $part != last ]] || decided=yes
    one_of "$host" "${visited[@]}" || visited+=("$host") served+=("$host")
  done
}

# await_joined HOST: one that has just booted brings up by itself what was desired then. Waits until it is at rest, and sets
# joined to serves (what $target says), other, or gone.
await_joined() {
  local host=$1 began=$SECONDS said=''
  while true; do
    list_hosts
    if ((list_status == 0)) && ! one_of "$host" "${fleet[@]}"; then
      joined=gone
      return
    fi
    ask_host "$host" quietly
    if [[ -n $asked && -z $(told_by "$host" .lock) && -z $(told_by "$host" .inProgress) ]]; then
      joined=other
      [[ -z ${target:-} || $(told_by "$host" .release.ref) != "$target" ]] || joined=serves
      return
    fi
    # It is sent the release all the same: what it says then is what is told.
    if ((SECONDS - began >= ${SLIPWAY_JOIN_SECONDS:-1800})); then
      joined=other
      return
    fi
    [[ -n $said ]] || note "$host joined meanwhile; waiting until it is up"
    said=yes
    pause 10
  done
}

# left_as HOST: how $run_status leaves it.
left_as() {
  case $(outcome_of "$run_status") in
    done) host_left[$1]='serves what was asked for' ;;
    unfinished) host_left[$1]="serves what was asked for, and was not finished (status $run_status)" ;;
    failed) host_left[$1]="failed with status $run_status: $(meaning_of "$run_status")" ;;
    *) host_left[$1]="is not known: status $run_status, $(meaning_of "$run_status")" ;;
  esac
}

# tell_hosts: how each of several hosts is left.
tell_hosts() {
  local host
  ((${#fleet[@]} > 1)) || return 0
  for host in "${fleet[@]}"; do
    if [[ -n ${host_left[$host]:-} ]]; then
      note "  $host  ${host_left[$host]}"
    elif [[ -n ${host_status[$host]:-} ]]; then
      note "  $host  was not begun, and serves $(told_by "$host" '.release.ref // "nothing"')"
    else
      note "  $host  joined meanwhile, and was not asked what it serves"
    fi
  done
}

# lost_sight STATUS WHAT HOST...: leaves. Nothing is changed anywhere: what goes on there may end well.
lost_sight() {
  local status=$1 what=$2
  shift 2
  note "it is not known how $what ends (status $status: $(meaning_of "$status")). Nothing was changed elsewhere${*:+:" \
    "$* already serve(s) what was asked for, and stay(s) so}. Look with ./slipway status $stack, and $again, which goes on" \
    'from there'
  tell_hosts
  case $status in
    30) (($# == 0)) || status=32 ;;
    31 | 130) ;;
    *) status=32 ;;
  esac
  exit "$status"
}

# fleet_failed STATUS HOST SWITCHED...: leaves, after the hosts that had switched went back to what they served before.
# Only what is known to have failed takes others back.
fleet_failed() {
  local status=$1 failed=$2 host before broken='' lost='' returned=() stay=()
  shift 2
  case $(outcome_of "$status") in
    failed) ;;
    unfinished)
      note "$failed serves what was asked for, and recording that was not finished (status $status). Nothing was changed" \
        "elsewhere${*:+: $* already serve(s) it, and stay(s) so}. ${again^}: it finishes it and goes on from there"
      tell_hosts
      exit "$status"
      ;;
    *) lost_sight "$status" "$failed" "$@" ;;
  esac
  # Where the one that failed serves it as well, all are where they were.
  if [[ -n ${target:-} && $(told_by "$failed" .release.ref) != "$target" ]]; then
    set -- "$@" "${earlier[@]}"
    for host in "${served[@]}"; do
      one_of "$host" "$@" || stay+=("$host")
    done
  fi
  for host; do
    before=$(told_by "$host" .release.id)
    ! one_of "$host" "${earlier[@]}" || before=$(told_by "$host" .release.previous)
    if [[ -z $before ]]; then
      note "$host served nothing before, and stays as it is"
      host_left[$host]='serves what was asked for: nothing was before it'
      continue
    fi
    run_on "$host" rollback "to=$before" part=middle "actor=$(who)" "run=$(run_url)"
    case $(outcome_of "$run_status") in
      done)
        returned+=("$host")
        host_left[$host]='went back to the release before'
        ;;
      unfinished)
        returned+=("$host")
        host_left[$host]="went back to the release before, and was not finished (status $run_status): what is run there next does that"
        ;;
      failed)
        broken+=" $host"
        host_left[$host]="could not go back: status $run_status, $(meaning_of "$run_status")"
        ;;
      *)
        lost+=" $host"
        host_left[$host]="is not known to have gone back: status $run_status, $(meaning_of "$run_status")"
        ;;
    esac
  done
  if [[ -n $broken ]]; then
    note "$failed failed with status $status, and going back failed on$broken${lost:+ and is not known of$lost}: hosts serve different releases; see docs/runbooks/rollback.md"
    tell_hosts
    exit 21
  elif [[ -n $lost ]]; then
    note "$failed failed with status $status, and it is not known how going back ends on$lost: look with ./slipway status $stack; see docs/runbooks/rollback.md"
    tell_hosts
    exit 32
  fi
  if ((${#stay[@]} > 0)); then
    note "$failed failed with status $status, and ${stay[*]} stays on $target: hosts serve different releases; see docs/runbooks/rollback.md"
    tell_hosts
    exit 21
  fi
  if ((${#returned[@]} == 0)); then
    tell_hosts
    exit "$status"
  fi
  note "$failed failed with status $status; ${returned[*]} went back to the release before, and nothing of the new one is desired"
  tell_hosts
  exit $((status == 21 ? 21 : 20))
}
