package dev.slipway.network;

import dev.slipway.core.Check;
import dev.slipway.core.Problem;
import dev.slipway.core.Regional;
import dev.slipway.core.Regions;
import dev.slipway.core.Setting;
import java.util.List;
import java.util.Optional;

/** Where the hosts are: the addresses of the VPC and what it records. */
public record NetworkSettings(
    @Setting(
            value = "The VPC's private addresses; not the default VPC's and not Docker's.",
            or = "\"10.20.0.0/16\"")
        String cidr,
    @Setting(
            value =
                "The availability zone of the subnet and so of the data volume, as a letter; not"
                    + " every zone has every instance type.",
            or = "\"a\"")
        String zone,
    @Setting(
            value = "Record every accepted and refused connection in the log; costs by volume.",
            or = "false")
        boolean flowLogs,
    @Setting(
            value = "Give the VPC and its hosts IPv6 addresses as well, and open them alike; free.",
            or = "false")
        boolean ipv6)
    implements Regional {

  public NetworkSettings {
    new Check()
        .none(problem(cidr), "cidr")
        .that(zone.matches("[a-z]"), "zone", "\"" + zone + "\" is not a letter from a to z")
        .orThrow();
  }

  @Override
  public List<Problem> problemsIn(String region) {
    return Regions.zoneProblem(region, zone).map(what -> new Problem("zone", what)).stream()
        .toList();
  }

  /** The VPC's addresses. */
  Cidr block() {
    return Cidr.parse(cidr);
  }

  /** The only subnet's: the first /24, or all there is. */
  Cidr subnet() {
    return block().part(Math.max(24, block().prefix()), 0);
  }

  /** What is wrong with a block of addresses as a VPC's, if anything is. */
  static Optional<String> problem(String cidr) {
    return Cidr.problem(cidr).or(() -> unfit(Cidr.parse(cidr)));
  }

  private static Optional<String> unfit(Cidr cidr) {
    String given = "\"" + cidr + "\" ";
    if (cidr.isIpv6() || cidr.prefix() < 16 || cidr.prefix() > 28) {
      return Optional.of(given + "is not an IPv4 block from /16 to /28, the sizes a VPC can have");
    }
    boolean isPrivate = false;
    for (var range : new String[] {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}) {
      isPrivate |= Cidr.parse(range).contains(cidr);
    }
    if (!isPrivate) {
      return Optional.of(given + "is not within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16");
    }
    if (cidr.overlaps(Cidr.parse("172.31.0.0/16"))) {
      return Optional.of(given + "overlaps the default VPC, 172.31.0.0/16");
    }
    if (cidr.overlaps(Cidr.parse("172.17.0.0/16"))) {
      return Optional.of(given + "overlaps Docker's own network, 172.17.0.0/16");
    }
    return Optional.empty();
  }
}
