package dev.slipway.plan.cli;

import static dev.slipway.plan.report.SavedPlan.maps;
import static dev.slipway.plan.report.SavedPlan.text;

import dev.slipway.core.Json;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diff.StandingStack;
import dev.slipway.plan.graph.PlanException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code ./slipway up} asks before it changes anything: {@code STACK --folder DIR --state
 * FILE}, with what {@code pulumi stack export} wrote. Ends with 3 when the stack file asks for what
 * a stack that is there can't take.
 */
public final class StandingMain {

  /** The stack can't take it. */
  static final int REFUSED = 3;

  private StandingMain() {}

  public static void main(String[] arguments) {
    var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int status = run(List.of(arguments), err, PlanMain.PROGRAM);
    // The SDK leaves threads behind that would keep the process for seconds.
    System.exit(status);
  }

  public static int run(List<String> arguments, PrintStream err, Plan.Program program) {
    String stack = null;
    var folder = Path.of("");
    var state = Path.of("state");
    var open = new ArrayDeque<>(arguments);
    while (!open.isEmpty()) {
      var word = open.pop();
      switch (word) {
        case "--folder" -> folder = Path.of(open.pop());
        case "--state" -> state = Path.of(open.pop());
        default -> stack = word;
      }
    }
    try {
      var before = state(Files.readString(state));
      if (before.isEmpty()) {
        return 0;
      }
      var plan = Plan.of(folder.toAbsolutePath(), stack, program);
      if (plan.isRefused()) {
        // The settings are wrong, which the update itself tells.
        return 0;
      }
      var after = new LinkedHashMap<List<String>, Map<String, Object>>();
      for (var resource : plan.graph().resources()) {
        after.put(List.of(resource.type(), resource.name()), resource.inputs());
      }
      var changes = new ArrayList<StandingStack.Change>();
      before.forEach(
          (key, inputs) ->
              changes.add(
                  new StandingStack.Change(
                      key.get(0), key.get(1), inputs, after.getOrDefault(key, Map.of()))));
      // What costs what a resource keeps is held by its protection, and allowed by name before.
      var refusals =
          StandingStack.refusals(changes).stream().filter(refusal -> !refusal.loss()).toList();
      if (refusals.isEmpty()) {
        return 0;
      }
      err.println(stack + " is there already, and can't take this:");
      refusals.forEach(refusal -> err.println("  " + refusal.text()));
      return REFUSED;
    } catch (IOException unreadable) {
      err.println("cannot read " + unreadable.getMessage());
      return 1;
    } catch (PlanException wrong) {
      err.println(wrong.getMessage());
      return 1;
    }
  }

  /** The inputs of what is there, by type and name. */
  private static Map<List<String>, Map<String, Object>> state(String text) {
    var result = new LinkedHashMap<List<String>, Map<String, Object>>();
    var deployment = Json.object(text).get("deployment");
    if (!(deployment instanceof Map<?, ?> map)) {
      return result;
    }
    for (var resource : maps(Json.strings(map).get("resources"))) {
      var urn = text(resource, "urn").split("::", 4);
      if (urn.length == 4
          && resource.get("inputs") instanceof Map<?, ?> inputs
          && !Boolean.TRUE.equals(resource.get("delete"))
          && !Boolean.TRUE.equals(resource.get("external"))) {
        result.put(List.of(text(resource, "type"), urn[3]), Json.strings(inputs));
      }
    }
    return result;
  }
}
