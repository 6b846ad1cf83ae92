# shellcheck shell=bash
# The runtime `apps`: a map of containers behind one Caddy, each app with two colors of which one serves.
#
# A release: refs become digests, images are pulled, what the apps need to know is fetched; migrations run from the new
# image; the new color comes up beside the old and must be healthy; then one file changes, and with it where Caddy sends
# the next request. The old color ends when its last request has, and is kept to go back to.

# shellcheck source=/dev/null
for part in images values database snapshot; do
  source "$BUNDLE/lib/$part.sh"
done
for part in spec refs secrets credentials database cache caddy project colors migrate older; do
  # shellcheck source=/dev/null
  source "$BUNDLE/runtimes/apps/$part.sh"
done

# shellcheck disable=SC2034 # the engine says it
RUNTIME_LEFT='Each app is left with the color that its file names'

# runtime_fetch REF DIR: everything that the release needs is on the host; the former one still serves.
runtime_fetch() {
  local ref=$1 dir=$2
  values_of_the_killed
  refs_resolve "$ref" >"$dir/images.json"
  images_fetch "$dir/images.json"
  secrets_make
  database_prepare
  cache_prepare
  spec_write "$dir"
  caddy_fetch
  jq -n --arg ref "$(refs_of "$dir/images.json")" --arg imageId "$(jq -cS 'map_values(.imageId)' "$dir/apps.json" | sha256sum | cut -d' ' -f1)" \
    --arg code "$(jq -cS 'map_values(del(.versions))' "$dir/apps.json" | sha256sum | cut -d' ' -f1)" \
    --arg config "$(jq -cS . "$dir/apps.json" | sha256sum | cut -d' ' -f1)" \
    '{ref: $ref, commit: null, image: null, imageId: $imageId, imageDigest: null, code: $code, config: $config}' >"$dir/target.json"
}

# A host that was never told what to run answers for itself, so that the balancer sees what is missing.
runtime_without_release() {
  caddy_fetch
  caddy_ensure
  finish 0 ok "no release was made yet, and every app answers 503; make the first with: ./slipway release $(setting .stack) $(jq -r '.apps | keys | map("\(.)@sha256:…") | join(",")' "$SETTINGS")"
}

# runtime_check TARGET_DIR CURRENT_ID UPGRADE: what must be refused before anything changes.
runtime_check() { refuse_older "$1" "$2"; }

# runtime_plan CURRENT_ID MAKES PART: only a release that is being made migrates, on one host, and only with an image
# that is new.
runtime_plan() {
  local plan apps=''
  plan="$(runtime_phases)"
  if [[ $2 == yes && ($3 == whole || $3 == first) ]]; then apps="$(migrating "$NEXT" "$1")"; fi
  if [[ -n $apps ]]; then
    plan="$(jq -c '["migrate"] + .' <<<"$plan")"
    if snapshot_is_wanted; then plan="$(jq -c '["snapshot"] + .' <<<"$plan")"; fi
  fi
  printf '%s' "$plan"
}

runtime_code_of() { record_get "$1" .code; }

# runtime_verdict RELEASE_ID
runtime_verdict() { printf ': %s' "$(jq -r '.colors | to_entries | map("\(.key) \(.value)") | join(", ")' "$(record_file "$1")")"; }

# release_images RELEASE_ID: what its containers are made of, one a line.
release_images() {
  if [[ -s $RELEASES/$1/apps.json ]]; then jq -r '.[].image' "$RELEASES/$1/apps.json" | sort -u; fi
}

# runtime_images_missing RELEASE_ID: what a registry still has is no loss, and is here before anything is switched.
runtime_images_missing() {
  local images
  images="$(release_images "$1")"
  # shellcheck disable=SC2086 # an image's name has no blanks
  images_obtain $images
}

# runtime_keep: here and in their registries, for a host that is made later and for a way back.
runtime_keep() {
  local id images
  id="$(basename "$RELEASE_DIR")"
  images="$(release_images "$id")"
  # shellcheck disable=SC2086 # an image's name has no blanks
  images_hold "$id" $images
  # shellcheck disable=SC2086
  images_keep $images
}

# runtime_open: what serves is certain, so that the other colors can end.
runtime_open() { colors_settle; }

# runtime_smoke: each app by the port that the balancer asks, with the code of this release behind it.
runtime_smoke() {
  local app apps
  apps="$(spec_apps)"
  [[ -n $apps ]] || die "the release names no app (${RELEASE_DIR##*/})"
  for app in $apps; do
    color_is_of_release "$app"
    until_true 30 caddy_answers "$app" || die "$app does not answer 200 at 127.0.0.1:$(spec "$app" .hostPort)$(spec "$app" .health) but $(caddy_status "$app")"
    detail "$app: $(color_live "$app"), answers at port $(spec "$app" .hostPort)"
  done
}

# runtime_smoke_open: of a release that serves already, or did before this host was started again.
runtime_smoke_open() {
  local app apps
  network_ensure
  apps="$(spec_apps)"
  for app in $apps; do
    color_start "$app" "$(color_live "$app")"
  done
  colors_await
  caddy_ensure
  runtime_smoke
  colors_settle
}

# runtime_record_fields OUTCOME
runtime_record_fields() {
  local schema='' to ahead=false
  # What cannot be asked is not known, and nothing is concluded from it.
  if database_is_used; then schema="$(database_fingerprint 2>/dev/null)" || schema=''; fi
  to="$(journal_get .to)"
  if [[ $1 == ok && -n $to ]]; then
    if [[ $(record_get "$to" .schemaAhead) == true || -n $schema && $(record_get "$to" .schema) != "$schema" ]]; then ahead=true; fi
  elif [[ $1 != ok && -n $schema && -n $(journal_get .schemaBefore) && $(journal_get .schemaBefore) != "$schema" ]]; then
    ahead=true
  fi
  # shellcheck disable=SC2016
  jq --arg outcome "$1" --arg schema "$schema" --argjson ahead "$ahead" --slurpfile apps "$RELEASES/$(journal_get .id)/apps.json" '
    {apps: ($apps[0] | map_values({image, digest: (.image | split("@")[1])})), colors: (.colors // {}), part,
     snapshot: (.snapshot // null), schema: (if $schema == "" then null else $schema end),
     schemaChanged: (.schemaBefore != null and $schema != "" and $outcome == "ok" and .schemaBefore != $schema), schemaAhead: $ahead}' "$JOURNAL"
}

# --- the phases ------------------------------------------------------------------------------------------------------

phase_snapshot() { snapshot_make "$(journal_get .id)"; }

phase_migrate() {
  local app apps previous schema
  network_ensure
  if database_is_used && [[ -z $(journal_get .schemaBefore) ]]; then
    schema="$(database_fingerprint)" || die 'the database does not tell its schema'
    journal_text schemaBefore "$schema"
  fi
  previous="$(journal_get .previous)"
  apps="$(migrating "$RELEASE_DIR" "$previous")"
  for app in $apps; do
    migrate_app "$(journal_get .id)" "$app"
  done
}

# The new colors, beside what serves. An app that is the same as before keeps its color, and is not touched.
phase_start() {
  local app apps
  network_ensure
  colors_choose
  apps="$(spec_apps)"
  [[ -n $apps ]] || die "the release names no app (${RELEASE_DIR##*/})"
  for app in $apps; do
    color_start "$app" "$(journal_get ".colors[\"$app\"]")"
  done
  colors_await
}

phase_switch() {
  local app apps
  caddy_ensure
  apps="$(spec_apps)"
  for app in $apps; do
    upstream_set "$app" "$(journal_get ".colors[\"$app\"]")"
  done
}

# RELEASE_DIR is the former release's. Its colors were not ended yet, so this is one file for each app; a host that was
# started again in the meantime starts them too.
phase_return() {
  local app apps color schema
  migrations_remove
  network_ensure
  apps="$(spec_apps)"
  for app in $apps; do
    color="$(journal_get ".former[\"$app\"]")"
    [[ -n $color ]] || color="$(color_live "$app")"
    color_start "$app" "$color"
  done
  colors_await former
  caddy_ensure
  apps="$(journal_get '.former // {} | keys[]')"
  for app in $apps; do
    upstream_set "$app" "$(journal_get ".former[\"$app\"]")"
  done
  apps="$(journal_get '.colors // {} | keys[]')"
  for app in $apps; do
    color="$(journal_get ".colors[\"$app\"]")"
    [[ $color == "$(color_live "$app")" ]] || container_remove "$(container_name "$app" "$color")"
  done
  if [[ -n $(journal_get .schemaBefore) ]] && schema="$(database_fingerprint)" && [[ $(journal_get .schemaBefore) != "$schema" ]]; then
    warn "the schema is ahead of the code: the migration of $(journal_get .id) stays in the database; see docs/runbooks/migrations.md"
  fi
}

# --- for the other verbs ---------------------------------------------------------------------------------------------

# runtime_prune KEPT_IDS
runtime_prune() {
  local id kept name images
  migrations_remove
  kept="$(for id in $1; do release_images "$id"; done)"
  for id in $1; do
    images="$(release_images "$id")"
    # shellcheck disable=SC2086 # an image's name has no blanks
    images_hold "$id" $images
  done
  images_let_go "$1"
  for name in $(jq -r '.apps[].image | split("@")[0]' "$SETTINGS" | sort -u); do
    docker image ls --no-trunc --format '{{.Repository}}@{{.Digest}}' "$name" | while read -r image; do
      grep -qxF -e "$image" <<<"$kept" || docker image rm "$image" >/dev/null 2>&1 || true
    done
  done
  docker image prune --force >/dev/null
}

runtime_apps_state() {
  local app
  for app in $(jq -r '.apps | keys[]' "$SETTINGS"); do
    jq -nc --arg name "$app" --arg status "$(caddy_status "$app")" --arg color "$(color_live "$app")" --argjson port "$(setting ".apps[\"$app\"].hostPort")" \
      --arg image "$(spec "$app" .image)" \
      '{name: $name, status: ($status | tonumber), hostPort: $port, color: (if $color == "" then null else $color end), image: (if $image == "" then null else $image end)}'
  done | jq -sc .
}

runtime_containers() {
  docker ps --all --filter label=slipway.app --format '{{.Names}}\t{{.State}}\t{{.Status}}\t{{.Image}}' |
    jq -Rnc '[inputs | split("\t") | {service: .[0], state: .[1], health: ((.[2] | capture("\\((?<h>healthy|unhealthy|health: starting)\\)").h) // ""), image: .[3]}] | sort_by(.service)'
}
