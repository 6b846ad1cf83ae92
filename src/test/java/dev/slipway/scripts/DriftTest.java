package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriftTest {
  private static final String BOOTSTRAPPED =
      "secretsprovider: awskms://alias/slipway?region=us-east-1\n"
          + "config:\n  aws:region: us-east-1\n  slipway:system: erpnext\n";
  private static final String SAME =
      "{\"op\": \"same\", \"urn\": \"urn:pulumi:staging::slipway::aws:ec2/vpc:Vpc::erpnext-network\"}";
  private static final String CHANGED =
      "{\"op\": \"update\", \"urn\": \"urn:pulumi:staging::slipway::slipway:host:Host$aws:ec2/eip:Eip::address\","
          + " \"diffReasons\": [\"tags\"]}";

  @TempDir Path root;
  private Workplace place;
  private FakeGitHub github;

  @BeforeEach
  void start() {
    place =
        new Workplace(root)
            .fakeScript("build.sh", ":")
            .fakeScript("tools.sh", ":")
            .fakeScript(
                "status.sh",
                "echo '{\"backup\": {\"ageHours\": 5}, \"drill\": {\"outcome\": \"ok\", \"at\": \"2026-11-15\"}}'")
            .fake("aws --version", "echo aws-cli/2");
    github = new FakeGitHub(place);
    place.file("Pulumi.staging.yaml", BOOTSTRAPPED);
    previews(SAME);
  }

  @AfterEach
  void stop() {
    github.close();
  }

  private void previews(String steps) {
    place.fakeEngine("preview", "cat <<'JSON'\n{\"steps\": [%s]}\nJSON".formatted(steps));
  }

  @Test
  void aStackThatIsAsItsFileSaysNeedsNoIssue() {
    var ended = place.run("drift.sh", "--issue");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output()).contains("| staging | as described | 5 h old | ok, 2026-11-15 |");
    assertThat(github.issues).isEmpty();
    place.fakeEngine("preview", "echo '{\"changeSummary\": {\"same\": 3}}'");
    assertThat(place.run("drift.sh").exit()).as("the engine leaves out what stays").isZero();
    place.fakeEngine("preview", "echo '{}'");
    assertThat(place.run("drift.sh").exit()).as("no preview at all").isEqualTo(1);
  }

  @Test
  void aRefreshIsPartOfThePreview() {
    place.run("drift.sh");

    assertThat(place.calls("pulumi")).singleElement().asString().contains("--refresh");
  }

  @Test
  void driftIsToldInOneIssueUntilItIsGone() {
    previews(SAME + "," + CHANGED);
    assertThat(place.run("drift.sh", "--issue").exit()).isEqualTo(3);
    assertThat(place.run("drift.sh", "--issue").exit()).isEqualTo(3);

    assertThat(github.issues).hasSize(1);
    assertThat(github.issues.get(100).get("body").getAsString())
        .contains("**1 differ**", "- update aws:ec2/eip:Eip **address**: tags")
        .doesNotContain("erpnext-network");

    previews(SAME);
    assertThat(place.run("drift.sh", "--issue").exit()).isZero();
    assertThat(github.issues.get(100).get("state").getAsString()).isEqualTo("closed");
  }

  @Test
  void aStackThatCannotBeLookedAtIsNoStackInOrder() {
    place.fakeEngine("preview", "echo 'error: AccessDenied' >&2; exit 255");

    var ended = place.run("drift.sh", "--issue");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(github.issues.get(100).get("body").getAsString())
        .contains("could not be looked at", "AccessDenied");
  }

  @Test
  void whoMayNotCommandTheHostsReadsTheirMetrics() {
    place
        .fakeScript("status.sh", "exit 30")
        .fake(
            "aws cloudwatch get-metric-statistics",
            "case $* in *BackupAgeHours*) echo 7.0 ;; *) echo 0.0 ;; esac");
    assertThat(place.run("drift.sh").output()).contains("| 7 h old | **failed** |");

    place.fake("aws cloudwatch get-metric-statistics", "echo None");
    assertThat(place.run("drift.sh").output()).contains("| not known | not known |");
  }

  @Test
  void aStackThatWasNeverBootstrappedIsNamed() {
    place.file("Pulumi.staging.yaml", BOOTSTRAPPED.substring(BOOTSTRAPPED.indexOf("config")));

    var ended = place.run("drift.sh");

    assertThat(ended.exit()).isZero();
    assertThat(ended.output()).contains("| staging | not bootstrapped |");
    assertThat(place.calls("pulumi")).isEmpty();
  }
}
