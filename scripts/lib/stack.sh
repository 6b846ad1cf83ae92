# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154 # jq has variables of its own; common.sh and the scripts set what is read here
# What stack files say, by the program's own reader: a script sees what the plan and the program see. common.sh sources this.
# docs/decisions/0041-one-reader.md

# The folder that holds the stack files; who works on copies of them sets it.
stack_folder() { say "${SLIPWAY_PROJECT:-$root}"; }
stack_file() { say "$(stack_folder)/Pulumi.$1.yaml"; }

# stack_names: the names of the stacks that have one.
stack_names() {
  local file name
  for file in "$(stack_folder)"/Pulumi.*.yaml; do
    [[ -e $file ]] || continue
    name=${file##*/Pulumi.}
    say "${name%.yaml}"
  done
}

# --- the reader ----------------------------------------------------------------------------------------------------

# The one library that it needs, as pom.xml has it.
readonly yaml_version=2.3
readonly yaml_sha256=63a76fe66b652360bd4c2c107e6f0258daa7d4bb492008ba8c26fcd230ff9146
readonly yaml_jar=snakeyaml-$yaml_version.jar

# sha256 FILE...: of all their bytes one after the other.
sha256() { cat "$@" 2>/dev/null | if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c 1-64; }

# find_reader: sets reader_home, where it and its answers are kept, and reader, the folder of its classes.
find_reader() {
  local sources=$root/src/main/java/dev/slipway
  reader_home=${reader_home:-$home/reader}
  reader=${reader:-$reader_home/$(sha256 "$sources"/stackfile/*.java "$sources/core/Reasons.java")-$yaml_version}
}

# need_reader_home: so that it can be written; a checkout that is only read has another.
need_reader_home() {
  if mkdir -p "$reader_home/answers" 2>/dev/null && [[ -w $reader_home/answers ]]; then return; fi
  reader_home=${TMPDIR:-/tmp}/slipway-reader-$UID reader=$reader_home/${reader##*/}
  (umask 077 && mkdir -p "$reader_home/answers") 2>/dev/null && [[ -O $reader_home && -w $reader_home/answers ]] ||
    die "$home can't be written: set SLIPWAY_HOME to a folder that can"
}

# is_yaml_library FILE: whether it is that very one.
is_yaml_library() { [[ -e $1 && $(sha256 "$1") == "$yaml_sha256" ]]; }

# yaml_library FOLDER: puts it there: from where Maven has it, else by Maven, which knows this machine's mirrors and proxies.
yaml_library() {
  local place path=org/yaml/snakeyaml/$yaml_version
  for place in "$root/target/lib" "$HOME/.m2/repository/$path"; do
    if is_yaml_library "$place/$yaml_jar"; then
      cp "$place/$yaml_jar" "$1/$yaml_jar"
      return
    fi
  done
  if command -v mvn >/dev/null; then
    # In that folder: Maven reads the project that it is started in.
    note "fetching $yaml_jar, by which stack files are read; half a minute where Maven is new…"
    (cd "$1" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy "-Dartifact=org.yaml:snakeyaml:$yaml_version" \
      "-DoutputDirectory=$1" -Dmdep.overWriteReleases=true >&2) || true
  fi
  is_yaml_library "$1/$yaml_jar" ||
    die "stack files can't be read: $yaml_jar can't be fetched from Maven's repository; check the network, or build once: ./slipway build"
}

# make_reader: compiles it, once for each state of its sources, and by one run at a time.
make_reader() {
  local lock
  [[ ! -e $reader/$yaml_jar ]] || return 0
  exec {lock}>"$reader_home/lock" || return
  ! command -v flock >/dev/null || flock "$lock" || return
  [[ -e $reader/$yaml_jar ]] || compile_reader || exit
  exec {lock}>&-
}

# compile_reader: in a shell of its own, which takes its folder away however it ends.
compile_reader() (
  command -v javac >/dev/null || die 'a JDK, 17 or newer, is missing, by which stack files are read: install one (https://adoptium.net)'
  new=$(mktemp -d "$reader_home/new.XXXXXX") || exit
  trap 'rm -rf "$new"' EXIT
  trap 'exit 130' INT TERM HUP
  # What nobody asked for in a month, and what a run left that was ended half-way.
  find "$reader_home/answers" -type f -mtime +30 -delete 2>/dev/null || true
  find "$reader_home" -maxdepth 1 -name 'new.*' -mtime +1 -exec rm -rf {} + 2>/dev/null || true
  yaml_library "$new" || exit
  javac -encoding UTF-8 --release 17 -proc:none -nowarn -cp "$new/$yaml_jar" -sourcepath "$root/src/main/java" -d "$new" \
    "$root/src/main/java/dev/slipway/stackfile/StackFileReader.java" >"$new/said" 2>&1 || {
    tail -n 5 "$new/said" >&2 || true
    die 'the reader of stack files can'\''t be compiled; is the JDK 17 or newer (javac -version)?'
  }
  # Another run may have been faster, where there is no flock.
  mv "$new" "$reader" 2>/dev/null || true
  rm -rf "${reader:?}/${new##*/}" || exit
  [[ -e $reader/$yaml_jar ]] || die "$reader_home can't be written: set SLIPWAY_HOME to a folder that can"
)

# Whether a script installs what reading a stack file takes, when that is missing and can be: one that gets its tools by
# itself sets it.
installs=''

# need_programs PART PROGRAM...: they are there, or PART of tools.sh brings them where it may.
need_programs() {
  local part=$1 needed
  shift
  [[ -n $installs ]] || return 0
  for needed; do
    command -v "$needed" >/dev/null || {
      "$root/scripts/tools.sh" "$part" >&2 || exit
      return
    }
  done
}

# The file with the reader's answer to each stack file so far.
declare -A answers=()

# answer_name FILE: another content of it, of Pulumi.yaml or of the reader has another answer.
answer_name() {
  local name
  name=$({
    printf '%s\n' "${reader##*/}" "${1##*/}" || exit
    # What cannot be read is as if it were empty here: the reader says so.
    sha256 "${1%/*}/Pulumi.yaml" || true
    sha256 "$1" || true
  } | sha256 -) || return
  say "answers/$name.json"
}

# ask_reader FILE...: sets answers for each, by one run of the reader for all that have none yet. Who changes a file
# unsets its answer.
ask_reader() {
  local file name answer new=() words=()
  find_reader || return
  for file; do
    [[ -z ${answers[$file]:-} ]] || continue
    name=$(answer_name "$file") || return
    answers[$file]=$reader_home/$name
    [[ -r ${answers[$file]} ]] || new+=("$file")
  done
  need_programs system jq || return
  ((${#new[@]})) || return 0
  need_jq || return
  need_programs java java javac mvn || return
  need_reader_home || return
  make_reader || return
  for file in "${new[@]}"; do
    answer=${answers[$file]##*/} name=${file##*/Pulumi.}
    answers[$file]=$reader_home/answers/$answer
    words+=("${name%.yaml}" "${answers[$file]}")
  done
  # A JVM writes its own warnings to standard output.
  java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$reader:$reader/$yaml_jar" dev.slipway.stackfile.StackFileReader \
    "${1%/*}" "${words[@]}" >/dev/null && [[ -r ${words[-1]} ]] ||
    die 'stack files can'\''t be read: the reader failed; is the JDK 17 or newer (java -version)?'
}

# Files that can't be read, and about which a problem was told.
unreadable=()

# need_readable STACK...: a problem for each whose file can't be read, in the words of the plan.
need_readable() {
  local stack file files=() text
  for stack; do
    file=$(stack_file "$stack") || return
    files+=("$file")
  done
  ((${#files[@]})) || return 0
  ask_reader "${files[@]}" || return
  for file in "${files[@]}"; do
    text=$(jq -r '.problem // empty' "${answers[$file]}") || return
    [[ -n $text ]] || continue
    problem "$text"
    unreadable+=("$file")
    # What can't be read now may be readable soon, with the same content.
    rm -f "${answers[$file]}" 2>/dev/null || true
  done
}

# stack_query FILE FILTER [JQ-OPTION...]: what jq makes of the reader's answer; nothing where there is no such file, or
# where it can't be read, which need_readable tells. FILTER may use setting("slipway:name"), which is null where it isn't
# there.
stack_query() {
  local file=$1 filter=$2
  shift 2
  [[ -e $file && " ${unreadable[*]} " != *" $file "* ]] || return 0
  ask_reader "$file" || return
  jq -r '
    # pulumi config set writes a structure as JSON in a text.
    def opened: if type == "string" and test("^\\s*[\\[{]") then (fromjson? // .) else . end;
    def setting($key): .config[$key] | opened;
    if has("problem") then "\(.problem)\n" | halt_error(1) else . end | '"$filter" "$@" <"${answers[$file]}"
}

# stack_value FILE KEY [NAME...]: a plain value: of a setting, of what stands below it by these names, or of what Pulumi
# keeps beside settings (secretsprovider). Nothing where it isn't there.
stack_value() {
  local file=$1 key=$2
  shift 2
  stack_query "$file" '
    (if $key | contains(":") then setting($key) else .[$key] end)
    | reduce $ARGS.positional[] as $name (.; if type == "object" then .[$name] else null end)
    | if type == "object" or type == "array" or . == null then empty else tostring end' --arg key "$key" --args "$@"
}

# has_setting FILE KEY
has_setting() { [[ $(stack_query "$1" 'setting($key) != null' --arg key "$2") == true ]]; }

# --- one stack -----------------------------------------------------------------------------------------------------

# need_stack NAME: checks the name and sets stack, file, system and region. A command line that is refused anyway needs none of
# them: file is empty then, and where the file can't be read.
need_stack() {
  stack=$1 file='' system=''
  check_stack_name "$stack"
  file=$(stack_file "$stack") || return
  if [[ ! -e $file ]]; then
    problem "stack: there is no $file (stacks here: $(stack_names | paste -sd' ' -))"
  elif ((${#problems[@]} == 0)); then
    need_readable "$stack" || return
  fi
  if ((${#problems[@]})); then
    file=''
    return
  fi
  local descriptor
  system=$(stack_value "$file" slipway:system) || return
  descriptor=$(described_by "$file") || return
  [[ -z $system || -n $descriptor ]] ||
    problem "$file: system: \"$system\" is none of $(system_names | paste -sd, - | sed 's/,/, /g')"
  [[ -z ${region:-} ]] || return 0
  region=$(stack_value "$file" aws:region) || return
  if [[ -z $region ]]; then
    problem "$file: aws:region is missing; set it with: pulumi config set -s $stack aws:region us-east-1"
  elif [[ ! $region =~ ^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$ ]]; then
    problem "$file: aws:region: \"$region\" is not a region such as us-east-1"
  fi
}

# --- its system ----------------------------------------------------------------------------------------------------

# What each system says of itself; dev.slipway.system.SystemDescriptor says what that is.
readonly systems=$root/src/main/resources/dev/slipway/system

system_names() {
  local file
  for file in "$systems"/*/system.json; do
    file=${file%/system.json}
    say "${file##*/}"
  done
}

# described_by FILE: the descriptor of a stack's system; nothing where its file names none that there is.
described_by() {
  local name
  name=$(stack_value "$1" slipway:system) || return
  [[ $name =~ ^[a-z0-9-]+$ && -e $systems/$name/system.json ]] || return 0
  say "$systems/$name/system.json"
}

# described FILE FILTER: what jq makes of it; nothing where there is none.
described() {
  local descriptor
  descriptor=$(described_by "$1") || return
  [[ -n $descriptor ]] || return 0
  jq -r "$2" "$descriptor"
}

# hosts_of FILE: none, one or fleet. A file that names no system yet has several where it says how many.
hosts_of() {
  local kind
  kind=$(described "$1" .hosts) || return
  if [[ -z $kind ]] && has_setting "$1" slipway:hosts; then kind=fleet; fi
  say "$kind"
}

# starts_at STACK: when its schedule starts the stopped instance, as the stack file writes it.
starts_at() { stack_value "$(stack_file "$1")" slipway:host schedule start; }
