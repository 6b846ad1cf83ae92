package dev.slipway.plan.diff;

import static dev.slipway.plan.report.SavedPlan.maps;
import static dev.slipway.plan.report.SavedPlan.text;

import dev.slipway.core.Json;
import dev.slipway.plan.report.SavedPlan;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** One of the two plans, its values made comparable. */
final class PlanSide {

  /** What is shorter is too likely to be something else too. */
  private static final int DISTINCT = 8;

  private final SavedPlan plan;
  private final String other;
  private final Map<String, String> references = new LinkedHashMap<>();

  /**
   * @param other the stack on the other side
   */
  PlanSide(SavedPlan plan, String other) {
    this.plan = plan;
    this.other = other;
    var region = text(plan.json(), "region");
    var owners = new TreeMap<String, String>();
    for (var resource : plan.list("resources")) {
      if (!(resource.get("computed") instanceof Map<?, ?> computed)) {
        continue;
      }
      var given = resource.get("inputs") instanceof Map<?, ?> inputs ? inputs.values() : List.of();
      Json.strings(computed)
          .forEach(
              (key, value) -> {
                var text = String.valueOf(value);
                if (text.length() >= DISTINCT
                    && text.chars().anyMatch(Character::isDigit)
                    && !text.contains("\n")
                    && !text.startsWith(region)
                    && !given.contains(value)) {
                  owners.putIfAbsent(text, "${" + text(resource, "label") + "." + key + "}");
                }
              });
    }
    // The longest first: an id is part of its ARN.
    owners.keySet().stream()
        .sorted(
            Comparator.comparingInt(String::length).reversed().thenComparing(Function.identity()))
        .forEach(value -> references.put(value, owners.get(value)));
  }

  Object outputs() {
    return plan.json().get("outputs");
  }

  /** The text with references by name. */
  String named(String text) {
    var result = text;
    for (var reference : references.entrySet()) {
      if (result.contains(reference.getKey())) {
        result = replaced(result, reference.getKey(), reference.getValue());
      }
    }
    return result;
  }

  /** The text with the other stack's name in place of this one's, unless it has its match. */
  String fitted(String text, boolean matched) {
    return matched || plan.stack().equals(other) ? text : replaced(text, plan.stack(), other);
  }

  List<String> fitted(List<String> texts, List<String> others) {
    var there = new HashSet<>(others);
    return texts.stream().map(text -> fitted(text, there.contains(text))).toList();
  }

  <V> Map<List<String>, V> fitted(Map<List<String>, V> things, Map<List<String>, ?> others) {
    var result = new LinkedHashMap<List<String>, V>();
    things.forEach(
        (key, thing) ->
            result.put(
                others.containsKey(key)
                    ? key
                    : key.stream().map(word -> fitted(word, false)).toList(),
                thing));
    return result;
  }

  /** Replaces whole words alone. */
  private static String replaced(String text, String word, String by) {
    var result = new StringBuilder();
    int done = 0;
    for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length())) {
      int end = at + word.length();
      if ((at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1)))
          && (end == text.length() || !Character.isLetterOrDigit(text.charAt(end)))) {
        result.append(text, done, at).append(by);
        done = end;
      }
    }
    return result.append(text, done, text.length()).toString();
  }

  Map<List<String>, Map<String, Object>> resources() {
    var result = new LinkedHashMap<List<String>, Map<String, Object>>();
    for (var resource : plan.list("resources")) {
      if (Boolean.TRUE.equals(resource.get("custom"))
          && !text(resource, "type").startsWith("pulumi:")
          && !Boolean.TRUE.equals(resource.get("external"))) {
        result.put(List.of(text(resource, "type"), named(text(resource, "label"))), resource);
      }
    }
    return result;
  }

  /** Values by path, JSON in texts taken apart too. */
  Map<String, String> flat(Object value) {
    var result = new TreeMap<String, String>();
    flatten("", value, result);
    return result;
  }

  private void flatten(String path, Object value, Map<String, String> result) {
    if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      map.forEach(
          (key, inner) -> flatten(path.isEmpty() ? "" + key : path + "." + key, inner, result));
    } else if (value instanceof List<?> list
        && list.stream().anyMatch(inner -> inner instanceof Map || inner instanceof List)) {
      for (int i = 0; i < list.size(); i++) {
        flatten(path + "[" + i + "]", list.get(i), result);
      }
    } else if (value instanceof String text && text.startsWith("{") && text.endsWith("}")) {
      var object = Json.object(text);
      if (object.isEmpty()) {
        result.put(path, named(text));
      } else {
        flatten(path, object, result);
      }
    } else if (!path.isEmpty()) {
      result.put(path, named(value instanceof String text ? text : Json.compact(value)));
    }
  }

  Map<List<String>, BigDecimal> bill() {
    var result = new LinkedHashMap<List<String>, BigDecimal>();
    for (var item : maps(costs().get("items"))) {
      result.merge(
          List.of(named(text(item, "resource")), text(item, "what")),
          amount(item.get("month")),
          BigDecimal::add);
    }
    return result;
  }

  BigDecimal total() {
    return amount(costs().get("total"));
  }

  List<String> unitPrices() {
    var result = new ArrayList<String>();
    for (var price : maps(costs().get("byUse"))) {
      result.add(
          "%s %s: %s a %s"
              .formatted(
                  named(text(price, "resource")),
                  text(price, "what"),
                  text(price, "unitPrice"),
                  text(price, "unit"))
              .strip());
    }
    Json.list(costs().get("notPriced")).forEach(what -> result.add("not priced: " + what));
    return result;
  }

  private Map<String, Object> costs() {
    return plan.json().get("cost") instanceof Map<?, ?> map ? Json.strings(map) : Map.of();
  }

  private static BigDecimal amount(Object value) {
    try {
      return new BigDecimal(String.valueOf(value)).setScale(2, RoundingMode.HALF_UP);
    } catch (NumberFormatException none) {
      return BigDecimal.ZERO.setScale(2);
    }
  }

  List<String> reach() {
    return plan.list("reach").stream()
        .map(
            reach ->
                named(
                    "%s -> %s: %s (%s%s)"
                        .formatted(
                            text(reach, "from"),
                            text(reach, "to"),
                            text(reach, "ports"),
                            Boolean.TRUE.equals(reach.get("inbound")) ? "let in" : "let out",
                            text(reach, "description").isEmpty()
                                ? ""
                                : ", \"" + text(reach, "description") + "\"")))
        .toList();
  }

  Map<List<String>, List<String>> roles() {
    var result = new LinkedHashMap<List<String>, List<String>>();
    for (var role : plan.list("roles")) {
      var lines = new ArrayList<String>();
      lines.add("taken by " + text(role, "takenBy"));
      if (!text(role, "boundary").isEmpty()) {
        lines.add("within " + text(role, "boundary"));
      }
      for (var statement : maps(role.get("statements"))) {
        lines.add(
            text(statement, "verb")
                + " "
                + text(statement, "actions")
                + (text(statement, "on").isEmpty() ? "" : " on " + text(statement, "on"))
                + (text(statement, "note").isEmpty() ? "" : " (" + text(statement, "note") + ")"));
      }
      lines.replaceAll(this::named);
      result.put(List.of(named(text(role, "name"))), lines);
    }
    return result;
  }

  List<String> findings() {
    var result = new ArrayList<String>();
    Json.list(plan.json().get("problems")).forEach(text -> result.add("error: " + text));
    Json.list(plan.json().get("warnings")).forEach(text -> result.add("warning: " + text));
    for (var finding : plan.list("findings")) {
      result.add(
          "%s %s: %s%s"
              .formatted(
                  finding.get("accepted") == null
                      ? text(finding, "severity")
                      : "accepted (" + text(finding, "accepted") + ")",
                  text(finding, "rule"),
                  text(finding, "resource").isEmpty() ? "" : text(finding, "resource") + " ",
                  text(finding, "message")));
    }
    return result.stream().map(this::named).collect(Collectors.toList());
  }

  Map<List<String>, byte[]> files() {
    var result = new LinkedHashMap<List<String>, byte[]>();
    plan.files()
        .forEach(
            (path, content) ->
                result.put(List.of(named(path.substring("host/".length()))), content));
    return result;
  }

  /** A file's text, null when it is none. */
  String content(byte[] content) {
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      return text.indexOf('\0') >= 0 ? null : named(text);
    } catch (CharacterCodingException binary) {
      return null;
    }
  }
}
