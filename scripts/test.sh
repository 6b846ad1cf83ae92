#!/usr/bin/env bash
# Runs every check of the repository, from the formatter to the rehearsal.
# Task: Develop
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
  cat <<'USAGE'
Usage: ./slipway test [STAGE...]              all of them, or these; in this order:
       ./slipway test --without STAGE...     all but these
       ./slipway test --all [STAGE...]       also what takes too long for every day: every step, every injected fault

  format     Java is in google-java-format
  shell      shellcheck and shfmt over every shell script, those of the hosts too; hadolint over the examples' Dockerfiles
  unit       unit tests and the house rules over every stack; needs Docker for a few of them
  compose    the Compose files that a host runs, read by the real Compose
  examples   the example applications' own tests, on a real PostgreSQL where they use one
  documents  the SSM documents of every stack, against their schema; the diagrams in docs/
  workflows  GitHub workflows, by actionlint and zizmor
  links      what the Markdown files link to is there
  rehearse   ./slipway rehearse, for a stack of each system, with the usual steps; with --all every step, and those steps of
             other stacks that a system's descriptor names (rehearsal.also)

Needs a JDK (17 or newer) and Maven, which are installed where apt-get can do it, and gets the rest by itself. A stage
that fails doesn't stop the next ones. Ends with a table and with how much passed and failed.
USAGE
}

readonly ALL=(format shell unit examples compose documents workflows links rehearse)

wanted=() without='' all=''
while (($#)); do
  case $1 in
    --without) without=yes ;;
    --all) all=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      if [[ " ${ALL[*]} " == *" $1 "* ]]; then wanted+=("$1"); else problem "\"$1\" is no stage; there are: ${ALL[*]}"; fi
      ;;
  esac
  shift
done
[[ -z $without ]] || ((${#wanted[@]})) || problem '--without: name at least one stage'
no_problems
if [[ -n $without ]]; then
  left=()
  for stage in "${ALL[@]}"; do
    [[ " ${wanted[*]} " == *" $stage "* ]] || left+=("$stage")
  done
  wanted=("${left[@]}")
fi
((${#wanted[@]})) || wanted=("${ALL[@]}")

cd "$root"
need_home log
make_scratch
# What runs beside a stage, for which Ctrl-C is not meant: bash keeps it from them.
beside=''
# The database that a stage has started.
database=''
trap 'if [[ -n $beside ]]; then kill "$beside" && wait "$beside" || true; fi
  [[ -z $database ]] || docker rm --force --volumes "$database" >/dev/null || true
  rm -rf "$scratch"' EXIT

# What a stage found out about itself: how much passed, how much failed, and a word on it.
passed=0 failed=0 remark=''

# judged STATUS TEXT: a stage that is one check.
judged() {
  if (($1 == 0)); then passed=1; else failed=1; fi
  remark=$2
}

# --- stages --------------------------------------------------------------------------------------------------------

stage_format() {
  local status=0
  "$root/scripts/tools.sh" java || return 1
  "$root/scripts/dev/format.sh" --check || status=1
  judged "$status" 'google-java-format'
}

stage_shell() {
  local status=0
  "$root/scripts/dev/lint.sh" || status=1
  mapfile -d '' -t files < <(bash_files)
  wait "$!" || return
  mapfile -d '' -t found < <(dockerfiles)
  judged "$status" "${#files[@]} scripts, ${#found[@]} Dockerfiles"
}

# reports: tests, failures, errors and skipped ones over all of surefire's reports.
reports() {
  local report
  for report in "$root"/target/surefire-reports/TEST-*.xml; do
    [[ -e $report ]] || continue
    sed -n -E 's/^<testsuite .* tests="([0-9]+)" errors="([0-9]+)" skipped="([0-9]+)" failures="([0-9]+)".*/\1 \2 \3 \4/p' "$report" || return
  done | awk '{ t += $1; bad += $2 + $3 + $4; skipped += $3 } END { printf "%d %d %d\n", t, bad, skipped }'
}

stage_unit() {
  local status=0 tests bad skipped
  "$root/scripts/tools.sh" system java jq python docker debootstrap systemd-analyze docker-compose docker-buildx pulumi pulumi-language-java \
    caddy aws-lambda-rie awslambdaric || return 1
  # The databases and caches that the emulated cloud serves.
  "$root/scripts/dev/rehearsal-images.sh" --only postgres || return 1
  "$root/scripts/dev/rehearsal-images.sh" --only redis-tls || return 1
  # The one that hosts' verbs for data are tested on.
  "$root/scripts/dev/rehearsal-images.sh" --only mariadb || return 1
  # The host that dumps are made and restored on.
  "$root/scripts/dev/rehearsal-images.sh" --only machine || return 1
  rm -rf "$root/target/surefire-reports"
  # No group is left out: what the tests need is there now.
  SLIPWAY_HOME=$home mvn -q -B -Dstyle.color=never -DexcludedGroups= ${all:+-Dslipway.faults.share=1 -Dslipway.fuzz.share=1} test || status=1
  read -r tests bad skipped < <(reports) || return
  passed=$((tests - bad)) failed=$bad
  # A test that was skipped has shown nothing.
  ((skipped == 0)) || say "$skipped tests were skipped; that counts as failed"
  ((status == 0 && tests > 0 || bad > 0)) || failed=1
  remark="$tests tests"
}

# packages FOLDER: installs what an example's tests import, once for each state of its lock file.
packages() {
  local want
  want=$(sha256sum <"$1/package-lock.json") || return
  [[ $(cat "$1/node_modules/.lock-file" 2>/dev/null) != "$want" ]] || return 0
  (cd "$1" && PATH=$home/tools/bin:$PATH npm ci --ignore-scripts --no-audit --no-fund) >"$home/log/examples.log" 2>&1 || {
    tail -n 20 "$home/log/examples.log" || true
    return 1
  }
  printf '%s\n' "$want" >"$1/node_modules/.lock-file"
}

# node_examples: by Node's own test runner.
node_examples() {
  local folder report=$scratch/examples status tests bad
  "$root/scripts/tools.sh" node || return
  for folder in "$root"/examples/*/*; do
    [[ -d $folder/test ]] || continue
    # What a page's tests look at imports no package.
    [[ $folder == */web || $folder == */frontend ]] || packages "$folder" || return
    status=0
    (cd "$folder" && "$home/tools/bin/node" --test --test-reporter tap 'test/*.test.js') >"$report" || status=1
    tests=$(sed -n 's/^# pass //p' "$report") || return
    bad=$(sed -n 's/^# fail //p' "$report") || return
    [[ $tests =~ ^[0-9]+$ && $bad =~ ^[0-9]+$ ]] || tests=0 bad=1
    passed=$((passed + tests)) failed=$((failed + bad))
    ((status == 0)) || cat "$report" || true
  done
}

# start_database: a PostgreSQL as RDS serves it, with TLS; sets database, and TEST_DATABASE_URL for a role that may make
# databases.
start_database() {
  local password address tls=$scratch/tls deadline=$((SECONDS + 120))
  "$root/scripts/tools.sh" system python docker debootstrap docker-buildx || return
  "$root/scripts/dev/rehearsal-images.sh" --only postgres || return
  password=$(openssl rand -hex 16) || return
  mkdir -p "$tls" && printf '%s' "$password" >"$tls/password" || return
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$tls/server.key" -out "$tls/server.crt" 2>"$tls/openssl" || {
    cat "$tls/openssl" || true
    return 1
  }
  database=$(docker run --detach --rm --volume "$tls:/tls:ro" --publish 127.0.0.1::5432 --env POSTGRES_USER=tests \
    --env POSTGRES_DB=tests --env POSTGRES_PASSWORD_FILE=/tls/password slipway-rehearsal/postgres:15) || return
  until docker exec "$database" pg_isready --quiet --host 127.0.0.1 2>/dev/null; do
    ((SECONDS < deadline)) || {
      say "PostgreSQL doesn't answer:"
      docker logs "$database" || true
      return 1
    }
    sleep 0.3
  done
  address=$(docker port "$database" 5432/tcp) || return
  export TEST_DATABASE_URL="postgresql://tests:$password@localhost:${address##*:}/tests?sslmode=verify-full&sslrootcert=$tls/server.crt"
}

# python_check FOLDER COMMAND...: one check of an example in Python, with what its lock file has.
python_check() {
  (cd "$1" && UV_PYTHON_DOWNLOADS=never "$home/tools/bin/uv" run --frozen --quiet "${@:2}")
}

# python_examples: by their own tests and checks.
python_examples() {
  local folder name check words report=$scratch/pytest status started tests bad
  "$root/scripts/tools.sh" uv || return
  start_database || return
  for folder in "$root"/examples/*/ "$root"/examples/*/*/; do
    folder=${folder%/}
    name=${folder#"$root"/examples/}
    [[ -e $folder/uv.lock ]] || continue
    started=$SECONDS
    (cd "$folder" && UV_PYTHON_DOWNLOADS=never "$home/tools/bin/uv" sync --frozen --quiet) || return
    say "$name: what it needs is there after $((SECONDS - started)) s"
    for check in 'ruff format --quiet --check' 'ruff check --quiet' mypy; do
      read -r -a words <<<"$check" || return
      if python_check "$folder" "${words[@]}" >"$report" 2>&1; then
        passed=$((passed + 1))
      else
        failed=$((failed + 1))
        say "$name: $check:"
        cat "$report" || true
      fi
    done
    status=0
    python_check "$folder" pytest -q >"$report" 2>&1 || status=1
    tests=$(counted passed "$report") || return
    # A test that was skipped has shown nothing.
    bad=$(($(counted failed "$report") + $(counted 'errors?' "$report") + $(counted skipped "$report"))) || return
    ((tests > 0 && (status == 0 || bad > 0))) || bad=$((bad > 0 ? bad : 1))
    passed=$((passed + tests)) failed=$((failed + bad))
    ((bad == 0)) || cat "$report" || true
    say "$name: $tests tests passed, $bad failed, after $((SECONDS - started)) s"
  done
}

# counted WORD FILE: the number before it in the last line that pytest writes; 0 where it isn't there.
counted() {
  local number
  number=$(tail -n 1 "$2" | sed -n -E "s/(^|.* )([0-9]+) $1( .*|,.*|$)/\2/p") || return
  say "${number:-0}"
}

# stage_examples: in the languages that they are in.
stage_examples() {
  node_examples || failed=$((failed + 1))
  python_examples || failed=$((failed + 1))
  ((passed > 0)) || failed=1
  remark="$((passed + failed)) tests"
}

stage_compose() {
  local status=0
  "$root/scripts/tools.sh" docker docker-compose || return 1
  "$root/scripts/dev/compose-check.sh" | tee "$scratch/compose" || status=1
  passed=$(grep -c '^ok ' "$scratch/compose") || true
  failed=$(grep -c '^bad ' "$scratch/compose") || true
  ((failed > 0 || status == 0 && passed > 0)) || failed=1
  remark="$((passed + failed)) projects"
}

stage_documents() {
  local status=0 stack page
  "$root/scripts/tools.sh" java python || return 1
  while read -r stack; do
    "$root/scripts/plan.sh" "$stack" --out "$scratch/plan/$stack" --diagrams "$scratch/diagrams/$stack.md" >/dev/null || failed=$((failed + 1))
  done < <(stack_names)
  "$home/tools/venv/bin/python" "$root/scripts/dev/documents.py" "$scratch/plan" | tee "$scratch/documents" || status=1
  passed=$(grep -c '^ok ' "$scratch/documents") || true
  failed=$((failed + $(grep -c '^bad ' "$scratch/documents" || true)))
  ((failed > 0 || status == 0 && passed > 0)) || failed=1
  remark="$((passed + failed)) documents"
  if cmp -s "$scratch/plan/staging/diagram.svg" "$root/docs/diagram.svg"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    say 'docs/diagram.svg is not what the plan draws: ./slipway plan staging --out DIR, and copy DIR/diagram.svg there'
  fi
  # Pages of diagrams say themselves which stack they are of.
  for page in "$root"/docs/systems/*-diagrams.md; do
    stack=$(sed -n '1s/^<!-- Generated by \.\/slipway plan \([A-Za-z0-9_.-]*\) --diagrams .*/\1/p' "$page") || return
    if [[ -n $stack ]] && cmp -s "$scratch/diagrams/$stack.md" "$page"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      say "${page#"$root"/} is not what is generated: ./slipway plan ${stack:-STACK} --diagrams ${page#"$root"/}"
    fi
  done
}

stage_workflows() {
  local files=("$root"/.github/workflows/*.yml)
  "$root/scripts/tools.sh" actionlint python || return 1
  # It doesn't know GitHub's name for the own repository yet ($/ instead of ./); WorkflowsTest looks at those instead.
  if "$home/tools/bin/actionlint" -shellcheck "$home/tools/bin/shellcheck" -ignore '(specifying action|reusable workflow call) "\$/\.github/' \
    "${files[@]}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  # The strictest of its views; what it would have to ask GitHub for is left out.
  if "$home/tools/bin/zizmor" --offline --no-progress --persona auditor "$root/.github"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  remark="${#files[@]} workflows"
}

# targets FILE: what a Markdown file links to, outside of its blocks of code.
targets() {
  awk '/^```/ { code = !code } !code' "$1" | grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\((.*)\)$/\1/; s/#.*//' |
    grep -vE '^$|://|^mailto:' || true
}

# stage_links: files and folders that Markdown names in links, relative to itself.
stage_links() {
  local file target
  while IFS= read -r -d '' file; do
    while read -r target; do
      if [[ -e $(dirname "$file")/$target ]]; then
        passed=$((passed + 1))
      else
        failed=$((failed + 1))
        say "${file#"$root"/}: there is no $target"
      fi
    done < <(targets "$file")
  done < <(find "$root" \( -name .git -o -name .slipway -o -name target -o -name node_modules -o -name .venv -o -path "$root/src" \) -prune -o \
    -name '*.md' -print0)
  remark="$((passed + failed)) links"
}

# count STATUS LOG: adds what a rehearsal counted to passed and failed.
count() {
  local line
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$2" | tail -n 1) || line=''
  if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
  fi
  # One that broke has failed, whatever it counted.
  [[ $1 == 0 && -n $line ]] || failed=$((failed > 0 ? failed : 1))
}

# rehearse_beside STACK[=STEP,STEP]...: one after the other, each into its log and how it ended into a file, until somebody ends it.
rehearse_beside() {
  local stack words child='' status
  trap '[[ -z $child ]] || kill "$child" 2>/dev/null || true; wait || true; exit 143' TERM
  for stack; do
    status=0
    words=("$stack" ${all:+--all})
    [[ $stack != *=* ]] || words=("${stack%%=*}" --only "${stack#*=}")
    stack=${stack%%=*}
    "$root/scripts/rehearse.sh" "${words[@]}" >"$home/log/rehearsal-$stack.log" 2>&1 &
    child=$!
    wait "$child" || status=$?
    printf '%s\n' "$status" >"$scratch/$stack.status" || return
  done
}

# stage_rehearse: the stack of every system, in two rows that go side by side, since two keep two cores busy. In the one are the
# first that has one host and, last, the first fleet, whose load wants the cores; in the other all the rest, and with --all last
# the steps of other stacks that descriptors name.
stage_rehearse() {
  local listed also stack kind status single=() fleets=() others=()
  "$root/scripts/tools.sh" system java || return 1
  listed=$(jq -r '.hosts as $kind | .rehearsal.stack | strings | "\($kind) \(.)"' "$systems"/*/system.json) || return
  while read -r kind stack; do
    case $kind in
      none) others+=("$stack") ;;
      one) if ((${#single[@]})); then others+=("$stack"); else single+=("$stack"); fi ;;
      fleet) if ((${#fleets[@]})); then others+=("$stack"); else fleets+=("$stack"); fi ;;
    esac
  done <<<"$listed"
  if [[ -n $all ]]; then
    also=$(jq -r '.rehearsal.also // [] | .[] | "\(.stack)=\(.only | join(","))"' "$systems"/*/system.json) || return
    while read -r stack; do
      [[ -z $stack ]] || others+=("$stack")
    done <<<"$also"
  fi
  rm -f "$home"/log/rehearsal-*.log
  rehearse_beside "${others[@]}" &
  beside=$!
  for stack in "${single[@]}" "${fleets[@]}"; do
    status=0
    # Ctrl-C is for the rehearsal: its way out needs somebody to listen until it is done.
    "$root/scripts/rehearse.sh" "$stack" ${all:+--all} 2>&1 | tee -i "$home/log/rehearsal-$stack.log" || status=1
    count "$status" "$home/log/rehearsal-$stack.log" || return
  done
  wait "$beside" || failed=$((failed > 0 ? failed : 1))
  beside=''
  for stack in "${others[@]%%=*}"; do
    say "$stack, rehearsed beside them:"
    cat "$home/log/rehearsal-$stack.log" || true
    status=$(cat "$scratch/$stack.status" 2>/dev/null) || status=1
    count "$status" "$home/log/rehearsal-$stack.log" || return
  done
  remark="$((passed + failed)) checks"
}

# --- one after the other -------------------------------------------------------------------------------------------

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

table=() all_passed=0 all_failed=0 began=$SECONDS
for stage in "${wanted[@]}"; do
  started=$SECONDS passed=0 failed=0 remark=''
  printf '\n==> %s\n' "$stage"
  # In what stands before "||" bash goes on after a command that failed: a stage returns by itself where it must.
  "stage_$stage" || failed=$((failed > 0 ? failed : 1))
  took=$(clock $((SECONDS - started)))
  verdict=ok
  ((failed == 0)) || verdict=FAILED
  printf -v row '  %-10s  %-6s  %6s  %s' "$stage" "$verdict" "$took" "$remark"
  ((failed == 0)) || row+=", $failed failed"
  table+=("$row")
  all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
  printf '<== %s: %s after %s\n' "$stage" "$verdict" "$took"
done

printf '\n'
printf '%s\n' "${table[@]}"
printf '  %-10s  %-6s  %6s\n\n' total '' "$(clock $((SECONDS - began)))"
printf '%d passed, %d failed\n' "$all_passed" "$all_failed"
((all_failed == 0))
