package dev.slipway.aws;

import dev.slipway.identity.Statement;
import java.util.List;

/** CloudWatch: alarms and dashboards, told by their names. */
final class CloudWatch {
  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:cloudwatch/metricAlarm:MetricAlarm")
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
