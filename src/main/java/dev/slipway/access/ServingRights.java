package dev.slipway.access;

import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be done with the hosts of a fleet, their way out, and the load balancer before them:
 * by who deploys a stack, and by who looks at all.
 *
 * <p>Groups of machines and load balancers are told by their names, {@code slipway-STACK}; the
 * rest, whose names AWS makes, by the stack's tag. What an autoscaling group may start is judged
 * when it is told which version of a template to use, see the <a
 * href="https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html">EC2
 * Auto Scaling user guide</a>.
 */
final class ServingRights {
  private static final String[] SEE = {
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeInstanceRefreshes",
    "autoscaling:DescribeLoadBalancerTargetGroups",
    "autoscaling:DescribeScalingActivities",
    "autoscaling:DescribeTrafficSources",
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeNatGateways",
    "ec2:DescribePrefixLists",
    "ec2:DescribeVpcEndpoints",
    "elasticloadbalancing:DescribeCapacityReservation",
    "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:DescribeListenerCertificates",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth"
  };

  private static final String[] CERTIFICATE = {
    "acm:DescribeCertificate", "acm:ListTagsForCertificate"
  };

  private static final String[] PARTS = {"launch-template", "natgateway", "vpc-endpoint"};

  private static final String REQUESTED = "aws:RequestTag/" + Stack.OWNER;
  private static final String HAS = "aws:ResourceTag/" + Stack.OWNER;

  private ServingRights() {}

  /** What bringing a stack up, and taking it down, takes beside {@link #ofMachines}. */
  static List<Statement> ofDeploy(Target target, StackAccess access) {
    var all = new ArrayList<Statement>();
    all.add(Statement.allow("See").actions(SEE).resources("*"));
    // CreateLoadBalancer asks for a network's groups by the right of whoever makes the balancer.
    all.add(
        Statement.allow("SeeGroupsOfNetworks")
            .actions("ec2:GetSecurityGroupsForVpc")
            .resources(target.ec2("vpc")));
    all.addAll(groups(target));
    all.addAll(balancers(target));
    all.addAll(certificates(target));
    if (access.ephemeral()) {
      all.add(
          Statement.allow("EmptyAccessLog")
              .actions("s3:DeleteObject", "s3:DeleteObjectVersion")
              .resources(target.bucket(target.named("access-log-*/*"))));
    }
    return all;
  }

  /** What machines are started from, and by what they reach the internet. */
  static List<Statement> ofMachines(Target target) {
    var name = target.stack().name();
    var parts = target.ec2(PARTS);
    return List.of(
        Statement.allow("MakeParts")
            .actions("ec2:CreateLaunchTemplate", "ec2:CreateNatGateway", "ec2:CreateVpcEndpoint")
            .resources(parts)
            .when("StringEquals", REQUESTED, name),
        Statement.allow("ChangeOwnParts")
            .actions(
                "ec2:CreateLaunchTemplateVersion",
                "ec2:CreateNatGateway",
                "ec2:CreateVpcEndpoint",
                "ec2:DeleteLaunchTemplate",
                "ec2:DeleteNatGateway",
                "ec2:DeleteVpcEndpoints",
                "ec2:ModifyLaunchTemplate",
                "ec2:ModifyVpcEndpoint",
                "ec2:RunInstances")
            .resources(Target.and(parts, target.ec2("elastic-ip", "route-table", "subnet", "vpc")))
            .when("StringEquals", HAS, name),
        Statement.allow("TagParts")
            .actions("ec2:CreateTags")
            .resources(parts)
            .when("StringEquals", REQUESTED, name)
            .when(
                "StringEquals",
                "ec2:CreateAction",
                "CreateLaunchTemplate",
                "CreateNatGateway",
                "CreateVpcEndpoint"),
        Statement.allow("TagOwnParts")
            .actions("ec2:CreateTags")
            .resources(parts)
            .when("StringEquals", HAS, name)
            .when("StringEqualsIfExists", REQUESTED, name),
        Statement.allow("UntagOwnParts")
            .actions("ec2:DeleteTags")
            .resources(parts)
            .when("StringEquals", HAS, name)
            .when("ForAllValues:StringNotEquals", "aws:TagKeys", Stack.OWNER)
            // Without keys the call takes all tags.
            .when("Null", "aws:TagKeys", "false"));
  }

  private static List<Statement> groups(Target target) {
    var groups =
        target.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/" + target.named("*"));
    return List.of(
        Statement.allow("KeepGroup")
            .actions(
                "autoscaling:AttachLoadBalancerTargetGroups",
                "autoscaling:AttachTrafficSources",
                "autoscaling:CancelInstanceRefresh",
                "autoscaling:CreateAutoScalingGroup",
                "autoscaling:CreateOrUpdateTags",
                "autoscaling:DeleteAutoScalingGroup",
                "autoscaling:DeleteTags",
                "autoscaling:DetachLoadBalancerTargetGroups",
                "autoscaling:DetachTrafficSources",
                "autoscaling:DisableMetricsCollection",
                "autoscaling:EnableMetricsCollection",
                "autoscaling:ResumeProcesses",
                "autoscaling:RollbackInstanceRefresh",
                "autoscaling:StartInstanceRefresh",
                "autoscaling:SuspendProcesses",
                "autoscaling:UpdateAutoScalingGroup")
            .resources(groups),
        // A group that takes the newest version of a template would start later ones unjudged, with
        // whatever role they name.
        Statement.deny("TemplatesByNumber")
            .actions("autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup")
            .resources("*")
            .when("Bool", "autoscaling:LaunchTemplateVersionSpecified", "false"));
  }

  private static List<Statement> balancers(Target target) {
    var name = target.stack().name();
    var own = "/app/slipway-" + name + "/*";
    var targets = target.arn("elasticloadbalancing", "targetgroup/" + name + "-*/*");
    return List.of(
        Statement.allow("KeepBalancer")
            .actions(
                "elasticloadbalancing:AddTags",
                "elasticloadbalancing:CreateListener",
                "elasticloadbalancing:CreateLoadBalancer",
                "elasticloadbalancing:CreateRule",
                "elasticloadbalancing:DeleteListener",
                "elasticloadbalancing:DeleteLoadBalancer",
                "elasticloadbalancing:DeleteRule",
                "elasticloadbalancing:ModifyListener",
                "elasticloadbalancing:ModifyListenerAttributes",
                "elasticloadbalancing:ModifyLoadBalancerAttributes",
                "elasticloadbalancing:ModifyRule",
                "elasticloadbalancing:RemoveTags",
                "elasticloadbalancing:SetRulePriorities",
                "elasticloadbalancing:SetSecurityGroups",
                "elasticloadbalancing:SetSubnets")
            .resources(
                target.arn("elasticloadbalancing", "loadbalancer" + own),
                target.arn("elasticloadbalancing", "listener" + own),
                target.arn("elasticloadbalancing", "listener-rule" + own)),
        // Their names have no room for more than the stack's.
        Statement.allow("MakeTargets")
            .actions("elasticloadbalancing:AddTags", "elasticloadbalancing:CreateTargetGroup")
            .resources(targets)
            .when("StringEquals", REQUESTED, name)
            .when("StringEqualsIfExists", HAS, name),
        Statement.allow("KeepOwnTargets")
            .actions(
                "elasticloadbalancing:DeleteTargetGroup",
                "elasticloadbalancing:ModifyTargetGroup",
                "elasticloadbalancing:ModifyTargetGroupAttributes")
            .resources(targets)
            .when("StringEquals", HAS, name),
        Statement.allow("TagOwnTargets")
            .actions("elasticloadbalancing:AddTags")
            .resources(targets)
            .when("StringEquals", HAS, name)
            .when("StringEqualsIfExists", REQUESTED, name),
        Statement.allow("UntagOwnTargets")
            .actions("elasticloadbalancing:RemoveTags")
            .resources(targets)
            .when("StringEquals", HAS, name)
            .when("ForAllValues:StringNotEquals", "aws:TagKeys", Stack.OWNER));
  }

  private static List<Statement> certificates(Target target) {
    var name = target.stack().name();
    var certificates = target.arn("acm", "certificate/*");
    return List.of(
        Statement.allow("AskForCertificate")
            .actions("acm:RequestCertificate")
            .resources("*")
            .when("StringEquals", REQUESTED, name),
        Statement.allow("TagNewCertificate")
            .actions("acm:AddTagsToCertificate")
            .resources(certificates)
            .when("StringEquals", REQUESTED, name)
            .when("StringEqualsIfExists", HAS, name),
        Statement.allow("KeepOwnCertificate")
            .actions(
                Target.and(CERTIFICATE, "acm:DeleteCertificate", "acm:UpdateCertificateOptions"))
            .resources(certificates)
            .when("StringEquals", HAS, name),
        Statement.allow("UntagOwnCertificate")
            .actions("acm:RemoveTagsFromCertificate")
            .resources(certificates)
            .when("StringEquals", HAS, name)
            .when("ForAllValues:StringNotEquals", "aws:TagKeys", Stack.OWNER));
  }

  /** What a refresh reads of every stack. */
  static List<Statement> ofRefresh(Target any) {
    return List.of(
        Statement.allow("SeeServing").actions(SEE).resources("*"),
        Statement.allow("SeeCertificates")
            .actions(CERTIFICATE)
            .resources(any.arn("acm", "certificate/*"))
            .when("StringEquals", "aws:ResourceTag/ManagedBy", "pulumi"));
  }
}
