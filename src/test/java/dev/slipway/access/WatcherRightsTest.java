package dev.slipway.access;

import static dev.slipway.access.Accounts.STACK;
import static dev.slipway.access.Accounts.actions;
import static dev.slipway.access.Accounts.may;
import static dev.slipway.access.Accounts.statementsOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the roles that only look may see, and what not. */
class WatcherRightsTest {
  private static final String STATE = "arn:aws:s3:::slipway-state-123456789012-us-east-1";
  private static final String KEY = "arn:aws:kms:us-east-1:123456789012:key/1234";
  private static final String MACHINE = "arn:aws:ec2:us-east-1:123456789012:instance/i-1";
  private static final String ERP = "arn:aws:ecr:us-east-1:123456789012:repository/erp";
  private static final List<String> WATCHERS = List.of("preview", "drift");

  private static String document(String name) {
    return "arn:aws:ssm:us-east-1:123456789012:document/" + name;
  }

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
      assertThat(
              may(
                  role,
                  "ssm:GetParametersByPath",
                  "arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/release"))
          .as("whether there was a release, of " + role)
          .isTrue();
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
    "ssm:GetParameter,"
        + " arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/secrets/db-root-password",
    "ssm:GetParameter, arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/secrets/host",
    "s3:GetObject, arn:aws:s3:::slipway-staging-backup-1/a-artifacts-b/bundles/x",
    "ssm:GetParametersByPath, arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging",
    "ssm:GetParametersByPath, arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/secrets",
    "ssm:GetParameter, arn:aws:ssm:us-east-1:123456789012:parameter/payroll",
    "secretsmanager:GetSecretValue, arn:aws:secretsmanager:us-east-1:123456789012:secret:x-abcdef",
    "logs:GetLogEvents, arn:aws:logs:us-east-1:123456789012:log-group:/slipway/staging:*",
    "logs:FilterLogEvents, arn:aws:logs:us-east-1:123456789012:log-group:/slipway/staging:*",
    "ssm:GetCommandInvocation, *",
    "ec2:GetConsoleOutput, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ec2:DescribeInstanceAttribute, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ecr:GetAuthorizationToken, *",
    "sts:AssumeRole,"
        + " arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1234567",
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
      for (var other : List.of("deploy-staging", "deploy-panel", "build-erp", "release-staging")) {
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
                "arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1234567",
                MACHINE,
                KEY,
                ERP,
                document("slipway-staging-release"),
                "arn:aws:rds:us-east-1:123456789012:db:slipway-panel-db-1",
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:slipway/panel/jwt-1-abcdef")) {
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
            List.of(
                "iam:GetRolePolicy",
                "arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1234567"),
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
}
