package dev.slipway.aws;

import static dev.slipway.aws.AwsType.words;
import static dev.slipway.aws.Scopes.see;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * EC2 Auto Scaling: groups of machines, told by their names, {@code slipway-STACK-}.
 *
 * <p>What a group may start is checked when it is told which version of a template to use, see the
 * <a
 * href="https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html">EC2
 * Auto Scaling user guide</a>.
 */
final class AutoScaling {
  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:autoscaling/group:Group")
              .drawn(
                  Drawing.card(Icon.MACHINE)
                      .details(group -> List.of(count(group)))
                      .in(group -> group.followAll("vpcZoneIdentifiers"))
                      .parts(AutoScaling::parts))
              .inWords(
                  group -> words(count(group), "health checks by " + group.text("healthCheckType")))
              .costs(AutoScaling::machines)
              .namedOrPrefixed("name", 1, 255, "\\P{Cntrl}+", "\\P{Cntrl}+")
              .replacedBy("name", "namePrefix")
              .computes("id", "{name}")
              .computes(
                  "arn",
                  "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{hex32}:autoScalingGroupName/{id}")
              .toDeploy(
                  keep(
                      "autoscaling:CancelInstanceRefresh",
                      "autoscaling:CreateAutoScalingGroup",
                      "autoscaling:CreateOrUpdateTags",
                      "autoscaling:DeleteAutoScalingGroup",
                      "autoscaling:DeleteTags",
                      "autoscaling:DisableMetricsCollection",
                      "autoscaling:EnableMetricsCollection",
                      "autoscaling:ResumeProcesses",
                      "autoscaling:RollbackInstanceRefresh",
                      "autoscaling:StartInstanceRefresh",
                      "autoscaling:SuspendProcesses",
                      "autoscaling:UpdateAutoScalingGroup"),
                  // One that takes the newest version of a template would start later ones
                  // unchecked, with whatever role they name.
                  stack ->
                      Statement.deny("TemplatesByNumber")
                          .actions(
                              "autoscaling:CreateAutoScalingGroup",
                              "autoscaling:UpdateAutoScalingGroup")
                          .resources("*")
                          .when("Bool", "autoscaling:LaunchTemplateVersionSpecified", "false"),
                  Ec2.launchFromTemplate(),
                  Iam.serviceLinkedRole("autoscaling.amazonaws.com"))
              .toDeploy(Ec2.launch())
              .toRead(
                  see(
                      "autoscaling:DescribeAutoScalingGroups",
                      "autoscaling:DescribeInstanceRefreshes",
                      "autoscaling:DescribeLoadBalancerTargetGroups",
                      "autoscaling:DescribeScalingActivities",
                      "autoscaling:DescribeTrafficSources"))
              .toPreview(Ssm.seeReleases()),
          AwsType.of("aws:autoscaling/policy:Policy")
              .free()
              .inWords(policy -> "of " + policy.named("autoscalingGroupName"))
              .named("name", 1, 255, "\\P{Cntrl}+")
              .replacedBy("autoscalingGroupName", "name")
              .computes("id", "{name}")
              .toDeploy(keep("autoscaling:DeletePolicy", "autoscaling:PutScalingPolicy"))
              .toRead(see("autoscaling:DescribePolicies")),
          AwsType.of("aws:autoscaling/attachment:Attachment")
              .free()
              .inWords(
                  attachment ->
                      attachment.named("autoscalingGroupName")
                          + " to "
                          + attachment.named("lbTargetGroupArn"))
              .replacedBy("autoscalingGroupName", "elb", "lbTargetGroupArn")
              .toDeploy(
                  keep(
                      "autoscaling:AttachLoadBalancerTargetGroups",
                      "autoscaling:AttachTrafficSources",
                      "autoscaling:DetachLoadBalancerTargetGroups",
                      "autoscaling:DetachTrafficSources"))
              .toRead(
                  see(
                      "autoscaling:DescribeAutoScalingGroups",
                      "autoscaling:DescribeTrafficSources")));

  private AutoScaling() {}

  /** The template that machines are started from, and the role that they get. */
  private static List<PlannedResource> parts(PlannedResource group) {
    return group.follow("launchTemplate.id").stream()
        .flatMap(
            template ->
                Stream.concat(
                    Stream.of(template),
                    template
                        .follow("iamInstanceProfile.arn")
                        .or(() -> template.follow("iamInstanceProfile.name"))
                        .flatMap(profile -> profile.follow("role"))
                        .stream()))
        .toList();
  }

  private static String count(PlannedResource group) {
    var least = group.text("minSize");
    var most = group.text("maxSize");
    return (least.equals(most) ? least : least + " to " + most) + " machines";
  }

  /** What a group's machines cost, which AWS starts and Pulumi doesn't know. */
  private static List<Charge> machines(PlannedResource group) {
    var found = group.follow("launchTemplate.id");
    if (found.isEmpty() || !(group.value("minSize") instanceof Number machines)) {
      return List.of(Charge.unknown("machines of an unknown kind"));
    }
    var template = found.get();
    var count = Ec2.number(machines);
    var times = count.stripTrailingZeros().toPlainString() + " x ";
    var type = template.text("instanceType");
    var result = new ArrayList<Charge>();
    result.add(Charge.of(InstancePrices.LIST, type, times + type, Charge.HOURS.multiply(count)));
    for (var mapping : template.list("blockDeviceMappings")) {
      var disk =
          mapping instanceof Map<?, ?> map && map.get("ebs") instanceof Map<?, ?> ebs
              ? ebs
              : Map.of();
      if (disk.get("volumeSize") instanceof Number size) {
        var kind = disk.get("volumeType") instanceof String given ? given : "gp2";
        result.add(
            Charge.of(
                Ec2.EBS, kind, times + "root disk, " + kind, Ec2.number(size).multiply(count)));
      }
    }
    if (template.list("networkInterfaces").stream()
        .anyMatch(
            card ->
                card instanceof Map<?, ?> map
                    && "true".equals(map.get("associatePublicIpAddress")))) {
      result.add(Ec2.addresses(count.intValue()));
    }
    return result;
  }

  private static Right keep(String... actions) {
    return stack ->
        Statement.allow("KeepGroup")
            .actions(actions)
            .resources(
                stack.arn(
                    "autoscaling", "autoScalingGroup:*:autoScalingGroupName/" + stack.named("*")));
  }
}
