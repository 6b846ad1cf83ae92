package dev.slipway.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.cache.RedisCache;
import dev.slipway.cache.RedisSettings;
import dev.slipway.core.InvalidSettings;
import dev.slipway.core.Problem;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ZonedNetworkTest {
  private static final String VPC = "aws:ec2/vpc:Vpc";
  private static final String SUBNET = "aws:ec2/subnet:Subnet";
  private static final String TABLE = "aws:ec2/routeTable:RouteTable";
  private static final String ROUTE = "aws:ec2/route:Route";
  private static final String ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
  private static final String NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";
  private static final String EIP = "aws:ec2/eip:Eip";
  private static final String GATEWAY = "aws:ec2/internetGateway:InternetGateway";

  private static FakeStack network(ZonedNetworkSettings settings) {
    return Trial.of(trial -> trial.network(settings));
  }

  private final FakeStack stack = network(Trial.zones(Nat.each, "a", "b"));

  private static Object tableOf(FakeStack stack, String subnet) {
    var id = stack.only(SUBNET, subnet).output("id");
    var associations =
        stack.all(ASSOCIATION).stream().filter(each -> id.equals(each.input("subnetId"))).toList();
    assertThat(associations).as("tables of " + subnet).hasSize(1);
    return associations.get(0).input("routeTableId");
  }

  /** Where a subnet's packets go that are for nobody in the VPC. */
  private static List<FakeResource> defaultRoutes(FakeStack stack, String subnet) {
    var table = tableOf(stack, subnet);
    return stack.all(ROUTE).stream()
        .filter(route -> table.equals(route.input("routeTableId")))
        .filter(route -> "0.0.0.0/0".equals(route.input("destinationCidrBlock")))
        .toList();
  }

  @Test
  void createsAVpcWithPublicAndPrivateSubnetsInTwoZones() {
    assertThat(stack.only(VPC).input("cidrBlock")).isEqualTo("10.30.0.0/16");
    assertThat(stack.all(SUBNET))
        .extracting(FakeResource::name)
        .containsExactlyInAnyOrder(
            "web-network-public-a",
            "web-network-public-b",
            "web-network-private-a",
            "web-network-private-b");
    assertThat(stack.all(SUBNET))
        .allSatisfy(
            subnet -> {
              assertThat(subnet.text("availabilityZone"))
                  .isEqualTo("us-east-1" + subnet.name().charAt(subnet.name().length() - 1));
              assertThat(subnet.input("mapPublicIpOnLaunch")).isEqualTo(false);
            });
    assertThat(stack.only(GATEWAY).input("vpcId")).isEqualTo(stack.only(VPC).output("id"));
  }

  @Test
  void givesDataSubnetsOfItsOwnWithNoWayOut() {
    var services = List.of(GatewayEndpoint.s3, GatewayEndpoint.dynamodb);
    var other =
        network(
            new ZonedNetworkSettings(
                "10.30.0.0/16", List.of("a", "b"), Nat.one, true, services, false));

    for (var zone : List.of("a", "b")) {
      assertThat(defaultRoutes(other, "data-" + zone)).isEmpty();
      assertThat(defaultRoutes(other, "private-" + zone)).hasSize(1);
      assertThat(other.only(SUBNET, "private-" + zone).input("cidrBlock"))
          .isEqualTo(stack.only(SUBNET, "private-" + zone).input("cidrBlock"));
    }
    assertThat(other.only(SUBNET, "data-a").input("cidrBlock")).isEqualTo("10.30.64.0/20");
    assertThat(other.all("aws:ec2/vpcEndpoint:VpcEndpoint"))
        .extracting(endpoint -> endpoint.text("serviceName"))
        .containsExactlyInAnyOrder(
            "com.amazonaws.us-east-1.s3", "com.amazonaws.us-east-1.dynamodb");
    assertThatThrownBy(
            () ->
                new ZonedNetworkSettings(
                    "10.30.0.0/16", List.of("a", "e"), Nat.one, true, services, false))
        .hasMessageContaining("dataSubnets: takes zones a to d");
  }

  @Test
  void putsDataWhereItBelongs() {
    for (boolean own : new boolean[] {true, false}) {
      var settings =
          new ZonedNetworkSettings(
              "10.30.0.0/16", List.of("a", "b"), Nat.one, own, List.of(), false);
      var other =
          Trial.of(
              trial ->
                  new RedisCache(
                      trial.called("cache"),
                      trial.network(settings),
                      new RedisSettings("cache.t3.micro", "7.1", 0, "none", 7, true),
                      trial.part()));

      assertThat(other.only("aws:elasticache/subnetGroup:SubnetGroup").input("subnetIds"))
          .isEqualTo(
              Stream.of("a", "b")
                  .map(zone -> other.only(SUBNET, (own ? "data-" : "private-") + zone))
                  .map(subnet -> subnet.output("id"))
                  .toList());
    }
  }

  @Test
  void takesTheAddressesOfTheSettings() {
    var other =
        network(
            new ZonedNetworkSettings(
                "10.99.4.0/22",
                List.of("b", "d"),
                Nat.one,
                false,
                List.of(GatewayEndpoint.s3),
                false));

    assertThat(other.only(VPC).input("cidrBlock")).isEqualTo("10.99.4.0/22");
    assertThat(other.only(SUBNET, "private-b").input("cidrBlock")).isEqualTo("10.99.4.64/26");
    assertThat(other.only(SUBNET, "public-d").input("cidrBlock")).isEqualTo("10.99.6.192/26");
  }

  @Test
  void configuresTheRouteTables() {
    for (var zone : List.of("a", "b")) {
      var open = defaultRoutes(stack, "public-" + zone);
      var closed = defaultRoutes(stack, "private-" + zone);

      assertThat(open).hasSize(1);
      assertThat(open.get(0).input("gatewayId")).isEqualTo(stack.only(GATEWAY).output("id"));
      assertThat(closed).hasSize(1);
      assertThat(closed.get(0).input("natGatewayId"))
          .isEqualTo(stack.only(NAT_GATEWAY, "nat-" + zone).output("id"));
    }
  }

  @Test
  void putsEachNatGatewayIntoThePublicSubnetOfItsZoneWithAnAddress() {
    for (var zone : List.of("a", "b")) {
      var gateway = stack.only(NAT_GATEWAY, "nat-" + zone);

      assertThat(gateway.input("subnetId"))
          .isEqualTo(stack.only(SUBNET, "public-" + zone).output("id"));
      assertThat(gateway.input("allocationId"))
          .isEqualTo(stack.only(EIP, "nat-" + zone + "-address").output("id"));
      assertThat(gateway.waitsFor(stack.only(GATEWAY))).isTrue();
    }
  }

  @Test
  void sharesOneNatGatewayWhereThatIsEnough() {
    var shared = network(Trial.zones(Nat.one, "a", "b", "c"));

    assertThat(shared.all(EIP)).hasSize(1);
    for (var zone : List.of("a", "b", "c")) {
      assertThat(defaultRoutes(shared, "private-" + zone).get(0).input("natGatewayId"))
          .isEqualTo(shared.only(NAT_GATEWAY).output("id"));
    }
  }

  @Test
  void hasNoWayOutOfPrivateSubnetsWithoutNat() {
    var plain = network(Trial.zones(Nat.none, "a", "b"));

    assertThat(plain.all(NAT_GATEWAY)).isEmpty();
    assertThat(plain.all(EIP)).isEmpty();
    assertThat(defaultRoutes(plain, "private-a")).isEmpty();
    assertThat(defaultRoutes(plain, "public-a")).hasSize(1);
  }

  @Test
  void leavesEverythingAsItIsWhenAZoneIsAdded() {
    var more = network(Trial.zones(Nat.each, "a", "b", "c"));

    var later = inputs(more);
    inputs(stack)
        .forEach(
            (name, inputs) -> {
              // The endpoint is told of every table that there is.
              if (!name.endsWith("-s3")) {
                assertThat(later).as(name).containsEntry(name, inputs);
              }
            });
  }

  private static Map<String, Map<String, Object>> inputs(FakeStack stack) {
    return stack.all().stream()
        .collect(Collectors.toMap(each -> each.type() + " " + each.name(), FakeResource::inputs));
  }

  @Test
  void reachesStorageBesideTheNatGateways() {
    var endpoint = stack.only("aws:ec2/vpcEndpoint:VpcEndpoint");
    var tables = stack.all(TABLE).stream().map(table -> table.output("id")).toList();

    assertThat(endpoint.input("serviceName")).isEqualTo("com.amazonaws.us-east-1.s3");
    assertThat(endpoint.input("vpcEndpointType")).isEqualTo("Gateway");
    assertThat((List<?>) endpoint.input("routeTableIds")).hasSameElementsAs((List) tables);
  }

  @Test
  void closesTheDefaultSecurityGroup() {
    var group = stack.only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");

    assertThat(group.input("vpcId")).isEqualTo(stack.only(VPC).output("id"));
    assertThat(group.input("ingress")).isNull();
    assertThat(group.input("egress")).isNull();
  }

  @Test
  void recordsFlowsWhereTheStackWantsIt() {
    assertThat(stack.all("aws:ec2/flowLog:FlowLog")).isEmpty();

    var recorded =
        network(
            new ZonedNetworkSettings(
                "10.30.0.0/16",
                List.of("a", "b"),
                Nat.one,
                false,
                List.of(GatewayEndpoint.s3),
                true));

    assertThat(recorded.only("aws:ec2/flowLog:FlowLog").input("vpcId"))
        .isEqualTo(recorded.only(VPC).output("id"));
    assertThat(recorded.only("aws:cloudwatch/logGroup:LogGroup").input("name"))
        .isEqualTo("/slipway/trial/flow");
  }

  private static List<String> problems(String cidr, String... zones) {
    var found = new java.util.ArrayList<String>();
    assertThatThrownBy(
            () ->
                new ZonedNetworkSettings(
                    cidr, List.of(zones), Nat.one, false, List.of(GatewayEndpoint.s3), false))
        .isInstanceOfSatisfying(
            InvalidSettings.class,
            invalid ->
                invalid.problems().stream()
                    .map((Problem problem) -> problem.path() + ": " + problem.message())
                    .forEach(found::add));
    return found;
  }

  @Test
  void isRefusedWithOneZoneOrWithOneTwice() {
    assertThat(problems("10.30.0.0/16", "a"))
        .containsExactly(
            "zones: are fewer than two, which is what a load balancer and a database's subnets"
                + " take");
    assertThat(problems("10.30.0.0/16", "a", "a"))
        .containsExactly("zones: [a, a] names a zone twice");
    assertThat(problems("10.30.0.0/16", "a", "us-east-1b"))
        .containsExactly("zones[1]: \"us-east-1b\" is not a letter from a to h");
  }

  @Test
  void isRefusedWhereABalancersSubnetWouldBeTooSmall() {
    assertThat(problems("10.30.0.0/24", "a", "b"))
        .singleElement()
        .asString()
        .contains("too small", "/23");
    assertThat(problems("172.31.0.0/20", "a", "b"))
        .singleElement()
        .asString()
        .contains("default VPC");
  }
}
