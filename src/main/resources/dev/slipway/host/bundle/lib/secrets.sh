# shellcheck shell=bash
# Secrets are made on the host once and kept as SecureString parameters under the stack's own path, where a
# replaced machine finds them. What a container needs at boot also lies on the encrypted data volume, 0400.

# A name below the stack's own path, or a whole one.
secret_parameter() {
  case "$1" in
    /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$(setting .parameters.secrets)" "$1" ;;
  esac
}

# secret_fetch NAME FILE: 0 found, 1 there is none; anything else ends the run (no access is not "none").
secret_fetch() {
  local answer value status=0
  answer="$(aws ssm get-parameter --with-decryption --name "$(secret_parameter "$1")" \
    --query Parameter.Value --output text 2>&1 >"$2")" || status=$?
  ((status != 0)) || {
    # The CLI's text output ends with a line feed that is no part of the value.
    value="$(<"$2")" || die "cannot read what was fetched as $(secret_parameter "$1")"
    printf '%s' "$value" >"$2" || die "cannot keep $(secret_parameter "$1") in $2"
    return 0
  }
  rm -f "$2"
  [[ $answer == *ParameterNotFound* ]] && return 1
  die "cannot read $(secret_parameter "$1"): $answer"
}

# Letters and digits alone: safe in every quoting that a password passes through.
secret_generate() {
  local bytes
  bytes="$(openssl rand -base64 96 | tr -dc 'A-Za-z0-9')" || return
  ((${#bytes} >= 40)) || {
    printf 'openssl gave no random bytes\n' >&2
    return 1
  }
  printf '%s' "${bytes:0:40}"
}

# secret_ensure NAME FILE: FILE (on tmpfs or the data volume) holds the secret; made if there was none.
secret_ensure() {
  local name=$1 file=$2 fetched
  fetched="$(mktemp "$RUNTIME_DIR/secret.XXXXXX")"
  if ! secret_fetch "$name" "$fetched"; then
    if [[ -s $file ]]; then
      cat "$file" >"$fetched"
    else
      secret_generate >"$fetched"
    fi
    parameter_put "$(secret_parameter "$name")" SecureString "$fetched" >/dev/null
    detail "made $(secret_parameter "$name")"
  elif [[ -s $file ]] && ! cmp -s "$file" "$fetched"; then
    rm -f "$fetched"
    refuse "$(secret_parameter "$name") was changed, but what uses it still has the former value ($file). Set the parameter back, or change it there first and then remove the file"
  fi
  write_file "$file" 0400 <"$fetched"
  rm -f "$fetched"
}

# secret_keep NAME FILE: the parameter gets FILE's value if it differs; prints the parameter's version.
secret_keep() {
  local name=$1 file=$2 fetched
  fetched="$(mktemp "$RUNTIME_DIR/secret.XXXXXX")"
  if secret_fetch "$name" "$fetched" && cmp -s "$file" "$fetched"; then
    aws ssm get-parameter --name "$(secret_parameter "$name")" --query Parameter.Version --output text
  else
    parameter_put "$(secret_parameter "$name")" SecureString "$file" '{"Overwrite": true}'
  fi
  rm -f "$fetched"
}
