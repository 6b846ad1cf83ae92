# shellcheck shell=bash
# A site's data out of the containers and back in: database, files, configuration.

# dump_sites ID REASON RELEASE: $BACKUPS/ID/SITE/{database.sql.gz,files.tar,private-files.tar,site_config.json.enc,manifest.json}
dump_sites() {
  local id=$1 reason=$2 release=$3 site sites work room
  work="$RUNTIME_DIR/dump"
  rm -rf "$work"
  install -d -m 0700 "$work" "$BACKUPS/$id"
  room="$(dump_gib)"
  is_number "$room" || die "it is not known how much room the dumps take ('$room' GiB)"
  disk_require "$((1 + room))"
  sites="$(existing_sites)"
  [[ -n $sites ]] || die "there is no site to back up"
  for site in $sites; do
    dump_folder_list "$site" >"$work/$site.before"
    database_rows "$(site_value "$site" .db_name)" >"$work/$site.rows"
  done
  trap 'dump_leave_nothing "$RUNTIME_DIR/dump"' EXIT
  bench --site all backup --with-files
  for site in $sites; do
    dump_collect "$site" "$BACKUPS/$id/$site" "$work"
    dump_check "$site" "$BACKUPS/$id/$site"
    dump_configuration "$site" "$BACKUPS/$id/$site"
    dump_manifest "$site" "$id" "$reason" "$release" "$BACKUPS/$id/$site" "$work"
  done
  trap - EXIT
  rm -rf "$work"
}

# dump_gib: room that dumps may take: the files once more, and the databases, which shrink when they are compressed.
dump_gib() {
  local site sites database files folder bytes=0
  sites="$(existing_sites)"
  for site in $sites; do
    folder="$(sites_volume)"
    database="$(database_bytes "$(site_value "$site" .db_name)")"
    # A site may have no such folder yet.
    files="$({ du -sb --total "$folder/$site/public/files" "$folder/$site/private/files" 2>/dev/null || true; } | tail -n 1 | cut -f1)"
    is_number "$database" || die "$site: the database does not tell how much room it takes ('$database' bytes)"
    is_number "$files" || die "$site: it is not known how much room its files take ('$files' bytes)"
    bytes=$((bytes + database / 2 + files))
  done
  printf '%d' $((bytes / 1073741824))
}

# load_gib DIR: room that the backup takes beside what is there, loaded and unpacked.
load_gib() {
  jq '([.files[] | select(.members != null) | .size] | add) + (.database.bytes // ([.files[] | select(.name == "database.sql.gz") | .size * 8] | add))
    | . / 1073741824 | ceil' "$1/manifest.json"
}

# dump_leave_nothing WORK: what a failed dump made in the sites' folders would fill the volume, night after night, and the
# copy of the configuration holds passwords.
dump_leave_nothing() {
  local site file
  for site in $(existing_sites); do
    [[ -f $1/$site.before ]] || continue
    comm -13 "$1/$site.before" <(dump_folder_list "$site") | while IFS= read -r file; do
      rm -f "$(dump_folder "$site")/$file"
    done
  done
}

dump_folder() { printf '%s/%s/private/backups' "$(sites_volume)" "$1"; }
dump_folder_list() { find "$(dump_folder "$1")" -maxdepth 1 -type f -printf '%f\n' 2>/dev/null | sort; }

# dump_collect SITE DIR WORK: what this run of `bench backup` made, moved out of the volume.
dump_collect() {
  local site=$1 dir=$2 new file
  install -d -m 0700 "$dir"
  new="$(comm -13 "$3/$site.before" <(dump_folder_list "$site"))"
  while IFS= read -r file; do
    case "$file" in
      *-database.sql.gz) mv "$(dump_folder "$site")/$file" "$dir/database.sql.gz" ;;
      *-private-files.tar) mv "$(dump_folder "$site")/$file" "$dir/private-files.tar" ;;
      *-files.tar) mv "$(dump_folder "$site")/$file" "$dir/files.tar" ;;
      # Holds the database's password in clear; dump_configuration keeps it encrypted.
      *-site_config_backup.json) rm -f "$(dump_folder "$site")/$file" ;;
    esac
  done <<<"$new"
  for file in database.sql.gz files.tar private-files.tar; do
    [[ -s $dir/$file ]] || die "bench backup of $site made no $file (it made: $(tr '\n' ' ' <<<"$new")). Where System Settings encrypts backups, turn that off: the bucket is encrypted"
  done
}

# A dump that was cut short is a valid file all the same; what it must contain is checked.
dump_check() {
  local site=$1 dir=$2 tables created
  gzip -t "$dir/database.sql.gz" || die "the dump of $site is damaged"
  [[ $(gzip -dc "$dir/database.sql.gz" | tail -n 5) == *'-- Dump completed'* ]] || die "the dump of $site ends in the middle"
  tables="$(database_tables "$(site_value "$site" .db_name)" | wc -l)"
  created="$(gzip -dc "$dir/database.sql.gz" | grep -c '^CREATE TABLE' || true)"
  if ! is_number "$tables" || ((tables == 0)); then die "the database of $site names none of its tables"; fi
  if ! is_number "$created" || ((created < tables)); then die "the dump of $site has $created tables and its database $tables"; fi
  tar -tf "$dir/files.tar" >/dev/null
  tar -tf "$dir/private-files.tar" >/dev/null
}

# The configuration holds passwords and the key that decrypts what users stored: it goes into the backup
# encrypted by that key, and the key into a SecureString; the manifest has its hash and version alone.
dump_configuration() {
  local site=$1 dir=$2
  site_value "$site" .encryption_key | tr -d '\n' >"$RUNTIME_DIR/encryption-key"
  [[ -s $RUNTIME_DIR/encryption-key ]] || die "$site has no encryption_key in its site_config.json"
  jq 'del(.maintenance_mode, .allow_reads_during_maintenance)' "$(site_config_file "$site")" |
    openssl enc -aes-256-cbc -pbkdf2 -iter 200000 -salt -pass "file:$RUNTIME_DIR/encryption-key" -out "$dir/site_config.json.enc"
  jq -n --arg parameter "$(secret_parameter "site-encryption-key/$site")" \
    --argjson version "$(secret_keep "site-encryption-key/$site" "$RUNTIME_DIR/encryption-key")" \
    --arg sha "$(sha256_of "$RUNTIME_DIR/encryption-key")" \
    '{parameter: $parameter, version: $version, sha256: $sha}' >"$dir/encryption.json"
  rm -f "$RUNTIME_DIR/encryption-key"
}

# dump_manifest SITE ID REASON RELEASE DIR WORK
dump_manifest() {
  local site=$1 dir=$5 database file schema apps bytes
  database="$(site_value "$site" .db_name)"
  # Read before the dump and after it: a table that is the same both times is the same in the dump.
  database_rows "$database" >"$6/$site.rows.after"
  for file in database.sql.gz files.tar private-files.tar site_config.json.enc; do
    jq -nc --arg name "$file" --argjson size "$(size_of "$dir/$file")" --arg sha "$(sha256_of "$dir/$file")" \
      --argjson members "$(case "$file" in *.tar) tar -tf "$dir/$file" | grep -vc '/$' || true ;; *) printf null ;; esac)" \
      '{name: $name, size: $size, sha256: $sha} + (if $members != null then {members: $members} else {} end)'
  done >"$6/$site.files"
  schema="$(database_fingerprint "$database")"
  apps="$(app_versions)"
  bytes="$(database_bytes "$database")"
  # shellcheck disable=SC2016
  jq -n --arg id "$2" --arg stack "$(setting .stack)" --arg system "$(setting .system)" --arg site "$site" --arg at "$(now)" \
    --arg reason "$3" --arg release "$4" --arg database "$database" --arg server "$(database_version)" \
    --arg schema "$schema" --argjson apps "$apps" --argjson bytes "$bytes" \
    --rawfile before "$6/$site.rows" --rawfile after "$6/$site.rows.after" \
    --slurpfile files "$6/$site.files" --slurpfile encryption "$dir/encryption.json" '
    def rows: split("\n") | map(select(. != "") | split("\t") | {key: .[0], value: {rows: (.[1] | tonumber), checksum: .[2]}}) | from_entries;
    ($before | rows) as $before
    | {version: 1, id: $id, stack: $stack, system: $system, site: $site, at: $at, reason: $reason, release: $release,
       apps: $apps, schema: $schema,
       database: {name: $database, server: $server, bytes: $bytes,
         tables: ($after | rows | with_entries(
           if $before[.key] == .value then . else .value = {rows: .value.rows, checksum: null, changing: true} end))},
       files: $files, encryption: $encryption[0]}' >"$dir/manifest.json"
  rm -f "$dir/encryption.json"
}

# {"frappe": "16.1.0", …} of the code that runs.
app_versions() { bench version --format json | jq -c 'map({key: .app, value: .version}) | from_entries'; }

# compare_rows MANIFEST DATABASE: names each table that is not what the manifest says; nothing where all are. Never call
# it in a condition: bash would ignore errors in it, and what was not compared would pass.
compare_rows() {
  local same_server=false is server
  is="$(database_rows "$2")"
  server="$(database_version)"
  [[ -n $server ]] || die "the database server does not tell its version" >&2
  if [[ $(jq -r .database.server "$1") == "$server" ]]; then same_server=true; fi
  # shellcheck disable=SC2016
  jq -Rrn --slurpfile manifest "$1" --argjson sameServer "$same_server" '
    ([inputs | select(. != "") | split("\t") | {key: .[0], value: {rows: (.[1] | tonumber), checksum: .[2]}}] | from_entries) as $is
    | $manifest[0].database.tables as $was
    | (($was | keys) - ($is | keys) | map("\(.): missing")),
      (($is | keys) - ($was | keys) | map("\(.): not in the backup")),
      [$was | to_entries[] | select(.value.changing | not) | select($is[.key]) | $is[.key] as $now
        | if $now.rows != .value.rows then "\(.key): \($now.rows) rows and not \(.value.rows)"
          # A checksum depends on the server version as well as on the rows.
          elif $sameServer and $now.checksum != .value.checksum then "\(.key): another checksum" else empty end]
    | .[]' <<<"$is"
}

# database_is_as SITE DIR DATABASE: dies unless what was loaded is what the manifest says.
database_is_as() {
  local different
  different="$(compare_rows "$2/manifest.json" "$3")"
  [[ -z $different ]] || {
    head -n 20 <<<"$different"
    die "$1: what was loaded is not what the manifest of $(jq -r .id "$2/manifest.json") says"
  }
}

# load_site SITE DIR: database and files become what the (verified) backup in DIR has. Running it again after a
# kill in the middle starts over.
load_site() {
  local site=$1 dir=$2 database
  database="$(site_value "$site" .db_name)"
  database_load "$database" "$dir/database.sql.gz"
  database_grant_site "$site"
  database_is_as "$site" "$dir" "$database"
  load_files "$site" "$dir"
  detail "$site: $(jq '.database.tables | length' "$dir/manifest.json") tables and $(jq '[.files[].members // 0] | add' "$dir/manifest.json") files as in backup $(jq -r .id "$dir/manifest.json")"
}

# Files are put beside the present ones and change places with them.
load_files() {
  local folder part kind
  folder="$(sites_volume)/$1"
  part="$folder/.slipway-restore"
  rm -rf "$part"
  install -d "$part"
  tar -xf "$2/files.tar" -C "$part" --strip-components 2 --numeric-owner
  tar -xf "$2/private-files.tar" -C "$part" --strip-components 2 --numeric-owner
  for kind in public private; do
    install -d "$part/$kind/files" "$folder/$kind"
    rm -rf "$part/$kind.former"
    [[ ! -d $folder/$kind/files ]] || mv -T "$folder/$kind/files" "$part/$kind.former"
    mv -T "$part/$kind/files" "$folder/$kind/files"
    chown --reference="$folder" "$folder/$kind" "$folder/$kind/files"
  done
  rm -rf "$part"
}

# configuration_open DIR: the backup's site_config.json in clear, in $RUNTIME_DIR/restored-config.
configuration_open() {
  local dir=$1 key parameter version
  key="$RUNTIME_DIR/encryption-key"
  parameter="$(jq -r .encryption.parameter "$dir/manifest.json")"
  version="$(jq -r .encryption.version "$dir/manifest.json")"
  secret_fetch "$parameter:$version" "$key" || secret_fetch "$parameter" "$key" ||
    refuse "the key of this backup is gone: there is no parameter $parameter, version $version"
  [[ $(sha256_of "$key") == "$(jq -r .encryption.sha256 "$dir/manifest.json")" ]] ||
    refuse "the parameter $parameter does not hold the key of this backup (version $version is gone)"
  (umask 077 && openssl enc -d -aes-256-cbc -pbkdf2 -iter 200000 -pass "file:$key" -in "$dir/site_config.json.enc" -out "$RUNTIME_DIR/restored-config")
  rm -f "$key"
}

# load_configuration SITE DIR: what the backup's site_config.json says, but for how this host reaches its database.
load_configuration() {
  configuration_open "$2"
  # shellcheck disable=SC2016
  site_configure "$1" '. as $here | $restored[0] + ($here | with_entries(select(.key
    | IN("db_name", "db_user", "db_password", "db_host", "db_port", "db_type", "db_socket", "maintenance_mode", "allow_reads_during_maintenance"))))' \
    --slurpfile restored "$RUNTIME_DIR/restored-config"
  rm -f "$RUNTIME_DIR/restored-config"
}
