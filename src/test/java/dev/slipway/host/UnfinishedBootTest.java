package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a boot makes of what was not finished. */
class UnfinishedBootTest extends UnfinishedHost {
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
}
