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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What serves and was not finished (status 22), and what the next run of a verb makes of it. */
class UnfinishedTest {
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

  private void settings(String more) throws IOException {
    Files.writeString(
        root.resolve("settings.json"),
        "{\"stack\": \"staging\", \"system\": \"test\", \"runtime\": \"test\", " + more + "}");
  }

  /** As one of several hosts. */
  private void keepsItsDataElsewhere() throws IOException {
    settings("\"apps\": {}");
    Files.delete(root.resolve("runtimes/test/capabilities"));
    Files.writeString(
        root.resolve("runtimes/test/hooks.sh"),
        "phase_switch() { runtime_switch; }\nphase_return() { runtime_return; }\n",
        StandardOpenOption.APPEND);
  }

  private Ended verb(String name, String... environment) {
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

  private Ended release(String ref, String... more) {
    return verb("release", with("ref", ref, more));
  }

  private Ended boot() {
    return verb("release", "actor", "boot");
  }

  private static String[] with(String name, String value, String... more) {
    var words = new String[more.length + 2];
    words[0] = name;
    words[1] = value;
    System.arraycopy(more, 0, words, 2, more.length);
    return words;
  }

  private void fails(String what) throws IOException {
    Files.createFile(root.resolve("data/no-" + what));
  }

  private void works(String what) throws IOException {
    Files.delete(root.resolve("data/no-" + what));
  }

  /** A branch or a tag is what it leads to. */
  private void leads(String ref, String to) throws IOException {
    Files.writeString(root.resolve("data/code-of-" + ref), to);
  }

  private static String lastLine(Ended ended) {
    return ended.output().lines().reduce("", (before, line) -> line);
  }

  private Path currentFile() throws IOException {
    return root.resolve("data/releases")
        .resolve(Files.readSymbolicLink(root.resolve("data/current")).getFileName());
  }

  private JsonObject current() throws IOException {
    return JsonParser.parseString(Files.readString(currentFile())).getAsJsonObject();
  }

  private String serves() throws IOException {
    return current().get("ref").getAsString();
  }

  private String desired() throws IOException {
    return JsonParser.parseString(Files.readString(root.resolve("data/desired")))
        .getAsJsonObject()
        .get("ref")
        .getAsString();
  }

  private long records() throws IOException {
    try (var files = Files.list(root.resolve("data/releases"))) {
      return files.filter(file -> file.getFileName().toString().matches("2.*\\.json")).count();
    }
  }

  private Path journal() {
    return root.resolve("data/releases/in-progress.json");
  }

  private void liveIs(String ref) throws IOException {
    Files.delete(root.resolve("data/current"));
    Files.createSymbolicLink(
        root.resolve("data/current"), Path.of("releases", idOf(ref) + ".json"));
  }

  private void isUnfinished(Ended ended) {
    assertThat(ended.exit()).as(ended.output()).isEqualTo(22);
    assertThat(lastLine(ended)).contains("serves and is recorded", "Run the same again");
  }

  private String idOf(String ref) throws IOException {
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

  // ---- the same again -----------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"parameter", "door"})
  void aReleaseIsUnfinishedAsOftenAsItIsAndThenFinished(String what) throws Exception {
    fails(what);
    isUnfinished(release("v3"));
    String record = Files.readString(currentFile());
    isUnfinished(release("v3"));
    // What a new release would need is not needed to finish one.
    fails("room");
    fails("registry");
    isUnfinished(release("v3"));
    works(what);

    Ended finished = release("v3");

    assertThat(finished.exit()).as(finished.output()).isZero();
    assertThat(lastLine(finished)).isEqualTo("slipway: release ok " + idOf("v3") + ": v3 serves");
    assertThat(finished.output()).doesNotContain("SWITCH");
    assertThat(Files.readString(currentFile())).as("recorded once").isEqualTo(record);
    assertThat(desired()).isEqualTo("v3");
    assertThat(journal()).doesNotExist();
    assertThat(records()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRollbackIsFinishedAndNotTakenBack(boolean named) throws Exception {
    release("v3");
    fails("parameter");
    String[] same = named ? new String[] {"to", idOf("v2")} : new String[0];
    isUnfinished(verb("rollback", same));
    String record = Files.readString(currentFile());
    isUnfinished(verb("rollback", same));
    works("parameter");

    Ended finished = verb("rollback", same);

    assertThat(finished.exit()).as(finished.output()).isZero();
    assertThat(lastLine(finished))
        .isEqualTo(
            "slipway: rollback ok %s: release %s (v2) serves again"
                .formatted(current().get("id").getAsString(), idOf("v2")));
    assertThat(Files.readString(currentFile())).as("recorded once").isEqualTo(record);
    assertThat(desired()).isEqualTo("v2");
    assertThat(records()).isEqualTo(4);
  }

  @Test
  void aRollbackThatWasKilledWhileItWasRecordedIsFinishedToo() throws Exception {
    release("v3");
    fails("door");
    isUnfinished(verb("rollback"));
    // Killed before it was the live one.
    Files.delete(root.resolve("data/current"));
    Files.createSymbolicLink(
        root.resolve("data/current"), Path.of("releases", idOf("v3") + ".json"));
    works("door");

    Ended finished = verb("rollback");

    assertThat(finished.exit()).as(finished.output()).isZero();
    assertThat(serves()).isEqualTo("v2");
  }

  @Test
  void aReleaseOfWhatARollbackWentToFinishesThatRollback() throws Exception {
    release("v3");
    fails("parameter");
    isUnfinished(verb("rollback", "part", "last"));
    isUnfinished(release("v2", "part", "last"));
    works("parameter");

    Ended finished = release("v2", "part", "last");

    assertThat(finished.exit()).as(finished.output()).isZero();
    assertThat(serves()).isEqualTo("v2");
    assertThat(desired()).isEqualTo("v2");
    assertThat(records()).isEqualTo(4);
  }

  @Test
  void onePartOfSeveralHostsThatBecomesTheLastSaysWhatIsDesired() throws Exception {
    fails("door");
    isUnfinished(release("v3", "part", "middle"));
    works("door");

    assertThat(release("v3", "part", "last").exit()).isZero();

    assertThat(desired()).isEqualTo("v3");
  }

  @Test
  void aBranchThatMovedSinceIsReleasedAfterWhatItWasIsFinished() throws Exception {
    leads("main", "v3");
    fails("parameter");
    isUnfinished(release("main"));
    works("parameter");
    leads("main", "v4");

    Ended ended = release("main");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("finishing it", "SWITCH main");
    assertThat(current().get("imageId").getAsString()).isEqualTo("v4");
    assertThat(records()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"room", "registry"})
  void aBranchThatCannotBeLookedUpAgainIsFinishedAndThatIsSaid(String what) throws Exception {
    fails("parameter");
    isUnfinished(release("main"));
    works("parameter");
    fails(what);

    Ended ended = release("main");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("warning: main was not looked up again: ");
    assertThat(desired()).isEqualTo("main");
    assertThat(journal()).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0123456789012345678901234567890123456789",
        "sha256:0123456789012345678901234567890123456789012345678901234567890123",
        "api@sha256:0123456789012345678901234567890123456789012345678901234567890123"
      })
  void whatNeverMovesIsFinishedAndNotFetchedAgain(String ref) throws Exception {
    fails("parameter");
    isUnfinished(release(ref));
    works("parameter");

    Ended finished = release(ref);
    assertThat(finished.exit()).as(finished.output()).isZero();
    assertThat(finished.output()).doesNotContain("fetch");
  }

  @Test
  void whatNeverMovesIsFetchedWhereMoreIsAskedOfIt() throws Exception {
    String commit = "0123456789012345678901234567890123456789";
    fails("parameter");
    isUnfinished(release(commit));
    works("parameter");

    Ended asked = release(commit, "upgradeDatabase", "true");

    assertThat(asked.exit()).as(asked.output()).isZero();
    assertThat(asked.output()).contains("finishing it", "fetch");
  }

  // ---- something else -----------------------------------------------------------------------

  /** One whose own worker crashes at its start can never be finished. */
  @Test
  void whatServesAndCannotBeFinishedIsLeftByAnotherRelease() throws Exception {
    fails("door-of-v3");
    isUnfinished(release("v3"));
    fails("registry");

    Ended refused = release("v4");

    assertThat(refused.exit()).as(refused.output()).isEqualTo(1);
    assertThat(journal()).content().contains("\"v3\"");
    works("registry");
    Ended other = release("v4");
    assertThat(other.exit()).as(other.output()).isZero();
    assertThat(other.output()).contains("could not be finished: door-of-v3 does not work");
    assertThat(serves()).isEqualTo("v4");
    assertThat(desired()).isEqualTo("v4");
    assertThat(journal()).doesNotExist();
    assertThat(records()).isEqualTo(4);
  }

  @Test
  void whatServesAndCannotBeFinishedIsLeftByARollback() throws Exception {
    fails("door-of-v3");
    isUnfinished(release("v3"));

    Ended back = verb("rollback");

    assertThat(back.exit()).as(back.output()).isZero();
    assertThat(serves()).isEqualTo("v2");
    assertThat(desired()).isEqualTo("v2");
    assertThat(journal()).doesNotExist();
  }

  @Test
  void theSameByAnotherNameIsNotSaidToBeWellWhereItCannotBeFinished() throws Exception {
    fails("door");
    isUnfinished(release("v3"));
    leads("main", "v3");

    isUnfinished(release("main"));

    assertThat(journal()).exists();
  }

  /** Nobody has written to it. */
  @ParameterizedTest
  @ValueSource(strings = {"v4", "v1"})
  void whatIsNotRecordedAndCannotBeFinishedIsGoneBackFrom(String to) throws Exception {
    fails("door");
    isUnfinished(release("v3"));
    var record = root.resolve("data/releases/" + idOf("v3") + ".json");
    liveIs("v2");
    Files.delete(record);
    works("door");
    fails("versions-of-v3");

    Ended ended = to.equals("v4") ? release(to) : verb("rollback");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(Files.readString(record)).contains("rolled-back");
    assertThat(serves()).isEqualTo(to);
    assertThat(journal()).doesNotExist();
  }

  @Test
  void aRollbackFromAReleaseThatWasNotFinishedGoesToTheOneBefore() throws Exception {
    fails("door");
    isUnfinished(release("v3"));
    works("door");

    assertThat(verb("rollback").exit()).isZero();

    assertThat(serves()).isEqualTo("v2");
    assertThat(desired()).isEqualTo("v2");
  }

  @Test
  void whatARollbackHasLeftIsNotGoneToByTheNext() throws Exception {
    release("v3");
    assertThat(verb("rollback").exit()).isZero();
    assertThat(serves()).isEqualTo("v2");

    assertThat(verb("rollback").exit()).isZero();

    assertThat(serves()).isEqualTo("v1");
    Ended end = verb("rollback");
    assertThat(end.exit()).as(end.output()).isEqualTo(11);
    assertThat(end.output()).contains("no other release has served before", "(--to)", idOf("v3"));
    assertThat(verb("rollback", "to", idOf("v3")).exit()).isZero();
    assertThat(serves()).isEqualTo("v3");
  }

  @Test
  void whatServesIsBackedUpThoughItCannotBeFinished() throws Exception {
    fails("parameter");
    isUnfinished(release("v3"));

    Ended backup = verb("backup");

    assertThat(backup.exit()).as(backup.output()).isZero();
    assertThat(backup.output()).contains("warning: that could not be finished", "BACKUP");
    assertThat(journal()).exists();
  }

  // ---- a boot -------------------------------------------------------------------------------

  @Test
  void aBootFinishesWhatServesAndDoesNotGoBack() throws Exception {
    fails("parameter");
    isUnfinished(release("v3"));

    Ended still = boot();

    isUnfinished(still);
    assertThat(still.output()).as("it serves all the same").contains("LOOKED AT");
    assertThat(serves()).isEqualTo("v3");
    works("parameter");
    Ended boot = boot();
    assertThat(boot.exit()).as(boot.output()).isZero();
    assertThat(boot.output()).doesNotContain("SWITCH");
    assertThat(serves()).isEqualTo("v3");
    assertThat(desired()).isEqualTo("v3");
  }

  @Test
  void aBootFinishesWhatWasCutOffBeforeItWasTheLiveOne() throws Exception {
    fails("door");
    isUnfinished(release("v3"));
    Files.delete(root.resolve("data/current"));
    Files.createSymbolicLink(
        root.resolve("data/current"), Path.of("releases", idOf("v2") + ".json"));
    works("door");

    assertThat(boot().exit()).isZero();

    assertThat(serves()).isEqualTo("v3");
    assertThat(desired()).isEqualTo("v3");
  }

  @Test
  void aBootFinishesARollbackAndDoesNotGoForward() throws Exception {
    release("v3");
    fails("parameter");
    isUnfinished(verb("rollback"));
    works("parameter");

    assertThat(boot().exit()).isZero();

    assertThat(serves()).isEqualTo("v2");
    assertThat(desired()).isEqualTo("v2");
  }

  @Test
  void aBootGoesBackFromWhatIsNotRecordedAndDoesNotPassSmoke() throws Exception {
    fails("door");
    isUnfinished(release("v3"));
    String id = idOf("v3");
    liveIs("v2");
    works("door");
    fails(id);

    Ended boot = boot();

    assertThat(boot.exit()).as(boot.output()).isZero();
    assertThat(serves()).isEqualTo("v2");
    assertThat(desired()).isEqualTo("v2");
    assertThat(Files.readString(root.resolve("data/releases/" + id + ".json")))
        .contains("rolled-back", id + " does not work");
    assertThat(journal()).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBootFinishesWhatIsRecordedAndSaysThatItDoesNotPassSmoke(boolean finished) throws Exception {
    fails("parameter");
    isUnfinished(release("v3"));
    fails(idOf("v3"));
    if (finished) {
      works("parameter");
    }

    Ended boot = boot();

    assertThat(boot.exit()).as(boot.output()).isEqualTo(1);
    assertThat(lastLine(boot)).contains("does not pass smoke: " + idOf("v3") + " does not work");
    assertThat(lastLine(boot).contains("parameter does not work")).isEqualTo(!finished);
    assertThat(serves()).isEqualTo("v3");
    assertThat(desired()).isEqualTo(finished ? "v3" : "v2");
    assertThat(Files.exists(journal())).isEqualTo(!finished);
  }

  /** Containers come back from a boot with other addresses, and a frontend may not find them. */
  @ParameterizedTest
  @ValueSource(strings = {"registry", "room"})
  void aBootThatCannotFetchOpensWhatServes(String what) throws Exception {
    fails(what);

    Ended boot = boot();

    assertThat(boot.exit()).as(boot.output()).isEqualTo(what.equals("room") ? 11 : 1);
    assertThat(boot.output()).contains("LOOKED AT " + idOf("v2"));
    assertThat(lastLine(boot)).contains(what.equals("room") ? "there is no room" : "in step fetch");
    assertThat(release("v4").output()).doesNotContain("LOOKED AT");
  }

  private void desiredAt(String ref, String at) throws IOException {
    Files.writeString(
        root.resolve("data/desired"),
        "{\"ref\": \"%s\", \"id\": \"x\", \"at\": \"%s\"}".formatted(ref, at));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBootInTheMiddleOfAReleaseOfSeveralHostsDoesNotUndoIt(boolean finished) throws Exception {
    keepsItsDataElsewhere();
    desiredAt("v2", "2026-01-01T00:00:00Z");
    if (finished) {
      assertThat(release("v3", "part", "first").exit()).isZero();
    } else {
      fails("door");
      isUnfinished(release("v3", "part", "first"));
      works("door");
    }

    for (int boots = 0; boots < 2; boots++) {
      Ended boot = boot();
      assertThat(boot.exit()).as(boot.output()).isZero();
      assertThat(serves()).isEqualTo("v3");
    }

    assertThat(desired()).as("which the last host says").isEqualTo("v2");
    assertThat(journal()).doesNotExist();
  }

  @Test
  void aHostThatMissedTheReleaseOfTheOthersComesUpWithIt() throws Exception {
    keepsItsDataElsewhere();
    desiredAt("v3", "2999-01-01T00:00:00Z");

    Ended boot = boot();

    assertThat(boot.exit()).as(boot.output()).isZero();
    assertThat(serves()).isEqualTo("v3");
  }

  @Test
  void whoAsksForTheDesiredReleaseGetsIt() throws Exception {
    keepsItsDataElsewhere();
    desiredAt("v2", "2026-01-01T00:00:00Z");
    release("v3", "part", "first");

    assertThat(verb("release", "part", "first").exit()).isZero();

    assertThat(serves()).isEqualTo("v2");
  }

  /** What the last of several hosts serves is not what they share until it is finished there. */
  @Test
  void theLastOfSeveralHostsFollowsTheOthersWhereTheDesiredReleaseIsAskedFor() throws Exception {
    keepsItsDataElsewhere();
    desiredAt("v2", "2026-01-01T00:00:00Z");
    fails("parameter");
    isUnfinished(release("v3", "part", "last"));
    works("parameter");

    Ended ended = verb("release", "part", "last");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(serves()).isEqualTo("v2");
    assertThat(desired()).isEqualTo("v2");
  }

  @Test
  void theLastOfSeveralHostsThatBootsSaysWhatIsDesired() throws Exception {
    keepsItsDataElsewhere();
    desiredAt("v2", "2026-01-01T00:00:00Z");
    fails("parameter");
    isUnfinished(release("v3", "part", "last"));
    works("parameter");

    assertThat(boot().exit()).isZero();

    assertThat(serves()).isEqualTo("v3");
    assertThat(desired()).isEqualTo("v3");
  }

  // ---- a backup -----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"age", "pruning"})
  void aBackupThatIsInS3IsGoodWhateverComesThen(String what) throws Exception {
    fails(what);

    Ended backup = verb("backup");

    assertThat(backup.exit()).as(backup.output()).isZero();
    assertThat(backup.output()).contains("warning: ", what + " does not work");
    assertThat(lastLine(backup)).startsWith("slipway: backup ok ");
  }

  @Test
  void aBackupThatCannotBeWrittenDownIsGoodAsWell() throws Exception {
    // A file, into which nothing can be written.
    Files.delete(root.resolve("data/status"));
    Files.createFile(root.resolve("data/status"));

    Ended backup = verb("backup");

    assertThat(backup.exit()).as(backup.output()).isZero();
    assertThat(backup.output()).contains("warning: how this backup went could not be kept");
  }

  @Test
  void whatCannotBePublishedKeepsNothingElseFromIt() throws Exception {
    fails("age");

    Ended hourly = verb("hourly");

    assertThat(hourly.exit()).as(hourly.output()).isEqualTo(1);
    assertThat(hourly.output()).contains("METRIC DrillOk", "CERTIFICATE");
    assertThat(lastLine(hourly)).contains("not all was published: backup_publish_age");
  }
}
