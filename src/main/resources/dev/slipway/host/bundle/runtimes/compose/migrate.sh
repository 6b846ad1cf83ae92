# shellcheck shell=bash
# `bench migrate` in a container of its own, which outlives this script: when a release is killed while a
# migration runs, the next run finds the container, follows it to its end and takes its verdict. So no
# migration ever runs beside, or after, itself.

# migrate_site RELEASE_ID NUMBER SITE
migrate_site() {
  local name state
  name="$(migration_name "$1" "$2")"
  state="$(migration_state "$name")"
  case "$state" in
    running*) detail "$3: a migration of this release runs already; following it" ;;
    'exited 0') detail "$3: this release has migrated it already" ;;
    *)
      # Created and never started, failed, or cut off by a reboot: begun anew; patches that were done are skipped by Frappe.
      docker rm --force --volumes "$name" >/dev/null 2>&1 || true
      # Without a terminal, whoever runs this: errors stay apart from the rest. Unbuffered, or they would come first.
      compose run --detach -T --no-deps --env PYTHONUNBUFFERED=1 --label "slipway.migration=$1" --name "$name" backend bench --site "$3" migrate >/dev/null
      ;;
  esac
  migration_follow "$name" "$3" "bench --site $3 migrate"
}

# Ends those that still run, too: what they are doing to the data is about to be undone.
migrations_remove() {
  local name names
  names="$(docker ps --all --format '{{.Names}}' --filter label=slipway.migration --filter "label=com.docker.compose.project=$PROJECT")"
  for name in $names; do
    docker rm --force --volumes "$name" >/dev/null
  done
}

# Redis keeps the asset manifest of the former image, `bench clear-cache` leaves it, and pages without style are what one sees.
clear_asset_manifest() {
  if has_service redis-cache; then
    compose exec -T redis-cache redis-cli DEL assets_json >/dev/null </dev/null
  else
    # shellcheck disable=SC2016
    compose exec -T --workdir /home/frappe/frappe-bench/sites backend ../env/bin/python -c '
import json, redis
redis.from_url(json.load(open("common_site_config.json"))["redis_cache"]).delete("assets_json")' </dev/null
  fi
}
