package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code release.sh} sends to a stack of one host. */
class ReleaseScriptTest {
  private static final String PATCH = "erpnext.patches.v16.rename_priority";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place = new Workplace(root).fakeScript("ssm-run.sh", "true");
    place.file("Pulumi.staging.yaml", "config:\n  aws:region: us-east-1\n");
    place.file(
        "Pulumi.prod.yaml", "config:\n  aws:region: us-east-1\n  slipway:hosts:\n    count: 2\n");
  }

  private String sent() {
    assertThat(place.calls("ssm-run.sh")).hasSize(1);
    return place.calls("ssm-run.sh").get(0);
  }

  @Test
  void aVerbThatTheSystemHasNotIsRefusedBeforeAnythingIsSent() {
    place.file(
        "Pulumi.panel.yaml", "config:\n  aws:region: us-east-1\n  slipway:system: admin-panel\n");
    var ended = place.run("backup.sh", "panel");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(11);
    assertThat(ended.all())
        .contains("there is no backup for panel", "configure, release, rollback, status");
    assertThat(place.calls("ssm-run.sh")).isEmpty();
  }

  @Test
  void aReleaseIsSentWithoutWhatOlderHostsDoNotKnow() {
    assertThat(place.run("release.sh", "staging", "develop").exit()).isZero();

    assertThat(sent()).contains("ref=develop").doesNotContain("retry=", "skipPatch");
  }

  @Test
  void aRetryNamesNoRef() {
    assertThat(place.run("release.sh", "staging", "--retry").exit()).isZero();

    assertThat(sent()).contains("ref= ", "retry=true", "skipPatch= ");
  }

  @Test
  void aPatchIsSkippedWithItsReason() {
    var ended =
        place.run(
            "release.sh",
            "staging",
            "--retry",
            "--skip-patch",
            PATCH,
            "--because",
            "we have no such column");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(sent()).contains("skipPatch=" + PATCH, "because=we\\ have\\ no\\ such\\ column");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "staging develop --retry                              | exclude each other",
        "staging --desired --retry                            | exclude each other",
        "staging develop --skip-patch a.b --because x         | go with --retry",
        "staging develop --because x                          | go with --retry",
        "staging --retry --skip-patch a.b                     | --because",
        "staging --retry --because x                          | is missing",
        "staging --retry --skip-patch                         | --skip-patch",
        "staging --retry --skip-patch a;b --because x         | is not a patch's name",
        "staging --retry --skip-patch a --because x           | is not a patch's name",
        "staging --retry --skip-patch a.b --because $(id)     | --because: letters",
        "staging --retry --skip-patch a.b --because --        | --because",
        "prod --retry                                         | does not go back with its code",
        "--retry                                              | STACK"
      })
  void whatDoesNotFitIsRefusedBeforeAnythingIsSent(String words, String said) {
    var ended = place.run("release.sh", words.strip().split("\\s+"));

    assertThat(ended.exit()).as(ended.all()).isEqualTo(2);
    assertThat(ended.all()).contains(said.strip());
    assertThat(place.calls("ssm-run.sh")).isEmpty();
  }

  @Test
  void emptyOptionsAreRefused() {
    for (String option : new String[] {"--skip-patch", "--because"}) {
      var ended = place.run("release.sh", "staging", "--retry", option, "");

      assertThat(ended.exit()).as(ended.all()).isEqualTo(2);
      assertThat(ended.all()).contains(option);
    }
  }

  @Test
  void aReleaseOfFiftyAppsByDigestIsSentWhole() {
    var ref =
        IntStream.range(0, 50)
            .mapToObj(i -> "application-called-%02d@sha256:%s".formatted(i, "a".repeat(64)))
            .collect(Collectors.joining(","));

    var ended = place.run("release.sh", "staging", ref);

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(sent()).contains("ref=" + ref.replace(",", "\\,"));
    var endless = place.run("release.sh", "staging", "a".repeat(10_001));
    assertThat(endless.exit()).isEqualTo(2);
    assertThat(endless.all()).contains("10001 characters are more than any ref has");
  }

  @Test
  void aRestoreOfADatabaseInRdsSaysWhereTheWayIs() throws Exception {
    place
        .signedIn("arn:aws:iam::123456789012:user/maria")
        .fake("aws ssm get-parameter", "printf '{\"databaseInstance\": \"panel-db\"}\\n'")
        .fake("aws rds describe-db-snapshots", "printf 'panel-db-1\\t2026-01-01\\tavailable\\n'");
    place.file(
        "Pulumi.panel.yaml",
        "config:\n  \"aws:region\": us-east-1\n  slipway:system: admin-panel\n"
            + "  \"slipway:database\": {name: panel}\n");

    var listed = place.run("restore.sh", "panel");

    assertThat(listed.exit()).as(listed.all()).isEqualTo(2);
    assertThat(listed.all()).contains("panel-db-1", "--snapshot", "docs/runbooks/database.md");
    var refused = place.run("restore.sh", "panel", "--backup", "newest");
    assertThat(refused.exit()).as(refused.all()).isEqualTo(2);
    assertThat(refused.all()).contains("--backup", "RDS", "--snapshot");
    assertThat(place.calls("ssm-run.sh")).isEmpty();
  }
}
