package dev.slipway.plan.graph;

import static dev.slipway.testing.TestGraph.options;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.TestGraph;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who refers to whom, where several are called alike. */
class GraphTest {
  private static final String TOPIC = "aws:sns/topic:Topic";
  private static final String ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
  private static final String SCHEDULE = "aws:scheduler/schedule:Schedule";

  private final TestGraph test = new TestGraph();

  private Resource subnets(String type, String name) {
    return test.add(type, name, Map.of("name", "data", "subnetIds", List.of()));
  }

  @Test
  void ofTwoThatAreCalledAlikeTheRecordedOneIsMeant() {
    var caches = subnets("aws:elasticache/subnetGroup:SubnetGroup", "caches");
    var databases = subnets("aws:rds/subnetGroup:SubnetGroup", "databases");
    var database =
        test.add(
            "aws:rds/instance:Instance",
            "database",
            Map.of("instanceClass", "db.t4g.micro", "dbSubnetGroupName", "data"),
            options().from("dbSubnetGroupName", databases));

    var graph = test.graph();

    assertThat(graph.follow(database, "dbSubnetGroupName")).contains(databases);
    assertThat(graph.named(database, "dbSubnetGroupName")).isEqualTo("databases");
    assertThat(graph.pointingAt(databases, "aws:rds/instance:Instance", "dbSubnetGroupName"))
        .containsExactly(database);
    assertThat(graph.pointingAt(caches, "aws:rds/instance:Instance", "dbSubnetGroupName"))
        .isEmpty();
  }

  @Test
  void ofTwoThatAreCalledAlikeNoneIsGuessed() {
    subnets("aws:elasticache/subnetGroup:SubnetGroup", "caches");
    subnets("aws:rds/subnetGroup:SubnetGroup", "databases");
    var database =
        test.add(
            "aws:rds/instance:Instance",
            "database",
            Map.of("instanceClass", "db.t4g.micro", "dbSubnetGroupName", "data"));

    assertThat(test.graph().named(database, "dbSubnetGroupName")).isEqualTo("data");
    assertThat(test.graph().named("data")).isEqualTo("data");
  }

  @Test
  void aListPointsAtWhatWasRecordedForIt() {
    var one = test.add(TOPIC, "one", Map.of("name", "alerts"));
    var other = test.add(TOPIC, "other", Map.of("name", "alerts-2"));
    var alarm =
        test.add(
            ALARM,
            "alarm",
            Map.of(
                "comparisonOperator",
                "GreaterThanThreshold",
                "evaluationPeriods",
                1,
                "alarmActions",
                List.of(one.id())),
            options().from("alarmActions", one));

    assertThat(test.graph().pointingAt(one, ALARM, "alarmActions")).containsExactly(alarm);
    assertThat(test.graph().pointingAt(other, ALARM, "alarmActions")).isEmpty();
  }

  @Test
  void anIdInATextIsOfWhatTheTextWasMadeOf() {
    var machine = machine("machine");
    var target =
        Map.<String, Object>of(
            "arn",
            "arn:aws:scheduler:::aws-sdk:ec2:startInstances",
            "roleArn",
            "r",
            "input",
            "{\"InstanceIds\":[\"%s\"]}".formatted(machine.id()));
    var inputs =
        Map.<String, Object>of(
            "scheduleExpression",
            "cron(0 6 * * ? *)",
            "flexibleTimeWindow",
            Map.of("mode", "OFF"),
            "target",
            target);
    var made = test.add(SCHEDULE, "made", inputs, options().from("target", machine));
    test.add(SCHEDULE, "copied", inputs);
    test.add(SCHEDULE, "of-another", inputs, options().from("target", machine("another")));

    assertThat(test.graph().mentioning(machine, SCHEDULE, "target.input")).containsExactly(made);
  }

  private Resource machine(String name) {
    return test.add("aws:ec2/instance:Instance", name, Map.of("instanceType", "t3.small"));
  }

  @Test
  void anArnIsOfTheTopicAndNotOfItsPolicy() {
    var topic = test.add(TOPIC, "topic", Map.of("name", "alerts"));
    test.add(
        "aws:sns/topicPolicy:TopicPolicy", "policy", Map.of("arn", topic.id(), "policy", "{}"));

    assertThat(test.graph().named(topic.id())).isEqualTo("topic");
  }

  @Test
  void anArnIsOfABucketAndNotOfAnotherWithALongerName() {
    var logs = test.add("aws:s3/bucketV2:BucketV2", "logs", Map.of("bucket", "slipway-logs"));

    var graph = test.graph();

    assertThat(graph.meantBy("arn:aws:s3:::slipway-logs/test/*", found -> true)).contains(logs);
    assertThat(graph.meantBy("arn:aws:s3:::slipway-logs", found -> true)).contains(logs);
    assertThat(graph.meantBy("arn:aws:s3:::slipway-logs-of-others/*", found -> true)).isEmpty();
    assertThat(graph.meantBy("arn:aws:s3:::slipway-logs", found -> false)).isEmpty();
    assertThat(graph.named("arn:aws:s3:::slipway-logs/test/*")).isEqualTo("logs/test/*");
  }
}
