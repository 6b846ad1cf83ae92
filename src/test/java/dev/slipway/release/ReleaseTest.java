package dev.slipway.release;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Staging;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReleaseTest {
  private static final String COMMAND = "command:local:Command";

  private final FakeStack stack = Staging.stack();

  private static FakeResource command(FakeStack stack, String role) {
    return stack.only(COMMAND, role);
  }

  private static String bundle(FakeStack stack) {
    return stack
        .only("aws:s3/bucketObjectv2:BucketObjectv2")
        .text("key")
        .replaceAll("bundles/|[.]tar[.]gz", "");
  }

  private String instance() {
    return String.valueOf(stack.only("aws:ec2/instance:Instance").output("id"));
  }

  @Test
  void configuresTheHostWithItsBundle() {
    assertThat(command(stack, "configure").input("create"))
        .isEqualTo(
            "./scripts/ssm-run.sh --document slipway-staging-configure --instance "
                + instance()
                + " --region us-east-1 --timeout 5400 --parameter bundle="
                + bundle(stack));
  }

  @Test
  void convergesOnTheDesiredReleaseAndNamesNone() {
    assertThat(command(stack, "converge").input("create"))
        .isEqualTo(
            "./scripts/ssm-run.sh --document slipway-staging-release --instance "
                + instance()
                + " --region us-east-1 --timeout 5400 --parameter actor=pulumi");
  }

  @Test
  void runsAgainAndIsNeverReplacedWhenSomethingChanges() {
    for (var command : stack.all(COMMAND)) {
      assertThat(command.input("update")).isEqualTo(command.input("create"));
      assertThat(command.input("triggers")).isNull();
      assertThat(command.input("addPreviousOutputInEnv")).isEqualTo(false);
      assertThat(command.input("environment.SLIPWAY_BUNDLE")).isEqualTo(bundle(stack));
    }
    var changed = Staging.stack(Staging.config().with("slipway:release.seed", "v16.33.0"));
    assertThat(command(changed, "converge").input("environment.SLIPWAY_SEED"))
        .isEqualTo("v16.33.0");
    assertThat(command(changed, "converge").inputs())
        .isNotEqualTo(command(stack, "converge").inputs());
  }

  @Test
  void runsAgainWhenTheHostHasToKnowSomethingElse() {
    var told = stack.only("aws:ssm/parameter:Parameter", "pointer").text("value");

    assertThat(stack.all(COMMAND))
        .allSatisfy(
            command -> assertThat(command.input("environment.SLIPWAY_FACTS")).isEqualTo(told));
  }

  @Test
  void doesNothingWhenItIsRemoved() {
    assertThat(stack.all(COMMAND))
        .hasSize(2)
        .allSatisfy(command -> assertThat(command.input("delete")).isNull());
  }

  @Test
  void waitsForAllThatTheHostUses() {
    var configure = command(stack, "configure");

    assertThat(command(stack, "converge").waitsFor(configure)).isTrue();
    for (var type :
        new String[] {
          "aws:ec2/volumeAttachment:VolumeAttachment",
          "aws:ssm/parameter:Parameter",
          "aws:ec2/instance:Instance",
          "aws:cloudwatch/logGroup:LogGroup"
        }) {
      assertThat(configure.waitsFor(stack.only(type))).as(type).isTrue();
    }
    for (var type :
        new String[] {
          "aws:ssm/document:Document",
          "aws:iam/rolePolicy:RolePolicy",
          "aws:s3/bucketPolicy:BucketPolicy",
          "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
        }) {
      assertThat(stack.all(type))
          .isNotEmpty()
          .allSatisfy(need -> assertThat(configure.waitsFor(need)).as(need.name()).isTrue());
    }
  }

  @Test
  void waitsAsLongAsTheStackSays() {
    var patient = Staging.stack(Staging.config().with("slipway:release.timeoutMinutes", 90));
    var document =
        JsonParser.parseString(
                patient.only("aws:ssm/document:Document", "runbook-release").text("content"))
            .getAsJsonObject();

    assertThat(command(patient, "converge").text("create")).contains("--timeout 7200");
    assertThat(
            document
                .getAsJsonArray("mainSteps")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("inputs")
                .get("timeoutSeconds")
                .getAsString())
        .isEqualTo("7200");
  }

  @Test
  void comesFromThePluginThatTheEngineFetches() {
    assertThat(com.pulumi.command.local.Command.PLUGIN_VERSION).isEqualTo("1.2.1");
  }

  private JsonObject parameter(String verb, String name) {
    var document = stack.only("aws:ssm/document:Document", verb).text("content");
    return JsonParser.parseString(document)
        .getAsJsonObject()
        .getAsJsonObject("parameters")
        .getAsJsonObject(name);
  }

  @Test
  void takesAReleaseOfSeveralAppsAndThePartOfAHost() {
    String ref = parameter("release", "ref").get("allowedPattern").getAsString();

    assertThat("api@sha256:" + "a".repeat(64) + ",web:v2").matches(ref);
    assertThat("api;reboot").doesNotMatch(ref);
    for (String verb : List.of("release", "rollback")) {
      var part = parameter(verb, "part");
      assertThat(part.get("default").getAsString()).as(verb).isEqualTo("whole");
      assertThat("middle").matches(part.get("allowedPattern").getAsString());
      assertThat("all").doesNotMatch(part.get("allowedPattern").getAsString());
    }
  }

  @Test
  void hasADocumentForEachVerb() {
    assertThat(stack.all("aws:ssm/document:Document"))
        .extracting(document -> document.input("name"))
        .containsExactlyInAnyOrder(
            "slipway-staging-configure",
            "slipway-staging-release",
            "slipway-staging-rollback",
            "slipway-staging-rename",
            "slipway-staging-retire",
            "slipway-staging-backup",
            "slipway-staging-restore",
            "slipway-staging-drill",
            "slipway-staging-status");
    assertThat(stack.all("aws:ssm/document:Document"))
        .allSatisfy(
            document -> {
              assertThat(document.input("documentType")).isEqualTo("Command");
              assertThat(document.input("documentFormat")).isEqualTo("JSON");
            });
  }
}
