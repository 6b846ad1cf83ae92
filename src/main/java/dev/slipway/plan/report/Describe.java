package dev.slipway.plan.report;

import dev.slipway.core.Json;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Reach;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.SecretText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Resources in words. */
public final class Describe {

  private Describe() {}

  /** A type as people say it: {@code ec2 Instance}, {@code Network}. */
  public static String type(Resource resource) {
    return type(resource.type(), resource.custom());
  }

  public static String type(String token, boolean custom) {
    var parts = token.split("[:/]");
    var name = parts[parts.length - 1].replaceAll("(?<=[a-z])V2$", "").replaceAll("v2$", "");
    if (!custom) {
      return name;
    }
    return parts[0].equals("pulumi") ? "provider" : parts[1] + " " + name;
  }

  /** What one would ask about it first. */
  static String detail(Graph graph, Resource resource) {
    var words = new ArrayList<String>();
    switch (resource.type()) {
      case "aws:ec2/vpc:Vpc" -> {
        words.add(resource.text("cidrBlock"));
        if (resource.is("assignGeneratedIpv6CidrBlock")) {
          words.add("and IPv6");
        }
      }
      case "aws:ec2/subnet:Subnet" ->
          words.add(resource.text("cidrBlock") + " in " + resource.text("availabilityZone"));
      case "aws:ec2/route:Route" ->
          words.add(
              (resource.text("destinationCidrBlock") + resource.text("destinationIpv6CidrBlock"))
                  + " by "
                  + Stream.of("gatewayId", "natGatewayId", "egressOnlyGatewayId")
                      .map(input -> graph.named(resource, input))
                      .collect(Collectors.joining()));
      case "aws:ec2/instance:Instance" -> {
        words.add(resource.text("instanceType"));
        words.add(resource.text("ami"));
        if (resource.value("rootBlockDevice.volumeSize") != null) {
          words.add(resource.text("rootBlockDevice.volumeSize") + " GiB root");
        }
      }
      case "aws:ebs/volume:Volume" ->
          words.add(
              resource.text("size")
                  + " GiB "
                  + resource.text("type")
                  + (resource.is("encrypted") ? ", encrypted" : ""));
      case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
              "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule" ->
          Reach.in(graph).stream()
              .filter(reach -> reach.rule().equals(resource))
              .findFirst()
              .ifPresent(
                  reach ->
                      words.add(
                          reach.ports()
                              + (reach.inbound() ? " from " + reach.from() : " to " + reach.to())));
      case "aws:iam/rolePolicyAttachment:RolePolicyAttachment" ->
          words.add("to " + graph.named(resource, "role"));
      case "aws:iam/rolePolicy:RolePolicy" -> words.add("of " + graph.named(resource, "role"));
      case "aws:ssm/parameter:Parameter",
              "aws:ssm/document:Document",
              "aws:cloudwatch/logGroup:LogGroup" ->
          words.add(resource.text("name"));
      case "aws:cloudwatch/metricAlarm:MetricAlarm" ->
          words.add(
              "%s %s %s"
                  .formatted(
                      resource.text("metricName"),
                      comparison(resource.text("comparisonOperator")),
                      resource.text("threshold")));
      case "aws:scheduler/schedule:Schedule" ->
          words.add(
              resource.text("scheduleExpression")
                  + " "
                  + resource.text("scheduleExpressionTimezone"));
      case "aws:route53/record:Record" -> {
        words.add(resource.text("name") + " " + resource.text("type"));
        if (!resource.list("aliases").isEmpty()) {
          words.add("alias without a TTL of its own, that of its target holds");
        } else if (!resource.text("ttl").isEmpty()) {
          words.add(resource.text("ttl") + " s");
        }
      }
      case "aws:route53/zone:Zone", "aws:acm/certificate:Certificate" ->
          words.add(resource.text("name") + resource.text("domainName"));
      case "aws:ec2/natGateway:NatGateway" -> words.add("in " + graph.named(resource, "subnetId"));
      case "aws:ec2/vpcEndpoint:VpcEndpoint" -> words.add(resource.text("serviceName"));
      case "aws:ec2/launchTemplate:LaunchTemplate" -> {
        words.add(resource.text("instanceType"));
        words.add(resource.text("imageId"));
      }
      case "aws:autoscaling/group:Group" -> {
        var least = resource.text("minSize");
        var most = resource.text("maxSize");
        words.add((least.equals(most) ? least : least + " to " + most) + " machines");
        words.add("judged by " + resource.text("healthCheckType"));
      }
      case "aws:autoscaling/attachment:Attachment" ->
          words.add(
              graph.named(resource, "autoscalingGroupName")
                  + " to "
                  + graph.named(resource, "lbTargetGroupArn"));
      case "aws:lb/loadBalancer:LoadBalancer" -> {
        words.add(resource.is("internal") ? "internal" : "to the internet");
        if (resource.is("enableDeletionProtection")) {
          words.add("deletion refused");
        }
      }
      case "aws:lb/targetGroup:TargetGroup" ->
          words.add(
              "%s %s, health %s"
                  .formatted(
                      resource.text("protocol"),
                      resource.text("port"),
                      resource.text("healthCheck.path")));
      case "aws:lb/listener:Listener" -> {
        words.add(resource.text("protocol") + " " + resource.text("port"));
        words.add(resource.text("sslPolicy"));
        words.add(action(graph, resource.list("defaultActions")));
      }
      case "aws:lb/listenerRule:ListenerRule" -> {
        words.add(String.join(" ", conditions(resource)));
        words.add(action(graph, resource.list("actions")));
      }
      case "aws:s3/bucketObjectv2:BucketObjectv2" -> words.add(abbreviated(resource.text("key")));
      case "aws:rds/instance:Instance" ->
          words.add(
              resource.text("engine")
                  + " "
                  + resource.text("engineVersion")
                  + ", "
                  + resource.text("instanceClass"));
      case "aws:elasticache/replicationGroup:ReplicationGroup" -> {
        words.add(resource.text("numCacheClusters") + " x");
        words.add(resource.text("nodeType") + ",");
        // People who know Redis expect an append-only file, which ElastiCache doesn't have.
        words.add("no AOF: a lost node loses what no replica and no snapshot has");
      }
      case "aws:memorydb/cluster:Cluster" -> {
        words.add(resource.text("nodeType") + ",");
        words.add("keeps every write");
      }
      default -> {
        // Its name says enough.
      }
    }
    if (resource.protect()) {
      words.add("[protected]");
    }
    if (resource.external()) {
      words.add("[only read]");
    }
    words.removeIf(String::isEmpty);
    return String.join(" ", words);
  }

  /** What a balancer does with a request. */
  private static String action(Graph graph, List<?> actions) {
    if (actions.isEmpty() || !(actions.get(0) instanceof Map<?, ?> action)) {
      return "";
    }
    return switch (String.valueOf(action.get("type"))) {
      case "forward" -> "to " + graph.named(String.valueOf(action.get("targetGroupArn")));
      case "redirect" -> "redirects";
      default -> "answers itself";
    };
  }

  private static List<String> conditions(Resource rule) {
    return rule.list("conditions").stream()
        .filter(Map.class::isInstance)
        .flatMap(
            condition ->
                Stream.of("hostHeader", "pathPattern")
                    .map(kind -> ((Map<?, ?>) condition).get(kind)))
        .filter(Map.class::isInstance)
        .flatMap(part -> Json.list(((Map<?, ?>) part).get("values")).stream())
        .map(String::valueOf)
        .toList();
  }

  private static String comparison(String operator) {
    return switch (operator) {
      case "GreaterThanThreshold" -> ">";
      case "GreaterThanOrEqualToThreshold" -> ">=";
      case "LessThanThreshold" -> "<";
      case "LessThanOrEqualToThreshold" -> "<=";
      default -> operator;
    };
  }

  private static String abbreviated(String key) {
    return key.replaceAll("([0-9a-f]{12})[0-9a-f]{52}", "$1…");
  }

  /** A value that may be shown: secrets masked, special values in words. */
  public static Object shown(Object given) {
    var value = PropertyValues.special(given);
    if (value instanceof PropertyValues.Secret) {
      return SecretText.MASK;
    } else if (value instanceof PropertyValues.Unknown) {
      return "[known after the update]";
    } else if (value instanceof PropertyValues.Asset asset) {
      return Map.of(asset.archive() ? "archive" : "asset", asset.contents());
    } else if (value instanceof PropertyValues.Reference reference) {
      return reference.urn();
    } else if (value instanceof Map<?, ?> map) {
      var result = new LinkedHashMap<String, Object>();
      map.forEach((key, inner) -> result.put(String.valueOf(key), shown(inner)));
      return result;
    } else if (value instanceof List<?> list) {
      return list.stream().map(Describe::shown).toList();
    }
    return value;
  }

  /** So many of something: {@code 3 changes}. */
  public static String count(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }
}
