# shellcheck shell=bash
# Free room, judged before anything changes.

disk_free_gib() { df --output=avail -BG "$1" | tail -n 1 | tr -dc '0-9'; }
disk_used_percent() { df --output=pcent "$1" | tail -n 1 | tr -dc '0-9'; }

disk_setting() { if [[ -n $(environment .dataVolume) ]]; then printf 'host.dataVolumeGiB'; else printf 'hosts.rootVolumeGiB'; fi; }

disk_is_short() {
  local free
  free="$(disk_free_gib "$DATA")" || return
  [[ -n $free ]] && ((free < $1))
}

# disk_require GIB: refuses when there is less.
disk_require() {
  local free
  free="$(disk_free_gib "$DATA")"
  [[ $free =~ ^[0-9]+$ && $1 =~ ^[0-9]+$ ]] || die "it is not known how much room $DATA has ('$free' GiB) or how much is needed ('$1' GiB)"
  ((free >= $1)) ||
    refuse "$DATA has $free GiB free, $1 are needed (release.minFreeGiB). Nothing was changed. Make room, or raise $(disk_setting) and run pulumi up"
}
