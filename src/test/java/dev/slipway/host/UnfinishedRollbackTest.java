package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rollbacks that were not finished, and those from what was not. */
class UnfinishedRollbackTest extends UnfinishedHost {
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
  void whatServesAndCannotBeFinishedIsLeftByARollback() throws Exception {
    fails("door-of-v3");
    isUnfinished(release("v3"));

    Ended back = verb("rollback");

    assertThat(back.exit()).as(back.output()).isZero();
    assertThat(serves()).isEqualTo("v2");
    assertThat(desired()).isEqualTo("v2");
    assertThat(journal()).doesNotExist();
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
}
