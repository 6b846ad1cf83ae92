package dev.slipway.monitoring;

import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.cloudwatch.MetricAlarm;
import com.pulumi.aws.cloudwatch.MetricAlarmArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.host.Host;
import dev.slipway.host.Informs;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The stack's log, its alarms, and who hears of them.
 *
 * <p>Creates a log group; with {@link #watch} five alarms at 0.10 dollars a month each, four of
 * them on metrics of the hosts' own at 0.30; and where an address is given an {@link AlertTopic}, 1
 * dollar a month for its key.
 *
 * <pre>{@code
 * var monitoring = new Monitoring(named("monitoring"), settings.alerts(), child());
 * monitoring.grantReport(role);
 * monitoring.watch(host, 26);
 * }</pre>
 */
public final class Monitoring extends Component implements Informs {
  /** The namespace of the metrics that hosts publish. */
  private static final String NAMESPACE = "Slipway";

  private static final List<TopicPolicies.Publisher> PUBLISHERS = List.of(TopicPolicies.CLOUDWATCH);

  private final AlertSettings settings;
  private final LogGroup logs;
  private final Optional<AlertTopic> ownTopic;

  /** What alarms publish to: the stack's own topic, or one that was there. */
  private final Optional<Output<String>> topic;

  public Monitoring(String name, AlertSettings settings, ComponentResourceOptions options) {
    super(Monitoring.class, name, options);
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
    return role.allow(
        "report",
        Output.tuple(
                logs.arn(), topic.orElse(Output.of("")), keyArn, place().arn("logs", "log-group:*"))
            .applyValue(known -> report(known.t1, known.t2, known.t3, known.t4)));
  }

  private List<Statement> report(String log, String topicArn, String keyArn, String everyLog) {
    var statements = new ArrayList<Statement>();
    statements.add(
        Statement.allow("WriteLog")
            .actions("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
            .resources(log, log + ":*"));
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
   * drill, or its certificate about to expire.
   *
   * @param backupAgeHours how old the newest backup may get
   */
  public void watch(Host host, int backupAgeHours) {
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
        own("DataVolumeUsedPercent", 900, 2, "Maximum")
            .comparisonOperator("GreaterThanThreshold")
            .threshold(85.0)
            .treatMissingData(silence));
    alarm(
        "backup-age",
        "the newest backup is more than %d hours old".formatted(backupAgeHours + stopped),
        own("BackupAgeHours", 3600, 2, "Maximum")
            .comparisonOperator("GreaterThanThreshold")
            .threshold((double) (backupAgeHours + stopped))
            .treatMissingData(silence));
    alarm(
        "certificate",
        "the certificate expires in less than 14 days",
        own("CertificateDaysLeft", 3600, 2, "Minimum")
            .comparisonOperator("LessThanThreshold")
            .threshold(14.0)
            .treatMissingData("notBreaching"));
    alarm(
        "drill",
        "the newest backup could not be restored in a drill",
        own("DrillOk", 3600, 1, "Minimum")
            .comparisonOperator("LessThanThreshold")
            .threshold(1.0)
            .treatMissingData("notBreaching"));
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
  public Map<String, Output<String>> facts() {
    var facts = new HashMap<String, Output<String>>();
    facts.put("logGroup", logs.name());
    topic.ifPresent(arn -> facts.put("alarmTopic", arn));
    return facts;
  }

  @Override
  public List<Resource> ready() {
    return List.of(logs);
  }
}
