package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a backup says of itself when something beside it fails. */
class BackupOutcomeTest extends UnfinishedHost {
  @Test
  void whatServesIsBackedUpThoughItCannotBeFinished() throws Exception {
    fails("parameter");
    isUnfinished(release("v3"));

    Ended backup = verb("backup");

    assertThat(backup.exit()).as(backup.output()).isZero();
    assertThat(backup.output()).contains("warning: that could not be finished", "BACKUP");
    assertThat(journal()).exists();
  }

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
