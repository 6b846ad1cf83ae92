package dev.slipway.rehearsal.cloud;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Load balancers that really serve, with moto's records of them and its refusals. */
final class BalancerKinds {

  /** Gives the key and chain of a certificate of the account. */
  interface Certificates {
    Authority.Issued issued(String arn);
  }

  private final AwsClient aws;
  private final Balancers balancers;
  private final Certificates certificates;

  BalancerKinds(AwsClient aws, Balancers balancers, Certificates certificates) {
    this.aws = aws;
    this.balancers = balancers;
    this.certificates = certificates;
  }

  List<Kind> all() {
    return List.of(loadBalancer(), targetGroup(), listener(), rule(), targetGroupAttachment());
  }

  private Xml elb(String action, Map<String, String> parameters) {
    return aws.query("elasticloadbalancing", action, parameters);
  }

  private Xml elb(String action, Object... parameters) {
    return elb(action, Kind.query(parameters));
  }

  private boolean isThere(String action, String parameter, String arn) {
    try {
      elb(action, parameter, arn);
      return true;
    } catch (AwsError e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  private static Map<String, String> tagged(Kind.Request request, Map<String, String> query) {
    var all = new LinkedHashMap<>(query);
    int n = 0;
    for (var tag : request.tags().entrySet()) {
      n++;
      all.put("Tags.member." + n + ".Key", tag.getKey());
      all.put("Tags.member." + n + ".Value", tag.getValue());
    }
    return all;
  }

  private void retag(Kind.Request request) {
    Set<String> gone = new TreeSet<>(Values.stringMap(request.old().get("tagsAll")).keySet());
    gone.removeAll(request.tags().keySet());
    if (!gone.isEmpty()) {
      elb(
          "RemoveTags",
          Kind.query("ResourceArns.member.1", request.id(), "TagKeys.member", List.copyOf(gone)));
    }
    if (!request.tags().isEmpty()) {
      elb("AddTags", tagged(request, Map.of("ResourceArns.member.1", request.id())));
    }
  }

  // --- load balancers
  // ------------------------------------------------------------------------------------------------

  private Kind loadBalancer() {
    return Kind.of("aws:lb/loadBalancer:LoadBalancer")
        .create(
            request -> {
              String type = request.text("loadBalancerType", "application");
              if (!type.equals("application")) {
                throw new AwsError(
                    400,
                    "UnsupportedOperation",
                    "this emulated AWS has no " + type + " load balancer");
              }
              List<String> subnets = Values.strings(request.inputs().get("subnets"));
              inTwoZones(subnets);
              Xml made =
                  elb(
                          "CreateLoadBalancer",
                          tagged(
                              request,
                              Kind.query(
                                  "Name",
                                  request.text("name"),
                                  "Type",
                                  type,
                                  "Scheme",
                                  request.flag("internal") ? "internal" : "internet-facing",
                                  "Subnets.member",
                                  List.copyOf(subnets),
                                  "SecurityGroups.member",
                                  Values.list(request.inputs().get("securityGroups")))))
                      .anywhere("LoadBalancers")
                      .orElseThrow();
              String arn = made.need("LoadBalancerArn");
              configure(arn, request);
              return Kind.Made.of(
                  arn,
                  "arn",
                  arn,
                  "arnSuffix",
                  arn.replaceFirst(".*:loadbalancer/", ""),
                  "dnsName",
                  made.need("DNSName"),
                  "zoneId",
                  made.need("CanonicalHostedZoneId"),
                  "vpcId",
                  made.need("VpcId"));
            })
        .update(
            request -> {
              configure(request.id(), request);
              if (request.changed("securityGroups")) {
                elb(
                    "SetSecurityGroups",
                    "LoadBalancerArn",
                    request.id(),
                    "SecurityGroups.member",
                    Values.list(request.inputs().get("securityGroups")));
              }
              retag(request);
              return Map.of();
            })
        .delete(
            request -> {
              if (Boolean.TRUE.equals(request.old().get("enableDeletionProtection"))) {
                throw new AwsError(
                    400,
                    "OperationNotPermitted",
                    "Load balancer '"
                        + request.id()
                        + "' cannot be deleted because deletion protection is enabled");
              }
              elb("DeleteLoadBalancer", "LoadBalancerArn", request.id());
              balancers.remove(request.id());
            })
        .exists(
            request -> isThere("DescribeLoadBalancers", "LoadBalancerArns.member.1", request.id()));
  }

  private void inTwoZones(List<String> subnets) {
    var zones = new TreeSet<String>();
    for (String subnet : subnets) {
      zones.add(
          aws.query("ec2", "DescribeSubnets", Map.of("SubnetId.1", subnet))
              .need("availabilityZone"));
    }
    if (zones.size() < 2) {
      throw new AwsError(
          400,
          "ValidationError",
          "At least two subnets in two different Availability Zones must be specified");
    }
    if (zones.size() < subnets.size()) {
      throw new AwsError(
          400,
          "InvalidConfigurationRequest",
          "A load balancer cannot be attached to multiple subnets in the same Availability Zone");
    }
  }

  private void configure(String arn, Kind.Request request) {
    balancers.put(arn, Duration.ofSeconds(request.number("idleTimeout", 60)));
    elb(
        "ModifyLoadBalancerAttributes",
        "LoadBalancerArn",
        arn,
        "Attributes.member.1.Key",
        "deletion_protection.enabled",
        "Attributes.member.1.Value",
        request.flag("enableDeletionProtection"));
  }

  // --- target groups
  // -------------------------------------------------------------------------------------------------

  private Kind targetGroup() {
    return Kind.of("aws:lb/targetGroup:TargetGroup")
        .create(
            request -> {
              TargetGroup.Check check = check(request);
              Xml made =
                  elb(
                      "CreateTargetGroup",
                      tagged(
                          request,
                          Kind.query(
                              "Name",
                              request.text("name"),
                              "Protocol",
                              request.text("protocol"),
                              "Port",
                              request.number("port", 80),
                              "VpcId",
                              request.text("vpcId"),
                              "TargetType",
                              request.text("targetType", "instance"),
                              "HealthCheckPath",
                              check.path(),
                              "HealthCheckIntervalSeconds",
                              check.interval().toSeconds(),
                              "HealthCheckTimeoutSeconds",
                              check.timeout().toSeconds(),
                              "HealthyThresholdCount",
                              check.healthyAfter(),
                              "UnhealthyThresholdCount",
                              check.unhealthyAfter(),
                              "Matcher.HttpCode",
                              check.matcher())));
              String arn = made.need("TargetGroupArn");
              putTargetGroup(arn, request, check);
              return Kind.Made.of(
                  arn,
                  "arn",
                  arn,
                  "arnSuffix",
                  arn.replaceFirst(".*:targetgroup/", "targetgroup/"));
            })
        .update(
            request -> {
              putTargetGroup(request.id(), request, check(request));
              retag(request);
              return Map.of();
            })
        .delete(
            request -> {
              elb("DeleteTargetGroup", "TargetGroupArn", request.id());
              balancers.removeTargetGroup(request.id());
            })
        .exists(request -> balancers.hasTargetGroup(request.id()));
  }

  private void putTargetGroup(String arn, Kind.Request request, TargetGroup.Check check) {
    balancers.putTargetGroup(
        arn,
        (int) request.number("port", 80),
        check,
        Duration.ofSeconds(request.number("deregistrationDelay", 300)));
  }

  /** What AWS refuses of a health check. */
  private static TargetGroup.Check check(Kind.Request request) {
    var check = TargetGroup.Check.of(Values.map(request.inputs().get("healthCheck")));
    long interval = check.interval().toSeconds();
    long timeout = check.timeout().toSeconds();
    if (interval < 5 || interval > 300) {
      throw invalid("Health check interval must be between '5' and '300', given: " + interval);
    }
    if (timeout < 2 || timeout > 120 || timeout >= interval) {
      throw invalid(
          "Health check timeout '%d' must be between '2' and '120' and smaller than the interval '%d'"
              .formatted(timeout, interval));
    }
    if (check.healthyAfter() < 2 || check.unhealthyAfter() < 2) {
      throw invalid("Health check thresholds must be between '2' and '10'");
    }
    if (!"HTTP".equals(request.text("protocol"))) {
      throw invalid("this emulated load balancer speaks HTTP to its targets only");
    }
    return check;
  }

  private static AwsError invalid(String message) {
    return new AwsError(400, "ValidationError", message);
  }

  private Kind targetGroupAttachment() {
    return Kind.of("aws:lb/targetGroupAttachment:TargetGroupAttachment")
        .create(
            request -> {
              String group = request.text("targetGroupArn");
              String target = request.text("targetId");
              if (request.has("port")) {
                balancers.register(group, target, (int) request.number("port", 80));
              } else {
                balancers.register(group, target);
              }
              return Kind.Made.of(group + "-" + target);
            })
        .delete(
            request ->
                balancers.deregister(
                    request.oldText("targetGroupArn"), request.oldText("targetId")))
        .exists(request -> balancers.hasTargetGroup(request.oldText("targetGroupArn")));
  }

  // --- listeners
  // -----------------------------------------------------------------------------------------------------

  private Kind listener() {
    return Kind.of("aws:lb/listener:Listener")
        .create(
            request -> {
              var query =
                  new LinkedHashMap<>(
                      Kind.query(
                          "LoadBalancerArn",
                          request.text("loadBalancerArn"),
                          "Protocol",
                          request.text("protocol"),
                          "Port",
                          request.number("port", 80),
                          "SslPolicy",
                          request.text("sslPolicy"),
                          "Certificates.member.1.CertificateArn",
                          request.text("certificateArn")));
              query.putAll(actions("DefaultActions", defaultActions(request)));
              // moto asks ACM for the certificate, which the real service does too.
              String arn = elb("CreateListener", tagged(request, query)).need("ListenerArn");
              balancers.listen(
                  arn,
                  request.text("loadBalancerArn"),
                  (int) request.number("port", 80),
                  certificate(request),
                  defaultActions(request));
              return Kind.Made.of(arn, "arn", arn, "protocol", request.text("protocol"));
            })
        .update(
            request -> {
              if (request.changed("certificateArn")) {
                balancers.listen(
                    request.id(),
                    request.text("loadBalancerArn"),
                    (int) request.number("port", 80),
                    certificate(request),
                    defaultActions(request));
              }
              balancers.otherwise(request.id(), defaultActions(request));
              var query = new LinkedHashMap<>(actions("DefaultActions", defaultActions(request)));
              query.put("ListenerArn", request.id());
              elb("ModifyListener", query);
              retag(request);
              return Map.of();
            })
        .delete(
            request -> {
              elb("DeleteListener", "ListenerArn", request.id());
              balancers.stopListening(request.id());
            })
        .exists(request -> isThere("DescribeListeners", "ListenerArns.member.1", request.id()));
  }

  private static List<Map<String, Object>> defaultActions(Kind.Request request) {
    return Values.maps(request.inputs().get("defaultActions"));
  }

  private Authority.Issued certificate(Kind.Request request) {
    boolean secure = "HTTPS".equals(request.text("protocol"));
    if (secure && !request.has("certificateArn")) {
      throw new AwsError(
          400, "CertificateNotFound", "A certificate must be specified for HTTPS listeners");
    }
    return secure ? certificates.issued(request.text("certificateArn")) : null;
  }

  private Kind rule() {
    return Kind.of("aws:lb/listenerRule:ListenerRule")
        .create(
            request -> {
              ListenerRules rules = balancers.rules(request.text("listenerArn"));
              var query =
                  new LinkedHashMap<>(
                      Kind.query(
                          "ListenerArn",
                          request.text("listenerArn"),
                          "Priority",
                          request.number("priority", 1)));
              query.putAll(conditions(request));
              query.putAll(actions("Actions", Values.maps(request.inputs().get("actions"))));
              String arn = elb("CreateRule", tagged(request, query)).need("RuleArn");
              put(rules, arn, request);
              return Kind.Made.of(arn, "arn", arn);
            })
        .update(
            request -> {
              put(balancers.rules(request.text("listenerArn")), request.id(), request);
              var query = new LinkedHashMap<>(conditions(request));
              query.putAll(actions("Actions", Values.maps(request.inputs().get("actions"))));
              query.put("RuleArn", request.id());
              elb("ModifyRule", query);
              if (request.changed("priority")) {
                elb(
                    "SetRulePriorities",
                    "RulePriorities.member.1.RuleArn",
                    request.id(),
                    "RulePriorities.member.1.Priority",
                    request.number("priority", 1));
              }
              retag(request);
              return Map.of();
            })
        .delete(
            request -> {
              elb("DeleteRule", "RuleArn", request.id());
              balancers.rules(request.oldText("listenerArn")).remove(request.id());
            })
        .exists(request -> isThere("DescribeRules", "RuleArns.member.1", request.id()));
  }

  private static void put(ListenerRules rules, String arn, Kind.Request request) {
    rules.put(
        arn,
        (int) request.number("priority", 1),
        Values.maps(request.inputs().get("conditions")),
        Values.maps(request.inputs().get("actions")));
  }

  // --- what scripts call
  // -------------------------------------------------------------------------------------------------

  /** How targets really are, which moto doesn't know; null for any other call. */
  String answer(Call call) {
    if (!call.operation().equals("DescribeTargetHealth")) {
      return null;
    }
    var text = new StringBuilder();
    for (var health : balancers.targetGroup(call.form().get("TargetGroupArn")).health()) {
      text.append("<member><Target><Id>").append(health.id()).append("</Id><Port>");
      text.append(health.port()).append("</Port></Target><TargetHealth><State>");
      text.append(health.state().name().toLowerCase(Locale.ROOT)).append("</State>");
      if (!health.reason().isEmpty()) {
        text.append("<Reason>").append(health.reason()).append("</Reason>");
      }
      text.append("</TargetHealth></member>");
    }
    return "<DescribeTargetHealthResponse"
        + " xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\">"
        + "<DescribeTargetHealthResult><TargetHealthDescriptions>"
        + text
        + "</TargetHealthDescriptions></DescribeTargetHealthResult><ResponseMetadata>"
        + "<RequestId>slipway</RequestId></ResponseMetadata></DescribeTargetHealthResponse>";
  }

  // --- the query's form of rules
  // --------------------------------------------------------------------------------------

  private static Map<String, String> conditions(Kind.Request request) {
    var names =
        Map.of(
            "hostHeader", "host-header",
            "pathPattern", "path-pattern",
            "httpRequestMethod", "http-request-method");
    var query = new LinkedHashMap<String, String>();
    int n = 0;
    for (Map<String, Object> condition : Values.maps(request.inputs().get("conditions"))) {
      for (var entry : names.entrySet()) {
        if (condition.get(entry.getKey()) == null) {
          continue;
        }
        String prefix = "Conditions.member." + ++n + ".";
        query.put(prefix + "Field", entry.getValue());
        String config =
            Character.toUpperCase(entry.getKey().charAt(0)) + entry.getKey().substring(1);
        query.putAll(
            Kind.query(
                prefix + config + "Config.Values.member",
                Values.list(Values.map(condition.get(entry.getKey())).get("values"))));
      }
    }
    return query;
  }

  private static Map<String, String> actions(String name, List<Map<String, Object>> actions) {
    var query = new LinkedHashMap<String, String>();
    int n = 0;
    for (Map<String, Object> action : actions) {
      String prefix = name + ".member." + ++n + ".";
      query.put(prefix + "Type", Values.text(action.get("type")));
      query.putAll(Kind.query(prefix + "TargetGroupArn", action.get("targetGroupArn")));
      var groups =
          new ArrayList<>(Values.maps(Values.map(action.get("forward")).get("targetGroups")));
      for (int g = 0; g < groups.size(); g++) {
        String at = prefix + "ForwardConfig.TargetGroups.member." + (g + 1) + ".";
        query.put(at + "TargetGroupArn", Values.text(groups.get(g).get("arn")));
        query.put(at + "Weight", String.valueOf(groups.get(g).getOrDefault("weight", 1)));
      }
      fields(query, prefix + "RedirectConfig.", Values.map(action.get("redirect")));
      fields(query, prefix + "FixedResponseConfig.", Values.map(action.get("fixedResponse")));
    }
    return query;
  }

  private static void fields(Map<String, String> query, String prefix, Map<String, Object> fields) {
    fields.forEach(
        (key, value) -> {
          if (value != null) {
            query.put(
                prefix + Character.toUpperCase(key.charAt(0)) + key.substring(1),
                String.valueOf(value));
          }
        });
  }
}
