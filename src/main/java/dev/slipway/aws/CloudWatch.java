package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.identity.Statement;
import java.util.List;

/** CloudWatch: alarms and dashboards, told by their names. */
final class CloudWatch {
  static final String ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

  static final Prices PRICES =
      Prices.of(
          "cloudwatch",
          "https://aws.amazon.com/cloudwatch/pricing/",
          "2025-06-30",
          """
          alarm      *                                        0.10    alarm-month
          metric     *                                        0.30    metric-month
          dashboard  *                                        3.00    dashboard-month
          logs-in    us-east-1,us-east-2,us-west-2            0.5     GB
          logs-in    eu-west-1                                0.57    GB
          logs-in    eu-central-1                             0.63    GB
          logs-kept  us-east-1,us-east-2,us-west-2,eu-west-1  0.03    GB-month
          logs-kept  eu-central-1                             0.0324  GB-month
          """);

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of(ALARM)
              .drawn(
                  Drawing.together("alarms", Icon.ALARM, "alarm")
                      .usedBy("metrics", "cloudwatch:PutMetricData"))
              .inWords(
                  alarm ->
                      "%s %s %s"
                          .formatted(
                              alarm.text("metricName"),
                              comparison(alarm.text("comparisonOperator")),
                              alarm.text("threshold")))
              .costs(CloudWatch::alarm)
              .named("name", 1, 255, "\\P{Cntrl}+")
              .replacedBy("name")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepAlarms")
                          .actions(
                              "cloudwatch:DeleteAlarms",
                              "cloudwatch:ListTagsForResource",
                              "cloudwatch:PutMetricAlarm",
                              "cloudwatch:TagResource",
                              "cloudwatch:UntagResource")
                          .resources(stack.arn("cloudwatch", "alarm:" + stack.named("*"))))
              .toRead(see("cloudwatch:DescribeAlarms"))
              .toRefresh(
                  see("cloudwatch:ListTagsForResource"),
                  // How old the newest backup is, and how the last drill went.
                  any ->
                      Statement.allow("SeeMetrics")
                          .actions("cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics")
                          .resources("*")),
          AwsType.of("aws:cloudwatch/dashboard:Dashboard")
              .costs(dashboard -> List.of(Charge.monthly(PRICES, "dashboard", "dashboard")))
              .named("dashboardName", 1, 255, "[A-Za-z0-9_-]+")
              .replacedBy("dashboardName")
              .computes("id", "{dashboardName}")
              .computes("dashboardArn", "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepDashboard")
                          .actions(
                              "cloudwatch:DeleteDashboards",
                              "cloudwatch:GetDashboard",
                              "cloudwatch:PutDashboard")
                          .resources(
                              stack.global(
                                  "cloudwatch", "dashboard/slipway-" + stack.stack().name())))
              .toRefresh(
                  any ->
                      Statement.allow("SeeDashboards")
                          .actions("cloudwatch:GetDashboard")
                          .resources(any.global("cloudwatch", "dashboard/slipway-*"))));

  private CloudWatch() {}

  private static String comparison(String operator) {
    return switch (operator) {
      case "GreaterThanThreshold" -> ">";
      case "GreaterThanOrEqualToThreshold" -> ">=";
      case "LessThanThreshold" -> "<";
      case "LessThanOrEqualToThreshold" -> "<=";
      default -> operator;
    };
  }

  private static List<Charge> alarm(PlannedResource alarm) {
    var itself = Charge.monthly(PRICES, "alarm", "alarm");
    return alarm.text("namespace").startsWith("AWS/")
        ? List.of(itself)
        : List.of(itself, Charge.monthly(PRICES, "metric", "metric of the stack's own"));
  }

  /** A list of alarms is of all alarms. */
  private static Right see(String... actions) {
    return any ->
        Statement.allow("SeeAlarms").actions(actions).resources(any.arn("cloudwatch", "alarm:*"));
  }

  /** The most that hosts can publish. */
  static Right publish() {
    return stack ->
        Statement.allow("Metrics")
            .actions("cloudwatch:PutMetricData")
            .resources("*")
            .when("StringEquals", "cloudwatch:namespace", "Slipway", "CWAgent");
  }
}
