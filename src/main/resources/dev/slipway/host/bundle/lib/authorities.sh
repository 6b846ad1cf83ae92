# shellcheck shell=bash
# Whom the stack's databases are believed by: AWS, and whoever the settings name beside it.

# AWS's own authorities for RDS, which no system has:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
RDS_AUTHORITIES=https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem

# authorities FOLDER: authorities.pem there.
authorities() {
  local given rds="$1/rds-authorities.pem"
  given="$(setting .trustedCa)"
  if [[ -n $(environment .databaseHost) ]] &&
    ! curl --fail --silent --show-error --location --retry 3 --max-time 60 --output "$rds.part" "$RDS_AUTHORITIES" 2>"$RUNTIME_DIR/authorities"; then
    [[ -s $rds || -n $given ]] || die "cannot fetch $RDS_AUTHORITIES: $(<"$RUNTIME_DIR/authorities")"
    warn "cannot fetch $RDS_AUTHORITIES; going on with what is known"
  elif [[ -s $rds.part ]]; then
    grep -q 'BEGIN CERTIFICATE' "$rds.part" || die "$RDS_AUTHORITIES gave something else than certificates"
    mv -f "$rds.part" "$rds"
  fi
  {
    cat "$rds" 2>/dev/null || true
    [[ -z $given ]] || printf '%s\n' "$given"
  } | write_file "$1/authorities.pem" 0644
}
