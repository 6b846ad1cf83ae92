# shellcheck shell=bash
# What becomes of a site whose name is another one, or gone, in the settings; and what else is there that they don't name.

# What a rename that was killed has begun: {from, to}.
RENAMING="$RELEASES/renaming.json"
# The last one that was done: the same again, after one whose end nobody heard of, is done already.
RENAMED="$RELEASES/renamed.json"
# The last backup of a site that is being taken away, once it is in S3 and verified; empty where there was nothing to back
# up. It has another name when the site is gone and the others serve.
retiring_file() { printf '%s/retiring-%s' "$RELEASES" "$1"; }
retired_file() { printf '%s/retired-%s' "$RELEASES" "$1"; }

runtime_rename_was_begun() { [[ $(jq -r '"\(.from) \(.to)"' "$RENAMING" 2>/dev/null) == "$1 $2" ]]; }

# runtime_rename_was_done FROM TO: and there is no site of the former name again.
runtime_rename_was_done() {
  local folder
  [[ $(jq -r '"\(.from) \(.to)"' "$RENAMED" 2>/dev/null) == "$1 $2" && ! -e $RENAMING ]] || return
  folder="$(sites_volume)" || return
  [[ ! -e $folder/$1 && -e $folder/$2 ]]
}

# runtime_rename_check FROM TO: what must be refused before anything is changed.
runtime_rename_check() {
  local there stack folder
  there="$(sites_there | paste -sd' ' -)"
  stack="$(setting .stack)"
  grep -qxF -e "$2" < <(site_names) ||
    refuse "the settings do not name $2 yet: change the name in erpnext.sites from $1 to $2 and run ./slipway up $stack, which stops and says to run this. Sites in the settings: $(site_names | paste -sd' ' -)"
  ! grep -qxF -e "$1" < <(site_names) ||
    refuse "the settings still name $1: with both names, $2 is another site and not this one"
  if runtime_rename_was_begun "$1" "$2"; then return 0; fi
  [[ ! -e $RENAMING ]] || refuse "the rename of $(jq -r '"\(.from) to \(.to)"' "$RENAMING") was begun and is not finished: run that again first"
  [[ " $there " == *" $1 "* ]] || refuse "there is no site $1 on this host; there are: ${there:-none}"
  site_exists "$1" || refuse "$1 was begun by a release that died and never served: retire it"
  folder="$(sites_volume)"
  [[ ! -e $folder/$2 ]] ||
    refuse "there is a site $2 on this host already, with data of its own. Which of them is to stay? To give up $2: name $1 in erpnext.sites in its place, ./slipway up $stack, ./slipway retire $stack $2, and then rename"
}

# runtime_rename_backup FROM TO: nothing is written from here on until the site has its new name.
runtime_rename_backup() {
  runtime_hold
  backup_site "$1" "$(backup_id "$(record_current_id)")" rename ''
}

# runtime_rename_site FROM TO: by one rename of its folder. Its database keeps its name.
runtime_rename_site() {
  local from=$1 to=$2 folder name secret="$RUNTIME_DIR/renamed-secret"
  folder="$(sites_volume)"
  jq -n --arg from "$from" --arg to "$to" '{from: $from, to: $to}' | write_file "$RENAMING" 0644
  stop_workers
  maintenance closed
  # What is kept by the site's name; the former names stay, since backups under that name want them.
  for name in site-admin-password site-encryption-key; do
    if secret_fetch "$name/$from" "$secret"; then
      secret_keep "$name/$to" "$secret" >/dev/null
      detail "$(secret_parameter "$name/$to") has what $(secret_parameter "$name/$from") has"
    fi
    rm -f "$secret"
  done
  if [[ -e $(empty_site_file "$from") ]]; then mv -T "$(empty_site_file "$from")" "$(empty_site_file "$to")"; fi
  if [[ -d $folder/$from ]]; then mv -T "$folder/$from" "$folder/$to"; fi
  # The address that e-mails and the API name.
  # shellcheck disable=SC2016
  site_configure "$to" 'if (.host_name // "") | test("^(https?://)?" + ($from | gsub("\\."; "\\.")) + "(:[0-9]+)?/?$") then .host_name |= sub($from; $to) else . end' \
    --arg from "$from" --arg to "$to"
  if [[ -f $folder/currentsite.txt && $(<"$folder/currentsite.txt") == "$from" ]]; then printf '%s' "$to" >"$folder/currentsite.txt"; fi
  detail "$from is $to now; its backups of before stay at s3://$(bucket)/$(setting .stack)/$from/"
}

# runtime_rename_open FROM TO: served by its new name.
runtime_rename_open() {
  https_render
  proxy_start
  maintenance open
  start_all
  bench --site "$2" clear-cache || warn "bench clear-cache failed for $2"
}

# runtime_rename_end FROM TO: a backup under the new name, which is what `restore` and the alarm look for from now on.
runtime_rename_end() {
  backup_site "$2" "$(backup_id "$(record_current_id)")" rename ''
  mv -fT "$RENAMING" "$RENAMED"
}

# retire_forget SITE: of one that is named, and not to go any more.
retire_forget() { rm -f "$(retiring_file "$1")" "$(retired_file "$1")"; }

# runtime_retire_was_done SITE: and it was not made anew since.
runtime_retire_was_done() {
  local folder
  [[ -e $(retired_file "$1") && ! -e $(retiring_file "$1") ]] || return
  folder="$(sites_volume)" || return
  [[ ! -e $folder/$1 ]]
}

# runtime_retire_last_backup SITE: of one that is gone; nothing where it had none.
runtime_retire_last_backup() { cat "$(retired_file "$1")"; }

# runtime_retire_check SITE
runtime_retire_check() {
  local there folder=''
  there="$(sites_there | paste -sd' ' -)"
  ! grep -qxF -e "$1" < <(site_names) ||
    refuse "the settings still name $1: take it out of erpnext.sites first, and run ./slipway up $(setting .stack), which stops and says to run this"
  ! jq -e --arg site "$1" '.from == $site or .to == $site' "$RENAMING" >/dev/null 2>&1 || refuse "a rename of $1 was begun and is not finished"
  # One that is gone while the others stand still is gone on with.
  if [[ -e $(retiring_file "$1") ]]; then return 0; fi
  if sites_volume_exists; then folder="$(sites_volume)"; fi
  [[ -n $folder && -d $folder/$1 && $1 != assets ]] || refuse "there is no site $1 on this host; there are: ${there:-none}"
  [[ -s $folder/$1/site_config.json ]] ||
    refuse "the folder of $1 has no site_config.json: it may hold files that are in no backup. Look at $folder/$1"
}

# runtime_retire_backup SITE: nobody writes to it any more, and what it has is in S3, read back.
runtime_retire_backup() {
  local id file
  if [[ -e $(retiring_file "$1") ]]; then
    id="$(<"$(retiring_file "$1")")"
    file="$(site_config_file "$1")"
    # One that was opened since, since it was to stay after all, has more than that backup.
    if [[ ! -s $file || $(site_value "$1" .maintenance_mode) == 1 ]]; then
      detail "its last backup is ${id:-none: it never served}"
      return 0
    fi
  fi
  if ! site_exists "$1"; then
    detail "$1 was begun by a release that died and never served: there is nothing to back up"
    write_file "$(retiring_file "$1")" 0644 </dev/null
    return 0
  fi
  stop_workers
  site_configure "$1" '.maintenance_mode = 1 | del(.allow_reads_during_maintenance)'
  reload_backend
  id="$(backup_id "$(record_current_id)")"
  backup_site "$1" "$id" retire ''
  backup_ids "$1" | grep -qxF -e "$id" || die "the last backup of $1 is not in S3"
  write_file "$(retiring_file "$1")" 0644 <<<"$id"
}

# runtime_retire_remove SITE: its database, its user and its folder.
runtime_retire_remove() {
  site_remove "$1"
  rm -f "$(empty_site_file "$1")"
}

# runtime_retire_end SITE: it is gone, and the others serve.
runtime_retire_end() { mv -fT "$(retiring_file "$1")" "$(retired_file "$1")"; }

# runtime_retire_open: the others write again.
runtime_retire_open() {
  start_all
}

# ---- what is there and is not named --------------------------------------------------------------

# image_apps IMAGE: the apps that an image has.
image_apps() { docker run --rm --network none --entrypoint ls "$1" -1 /home/frappe/frappe-bench/apps | sort; }

# apps_check_image DIR: refuses an image without an app that a site has installed: the site's pages and jobs would fail.
# Where the database does not answer nobody can say, and a release may be what mends that.
apps_check_image() {
  local site sites installed missing image refused=()
  use_release "$(record_current_id)"
  database_answers || return 0
  image="$(image_apps "$(jq -r .image "$1/target.json")")"
  sites="$(existing_sites)"
  for site in $sites; do
    installed="$(site_apps_installed "$site" | sort)"
    missing="$(comm -23 <(printf '%s' "${installed:+$installed$'\n'}") <(printf '%s\n' "$image") | paste -sd' ' -)"
    [[ -z $missing ]] || refused+=("$site has $missing")
  done
  ((${#refused[@]} == 0)) ||
    refuse "the image of this release lacks apps that sites have installed: ${refused[*]}. Nothing was changed. Release an image that has them, or take them out of the site first (docker exec ${PROJECT}-backend-1 bench --site SITE uninstall-app APP)"
}

# runtime_drift: for status, one line for each thing that the settings and this host do not agree in.
runtime_drift() {
  local site list app installed named known
  list="$(sites_undeclared)"
  for site in $list; do say "the site $site is here, and the settings do not name it: nobody reaches it; ./slipway rename or ./slipway retire"; done
  list="$(sites_absent)"
  for site in $list; do say "the site $site is in the settings, and not here: the next release makes it"; done
  if ! database_answers; then return 0; fi
  list="$(served_sites)"
  for site in $list; do
    installed="$(site_apps_installed "$site" | sort)"
    named="$(site_apps "$site" | sort)"
    for app in $(comm -23 <(printf '%s\n' "$installed") <(printf 'frappe\n%s\n' "$named" | sort)); do say "the app $app is installed in $site, and the settings do not name it"; done
    for app in $(comm -13 <(printf '%s\n' "$installed") <(printf '%s\n' "$named")); do [[ -z $app ]] || say "the app $app is in the settings of $site, and not installed: the next release does that"; done
  done
  # On a server that others share, theirs are none of our business.
  if database_is_external; then return 0; fi
  list="$(sites_there)"
  known="$(for site in $list; do site_value "$site" .db_name; done | sort)"
  list="$(database_sql <<<"SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') AND schema_name NOT LIKE 'drill\\_%'" | sort)"
  for app in $(comm -23 <(printf '%s\n' "$list") <(printf '%s\n' "$known")); do
    say "the database $app belongs to no site that is here"
  done
}
