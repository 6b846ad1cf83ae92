package dev.slipway.rehearsal.cloud;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Load balancers that really serve, with moto's records of them and its refusals. */
final class BalancerHandlers {

  /** Gives the key and chain of a certificate of the account. */
  interface Certificates {
    Authority.Issued issued(String arn);
  }

  private final AwsClient aws;
  private final AwsClient.Query elb;
  private final Balancers balancers;
  private final Certificates certificates;

  BalancerHandlers(AwsClient aws, Balancers balancers, Certificates certificates) {
    this.aws = aws;
    elb = new AwsClient.Query(aws, "elasticloadbalancing");
    this.balancers = balancers;
    this.certificates = certificates;
  }

  List<Handler> all() {
    return List.of(loadBalancer(), targetGroup(), listener(), rule(), targetGroupAttachment());
  }

  private void retag(Handler.Request request) {
    Set<String> gone = new TreeSet<>(Values.stringMap(request.old().get("tagsAll")).keySet());
    gone.removeAll(request.tags().keySet());
    if (!gone.isEmpty()) {
      elb.call(
          "RemoveTags", "ResourceArns.member.1", request.id(), "TagKeys.member", List.copyOf(gone));
    }
    if (!request.tags().isEmpty()) {
      elb.call(
          "AddTags",
          Fields.of("ResourceArns.member.1", request.id()).tags("Tags.member", request.tags()));
    }
  }

  // --- load balancers
  // ------------------------------------------------------------------------------------------------

  private Handler loadBalancer() {
    return Handler.of("aws:lb/loadBalancer:LoadBalancer")
        .create(
            request -> {
              String type = request.text("loadBalancerType", "application");
              if (!type.equals("application")) {
                throw new AwsError(
                    "UnsupportedOperation", "this emulated AWS has no " + type + " load balancer");
              }
              List<String> subnets = request.strings("subnets");
              inTwoZones(subnets);
              Xml made =
                  elb.call(
                          "CreateLoadBalancer",
                          request
                              .fields("Name", "SecurityGroups.member=securityGroups")
                              .and(
                                  "Type",
                                  type,
                                  "Scheme",
                                  request.flag("internal") ? "internal" : "internet-facing",
                                  "Subnets.member",
                                  List.copyOf(subnets))
                              .tags("Tags.member", request.tags()))
                      .anywhere("LoadBalancers")
                      .orElseThrow();
              String arn = made.need("LoadBalancerArn");
              configure(arn, request);
              return Handler.Made.of(
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
        .change(
            request -> {
              configure(request.id(), request);
              if (request.changed("securityGroups")) {
                elb.call(
                    "SetSecurityGroups",
                    request.fields("LoadBalancerArn=#", "SecurityGroups.member=securityGroups"));
              }
            })
        .retag(this::retag)
        .delete(
            request -> {
              if (request.oldFlag("enableDeletionProtection")) {
                throw new AwsError(
                    "OperationNotPermitted",
                    "Load balancer '"
                        + request.id()
                        + "' cannot be deleted because deletion protection is enabled");
              }
              elb.call("DeleteLoadBalancer", "LoadBalancerArn", request.id());
              balancers.remove(request.id());
            })
        .found(
            request ->
                elb.call("DescribeLoadBalancers", "LoadBalancerArns.member.1", request.id()));
  }

  private void inTwoZones(List<String> subnets) {
    Set<String> zones = NetworkHandlers.zones(aws, subnets);
    if (zones.size() < 2) {
      throw new AwsError(
          "ValidationError",
          "At least two subnets in two different Availability Zones must be specified");
    }
    if (zones.size() < subnets.size()) {
      throw new AwsError(
          "InvalidConfigurationRequest",
          "A load balancer cannot be attached to multiple subnets in the same Availability Zone");
    }
  }

  private void configure(String arn, Handler.Request request) {
    balancers.put(arn, Duration.ofSeconds(request.number("idleTimeout", 60)));
    elb.call(
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

  private Handler targetGroup() {
    return Handler.of("aws:lb/targetGroup:TargetGroup")
        .create(
            request -> {
              TargetGroup.Check check = check(request);
              Xml made =
                  elb.call(
                      "CreateTargetGroup",
                      request
                          .fields("Name", "Protocol", "Port:80", "VpcId", "TargetType:instance")
                          .and(
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
                              check.matcher())
                          .tags("Tags.member", request.tags()));
              String arn = made.need("TargetGroupArn");
              putTargetGroup(arn, request, check);
              return Handler.Made.of(
                  arn,
                  "arn",
                  arn,
                  "arnSuffix",
                  arn.replaceFirst(".*:targetgroup/", "targetgroup/"));
            })
        .change(
            request -> {
              putTargetGroup(request.id(), request, check(request));
            })
        .retag(this::retag)
        .delete(
            request -> {
              elb.call("DeleteTargetGroup", "TargetGroupArn", request.id());
              balancers.removeTargetGroup(request.id());
            })
        .exists(request -> balancers.hasTargetGroup(request.id()));
  }

  private void putTargetGroup(String arn, Handler.Request request, TargetGroup.Check check) {
    balancers.putTargetGroup(
        arn,
        (int) request.number("port", 80),
        check,
        Duration.ofSeconds(request.number("deregistrationDelay", 300)));
  }

  /** What AWS refuses of a health check. */
  private static TargetGroup.Check check(Handler.Request request) {
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
    return new AwsError("ValidationError", message);
  }

  private Handler targetGroupAttachment() {
    return Handler.of("aws:lb/targetGroupAttachment:TargetGroupAttachment")
        .create(
            request -> {
              String group = request.text("targetGroupArn");
              String target = request.text("targetId");
              if (request.has("port")) {
                balancers.register(group, target, (int) request.number("port", 80));
              } else {
                balancers.register(group, target);
              }
              return Handler.Made.of(group + "-" + target);
            })
        .delete(
            request ->
                balancers.deregister(
                    request.oldText("targetGroupArn"), request.oldText("targetId")))
        .exists(request -> balancers.hasTargetGroup(request.oldText("targetGroupArn")));
  }

  // --- listeners
  // -----------------------------------------------------------------------------------------------------

  private Handler listener() {
    return Handler.of("aws:lb/listener:Listener")
        .create(
            request -> {
              var query =
                  request.fields(
                      "LoadBalancerArn",
                      "Protocol",
                      "Port:80",
                      "SslPolicy",
                      "Certificates.member.1.CertificateArn=certificateArn");
              query.putAll(actions("DefaultActions", defaultActions(request)));
              // moto asks ACM for the certificate, which the real service does too.
              String arn =
                  elb.call("CreateListener", query.tags("Tags.member", request.tags()))
                      .need("ListenerArn");
              balancers.listen(
                  arn,
                  request.text("loadBalancerArn"),
                  (int) request.number("port", 80),
                  certificate(request),
                  defaultActions(request));
              return Handler.Made.of(arn, "arn", arn, "protocol", request.text("protocol"));
            })
        .change(
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
              var query = actions("DefaultActions", defaultActions(request));
              query.put("ListenerArn", request.id());
              elb.call("ModifyListener", query);
            })
        .retag(this::retag)
        .delete(
            request -> {
              elb.call("DeleteListener", "ListenerArn", request.id());
              balancers.stopListening(request.id());
            })
        .found(request -> elb.call("DescribeListeners", "ListenerArns.member.1", request.id()));
  }

  private static List<Map<String, Object>> defaultActions(Handler.Request request) {
    return request.maps("defaultActions");
  }

  private Authority.Issued certificate(Handler.Request request) {
    boolean secure = "HTTPS".equals(request.text("protocol"));
    if (secure && !request.has("certificateArn")) {
      throw new AwsError(
          "CertificateNotFound", "A certificate must be specified for HTTPS listeners");
    }
    return secure ? certificates.issued(request.text("certificateArn")) : null;
  }

  private Handler rule() {
    return Handler.of("aws:lb/listenerRule:ListenerRule")
        .create(
            request -> {
              ListenerRules rules = balancers.rules(request.text("listenerArn"));
              var query = request.fields("ListenerArn", "Priority:1");
              query.putAll(conditions(request));
              query.putAll(actions("Actions", request.maps("actions")));
              String arn =
                  elb.call("CreateRule", query.tags("Tags.member", request.tags())).need("RuleArn");
              put(rules, arn, request);
              return Handler.Made.of(arn, "arn", arn);
            })
        .change(
            request -> {
              put(balancers.rules(request.text("listenerArn")), request.id(), request);
              var query = conditions(request);
              query.putAll(actions("Actions", request.maps("actions")));
              query.put("RuleArn", request.id());
              elb.call("ModifyRule", query);
              if (request.changed("priority")) {
                elb.call(
                    "SetRulePriorities",
                    request.fields(
                        "RulePriorities.member.1.RuleArn=#",
                        "RulePriorities.member.1.Priority=priority:1"));
              }
            })
        .retag(this::retag)
        .delete(
            request -> {
              elb.call("DeleteRule", "RuleArn", request.id());
              balancers.rules(request.oldText("listenerArn")).remove(request.id());
            })
        .found(request -> elb.call("DescribeRules", "RuleArns.member.1", request.id()));
  }

  private static void put(ListenerRules rules, String arn, Handler.Request request) {
    rules.put(
        arn,
        (int) request.number("priority", 1),
        request.maps("conditions"),
        request.maps("actions"));
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

  private static Fields conditions(Handler.Request request) {
    var names =
        Map.of(
            "hostHeader", "host-header",
            "pathPattern", "path-pattern",
            "httpRequestMethod", "http-request-method");
    var fields = Fields.of();
    int n = 0;
    for (Map<String, Object> condition : request.maps("conditions")) {
      for (var entry : names.entrySet()) {
        if (condition.get(entry.getKey()) == null) {
          continue;
        }
        String prefix = "Conditions.member." + ++n + ".";
        fields.and(
            prefix + "Field",
            entry.getValue(),
            prefix + capital(entry.getKey()) + "Config.Values.member",
            Values.list(Values.map(condition.get(entry.getKey())).get("values")));
      }
    }
    return fields;
  }

  private static Fields actions(String name, List<Map<String, Object>> actions) {
    var fields = Fields.of();
    int n = 0;
    for (Map<String, Object> action : actions) {
      String prefix = name + ".member." + ++n + ".";
      fields.and(
          prefix + "Type", action.get("type"),
          prefix + "TargetGroupArn", action.get("targetGroupArn"));
      List<Map<String, Object>> groups =
          Values.maps(Values.map(action.get("forward")).get("targetGroups"));
      for (int g = 0; g < groups.size(); g++) {
        String at = prefix + "ForwardConfig.TargetGroups.member." + (g + 1) + ".";
        fields.and(
            at + "TargetGroupArn", groups.get(g).get("arn"),
            at + "Weight", groups.get(g).getOrDefault("weight", 1));
      }
      Values.map(action.get("redirect"))
          .forEach((key, value) -> fields.and(prefix + "RedirectConfig." + capital(key), value));
      Values.map(action.get("fixedResponse"))
          .forEach(
              (key, value) -> fields.and(prefix + "FixedResponseConfig." + capital(key), value));
    }
    return fields;
  }

  private static String capital(String key) {
    return Character.toUpperCase(key.charAt(0)) + key.substring(1);
  }
}
