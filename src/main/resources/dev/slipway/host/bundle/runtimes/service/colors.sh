# shellcheck shell=bash
# The two colors of the unit, blue and green: one serves, the other is the release before, or the next. A color is a link
# to the release that it runs, and listens at a socket of its own; `live` is a link to the socket of the one that serves.

unit_of() { printf 'slipway-service@%s.service' "$1"; }
socket_of() { printf '%s/slipway-service-%s/http.sock' "$SOCKETS" "$1"; }
other_color() { if [[ $1 == blue ]]; then printf green; else printf blue; fi; }

# color_live: whom the link names; nothing where nobody serves.
color_live() {
  local target
  # shellcheck disable=SC2153 # paths.sh names it
  target="$(readlink "$LIVE" 2>/dev/null || true)"
  [[ $target =~ /slipway-service-(blue|green)/ ]] || return 0
  printf '%s' "${BASH_REMATCH[1]}"
}

# live_set COLOR: from this very rename on, new requests go there.
live_set() {
  ln -sfn "$(socket_of "$1")" "$LIVE.new"
  mv -fT "$LIVE.new" "$LIVE"
}

# color_release COLOR: the id of the release that it runs.
color_release() { basename "$(readlink "$SERVICE/$1" 2>/dev/null || true)"; }
color_is_of_release() { [[ $(color_release "$1") == "${RELEASE_DIR##*/}" ]]; }
unit_state() { systemctl show --property=ActiveState --value "$1" 2>/dev/null || true; }

# color_choose: into the journal, before it is started: which color this release gets, and which served before it.
color_choose() {
  local live
  [[ -z $(journal_get .color) ]] || return 0
  live="$(color_live)"
  journal_text former "$live"
  journal_text color "$(other_color "$live")"
}

# color_start COLOR: it runs this release. One that does already is not touched.
color_start() {
  local unit
  unit="$(unit_of "$1")"
  [[ -s $RELEASE_DIR/spec.json ]] || die "the release $(basename "$RELEASE_DIR") does not say what it is made of: spec.json is missing"
  if color_is_of_release "$1" && [[ $(unit_state "$unit") == active ]]; then return 0; fi
  systemctl stop "$unit"
  [[ $(unit_state "$unit") =~ ^(inactive|failed)$ ]] || die "$unit was stopped and is $(unit_state "$unit")"
  ln -sfn "../releases/${RELEASE_DIR##*/}" "$SERVICE/$1.new"
  mv -fT "$SERVICE/$1.new" "$SERVICE/$1"
  unit_details "$unit" "$UNITS"
  systemctl reset-failed "$unit" 2>/dev/null || true
  systemctl start "$unit"
}

# unit_details UNIT FOLDER: what of the unit is this release's: its secrets by name, and how much and how long it may.
unit_details() {
  local details
  # shellcheck disable=SC2016
  details="$(jq -r --rawfile credentials "$RELEASE_DIR/credentials" --arg socket "$RUNTIME_DIR-credentials.sock" --argjson health "$(setting .service.healthSeconds 60)" '
    "[Service]",
    ($credentials | split("\n")[] | select(. != "") | "LoadCredential=\(.):\($socket)"),
    (if .memoryMiB then "MemoryMax=\(.memoryMiB)M" else empty end),
    # To be answered in, or for the other color to take over.
    "TimeoutStopSec=\(([.requestSeconds, $health] | max) + 30)"' "$RELEASE_DIR/spec.json")"
  [[ -n $details ]] || die "nothing says how $1 is run"
  install -d -m 0755 "$2/$1.d"
  write_file "$2/$1.d/release.conf" 0644 <<<"$details"
  systemctl daemon-reload
}

# color_await COLOR: it answers for itself.
color_await() {
  local seconds
  seconds="$(setting .service.healthSeconds 60)"
  if ! until_true "$seconds" color_is_decided "$1" || ! color_answers "$1"; then
    color_say_why "$1"
    die "the service never got healthy: $(setting .service.health) of its new color answers $(color_status "$1") after $seconds s at most, and its unit is $(unit_state "$(unit_of "$1")")$(color_error "$1")"
  fi
  detail "$1 is healthy"
}

# It answers, or it is certain that it will not: its start limit is reached.
color_is_decided() {
  color_answers "$1" && return 0
  [[ $(unit_state "$(unit_of "$1")") == failed ]]
}

color_answers() { [[ $(color_status "$1") == 200 ]]; }

color_status() {
  curl --silent --noproxy '*' --max-time 5 --output /dev/null --write-out '%{http_code}' --unix-socket "$(socket_of "$1")" "http://localhost$(setting .service.health /)" || true
}

color_say_why() {
  say "the last that $(unit_of "$1") said:"
  journalctl --quiet --unit "$(unit_of "$1")" --lines 15 --output cat 2>/dev/null || true
}

# color_error COLOR: the last error that it spoke of, if it did.
color_error() {
  local error
  error="$(journalctl --quiet --unit "$(unit_of "$1")" --lines 200 --output cat 2>/dev/null | grep -E '^(slipway: |[A-Za-z_.]*(Error|Exception)\b)' | last_words || true)"
  printf '%.300s' "${error:+: $error}"
}

# color_warm_up COLOR: each worker has answered before the first visitor asks it, as far as chance goes.
color_warm_up() {
  local count=$(($(spec .workers) * 5)) slowest
  slowest="$(for ((asked = 0; asked < count; asked++)); do
    curl --silent --noproxy '*' --max-time 5 --output /dev/null --write-out '%{time_total}\n' --unix-socket "$(socket_of "$1")" "http://localhost$(setting .service.health /)" || true
  done | sort -rn | head -n 1)"
  detail "$1 is warm: $count requests, the slowest took ${slowest:-?} s"
}

# colors_settle: what serves is enabled for the next boot; the other color ends when it has answered what it was asked.
colors_settle() {
  local live other
  live="$(color_live)"
  [[ -n $live ]] || die "no color serves"
  other="$(other_color "$live")"
  systemctl enable --quiet "$(unit_of "$live")"
  color_end "$other"
}

# color_end COLOR: uvicorn answers what it has begun with. What Caddy has just sent is read before it is told to end.
color_end() {
  local unit
  unit="$(unit_of "$1")"
  systemctl disable --quiet "$unit"
  if [[ $(unit_state "$unit") =~ ^(inactive|failed)$ ]]; then return 0; fi
  until_true "$(setting .service.requestSeconds 30)" color_is_idle "$1" || detail "$1 still answers after $(setting .service.requestSeconds 30) s; it is told to end"
  systemctl stop "$unit"
}

# color_is_idle COLOR: whether nobody is connected to its socket.
color_is_idle() {
  local connections
  connections="$(awk -v socket="$(socket_of "$1")" '$6 == "03" && $8 == socket' /proc/net/unix)" || return
  [[ -z $connections ]]
}

# color_remove COLOR: of a release that is given up.
color_remove() {
  color_end "$1"
  rm -f "$SERVICE/$1"
  rm -rf "${UNITS:?}/$(unit_of "$1").d"
  systemctl daemon-reload
}

# units_state: [{unit, state, release, restarts, memoryMiB}] of both colors and the proxy.
units_state() {
  local color unit
  for color in blue green proxy; do
    unit="$(unit_of "$color")"
    [[ $color != proxy ]] || unit="$PROXY"
    systemctl show --property=ActiveState,SubState,NRestarts,MemoryCurrent "$unit" 2>/dev/null |
      jq -Rnc --arg unit "$unit" --arg release "$(if [[ $color != proxy ]]; then color_release "$color"; fi)" '
        [inputs | capture("^(?<key>[^=]+)=(?<value>.*)$")] | from_entries
        | {unit: $unit, state: (if .ActiveState == "active" then .ActiveState else "\(.ActiveState) (\(.SubState))" end),
           release: (if $release == "" then null else $release end), restarts: (.NRestarts // "0" | tonumber? // 0),
           memoryMiB: (.MemoryCurrent // "" | tonumber? // null | if . == null or . > 1e15 then null else (. / 1048576 | floor) end)}'
  done | jq -sc .
}
