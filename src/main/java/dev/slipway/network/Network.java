package dev.slipway.network;

import com.pulumi.aws.ec2.Route;
import com.pulumi.aws.ec2.RouteArgs;
import com.pulumi.aws.ec2.RouteTableAssociation;
import com.pulumi.aws.ec2.RouteTableAssociationArgs;
import com.pulumi.aws.ec2.Subnet;
import com.pulumi.aws.ec2.SubnetArgs;
import com.pulumi.aws.ec2.Vpc;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.identity.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A VPC with one public subnet, for systems whose hosts serve the internet themselves.
 *
 * <p>Creates a VPC, a subnet, an internet gateway, a route table with its default route, and
 * empties the default security group. Costs nothing by itself; flow logs cost what CloudWatch takes
 * for their volume.
 *
 * <pre>{@code
 * var network = new Network(named("network"), settings.network(), identity, child());
 * }</pre>
 *
 * <p>The rules are those of the <a href="https://docs.aws.amazon.com/vpc/latest/userguide/">VPC
 * user guide</a>; closing the default group is control EC2.2 of AWS's foundational security best
 * practices.
 */
public final class Network extends VpcComponent {
  static final String TYPE = "slipway:network:Network";

  private final Vpc vpc;
  private final Subnet subnet;
  private final List<Resource> wayOut = new ArrayList<>();
  private final NetworkSettings settings;

  public Network(
      String name, NetworkSettings settings, Identity identity, ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.settings = settings;
    vpc = vpc(settings.block(), settings.ipv6());
    closeDefaultGroup(vpc);
    subnet = subnet();
    routes();
    if (settings.flowLogs()) {
      flowLogs(vpc, identity);
    }
    offers(Map.of("vpcId", vpc.id(), "subnetId", subnet.id()));
  }

  private Subnet subnet() {
    var args =
        SubnetArgs.builder()
            .vpcId(vpc.id())
            .availabilityZone(zone())
            .cidrBlock(settings.subnet().toString())
            .mapPublicIpOnLaunch(false)
            .tags(nameTag("public"));
    if (settings.ipv6()) {
      // Amazon gives a /56, and a subnet takes a /64 of it.
      args.ipv6CidrBlock(
          vpc.ipv6CidrBlock().applyValue(block -> Cidr.parse(block).part(64, 0).toString()));
    }
    return new Subnet(named("public"), args.build(), leaf().build());
  }

  private void routes() {
    var gateway = gateway(vpc);
    var table = table(vpc, "routes");
    wayOut.add(gateway);
    wayOut.add(
        new Route(
            named("default-route"),
            RouteArgs.builder()
                .routeTableId(table.id())
                .destinationCidrBlock("0.0.0.0/0")
                .gatewayId(gateway.id())
                .build(),
            leaf().build()));
    if (settings.ipv6()) {
      wayOut.add(
          new Route(
              named("default-route-ipv6"),
              RouteArgs.builder()
                  .routeTableId(table.id())
                  .destinationIpv6CidrBlock("::/0")
                  .gatewayId(gateway.id())
                  .build(),
              leaf().build()));
    }
    wayOut.add(
        new RouteTableAssociation(
            named("public-routes"),
            RouteTableAssociationArgs.builder()
                .routeTableId(table.id())
                .subnetId(subnet.id())
                .build(),
            leaf().build()));
  }

  /** The availability zone that the subnet is in, and its hosts and their volumes with it. */
  public String zone() {
    return stack().region() + settings.zone();
  }

  /** Whether hosts have IPv6 addresses. */
  public boolean ipv6() {
    return settings.ipv6();
  }

  /** The VPC's id. */
  public Output<String> vpcId() {
    return vpc.id();
  }

  /** The public subnet's id. */
  public Output<String> subnetId() {
    return subnet.id();
  }

  /** What must be there before a host can reach the internet: a machine that boots doesn't wait. */
  public List<Resource> wayOut() {
    return List.copyOf(wayOut);
  }
}
