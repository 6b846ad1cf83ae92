package dev.slipway.aws;

import dev.slipway.identity.Statement;
import java.util.List;

/**
 * IAM: roles and profiles, told by the stack's path. A role is made within the stack's boundary,
 * and nothing takes it off.
 */
final class Iam {
  private static final String NAME = "[\\w+=,.@-]+";

  private static final String BOUNDARY = "iam:PermissionsBoundary";

  private static final String[] READ_ROLE = {
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:ListRoleTags"
  };
  private static final String[] READ_PROFILE = {
    "iam:GetInstanceProfile", "iam:ListInstanceProfileTags"
  };

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:iam/role:Role")
              .free()
              .namedOrPrefixed("name", 1, 64, NAME, NAME)
              .replacedBy("name", "namePrefix", "path")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:iam::{account}:role{path}{name}")
              .computes("uniqueId", "AROA{letters17}")
              .toDeploy(
                  seeOwn(READ_ROLE),
                  withinBoundary(
                      "iam:CreateRole",
                      "iam:PutRolePermissionsBoundary",
                      "iam:UpdateAssumeRolePolicy"),
                  stack ->
                      Statement.allow("ChangeOwnRoles")
                          .actions(
                              "iam:DeleteRole",
                              "iam:TagRole",
                              "iam:UntagRole",
                              "iam:UpdateRole",
                              "iam:UpdateRoleDescription")
                          .resources(stack.roles()),
                  // Nothing here allows it; whoever adds to it one day finds it denied.
                  stack ->
                      Statement.deny("KeepBoundary")
                          .actions("iam:DeleteRolePermissionsBoundary")
                          .resources(stack.global("iam", "role/*")))
              .toRefresh(seeAny(READ_ROLE)),
          AwsType.of("aws:iam/rolePolicy:RolePolicy")
              .free()
              .inWords(policy -> "of " + policy.named("role"))
              .namedOrPrefixed("name", 1, 128, NAME, NAME)
              .replacedBy("name", "namePrefix", "role")
              .computes("id", "{role}:{name}")
              .toDeploy(
                  seeOwn("iam:GetRolePolicy"),
                  withinBoundary("iam:DeleteRolePolicy", "iam:PutRolePolicy"))
              .toRefresh(seeAny("iam:GetRolePolicy")),
          AwsType.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
              .free()
              .inWords(attachment -> "to " + attachment.named("role"))
              .replacedBy("policyArn", "role")
              .computes("id", "{role}-{policyArn}")
              .toDeploy(
                  seeOwn("iam:ListAttachedRolePolicies"),
                  withinBoundary("iam:DetachRolePolicy"),
                  // The two that hosts have.
                  stack ->
                      Statement.allow("AttachWithinBoundary")
                          .actions("iam:AttachRolePolicy")
                          .resources(stack.roles())
                          .when("StringEquals", BOUNDARY, stack.boundary())
                          .when(
                              "ArnEquals",
                              "iam:PolicyARN",
                              ofAws(stack, "AmazonSSMManagedInstanceCore"),
                              ofAws(stack, "CloudWatchAgentServerPolicy")))
              .toRefresh(seeAny("iam:ListAttachedRolePolicies")),
          AwsType.of("aws:iam/instanceProfile:InstanceProfile")
              .free()
              .namedOrPrefixed("name", 1, 128, NAME, NAME)
              .replacedBy("name", "namePrefix", "path")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:iam::{account}:instance-profile{path}{name}")
              .computes("uniqueId", "AIPA{letters17}")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepOwnProfiles")
                          .actions(
                              Target.and(
                                  READ_PROFILE,
                                  "iam:AddRoleToInstanceProfile",
                                  "iam:CreateInstanceProfile",
                                  "iam:DeleteInstanceProfile",
                                  "iam:RemoveRoleFromInstanceProfile",
                                  "iam:TagInstanceProfile",
                                  "iam:UntagInstanceProfile"))
                          .resources(
                              stack.global(
                                  "iam", "instance-profile" + stack.stack().path() + "/*")),
                  seeOwn("iam:GetRole"),
                  pass("ec2.amazonaws.com"))
              .toRefresh(
                  any ->
                      Statement.allow("SeeProfiles")
                          .actions(READ_PROFILE)
                          .resources(any.global("iam", "instance-profile/slipway/*")))
              // Whatever starts with a profile is a host, and takes the roles of its applications,
              // as far as these trust it and its own policy names them.
              .within(
                  stack ->
                      Statement.allow("RolesOfApps")
                          .actions("sts:AssumeRole")
                          .resources(stack.roles()))
              .within(Ssm.ofHosts())
              .within(CloudWatch.publish())
              .within(Ecr.ofHosts()),
          AwsType.of("aws:iam/policy:Policy")
              .free()
              .namedOrPrefixed("name", 1, 128, NAME, NAME)
              .replacedBy("description", "name", "namePrefix", "path")
              .computes("arn", "arn:aws:iam::{account}:policy{path}{name}")
              .computes("id", "{arn}")
              .computes("policyId", "ANPA{letters17}")
              .toRefresh(
                  any ->
                      Statement.allow("SeePolicies")
                          .actions(
                              "iam:GetPolicy",
                              "iam:GetPolicyVersion",
                              "iam:ListPolicyTags",
                              "iam:ListPolicyVersions")
                          .resources(
                              any.global("iam", "policy/slipway/*"),
                              "arn:" + any.stack().partition() + ":iam::aws:policy/*")),
          AwsType.of("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
              .free()
              .replacedBy("url")
              .computes("arn", "arn:aws:iam::{account}:oidc-provider/{host url}")
              .computes("id", "{arn}")
              .toRefresh(
                  any ->
                      Statement.allow("SeeProvider")
                          .actions(
                              "iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviderTags")
                          .resources(
                              any.global(
                                  "iam", "oidc-provider/token.actions.githubusercontent.com"))),
          // No system makes these two; a house rule asks about them.
          AwsType.of("aws:iam/accessKey:AccessKey")
              .free()
              .breaks("long-lived-key", Iam::longLived)
              .replacedBy("pgpKey", "user"),
          AwsType.of("aws:iam/user:User").free().breaks("long-lived-key", Iam::longLived));

  private Iam() {}

  static String longLived(PlannedResource credential) {
    return "is a long-lived credential, or is made for one; use a role";
  }

  /** Gives a role of the stack to a service. */
  static Right pass(String service) {
    return stack ->
        Statement.allow("PassOwnRoles")
            .actions("iam:PassRole")
            .resources(stack.roles())
            .when("StringEquals", "iam:PassedToService", service);
  }

  /** What such a role may do is AWS's to say, and nobody's to change. */
  static Right serviceLinkedRole(String service) {
    return stack ->
        Statement.allow("MakeServiceLinkedRoles")
            .actions("iam:CreateServiceLinkedRole")
            .resources(stack.global("iam", "role/aws-service-role/*"))
            .when("StringEquals", "iam:AWSServiceName", service);
  }

  private static Right seeOwn(String... actions) {
    return stack -> Statement.allow("SeeOwnRoles").actions(actions).resources(stack.roles());
  }

  private static Right seeAny(String... actions) {
    return any ->
        Statement.allow("SeeRoles").actions(actions).resources(any.global("iam", "role/slipway/*"));
  }

  private static Right withinBoundary(String... actions) {
    return stack ->
        Statement.allow("GrantWithinBoundary")
            .actions(actions)
            .resources(stack.roles())
            .when("StringEquals", BOUNDARY, stack.boundary());
  }

  private static String ofAws(Target target, String policy) {
    return "arn:" + target.stack().partition() + ":iam::aws:policy/" + policy;
  }
}
