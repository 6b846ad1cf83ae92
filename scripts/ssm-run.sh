#!/usr/bin/env bash
# Runs one SSM document on a stack's hosts and follows it to its end.
# Task: Repair
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway ssm-run --document NAME (--stack STACK | --instance ID) --region REGION [options]
       ./slipway ssm-run --follow COMMAND_ID --region REGION [options]

Runs an SSM document on the instances of a stack (those tagged slipway:stack=STACK), or on one instance: waits until
their agents are online, sends the command, prints what it prints as it comes, and leaves with its exit status.

  --document NAME         the document, slipway-STACK-VERB
  --stack STACK           every instance of this stack that is not terminated
  --instance ID           one instance
  --region REGION         AWS region
  --parameter NAME=VALUE  a parameter of the document; may be given again. Never a secret: SSM keeps them in its history
  --delivery-timeout S    how long an agent may take to come online, and then to take the command; default 600
  --timeout S             how long to follow the command; default 7200
  --log-group NAME        where its output goes and is read; default /slipway/STACK
  --comment TEXT          shown in SSM's history
  --rolling               one instance after another, under the lock over the stack's hosts, which is waited for for half
                          an hour; stops at the first that fails or is lost sight of
  --list                  prints the instances' ids, one a line, and runs nothing
  --start                 starts instances that are stopped, and waits for them
  --quiet                 says nothing of its own unless something fails
  --json                  prints one object on standard output at the end, and the command's output on standard error
  --follow COMMAND_ID     follows a command that was sent before

Exit status: the command's own; 2 wrong usage; 10 another holds the stack's hosts (--rolling); 30 nothing was run: no
instance, or an agent that is offline or too old; 31 still running when --timeout was over; 32 it is not known how the
command ends: AWS can't be asked, or it was cancelled, killed, not delivered, or ran into its own limit; 130 interrupted.
After 31, 32 and 130 the command may go on where it runs. docs/exit-statuses.md says what follows from each.
USAGE
}

document='' stack='' region='' log_group='' comment='' follow='' json='' start='' quiet='' rolling='' list=''
instances=() names=() values=()
delivery=600 timeout=7200
# How long --rolling waits for a release of the same hosts to end.
patience=1800

while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --json) json=yes ;;
    --start) start=yes ;;
    --quiet) quiet=yes ;;
    --rolling) rolling=yes ;;
    --list) list=yes ;;
    --document | --stack | --instance | --region | --parameter | --delivery-timeout | --timeout | --log-group | \
      --comment | --follow)
      value_of "$1" $#
      case $1 in
        --document) document=$2 ;;
        --stack) stack=$2 ;;
        --instance) instances=("$2") ;;
        --region) region=$2 ;;
        --delivery-timeout) delivery=$2 ;;
        --timeout) timeout=$2 ;;
        --log-group) log_group=$2 ;;
        --comment) comment=$2 ;;
        --follow) follow=$2 ;;
        --parameter)
          if [[ $2 =~ ^([A-Za-z0-9]+)=(.*)$ ]]; then
            names+=("${2%%=*}")
            values+=("${2#*=}")
          else
            problem "--parameter: \"$2\" is not NAME=VALUE"
          fi
          ;;
      esac
      shift
      ;;
    *) problem "\"$1\" is not an option" ;;
  esac
  shift
done

[[ -n $region ]] || problem '--region is missing'
check_number --delivery-timeout "$delivery"
check_number --timeout "$timeout"
if [[ -n $follow ]]; then
  [[ $follow =~ ^[0-9a-fA-F-]{36}$ ]] || problem "--follow: \"$follow\" is not a command id"
  [[ -z $document ]] || problem '--document: goes with a new command, not with --follow'
else
  [[ -n $list || $document =~ ^[A-Za-z0-9_.:/-]{3,200}$ ]] || problem "--document: \"$document\" is not a document's name"
  [[ -n $stack || ${#instances[@]} -gt 0 ]] || problem '--stack or --instance is missing'
fi
[[ -z $stack ]] || check_stack_name "$stack"
((${#instances[@]} == 0)) || check_instance "${instances[0]}"
no_problems
# SSM takes no less for delivery.
accept_within=$((delivery < 30 ? 30 : delivery))
if [[ -z $stack && $document =~ ^slipway-(.+)-[a-z]+$ ]]; then stack=${BASH_REMATCH[1]}; fi
[[ -n $log_group || -z $stack ]] || log_group=/slipway/$stack

need_aws
make_scratch
ssm=(--region "$region" --output text)
command=''
us=$'\037' rs=$'\036'

# undone STATUS TEXT...: tells what went wrong before or around the command.
undone() {
  local status=$1
  shift
  note "$*"
  exit "$status"
}

# shellcheck disable=SC2329 # the trap calls it
on_signal() {
  trap - INT TERM HUP
  if [[ -n $command ]]; then
    note "interrupted; command $command goes on where it runs. To follow it:"
    note "  ./slipway ssm-run --follow $command --region $region"
  else
    note 'interrupted; nothing was sent'
  fi
  exit 130
}
trap on_signal INT TERM HUP

# --- who -----------------------------------------------------------------------------------------------------------

# progress TEXT: what a person likes to know and a program doesn't.
progress() { [[ -n $quiet ]] || note "$*"; }

# find_instances: those of the stack. A stopped one can't take a command.
find_instances() {
  local found id state_now stopped=()
  patiently found ec2 describe-instances "${ssm[@]}" --filters "Name=tag:slipway:stack,Values=$stack" \
    'Name=instance-state-name,Values=pending,running,stopping,stopped' \
    --query 'Reservations[].Instances[].[InstanceId,State.Name]' ||
    undone 30 "the instances of stack $stack in $region can't be listed: $error_text"
  while read -r id state_now; do
    [[ -n $id && $id != None ]] || continue
    instances+=("$id")
    [[ $state_now != stop* ]] || stopped+=("$id")
  done < <(sort <<<"$found")
  ((${#instances[@]})) || undone 30 "no instance in $region has the tag slipway:stack=$stack: nothing was run." \
    'Is the stack up, and is this the right account and region?'
  ((${#stopped[@]} == 0)) || handle_stopped "${stopped[@]}"
}

# check_stopped INSTANCE: an agent that isn't online may be so because its machine is stopped, or gone.
check_stopped() {
  local state_now=''
  try_aws state_now ec2 describe-instances "${ssm[@]}" --instance-ids "$1" \
    --query 'Reservations[].Instances[].State.Name' || return 0
  [[ $state_now != terminated && $state_now != shutting-down ]] || undone 30 "$1 is $state_now: nothing was run."
  [[ $state_now != stop* ]] || handle_stopped "$1"
}

# handle_stopped ID...: starts them, if that was asked for.
handle_stopped() {
  local next
  if [[ -n $start ]]; then
    start_instances "$@"
    return
  fi
  next=$(starts_at "$stack")
  undone 30 "$* of stack $stack is stopped: nothing was run." \
    "${next:+Its schedule starts it at: $next. }Give --start to start it now."
}

# start_instances ID...: one that is still stopping can be started only when it has stopped.
start_instances() {
  local answer began=$SECONDS
  progress "starting $*…"
  until try_aws answer ec2 start-instances "${ssm[@]}" --instance-ids "$@"; do
    [[ $error_code == IncorrectInstanceState ]] || passing || undone 30 "$* can't be started: $error_text"
    ((SECONDS - began < delivery)) || undone 30 "$* can't be started within $delivery s: $error_text"
    pause 3
  done
}

# await_agent INSTANCE: until its agent is online, within the delivery time-out. For documents of ours it has to be one
# that knows their parameters as well: an image carries an older one, and the host's first boot refreshes it, in which it
# restarts and breaks off what it runs.
await_agent() {
  local id=$1 answer='' status version last='' said='' started=$SECONDS minimum=''
  [[ $document != slipway-* ]] || minimum=$(<"$root/scripts/lib/agent-minimum.txt")
  while true; do
    if try_aws answer ssm describe-instance-information "${ssm[@]}" --filters "Key=InstanceIds,Values=$id" \
      --query 'InstanceInformationList[].[PingStatus,AgentVersion]'; then
      IFS=$'\t' read -r status version <<<"$answer"
      if [[ $status == Online ]]; then
        if [[ -z $minimum ]] || version_at_least "$version" "$minimum"; then break; fi
        last="online, but version ${version:-unknown}, and $minimum or newer is needed"
      else
        last=${status:-not registered}
      fi
    elif [[ $error_code == InvalidInstanceId ]] || passing; then
      last="not known (${error_code})"
    else
      undone 30 "the agent of $id can't be asked after: $error_text"
    fi
    if ((SECONDS - started >= delivery)); then
      [[ $last != online,* ]] || undone 30 "the SSM agent of $id is too old after $delivery s ($last); nothing was run." \
        "Refresh it: aws ssm start-session --region $region --target $id, and there: sudo snap refresh amazon-ssm-agent"
      undone 30 "the SSM agent of $id is not online after $delivery s (last seen:" \
        "$last); nothing was run. See its system log: aws ec2 get-console-output --latest --output text" \
        "--region $region --instance-id $id"
    fi
    if [[ -z $said ]]; then
      check_stopped "$id"
      progress "waiting for the SSM agent of $id (now: $last)…"
      said=yes
    fi
    pause 2
  done
  [[ -z $said ]] || progress "the SSM agent of $id is ready after $((SECONDS - started)) s"
}

# --- sending -------------------------------------------------------------------------------------------------------

# request: the whole of it as JSON, so that no value passes through a shell or shows in a process list.
request() {
  local index separator=''
  printf '{"DocumentName":%s,"TimeoutSeconds":%d,"InstanceIds":[' "$(json_string "$document")" "$accept_within"
  for index in "${instances[@]}"; do
    printf '%s%s' "$separator" "$(json_string "$index")"
    separator=,
  done
  printf '],"Parameters":{'
  separator=''
  for index in "${!names[@]}"; do
    printf '%s%s:[%s]' "$separator" "$(json_string "${names[index]}")" "$(json_string "${values[index]}")"
    separator=,
  done
  printf '}'
  [[ -z $comment ]] || printf ',"Comment":%s' "$(json_string "${comment:0:100}")"
  [[ -z $log_group ]] ||
    printf ',"CloudWatchOutputConfig":{"CloudWatchOutputEnabled":true,"CloudWatchLogGroupName":%s}' \
      "$(json_string "$log_group")"
  printf '}\n'
}

send() {
  local started=$SECONDS
  request >"$scratch/request.json"
  # An agent that has just come online may be unknown to the sending side for a moment.
  # Once at a time: the CLI's own second try could run it twice.
  until AWS_MAX_ATTEMPTS=1 try_aws command ssm send-command "${ssm[@]}" --cli-input-json "file://$scratch/request.json" \
    --query Command.CommandId; do
    command=''
    # A connection or a service that broke may have delivered it, and sending again would run it twice. Only who was
    # told to come later, or that the instance is unknown, knows that it was not.
    if passing && [[ $error_code != *Thrott* && $error_code != TooManyRequests* && $error_code != R*Exceeded ]]; then
      undone 32 "$document may or may not have been sent to ${instances[*]}: $error_text." \
        "Look for it with: aws ssm list-commands --region $region --max-items 3," \
        'and follow it with ./slipway ssm-run --follow COMMAND_ID, or run this again'
    fi
    if [[ $error_code != InvalidInstanceId ]] && ! passing || ((SECONDS - started >= delivery)); then
      undone 30 "$document can't be sent to ${instances[*]}: $error_text"
    fi
    pause 2
  done
  rm -f "$scratch/request.json"
  progress "$document on ${instances[*]}: command $command"
}

# adopt: takes what --follow needs from the command itself.
adopt() {
  local found
  patiently found ssm list-commands "${ssm[@]}" --command-id "$follow" \
    --query 'Commands[].[DocumentName,CloudWatchOutputConfig.CloudWatchLogGroupName]' ||
    undone 32 "command $follow can't be found in $region: $error_text"
  [[ -n $found ]] || undone 32 "there is no command $follow in $region"
  document=${found%%$'\t'*}
  if [[ -z $log_group && ${found#*$'\t'} != None ]]; then log_group=${found#*$'\t'}; fi
  if ((${#instances[@]} == 0)); then
    patiently found ssm list-command-invocations "${ssm[@]}" --command-id "$follow" \
      --query 'CommandInvocations[].InstanceId' || undone 32 "command $follow: its instances can't be listed: $error_text"
    read -r -a instances <<<"$found"
  fi
  ((${#instances[@]})) || undone 32 "command $follow has reached no instance"
  command=$follow
}

# --- its output ----------------------------------------------------------------------------------------------------

declare -A seen=()    # events that were printed
declare -A read_to=() # the time of the newest one, in milliseconds
declare -A printed=()
logs_work=yes
no_group='' # since the last look

# print INSTANCE STREAM TEXT: with the instance before each line when there are several.
print() {
  local id=$1 stream=$2 text=$3
  printf '%s\n' "$text" >>"$scratch/$id.text" || true
  printed[$id]=yes
  ((${#instances[@]} == 1)) || text="[$id] ${text//$'\n'/$'\n'"[$id] "}"
  if [[ -n $json || $stream == */stderr ]]; then printf '%s\n' "$text" >&2; else printf '%s\n' "$text"; fi
}

# read_logs INSTANCE SINCE: prints what came since that time and was not printed yet. Succeeds when something came.
# A record is time, id, stream and message; control characters part them, since messages have tabs and newlines.
read_logs() {
  local id=$1 since=$2 answer record time event stream text came=''
  [[ -n $logs_work && -n $log_group ]] || return 1
  no_group=''
  if ! patiently answer logs filter-log-events "${ssm[@]}" --log-group-name "$log_group" \
    --log-stream-name-prefix "$command/$id" --start-time "$since" --query \
    "join('', events[?starts_with(logStreamName, '$command/$id')].join('', [to_string(timestamp), '$us', to_string(eventId), \
      '$us', logStreamName, '$us', message, '$rs']))"; then
    # No group yet is no trouble; being refused won't change.
    if [[ $error_code != ResourceNotFoundException ]]; then
      note "the output can't be followed in $log_group: $error_text"
      logs_work=''
    else
      no_group=yes
    fi
    return 1
  fi
  while IFS= read -r -d "$rs" record; do
    record=${record#$'\n'} # what parts two pages
    time=${record%%"$us"*} record=${record#*"$us"}
    event=${record%%"$us"*} record=${record#*"$us"}
    stream=${record%%"$us"*} text=${record#*"$us"}
    event+=@$stream
    [[ -z ${seen[$event]:-} ]] || continue
    seen[$event]=yes
    ((time <= ${read_to[$id]:-0})) || read_to[$id]=$time
    print "$id" "$stream" "${text%$'\n'}"
    came=yes
  done <<<"$answer"
  [[ -n $came ]]
}

# read_new INSTANCE: looks back half a minute, since the two streams of a command arrive each at its own pace.
read_new() {
  local newest=${read_to[$1]:-0}
  read_logs "$1" $((newest - 30000 > since ? newest - 30000 : since))
}

# finish_logs INSTANCE: the agent delivers its last lines after the verdict. They are complete when they hold what
# the verdict's own copy ends with; where that can't be told, or there is no group for them, a quiet spell ends the wait.
finish_logs() {
  local id=$1 last='' quiet=0 deadline=$((SECONDS + 30))
  [[ -n $logs_work && -n $log_group ]] || return 0
  # What comes near the limit of 24,000 characters may have lost its end.
  ((${#stdout} > 23000)) || last=$(sed '/^[[:space:]]*$/d' <<<"$stdout" | tail -n 1)
  while ((SECONDS < deadline)); do
    if read_logs "$id" "$since"; then quiet=0; else quiet=$((quiet + 1)); fi
    if [[ -n $last && -z $no_group ]]; then
      ! grep -qxF -- "$last" "$scratch/$id.text" 2>/dev/null || return 0
    elif ((quiet >= 3)) || grep -q '^slipway: ' "$scratch/$id.text" 2>/dev/null; then
      return 0
    fi
    pause 1
  done
}

# --- following -----------------------------------------------------------------------------------------------------

declare -A state=() detail=() code=()

ended() {
  case $1 in
    Success | Failed | Cancelled | TimedOut) return 0 ;;
    *) return 1 ;;
  esac
}

# look INSTANCE: its status now, and its own copy of the first 24,000 characters of each output.
look() {
  local id=$1 answer
  if ! patiently answer ssm get-command-invocation "${ssm[@]}" --command-id "$command" --instance-id "$id" --query \
    "join('$us', [Status, StatusDetails, to_string(ResponseCode), StandardOutputContent || '', StandardErrorContent || '', ''])"; then
    case $error_code in
      # The invocation shows up a moment after the command.
      InvocationDoesNotExist | InvalidInstanceId | InvalidCommandId)
        ((SECONDS - sent < delivery)) || undone 32 "command $command has not reached $id after $delivery s:" \
          "$error_text"
        return 0
        ;;
      *) undone 32 "command $command on $id can't be followed: $error_text. It goes on where it runs; to follow it:" \
        "./slipway ssm-run --follow $command --region $region" ;;
    esac
  fi
  state[$id]=${answer%%"$us"*} answer=${answer#*"$us"}
  detail[$id]=${answer%%"$us"*} answer=${answer#*"$us"}
  code[$id]=${answer%%"$us"*} answer=${answer#*"$us"}
  [[ ${code[$id]} =~ ^-?[0-9]+$ ]] || code[$id]=-1
  stdout=${answer%%"$us"*} answer=${answer#*"$us"}
  stderr=${answer%%"$us"*}
}

# verdict INSTANCE: its exit status for us. Only an agent that says that the command ended knows how: what is cancelled or
# ran into a limit may go on in what it started, what wasn't delivered may have been begun by an agent that couldn't say
# so, and a script that was killed has left its host in the middle.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
verdict() {
  local id=$1
  case ${state[$id]}/${detail[$id]} in
    Success/*) say 0 ;;
    # The agent refused it.
    */AccessDenied | */'Access Denied' | */InvalidPlatform | */'Invalid Platform') say 30 ;;
    Failed/Failed | Failed/NonZeroExitCode | Failed/)
      if ((code[$id] < 1 || code[$id] > 127)); then
        say 32
      elif [[ $document =~ ^slipway-.*-(release|rollback|restore|rename|retire)$ ]] &&
        [[ ${code[$id]} == 2 || $(outcome_of "${code[$id]}") == unknown ]]; then
        # These say by their status how they leave the host; with any other they broke off somewhere. 2 is only ours.
        say 32
      else
        say "${code[$id]}"
      fi
      ;;
    *) say 32 ;;
  esac
}

# conclude INSTANCE: all of its output, and why it failed if it did.
conclude() {
  local id=$1
  finish_logs "$id"
  if [[ -z ${printed[$id]:-} && -n $stdout$stderr ]]; then
    [[ -z $log_group ]] || note "nothing of its output is in $log_group; the first 24,000 characters:"
    [[ -z $stdout ]] || print "$id" /stdout "${stdout%$'\n'}"
    [[ -z $stderr ]] || print "$id" /stderr "${stderr%$'\n'}"
  fi
  [[ ${state[$id]} != Success ]] || return 0
  {
    if [[ $(outcome_of "$(verdict "$id")") == unknown ]]; then
      printf '%s: it is not known how %s ended\n' "$program" "$document"
    elif [[ $(outcome_of "$(verdict "$id")") == unfinished ]]; then
      printf '%s: %s did what was asked for, and was not finished; the same again finishes it\n' "$program" "$document"
    else
      printf '%s: %s failed\n' "$program" "$document"
    fi
    printf '  instance  %s\n' "$id"
    printf '  command   %s\n' "$command"
    printf '  status    %s, exit status %s\n' "${detail[$id]:-${state[$id]}}" "${code[$id]}"
    [[ -z $log_group ]] || printf '  log       %s in group %s\n' "$command/$id" "$log_group"
    if [[ -s $scratch/$id.text ]]; then
      printf '  the end of its output:\n'
      tail -n 15 "$scratch/$id.text" | sed 's/^/    /'
    fi
  } >&2
}

# check_gone INSTANCE: what runs on a machine that is taken away never says how it ended.
check_gone() {
  local state_now=''
  try_aws state_now ec2 describe-instances "${ssm[@]}" --instance-ids "$1" \
    --query 'Reservations[].Instances[].State.Name' || return 0
  case $state_now in
    shutting-down | terminated | stopped) undone 32 "$1 is $state_now, with command $command on it: it is not known how far that came" ;;
  esac
}

follow_all() {
  local id open=yes gone_asked=$SECONDS
  sent=$SECONDS
  # The clocks of host and caller may differ. A command of before is read from its beginning.
  since=0
  [[ -n $follow ]] || since=$((($(date +%s) - 900) * 1000))
  while [[ -n $open ]]; do
    open=''
    for id in "${instances[@]}"; do
      ! ended "${state[$id]:-}" || continue
      look "$id"
      read_new "$id" || true
      if ended "${state[$id]:-}"; then conclude "$id"; else open=yes; fi
    done
    [[ -n $open ]] || break
    if ((SECONDS - gone_asked >= ${SLIPWAY_GONE_SECONDS:-60})); then
      gone_asked=$SECONDS
      for id in "${instances[@]}"; do
        ended "${state[$id]:-}" || check_gone "$id"
      done
    fi
    if ((SECONDS - sent >= timeout)); then
      note "command $command is still running after $timeout s and goes on where it runs. To follow it:"
      note "  ./slipway ssm-run --follow $command --region $region"
      exit 31
    fi
    pause 2
  done
}

report() {
  local id separator=''
  printf '{"document":%s,"commandId":%s,"instances":[' "$(json_string "$document")" "$(json_string "$command")"
  for id in "${instances[@]}"; do
    printf '%s{"instanceId":%s,"status":%s,"details":%s,"exitStatus":%d,"output":%s}' "$separator" \
      "$(json_string "$id")" "$(json_string "${state[$id]}")" "$(json_string "${detail[$id]}")" "$(verdict "$id")" \
      "$(json_string "$(cat "$scratch/$id.text" 2>/dev/null)")"
    separator=,
  done
  printf ']}\n'
}

run_and_follow() {
  for instance in "${instances[@]}"; do await_agent "$instance"; done
  send
  follow_all
}

# tell_stop: how each instance is left, after one_after_another did not come to its end.
tell_stop() {
  local how well=''
  case $(outcome_of "$(verdict "$one")") in
    failed) how='which failed' ;;
    unfinished) how='which has what was asked for, and was not finished (the same again finishes it)' ;;
    *) how='which was lost sight of' ;;
  esac
  ((${#reached[@]} == 1)) || well="; it ended well on ${reached[*]:0:${#reached[@]}-1}"
  note "stopped after $one, $how: nothing was run on ${all[*]:${#reached[@]}}$well"
}

# one_after_another: what comes after one that fails is not begun; $instances are then those that were.
one_after_another() {
  local all=("${instances[@]}") reached=() one
  [[ -z $stack ]] || hold_fleet "ssm-run.sh $document" "$patience"
  for one in "${all[@]}"; do
    need_fleet_lock
    instances=("$one")
    reached+=("$one")
    ((${#all[@]} == 1)) || progress "$one, ${#reached[@]} of ${#all[@]}"
    run_and_follow
    (($(verdict "$one") == 0)) || break
  done
  instances=("${reached[@]}")
  ((${#reached[@]} == ${#all[@]})) || tell_stop
}

if [[ -n $follow ]]; then
  adopt
  follow_all
else
  ((${#instances[@]})) || find_instances
  if [[ -n $list ]]; then
    printf '%s\n' "${instances[@]}"
    exit 0
  fi
  if [[ -n $rolling ]]; then one_after_another; else run_and_follow; fi
fi
[[ -z $json ]] || report
# What isn't known of one isn't known of all of them; else the first failure counts.
worst=0
for instance in "${instances[@]}"; do
  status=$(verdict "$instance")
  if [[ $status != 0 && ($worst == 0 || $status == 32) ]]; then worst=$status; fi
done
exit "$worst"
