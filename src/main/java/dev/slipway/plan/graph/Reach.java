package dev.slipway.plan.graph;

import dev.slipway.core.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who may open a connection to whom, as security groups say.
 *
 * @param from a component, {@code the internet}, or a block of addresses
 * @param to the same
 * @param protocol {@code tcp}, {@code udp}, {@code icmp} or {@code any}
 * @param fromPort the first port, -1 for all
 * @param toPort the last port, -1 for all
 * @param inbound whether it is the receiving side's rule
 * @param world whether one end is every address there is
 * @param rule the resource that says so
 * @param description what the rule says it is for
 */
public record Reach(
    String from,
    String to,
    String protocol,
    int fromPort,
    int toPort,
    boolean inbound,
    boolean world,
    Resource rule,
    String description) {

  static final String INTERNET = "the internet";

  private static final String GROUP = "aws:ec2/securityGroup:SecurityGroup";
  private static final String INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
  private static final String EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

  private static final List<String> WITH_RULES =
      List.of(GROUP, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");

  /** The ports, as a person writes them. */
  public String ports() {
    if (fromPort < 0 || (fromPort == 0 && toPort == 65535)) {
      return protocol.equals("any") ? "everything" : "all " + protocol;
    }
    return protocol
        + " "
        + (fromPort == toPort ? String.valueOf(fromPort) : fromPort + "-" + toPort);
  }

  /** The ports of several, each once: {@code tcp 80, 443}. */
  public static String ports(List<Reach> all) {
    var byProtocol = new TreeMap<String, Set<String>>();
    all.stream()
        .sorted(Comparator.comparingInt(Reach::fromPort))
        .map(reach -> reach.ports().split(" ", 2))
        .forEach(
            words ->
                byProtocol
                    .computeIfAbsent(words[0], key -> new LinkedHashSet<>())
                    .add(words.length > 1 ? words[1] : ""));
    return byProtocol.entrySet().stream()
        .map(entry -> (entry.getKey() + " " + String.join(", ", entry.getValue())).strip())
        .collect(Collectors.joining("; "));
  }

  /** Whether a port is among those that it opens. */
  public boolean opens(int port) {
    return fromPort < 0 || (fromPort <= port && port <= toPort);
  }

  /** Everything that security groups allow. */
  public static List<Reach> in(Graph graph) {
    var result = new ArrayList<Reach>();
    for (boolean inbound : new boolean[] {true, false}) {
      for (var rule : graph.of(inbound ? INGRESS : EGRESS)) {
        add(
            result,
            graph,
            rule,
            inbound,
            graph.follow(rule, "securityGroupId"),
            rule.state(),
            List.of("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId"),
            "ipProtocol");
      }
    }
    for (var rule : graph.of("aws:ec2/securityGroupRule:SecurityGroupRule")) {
      add(
          result,
          graph,
          rule,
          rule.text("type").equals("ingress"),
          graph.follow(rule, "securityGroupId"),
          rule.state(),
          List.of("cidrBlocks", "ipv6CidrBlocks", "sourceSecurityGroupId", "prefixListIds"),
          "protocol");
    }
    for (var token : WITH_RULES) {
      for (var group : graph.of(token)) {
        for (boolean inbound : new boolean[] {true, false}) {
          for (var entry : group.list(inbound ? "ingress" : "egress")) {
            if (PropertyValues.special(entry) instanceof Map<?, ?> map) {
              add(
                  result,
                  graph,
                  group,
                  inbound,
                  Optional.of(group),
                  Json.strings(map),
                  List.of(
                      "cidrBlocks", "ipv6CidrBlocks", "securityGroups", "prefixListIds", "self"),
                  "protocol");
            }
          }
        }
      }
    }
    result.sort(
        Comparator.comparing((Reach reach) -> !reach.inbound())
            .thenComparing(reach -> !reach.world())
            .thenComparing(Reach::to)
            .thenComparing(Reach::fromPort)
            .thenComparing(Reach::from));
    return result;
  }

  private static void add(
      List<Reach> result,
      Graph graph,
      Resource rule,
      boolean inbound,
      Optional<Resource> group,
      Map<String, Object> fields,
      List<String> ends,
      String protocolKey) {
    var protocol = protocol(String.valueOf(fields.getOrDefault(protocolKey, "-1")));
    int from = protocol.equals("any") ? -1 : port(fields.get("fromPort"));
    int to = protocol.equals("any") ? -1 : port(fields.get("toPort"));
    var here = group.map(found -> holder(graph, found)).orElse("a group from elsewhere");
    var description = String.valueOf(fields.getOrDefault("description", ""));
    ends.stream()
        .flatMap(
            key ->
                values(key, fields.get(key))
                    .map(
                        value ->
                            // Rules of a group itself are recorded by the group's own inputs.
                            new End(
                                key.equals("self") || !WITH_RULES.contains(rule.type())
                                    ? key
                                    : inbound ? "ingress" : "egress",
                                value)))
        .forEach(
            end -> {
              boolean world = end.value().equals("0.0.0.0/0") || end.value().equals("::/0");
              var there =
                  world
                      ? INTERNET
                      : end.input().equals("self")
                          ? here
                          : graph
                              .follow(rule, end.input(), end.value())
                              .map(found -> holder(graph, found))
                              .orElse(end.value());
              result.add(
                  new Reach(
                      inbound ? there : here,
                      inbound ? here : there,
                      protocol,
                      from,
                      to,
                      inbound,
                      world,
                      rule,
                      description));
            });
  }

  /** Where traffic is from or to, and the input that says so. */
  private record End(String input, String value) {}

  private static Stream<String> values(String key, Object value) {
    if (key.equals("self")) {
      return Boolean.TRUE.equals(value) ? Stream.of("self") : Stream.empty();
    }
    return Json.list(PropertyValues.special(value)).stream().map(String::valueOf);
  }

  private static String protocol(String given) {
    return switch (given) {
      case "-1", "all" -> "any";
      case "6" -> "tcp";
      case "17" -> "udp";
      case "1" -> "icmp";
      default -> given;
    };
  }

  private static int port(Object value) {
    return value instanceof Number number ? number.intValue() : -1;
  }

  /** What a security group stands for: the component that it is in. */
  public static String holder(Graph graph, Resource resource) {
    var parent = graph.parent(resource);
    return parent
        .filter(found -> !found.isA("pulumi:pulumi:Stack"))
        .map(graph::label)
        .orElse(graph.label(resource));
  }
}
