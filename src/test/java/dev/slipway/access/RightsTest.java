package dev.slipway.access;

import static dev.slipway.access.Accounts.STACK;
import static dev.slipway.access.Accounts.may;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.PolicyEvaluator.Request;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the roles of workflows that release and build may do and may not. */
class RightsTest {
  private static final String MACHINE = "arn:aws:ec2:us-east-1:123456789012:instance/i-1";
  private static final String ERP = "arn:aws:ecr:us-east-1:123456789012:repository/erp";

  private static String document(String name) {
    return "arn:aws:ssm:us-east-1:123456789012:document/" + name;
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
    "s3:GetObject,"
        + " arn:aws:s3:::slipway-state-123456789012-us-east-1/.pulumi/stacks/slipway/staging.json",
    "kms:Decrypt, arn:aws:kms:us-east-1:123456789012:key/1",
    "ec2:StopInstances, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ec2:TerminateInstances, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ec2:CreateTags, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "iam:PassRole,"
        + " arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1234567",
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

  /** One lock for all that change every host of a stack, and nothing beside it in its bucket. */
  @Test
  void aReleaseRoleTakesItsStacksLockAlone() {
    var bucket = "arn:aws:s3:::slipway-staging-artifacts-0123456789/";
    var pointer = "arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/host";

    for (var role : List.of("release-staging", "deploy-staging")) {
      assertThat(may(role, "ssm:GetParameter", pointer)).as(role).isTrue();
      for (var action : List.of("s3:GetObject", "s3:PutObject")) {
        assertThat(may(role, action, bucket + "locks/release.json")).as(role).isTrue();
      }
    }
    for (var other :
        List.of(
            bucket + "bundles/0123.tar.gz",
            bucket + "locks/release.json2",
            "arn:aws:s3:::slipway-production-artifacts-0123456789/locks/release.json",
            "arn:aws:s3:::slipway-staging-backup-0123456789/locks/release.json")) {
      assertThat(may("release-staging", "s3:PutObject", other)).as(other).isFalse();
    }
    assertThat(may("release-staging", "s3:DeleteObject", bucket + "locks/release.json")).isFalse();
    assertThat(may("release-staging", "ssm:GetParameter", pointer.replace("host", "secrets/x")))
        .isFalse();
    assertThat(may("release-production", "s3:PutObject", bucket + "locks/release.json")).isFalse();
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
            "arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1a2b3c4",
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
          .isEqualTo(other.contains("-identity-host-role-"));
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
            "arn:aws:iam::123456789012:role/slipway/production/erpnext-identity-host-role-1234567",
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
}
