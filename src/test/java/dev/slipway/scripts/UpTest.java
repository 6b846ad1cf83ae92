package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.StackReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
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
                "echo 'An error occurred (403) when calling the HeadObject operation: Forbidden'"
                    + " >&2; exit 254");
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
  void anInstanceTypeThatItsZoneDoesNotHaveIsRefusedBeforeAnythingIsBegun() {
    place
        .fake("aws s3api head-object", "echo 2026-01-01")
        .fake("aws kms decrypt", "echo key")
        .fake("aws ec2 describe-instance-type-offerings", "printf 'us-east-1b\\tus-east-1c\\n'");

    assertThat(refusal("staging", "--yes"))
        .contains(
            "Pulumi.staging.yaml: t3.medium is not offered in us-east-1a, and is in us-east-1b"
                + " us-east-1c",
            "Nothing was changed.");
    assertThat(place.calls("aws ec2 describe-instance-type-offerings"))
        .singleElement()
        .asString()
        .contains("--region us-east-1", "Values=t3.medium", "availability-zone");

    // A fleet's zones, in both of YAML's ways, and a type that the region doesn't have at all.
    for (String zones : List.of("zones: [b, d]", "zones:\n      - b\n      - d # the fourth")) {
      place.file(
          "Pulumi.staging.yaml",
          FILE.formatted("admin-panel")
              + "  slipway:network:\n    cidr: 10.1.0.0/16\n    "
              + zones
              + "\n    nat: one\n  slipway:hosts: {count: 2, instanceType: m7i.large}\n");
      assertThat(refusal("staging", "--yes"))
          .contains("m7i.large is not offered in us-east-1d, and");
    }
    // A single host of a network of several zones stands in the first.
    for (String zones : List.of("d, b", "b, d")) {
      place.file(
          "Pulumi.staging.yaml",
          FILE.formatted("fastapi")
              + "  slipway:network: {zones: ["
              + zones
              + "]}\n  slipway:host: {instanceType: m7i.large}\n");
      var ended = place.fakeScript("build.sh", "exit 7").run("up.sh", "staging", "--yes");
      assertThat(ended.exit()).as(ended.all()).isEqualTo(zones.startsWith("d") ? 1 : 7);
      assertThat(ended.errors().contains("m7i.large is not offered in us-east-1d, and"))
          .as(ended.all())
          .isEqualTo(zones.startsWith("d"));
    }
    place.file(
        "Pulumi.staging.yaml",
        FILE.formatted("admin-panel") + "  slipway:hosts: {count: 2, instanceType: m7i.large}\n");
    place.fake("aws ec2 describe-instance-type-offerings", "echo None");
    assertThat(refusal("staging", "--yes")).contains("m7i.large is not offered in us-east-1:");
  }

  @Test
  void whereTheOfferingsCannotBeAskedItGoesOnAndSaysSo() {
    place
        .fake("aws s3api head-object", "echo 2026-01-01")
        .fake("aws kms decrypt", "echo key")
        .fakeScript("build.sh", "exit 7")
        .fake(
            "aws ec2 describe-instance-type-offerings",
            "echo 'An error occurred (UnauthorizedOperation) when calling the"
                + " DescribeInstanceTypeOfferings operation: no' >&2; exit 254");

    var ended = place.run("up.sh", "staging", "--yes");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(7);
    assertThat(ended.errors()).contains("can't be asked", "UnauthorizedOperation");
  }

  @Test
  void whereItIsSetOrNothingIsMadeItIsNotAskedFor() {
    place.with("GITHUB_ACTIONS", "true");

    assertThat(refusal("staging", "--dry-run")).contains(STATE);
    place.file(
        "Pulumi.staging.yaml",
        FILE.formatted("erpnext") + "  slipway:identity: {permissionsBoundary: arn}\n");
    assertThat(refusal("staging", "--yes")).contains(STATE);
    place.file("Pulumi.staging.yaml", FILE.formatted("foundation"));
    assertThat(refusal("staging", "--yes")).contains(STATE);
  }

  /** Who holds the stack, and where its state is, is what the tests above are about. */
  private Workplace atWork(String judge) throws IOException {
    Files.writeString(
        place.path("scripts/lib/common.sh"),
        """

need_backend() { :; }
need_account() { :; }
need_state() { :; }
need_free() { :; }
hold() { shift; engine "$@"; }
""",
        StandardOpenOption.APPEND);
    // What the stack files say is known before Java is another one.
    StackReader.read(root, root.resolve("scripts"));
    return place
        .fakeScript("build.sh", ":")
        .fakeScript("tools.sh", ":")
        .fakeEngine("stack export", "echo '{\"deployment\": {}}'")
        .fakeEngine("up", ":")
        .fakeEngine("preview", ":")
        .fake("java", judge);
  }

  @Test
  void whatCannotBeChangedIsRefusedBeforeAnythingIs() throws IOException {
    var ended =
        atWork("echo 'network.cidr: can not be changed' >&2; exit 3")
            .run("up.sh", "staging", "--yes");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(2);
    assertThat(ended.errors()).contains("network.cidr", "nothing was changed");
    assertThat(place.calls("pulumi up")).isEmpty();
    assertThat(place.calls("java"))
        .singleElement()
        .asString()
        .contains("dev.slipway.plan.cli.StandingMain staging", "--state");
  }

  @Test
  void whatCanBeChangedGoesOn() throws IOException {
    var ended = atWork(":").run("up.sh", "staging", "--yes");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("pulumi up --yes")).hasSize(1);
  }

  /** As the pages have it for a machine or a database that is lost. */
  @Test
  void wordsAfterTwoDashesAreTheEngines() throws IOException {
    var ended = atWork(":").run("up.sh", "staging", "--yes", "--", "--refresh");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("pulumi up --yes")).singleElement().asString().contains(" --refresh");
    for (var page :
        List.of("systems/fastapi.md", "runbooks/database.md", "runbooks/lost-machine.md")) {
      assertThat(Files.readString(Path.of("docs", page)))
          .as(page)
          .containsPattern("`?\\./slipway up [A-Za-z-]+ -- --refresh");
    }
  }

  @Test
  void aStateThatCannotBeReadChangesNothing() throws IOException {
    var ended =
        atWork(":")
            .fakeEngine("stack export", "echo 'error: no such bucket' >&2; exit 255")
            .run("up.sh", "staging", "--yes");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.errors())
        .contains("no such bucket", "the state of staging can't be read. Nothing was changed");
    assertThat(place.calls("pulumi up")).isEmpty();
  }

  @Test
  void aDamagedStateIsCalledSoWithTheWayBack() throws IOException {
    var ended =
        atWork(":").fakeEngine("stack export", Workplace.DAMAGED).run("up.sh", "staging", "--yes");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.errors())
        .contains("the state of staging is damaged", "state-repair", "nothing was changed");
    assertThat(place.calls("pulumi up")).isEmpty();
  }
}
