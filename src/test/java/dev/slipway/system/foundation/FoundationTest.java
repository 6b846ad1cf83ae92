package dev.slipway.system.foundation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pulumi.exceptions.RunException;
import dev.slipway.Main;
import dev.slipway.plan.Plan;
import dev.slipway.plan.rules.Finding;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FoundationTest {
  private static final StackConfig FILE = StackConfig.file("foundation");

  /** The file, with one stack and one application. */
  private static final StackConfig CONFIG =
      FILE.with("slipway:stacks", List.of(Map.of("name", "staging", "system", "erpnext")))
          .with(
              "slipway:applications",
              List.of(
                  Map.of(
                      "name", "erp",
                      "repository", "my-company/erp",
                      "environment", "staging",
                      "stack", "staging",
                      "ecr", Map.of("keep", 100))));

  private static final FakeStack STACK = FakeCloud.stack("foundation", CONFIG);

  private static void assertProblems(StackConfig config, String... lines) {
    assertThatThrownBy(() -> Main.settings(config.values(), "foundation"))
        .isInstanceOf(RunException.class)
        .hasMessage(
            "Pulumi.foundation.yaml has "
                + lines.length
                + (lines.length == 1 ? " problem:" : " problems:")
                + "\n  "
                + String.join("\n  ", lines));
  }

  private static Map<String, Object> stack(String name, String... more) {
    var stack = new java.util.LinkedHashMap<String, Object>();
    stack.put("name", name);
    stack.put("system", "erpnext");
    for (int i = 0; i < more.length; i += 2) {
      stack.put(more[i], more[i + 1]);
    }
    return stack;
  }

  // --- what it makes

  @Test
  void theFileHasARoleForEachStackAndApplicationOfTheRepository() {
    assertThat(FakeCloud.stack("foundation", FILE).all("aws:iam/role:Role"))
        .extracting(role -> role.text("name"))
        .containsExactlyInAnyOrder(
            "slipway-preview",
            "slipway-drift",
            "slipway-deploy-staging",
            "slipway-release-staging",
            "slipway-deploy-admin-qa",
            "slipway-release-admin-qa",
            "slipway-deploy-admin-prod",
            "slipway-release-admin-prod",
            "slipway-deploy-fastapi-dev",
            "slipway-release-fastapi-dev",
            "slipway-deploy-fastapi-prod",
            "slipway-release-fastapi-prod",
            "slipway-deploy-grocery-dev",
            "slipway-release-grocery-dev",
            "slipway-deploy-grocery-prod",
            "slipway-release-grocery-prod",
            "slipway-build-erp",
            "slipway-build-admin-api",
            "slipway-build-admin-web",
            "slipway-build-grocery");
  }

  @Test
  void aStackInAnotherRegionHasItsRightsThere() {
    var account = FakeCloud.stack("foundation", FILE);
    var group =
        "arn:aws:autoscaling:%s:123456789012:autoScalingGroup:1:autoScalingGroupName/slipway-grocery-prod-fleet-1";

    for (var region : List.of("eu-central-1", "us-east-1")) {
      assertThat(
              account
                  .policiesOf("deploy-grocery-prod")
                  .evaluate(
                      Request.of(
                              account.arnOf("deploy-grocery-prod"),
                              "autoscaling:UpdateAutoScalingGroup",
                              group.formatted(region))
                          .with("autoscaling:LaunchTemplateVersionSpecified", "true"))
                  .allowed())
          .as(region)
          .isEqualTo(region.equals("eu-central-1"));
      assertThat(
              account
                  .policiesOf("preview")
                  .evaluate(
                      Request.of(
                          account.arnOf("preview"),
                          "s3:GetObject",
                          "arn:aws:s3:::slipway-state-123456789012-%s/.pulumi/stacks/slipway/x.json"
                              .formatted(region)))
                  .allowed())
          .as("the state in " + region)
          .isTrue();
    }
  }

  @Test
  void makesARoleForEachThatTheSettingsName() {
    assertThat(STACK.all("aws:iam/role:Role"))
        .extracting(role -> role.text("path") + role.text("name"))
        .containsExactlyInAnyOrder(
            "/slipway/github/slipway-preview",
            "/slipway/github/slipway-drift",
            "/slipway/github/slipway-deploy-staging",
            "/slipway/github/slipway-release-staging",
            "/slipway/github/slipway-build-erp");
    assertThat(STACK.outputs().get("roles"))
        .isEqualTo(
            Map.of(
                "preview", STACK.arnOf("preview"),
                "drift", STACK.arnOf("drift"),
                "deploy-staging", STACK.arnOf("deploy-staging"),
                "release-staging", STACK.arnOf("release-staging"),
                "build-erp", STACK.arnOf("build-erp")));
    assertThat(STACK.outputs().get("boundaries"))
        .isEqualTo(
            Map.of(
                "staging",
                "arn:aws:iam::123456789012:policy/slipway/github/slipway-boundary-staging"));
  }

  @Test
  void isBuiltFromTheLeastThatAStackFileCanSay() {
    var least =
        StackConfig.yaml(
            """
            config:
              aws:region: us-east-1
              slipway:system: foundation
              slipway:github: {repository: my-company/slipway}
            """);
    var stack = FakeCloud.stack("foundation", least);

    assertThat(stack.all("aws:iam/role:Role"))
        .extracting(role -> role.text("name"))
        .containsExactlyInAnyOrder("slipway-preview", "slipway-drift");
    assertThat(stack.all("aws:sns/topicSubscription:TopicSubscription")).isEmpty();
    assertThat(stack.all("aws:budgets/budget:Budget")).isEmpty();
    assertThat(stack.all("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock")).isEmpty();
  }

  @Test
  void encryptsNewDisksAndLeavesThatOnWhenItGoes() {
    var encryption = STACK.only("aws:ebs/encryptionByDefault:EncryptionByDefault");

    assertThat(encryption.input("enabled")).isEqualTo(true);
    assertThat(encryption.isRetainedOnDelete()).isTrue();
    assertThat(
            FakeCloud.stack("foundation", CONFIG.with("slipway:ebsEncryption", false))
                .all("aws:ebs/encryptionByDefault:EncryptionByDefault"))
        .isEmpty();
  }

  @Test
  void looksForPublicBucketsBeforeItClosesThem() {
    var stack =
        FakeCloud.stack(
            "foundation",
            CONFIG.with(
                "slipway:blockPublicBuckets", Map.of("closes", List.of("old-site", "old-files"))));
    var block = stack.only("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock");
    var look = stack.only("command:local:Command");

    assertThat(block.inputs())
        .containsEntry("blockPublicAcls", true)
        .containsEntry("blockPublicPolicy", true)
        .containsEntry("ignorePublicAcls", true)
        .containsEntry("restrictPublicBuckets", true);
    assertThat(block.isRetainedOnDelete()).isTrue();
    assertThat(look.text("create"))
        .isEqualTo("./scripts/public-buckets.sh --region us-east-1 --check old-site old-files")
        .isEqualTo(look.text("update"));
    assertThat(block.waitsFor(look)).isTrue();
  }

  @Test
  void tellsOfWhatTheAccountCosts() {
    var budget = STACK.only("aws:budgets/budget:Budget");
    var topic = STACK.only("aws:sns/topic:Topic").output("arn");

    assertThat(budget.inputs())
        .containsEntry("limitAmount", "100.0")
        .containsEntry("limitUnit", "USD")
        .containsEntry("timeUnit", "MONTHLY");
    assertThat((List<?>) budget.input("notifications"))
        .hasSize(3)
        .allSatisfy(
            notification ->
                assertThat(((Map<?, ?>) notification).get("subscriberSnsTopicArns"))
                    .isEqualTo(List.of(topic)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cloudwatch", "events", "budgets"})
  void lets(String service) {
    var topic = String.valueOf(STACK.only("aws:sns/topic:Topic").output("arn"));
    var key = STACK.only("aws:kms/key:Key");
    var principal = service + ".amazonaws.com";
    var atTopic =
        new PolicyEvaluator(List.of())
            .at(STACK.only("aws:sns/topicPolicy:TopicPolicy").text("policy"));
    var atKey = new PolicyEvaluator(List.of()).atGuarded(key.text("policy"));

    for (var account : List.of("123456789012", "210987654321")) {
      boolean own = account.equals(FakeCloud.ACCOUNT);
      assertThat(
              atTopic
                  .evaluate(
                      Request.of(principal, "sns:Publish", topic)
                          .with("aws:SourceAccount", account))
                  .allowed())
          .isEqualTo(own);
      for (var action : List.of("kms:GenerateDataKey", "kms:Decrypt")) {
        var request = Request.of(principal, action, String.valueOf(key.output("arn")));
        // EventBridge doesn't tell KMS for whom it asks: there the topic's own policy decides.
        if (service.equals("events")) {
          assertThat(atKey.evaluate(request).allowed()).isTrue();
        } else {
          assertThat(atKey.evaluate(request.with("aws:SourceAccount", account)).allowed())
              .isEqualTo(own);
        }
      }
    }
  }

  @Test
  void letsHostsOfAStackThatSharesItsTopicPublishThere() {
    var topic = String.valueOf(STACK.only("aws:sns/topic:Topic").output("arn"));
    var key = STACK.only("aws:kms/key:Key");
    var boundary = STACK.only("aws:iam/policy:Policy", "foundation-staging-boundary");
    var arn = String.valueOf(boundary.output("arn"));
    var staging =
        FakeCloud.named("staging")
            .policy(arn, boundary.text("policy"))
            .run(
                StackConfig.file("staging")
                    .with("slipway:alerts.topic", topic)
                    .with("slipway:identity.permissionsBoundary", arn));
    var host = staging.arnOf("identity-host");
    var rights = staging.policiesOf("identity-host");
    var encrypt =
        Request.of(host, "kms:GenerateDataKey", String.valueOf(key.output("arn")))
            .with("kms:EncryptionContext:aws:sns:topicArn", topic);

    assertThat(
            rights
                .at(STACK.only("aws:sns/topicPolicy:TopicPolicy").text("policy"))
                .evaluate(Request.of(host, "sns:Publish", topic))
                .allowed())
        .isTrue();
    assertThat(rights.atGuarded(key.text("policy")).evaluate(encrypt).allowed()).isTrue();
  }

  @Test
  void keepsTheImagesOfAnApplication() {
    var repository = STACK.only("aws:ecr/repository:Repository");
    assertThat(repository.text("name")).isEqualTo("erp");
    assertThat(repository.input("imageScanningConfiguration.scanOnPush")).isEqualTo(true);
    assertThat(repository.isProtected()).isTrue();
    assertThat(repository.text("imageTagMutability")).isEqualTo("MUTABLE");
    assertThat(STACK.outputs().get("registries"))
        .isEqualTo(Map.of("erp", "123456789012.dkr.ecr.us-east-1.amazonaws.com/erp"));
  }

  /** The foundation with one application, whose registry has one option. */
  private static StackConfig withRegistry(String option, Object value) {
    return CONFIG.with(
        "slipway:applications",
        List.of(
            Map.of(
                "name", "erp",
                "repository", "my-company/erp",
                "environment", "staging",
                "stack", "staging",
                "ecr", Map.of(option, value))));
  }

  @Test
  void isSeenToLetFindingsOfAScanPass() {
    var config = withRegistry("failOn", "high");

    assertThat(Plan.of("slipway", "foundation", config.values(), Main::stack).findings())
        .extracting(Finding::message)
        .contains("lets images be released with findings milder than high (ecr.failOn)");
  }

  @Test
  void keepsTheCacheApartWhereTagsCantBeMoved() {
    var stack = FakeCloud.stack("foundation", withRegistry("immutableTags", true));

    assertThat(stack.all("aws:ecr/repository:Repository"))
        .extracting(made -> made.text("name") + " " + made.text("imageTagMutability"))
        .containsExactlyInAnyOrder("erp IMMUTABLE", "erp-cache MUTABLE");
    for (var registry : List.of("erp", "erp-cache")) {
      assertThat(
              stack
                  .policiesOf("build-erp")
                  .evaluate(
                      Request.of(
                          stack.arnOf("build-erp"),
                          "ecr:UploadLayerPart",
                          "arn:aws:ecr:us-east-1:123456789012:repository/" + registry))
                  .allowed())
          .as(registry)
          .isTrue();
    }
  }

  @Test
  void tellsScriptsWhatTheTagsOfARegistryOfSeveralImagesBeginWith() {
    var stack =
        FakeCloud.stack("foundation", withRegistry("prefixes", List.of("backend-", "frontend-")));

    assertThat(stack.only("aws:ecr/repository:Repository").tags())
        .containsEntry("slipway:prefixes", "backend- frontend-");
    assertThat(STACK.only("aws:ecr/repository:Repository").tags())
        .doesNotContainKey("slipway:prefixes");
  }

  @Test
  void refusesPrefixesThatDontTellImagesApart() {
    assertProblems(
        withRegistry("prefixes", List.of("web", "web-", "web-admin-", "kept-", "api_")),
        "applications[0].ecr.prefixes[0]: \"web\" is not up to 40 of a-z, 0-9 and single ._- within,"
            + " with one of ._- at its end, such as backend-",
        "applications[0].ecr.prefixes[1]: \"web-\" and \"web\" don't tell images apart: one begins"
            + " with the other",
        "applications[0].ecr.prefixes[2]: \"web-admin-\" and \"web\" don't tell images apart: one"
            + " begins with the other",
        "applications[0].ecr.prefixes[2]: \"web-admin-\" and \"web-\" don't tell images apart: one"
            + " begins with the other",
        "applications[0].ecr.prefixes[3]: \"kept-\" is what hosts mark images with; use another");
  }

  @Test
  void makesARoleThatBuildsWhereThereIsARegistryAlone() {
    var without =
        FakeCloud.stack(
            "foundation",
            CONFIG.with(
                "slipway:applications",
                List.of(
                    Map.of(
                        "name",
                        "erp",
                        "repository",
                        "my-company/erp",
                        "environment",
                        "staging",
                        "stack",
                        "staging"))));

    assertThat(without.all("aws:ecr/repository:Repository")).isEmpty();
    assertThat(without.all("aws:iam/role:Role"))
        .noneMatch(role -> role.text("name").startsWith("slipway-build-"));
    assertThat(without.trustOf("release-staging"))
        .contains("repo:my-company/erp:environment:staging");
  }

  @Test
  void protectsNothingWhenItIsThrownAway() {
    var stack = FakeCloud.stack("foundation", CONFIG.with("slipway:ephemeral", true));

    assertThat(stack.all()).noneMatch(FakeResource::isProtected);
    assertThat(stack.only("aws:ecr/repository:Repository").input("forceDelete")).isEqualTo(true);
  }

  @Test
  void isInOrderWithEverythingTurnedOn() {
    var everything =
        CONFIG
            .with("slipway:account", FakeCloud.ACCOUNT)
            .with("slipway:blockPublicBuckets", Map.of("closes", List.of("old-site")))
            .with("slipway:github.ids", Map.of("owner", "1", "repository", "2"))
            .with("slipway:budget.email", "finance@example.com")
            .with("slipway:state", Map.of("bucket", "our-state", "prefix", "pulumi/slipway"));
    var plan = Plan.of("slipway", "foundation", everything.values(), Main::stack);

    assertThat(plan.problems()).isEmpty();
    assertThat(plan.findings()).filteredOn(Finding::fails).isEmpty();
    assertThat(plan.cost().notPriced()).isEmpty();
    assertThat(plan.cost().total()).isEqualByComparingTo("1.00");
  }

  @Test
  void findsTheStateWhereItIs() {
    var elsewhere =
        FakeCloud.stack(
            "foundation",
            CONFIG.with(
                "slipway:state",
                Map.of("bucket", "our-state", "prefix", "pulumi/slipway", "key", "alias/ours")));
    var preview = elsewhere.policiesOf("preview");
    var role = elsewhere.arnOf("preview");

    assertThat(
            preview
                .evaluate(
                    Request.of(
                        role,
                        "s3:GetObject",
                        "arn:aws:s3:::our-state/pulumi/slipway/.pulumi/stacks/slipway/staging.json"))
                .allowed())
        .isTrue();
    assertThat(
            preview
                .evaluate(
                    Request.of(role, "s3:GetObject", "arn:aws:s3:::our-state/.pulumi/meta.yaml"))
                .allowed())
        .isFalse();
    assertThat(
            preview
                .evaluate(
                    Request.of(role, "kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/1")
                        .with("kms:ResourceAliases", "alias/ours"))
                .allowed())
        .isTrue();
  }

  // --- what it refuses

  @ParameterizedTest
  @CsvSource({
    "slipway:github.repository, my-company/*, github.repository",
    "slipway:github.repository, */slipway, github.repository",
    "slipway:github.repository, my-compan?/slipway, github.repository",
  })
  void refusesAWildcardInARepository(String setting, String value, String path) {
    assertProblems(
        CONFIG.with(setting, value),
        path
            + ": \""
            + value
            + "\" has a wildcard, and roles are for whom they name exactly; write it out");
  }

  @Test
  void refusesAWildcardAnywhere() {
    var wild = "\"*\" has a wildcard, and roles are for whom they name exactly; write it out";

    assertProblems(
        CONFIG.with("slipway:github.ids", Map.of("owner", "*", "repository", "76*")),
        "github.ids.owner: " + wild,
        "github.ids.repository: " + wild.replace("\"*\"", "\"76*\""));
    assertProblems(
        CONFIG.with("slipway:stacks", List.of(stack("*"))),
        "stacks[0].name: \"*\" has a wildcard, and roles are for the stack that they name");
    assertProblems(
        CONFIG.with(
            "slipway:applications",
            List.of(
                Map.of(
                    "name",
                    "erp",
                    "repository",
                    "my-company/erp-*",
                    "environment",
                    "stag?ng",
                    "stack",
                    "staging"))),
        "applications[0].repository: " + wild.replace("\"*\"", "\"my-company/erp-*\""),
        "applications[0].environment: " + wild.replace("\"*\"", "\"stag?ng\""));
  }

  @Test
  void refusesAStackWhoseEnvironmentIsThatOfOthers() {
    var twice =
        "name: \"staging\" begins with \"staging\", and rights go by the beginnings of names; give"
            + " one of them another name";
    assertProblems(
        CONFIG.with("slipway:stacks", List.of(stack("staging"), stack("staging"))),
        "stacks[0]." + twice,
        "stacks[1]." + twice);
    assertProblems(
        CONFIG.without("slipway:applications").with("slipway:stacks", List.of(stack("preview"))),
        "stacks[0].name: \"preview\" is the environment of jobs of another kind; give it another"
            + " name");
  }

  @Test
  void refusesSessionsThatAreShorterThanWorkflowsAskFor() {
    assertProblems(
        CONFIG.with("slipway:github.sessionHours", 3),
        "github.sessionHours: 3 is not from 4, for which the workflows ask, to 12, which is the most"
            + " that AWS gives");
  }

  @Test
  void aStackHasNoOtherEnvironmentThanThatOfItsName() {
    assertProblems(
        CONFIG.with("slipway:stacks", List.of(stack("staging", "environment", "live"))),
        "stacks[0].environment: is not a setting");
    assertThat(STACK.trustOf("deploy-staging")).contains(":environment:staging");
  }

  @Test
  void refusesNamesThatBeginWithEachOther() {
    assertProblems(
        CONFIG.with("slipway:stacks", List.of(stack("staging"), stack("staging-two"))),
        "stacks[0].name: \"staging-two\" begins with \"staging\", and rights go by the beginnings of"
            + " names; give one of them another name");
    assertThat(
            Main.settings(
                CONFIG
                    .with("slipway:stacks", List.of(stack("staging"), stack("staging2")))
                    .values(),
                "foundation"))
        .isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"state", "foundation", "company"})
  void refusesAStackThatWouldOwnTheStateOrTheFoundation(String name) {
    assertProblems(
        CONFIG
            .without("slipway:applications")
            .with("slipway:state.bucket", "slipway-company-state")
            .with("slipway:stacks", List.of(stack(name))),
        "stacks[0].name: \"%s\" would own what begins with slipway-%s-, which is the state's or the"
                .formatted(name, name)
            + " foundation's; give it another name");
  }

  @Test
  void refusesAnApplicationOfThisRepositoryInTheEnvironmentOfOthers() {
    assertProblems(
        CONFIG.with(
            "slipway:applications",
            List.of(
                Map.of(
                    "name", "erp",
                    "repository", "My-Company/slipway",
                    "environment", "Preview",
                    "stack", "staging"))),
        "applications[0].environment: \"Preview\" of this very repository is not for releases to"
            + " staging; here the environment is the stack's name");
  }

  @Test
  void refusesToLetAWorkflowChangeItsOwnRights() {
    assertProblems(
        CONFIG
            .without("slipway:applications")
            .with("slipway:stacks", List.of(Map.of("name", "base", "system", "foundation"))),
        "stacks[0].system: \"foundation\" is brought up by a person: no workflow may change its own"
            + " rights");
  }

  @Test
  void refusesAnApplicationOfNoStackAndTwoOfOneRegistry() {
    var erp =
        Map.of(
            "name",
            "erp",
            "repository",
            "my-company/erp",
            "environment",
            "staging",
            "stack",
            "stagin",
            "ecr",
            Map.of());
    var other = new java.util.LinkedHashMap<String, Object>(erp);
    other.put("name", "erp2");
    other.put("stack", "staging");
    other.put("ecr", Map.of("name", "erp"));

    assertProblems(
        CONFIG.with("slipway:applications", List.of(erp, other)),
        "applications[0].stack: \"stagin\" is none of slipway:stacks; did you mean \"staging\"?",
        "applications[1].ecr.name: \"erp\" is another application's registry, and one pushes to"
            + " each; leave ecr out to release its images only");
  }

  @Test
  void makesAHostedZoneOnceForAllStacksAndSaysItsNameServers() {
    var zoned = FakeCloud.stack("foundation", CONFIG.with("slipway:zones", List.of("example.com")));
    var zone = zoned.only("aws:route53/zone:Zone");

    assertThat(STACK.all("aws:route53/zone:Zone")).isEmpty();
    assertThat(STACK.outputs()).doesNotContainKeys("zones", "nameServers");
    assertThat(zone.input("name")).isEqualTo("example.com");
    assertThat(zone.isProtected()).isTrue();
    assertThat(zone.input("forceDestroy")).isEqualTo(false);
    assertThat(zoned.outputs().get("zones"))
        .isEqualTo(Map.of("example.com", zone.output("zoneId")));
    assertThat(zoned.outputs().get("nameServers"))
        .isEqualTo(Map.of("example.com", zone.output("nameServers")));
    assertThat((List<?>) zone.output("nameServers")).hasSize(4);
  }

  @Test
  void refusesAZoneThatIsNoDomainOrThereTwice() {
    assertProblems(
        CONFIG.with("slipway:zones", List.of("example", "example.com", "example.com")),
        "zones[0]: \"example\" is not a domain such as qa.example.com",
        "zones[2]: \"example.com\" is there twice");
  }

  @Test
  void refusesAStackZoneThatIsNoId() {
    assertProblems(
        CONFIG.with(
            "slipway:stacks",
            List.of(
                Map.of(
                    "name",
                    "staging",
                    "system",
                    "erpnext",
                    "hostedZones",
                    List.of("Z0123456789EXAMPLE", "0123456789EXAMPLE", "Z" + "1".repeat(32))))),
        "stacks[0].hostedZones[1]: \"0123456789EXAMPLE\" is not the id of a hosted zone, such as"
            + " Z0123456789ABCDEFGHIJ",
        "stacks[0].hostedZones[2]: \"Z"
            + "1".repeat(32)
            + "\" is not the id of a hosted zone, such as Z0123456789ABCDEFGHIJ");
  }

  @Test
  void refusesAProviderOfAnotherAccount() {
    var arn = "arn:aws:iam::210987654321:oidc-provider/token.actions.githubusercontent.com";

    assertProblems(
        CONFIG.with("slipway:account", "123456789012").with("slipway:github.oidcProviderArn", arn),
        "github.oidcProviderArn: \""
            + arn
            + "\" is in another account than slipway:account, 123456789012");
    assertThatThrownBy(
            () ->
                Main.settings(
                    CONFIG
                        .with(
                            "slipway:github.oidcProviderArn",
                            "arn:aws:iam::123456789012:oidc-provider/gitlab.com")
                        .values(),
                    "foundation"))
        .hasMessageContaining("is not the ARN of GitHub's provider");
  }
}
