package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What up.sh refuses before it begins; the rehearsal has it bring stacks up. */
class UpTest {
  private static final String FILE =
      """
      secretsprovider: awskms://alias/slipway?region=us-east-1
      encryptedkey: a2V5
      config:
        aws:region: us-east-1
        slipway:system: %s
      """;
  private static final String STATE = "looking for the state of staging";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place =
        new Workplace(root)
            .with("PULUMI_BACKEND_URL", "s3://the-state?region=us-east-1")
            .signedIn("arn:aws:sts::123456789012:assumed-role/deploy/1")
            // It begins by looking for the state, and is refused that.
            .fake("aws s3api list-objects-v2", "echo None")
            .fake(
                "aws s3api head-object",
                "echo 'An error occurred (403) when calling the HeadObject operation: Forbidden' >&2;"
                    + " exit 254");
    place.file("Pulumi.staging.yaml", FILE.formatted("erpnext"));
  }

  private String refusal(String... words) {
    var ended = place.run("up.sh", words);
    assertThat(ended.exit()).as(ended.all()).isEqualTo(1);
    return ended.errors();
  }

  @Test
  void aWorkflowNeedsTheBoundaryOfTheStacksRoles() {
    assertThat(refusal("staging", "--yes")).contains(STATE);

    place.with("GITHUB_ACTIONS", "true");
    assertThat(refusal("staging", "--yes"))
        .contains(
            "slipway:identity.permissionsBoundary is missing",
            "pulumi config set -s staging --path slipway:identity.permissionsBoundary"
                + " arn:aws:iam::123456789012:policy/slipway/github/slipway-boundary-staging",
            "Nothing was changed.");
    assertThat(place.calls("aws s3api")).hasSize(2);
  }

  @Test
  void whereItIsSetOrNothingIsMadeItIsNotAskedFor() {
    place.with("GITHUB_ACTIONS", "true");

    assertThat(refusal("staging", "--preview")).contains(STATE);
    place.file(
        "Pulumi.staging.yaml",
        FILE.formatted("erpnext") + "  slipway:identity: {permissionsBoundary: arn}\n");
    assertThat(refusal("staging", "--yes")).contains(STATE);
    place.file("Pulumi.staging.yaml", FILE.formatted("foundation"));
    assertThat(refusal("staging", "--yes")).contains(STATE);
  }
}
