# shellcheck shell=bash
# shellcheck disable=SC2154 # common.sh, which sources this, and the scripts set what is read here
# What the scripts know of the state: where it is, whether it can be used, who holds a stack. common.sh sources this file.
# docs/state.md describes what lies where in the bucket.

# --- what AWS's refusals mean --------------------------------------------------------------------------------------

# What messages say at their end; who has changed something says otherwise.
unchanged='Nothing was changed.'

# meaning: a word for the last failure of aws.
meaning() {
  case $error_code in
    ExpiredToken | ExpiredTokenException | RequestExpired | TokenRefreshRequired) say expired ;;
    InvalidClientTokenId | UnrecognizedClientException | InvalidAccessKeyId | SignatureDoesNotMatch | \
      InvalidSignatureException | AuthFailure | IncompleteSignature) say invalid ;;
    RequestTimeTooSkewed) say clock ;;
    AccessDenied | AccessDeniedException | UnauthorizedOperation | AllAccessDisabled | 403) say denied ;;
    NoSuchBucket | 404) say gone ;;
    PermanentRedirect | AuthorizationHeaderMalformed | IllegalLocationConstraintException | 301) say elsewhere ;;
    Unreachable) say unreachable ;;
    *)
      case $error_text in
        "$no_credentials" | *'could not be found'*profile*) say none ;;
        *[Tt]oken*'expired'* | *'session'*'expired'* | *'Error loading SSO'* | *'aws sso login'* | \
          *'Error when retrieving token'*) say expired ;;
        *) say other ;;
      esac
      ;;
  esac
}

# stop_for DOING: ends because of the last failure of aws, with what it means and what to do.
stop_for() {
  local doing=$1 text=${error_text//$'\n'/ }
  case $(meaning) in
    none) die "$no_credentials. $unchanged" ;;
    expired) die "the AWS credentials have expired; sign in again and run this again. $unchanged ($doing: $text)" ;;
    invalid) die "AWS doesn't know these credentials; check AWS_PROFILE and AWS_ACCESS_KEY_ID, and sign in again. $unchanged ($doing: $text)" ;;
    clock) die "this machine's clock is wrong, and AWS refuses what it signs; set it. $unchanged ($doing: $text)" ;;
    denied) die "a permission is missing for $doing; ask for it, or sign in as who has it. $unchanged ($text)" ;;
    unreachable) die "AWS can't be reached for $doing; check the network and the region. $unchanged ($text)" ;;
    *) die "$doing failed: $text. $unchanged" ;;
  esac
}

# --- where the state is --------------------------------------------------------------------------------------------

# unquoted TEXT: a value of a URL's query as it was meant.
unquoted() {
  local text=${1//+/ }
  printf '%b' "${text//%/\\x}"
}

# split_backend URL: sets bucket, prefix (empty, or with a slash at its end), state_region and s3_options, which every
# call to the bucket takes.
split_backend() {
  local rest=${1#s3://} query='' pair value pairs
  [[ $rest != *\?* ]] || query=${rest#*\?}
  rest=${rest%%\?*}
  bucket=${rest%%/*} prefix='' state_region='' state_endpoint='' s3_options=()
  [[ $rest != */* ]] || prefix=${rest#*/}
  while [[ $prefix == */ ]]; do prefix=${prefix%/}; done
  prefix=${prefix:+$prefix/}
  IFS='&' read -r -a pairs <<<"$query"
  for pair in "${pairs[@]}"; do
    value=$(unquoted "${pair#*=}")
    case $pair in
      region=*) state_region=$value ;;
      endpoint=*) state_endpoint=$value ;;
      profile=*) s3_options+=(--profile "$value") ;;
    esac
  done
  [[ -z $state_endpoint || $state_endpoint == *://* ]] || state_endpoint=https://$state_endpoint
  state_region=${state_region:-${region:-}}
  s3_options+=(--region "$state_region")
  [[ -z $state_endpoint ]] || s3_options+=(--endpoint-url "$state_endpoint")
}

# backend_url: the one that is set, or the one that Pulumi is logged in to.
backend_url() {
  if [[ -n ${PULUMI_BACKEND_URL:-} ]]; then
    say "$PULUMI_BACKEND_URL"
  else
    jq -r '.current // empty' "${PULUMI_HOME:-$HOME/.pulumi}/credentials.json" 2>/dev/null || true
  fi
}

# need_backend: where the state of $stack is; sets backend, what split_backend sets, and the keys of the stack.
need_backend() {
  local name
  need_jq
  backend=$(backend_url)
  case $backend in
    s3://?*) ;;
    '') die "it isn't said where the state is: export PULUMI_BACKEND_URL='s3://BUCKET?region=REGION&awssdk=v2', or make it with ./slipway bootstrap $stack. $unchanged" ;;
    *) die "Pulumi's state is at $backend, and only an S3 bucket is accepted: export PULUMI_BACKEND_URL='s3://BUCKET?region=REGION&awssdk=v2', or make one with ./slipway bootstrap $stack. $unchanged" ;;
  esac
  split_backend "$backend"
  name=$(stack_query "$(stack_file "$stack")" .project)
  state_key=${prefix}.pulumi/stacks/$name/$stack.json
  locks_key=${prefix}.pulumi/locks/organization/$name/$stack/
  runs_key=${prefix}.slipway/runs/$stack/
}

# state_api VARIABLE OPERATION ARGUMENT...: a call to the state's bucket that may be repeated.
state_api() {
  local _variable=$1 _operation=$2
  shift 2
  patiently "$_variable" s3api "$_operation" "${s3_options[@]}" --bucket "$bucket" "$@"
}

# state_do OPERATION ARGUMENT...: the same, for what says nothing that matters.
state_do() {
  # shellcheck disable=SC2034 # it is only whether it worked that counts
  local _said=''
  state_api _said "$@"
}

# stop_for_state DOING: as stop_for, with what is the bucket's own.
stop_for_state() {
  case $(meaning) in
    gone) die "the state's bucket $bucket is gone, or never was: docs/runbooks/state.md says what to do; a new stack starts with ./slipway bootstrap $stack. $unchanged" ;;
    elsewhere) die "the state's bucket $bucket is in another region than $state_region; correct region= in PULUMI_BACKEND_URL (aws s3api get-bucket-location --bucket $bucket tells it). $unchanged" ;;
    *) stop_for "$1" ;;
  esac
}

# --- whether it can be used ----------------------------------------------------------------------------------------

# need_account: sets account and caller, and refuses an account that the stack doesn't name.
need_account() {
  local wanted found=''
  patiently found sts get-caller-identity --region "$region" --output text --query '[Account,Arn]' ||
    stop_for 'asking who you are (sts:GetCallerIdentity)'
  read -r account caller <<<"$found"
  wanted=$(stack_value "$file" slipway:account)
  [[ -z $wanted || $wanted == "$account" ]] ||
    die "these are credentials of account $account ($caller), and $stack belongs into $wanted (slipway:account in $file); sign in there. $unchanged"
}

# boundary_arn: of the policy that the foundation makes for the roles of $stack.
boundary_arn() {
  local partition=${caller#arn:}
  say "arn:${partition%%:*}:iam::$account:policy/slipway/github/slipway-boundary-$stack"
}

# need_boundary: a workflow's deploy role may make roles with this bound alone, and would be refused in mid-run.
need_boundary() {
  [[ $(described "$file" .workflows) != false ]] || return 0
  [[ -z $(stack_value "$file" slipway:identity permissionsBoundary) ]] || return 0
  die "$file: slipway:identity.permissionsBoundary is missing, without which a workflow may make no role for the stack's hosts (docs/identities.md); set it with: pulumi config set -s $stack --path slipway:identity.permissionsBoundary $(boundary_arn). $unchanged"
}

# need_state: that the stack is there and its secrets can be read. Ends with a message of its own where it isn't.
need_state() {
  local found='' key="$scratch/encrypted-key" kms=(--region "$region") provider
  read_locks
  state_api found head-object --key "$state_key" --output text --query LastModified || {
    [[ $(meaning) == gone ]] || stop_for_state "looking for the state of $stack (s3:GetObject)"
    die "there is no stack $stack in the bucket $bucket (no s3://$bucket/$state_key); make it with: ./slipway bootstrap $stack. $unchanged"
  }
  provider=$(stack_value "$file" secretsprovider)
  stack_value "$file" encryptedkey | base64 -d >"$key" 2>/dev/null && [[ -s $key ]] ||
    die "$file has a secretsprovider and no encryptedkey: the stack was not made ready; run: ./slipway bootstrap $stack. $unchanged"
  [[ ! $provider =~ [?\&]region=([^\&]+) ]] || kms=(--region "$(unquoted "${BASH_REMATCH[1]}")")
  [[ ! $provider =~ [?\&]endpoint=([^\&]+) ]] || kms+=(--endpoint-url "$(unquoted "${BASH_REMATCH[1]}")")
  # Nothing but the key's name is asked for, so that nothing secret is printed.
  patiently found kms decrypt "${kms[@]}" --ciphertext-blob "fileb://$key" --output text --query KeyId || {
    case $error_code in
      AccessDenied*) die "the key of $stack's secrets, $provider, is denied to $caller: ask for kms:Decrypt on it (docs/state.md). $unchanged (${error_text//$'\n'/ })" ;;
      DisabledException | KMSInvalidStateException) die "the key of $stack's secrets, $provider, is disabled or about to be deleted: docs/runbooks/state.md says how to get it back. $unchanged" ;;
      NotFoundException | InvalidCiphertextException | IncorrectKeyException) die "the key by which $stack's secrets were encrypted is not there any more, or belongs to another account or region than $provider: docs/runbooks/state.md says what to do. $unchanged (${error_text//$'\n'/ })" ;;
      *) stop_for "reading the key of $stack's secrets (kms:Decrypt)" ;;
    esac
  }
}

# --- who holds a stack ---------------------------------------------------------------------------------------------

# How often a holder says that it lives, in seconds, and after how many of them it is taken for dead.
heartbeat=${SLIPWAY_HEARTBEAT:-20}
silences=4

# alive PID: whether that process of this machine runs; one that only waits to be noticed doesn't.
alive() {
  local stat
  if [[ -d /proc/self ]]; then
    IFS= read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
    stat=${stat##*) }
  else
    stat=$(ps -o stat= -p "$1") || return 1
  fi
  [[ $stat != Z* ]]
}

# engine_alive PID: the same, for a process that is an engine or about to become one; numbers are used again.
engine_alive() {
  local words
  alive "$1" || return 1
  words=$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" || ps -o args= -p "$1") || return 1
  [[ $words == *pulumi* || $words == *scripts/* ]]
}

# process_started PID: what tells it from another process that has its number later; nothing where that can't be told.
process_started() {
  local stat
  if [[ -d /proc/self ]]; then
    IFS= read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
    read -r -a stat <<<"${stat##*) }"
    say "${stat[19]}"
  else
    ps -o lstart= -p "$1" || true
  fi
}

# this_machine: what tells this start of this machine, and its numbering of processes, from any other.
this_machine() {
  if [[ -r /proc/sys/kernel/random/boot_id ]]; then
    say "$(</proc/sys/kernel/random/boot_id) $(readlink /proc/self/ns/pid || true)"
  else
    say "$(uname -n) $(sysctl -n kern.bootsessionuuid 2>/dev/null || true)"
  fi
}

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# seconds_of TIME: of an ISO time, since 1970.
seconds_of() { jq -rn --arg t "$1" '$t | sub("\\.[0-9]+"; "") | sub("\\+00:00$"; "Z") | fromdateiso8601'; }

# ago SECONDS: for people.
ago() {
  local s=$1
  if ((s < 120)); then say "$s s"; elif ((s < 7200)); then say "$((s / 60)) min"; elif ((s < 172800)); then say "$((s / 3600)) h"; else say "$((s / 86400)) days"; fi
}

# read_locks: the ids of Pulumi's locks on the stack, in locks.
read_locks() {
  local found='' keys key
  state_api found list-objects-v2 --prefix "$locks_key" --output text --query 'Contents[].[Key]' ||
    stop_for_state "reading the locks of $stack (s3:ListBucket)"
  locks=()
  mapfile -t keys <<<"$found"
  for key in "${keys[@]}"; do
    [[ $key == "$locks_key"*.json ]] || continue
    key=${key##*/}
    locks+=("${key%.json}")
  done
}

# fetch_object KEY FILE: false when it isn't there, which may happen to what another run takes away.
fetch_object() {
  rm -f "$2"
  state_do get-object --key "$1" "$2" && return
  case $error_code in
    NoSuchKey | 404) return 1 ;;
    *) stop_for_state "reading s3://$bucket/$1 (s3:GetObject)" ;;
  esac
}

# fetch_outputs: what the stack's last `up` gave out, as an object in $scratch/outputs.
fetch_outputs() {
  fetch_object "$state_key" "$scratch/state" ||
    die "there is no stack $stack in the bucket $bucket; bring it up first: ./slipway up $stack"
  jq '[.checkpoint.latest.resources[]? | select(.type == "pulumi:pulumi:Stack") | .outputs // {}] | first // {}' "$scratch/state" >"$scratch/outputs" ||
    die "the state of $stack can't be read"
}

# read_runs: the records of who is or was at work on the stack, one file each in $scratch/runs; .beat in them is when S3
# got the last word of it.
read_runs() {
  local found='' key beat folder=$scratch/runs
  rm -rf "$folder"
  mkdir -p "$folder" || die "can't make $folder"
  state_api found list-objects-v2 --prefix "$runs_key" --output text --query 'Contents[].[Key,LastModified]' ||
    stop_for_state "reading who works on $stack (s3:ListBucket)"
  while IFS=$'\t' read -r key beat; do
    [[ $key == "$runs_key"*.json ]] || continue
    fetch_object "$key" "$scratch/run" || continue
    jq --arg key "$key" --arg beat "$beat" '. + {key: $key, beat: $beat}' "$scratch/run" \
      >"$folder/${key##*/}" 2>/dev/null || rm -f "$folder/${key##*/}"
  done <<<"$found"
}

# run_life FILE: live, dead or silent, by a record; silent when another machine's holder hasn't been heard of.
run_life() {
  local ended machine engine beat every began
  IFS=$'\t' read -r ended machine engine beat every began < <(
    jq -r '[.ended // "-", .machine // "-", .engine // 0, .beat, .every // 20, (.began // "" | if . == "" then "-" else . end)] | @tsv' "$1"
  ) || return
  if [[ $ended != - ]]; then
    say dead
  elif [[ $machine == "$(this_machine)" ]]; then
    if [[ $began != - ]]; then
      # By when it began, and not by its words: these are what somebody typed.
      if alive "$engine" && [[ $(process_started "$engine") == "$began" ]]; then say live; else say dead; fi
    elif engine_alive "$engine"; then
      say live
    else
      say dead
    fi
  elif (($(date +%s) - $(seconds_of "$beat") < every * silences)); then
    say live
  else
    say silent
  fi
}

# look_at_lock ID: what is known of a lock: lock_life (live, dead, silent or unknown), lock_text (whose it is), lock_run
# (its record's file, if it has one) and lock_who (USER@HOST:PID as Pulumi wrote it). False when it is gone.
look_at_lock() {
  local user host pid since owner command url started beat file
  lock_life=unknown lock_text='' lock_run='' lock_who=''
  fetch_object "$locks_key$1.json" "$scratch/lock" || return 1
  IFS=$'\t' read -r user host pid since < <(jq -r '[.username, .hostname, .pid, .timestamp] | @tsv' "$scratch/lock") || true
  lock_who=$user@$host:$pid
  for file in "$scratch"/runs/*.json; do
    [[ -e $file ]] || continue
    if jq -e --arg host "$host" --argjson pid "${pid:-0}" '.host == $host and .engine == $pid' "$file" >/dev/null; then
      lock_run=$file
    fi
  done
  if [[ -z $lock_run ]]; then
    lock_text="$lock_who, since $since; it has no record, so it was not taken by one of scripts/"
    if [[ $host == "$(uname -n)" ]] && engine_alive "$pid"; then lock_life=live; fi
    return
  fi
  lock_life=$(run_life "$lock_run") || lock_life=unknown
  IFS=$'\t' read -r owner command url started beat < <(
    jq -r '[.owner, .command, (if .url == "" then "-" else .url end), .started, .beat] | @tsv' "$lock_run"
  ) || true
  lock_text="$owner, $command, since $started ($(ago $(($(date +%s) - $(seconds_of "$started")))))" || true
  lock_text+=", on $host as process $pid"
  [[ $url == - ]] || lock_text+=", $url"
  case $lock_life in
    live) lock_text+="; alive, last heard of $(ago $(($(date +%s) - $(seconds_of "$beat")))) ago" ;;
    dead) lock_text+='; dead' ;;
    silent) lock_text+="; not heard of for $(ago $(($(date +%s) - $(seconds_of "$beat"))))" ;;
  esac
}

# tell_holders: who holds the stack and what to do; false when nobody does.
tell_holders() {
  local id held=1 step
  read_locks || die "the locks of $stack can't be read"
  ((${#locks[@]})) || return 1
  read_runs || die "it can't be read who works on $stack"
  for id in "${locks[@]}"; do
    look_at_lock "$id" || continue
    held=0
    case $lock_life in
      live) step='wait until it ends' ;;
      dead) step="remove what it left: ./slipway unlock $stack $id" ;;
      *) step="find out whether it still runs, then: ./slipway unlock $stack $id" ;;
    esac
    {
      printf '%s: %s is held by %s\n' "$program" "$stack" "$lock_text"
      printf '  lock %s\n  next: %s\n' "$id" "$step"
    } >&2
  done
  return "$held"
}

# need_free: refuses, with status 10, when the stack is held.
need_free() {
  ! tell_holders || {
    note "$unchanged"
    exit 10
  }
}

# --- the record ----------------------------------------------------------------------------------------------------

# begin_record COMMAND: names the run; nothing is written yet.
begin_record() {
  local owner
  record_command=$1
  record_owner=$(who) || return
  record_started=$(now) || return
  owner=${record_owner//[^A-Za-z0-9._@-]/-}
  # The name alone says who and since when, for state-repair.sh, which reads it from the bucket's history.
  record_run=$(date -u +%Y%m%dT%H%M%SZ).${owner:0:60}.$$-$RANDOM$RANDOM
}

# record_json ENGINE [STATUS]: what a record says; with a status, the run is over. ENGINE is the process that is at work.
record_json() {
  jq -n --arg run "$record_run" --arg stack "$stack" --arg owner "$record_owner" --arg url "$(run_url)" \
    --arg command "$record_command" --arg host "$(uname -n)" --arg machine "$(this_machine)" --argjson pid $$ \
    --argjson engine "$1" --arg started "$record_started" --arg heartbeat "$(now)" --argjson every "$heartbeat" \
    --arg ended "${2:+$(now)}" --arg status "${2:-}" --arg began "$(process_started "$1")" \
    '{run: $run, stack: $stack, owner: $owner, url: $url, command: $command, host: $host, machine: $machine, pid: $pid,
      engine: $engine, began: $began, started: $started, heartbeat: $heartbeat, every: $every}
      + if $ended == "" then {} else {ended: $ended, status: $status} end'
}

# write_record ENGINE [STATUS]: makes or refreshes it; with a status, the run is over and has left its lock behind.
# ENGINE is the process whose number Pulumi's lock has.
write_record() {
  local body=$scratch/record.$BASHPID
  record_json "$@" >"$body" || return
  # Its key is this run's own, so nobody else's can be overwritten.
  state_do put-object --key "$runs_key$record_run.json" --body "$body" --content-type application/json
}

remove_record() {
  state_do delete-object --key "$runs_key$record_run.json"
}

# own_lock ENGINE: whether that process's lock is still there; sets left_lock.
own_lock() {
  local id host
  host=$(uname -n) || return
  left_lock=''
  read_locks || return
  for id in "${locks[@]}"; do
    fetch_object "$locks_key$id.json" "$scratch/lock" || continue
    if jq -e --arg host "$host" --argjson pid "$1" '.hostname == $host and .pid == $pid' "$scratch/lock" >/dev/null; then
      left_lock=$id
      return
    fi
  done
  return 1
}

# keep_record: goes beside an engine, says every while that it lives, and takes the record away when it has ended, also
# when this script was killed meanwhile. A record whose lock was left behind stays and says so. Stops an engine that
# has had its time.
keep_record() {
  local engine began=$SECONDS beat=$SECONDS limit=${SLIPWAY_ENGINE_SECONDS:-7200} told='' script=$$
  trap '' INT TERM HUP
  scratch=$scratch/keeper
  mkdir -p "$scratch" || return
  until [[ -s ${scratch%/keeper}/engine ]]; do
    alive "$script" || return 0
    sleep 0.1
  done
  engine=$(<"${scratch%/keeper}/engine") || return
  while alive "$engine"; do
    if ((SECONDS - beat >= heartbeat)); then
      beat=$SECONDS
      write_record "$engine" || note "the record of this run can't be refreshed: $error_text"
    fi
    if [[ -z $told ]] && ((SECONDS - began >= limit)); then
      told=yes
      note "Pulumi has had its $limit seconds (SLIPWAY_ENGINE_SECONDS); it is told to stop"
      kill -INT "$engine" 2>/dev/null || true
    fi
    sleep 1
  done
  # In a shell of its own, since what can't be read ends it.
  if (own_lock "$engine") 2>/dev/null; then
    write_record "$engine" ended || true
  else
    remove_record || note "the record $runs_key$record_run.json can't be removed: $error_text"
  fi
  alive "$script" || rm -rf "${scratch%/keeper}"
}

# start_engine WORD...: writes the record and becomes the engine, so that the record is there before Pulumi's lock and
# knows its process. Runs in a shell of its own.
start_engine() {
  local detached=()
  printf '%s\n' "$BASHPID" >"$scratch/engine.new" || exit
  mv -f "$scratch/engine.new" "$scratch/engine" || exit
  write_record "$BASHPID" || stop_for_state "writing the record of this run (s3:PutObject on s3://$bucket/$runs_key*)"
  # A signal for the whole group would come twice, from there and from us, and the second ends Pulumi at once.
  [[ -t 0 ]] || ! command -v setsid >/dev/null || detached=(setsid)
  export PULUMI_SKIP_UPDATE_CHECK=true
  exec "${detached[@]}" "$pulumi" "$@" --cwd "$project" --stack "$stack"
}

# attend PID: waits until it ends and has its status; what this script is told to do, it is told.
attend() {
  local status
  while :; do
    status=0
    wait "$1" || status=$?
    alive "$1" || return "$status"
  done
}

# run_engine WORD...: one try, with its record.
run_engine() {
  local status=0 keeper engine
  rm -f "$scratch/engine" "$scratch/said"
  engine_pid=0
  keep_record &
  keeper=$!
  if [[ -t 0 ]]; then
    # The terminal tells both of us; Pulumi ends in order, and so do we then.
    trap : INT TERM HUP
    (start_engine "$@") || status=$?
  else
    (start_engine "$@" 2> >(tee -i "$scratch/said" >&2)) <&0 &
    engine=$!
    # shellcheck disable=SC2064 # this engine
    trap "kill -INT $engine 2>/dev/null || true" INT TERM HUP
    attend "$engine" || status=$?
  fi
  read -r engine_pid 2>/dev/null <"$scratch/engine" || true
  attend "$keeper" || true
  trap - INT TERM HUP
  return "$status"
}

# hold COMMAND WORD...: runs the engine with WORD..., and a record beside Pulumi's lock of who does so (COMMAND). When it
# fails it says why, as far as that can be known: the stack is held, credentials have run out.
hold() {
  local status tries
  begin_record "$1" || return
  shift
  for ((tries = 1; ; tries++)); do
    status=0
    run_engine "$@" || status=$?
    ((status)) || return 0
    unchanged='The state holds what Pulumi could save; run this again.'
    explain "$status" "$engine_pid" || true
    # Of several that begin at the very same time all may give way to one another.
    grep -qs 'is currently locked by' "$scratch/said" && ((tries < 5)) || return "$status"
    note 'the stack is free now; trying again'
    pause "$((1 + RANDOM % 3))"
  done
}

# export_state FILE: what the engine knows of the stack. Leaves the script when that can't be read, with what to do.
export_state() {
  engine stack export >"$1" 2>"$scratch/said" && return
  cat "$scratch/said" >&2
  ! told_of_damage || die "nothing was changed"
  die "the state of $stack can't be read. Nothing was changed"
}

# told_of_damage: whether what the engine said is that the state is no whole deployment; then says what to do.
told_of_damage() {
  grep -qs 'failed to load checkpoint' "$scratch/said" || return 1
  note "the state of $stack is damaged; an earlier version is brought back by ./slipway state-repair $stack"
}

# explain STATUS ENGINE: leaves the script with a message when it knows why the engine failed.
explain() {
  # shellcheck disable=SC2034 # it is only whether it works that counts
  local found=''
  if ! try_aws found sts get-caller-identity --region "$region" --output text --query Account; then
    case $(meaning) in
      expired | none)
        note "the AWS credentials ran out in mid-run. The state holds what Pulumi could save before that; what AWS made after it is not in there (docs/runbooks/state.md). Sign in again, and then:"
        {
          printf '  ./slipway unlock %s     shows the lock that this run could not take away, and how to remove it\n' "$stack"
          printf '  ./slipway %s     goes on where it ended\n' "${record_command/.sh/}"
        } >&2
        exit "$1"
        ;;
    esac
    return 0
  fi
  told_of_damage || true
  if own_lock "$2"; then
    note "Pulumi ended ($1) and left its lock; remove it with: ./slipway unlock $stack $left_lock, and run this again: it goes on where it ended"
    exit "$1"
  fi
  ((${#locks[@]})) || return 0
  # Who holds the stack by now is of no interest when it failed for something else. On a terminal its words aren't kept:
  # the holder is named there, and the status stays the engine's.
  [[ ! -e $scratch/said ]] || grep -q 'is currently locked by' "$scratch/said" || return 0
  ! tell_holders || [[ ! -e $scratch/said ]] || exit 10
}
