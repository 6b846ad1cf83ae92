# shellcheck shell=bash
# `bench migrate` in a container of its own, which outlives this script: when a release is killed while a
# migration runs, the next run finds the container, follows it to its end and takes its verdict. So no
# migration ever runs beside, or after, itself.

migration_name() { printf 'slipway-migrate-%s-%s' "${1,,}" "$2"; }

migration_state() { docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$1" 2>/dev/null || printf 'missing'; }

# migrate_site RELEASE_ID NUMBER SITE
migrate_site() {
  local name state code
  name="$(migration_name "$1" "$2")"
  state="$(migration_state "$name")"
  case "$state" in
    running*) detail "$3: a migration of this release runs already; following it" ;;
    'exited 0') detail "$3: this release has migrated it already" ;;
    *)
      # Created and never started, failed, or cut off by a reboot: begun anew; patches that were done are skipped by Frappe.
      docker rm --force --volumes "$name" >/dev/null 2>&1 || true
      compose run --detach --no-deps --name "$name" backend bench --site "$3" migrate >/dev/null
      ;;
  esac
  docker logs --follow "$name" 2>&1 | tr '\r' '\n' || true
  code="$(docker wait "$name")"
  ((code == 0)) || die "bench --site $3 migrate ended with exit code $code: $(docker logs --tail 1 "$name" 2>&1 | tr -d '\r' | cut -c1-300)"
}

# Ends those that still run, too: what they are doing to the data is about to be undone.
migrations_remove() {
  local name
  for name in $(docker ps --all --format '{{.Names}}' --filter 'name=^slipway-migrate-'); do
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
