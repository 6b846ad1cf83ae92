package dev.slipway.monitoring;

import com.pulumi.aws.cloudwatch.MetricAlarmArgs;
import com.pulumi.core.Output;
import dev.slipway.monitoring.DashboardBody.Chart;
import dev.slipway.monitoring.DashboardBody.Line;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * When somebody has to look: a metric beyond a limit.
 *
 * <pre>{@code
 * Alarm.above("database-cpu", "the database's processor is more than %.0f percent busy", 80.0)
 *     .on("AWS/RDS", "CPUUtilization", "Average", instance)
 *     .after(3)
 * }</pre>
 */
public final class Alarm {
  /** The namespace of the metrics that hosts publish. */
  static final String OF_HOSTS = "Slipway";

  /** How often a host tells of itself; an alarm that looked more often would miss most of it. */
  private static final int HOUR = 3600;

  private final String role;
  private final String means;
  private final String operator;
  private final double limit;
  private double unit = 1;
  private int period = 300;
  private int periods = 2;
  private String silence = "notBreaching";
  private String namespace;
  private String metric;
  private String statistic;
  private Optional<Output<Map<String, String>>> dimensions = Optional.empty();

  private Alarm(String role, String means, String operator, double limit) {
    this.role = role;
    this.means = String.format(Locale.ROOT, means, limit);
    this.operator = operator;
    this.limit = limit;
  }

  /**
   * Goes off above a limit.
   *
   * @param role what it is called within the stack
   * @param means what it says, with a place for the limit
   */
  public static Alarm above(String role, String means, double limit) {
    return new Alarm(role, means, "GreaterThanThreshold", limit);
  }

  /** Goes off below a limit. */
  public static Alarm below(String role, String means, double limit) {
    return new Alarm(role, means, "LessThanThreshold", limit);
  }

  /** Looks at a metric of AWS's own, which is shown on the dashboard too. */
  public Alarm on(
      String namespace, String metric, String statistic, Output<Map<String, String>> dimensions) {
    this.namespace = namespace;
    this.metric = metric;
    this.statistic = statistic;
    this.dimensions = Optional.of(dimensions);
    return this;
  }

  /** Looks at a metric that the stack's hosts publish every hour. */
  public Alarm onHosts(String metric, String statistic) {
    this.namespace = OF_HOSTS;
    this.metric = metric;
    this.statistic = statistic;
    period = HOUR;
    return this;
  }

  /** What the limit is counted in. */
  public Alarm counting(double unit) {
    this.unit = unit;
    return this;
  }

  /** What no data means: by itself nothing, because nobody asks at night. */
  public Alarm silenceIs(String silence) {
    this.silence = silence;
    return this;
  }

  /** Looks every so many seconds. */
  public Alarm every(int seconds) {
    this.period = seconds;
    return this;
  }

  /** Goes off after so many periods. */
  public Alarm after(int periods) {
    this.periods = periods;
    return this;
  }

  String role() {
    return role;
  }

  String means() {
    return means;
  }

  /** The alarm on AWS, without its name and without who hears of it. */
  MetricAlarmArgs.Builder args(String stack) {
    var args =
        MetricAlarmArgs.builder()
            .metricName(metric)
            .namespace(namespace)
            .period(period)
            .evaluationPeriods(periods)
            .dimensions(dimensions.orElseGet(() -> Output.of(Map.of("Stack", stack))))
            .comparisonOperator(operator)
            .threshold(limit * unit)
            .treatMissingData(silence);
    return statistic.startsWith("p")
        ? args.extendedStatistic(statistic)
        : args.statistic(statistic);
  }

  /** How it is shown on the dashboard, if it is. */
  Optional<Output<Chart>> chart() {
    return dimensions.map(
        output ->
            output.applyValue(
                known ->
                    new Chart(
                        role.replace('-', ' '),
                        statistic,
                        List.of(new Line(namespace, metric, new TreeMap<>(known))))));
  }
}
