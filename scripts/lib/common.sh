# shellcheck shell=bash
# What the scripts share. It is sourced, never run.

# Without it bash goes on after an error inside $(…).
if ! shopt -s inherit_errexit 2>/dev/null; then
  printf '%s: bash 4.4 or newer is needed, this is %s\n' "${0##*/}" "$BASH_VERSION" >&2
  exit 2
fi

# A CDPATH would have cd print where it went; HOME is not set everywhere that a script runs.
unset CDPATH
export HOME=${HOME:-~}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
home=${SLIPWAY_HOME:-$root/.slipway}
# Scripts change their folder.
[[ $home == /* ]] || home=$PWD/$home
[[ -z ${SLIPWAY_PROJECT:-} || $SLIPWAY_PROJECT == /* ]] || SLIPWAY_PROJECT=$PWD/$SLIPWAY_PROJECT
program=${0##*/}
# What a person types: workflows' scripts and measurements go by their paths.
case $0 in
  */ci/*) typed=scripts/ci/$program ;;
  */bench/*) typed=bench/$program ;;
  *) typed="./slipway ${program%.sh}" ;;
esac
# shellcheck disable=SC2034 # the scripts that source this read it
readonly root home program typed

# Ours come last: what the machine has already goes first, but for a jq that is slow to start.
export PATH=$home/tools/jq:$PATH:$home/tools/bin
export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off AWS_RETRY_MODE=${AWS_RETRY_MODE:-standard}
# Where a workflow keeps the state is in GitHub's variables, as its bucket, prefix and region: AWS_REGION is that of a
# stack, which may be another.
state_region=${PULUMI_STATE_REGION:-${AWS_REGION:-}}
if [[ -z ${PULUMI_BACKEND_URL:-} && -n ${PULUMI_STATE_BUCKET:-} && -n $state_region ]]; then
  export PULUMI_BACKEND_URL="s3://$PULUMI_STATE_BUCKET${PULUMI_STATE_PREFIX:+/$PULUMI_STATE_PREFIX}?region=$state_region&awssdk=v2"
fi

say() { printf '%s\n' "$*"; }
note() { printf '%s: %s\n' "$program" "$*" >&2; }
die() {
  note "$*"
  exit 1
}

# --- the command line ----------------------------------------------------------------------------------------------

problems=()

# problem TEXT: keeps it, so that all of them are told at once.
problem() { problems+=("$*"); }

# no_problems: leaves with status 2 when there were any.
no_problems() {
  local line
  ((${#problems[@]})) || return 0
  {
    if ((${#problems[@]} == 1)); then
      printf '%s: %s\n' "$program" "${problems[0]}"
    else
      printf '%s: %s problems:\n' "$program" "${#problems[@]}"
      for line in "${problems[@]}"; do printf '  %s\n' "$line"; done
    fi
    printf 'See %s --help\n' "$typed"
  } >&2
  exit 2
}

# shellcheck source=words.sh
source "$root/scripts/lib/words.sh"
mapfile -t problems < <(empty_words "$@")
no_problems

# value_of OPTION COUNT: an option that is the last word has no value.
value_of() {
  (($2 > 1)) || {
    problem "$1 needs a value"
    no_problems
  }
}

# take_options 'NAME…' 'FLAG…' WORD...: the command line of a script that is no verb of a stack's hosts, and has usage.
# --NAME VALUE sets the variable of that name (with _ for -), --FLAG sets its variable to "yes", and what is no option is
# left in $words.
take_options() {
  local valued=" $1 " flags=" $2 " name
  shift 2
  words=()
  while (($#)); do
    name=${1#--}
    # The name of no option: it would be one with what stands on both sides of a blank above, or nothing.
    [[ $name =~ ^[a-z][a-z-]*$ ]] || name=/
    if [[ $1 == -h || $1 == --help ]]; then
      usage
      exit 0
    elif [[ $1 != -* ]]; then
      words+=("$1")
    elif [[ $1 == --* && $flags == *" $name "* ]]; then
      printf -v "${name//-/_}" yes
    elif [[ $1 == --* && $valued == *" $name "* ]]; then
      value_of "$1" $#
      printf -v "${name//-/_}" '%s' "$2"
      shift
    else
      problem "\"$1\" is not an option"
    fi
    shift
  done
}

check_stack_name() {
  [[ $1 =~ ^[a-z][a-z0-9-]{0,30}$ ]] ||
    problem "stack: \"$1\" is not a name of up to 31 lower-case letters, digits and hyphens, starting with a letter"
}

check_number() {
  [[ $2 =~ ^[0-9]{1,6}$ ]] || problem "$1: \"$2\" is not a whole number"
}

# version_at_least VERSION MINIMUM: part by part, as numbers. What is no version is older than any.
version_at_least() {
  local have need index
  [[ $1 =~ ^[0-9]+([.][0-9]+)*$ ]] || return 1
  IFS=. read -r -a have <<<"$1"
  IFS=. read -r -a need <<<"$2"
  for index in "${!need[@]}"; do
    if ((10#${have[index]:-0} != 10#${need[index]})); then
      ((10#${have[index]:-0} > 10#${need[index]}))
      return
    fi
  done
}

# check_ref WORD REF: of a release. A hundred apps by digest are a long one.
check_ref() {
  [[ $2 =~ ^[A-Za-z0-9._/:@,+#=%!-]+$ ]] ||
    problem "$1: \"$2\" is not a branch, commit, tag or digest (letters, digits and ._/:@,+#=%!- only)"
  ((${#2} <= 10000)) || problem "$1: its ${#2} characters are more than any ref has"
}

check_instance() { [[ $1 =~ ^m?i-[0-9a-f]{8,17}$ ]] || problem "--instance: \"$1\" is not an instance id"; }

# check_id OPTION ID: of a release or a backup.
check_id() {
  [[ $2 =~ ^[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9._-]{1,60}$ ]] ||
    problem "$1: \"$2\" is not an id such as 20261121T021700Z-1a2b3c4; ./slipway status lists them"
}

# --- stack files ---------------------------------------------------------------------------------------------------

# shellcheck source=stack.sh
source "$root/scripts/lib/stack.sh"

# --- verbs of a stack's hosts --------------------------------------------------------------------------------------

# who: whom the release history names. The documents take no other characters.
who() {
  local name=${GITHUB_ACTOR:-}
  [[ -n $name ]] || name=$(git config user.name 2>/dev/null) || name=''
  [[ -n $name ]] || name=${USER:-$(id -un)} || return
  name=${name//[^A-Za-z0-9._@\/ -]/-}
  say "${name:0:100}"
}

# run_url: the workflow run that this is part of, if it is.
run_url() {
  [[ -n ${GITHUB_RUN_ID:-} ]] || return 0
  say "${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-}/actions/runs/$GITHUB_RUN_ID"
}

# Options that every verb hands on to ssm-run.sh.
run_options=()
taken=1

# common_option WORD...: whether the first is one of them; then $taken says how many words it was.
common_option() {
  case $1 in
    --start) run_options+=(--start) ;;
    --region)
      value_of "$1" $#
      region=$2 taken=2
      ;;
    --delivery-timeout | --timeout)
      value_of "$1" $#
      check_number "$1" "$2"
      run_options+=("$1" "$2")
      taken=2
      ;;
    -*) problem "\"$1\" is not an option" ;;
    *) return 1 ;;
  esac
}

# parse WORD...: the command line of a verb. The script has own_option, which is like common_option, and usage.
# What is no option is left in $words, and STACK, always the first of them, in $stack.
parse() {
  words=() region='' stack='' file=''
  while (($#)); do
    if [[ $1 == -h || $1 == --help ]]; then
      usage
      exit 0
    fi
    taken=1
    own_option "$@" || common_option "$@" || words+=("$1")
    shift "$taken"
  done
  if ((${#words[@]} == 0)); then problem 'STACK is missing'; else need_stack "${words[0]}"; fi
}

# stack_alone: for verbs that take no other word.
stack_alone() {
  ((${#words[@]} < 2)) || problem "\"${words[1]}\": STACK is the only word that it takes"
}

common_options_help() {
  cat <<'HELP'
  --start               starts the stack's instance when it is stopped
  --region REGION       instead of the stack file's
  --delivery-timeout S  how long the host's agent may take to come online and take the command; default 600
  --timeout S           how long to follow the command; default 7200
HELP
}

# no_run_options: a problem where a script that sends no command was given what goes with one.
no_run_options() {
  ((${#run_options[@]} == 0)) || problem "${run_options[*]}: goes with a verb of the hosts"
}

# need_hosts: refuses a stack that has none.
need_hosts() {
  local kind
  kind=$(hosts_of "$file") || return
  [[ $kind != none ]] || {
    note "refused: $stack has no hosts"
    exit 11
  }
}

# run_verb VERB [NAME=VALUE...]: runs the stack's document for it, in place of this script.
run_verb() {
  local document=slipway-$stack-$1 parameters=() word verbs
  need_hosts
  verbs=$(described "$file" '.verbs | join(", ")') || return
  if [[ -n $verbs && ", $verbs, " != *", $1, "* ]]; then
    note "refused: there is no $1 for $stack; what can be run on its hosts: $verbs"
    exit 11
  fi
  shift
  for word in "$@"; do parameters+=(--parameter "$word"); done
  exec "$root/scripts/ssm-run.sh" --document "$document" --stack "$stack" --region "$region" \
    --comment "$program by $(who)" "${run_options[@]}" "${parameters[@]}"
}

# --- files of the repository ---------------------------------------------------------------------------------------

# dockerfiles: those of the examples, as bash_files names its files. The rehearsal's own images are nobody's pattern.
dockerfiles() {
  find "$root/examples" \( -name node_modules -o -name .venv \) -prune -o -type f -name Dockerfile -printf 'examples/%P\0' | sort -z
}

# bash_files: every file of the repository that bash or sh runs, its path from the root, each ended by a zero byte.
bash_files() {
  local name first shebang='^#!.*[/ ](bash|sh)( |$)'
  {
    git -C "$root" ls-files -z --cached --others --exclude-standard 2>/dev/null ||
      find "$root" \( -name .git -o -name .slipway -o -name target -o -name node_modules -o -name .venv \) -prune -o -type f \
        -printf '%P\0'
  } | while IFS= read -r -d '' name; do
    [[ -f $root/$name && ! -L $root/$name ]] || continue
    if [[ $name == *.sh ]]; then
      printf '%s\0' "$name"
    elif [[ ${name##*/} != *.* ]]; then
      IFS= read -r first 2>/dev/null <"$root/$name" || true
      [[ ! $first =~ $shebang ]] || printf '%s\0' "$name"
    fi
  done | sort -z
}

# --- Pulumi --------------------------------------------------------------------------------------------------------

# need_secrets_provider: a passphrase, Pulumi's own service or none would not do for a shared stack.
need_secrets_provider() {
  local provider
  provider=$(stack_value "$file" secretsprovider)
  case $provider in
    awskms://*) ;;
    '')
      if [[ -n $(stack_value "$file" encryptionsalt) ]]; then
        provider=passphrase
      else
        problem "$file: has no secretsprovider: the stack was not made ready yet; run: ./slipway bootstrap $stack"
      fi
      ;;
  esac
  case $provider in
    awskms://* | '') ;;
    *) problem "$file: its secrets provider is $provider, and only awskms:// is accepted; change it with:" \
      "pulumi stack change-secrets-provider -s $stack 'awskms://alias/slipway?region=$region&awssdk=v2'" ;;
  esac
}

# need_pulumi: the one on PATH when it will do, or our own.
need_pulumi() {
  "$root/scripts/tools.sh" pulumi pulumi-language-java >&2
  pulumi=$home/tools/bin/pulumi
}

# make_project: a project file that runs the jar which is built already, and not Maven. The program's working folder,
# the stack files and the project's name stay what they are.
make_project() {
  local folder name
  folder=$(stack_folder)
  name=$(stack_query "$(stack_file "$stack")" .project)
  project=$home/project/$stack
  need_home "project/$stack"
  # Under a name of this run's own: another run on this stack may be at the same line.
  cat >"$project/Pulumi.yaml.$$" <<YAML
# Written by $program.
name: $name
runtime:
  name: java
  options:
    binary: $root/target/slipway.jar
main: $folder
stackConfigDir: $(realpath --relative-to "$project" "$folder")
YAML
  mv -f "$project/Pulumi.yaml.$$" "$project/Pulumi.yaml"
  # A run of seconds is over before a better compiler or collector has paid for itself.
  export JDK_JAVA_OPTIONS="${JDK_JAVA_OPTIONS:-} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
  # The archive of the program's loaded classes; a JVM that can't use it starts without it.
  if [[ -e $root/target/slipway.jsa ]]; then
    JDK_JAVA_OPTIONS+=" -XX:SharedArchiveFile=\"$root/target/slipway.jsa\" -Xshare:auto"
  fi
}

# engine WORD...: Pulumi on that project and stack, with an end to it: one that can't reach its state would wait for
# ever, and an interrupt lets it save what it has.
engine() {
  local limit=()
  ! command -v timeout >/dev/null || limit=(timeout --foreground --signal=INT "${SLIPWAY_ENGINE_SECONDS:-7200}")
  PULUMI_SKIP_UPDATE_CHECK=true "${limit[@]}" "$pulumi" "$@" --cwd "$project" --stack "$stack"
}

# --- AWS -----------------------------------------------------------------------------------------------------------

# What every script says where there are none; the CLI itself advises keys that last.
readonly sign_in='sign in with "aws sso login", or take a role (AWS_PROFILE), and run this again'
readonly no_credentials="there are no AWS credentials: $sign_in"

find_aws() {
  if aws --version >/dev/null 2>&1; then
    return
  fi
  local ours=$home/tools/bin/aws
  if [[ -x $ours ]] && "$ours" --version >/dev/null 2>&1; then
    PATH=$home/tools/bin:$PATH
    return
  fi
  die "the AWS CLI is missing: install it (https://docs.aws.amazon.com/cli/), or run ./slipway tools python"
}

# need_aws: the CLI, and credentials that AWS takes: the one check before anything that asks AWS. What a script runs under
# the same credentials doesn't ask again. What else AWS may refuse is told where it does.
need_aws() {
  local whose="${AWS_PROFILE:-} ${AWS_ACCESS_KEY_ID:-}" answer
  find_aws
  [[ ${SLIPWAY_SIGNED_IN:-} != "as $whose" ]] || return 0
  answer=$(aws sts get-caller-identity --region "${region:-${AWS_REGION:-us-east-1}}" --output text --query Arn 2>&1) ||
    case $answer in
      *'locate credentials'* | *'Partial credentials'* | *'config profile'*) die "$no_credentials" ;;
      *ExpiredToken* | *'Token has expired'* | *'SSO session'*expired* | *'loading SSO Token'*)
        die "the AWS credentials have expired: $sign_in"
        ;;
      *InvalidClientTokenId* | *SignatureDoesNotMatch* | *UnrecognizedClientException*)
        die "AWS doesn't know these credentials; check AWS_PROFILE and AWS_ACCESS_KEY_ID: $sign_in"
        ;;
    esac
  export SLIPWAY_SIGNED_IN="as $whose"
}

# json_string TEXT: TEXT as a JSON string, quotes included.
json_string() {
  local text=$1 out='' character code index
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  if [[ $text == *[$'\001'-$'\037']* ]]; then
    for ((index = 0; index < ${#text}; index++)); do
      character=${text:index:1}
      if [[ $character == [$'\001'-$'\037'] ]]; then
        printf -v code '%d' "'$character"
        printf -v character '\\u%04x' "$code"
      fi
      out+=$character
    done
    text=$out
  fi
  printf '"%s"' "$text"
}

# Filled by try_aws when a call fails: the error's own name, and its text.
error_code=''
error_text=''

# try_aws VARIABLE ARGUMENT...: runs aws and puts what it prints into VARIABLE.
try_aws() {
  local -n _result=$1
  local _errors=$scratch/aws-errors _status=0
  shift
  # shellcheck disable=SC2034 # a reference to the caller's variable
  _result=$(aws "$@" 2>"$_errors") || _status=$?
  error_code='' error_text=''
  ((_status != 0)) || return 0
  error_text=$(grep -v '^[[:space:]]*$' "$_errors" | tail -n 3) || true
  case $error_text in
    *'locate credentials'* | *'Partial credentials'* | *'config profile'* | *'You must specify a region'*'credentials'*)
      error_code=NoCredentials error_text=$no_credentials
      return 1
      ;;
  esac
  if [[ $error_text =~ \(([A-Za-z0-9.]+)\)\ when\ calling ]]; then
    error_code=${BASH_REMATCH[1]}
  elif [[ $error_text =~ (Could\ not\ connect|Connection\ was\ closed|[Tt]imeout\ on|timed\ out|Connection\ reset|Connection\ broken|IncompleteRead|EOF\ occurred|Broken\ pipe|connect\ to\ proxy) ]]; then
    error_code=Unreachable
  fi
  return 1
}

# passing: whether the last failure is of a kind that goes away.
passing() {
  case $error_code in
    Throttling | ThrottlingException | ThrottledException | TooManyRequestsException | RequestLimitExceeded | \
      RequestThrottled | RateExceeded | InternalServerError | InternalFailure | InternalError | ServiceUnavailable | \
      ServiceUnavailableException | 502 | 503 | 504 | Unreachable) return 0 ;;
    *) return 1 ;;
  esac
}

# patiently VARIABLE ARGUMENT...: as try_aws, for calls that only read: a failure that passes is tried again, for two
# minutes.
patiently() {
  local _deadline=$((SECONDS + 120))
  until try_aws "$@"; do
    passing && ((SECONDS < _deadline)) || return 1
    pause 2
  done
}

# pause SECONDS: leaves the shell free to hear signals.
pause() {
  sleep "$1" &
  wait $! || true
}

# make_scratch: a folder of this run's own in $scratch, gone when it ends.
make_scratch() {
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/slipway.XXXXXX" 2>/dev/null) ||
    die "no folder can be made in ${TMPDIR:-/tmp}: set TMPDIR to one that can be written"
  trap 'rm -rf "$scratch"' EXIT
}

# need_home [FOLDER...]: these below $home, which a checkout that can't be written has not.
need_home() {
  local folder
  for folder in "${@:-.}"; do
    mkdir -p "$home/$folder" 2>/dev/null && [[ -w $home/$folder ]] ||
      die "$home/$folder can't be written: set SLIPWAY_HOME to a folder that can"
  done
}

# need_docker: the program, and an engine that answers it. One that is stopped isn't missing.
need_docker() {
  local why
  command -v docker >/dev/null || die 'docker is missing: install it (https://docs.docker.com/engine/install/)'
  why=$(docker info --format '{{.ServerVersion}}' 2>&1 >/dev/null) ||
    die "the Docker engine doesn't answer: start it (systemctl start docker, or Docker Desktop), or join its group. docker says: ${why##*$'\n'}"
}

# need_folder_of OPTION FILE: where a file is to be written.
need_folder_of() {
  [[ -d $(dirname -- "$2") ]] || problem "$1: there is no folder $(dirname -- "$2")"
  [[ ! -d $2 ]] || problem "$1: \"$2\" is a folder, and a file is wanted"
}

# --- GitHub --------------------------------------------------------------------------------------------------------

need_jq() { command -v jq >/dev/null || die 'jq is missing: install it (https://jqlang.org/download/), or run ./slipway tools system'; }

need_gh() {
  need_jq
  command -v gh >/dev/null || die 'gh is missing: install it (https://cli.github.com)'
}

# need_repository: sets $repository to OWNER/REPO: the workflow's, or the one that gh finds for this folder.
need_repository() {
  repository=${repository:-${GITHUB_REPOSITORY:-}}
  [[ -n $repository ]] || repository=$(gh repo view --json nameWithOwner --jq .nameWithOwner) ||
    die 'no GitHub repository belongs to this folder; give --repository OWNER/REPO'
  [[ $repository =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || die "\"$repository\" is not OWNER/REPO"
}

# output NAME VALUE: hands a value to the workflow's next steps.
output() {
  [[ -z ${GITHUB_OUTPUT:-} ]] || printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# summarize FILE: shows it on the workflow run's page.
summarize() {
  [[ -z ${GITHUB_STEP_SUMMARY:-} ]] || cat "$1" >>"$GITHUB_STEP_SUMMARY"
}

# --- the state -----------------------------------------------------------------------------------------------------

# shellcheck source=state.sh
source "$root/scripts/lib/state.sh"

# --- several hosts -------------------------------------------------------------------------------------------------

# shellcheck source=fleet.sh
source "$root/scripts/lib/fleet.sh"

# --- what a stack takes --------------------------------------------------------------------------------------------

# shellcheck source=capacity.sh
source "$root/scripts/lib/capacity.sh"
