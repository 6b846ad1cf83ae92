package dev.slipway.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A plan as one JSON object. */
final class JsonReport {

  private final Plan plan;

  JsonReport(Plan plan) {
    this.plan = plan;
  }

  String text() {
    var graph = plan.graph();
    var resources = new ArrayList<Map<String, Object>>();
    for (var resource : graph.resources()) {
      var entry = new LinkedHashMap<String, Object>();
      entry.put("urn", resource.urn());
      entry.put("type", resource.type());
      entry.put("name", resource.name());
      entry.put("parent", resource.parent().isEmpty() ? null : resource.parent());
      entry.put("custom", resource.custom());
      entry.put("inputs", Describe.shown(resource.inputs()));
      entry.put("dependencies", resource.dependencies());
      entry.put("protect", resource.protect());
      resources.add(entry);
    }
    var findings = new ArrayList<Map<String, Object>>();
    for (var finding : plan.findings()) {
      var entry = new LinkedHashMap<String, Object>();
      entry.put("rule", finding.rule());
      entry.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
      entry.put("resource", finding.resource());
      entry.put("message", finding.message());
      entry.put("accepted", finding.accepted());
      findings.add(entry);
    }
    var result = new LinkedHashMap<String, Object>();
    result.put("stack", plan.stack());
    result.put("ok", plan.ok());
    result.put("resources", resources);
    result.put("outputs", Describe.shown(graph.outputs()));
    result.put("cost", plan.cost().json(graph.names().region()));
    result.put("findings", findings);
    result.put("problems", plan.problems());
    result.put("warnings", plan.warnings());
    return Json.pretty(result);
  }
}
