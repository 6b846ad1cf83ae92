package dev.slipway.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.Context;
import com.pulumi.aws.ec2.Eip;
import com.pulumi.aws.ec2.EipArgs;
import com.pulumi.aws.ec2.Instance;
import com.pulumi.aws.ec2.InstanceArgs;
import com.pulumi.aws.ec2.Vpc;
import com.pulumi.aws.ec2.VpcArgs;
import com.pulumi.core.Output;
import com.pulumi.core.TypeShape;
import com.pulumi.core.annotations.Import;
import com.pulumi.deployment.Deployment;
import com.pulumi.resources.CustomResource;
import com.pulumi.resources.InvokeArgs;
import com.pulumi.resources.ResourceArgs;
import dev.slipway.core.Json;
import dev.slipway.plan.engine.EngineServer;
import dev.slipway.plan.engine.OfflineEngine;
import dev.slipway.plan.fixture.TinyProgram;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.ResourceNames;
import dev.slipway.plan.report.Describe;
import dev.slipway.plan.report.JsonReport;
import dev.slipway.plan.report.TextReport;
import dev.slipway.plan.rules.Finding;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PlanTest {

  private static final Map<String, String> CONFIG =
      Map.of(
          "aws:region", "eu-central-1", "tiny:cidr", "10.0.0.0/16", "slipway:cidr", "10.0.0.0/16");

  private static Plan plan(Consumer<Context> program) {
    return Plan.of("tiny", "dev", CONFIG, (config, secretKeys) -> program);
  }

  private static Resource named(Plan plan, String name) {
    return plan.graph().resources().stream()
        .filter(resource -> resource.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void recordsTheTree() {
    var plan = plan(TinyProgram::stack);
    var vpc = named(plan, "network-vpc");
    var room = named(plan, "network");

    assertThat(plan.problems()).isEmpty();
    assertThat(vpc.urn())
        .isEqualTo("urn:pulumi:dev::tiny::tiny:network:Room$aws:ec2/vpc:Vpc::network-vpc");
    assertThat(vpc.parent()).isEqualTo(room.urn());
    assertThat(vpc.custom()).isTrue();
    assertThat(room.custom()).isFalse();
    assertThat(room.parent()).isEqualTo(plan.graph().root().orElseThrow().urn());
    assertThat(named(plan, "network-address").protect()).isTrue();
    assertThat(vpc.protect()).isFalse();
  }

  @Test
  void recordsWhoNeedsWhom() {
    var plan = plan(TinyProgram::stack);
    var vpc = named(plan, "network-vpc");
    var subnet = named(plan, "network-public");

    assertThat(subnet.dependencies()).containsExactly(vpc.urn());
    assertThat(subnet.propertyDependencies()).containsEntry("vpcId", List.of(vpc.urn()));
    assertThat(subnet.inputs()).containsEntry("vpcId", vpc.id());
    assertThat(plan.graph().follow(subnet, "vpcId")).contains(vpc);
  }

  @Test
  void addsTheProvidersTags() {
    assertThat(named(plan(TinyProgram::stack), "network-vpc").value("tagsAll"))
        .isEqualTo(
            Map.of(
                "Project",
                "tiny",
                "Environment",
                "dev",
                "ManagedBy",
                "pulumi",
                "System",
                "tiny",
                "Name",
                "network"));
  }

  @Test
  void givesOutputsWithSecretsMarked() {
    var outputs = plan(TinyProgram::stack).graph().outputs();

    assertThat((String) outputs.get("address")).startsWith("203.0.113.");
    assertThat(outputs.get("password")).isInstanceOf(PropertyValues.Secret.class);
    assertThat(Describe.shown(outputs.get("password"))).isEqualTo("[secret]");
  }

  @Test
  void isTheSameEveryTime() {
    assertThat(new JsonReport(plan(TinyProgram::stack)).text())
        .isEqualTo(new JsonReport(plan(TinyProgram::stack)).text());
  }

  @Test
  void givesTheProgramsOwnWordsWhenItRefusesItsSettings() {
    var plan =
        Plan.of(
            "tiny",
            "dev",
            Map.of("aws:region", "us-east-1"),
            (config, secretKeys) -> TinyProgram::stack);

    assertThat(plan.ok()).isFalse();
    assertThat(plan.problems())
        .containsExactly("Pulumi.dev.yaml has 1 problem:\n  cidr: is missing");
  }

  @Test
  void saysWhatBrokeAProgramWithoutItsTrace() {
    var plan =
        plan(
            context -> {
              throw new IllegalStateException("out of order");
            });

    assertThat(plan.problems())
        .hasSize(1)
        .first()
        .asString()
        .contains("IllegalStateException: out of order")
        .contains("SLIPWAY_TRACE=1")
        .doesNotContain("\tat ");
  }

  @Test
  void showsEachSettingThatLooksLikeASecretAndWhyItIsNone() {
    var config = new TreeMap<>(CONFIG);
    config.put("tiny:plain", "{\"tiny.environment.MAP_TOKEN\": \"browsers get it\"}");
    var plan = Plan.of("tiny", "dev", config, (all, secretKeys) -> TinyProgram::stack);

    assertThat(plan(TinyProgram::stack).findings())
        .noneMatch(finding -> finding.rule().equals("plain-text"));
    assertThat(plan.findings())
        .filteredOn(finding -> finding.rule().equals("plain-text"))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.resource()).isEqualTo("tiny.environment.MAP_TOKEN");
              assertThat(finding.accepted()).isEqualTo("browsers get it");
              assertThat(finding.fails()).isFalse();
            });
    assertThat(new TextReport(plan).text().replaceAll("\\s+", " "))
        .contains("plain-text: tiny.environment.MAP_TOKEN looks like", "accepted: browsers get it");
  }

  /** As a binding for an input that the SDK does not have would. */
  private static final class Misspelt extends ResourceArgs {
    @Import(name = "cidrBlok", required = true)
    private final Output<String> cidrBlok = Output.of("10.0.0.0/16");
  }

  @Test
  void refusesATypoInAnInputAndAnUnknownType() {
    var plan =
        plan(
            context -> {
              new CustomResource("aws:ec2/vpc:Vpc", "typo", new Misspelt(), null) {};
              new CustomResource("aws:ec2/vcp:Vcp", "unknown", new Misspelt(), null) {};
            });

    assertThat(plan.ok()).isFalse();
    assertThat(plan.problems())
        .containsExactly(
            "\"unknown\": \"aws:ec2/vcp:Vcp\" is not a type that the SDKs on the class path know; did you mean \"aws:ec2/vpc:Vpc\"?",
            "aws:ec2/vpc:Vpc \"typo\": cidrBlok: is not an input of aws:ec2/vpc:Vpc; did you mean \"cidrBlock\"?");
  }

  @Test
  void refusesTwoResourcesOfOneName() {
    var plan =
        plan(
            context -> {
              new Vpc("twin", VpcArgs.Empty);
              new Vpc("twin", VpcArgs.Empty);
            });

    assertThat(plan.problems())
        .containsExactly(
            "aws:ec2/vpc:Vpc \"twin\": is registered twice; every resource needs a name of its own");
  }

  @Test
  void refusesALookUpThatItHasNoAnswerFor() {
    var plan =
        plan(
            context ->
                Deployment.getInstance()
                    .invokeAsync(
                        "aws:ec2/getElasticIp:getElasticIp",
                        TypeShape.map(String.class, Object.class),
                        InvokeArgs.Empty)
                    .join());

    assertThat(plan.problems())
        .hasSize(1)
        .first()
        .asString()
        .contains("the plan has no answer for the look-up aws:ec2/getElasticIp:getElasticIp");
  }

  @Test
  void leavesWhatItCannotComputeUnknown() {
    var plan =
        plan(
            context -> {
              var machine = new Instance("machine", InstanceArgs.Empty);
              context.export("zone", machine.availabilityZone());
              context.export("password", machine.passwordData());
            });

    assertThat(plan.graph().outputs())
        .containsEntry("zone", "eu-central-1a")
        .containsEntry("password", new PropertyValues.Unknown());
  }

  @Test
  void passesWarningsOn() {
    var plan = plan(context -> context.log().warn("the disk is small"));

    assertThat(plan.ok()).isTrue();
    assertThat(plan.warnings()).containsExactly("the disk is small");
  }

  @Test
  void acceptsRulesByName() {
    Consumer<Context> program = context -> new Eip("address", EipArgs.Empty);
    var config = new TreeMap<>(CONFIG);
    assertThat(Plan.of("tiny", "dev", config, (values, secretKeys) -> program).ok()).isFalse();

    config.put("tiny:accept", "{\"untagged\": \"a test\"}");
    var plan = Plan.of("tiny", "dev", config, (values, secretKeys) -> program);

    assertThat(plan.ok()).isTrue();
    assertThat(plan.findings())
        .filteredOn(finding -> finding.rule().equals("untagged"))
        .singleElement()
        .extracting(Finding::accepted)
        .isEqualTo("a test");
  }

  @Test
  void isWhatAProgramInAJvmOfItsOwnRegisters() throws IOException, InterruptedException {
    var engine =
        new OfflineEngine(
            new ResourceNames("tiny", "dev", "eu-central-1", ResourceNames.EXAMPLE_ACCOUNT));
    try (var server = new EngineServer(engine)) {
      var java = ProcessHandle.current().info().command().orElseThrow();
      var builder =
          new ProcessBuilder(
              java,
              "-XX:TieredStopAtLevel=1",
              "-cp",
              System.getProperty("java.class.path"),
              TinyProgram.class.getName());
      builder
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.INHERIT);
      builder
          .environment()
          .putAll(
              Map.of(
                  "PULUMI_MONITOR", server.address(),
                  "PULUMI_ENGINE", server.address(),
                  "PULUMI_PROJECT", "tiny",
                  "PULUMI_STACK", "dev",
                  "PULUMI_ORGANIZATION", "plan",
                  "PULUMI_DRY_RUN", "true",
                  "PULUMI_CONFIG", Json.compact(CONFIG)));
      var process = builder.start();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    }
    assertThat(engine.resources())
        .containsExactlyInAnyOrderElementsOf(plan(TinyProgram::stack).graph().resources());
  }
}
