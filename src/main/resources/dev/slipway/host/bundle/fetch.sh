#!/usr/bin/env bash
# Follows the stack's pointer parameter to its current bundle, verifies it and puts it in place.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
source "$BUNDLE/lib/aws.sh"
help_if_asked "fetch.sh [SHA256]: puts the bundle that the stack's pointer parameter names at /opt/slipway.
With SHA256, refuses when the pointer names another." "$@"

need jq aws tar sha256sum
AWS_REGION="$(environment .region)"
export AWS_REGION AWS_DEFAULT_REGION="$AWS_REGION"
install -d -m 0700 "$RUNTIME_DIR"

pointer="$(parameter_get "$(setting .parameters.prefix)/host")" || die "cannot read $(setting .parameters.prefix)/host"
sha="$(jq -er .bundle.sha256 <<<"$pointer")"
[[ -z ${1-} || $1 == "$sha" ]] || refuse "the pointer names bundle $sha and not $1"
target="/var/lib/slipway/bundles/$sha"
if [[ ! -x $target/bootstrap.sh ]]; then
  part="$(mktemp -d "/var/lib/slipway/bundles/part.XXXXXX")"
  aws s3 cp --only-show-errors "s3://$(jq -r .bundle.bucket <<<"$pointer")/$(jq -r .bundle.key <<<"$pointer")" "$part.tar.gz"
  [[ $(sha256sum <"$part.tar.gz") == "$sha  -" ]] || die "the bundle in S3 does not have the SHA-256 $sha; it was not used"
  tar -xzf "$part.tar.gz" -C "$part" --no-same-owner
  chmod 0755 "$part"
  rm -rf "$part.tar.gz" "$target"
  mv -T "$part" "$target"
fi
printf '%s' "$pointer" | write_file "$ENVIRONMENT" 0644
ln -sfn "$target" /opt/slipway.new
mv -fT /opt/slipway.new /opt/slipway
finish 0 ok "bundle ${sha:0:12}"
