package dev.slipway.access;

import static dev.slipway.access.Accounts.STACK;
import static dev.slipway.access.Accounts.statementsOf;
import static dev.slipway.access.Accounts.texts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.identity.Policy;
import dev.slipway.identity.Statement;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator.Outcome;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no role of a stack can go beyond, and what that takes from none. */
class BoundaryTest {
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

  /** A stack of the other system, with a durable cache or without. */
  private static FakeStack boundedPanel(boolean durable) throws IOException {
    var boundary = STACK.only("aws:iam/policy:Policy", "foundation-panel-boundary");
    var arn = String.valueOf(boundary.output("arn"));
    var config =
        // Its images are in another account, whose registries have policies of their own.
        StackConfig.yaml(
                Files.readString(Path.of("Pulumi.admin-qa.yaml"))
                    .replace("111122223333", "123456789012"))
            .with("slipway:network.flowLogs", true)
            .with("slipway:alerts.email", "ops@example.com")
            .with("slipway:database.monitoringSeconds", 60)
            .with("slipway:identity.permissionsBoundary", arn);
    return FakeCloud.named("panel")
        .policy(arn, boundary.text("policy"))
        .run(
            durable
                ? config
                    .with("slipway:cache.persistence", "durable")
                    .with("slipway:cache.nodeType", "db.t4g.small")
                : config);
  }

  @Test
  void theBoundaryTakesNothingFromWhatAStackGrants() {
    takesNothing(bounded(), "staging", "host", "scheduler", "flow-log-writer");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void norFromWhatAPanelGrants(boolean durable) throws IOException {
    takesNothing(boundedPanel(durable), "panel", "host", "database-monitoring", "flow-log-writer");
  }

  private static void takesNothing(FakeStack stack, String name, String... roles) {
    for (var role : roles) {
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
                    .with("aws:ResourceTag/slipway:owner", name)
                    .with("aws:ResourceTag/slipway:stack", name)
                    .with(
                        "aws:ResourceTag/aws:rds:primaryDBInstanceArn",
                        "arn:aws:rds:us-east-1:123456789012:db:slipway-" + name + "-db-1")
                    .with("kms:ViaService", "secretsmanager.us-east-1.amazonaws.com")
                    .with("s3:prefix", name + "/x")
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
  @ValueSource(strings = {"s3:GetObject", "s3:DeleteObject", "s3:PutObject"})
  void aDeployRoleLeavesTheFilesOfAnApplicationAlone(String action) {
    var object = "arn:aws:s3:::slipway-staging-data-content-1/report.pdf";
    var generous =
        Policy.of(
            Statement.allow("Mine")
                .principal("AWS", STACK.arnOf("deploy-staging"))
                .actions("s3:*")
                .resources("arn:aws:s3:::slipway-staging-data-content-1/*"));

    assertThat(
            Accounts.rights("deploy-staging")
                .at(generous)
                .evaluate(Request.of(STACK.arnOf("deploy-staging"), action, object))
                .outcome())
        .isEqualTo(Outcome.DENIED_EXPLICIT);
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
    "iam:CreateRole,"
        + " arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-scheduler-role-1234567",
    "iam:PassRole,"
        + " arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1234567",
    "sts:AssumeRole, arn:aws:iam::123456789012:role/x",
    "s3:GetObject, arn:aws:s3:::slipway-production-backup-1/x",
    "s3:DeleteObject, arn:aws:s3:::slipway-staging-backup-1/x",
    "s3:GetObject,"
        + " arn:aws:s3:::slipway-state-123456789012-us-east-1/.pulumi/stacks/slipway/staging.json",
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
    for (var stack : List.of("staging", "panel")) {
      var boundary = STACK.only("aws:iam/policy:Policy", "foundation-" + stack + "-boundary");
      var role = "arn:aws:iam::123456789012:role/slipway/" + stack + "/identity-host-role-1234567";

      assertThat(
              Accounts.administrator()
                  .boundedBy(boundary.text("policy"))
                  .evaluate(Request.of(role, action, resource.replace("staging", stack)))
                  .allowed())
          .as("of " + stack)
          .isFalse();
    }
  }
}
