# shellcheck shell=bash
# Backups as objects in S3: `STACK/SITE/ID/FILE`. The manifest names every file with size and SHA-256 and is
# written last, after each file has been read back; without a manifest there is no backup.

backup_prefix() { printf '%s/%s/%s' "$(setting .stack)" "$1" "$2"; }
backup_id() { printf '%s-%s' "$(stamp)" "${1:-none}"; }

sha256_of() { sha256sum <"$1" | cut -d' ' -f1; }
size_of() { stat --format %s "$1"; }

# backup_upload SITE ID DIR
backup_upload() {
  local site=$1 id=$2 dir=$3 prefix name sha
  prefix="$(backup_prefix "$site" "$id")"
  while IFS=$'\t' read -r name sha; do
    object_put "$dir/$name" "$prefix/$name"
    [[ $(object_sha256 "$prefix/$name") == "$sha" ]] || die "$prefix/$name reads back differently from what was sent; the backup has no manifest and does not count"
  done < <(jq -r '.files[] | [.name, .sha256] | @tsv' "$dir/manifest.json")
  object_put "$dir/manifest.json" "$prefix/manifest.json"
  [[ $(object_sha256 "$prefix/manifest.json") == "$(sha256_of "$dir/manifest.json")" ]] || die "$prefix/manifest.json reads back differently from what was sent"
  detail "$site: s3://$(bucket)/$prefix, $(jq -r '[.files[].size] | add' "$dir/manifest.json" | numfmt --to=iec)B in $(jq '.files | length' "$dir/manifest.json") files, read back"
}

# backup_verify DIR: every file is what its manifest says.
backup_verify() {
  local dir=$1 name size sha
  jq -e '.files | length > 0' "$dir/manifest.json" >/dev/null || refuse "$dir has no usable manifest"
  while IFS=$'\t' read -r name size sha; do
    [[ -f $dir/$name && $(size_of "$dir/$name") == "$size" && $(sha256_of "$dir/$name") == "$sha" ]] ||
      refuse "the backup is damaged: $name is not what its manifest says (size $size, SHA-256 $sha). Nothing was touched"
  done < <(jq -r '.files[] | [.name, (.size | tostring), .sha256] | @tsv' "$dir/manifest.json")
}

# backup_obtain SITE ID DIR: from the local copy where there is one, else from S3; verified either way.
backup_obtain() {
  local site=$1 id=$2 dir=$3 prefix name
  if [[ -s $BACKUPS/$id/$site/manifest.json ]]; then
    ln -sfn "$BACKUPS/$id/$site" "$dir"
  else
    backup_download "$site" "$id" "$dir"
  fi
  backup_verify "$dir"
}

# backup_download SITE ID DIR
backup_download() {
  local site=$1 id=$2 dir=$3 prefix name
  prefix="$(backup_prefix "$site" "$id")"
  install -d -m 0700 "$dir"
  object_get "$prefix/manifest.json" "$dir/manifest.json" 2>/dev/null ||
    refuse "there is no backup $id of $site in s3://$(bucket) (no $prefix/manifest.json). The newest is: $(backup_newest "$site")"
  for name in $(jq -r '.files[].name' "$dir/manifest.json"); do
    object_get "$prefix/$name" "$dir/$name"
  done
}

# Ids of a site's complete backups, oldest first.
backup_ids() {
  object_keys "$(setting .stack)/$1/" | sed -n 's|^[^/]*/[^/]*/\([^/]*\)/manifest\.json$|\1|p' | sort
}

backup_newest() { backup_ids "$1" | tail -n 1; }

# The time in an id: 20261121T021700Z-… -> seconds since 1970.
backup_epoch() { epoch_of "$(sed -E 's/^(....)(..)(..)T(..)(..)(..)Z.*/\1-\2-\3T\4:\5:\6Z/' <<<"$1")"; }

# backup_age_hours ID: with one decimal.
backup_age_hours() { awk -v then="$(backup_epoch "$1")" -v now="$(date +%s)" 'BEGIN { printf "%.1f", (now - then) / 3600 }'; }

# The oldest of the sites' newest backups, judged by what is in S3; 9999 for a site without any.
backup_publish_age() {
  local site newest age worst=0
  for site in $(jq -r '.sites[].name' "$SETTINGS"); do
    newest="$(backup_newest "$site")"
    age=9999
    [[ -z $newest ]] || age="$(backup_age_hours "$newest")"
    worst="$(printf '%s\n%s\n' "$worst" "$age" | sort -g | tail -n 1)"
  done
  metric BackupAgeHours "$worst" None
}

# backup_prune_local KEEP_ID: the newest few stay on the volume, and the one named.
backup_prune_local() {
  local id kept
  kept="$(find "$BACKUPS" -mindepth 1 -maxdepth 1 -name '2*Z-*' -printf '%f\n' | sort | tail -n "$(setting .backup.keepLocal 2)")"
  find "$BACKUPS" -mindepth 1 -maxdepth 1 -name '2*Z-*' -printf '%f\n' | while IFS= read -r id; do
    grep -qx -e "$id" <<<"$kept"$'\n'"${1-}" || rm -rf "${BACKUPS:?}/$id"
  done
}
