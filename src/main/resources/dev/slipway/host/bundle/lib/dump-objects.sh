# shellcheck shell=bash
# Dumps in their bucket: db-dumps/ has what people brought and, below made/, what hosts made; manifests/ says what is in these.

DUMP_FOLDER="$DATA/dumps"

dump_bucket() { environment .dumpsBucket; }

# dump_folder: empty. What a run that was killed has left goes; the lock is held, so that nobody else is at it on this host.
dump_folder() {
  rm -rf "$DUMP_FOLDER"
  install -d -m 0700 "$DUMP_FOLDER"
}

dump_folder_away() { rm -rf "$DUMP_FOLDER"; }

# dump_room: bytes of the disk that a dump may take, so that what serves keeps its own.
dump_room() {
  local free keep
  free="$(df --output=avail -B1 "$DATA" | tail -n 1 | tr -dc '0-9')"
  keep="$(setting .release.minFreeGiB 4)"
  is_number "$free" || die "it is not known how much room $DATA has" >&2
  free=$((free - keep * 1024 ** 3))
  printf '%s' "$((free > 0 ? free : 0))"
}

in_gib() { awk -v bytes="$1" 'BEGIN { printf "%.1f GiB", bytes / 1073741824 }'; }

# dump_head KEY VERSION [PATH]: what S3 says of that very object.
dump_head() {
  local answer
  answer="$(aws s3api head-object --bucket "$(dump_bucket)" --key "$1" --version-id "$2" --output json 2>&1)" ||
    refuse "s3://$(dump_bucket)/$1 cannot be read in its version $2: $(tr -s '\n' ' ' <<<"$answer")" >&2
  printf '%s' "$answer"
}

# dump_fetch KEY VERSION SHA256 FILE: that very object, whole.
dump_fetch() {
  local size room sha head
  head="$(dump_head "$1" "$2")"
  size="$(jq -r .ContentLength <<<"$head")"
  is_number "$size" || die "S3 does not say how many bytes $1 has"
  room="$(dump_room)"
  ((size <= room)) ||
    refuse "the dump has $(in_gib "$size") and this host has room for $(in_gib "$room") beside what it keeps free (release.minFreeGiB). Nothing was begun. Make room, or raise $(disk_setting) and run pulumi up"
  aws s3api get-object --bucket "$(dump_bucket)" --key "$1" --version-id "$2" "$4" >/dev/null
  sha="$(sha256_of "$4")"
  [[ $sha == "$3" ]] || refuse "s3://$(dump_bucket)/$1 has the SHA-256 $sha, and $3 is what was validated. Nothing was begun"
  detail "fetched s3://$(dump_bucket)/$1: $(numfmt --to=iec "$size")B"
}

# manifest_key NAME
manifest_key() { printf 'manifests/%s.json' "$1"; }

# manifest_of KEY: the manifest of a dump that a host made, or nothing where that key is no such dump's.
manifest_of() {
  local name=${1#db-dumps/made/} file="$DUMP_FOLDER/manifest.json"
  [[ $1 == db-dumps/made/*.dump ]] || return 0
  aws s3 cp --only-show-errors --no-progress "s3://$(dump_bucket)/$(manifest_key "${name%.dump}")" "$file" >&2 ||
    die "the manifest of $1 cannot be read: without it that dump does not count" >&2
  jq -ce --arg key "$1" 'select(.key == $key)' "$file" || die "the manifest of $1 is of another dump, or is none" >&2
}

# dump_error FILE: what PostgreSQL or its client said first of errors, fit for a sentence.
dump_error() {
  local text line=''
  text="$(LC_ALL=C grep -a -m 1 -E '(ERROR|FATAL|PANIC): ' "$1" || LC_ALL=C grep -a -m 1 -E '(error|fatal): ' "$1" || last_words <"$1")"
  # A line comes before the script's own first one.
  if [[ $text =~ ^psql:[^:]*:([0-9]+): ]]; then line=" (line $((BASH_REMATCH[1] - 1)))"; fi
  text="$(LC_ALL=C sed -E -e 's/^.*(ERROR|FATAL|PANIC): +/\1: /' -e 's/^(psql:[^ ]*|pg_[a-z]+:) +//' <<<"$text" | tr -d '\000-\037')"
  printf '%.300s%s' "${text:-it says nothing}" "$line"
}
