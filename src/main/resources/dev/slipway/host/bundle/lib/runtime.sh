# shellcheck shell=bash
# The contract with what runs the application; docs/runtimes.md is its page. Source it last: it brings in the runtime that
# the settings name, with the engine's default for each hook that the runtime may leave out, and ends the script where the
# runtime lacks a hook that one of its capabilities asks for.

# runtime_asked CAPABILITY: the hooks that it asks for; `all` are those of every runtime.
runtime_asked() {
  case "$1" in
    all) printf '%s\n' runtime_fetch phase_switch phase_return runtime_smoke ;;
    # The phases are in lib/site-phases.sh then, which asks for these in their place.
    data) printf '%s\n' runtime_switch runtime_return runtime_hold runtime_let_go runtime_open runtime_close runtime_sites \
      runtime_sites_missing runtime_site_begun runtime_site_in_use runtime_remove_site runtime_fingerprints runtime_versions \
      runtime_dump runtime_load runtime_changes_since runtime_configuration_open runtime_room runtime_drill_load \
      runtime_drill_remove ;;
    migrates) if runtime_can data; then printf 'runtime_migrate\n'; else printf 'phase_migrate\n'; fi ;;
    sites) printf '%s\n' runtime_sites_state runtime_rename_check runtime_rename_was_begun runtime_rename_was_done \
      runtime_rename_backup runtime_rename_site runtime_rename_open runtime_rename_end runtime_retire_check \
      runtime_retire_was_done runtime_retire_last_backup runtime_retire_backup runtime_retire_remove runtime_retire_open \
      runtime_retire_end ;;
    colors) printf '%s\n' phase_start runtime_apps_state ;;
  esac
}

# What a way back that failed leaves behind.
# shellcheck disable=SC2034 # the engine says it
RUNTIME_LEFT='What serves is left as that step left it'

# The folder of the release that all hooks speak of.
# shellcheck disable=SC2034 # hooks read it
RELEASE_DIR=''
# shellcheck disable=SC2034 # as above
use_release() { RELEASE_DIR="$RELEASES/$1"; }

runtime_without_release() { refuse "neither a ref was given nor does the stack desire or seed a release (release.seed)"; }

runtime_check() { :; }
runtime_check_retry() {
  runtime_can data && return
  refuse "the data of this system does not go back with its code, so that there is no state to try again from: release $(record_get "$1" .ref) again, once its migration can end; see docs/runbooks/database.md"
}
runtime_check_skip() { refuse "no patch of this system's migrations can be skipped"; }
runtime_rollback_check() {
  runtime_can data && return
  [[ -z $3 ]] || refuse "the data of $(setting .stack) is not on its hosts, and does not come back with a release; see docs/runbooks/database.md"
}

# runtime_phases [PHASE]: the usual ones; PHASE comes after the switch.
runtime_phases() {
  local before=()
  if runtime_can data; then before+=(backup); fi
  if runtime_can colors; then before+=(start); fi
  printf '%s\n' "${before[@]}" switch "$@" smoke record | jq -Rnc '[inputs]'
}
runtime_plan() { if runtime_can migrates; then runtime_phases migrate; else runtime_phases; fi; }
runtime_rollback_plan() { if [[ -n $1 ]]; then runtime_phases restore; else runtime_phases; fi; }

runtime_keep_configuration() { :; }
runtime_migrate() { :; }
runtime_smoke_open() { runtime_smoke; }
runtime_let_go() { :; }
runtime_open() { :; }
runtime_keep() { :; }
runtime_prune() { :; }
runtime_publish() { :; }

runtime_code_of() { record_get "$1" .config; }
# Which of the hosts wrote it down does not matter.
runtime_is_desired() { [[ $(jq -r '.ref // empty' <<<"$2") == "$(record_get "$1" '(.commit // .ref)')" ]]; }
runtime_verdict() { :; }
runtime_record_fields() { printf '{}'; }
runtime_images_missing() { :; }

runtime_sites() { :; }
runtime_sites_state() { printf '[]'; }
runtime_apps_state() { printf '[]'; }
runtime_containers() { printf '[]'; }
runtime_units() { printf '[]'; }
runtime_checks() { :; }
runtime_database_unanswered() { :; }
runtime_skipped_patches() { printf '[]'; }
runtime_drift() { :; }

# runtime_hooks: what is asked of this runtime, one a line.
runtime_hooks() {
  local capability capabilities
  capabilities="$(runtime_capabilities)"
  for capability in all $capabilities; do runtime_asked "$capability"; done
}

# runtime_missing HOOKS: those that are no functions.
runtime_missing() {
  local hook missing=()
  for hook in $1; do declare -F "$hook" >/dev/null || missing+=("$hook"); done
  printf '%s' "${missing[*]}"
}

RUNTIME_FOLDER="$BUNDLE/runtimes/$(setting .runtime)"
[[ -s $RUNTIME_FOLDER/hooks.sh ]] || die "there is no runtime '$(setting .runtime)': $RUNTIME_FOLDER/hooks.sh is missing"
for capability in $(runtime_capabilities); do
  [[ $capability =~ ^(containers|data|migrates|sites|colors)$ ]] ||
    die "the runtime $(setting .runtime) declares '$capability', which is none of: containers data migrates sites colors (docs/runtimes.md). Nothing was changed"
done
RUNTIME_HOOKS="$(runtime_hooks)"
# What is asked for has no default.
for hook in $RUNTIME_HOOKS; do unset -f "$hook"; done
# shellcheck source=/dev/null
if runtime_can data; then source "$BUNDLE/lib/site-phases.sh"; fi
# shellcheck source=/dev/null
source "$RUNTIME_FOLDER/hooks.sh"
RUNTIME_MISSING="$(runtime_missing "$RUNTIME_HOOKS")"
[[ -z $RUNTIME_MISSING ]] ||
  die "the runtime $(setting .runtime), which can $(runtime_capabilities | paste -sd' ' -), has no ${RUNTIME_MISSING// /, }; docs/runtimes.md says what they are. Nothing was changed"
