package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a release makes of one that serves and was not finished. */
class UnfinishedReleaseTest extends UnfinishedHost {
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
  void theSameByAnotherNameIsNotSaidToBeWellWhereItCannotBeFinished() throws Exception {
    fails("door");
    isUnfinished(release("v3"));
    leads("main", "v3");

    isUnfinished(release("main"));

    assertThat(journal()).exists();
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
}
