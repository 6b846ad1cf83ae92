package dev.slipway.plan.report;

import dev.slipway.core.Json;
import dev.slipway.plan.Plan;
import dev.slipway.plan.graph.Reach;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.Roles;
import dev.slipway.plan.rules.Finding;
import dev.slipway.plan.rules.StorageRules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A plan as one JSON object, complete enough to be compared with another later. */
public final class JsonReport {

  /**
   * The form of the object. A change that a reader of the last one would misread takes the next
   * number, and {@link SavedPlan} refuses the others.
   */
  static final int FORMAT = 1;

  private final Plan plan;

  public JsonReport(Plan plan) {
    this.plan = plan;
  }

  public String text() {
    var graph = plan.graph();
    var result = new LinkedHashMap<String, Object>();
    result.put("format", FORMAT);
    result.put("project", graph.names().project());
    result.put("stack", plan.stack());
    result.put("region", graph.names().region());
    result.put("ok", plan.ok());
    result.put("resources", graph.resources().stream().map(this::resource).toList());
    result.put("reach", Reach.in(graph).stream().map(this::reach).toList());
    result.put("roles", Roles.in(graph).stream().map(JsonReport::role).toList());
    result.put("outputs", Describe.shown(graph.outputs()));
    result.put("cost", plan.cost().json(graph.names().region()));
    result.put("files", files());
    result.put("findings", plan.findings().stream().map(JsonReport::finding).toList());
    result.put("problems", plan.problems());
    result.put("warnings", plan.warnings());
    return Json.pretty(result);
  }

  private Map<String, Object> resource(Resource resource) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("urn", resource.urn());
    entry.put("type", resource.type());
    entry.put("name", resource.name());
    entry.put("label", plan.graph().label(resource));
    entry.put("parent", resource.parent().isEmpty() ? null : resource.parent());
    entry.put("custom", resource.custom());
    entry.put("external", resource.external());
    entry.put("inputs", Describe.shown(resource.inputs()));
    entry.put("computed", computed(resource));
    entry.put("dependencies", resource.dependencies());
    entry.put("propertyDependencies", resource.propertyDependencies());
    entry.put("ignoreChanges", resource.ignoreChanges());
    entry.put("protect", resource.protect());
    entry.put("stateful", StorageRules.stateful(resource.type(), resource.value("tagsAll")));
    return entry;
  }

  /** The example values that AWS would give, by which inputs and files refer to the resource. */
  private static Map<String, Object> computed(Resource resource) {
    var result = new LinkedHashMap<String, Object>();
    if (resource.custom()) {
      resource
          .state()
          .forEach(
              (key, value) -> {
                if (!resource.inputs().containsKey(key)
                    && Describe.shown(value) instanceof String text
                    && !text.startsWith("[")) {
                  result.put(key, text);
                }
              });
    }
    return result;
  }

  private Map<String, Object> reach(Reach reach) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("from", reach.from());
    entry.put("to", reach.to());
    entry.put("ports", reach.ports());
    entry.put("inbound", reach.inbound());
    entry.put("world", reach.world());
    entry.put("rule", plan.graph().label(reach.rule()));
    entry.put("description", reach.description());
    return entry;
  }

  private static Map<String, Object> role(Roles.Role role) {
    var lines = new ArrayList<Map<String, Object>>();
    for (var line : role.lines()) {
      var entry = new LinkedHashMap<String, Object>();
      entry.put("verb", line.verb());
      entry.put("actions", line.actions());
      entry.put("on", line.targets());
      entry.put("note", line.note());
      lines.add(entry);
    }
    var entry = new LinkedHashMap<String, Object>();
    entry.put("name", role.name());
    entry.put("takenBy", role.takenBy());
    entry.put("boundary", role.boundary());
    entry.put("statements", lines);
    return entry;
  }

  private List<Map<String, Object>> files() {
    var result = new ArrayList<Map<String, Object>>();
    PlanFiles.ofHosts(plan.graph())
        .forEach(
            (path, content) -> {
              var entry = new LinkedHashMap<String, Object>();
              entry.put("path", path);
              entry.put("size", content.length);
              entry.put("sha256", SavedPlan.sha256(content));
              result.add(entry);
            });
    return result;
  }

  private static Map<String, Object> finding(Finding finding) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("rule", finding.rule());
    entry.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
    entry.put("resource", finding.resource());
    entry.put("message", finding.message());
    entry.put("accepted", finding.accepted());
    return entry;
  }
}
