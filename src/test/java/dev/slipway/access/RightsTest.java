package dev.slipway.access;

import static dev.slipway.access.Accounts.STACK;
import static dev.slipway.access.Accounts.may;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.core.Resources;
import dev.slipway.core.Stack;
import dev.slipway.identity.Policy;
import dev.slipway.identity.Statement;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Outcome;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the roles of workflows may do and may not. */
class RightsTest {
  private static final String STATE = "arn:aws:s3:::slipway-state-123456789012-us-east-1";
  private static final String KEY = "arn:aws:kms:us-east-1:123456789012:key/1234";
  private static final String MACHINE = "arn:aws:ec2:us-east-1:123456789012:instance/i-1";
  private static final String ERP = "arn:aws:ecr:us-east-1:123456789012:repository/erp";
  private static final List<String> WATCHERS = List.of("preview", "drift");

  private static String document(String name) {
    return "arn:aws:ssm:us-east-1:123456789012:document/" + name;
  }

  // --- looking

  @Test
  void theStateIsWherePulumiPutsIt() throws IOException {
    assertThat(Files.readAllLines(Path.of("Pulumi.yaml"))).contains("name: " + StateRights.PROJECT);
  }

  @Test
  void watchersReadTheStateAndItsSecrets() {
    for (var role : WATCHERS) {
      assertThat(may(role, "s3:ListBucket", STATE)).isTrue();
      for (var object :
          List.of(
              ".pulumi/stacks/slipway/staging.json",
              ".pulumi/locks/organization/slipway/staging/1.json",
              ".slipway/runs/staging/1.json")) {
        assertThat(may(role, "s3:GetObject", STATE + "/" + object)).as(object).isTrue();
      }
      assertThat(may(role, "kms:Decrypt", KEY, "kms:ResourceAliases", "alias/slipway")).isTrue();
      assertThat(may(role, "ec2:DescribeImages", "*")).isTrue();
    }
  }

  @Test
  void watchersDecryptWithNoOtherKey() {
    for (var role : WATCHERS) {
      assertThat(may(role, "kms:Decrypt", KEY)).isFalse();
      assertThat(may(role, "kms:Decrypt", KEY, "kms:ResourceAliases", "alias/payroll")).isFalse();
      assertThat(
              may(
                  role,
                  "kms:Decrypt",
                  "arn:aws:kms:us-east-1:210987654321:key/1",
                  "kms:ResourceAliases",
                  "alias/slipway"))
          .isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "s3:GetObject, arn:aws:s3:::slipway-staging-backup-1/staging/erp/1/database.sql.gz",
    "s3:GetObject, arn:aws:s3:::somebody-elses/secret.txt",
    "s3:GetObject, arn:aws:s3:::slipway-state-123456789012-us-east-1/other.txt",
    "ssm:GetParameter, arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/secrets/db-root-password",
    "ssm:GetParameter, arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/secrets/host",
    "s3:GetObject, arn:aws:s3:::slipway-staging-backup-1/a-artifacts-b/bundles/x",
    "ssm:GetParametersByPath, arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging",
    "ssm:GetParameter, arn:aws:ssm:us-east-1:123456789012:parameter/payroll",
    "secretsmanager:GetSecretValue, arn:aws:secretsmanager:us-east-1:123456789012:secret:x-abcdef",
    "logs:GetLogEvents, arn:aws:logs:us-east-1:123456789012:log-group:/slipway/staging:*",
    "logs:FilterLogEvents, arn:aws:logs:us-east-1:123456789012:log-group:/slipway/staging:*",
    "ssm:GetCommandInvocation, *",
    "ec2:GetConsoleOutput, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ec2:DescribeInstanceAttribute, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ecr:GetAuthorizationToken, *",
    "sts:AssumeRole, arn:aws:iam::123456789012:role/slipway/staging/host",
  })
  void watchersSeeNoDataAndNoSecret(String action, String resource) {
    for (var role : WATCHERS) {
      assertThat(may(role, action, resource)).as(role).isFalse();
    }
  }

  /** Whatever actions there are in the policies of these tests, the writing ones are refused. */
  @Test
  void watchersChangeNothing() {
    var reading = Set.of("Get", "List", "Describe", "View", "Batch");
    for (var role : WATCHERS) {
      assertThat(actions(statementsOf(STACK, role)))
          .isNotEmpty()
          .allSatisfy(
              action ->
                  assertThat(
                          reading.stream().anyMatch(verb -> action.contains(":" + verb))
                              || action.equals("kms:Decrypt"))
                      .as(action)
                      .isTrue());
      var everything = new TreeSet<String>();
      for (var other : List.of("deploy-staging", "build-erp", "release-staging")) {
        everything.addAll(actions(statementsOf(STACK, other)));
      }
      for (var action : everything) {
        if (reading.stream().anyMatch(verb -> action.contains(":" + verb))
            || action.equals("kms:Decrypt")) {
          continue;
        }
        for (var resource :
            List.of(
                "*",
                STATE,
                STATE + "/.pulumi/stacks/slipway/staging.json",
                STATE + "/.slipway/runs/staging/1.json",
                "arn:aws:s3:::slipway-staging-artifacts-1/bundles/a",
                "arn:aws:iam::123456789012:role/slipway/staging/host",
                MACHINE,
                KEY,
                ERP,
                document("slipway-staging-release"))) {
          assertThat(
                  may(
                      role,
                      action,
                      resource,
                      "aws:ResourceTag/slipway:owner",
                      "staging",
                      "aws:ResourceTag/ManagedBy",
                      "pulumi",
                      "kms:ResourceAliases",
                      "alias/slipway"))
              .as(role + " " + action + " " + resource)
              .isFalse();
        }
      }
    }
  }

  @Test
  void driftSeesHowThingsAreSetUp() {
    for (var call :
        List.of(
            List.of("iam:GetRolePolicy", "arn:aws:iam::123456789012:role/slipway/staging/host"),
            List.of("s3:GetBucketPolicy", "arn:aws:s3:::slipway-staging-backup-1"),
            List.of("ssm:GetDocument", document("slipway-staging-release")),
            List.of(
                "ssm:GetParameter",
                "arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/host"),
            List.of("s3:GetObject", "arn:aws:s3:::slipway-staging-artifacts-1/bundles/a.tar.gz"),
            List.of("cloudwatch:GetMetricData", "*"),
            List.of("ec2:DescribeVolumes", "*"))) {
      assertThat(may("drift", call.get(0), call.get(1))).as(call.get(0)).isTrue();
      assertThat(may("preview", call.get(0), call.get(1))).as(call.get(0)).isFalse();
    }
  }

  // --- releasing

  private static boolean sends(String role, String document, String stackOfMachine) {
    return may(role, "ssm:SendCommand", document)
        && may(
            role,
            "ssm:SendCommand",
            MACHINE,
            "ssm:resourceTag/slipway:stack",
            stackOfMachine,
            "aws:ResourceTag/slipway:stack",
            stackOfMachine);
  }

  @Test
  void aReleaseRoleReleasesItsStack() {
    for (var verb : List.of("release", "rollback", "status")) {
      assertThat(sends("release-staging", document("slipway-staging-" + verb), "staging"))
          .as(verb)
          .isTrue();
    }
    assertThat(may("release-staging", "ssm:GetCommandInvocation", "*")).isTrue();
    assertThat(
            may(
                "release-staging",
                "logs:FilterLogEvents",
                "arn:aws:logs:us-east-1:123456789012:log-group:/slipway/staging"))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "slipway-staging-restore",
        "slipway-staging-configure",
        "slipway-staging-backup",
        "slipway-staging-stop",
        "slipway-staging-release2",
        "slipway-production-release",
        "AWS-RunShellScript",
        "AWS-RunRemoteScript"
      })
  void aReleaseRoleSendsNoOtherDocument(String name) {
    assertThat(may("release-staging", "ssm:SendCommand", document(name))).isFalse();
    assertThat(
            may(
                "release-staging",
                "ssm:SendCommand",
                document(name),
                "ssm:resourceTag/slipway:stack",
                "staging"))
        .isFalse();
    assertThat(may("release-staging", "ssm:SendCommand", "arn:aws:ssm:us-east-1::document/" + name))
        .isFalse();
  }

  @Test
  void aReleaseRoleReachesNoOtherMachine() {
    var release = document("slipway-staging-release");

    assertThat(sends("release-staging", release, "production")).isFalse();
    assertThat(sends("release-staging", release, "staging2")).isFalse();
    // A machine without the tag, and one that has it by another name.
    assertThat(may("release-staging", "ssm:SendCommand", MACHINE)).isFalse();
    assertThat(
            may("release-staging", "ssm:SendCommand", MACHINE, "ssm:resourceTag/stack", "staging"))
        .isFalse();
    assertThat(
            may(
                "release-staging",
                "ssm:SendCommand",
                "arn:aws:ssm:us-east-1:123456789012:managed-instance/mi-1",
                "ssm:resourceTag/slipway:stack",
                "staging"))
        .isFalse();
    assertThat(sends("release-production", document("slipway-production-release"), "staging"))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "ssm:StartSession, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ssm:StartAutomationExecution, arn:aws:ssm:us-east-1:123456789012:automation-definition/x:1",
    "ssm:UpdateDocument, arn:aws:ssm:us-east-1:123456789012:document/slipway-staging-release",
    "ssm:PutParameter, arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/host",
    "ssm:GetParameter, arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/secrets/x",
    "s3:GetObject, arn:aws:s3:::slipway-state-123456789012-us-east-1/.pulumi/stacks/slipway/staging.json",
    "kms:Decrypt, arn:aws:kms:us-east-1:123456789012:key/1",
    "ec2:StopInstances, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ec2:TerminateInstances, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ec2:CreateTags, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "iam:PassRole, arn:aws:iam::123456789012:role/slipway/staging/host",
    "logs:FilterLogEvents, arn:aws:logs:us-east-1:123456789012:log-group:/slipway/production",
  })
  void aReleaseRoleDoesNothingElse(String action, String resource) {
    assertThat(
            may(
                "release-staging",
                action,
                resource,
                "aws:ResourceTag/slipway:stack",
                "staging",
                "ssm:resourceTag/slipway:stack",
                "staging"))
        .isFalse();
  }

  // --- building

  @Test
  void aBuildRolePushesToItsRegistryAlone() {
    for (var action : List.of("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:PutImage")) {
      assertThat(may("build-erp", action, ERP)).isTrue();
      assertThat(may("build-erp", action, ERP + "2")).isFalse();
      assertThat(may("build-erp", action, ERP.replace("/erp", "/shop/web"))).isFalse();
      assertThat(may("build-shop", action, ERP)).isFalse();
    }
    for (var action :
        List.of(
            "ecr:BatchDeleteImage",
            "ecr:SetRepositoryPolicy",
            "ecr:DeleteRepository",
            "ecr:PutLifecyclePolicy",
            "ecr:CreateRepository")) {
      assertThat(may("build-erp", action, ERP)).as(action).isFalse();
    }
  }

  @Test
  void aRegistryLetsNobodyElsePush() {
    var policy =
        STACK
            .only("aws:ecr/repositoryPolicy:RepositoryPolicy", "app-erp-registry-policy")
            .text("policy");
    var build = STACK.arnOf("build-erp");

    assertThat(
            Accounts.rights("build-erp")
                .at(policy)
                .evaluate(Request.of(build, "ecr:PutImage", ERP))
                .allowed())
        .isTrue();
    for (var other :
        List.of(
            "arn:aws:iam::123456789012:user/admin",
            "arn:aws:iam::123456789012:role/slipway/staging/host",
            STACK.arnOf("build-shop"),
            STACK.arnOf("deploy-staging"))) {
      for (var action :
          List.of("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload")) {
        assertThat(
                Accounts.administrator()
                    .at(policy)
                    .evaluate(Request.of(other, action, ERP))
                    .allowed())
            .as(other + " " + action)
            .isFalse();
      }
      // A host marks what it has released, by a tag for an image that is there.
      assertThat(
              Accounts.administrator()
                  .at(policy)
                  .evaluate(Request.of(other, "ecr:PutImage", ERP))
                  .allowed())
          .as(other)
          .isEqualTo(other.endsWith(":role/slipway/staging/host"));
      assertThat(
              Accounts.administrator()
                  .at(policy)
                  .evaluate(Request.of(other, "ecr:BatchGetImage", ERP))
                  .allowed())
          .as(other)
          .isTrue();
    }
    assertThat(
            Accounts.administrator()
                .at(policy)
                .evaluate(Request.of("arn:aws:iam::210987654321:role/x", "ecr:BatchGetImage", ERP))
                .allowed())
        .isFalse();
  }

  // --- passing

  @Test
  void nobodyPassesARoleThatIsNotItsStacks() {
    var roles =
        List.of(
            "arn:aws:iam::123456789012:role/slipway/production/host",
            "arn:aws:iam::123456789012:role/slipway/github/slipway-deploy-staging",
            "arn:aws:iam::123456789012:role/slipway/github/slipway-preview",
            "arn:aws:iam::123456789012:role/admin");
    for (var who : List.of("preview", "drift", "deploy-staging", "release-staging", "build-erp")) {
      for (var role : roles) {
        for (var service : List.of("ec2.amazonaws.com", "scheduler.amazonaws.com")) {
          assertThat(may(who, "iam:PassRole", role, "iam:PassedToService", service))
              .as(who + " " + role)
              .isFalse();
        }
      }
    }
  }

  // --- the boundary

  /** Staging with a role of every kind, within its boundary. */
  private static FakeStack bounded() {
    var boundary = STACK.only("aws:iam/policy:Policy", "foundation-staging-boundary");
    var arn = String.valueOf(boundary.output("arn"));
    return FakeCloud.named("staging")
        .policy(arn, boundary.text("policy"))
        .run(
            StackConfig.file("staging")
                .with("slipway:network.flowLogs", true)
                .with("slipway:alerts.email", "ops@example.com")
                .with(
                    "slipway:erpnext.image.name",
                    "123456789012.dkr.ecr.us-east-1.amazonaws.com/erp")
                .with("slipway:identity.permissionsBoundary", arn)
                .with(
                    "slipway:host.schedule",
                    Map.of("stop", "0 20 * * MON-FRI", "start", "0 6 * * MON-FRI")));
  }

  @Test
  void theBoundaryTakesNothingFromWhatAStackGrants() {
    var stack = bounded();
    for (var role : List.of("host", "scheduler", "flow-log-writer")) {
      var rights = stack.policiesOf(role);
      var lost = new ArrayList<String>();
      for (var statement : statementsOf(stack, role)) {
        if (!statement.get("Effect").getAsString().equals("Allow")) {
          continue;
        }
        for (var action : texts(statement.get("Action"))) {
          for (var resource : texts(statement.get("Resource"))) {
            var request =
                Request.of(
                        stack.arnOf(role),
                        action.replace("*", "Any"),
                        resource.equals("*") ? "*" : resource.replace("*", "x"))
                    .with("aws:ResourceTag/slipway:owner", "staging")
                    .with("aws:ResourceTag/slipway:stack", "staging")
                    .with("s3:prefix", "staging/x")
                    .with("cloudwatch:namespace", "Slipway");
            if (!rights.evaluate(request).allowed()) {
              lost.add(action + " on " + resource);
            }
          }
        }
      }
      assertThat(lost).as(role).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:BypassGovernanceRetention",
        "s3:PutObject"
      })
  void aDeployRoleLeavesBackupsAloneWhateverPolicyItGivesTheBucket(String action) {
    var object = "arn:aws:s3:::slipway-staging-backup-1/staging/erp/1/database.sql.gz";
    var generous =
        Policy.of(
            Statement.allow("Mine")
                .principal("AWS", STACK.arnOf("deploy-staging"))
                .actions("s3:*")
                .resources("arn:aws:s3:::slipway-staging-backup-1/*"));

    assertThat(
            Accounts.rights("deploy-staging")
                .at(generous)
                .evaluate(Request.of(STACK.arnOf("deploy-staging"), action, object))
                .outcome())
        .isEqualTo(Outcome.DENIED_EXPLICIT);
  }

  @ParameterizedTest
  @CsvSource({
    "iam:CreateRole, arn:aws:iam::123456789012:role/slipway/staging/x",
    "iam:PassRole, arn:aws:iam::123456789012:role/slipway/staging/host",
    "sts:AssumeRole, arn:aws:iam::123456789012:role/x",
    "s3:GetObject, arn:aws:s3:::slipway-production-backup-1/x",
    "s3:DeleteObject, arn:aws:s3:::slipway-staging-backup-1/x",
    "s3:GetObject, arn:aws:s3:::slipway-state-123456789012-us-east-1/.pulumi/stacks/slipway/staging.json",
    "ssm:GetParameter, arn:aws:ssm:us-east-1:123456789012:parameter/slipway/production/secrets/x",
    "ssm:SendCommand, arn:aws:ssm:us-east-1:123456789012:document/slipway-staging-release",
    "kms:Decrypt, arn:aws:kms:us-east-1:123456789012:key/1",
    "ec2:RunInstances, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ec2:TerminateInstances, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "secretsmanager:GetSecretValue, arn:aws:secretsmanager:us-east-1:123456789012:secret:x-abcdef",
    "ecr:InitiateLayerUpload, arn:aws:ecr:us-east-1:123456789012:repository/erp",
    "ecr:PutImage, arn:aws:ecr:us-east-1:210987654321:repository/erp",
    "organizations:LeaveOrganization, *",
  })
  void aRoleOfAStackNeverDoesMoreWhateverItIsGranted(String action, String resource) {
    var boundary = STACK.only("aws:iam/policy:Policy", "foundation-staging-boundary");

    assertThat(
            Accounts.administrator()
                .boundedBy(boundary.text("policy"))
                .evaluate(
                    Request.of(
                        "arn:aws:iam::123456789012:role/slipway/staging/x", action, resource))
                .allowed())
        .isFalse();
  }

  // --- all of them

  @Test
  void policiesAreNoLargerThanAwsTakes() {
    for (var policy : STACK.all("aws:iam/policy:Policy")) {
      assertThat(policy.text("policy").replaceAll("\\s", "").length())
          .as(policy.name())
          .isLessThanOrEqualTo(DeployRights.MOST_CHARACTERS);
    }
    var inline = new HashMap<String, Integer>();
    for (var policy : STACK.all("aws:iam/rolePolicy:RolePolicy")) {
      inline.merge(
          String.valueOf(policy.input("role")),
          policy.text("policy").replaceAll("\\s", "").length(),
          Integer::sum);
    }
    assertThat(inline.values()).isNotEmpty().allMatch(size -> size <= 10240);
    var attached = new HashMap<String, Integer>();
    for (var attachment : STACK.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")) {
      attached.merge(String.valueOf(attachment.input("role")), 1, Integer::sum);
    }
    assertThat(attached.values()).isNotEmpty().allMatch(count -> count <= 10);
  }

  /**
   * What AWS knows of an action: the types of resources, and the keys that it can be asked about.
   */
  private record Known(Map<String, Set<String>> types) {}

  private static Map<String, Known> reference() {
    var all = new HashMap<String, Known>();
    for (var line : Resources.text(RightsTest.class, "actions.txt").lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      var words = line.split(" ");
      var types = new HashMap<String, Set<String>>();
      for (int i = 1; i < words.length; i++) {
        var parts = words[i].split("=", 2);
        types.put(parts[0], parts[1].isEmpty() ? Set.of() : Set.of(parts[1].split(",")));
      }
      all.put(words[0], new Known(types));
    }
    return all;
  }

  @Test
  void everyActionAndConditionIsOneThatAwsKnows() {
    var reference = reference();
    var wrong = new TreeSet<String>();
    var policies =
        Stream.concat(
                STACK.all("aws:iam/policy:Policy").stream(),
                STACK.all("aws:iam/rolePolicy:RolePolicy").stream())
            .map(policy -> policy.text("policy"));
    var here = new Target(new Stack("web", "web", "us-east-1", Map.of()), "123456789012");
    var serving =
        Stream.of(
                ServingRights.ofDeploy(here, new StackAccess("web", "web", List.of(), true)),
                ServingRights.ofMachines(here),
                ServingRights.ofRefresh(here))
            .map(Policy::of);
    for (var policy : Stream.concat(policies, serving).toList()) {
      for (var statement : statements(policy)) {
        boolean allows = statement.get("Effect").getAsString().equals("Allow");
        for (var action : texts(statement.get("Action"))) {
          if (action.equals("kms:GenerateDataKey*")) {
            action = "kms:GenerateDataKey";
          }
          var known = reference.get(action);
          if (known == null) {
            wrong.add(action + " is no action, or actions.txt is older than it");
            continue;
          }
          if (!allows) {
            continue;
          }
          for (var resource : texts(statement.get("Resource"))) {
            if (resource.equals("*")
                && known.types().keySet().stream().anyMatch(t -> !t.equals("-"))
                && !action.matches(
                    "ec2:Describe.*|ssm:(PutComplianceItems|UpdateInstanceInformation)")) {
              wrong.add(action + " takes resources, and is allowed on everything");
            }
          }
          for (var condition : conditionKeys(statement)) {
            var form = condition.replaceFirst("(/|:EncryptionContext:).*", "$1");
            if (known.types().values().stream().noneMatch(keys -> keys.contains(form))) {
              wrong.add(action + " knows no " + condition);
            }
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static Set<String> conditionKeys(JsonObject statement) {
    var keys = new TreeSet<String>();
    if (statement.has("Condition")) {
      statement
          .getAsJsonObject("Condition")
          .entrySet()
          .forEach(operator -> keys.addAll(operator.getValue().getAsJsonObject().keySet()));
    }
    return keys;
  }

  private static List<JsonObject> statementsOf(FakeStack stack, String role) {
    var arn = stack.arnOf(role);
    var name = arn.substring(arn.lastIndexOf('/') + 1);
    var all = new ArrayList<JsonObject>();
    for (FakeResource policy : stack.all("aws:iam/rolePolicy:RolePolicy")) {
      if (name.equals(policy.input("role"))) {
        all.addAll(statements(policy.text("policy")));
      }
    }
    for (var attachment : stack.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")) {
      if (name.equals(attachment.input("role"))) {
        stack.all("aws:iam/policy:Policy").stream()
            .filter(policy -> attachment.input("policyArn").equals(policy.output("arn")))
            .forEach(policy -> all.addAll(statements(policy.text("policy"))));
      }
    }
    return all;
  }

  private static Set<String> actions(List<JsonObject> statements) {
    var all = new TreeSet<String>();
    statements.stream()
        .filter(statement -> statement.get("Effect").getAsString().equals("Allow"))
        .forEach(statement -> all.addAll(texts(statement.get("Action"))));
    return all;
  }

  private static List<JsonObject> statements(String policy) {
    JsonArray array = JsonParser.parseString(policy).getAsJsonObject().getAsJsonArray("Statement");
    return array.asList().stream().map(JsonElement::getAsJsonObject).toList();
  }

  private static List<String> texts(JsonElement element) {
    return element == null
        ? List.of()
        : element.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }

  @Test
  void theEvaluatorJudgesByAliasesAsAwsDoes() {
    var policy =
        """
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt",
          "Resource": "*", "Condition":
          {"ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/slipway"]}}}]}
        """;
    var request = Request.of("arn:aws:iam::123456789012:role/x", "kms:Decrypt", KEY);
    var evaluator = new PolicyEvaluator(List.of(policy));

    assertThat(evaluator.evaluate(request).allowed()).isFalse();
    assertThat(
            evaluator
                .evaluate(request.with("kms:ResourceAliases", "alias/other", "alias/slipway"))
                .allowed())
        .isTrue();
  }
}
