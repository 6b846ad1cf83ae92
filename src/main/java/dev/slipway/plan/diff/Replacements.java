package dev.slipway.plan.diff;

import static dev.slipway.plan.report.SavedPlan.text;

import dev.slipway.core.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What is replaced because something else is. A resource that is made anew gets another id, so that
 * whatever refers to it by an input that AWS can't change is made anew, too, and so on. Who refers
 * to whom is what the program recorded, input by input.
 */
final class Replacements {

  private final Map<List<String>, Map<String, Object>> after;
  private final Map<String, List<String>> keys = new HashMap<>();
  private final Set<List<String>> replaced = new HashSet<>();
  private final Map<List<String>, Map<String, Set<String>>> through = new LinkedHashMap<>();

  /**
   * @param before what there is, by type and name
   * @param after what there would be, by the same
   * @param itself what is replaced for its own inputs' sake
   */
  Replacements(
      Map<List<String>, Map<String, Object>> before,
      Map<List<String>, Map<String, Object>> after,
      Collection<List<String>> itself) {
    this.after = after;
    after.forEach((key, resource) -> keys.put(text(resource, "urn"), key));
    replaced.addAll(itself);
    boolean more = !replaced.isEmpty();
    while (more) {
      more = false;
      for (var key : after.keySet()) {
        if (before.containsKey(key) && follows(key) && replaced.add(key)) {
          more = true;
        }
      }
    }
  }

  /** The inputs by which a resource is replaced for another's sake, with the others' names. */
  Map<String, Set<String>> through(List<String> key) {
    return through.getOrDefault(key, Map.of());
  }

  private boolean ignored(List<String> key, String input) {
    return Json.list(after.get(key).get("ignoreChanges")).contains(input);
  }

  private List<List<String>> references(List<String> key, String input) {
    var result = new ArrayList<List<String>>();
    if (after.get(key).get("propertyDependencies") instanceof Map<?, ?> map) {
      for (var urn : Json.list(map.get(input))) {
        if (keys.containsKey(String.valueOf(urn))) {
          result.add(keys.get(String.valueOf(urn)));
        }
      }
    }
    return result;
  }

  private boolean follows(List<String> key) {
    var inputs = PlanDiff.inputs(after.get(key));
    boolean follows = false;
    for (var input : inputs.entrySet()) {
      if (!Replacing.byReference(key.get(0), input.getKey(), inputs)
          || ignored(key, input.getKey())) {
        continue;
      }
      for (var reference : references(key, input.getKey())) {
        if (replaced.contains(reference) && isNew(input.getValue(), after.get(reference))) {
          through
              .computeIfAbsent(key, none -> new TreeMap<>())
              .computeIfAbsent(input.getKey(), none -> new TreeSet<>())
              .add(reference.get(1));
          follows = true;
        }
      }
    }
    return follows;
  }

  /**
   * Whether a value is another when this is made anew: a name that the program gives stays what it
   * is, everything that AWS gives doesn't.
   */
  private static boolean isNew(Object value, Map<String, Object> referred) {
    var text = value instanceof String plain ? plain : Json.compact(value);
    var given =
        PlanDiff.inputs(referred).values().stream()
            .filter(String.class::isInstance)
            .map(String::valueOf)
            .filter(known -> known.length() > 2)
            .collect(Collectors.toSet());
    var computed =
        referred.get("computed") instanceof Map<?, ?> map
            ? map.values().stream()
                .map(String::valueOf)
                // The id of some types is the name that they are given.
                .filter(known -> known.length() > 2 && !given.contains(known))
                .toList()
            : List.<String>of();
    return computed.stream().anyMatch(text::contains) || given.stream().noneMatch(text::contains);
  }
}
