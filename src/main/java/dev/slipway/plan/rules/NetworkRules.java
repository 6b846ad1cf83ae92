package dev.slipway.plan.rules;

import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Reach;
import dev.slipway.plan.rules.Rules.Hit;
import dev.slipway.plan.rules.Rules.Rule;
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
              "Only 80 and 443 are open to every address; everything else is reached through"
                  + " Systems Manager.",
              NetworkRules::openToTheWorld),
          Rule.warning(
              "ssh",
              "Port 22 stays closed: Session Manager gives a shell without a port, keys or"
                  + " bastions.",
              NetworkRules::ssh),
          Rule.error(
              "default-security-group",
              "What forgets to name a security group gets the default one, so that it must allow"
                  + " nothing."),
          Rule.warning(
              "address-not-elastic",
              "An address that AWS lends costs as much as an Elastic IP and changes at every stop,"
                  + " which makes DNS stale."),
          Rule.error(
              "listener-tls",
              "Requests from the internet are answered over TLS 1.2 or newer; over plain HTTP they"
                  + " are redirected."),
          Rule.warning("balancer-unlogged", "An access log says afterwards who asked for what."),
          Rule.warning(
              "balancer-headers",
              "Header fields with invalid names smuggle requests past whoever checks them."),
          Rule.error("public-database", "Databases and caches have private addresses only."),
          Rule.error("cdn-tls", "A CDN answers over TLS; over plain HTTP it redirects."),
          Rule.error(
              "cdn-open",
              "A CDN before a private bucket shows what an application has signed, and nothing"
                  + " else."));

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
}
