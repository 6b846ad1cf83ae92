package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DriftTest {
  private static final String BOOTSTRAPPED =
      "secretsprovider: awskms://alias/slipway?region=us-east-1\nencryptedkey: a2V5\n"
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
            .signedIn("arn:aws:sts::123456789012:assumed-role/drift/1")
            .fake("aws s3api list-objects-v2", "echo None")
            .fake("aws s3api head-object", "echo 2026-11-21T00:00:00+00:00")
            .fake("aws kms decrypt", "echo key")
            .with("PULUMI_BACKEND_URL", "s3://slipway-state?region=us-east-1&awssdk=v2");
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
  void whatTheEngineSaysStaysInItsBlock() {
    place.fakeEngine(
        "preview", "printf 'error: a\\n```\\n# All is well @everybody\\n' >&2; exit 255");

    assertThat(place.run("drift.sh", "--issue").exit()).isEqualTo(1);
    assertThat(github.issues.get(100).get("body").getAsString())
        .contains("```\nerror: a\n'''\n# All is well @everybody\n```\n");
  }

  @Test
  void whoMayNotCommandTheHostsReadsTheirMetrics() {
    place
        .fakeScript("status.sh", "exit 30")
        .fake(
            "aws cloudwatch get-metric-statistics",
            "case $* in *BackupAgeHours*) echo 7.0 ;; *) echo 0.0 ;; esac");
    var ended = place.run("drift.sh");
    assertThat(ended.output()).contains("| 7 h old | **failed** |");
    assertThat(ended.exit()).isEqualTo(3);

    place.fake("aws cloudwatch get-metric-statistics", "echo None");
    ended = place.run("drift.sh");
    assertThat(ended.output()).contains("| not known | not known |");
    assertThat(ended.exit()).as("a stopped instance").isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"ageHours\": 49}; {\"outcome\": \"ok\", \"at\": \"1\"}; the newest backup is 49 h old",
        "{\"ageHours\": null}; {\"outcome\": \"ok\", \"at\": \"1\"}; there is no backup",
        "null; null; there is no backup",
        "{\"ageHours\": 48}; {\"outcome\": \"failed\", \"at\": \"1\"}; the last drill failed",
      })
  void missingBackupsAndFailedDrillsAreTold(String backup, String drill, String told) {
    place.fakeScript(
        "status.sh", "echo '{\"backup\": %s, \"drill\": %s}'".formatted(backup, drill));

    var ended = place.run("drift.sh", "--issue");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(3);
    assertThat(github.issues.get(100).get("body").getAsString())
        .contains("| as described |", "### staging", "- " + told);
  }

  @Test
  void whoCannotReadTheStateIsToldWhy() {
    place.fake(
        "aws kms decrypt",
        "echo 'An error occurred (DisabledException) when calling the Decrypt operation' >&2; exit 254");

    var ended = place.run("drift.sh");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).contains("is disabled or about to be deleted");
    assertThat(place.calls("pulumi")).isEmpty();
  }

  @Test
  void theStateIsInTheRegionThatItsVariableNames() {
    place
        .with("PULUMI_BACKEND_URL", "")
        .with("PULUMI_STATE_BUCKET", "slipway-state")
        .with("PULUMI_STATE_REGION", "eu-west-1")
        .with("AWS_REGION", "us-east-1");

    assertThat(place.run("drift.sh").exit()).isZero();

    assertThat(place.calls("aws s3api head-object"))
        .singleElement()
        .asString()
        .contains("--region eu-west-1 --bucket slipway-state");
  }

  @Test
  void whoHoldsTheStackIsNamed() {
    place
        .fake(
            "aws s3api list-objects-v2",
            """
            case $* in
              *locks*) echo .pulumi/locks/organization/slipway/staging/1-2-3.json ;;
              *) printf '.slipway/runs/staging/run.json\\t%s\\n' "$(date -u +%Y-%m-%dT%H:%M:%S+00:00)" ;;
            esac""")
        .fake(
            "aws s3api get-object",
            """
            for word in "$@"; do
              case $word in
                *locks*) text='{"pid": 7, "username": "u", "hostname": "h", "timestamp": "t"}' ;;
                *runs*json) text='{"host": "h", "engine": 7, "owner": "maria", "command": "up.sh staging",
                  "url": "", "started": "2026-11-21T00:00:00Z", "machine": "m", "every": 20}' ;;
              esac
            done
            file=$(sed -E 's/.*--key [^ ]+ ([^ ]+) .*/\\1/' <<<"$* ")
            printf '%s' "$text" >"$file"
            """);

    var ended = place.run("drift.sh");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output())
        .containsPattern(
            "as described; held by maria, up.sh staging, since .*; alive, .*; may be out of date");
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
