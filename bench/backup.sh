#!/usr/bin/env bash
# Measures how fast backups and restores are.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'USAGE'
Usage: bench/backup.sh [MEGABYTES]

Fills the database of the rehearsal's site with MEGABYTES of rows (default 256) that compress about as text does, and
times ./slipway backup and ./slipway restore, beside a plain mariadb-dump | gzip of the same database on the same
machine. What it adds to that is the files, the upload, reading it back to verify it, and the way there and back.
USAGE
}

megabytes=''
take_number megabytes MEGABYTES 256 "$@"

make_scratch
need_site

# The password of the database's root is where its container has it, and stays there.
docker exec -i "$REHEARSAL_MACHINE" sh -c 'cat >/run/bench-database' <<'MACHINE'
container=$(docker ps -q -f label=com.docker.compose.service=db)
docker exec -i "$container" sh -c 'cat >/tmp/bench-database' <<'CONTAINER'
exec 3<<END
[client]
user=root
password="$(cat "$MYSQL_ROOT_PASSWORD_FILE")"
END
case $1 in
  sql) exec mariadb --defaults-extra-file=/dev/fd/3 --skip-column-names "$2" ;;
  dump) mariadb-dump --defaults-extra-file=/dev/fd/3 --single-transaction --quick "$2" | gzip | wc -c ;;
esac
CONTAINER
exec docker exec -i "$container" sh /tmp/bench-database "$@"
MACHINE

sql() { docker exec -i "$REHEARSAL_MACHINE" sh /run/bench-database sql "$1"; }
dump() { in_machine sh /run/bench-database dump "$1"; }

sites=$(in_machine docker volume inspect --format '{{.Mountpoint}}' erpnext_sites)
database=$(in_machine jq -r .db_name "$sites/$REHEARSAL_SITE/site_config.json")
[[ -n $database && $database != null ]] || die "the database of $REHEARSAL_SITE can't be told"

# Half of it words, half of it digits that repeat nowhere: gzip takes it to about a third.
digits=''
for factor in 1 2 3 5 7 11 13 17; do digits+="${digits:+, }SHA2(seq * $factor, 512)"; done
sql "$database" <<SQL
CREATE TABLE IF NOT EXISTS slipway_bench (id INT AUTO_INCREMENT PRIMARY KEY, words TEXT, digits TEXT);
TRUNCATE slipway_bench;
INSERT INTO slipway_bench (words, digits)
  SELECT REPEAT('the quick brown fox jumps over the lazy dog ', 23), CONCAT($digits) FROM seq_1_to_$((megabytes * 512));
SQL
size=$(
  sql "$database" <<SQL
ANALYZE NO_WRITE_TO_BINLOG TABLE slipway_bench;
SELECT ROUND(SUM(data_length) / 1048576) FROM information_schema.tables WHERE table_schema = '$database';
SQL
)
# The first line is what ANALYZE says.
size=${size##*$'\n'}

row() {
  local name=$1 started took
  shift
  started=$(milliseconds)
  "$@" >"$scratch/run" 2>&1 || {
    tail -n 20 "$scratch/run" >&2
    die "\"$*\" failed"
  }
  took=$(($(milliseconds) - started))
  printf '%-28s %10s %10d\n' "$name" "$(seconds "$took")" $((size * 1000 / (took > 0 ? took : 1)))
}

printf 'a database of %d MiB (%s)\n\n' "$size" "$(machine_text)"
printf '%-28s %10s %10s\n' '' seconds MiB/s
row 'mariadb-dump | gzip' dump "$database"
row './slipway backup' "$root/scripts/backup.sh" staging
row './slipway restore' "$root/scripts/restore.sh" staging
sql "$database" <<<'DROP TABLE slipway_bench;'
