package dev.slipway.network;

import com.pulumi.aws.ec2.Eip;
import com.pulumi.aws.ec2.EipArgs;
import com.pulumi.aws.ec2.InternetGateway;
import com.pulumi.aws.ec2.NatGateway;
import com.pulumi.aws.ec2.NatGatewayArgs;
import com.pulumi.aws.ec2.Route;
import com.pulumi.aws.ec2.RouteArgs;
import com.pulumi.aws.ec2.RouteTable;
import com.pulumi.aws.ec2.RouteTableAssociation;
import com.pulumi.aws.ec2.RouteTableAssociationArgs;
import com.pulumi.aws.ec2.Subnet;
import com.pulumi.aws.ec2.SubnetArgs;
import com.pulumi.aws.ec2.Vpc;
import com.pulumi.aws.ec2.VpcEndpoint;
import com.pulumi.aws.ec2.VpcEndpointArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.identity.Identity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A VPC with a public and a private subnet in each of two or more zones.
 *
 * <p>Creates a VPC, its subnets with their route tables, an internet gateway, NAT gateways with
 * their addresses as the settings say, a gateway endpoint for S3, and empties the default security
 * group. A NAT gateway costs about 33 dollars a month, its address 3.65 and each GB through it 4.5
 * cents; S3 is reached beside it, at no cost.
 *
 * <pre>{@code
 * var network = new ZonedNetwork(named("network"), settings.network(), identity, child());
 * }</pre>
 *
 * <p>That a NAT gateway serves its own zone, and what the others lose with it, is said in the <a
 * href="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html">VPC user
 * guide</a>.
 */
public final class ZonedNetwork extends VpcComponent {
  static final String TYPE = "slipway:network:ZonedNetwork";

  private final ZonedNetworkSettings settings;
  private final Vpc vpc;
  private final Map<String, Subnet> open = new LinkedHashMap<>();
  private final Map<String, Subnet> closed = new LinkedHashMap<>();
  private final List<Resource> wayOut = new ArrayList<>();

  public ZonedNetwork(
      String name,
      ZonedNetworkSettings settings,
      Identity identity,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.settings = settings;
    vpc = vpc(settings.block(), false);
    closeDefaultGroup(vpc);
    var subnets = settings.subnets();
    for (var zone : settings.zones()) {
      open.put(zone, subnet("public-" + zone, zone, subnets.publicIn(zone)));
      closed.put(zone, subnet("private-" + zone, zone, subnets.privateIn(zone)));
    }
    var gateway = gateway(vpc);
    wayOut.add(gateway);
    var tables = new ArrayList<RouteTable>();
    tables.add(publicRoutes(gateway));
    tables.addAll(privateRoutes(gateways(gateway)));
    storage(tables);
    if (settings.flowLogs()) {
      flowLogs(vpc, identity);
    }
    offers(
        Map.of(
            "vpcId", vpc.id(),
            "publicSubnetIds", publicSubnetIds(),
            "privateSubnetIds", privateSubnetIds()));
  }

  private Subnet subnet(String role, String zone, Cidr block) {
    return new Subnet(
        named(role),
        SubnetArgs.builder()
            .vpcId(vpc.id())
            .availabilityZone(stack().region() + zone)
            .cidrBlock(block.toString())
            .mapPublicIpOnLaunch(false)
            .tags(nameTag(role))
            .build(),
        leaf().build());
  }

  private RouteTable publicRoutes(InternetGateway gateway) {
    var table = table(vpc, "public-routes");
    wayOut.add(
        new Route(
            named("public-default-route"),
            RouteArgs.builder()
                .routeTableId(table.id())
                .destinationCidrBlock("0.0.0.0/0")
                .gatewayId(gateway.id())
                .build(),
            leaf().build()));
    open.forEach((zone, subnet) -> associate("public-" + zone, table, subnet));
    return table;
  }

  /** The NAT gateway of each zone, which may be the same for all, or none. */
  private Map<String, NatGateway> gateways(InternetGateway internet) {
    var byZone = new LinkedHashMap<String, NatGateway>();
    var zones = settings.zones();
    switch (settings.nat()) {
      case none -> {}
      case one -> {
        var only = nat(zones.get(0), internet);
        zones.forEach(zone -> byZone.put(zone, only));
      }
      case each -> zones.forEach(zone -> byZone.put(zone, nat(zone, internet)));
    }
    return byZone;
  }

  private NatGateway nat(String zone, InternetGateway internet) {
    var role = "nat-" + zone;
    var address =
        new Eip(
            named(role + "-address"),
            EipArgs.builder()
                .domain("vpc")
                // Nobody's name points at it: another address serves as well.
                .tags(nameTag(role + "-address", Map.of("slipway:reproducible", "true")))
                .build(),
            leaf().dependsOn(internet).build());
    return new NatGateway(
        named(role),
        NatGatewayArgs.builder()
            .subnetId(open.get(zone).id())
            .allocationId(address.id())
            .connectivityType("public")
            .tags(nameTag(role))
            .build(),
        leaf().dependsOn(wayOut).build());
  }

  /** A table for each zone, whether or not there is a gateway yet, so that one can be added. */
  private List<RouteTable> privateRoutes(Map<String, NatGateway> gateways) {
    var tables = new ArrayList<RouteTable>();
    closed.forEach(
        (zone, subnet) -> {
          var table = table(vpc, "private-routes-" + zone);
          tables.add(table);
          if (gateways.containsKey(zone)) {
            wayOut.add(
                new Route(
                    named("private-default-route-" + zone),
                    RouteArgs.builder()
                        .routeTableId(table.id())
                        .destinationCidrBlock("0.0.0.0/0")
                        .natGatewayId(gateways.get(zone).id())
                        .build(),
                    leaf().build()));
          }
          associate("private-" + zone, table, subnet);
        });
    return tables;
  }

  private void associate(String role, RouteTable table, Subnet subnet) {
    wayOut.add(
        new RouteTableAssociation(
            named(role + "-association"),
            RouteTableAssociationArgs.builder()
                .routeTableId(table.id())
                .subnetId(subnet.id())
                .build(),
            leaf().build()));
  }

  /** Images and packages that lie in S3 don't pay for the way through a NAT gateway. */
  private void storage(List<RouteTable> tables) {
    wayOut.add(
        new VpcEndpoint(
            named("s3"),
            VpcEndpointArgs.builder()
                .vpcId(vpc.id())
                .serviceName("com.amazonaws." + stack().region() + ".s3")
                .vpcEndpointType("Gateway")
                .routeTableIds(Output.all(tables.stream().map(RouteTable::id).toList()))
                .tags(nameTag("s3"))
                .build(),
            leaf().build()));
  }

  private static Output<List<String>> ids(Map<String, Subnet> subnets) {
    return Output.all(subnets.values().stream().map(Subnet::id).toList());
  }

  /** The VPC's id. */
  public Output<String> vpcId() {
    return vpc.id();
  }

  /** The VPC's addresses. */
  public Cidr block() {
    return settings.block();
  }

  /** The subnets that the internet reaches, in the order of the zones. */
  public Output<List<String>> publicSubnetIds() {
    return ids(open);
  }

  /** The subnets that the internet doesn't reach, in the order of the zones. */
  public Output<List<String>> privateSubnetIds() {
    return ids(closed);
  }

  /** Where hosts stand: in the private subnets, unless these have no way out. */
  public Output<List<String>> hostSubnetIds() {
    return hostsArePublic() ? publicSubnetIds() : privateSubnetIds();
  }

  /** Whether hosts need addresses of their own to reach the internet. */
  public boolean hostsArePublic() {
    return settings.nat() == Nat.none;
  }

  /** The names of the availability zones, in the order of the settings. */
  public List<String> zones() {
    return settings.zones().stream().map(zone -> stack().region() + zone).toList();
  }

  /** What must be there before a host can reach the internet: a machine that boots doesn't wait. */
  public List<Resource> wayOut() {
    return List.copyOf(wayOut);
  }
}
