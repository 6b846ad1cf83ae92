package dev.slipway.plan.rules;

import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Reach;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.rules.Rules.Hit;
import dev.slipway.plan.rules.Rules.Rule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** House rules about who reaches what. */
final class NetworkRules {

  private static final Set<Integer> WEB = Set.of(80, 443);
  private static final String BALANCER = "aws:lb/loadBalancer:LoadBalancer";

  /** Policies of load balancers that take nothing older than TLS 1.2. */
  private static final Pattern NEW_TLS =
      Pattern.compile("ELBSecurityPolicy-(TLS13-1-[23]|FS-1-2|TLS-1-2).*");

  static final List<Rule> ALL =
      List.of(
          Rule.error(
              "open-to-the-world",
              "Only 80 and 443 are open to every address; everything else is reached through Systems Manager.",
              NetworkRules::openToTheWorld),
          Rule.warning(
              "ssh",
              "Port 22 stays closed: Session Manager gives a shell without a port, keys or bastions.",
              NetworkRules::ssh),
          Rule.error(
              "default-security-group",
              "What forgets to name a security group gets the default one, so that it must allow nothing.",
              NetworkRules::defaultSecurityGroup),
          Rule.warning(
              "address-not-elastic",
              "An address that AWS lends costs as much as an Elastic IP and changes at every stop, which makes DNS stale.",
              NetworkRules::addressNotElastic),
          Rule.error(
              "listener-tls",
              "Requests from the internet are answered over TLS 1.2 or newer; over plain HTTP they are redirected.",
              NetworkRules::listeners),
          Rule.warning(
              "balancer-unlogged",
              "An access log says afterwards who asked for what.",
              graph ->
                  graph.of(BALANCER).stream()
                      .filter(balancer -> !balancer.is("accessLogs.enabled"))
                      .map(
                          balancer ->
                              new Hit(balancer, "keeps no access log; set accessLogs.enabled"))),
          Rule.warning(
              "balancer-headers",
              "Header fields with invalid names smuggle requests past whoever checks them.",
              graph ->
                  graph.of(BALANCER).stream()
                      .filter(balancer -> !balancer.is("dropInvalidHeaderFields"))
                      .map(
                          balancer ->
                              new Hit(
                                  balancer,
                                  "passes invalid header fields on; set dropInvalidHeaderFields"))),
          Rule.error(
              "public-database",
              "Databases and caches have private addresses only.",
              graph ->
                  Stream.of("aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance")
                      .flatMap(token -> graph.of(token).stream())
                      .filter(database -> database.is("publiclyAccessible"))
                      .map(
                          database ->
                              new Hit(
                                  database,
                                  "has a public address; leave publiclyAccessible out"))));

  private NetworkRules() {}

  private static Stream<Hit> openToTheWorld(Graph graph) {
    return Reach.in(graph).stream()
        .filter(reach -> reach.inbound() && reach.world())
        .filter(
            reach ->
                reach.fromPort() != reach.toPort()
                    || !WEB.contains(reach.fromPort())
                    || !reach.protocol().equals("tcp"))
        // HTTP/3 is UDP on 443.
        .filter(
            reach ->
                !(reach.protocol().equals("udp")
                    && reach.fromPort() == 443
                    && reach.toPort() == 443))
        .map(reach -> lets(reach, "name the addresses that need it"));
  }

  private static Stream<Hit> ssh(Graph graph) {
    return Reach.in(graph).stream()
        .filter(
            reach ->
                reach.inbound()
                    && !reach.world()
                    && reach.opens(22)
                    && !reach.protocol().equals("udp"))
        .filter(reach -> reach.from().matches("[0-9a-fA-F.:]+/[0-9]+"))
        .map(reach -> lets(reach, "a session through Systems Manager needs no port"));
  }

  private static Stream<Hit> listeners(Graph graph) {
    return graph.of("aws:lb/listener:Listener").stream()
        .filter(
            listener ->
                graph
                    .follow(listener, "loadBalancerArn")
                    .filter(balancer -> balancer.is("internal"))
                    .isEmpty())
        .flatMap(
            listener -> {
              var policy = listener.text("sslPolicy");
              if (listener.text("protocol").equals("HTTP")) {
                return redirects(listener)
                    ? Stream.empty()
                    : Stream.of(
                        new Hit(listener, "answers without TLS; redirect to a listener on 443"));
              }
              return !Set.of("HTTPS", "TLS").contains(listener.text("protocol"))
                      || NEW_TLS.matcher(policy).matches()
                  ? Stream.empty()
                  : Stream.of(
                      new Hit(
                          listener,
                          "takes TLS older than 1.2 (%s); set sslPolicy to ELBSecurityPolicy-TLS13-1-2-2021-06"
                              .formatted(policy.isEmpty() ? "AWS's default policy" : policy)));
            });
  }

  private static boolean redirects(Resource listener) {
    var actions = listener.list("defaultActions");
    return !actions.isEmpty()
        && actions.stream()
            .allMatch(
                action -> action instanceof Map<?, ?> map && "redirect".equals(map.get("type")));
  }

  private static Hit lets(Reach reach, String advice) {
    return new Hit(
        reach.rule(),
        "lets %s reach %s on %s; %s".formatted(reach.from(), reach.to(), reach.ports(), advice));
  }

  private static Stream<Hit> defaultSecurityGroup(Graph graph) {
    var kept = graph.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
    return Stream.concat(
        graph.of("aws:ec2/vpc:Vpc").stream()
            .filter(vpc -> !vpc.external())
            .filter(vpc -> kept.stream().noneMatch(group -> group.text("vpcId").equals(vpc.id())))
            .map(
                vpc ->
                    new Hit(
                        vpc,
                        "keeps AWS's default security group, which lets its members reach each other; adopt it with a DefaultSecurityGroup without rules")),
        kept.stream()
            .filter(group -> !group.list("ingress").isEmpty() || !group.list("egress").isEmpty())
            .map(group -> new Hit(group, "has rules; leave ingress and egress out")));
  }

  private static Stream<Hit> addressNotElastic(Graph graph) {
    return graph.of("aws:ec2/instance:Instance").stream()
        .filter(
            instance ->
                instance.is("associatePublicIpAddress")
                    || graph
                        .follow(instance, "subnetId")
                        .filter(subnet -> subnet.is("mapPublicIpOnLaunch"))
                        .isPresent())
        .filter(instance -> !hasElasticIp(graph, instance))
        .map(
            instance ->
                new Hit(
                    instance,
                    "gets an address that changes when it stops, at the price of an Elastic IP; give it one"));
  }

  private static boolean hasElasticIp(Graph graph, Resource instance) {
    return Stream.concat(
            graph.pointingAt(instance, "aws:ec2/eip:Eip", "instance").stream(),
            graph
                .pointingAt(instance, "aws:ec2/eipAssociation:EipAssociation", "instanceId")
                .stream())
        .findAny()
        .isPresent();
  }
}
