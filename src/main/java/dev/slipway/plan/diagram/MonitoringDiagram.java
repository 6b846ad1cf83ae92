package dev.slipway.plan.diagram;

import dev.slipway.plan.diagram.Flow.Shape;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Metrics and their thresholds, whom alarms tell, and where logs go. */
final class MonitoringDiagram {

  private MonitoringDiagram() {}

  static Flow of(Graph graph) {
    var flow = new Flow("LR");
    flow.group("alarms", "", "alarms, by what is measured");
    var byNamespace = new TreeMap<String, List<Resource>>();
    for (var alarm : graph.of("aws:cloudwatch/metricAlarm:MetricAlarm")) {
      byNamespace.computeIfAbsent(namespace(alarm), key -> new ArrayList<>()).add(alarm);
    }
    byNamespace.forEach(
        (namespace, alarms) -> {
          var lines = new ArrayList<>(List.of(namespace));
          alarms.forEach(
              alarm ->
                  lines.add(
                      graph.label(alarm).replaceFirst("^monitoring-", "") + ": " + rule(alarm)));
          flow.node(namespace, "alarms", Shape.BOX, lines);
          alarms.stream()
              .flatMap(alarm -> graph.followAll(alarm, "alarmActions").stream())
              .distinct()
              .forEach(topic -> flow.arrow(namespace, topic.urn(), "alarm"));
        });
    for (var topic : graph.of("aws:sns/topic:Topic")) {
      flow.node(topic.urn(), "", Shape.BOX, "SNS topic", graph.label(topic));
    }
    for (var mail : graph.of("aws:sns/topicSubscription:TopicSubscription")) {
      flow.node(mail.urn(), "", Shape.ROUND, mail.text("protocol"), mail.text("endpoint"));
      graph.follow(mail, "topic").ifPresent(topic -> flow.arrow(topic.urn(), mail.urn(), "tells"));
    }
    for (var dashboard : graph.of("aws:cloudwatch/dashboard:Dashboard")) {
      flow.node(dashboard.urn(), "", Shape.BOX, "dashboard", dashboard.text("dashboardName"));
      if (!byNamespace.isEmpty()) {
        flow.arrow("alarms", dashboard.urn(), "shown on", true);
      }
    }
    flow.group("logs", "", "log groups");
    for (var log : graph.of("aws:cloudwatch/logGroup:LogGroup")) {
      flow.node(
          log.urn(),
          "logs",
          Shape.STORE,
          log.text("name"),
          log.text("retentionInDays").isEmpty()
              ? "kept for ever"
              : "kept " + number(log.value("retentionInDays")) + " days");
    }
    return flow;
  }

  private static String namespace(Resource alarm) {
    return alarm.text("namespace").isEmpty()
        ? metrics(alarm).stream()
            .map(metric -> String.valueOf(metric.get("namespace")))
            .findFirst()
            .orElse("put together")
        : alarm.text("namespace");
  }

  private static List<Map<?, ?>> metrics(Resource alarm) {
    var result = new ArrayList<Map<?, ?>>();
    for (var query : alarm.list("metricQueries")) {
      if (query instanceof Map<?, ?> map && map.get("metric") instanceof Map<?, ?> metric) {
        result.add(metric);
      }
    }
    return result;
  }

  private static String rule(Resource alarm) {
    var metric =
        alarm.text("metricName").isEmpty()
            ? metrics(alarm).stream()
                .map(each -> String.valueOf(each.get("metricName")))
                .distinct()
                .collect(java.util.stream.Collectors.joining(" and "))
            : alarm.text("metricName");
    var comparison =
        switch (alarm.text("comparisonOperator")) {
          case "GreaterThanThreshold" -> "above";
          case "GreaterThanOrEqualToThreshold" -> "at least";
          case "LessThanThreshold" -> "below";
          case "LessThanOrEqualToThreshold" -> "at most";
          default -> alarm.text("comparisonOperator");
        };
    return metric + " " + comparison + " " + threshold(metric, alarm.value("threshold"));
  }

  /** Space and memory are in bytes. */
  private static String threshold(String metric, Object value) {
    return value instanceof Number number && metric.matches("(.*Space|FreeableMemory)")
        ? String.format(java.util.Locale.ROOT, "%.1f GiB", number.doubleValue() / (1L << 30))
        : number(value);
  }

  /** Numbers come as floating ones, whatever they are. */
  static String number(Object value) {
    return value instanceof Number number
        ? new java.math.BigDecimal(number.toString()).stripTrailingZeros().toPlainString()
        : String.valueOf(value);
  }
}
