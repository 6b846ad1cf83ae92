package dev.slipway.network;

import dev.slipway.core.Check;
import dev.slipway.core.Problem;
import dev.slipway.core.Regional;
import dev.slipway.core.Setting;
import java.util.HashSet;
import java.util.List;

/** The network of a system of one host with a database, which may stand behind a load balancer. */
public record TieredNetworkSettings(
    @Setting(
            value =
                "The VPC's private addresses, /16 to /23; not the default VPC's and not Docker's.",
            or = "\"10.40.0.0/20\"")
        String cidr,
    @Setting(
            value =
                "The availability zones, as letters from a to d: a public subnet and one for data in"
                    + " each. A load balancer and a database take no fewer than two; the host stands"
                    + " in the first.",
            or = "[\"a\", \"b\"]")
        List<String> zones,
    @Setting(
            value =
                "How the host reaches the internet: none (it stands in a public subnet, with an"
                    + " address of its own), one (it stands in a private subnet, behind a NAT gateway"
                    + " in the first zone, about 33 dollars a month), or each (a gateway in every"
                    + " zone). Another value is another machine.",
            or = "\"none\"")
        Nat nat,
    @Setting(
            value = "What the host reaches without the internet, at no cost: s3, dynamodb.",
            or = "[\"s3\"]")
        List<GatewayEndpoint> gatewayEndpoints,
    @Setting(
            value = "Record every accepted and refused connection in the log; costs by volume.",
            or = "false")
        boolean flowLogs)
    implements Regional {

  public TieredNetworkSettings {
    zones = List.copyOf(zones);
    gatewayEndpoints = List.copyOf(gatewayEndpoints);
    var check = new Check().none(ZonedNetworkSettings.problemWithBlock(cidr), "cidr");
    for (int i = 0; i < zones.size(); i++) {
      check.that(
          zones.get(i).matches("[a-d]"),
          "zones[" + i + "]",
          "\"" + zones.get(i) + "\" is not a letter from a to d");
    }
    check
        .that(new HashSet<>(zones).size() == zones.size(), "zones", zones + " names a zone twice")
        .that(
            zones.size() >= 2,
            "zones",
            "are fewer than two, which is what a load balancer and a database's subnets take")
        .that(
            new HashSet<>(gatewayEndpoints).size() == gatewayEndpoints.size(),
            "gatewayEndpoints",
            gatewayEndpoints + " names one twice")
        .orThrow();
  }

  @Override
  public List<Problem> problemsIn(String region) {
    return ZonedNetworkSettings.problemsWithZones(zones, region);
  }

  /** Whether the host stands in a private subnet. */
  public boolean hidesHosts() {
    return nat != Nat.none;
  }

  /** The VPC's addresses. */
  Cidr block() {
    return Cidr.parse(cidr);
  }
}
