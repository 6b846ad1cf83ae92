package dev.slipway.plan.diagram;

import dev.slipway.core.Json;
import dev.slipway.plan.diagram.Flow.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The jobs that a push to a branch runs, which waits for which, and what scripts each calls: from
 * the workflows themselves. What an application's repository calls (a workflow that nobody here
 * calls) is drawn beside them.
 */
final class PipelineDiagram {

  private static final Pattern SCRIPT = Pattern.compile("\\b(scripts/[A-Za-z0-9._/-]+\\.sh)");

  private final Flow flow = new Flow("LR");
  private final Map<String, Map<String, Object>> workflows;

  private PipelineDiagram(Map<String, Map<String, Object>> workflows) {
    this.workflows = workflows;
  }

  /**
   * Draws it.
   *
   * @param workflows each file's content by its name
   */
  static Flow of(Map<String, Map<String, Object>> workflows, String branch) {
    return new PipelineDiagram(workflows).draw(branch);
  }

  private Flow draw(String branch) {
    var called = new LinkedHashSet<String>();
    workflows.values().forEach(each -> jobs(each).values().forEach(job -> called.add(uses(job))));
    workflows.forEach(
        (file, workflow) -> {
          var on = on(workflow);
          if (on.get("push") instanceof Map<?, ?> push
              && Json.list(push.get("branches")).contains(branch)) {
            flow.node("push", "", Shape.ROUND, "push to " + branch);
            workflow(file, Set.of());
            entries(file).forEach(job -> flow.arrow("push", job, "starts"));
          } else if (on.containsKey("pull_request")) {
            flow.node("pull", "", Shape.ROUND, "pull request");
            workflow(file, Set.of());
            entries(file).forEach(job -> flow.arrow("pull", job, "starts"));
          } else if (on.containsKey("workflow_call") && !called.contains(file)) {
            flow.node("application", "", Shape.ROUND, "the application's repository");
            workflow(file, Set.of());
            entries(file).forEach(job -> flow.arrow("application", job, "calls"));
          }
        });
    return flow;
  }

  private void workflow(String file, Set<String> around) {
    if (around.contains(file) || !workflows.containsKey(file)) {
      return;
    }
    var inside = new LinkedHashSet<>(around);
    inside.add(file);
    flow.group(file, "", file);
    jobs(workflows.get(file))
        .forEach(
            (name, job) -> {
              var id = file + " " + name;
              var lines = new ArrayList<>(List.of(name));
              if (job.get("environment") instanceof String environment) {
                lines.add(
                    "environment " + environment.replaceAll("\\$\\{\\{ *(.*?) *\\}\\}", "of $1"));
              }
              lines.addAll(Flow.few(scripts(job), 5));
              flow.node(id, file, Shape.BOX, lines);
              var needs =
                  job.get("needs") instanceof List<?> list ? list : Json.list(job.get("needs"));
              needs.forEach(needed -> flow.arrow(file + " " + needed, id, "then"));
              var uses = uses(job);
              if (workflows.containsKey(uses)) {
                workflow(uses, inside);
                entries(uses).forEach(entry -> flow.arrow(id, entry, "calls"));
              }
            });
  }

  /** The jobs that wait for none. */
  private List<String> entries(String file) {
    return jobs(workflows.get(file)).entrySet().stream()
        .filter(job -> !job.getValue().containsKey("needs"))
        .map(job -> file + " " + job.getKey())
        .toList();
  }

  private static Map<String, Object> on(Map<String, Object> workflow) {
    // In YAML 1.1 the word is a truth value.
    var on = workflow.getOrDefault("on", workflow.get("true"));
    return on instanceof Map<?, ?> map ? Json.strings(map) : Map.of();
  }

  private static Map<String, Map<String, Object>> jobs(Map<String, Object> workflow) {
    var result = new LinkedHashMap<String, Map<String, Object>>();
    if (workflow.get("jobs") instanceof Map<?, ?> jobs) {
      Json.strings(jobs)
          .forEach(
              (name, job) -> {
                if (job instanceof Map<?, ?> map) {
                  result.put(name, Json.strings(map));
                }
              });
    }
    return result;
  }

  /** The file of the workflow that a job calls, empty when it calls none of this repository. */
  private static String uses(Map<String, Object> job) {
    var uses = String.valueOf(job.getOrDefault("uses", ""));
    return uses.matches("(\\.|\\$)/\\.github/workflows/.*")
        ? uses.substring(uses.lastIndexOf('/') + 1)
        : "";
  }

  private static List<String> scripts(Map<String, Object> job) {
    var result = new LinkedHashSet<String>();
    for (var step : Json.list(job.get("steps"))) {
      if (step instanceof Map<?, ?> map && map.get("run") instanceof String run) {
        var matcher = SCRIPT.matcher(run);
        while (matcher.find()) {
          result.add(matcher.group(1));
        }
      }
    }
    return List.copyOf(result);
  }
}
