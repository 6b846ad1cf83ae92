package dev.slipway.access;

import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What a preview and a refresh read of the account: how things are set up, and never what is in
 * them.
 *
 * <p>AWS's own ReadOnlyAccess won't do: it reads objects, parameters and logs.
 */
final class ReadRights {
  /** Every read of EC2 that the types of our stacks take; EC2 doesn't scope them. */
  static final String[] EC2 = {
    "ec2:DescribeAddresses",
    "ec2:DescribeAddressesAttribute",
    "ec2:DescribeEgressOnlyInternetGateways",
    "ec2:DescribeFlowLogs",
    "ec2:DescribeIamInstanceProfileAssociations",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceCreditSpecifications",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTags",
    "ec2:DescribeVolumes",
    "ec2:DescribeVolumesModifications",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcs"
  };

  /** Everything that is set up on a bucket; the provider asks for all of it. */
  static final String[] BUCKET = {
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket"
  };

  static final String[] ROLE = {
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:ListRoleTags"
  };

  static final String[] PROFILE = {"iam:GetInstanceProfile", "iam:ListInstanceProfileTags"};

  static final String[] KEY = {
    "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"
  };

  static final String[] TOPIC = {
    "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"
  };

  static final String[] DOCUMENT = {
    "ssm:DescribeDocument",
    "ssm:DescribeDocumentPermission",
    "ssm:GetDocument",
    "ssm:ListTagsForResource"
  };

  private ReadRights() {}

  /**
   * The only questions that a preview asks AWS: whether the image is there, and whether there was a
   * release.
   *
   * @param stacks the names of the stacks
   */
  static List<Statement> ofPreview(Target any, List<String> stacks) {
    var all = new ArrayList<Statement>();
    all.add(Statement.allow("LookUp").actions("ec2:DescribeImages").resources("*"));
    if (!stacks.isEmpty()) {
      all.add(
          Statement.allow("SeeReleases")
              .actions("ssm:GetParametersByPath")
              .resources(
                  each(stacks, name -> any.arn("ssm", "parameter/slipway/" + name + "/release"))));
    }
    return all;
  }

  /**
   * What a refresh reads of every stack and of the foundation itself, by the path or the beginning
   * of their names.
   *
   * @param stacks the names of the stacks, by which it reads what is more than setup: their
   *     pointers and bundles. A wildcard goes across slashes, and a pattern for all stacks would
   *     let it read a secret that is called as the pointer is.
   */
  static List<Statement> ofRefresh(Target any, List<String> stacks) {
    var all = new ArrayList<Statement>();
    all.add(Statement.allow("SeeMachinesAndNetworks").actions(EC2).resources("*"));
    all.add(
        Statement.allow("SeeMachine")
            .actions("ec2:DescribeInstanceAttribute")
            .resources(any.ec2("instance"))
            .when("StringEquals", "aws:ResourceTag/ManagedBy", "pulumi"));
    all.add(Statement.allow("SeeDefaults").actions("ec2:GetEbsEncryptionByDefault").resources("*"));
    all.add(
        Statement.allow("SeePublicAccessBlock")
            .actions("s3:GetAccountPublicAccessBlock")
            .resources("*"));
    all.add(Statement.allow("SeeBuckets").actions(BUCKET).resources(any.bucket("slipway-*")));
    all.add(
        Statement.allow("SeeRoles").actions(ROLE).resources(any.global("iam", "role/slipway/*")));
    all.add(
        Statement.allow("SeeProfiles")
            .actions(PROFILE)
            .resources(any.global("iam", "instance-profile/slipway/*")));
    all.add(
        Statement.allow("SeePolicies")
            .actions(
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
                "iam:ListPolicyTags",
                "iam:ListPolicyVersions")
            .resources(
                any.global("iam", "policy/slipway/*"),
                "arn:" + any.stack().partition() + ":iam::aws:policy/*"));
    all.add(
        Statement.allow("SeeProvider")
            .actions("iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviderTags")
            .resources(any.global("iam", "oidc-provider/" + GithubProvider.HOST)));
    all.add(
        Statement.allow("SeeKeys")
            .actions(KEY)
            .resources(any.arn("kms", "key/*"))
            .when("StringEquals", "aws:ResourceTag/ManagedBy", "pulumi"));
    all.add(Statement.allow("SeeTopics").actions(TOPIC).resources(any.arn("sns", "slipway-*")));
    all.add(
        Statement.allow("SeeSubscriptions")
            .actions("sns:GetSubscriptionAttributes")
            .resources("*"));
    all.add(
        Statement.allow("SeeAlarms")
            .actions("cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource")
            .resources(any.arn("cloudwatch", "alarm:*")));
    // How old the newest backup is, and how the last drill went.
    all.add(
        Statement.allow("SeeMetrics")
            .actions("cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics")
            .resources("*"));
    all.add(
        Statement.allow("SeeDashboards")
            .actions("cloudwatch:GetDashboard")
            .resources(any.global("cloudwatch", "dashboard/slipway-*")));
    all.add(Statement.allow("SeeQueries").actions("logs:DescribeQueryDefinitions").resources("*"));
    all.add(Statement.allow("SeeLogGroups").actions("logs:DescribeLogGroups").resources("*"));
    all.add(
        Statement.allow("SeeTagsOfLogs")
            .actions("logs:ListTagsForResource", "logs:ListTagsLogGroup")
            .resources(any.arn("logs", "log-group:/slipway/*")));
    all.add(
        Statement.allow("SeeDocuments")
            .actions(DOCUMENT)
            .resources(any.arn("ssm", "document/slipway-*")));
    // Canonical's public parameters name the newest images; ./slipway ami reads them.
    all.add(
        Statement.allow("SeeNewestImages")
            .actions("ssm:GetParameter")
            .resources(
                "arn:%s:ssm:%s::parameter/aws/service/canonical/*"
                    .formatted(any.stack().partition(), any.stack().region())));
    all.add(Statement.allow("SeeParameters").actions("ssm:DescribeParameters").resources("*"));
    all.add(
        Statement.allow("SeeSchedules")
            .actions(
                "scheduler:GetSchedule",
                "scheduler:GetScheduleGroup",
                "scheduler:ListTagsForResource")
            .resources(
                any.arn("scheduler", "schedule/slipway-*/*"),
                any.arn("scheduler", "schedule-group/slipway-*")));
    all.add(
        Statement.allow("SeeNames")
            .actions(
                "route53:GetHostedZone",
                "route53:ListResourceRecordSets",
                "route53:ListTagsForResource")
            .resources("arn:" + any.stack().partition() + ":route53:::hostedzone/*"));
    all.add(
        Statement.allow("SeeRegistries")
            .actions(
                "ecr:DescribeRepositories",
                "ecr:GetLifecyclePolicy",
                "ecr:GetRepositoryPolicy",
                "ecr:ListTagsForResource")
            .resources(any.arn("ecr", "repository/*")));
    all.add(
        Statement.allow("SeeBudget")
            .actions("budgets:ViewBudget", "budgets:ListTagsForResource")
            .resources(any.global("budgets", "budget/slipway-*")));
    all.addAll(DataRights.ofRefresh(any));
    if (!stacks.isEmpty()) {
      // The object of a bundle is compared by its head, which takes the right to get it. In it are
      // scripts and settings that are in this repository, too.
      all.add(
          Statement.allow("SeeBundles")
              .actions("s3:GetObject", "s3:GetObjectTagging")
              .resources(
                  each(stacks, name -> any.bucket("slipway-" + name + "-artifacts-*/bundles/*"))));
      all.add(
          Statement.allow("SeePointers")
              .actions("ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource")
              .resources(
                  each(stacks, name -> any.arn("ssm", "parameter/slipway/" + name + "/host"))));
    }
    return all;
  }

  private static String[] each(List<String> stacks, UnaryOperator<String> resource) {
    return stacks.stream().map(resource).toArray(String[]::new);
  }
}
