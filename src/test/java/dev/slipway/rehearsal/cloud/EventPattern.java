package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Whether an event is one that a rule asks for.
 *
 * <p>Source of the rules: Amazon EventBridge User Guide, <a
 * href="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html">comparison
 * operators</a>. What it doesn't know is refused.
 */
record EventPattern(Map<String, Object> pattern) {

  static EventPattern parse(String json) {
    Map<String, Object> pattern;
    try {
      pattern = AwsClient.object(Machines.utf8(json));
    } catch (RuntimeException e) {
      throw invalid("is no JSON object");
    }
    if (pattern.isEmpty()) {
      throw invalid("is empty");
    }
    var parsed = new EventPattern(pattern);
    // Whatever it can't judge shows before there is an event.
    parsed.check(pattern);
    return parsed;
  }

  private static AwsError invalid(String why) {
    return new AwsError(
        400, "InvalidEventPatternException", "Event pattern is not valid. Reason: it " + why);
  }

  boolean matches(Map<String, Object> event) {
    return matches(pattern, event);
  }

  private static boolean matches(Map<String, Object> wanted, Map<String, Object> event) {
    return wanted.entrySet().stream()
        .allMatch(
            field ->
                field.getKey().equals("$or")
                    ? Values.maps(field.getValue()).stream().anyMatch(any -> matches(any, event))
                    : field(field.getValue(), event, field.getKey()));
  }

  private static boolean field(Object wanted, Map<String, Object> event, String name) {
    Object value = event.get(name);
    if (wanted instanceof Map<?, ?>) {
      return matches(Values.map(wanted), value instanceof Map<?, ?> ? Values.map(value) : Map.of());
    }
    List<Object> values =
        value instanceof List<?>
            ? Values.list(value)
            : value == null && !event.containsKey(name) ? List.of() : singleton(value);
    return Values.list(wanted).stream().anyMatch(one -> one(one, values));
  }

  private static List<Object> singleton(Object value) {
    return java.util.Collections.singletonList(value);
  }

  private static boolean one(Object wanted, List<Object> values) {
    if (!(wanted instanceof Map<?, ?>)) {
      return values.stream().anyMatch(value -> same(wanted, value));
    }
    var operator = Values.map(wanted).entrySet().iterator().next();
    if (operator.getKey().equals("exists")) {
      return Boolean.TRUE.equals(operator.getValue()) != values.isEmpty();
    }
    return values.stream()
        .anyMatch(value -> operator(operator.getKey(), operator.getValue(), value));
  }

  private static boolean same(Object wanted, Object value) {
    if (wanted instanceof Number one && value instanceof Number other) {
      return one.doubleValue() == other.doubleValue();
    }
    return Objects.equals(wanted, value);
  }

  private static boolean operator(String name, Object wanted, Object value) {
    if (name.equals("anything-but")) {
      return anythingBut(wanted, value);
    }
    if (name.equals("numeric")) {
      return value instanceof Number number && numeric(Values.list(wanted), number.doubleValue());
    }
    if (!(value instanceof String text)) {
      return false;
    }
    String asked = String.valueOf(wanted);
    return switch (name) {
      case "prefix" -> text.startsWith(asked);
      case "suffix" -> text.endsWith(asked);
      case "equals-ignore-case" -> text.equalsIgnoreCase(asked);
      case "wildcard" -> wildcard(asked).matcher(text).matches();
      default -> throw invalid("has the operator " + name + ", which can't be judged here");
    };
  }

  private static boolean anythingBut(Object wanted, Object value) {
    if (wanted instanceof Map<?, ?> map) {
      var operator = Values.map(map).entrySet().iterator().next();
      List<?> all =
          operator.getValue() instanceof List<?> list ? list : List.of(operator.getValue());
      return all.stream().noneMatch(each -> operator(operator.getKey(), each, value));
    }
    List<?> all = wanted instanceof List<?> list ? list : List.of(wanted);
    return all.stream().noneMatch(each -> same(each, value));
  }

  private static boolean numeric(List<Object> tests, double value) {
    boolean holds = true;
    for (int i = 0; i + 1 < tests.size(); i += 2) {
      double limit = ((Number) tests.get(i + 1)).doubleValue();
      holds &=
          switch (String.valueOf(tests.get(i))) {
            case "=" -> value == limit;
            case "<" -> value < limit;
            case "<=" -> value <= limit;
            case ">" -> value > limit;
            case ">=" -> value >= limit;
            default -> throw invalid("has \"numeric\" with " + tests.get(i));
          };
    }
    return holds;
  }

  private static Pattern wildcard(String text) {
    var pattern = new StringBuilder();
    for (String part : text.split("(?<=\\*)|(?=\\*)")) {
      pattern.append(part.equals("*") ? ".*" : Pattern.quote(part));
    }
    return Pattern.compile(pattern.toString(), Pattern.DOTALL);
  }

  private void check(Map<String, Object> part) {
    part.forEach(
        (name, wanted) -> {
          if (name.equals("$or")) {
            Values.maps(wanted).forEach(this::check);
          } else if (wanted instanceof Map<?, ?>) {
            check(Values.map(wanted));
          } else if (!(wanted instanceof List<?>)) {
            throw invalid("has \"" + name + "\" as neither an object nor a list");
          } else {
            one(name, Values.list(wanted));
          }
        });
  }

  private static void one(String name, List<Object> wanted) {
    if (wanted.isEmpty()) {
      throw invalid("has an empty list for \"" + name + "\"");
    }
    for (Object each : wanted) {
      if (each instanceof Map<?, ?> map && map.size() != 1) {
        throw invalid("has more than one operator for \"" + name + "\"");
      }
      // An operator that isn't known says so here.
      one(each, List.of("-"));
    }
  }
}
