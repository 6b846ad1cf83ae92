package dev.slipway.network;

import dev.slipway.core.Check;
import dev.slipway.core.Problem;
import dev.slipway.core.Regional;
import dev.slipway.core.Regions;
import dev.slipway.core.Setting;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** The network of a system whose hosts stand behind a load balancer, in two zones or more. */
public record ZonedNetworkSettings(
    @Setting(
            value =
                "The VPC's private addresses, /16 to /23; not the default VPC's and not Docker's.",
            or = "\"10.30.0.0/16\"")
        String cidr,
    @Setting(
            value =
                "The availability zones, as letters; a load balancer takes no fewer than two. A"
                    + " zone that is added later changes nothing of the others.",
            or = "[\"a\", \"b\"]")
        List<String> zones,
    @Setting(
            value =
                "How hosts reach the internet: one (a NAT gateway in the first zone, about 33"
                    + " dollars a month), each (one in every zone, so that a zone can fail alone),"
                    + " or none (no NAT: hosts stand in the public subnets with addresses of their"
                    + " own, and nothing is open on them).",
            or = "\"one\"")
        Nat nat,
    @Setting(
            value =
                "Give the database and the cache subnets of their own, with no way to the internet;"
                    + " they take zones a to d. It moves what stands, so say it when the stack is"
                    + " made.",
            or = "false")
        boolean dataSubnets,
    @Setting(
            value = "What hosts reach without the internet, at no cost: s3, dynamodb.",
            or = "[\"s3\"]")
        List<GatewayEndpoint> gatewayEndpoints,
    @Setting(
            value = "Record every accepted and refused connection in the log; costs by volume.",
            or = "false")
        boolean flowLogs)
    implements Regional {

  /** A subnet of a balancer takes no less than a /27, and a subnet is a sixteenth of the VPC. */
  private static final int LONGEST_PREFIX = 23;

  public ZonedNetworkSettings {
    zones = List.copyOf(zones);
    gatewayEndpoints = List.copyOf(gatewayEndpoints);
    var check = new Check().none(problemWithBlock(cidr), "cidr");
    for (int i = 0; i < zones.size(); i++) {
      check.that(
          zones.get(i).matches("[a-h]"),
          "zones[" + i + "]",
          "\"" + zones.get(i) + "\" is not a letter from a to h");
    }
    check
        .that(new HashSet<>(zones).size() == zones.size(), "zones", zones + " names a zone twice")
        .that(
            !dataSubnets || zones.stream().allMatch(zone -> zone.matches("[a-d]")),
            "dataSubnets",
            "takes zones a to d: the addresses of the others' private subnets are for data")
        .that(
            new HashSet<>(gatewayEndpoints).size() == gatewayEndpoints.size(),
            "gatewayEndpoints",
            gatewayEndpoints + " names one twice")
        .that(
            zones.size() >= 2,
            "zones",
            "are fewer than two, which is what a load balancer and a database's subnets take")
        .orThrow();
  }

  /** What is wrong with a block of addresses of which a sixteenth is a subnet, if anything is. */
  static Optional<String> problemWithBlock(String cidr) {
    return NetworkSettings.problem(cidr)
        .or(
            () ->
                Cidr.parse(cidr).prefix() <= LONGEST_PREFIX
                    ? Optional.empty()
                    : Optional.of(
                        "\""
                            + cidr
                            + "\" is too small: a sixteenth of it is a subnet, and the load"
                            + " balancer's takes a /27; use a /"
                            + LONGEST_PREFIX
                            + " or larger"));
  }

  @Override
  public List<Problem> problemsIn(String region) {
    return problemsWithZones(zones, region);
  }

  /** What is wrong with zones in a region. */
  static List<Problem> problemsWithZones(List<String> zones, String region) {
    var problems = new ArrayList<Problem>();
    for (int i = 0; i < zones.size(); i++) {
      var path = "zones[" + i + "]";
      Regions.zoneProblem(region, zones.get(i))
          .ifPresent(what -> problems.add(new Problem(path, what)));
    }
    return problems;
  }

  /** The VPC's addresses. */
  Cidr block() {
    return Cidr.parse(cidr);
  }
}
