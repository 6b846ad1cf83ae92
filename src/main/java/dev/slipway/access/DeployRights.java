package dev.slipway.access;

import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What bringing one stack up, and taking it down, takes: to make, change and remove the types of
 * resources that systems are made of, where they are the stack's own.
 *
 * <p>Own is what has the stack's path (roles, parameters, logs), what begins with its name
 * (buckets, documents, topics, alarms, schedules), or what carries its tag {@code Environment} (EC2
 * and keys, whose names AWS makes). Which actions know which resources and conditions is said in
 * the <a href="https://docs.aws.amazon.com/service-authorization/latest/reference/">Service
 * Authorization Reference</a>.
 */
final class DeployRights {
  /** A policy that is a resource of its own takes 6,144 characters. */
  static final int MOST_CHARACTERS = 6144;

  private static final String[] KINDS = {
    "egress-only-internet-gateway",
    "elastic-ip",
    "instance",
    "internet-gateway",
    "network-interface",
    "route-table",
    "security-group",
    "security-group-rule",
    "subnet",
    "volume",
    "vpc",
    "vpc-flow-log"
  };

  private static final String REQUESTED = "aws:RequestTag/";
  private static final String HAS = "aws:ResourceTag/";

  private final Target target;
  private final StackAccess access;
  private final String name;

  private DeployRights(Target target, StackAccess access) {
    this.target = target;
    this.access = access;
    name = target.stack().name();
  }

  /** The rights by what they are for: each a policy, since one can't hold all. */
  static Map<String, List<Statement>> of(Target target, StackAccess access, StateSettings state) {
    var rights = new DeployRights(target, access);
    var all = new LinkedHashMap<String, List<Statement>>();
    all.put("state", new StateRights(state, target).keep());
    all.put("network", rights.network());
    all.put("tags", rights.tags());
    all.put("machines", rights.machines());
    all.put("identity", rights.identity());
    all.put("storage", rights.storage());
    all.put("operations", rights.operations());
    all.put("data", DataRights.ofDeploy(target));
    if (access.behindBalancer()) {
      // One policy can't hold all of it, and a role takes ten.
      all.compute("machines", (part, alone) -> join(alone, ServingRights.ofMachines(target)));
      all.put("serving", ServingRights.ofDeploy(target, access));
    }
    all.put("commands", ReleaseRights.of(target, ReleaseRights.DEPLOY));
    return all;
  }

  private static List<Statement> join(List<Statement> some, List<Statement> more) {
    return Stream.of(some, more).flatMap(List::stream).toList();
  }

  private Statement tagged(Statement statement) {
    return statement.when("StringEquals", REQUESTED + Stack.OWNER, name);
  }

  private Statement own(Statement statement) {
    return statement.when("StringEquals", HAS + Stack.OWNER, name);
  }

  // What is made is judged by the tags in the request; what it is made in, by the tags it has. They
  // are statements apart, or a thing could be made in somebody else's network.

  private List<Statement> network() {
    return List.of(
        Statement.allow("See").actions(ReadRights.EC2).resources("*"),
        tagged(
            Statement.allow("MakeNetwork").actions("ec2:CreateVpc").resources(target.ec2("vpc"))),
        tagged(
            Statement.allow("MakePartsOfNetwork")
                .actions(
                    "ec2:CreateEgressOnlyInternetGateway",
                    "ec2:CreateFlowLogs",
                    "ec2:CreateInternetGateway",
                    "ec2:CreateRouteTable",
                    "ec2:CreateSecurityGroup",
                    "ec2:CreateSubnet")
                .resources(
                    target.ec2(
                        "egress-only-internet-gateway",
                        "internet-gateway",
                        "route-table",
                        "security-group",
                        "subnet",
                        "vpc-flow-log"))),
        tagged(
            Statement.allow("MakeRules")
                .actions("ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress")
                .resources(target.ec2("security-group-rule"))),
        own(
            Statement.allow("ChangeOwnNetwork")
                .actions(
                    "ec2:AssociateRouteTable",
                    "ec2:AssociateSubnetCidrBlock",
                    "ec2:AssociateVpcCidrBlock",
                    "ec2:AttachInternetGateway",
                    "ec2:AuthorizeSecurityGroupEgress",
                    "ec2:AuthorizeSecurityGroupIngress",
                    "ec2:CreateEgressOnlyInternetGateway",
                    "ec2:CreateFlowLogs",
                    "ec2:CreateRoute",
                    "ec2:CreateRouteTable",
                    "ec2:CreateSecurityGroup",
                    "ec2:CreateSubnet",
                    "ec2:DeleteEgressOnlyInternetGateway",
                    "ec2:DeleteFlowLogs",
                    "ec2:DeleteInternetGateway",
                    "ec2:DeleteRoute",
                    "ec2:DeleteRouteTable",
                    "ec2:DeleteSecurityGroup",
                    "ec2:DeleteSubnet",
                    "ec2:DeleteVpc",
                    "ec2:DetachInternetGateway",
                    "ec2:DisassociateRouteTable",
                    "ec2:DisassociateSubnetCidrBlock",
                    "ec2:DisassociateVpcCidrBlock",
                    "ec2:ModifySecurityGroupRules",
                    "ec2:ModifySubnetAttribute",
                    "ec2:ModifyVpcAttribute",
                    "ec2:ReplaceRoute",
                    "ec2:ReplaceRouteTableAssociation",
                    "ec2:RevokeSecurityGroupEgress",
                    "ec2:RevokeSecurityGroupIngress",
                    "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
                    "ec2:UpdateSecurityGroupRuleDescriptionsIngress")
                .resources(
                    target.ec2(
                        "egress-only-internet-gateway",
                        "internet-gateway",
                        "route-table",
                        "security-group",
                        "security-group-rule",
                        "subnet",
                        "vpc",
                        "vpc-flow-log"))));
  }

  private List<Statement> tags() {
    var everything = target.ec2(KINDS);
    var stackTag = Stack.STACK_TAG;
    return List.of(
        tagged(Statement.allow("TagWhatIsMade").actions("ec2:CreateTags").resources(everything))
            .when(
                "StringEquals",
                "ec2:CreateAction",
                "AllocateAddress",
                "AuthorizeSecurityGroupEgress",
                "AuthorizeSecurityGroupIngress",
                "CreateEgressOnlyInternetGateway",
                "CreateFlowLogs",
                "CreateInternetGateway",
                "CreateNetworkInterface",
                "CreateRouteTable",
                "CreateSecurityGroup",
                "CreateSubnet",
                "CreateVolume",
                "CreateVpc",
                "RunInstances"),
        own(Statement.allow("TagOwn").actions("ec2:CreateTags").resources(everything))
            .when("StringEqualsIfExists", REQUESTED + Stack.OWNER, name),
        own(Statement.allow("UntagOwn").actions("ec2:DeleteTags").resources(everything))
            .when("ForAllValues:StringNotEquals", "aws:TagKeys", Stack.OWNER, stackTag)
            // Without keys the call takes all tags.
            .when("Null", "aws:TagKeys", "false"),
        // A network comes with a security group, and a machine with a disk, that have no tags yet.
        tagged(
                Statement.allow("ClaimWhatComesAlong")
                    .actions("ec2:CreateTags")
                    .resources(target.ec2("security-group", "volume")))
            .when("Null", HAS + Stack.OWNER, "true"),
        // The tag by which commands find machines, and by which disks that are kept are known, is
        // given at birth and by the stack's own name alone.
        Statement.deny("NoStackTagLater")
            .actions("ec2:CreateTags")
            .resources(target.arn("ec2", "*"))
            .when("Null", REQUESTED + stackTag, "false")
            .when("Null", "ec2:CreateAction", "true"),
        Statement.deny("NoStackTagOfOthers")
            .actions("ec2:CreateTags")
            .resources(target.arn("ec2", "*"))
            .when("Null", REQUESTED + stackTag, "false")
            .when("StringNotEquals", REQUESTED + stackTag, name));
  }

  private List<Statement> machines() {
    return List.of(
        tagged(
            Statement.allow("MakeInterface")
                .actions("ec2:CreateNetworkInterface")
                .resources(target.ec2("network-interface"))),
        tagged(
            Statement.allow("MakeAddressAndDisk")
                .actions("ec2:AllocateAddress", "ec2:CreateVolume")
                .resources(target.ec2("elastic-ip", "volume"))),
        // The disk that a machine starts from has no tags in the request, and for an interface that
        // is there already this call knows no tags at all.
        tagged(
            Statement.allow("MakeMachine")
                .actions("ec2:RunInstances")
                .resources(target.ec2("instance"))),
        Statement.allow("MakeMachineFrom")
            .actions("ec2:RunInstances")
            .resources(
                Target.and(
                    target.ec2("network-interface", "volume"),
                    "arn:%s:ec2:%s::image/*"
                        .formatted(target.stack().partition(), target.stack().region()))),
        own(
            Statement.allow("ChangeOwnMachine")
                .actions(
                    "ec2:AssignIpv6Addresses",
                    "ec2:AssociateAddress",
                    "ec2:AssociateIamInstanceProfile",
                    "ec2:AttachNetworkInterface",
                    "ec2:AttachVolume",
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeInstanceAttribute",
                    "ec2:DetachNetworkInterface",
                    "ec2:DetachVolume",
                    "ec2:DisassociateAddress",
                    "ec2:DisassociateIamInstanceProfile",
                    "ec2:ModifyInstanceAttribute",
                    "ec2:ModifyInstanceCreditSpecification",
                    "ec2:ModifyInstanceMetadataOptions",
                    "ec2:ModifyNetworkInterfaceAttribute",
                    "ec2:ReleaseAddress",
                    "ec2:ReplaceIamInstanceProfileAssociation",
                    "ec2:RunInstances",
                    "ec2:StartInstances",
                    "ec2:StopInstances",
                    "ec2:TerminateInstances",
                    "ec2:UnassignIpv6Addresses")
                .resources(
                    target.ec2(
                        "elastic-ip",
                        "instance",
                        "network-interface",
                        "security-group",
                        "subnet"))),
        // A disk that was claimed above is the machine's first: only what was born as the stack's
        // can be taken elsewhere or removed.
        Statement.allow("ChangeOwnDisk")
            .actions("ec2:AttachVolume", "ec2:DeleteVolume", "ec2:DetachVolume", "ec2:ModifyVolume")
            .resources(target.ec2("volume"))
            .when("StringEquals", HAS + Stack.STACK_TAG, name),
        own(
            Statement.allow("GrowRootDisk")
                .actions("ec2:ModifyVolume")
                .resources(target.ec2("volume"))));
  }

  private List<Statement> identity() {
    var stack = target.stack();
    var roles = target.roles();
    var profiles = target.global("iam", "instance-profile" + stack.path() + "/*");
    return List.of(
        Statement.allow("SeeOwnRoles").actions(ReadRights.ROLE).resources(roles),
        Statement.allow("GrantWithinBoundary")
            .actions(
                "iam:CreateRole",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
                "iam:UpdateAssumeRolePolicy")
            .resources(roles)
            .when("StringEquals", "iam:PermissionsBoundary", target.boundary()),
        Statement.allow("AttachWithinBoundary")
            .actions("iam:AttachRolePolicy")
            .resources(roles)
            .when("StringEquals", "iam:PermissionsBoundary", target.boundary())
            .when(
                "ArnEquals",
                "iam:PolicyARN",
                "arn:" + stack.partition() + ":iam::aws:policy/AmazonSSMManagedInstanceCore",
                "arn:" + stack.partition() + ":iam::aws:policy/CloudWatchAgentServerPolicy"),
        Statement.allow("ChangeOwnRoles")
            .actions(
                "iam:DeleteRole",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription")
            .resources(roles),
        Statement.allow("KeepOwnProfiles")
            .actions(
                Target.and(
                    ReadRights.PROFILE,
                    "iam:AddRoleToInstanceProfile",
                    "iam:CreateInstanceProfile",
                    "iam:DeleteInstanceProfile",
                    "iam:RemoveRoleFromInstanceProfile",
                    "iam:TagInstanceProfile",
                    "iam:UntagInstanceProfile"))
            .resources(profiles),
        Statement.allow("PassOwnRoles")
            .actions("iam:PassRole")
            .resources(roles)
            .when(
                "StringEquals",
                "iam:PassedToService",
                "ec2.amazonaws.com",
                "monitoring.rds.amazonaws.com",
                "scheduler.amazonaws.com",
                "vpc-flow-logs.amazonaws.com"),
        // What such a role may do is AWS's to say, and nobody's to change.
        Statement.allow("MakeServiceLinkedRoles")
            .actions("iam:CreateServiceLinkedRole")
            .resources(target.global("iam", "role/aws-service-role/*"))
            .when(
                "StringEquals",
                "iam:AWSServiceName",
                "autoscaling.amazonaws.com",
                "elasticache.amazonaws.com",
                "elasticloadbalancing.amazonaws.com",
                "memorydb.amazonaws.com",
                "rds.amazonaws.com"),
        // Nothing above allows these; whoever adds to this role one day finds them denied.
        Statement.deny("KeepBoundary")
            .actions("iam:DeleteRolePermissionsBoundary")
            .resources(target.global("iam", "role/*")),
        Statement.deny("LeaveRightsAlone")
            .actions(
                "iam:AttachRolePolicy",
                "iam:CreatePolicy",
                "iam:CreatePolicyVersion",
                "iam:CreateRole",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:DeleteRole",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PassRole",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
                "iam:SetDefaultPolicyVersion",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole")
            .resources(
                target.global("iam", "role" + Stack.WORKFLOWS + "*"),
                target.global("iam", "policy" + Stack.WORKFLOWS + "*")));
  }

  private List<Statement> storage() {
    var all = new ArrayList<Statement>();
    var buckets = target.bucket(target.named("*"));
    var artifacts = target.bucket(target.named("artifacts-*/*"));
    all.add(
        Statement.allow("KeepOwnBuckets")
            .actions(
                Target.and(
                    ReadRights.BUCKET,
                    "s3:CreateBucket",
                    "s3:DeleteBucket",
                    "s3:DeleteBucketPolicy",
                    "s3:ListBucketVersions",
                    "s3:PutBucketAcl",
                    "s3:PutBucketObjectLockConfiguration",
                    "s3:PutBucketOwnershipControls",
                    "s3:PutBucketPolicy",
                    "s3:PutBucketPublicAccessBlock",
                    "s3:PutBucketTagging",
                    "s3:PutBucketVersioning",
                    "s3:PutEncryptionConfiguration",
                    "s3:PutLifecycleConfiguration"))
            .resources(buckets));
    all.add(
        Statement.allow("KeepBundles")
            .actions(
                "s3:DeleteObject",
                "s3:DeleteObjectTagging",
                "s3:DeleteObjectVersion",
                "s3:GetObject",
                "s3:GetObjectTagging",
                "s3:GetObjectVersion",
                "s3:PutObject",
                "s3:PutObjectTagging")
            .resources(artifacts));
    // A bucket that is removed with all that is in it is emptied first. What is worth keeping
    // isn't.
    var backups = target.bucket(target.named("backup-*/*"));
    if (access.ephemeral()) {
      all.add(
          Statement.allow("EmptyBackups")
              .actions("s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion")
              .resources(backups));
    } else {
      // Not even where the bucket's policy, which this role writes, would allow it.
      all.add(
          Statement.deny("LeaveBackupsAlone")
              .actions(
                  "s3:BypassGovernanceRetention",
                  "s3:DeleteObject",
                  "s3:DeleteObjectVersion",
                  "s3:GetObject",
                  "s3:GetObjectVersion",
                  "s3:PutObject")
              .resources(backups));
    }
    all.add(
        Statement.allow("MakeKey")
            .actions("kms:CreateKey")
            .resources("*")
            .when("StringEquals", REQUESTED + Stack.OWNER, name));
    // A new key is tagged before it has a tag. Keys in use have an alias; the stack's have none.
    all.add(
        tagged(
                Statement.allow("TagNewKey")
                    .actions("kms:TagResource")
                    .resources(target.arn("kms", "key/*")))
            .when("Null", HAS + Stack.OWNER, "true")
            .when("Null", "kms:ResourceAliases", "true"));
    all.add(
        own(Statement.allow("KeepOwnKeys")
                .actions(
                    Target.and(
                        ReadRights.KEY,
                        "kms:CancelKeyDeletion",
                        "kms:DisableKeyRotation",
                        "kms:EnableKey",
                        "kms:EnableKeyRotation",
                        "kms:PutKeyPolicy",
                        "kms:ScheduleKeyDeletion",
                        "kms:UpdateKeyDescription"))
                .resources(target.arn("kms", "key/*")))
            .when("Null", "kms:ResourceAliases", "true"));
    all.add(
        own(Statement.allow("TagOwnKeys")
                .actions("kms:TagResource")
                .resources(target.arn("kms", "key/*")))
            .when("StringEqualsIfExists", REQUESTED + Stack.OWNER, name)
            .when("Null", "kms:ResourceAliases", "true"));
    all.add(
        own(Statement.allow("UntagOwnKeys")
                .actions("kms:UntagResource")
                .resources(target.arn("kms", "key/*")))
            .when("ForAllValues:StringNotEquals", "aws:TagKeys", Stack.OWNER)
            .when("Null", "kms:ResourceAliases", "true"));
    if (!access.hostedZones().isEmpty()) {
      var zones = "arn:" + target.stack().partition() + ":route53:::";
      all.add(
          Statement.allow("KeepNames")
              .actions(
                  "route53:ChangeResourceRecordSets",
                  "route53:GetHostedZone",
                  "route53:ListResourceRecordSets")
              .resources(
                  access.hostedZones().stream()
                      .map(zone -> zones + "hostedzone/" + zone)
                      .toArray(String[]::new)));
      all.add(
          Statement.allow("FollowChange")
              .actions("route53:GetChange")
              .resources(zones + "change/*"));
    }
    return all;
  }

  private List<Statement> operations() {
    var stack = target.stack();
    var log = target.arn("logs", "log-group:" + stack.path());
    var alarms = target.arn("cloudwatch", "alarm:" + target.named("*"));
    var topics = target.arn("sns", target.named("*"));
    var pointer = target.arn("ssm", "parameter" + stack.pointer());
    return List.of(
        Statement.allow("KeepDocuments")
            .actions(
                Target.and(
                    ReadRights.DOCUMENT,
                    "ssm:AddTagsToResource",
                    "ssm:CreateDocument",
                    "ssm:DeleteDocument",
                    "ssm:RemoveTagsFromResource",
                    "ssm:UpdateDocument",
                    "ssm:UpdateDocumentDefaultVersion"))
            .resources(
                target.documents(
                    "backup",
                    "configure",
                    "drill",
                    "release",
                    "rename",
                    "restore",
                    "retire",
                    "rollback",
                    "status",
                    "stop")),
        Statement.allow("KeepPointer")
            .actions(
                "ssm:AddTagsToResource",
                "ssm:DeleteParameter",
                "ssm:GetParameter",
                "ssm:GetParameters",
                "ssm:ListTagsForResource",
                "ssm:PutParameter",
                "ssm:RemoveTagsFromResource")
            .resources(pointer),
        Statement.allow("SeeReleases")
            .actions("ssm:GetParametersByPath")
            .resources(target.arn("ssm", "parameter" + stack.releases())),
        Statement.allow("ForgetRelease")
            .actions("ssm:DeleteParameter")
            .resources(target.arn("ssm", "parameter" + stack.desiredRelease())),
        Statement.allow("SeeParametersAndLogGroups")
            .actions("logs:DescribeLogGroups", "ssm:DescribeParameters")
            .resources("*"),
        Statement.allow("KeepLogs")
            .actions(
                "logs:CreateLogGroup",
                "logs:DeleteLogGroup",
                "logs:DeleteRetentionPolicy",
                "logs:ListTagsForResource",
                "logs:ListTagsLogGroup",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:UntagResource")
            .resources(log, log + ":*", log + "/*"),
        Statement.allow("KeepAlarms")
            .actions(
                "cloudwatch:DeleteAlarms",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:PutMetricAlarm",
                "cloudwatch:TagResource",
                "cloudwatch:UntagResource")
            .resources(alarms),
        Statement.allow("KeepDashboard")
            .actions(
                "cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard")
            .resources(target.global("cloudwatch", "dashboard/slipway-" + stack.name())),
        Statement.allow("KeepQueries")
            .actions(
                "logs:DeleteQueryDefinition",
                "logs:DescribeQueryDefinitions",
                "logs:PutQueryDefinition")
            .resources("*"),
        Statement.allow("SeeAlarms")
            .actions("cloudwatch:DescribeAlarms")
            .resources(target.arn("cloudwatch", "alarm:*")),
        Statement.allow("KeepTopics")
            .actions(
                Target.and(
                    ReadRights.TOPIC,
                    "sns:CreateTopic",
                    "sns:DeleteTopic",
                    "sns:SetTopicAttributes",
                    "sns:Subscribe",
                    "sns:TagResource",
                    "sns:UntagResource"))
            .resources(topics),
        Statement.allow("KeepSubscriptions")
            .actions("sns:GetSubscriptionAttributes", "sns:Unsubscribe")
            .resources("*"),
        Statement.allow("KeepSchedules")
            .actions(
                "scheduler:CreateSchedule",
                "scheduler:CreateScheduleGroup",
                "scheduler:DeleteSchedule",
                "scheduler:DeleteScheduleGroup",
                "scheduler:GetSchedule",
                "scheduler:GetScheduleGroup",
                "scheduler:ListTagsForResource",
                "scheduler:TagResource",
                "scheduler:UntagResource",
                "scheduler:UpdateSchedule")
            .resources(
                target.arn("scheduler", "schedule/" + target.named("*/*")),
                target.arn("scheduler", "schedule-group/" + target.named("*"))));
  }
}
