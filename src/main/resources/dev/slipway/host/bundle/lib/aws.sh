# shellcheck shell=bash
# The few things that a host asks of AWS, with its instance role. Values of secrets go by files on tmpfs,
# never by arguments.

# parameter_get NAME: 0 with its value, 1 where there is none, 2 with the reason on standard error: no access, or no
# way there, does not mean "none".
parameter_get() {
  local answer
  if answer="$(aws ssm get-parameter --name "$1" --query Parameter.Value --output text 2>&1)"; then
    printf '%s' "$answer"
  elif [[ $answer == *ParameterNotFound* ]]; then
    return 1
  else
    printf 'cannot read the parameter %s: %s\n' "$1" "$(tr -s '\n' ' ' <<<"$answer")" >&2
    return 2
  fi
}

# parameter_put NAME TYPE FILE [more JSON]: the value is read from FILE; prints the version.
parameter_put() {
  local request version more=${4-} status=0
  request="$(mktemp "$RUNTIME_DIR/put.XXXXXX")"
  jq -n --arg name "$1" --arg type "$2" --rawfile value "$3" --argjson more "${more:-null}" \
    '{Name: $name, Type: $type, Value: $value} + ($more // {})' >"$request"
  version="$(aws ssm put-parameter --cli-input-json "file://$request" --query Version --output text)" || status=$?
  rm -f "$request"
  [[ $status == 0 ]] || return "$status"
  # What was written has a version.
  is_number "$version" || {
    printf 'the parameter %s was written and has no version\n' "$1" >&2
    return 1
  }
  printf '%s\n' "$version"
}

# metric NAME VALUE UNIT
metric() {
  aws cloudwatch put-metric-data --namespace Slipway --metric-name "$1" --value "$2" --unit "$3" \
    --dimensions "Stack=$(setting .stack)" || warn "could not publish the metric $1"
}

bucket() { environment .backupBucket; }

object_put() { aws s3 cp --only-show-errors --no-progress "$1" "s3://$(bucket)/$2"; }
# objects_put DIR PREFIX NAME…: these files of a folder by one call, since each start of the CLI takes a second.
objects_put() {
  local dir=$1 prefix=$2 name only=(--exclude '*')
  for name in "${@:3}"; do only+=(--include "$name"); done
  aws s3 cp --recursive --only-show-errors --no-progress "${only[@]}" "$dir" "s3://$(bucket)/$prefix"
}
object_get() { aws s3 cp --only-show-errors --no-progress "s3://$(bucket)/$1" "$2"; }
object_sha256() { aws s3 cp --only-show-errors --no-progress "s3://$(bucket)/$1" - | sha256sum | cut -d' ' -f1; }

# object_keys PREFIX: one key a line, sorted. Fails where the bucket cannot be asked: that is not an empty one.
object_keys() {
  aws s3api list-objects-v2 --bucket "$(bucket)" --prefix "$1" --query 'Contents[].[Key]' --output text |
    sed '/^None$/d' | sort
}
