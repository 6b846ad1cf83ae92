package dev.slipway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pulumi.exceptions.RunException;
import dev.slipway.plan.Plan;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.Staging;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MainTest {
  private static void assertProblems(StackConfig config, String... lines) {
    assertThatThrownBy(() -> Main.settings(config.values(), "staging"))
        .isInstanceOf(RunException.class)
        .hasMessage(
            "Pulumi.staging.yaml has "
                + lines.length
                + (lines.length == 1 ? " problem:" : " problems:")
                + "\n  "
                + String.join("\n  ", lines));
  }

  static List<String> stacks() throws Exception {
    try (var files = Files.list(Path.of(""))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("Pulumi\\.[a-z0-9-]+\\.yaml"))
          .map(name -> name.split("\\.")[1])
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void everyStackFileOfTheRepositoryIsValid(String stack) {
    var settings = Main.settings(StackConfig.file(stack).values(), stack);

    assertThat(settings.stack().name()).isEqualTo(stack);
  }

  @Test
  void reportsAllProblemsAtOnce() {
    assertProblems(
        Staging.config()
            .with("slipway:host.instanceType", "t3.medum")
            .with("slipway:erpnext.sites", List.of(Map.of("apps", List.of("erpnext"))))
            .with("slipway:hots", Map.of())
            .with("slipway:backup.kron", "0 0 * * *")
            .without("slipway:https.email"),
        "hots: is not a setting; did you mean \"host\"?",
        "host.instanceType: \"t3.medum\" is not an EC2 instance type this program knows; did you"
            + " mean \"t3.medium\"?",
        "erpnext.sites[0].name: is missing; set it with: pulumi config set --path"
            + " 'slipway:erpnext.sites[0].name' erp.example.com",
        "https.email: is missing; set it with: pulumi config set --path slipway:https.email"
            + " ops@example.com",
        "backup.kron: is not a setting; did you mean \"cron\"?");
  }

  @Test
  void wantsArchitecturesThatAgree() {
    assertProblems(
        Staging.config().with("slipway:host.instanceType", "t4g.medium"),
        "host.ami.architecture: \"x86_64\" doesn't run on a t4g.medium, which is arm64; choose an"
            + " image or an instance type of the other kind");
    var arm =
        Staging.config()
            .with("slipway:host.instanceType", "t4g.medium")
            .with("slipway:host.ami.architecture", "arm64");
    assertProblems(
        arm,
        "erpnext.image.architecture: \"x86_64\" doesn't run on a t4g.medium, which is arm64; name"
            + " an image that is built for it and say so here, or build on the host");

    assertThat(
            FakeCloud.stack(
                    "staging",
                    arm.with("slipway:erpnext.image.architecture", "arm64")
                        .with("slipway:erpnext.image.name", "example/erpnext-arm"))
                .only("aws:ec2/instance:Instance")
                .input("instanceType"))
        .isEqualTo("t4g.medium");
  }

  @Test
  void wantsAnImageOfTheStacksRegion() {
    assertProblems(
        Staging.config().with("aws:region", "eu-central-1"),
        "host.ami.region: \"us-east-1\" is not the stack's region, eu-central-1; write an image of"
            + " that region with: ./slipway ami");
  }

  @Test
  void opensPort22ToNoWorld() {
    assertProblems(
        Staging.config()
            .with("slipway:host.sshFrom", List.of("0.0.0.0/0", "::/0", "128.0.0.0/1", "home")),
        "host.sshFrom[0]: \"0.0.0.0/0\" opens port 22 to the world; name the networks that you come"
            + " from, or leave it empty and use the session command",
        "host.sshFrom[1]: \"::/0\" opens port 22 to the world; name the networks that you come"
            + " from, or leave it empty and use the session command",
        "host.sshFrom[2]: \"128.0.0.0/1\" opens port 22 to the world; name the networks that you"
            + " come from, or leave it empty and use the session command",
        "host.sshFrom[3]: \"home\" is not a block of addresses such as 10.20.0.0/16");
  }

  @Test
  void takesIpv6SourcesInAnIpv6NetworkAlone() {
    assertProblems(
        Staging.config()
            .with("slipway:network.ipv6", false)
            .with("slipway:host.sshFrom", List.of("2001:db8::/32")),
        "host.sshFrom[0]: \"2001:db8::/32\" is IPv6, which the network has not: network.ipv6");
  }

  @Test
  void wantsASystemAndARegion() {
    assertProblems(
        StackConfig.yaml("config: {slipway:tags: {}}"),
        "aws:region: is missing; set it with: pulumi config set aws:region us-east-1",
        "system: is missing; set it with: pulumi config set slipway:system admin-panel");
    assertProblems(
        Staging.config().with("slipway:system", "erpnxt").with("aws:region", "Frankfurt"),
        "aws:region: \"Frankfurt\" is not a region of AWS that this program knows, such as us-east-1",
        "system: \"erpnxt\" is none of admin-panel, erpnext, fastapi, foundation, grocery; did you mean \"erpnext\"?");
  }

  @Test
  void refusesSettingsOfAProviderThatIsNotUsed() {
    assertProblems(
        Staging.config().with("aws:profile", "work"),
        "aws:profile: is not used: the program makes its own provider. Credentials come from the"
            + " environment, the region from aws:region");
  }

  @Test
  void refusesSecretsWhereSettingsAre() {
    var program = Main.stack(Staging.config().values(), Set.of("slipway:application", "other:x"));

    assertThatThrownBy(() -> FakeCloud.named("staging").run(program))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("application: is a secret, and settings are not for secrets");
  }

  @Test
  void refusesVariablesThatAreSecretsOrOurs() {
    assertThatThrownBy(
            () ->
                Main.settings(
                    Staging.config()
                        .with(
                            "slipway:erpnext.environment",
                            Map.of(
                                "DB_PASSWORD", "x", "API_TOKEN", "y", "COMPOSE_PROFILES", "debug"))
                        .values(),
                    "staging"))
        .hasMessageContaining(
            "erpnext.environment.DB_PASSWORD: is set by the program from other settings")
        .hasMessageContaining("erpnext.environment.API_TOKEN: looks like a secret by its name")
        .hasMessageContaining("'slipway:plain[\"erpnext.environment.API_TOKEN\"]' 'the reason'")
        .hasMessageContaining("erpnext.environment.COMPOSE_PROFILES: is read by Compose");
  }

  @Test
  void refusesVariablesThatNoEnvironmentCanHold() {
    assertProblems(
        Staging.config()
            .with("slipway:erpnext.environment", Map.of("PROXY_READ_TIMEOUT", "1\u0000")),
        "erpnext.environment.PROXY_READ_TIMEOUT: has a control character, which no environment can"
            + " hold unharmed");
  }

  @Test
  void takesASecretLookingVariableWithAReasonAlone() {
    var config =
        Staging.config()
            .with("slipway:erpnext.environment", Map.of("MAP_TOKEN", "pk.abc"))
            .with("slipway:plain", Map.of("erpnext.environment.MAP_TOKEN", "browsers get it"));

    assertThat(Main.settings(config.values(), "staging").system().common().plain())
        .containsEntry("erpnext.environment.MAP_TOKEN", "browsers get it");
    assertProblems(
        config.with("slipway:plain", Map.of("erpnext.environment.MAP_TOKEN", " ")),
        "plain.erpnext.environment.MAP_TOKEN: has no reason; say why, for who reads it");
    assertProblems(
        config.with("slipway:erpnext.environment", Map.of("MAP_SIZE", "1")),
        "plain.erpnext.environment.MAP_TOKEN: is not needed: there is no such setting, or nothing in"
            + " it looks like a secret; take it out");
  }

  @Test
  void wantsAFirstRelease() {
    assertProblems(
        Staging.config().without("slipway:release"),
        "release.seed: is missing; set it with: pulumi config set --path slipway:release.seed"
            + " v16.32.3");
  }

  @Test
  void takesUpstreamsDemonstrationFileAlone() {
    assertThat(
            Main.settings(
                    Staging.config()
                        .with("slipway:erpnext.composeFiles", List.of("pwd.yml"))
                        .values(),
                    "staging")
                .system())
        .isNotNull();
    assertProblems(
        Staging.config().with("slipway:erpnext.composeFiles", List.of("pwd.yml", "../x.yaml")),
        "erpnext.composeFiles[1]: \"../x.yaml\" is not a YAML file within the repository of"
            + " frappeDocker",
        "erpnext.composeFiles: pwd.yml is a whole project; name it alone, or the others without"
            + " it");
  }

  @Test
  void wantsOneDatabaseAndOneRedis() {
    assertProblems(
        Staging.config()
            .with("slipway:erpnext.database.host", "db.example.com")
            .with("slipway:erpnext.redis.cache", "cache.example.com:6379")
            .with("slipway:erpnext.redis.queue", "queue.example.com:6379"),
        "erpnext.database.host: is given, and composeFiles has a MariaDB; take its files out",
        "erpnext.redis.cache: is given, and composeFiles has a Redis; take its file out");
  }

  @Test
  void keepsTokensFromTheWire() {
    var repository = "slipway:application.repository";

    assertProblems(
        Staging.config()
            .with(repository, "http://git.example.com/app.git")
            .with("slipway:application.token", "git-token"),
        "application.token: goes with an https:// repository, over which nobody reads it; for ssh"
            + " name application.deployKey");
    assertProblems(
        Staging.config()
            .with(repository, "https://me:pass@git.example.com/app.git")
            .with("slipway:application.token", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        "application.repository: has a password in it; put it into a secret and name that in"
            + " application.token",
        "application.token: is not the name of a secret, such as git-token; the secret itself never"
            + " goes here");
  }

  @Test
  void wantsAReasonForWhatItAccepts() {
    assertProblems(
        Staging.config().with("slipway:accept", Map.of("ssh", " ")),
        "accept.ssh: has no reason; say why, for who reads it");
  }

  @Test
  void acceptsNoRuleThatThereIsNot() {
    assertProblems(
        Staging.config().with("slipway:accept", Map.of("unprotcted", "it is a test")),
        "accept.unprotcted: is no rule of this house; did you mean \"unprotected\"?");
  }

  @Test
  void refusesAStackNameThatAwsWouldRefuse() {
    assertThatThrownBy(() -> Main.settings(Staging.config().values(), "Staging"))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("the stack's name \"Staging\"");
  }

  @Test
  void refusesAnotherAccountBeforeAnythingIsMade() {
    var elsewhere = Staging.config().with("slipway:account", "111122223333");

    assertThatThrownBy(() -> FakeCloud.named("staging").run(elsewhere))
        .isInstanceOf(RunException.class)
        .hasMessage(
            "Pulumi.staging.yaml says slipway:account 111122223333, and these credentials are for"
                + " account 123456789012; take the credentials of 111122223333, or correct the"
                + " setting");
  }

  @Test
  void isAtHomeInItsAccount() {
    var stack = Staging.stack(Staging.config().with("slipway:account", FakeCloud.ACCOUNT));

    assertThat(stack.arnOf("host")).contains("::" + FakeCloud.ACCOUNT + ":");
  }

  @Test
  void plansForItsAccountWithoutAsking() {
    var plan =
        Plan.of(
            "slipway",
            "staging",
            Staging.config().with("slipway:account", "111122223333").values(),
            Main::stack);

    assertThat(plan.problems()).isEmpty();
    assertThat(plan.graph().of("aws:iam/role:Role").get(0).text("arn"))
        .startsWith("arn:aws:iam::111122223333:role/slipway/staging/");
  }

  @Test
  void wantsAnAccountWithAllItsDigits() {
    assertProblems(
        Staging.config().with("slipway:account", "11122223333"),
        "account: \"11122223333\" is not the number of an account: twelve digits, in quotes, since"
            + " YAML takes off zeros in front");
  }

  @Test
  void isPromotedFromAStack() {
    assertProblems(
        Staging.config().with("slipway:promotedFrom", "QA/../x"),
        "promotedFrom: \"QA/../x\" is not the name of a stack");
    assertThat(
            Plan.of(
                    "slipway",
                    "staging",
                    Staging.config().with("slipway:promotedFrom", "qa").values(),
                    Main::stack)
                .problems())
        .isEmpty();
  }

  @Test
  void protectsNothingOfAStackThatIsThrownAway() {
    var config = Staging.config().with("slipway:ephemeral", true);
    var stack = Staging.stack(config);

    assertThat(stack.all()).noneMatch(FakeResource::isProtected);
    assertThat(stack.all("aws:s3/bucketV2:BucketV2"))
        .allMatch(bucket -> Boolean.TRUE.equals(bucket.input("forceDestroy")));
    assertThat(stack.outputs()).containsEntry("ephemeral", true);
    assertThat(Plan.of("slipway", "staging", config.values(), Main::stack).findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.rule()).isEqualTo("ephemeral");
              assertThat(finding.message())
                  .contains("THE WHOLE STACK IS THROWN AWAY")
                  .contains("disk host-data")
                  .contains("bucket backup-bucket");
            });
  }

  @Test
  void keepsTheTagByWhichRightsAreToldApart() {
    assertProblems(
        Staging.config().with("slipway:tags", Map.of("slipway:owner", "prod")),
        "tags.slipway:owner: is the program's, which tells stacks and their rights apart by such"
            + " tags; use another key");
  }

  @Test
  void whatNobodyForesawIsToldWithoutAStackTrace() {
    var failing =
        Main.atTheDoor(
            context -> {
              throw new IllegalStateException("the moon\nis full");
            });
    var endless = Main.atTheDoor(context -> endless(0));

    assertThatThrownBy(() -> failing.accept(null))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("IllegalStateException, the moon is full")
        .hasMessageContaining("report it")
        .hasMessageContaining("SLIPWAY_TRACE=1")
        .hasMessageNotContaining("    at ");
    assertThatThrownBy(() -> endless.accept(null))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("StackOverflowError");
  }

  private static int endless(int n) {
    return 1 + endless(n + 1);
  }
}
