#!/usr/bin/env bash
# Stands for every program that a host's scripts call and a test has none of: docker, aws, psql, curl and a few more, each
# by a link of its name. What is there is in files under $FAKE. Every call is written down as "PHASE PROGRAM WORDS"; the
# one that FAULT_AT names, for the FAULT_CALL-th time, does not do what it was asked for:
#   fails     it says so, with status 1
#   silent    it says nothing, with status 0
#   restarts  Docker's daemon is away for this and the next two calls
#   away      Docker's daemon is away from here on
set -u
program=${0##*/}
phase=$(sed -n 's/^ *"phase": "\([a-z]*\)".*/\1/p' "$DATA/releases/in-progress.json" 2>/dev/null)
# What the host was like when a phase began is kept, for faults in that phase.
if [[ -n ${SNAPSHOTS-} && -n $phase && ! -e $SNAPSHOTS/$phase ]]; then cp -a "$SLIPWAY_TEST_ROOT" "$SNAPSHOTS/$phase"; fi
words=''
case $program in
  docker)
    words=" $1"
    [[ ! $1 =~ ^(image|network|volume)$ ]] || words+=" $2"
    ;;
  aws) words=" $1 $2" ;;
esac
name="${phase:-before} $program$words"
printf '%s\n' "$name" >>"$FAKE/calls"
if [[ $name == "${FAULT_AT-}" ]] && (($(grep -cxF -e "$name" "$FAKE/calls") == FAULT_CALL)); then
  case $FAULT in
    silent) exit 0 ;;
    restarts) printf '3\n' >"$FAKE/away" ;;
    away) printf '1000\n' >"$FAKE/away" ;;
    *)
      printf '%s: no space left on device, or nobody there\n' "$program" >&2
      exit 1
      ;;
  esac
fi
if [[ $program == docker && -s $FAKE/away ]]; then
  left=$(<"$FAKE/away")
  if ((left > 1)); then printf '%s\n' $((left - 1)) >"$FAKE/away"; else rm -f "$FAKE/away"; fi
  printf 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n' >&2
  exit 1
fi

# option NAME WORD...: the value of an option of docker or aws.
option() {
  local wanted=$1
  shift
  while (($#)); do
    if [[ $1 == "$wanted" ]]; then
      printf '%s' "$2"
      return
    fi
    shift
  done
}

containers=$FAKE/containers
# A container is a folder with state, spec, caddy, port and app.
no_container() {
  printf 'Error response from daemon: No such container: %s\n' "$1" >&2
  exit 1
}

make_container() { # WORD...: of create and run
  local name label folder
  name=$(option --name "$@")
  folder=$containers/$name
  [[ ! -e $folder ]] || {
    printf 'Conflict. The container name "/%s" is already in use\n' "$name" >&2
    exit 1
  }
  mkdir -p "$folder"
  printf 'created' >"$folder/state"
  printf 0 >"$folder/code"
  while (($#)); do
    if [[ $1 == --label ]]; then
      label=${2#slipway.}
      printf '%s' "${label#*=}" >"$folder/${label%%=*}"
    fi
    shift
  done
}

start_container() {
  local folder=$containers/$1
  [[ -d $folder ]] || no_container "$1"
  if [[ $1 == slipway-migrate-* ]]; then
    printf 'column of a migration\n' >>"$FAKE/schema"
    printf 'exited' >"$folder/state"
  else
    printf 'running' >"$folder/state"
  fi
}

of() { cat "$containers/$1/$2" 2>/dev/null; }

fake_docker() {
  local last=${*: -1} format folder
  format=$(option --format "$@")
  case "$1" in
    pull | rmi | kill | login) : ;;
    info) printf '%s' "${format:+$DATA/docker}" ;;
    logs) printf 'a line of %s\n' "$last" ;;
    network) : ;;
    volume) printf '%s' "$FAKE/volume" ;;
    image)
      case "$2 $format" in
        'ls '*) printf 'registry:5000/panel/api@sha256:%064d\n' 0 ;;
        'inspect {{.Os}}'*) printf 'linux/amd64\n' ;;
        'inspect {{.Id}}') printf 'sha256:id-of-%s\n' "${last##*@}" ;;
        'inspect {{json .Config}}') printf '{"Cmd": ["node"]}' ;;
        'inspect '*) printf '{}\n' ;;
      esac
      ;;
    create) make_container "$@" ;;
    run)
      make_container "$@"
      start_container "$(option --name "$@")"
      ;;
    start) start_container "$last" ;;
    stop)
      [[ -d $containers/$last ]] || no_container "$last"
      printf 'exited' >"$containers/$last/state"
      ;;
    rm) [[ -d $containers/$last ]] && rm -rf "${containers:?}/$last" || no_container "$last" ;;
    wait)
      [[ -d $containers/$last ]] || no_container "$last"
      of "$last" code
      printf '\n'
      ;;
    inspect)
      [[ -d $containers/$last ]] || no_container "$last"
      case $format in
        *slipway.caddy*) printf '%s %s\n' "$(of "$last" caddy)" "$([[ $(of "$last" state) == running ]] && printf true || printf false)" ;;
        *slipway.spec*) printf '%s\n' "$(of "$last" spec)" ;;
        *slipway.port*) printf '%s\n' "$(of "$last" port)" ;;
        *ExitCode*) printf '%s %s\n' "$(of "$last" state)" "$(of "$last" code)" ;;
        *Status*) printf '%s\n' "$(of "$last" state)" ;;
        *IPAddress*) printf '%s\n' "$last" ;;
        *Pid*) printf '4242\n' ;;
        *RestartCount*) printf '0\n' ;;
      esac
      ;;
    ps)
      for folder in "$containers"/*; do
        [[ -d $folder ]] || continue
        case "$*" in
          *slipway-migrate*) [[ ${folder##*/} != slipway-migrate-* ]] || printf '%s\n' "${folder##*/}" ;;
          *label=slipway.app*) [[ ! -s $folder/app ]] || printf '%s\t%s\n' "${folder##*/}" "$(of "${folder##*/}" app)" ;;
        esac
      done
      ;;
    *)
      printf 'no such command: %s\n' "$*" >&2
      exit 1
      ;;
  esac
}

fake_aws() {
  local file=$FAKE/parameters/ value
  case "$1 $2" in
    'ssm get-parameter')
      file+=$(option --name "$@" | tr / _)
      if [[ -s $file ]]; then
        cat "$file"
      else
        printf 'An error occurred (ParameterNotFound)\n' >&2
        exit 1
      fi
      ;;
    'ssm put-parameter')
      value=$(option --cli-input-json "$@")
      jq -j .Value "${value#file://}" >"$file$(jq -r .Name "${value#file://}" | tr / _)"
      printf '1\n'
      ;;
    'secretsmanager get-secret-value')
      if [[ $* == *--query* ]]; then
        printf '{"username": "master", "password": "master-password-x"}\n'
      else
        printf '{"SecretString": "{\\"username\\": \\"slipway_a\\", \\"password\\": \\"password-of-sixteen\\"}", "VersionId": "1"}\n'
      fi
      ;;
    'rds create-db-snapshot') printf 'available' >"$FAKE/snapshot" ;;
    'rds describe-db-snapshots')
      if [[ $* == *--snapshot-type* ]]; then
        printf 'None\n'
      elif [[ -s $FAKE/snapshot ]]; then
        cat "$FAKE/snapshot"
      else
        exit 254
      fi
      ;;
    *) : ;;
  esac
}

# Reads SQL and says what the database would.
fake_psql() {
  local line
  while IFS= read -r line; do
    case "$line" in
      *slipway-migration*) printf 'locked\n' ;;
      'SELECT 1') printf '1\n' ;;
      *information_schema.columns*) cat "$FAKE/schema" ;;
    esac
  done
}

# The proxy, and the apps behind it: http://CONTAINER:PORT/ and http://127.0.0.1:HOSTPORT/.
fake_curl() {
  local address=${*: -1} host app
  host=${address#http://}
  host=${host%%[:/]*}
  if [[ $host == 127.0.0.1 ]]; then
    app=api
    [[ $(of slipway-caddy state) == running ]] || {
      printf 000
      exit 7
    }
    host=$(cut -d: -f1 "$DATA/apps/upstreams/$app")
  fi
  if [[ $(of "$host" state) == running ]]; then printf 200; else printf 503; fi
}

case $program in
  docker) fake_docker "$@" ;;
  aws) fake_aws "$@" ;;
  psql) fake_psql ;;
  curl) fake_curl "$@" ;;
  dpkg) printf 'amd64\n' ;;
  nsenter | sleep) : ;;
  mv | mktemp) exec "/bin/$program" "$@" ;;
esac
