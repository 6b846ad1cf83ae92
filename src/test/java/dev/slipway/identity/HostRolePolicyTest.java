package dev.slipway.identity;

import static dev.slipway.testing.PolicyEvaluator.Outcome.ALLOWED;
import static dev.slipway.testing.PolicyEvaluator.Outcome.DENIED_EXPLICIT;
import static dev.slipway.testing.PolicyEvaluator.Outcome.DENIED_IMPLICIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.ManagedPolicies;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Outcome;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a host's role may not do, whatever AWS's own policy or somebody else's grants it. */
class HostRolePolicyTest {
  private static final String CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
  private static final String ADMINISTRATOR =
      """
      {"Version": "2012-10-17",
       "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
      """;

  private static final FakeStack STAGING = FakeCloud.stack("staging", StackConfig.erpnext());
  private static final PolicyEvaluator HOST = STAGING.policiesOf("host");
  private static final String ROLE = STAGING.arnOf("host");
  private static final String BACKUPS = bucket("backup-bucket-bucket");
  private static final String ARTIFACTS = bucket("artifacts-bucket-bucket");

  private static String bucket(String role) {
    return (String) STAGING.only("aws:s3/bucketV2:BucketV2", role).output("arn");
  }

  private static String bucketPolicy(String bucket) {
    return STAGING.only("aws:s3/bucketPolicy:BucketPolicy", bucket + "-policy").text("policy");
  }

  private static String parameter(String path) {
    return "arn:aws:ssm:us-east-1:123456789012:parameter" + path;
  }

  private static Outcome may(String action, String resource) {
    return HOST.evaluate(Request.of(ROLE, action, resource)).outcome();
  }

  @Test
  void isTakenByMachinesAlone() {
    var trust = STAGING.only("aws:iam/role:Role").text("assumeRolePolicy");
    var door = new PolicyEvaluator(List.of(ADMINISTRATOR)).atGuarded(trust);

    assertThat(door.evaluate(Request.of("ec2.amazonaws.com", "sts:AssumeRole", ROLE)).allowed())
        .isTrue();
    for (var other :
        List.of(
            "ssm.amazonaws.com",
            "lambda.amazonaws.com",
            "arn:aws:iam::123456789012:user/somebody",
            "arn:aws:iam::210987654321:root")) {
      assertThat(door.evaluate(Request.of(other, "sts:AssumeRole", ROLE)).outcome())
          .as(other)
          .isEqualTo(DENIED_IMPLICIT);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/slipway/production/host",
        "/slipway/production/secrets/db-root-password",
        "/slipway/staging2/secrets/db-root-password",
        "/slipway/staging-two/host",
        "/slipway",
        "/payroll/password",
        "/AmazonCloudWatch-linux",
        "/slipway/stagingtwo/host",
      })
  void readsNoParameterOfOthersThoughItsManagedPolicyWouldLetIt(String path) {
    var request = Request.of(ROLE, "ssm:GetParameter", parameter(path));

    assertThat(new PolicyEvaluator(List.of(ManagedPolicies.json(CORE))).evaluate(request).allowed())
        .isTrue();
    assertThat(HOST.evaluate(request).outcome()).isEqualTo(DENIED_EXPLICIT);
    for (var action : List.of("ssm:GetParameters", "ssm:PutParameter", "ssm:DeleteParameter")) {
      assertThat(may(action, parameter(path))).as(action).isEqualTo(DENIED_EXPLICIT);
    }
  }

  @Test
  void changesNothingThatTellsItWhatToRun() {
    assertThat(may("ssm:PutParameter", parameter("/slipway/staging/host")))
        .isEqualTo(DENIED_IMPLICIT);
    assertThat(may("s3:PutObject", ARTIFACTS + "/bundles/1.tar.gz")).isEqualTo(DENIED_IMPLICIT);
    assertThat(may("ssm:UpdateDocument", "arn:aws:ssm:us-east-1:123456789012:document/x"))
        .isEqualTo(DENIED_IMPLICIT);
  }

  @Test
  void keepsItsSecrets() {
    for (var action : List.of("ssm:DeleteParameter", "ssm:DeleteParameters")) {
      assertThat(may(action, parameter("/slipway/staging/secrets/db-root-password")))
          .isEqualTo(DENIED_IMPLICIT);
    }
  }

  @Test
  void findsTheBackupsOfItsStackAlone() {
    var list = Request.of(ROLE, "s3:ListBucket", BACKUPS);

    assertThat(HOST.evaluate(list.with("s3:prefix", "staging/erp.example.com/")).allowed())
        .isTrue();
    assertThat(HOST.evaluate(list.with("s3:prefix", "production/")).allowed()).isFalse();
    assertThat(HOST.evaluate(list.with("s3:prefix", "staging")).allowed()).isFalse();
    assertThat(HOST.evaluate(list).allowed()).isFalse();
  }

  @Test
  void leavesTheBackupsToWhoDestroysTheStackOnPurpose() {
    var own = BACKUPS + "/staging/erp.example.com/20261121T021700Z-none/manifest.json";
    var everything = new PolicyEvaluator(List.of(ADMINISTRATOR)).at(bucketPolicy("backup-bucket"));

    assertThat(everything.evaluate(Request.of(ROLE, "s3:DeleteObject", own)).outcome())
        .isEqualTo(DENIED_EXPLICIT);
    assertThat(
            everything
                .evaluate(
                    Request.of("arn:aws:iam::123456789012:role/deployer", "s3:DeleteObject", own))
                .outcome())
        .isEqualTo(ALLOWED);
  }

  @Test
  void reachesBucketsOverTlsAlone() {
    for (var bucket : List.of("backup-bucket", "artifacts-bucket")) {
      var resource = bucket.startsWith("backup") ? BACKUPS : ARTIFACTS;
      var get =
          Request.of("arn:aws:iam::123456789012:role/deployer", "s3:GetObject", resource + "/a");
      var everything = new PolicyEvaluator(List.of(ADMINISTRATOR)).at(bucketPolicy(bucket));

      assertThat(everything.evaluate(get).outcome()).isEqualTo(ALLOWED);
      assertThat(everything.evaluate(get.with("aws:SecureTransport", "false")).outcome())
          .isEqualTo(DENIED_EXPLICIT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "iam:PassRole,"
        + " arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1234567",
    "iam:PutRolePolicy,"
        + " arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1234567",
    "sts:AssumeRole, arn:aws:iam::123456789012:role/other",
    "ssm:SendCommand, arn:aws:ssm:us-east-1:123456789012:document/slipway-staging-release",
    "ssm:StartSession, arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0",
    "ec2:TerminateInstances, arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0",
    "ec2:DetachVolume, arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef0",
    "ec2:DeleteVolume, arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef0",
    "ec2:DescribeInstances, *",
    "s3:ListAllMyBuckets, *",
    "s3:CreateBucket, arn:aws:s3:::another",
    "ec2:RunInstances, *",
    "iam:CreateUser, *",
    "secretsmanager:GetSecretValue, arn:aws:secretsmanager:us-east-1:123456789012:secret:x-abcdef",
    "kms:Decrypt, arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000",
    "route53:ChangeResourceRecordSets, arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ",
    "ecr:GetAuthorizationToken, *",
    "sns:Publish, arn:aws:sns:us-east-1:123456789012:alarms",
    "ssm:DescribeParameters, *",
  })
  void doesNothingElse(String action, String resource) {
    assertThat(may(action, resource)).isEqualTo(DENIED_IMPLICIT);
  }
}
