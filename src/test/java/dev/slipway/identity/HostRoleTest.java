package dev.slipway.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Outcome;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.Staging;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a host's role may do, with the policies that AWS keeps; {@link HostRolePolicyTest} has what
 * it may not.
 */
class HostRoleTest {
  private static final FakeStack STACK = Staging.stack();
  private static final String PARAMETERS =
      "arn:aws:ssm:us-east-1:" + FakeCloud.ACCOUNT + ":parameter";

  private static Outcome may(PolicyEvaluator policies, String action, String resource) {
    return policies.evaluate(Request.of(STACK.arnOf("identity-host"), action, resource)).outcome();
  }

  private static Outcome may(String action, String resource) {
    return may(STACK.policiesOf("identity-host"), action, resource);
  }

  private static String bucket(String role) {
    return String.valueOf(
        STACK.only("aws:s3/bucketV2:BucketV2", role + "-bucket-bucket").output("arn"));
  }

  private static String bucketPolicy(String role) {
    return STACK.only("aws:s3/bucketPolicy:BucketPolicy", role + "-bucket-policy").text("policy");
  }

  @ParameterizedTest
  @CsvSource({
    "ssm:GetParameter, /slipway/staging/host",
    "ssm:GetParameter, /slipway/staging/release/desired",
    "ssm:PutParameter, /slipway/staging/release/desired",
    "ssm:GetParameters, /slipway/staging/release/desired/api",
    "ssm:PutParameter, /slipway/staging/release/desired/api",
    "ssm:GetParameter, /slipway/staging/secrets/db-root-password",
    "ssm:PutParameter, /slipway/staging/secrets/site-admin-password/erp.example.com"
  })
  void reachesTheParametersOfItsStack(String action, String name) {
    assertThat(may(action, PARAMETERS + name)).isEqualTo(Outcome.ALLOWED);
  }

  @Test
  void readsTheParametersThatAwsPublishes() {
    assertThat(
            may(
                "ssm:GetParameter",
                "arn:aws:ssm:us-east-1::parameter/aws/service/canonical/ubuntu/x"))
        .isEqualTo(Outcome.ALLOWED);
  }

  @Test
  void writesNoPointer() {
    assertThat(may("ssm:PutParameter", PARAMETERS + "/slipway/staging/host"))
        .isEqualTo(Outcome.DENIED_IMPLICIT);
  }

  @Test
  void keepsBackupsAndReadsThem() {
    var object = bucket("backup") + "/staging/erp.example.com/20261121T021700Z-none/db.sql.gz";

    assertThat(may("s3:PutObject", object)).isEqualTo(Outcome.ALLOWED);
    assertThat(may("s3:GetObject", object)).isEqualTo(Outcome.ALLOWED);
    assertThat(
            STACK
                .policiesOf("identity-host")
                .evaluate(
                    Request.of(STACK.arnOf("identity-host"), "s3:ListBucket", bucket("backup"))
                        .with("s3:prefix", "staging/erp.example.com/"))
                .outcome())
        .isEqualTo(Outcome.ALLOWED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:BypassGovernanceRetention",
        "s3:PutLifecycleConfiguration",
        "s3:PutBucketVersioning",
        "s3:PutBucketPolicy",
        "s3:DeleteBucket"
      })
  void removesNoBackupWhateverAnyPolicyAllows(String action) {
    var object = bucket("backup") + "/staging/erp.example.com/20261121T021700Z-none/db.sql.gz";
    var generous =
        new PolicyEvaluator(List.of(Policy.of(Statement.allow("All").actions("*").resources("*"))))
            .at(bucketPolicy("backup"));
    var where = action.endsWith("Object") || action.contains("Version") ? object : bucket("backup");

    assertThat(may(action, where)).isEqualTo(Outcome.DENIED_IMPLICIT);
    assertThat(may(generous, action, bucket("backup"))).isEqualTo(Outcome.DENIED_EXPLICIT);
    assertThat(may(generous, action, object)).isEqualTo(Outcome.DENIED_EXPLICIT);
  }

  @Test
  void reachesNoOtherStacksBackups() {
    assertThat(may("s3:GetObject", bucket("backup") + "/production/x/1/db.sql.gz"))
        .isEqualTo(Outcome.DENIED_IMPLICIT);
    assertThat(may("s3:ListBucket", bucket("backup"))).isEqualTo(Outcome.DENIED_IMPLICIT);
    assertThat(may("s3:GetObject", "arn:aws:s3:::another-bucket/staging/x"))
        .isEqualTo(Outcome.DENIED_IMPLICIT);
  }

  @Test
  void readsBundlesAndWritesNone() {
    var object = bucket("artifacts") + "/bundles/1.tar.gz";

    assertThat(may("s3:GetObject", object)).isEqualTo(Outcome.ALLOWED);
    assertThat(may("s3:PutObject", object)).isEqualTo(Outcome.DENIED_IMPLICIT);
    assertThat(may("s3:DeleteObject", object)).isEqualTo(Outcome.DENIED_IMPLICIT);
  }

  @Test
  void publishesMetricsOfItsOwnNamespaceAlone() {
    var request = Request.of(STACK.arnOf("identity-host"), "cloudwatch:PutMetricData", "*");
    var policies = STACK.policiesOf("identity-host");

    assertThat(policies.evaluate(request.with("cloudwatch:namespace", "Slipway")).allowed())
        .isTrue();
    assertThat(policies.evaluate(request.with("cloudwatch:namespace", "AWS/EC2")).allowed())
        .isFalse();
  }

  @Test
  void writesItsLogAndNoOther() {
    var logs = "arn:aws:logs:us-east-1:" + FakeCloud.ACCOUNT + ":log-group:";

    assertThat(may("logs:PutLogEvents", logs + "/slipway/staging:log-stream:1/i-1/release/stdout"))
        .isEqualTo(Outcome.ALLOWED);
    assertThat(may("logs:CreateLogStream", logs + "/slipway/staging:log-stream:1"))
        .isEqualTo(Outcome.ALLOWED);
    assertThat(may("logs:DescribeLogGroups", logs + "*")).isEqualTo(Outcome.ALLOWED);
    assertThat(may("logs:PutLogEvents", logs + "/slipway/production:log-stream:1"))
        .isEqualTo(Outcome.DENIED_IMPLICIT);
    assertThat(may("logs:DeleteLogGroup", logs + "/slipway/staging"))
        .isEqualTo(Outcome.DENIED_IMPLICIT);
  }

  @Test
  void isReachedBySystemsManager() {
    assertThat(may("ssm:UpdateInstanceInformation", "*")).isEqualTo(Outcome.ALLOWED);
    assertThat(may("ssmmessages:CreateControlChannel", "*")).isEqualTo(Outcome.ALLOWED);
  }

  @Test
  void isUnderTheStacksOwnPath() {
    assertThat(STACK.only("aws:iam/role:Role").input("path")).isEqualTo("/slipway/staging/");
    assertThat(STACK.only("aws:iam/instanceProfile:InstanceProfile").input("path"))
        .isEqualTo("/slipway/staging/");
  }

  @Test
  void staysWithinTheBoundaryOfTheSettings() {
    var boundary = "arn:aws:iam::" + FakeCloud.ACCOUNT + ":policy/boundary";
    var bounded =
        FakeCloud.named("staging")
            .policy(
                boundary,
                Policy.of(Statement.allow("Only").actions("s3:*", "ssm:*").resources("*")))
            .run(
                Staging.config()
                    .with("slipway:identity.permissionsBoundary", boundary)
                    .with("slipway:network.flowLogs", true));

    assertThat(bounded.all("aws:iam/role:Role"))
        .hasSize(2)
        .allSatisfy(role -> assertThat(role.input("permissionsBoundary")).isEqualTo(boundary));
    assertThat(
            bounded
                .policiesOf("identity-host")
                .evaluate(
                    Request.of(bounded.arnOf("identity-host"), "cloudwatch:PutMetricData", "*")
                        .with("cloudwatch:namespace", "Slipway"))
                .allowed())
        .isFalse();
  }

  @Test
  void pullsAnImageFromEcrWhereItIsThere() {
    var stack =
        Staging.stack(
            Staging.config()
                .with(
                    "slipway:erpnext.image.name",
                    FakeCloud.ACCOUNT + ".dkr.ecr.eu-central-1.amazonaws.com/team/erp"));
    var policies = stack.policiesOf("identity-host");
    var role = stack.arnOf("identity-host");
    var repository = "arn:aws:ecr:eu-central-1:" + FakeCloud.ACCOUNT + ":repository/team/";

    assertThat(policies.evaluate(Request.of(role, "ecr:GetAuthorizationToken", "*")).allowed())
        .isTrue();
    assertThat(
            policies.evaluate(Request.of(role, "ecr:BatchGetImage", repository + "erp")).allowed())
        .isTrue();
    assertThat(policies.evaluate(Request.of(role, "ecr:BatchGetImage", repository + "x")).allowed())
        .isFalse();
    // It may name what is there, so that it stays; nothing comes in by that.
    assertThat(policies.evaluate(Request.of(role, "ecr:PutImage", repository + "erp")).allowed())
        .isTrue();
    assertThat(policies.evaluate(Request.of(role, "ecr:PutImage", repository + "x")).allowed())
        .isFalse();
    assertThat(
            policies
                .evaluate(Request.of(role, "ecr:InitiateLayerUpload", repository + "erp"))
                .allowed())
        .isFalse();
    assertThat(may("ecr:GetAuthorizationToken", "*")).isEqualTo(Outcome.DENIED_IMPLICIT);
  }
}
