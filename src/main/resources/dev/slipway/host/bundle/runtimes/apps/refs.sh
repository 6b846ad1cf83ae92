# shellcheck shell=bash
# From what a person types to images by digest.

# refs_resolve REF: {app: {image, imageId}} for every app that has one. Pulls what it must, to learn a tag's digest.
refs_resolve() {
  local known app apps image id
  known="$(refs_known)"
  known="$(refs_apply "$known" "$1")"
  apps="$(jq -r 'keys[]' <<<"$known")"
  for app in $apps; do
    image="$(jq -r --arg app "$app" '.[$app]' <<<"$known")"
    image="$(image_obtain "$app" "$image")"
    id="$(image_id "$image")"
    [[ -n $id ]] || die "Docker gives no id of the image $image" >&2
    jq -nc --arg app "$app" --arg image "$image" --arg id "$id" '{key: $app, value: {image: $image, imageId: $id}}'
  done | jq -s from_entries
}

# repository APP: its image without a digest or tag.
repository() { image_repository "$(setting ".apps[\"$1\"].image")"; }

# tagged APP TAG: its image by a tag as people name it, which is without what tells the apps of one repository apart.
tagged() {
  local name prefix
  name="$(repository "$1")"
  prefix="$(setting ".apps[\"$1\"].tagPrefix")"
  printf '%s:%s%s' "$name" "$prefix" "$2"
}

# refs_known: {app: image} of the apps that are not spoken of: as the stack desires, else as this host serves, else as
# the stack file seeds.
refs_known() {
  local from='{}' desired current status=0
  desired="$(desired_get)" || status=$?
  ((status <= 1)) || die "the parameter $(setting .parameters.desired), which says what the other apps are, cannot be read"
  current="$(record_current_id)"
  if [[ -n $desired ]]; then
    from="$(refs_apply '{}' "$(jq -r .ref <<<"$desired")" quietly)"
  elif [[ -n $current ]]; then
    from="$(jq -c '.apps | map_values(.image)' "$(record_file "$current")")"
  fi
  refs_apply '{}' "$(setting .seed)" quietly | jq -c --argjson from "$from" --slurpfile settings "$SETTINGS" '
    . + $from | with_entries(select(.key | in($settings[0].apps)))'
}

# refs_apply KNOWN REF [quietly]: KNOWN with what REF says of its apps. Of what is no app any more a person is told, and
# a desired release that still names it is not wrong.
refs_apply() {
  local known=$1 ref=$2 part app by name image apps
  apps="$(jq -r '.apps | keys | join(", ")' "$SETTINGS")"
  if [[ $ref =~ ^[A-Za-z0-9_][A-Za-z0-9._-]*$ ]]; then
    for app in $(jq -r '.apps | keys[]' "$SETTINGS"); do
      image="$(tagged "$app" "$ref")"
      known="$(jq -c --arg app "$app" --arg image "$image" '.[$app] = $image' <<<"$known")"
    done
    printf '%s' "$known"
    return 0
  fi
  for part in ${ref//,/ }; do
    if [[ $part =~ ^([a-z][a-z0-9-]*)@(sha256:[0-9a-f]{64})$ ]]; then
      app=${BASH_REMATCH[1]} by=@ name=${BASH_REMATCH[2]}
    elif [[ $part =~ ^([a-z][a-z0-9-]*):([A-Za-z0-9_][A-Za-z0-9._-]*)$ && $part != sha256:* ]]; then
      app=${BASH_REMATCH[1]} by=: name=${BASH_REMATCH[2]}
    else
      refuse "'$part' is not APP@sha256:DIGEST or APP:TAG; apps are $apps" >&2
    fi
    if [[ -z $(setting ".apps[\"$app\"].image") ]]; then
      [[ -n ${3-} ]] || refuse "there is no app '$app'; apps are $apps" >&2
      continue
    fi
    if [[ $by == : ]]; then image="$(tagged "$app" "$name")"; else image="$(repository "$app")@$name"; fi
    known="$(jq -c --arg app "$app" --arg image "$image" '.[$app] = $image' <<<"$known")"
  done
  printf '%s' "$known"
}

# refs_of FILE: the whole release in one line, by digest, as the stack desires it.
refs_of() { jq -r 'to_entries | map("\(.key)@\(.value.image | split("@")[1])") | join(",")' "$1"; }

host_platform() { printf 'linux/%s' "$(dpkg --print-architecture)"; }

image_pull() {
  image_login "$1" >&2 || return
  docker pull --quiet "$1" >/dev/null
}

# image_obtain APP IMAGE: pulls it, unless that very one is here, and prints its name by digest.
image_obtain() {
  local image=$2 is
  if [[ $image != *@* ]] || ! image_present "$image"; then
    image_pull "$image" >&2 || die "the image $image of $1 cannot be pulled (the line above says why)" >&2
  fi
  is="$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$image")"
  [[ $is == "$(host_platform)" ]] || refuse "the image $image is for $is and this host is $(host_platform)" >&2
  [[ $image == *@* ]] || image="$(image_by_digest "$image")"
  [[ -n $image ]] || die "the registry gave no digest for $2" >&2
  printf '%s' "$image"
}

# images_fetch FILE: said once for each, for who reads along.
images_fetch() { jq -r 'to_entries[] | "\(.key): \(.value.image)"' "$1"; }
