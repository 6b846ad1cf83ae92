package dev.slipway.system.erpnext;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.Main;
import dev.slipway.core.Stack;
import dev.slipway.system.Systems;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.Staging;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ErpNextTest {
  private final FakeStack stack = Staging.stack();

  private static JsonObject settingsJson(StackConfig config) {
    var settings = Main.settings(config.values(), "staging");
    var files = Systems.bundle(settings.stack(), (Record) settings.system()).files();
    return JsonParser.parseString(new String(files.get("settings.json"), StandardCharsets.UTF_8))
        .getAsJsonObject();
  }

  @Test
  void saysWhereItIsAndHowToGetIn() {
    var instance = stack.only("aws:ec2/instance:Instance").output("id");

    assertThat(stack.outputs())
        .containsOnlyKeys("url", "publicIp", "instanceId", "session", "backupBucket", "dnsRecord")
        .containsEntry("url", "https://erp.example.com")
        .containsEntry("publicIp", stack.only("aws:ec2/eip:Eip").output("publicIp"))
        .containsEntry("instanceId", instance)
        .containsEntry("session", "aws ssm start-session --region us-east-1 --target " + instance);
  }

  @Test
  void tellsTheHostHowLongAnUploadMayTake() {
    assertThat(
            settingsJson(Staging.config())
                .getAsJsonObject("compose")
                .get("uploadSeconds")
                .getAsInt())
        .isEqualTo(600);
  }

  @Test
  void isMadeByAProviderThatNamesRegionAndTags() {
    var provider = stack.only("pulumi:providers:aws");

    assertThat(provider.input("region")).isEqualTo("us-east-1");
    assertThat(stack.all())
        .filteredOn(resource -> resource.type().startsWith("aws:"))
        .isNotEmpty()
        .allSatisfy(resource -> assertThat(resource.provider()).isEqualTo(provider.name()));
  }

  @Test
  void tagsEverything() {
    assertThat(stack.all())
        .filteredOn(resource -> resource.type().startsWith("aws:") && resource.isTaggable())
        .isNotEmpty()
        .allSatisfy(
            resource ->
                assertThat(resource.tags())
                    .as(resource.name())
                    .containsEntry("Project", "erp")
                    .containsEntry("Environment", "staging")
                    .containsEntry("ManagedBy", "pulumi")
                    .containsEntry("System", "erpnext")
                    .containsEntry("Owner", "ops")
                    .containsKey("Name"));
  }

  @Test
  void isATreeOfComponents() {
    assertThat(stack.all())
        .filteredOn(resource -> resource.type().startsWith("slipway:"))
        .extracting(resource -> resource.type() + " " + resource.parent())
        .contains(
            "slipway:system:ErpNext ",
            "slipway:network:Network erpnext",
            "slipway:identity:ServiceRole erpnext-identity",
            "slipway:host:Host erpnext",
            "slipway:storage:PrivateBucket erpnext-backup",
            "slipway:release:Release erpnext");
    assertThat(stack.all())
        .filteredOn(resource -> resource.type().startsWith("aws:"))
        .allSatisfy(resource -> assertThat(resource.parent()).startsWith("erpnext-"));
  }

  @Test
  void tellsItsHostWhatToRun() {
    var json = settingsJson(Staging.config());
    var compose = json.getAsJsonObject("compose");

    assertThat(json.get("stack").getAsString()).isEqualTo("staging");
    assertThat(json.get("system").getAsString()).isEqualTo("erpnext");
    assertThat(json.get("runtime").getAsString()).isEqualTo("compose");
    assertThat(compose.getAsJsonObject("source").get("commit").getAsString())
        .isEqualTo("3061850feface8fbbad15b5dc08a110c596107cb");
    assertThat(compose.getAsJsonArray("files"))
        .extracting(file -> file.getAsString())
        .containsExactly(
            "compose.yaml",
            "overrides/compose.mariadb.yaml",
            "overrides/compose.mariadb-secrets.yaml",
            "overrides/compose.redis.yaml",
            "overrides/compose.https.yaml");
    assertThat(compose.getAsJsonObject("image").get("name").getAsString())
        .isEqualTo("frappe/erpnext");
    assertThat(json.getAsJsonObject("host").toString())
        .as("of the machine what hosts need alone")
        .isEqualTo("{\"ami\":{\"architecture\":\"x86_64\"}}");
    assertThat(compose.getAsJsonObject("database").get("host").isJsonNull()).isTrue();
    assertThat(json.get("seed").getAsString()).isEqualTo("v16.32.3");
    assertThat(json.getAsJsonArray("sites").get(0).toString())
        .isEqualTo("{\"apps\":[\"erpnext\"],\"name\":\"erp.example.com\",\"proxied\":false}");
    assertThat(json.getAsJsonObject("parameters").toString())
        .isEqualTo(
            "{\"desired\":\"/slipway/staging/release/desired\",\"prefix\":\"/slipway/staging\","
                + "\"secrets\":\"/slipway/staging/secrets\"}");
  }

  @Test
  void takesCertificatesFromTheServerOfTheSettings() {
    var server = "https.server";

    assertThat(settingsJson(Staging.config()).getAsJsonObject("https").get("server").getAsString())
        .isEqualTo("https://acme-staging-v02.api.letsencrypt.org/directory");
    assertThat(
            settingsJson(Staging.config().with("slipway:https.stagingCa", false))
                .getAsJsonObject("https")
                .get("server")
                .getAsString())
        .isEqualTo("https://acme-v02.api.letsencrypt.org/directory");
    assertThat(
            settingsJson(Staging.config().with("slipway:" + server, "https://pebble:14000/dir"))
                .getAsJsonObject("https")
                .get("server")
                .getAsString())
        .isEqualTo("https://pebble:14000/dir");
  }

  @Test
  void namesSecretsAndHoldsNone() {
    var json =
        settingsJson(
            Staging.config()
                .with("slipway:application.repository", "https://github.com/example/erp-app")
                .with("slipway:application.token", "git-token")
                .without("slipway:release.seed"));

    assertThat(json.getAsJsonObject("application").toString())
        .isEqualTo(
            "{\"branch\":\"develop\",\"deployKey\":null,"
                + "\"repository\":\"https://github.com/example/erp-app\",\"token\":\"git-token\"}");
    assertThat(json.get("seed").getAsString()).isEqualTo("develop");
  }

  @Test
  void runsInEveryPartition() {
    var china =
        Staging.stack(
            Staging.config()
                .with("aws:region", "cn-north-1")
                .with("slipway:host.ami.region", "cn-north-1"));

    assertThat(china.only("aws:iam/rolePolicyAttachment:RolePolicyAttachment").text("policyArn"))
        .startsWith("arn:aws-cn:iam::aws:policy/");
    assertThat(new Stack("a", "b", "cn-north-1", Map.of()).partition()).isEqualTo("aws-cn");
  }
}
