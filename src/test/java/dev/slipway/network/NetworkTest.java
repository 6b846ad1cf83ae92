package dev.slipway.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Staging;
import org.junit.jupiter.api.Test;

class NetworkTest {
  private static final String VPC = "aws:ec2/vpc:Vpc";
  private static final String SUBNET = "aws:ec2/subnet:Subnet";
  private static final String ROUTE = "aws:ec2/route:Route";
  private static final String GATEWAY = "aws:ec2/internetGateway:InternetGateway";
  private static final String FLOW_LOG = "aws:ec2/flowLog:FlowLog";

  private final FakeStack stack = Staging.stack();

  @Test
  void isOneVpcWithAddressesOfItsOwn() {
    assertThat(stack.only(VPC).input("cidrBlock")).isEqualTo("10.20.0.0/16");
    assertThat(stack.only(VPC).input("enableDnsHostnames")).isEqualTo(true);
  }

  @Test
  void hasOnePublicSubnetInItsZone() {
    var subnet = stack.only(SUBNET);

    assertThat(subnet.input("vpcId")).isEqualTo(stack.only(VPC).output("id"));
    assertThat(subnet.input("cidrBlock")).isEqualTo("10.20.0.0/24");
    assertThat(subnet.input("availabilityZone")).isEqualTo("us-east-1a");
    assertThat(subnet.input("mapPublicIpOnLaunch")).isEqualTo(false);
  }

  @Test
  void reachesTheInternetThroughAGateway() {
    var table = stack.only("aws:ec2/routeTable:RouteTable");
    var route = stack.only(ROUTE, "default-route");
    var association = stack.only("aws:ec2/routeTableAssociation:RouteTableAssociation");

    assertThat(stack.only(GATEWAY).input("vpcId")).isEqualTo(stack.only(VPC).output("id"));
    assertThat(route.input("destinationCidrBlock")).isEqualTo("0.0.0.0/0");
    assertThat(route.input("gatewayId")).isEqualTo(stack.only(GATEWAY).output("id"));
    assertThat(route.input("routeTableId")).isEqualTo(table.output("id"));
    assertThat(association.input("routeTableId")).isEqualTo(table.output("id"));
    assertThat(association.input("subnetId")).isEqualTo(stack.only(SUBNET).output("id"));
  }

  @Test
  void closesTheDefaultSecurityGroup() {
    var group = stack.only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");

    assertThat(group.input("vpcId")).isEqualTo(stack.only(VPC).output("id"));
    assertThat(group.input("ingress")).isNull();
    assertThat(group.input("egress")).isNull();
  }

  @Test
  void hasNoNatGateway() {
    assertThat(stack.all("aws:ec2/natGateway:NatGateway")).isEmpty();
  }

  @Test
  void takesIpv6WhereTheStackWantsIt() {
    var route = stack.only(ROUTE, "default-route-ipv6");

    assertThat(stack.only(VPC).input("assignGeneratedIpv6CidrBlock")).isEqualTo(true);
    assertThat(stack.only(SUBNET).text("ipv6CidrBlock")).endsWith("::/64");
    assertThat(route.input("destinationIpv6CidrBlock")).isEqualTo("::/0");
    assertThat(route.input("gatewayId")).isEqualTo(stack.only(GATEWAY).output("id"));
  }

  @Test
  void hasNoIpv6Otherwise() {
    var plain = Staging.stack(Staging.config().with("slipway:network.ipv6", false));

    assertThat(plain.only(VPC).input("assignGeneratedIpv6CidrBlock")).isEqualTo(false);
    assertThat(plain.only(SUBNET).input("ipv6CidrBlock")).isNull();
    assertThat(plain.all(ROUTE)).hasSize(1);
  }

  @Test
  void recordsFlowsWhereTheStackWantsIt() {
    assertThat(stack.all(FLOW_LOG)).isEmpty();

    var recorded = Staging.stack(Staging.config().with("slipway:network.flowLogs", true));
    var flows = recorded.only(FLOW_LOG);
    var log = recorded.only("aws:cloudwatch/logGroup:LogGroup", "flow-log-group");

    assertThat(flows.input("vpcId")).isEqualTo(recorded.only(VPC).output("id"));
    assertThat(flows.input("trafficType")).isEqualTo("ALL");
    assertThat(flows.input("logDestination")).isEqualTo(log.output("arn"));
    assertThat(flows.input("iamRoleArn")).isEqualTo(recorded.arnOf("flow-log-writer"));
    assertThat(flows.waitsFor(recorded.only("aws:iam/rolePolicy:RolePolicy", "write"))).isTrue();
  }
}
