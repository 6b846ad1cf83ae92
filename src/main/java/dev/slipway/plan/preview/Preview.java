package dev.slipway.plan.preview;

import static dev.slipway.plan.report.SavedPlan.maps;
import static dev.slipway.plan.report.SavedPlan.text;

import dev.slipway.core.Json;
import dev.slipway.plan.diff.StandingStack;
import dev.slipway.plan.graph.PlanException;
import dev.slipway.plan.graph.SecretText;
import dev.slipway.plan.rules.StorageRules;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What {@code pulumi preview --json} printed: one object, also where the preview fails, with its
 * errors among the diagnostics then. The engine masks secrets; what isn't needed isn't kept.
 *
 * @param steps what would be done, without what stays as it is
 * @param counts how many resources by operation
 * @param messages what the engine and the program said, without what the tools' own chatter is
 * @param errors those of them that are errors
 * @param refusals what a stack that is there can't take
 */
public record Preview(
    List<Step> steps,
    Map<String, Long> counts,
    List<String> messages,
    List<String> errors,
    List<StandingStack.Refusal> refusals) {

  /** What ends the life of a resource as it is. */
  private static final Set<String> ENDINGS =
      Set.of(
          "delete",
          "replace",
          "create-replacement",
          "delete-replaced",
          "import-replacement",
          "discard",
          "discard-replaced");

  /** What Java and its language host print at every run. */
  private static final Pattern CHATTER =
      Pattern.compile("unable to start debugging|Picked up (JDK_JAVA|JAVA_TOOL)_OPTIONS");

  /**
   * One step.
   *
   * @param operation as the engine calls it: create, update, replace, delete…
   * @param reasons the inputs for which it is done
   * @param stateful what it keeps that can't be made again, null for nothing
   * @param held whether it is protected and stays so: then the engine refuses to end it. A change
   *     that takes the protection off and replaces it at once passes the engine.
   * @param unprotected whether it was protected and isn't any more
   */
  record Step(
      String operation,
      String type,
      String name,
      List<String> reasons,
      String stateful,
      boolean held,
      boolean unprotected) {

    /** Whether what it keeps goes with it. */
    boolean losesState() {
      return stateful != null && ENDINGS.contains(operation);
    }
  }

  /**
   * Reads it.
   *
   * @throws PlanException when it is something else, as where Pulumi didn't get that far
   */
  public static Preview read(String text) {
    var digest = Json.object(text);
    if (!digest.containsKey("steps")
        && !digest.containsKey("diagnostics")
        && !digest.containsKey("changeSummary")) {
      throw new PlanException("Pulumi printed no preview");
    }
    var steps = new ArrayList<Step>();
    for (var step : maps(digest.get("steps"))) {
      var read = step(step);
      if (!read.operation().equals("same") || read.unprotected()) {
        steps.add(read);
      }
    }
    var counts = new LinkedHashMap<String, Long>();
    if (digest.get("changeSummary") instanceof Map<?, ?> summary) {
      Json.strings(summary)
          .forEach(
              (operation, count) -> {
                if (count instanceof Number number) {
                  counts.put(operation, number.longValue());
                }
              });
    }
    var messages = new ArrayList<String>();
    var errors = new ArrayList<String>();
    for (var diagnostic : maps(digest.get("diagnostics"))) {
      var message = SecretText.masked(text(diagnostic, "message").strip());
      if (!CHATTER.matcher(message).find() && !message.isEmpty()) {
        messages.add(message);
        if (text(diagnostic, "severity").equals("error")) {
          errors.add(message);
        }
      }
    }
    return new Preview(
        steps, counts, messages, errors, StandingStack.refusals(changes(digest.get("steps"))));
  }

  /** The inputs of each resource on both sides; a replacement comes in several steps. */
  private static Collection<StandingStack.Change> changes(Object steps) {
    var result = new LinkedHashMap<String, StandingStack.Change>();
    for (var step : maps(steps)) {
      var before = object(step.get("oldState"));
      var after = object(step.get("newState"));
      var urn = text(step, "urn").split("::", 4);
      if (urn.length < 4
          || Boolean.TRUE.equals(before.get("external"))
          || text(step, "op").endsWith("-replaced")) {
        continue;
      }
      var change =
          new StandingStack.Change(
              urn[2].replaceAll(".*\\$", ""),
              urn[3],
              object(before.get("inputs")),
              object(after.get("inputs")));
      result.merge(
          text(step, "urn"), change, (some, more) -> some.stays() || !more.stays() ? some : more);
    }
    return result.values();
  }

  private static Step step(Map<String, Object> step) {
    var before = object(step.get("oldState"));
    var after = object(step.get("newState"));
    var urn = text(step, "urn").split("::", 4);
    var types = urn.length == 4 ? urn[2].split("\\$") : new String[] {""};
    var type = types[types.length - 1];
    var reasons = Json.list(step.get("replaceReasons"));
    if (reasons.isEmpty()) {
      reasons = Json.list(step.get("diffReasons"));
    }
    boolean wasProtected = Boolean.TRUE.equals(before.get("protect"));
    boolean unprotected =
        wasProtected && !after.isEmpty() && !Boolean.TRUE.equals(after.get("protect"));
    return new Step(
        text(step, "op"),
        type,
        urn.length == 4 ? urn[3] : text(step, "urn"),
        reasons.stream().map(String::valueOf).toList(),
        // What is only read belongs to somebody else, and stays. Tags are those that it has: a
        // change can't declare its own loss harmless.
        Boolean.TRUE.equals(before.get("external"))
            ? null
            : StorageRules.stateful(type, object(before.get("outputs")).get("tagsAll")),
        wasProtected && !unprotected,
        unprotected);
  }

  private static Map<String, Object> object(Object value) {
    return value instanceof Map<?, ?> map ? Json.strings(map) : Map.of();
  }
}
