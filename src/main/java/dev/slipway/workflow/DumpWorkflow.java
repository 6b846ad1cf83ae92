package dev.slipway.workflow;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.slipway.core.Resources;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Renders the state machine that restores dumps, from {@code dump-restore.json}.
 *
 * <p>The language is that of the <a href="https://states-language.net/spec.html">Amazon States
 * Language</a>, with JSONPath.
 */
final class DumpWorkflow {
  private static final Pattern PLACE = Pattern.compile("\\$\\{([A-Za-z]+)}");

  private DumpWorkflow() {}

  /**
   * The definition.
   *
   * @param values what stands in the places of {@code ${name}}: texts and numbers. Without a {@code
   *     topic} nobody is told, and the states that would do it pass.
   */
  static String definition(Map<String, Object> values) {
    var machine =
        JsonParser.parseString(Resources.text(DumpWorkflow.class, "dump-restore.json"))
            .getAsJsonObject();
    if (!values.containsKey("topic")) {
      var states = machine.getAsJsonObject("States");
      for (var name : List.copyOf(states.keySet())) {
        var state = states.getAsJsonObject(name);
        if (state.has("Resource") && state.get("Resource").getAsString().contains(":sns:")) {
          states.add(name, passed(state));
        }
      }
    }
    return new GsonBuilder().disableHtmlEscaping().create().toJson(filled(machine, values));
  }

  private static JsonObject passed(JsonObject task) {
    var pass = new JsonObject();
    pass.addProperty("Comment", "The stack has no topic to tell it to");
    pass.addProperty("Type", "Pass");
    pass.add("Next", task.get("Next"));
    return pass;
  }

  private static JsonElement filled(JsonElement element, Map<String, Object> values) {
    if (element.isJsonObject()) {
      var object = element.getAsJsonObject();
      object.entrySet().forEach(entry -> entry.setValue(filled(entry.getValue(), values)));
    } else if (element.isJsonArray()) {
      var array = element.getAsJsonArray();
      for (int i = 0; i < array.size(); i++) {
        array.set(i, filled(array.get(i), values));
      }
    } else if (element.isJsonPrimitive() && element.getAsJsonPrimitive().isString()) {
      return filled(element.getAsString(), values);
    }
    return element;
  }

  private static JsonPrimitive filled(String text, Map<String, Object> values) {
    var whole = PLACE.matcher(text);
    if (whole.matches() && values.get(whole.group(1)) instanceof Number number) {
      return new JsonPrimitive(number);
    }
    return new JsonPrimitive(
        PLACE
            .matcher(text)
            .replaceAll(
                place -> {
                  var value = values.get(place.group(1));
                  if (value == null) {
                    throw new IllegalArgumentException("no value for " + place.group());
                  }
                  return java.util.regex.Matcher.quoteReplacement(value.toString());
                }));
  }
}
