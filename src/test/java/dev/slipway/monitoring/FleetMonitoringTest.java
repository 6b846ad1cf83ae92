package dev.slipway.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.balancer.DomainSettings;
import dev.slipway.balancer.LoadBalancer;
import dev.slipway.balancer.LoadBalancerSettings;
import dev.slipway.balancer.Route;
import dev.slipway.cache.RedisCache;
import dev.slipway.cache.RedisSettings;
import dev.slipway.core.Problems;
import dev.slipway.core.SettingsBinder;
import dev.slipway.database.PostgresDatabase;
import dev.slipway.database.PostgresSettings;
import dev.slipway.plan.rules.Finding;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is watched of a fleet and of what stands around it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FleetMonitoringTest {
  private static final String ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
  private static final String TOPIC = "arn:aws:sns:us-east-1:123456789012:slipway-foundation-1";

  private FakeStack stack;

  private static AlertSettings alerts(int days) {
    return new AlertSettings(Optional.empty(), Optional.of(TOPIC), false, days);
  }

  private static Monitoring monitoring(Trial trial, int days) {
    return new Monitoring(trial.called("monitoring"), alerts(days), trial.part());
  }

  @BeforeAll
  void build() {
    stack = Trial.of(FleetMonitoringTest::everything);
  }

  private static void everything(Trial trial) {
    var network = trial.network(Trial.ZONES);
    var monitoring = monitoring(trial, 90);
    monitoring.appLogs(List.of("api", "web"));
    monitoring.grantReport(trial.identity().role("reporter", "ec2.amazonaws.com"));
    var database =
        new PostgresDatabase(
            trial.called("database"),
            network,
            new SettingsBinder("slipway", new Problems())
                .bind(PostgresSettings.class, Map.of("storageGiB", "50"))
                .orElseThrow(),
            trial.identity(),
            trial.part());
    var cache =
        new RedisCache(
            trial.called("cache"),
            network,
            new RedisSettings("cache.t3.micro", "7.1", 1, "none", 7, true),
            trial.part());
    var fleet = trial.fleet(network, Trial.hosts(2));
    var balancer =
        new LoadBalancer(
            trial.called("balancer"),
            network,
            Optional.of(
                new DomainSettings(
                    "qa.example.com", Optional.of("Z0123456789ABCDEFGHIJ"), Optional.empty())),
            new LoadBalancerSettings(true, 60, 90, 365),
            trial.part());
    balancer.routeTo(
        fleet,
        Map.of(
            "api", new Route(8001, "/health", List.of(), List.of("/api/*")),
            "web", new Route(8002, "/", List.of(), List.of())));
    monitoring.watch(fleet, database, cache, balancer);
    monitoring.show();
  }

  private FakeResource alarm(String role) {
    return stack.only(ALARM, "monitoring-" + role);
  }

  /** Scenario: Collect application logs. */
  @ParameterizedTest
  @ValueSource(strings = {"api", "web"})
  void logsAreOrganizedByEnvironmentAndApplication(String app) {
    var log = stack.only("aws:cloudwatch/logGroup:LogGroup", "log-" + app);

    assertThat(log.input("name")).isEqualTo("/slipway/trial/" + app);
    assertThat(log.input("retentionInDays")).isEqualTo(90L);
  }

  /** Scenario: Collect application logs. */
  @ParameterizedTest
  @CsvSource({"trial/api, true", "trial/web, true", "trial-2/api, false", "trial-2, false"})
  void hostsWriteTheLogsOfTheirApplications(String group, boolean allowed) {
    var stream = "arn:aws:logs:us-east-1:123456789012:log-group:/slipway/%s:log-stream:a";

    assertThat(
            stack
                .policiesOf("identity-reporter")
                .evaluate(
                    Request.of(
                        stack.arnOf("identity-reporter"),
                        "logs:PutLogEvents",
                        stream.formatted(group)))
                .allowed())
        .isEqualTo(allowed);
  }

  /** Scenario: Collect application logs. */
  @Test
  void logsAreSearchableBySavedQueries() {
    assertThat(stack.all("aws:cloudwatch/queryDefinition:QueryDefinition"))
        .allSatisfy(
            query ->
                assertThat(query.input("logGroupNames"))
                    .isEqualTo(List.of("/slipway/trial/api", "/slipway/trial/web")))
        .extracting(query -> query.input("name"))
        .containsExactlyInAnyOrder(
            "slipway/trial/errors", "slipway/trial/errors-by-hour", "slipway/trial/latest");
  }

  /** Scenario: Monitor infrastructure metrics. */
  @ParameterizedTest
  @CsvSource({
    "hosts-cpu, AWS/EC2, CPUUtilization, 80, Average",
    "hosts-missing, AWS/AutoScaling, GroupInServiceInstances, 2, Minimum",
    "database-cpu, AWS/RDS, CPUUtilization, 80, Average",
    "database-connections, AWS/RDS, DatabaseConnections, 64, Maximum",
    "database-storage, AWS/RDS, FreeStorageSpace, 4294967296, Minimum",
    "cache-memory-1, AWS/ElastiCache, DatabaseMemoryUsagePercentage, 90, Maximum",
    "cache-memory-2, AWS/ElastiCache, DatabaseMemoryUsagePercentage, 90, Maximum",
    "balancer-latency, AWS/ApplicationELB, TargetResponseTime, 1, p95",
    "balancer-errors, AWS/ApplicationELB, HTTPCode_ELB_5XX_Count, 5, Sum",
    "api-errors, AWS/ApplicationELB, HTTPCode_Target_5XX_Count, 5, Sum",
    "web-unhealthy, AWS/ApplicationELB, UnHealthyHostCount, 0, Maximum"
  })
  void alarmsMonitorHostsDatabaseCacheAndBalancer(
      String role, String namespace, String metric, double threshold, String statistic) {
    var alarm = alarm(role);

    assertThat(alarm.input("namespace")).isEqualTo(namespace);
    assertThat(alarm.input("metricName")).isEqualTo(metric);
    assertThat(((Number) alarm.input("threshold")).doubleValue()).isEqualTo(threshold);
    assertThat(alarm.input(statistic.startsWith("p") ? "extendedStatistic" : "statistic"))
        .isEqualTo(statistic);
    assertThat(alarm.text("name")).isEqualTo("slipway-trial-" + role);
  }

  @Test
  void alarmsAreOnTheStacksOwnThings() {
    assertThat(alarm("hosts-cpu").input("dimensions.AutoScalingGroupName"))
        .isEqualTo(stack.only("aws:autoscaling/group:Group").output("name"));
    assertThat(alarm("database-cpu").input("dimensions.DBInstanceIdentifier"))
        .isEqualTo(stack.only("aws:rds/instance:Instance").output("identifier"));
    assertThat(alarm("cache-memory-2").input("dimensions.CacheClusterId"))
        .isEqualTo("slipway-trial-cache-002");
    assertThat(alarm("api-unhealthy").input("dimensions"))
        .isEqualTo(
            Map.of(
                "LoadBalancer",
                stack.only("aws:lb/loadBalancer:LoadBalancer").output("arnSuffix"),
                "TargetGroup",
                stack.only("aws:lb/targetGroup:TargetGroup", "targets-api").output("arnSuffix")));
  }

  /** Scenario: Monitor infrastructure metrics. */
  @Test
  void alarmNotificationsAreSentViaSns() {
    assertThat(stack.all(ALARM))
        .hasSizeGreaterThan(10)
        .allSatisfy(alarm -> assertThat(alarm.input("alarmActions")).isEqualTo(List.of(TOPIC)));
  }

  /** Scenario: Monitor infrastructure metrics. */
  @Test
  void aDashboardShowsEveryMetricThatAnAlarmOfAwsIsOn() {
    var dashboard = stack.only("aws:cloudwatch/dashboard:Dashboard");
    var body = dashboard.text("dashboardBody");

    assertThat(dashboard.input("dashboardName")).isEqualTo("slipway-trial");
    for (var alarm : stack.all(ALARM)) {
      if (alarm.text("namespace").startsWith("AWS/")) {
        var dimensions = new TreeSet<>(((Map<?, ?>) alarm.input("dimensions")).values());
        assertThat(body).contains("\"" + alarm.text("metricName") + "\"");
        dimensions.forEach(value -> assertThat(body).contains("\"" + value + "\""));
      }
    }
    assertThat(body).contains("SOURCE '/slipway/trial/api'");
  }

  @Test
  void noHouseRuleIsBrokenAndEverythingHasAPrice() {
    var plan = Trial.plan(FleetMonitoringTest::everything);

    assertThat(plan.problems()).isEmpty();
    assertThat(plan.findings()).filteredOn(Finding::fails).isEmpty();
    assertThat(plan.cost().notPriced()).isEmpty();
  }

  @Test
  void aStackWithoutApplicationsHasNoQueries() {
    var empty = Trial.of(trial -> monitoring(trial, 30).show());

    assertThat(empty.all("aws:cloudwatch/queryDefinition:QueryDefinition")).isEmpty();
    assertThat(empty.only("aws:cloudwatch/dashboard:Dashboard").text("dashboardBody"))
        .isEqualTo("{\"widgets\":[]}");
  }
}
