# shellcheck shell=bash
# Sites: their configuration on the volume, maintenance mode, and making them once.

site_names() { jq -r '.sites[].name' "$SETTINGS"; }
site_apps() { jq -r --arg site "$1" '.sites[] | select(.name == $site) | .apps[]' "$SETTINGS"; }

site_config_file() {
  local folder
  folder="$(sites_volume)" || return
  printf '%s/%s/site_config.json' "$folder" "$1"
}

# site_exists SITE: here, and finished. That Docker does not answer is not "no", and ends the step.
site_exists() {
  local file
  file="$(site_config_file "$1")" || die "Docker does not tell whether the site $1 is on this host" >&2
  [[ -s $file && ! -e $(site_unfinished "$1") ]]
}

site_value() {
  local file
  file="$(site_config_file "$1")" || return
  jq -r "$2 // empty" "$file"
}

# sites_there: every site on the volume, whether the settings name it or not, finished or not.
sites_there() {
  local folder
  sites_volume_exists || return 0
  folder="$(sites_volume)" || return
  find "$folder" -mindepth 2 -maxdepth 2 -name site_config.json -size +0 -printf '%h\n' | sed 's|.*/||' | sort
}

# sites_undeclared: those of them that the settings don't name.
sites_undeclared() {
  local there named
  there="$(sites_there)" || return
  named="$(site_names | sort)" || return
  comm -23 <(printf '%s' "${there:+$there$'\n'}") <(printf '%s\n' "$named")
}

# sites_absent: those that the settings name, and of which nothing is there.
sites_absent() {
  local there named
  there="$(sites_there)" || return
  named="$(site_names | sort)" || return
  comm -13 <(printf '%s' "${there:+$there$'\n'}") <(printf '%s\n' "$named")
}

# existing_sites: those with data, the settings' first. One that they don't name any more is backed up and migrated like
# the others until somebody renames it or retires it; only visitors don't reach it.
existing_sites() {
  local site served undeclared
  served="$(served_sites)" || return
  undeclared="$(sites_undeclared)" || return
  [[ -z $served ]] || printf '%s\n' "$served"
  for site in $undeclared; do
    if site_exists "$site"; then printf '%s\n' "$site"; fi
  done
}

# served_sites: those of them that the settings name.
served_sites() {
  local site folder
  sites_volume_exists || return 0
  folder="$(sites_volume)" || return
  for site in $(site_names); do
    if [[ -s $folder/$site/site_config.json && ! -e $(site_unfinished "$site") ]]; then printf '%s\n' "$site"; fi
  done
}

# sites_check_declared: refuses while there is a site that the settings don't name. A renamed one would get an empty
# successor, and nobody would reach its data.
sites_check_declared() {
  local undeclared missing stack
  undeclared="$(sites_undeclared)"
  [[ -n $undeclared ]] || return 0
  stack="$(setting .stack)"
  missing="$(sites_absent | sed -n 1p)"
  undeclared="$(paste -sd' ' - <<<"$undeclared")"
  refuse "the settings do not name ${undeclared// /, }, which has its data on this host. Nothing was changed. If it has another name now: ./slipway rename $stack ${undeclared%% *} ${missing:-NEW_NAME}; if it is to go: ./slipway retire $stack ${undeclared%% *}; else name it in erpnext.sites again"
}

# sites_check_new NAMES FILE: refuses to make a site that has another name here, and as sites_check_empty does. Both are
# said before anything is made, the name first: an empty site in its place is no answer to it.
sites_check_new() {
  local absent
  absent="$(sites_absent)"
  [[ -z $absent ]] || sites_check_declared
  sites_check_empty "$1" "$2"
}

# site_configure SITE JQ_FILTER [jq arguments]: whole or not at all, owner and mode as before.
site_configure() {
  local file part
  file="$(site_config_file "$1")"
  part="$file.slipway"
  jq --indent 1 "${@:3}" "$2" "$file" >"$part"
  chown --reference="$file" "$part"
  chmod --reference="$file" "$part"
  mv -f "$part" "$file"
}

# maintenance open|read-only|closed. read-only: pages are served, writes are refused with 503; closed: all is, and
# visitors get our page from the proxy.
maintenance() {
  local site sites
  if [[ $1 == closed ]]; then holding_begin; fi
  sites="$(existing_sites)"
  for site in $sites; do
    case "$1" in
      open) site_configure "$site" 'del(.maintenance_mode, .allow_reads_during_maintenance)' ;;
      read-only) site_configure "$site" '.maintenance_mode = 1 | .allow_reads_during_maintenance = 1' ;;
      closed) site_configure "$site" '.maintenance_mode = 1 | del(.allow_reads_during_maintenance)' ;;
    esac
  done
  reload_backend
  if [[ $1 != closed ]]; then holding_end; fi
}

# While this file exists the site was begun and not finished: `bench new-site` refuses a site whose folder is
# there, and is never given --force.
site_unfinished() { printf '%s/unfinished-%s' "$RELEASES" "$1"; }

# Sites of which there is nothing, or only what a run that died has begun. One whose folder is there without a
# site_config.json is damaged, not missing: it must never be among what the way back removes.
sites_missing() {
  local site folder
  folder="$(sites_volume)" || return
  for site in $(site_names); do
    if [[ ! -d $folder/$site || -e $(site_unfinished "$site") ]]; then printf '%s\n' "$site"; fi
  done
}

# site_apps_installed SITE: one name a line, as the site itself has it. `bench list-apps` reads a list that older versions
# fill with the first migration only.
site_apps_installed() {
  local list database
  database="$(site_value "$1" .db_name)"
  list="$(database_sql <<<"SELECT defvalue FROM \`$database\`.tabDefaultValue WHERE parent = '__global' AND defkey = 'installed_apps'")"
  jq -r '.[]' <<<"${list:-[]}"
}

# sites_converge: every site of the settings exists, with its apps.
sites_converge() {
  local site app installed
  external_database_prepare
  for site in $(site_names); do
    retire_forget "$site"
    if [[ -e $(site_unfinished "$site") ]]; then
      detail "site $site was begun by a run that died; what it left is removed"
      site_remove "$site"
    fi
    if ! site_exists "$site"; then
      site_create "$site"
    fi
    site_encryption_key "$site"
    installed="$(site_apps_installed "$site")"
    for app in $(site_apps "$site"); do
      if ! grep -qx "$app" <<<"$installed"; then
        detail "site $site: installing $app"
        journal_set dataTouched true
        bench --site "$site" install-app "$app"
      fi
    done
  done
}

# Passwords reach `bench new-site` by its own prompts, which read standard input where there is no terminal: root's, then
# the administrator's, once in Frappe 16 and twice before.
site_create() {
  local site=$1 app installed known folder arguments=()
  folder="$(sites_volume)"
  [[ ! -d $folder/$site || -e $(site_unfinished "$site") ]] ||
    die "the folder of the site $site is there, and has no site_config.json. It may hold files that are in no backup: nothing was done to it. Put its site_config.json back ($folder/$site/site_config.json), or move the folder away, and run release again"
  rm -f "$RUNTIME_DIR/admin-password"
  for app in $(site_apps "$site"); do
    [[ $app == frappe ]] || arguments+=(--install-app "$app")
  done
  secret_ensure "site-admin-password/$site" "$RUNTIME_DIR/admin-password"
  # Asked in the step fetch already, but for a rollback; and a folder may be gone since.
  known="$(backup_ids "$site")"
  if grep -qxsF -e "$site" "$RELEASE_DIR/empty-sites"; then
    touch "$(empty_site_file "$site")"
  elif [[ -n $known && ! -e $(empty_site_file "$site") ]]; then
    die "there is no site $site here, and s3://$(bucket) has backups of it: it is not made empty without being asked for; see docs/runbooks/lost-machine.md"
  fi
  touch "$(site_unfinished "$site")"
  {
    cat "$DATA/secrets/db-root-password"
    printf '\n'
    cat "$RUNTIME_DIR/admin-password"
    printf '\n'
    cat "$RUNTIME_DIR/admin-password"
    printf '\n'
  } | compose exec -T backend bench new-site --mariadb-user-host-login-scope=% --db-root-username root "${arguments[@]}" "$site" 2>&1 |
    { grep -v -e GetPassWarning -e fallback_getpass -e 'Password input may be echoed' || true; }
  rm -f "$RUNTIME_DIR/admin-password"
  [[ -s $folder/$site/site_config.json ]] || die "bench new-site did not make $site"
  site_password_renew "$site"
  installed="$(site_apps_installed "$site")"
  [[ -n $installed ]] || die "bench new-site left $site without its apps"
  rm -f "$(site_unfinished "$site")"
  detail "site $site was made; its administrator's password is in $(secret_parameter "site-admin-password/$site")"
}

# `bench new-site` loads the first tables by a client that it gives the database's password as an argument: it was to be
# seen, and counts no more.
site_password_renew() {
  local file="$RUNTIME_DIR/site-password"
  (umask 077 && secret_generate >"$file")
  database_password "$(database_user "$1")" "$file"
  # shellcheck disable=SC2016 # $password is jq's
  site_configure "$1" '.db_password = $password' --rawfile password "$file"
  rm -f "$file"
}

# Removes a site that has never served; there may be nothing, or half, of it.
site_remove() {
  local site=$1 database='' folder
  folder="$(sites_volume)/$site"
  if [[ -s $folder/site_config.json ]]; then database="$(jq -r '.db_name // empty' "$folder/site_config.json")"; fi
  if [[ -n $database ]]; then
    database_sql <<<"DROP DATABASE IF EXISTS \`$database\`; DROP USER IF EXISTS '$database'@'%';"
  fi
  rm -rf "${folder:?}"
  rm -f "$(site_unfinished "$site")"
}

# Frappe makes the key when it first encrypts something; a backup must have it from the start.
site_encryption_key() {
  local key
  # Never another one because the configuration could not be read.
  key="$(site_value "$1" .encryption_key)"
  [[ -z $key ]] || return 0
  openssl rand -base64 32 | tr '+/' '-_' | tr -d '\n' >"$RUNTIME_DIR/encryption-key"
  # shellcheck disable=SC2016 # $key is jq's
  site_configure "$1" '.encryption_key = $key' --rawfile key "$RUNTIME_DIR/encryption-key"
  rm -f "$RUNTIME_DIR/encryption-key"
}

# Frappe on RDS, and on others whose master cannot grant all, must be told before the first site is made.
external_database_prepare() {
  local rights folder told
  database_is_external || return 0
  rights="$(database_rights)"
  folder="$(sites_volume)"
  told="$(jq -r '.rds_db // empty' "$folder/common_site_config.json")"
  [[ $rights != "ALL PRIVILEGES" && $told != 1 ]] || return 0
  bench set-config -gp rds_db 1
}
