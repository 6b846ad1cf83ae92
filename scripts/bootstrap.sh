#!/usr/bin/env bash
# Makes what a stack needs before its first up: the state's bucket, the key for secrets, the stack.
# Task: Set up
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway bootstrap STACK [options]

From an account with nothing: the bucket for the state (versioned, encrypted, not public, TLS only, itself and old
versions not deletable), the KMS key for secrets in the state, `pulumi login`, the stack with its awskms:// provider in
Pulumi.STACK.yaml, and Pulumi's plugins. Its file gets the account's number and, where the foundation's file names the
stack, the bound of its roles. Shows what is there and what it will do, and asks. Run again it changes nothing;
a run that was cut short is completed by the next one. Ends with the variables that GitHub's workflows need.

  --bucket NAME    default: what PULUMI_BACKEND_URL or slipway:state.bucket in Pulumi.foundation.yaml say, or
                   slipway-state-ACCOUNT-REGION
  --prefix PREFIX  a folder in it; default: slipway:state.prefix, or none
  --yes            doesn't ask
  --github         also sets those variables, with gh; the environments have to be there (./slipway rulesets)
  --region REGION  instead of the stack file's

Needs credentials that may do all this: a person's, never a workflow's. docs/state.md says what each part is for.
USAGE
}

given_bucket='' given_prefix='' yes='' github=''
own_option() {
  case $1 in
    --bucket | --prefix)
      value_of "$1" $#
      if [[ $1 == --bucket ]]; then given_bucket=$2; else given_prefix=${2#/} given_prefix=${given_prefix%/}; fi
      taken=2
      ;;
    --yes) yes=yes ;;
    --github) github=yes ;;
    *) return 1 ;;
  esac
}

parse "$@"
stack_alone
no_run_options
[[ -z $given_bucket || $given_bucket =~ ^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$ ]] ||
  problem "--bucket: \"$given_bucket\" is not a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens"
[[ -z $given_prefix || $given_prefix =~ ^[A-Za-z0-9._/-]{1,100}$ ]] ||
  problem "--prefix: \"$given_prefix\" has more in it than letters, digits and ._/-"
if [[ -e ${file:-} ]]; then
  # None yet is what this script is for; another kind is refused as everywhere.
  if [[ -n $(stack_value "$file" secretsprovider)$(stack_value "$file" encryptionsalt) ]]; then need_secrets_provider; fi
fi
no_problems
need_jq
need_aws
make_scratch
need_account
# aws, aws-cn, aws-us-gov: of all ARNs here.
partition=${caller#arn:}
partition=${partition%%:*}

# --- what is wanted ------------------------------------------------------------------------------------------------

foundation=$(stack_file foundation)
backend=${PULUMI_BACKEND_URL:-}
if [[ $backend == s3://?* ]]; then
  split_backend "$backend"
elif [[ -n $backend ]]; then
  die "PULUMI_BACKEND_URL is $backend, and the state belongs into an S3 bucket: unset it, or give one. $unchanged"
fi
if [[ -e $foundation && $file != "$foundation" ]]; then need_readable foundation; fi
no_problems
bucket=${given_bucket:-${bucket:-$(stack_value "$foundation" slipway:state bucket)}}
bucket=${bucket:-slipway-state-$account-$region}
[[ -n $given_prefix || -n $backend ]] || given_prefix=$(stack_value "$foundation" slipway:state prefix)
folder=${given_prefix:-${prefix:-}}
folder=${folder%/}
query="region=$region&awssdk=v2"
[[ $backend != *\?* ]] || query=${backend#*\?}
PULUMI_BACKEND_URL="s3://$bucket${folder:+/$folder}?$query"
export PULUMI_BACKEND_URL
need_backend

key=$(stack_value "$foundation" slipway:state key)
key=${key:-alias/slipway}
# The one that the foundation lets workflows use.
granted=$key
provider=$(stack_value "$file" secretsprovider)
if [[ $provider =~ ^awskms://(/*)([^?]+) ]]; then key=${BASH_REMATCH[2]}; fi
provider=${provider:-awskms://$key?region=$region&awssdk=v2}

# How long what was overwritten or deleted can be brought back.
keep_days=365
least_days=90

# The statements of ours in the bucket's policy; those that others have added stay.
wanted_policy() {
  jq -n --arg bucket "arn:$partition:s3:::$bucket" '[
    {Sid: "SlipwayTlsOnly", Effect: "Deny", Principal: "*", Action: "s3:*", Resource: [$bucket, $bucket + "/*"],
     Condition: {Bool: {"aws:SecureTransport": "false"}}},
    {Sid: "SlipwayKeepHistory", Effect: "Deny", Principal: "*", Action: ["s3:DeleteBucket", "s3:DeleteObjectVersion"],
     Resource: [$bucket, $bucket + "/*"]}]'
}

wanted_lifecycle() {
  jq -n --argjson days "$keep_days" '[
    {ID: "slipway-state", Status: "Enabled", Filter: {Prefix: ""}, NoncurrentVersionExpiration: {NoncurrentDays: $days},
     Expiration: {ExpiredObjectDeleteMarker: true}, AbortIncompleteMultipartUpload: {DaysAfterInitiation: 7}}]'
}

# --- what is there -------------------------------------------------------------------------------------------------

steps=()

# there TEXT / todo STEP TEXT: a line of what was found, and what is to be done about it.
there() { printf '  = %s\n' "$*"; }
todo() {
  steps+=("$1")
  shift
  printf '  + %s\n' "$*"
}

# bucket_api VARIABLE OPERATION ARGUMENT...: as state_api, and refused where the bucket is another account's.
bucket_api() {
  local _out=$1 _verb=$2
  shift 2
  state_api "$_out" "$_verb" --expected-bucket-owner "$account" "$@"
}

# whose_bucket: after a refusal, whether the name is taken by somebody else.
whose_bucket() {
  local names=''
  if try_aws names s3api list-buckets "${s3_options[@]}" --output text --query 'Buckets[].[Name]'; then
    ! grep -qxF "$bucket" <<<"$names" || die "the bucket $bucket is this account's, and a permission on it is missing for $caller (s3:ListBucket). $unchanged"
    die "the bucket's name $bucket is taken by somebody else (names are unique in all of S3); give another with --bucket. $unchanged"
  fi
  die "the bucket $bucket is there and refuses $caller: either its name is taken by somebody else (give another with --bucket), or s3:ListBucket is missing. $unchanged"
}

# not_there CODE...: whether the last failure only says that this isn't set.
not_there() {
  local code
  for code in "$@"; do [[ $error_code != "$code" ]] || return 0; done
  return 1
}

# check_bucket_key ALGORITHM KEY: refuses a bucket that roles could not read. They may use the key of the secrets; AWS's
# own for S3, which is also meant where none is named, serves everybody of the account who comes through S3.
check_bucket_key() {
  local its='' ours=''
  [[ $2 != None && -n $2 ]] || return 0
  patiently its kms describe-key --region "$state_region" --key-id "$2" --output text \
    --query 'KeyMetadata.[KeyManager,Arn]' || stop_for "looking for the key $2 of the bucket $bucket (kms:DescribeKey)"
  [[ $its != AWS* ]] || return 0
  patiently ours kms describe-key --region "$region" --key-id "$granted" --output text \
    --query 'KeyMetadata.[KeyManager,Arn]' || [[ $error_code == NotFoundException ]] ||
    stop_for "looking for the key $granted (kms:DescribeKey)"
  [[ $its == "$ours" ]] || die "the bucket $bucket is encrypted ($1) with the key $2, which the roles of workflows may not use: they get $granted in $region, and no other. Encrypt it with AES256 (aws s3api put-bucket-encryption), with aws:kms and no key of your own, or with $granted; or give another bucket with --bucket. $unchanged"
}

look_at_bucket() {
  local found='' where=''
  bucket_there=''
  if bucket_api found head-bucket; then
    bucket_there=yes
  else
    case $error_code in
      404 | NoSuchBucket) ;;
      403 | AccessDenied) whose_bucket ;;
      301 | PermanentRedirect | 400) die "the bucket $bucket is in another region than $state_region: set region= in PULUMI_BACKEND_URL to it, or give another name with --bucket. $unchanged" ;;
      *) stop_for "looking for the bucket $bucket (s3:ListBucket)" ;;
    esac
  fi
  if [[ -z $bucket_there ]]; then
    todo make_bucket "bucket $bucket in $state_region"
    todo set_public 'public access to it: blocked'
    todo set_versioning 'versions: kept'
    todo set_encryption 'encryption: AES256'
    todo set_policy 'policy: TLS only; neither the bucket nor old versions can be deleted'
    todo set_lifecycle "old versions: kept for $keep_days days"
    return
  fi
  bucket_api where get-bucket-location --output text --query LocationConstraint ||
    stop_for "asking for the region of $bucket (s3:GetBucketLocation)"
  case $where in None | '' | null) where=us-east-1 ;; EU) where=eu-west-1 ;; esac
  [[ $where == "$state_region" ]] ||
    die "the bucket $bucket is in $where, and not in $state_region: set region=$where in PULUMI_BACKEND_URL, or give another name with --bucket. $unchanged"
  there "bucket $bucket in $where"

  bucket_api found get-public-access-block --output json || not_there NoSuchPublicAccessBlockConfiguration ||
    stop_for "reading its public access block (s3:GetBucketPublicAccessBlock)"
  if jq -e '.PublicAccessBlockConfiguration | length == 4 and all' <<<"${found:-null}" >/dev/null 2>&1; then
    there 'public access to it: blocked'
  else
    todo set_public 'public access to it: blocked'
  fi
  bucket_api found get-bucket-versioning --output text --query Status ||
    stop_for "reading its versioning (s3:GetBucketVersioning)"
  if [[ $found == Enabled ]]; then there 'versions: kept'; else todo set_versioning 'versions: kept'; fi

  bucket_api found get-bucket-encryption --output text \
    --query 'ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.[SSEAlgorithm,KMSMasterKeyID]' ||
    not_there ServerSideEncryptionConfigurationNotFoundError ||
    stop_for "reading its encryption (s3:GetEncryptionConfiguration)"
  read -r found where <<<"$found"
  case $found in
    AES256) there "encryption: $found" ;;
    aws:kms*)
      check_bucket_key "$found" "$where"
      there "encryption: $found"
      ;;
    *) todo set_encryption 'encryption: AES256' ;;
  esac

  bucket_api found get-bucket-policy --output text --query Policy || not_there NoSuchBucketPolicy ||
    stop_for "reading its policy (s3:GetBucketPolicy)"
  jq -n --argjson there "${found:-"{}"}" --argjson ours "$(wanted_policy)" '
    {Version: "2012-10-17"} + $there
    | .Statement = [(.Statement // [])[] | select(.Sid as $sid | $ours | map(.Sid) | index($sid) | not)] + $ours' \
    >"$scratch/policy" || die "the policy of $bucket can't be read: $found"
  if jq -e --argjson there "${found:-"{}"}" '(.Statement | sort_by(.Sid)) == ($there.Statement // [] | sort_by(.Sid))' \
    "$scratch/policy" >/dev/null; then
    there 'policy: TLS only; neither the bucket nor old versions can be deleted'
  else
    todo set_policy 'policy: TLS only; neither the bucket nor old versions can be deleted'
  fi

  bucket_api found get-bucket-lifecycle-configuration --output json || not_there NoSuchLifecycleConfiguration ||
    stop_for "reading its lifecycle (s3:GetLifecycleConfiguration)"
  jq -n --argjson there "${found:-"{}"}" --argjson ours "$(wanted_lifecycle)" '
    {Rules: ([($there.Rules // [])[] | select(.ID != "slipway-state")] + $ours)}' >"$scratch/lifecycle"
  if jq -e --argjson least "$least_days" '[(.Rules // [])[] | select(.ID == "slipway-state" and .Status == "Enabled"
      and (.NoncurrentVersionExpiration.NoncurrentDays // 0) >= $least)] | length == 1' <<<"${found:-null}" >/dev/null; then
    there "old versions: kept for $(jq -r '.Rules[] | select(.ID == "slipway-state").NoncurrentVersionExpiration.NoncurrentDays' <<<"$found") days"
  else
    todo set_lifecycle "old versions: kept for $keep_days days"
  fi
}

# tagged_key: a key that an earlier run made and could not name any more.
tagged_key() {
  local ids='' id tags='' unread=0
  patiently ids kms list-keys --region "$region" --output text --query 'Keys[].[KeyId]' ||
    stop_for 'listing keys, of which one may be left by an earlier run (kms:ListKeys)'
  for id in $ids; do
    try_aws tags kms list-resource-tags --region "$region" --key-id "$id" --output text \
      --query "Tags[?TagKey=='slipway:key' && TagValue=='$key'].[TagKey]" || {
      unread=$((unread + 1))
      continue
    }
    [[ -n $tags ]] || continue
    try_aws tags kms describe-key --region "$region" --key-id "$id" --output text --query KeyMetadata.KeyState || continue
    [[ $tags != Enabled ]] || {
      say "$id"
      return
    }
  done
  ((unread == 0)) ||
    note "the tags of $unread keys can't be read (kms:ListResourceTags), so it isn't known whether an earlier run made one of them for $key"
}

key_id=''
look_at_key() {
  local found='' rest
  if patiently found kms describe-key --region "$region" --key-id "$key" --output text \
    --query 'KeyMetadata.[KeyId,KeyState,KeyManager]'; then
    read -r key_id found rest <<<"$found"
    [[ $found == Enabled ]] ||
      die "the key $key ($key_id) is $found: docs/runbooks/state.md says how to get it back. $unchanged"
    there "key $key in $region"
    [[ $rest == CUSTOMER ]] || return 0
    patiently found kms get-key-rotation-status --region "$region" --key-id "$key_id" --output text \
      --query KeyRotationEnabled || stop_for "reading the rotation of $key (kms:GetKeyRotationStatus)"
    if [[ ${found,,} == true ]]; then there 'its rotation: every year'; else todo set_rotation 'its rotation: every year'; fi
    return
  fi
  [[ $error_code == NotFoundException ]] || stop_for "looking for the key $key (kms:DescribeKey)"
  [[ $key == alias/* ]] || die "there is no key $key in $region, which $file names as its secrets provider. $unchanged"
  key_id=$(tagged_key)
  if [[ -n $key_id ]]; then
    there "key $key_id, made by an earlier run"
  else
    todo make_key "key for secrets in the state, in $region (about 1 dollar a month)"
  fi
  todo set_rotation 'its rotation: every year'
  todo name_key "its name $key"
}

look_at_stack() {
  local found='' current
  current=$(jq -r '.current // empty' "${PULUMI_HOME:-$HOME/.pulumi}/credentials.json" 2>/dev/null) || current=''
  if [[ $current == "$PULUMI_BACKEND_URL" ]]; then
    there 'pulumi login'
  else
    todo log_in "pulumi login '$PULUMI_BACKEND_URL'"
  fi
  stack_there=''
  if [[ -n $bucket_there ]]; then
    if bucket_api found head-object --key "$state_key" --output text --query ETag; then
      stack_there=yes
    elif [[ $(meaning) != gone && $error_code != NoSuchKey ]]; then
      stop_for "looking for the state of $stack (s3:GetObject)"
    fi
  fi
  local file_there=''
  [[ -z $(stack_value "$file" secretsprovider) || -z $(stack_value "$file" encryptedkey) ]] || file_there=yes
  if [[ -n $stack_there && -n $file_there ]]; then
    there "stack $stack with $provider"
  elif [[ -n $stack_there ]]; then
    todo write_provider "secrets provider and key of the stack $stack, from its state into ${file##*/}"
  else
    if [[ -n $file_there ]] && holds_secrets && [[ " ${steps[*]} " == *" make_key "* ]]; then
      die "$file holds secrets that were encrypted by a key $key which is not there: sign in to the account that has it, or take secretsprovider, encryptedkey and the secrets out of the file. $unchanged"
    fi
    todo init_stack "stack $stack with $provider, written into ${file##*/}"
  fi
}

# look_at_settings: what the stack's file says of its account, and of the bound of its roles.
look_at_settings() {
  if [[ -n $(stack_value "$file" slipway:account) ]]; then
    there "slipway:account $account in ${file##*/}"
  else
    todo write_account "slipway:account $account in ${file##*/}, so that no other account can be taken for it"
  fi
  [[ $file != "$foundation" && -n $(listed_as) ]] || return 0
  if [[ -n $(stack_value "$file" slipway:identity permissionsBoundary) ]]; then
    there "slipway:identity.permissionsBoundary in ${file##*/}"
  else
    todo write_boundary "slipway:identity.permissionsBoundary in ${file##*/}, so that its deploy role may make the roles of its hosts"
  fi
}

# check_foundation: what the foundation's roles reach is said in its file alone.
check_foundation() {
  local its granted at listed
  # It has none.
  has_setting "$foundation" slipway:github || return 0
  its=$(stack_value "$foundation" aws:region)
  granted=$(stack_value "$foundation" slipway:state bucket)
  granted=${granted:-slipway-state-$account-$its}
  at=$(stack_value "$foundation" slipway:state prefix)
  if [[ $bucket != "$granted" || $folder != "$at" ]]; then
    die "the state would be in s3://$bucket${folder:+/$folder}, and the roles of workflows get s3://$granted${at:+/$at}, as ${foundation##*/} says. Either is right: set slipway:state.bucket and slipway:state.prefix there (pulumi config set -s foundation --path slipway:state.bucket $bucket), or use that one (--bucket $granted${at:+ --prefix $at}). $unchanged"
  fi
  # shellcheck disable=SC2016 # jq has variables of its own
  listed=$(stack_query "$foundation" 'setting("slipway:stacks") | arrays | .[] | objects
    | select(.name == $name) | .region // $its' --arg name "$stack" --arg its "$its")
  [[ -z $listed || $listed == "$region" ]] ||
    die "$stack is in $region, and ${foundation##*/}, which names it, gives it rights in $listed alone. Say where it is with \"region: $region\" in its entry of slipway:stacks there, or take it out. $unchanged"
}

# plugins: name and version of each, from where they are pinned.
plugins() {
  printf 'aws %s\n' "$(sed -n 's|.*<pulumi.aws.version>\(.*\)</pulumi.aws.version>.*|\1|p' "$root/pom.xml")"
  printf 'command %s\n' "$(sed -n 's/.*PLUGIN_VERSION = "\(.*\)";.*/\1/p' \
    "$root/src/main/java/com/pulumi/command/local/Command.java")"
}

missing_plugins=()
look_at_plugins() {
  local name version
  while read -r name version; do
    if [[ ,${PULUMI_DEBUG_PROVIDERS:-} == *",$name:"* ]]; then
      there "plugin $name: served by PULUMI_DEBUG_PROVIDERS"
    elif [[ -d ${PULUMI_HOME:-$HOME/.pulumi}/plugins/resource-$name-v$version ]]; then
      there "plugin $name $version"
    else
      missing_plugins+=("$name $version")
      printf '  + plugin %s %s\n' "$name" "$version"
    fi
  done < <(plugins)
}

# --- doing it ------------------------------------------------------------------------------------------------------

# must DOING VARIABLE ARGUMENT...: a call that has to succeed.
must() {
  local doing=$1
  shift
  try_aws "$@" || stop_for "$doing"
}

out=''
make_bucket() {
  local where=()
  [[ $state_region == us-east-1 ]] || where=(--create-bucket-configuration "LocationConstraint=$state_region")
  if ! try_aws out s3api create-bucket "${s3_options[@]}" --bucket "$bucket" "${where[@]}"; then
    case $error_code in
      BucketAlreadyOwnedByYou) ;;
      BucketAlreadyExists) die "the bucket's name $bucket is taken by somebody else (names are unique in all of S3); give another with --bucket. $unchanged" ;;
      OperationAborted) die "a bucket of the name $bucket is being made or was deleted a moment ago; run this again in some minutes. $unchanged" ;;
      *) stop_for "making the bucket $bucket (s3:CreateBucket)" ;;
    esac
  fi
  must "waiting for the bucket" out s3api wait bucket-exists "${s3_options[@]}" --bucket "$bucket"
}

# set_on_bucket DOING OPERATION ARGUMENT...
set_on_bucket() {
  local doing=$1 operation=$2
  shift 2
  must "$doing" out s3api "$operation" "${s3_options[@]}" --bucket "$bucket" --expected-bucket-owner "$account" "$@"
}

set_public() {
  set_on_bucket 'blocking public access (s3:PutBucketPublicAccessBlock)' put-public-access-block \
    --public-access-block-configuration \
    BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
}

set_versioning() {
  set_on_bucket 'keeping versions (s3:PutBucketVersioning)' put-bucket-versioning --versioning-configuration Status=Enabled
}

set_encryption() {
  set_on_bucket 'encrypting it (s3:PutEncryptionConfiguration)' put-bucket-encryption --server-side-encryption-configuration \
    '{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}'
}

set_policy() {
  [[ -e $scratch/policy ]] || jq -n --argjson ours "$(wanted_policy)" '{Version: "2012-10-17", Statement: $ours}' >"$scratch/policy"
  set_on_bucket 'setting its policy (s3:PutBucketPolicy)' put-bucket-policy --policy "file://$scratch/policy"
}

set_lifecycle() {
  [[ -e $scratch/lifecycle ]] || jq -n --argjson ours "$(wanted_lifecycle)" '{Rules: $ours}' >"$scratch/lifecycle"
  set_on_bucket 'setting its lifecycle (s3:PutLifecycleConfiguration)' put-bucket-lifecycle-configuration \
    --lifecycle-configuration "file://$scratch/lifecycle"
}

make_key() {
  # The tag lets a later run find it, should this one end before it has its name.
  must 'making the key (kms:CreateKey, kms:TagResource)' key_id kms create-key --region "$region" --output text \
    --query KeyMetadata.KeyId --description 'Slipway: secrets in the state of its stacks' \
    --tags "TagKey=slipway:key,TagValue=$key" TagKey=ManagedBy,TagValue=scripts/bootstrap.sh
}

set_rotation() {
  must 'letting it rotate (kms:EnableKeyRotation)' out kms enable-key-rotation --region "$region" --key-id "$key_id"
}

name_key() {
  must "naming it $key (kms:CreateAlias)" out kms create-alias --region "$region" --alias-name "$key" \
    --target-key-id "$key_id"
}

# pulumi_does WORD...: shows what it says only when it fails.
pulumi_does() {
  PULUMI_SKIP_UPDATE_CHECK=true "$pulumi" "$@" --non-interactive >"$scratch/pulumi" 2>&1 </dev/null ||
    die "pulumi $1 $2 failed: $(tail -n 5 "$scratch/pulumi"). $unchanged"
}

# locked_pulumi WORD...: the same for what writes the state: refused while somebody holds the stack, with a record of us.
locked_pulumi() {
  local before=$unchanged status=0
  need_free
  hold "bootstrap.sh $stack" "$@" --non-interactive >"$scratch/pulumi" </dev/null || status=$?
  unchanged=$before
  ((status == 0)) || die "pulumi $1 $2 failed: $(tail -n 5 "$scratch/pulumi"). $unchanged"
}

log_in() { pulumi_does login "$PULUMI_BACKEND_URL"; }

# holds_secrets: whether the stack file has values that are encrypted.
holds_secrets() { [[ $(stack_query "$file" '.secretKeys | length') != 0 ]]; }

# forget_key: takes out of the stack file what encrypts its secrets.
forget_key() {
  sed -i.bak -E "/^[\"']?(encryptedkey|secretsprovider)[\"']?:/d" "$file"
  rm -f "$file.bak"
  unset "answers[$file]"
  [[ -z $(stack_value "$file" encryptedkey)$(stack_value "$file" secretsprovider) ]] ||
    die "$file is written in another way than Pulumi writes it: take encryptedkey and secretsprovider out of it by hand, and run this again. $unchanged"
}

init_stack() {
  # A key that was made for a state which is not there any more would be taken over otherwise.
  [[ -z $(stack_value "$file" encryptedkey) ]] || holds_secrets || forget_key
  locked_pulumi stack init --secrets-provider "$provider" --no-select
  unset "answers[$file]"
}

write_provider() {
  local url encrypted
  fetch_object "$state_key" "$scratch/present" || stop_for_state "reading the state of $stack"
  url=$(jq -r '.checkpoint.latest.secrets_providers.state.url // empty' "$scratch/present" 2>/dev/null) || url=''
  encrypted=$(jq -r '.checkpoint.latest.secrets_providers.state.encryptedkey // empty' "$scratch/present" 2>/dev/null) || encrypted=''
  if [[ $url != awskms://* || -z $encrypted ]]; then
    # It has no key of its own yet: an init that was cut short.
    locked_pulumi stack change-secrets-provider "$provider"
    unset "answers[$file]"
    return
  fi
  forget_key
  printf 'secretsprovider: %s\nencryptedkey: %s\n' "$url" "$encrypted" >>"$file"
  unset "answers[$file]"
}

# set_config WORD...: Pulumi writes the file, and leaves comments where they are.
set_config() {
  engine config set "$@" >"$scratch/config" 2>&1 </dev/null ||
    die "pulumi config set $1 failed: $(tail -n 3 "$scratch/config"). $unchanged"
  unset "answers[$file]"
}

write_account() { set_config slipway:account "$account"; }
write_boundary() { set_config --path slipway:identity.permissionsBoundary "$(boundary_arn)"; }

install_plugins() {
  local plugin name version
  for plugin in "${missing_plugins[@]}"; do
    read -r name version <<<"$plugin"
    if PULUMI_SKIP_UPDATE_CHECK=true "$pulumi" plugin install resource "$name" "$version" >"$scratch/plugin" 2>&1; then
      say "  plugin $name $version: installed"
    else
      note "the plugin $name $version can't be fetched, and the first up will try again: $(tail -n 1 "$scratch/plugin")"
    fi
  done
}

# --- GitHub --------------------------------------------------------------------------------------------------------

# listed_as: the stack's name, if the foundation's file has it.
listed_as() {
  # shellcheck disable=SC2016 # jq has variables of its own
  stack_query "$foundation" 'setting("slipway:stacks") | arrays | .[] | objects | .name | select(. == $name)' --arg name "$stack"
}

# applications: name, repository, environment, stack, whether it has a registry, and the stack's region where that isn't the
# foundation's, of each that the foundation has, with - for what isn't there.
applications() {
  # shellcheck disable=SC2016 # jq has variables of its own
  stack_query "$foundation" '[setting("slipway:stacks") | arrays | .[] | objects] as $stacks
    | setting("slipway:applications") | arrays | .[] | objects | .stack as $of
    | [$stacks[] | select(.name == $of) | .region // empty] as $its
    | "\(.name // "-") \(.repository // "-") \(.environment // "-") \($of // "-") \(if .ecr then "yes" else "-" end) \($its[0] // "-")"'
}

# variables: NAME VALUE ENVIRONMENT REPOSITORY, one a line; the environment is - for the repository's own, and the
# repository where this one isn't known.
variables() {
  local roles=arn:$partition:iam::$account:role/slipway/github environment here name other its ecr listed there
  here=$(stack_value "$foundation" slipway:github repository) || return
  here=${here:--}
  printf '%s %s - %s\n' PULUMI_STATE_BUCKET "$bucket" "$here" PULUMI_STATE_REGION "$state_region" "$here"
  [[ -z $prefix ]] || printf '%s %s - %s\n' PULUMI_STATE_PREFIX "${prefix%/}" "$here"
  for name in preview drift; do
    # They look at every stack, in whatever region that is.
    printf '%s %s %s %s\n' AWS_REGION "$state_region" "$name" "$here" AWS_ROLE_ARN "$roles/slipway-$name" "$name" "$here"
  done
  if [[ $file != "$foundation" ]]; then
    # Its environment has its name.
    printf '%s %s %s %s\n' AWS_REGION "$region" "$stack" "$here" \
      AWS_DEPLOY_ROLE_ARN "$roles/slipway-deploy-$stack" "$stack" "$here" \
      AWS_RELEASE_ROLE_ARN "$roles/slipway-release-$stack" "$stack" "$here"
    # The foundation makes the registries, in its own region.
    there=$(stack_value "$foundation" aws:region) || return
    [[ -z $there || $there == "$region" ]] ||
      printf '%s %s %s %s\n' AWS_REGISTRY_REGION "$there" "$stack" "$here"
    return
  fi
  listed=$(applications) || return
  [[ -n $listed ]] || return 0
  while read -r name other environment its ecr there; do
    [[ $there != - ]] || there=$region
    printf '%s %s %s %s\n' AWS_REGION "$there" "$environment" "$other"
    [[ $ecr == - || $there == "$region" ]] ||
      printf '%s %s %s %s\n' AWS_REGISTRY_REGION "$region" "$environment" "$other"
    [[ $ecr == - ]] ||
      printf '%s %s %s %s\n' AWS_BUILD_ROLE_ARN "$roles/slipway-build-$name" "$environment" "$other"
    [[ $its == - ]] ||
      printf '%s %s %s %s\n' AWS_RELEASE_ROLE_ARN "$roles/slipway-release-$its" "$environment" "$other"
  done <<<"$listed"
}

tell_github() {
  local name value environment repository words wanted
  printf "\nGitHub's workflows need these variables (the roles are made by the stack foundation):\n"
  wanted=$(variables) || return
  while read -r name value environment repository; do
    words=(gh variable set "$name" --body "$value")
    [[ $environment == - ]] || words+=(--env "$environment")
    [[ $repository == - ]] || words+=(--repo "$repository")
    printf '  %s\n' "${words[*]}"
    [[ -n $github ]] || continue
    "${words[@]}" >"$scratch/gh" 2>&1 </dev/null ||
      die "gh could not set $name in $repository: $(tail -n 1 "$scratch/gh"). Is gh signed in (gh auth login), and is the environment $environment there (./slipway rulesets)?"
  done <<<"$wanted"
  [[ -z $github ]] || printf 'They are set.\n'
}

# tell_settings: what only a person can find out, and the foundation's file doesn't say yet.
tell_settings() {
  local repository
  repository=$(stack_value "$foundation" slipway:github repository)
  if [[ -n $repository && $(stack_query "$foundation" 'setting("slipway:github") | has("ids")') == false ]]; then
    # shellcheck disable=SC2016 # it is for the reader's shell
    printf '\n%s\n  %s\n  %s\n  %s\n' \
      'Repositories that were created, renamed or transferred after 2026-07-15 prove who they are by numbers alone. For the roles to trust them:' \
      "ids=\$(gh api repos/$repository --jq '\"\(.owner.id) \(.id)\"')" \
      'pulumi config set -s foundation --type string --path slipway:github.ids.owner "${ids% *}"' \
      'pulumi config set -s foundation --type string --path slipway:github.ids.repository "${ids#* }"'
  fi
}

# --- one after the other -------------------------------------------------------------------------------------------

[[ -z $github ]] || command -v gh >/dev/null ||
  die "--github needs gh: install it (https://cli.github.com), or run without --github and set what it prints. $unchanged"
need_pulumi
make_project

say "stack $stack in account $account ($caller), region $region"
look_at_bucket
look_at_key
look_at_stack
look_at_settings
look_at_plugins
check_foundation

if ((${#steps[@]} + ${#missing_plugins[@]} == 0)); then
  say 'everything is there; nothing was changed'
else
  if [[ -z $yes ]]; then
    [[ -t 0 ]] || die "nobody is here to ask; give --yes. $unchanged"
    printf 'Do what is marked with +? [y/N] '
    read -r answer
    [[ $answer == [yY]* ]] || die "$unchanged"
  fi
  for step in "${steps[@]}"; do
    "$step"
    unchanged='What was done before stays; run this again to go on.'
  done
  install_plugins
  say 'done'
fi
tell_settings
printf "\nFor Pulumi and the scripts on this machine:\n  export PULUMI_BACKEND_URL='%s'\n" "$PULUMI_BACKEND_URL"
tell_github
