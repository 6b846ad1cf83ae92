package dev.slipway.plan.diagram;

import dev.slipway.core.Json;
import dev.slipway.plan.diagram.Flow.Shape;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.HostFiles;
import dev.slipway.plan.graph.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The containers of a host, and how requests come to them, from the settings that hosts get. */
final class ContainersDiagram {

  private ContainersDiagram() {}

  static Flow of(Graph graph) {
    var flow = new Flow("LR");
    for (var bundle : HostFiles.bundles(graph)) {
      var settings = Json.object(bundle.text("settings.json"));
      if (settings.get("apps") instanceof Map<?, ?> apps && !apps.isEmpty()) {
        draw(flow, graph, bundle, settings, Json.strings(apps));
      }
    }
    return flow;
  }

  private static void draw(
      Flow flow,
      Graph graph,
      HostFiles bundle,
      Map<String, Object> settings,
      Map<String, Object> apps) {
    var runtime = "runtimes/" + settings.get("runtime");
    boolean colors = bundle.text(runtime + "/capabilities").lines().anyMatch("colors"::equals);
    flow.group("balancer", "", "load balancer");
    flow.group(
        "host", "", "host: Compose project in " + settings.getOrDefault("composeFolder", "/"));
    flow.node("caddy", "host", Shape.BOX, "Caddy", String.valueOf(settings.get("proxyImage")));
    apps.forEach(
        (name, value) -> {
          if (value instanceof Map<?, ?> given) {
            app(flow, graph, name, Json.strings(given), colors);
          }
        });
  }

  private static void app(
      Flow flow, Graph graph, String name, Map<String, Object> app, boolean colors) {
    var hostPort = MonitoringDiagram.number(app.get("hostPort"));
    for (var targets : graph.of("aws:lb/targetGroup:TargetGroup")) {
      if (MonitoringDiagram.number(targets.value("port")).equals(hostPort)) {
        flow.node(
            targets.urn(),
            "balancer",
            Shape.BOX,
            "target group of " + name,
            paths(graph, targets),
            "asks " + targets.text("healthCheck.path"));
        flow.arrow(targets.urn(), "caddy", "port " + hostPort);
      }
    }
    var port = MonitoringDiagram.number(app.get("port"));
    var lines = new ArrayList<String>();
    lines.add("container port " + port + ", health " + app.get("health"));
    if (app.get("memoryMiB") != null) {
      lines.add("at most " + MonitoringDiagram.number(app.get("memoryMiB")) + " MiB");
    }
    if (app.get("tagPrefix") != null) {
      lines.add("image " + app.get("tagPrefix") + "…");
    }
    for (var color : colors ? List.of("blue", "green") : List.of("")) {
      var box = new ArrayList<>(List.of((name + " " + color).strip()));
      box.addAll(lines);
      flow.group("colors " + name, "host", colors ? name + ": one of two serves" : "");
      flow.node("app " + name + color, "colors " + name, Shape.BOX, box);
    }
    flow.arrow("caddy", colors ? "colors " + name : "app " + name, hostPort + " to " + port);
    if (app.get("secrets") instanceof Map<?, ?> secrets && !secrets.isEmpty()) {
      flow.node("secrets", "host", Shape.STORE, "secrets", "files in memory");
      flow.arrow("secrets", colors ? "colors " + name : "app " + name, "read at start", true);
    }
    if (Boolean.TRUE.equals(app.get("buckets"))) {
      flow.node("credentials", "host", Shape.STORE, "credentials of the app's own role", "renewed");
      flow.arrow("credentials", colors ? "colors " + name : "app " + name, "only there", true);
    }
  }

  /** Which requests come to a target group. */
  private static String paths(Graph graph, Resource targets) {
    var rules =
        graph.of("aws:lb/listenerRule:ListenerRule").stream()
            .filter(
                rule ->
                    rule.list("actions").stream()
                        .anyMatch(
                            action ->
                                action instanceof Map<?, ?> map
                                    && targets
                                        .text("arn")
                                        .equals(String.valueOf(map.get("targetGroupArn")))))
            .flatMap(rule -> rule.list("conditions").stream())
            .flatMap(
                condition ->
                    condition instanceof Map<?, ?> map
                            && map.get("pathPattern") instanceof Map<?, ?> pattern
                        ? Json.list(pattern.get("values")).stream()
                        : java.util.stream.Stream.empty())
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    return rules.isEmpty() ? "the rest" : rules;
  }
}
