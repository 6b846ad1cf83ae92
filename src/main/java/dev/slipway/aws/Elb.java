package dev.slipway.aws;

import static dev.slipway.aws.AwsType.words;
import static dev.slipway.aws.Scopes.own;
import static dev.slipway.aws.Scopes.see;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.core.Json;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Elastic Load Balancing: balancers, told by their name {@code slipway-STACK}, with listeners and
 * rules; and groups of targets, whose names have no room for more than the stack's, so that the tag
 * tells them as well.
 */
final class Elb {
  /** Policies that take nothing older than TLS 1.2. */
  private static final Pattern NEW_TLS =
      Pattern.compile("ELBSecurityPolicy-(TLS13-1-[23]|FS-1-2|TLS-1-2).*");

  private static final Prices PRICES =
      Prices.of(
          "elb",
          "https://aws.amazon.com/elasticloadbalancing/pricing/",
          "2025-06-30",
          """
          application  us-east-1,us-east-2,us-west-2                         0.0225  hour
          application  eu-west-1                                             0.0252  hour
          application  eu-central-1                                          0.027   hour
          lcu          us-east-1,us-east-2,us-west-2,eu-west-1,eu-central-1  0.008   LCU-hour
          """);

  private static final String NAME = "(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:lb/targetGroupAttachment:TargetGroupAttachment")
              .free()
              .inWords(
                  attachment ->
                      "%s, port %s"
                          .formatted(attachment.named("targetId"), attachment.text("port")))
              .replacedBy("availabilityZone", "port", "targetGroupArn", "targetId")
              .computes("id", "{targetGroupArn}-{hex16}")
              .toDeploy(
                  stack ->
                      own(
                          Statement.allow("KeepTargets")
                              .actions(
                                  "elasticloadbalancing:DeregisterTargets",
                                  "elasticloadbalancing:RegisterTargets")
                              .resources(targets(stack)),
                          stack))
              .toRead(see("elasticloadbalancing:DescribeTargetHealth")),
          AwsType.of("aws:lb/loadBalancer:LoadBalancer")
              .drawn(
                  Drawing.card(Icon.BALANCER)
                      .details(balancer -> List.of("load balancer"))
                      .in(balancer -> balancer.followAll("subnets")))
              .breaksUnless(
                  "balancer-unlogged",
                  "accessLogs.enabled",
                  "keeps no access log; set accessLogs.enabled")
              .breaksUnless(
                  "balancer-headers",
                  "dropInvalidHeaderFields",
                  "passes invalid header fields on; set dropInvalidHeaderFields")
              .inWords(
                  balancer ->
                      words(
                          balancer.is("internal") ? "internal" : "to the internet",
                          balancer.is("enableDeletionProtection") ? "deletion refused" : ""))
              .costs(Elb::balancer)
              .named("name", 1, 32, NAME)
              .replacedBy(
                  "customerOwnedIpv4Pool", "internal", "loadBalancerType", "name", "namePrefix")
              .computes("arnSuffix", "app/{name}/{hex16}")
              .computes(
                  "arn", "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/{arnSuffix}")
              .computes("id", "{arn}")
              .computes(
                  "dnsName", "{name}-{number 1000000000 1999999999}.{region}.elb.amazonaws.com")
              .computes("zoneId", "Z35SXDOTRQ7X7K")
              .toDeploy(
                  keep(
                      "elasticloadbalancing:AddTags",
                      "elasticloadbalancing:CreateLoadBalancer",
                      "elasticloadbalancing:DeleteLoadBalancer",
                      "elasticloadbalancing:ModifyLoadBalancerAttributes",
                      "elasticloadbalancing:RemoveTags",
                      "elasticloadbalancing:SetSecurityGroups",
                      "elasticloadbalancing:SetSubnets"),
                  // CreateLoadBalancer asks for a network's groups by the right of its caller;
                  // ElasticLoadBalancingFullAccess, AWS's own policy, has it.
                  stack ->
                      Statement.allow("SeeGroupsOfNetworks")
                          .actions("ec2:GetSecurityGroupsForVpc")
                          .resources(stack.ec2("vpc")),
                  stack ->
                      Statement.allow("EmptyAccessLog")
                          .actions("s3:DeleteObject", "s3:DeleteObjectVersion")
                          .resources(
                              stack.whereEphemeral(stack.bucket(stack.named("access-log-*/*")))),
                  Iam.serviceLinkedRole("elasticloadbalancing.amazonaws.com"))
              .toRead(
                  see(
                      "ec2:DescribeAccountAttributes",
                      "ec2:DescribeAvailabilityZones",
                      "elasticloadbalancing:DescribeCapacityReservation",
                      "elasticloadbalancing:DescribeLoadBalancerAttributes",
                      "elasticloadbalancing:DescribeLoadBalancers",
                      "elasticloadbalancing:DescribeTags")),
          AwsType.of("aws:lb/listener:Listener")
              .free()
              .breaks("listener-tls", Elb::plainText)
              .inWords(
                  listener ->
                      words(
                          listener.text("protocol") + " " + listener.text("port"),
                          listener.text("sslPolicy"),
                          action(listener, "defaultActions")))
              .replacedBy("loadBalancerArn")
              .computes("arn", "{loadBalancerArn}/{hex16}")
              .computes("id", "{arn}")
              .toDeploy(
                  keep(
                      "elasticloadbalancing:AddTags",
                      "elasticloadbalancing:CreateListener",
                      "elasticloadbalancing:DeleteListener",
                      "elasticloadbalancing:ModifyListener",
                      "elasticloadbalancing:ModifyListenerAttributes",
                      "elasticloadbalancing:RemoveTags"))
              .toRead(
                  see(
                      "elasticloadbalancing:DescribeListenerAttributes",
                      "elasticloadbalancing:DescribeListenerCertificates",
                      "elasticloadbalancing:DescribeListeners",
                      "elasticloadbalancing:DescribeTags")),
          AwsType.of("aws:lb/listenerRule:ListenerRule")
              .free()
              .inWords(rule -> words(String.join(" ", conditions(rule)), action(rule, "actions")))
              .replacedBy("listenerArn")
              .computes("arn", "{listenerArn}/{hex16}")
              .computes("id", "{arn}")
              .toDeploy(
                  keep(
                      "elasticloadbalancing:AddTags",
                      "elasticloadbalancing:CreateRule",
                      "elasticloadbalancing:DeleteRule",
                      "elasticloadbalancing:ModifyRule",
                      "elasticloadbalancing:RemoveTags",
                      "elasticloadbalancing:SetRulePriorities"))
              .toRead(
                  see("elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags")),
          AwsType.of("aws:lb/targetGroup:TargetGroup")
              .heldWhileUsed()
              .free()
              .inWords(
                  group ->
                      "%s %s, health %s"
                          .formatted(
                              group.text("protocol"),
                              group.text("port"),
                              group.text("healthCheck.path")))
              .named("name", 1, 32, NAME)
              .replacedBy(
                  "ipAddressType",
                  "name",
                  "namePrefix",
                  "port",
                  "protocol",
                  "protocolVersion",
                  "targetType",
                  "vpcId")
              .computes("arnSuffix", "targetgroup/{name}/{hex16}")
              .computes("arn", "arn:aws:elasticloadbalancing:{region}:{account}:{arnSuffix}")
              .computes("id", "{arn}")
              .toDeploy(
                  stack ->
                      Scopes.tagNew(
                          Statement.allow("MakeTargets")
                              .actions(
                                  "elasticloadbalancing:AddTags",
                                  "elasticloadbalancing:CreateTargetGroup")
                              .resources(targets(stack)),
                          stack),
                  stack ->
                      own(
                          Statement.allow("KeepOwnTargets")
                              .actions(
                                  "elasticloadbalancing:DeleteTargetGroup",
                                  "elasticloadbalancing:ModifyTargetGroup",
                                  "elasticloadbalancing:ModifyTargetGroupAttributes")
                              .resources(targets(stack)),
                          stack),
                  stack ->
                      Scopes.tagOwn(
                          Statement.allow("TagOwnTargets")
                              .actions("elasticloadbalancing:AddTags")
                              .resources(targets(stack)),
                          stack),
                  stack ->
                      Scopes.untagOwn(
                          Statement.allow("UntagOwnTargets")
                              .actions("elasticloadbalancing:RemoveTags")
                              .resources(targets(stack)),
                          stack))
              .toRead(
                  see(
                      "elasticloadbalancing:DescribeTags",
                      "elasticloadbalancing:DescribeTargetGroupAttributes",
                      "elasticloadbalancing:DescribeTargetGroups",
                      "elasticloadbalancing:DescribeTargetHealth")));

  private Elb() {}

  private static String plainText(PlannedResource listener) {
    if (listener.follow("loadBalancerArn").filter(found -> found.is("internal")).isPresent()) {
      return "";
    }
    var policy = listener.text("sslPolicy");
    if (listener.text("protocol").equals("HTTP")) {
      return redirects(listener) ? "" : "answers without TLS; redirect to a listener on 443";
    }
    return !Set.of("HTTPS", "TLS").contains(listener.text("protocol"))
            || NEW_TLS.matcher(policy).matches()
        ? ""
        : "takes TLS older than 1.2 (%s); set sslPolicy to ELBSecurityPolicy-TLS13-1-2-2021-06"
            .formatted(policy.isEmpty() ? "AWS's default policy" : policy);
  }

  private static boolean redirects(PlannedResource listener) {
    var actions = listener.list("defaultActions");
    return !actions.isEmpty()
        && actions.stream()
            .allMatch(
                action -> action instanceof Map<?, ?> map && "redirect".equals(map.get("type")));
  }

  /** What a balancer does with a request. */
  private static String action(PlannedResource resource, String input) {
    var actions = resource.list(input);
    if (actions.isEmpty() || !(actions.get(0) instanceof Map<?, ?> action)) {
      return "";
    }
    return switch (String.valueOf(action.get("type"))) {
      case "forward" -> "to " + resource.named(input, action.get("targetGroupArn"));
      case "redirect" -> "redirects";
      default -> "answers itself";
    };
  }

  private static List<String> conditions(PlannedResource rule) {
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

  private static List<Charge> balancer(PlannedResource balancer) {
    var type = balancer.text("loadBalancerType");
    var itself = Charge.hourly(PRICES, type.isEmpty() ? "application" : type, "load balancer");
    var capacity = Charge.usageBased(PRICES, "lcu", "capacity units");
    return balancer.is("internal")
        ? List.of(itself, capacity)
        : List.of(itself, capacity, Ec2.addresses(balancer.list("subnets").size()));
  }

  private static Right keep(String... actions) {
    return stack -> {
      var own = "/app/slipway-" + stack.stack().name() + "/*";
      return Statement.allow("KeepBalancer")
          .actions(actions)
          .resources(
              stack.arn("elasticloadbalancing", "loadbalancer" + own),
              stack.arn("elasticloadbalancing", "listener" + own),
              stack.arn("elasticloadbalancing", "listener-rule" + own));
    };
  }

  private static String targets(Target stack) {
    return stack.arn("elasticloadbalancing", "targetgroup/" + stack.stack().name() + "-*/*");
  }
}
