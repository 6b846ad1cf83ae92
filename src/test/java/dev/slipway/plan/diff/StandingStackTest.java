package dev.slipway.plan.diff;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.Context;
import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.ec2.Subnet;
import com.pulumi.aws.ec2.SubnetArgs;
import com.pulumi.aws.ec2.Vpc;
import com.pulumi.aws.ec2.VpcArgs;
import com.pulumi.aws.iam.Role;
import com.pulumi.aws.iam.RoleArgs;
import com.pulumi.aws.iam.RolePolicy;
import com.pulumi.aws.iam.RolePolicyArgs;
import dev.slipway.Main;
import dev.slipway.core.Json;
import dev.slipway.plan.Plan;
import dev.slipway.plan.cli.StandingMain;
import dev.slipway.plan.preview.LossGuard;
import dev.slipway.plan.preview.Preview;
import dev.slipway.plan.report.Describe;
import dev.slipway.plan.report.SavedPlan;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.TestSources;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a change would take with it, and what a stack that is there can't take. */
class StandingStackTest {

  private static Plan plan(String stack, StackConfig config) {
    var plan = Plan.of("slipway", stack, config.values(), Main::stack);
    assertThat(plan.problems()).isEmpty();
    return plan;
  }

  private static PlanDiff diff(String stack, StackConfig before, StackConfig after) {
    return PlanDiff.between(SavedPlan.of(plan(stack, before)), SavedPlan.of(plan(stack, after)));
  }

  private static PlanDiff tiny(Consumer<Context> before, Consumer<Context> after) {
    var region = Map.of("aws:region", "us-east-1");
    return PlanDiff.between(
        SavedPlan.of(Plan.of("tiny", "dev", region, (config, secrets) -> before)),
        SavedPlan.of(Plan.of("tiny", "dev", region, (config, secrets) -> after)));
  }

  private static List<String> replaced(PlanDiff diff) {
    return diff.resources().stream()
        .filter(change -> !change.replacedBy().isEmpty())
        .map(PlanDiff.ResourceChange::name)
        .toList();
  }

  private static List<String> refused(PlanDiff diff) {
    return diff.refusals().stream().map(StandingStack.Refusal::setting).toList();
  }

  // --- what is replaced because something else is

  @Test
  void anotherNetworkTakesWithItAllThatIsInIt() {
    var file = StackConfig.file("staging");
    var diff = diff("staging", file, file.with("slipway:network.cidr", "10.99.0.0/16"));

    assertThat(replaced(diff))
        .contains(
            "network-vpc",
            "network-public",
            "network-routes",
            "host-group",
            "host-interface",
            "host-machine",
            "host-attachment");
    // What is beside the network isn't touched.
    assertThat(replaced(diff)).doesNotContain("host-volume", "backup-bucket", "host-address");
    assertThat(diff.summary()).contains("17 of them replaced");
    assertThat(new DiffText(diff).text())
        .contains("because of networkInterfaces (host-interface is replaced)");
  }

  @Test
  void anotherNetworkOfAFleetTakesItsGroupsAndTargetsWithIt() {
    var file = StackConfig.file("admin-prod");
    var diff = diff("admin-prod", file, file.with("slipway:network.cidr", "10.99.0.0/16"));

    assertThat(replaced(diff))
        .contains("network-vpc", "database-group", "cache-group", "hosts-group")
        .anyMatch(name -> name.startsWith("network-nat-"))
        .anyMatch(name -> name.startsWith("balancer-"));
  }

  private static Consumer<Context> named(String path, String logs) {
    return context -> {
      var role =
          new Role(
              "role", RoleArgs.builder().name("given").path(path).assumeRolePolicy("{}").build());
      new RolePolicy("policy", RolePolicyArgs.builder().role(role.name()).policy("{}").build());
      var log = new LogGroup("log", LogGroupArgs.builder().name(logs).build());
      new Subnet("far", SubnetArgs.builder().vpcId(log.arn()).cidrBlock("10.0.0.0/24").build());
    };
  }

  @Test
  void aNameThatTheProgramGivesStaysWhatItIs() {
    assertThat(replaced(tiny(named("/a/", "/log"), named("/b/", "/log")))).containsExactly("role");
  }

  @Test
  void whatAwsGivesDoesNot() {
    assertThat(replaced(tiny(named("/a/", "/log"), named("/a/", "/other"))))
        .containsExactlyInAnyOrder("log", "far");
  }

  @Test
  void aDiskIsNotLostWithoutTheGateSeeingIt() {
    Consumer<Context> before =
        context -> {
          var vpc = new Vpc("vpc", VpcArgs.builder().cidrBlock("10.0.0.0/16").build());
          new com.pulumi.aws.efs.FileSystem(
              "files", com.pulumi.aws.efs.FileSystemArgs.builder().creationToken(vpc.id()).build());
        };
    Consumer<Context> after =
        context -> {
          var vpc = new Vpc("vpc", VpcArgs.builder().cidrBlock("10.1.0.0/16").build());
          new com.pulumi.aws.efs.FileSystem(
              "files", com.pulumi.aws.efs.FileSystemArgs.builder().creationToken(vpc.id()).build());
        };
    var diff = tiny(before, after);

    assertThat(new LossGuard("dev", List.of(), List.of()).losses(diff))
        .singleElement()
        .matches(loss -> loss.name().equals("files") && loss.operation().equals("replaced"));
  }

  // --- what a stack that is there can't take

  @ParameterizedTest
  @CsvSource({
    "staging, network.cidr, 10.99.0.0/16, network.cidr",
    "staging, network.zone, b, network.zone",
    "staging, host.dataVolumeGiB, 30, host.dataVolumeGiB",
    "admin-qa, network.cidr, 10.99.0.0/16, network.cidr",
    "fastapi-prod, network.cidr, 10.99.0.0/20, network.cidr",
    "admin-prod, database.storageGiB, 50, ''",
    "admin-prod, database.name, other, database.name",
    "admin-prod, database.version, 16, ''",
    "admin-prod, cache.version, 7.0, cache.version",
    "admin-prod, hosts.count, 3, ''",
    "staging, host.dataVolumeGiB, 80, ''",
    "staging, host.instanceType, t3.large, ''"
  })
  void refusesBySettingWhatCannotBeChanged(
      String stack, String setting, String value, String expected) {
    var file = StackConfig.file(stack);
    Object typed =
        value.matches("[0-9]+") && !setting.endsWith("version") ? Integer.valueOf(value) : value;

    assertThat(refused(diff(stack, file, file.with("slipway:" + setting, typed))))
        .isEqualTo(expected.isEmpty() ? List.of() : List.of(expected));
  }

  @Test
  void refusesAnOlderDatabaseASmallerDiskAndAZoneLess() {
    var file = StackConfig.file("admin-prod");
    var newer =
        file.with("slipway:database.version", "16")
            .with("slipway:database.storageGiB", 100)
            .with("slipway:database.maxStorageGiB", 500);

    assertThat(refused(diff("admin-prod", newer, file)))
        .containsExactlyInAnyOrder("database.version", "database.storageGiB");
    assertThat(
            refused(
                diff("admin-prod", file, file.with("slipway:network.zones", List.of("a", "c")))))
        .containsExactly("network.zones");
    assertThat(
            refused(
                diff(
                    "admin-prod",
                    file,
                    file.with("slipway:network.zones", List.of("a", "b", "c")))))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fastapi-dev", "fastapi-prod", "grocery-dev", "grocery-prod"})
  void refusesAZoneLessWhateverTheLayout(String stack) {
    var file = StackConfig.file(stack);

    assertThat(refused(diff(stack, file, file.with("slipway:network.zones", List.of("a", "c")))))
        .contains("network.zones");
  }

  @Test
  void refusesToTakeTheSubnetsOfADatabaseAwayByTheirSetting() {
    var file = StackConfig.file("grocery-prod");

    assertThat(refused(diff("grocery-prod", file, file.with("slipway:network.dataSubnets", false))))
        .containsExactly("network.dataSubnets");
  }

  /** The database is in the subnets for data, which stay. */
  @Test
  void hostsMayLeaveTheirPrivateSubnets() {
    var open = StackConfig.file("fastapi-prod");
    var closed = open.with("slipway:network.nat", "one");

    assertThat(refused(diff("fastapi-prod", closed, open))).doesNotContain("network.zones");
  }

  @Test
  void saysWhichWayLeadsThere() {
    var file = StackConfig.file("staging");
    var diff = diff("staging", file, file.with("slipway:network.cidr", "10.99.0.0/16"));

    assertThat(new DiffText(diff).text())
        .contains(
            "network.cidr: cidrBlock can't go from 10.20.0.0/16 to 10.99.0.0/16 of network-vpc",
            "make a stack of another name beside this one");
    assertThat(new DiffMarkdown(diff).text()).contains("network.cidr");
    assertThat(new DiffJson(diff).text()).contains("\"refused\"", "network.cidr");
  }

  @Test
  void twoStacksMayDiffer() {
    assertThat(
            PlanDiff.between(
                    SavedPlan.of(plan("admin-qa", StackConfig.file("admin-qa"))),
                    SavedPlan.of(plan("admin-prod", StackConfig.file("admin-prod"))))
                .refusals())
        .isEmpty();
  }

  @Test
  void theEnginesPreviewIsReadTheSameWay() {
    var digest =
        """
{"steps": [
  {"op": "create-replacement", "urn": "urn:pulumi:dev::slipway::a$aws:ec2/vpc:Vpc::x-vpc",
   "oldState": {"inputs": {"cidrBlock": "10.0.0.0/16"}}, "newState": {"inputs": {"cidrBlock": "10.1.0.0/16"}}},
  {"op": "delete-replaced", "urn": "urn:pulumi:dev::slipway::a$aws:ec2/vpc:Vpc::x-vpc",
   "oldState": {"inputs": {"cidrBlock": "10.0.0.0/16"}}},
  {"op": "update", "urn": "urn:pulumi:dev::slipway::a$aws:rds/instance:Instance::x-db",
   "oldState": {"inputs": {"engineVersion": "16.4"}}, "newState": {"inputs": {"engineVersion": "15"}}},
  {"op": "update", "urn": "urn:pulumi:dev::slipway::a$aws:rds/instance:Instance::x-other",
   "oldState": {"inputs": {"engineVersion": "15"}}, "newState": {"inputs": {"engineVersion": "15.7"}}}
]}
""";

    assertThat(Preview.read(digest).refusals())
        .extracting(StandingStack.Refusal::setting)
        .containsExactly("network.cidr", "database.version");
  }

  // --- before an update

  @TempDir Path folder;

  private String asked(Map<String, Object> deployment) throws Exception {
    for (var name : List.of("Pulumi.yaml", "Pulumi.staging.yaml")) {
      Files.copy(TestSources.project().resolve(name), folder.resolve(name));
    }
    var state = Files.writeString(folder.resolve("state.json"), Json.compact(deployment));
    var said = new ByteArrayOutputStream();
    int status =
        StandingMain.run(
            List.of("staging", "--folder", folder.toString(), "--state", state.toString()),
            new PrintStream(said),
            Main::stack);
    return status + " " + said;
  }

  private static Map<String, Object> deployment(Plan plan) {
    var resources = new ArrayList<Map<String, Object>>();
    for (var resource : plan.graph().resources()) {
      var entry = new LinkedHashMap<String, Object>();
      entry.put("urn", resource.urn());
      entry.put("type", resource.type());
      entry.put("inputs", Describe.shown(resource.inputs()));
      resources.add(entry);
    }
    return Map.of("deployment", Map.of("resources", resources));
  }

  @Test
  void isAskedBeforeAnUpdate() throws Exception {
    var other = StackConfig.file("staging").with("slipway:network.cidr", "10.99.0.0/16");

    assertThat(asked(deployment(plan("staging", other))))
        .startsWith("3 staging is there already, and can't take this:")
        .contains("network.cidr: cidrBlock can't go from 10.99.0.0/16 to 10.20.0.0/16");
  }

  @Test
  void letsAnUpdateGoOnThatChangesNothingOfThat() throws Exception {
    assertThat(asked(deployment(plan("staging", StackConfig.file("staging"))))).isEqualTo("0 ");
  }

  @Test
  void letsAStackComeUpThatIsNotThere() throws Exception {
    assertThat(asked(Map.of("deployment", Map.of()))).isEqualTo("0 ");
  }

  /** What is the stack's own is not RDS's again, which would not know of it. */
  @Test
  void aPasswordThatTheStackKeepsIsNotGivenBack() {
    var file = StackConfig.file("admin-prod");
    var replicated = file.with("slipway:database.replica", Map.of());

    assertThat(refused(diff("admin-prod", replicated, file)))
        .containsExactly("database.masterPassword");
    assertThat(
            refused(
                diff(
                    "admin-prod",
                    replicated,
                    file.with("slipway:database.masterPassword", "stack"))))
        .isEmpty();
    assertThat(refused(diff("admin-prod", file, replicated))).isEmpty();
  }

  @Test
  void aReplicaThatGoesIsNoLoss() {
    var file = StackConfig.file("admin-prod").with("slipway:database.masterPassword", "stack");
    var diff = diff("admin-prod", file.with("slipway:database.replica", Map.of()), file);

    assertThat(diff.resources())
        .filteredOn(change -> change.name().endsWith("replica-instance"))
        .hasSize(1);
    assertThat(refused(diff)).isEmpty();
  }
}
