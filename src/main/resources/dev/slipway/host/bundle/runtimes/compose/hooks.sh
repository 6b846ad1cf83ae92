# shellcheck shell=bash
# The runtime `compose`: what the steps of a release mean for a project of upstream's Compose files and ours.

# shellcheck source=/dev/null
source "$BUNDLE/lib/images.sh"
for part in memory project sites names database image render https migrate patches smoke data older; do
  # shellcheck source=/dev/null
  source "$BUNDLE/runtimes/compose/$part.sh"
done

# Sites that may be made empty although there are backups of them, joined by commas.
EMPTY_SITES="${SSM_emptySites-}"

# runtime_fetch REF DIR: everything that the release needs is on the host; the former one still serves.
# Leaves DIR/target.json and DIR/compose.json.
runtime_fetch() {
  local ref=$1 dir=$2 tree mirror commit='' image id build=''
  # This step is a process of its own; however it ends, nothing secret is left of it.
  trap fetch_clean_up EXIT
  tree="$(frappe_docker_tree)"
  mirror="$DATA/app/application.git"
  # A digest names an image, whatever commit that was made of.
  if [[ $ref == sha256:* ]]; then
    ! image_is_built || refuse "$ref is an image's digest, and this stack builds its images: a branch, tag or commit is needed"
  elif [[ -n $(setting .application.repository) ]]; then
    git_credentials "$(setting .application.repository)" "$(setting .application.token)" "$(setting .application.deployKey)"
    commit="$(git_resolve "$mirror" "$(setting .application.repository)" "$ref")"
    detail "$ref is commit $commit of $(setting .application.repository)"
  fi
  if image_is_built; then
    image="slipway/$(setting .system):${commit:-$ref}"
    image_present "$image" || image_build "$tree" "$mirror" "${commit:-$ref}" "$image"
    build="$(image_build_section "$tree" "${commit:-$ref}")"
  else
    image="$(fetch_image "$ref" "$commit")"
  fi
  fetch_clean_up
  image_check_platform "$image"
  image_check_version "$image"
  render "$tree" "$image" "$build" "$dir"
  fetch_other_images "$dir"
  sites_check_new "$EMPTY_SITES" "$dir/empty-sites"
  id="$(image_id "$image")"
  [[ -n $id ]] || die "Docker gives no id of the image $image"
  jq -n --arg ref "$ref" --arg commit "$commit" --arg image "$image" --arg imageId "$id" \
    --arg frappeDocker "$(basename "$tree" | sed 's/^frappe_docker-//')" \
    --arg databaseImage "$(jq -r '.services.db.image // "external"' "$dir/compose.json")" \
    --arg config "$({ cat "$dir/compose.json" && jq -cS .sites "$SETTINGS"; } | sha256sum | cut -d' ' -f1)" \
    '{ref: $ref, commit: (if $commit == "" then null else $commit end), image: $image, imageId: $imageId,
      imageDigest: ($image | if contains("@") then split("@")[1] else null end),
      frappeDocker: $frappeDocker, databaseImage: $databaseImage, config: $config}' >"$dir/target.json"
}

fetch_clean_up() {
  git_forget_credentials
  git_serve_end
  rm -f "$RUNTIME_DIR/apps.json"
}

# The release that serves, and the desired one, are known by digest: a tag that was moved meanwhile, or a
# registry that cannot be reached, does not change them.
fetch_image() {
  local ref=$1 commit=$2 current known desired name
  name="$(setting .compose.image.name frappe/erpnext)"
  # Tried again is what was fetched then, whatever a tag means by now.
  if [[ -n ${RETRY_OF-} ]]; then
    known="$(record_get "$RETRY_OF" .image)"
    if [[ $known == "$name"[:@]* ]] && image_present "$known"; then
      printf '%s' "$known"
      return 0
    elif [[ $known == "$name@"* ]]; then
      image_pull "$known"
      return 0
    fi
  fi
  current="$(record_current_id)"
  if [[ -n $current && $(record_get "$current" .ref) == "$ref" && $(record_get "$current" .commit) == "$commit" ]]; then
    known="$(record_get "$current" .image)"
    # One that was built here is of the same commit, and not what is wanted now.
    if [[ $known == "$name"[:@]* ]] && image_present "$known"; then
      printf '%s' "$known"
      return 0
    fi
  fi
  desired="$(desired_get || true)"
  if [[ -n $desired && $(jq -r .ref <<<"$desired") == "${commit:-$ref}" ]]; then
    known="$(jq -r '.image // empty' <<<"$desired")"
    if [[ $known == "$name@"* ]]; then
      image_pull "$known"
      return 0
    fi
  fi
  image_pull "$(image_name "$ref" "$commit")"
}

# Database, Redis and proxy: their tags are upstream's, pulled when they are not here yet.
fetch_other_images() {
  local image images
  images="$(jq -r '.services[] | select(.pull_policy | not) | .image' "$1/compose.json" | sort -u)"
  for image in $images; do
    image_present "$image" || docker pull --quiet "$image" >/dev/null
  done
}

# runtime_plan CURRENT_ID: the phases of a release of $NEXT.
runtime_plan() {
  local was='' is
  [[ -z $1 ]] || was="$(record_get "$1" .imageId)"
  is="$(jq -r '.imageId // empty' "$NEXT/target.json")"
  if [[ -n $was && $was == "$is" ]]; then
    # Only the configuration changed: the schema is the code's, so there is nothing to migrate.
    runtime_phases
  else
    runtime_phases migrate
  fi
}

# schema_changes_since TO CURRENT: releases after TO, up to the live one, whose migration changed the schema or ran patches.
schema_changes_since() {
  local id ids
  ids="$(record_served_ids)"
  for id in $ids; do
    [[ $id > $1 ]] || continue
    [[ $id > $2 ]] || [[ $(record_get "$id" .schemaChanged) != true ]] || printf '%s\n' "$id"
  done
}

# runtime_rollback_check TO CURRENT BACKUP: code alone goes back only where the schema is what it was.
runtime_rollback_check() {
  local changed first backup
  changed="$(schema_changes_since "$1" "$2")"
  [[ -n $changed && -z $3 ]] || return 0
  first="$(head -n 1 <<<"$changed")"
  backup="$(record_get "$first" .backup)"
  refuse "the schema has changed since $1 (by $(tr '\n' ' ' <<<"$changed")), and its code cannot be relied on with it. Go back with the data too: --with-data ${backup:-BACKUP}; what was written in the $(backup_age_hours "${backup:-$first}") hours since would be lost"
}

# runtime_is_desired CURRENT_ID DESIRED
runtime_is_desired() { [[ $(jq -r '.id // empty' <<<"$2") == "$1" ]]; }

# runtime_verdict RELEASE_ID: what a release that serves has cost.
runtime_verdict() {
  printf ', maintenance %d s of which %d s closed to visitors' "$(record_get "$1" .maintenanceSeconds)" "$(record_get "$1" .closedSeconds)"
}

# runtime_check TARGET_DIR CURRENT_ID UPGRADE: what must be refused before anything changes.
runtime_check() {
  local is was
  sites_check_declared
  [[ -n $2 ]] || return 0
  apps_check_image "$1"
  refuse_older "$1" "$2"
  is="$(jq -r .databaseImage "$1/target.json")"
  was="$(record_get "$2" .databaseImage)"
  if [[ -n $was && $is != "$was" && $3 != true ]]; then
    refuse "the database would change from $was to $is, and its files cannot be opened by the former version afterwards. If that is wanted: --upgrade-database (its undo loads the backup into a fresh volume)"
  fi
}

# runtime_check_skip TARGET_DIR PATCH
runtime_check_skip() { patch_check "$(jq -r .image "$1/target.json")" "$2"; }

# runtime_changes_since SITE DIR
runtime_changes_since() { changes_since "$1" "$2"; }

# runtime_skipped_patches: for status, a list of {site, patch, because, by, at, release}.
runtime_skipped_patches() {
  local site sites
  sites="$(existing_sites)"
  for site in $sites; do
    patches_skipped "$site" | jq -c --arg site "$site" '.[] | {site: $site} + .'
  done | jq -sc .
}

# runtime_hold: pages are served, nothing is written any more; what a backup has now is all there is.
runtime_hold() {
  journal_part 'stop of the workers'
  stop_workers
  if journal_exists; then journal_text heldAt "$(now)"; fi
  journal_part 'close to writing'
  maintenance read-only
}

runtime_let_go() { runtime_open; }

# Workers and the scheduler begin only now: what they had done before the verdict would be lost on the way back.
runtime_open() {
  maintenance open
  start_all
  workers_run
}

runtime_keep_configuration() { configuration_keep; }

# Its images stay, here and in their registry, for a machine that is made later and for a way back. A site that was made
# empty and has its data again is like any other.
runtime_keep() {
  local digest id images site sites
  sites="$(sites_replaced)"
  for site in $sites; do rm -f "$(empty_site_file "$site")"; done
  id="$(basename "$RELEASE_DIR")"
  images="$(release_images "$id")"
  # shellcheck disable=SC2086 # an image's name has no blanks
  images_hold "$id" $images
  digest="$(jq -r '.imageDigest // empty' "$RELEASE_DIR/target.json")"
  [[ -z $digest ]] || images_keep "$(setting .compose.image.name)@$digest"
}

runtime_close() {
  stop_workers
  journal_part 'close to visitors'
  maintenance closed
  journal_part 'data of the backup'
}

runtime_sites() { existing_sites; }

runtime_sites_missing() {
  if sites_volume_exists; then sites_missing; else site_names; fi
}

runtime_site_begun() { site_unfinished "$1"; }
runtime_site_in_use() { site_in_use "$1"; }

runtime_remove_site() { site_remove "$1"; }

# release_images RELEASE_ID: what its containers are made of, one a line: the application's, the database's, all.
release_images() {
  if [[ -s $RELEASES/$1/compose.json ]]; then jq -r '.services[].image' "$RELEASES/$1/compose.json" | sort -u; fi
}

# runtime_images_missing RELEASE_ID: images of that release that this host does not have and that can't be pulled. Those
# that were built here are in no registry.
runtime_images_missing() {
  local image images pulled=()
  images="$(release_images "$1")"
  for image in $images; do
    if [[ $image != slipway/* ]]; then
      pulled+=("$image")
    elif ! image_present "$image"; then
      printf '%s (it was built on this host)\n' "$image"
    fi
  done
  images_obtain "${pulled[@]}"
}

# runtime_switch: the new code runs, closed to visitors and without workers. New sites are made here.
runtime_switch() {
  local site first
  # A proxy with other flags is started before visitors are held by it.
  https_render
  proxy_start
  [[ -n $(journal_get .closedAt) ]] || journal_text closedAt "$(now)"
  journal_part 'close to visitors'
  maintenance closed
  journal_part 'configurator'
  bench_configure
  journal_part 'containers of the new code'
  start_serving
  first="$(served_sites | sed -n 1p)"
  if [[ -n $first ]]; then
    until_true 180 backend_answers "$first" || {
      containers_run backend frontend websocket || true
      die "the backend of the new release does not answer: /api/method/ping gives $(visit "$first" /api/method/ping) after 180 s"
    }
  fi
  clear_asset_manifest
  journal_part 'sites and their apps'
  sites_converge
}

# runtime_migrate RELEASE_ID
runtime_migrate() {
  local site sites number=0
  journal_part 'migration'
  sites="$(existing_sites)"
  [[ -n $sites ]] || die "there is no site to migrate"
  for site in $sites; do
    number=$((number + 1))
    patches_skip "$site"
    migrate_site "$1" "$number" "$site"
  done
  # A migration may lift maintenance mode when it ends.
  maintenance closed
}

# runtime_smoke: read-only first, so that a failure can still be undone without losing what somebody wrote.
runtime_smoke() {
  clear_asset_manifest
  journal_part 'open to readers'
  maintenance read-only
  journal_text readableAt "$(now)"
  journal_part 'pages and assets'
  smoke_pages
  journal_part 'a job'
  smoke_queue
  journal_part 'certificate'
  # Visitors wait for nobody's certificate; where there are none yet a first release may.
  if [[ -n $(journal_get .previous) ]]; then smoke_certificate 0; else smoke_certificate 90; fi
}

# runtime_smoke_open: of a release that serves already. A container that came back with another address after a
# boot is not found by the frontend until that is started again.
runtime_smoke_open() {
  https_render
  proxy_start
  bench_configure
  start_all
  if ! frontend_finds_its_backends; then
    detail "the frontend does not reach the others; starting it again"
    compose restart frontend
  fi
  smoke_pages
  smoke_queue
  workers_run
  smoke_certificate 90
}

frontend_finds_its_backends() {
  local first
  first="$(served_sites | sed -n 1p)" || return
  [[ -n $first ]] || return 0
  until_true 90 ping_answers "$first" && until_true 30 websocket_answers "$first"
}

# runtime_return DATABASE_CHANGED: the code of RELEASE_DIR runs again, closed and without workers.
runtime_return() {
  # A killed run's migration may still be at work, and must not go on in what is loaded below.
  migrations_remove
  stop_workers
  configuration_return
  maintenance closed
  if [[ $1 == true ]]; then database_fresh_volume; fi
  https_render
  proxy_start
  bench_configure
  start_serving
  until_true 180 compose exec -T backend true </dev/null || die "the backend of the previous release does not start"
  jobs_forget "$(journal_get .closedAt)"
}

# runtime_load SITE DIR configuration|data
runtime_load() {
  load_site "$1" "$2"
  if [[ $3 == configuration ]]; then load_configuration "$1" "$2"; fi
  bench --site "$1" clear-cache || warn "bench clear-cache failed for $1"
}

runtime_fingerprints() {
  local site sites database schema
  sites="$(existing_sites)"
  for site in $sites; do
    database="$(site_value "$site" .db_name)"
    schema="$(database_fingerprint "$database")"
    jq -nc --arg site "$site" --arg schema "$schema" '{key: $site, value: $schema}'
  done | jq -sc from_entries
}

# runtime_prune KEPT_IDS: images, folders and containers of releases that nobody can go back to any more.
runtime_prune() {
  local id name tagged digested kept_images kept_trees images
  migrations_remove
  kept_images="$(for id in $1; do release_images "$id"; done)"
  for id in $1; do
    images="$(release_images "$id")"
    # shellcheck disable=SC2086 # an image's name has no blanks
    images_hold "$id" $images
  done
  images_let_go "$1"
  for name in "$(setting .compose.image.name frappe/erpnext)" "slipway/$(setting .system)"; do
    docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.Repository}}@{{.Digest}}' "$name" | while read -r tagged digested; do
      # Of an image without a tag, or without a digest, the other name is the one that there is.
      grep -qxF -e "$tagged" -e "$digested" <<<"$kept_images" || docker image rm "$tagged" "$digested" >/dev/null 2>&1 || true
    done
  done
  docker image prune --force >/dev/null
  if image_is_built; then docker buildx prune --force --keep-storage 8gb >/dev/null 2>&1 || true; fi
  kept_trees="$(for id in $1; do record_get "$id" .frappeDocker; done)"
  find "$DATA/app" -mindepth 1 -maxdepth 1 -name 'frappe_docker-*' | while IFS= read -r tree; do
    grep -qF -e "${tree##*-}" <<<"$kept_trees" || rm -rf "$tree"
  done
}

# For status: every site as a visitor finds it.
runtime_sites_state() {
  local site mode
  for site in $(site_names); do
    mode=''
    if site_exists "$site"; then mode="$(site_value "$site" .maintenance_mode)"; fi
    jq -nc --arg name "$site" --arg status "$(visit "$site" /api/method/ping)" --argjson certificate "$(certificate "$site")" \
      --argjson maintenance "$(if [[ -n $mode ]]; then printf true; else printf false; fi)" \
      '{name: $name, status: ($status | tonumber), certificate: $certificate, maintenance: $maintenance}'
  done | jq -sc .
}

runtime_containers() {
  docker ps --all --filter "label=com.docker.compose.project=$PROJECT" --filter label=com.docker.compose.oneoff=False \
    --format '{{.Label "com.docker.compose.service"}}\t{{.State}}\t{{.Status}}\t{{.Image}}' |
    jq -Rnc '[inputs | split("\t") | {service: .[0], state: .[1], health: ((.[2] | capture("\\((?<h>healthy|unhealthy|health: starting)\\)").h) // ""), image: .[3]}] | sort_by(.service)'
}

# For cron: the certificate, and names that have come to lead here.
runtime_publish() {
  certificate_publish
  https_follow
}
