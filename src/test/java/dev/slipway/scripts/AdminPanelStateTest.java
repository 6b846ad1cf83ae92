package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.StackConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The document's scenarios about the state, by its names: bootstrap.sh and up.sh on the admin
 * panel's own files. Bucket, key and engine are fakes, which keep things where the real ones do;
 * the rehearsal has the real engine on the emulated cloud.
 */
class AdminPanelStateTest {
  private static final String BUCKET = "slipway-state-123456789012-us-east-1";
  private static final String BACKEND = "s3://" + BUCKET + "?region=us-east-1&awssdk=v2";

  private static final String LOCK = ".pulumi/locks/organization/slipway/admin-qa/3f1c.json";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() throws IOException {
    place = new Workplace(root).with("PULUMI_BACKEND_URL", BACKEND).with("GITHUB_ACTOR", "maria");
    for (String name :
        List.of(
            "Pulumi.admin-qa.yaml",
            "Pulumi.admin-prod.yaml",
            "pom.xml",
            "src/main/java/com/pulumi/command/local/Command.java")) {
      place.file(name, Files.readString(Path.of(name)));
    }
    place
        .fakeScript("tools.sh", ":")
        .fakeScript("build.sh", ":")
        .signedIn("arn:aws:iam::123456789012:user/maria")
        .fake(
            "aws s3api",
            Files.readString(Path.of("src/test/resources/dev/slipway/scripts/s3api.sh")))
        .fake(
            "aws kms describe-key",
            "[[ -e $FAKES/key ]] || { echo 'An error occurred (NotFoundException) when calling the"
                + " DescribeKey operation: no' >&2; exit 254; }; echo 1a2b Enabled CUSTOMER")
        .fake("aws kms list-keys", ":")
        .fake("aws kms create-key", "echo 1a2b")
        .fake("aws kms enable-key-rotation", ":")
        .fake("aws kms get-key-rotation-status", "echo True")
        .fake("aws kms create-alias", "touch \"$FAKES/key\"")
        .fake("aws kms decrypt", "echo 1a2b")
        .fakeEngine(
            "login",
            "mkdir -p \"$HOME/.pulumi\"; jq -n --arg url \"$2\" '{current: $url}'"
                + " >\"$HOME/.pulumi/credentials.json\"")
        .fakeEngine("plugin install", "mkdir -p \"$HOME/.pulumi/plugins/resource-$4-v$5\"")
        .fakeEngine(
            "config set",
            "words=$*; stack=${words##* --stack }; sed -i \"s/^config:/config:\\n  $3: '$4'/\""
                + " \"$FAKES/Pulumi.${stack%% *}.yaml\"")
        // What can't be changed on a stack that is there is what another test is about.
        .fakeEngine("stack export", "echo '{}'")
        // All but the reader of stack files.
        .fake(
            "java",
            "[[ $* != *StackFileReader* ]] || exec '"
                + Path.of(System.getProperty("java.home"), "bin/java")
                + "' \"$@\"")
        // It makes the stack's state, and writes into the stack's file how its secrets are kept.
        .fakeEngine(
            "stack init",
            """
words=$* stack=${words##* --stack } stack=${stack%% *}
printf 'secretsprovider: %s\nencryptedkey: a2V5\n' "$4" >>"$FAKES/Pulumi.$stack.yaml"
printf '{}' >"$FAKES/state"
aws s3api put-object --bucket any --key ".pulumi/stacks/slipway/$stack.json" --body "$FAKES/state"
""");
  }

  private Workplace.Ended bootstrap(String stack) {
    var ended = place.run("bootstrap.sh", stack, "--yes");
    assertThat(ended.exit()).as(ended.all()).isZero();
    return ended;
  }

  private String read(String name) throws IOException {
    return Files.readString(place.path(name));
  }

  @Nested
  @DisplayName("Infrastructure as Code Management")
  class InfrastructureAsCode {
    @Test
    @DisplayName("Initialize infrastructure for new environment")
    void initialize() throws IOException {
      bootstrap("admin-qa");

      assertThat(place.calls("pulumi login")).singleElement().asString().contains("s3://" + BUCKET);
      assertThat(place.calls("pulumi stack init"))
          .singleElement()
          .asString()
          .contains("awskms://alias/slipway", "--stack admin-qa");
      var pinned = read("pom.xml").replaceAll("(?s).*<pulumi.aws.version>(.*?)<.*", "$1");
      assertThat(place.calls("pulumi plugin install"))
          .satisfiesExactly(
              aws -> assertThat(aws).isEqualTo("pulumi plugin install resource aws " + pinned),
              command -> assertThat(command).matches(".* resource command \\d+\\.\\d+\\.\\d+"));

      assertThat(bootstrap("admin-qa").output())
          .as("a second time")
          .contains("everything is there; nothing was changed");
    }

    @Test
    @DisplayName("Apply infrastructure changes")
    void apply() throws IOException {
      bootstrap("admin-qa");
      place.fakeEngine("up", "ls \"$FAKES/s3/.slipway/runs/admin-qa\" >\"$FAKES/held\"");

      var ended = place.run("up.sh", "admin-qa", "--yes");

      assertThat(ended.exit()).as(ended.all()).isZero();
      assertThat(place.calls("pulumi up --yes"))
          .singleElement()
          .asString()
          .contains("--stack admin-qa");
      assertThat(read("held")).as("who is at work, while it is").contains("maria");

      var elsewhere =
          place.with("PULUMI_BACKEND_URL", "file://~").run("up.sh", "admin-qa", "--yes");
      assertThat(elsewhere.exit()).isEqualTo(1);
      assertThat(elsewhere.errors()).contains("only an S3 bucket is accepted", "Nothing was");
      assertThat(place.calls("pulumi up")).hasSize(1);

      var graph = FakeCloud.stack("admin-qa", StackConfig.file("admin-qa"));
      assertThat(graph.outputs().get("vpcId")).isEqualTo(output(graph, "aws:ec2/vpc:Vpc", "id"));
      assertThat(graph.outputs().get("database"))
          .isEqualTo(output(graph, "aws:rds/instance:Instance", "endpoint"));
      assertThat(graph.outputs())
          .containsKeys(
              "publicSubnets",
              "privateSubnets",
              "balancer",
              "url",
              "cache",
              "images",
              "secrets",
              "logGroups",
              "alarmTopic");
    }

    private Object output(FakeStack stack, String type, String name) {
      return stack.only(type).output(name);
    }
  }

  @Nested
  @DisplayName("State Management")
  class State {
    @Test
    @DisplayName("Configure remote state backend")
    void backend() throws IOException {
      bootstrap("admin-qa");
      bootstrap("admin-prod");

      assertThat(place.calls("aws s3api create-bucket")).hasSize(1);
      assertThat(read("bucket/bucket-versioning")).isEqualTo("Status=Enabled\n");
      assertThat(read("bucket/bucket-encryption")).contains("\"SSEAlgorithm\": \"AES256\"");
      assertThat(read("bucket/public-access-block")).doesNotContain("false");
      assertThat(read("bucket/bucket-policy"))
          .contains("aws:SecureTransport", "s3:DeleteObjectVersion");
      for (String stack : List.of("admin-qa", "admin-prod")) {
        assertThat(place.path("s3/.pulumi/stacks/slipway/" + stack + ".json"))
            .as("each environment's own object")
            .exists();
      }
    }

    @Test
    @DisplayName("Lock state during operations")
    void lock() throws IOException {
      bootstrap("admin-qa");
      // While the first one runs and holds Pulumi's lock, a second one is started.
      place.fakeEngine(
          "up",
          """
lock=$FAKES/s3/%s
mkdir -p "$(dirname "$lock")"
jq -n --arg host "$(uname -n)" --argjson pid $$ \
  '{username: "maria", hostname: $host, pid: $pid, timestamp: "2026-11-01T10:00:00Z"}' >"$lock"
status=0
bash "$FAKES/scripts/up.sh" admin-qa --yes >"$FAKES/second" 2>&1 || status=$?
printf '%%s' "$status" >"$FAKES/status"
rm "$lock"
"""
              .formatted(LOCK));

      var ended = place.run("up.sh", "admin-qa", "--yes");

      assertThat(ended.exit()).as(ended.all()).isZero();
      assertThat(read("status")).isEqualTo("10");
      assertThat(read("second"))
          .contains("admin-qa is held by", "maria", "up.sh admin-qa", "since", "alive")
          .contains("next: wait until it ends", "Nothing was changed");
      assertThat(place.calls("pulumi up")).as("the engine of the second").hasSize(1);

      place.fakeEngine("up", ":");
      assertThat(place.run("up.sh", "admin-qa", "--yes").exit()).as("once it is free").isZero();
    }
  }
}
