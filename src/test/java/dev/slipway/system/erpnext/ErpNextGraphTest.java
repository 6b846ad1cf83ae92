package dev.slipway.system.erpnext;

import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.StackConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What holds for an ERPNext stack as a whole, whichever component a resource comes from. */
class ErpNextGraphTest {
  private static final String BUCKET = "aws:s3/bucketV2:BucketV2";
  private static final String DOCUMENT = "aws:ssm/document:Document";
  private static final String LOG = "aws:cloudwatch/logGroup:LogGroup";
  private static final String PARAMETER = "aws:ssm/parameter:Parameter";

  private static final FakeStack STACK = FakeCloud.stack("staging", StackConfig.erpnext());

  /** Everything that can be asked for, at once. */
  private static final FakeStack RICH =
      FakeCloud.stack(
          "staging",
          StackConfig.erpnext()
              .with("slipway:network.ipv6", true)
              .with("slipway:network.flowLogs", true)
              .with("slipway:host.sshFrom", List.of("198.51.100.0/24"))
              .with(
                  "slipway:host.schedule",
                  Map.of("stop", "0 20 * * MON-FRI", "start", "0 6 * * MON-FRI"))
              .with("slipway:backup.objectLockDays", 14)
              .with("slipway:alerts.email", "ops@example.com")
              .with("slipway:dns.zoneId", "Z0123456789ABCDEFGHIJ"));

  @Test
  void isBuiltFromTheLeastThatAStackFileCanSay() {
    assertThat(STACK.outputs()).containsEntry("url", "https://erp.example.com");
    assertThat(STACK.ingressTo("host"))
        .containsExactlyInAnyOrder(tcp(80).from("0.0.0.0/0"), tcp(443).from("0.0.0.0/0"));
  }

  @Test
  void protectsWhatHoldsDataOrIsKnownToOthers() {
    assertThat(RICH.all())
        .filteredOn(FakeResource::isProtected)
        .extracting(FakeResource::name)
        .containsExactlyInAnyOrder(
            "erpnext-host-data", "erpnext-host-address", "erpnext-backup-bucket-bucket");
  }

  @Test
  void leavesNothingBehindThatTheProgramForgets() {
    assertThat(RICH.all()).noneMatch(FakeResource::isRetainedOnDelete);
  }

  @Test
  void makesNoSecret() {
    assertThat(RICH.all())
        .noneMatch(resource -> resource.type().matches("(random|tls):.*|aws:secretsmanager/.*"));
    assertThat(RICH.all(PARAMETER))
        .allSatisfy(parameter -> assertThat(parameter.input("type")).isEqualTo("String"));
  }

  @Test
  void leavesTheDesiredReleaseToItsHosts() {
    assertThat(RICH.all(PARAMETER))
        .extracting(parameter -> parameter.text("name"))
        .containsExactly("/slipway/staging/host");
  }

  @Test
  void tagsEverythingThatCanBeTaggedWithANameOfItsOwn() {
    var taggable = RICH.all().stream().filter(FakeResource::isTaggable).toList();

    assertThat(taggable)
        .hasSizeGreaterThan(30)
        .allSatisfy(
            resource ->
                assertThat(resource.tags())
                    .as(resource.name())
                    .containsEntry("Project", "erpnext")
                    .containsEntry("Environment", "staging")
                    .containsEntry("ManagedBy", "pulumi")
                    .containsEntry("System", "erpnext")
                    .containsKey("Name"));
    assertThat(taggable)
        .extracting(resource -> resource.tags().get("Name"))
        .doesNotHaveDuplicates();
  }

  @Test
  void tagsTheDiskThatTheMachineBringsWithIt() {
    assertThat(RICH.only("aws:ec2/instance:Instance").input("rootBlockDevice.tags"))
        .isEqualTo(Map.of("Name", "staging-erpnext-host-root"));
  }

  @Test
  void isTheSameEveryTime() {
    var again = FakeCloud.named("staging").run(StackConfig.erpnext());

    assertThat(inputs(again)).isEqualTo(inputs(STACK));
  }

  private static Map<String, Map<String, Object>> inputs(FakeStack stack) {
    return stack.all().stream().collect(Collectors.toMap(Objects::toString, FakeResource::inputs));
  }

  @Test
  void sharesNoNameWithAnotherStack() {
    var production = FakeCloud.stack("production", StackConfig.erpnext());

    for (var type : List.of(DOCUMENT, PARAMETER, LOG)) {
      assertThat(texts(production, type, "name"))
          .as(type)
          .isNotEmpty()
          .doesNotContainAnyElementsOf(texts(STACK, type, "name"));
    }
    assertThat(production.arnOf("host")).isNotEqualTo(STACK.arnOf("host"));
  }

  @Test
  void canBeMadeAgainBesideWhatWasLeftOfIt() {
    // A bucket that survived, or a role that AWS still remembers, has its name already.
    assertThat(texts(RICH, BUCKET, "bucketPrefix"))
        .containsExactlyInAnyOrder("slipway-staging-backup-", "slipway-staging-artifacts-");
    assertThat(RICH.all(BUCKET)).allMatch(bucket -> bucket.input("bucket") == null);
    for (var type :
        List.of(
            "aws:iam/role:Role",
            "aws:iam/instanceProfile:InstanceProfile",
            "aws:sns/topic:Topic",
            "aws:ec2/securityGroup:SecurityGroup")) {
      assertThat(RICH.all(type)).isNotEmpty().allMatch(made -> made.input("name") == null);
    }
  }

  private static List<String> texts(FakeStack stack, String type, String input) {
    return stack.all(type).stream().map(each -> each.text(input)).toList();
  }
}
