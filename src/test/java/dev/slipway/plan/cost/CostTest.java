package dev.slipway.plan.cost;

import static dev.slipway.testing.TestGraph.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.slipway.plan.graph.Resource;
import dev.slipway.testing.TestGraph;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CostTest {

  private final TestGraph stack = new TestGraph();

  private Resource machine(String type) {
    return stack.add(
        "aws:ec2/instance:Instance",
        "machine",
        Map.of(
            "instanceType",
            type,
            "rootBlockDevice",
            Map.of("volumeSize", 20, "volumeType", "gp3")));
  }

  private Cost cost() {
    return Cost.of(stack.graph());
  }

  @Test
  void addsUpAMachineWithItsDisksAndAddress() {
    machine("t3.medium");
    stack.add(
        "aws:ebs/volume:Volume",
        "data",
        Map.of("availabilityZone", "us-east-1a", "size", 40, "type", "gp3"));
    stack.add("aws:ec2/eip:Eip", "address", Map.of());

    // 730 h x 0.0416 + 20 x 0.08 + 40 x 0.08 + 730 h x 0.005
    assertThat(cost().total()).isEqualByComparingTo("38.82");
    assertThat(cost().items())
        .allSatisfy(item -> assertThat(item.source()).startsWith("https://aws.amazon.com/"));
    assertThat(cost().items())
        .allSatisfy(item -> assertThat(item.asOf()).matches("\\d{4}-\\d\\d-\\d\\d"));
    assertThat(cost().notPriced()).isEmpty();
  }

  @Test
  void paysForWhatADiskIsGivenBeyondTheBaseline() {
    stack.add(
        "aws:ebs/volume:Volume",
        "fast",
        Map.of(
            "availabilityZone",
            "us-east-1a",
            "size",
            100,
            "type",
            "gp3",
            "iops",
            4000,
            "throughput",
            250));

    // 100 x 0.08 + 1000 x 0.005 + 125 x 0.04
    assertThat(cost().total()).isEqualByComparingTo("18.00");
  }

  @Test
  void namesWhatItHasNoPriceFor() {
    machine("x9.huge");
    stack.add("aws:kinesis/stream:Stream", "stream", Map.of());
    stack.add(
        "aws:ebs/volume:Volume",
        "cold",
        Map.of("availabilityZone", "z", "size", 500, "type", "sc1"));
    stack.add(
        "aws:memorydb/cluster:Cluster",
        "durable",
        Map.of(
            "aclName", "a", "nodeType", "db.t4g.small", "numShards", 1, "numReplicasPerShard", 1));

    assertThat(cost().notPriced())
        .containsExactlyInAnyOrder(
            "machine: ec2 x9.huge in us-east-1",
            "stream: aws:kinesis/stream:Stream in us-east-1",
            "cold: ebs sc1 in us-east-1",
            "durable: memorydb db.t4g.small in us-east-1");
    assertThat(cost().total()).isEqualByComparingTo("1.60");
  }

  @Test
  void keepsWhatDependsOnUseOutOfTheSum() {
    stack.add("aws:s3/bucketV2:BucketV2", "bucket", Map.of());

    assertThat(cost().total()).isEqualByComparingTo("0");
    assertThat(cost().usageBased())
        .extracting(Cost.UnitPrice::what, Cost.UnitPrice::unitPrice)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("storage", new BigDecimal("0.023")));
  }

  @Test
  void countsTheHoursThatASchedulesLeaves() {
    var machine = machine("t3.medium");
    officeHours(machine);

    // 5 days of 14 hours in a week of 168.
    assertThat(cost().items().get(0).quantity()).isEqualByComparingTo("304");
  }

  @Test
  void doesNotTakeTheScheduleOfAnotherMachine() {
    var machine = machine("t3.medium");
    var other =
        stack.add("aws:ec2/instance:Instance", "other", Map.of("instanceType", "t3.medium"));
    officeHours(machine);

    assertThat(cost().items())
        .filteredOn(item -> item.unit().equals("hour"))
        .extracting(Cost.Item::resource, item -> item.quantity().intValue())
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("machine", 304),
            org.assertj.core.groups.Tuple.tuple(other.name(), 730));
  }

  private void fleet(String associatePublicIpAddress) {
    var template =
        stack.add(
            "aws:ec2/launchTemplate:LaunchTemplate",
            "template",
            Map.of(
                "instanceType",
                "t3.small",
                "networkInterfaces",
                List.of(Map.of("associatePublicIpAddress", associatePublicIpAddress)),
                "blockDeviceMappings",
                List.of(
                    Map.of(
                        "deviceName",
                        "/dev/sda1",
                        "ebs",
                        Map.of("volumeSize", 30, "volumeType", "gp3")))));
    stack.add(
        "aws:autoscaling/group:Group",
        "machines",
        Map.of("minSize", 2, "maxSize", 2, "launchTemplate", Map.of("id", template.id())));
  }

  @Test
  void paysForTheMachinesThatAGroupStarts() {
    fleet("false");

    // 2 x 730 h x 0.0208 + 2 x 30 x 0.08
    assertThat(cost().total()).isEqualByComparingTo("35.17");
    assertThat(cost().items())
        .extracting(Cost.Item::what)
        .containsExactly("2 x t3.small", "2 x root disk, gp3");
    assertThat(cost().notPriced()).isEmpty();
  }

  @Test
  void paysForTheAddressesOfMachinesThatHaveTheirOwn() {
    fleet("true");

    // The same, and 2 x 730 h x 0.005.
    assertThat(cost().total()).isEqualByComparingTo("42.47");
  }

  @Test
  void paysForALoadBalancersAddressInEveryZone() {
    stack.add(
        "aws:lb/loadBalancer:LoadBalancer",
        "open",
        Map.of("subnets", List.of("subnet-1", "subnet-2")));
    stack.add(
        "aws:lb/loadBalancer:LoadBalancer",
        "inside",
        Map.of("internal", true, "subnets", List.of("subnet-1", "subnet-2")));

    // 2 x 730 h x 0.0225 + 2 x 730 h x 0.005
    assertThat(cost().total()).isEqualByComparingTo("40.16");
  }

  private void officeHours(Resource machine) {
    schedule(
        "stop",
        "cron(0 20 ? * MON,TUE,WED,THU,FRI *)",
        "arn:aws:scheduler:::aws-sdk:ssm:sendCommand",
        machine);
    schedule(
        "start",
        "cron(0 6 ? * MON,TUE,WED,THU,FRI *)",
        "arn:aws:scheduler:::aws-sdk:ec2:startInstances",
        machine);
  }

  private void schedule(String name, String cron, String target, Resource machine) {
    var inputs = new LinkedHashMap<String, Object>();
    inputs.put("scheduleExpression", cron);
    inputs.put("flexibleTimeWindow", Map.of("mode", "OFF"));
    inputs.put(
        "target",
        Map.of(
            "arn",
            target,
            "roleArn",
            "r",
            "input",
            "{\"InstanceIds\":[\"" + machine.id() + "\"]}"));
    stack.add("aws:scheduler/schedule:Schedule", name, inputs, options().from("target", machine));
  }

  static List<Arguments> charges() {
    return List.of(
        arguments(
            "aws:ec2/natGateway:NatGateway",
            Map.of("subnetId", "subnet-1"),
            List.of("NAT gateway 32.85"),
            List.of("traffic through it")),
        arguments(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            Map.of(
                "vpcId",
                "vpc-1",
                "serviceName",
                "com.amazonaws.us-east-1.ssm",
                "vpcEndpointType",
                "Interface",
                "subnetIds",
                List.of("subnet-1", "subnet-2")),
            List.of("interface endpoint 14.60"),
            List.of()),
        arguments(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            Map.of(
                "vpcId",
                "vpc-1",
                "serviceName",
                "com.amazonaws.us-east-1.s3",
                "vpcEndpointType",
                "Gateway"),
            List.of(),
            List.of()),
        arguments(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            alarm("AWS/EC2"),
            List.of("alarm 0.10"),
            List.of()),
        arguments(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            alarm("Slipway"),
            List.of("alarm 0.10", "metric of the stack's own 0.30"),
            List.of()),
        arguments("aws:kms/key:Key", Map.of(), List.of("key 1.00"), List.of("requests")),
        arguments("aws:secretsmanager/secret:Secret", Map.of(), List.of("secret 0.40"), List.of()),
        arguments(
            "aws:ssm/parameter:Parameter",
            Map.of("type", "String", "tier", "Advanced"),
            List.of("advanced parameter 0.05"),
            List.of()),
        arguments("aws:ssm/parameter:Parameter", Map.of("type", "String"), List.of(), List.of()),
        arguments(
            "aws:route53/zone:Zone",
            Map.of("name", "example.com"),
            List.of("hosted zone 0.50"),
            List.of("queries")),
        arguments(
            "aws:rds/instance:Instance",
            database(false),
            List.of("db.t4g.micro 11.68", "storage 2.30"),
            List.of("backups and snapshots")),
        arguments(
            "aws:rds/instance:Instance",
            database(true),
            List.of("db.t4g.micro 23.36", "storage 4.60"),
            List.of("backups and snapshots")),
        arguments(
            "aws:elasticache/replicationGroup:ReplicationGroup",
            Map.of("description", "it", "nodeType", "cache.t4g.micro", "numCacheClusters", 2),
            List.of("cache.t4g.micro 23.36"),
            List.of()));
  }

  private static Map<String, Object> alarm(String namespace) {
    return Map.of(
        "comparisonOperator",
        "GreaterThanThreshold",
        "evaluationPeriods",
        1,
        "namespace",
        namespace);
  }

  private static Map<String, Object> database(boolean twoZones) {
    return Map.of(
        "engine",
        "postgres",
        "instanceClass",
        "db.t4g.micro",
        "allocatedStorage",
        20,
        "storageType",
        "gp3",
        "multiAz",
        twoZones);
  }

  @ParameterizedTest
  @MethodSource("charges")
  void paysForEach(
      String type, Map<String, Object> inputs, List<String> everyMonth, List<String> usageBased) {
    stack.add(type, "it", inputs);

    assertThat(cost().items())
        .extracting(item -> item.what() + " " + item.month())
        .containsExactlyElementsOf(everyMonth);
    assertThat(cost().usageBased())
        .extracting(Cost.UnitPrice::what)
        .containsExactlyElementsOf(usageBased);
    assertThat(cost().notPriced()).isEmpty();
  }

  @Test
  void saysWhichSizesItDoesNotKnow() {
    stack.add("aws:ec2/instance:Instance", "machine", Map.of("instanceType", "t3.medium"));
    stack.add("aws:ebs/volume:Volume", "copy", Map.of("availabilityZone", "z", "snapshotId", "s"));
    stack.add("aws:autoscaling/group:Group", "group", Map.of("minSize", 1, "maxSize", 1));

    assertThat(cost().notPriced())
        .containsExactlyInAnyOrder(
            "machine: root disk of the image's size in us-east-1",
            "copy: disk of unknown size in us-east-1",
            "group: machines of an unknown kind in us-east-1");
  }

  @Test
  void paysForWhatLeavesTheStackOnce() {
    stack.add("aws:ec2/internetGateway:InternetGateway", "one", Map.of());
    stack.add("aws:ec2/internetGateway:InternetGateway", "other", Map.of());

    assertThat(cost().usageBased())
        .extracting(Cost.UnitPrice::resource, Cost.UnitPrice::what)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("", "traffic to the internet"));
  }
}
