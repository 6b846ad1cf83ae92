package dev.slipway.plan;

import dev.slipway.plan.Rules.Hit;
import dev.slipway.plan.Rules.Rule;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** House rules about who reaches what. */
final class NetworkRules {

  private static final Set<Integer> WEB = Set.of(80, 443);

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
