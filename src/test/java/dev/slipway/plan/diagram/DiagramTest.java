package dev.slipway.plan.diagram;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.aws.Drawing.Icon;
import dev.slipway.plan.Plan;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.TestGraph;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where things are drawn, and by which references. */
class DiagramTest {

  private static Plan plan(String persistence) {
    var config = StackConfig.file("admin-qa").with("slipway:cache.persistence", persistence);
    if (persistence.equals("durable")) {
      config = config.with("slipway:cache.nodeType", "db.t4g.small");
    }
    var plan = Plan.of("slipway", "admin-qa", config.values(), Main::stack);
    assertThat(plan.problems()).isEmpty();
    return plan;
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "snapshots", "durable"})
  void whatIsInANetworkIsDrawnInIt(String persistence) {
    var plan = plan(persistence);
    var diagram = Diagram.of(plan);
    var vpc = plan.graph().of("aws:ec2/vpc:Vpc").get(0).id();
    var inside = new TreeSet<String>();
    inside.add(vpc);
    diagram.frames().stream()
        .filter(frame -> frame.parent().equals(vpc))
        .forEach(frame -> inside.add(frame.id()));

    assertThat(diagram.cards())
        .filteredOn(
            card ->
                card.icon() == Icon.DATABASE
                    || card.icon() == Icon.BALANCER
                    || card.icon() == Icon.MACHINE
                    || card.icon() == Icon.GATEWAY)
        .hasSizeGreaterThanOrEqualTo(4)
        .anyMatch(card -> card.label().startsWith("cache"))
        .allSatisfy(card -> assertThat(inside).as(card.label()).contains(card.frame()));
    assertThat(diagram.arrows())
        .as("the hosts talk to the cache")
        .anyMatch(
            arrow ->
                arrow.label().equals("tcp 6379")
                    && diagram.cards().stream()
                        .anyMatch(
                            card ->
                                card.id().equals(arrow.to()) && card.label().startsWith("cache")));
  }

  @Test
  void aNameThatSeveralHaveIsFollowedByWhatWasRecorded() {
    var plan = plan("snapshots");
    var graph = plan.graph();
    var cache = graph.of("aws:elasticache/replicationGroup:ReplicationGroup").get(0);

    assertThat(cache.text("subnetGroupName")).isEqualTo(cache.text("replicationGroupId"));
    assertThat(graph.follow(cache, "subnetGroupName"))
        .get()
        .matches(found -> found.isA("aws:elasticache/subnetGroup:SubnetGroup"));
    assertThat(
            graph.pointingAt(
                cache, "aws:elasticache/replicationGroup:ReplicationGroup", "subnetGroupName"))
        .isEmpty();
  }

  @Test
  void aNameThatNobodyRecordedIsNotGuessedBetweenTwo() {
    var test = new TestGraph();
    test.add(
        "aws:elasticache/subnetGroup:SubnetGroup",
        "subnets",
        Map.of("name", "cache", "subnetIds", java.util.List.of()));
    test.add("aws:sns/topic:Topic", "topic", Map.of("name", "cache"));
    var log = test.add("aws:cloudwatch/logGroup:LogGroup", "log", Map.of("name", "cache"));

    assertThat(test.graph().follow(log, "name")).isEmpty();
  }
}
