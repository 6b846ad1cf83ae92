package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.host.BundleShell.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the verb release with a runtime in which every migration fails but for what is skipped. */
class ReleaseRetryTest {
  private static final String BAD = "erpnext.patches.v16.rename_priority";

  @TempDir Path root;

  @BeforeEach
  void copyTheBundle() throws IOException {
    BundleShell.hostWith(root, "test");
    Files.writeString(
        root.resolve("settings.json"),
        "{\"stack\": \"staging\", \"system\": \"test\", \"runtime\": \"test\","
            + " \"sites\": [{\"name\": \"erp.example.com\"}]}");
    Files.writeString(root.resolve("runtimes/test/capabilities"), "data\nmigrates\n");
    Files.writeString(
        root.resolve("runtimes/test/hooks.sh"),
        """
        use_release() { :; }
        desired_get() { return 1; }
        desired_set() { :; }
        disk_is_short() { return 1; }
        disk_require() { :; }
        runtime_versions() { printf '{}'; }
        engine_prune() { :; }
        backup_publish_age() { :; }
        backup_everything() {
          say "BACKUP"
          printf '%%s\\n' "$1" >>"$DATA/in-s3"
        }
        backup_ids() { cat "$DATA/in-s3"; }
        backup_obtain() { :; }
        runtime_fetch() {
          say "FETCH $1, as of ${RETRY_OF:-none}"
          jq -n --arg ref "$1" '{ref: $ref, image: "frappe/erpnext:\\($ref)", imageId: $ref, config: $ref}' >"$2/target.json"
        }
        runtime_plan() { if [[ -e $DATA/no-plan ]]; then false; fi; printf '["backup","switch","migrate","smoke","record"]'; }
        runtime_check() { :; }
        runtime_check_retry() { :; }
        runtime_check_skip() { say "SKIPPABLE $2"; }
        runtime_keep_configuration() { :; }
        runtime_close() { :; }
        runtime_site_begun() { :; }
        runtime_site_in_use() { :; }
        runtime_dump() { :; }
        runtime_configuration_open() { :; }
        runtime_room() { :; }
        runtime_drill_load() { :; }
        runtime_drill_remove() { :; }
        runtime_sites() { say erp.example.com; }
        runtime_sites_missing() { :; }
        runtime_fingerprints() { printf '{}'; }
        runtime_changes_since() { if [[ -e $DATA/changes ]]; then source "$DATA/changes"; fi; }
        runtime_hold() { :; }
        runtime_let_go() { :; }
        runtime_switch() { if [[ -e $DATA/no-switch ]]; then die 'it does not start'; fi; }
        runtime_migrate() {
          local of
          of="$(journal_get .target.ref)"
          if [[ $of == good* || -n $(journal_get '.skippedPatches[]? | select(.patch == "%1$s") | .patch') ]]; then
            say "MIGRATED $(journal_get '[.skippedPatches[]?.patch] | join(" ")')"
          else
            die "Unknown column 'importance'"
          fi
        }
        runtime_return() { :; }
        runtime_smoke() { :; }
        runtime_smoke_open() { :; }
        runtime_open() { :; }
        runtime_keep() { [[ ! -e $DATA/no-keep ]] || die 'it cannot be kept'; }
        runtime_load() { say "LOADED $1"; }
        runtime_remove_site() { :; }
        runtime_is_desired() { true; }
        runtime_verdict() { :; }
        """
            .formatted(BAD));
    assertThat(release("SSM_ref", "good1").exit()).isZero();
  }

  private Ended release(String... environment) {
    var values = new LinkedHashMap<String, String>(Map.of("SSM_actor", "maria"));
    for (int i = 0; i < environment.length; i += 2) {
      values.put(environment[i], environment[i + 1]);
    }
    try {
      return BundleShell.bash(root.resolve("release.sh"), values);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Ended retry(String... more) {
    var words = new String[more.length + 2];
    words[0] = "SSM_retry";
    words[1] = "true";
    System.arraycopy(more, 0, words, 2, more.length);
    return release(words);
  }

  private Ended retrySkipping() {
    return retry("SSM_skipPatch", BAD, "SSM_because", "the column is called urgency here");
  }

  /** The newest record. */
  private JsonObject record() throws IOException {
    try (var files = Files.list(root.resolve("data/releases"))) {
      Path newest =
          files
              .filter(file -> file.getFileName().toString().matches("2.*\\.json"))
              .max(Path::compareTo)
              .orElseThrow();
      return JsonParser.parseString(Files.readString(newest)).getAsJsonObject();
    }
  }

  private void failedRelease() {
    Ended failed = release("SSM_ref", "bad2");
    assertThat(failed.exit()).as(failed.output()).isEqualTo(20);
    assertThat(failed.output()).contains("LOADED erp.example.com");
  }

  @Test
  void itIsTriedAgainFromTheDataThatCameBackWithTheBackupThatWasMade() throws Exception {
    failedRelease();
    JsonObject failed = record();

    Ended again = retry();

    assertThat(again.exit()).as(again.output()).isEqualTo(20);
    assertThat(again.output())
        .contains("FETCH bad2, as of " + failed.get("id").getAsString())
        .contains("Unknown column", "nothing was written since backup", "LOADED erp.example.com")
        .doesNotContain("BACKUP");
    assertThat(record().get("backup")).isEqualTo(failed.get("backup"));
    assertThat(record().get("retryOf")).isEqualTo(failed.get("id"));
    assertThat(record().get("backupReused").getAsBoolean()).isTrue();
  }

  @Test
  void withThePatchSkippedItServesAndItsRecordSaysSoForEver() throws Exception {
    failedRelease();

    Ended again = retrySkipping();

    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(again.output()).contains("SKIPPABLE " + BAD, "MIGRATED " + BAD);
    JsonObject skipped = record().getAsJsonArray("skippedPatches").get(0).getAsJsonObject();
    assertThat(record().get("outcome").getAsString()).isEqualTo("ok");
    assertThat(skipped.get("patch").getAsString()).isEqualTo(BAD);
    assertThat(skipped.get("because").getAsString()).isEqualTo("the column is called urgency here");
    assertThat(skipped.get("by").getAsString()).isEqualTo("maria");
    assertThat(skipped.get("at").getAsString()).matches("2\\d{3}-.*Z");
  }

  @Test
  void oneThatServesAndWasNotFinishedIsFinishedByTheSame() throws Exception {
    failedRelease();
    Path fault = Files.createFile(root.resolve("data/no-keep"));
    for (int i = 0; i < 2; i++) {
      Ended unfinished = retrySkipping();
      assertThat(unfinished.exit()).as(unfinished.output()).isEqualTo(22);
    }
    Files.delete(fault);

    Ended finished = retrySkipping();

    assertThat(finished.exit()).as(finished.output()).isZero();
    assertThat(finished.output())
        .contains("bad2 serves, without the patches that were skipped: " + BAD)
        .doesNotContain("MIGRATED");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "say 'tabNote: another checksum'",
        "die 'the database does not answer'",
        "false; say 'went on'"
      })
  void whatWasWrittenSinceOrCannotBeToldMakesANewBackup(String changes) throws Exception {
    failedRelease();
    JsonObject failed = record();
    Files.writeString(root.resolve("data/changes"), changes + "\n");

    Ended again = retrySkipping();

    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(again.output())
        .contains("BACKUP", "since backup " + failed.get("backup").getAsString());
    assertThat(again.output()).doesNotContain("nothing was written");
    assertThat(record().get("backup")).isNotEqualTo(failed.get("backup"));
    assertThat(record().get("backupReused").getAsBoolean()).isFalse();
  }

  @Test
  void aBackupThatIsNotInS3AnyMoreIsMadeAnew() throws Exception {
    failedRelease();
    Files.writeString(root.resolve("data/in-s3"), "another\n");

    Ended again = retrySkipping();

    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(again.output()).contains("S3 has no backup", "BACKUP");
  }

  @Test
  void whatWasSkippedStaysSkippedWhenItIsTriedOnceMore() throws Exception {
    failedRelease();
    retry("SSM_skipPatch", "erpnext.patches.v16.another", "SSM_because", "one");

    Ended again = retrySkipping();

    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(again.output()).contains("MIGRATED erpnext.patches.v16.another " + BAD);
    assertThat(record().getAsJsonArray("skippedPatches")).hasSize(2);
  }

  @Test
  void afterAReleaseThatServesThereIsNothingToTryAgain() throws Exception {
    Ended ended = retry();

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.output()).contains("there is nothing to try again", "(good1), ended 'ok'");
    failedRelease();
    release("SSM_ref", "good3");
    assertThat(retrySkipping().exit()).isEqualTo(11);
    assertThat(record().get("ref").getAsString()).isEqualTo("good3");
  }

  @Test
  void aReleaseThatFailedElsewhereIsReleasedAgainAndNotTriedAgain() throws Exception {
    Files.createFile(root.resolve("data/no-switch"));
    assertThat(release("SSM_ref", "bad2").exit()).isEqualTo(20);

    Ended ended = retry();

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.output()).contains("failed in step switch", "release bad2");
  }

  @Test
  void onAHostWithoutReleasesThereIsNothingToTryAgain() throws Exception {
    try (var files = Files.list(root.resolve("data/releases"))) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        Files.delete(file);
      }
    }
    Files.delete(root.resolve("data/current"));

    Ended ended = retry();

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.output()).contains("no release was made on this host");
  }

  @Test
  void aReleaseThatWasKilledInItsMigrationGoesBackFirst() throws Exception {
    failedRelease();
    JsonObject failed = record();
    Files.writeString(
        root.resolve("data/releases/in-progress.json"),
        """
        {"verb": "release", "id": "29990101T000000Z-bad", "actor": "test", "run": "",
         "startedAt": "2026-02-01T00:00:00Z", "phase": "migrate", "previous": %s, "backup": %s,
         "plan": ["backup", "switch", "migrate", "smoke", "record"], "dataTouched": true,
         "target": {"ref": "bad9", "image": "frappe/erpnext:bad9"}}
        """
            .formatted(failed.get("previous"), failed.get("backup")));

    Ended again = retrySkipping();

    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(again.output()).contains("was killed in its step migrate", "FETCH bad9");
  }

  @Test
  void aPlanThatCannotBeMadeIsNoReleaseThatServes() throws Exception {
    Files.createFile(root.resolve("data/no-plan"));

    Ended ended = release("SSM_ref", "good2");

    assertThat(ended.exit()).as(ended.output()).isNotZero();
    assertThat(ended.output()).doesNotContain("good2 serves");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SSM_retry=true SSM_ref=good2                             | exclude each other",
        "SSM_retry=yes                                            | neither true nor false",
        "SSM_skipPatch=a.b SSM_because=x                          | go with 'retry'",
        "SSM_ref=good2 SSM_because=x                              | go with 'retry'",
        "SSM_retry=true SSM_skipPatch=a.b                         | needs a reason",
        "SSM_retry=true SSM_skipPatch=a.b SSM_because=---         | needs a reason",
        "SSM_retry=true SSM_because=x                             | which is missing",
        "SSM_retry=true SSM_skipPatch=nodots SSM_because=x        | not a patch's name",
        "SSM_retry=true SSM_skipPatch=a.b; SSM_because=x          | not a patch's name",
        "SSM_retry=true SSM_skipPatch=a..b SSM_because=x          | not a patch's name",
        "SSM_retry=true SSM_skipPatch=execute:x() SSM_because=x   | not a patch's name",
        "SSM_retry=true SSM_skipPatch=a.b SSM_because=$(id)       | not taken"
      })
  void whatDoesNotFitIsRefusedBeforeAnythingIsLookedAt(String given, String said) {
    String[] words = given.strip().split("[ =]", -1);

    Ended ended = release(words);

    assertThat(ended.exit()).as(ended.output()).isEqualTo(11);
    assertThat(ended.output()).contains(said.strip()).doesNotContain("FETCH");
  }
}
