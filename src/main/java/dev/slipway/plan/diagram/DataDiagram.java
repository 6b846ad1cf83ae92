package dev.slipway.plan.diagram;

import dev.slipway.core.Json;
import dev.slipway.plan.diagram.Flow.Shape;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Machines;
import dev.slipway.plan.graph.Policies;
import dev.slipway.plan.graph.Reach;
import dev.slipway.plan.graph.Resource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where data is kept and what a new object starts, and what a state machine then does. */
final class DataDiagram {

  private static final String MACHINE = "aws:sfn/stateMachine:StateMachine";

  private DataDiagram() {}

  static Flow of(Graph graph) {
    var flow = new Flow("LR");
    for (var database : graph.of("aws:rds/instance:Instance")) {
      flow.node(
          database.urn(),
          "",
          Shape.STORE,
          graph.label(database),
          (database.text("engine") + " " + database.text("engineVersion")).strip(),
          backups(database));
      graph
          .follow(database, "replicateSourceDb")
          .ifPresent(source -> flow.arrow(source.urn(), database.urn(), "is replicated to"));
    }
    for (var bucket : graph.of("aws:s3/bucketV2:BucketV2")) {
      flow.node(bucket.urn(), "", Shape.STORE, "bucket", graph.label(bucket));
    }
    for (var machine : graph.of(MACHINE)) {
      flow.node(machine.urn(), "", Shape.BOX, "state machine", graph.label(machine));
    }
    for (var rule : graph.of("aws:cloudwatch/eventRule:EventRule")) {
      flow.node(rule.urn(), "", Shape.BOX, "EventBridge rule", pattern(rule));
      graph
          .of("aws:s3/bucketV2:BucketV2")
          .forEach(
              bucket -> {
                if (rule.text("eventPattern").contains("\"" + bucket.text("bucket") + "\"")
                    || rule.text("eventPattern").contains("\"" + bucket.id() + "\"")) {
                  flow.arrow(bucket.urn(), rule.urn(), "tells of a new object");
                }
              });
      for (var target : graph.pointingAt(rule, "aws:cloudwatch/eventTarget:EventTarget", "rule")) {
        graph
            .follow(target, "arn")
            .ifPresent(found -> flow.arrow(rule.urn(), found.urn(), "starts"));
      }
    }
    for (var schedule : graph.of("aws:scheduler/schedule:Schedule")) {
      flow.node(schedule.urn(), "", Shape.ROUND, "schedule", schedule.text("scheduleExpression"));
      graph
          .follow(schedule, "target", schedule.value("target.arn"))
          .ifPresent(found -> flow.arrow(schedule.urn(), found.urn(), "starts"));
    }
    for (var machine : graph.of(MACHINE)) {
      for (var function : graph.of("aws:lambda/function:Function")) {
        if (machine.text("definition").contains("\"" + function.text("arn") + "\"")) {
          flow.node(function.urn(), "", Shape.BOX, "function", graph.label(function));
          flow.arrow(machine.urn(), function.urn(), "calls");
        }
      }
      for (var topic : graph.of("aws:sns/topic:Topic")) {
        if (machine.text("definition").contains("\"" + topic.text("arn") + "\"")) {
          flow.node(topic.urn(), "", Shape.BOX, "SNS topic", graph.label(topic));
          flow.arrow(machine.urn(), topic.urn(), "tells");
        }
      }
    }
    for (var document : graph.of("aws:ssm/document:Document")) {
      for (var function : graph.of("aws:lambda/function:Function")) {
        if (function.value("environment.variables") instanceof Map<?, ?> variables
            && variables.containsValue(document.text("name"))) {
          flow.arrow(function.urn(), "hosts", "runs " + graph.shortName(document));
        }
      }
    }
    hosts(flow, graph);
    return flow;
  }

  /** What hosts do with buckets and databases, by their grants and by who may reach whom. */
  private static void hosts(Flow flow, Graph graph) {
    var hosts =
        Stream.of(Machines.INSTANCE, Machines.TEMPLATE)
            .flatMap(type -> graph.of(type).stream())
            .map(machine -> Reach.holder(graph, machine))
            .collect(Collectors.toSet());
    if (hosts.isEmpty()) {
      return;
    }
    flow.node("hosts", "", Shape.BOX, "hosts");
    for (var profile : graph.of("aws:iam/instanceProfile:InstanceProfile")) {
      for (var bucket : graph.of("aws:s3/bucketV2:BucketV2")) {
        graph.follow(profile, "role").stream()
            .flatMap(role -> Policies.statementsOf(graph, role))
            .filter(
                statement ->
                    statement.allow()
                        && statement.resources().stream()
                            .anyMatch(on -> on.startsWith(bucket.text("arn") + "/")))
            .flatMap(statement -> statement.actions().stream())
            .sorted()
            .forEach(
                action -> {
                  if (action.startsWith("s3:GetObject")) {
                    flow.arrow("hosts", bucket.urn(), "read");
                  } else if (action.equals("s3:PutObject")) {
                    flow.arrow("hosts", bucket.urn(), "write");
                  }
                });
      }
    }
    for (var database : graph.of("aws:rds/instance:Instance")) {
      var holder = Reach.holder(graph, database);
      Reach.in(graph).stream()
          .filter(reach -> reach.inbound() && reach.to().equals(holder))
          .filter(reach -> hosts.contains(reach.from()))
          .forEach(reach -> flow.arrow("hosts", database.urn(), reach.ports()));
    }
  }

  private static String backups(Resource database) {
    var days = database.value("backupRetentionPeriod");
    return days == null || MonitoringDiagram.number(days).equals("0")
        ? "no backups of its own"
        : "backups of " + MonitoringDiagram.number(days) + " days";
  }

  private static String pattern(Resource rule) {
    var detail = Json.object(rule.text("eventPattern")).get("detail");
    var key =
        detail instanceof Map<?, ?> map && map.get("object") instanceof Map<?, ?> object
            ? Json.list(object.get("key")).stream()
                .filter(Map.class::isInstance)
                .flatMap(each -> ((Map<?, ?>) each).values().stream())
                .map(String::valueOf)
                .collect(Collectors.joining(", "))
            : "";
    return key.isEmpty() ? rule.text("description") : "keys that begin with " + key;
  }

  /** What each state machine of a stack does, from its definition. */
  static Map<String, Flow> machines(Graph graph) {
    var result = new LinkedHashMap<String, Flow>();
    graph
        .of(MACHINE)
        .forEach(
            machine ->
                result.put(graph.label(machine), machine(Json.object(machine.text("definition")))));
    return result;
  }

  static Flow machine(Map<String, Object> definition) {
    var flow = new Flow("TB");
    flow.node("start of all", "", Shape.ROUND, "start");
    flow.arrow("start of all", String.valueOf(definition.get("StartAt")), "");
    var states = definition.get("States") instanceof Map<?, ?> map ? Json.strings(map) : Map.of();
    states.forEach(
        (key, value) -> {
          var name = String.valueOf(key);
          if (!(value instanceof Map<?, ?> given)) {
            return;
          }
          var state = Json.strings(given);
          var type = String.valueOf(state.get("Type"));
          flow.node(
              name,
              "",
              switch (type) {
                case "Choice" -> Shape.CHOICE;
                case "Succeed", "Fail" -> Shape.ROUND;
                default -> Shape.BOX;
              },
              type.equals("Task") || type.equals("Choice") || type.equals("Pass")
                  ? List.of(name)
                  : List.of(name, type.toLowerCase(java.util.Locale.ROOT)));
          next(state).ifPresent(to -> flow.arrow(name, to, ""));
          for (var choice : Json.list(state.get("Choices"))) {
            if (choice instanceof Map<?, ?> map) {
              var rule = Json.strings(map);
              next(rule).ifPresent(to -> flow.arrow(name, to, condition(rule)));
            }
          }
          if (state.get("Default") != null) {
            flow.arrow(name, String.valueOf(state.get("Default")), "else");
          }
          for (var caught : Json.list(state.get("Catch"))) {
            if (caught instanceof Map<?, ?> map) {
              next(Json.strings(map)).ifPresent(to -> flow.arrow(name, to, "fails", true));
            }
          }
        });
    return flow;
  }

  private static Optional<String> next(Map<String, Object> state) {
    return Optional.ofNullable(state.get("Next")).map(String::valueOf);
  }

  /** A rule of a choice in words. */
  private static String condition(Map<String, Object> rule) {
    for (var several : List.of("And", "Or")) {
      if (rule.get(several) != null) {
        return Json.list(rule.get(several)).stream()
            .filter(Map.class::isInstance)
            .map(each -> condition(Json.strings((Map<?, ?>) each)))
            .distinct()
            .collect(Collectors.joining(several.equals("And") ? " and " : " or "));
      }
    }
    if (rule.get("Not") instanceof Map<?, ?> not) {
      return "not " + condition(Json.strings(not));
    }
    var variable = String.valueOf(rule.get("Variable")).replaceFirst("^\\$\\.", "");
    return rule.entrySet().stream()
        .filter(entry -> !List.of("Variable", "Next", "Comment").contains(entry.getKey()))
        .map(
            entry ->
                entry.getKey().equals("IsPresent")
                    ? (Boolean.TRUE.equals(entry.getValue()) ? "has " : "has no ") + variable
                    : variable + " is " + MonitoringDiagram.number(entry.getValue()))
        .collect(Collectors.joining(" and "));
  }
}
