package dev.slipway.monitoring;

import dev.slipway.host.Link;
import com.pulumi.aws.cloudwatch.Dashboard;
import com.pulumi.aws.cloudwatch.DashboardArgs;
import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.cloudwatch.MetricAlarm;
import com.pulumi.aws.cloudwatch.MetricAlarmArgs;
import com.pulumi.aws.cloudwatch.QueryDefinition;
import com.pulumi.aws.cloudwatch.QueryDefinitionArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.balancer.LoadBalancer;
import dev.slipway.cache.RedisCache;
import dev.slipway.core.Component;
import dev.slipway.database.PostgresDatabase;
import dev.slipway.host.Fleet;
import dev.slipway.host.Host;
import dev.slipway.host.Linkable;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import dev.slipway.monitoring.DashboardBody.Chart;
import dev.slipway.monitoring.DashboardBody.Line;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The stack's log, its alarms, and who hears of them.
 *
 * <p>Creates a log group; with {@link #watch} five alarms at 0.10 dollars a month each, four of
 * them on metrics of the hosts' own at 0.30; and where an address is given an {@link AlertTopic}, 1
 * dollar a month for its key. For a fleet and what stands around it, two or more alarms each; with
 * {@link #appLogs} a log group for each application, and with {@link #show} saved queries and a
 * dashboard, 3 dollars a month.
 *
 * <pre>{@code
 * var monitoring = new Monitoring(named("monitoring"), settings.alerts(), child());
 * monitoring.grantReport(role);
 * monitoring.watch(host, 26, true);
 * }</pre>
 *
 * <p>What the services tell of themselves is said in the guides of <a
 * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html">load
 * balancers</a>, <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html">RDS</a> and <a
 * href="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html">ElastiCache</a>.
 */
public final class Monitoring extends Component implements Linkable {
  static final String TYPE = "slipway:monitoring:Monitoring";

  /** The namespace of the metrics that hosts publish. */
  private static final String NAMESPACE = "Slipway";

  private static final List<TopicPolicies.Publisher> PUBLISHERS = List.of(TopicPolicies.CLOUDWATCH);

  /** Lines that tell of trouble, whatever language an application is written in. */
  private static final String ERRORS = "filter @message like /(?i)(error|exception|fatal|panic)/";

  private static final String LATEST_ERRORS =
      "fields @timestamp, @log, @message | " + ERRORS + " | sort @timestamp desc | limit 100";

  /** How often a host tells of itself; an alarm that looked more often would miss most of it. */
  private static final int HOUR = 3600;

  private static final double GIB = 1024.0 * 1024 * 1024;

  private final AlertSettings settings;
  private final LogGroup logs;
  private final Optional<AlertTopic> ownTopic;

  /** What alarms publish to: the stack's own topic, or one that was there. */
  private final Optional<Output<String>> topic;

  private final Map<String, LogGroup> appLogs = new LinkedHashMap<>();
  private final List<Output<Chart>> charts = new ArrayList<>();
  private boolean granted;

  public Monitoring(String name, AlertSettings settings, ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.settings = settings;
    logs =
        new LogGroup(
            named("log"),
            LogGroupArgs.builder()
                .name(stack().path())
                .retentionInDays(settings.logRetentionDays())
                .tags(nameTag("log"))
                .build(),
            leaf().build());
    ownTopic =
        settings
            .email()
            .map(address -> new AlertTopic(named("alerts"), settings.email(), PUBLISHERS, child()));
    topic = ownTopic.map(AlertTopic::arn).or(() -> settings.topic().map(Output::of));
    var outputs = new HashMap<String, Output<?>>();
    outputs.put("logGroup", logs.name());
    topic.ifPresent(arn -> outputs.put("topic", arn));
    offers(outputs);
  }

  /** Keeps a log for each of these applications; before {@link #grantReport}. */
  public void appLogs(Collection<String> apps) {
    if (granted) {
      throw new IllegalStateException("logs of applications come before the grant to write them");
    }
    for (var app : apps) {
      appLogs.put(
          app,
          new LogGroup(
              named("log-" + app),
              LogGroupArgs.builder()
                  .name(stack().path() + "/" + app)
                  .retentionInDays(settings.logRetentionDays())
                  .tags(nameTag("log-" + app))
                  .build(),
              leaf().build()));
    }
  }

  /** The names of the applications' logs, by application. */
  public Output<List<String>> appLogNames() {
    return Output.all(appLogs.values().stream().map(LogGroup::name).toList());
  }

  /** The ARN of what alarms publish to, if they do. */
  public Optional<Output<String>> topic() {
    return topic;
  }

  /** Lets a role write the log, publish the stack's metrics, and tell of failures. */
  public Resource grantReport(ServiceRole role) {
    var everyKey =
        settings
            .topic()
            .map(
                arn ->
                    Output.of(
                        String.join(
                            ":",
                            "arn",
                            stack().partition(),
                            "kms",
                            arn.split(":")[3],
                            arn.split(":")[4],
                            "key/*")))
            .orElse(Output.of(""));
    var keyArn = ownTopic.map(AlertTopic::keyArn).orElse(everyKey);
    var written =
        Output.all(
            Stream.concat(Stream.of(logs), appLogs.values().stream()).map(LogGroup::arn).toList());
    granted = true;
    return role.allow(
        "report",
        Output.tuple(
                written, topic.orElse(Output.of("")), keyArn, place().arn("logs", "log-group:*"))
            .applyValue(known -> report(known.t1, known.t2, known.t3, known.t4)));
  }

  private List<Statement> report(
      List<String> written, String topicArn, String keyArn, String everyLog) {
    var statements = new ArrayList<Statement>();
    statements.add(
        Statement.allow("WriteLog")
            .actions("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
            .resources(
                written.stream()
                    .flatMap(log -> Stream.of(log, log + ":*"))
                    .toArray(String[]::new)));
    // The SSM agent looks for the group among all before it writes to it.
    statements.add(
        Statement.allow("FindLog").actions("logs:DescribeLogGroups").resources(everyLog));
    // Metrics have no ARN; the namespace is the only bound that there is.
    statements.add(
        Statement.allow("PublishMetrics")
            .actions("cloudwatch:PutMetricData")
            .resources("*")
            .when(
                "StringEquals",
                "cloudwatch:namespace",
                settings.cloudwatchAgent()
                    ? new String[] {NAMESPACE, "CWAgent"}
                    : new String[] {NAMESPACE}));
    if (!topicArn.isEmpty()) {
      statements.add(Statement.allow("TellOfFailures").actions("sns:Publish").resources(topicArn));
      var encrypt =
          Statement.allow("EncryptForTopic")
              .actions("kms:Decrypt", "kms:GenerateDataKey*")
              .resources(keyArn);
      // Which key a topic that was there has is not known; SNS tells KMS for which topic it asks.
      statements.add(
          ownTopic.isPresent()
              ? encrypt
              : encrypt.when("StringEquals", "kms:EncryptionContext:aws:sns:topicArn", topicArn));
    }
    return statements;
  }

  /**
   * Raises an alarm when the host is ill, its data volume full, its backup old or failing its
   * drill, or its certificate about to expire. What a host tells every hour is not well when it is
   * missing: whatever keeps it from telling may be what is wrong.
   *
   * @param backupAgeHours how old the newest backup may get
   * @param certificate whether the host has a certificate, of which it tells
   */
  public void watch(Host host, int backupAgeHours, boolean certificate) {
    var schedule = host.settings().schedule();
    // What is stopped on purpose reports nothing and backs up nothing.
    var silence = schedule.isPresent() ? "notBreaching" : "breaching";
    int stopped = schedule.map(hours -> hours.longestStopHours()).orElse(0);
    alarm(
        "status-check",
        "the machine fails its status checks, or is stopped",
        alarmOn("StatusCheckFailed", "AWS/EC2", 300, 2, "Maximum")
            .dimensions(host.instanceId().applyValue(id -> Map.of("InstanceId", id)))
            .comparisonOperator("GreaterThanThreshold")
            .threshold(0.0)
            .treatMissingData(silence));
    alarm(
        "disk",
        "the data volume is more than 85 percent full",
        own("DataVolumeUsedPercent", HOUR, 2, "Maximum")
            .comparisonOperator("GreaterThanThreshold")
            .threshold(85.0)
            .treatMissingData(silence));
    alarm(
        "backup-age",
        "the newest backup is more than %d hours old".formatted(backupAgeHours + stopped),
        own("BackupAgeHours", HOUR, 2, "Maximum")
            .comparisonOperator("GreaterThanThreshold")
            .threshold((double) (backupAgeHours + stopped))
            .treatMissingData(silence));
    if (certificate) {
      alarm(
          "certificate",
          "a site's certificate expires in less than 14 days, or it has none",
          own("CertificateDaysLeft", HOUR, 2, "Minimum")
              .comparisonOperator("LessThanThreshold")
              .threshold(14.0)
              .treatMissingData(silence));
    }
    alarm(
        "drill",
        "the newest backup could not be restored in a drill, or no drill was made in time",
        own("DrillOk", HOUR, 2, "Minimum")
            .comparisonOperator("LessThanThreshold")
            .threshold(1.0)
            .treatMissingData(silence));
  }

  /** Raises an alarm when hosts are busy, missing or full. */
  public void watch(Fleet fleet) {
    var group = fleet.groupName().applyValue(name -> Map.of("AutoScalingGroupName", name));
    above("hosts-cpu", "the hosts' processors are more than %.0f percent busy", 80.0)
        .on("AWS/EC2", "CPUUtilization", "Average", group)
        .raise(3);
    var count = (double) fleet.settings().count();
    below("hosts-missing", "fewer than %.0f hosts are in service", count)
        .on("AWS/AutoScaling", "GroupInServiceInstances", "Minimum", group)
        .silenceIs("breaching")
        .raise(3);
    alarm(
        "disk",
        "a host's disk is more than 85 percent full",
        own("DataVolumeUsedPercent", HOUR, 2, "Maximum")
            .comparisonOperator("GreaterThanThreshold")
            .threshold(85.0)
            .treatMissingData("breaching"));
  }

  /** Raises an alarm when the database is busy, short of connections or of disk. */
  public void watch(PostgresDatabase database) {
    var instance = database.identifier().applyValue(name -> Map.of("DBInstanceIdentifier", name));
    above("database-cpu", "the database's processor is more than %.0f percent busy", 80.0)
        .on("AWS/RDS", "CPUUtilization", "Average", instance)
        .raise(3);
    double connections = Math.floor(0.8 * database.settings().maxConnections());
    above("database-connections", "the database has more than %.0f connections", connections)
        .on("AWS/RDS", "DatabaseConnections", "Maximum", instance)
        .raise(2);
    // The disk grows by itself when a tenth of it is left, up to its limit.
    double least = Math.max(1, 0.08 * database.settings().storageGiB());
    below("database-storage", "the database's disk has less than %.1f GiB left", least)
        .on("AWS/RDS", "FreeStorageSpace", "Minimum", instance)
        .counting(GIB)
        .silenceIs("breaching")
        .raise(2);
  }

  /** Raises an alarm when the memory of one of the cache's nodes is nearly full. */
  public void watch(RedisCache cache) {
    var metrics = cache.metrics();
    for (int i = 0; i < metrics.values().size(); i++) {
      above("cache-memory-" + (i + 1), "the cache's memory is more than %.0f percent full", 90.0)
          .on(
              metrics.namespace(),
              "DatabaseMemoryUsagePercentage",
              "Maximum",
              Output.of(Map.of(metrics.dimension(), metrics.values().get(i))))
          .silenceIs("breaching")
          .raise(3);
    }
  }

  /**
   * Raises an alarm when answers are slow or errors, or a host is unhealthy for an application;
   * after the balancer's routes.
   */
  public void watch(LoadBalancer balancer) {
    var whole = balancer.arnSuffix().applyValue(suffix -> Map.of("LoadBalancer", suffix));
    above("balancer-latency", "one answer in twenty takes more than %.0f s", 1.0)
        .on("AWS/ApplicationELB", "TargetResponseTime", "p95", whole)
        .raise(3);
    above("balancer-errors", "the load balancer had more than %.0f errors in 5 minutes", 5.0)
        .on("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", whole)
        .raise(2);
    balancer
        .targetSuffixes()
        .forEach(
            (app, target) -> {
              var part =
                  Output.tuple(balancer.arnSuffix(), target)
                      .applyValue(
                          known -> Map.of("LoadBalancer", known.t1, "TargetGroup", known.t2));
              above(app + "-errors", app + " had more than %.0f errors in 5 minutes", 5.0)
                  .on("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", part)
                  .raise(2);
              above(app + "-unhealthy", "more than %.0f hosts are unhealthy for " + app, 0.0)
                  .on("AWS/ApplicationELB", "UnHealthyHostCount", "Maximum", part)
                  .raise(2);
            });
  }

  /** Saves queries for the applications' logs, and shows all that is watched; when all is. */
  public void show() {
    var groups = Output.all(appLogs.values().stream().map(LogGroup::name).toList());
    if (!appLogs.isEmpty()) {
      query("errors", LATEST_ERRORS, groups);
      query("errors-by-hour", ERRORS + " | stats count(*) as errors by bin(1h), @log", groups);
      query(
          "latest",
          "fields @timestamp, @log, @logStream, @message | sort @timestamp desc | limit 200",
          groups);
    }
    new Dashboard(
        named("dashboard"),
        DashboardArgs.builder()
            .dashboardName("slipway-" + stack().name())
            .dashboardBody(
                Output.tuple(Output.all(charts), groups)
                    .applyValue(
                        known ->
                            DashboardBody.of(stack().region(), known.t1, known.t2, LATEST_ERRORS)))
            .build(),
        leaf().build());
  }

  private void query(String role, String text, Output<List<String>> groups) {
    new QueryDefinition(
        named("query-" + role),
        QueryDefinitionArgs.builder()
            // A slash is a folder.
            .name("slipway/" + stack().name() + "/" + role)
            .queryString(text)
            .logGroupNames(groups)
            .build(),
        leaf().build());
  }

  private Threshold above(String role, String means, double limit) {
    return new Threshold(role, means, "GreaterThanThreshold", limit);
  }

  private Threshold below(String role, String means, double limit) {
    return new Threshold(role, means, "LessThanThreshold", limit);
  }

  /** An alarm on a metric of AWS's own, which is shown on the dashboard too. */
  private final class Threshold {
    private final String role;
    private final String means;
    private final String operator;
    private final double limit;
    private double unit = 1;
    private String silence = "notBreaching";
    private String namespace;
    private String metric;
    private String statistic;
    private Output<Map<String, String>> dimensions;

    Threshold(String role, String means, String operator, double limit) {
      this.role = role;
      this.means = String.format(Locale.ROOT, means, limit);
      this.operator = operator;
      this.limit = limit;
    }

    Threshold on(
        String namespace, String metric, String statistic, Output<Map<String, String>> dimensions) {
      this.namespace = namespace;
      this.metric = metric;
      this.statistic = statistic;
      this.dimensions = dimensions;
      return this;
    }

    /** What the limit is counted in. */
    Threshold counting(double unit) {
      this.unit = unit;
      return this;
    }

    /** What no data means: by itself nothing, because nobody asks at night. */
    Threshold silenceIs(String silence) {
      this.silence = silence;
      return this;
    }

    /** Makes the alarm, which goes off after so many periods of five minutes. */
    void raise(int periods) {
      var args =
          MetricAlarmArgs.builder()
              .metricName(metric)
              .namespace(namespace)
              .period(300)
              .evaluationPeriods(periods)
              .dimensions(dimensions)
              .comparisonOperator(operator)
              .threshold(limit * unit)
              .treatMissingData(silence);
      if (statistic.startsWith("p")) {
        args.extendedStatistic(statistic);
      } else {
        args.statistic(statistic);
      }
      alarm(role, means, args);
      charts.add(
          dimensions.applyValue(
              known ->
                  new Chart(
                      role.replace('-', ' '),
                      statistic,
                      List.of(new Line(namespace, metric, new TreeMap<>(known))))));
    }
  }

  private MetricAlarmArgs.Builder own(String metric, int period, int periods, String statistic) {
    return alarmOn(metric, NAMESPACE, period, periods, statistic)
        .dimensions(Map.of("Stack", stack().name()));
  }

  private MetricAlarmArgs.Builder alarmOn(
      String metric, String namespace, int period, int periods, String statistic) {
    return MetricAlarmArgs.builder()
        .metricName(metric)
        .namespace(namespace)
        .period(period)
        .evaluationPeriods(periods)
        .statistic(statistic);
  }

  private void alarm(String role, String means, MetricAlarmArgs.Builder args) {
    // Its name says whose it is: who may change an alarm is told by that.
    args.name("slipway-" + stack().name() + "-" + role);
    args.alarmDescription("Slipway " + stack().name() + ": " + means).tags(nameTag(role));
    topic.ifPresent(
        arn -> {
          args.alarmActions(arn.applyValue(List::of));
          args.okActions(arn.applyValue(List::of));
        });
    new MetricAlarm(named(role), args.build(), leaf().build());
  }

  @Override
  public Link link() {
    // The stack's own, of which there is one.
    var values = new HashMap<String, Output<String>>();
    values.put("logGroup", logs.name());
    topic.ifPresent(arn -> values.put("alarmTopic", arn));
    return new Link(values);
  }

  @Override
  public List<Resource> ready() {
    var all = new ArrayList<Resource>(List.of(logs));
    all.addAll(appLogs.values());
    return all;
  }
}
