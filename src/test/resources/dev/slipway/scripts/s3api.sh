# shellcheck shell=bash
# The answer to `aws s3api …`: one bucket, whose objects are files under $FAKES/s3 and whose settings are kept as they
# were given. fake.sh sources it.
operation=$2
shift 2
key='' body='' prefix='' query='' setting='' file='' absent='' same=''
while (($#)); do
  case $1 in
    --key) key=$2 ;;
    --body) body=$2 ;;
    --prefix) prefix=$2 ;;
    --query) query=$2 ;;
    --if-none-match) absent=$2 ;;
    --if-match) same=$2 ;;
    --policy | --*-configuration) setting=$2 ;;
    --*) ;;
    *)
      file=$1
      shift
      continue
      ;;
  esac
  shift 2
done
store=$FAKES/s3 kept=$FAKES/bucket

# fails CODE: as the AWS CLI does.
fails() {
  printf 'An error occurred (%s) when calling the %s operation: no\n' "$1" "$operation" >&2
  exit 254
}

tag_of() { [[ ! -e $1 ]] || printf '"%s"\n' "$(md5sum <"$1" | cut -d' ' -f1)"; }

# given NAME CODE: the setting that was given, or what AWS says when there is none.
given() { cat "$kept/$1" 2>/dev/null || fails "$2"; }

case $operation in
  create-bucket) mkdir -p "$store" "$kept" ;;
  head-bucket) [[ -d $store ]] || fails 404 ;;
  wait) ;;
  get-bucket-location) printf 'us-east-1\n' ;;
  put-public-access-block | put-bucket-*)
    if [[ $setting == file://* ]]; then setting=$(<"${setting#file://}"); fi
    printf '%s\n' "$setting" >"$kept/${operation#put-}"
    ;;
  get-public-access-block)
    given public-access-block NoSuchPublicAccessBlockConfiguration |
      jq -R 'split(",") | map(split("=") | {key: .[0], value: (.[1] == "true")}) | {PublicAccessBlockConfiguration: from_entries}'
    ;;
  get-bucket-versioning) given bucket-versioning NoSuchBucket | sed 's/^Status=//' ;;
  get-bucket-encryption)
    given bucket-encryption ServerSideEncryptionConfigurationNotFoundError |
      jq -r '.Rules[0].ApplyServerSideEncryptionByDefault | [.SSEAlgorithm, .KMSMasterKeyID // "None"] | @tsv'
    ;;
  get-bucket-policy) given bucket-policy NoSuchBucketPolicy ;;
  get-bucket-lifecycle-configuration) given bucket-lifecycle-configuration NoSuchLifecycleConfiguration ;;
  put-object)
    mkdir -p "$(dirname "$store/$key")"
    # One after another, as S3 has conditional writes.
    exec {writing}>"$FAKES/s3-writing"
    flock "$writing"
    [[ -z $absent || ! -e $store/$key ]] || fails PreconditionFailed
    [[ -z $same || $same == "$(tag_of "$store/$key")" ]] || fails PreconditionFailed
    cp "$body" "$store/$key"
    [[ $query != ETag ]] || tag_of "$store/$key"
    ;;
  head-object) [[ -e $store/$key ]] || fails 404 ;;
  get-object)
    cp "$store/$key" "$file" 2>/dev/null || fails NoSuchKey
    [[ $query != ETag ]] || tag_of "$file"
    ;;
  delete-object) rm -f "$store/$key" ;;
  list-objects-v2)
    while IFS= read -r file; do
      [[ $file == "$store/$prefix"* ]] || continue
      printf '%s' "${file#"$store/"}"
      [[ $query != *LastModified* ]] || printf '\t%s' "$(date -u -r "$file" +%Y-%m-%dT%H:%M:%SZ)"
      printf '\n'
    done < <(find "$store" -type f 2>/dev/null | sort)
    ;;
  *) fails "$operation-is-not-known-here" ;;
esac
