# shellcheck shell=bash
# Images that are built on the host want memory beside the site that serves meanwhile.

memory_gb() { awk '/^MemTotal:/ { printf "%.1f", $2 * 1024 / 1e9 }' /proc/meminfo; }

# A machine that is sold as 8 GiB shows a little less.
memory_is_short_for_builds() { awk '/^MemTotal:/ { exit !($2 < 7500000) }' /proc/meminfo; }

memory_warn_of_builds() {
  warn "images are built on this host and it has $(memory_gb) GB of memory: 8 GB are advised (host.instanceType), or image.source: registry"
}
