package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.host.BundleShell.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A host on which something serves and was not finished (status 22). */
abstract class UnfinishedHost {
  @TempDir Path root;

  @BeforeEach
  void aHostWithTwoReleases() throws IOException {
    BundleShell.hostWith(root, "test");
    Files.writeString(
        root.resolve("lib/aws.sh"),
        "\nmetric() { say \"METRIC $1\"; }\n",
        StandardOpenOption.APPEND);
    settings("\"sites\": [{\"name\": \"erp.example.com\"}]");
    Files.writeString(root.resolve("runtimes/test/capabilities"), "data\n");
    // What fails is what has a file of its name.
    Files.writeString(
        root.resolve("runtimes/test/hooks.sh"),
        """
        RUNTIME_LEFT='It is left as it is'
        may_fail() { if [[ -e $DATA/no-$1 ]]; then die "$1 does not work"; fi; }
        use_release() { USED=$1; }
        desired_get() { if [[ -e $DATA/desired ]]; then cat "$DATA/desired"; else return 1; fi; }
        desired_set() {
          may_fail parameter
          jq -c '{ref, id, at: .finishedAt}' "$(record_file "$1")" >"$DATA/desired"
        }
        disk_is_short() { [[ -e $DATA/no-room ]]; }
        disk_require() { if [[ -e $DATA/no-room ]]; then refuse 'there is no room'; fi; }
        runtime_versions() {
          may_fail "versions-of-$(journal_get .target.ref)"
          printf '{}'
        }
        engine_prune() { :; }
        backup_publish_age() { may_fail age; }
        backup_prune_local() { may_fail pruning; }
        backup_everything() { say "BACKUP $1"; }
        runtime_hold() { :; }
        runtime_let_go() { :; }
        runtime_load() { :; }
        runtime_remove_site() { :; }
        runtime_changes_since() { :; }
        runtime_close() { :; }
        runtime_site_begun() { :; }
        runtime_site_in_use() { :; }
        runtime_dump() { :; }
        runtime_configuration_open() { :; }
        runtime_room() { :; }
        runtime_drill_load() { :; }
        runtime_drill_remove() { :; }
        runtime_fetch() {
          may_fail registry
          local code=$1
          if [[ -e $DATA/code-of-$1 ]]; then code="$(<"$DATA/code-of-$1")"; fi
          jq -n --arg ref "$1" --arg code "$code" '{ref: $ref, image: $code, imageId: $code, config: $code}' >"$2/target.json"
        }
        runtime_plan() { printf '["switch","smoke","record"]'; }
        runtime_rollback_plan() { printf '["switch","smoke","record"]'; }
        runtime_rollback_check() { :; }
        runtime_images_missing() { :; }
        runtime_code_of() { record_get "$1" .config; }
        runtime_check() { :; }
        runtime_sites() { say erp.example.com; }
        runtime_sites_missing() { :; }
        runtime_fingerprints() { printf '{}'; }
        runtime_switch() { say "SWITCH $(journal_get .target.ref)"; }
        runtime_return() { :; }
        runtime_smoke() { :; }
        runtime_smoke_open() {
          say "LOOKED AT $USED"
          may_fail "$USED"
        }
        runtime_open() {
          may_fail door
          may_fail "door-of-$(journal_get .target.ref)"
        }
        runtime_keep() { :; }
        runtime_is_desired() { [[ $(jq -r .ref <<<"$2") == "$(record_get "$1" .ref)" ]]; }
        runtime_verdict() { :; }
        runtime_publish() { say CERTIFICATE; }
        """);
    assertThat(release("v1").exit()).isZero();
    assertThat(release("v2").exit()).isZero();
  }

  final void settings(String more) throws IOException {
    Files.writeString(
        root.resolve("settings.json"),
        "{\"stack\": \"staging\", \"system\": \"test\", \"runtime\": \"test\", " + more + "}");
  }

  /** As one of several hosts. */
  final void keepsItsDataElsewhere() throws IOException {
    settings("\"apps\": {}");
    Files.delete(root.resolve("runtimes/test/capabilities"));
    Files.writeString(
        root.resolve("runtimes/test/hooks.sh"),
        "phase_switch() { runtime_switch; }\nphase_return() { runtime_return; }\n",
        StandardOpenOption.APPEND);
  }

  final Ended verb(String name, String... environment) {
    var values = new LinkedHashMap<String, String>(Map.of("SSM_actor", "maria"));
    for (int i = 0; i < environment.length; i += 2) {
      values.put("SSM_" + environment[i], environment[i + 1]);
    }
    try {
      return BundleShell.bash(root.resolve(name + ".sh"), values);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  final Ended release(String ref, String... more) {
    return verb("release", with("ref", ref, more));
  }

  final Ended boot() {
    return verb("release", "actor", "boot");
  }

  static String[] with(String name, String value, String... more) {
    var words = new String[more.length + 2];
    words[0] = name;
    words[1] = value;
    System.arraycopy(more, 0, words, 2, more.length);
    return words;
  }

  final void fails(String what) throws IOException {
    Files.createFile(root.resolve("data/no-" + what));
  }

  final void works(String what) throws IOException {
    Files.delete(root.resolve("data/no-" + what));
  }

  /** A branch or a tag is what it leads to. */
  final void leads(String ref, String to) throws IOException {
    Files.writeString(root.resolve("data/code-of-" + ref), to);
  }

  static String lastLine(Ended ended) {
    return ended.output().lines().reduce("", (before, line) -> line);
  }

  final Path currentFile() throws IOException {
    return root.resolve("data/releases")
        .resolve(Files.readSymbolicLink(root.resolve("data/current")).getFileName());
  }

  final JsonObject current() throws IOException {
    return JsonParser.parseString(Files.readString(currentFile())).getAsJsonObject();
  }

  final String serves() throws IOException {
    return current().get("ref").getAsString();
  }

  final String desired() throws IOException {
    return JsonParser.parseString(Files.readString(root.resolve("data/desired")))
        .getAsJsonObject()
        .get("ref")
        .getAsString();
  }

  final long records() throws IOException {
    try (var files = Files.list(root.resolve("data/releases"))) {
      return files.filter(file -> file.getFileName().toString().matches("2.*\\.json")).count();
    }
  }

  final Path journal() {
    return root.resolve("data/releases/in-progress.json");
  }

  final void liveIs(String ref) throws IOException {
    Files.delete(root.resolve("data/current"));
    Files.createSymbolicLink(
        root.resolve("data/current"), Path.of("releases", idOf(ref) + ".json"));
  }

  final void isUnfinished(Ended ended) {
    assertThat(ended.exit()).as(ended.output()).isEqualTo(22);
    assertThat(lastLine(ended)).contains("serves and is recorded", "Run the same again");
  }

  final String idOf(String ref) throws IOException {
    try (var files = Files.list(root.resolve("data/releases"))) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        if (file.getFileName().toString().matches("2.*\\.json")) {
          var record = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
          if (record.get("ref").getAsString().equals(ref)) {
            return record.get("id").getAsString();
          }
        }
      }
    }
    throw new AssertionError("no release of " + ref);
  }

  final void desiredAt(String ref, String at) throws IOException {
    Files.writeString(
        root.resolve("data/desired"),
        "{\"ref\": \"%s\", \"id\": \"x\", \"at\": \"%s\"}".formatted(ref, at));
  }
}
