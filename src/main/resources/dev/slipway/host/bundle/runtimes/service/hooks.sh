# shellcheck shell=bash
# The runtime `service`: one Python service (ASGI) without containers, two colors of a hardened unit behind Caddy.
#
# A release: the code at a commit and its environment come into a folder of their own, while the former ones serve; what
# the service needs to know is fetched; a migration runs as a unit of its own; the other color is started, has to be healthy
# and is warmed up; then one link changes, and with it whom Caddy asks. The former color ends when what it was asked is
# answered, and its folder is kept to go back to.

# shellcheck source=/dev/null
for part in values database snapshot; do
  source "$BUNDLE/lib/$part.sh"
done
for part in paths secrets database code spec colors proxy migrate older checks; do
  # shellcheck source=/dev/null
  source "$BUNDLE/runtimes/service/$part.sh"
done

# shellcheck disable=SC2034 # the engine says it
RUNTIME_LEFT='The service is left with the color that its link names'

# runtime_fetch REF DIR: everything that the release needs is on the host; the former one still serves.
runtime_fetch() {
  local ref=$1 dir=$2 commit tree
  # This step is a process of its own; however it ends, nothing secret is left of it.
  trap git_forget_credentials EXIT
  values_of_the_killed
  memory_check
  commit="$(code_commit "$ref")"
  tree="$(code_tree_name "$commit")"
  detail "$ref is commit $commit of $(setting .service.repository)"
  code_build "$commit" "$tree"
  secrets_need
  database_prepare
  spec_write "$dir" "$commit" "$tree"
  jq -n --arg ref "$ref" --arg commit "$commit" --arg imageId "$tree" \
    --arg code "$(jq -cS 'del(.versions)' "$dir/spec.json" | sha256sum | cut -d' ' -f1)" \
    --arg config "$(jq -cS . "$dir/spec.json" | sha256sum | cut -d' ' -f1)" \
    '{ref: $ref, commit: $commit, image: null, imageId: $imageId, imageDigest: null, code: $code, config: $config}' >"$dir/target.json"
}

# A host that was never told what to run is well; nothing answers on its port.
runtime_without_release() {
  finish 0 ok "no release was made yet, and nothing answers on port $(setting .service.port); make the first with: ./slipway release $(setting .stack) BRANCH"
}

# runtime_check TARGET_DIR CURRENT_ID UPGRADE: what must be refused before anything changes.
runtime_check() { refuse_older "$1" "$2"; }

# runtime_plan CURRENT_ID MAKES PART: only a release that is being made migrates, on one host, and only with code that is new.
runtime_plan() {
  local plan
  plan="$(runtime_phases)"
  if [[ $2 == yes && ($3 == whole || $3 == first) ]] && is_migrating "$NEXT" "$1"; then
    plan="$(jq -c '["migrate"] + .' <<<"$plan")"
    if snapshot_is_wanted; then plan="$(jq -c '["snapshot"] + .' <<<"$plan")"; fi
  fi
  printf '%s' "$plan"
}

runtime_code_of() { record_get "$1" .code; }

# runtime_images_missing RELEASE_ID: its code, if it is neither here nor to be had.
runtime_images_missing() {
  local tree
  tree="$(jq -r '.tree // empty' "$RELEASES/$1/spec.json")"
  [[ -n $tree ]] || die "spec.json of release $1 does not say what it is made of" >&2
  code_is_built "$tree" || printf '%s\n' "$tree"
}

# runtime_open: what serves is certain, so that the other color can end.
runtime_open() { colors_settle; }

# runtime_smoke: by the port that visitors ask, with the code of this release behind it.
runtime_smoke() {
  local color
  color="$(color_live)"
  [[ -n $color ]] || die "no color serves"
  color_is_of_release "$color" || die "the color that serves, $color, is of $(color_release "$color"), and not of $(basename "$RELEASE_DIR")"
  until_true 30 proxy_answers || die "the service does not answer 200 at port $(setting .service.port)$(setting .service.health) but $(proxy_status)"
  detail "$color answers at port $(setting .service.port)"
}

# runtime_smoke_open: of a release that serves already, or did before this host was started again.
runtime_smoke_open() {
  local color
  color="$(color_live)"
  [[ -n $color ]] || die "no color serves"
  color_start "$color"
  color_await "$color"
  proxy_ensure
  runtime_smoke
  colors_settle
}

# runtime_verdict RELEASE_ID
runtime_verdict() { printf ': %s' "$(record_get "$1" .color)"; }

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
  jq --arg outcome "$1" --arg schema "$schema" --argjson ahead "$ahead" '
    {color: (.color // null), part, snapshot: (.snapshot // null), schema: (if $schema == "" then null else $schema end),
     schemaChanged: (.schemaBefore != null and $schema != "" and $outcome == "ok" and .schemaBefore != $schema), schemaAhead: $ahead}' "$JOURNAL"
}

# --- the phases ------------------------------------------------------------------------------------------------------

phase_snapshot() { snapshot_make "$(journal_get .id)"; }

phase_migrate() {
  local schema
  if database_is_used && [[ -z $(journal_get .schemaBefore) ]]; then
    schema="$(database_fingerprint)" || die 'the database does not tell its schema'
    journal_text schemaBefore "$schema"
  fi
  migrate "$(journal_get .id)"
}

# The new color, beside what serves.
phase_start() {
  local color
  color_choose
  color="$(journal_get .color)"
  [[ -n $color ]] || die "the journal does not say which color this release gets"
  color_start "$color"
  color_await "$color"
  color_warm_up "$color"
}

phase_switch() {
  local color
  color="$(journal_get .color)"
  [[ -n $color ]] || die "the journal does not say which color this release gets"
  live_set "$color"
  proxy_ensure
}

# RELEASE_DIR is the former release's. Its color was not ended yet, so this is one link; a host that was started again in
# the meantime starts it too.
phase_return() {
  local former color schema
  migrations_remove
  former="$(journal_get .former)"
  [[ -n $former ]] || former="$(color_live)"
  color="$(journal_get .color)"
  [[ -n $former ]] || die "it is not known which color served before"
  color_start "$former"
  color_await "$former"
  live_set "$former"
  proxy_ensure
  if [[ -n $color && $color != "$former" ]]; then color_remove "$color"; fi
  if [[ -n $(journal_get .schemaBefore) ]] && schema="$(database_fingerprint)" && [[ $(journal_get .schemaBefore) != "$schema" ]]; then
    warn "the schema is ahead of the code: the migration of $(journal_get .id) stays in the database; see docs/runbooks/migrations.md"
  fi
}

# --- for the other verbs ---------------------------------------------------------------------------------------------

# runtime_prune KEPT_IDS
runtime_prune() {
  migrations_remove
  code_prune "$1"
}

runtime_apps_state() {
  # shellcheck disable=SC2016
  jq -nc --arg status "$(proxy_status)" --arg color "$(color_live)" --argjson port "$(setting .service.port)" '
    [{name: "service", status: ($status | tonumber), hostPort: $port, color: (if $color == "" then null else $color end), image: null}]'
}

runtime_units() { units_state; }

runtime_checks() { checks_run; }

# runtime_database_unanswered: by the port that visitors ask.
runtime_database_unanswered() {
  local status
  database_is_used || return 0
  status="$(proxy_status)" || return
  [[ $status == 200 ]] || printf 'the service answers %s' "$status"
}
