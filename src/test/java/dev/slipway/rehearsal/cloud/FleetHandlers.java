package dev.slipway.rehearsal.cloud;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Launch templates and autoscaling groups: real machines, in the subnets that the group has, with
 * moto's records of them.
 */
final class FleetHandlers implements AutoScaling.Hardware {

  /** How long a refresh waits for a new machine to be healthy, before it fails. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final NetworkHandlers network;
  private final MachineHandlers machineHandlers;
  private final Machines machines;
  private final AwsClient aws;
  private final AwsClient.Query autoscaling;
  private final AutoScaling groups;
  private volatile Duration ahead = Duration.ZERO;

  FleetHandlers(
      NetworkHandlers network,
      MachineHandlers machineHandlers,
      Machines machines,
      AwsClient aws,
      AutoScaling.Targets targets) {
    this.network = network;
    this.machineHandlers = machineHandlers;
    this.machines = machines;
    this.aws = aws;
    autoscaling = new AwsClient.Query(aws, "autoscaling");
    groups =
        new AutoScaling(
            this, targets, () -> Instant.now().plus(ahead), FleetHandlers::inBackground);
  }

  private static void inBackground(Runnable work) {
    var thread = new Thread(work, "instance-refresh");
    thread.setDaemon(true);
    thread.start();
  }

  /** As if so much time had gone by for all groups. */
  void pass(Duration time) {
    ahead = ahead.plus(time);
  }

  AutoScaling groups() {
    return groups;
  }

  List<Handler> all() {
    return List.of(template(), group(), attachment(), policy());
  }

  // --- machines
  // ------------------------------------------------------------------------------------------------------

  @Override
  public String launch(
      String group, Map<String, Object> template, String subnet, Map<String, String> tags) {
    String id = machineHandlers.launch(template, subnet, tags);
    autoscaling.call("AttachInstances", "AutoScalingGroupName", group, "InstanceIds.member.1", id);
    return id;
  }

  @Override
  public void terminate(String id) {
    machines.terminate(machines.find(id));
  }

  @Override
  public boolean isRunning(String id) {
    return machines.find(id).isRunning();
  }

  @Override
  public boolean isManaged(String id) {
    return machines.find(id).isManaged();
  }

  /** moto would start a new instance in the place of one that it finds ended. */
  void ended(Machine machine) {
    String group = groups.groupOf(machine.id());
    if (group != null) {
      autoscaling.call(
          "DetachInstances",
          "AutoScalingGroupName",
          group,
          "InstanceIds.member.1",
          machine.id(),
          "ShouldDecrementDesiredCapacity",
          true);
      groups.ended(machine.id());
    }
  }

  // --- launch templates
  // ----------------------------------------------------------------------------------------------

  private Handler template() {
    return Handler.of("aws:ec2/launchTemplate:LaunchTemplate")
        .moves("latestVersion")
        .create(
            request -> {
              validate(request.inputs());
              String id =
                  network
                      .ec2(
                          "CreateLaunchTemplate",
                          NetworkHandlers.tagged(
                              "launch-template", request.tags(), templateQuery(request)))
                      .need("launchTemplateId");
              int version = groups.addVersion(id, request.inputs());
              return Handler.Made.of(
                  id,
                  "arn",
                  network.arn("launch-template", id),
                  "latestVersion",
                  version,
                  "defaultVersion",
                  1);
            })
        .update(
            request -> {
              validate(request.inputs());
              network.retag(request);
              if (content(request.inputs()).equals(content(groups.newest(request.id())))) {
                return Map.of("latestVersion", groups.newestVersion(request.id()));
              }
              var query = templateQuery(request);
              query.remove("LaunchTemplateName");
              query.put("LaunchTemplateId", request.id());
              network.ec2("CreateLaunchTemplateVersion", query);
              int version = groups.addVersion(request.id(), request.inputs());
              if (request.flag("updateDefaultVersion")) {
                groups.defaultVersion(request.id(), version);
                network.ec2(
                    "ModifyLaunchTemplate",
                    "LaunchTemplateId",
                    request.id(),
                    "SetDefaultVersion",
                    version);
                return Map.of("latestVersion", version, "defaultVersion", version);
              }
              return Map.of("latestVersion", version);
            })
        .delete(
            request -> {
              network.ec2("DeleteLaunchTemplate", "LaunchTemplateId", request.id());
              groups.removeTemplate(request.id());
            })
        .exists(
            request ->
                network.isThere("DescribeLaunchTemplates", "LaunchTemplateId.1", request.id()));
  }

  /** What is the template's own, and not that of its versions, makes no new one. */
  private static Map<String, Object> content(Map<String, Object> inputs) {
    var content = new LinkedHashMap<>(inputs);
    content.keySet().removeAll(Set.of("defaultVersion", "name", "tags", "updateDefaultVersion"));
    return content;
  }

  private static Fields templateQuery(Handler.Request request) {
    return request.fields(
        "LaunchTemplateName=name",
        "VersionDescription=description",
        "LaunchTemplateData.ImageId=imageId",
        "LaunchTemplateData.InstanceType=instanceType");
  }

  /** What EC2 says of a template when it is made or used, which moto doesn't look at. */
  private static void validate(Map<String, Object> inputs) {
    boolean interfaces = !Values.list(inputs.get("networkInterfaces")).isEmpty();
    if (interfaces && !Values.list(inputs.get("vpcSecurityGroupIds")).isEmpty()) {
      throw new AwsError(
          "InvalidParameterCombination",
          "Network interfaces and an instance-level security groups may not be specified on the"
              + " same request");
    }
    String userData = Values.text(inputs.get("userData"));
    try {
      int length = userData == null ? 0 : Base64.getDecoder().decode(userData).length;
      if (length > 16_384) {
        throw new AwsError(
            "InvalidUserData.Malformed", "User data is limited to 16384 bytes, given: " + length);
      }
    } catch (IllegalArgumentException e) {
      throw new AwsError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
    }
  }

  // --- groups
  // --------------------------------------------------------------------------------------------------------

  private Handler group() {
    return Handler.of("aws:autoscaling/group:Group")
        .create(
            request -> {
              String name = request.text("name");
              AutoScaling.Wanted wanted = wanted(request);
              autoscaling.call("CreateAutoScalingGroup", creation(request, wanted));
              groups.put(name, wanted, request.strings("targetGroupArns"));
              sized(name, request, wanted);
              return Handler.Made.of(
                  name,
                  "arn",
                  aws.arn(
                      "autoscaling",
                      "autoScalingGroup:00000000-0000-4000-8000-000000000000:autoScalingGroupName/"
                          + name),
                  "desiredCapacity",
                  wanted.size(),
                  "availabilityZones",
                  zones(wanted.subnets()));
            })
        .update(
            request -> {
              AutoScaling.Wanted wanted = resized(request, wanted(request));
              loosen(request.id(), wanted.size() + groups.members(request.id()).size());
              groups.put(request.id(), wanted, request.strings("targetGroupArns"));
              sized(request.id(), request, wanted);
              if (request.has("instanceRefresh") && request.changed("launchTemplate")) {
                // As the provider does: it asks for the refresh, and doesn't wait for its end.
                groups.cancelRefresh(request.id());
                groups.refresh(request.id(), PATIENCE);
              }
              return Map.of("desiredCapacity", wanted.size());
            })
        .delete(
            request -> {
              groups.remove(request.id());
              autoscaling.call(
                  "DeleteAutoScalingGroup",
                  "AutoScalingGroupName",
                  request.id(),
                  "ForceDelete",
                  true);
            })
        .exists(request -> groups.exists(request.id()));
  }

  private AutoScaling.Wanted wanted(Handler.Request request) {
    long min = request.number("minSize", 0);
    long max = request.number("maxSize", 0);
    long size = request.number("desiredCapacity", min);
    if (min > max || size < min || size > max) {
      throw new AwsError(
          "ValidationError",
          "Desired capacity:%d must be between the specified min size:%d and max size:%d"
              .formatted(size, min, max));
    }
    List<String> subnets = request.strings("vpcZoneIdentifiers");
    if (subnets.isEmpty()) {
      throw new AwsError(
          "ValidationError", "At least one Availability Zone or VPC Subnet is required.");
    }
    Map<String, Object> template = Values.map(request.inputs().get("launchTemplate"));
    if (template.get("id") == null) {
      throw new AwsError(
          "ValidationError",
          "launchTemplate.id: this emulated AWS makes machines of a launch template by its id"
              + " only");
    }
    var refresh = Values.map(request.inputs().get("instanceRefresh"));
    if (Boolean.TRUE.equals(Values.map(refresh.get("preferences")).get("autoRollback"))) {
      throw new AwsError(
          "ValidationError",
          "instanceRefresh.preferences.autoRollback: this emulated AWS doesn't roll back");
    }
    Duration grace = Duration.ofSeconds(request.number("healthCheckGracePeriod", 300));
    var tags = new LinkedHashMap<String, String>();
    for (Map<String, Object> tag : request.maps("tags")) {
      if (Boolean.TRUE.equals(tag.get("propagateAtLaunch"))) {
        tags.put(Values.text(tag.get("key")), Values.text(tag.get("value")));
      }
    }
    return new AutoScaling.Wanted(
        (int) size,
        (int) min,
        (int) max,
        Values.text(template.get("id")),
        String.valueOf(template.getOrDefault("version", "$Default")),
        subnets,
        tags,
        "ELB".equals(request.text("healthCheckType")),
        grace,
        Duration.ofSeconds(request.number("defaultInstanceWarmup", grace.toSeconds())));
  }

  /**
   * The provider tells a group its size only where that was changed: policies may have made it
   * another one.
   */
  private AutoScaling.Wanted resized(Handler.Request request, AutoScaling.Wanted wanted) {
    if (request.changed("desiredCapacity")) {
      return wanted;
    }
    int now = groups.size(request.id());
    return wanted.withSize(Math.max(wanted.least(), Math.min(wanted.most(), now)));
  }

  /** moto starts no instance of its own: ours are attached as they come. */
  private static Fields creation(Handler.Request request, AutoScaling.Wanted wanted) {
    var query =
        request
            .fields("AutoScalingGroupName=name", "HealthCheckType:EC2")
            .and(
                "MinSize",
                0,
                "DesiredCapacity",
                0,
                "MaxSize",
                wanted.size() + 1,
                "VPCZoneIdentifier",
                String.join(",", wanted.subnets()),
                "LaunchTemplate.LaunchTemplateId",
                wanted.template());
    int n = 0;
    for (Map<String, Object> tag : request.maps("tags")) {
      String prefix = "Tags.member." + ++n + ".";
      query.put(prefix + "Key", Values.text(tag.get("key")));
      query.put(prefix + "Value", Values.text(tag.get("value")));
      query.put(prefix + "PropagateAtLaunch", Values.text(tag.get("propagateAtLaunch")));
    }
    return query;
  }

  private void loosen(String name, int most) {
    autoscaling.call(
        "UpdateAutoScalingGroup", "AutoScalingGroupName", name, "MinSize", 0, "MaxSize", most);
  }

  /** What is described afterwards; one more than asked for has room while machines are renewed. */
  private void sized(String name, Handler.Request request, AutoScaling.Wanted wanted) {
    autoscaling.call(
        "UpdateAutoScalingGroup",
        request
            .fields("MinSize:0", "HealthCheckType:EC2")
            .and(
                "AutoScalingGroupName",
                name,
                "MaxSize",
                Math.max(request.number("maxSize", 0), wanted.size() + 1)));
  }

  private List<String> zones(List<String> subnets) {
    var zones = new ArrayList<String>();
    for (String subnet : subnets) {
      String zone = network.ec2("DescribeSubnets", "SubnetId.1", subnet).need("availabilityZone");
      if (!zones.contains(zone)) {
        zones.add(zone);
      }
    }
    return zones;
  }

  /**
   * What a script asks of instance refreshes, which moto doesn't have, and of a group's size, by
   * which moto would make records of machines that aren't there; null for the rest.
   */
  String answer(Call call) {
    String name = call.form().get("AutoScalingGroupName");
    return switch (call.operation()) {
      case "DescribeInstanceRefreshes" -> {
        var text = new StringBuilder("<InstanceRefreshes>");
        groups.refreshes(name).forEach(refresh -> text.append(described(name, refresh)));
        yield response(call.operation(), text.append("</InstanceRefreshes>").toString());
      }
      case "StartInstanceRefresh" ->
          response(
              call.operation(),
              "<InstanceRefreshId>" + groups.refresh(name, PATIENCE) + "</InstanceRefreshId>");
      case "SetDesiredCapacity" -> {
        int size = Integer.parseInt(call.form().get("DesiredCapacity"));
        loosen(name, size + groups.members(name).size());
        groups.resize(name, size);
        yield response(call.operation(), "");
      }
      case "UpdateAutoScalingGroup", "ExecutePolicy", "AttachInstances", "DetachInstances" ->
          throw new AwsError(
              400,
              "UnsupportedOperation",
              call.operation() + ": this emulated AWS takes it from Pulumi only");
      default -> null;
    };
  }

  private static String described(String group, AutoScaling.Refresh refresh) {
    var text = new StringBuilder("<member>");
    text.append("<InstanceRefreshId>").append(refresh.id()).append("</InstanceRefreshId>");
    text.append("<AutoScalingGroupName>").append(group).append("</AutoScalingGroupName>");
    text.append("<Status>").append(refresh.status()).append("</Status>");
    if (!refresh.reason().isEmpty()) {
      text.append("<StatusReason>").append(Xml.escape(refresh.reason())).append("</StatusReason>");
    }
    if (!refresh.status().equals("Pending")) {
      text.append("<StartTime>").append(refresh.start()).append("</StartTime>");
    }
    if (refresh.end() != null) {
      text.append("<EndTime>").append(refresh.end()).append("</EndTime>");
    }
    text.append("<PercentageComplete>").append(refresh.percentage());
    text.append("</PercentageComplete><InstancesToUpdate>").append(refresh.left());
    return text.append("</InstancesToUpdate></member>").toString();
  }

  private static String response(String operation, String result) {
    return "<%1$sResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><%1$sResult>%2$s"
            .formatted(operation, result)
        + "</%1$sResult><ResponseMetadata><RequestId>slipway</RequestId></ResponseMetadata></%1$sResponse>"
            .formatted(operation);
  }

  private Handler attachment() {
    return Handler.of("aws:autoscaling/attachment:Attachment")
        .create(
            request -> {
              String group = request.text("autoscalingGroupName");
              String target = request.text("lbTargetGroupArn");
              groups.attach(group, target);
              return Handler.Made.of(group + "-" + Integer.toHexString(target.hashCode()));
            })
        .delete(
            request ->
                groups.detach(
                    request.oldText("autoscalingGroupName"), request.oldText("lbTargetGroupArn")))
        .exists(request -> groups.exists(request.oldText("autoscalingGroupName")));
  }

  private Handler policy() {
    return Handler.of("aws:autoscaling/policy:Policy")
        .create(
            request -> {
              put(request);
              return Handler.Made.of(request.text("name"), "arn", describedPolicy(request));
            })
        .change(this::put)
        .delete(
            request -> {
              String group = request.oldText("autoscalingGroupName");
              autoscaling.call(
                  "DeletePolicy", "AutoScalingGroupName", group, "PolicyName", request.id());
              groups.removePolicy(group, request.id());
            })
        .exists(request -> describedPolicy(request) != null);
  }

  private void put(Handler.Request request) {
    var tracking = Values.map(request.inputs().get("targetTrackingConfiguration"));
    var metric = Values.map(tracking.get("predefinedMetricSpecification"));
    String watched = Values.text(metric.get("predefinedMetricType"));
    if (!"TargetTrackingScaling".equals(request.text("policyType"))
        || !"ASGAverageCPUUtilization".equals(watched)) {
      throw new AwsError(
          "ValidationError",
          "policyType: this emulated AWS knows policies that track a target of"
              + " ASGAverageCPUUtilization only");
    }
    double target = ((Number) tracking.get("targetValue")).doubleValue();
    String group = request.text("autoscalingGroupName");
    autoscaling.call(
        "PutScalingPolicy",
        request
            .fields(
                "AutoScalingGroupName=autoscalingGroupName",
                "PolicyName=name",
                "PolicyType=policyType")
            .and(
                "TargetTrackingConfiguration.PredefinedMetricSpecification.PredefinedMetricType",
                watched,
                "TargetTrackingConfiguration.TargetValue",
                target));
    groups.putPolicy(group, request.text("name"), target);
  }

  /** The ARN of a policy; null where there is none, or no group any more. */
  private String describedPolicy(Handler.Request request) {
    String group = request.text("autoscalingGroupName", request.oldText("autoscalingGroupName"));
    if (!groups.exists(group)) {
      return null;
    }
    return autoscaling
        .call(
            "DescribePolicies",
            "AutoScalingGroupName",
            group,
            "PolicyNames.member.1",
            request.text("name", request.id()))
        .anywhere("PolicyARN")
        .map(Xml::text)
        .orElse(null);
  }
}
