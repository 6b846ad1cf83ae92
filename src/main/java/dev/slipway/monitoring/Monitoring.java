package dev.slipway.monitoring;

import com.pulumi.aws.cloudwatch.Dashboard;
import com.pulumi.aws.cloudwatch.DashboardArgs;
import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.cloudwatch.MetricAlarm;
import com.pulumi.aws.cloudwatch.QueryDefinition;
import com.pulumi.aws.cloudwatch.QueryDefinitionArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Link;
import dev.slipway.core.Linkable;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import dev.slipway.monitoring.DashboardBody.Chart;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The stack's log, its alarms, and who hears of them.
 *
 * <p>Creates a log group; with {@link #watch} the alarms that others name, at 0.10 dollars a month
 * each, and 0.30 where the metric is one of the hosts' own; with the CloudWatch agent on hosts an
 * alarm on their memory; where an address is given an {@link AlertTopic}, 1 dollar a month for its
 * key; with {@link #appLogs} a log group for each application, and with {@link #show} saved queries
 * and a dashboard, 3 dollars a month.
 *
 * <pre>{@code
 * var monitoring = new Monitoring(named("monitoring"), settings.alerts(), childOptions());
 * monitoring.grantReport(role);
 * monitoring.watch(hosts, database, balancer);
 * }</pre>
 */
public final class Monitoring extends Component implements Linkable {
  static final String TYPE = "slipway:monitoring:Monitoring";

  private static final List<TopicPolicies.Publisher> PUBLISHERS = List.of(TopicPolicies.CLOUDWATCH);

  /** Lines that tell of trouble, whatever language an application is written in. */
  private static final String ERRORS = "filter @message like /(?i)(error|exception|fatal|panic)/";

  private static final String LATEST_ERRORS =
      "fields @timestamp, @log, @message | " + ERRORS + " | sort @timestamp desc | limit 100";

  private final AlertSettings settings;
  private final LogGroup logs;
  private final Optional<AlertTopic> ownTopic;

  /** What alarms publish to: the stack's own topic, or one that was there. */
  private final Optional<Output<String>> topic;

  private final Map<String, LogGroup> appLogs = new LinkedHashMap<>();
  private final List<Output<Chart>> charts = new ArrayList<>();

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
            .map(
                address ->
                    new AlertTopic(named("alerts"), settings.email(), PUBLISHERS, childOptions()));
    topic = ownTopic.map(AlertTopic::arn).or(() -> settings.topic().map(Output::of));
    if (settings.cloudwatchAgent()) {
      watch(() -> List.of(memory()));
    }
    var outputs = new HashMap<String, Output<?>>();
    outputs.put("logGroup", logs.name());
    topic.ifPresent(arn -> outputs.put("topic", arn));
    registerOutputs(outputs);
  }

  /** Keeps a log for each of these applications. */
  public void appLogs(Collection<String> apps) {
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
    return role.allow(
        "report",
        Output.tuple(
                logs.arn(),
                topic.orElse(Output.of("")),
                keyOfTopic(),
                context().arn("logs", "log-group:*"))
            .applyValue(known -> report(known.t1, known.t2, known.t3, known.t4)));
  }

  /** Lets a role tell of failures, and of nothing where the stack has no topic. */
  public void grantTell(ServiceRole role) {
    topic.ifPresent(
        arn ->
            role.allow(
                "tell",
                Output.tuple(arn, keyOfTopic()).applyValue(known -> tell(known.t1, known.t2))));
  }

  /** The key of the stack's own topic, or all that are where a topic is that was there. */
  private Output<String> keyOfTopic() {
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
    return ownTopic.map(AlertTopic::keyArn).orElse(everyKey);
  }

  private List<Statement> report(String log, String topicArn, String keyArn, String everyLog) {
    var statements = new ArrayList<Statement>();
    statements.add(
        Statement.allow("WriteLog")
            .actions("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
            // Those of applications begin with the stack's own.
            .resources(log, log + ":*", log + "/*"));
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
                    ? new String[] {Alarm.OF_HOSTS, "CWAgent"}
                    : new String[] {Alarm.OF_HOSTS}));
    if (!topicArn.isEmpty()) {
      statements.addAll(tell(topicArn, keyArn));
    }
    return statements;
  }

  private List<Statement> tell(String topicArn, String keyArn) {
    var encrypt =
        Statement.allow("EncryptForTopic")
            .actions("kms:Decrypt", "kms:GenerateDataKey*")
            .resources(keyArn);
    return List.of(
        Statement.allow("TellOfFailures").actions("sns:Publish").resources(topicArn),
        // Which key a topic that was there has is not known; SNS tells KMS for which topic it asks.
        ownTopic.isPresent()
            ? encrypt
            : encrypt.when("StringEquals", "kms:EncryptionContext:aws:sns:topicArn", topicArn));
  }

  /** How many days logs are kept. */
  public int logRetentionDays() {
    return settings.logRetentionDays();
  }

  /** When a host is short of memory, which nobody but the agent on it knows. */
  private Alarm memory() {
    return Alarm.above("memory", "a host's memory is more than %.0f percent used", 90.0)
        .on(
            Alarm.OF_HOSTS,
            "mem_used_percent",
            "Maximum",
            Output.of(Map.of("Stack", stack().name())))
        .after(3);
  }

  /** Raises the alarms that these name. */
  public void watch(Monitored... watched) {
    for (var each : watched) {
      for (var alarm : each.alarms()) {
        raise(alarm);
        alarm.chart().ifPresent(charts::add);
      }
    }
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

  private void raise(Alarm alarm) {
    var role = alarm.role();
    var args =
        alarm
            .args(stack().name())
            // Its name says whose it is: who may change an alarm is told by that.
            .name("slipway-" + stack().name() + "-" + role)
            .alarmDescription("Slipway " + stack().name() + ": " + alarm.means())
            .tags(nameTag(role));
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
