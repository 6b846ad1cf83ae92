package dev.slipway.network;

import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.ec2.DefaultSecurityGroup;
import com.pulumi.aws.ec2.DefaultSecurityGroupArgs;
import com.pulumi.aws.ec2.Eip;
import com.pulumi.aws.ec2.EipArgs;
import com.pulumi.aws.ec2.FlowLog;
import com.pulumi.aws.ec2.FlowLogArgs;
import com.pulumi.aws.ec2.InternetGateway;
import com.pulumi.aws.ec2.InternetGatewayArgs;
import com.pulumi.aws.ec2.NatGateway;
import com.pulumi.aws.ec2.NatGatewayArgs;
import com.pulumi.aws.ec2.Route;
import com.pulumi.aws.ec2.RouteArgs;
import com.pulumi.aws.ec2.RouteTable;
import com.pulumi.aws.ec2.RouteTableArgs;
import com.pulumi.aws.ec2.RouteTableAssociation;
import com.pulumi.aws.ec2.RouteTableAssociationArgs;
import com.pulumi.aws.ec2.Subnet;
import com.pulumi.aws.ec2.SubnetArgs;
import com.pulumi.aws.ec2.Vpc;
import com.pulumi.aws.ec2.VpcArgs;
import com.pulumi.aws.ec2.VpcEndpoint;
import com.pulumi.aws.ec2.VpcEndpointArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.identity.Identity;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A VPC with one public subnet, or with public, private and data subnets in several zones.
 *
 * <p>Creates a VPC, its subnets with their route tables, an internet gateway, NAT gateways with
 * their addresses and gateway endpoints as the settings say, and empties the default security
 * group. A NAT gateway costs about 33 dollars a month, its address 3.65 and each GB through it 4.5
 * cents; the rest costs nothing but flow logs, which cost what CloudWatch takes for their volume.
 *
 * <pre>{@code
 * var network = new Network(named("network"), settings.network(), identity, childOptions());
 * }</pre>
 *
 * <p>The rules are those of the <a href="https://docs.aws.amazon.com/vpc/latest/userguide/">VPC
 * user guide</a>; closing the default group is control EC2.2 of AWS's foundational security best
 * practices. That a NAT gateway serves its own zone, and what the others lose with it, is said <a
 * href="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html">there too</a>.
 */
public final class Network extends Component {
  static final String TYPE = "slipway:network:Network";

  /** The type of a network with zones, which is in the URNs of stacks. */
  static final String ZONED_TYPE = "slipway:network:ZonedNetwork";

  private final Layout layout;
  private final Vpc vpc;
  private final Map<Placement, Map<String, Subnet>> subnets = new EnumMap<>(Placement.class);
  private final List<Resource> wayOut = new ArrayList<>();

  /** One public subnet, for systems whose host serves the internet itself. */
  public Network(
      String name, NetworkSettings settings, Identity identity, ComponentResourceOptions options) {
    this(TYPE, name, Layout.single(settings), identity, options);
  }

  /** Subnets in two or more zones, for systems whose hosts stand behind a load balancer. */
  public Network(
      String name,
      ZonedNetworkSettings settings,
      Identity identity,
      ComponentResourceOptions options) {
    this(ZONED_TYPE, name, Layout.zoned(settings), identity, options);
  }

  /** Public and data subnets in two or more zones, for systems of one host with a database. */
  public Network(
      String name,
      TieredNetworkSettings settings,
      Identity identity,
      ComponentResourceOptions options) {
    this(ZONED_TYPE, name, Layout.tiered(settings), identity, options);
  }

  private Network(
      String type,
      String name,
      Layout layout,
      Identity identity,
      ComponentResourceOptions options) {
    super(type, name, options);
    this.layout = layout;
    vpc = vpc();
    closeDefaultGroup();
    for (var placement : Placement.values()) {
      var made = new LinkedHashMap<String, Subnet>();
      for (var zone : layout.zones()) {
        if (layout.in(placement).containsKey(zone)) {
          made.put(zone, subnet(placement, zone));
        }
      }
      subnets.put(placement, made);
    }
    var gateway = gateway();
    wayOut.add(gateway);
    var tables = new ArrayList<RouteTable>();
    tables.add(openRoutes(gateway));
    tables.addAll(closedRoutes(natGateways(gateway)));
    layout.endpoints().forEach(service -> endpoint(service, tables));
    dataRoutes();
    if (layout.flowLogs()) {
      flowLogs(identity);
    }
    var outputs = new HashMap<String, Output<?>>();
    outputs.put("vpcId", vpc.id());
    if (layout.zoned()) {
      outputs.put("publicSubnetIds", subnetIds(Placement.open));
      outputs.put("privateSubnetIds", subnetIds(Placement.closed));
    } else {
      outputs.put("subnetId", hostSubnetId());
    }
    registerOutputs(outputs);
  }

  private Vpc vpc() {
    return new Vpc(
        named("vpc"),
        VpcArgs.builder()
            .cidrBlock(layout.block().toString())
            .assignGeneratedIpv6CidrBlock(layout.ipv6())
            .enableDnsSupport(true)
            .enableDnsHostnames(true)
            .tags(nameTag("vpc"))
            .build(),
        leaf().build());
  }

  /** Empties the group that everything gets that names none. */
  private void closeDefaultGroup() {
    new DefaultSecurityGroup(
        named("default-group"),
        DefaultSecurityGroupArgs.builder().vpcId(vpc.id()).tags(nameTag("default-group")).build(),
        leaf().build());
  }

  /** What a placement is called in names. */
  private static String called(Placement placement) {
    return switch (placement) {
      case open -> "public";
      case closed -> "private";
      case data -> "data";
    };
  }

  private Subnet subnet(Placement placement, String zone) {
    var role = called(placement) + layout.suffix(zone);
    var args =
        SubnetArgs.builder()
            .vpcId(vpc.id())
            .availabilityZone(stack().region() + zone)
            .cidrBlock(layout.in(placement).get(zone).toString())
            .mapPublicIpOnLaunch(false)
            .tags(nameTag(role));
    if (layout.ipv6()) {
      // Amazon gives a /56, and a subnet takes a /64 of it.
      args.ipv6CidrBlock(
          vpc.ipv6CidrBlock().applyValue(block -> Cidr.parse(block).part(64, 0).toString()));
    }
    return new Subnet(named(role), args.build(), leaf().build());
  }

  private InternetGateway gateway() {
    return new InternetGateway(
        named("gateway"),
        InternetGatewayArgs.builder().vpcId(vpc.id()).tags(nameTag("gateway")).build(),
        leaf().build());
  }

  private RouteTable openRoutes(InternetGateway gateway) {
    var beginning = layout.zoned() ? "public-" : "";
    var table = table(beginning + "routes");
    wayOut.add(
        new Route(
            named(beginning + "default-route"),
            RouteArgs.builder()
                .routeTableId(table.id())
                .destinationCidrBlock("0.0.0.0/0")
                .gatewayId(gateway.id())
                .build(),
            leaf().build()));
    if (layout.ipv6()) {
      wayOut.add(
          new Route(
              named(beginning + "default-route-ipv6"),
              RouteArgs.builder()
                  .routeTableId(table.id())
                  .destinationIpv6CidrBlock("::/0")
                  .gatewayId(gateway.id())
                  .build(),
              leaf().build()));
    }
    subnets
        .get(Placement.open)
        .forEach(
            (zone, subnet) ->
                associate(
                    layout.zoned() ? "public-" + zone + "-association" : "public-routes",
                    table,
                    subnet));
    return table;
  }

  /** The NAT gateway of each zone, which may be the same for all, or none. */
  private Map<String, NatGateway> natGateways(InternetGateway internet) {
    var byZone = new LinkedHashMap<String, NatGateway>();
    var zones = layout.zones();
    switch (layout.nat()) {
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
            .subnetId(subnets.get(Placement.open).get(zone).id())
            .allocationId(address.id())
            .connectivityType("public")
            .tags(nameTag(role))
            .build(),
        leaf().dependsOn(wayOut).build());
  }

  /** A table for each zone, whether or not there is a gateway yet, so that one can be added. */
  private List<RouteTable> closedRoutes(Map<String, NatGateway> gateways) {
    var tables = new ArrayList<RouteTable>();
    subnets
        .get(Placement.closed)
        .forEach(
            (zone, subnet) -> {
              var table = table("private-routes-" + zone);
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
              associate("private-" + zone + "-association", table, subnet);
            });
    return tables;
  }

  /** One table for all data, with no way out. */
  private void dataRoutes() {
    var data = subnets.get(Placement.data);
    if (!data.isEmpty()) {
      var table = table("data-routes");
      data.forEach((zone, subnet) -> associate("data-" + zone + "-association", table, subnet));
    }
  }

  private RouteTable table(String role) {
    return new RouteTable(
        named(role),
        RouteTableArgs.builder().vpcId(vpc.id()).tags(nameTag(role)).build(),
        leaf().build());
  }

  private void associate(String role, RouteTable table, Subnet subnet) {
    wayOut.add(
        new RouteTableAssociation(
            named(role),
            RouteTableAssociationArgs.builder()
                .routeTableId(table.id())
                .subnetId(subnet.id())
                .build(),
            leaf().build()));
  }

  /** Images and packages that lie in S3, say, don't pay for the way through a NAT gateway. */
  private void endpoint(GatewayEndpoint service, List<RouteTable> tables) {
    wayOut.add(
        new VpcEndpoint(
            named(service.name()),
            VpcEndpointArgs.builder()
                .vpcId(vpc.id())
                .serviceName("com.amazonaws." + stack().region() + "." + service)
                .vpcEndpointType("Gateway")
                .routeTableIds(Output.all(tables.stream().map(RouteTable::id).toList()))
                .tags(nameTag(service.name()))
                .build(),
            leaf().build()));
  }

  /** Records every accepted and refused connection. */
  private void flowLogs(Identity identity) {
    var logs =
        new LogGroup(
            named("flow-log-group"),
            LogGroupArgs.builder()
                .name(stack().path() + "/flow")
                .retentionInDays(30)
                .tags(nameTag("flow-log-group"))
                .build(),
            leaf().build());
    var writer = identity.role("flow-log-writer", "vpc-flow-logs.amazonaws.com");
    writer.allow(
        "write",
        logs.arn()
            .applyValue(
                arn ->
                    List.of(
                        Statement.allow("Write")
                            .actions(
                                "logs:CreateLogStream",
                                "logs:PutLogEvents",
                                "logs:DescribeLogStreams")
                            .resources(arn + ":*"))));
    new FlowLog(
        named("flow-log"),
        FlowLogArgs.builder()
            .vpcId(vpc.id())
            .trafficType("ALL")
            .logDestinationType("cloud-watch-logs")
            .logDestination(logs.arn())
            .iamRoleArn(writer.arn())
            .tags(nameTag("flow-log"))
            .build(),
        leaf().dependsOn(writer.grants()).build());
  }

  /** The VPC's id. */
  public Output<String> vpcId() {
    return vpc.id();
  }

  /** Whether hosts have IPv6 addresses. */
  public boolean ipv6() {
    return layout.ipv6();
  }

  /** The subnets of a placement, in the order of the zones. */
  public Output<List<String>> subnetIds(Placement placement) {
    return Output.all(subnets.get(placement).values().stream().map(Subnet::id).toList());
  }

  /** Where data is: in subnets of its own, or else in closed ones. */
  public Output<List<String>> dataSubnetIds() {
    return subnetIds(subnets.get(Placement.data).isEmpty() ? Placement.closed : Placement.data);
  }

  /** The availability zones that data may be in, in order. */
  public List<String> dataZones() {
    return layout.zones().stream().map(zone -> stack().region() + zone).toList();
  }

  /** Where hosts stand: in the closed subnets, unless these have no way out. */
  public Output<List<String>> hostSubnetIds() {
    return subnetIds(hostsArePublic() ? Placement.open : Placement.closed);
  }

  /** Whether hosts need addresses of their own to reach the internet. */
  public boolean hostsArePublic() {
    return layout.nat() == Nat.none;
  }

  /** Where one host stands: in the first zone, open unless closed subnets have a way out. */
  public Output<String> hostSubnetId() {
    return subnets
        .get(hostsArePublic() ? Placement.open : Placement.closed)
        .get(layout.zones().get(0))
        .id();
  }

  /** The availability zone of that subnet, and of the host's volumes with it. */
  public String zone() {
    return stack().region() + layout.zones().get(0);
  }

  /** What must be there before a host can reach the internet: a machine that boots doesn't wait. */
  public List<Resource> wayOut() {
    return List.copyOf(wayOut);
  }
}
