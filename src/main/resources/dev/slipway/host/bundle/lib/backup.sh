# shellcheck shell=bash
# Backups as objects in S3: `STACK/SITE/ID/FILE`. The manifest names every file with size and SHA-256 and is
# written last, after each file has been read back; without a manifest there is no backup.

backup_prefix() { printf '%s/%s/%s' "$(setting .stack)" "$1" "$2"; }
backup_id() { printf '%s-%s' "$(stamp)" "${1:-none}"; }

sha256_of() { sha256sum <"$1" | cut -d' ' -f1; }
size_of() { stat --format %s "$1"; }

# backup_upload SITE ID DIR
backup_upload() {
  local site=$1 id=$2 dir=$3 prefix name sha is names=() files
  prefix="$(backup_prefix "$site" "$id")"
  files="$(jq -er '.files[] | [.name, .sha256] | @tsv' "$dir/manifest.json")"
  [[ -n $files ]] || die "the manifest of the backup $id of $site names no file"
  mapfile -t names < <(cut -f1 <<<"$files")
  objects_put "$dir" "$prefix" "${names[@]}"
  while IFS=$'\t' read -r name sha; do
    is="$(object_sha256 "$prefix/$name")" || die "$prefix/$name cannot be read back; the backup has no manifest and does not count"
    [[ $is == "$sha" ]] || die "$prefix/$name reads back differently from what was sent; the backup has no manifest and does not count"
  done <<<"$files"
  object_put "$dir/manifest.json" "$prefix/manifest.json"
  sha="$(sha256_of "$dir/manifest.json")"
  is="$(object_sha256 "$prefix/manifest.json")" || die "$prefix/manifest.json cannot be read back"
  [[ -n $sha && $is == "$sha" ]] || die "$prefix/manifest.json reads back differently from what was sent"
  detail "$site: s3://$(bucket)/$prefix, $(jq -r '[.files[].size] | add' "$dir/manifest.json" | numfmt --to=iec)B in $(jq '.files | length' "$dir/manifest.json") files, read back"
}

# backup_manifest_fault SITE ID FILE: why the manifest cannot be one of that backup; nothing where it can. The names in
# it become names of files here, so they are names and no paths.
backup_manifest_fault() {
  # shellcheck disable=SC2016
  jq -r --arg site "$1" --arg id "$2" '
    if .site != $site or .id != $id then "it is of \(.site), \(.id)"
    elif (["database.sql.gz", "files.tar", "private-files.tar", "site_config.json.enc"] - [.files[].name]) != [] then "it does not name all four files"
    elif [.files[] | select((.name | tostring | test("^[A-Za-z0-9_][A-Za-z0-9._-]*$") | not) or (.sha256 | tostring | test("^[0-9a-f]{64}$") | not))] != [] then "it names a file in a way that no backup does"
    else empty end' "$3" 2>/dev/null || printf 'it is not a manifest'
}

# backup_fault SITE ID DIR: what is wrong with the backup in DIR; nothing where all is as its manifest says.
backup_fault() {
  local dir=$3 name size sha fault files
  fault="$(backup_manifest_fault "$1" "$2" "$dir/manifest.json")"
  [[ -z $fault ]] || {
    printf 'manifest.json cannot be used: %s' "$fault"
    return 0
  }
  files="$(jq -r '.files[] | [.name, (.size | tostring), .sha256] | @tsv' "$dir/manifest.json")"
  while IFS=$'\t' read -r name size sha; do
    [[ -f $dir/$name && $(size_of "$dir/$name") == "$size" && $(sha256_of "$dir/$name") == "$sha" ]] || {
      printf '%s is not what its manifest says (size %s, SHA-256 %s)' "$name" "$size" "$sha"
      return 0
    }
  done <<<"$files"
}

# backup_verify SITE ID DIR
backup_verify() {
  local fault
  fault="$(backup_fault "$@")"
  [[ -z $fault ]] || refuse "the backup $2 of $1 is damaged: $fault"
}

# backup_obtain SITE ID DIR: the local copy where it is whole, else S3's; verified either way.
backup_obtain() {
  local site=$1 id=$2 dir=$3 local_copy="$BACKUPS/$2/$1" fault
  if [[ -s $local_copy/manifest.json ]]; then
    fault="$(backup_fault "$site" "$id" "$local_copy")"
    if [[ -z $fault ]]; then
      ln -sfn "$local_copy" "$dir"
      return 0
    fi
    warn "the copy on this host of backup $id of $site is damaged ($fault); taking the one in S3"
  fi
  backup_download "$site" "$id" "$dir"
  backup_verify "$site" "$id" "$dir"
}

# backup_download SITE ID DIR
backup_download() {
  local site=$1 id=$2 dir=$3 prefix name known fault
  prefix="$(backup_prefix "$site" "$id")"
  known="$(backup_ids "$site")"
  grep -qxF -e "$id" <<<"$known" ||
    refuse "there is no backup $id of $site in s3://$(bucket) (no $prefix/manifest.json). The newest is: $(tail -n 1 <<<"$known")"
  install -d -m 0700 "$dir"
  object_get "$prefix/manifest.json" "$dir/manifest.json"
  fault="$(backup_manifest_fault "$site" "$id" "$dir/manifest.json")"
  [[ -z $fault ]] || refuse "the backup $id of $site is damaged: manifest.json cannot be used: $fault"
  disk_require "$((1 + $(jq '[.files[].size] | add / 1073741824 | ceil' "$dir/manifest.json")))"
  for name in $(jq -r '.files[].name' "$dir/manifest.json"); do
    object_get "$prefix/$name" "$dir/$name"
  done
}

# Ids of a site's complete backups, oldest first.
backup_ids() {
  object_keys "$(setting .stack)/$1/" | sed -n 's|^[^/]*/[^/]*/\([^/]*\)/manifest\.json$|\1|p' | sort
}

# backup_newest SITE: the newest that holds what people wrote; nothing where there is none. What a restore keeps of the
# data that it replaces, and backups of a site that was made empty in the place of a lost one, are passed over: they are
# there, and can be restored by their id.
backup_newest() {
  local ids id why
  ids="$(backup_ids "$1")" || return 1
  for id in $(tac <<<"$ids"); do
    why="$(backup_uncounted_reason "$1" "$id")" || return 1
    if [[ $why == counts ]]; then
      printf '%s\n' "$id"
      return 0
    fi
  done
}

# backup_uncounted_reason SITE ID: counts, or why not: safety or empty. A manifest never changes, so that each is asked
# for once; the answers are kept.
backup_uncounted_reason() {
  local seen="$STATUS/backups-seen" why manifest="$BACKUPS/$2/$1/manifest.json"
  why="$(awk -v site="$1" -v id="$2" '$1 == site && $2 == id { print $3; exit }' "$seen" 2>/dev/null || true)"
  if [[ -z $why ]]; then
    if [[ ! -s $manifest ]]; then
      manifest="$(mktemp "$RUNTIME_DIR/manifest.XXXXXX")" || return 1
      object_get "$(backup_prefix "$1" "$2")/manifest.json" "$manifest" >&2 || return 1
    fi
    # Those of former versions say by their reason alone that they are a restore's.
    why="$(jq -r '.uncounted // (if .reason == "restore" then "safety" else "counts" end)' "$manifest")" || return 1
    [[ $manifest != "$RUNTIME_DIR"/* ]] || rm -f "$manifest"
    printf '%s %s %s\n' "$1" "$2" "$why" >>"$seen" || true
  fi
  printf '%s' "$why"
}

# The time in an id: 20261121T021700Z-… -> seconds since 1970.
backup_epoch() { epoch_of "$(sed -E 's/^(....)(..)(..)T(..)(..)(..)Z.*/\1-\2-\3T\4:\5:\6Z/' <<<"$1")"; }

# backup_age_hours ID: with one decimal.
backup_age_hours() { awk -v then="$(backup_epoch "$1")" -v now="$(date +%s)" 'BEGIN { printf "%.1f", (now - then) / 3600 }'; }

# The oldest of the sites' newest backups, by what is in S3; 9999 for a site without any. Where S3 cannot be asked
# nothing is said, and the alarm takes that for a missing backup.
backup_publish_age() {
  local site newest age worst=0
  runtime_can data || return 0
  for site in $(jq -r '.sites[]?.name' "$SETTINGS"); do
    newest="$(backup_newest "$site")" || {
      warn "the backup bucket cannot be asked for the age of the newest backup"
      return 0
    }
    age=9999
    [[ -z $newest ]] || age="$(backup_age_hours "$newest")"
    worst="$(printf '%s\n%s\n' "$worst" "$age" | sort -g | tail -n 1)"
  done
  metric BackupAgeHours "$worst" None
}

# backups_local: those on the volume, oldest first. What is not called like one is somebody's, and stays.
backups_local() { find "$BACKUPS" -mindepth 1 -maxdepth 1 -type d -regextype posix-extended -regex '.*/[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9._-]+' -printf '%f\n' | sort; }

# backup_prune_local KEEP_ID: the newest few stay on the volume, and the one named; what a dump that died left goes.
# (The lock is held: nobody else is making one.)
backup_prune_local() {
  local id ids kept
  ids="$(backups_local)"
  for id in $ids; do
    find "$BACKUPS/$id" -mindepth 2 -name manifest.json | grep . >/dev/null || rm -rf "${BACKUPS:?}/$id"
  done
  ids="$(backups_local)"
  kept="$(tail -n "$(setting .backup.keepLocal 2)" <<<"$ids")"
  for id in $ids; do
    grep -qxF -e "$id" <<<"$kept"$'\n'"${1-}" || rm -rf "${BACKUPS:?}/$id"
  done
}
