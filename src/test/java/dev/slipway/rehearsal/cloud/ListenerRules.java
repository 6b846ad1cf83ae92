package dev.slipway.rehearsal.cloud;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Which action a listener takes for a request.
 *
 * <p>Source of the rules: Elastic Load Balancing, <a
 * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html">listener
 * rules</a>: the lowest priority first, the default last; host names regardless of case, paths as
 * they are written; {@code *} is any number of characters and {@code ?} is one.
 */
final class ListenerRules {

  /** What is done with a request. */
  sealed interface Action permits Forward, Redirect, Fixed {}

  /** To one of these target groups, by weight. */
  record Forward(Map<String, Integer> targetGroups) implements Action {}

  /** To another address; the parts may name those of the request, e.g. {@code #{host}}. */
  record Redirect(int status, String protocol, String host, String port, String path, String query)
      implements Action {}

  /** An answer of the load balancer's own. */
  record Fixed(int status, String type, String body) implements Action {}

  /** The part of a request that rules look at. */
  record Asked(String method, String host, String path, String query, String protocol, int port) {}

  private record Rule(
      int priority, List<Pattern> hosts, List<Pattern> paths, List<String> methods, Action action) {

    boolean matches(Asked asked) {
      return any(hosts, asked.host())
          && any(paths, asked.path())
          && (methods.isEmpty() || methods.contains(asked.method()));
    }

    private static boolean any(List<Pattern> patterns, String text) {
      return patterns.isEmpty()
          || patterns.stream().anyMatch(pattern -> pattern.matcher(text).matches());
    }
  }

  private final Map<String, Rule> rules = new TreeMap<>();
  private final AtomicInteger turn = new AtomicInteger();
  private Action otherwise;

  synchronized void otherwise(List<Map<String, Object>> actions) {
    otherwise = action(actions);
  }

  synchronized void put(
      String arn,
      int priority,
      List<Map<String, Object>> conditions,
      List<Map<String, Object>> actions) {
    var hosts = new ArrayList<Pattern>();
    var paths = new ArrayList<Pattern>();
    var methods = new ArrayList<String>();
    for (Map<String, Object> condition : conditions) {
      condition.forEach(
          (kind, value) -> {
            List<String> values =
                value == null ? List.of() : Values.strings(Values.map(value).get("values"));
            switch (kind) {
              case "hostHeader" ->
                  values.forEach(v -> hosts.add(pattern(v, Pattern.CASE_INSENSITIVE)));
              case "pathPattern" -> values.forEach(v -> paths.add(pattern(v, 0)));
              case "httpRequestMethod" -> methods.addAll(values);
              default -> {
                if (value != null) {
                  throw new AwsError(
                      400,
                      "UnsupportedOperation",
                      "this emulated load balancer knows no condition " + kind);
                }
              }
            }
          });
    }
    rules.put(arn, new Rule(priority, hosts, paths, methods, action(actions)));
  }

  synchronized void remove(String arn) {
    rules.remove(arn);
  }

  synchronized Action of(Asked asked) {
    return rules.values().stream()
        .sorted(Comparator.comparingInt(Rule::priority))
        .filter(rule -> rule.matches(asked))
        .findFirst()
        .map(Rule::action)
        .orElse(otherwise);
  }

  /** The target group whose turn it is. */
  String targetGroup(Forward forward) {
    int all = forward.targetGroups().values().stream().mapToInt(Integer::intValue).sum();
    int at = Math.floorMod(turn.getAndIncrement(), Math.max(all, 1));
    String last = null;
    for (var group : forward.targetGroups().entrySet()) {
      last = group.getKey();
      at -= group.getValue();
      if (at < 0) {
        break;
      }
    }
    return last;
  }

  /** The address that a redirect leads to. */
  static String location(Redirect redirect, Asked asked) {
    String port = filled(redirect.port(), asked);
    String protocol = filled(redirect.protocol(), asked).toLowerCase(Locale.ROOT);
    String query = filled(redirect.query(), asked);
    // Elastic Load Balancing writes the port always.
    return protocol
        + "://"
        + filled(redirect.host(), asked)
        + ":"
        + port
        + filled(redirect.path(), asked)
        + (query.isEmpty() ? "" : "?" + query);
  }

  private static String filled(String text, Asked asked) {
    return text.replace("#{protocol}", asked.protocol())
        .replace("#{host}", asked.host())
        .replace("#{port}", String.valueOf(asked.port()))
        .replace("#{path}", asked.path().replaceFirst("^/", ""))
        .replace("#{query}", asked.query());
  }

  private static Pattern pattern(String wildcards, int flags) {
    var expression = new StringBuilder();
    for (char c : wildcards.toCharArray()) {
      expression.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.compile(expression.toString(), flags | Pattern.DOTALL);
  }

  private static Action action(List<Map<String, Object>> actions) {
    if (actions.size() != 1) {
      throw new AwsError(
          400,
          "UnsupportedOperation",
          "this emulated load balancer takes one action, given: " + actions.size());
    }
    Map<String, Object> given = actions.get(0);
    String type = String.valueOf(given.get("type"));
    return switch (type) {
      case "forward" -> forward(given);
      case "redirect" -> {
        Map<String, Object> to = Values.map(given.get("redirect"));
        yield new Redirect(
            String.valueOf(to.get("statusCode")).equals("HTTP_301") ? 301 : 302,
            text(to, "protocol", "#{protocol}"),
            text(to, "host", "#{host}"),
            text(to, "port", "#{port}"),
            text(to, "path", "/#{path}"),
            text(to, "query", "#{query}"));
      }
      case "fixed-response" -> {
        Map<String, Object> fixed = Values.map(given.get("fixedResponse"));
        yield new Fixed(
            Integer.parseInt(text(fixed, "statusCode", "200")),
            text(fixed, "contentType", "text/plain"),
            text(fixed, "messageBody", ""));
      }
      default ->
          throw new AwsError(
              400, "UnsupportedOperation", "this emulated load balancer knows no action " + type);
    };
  }

  private static Forward forward(Map<String, Object> given) {
    var groups = new LinkedHashMap<String, Integer>();
    if (given.get("targetGroupArn") != null) {
      groups.put(Values.text(given.get("targetGroupArn")), 1);
    }
    for (Map<String, Object> group :
        Values.maps(Values.map(given.get("forward")).get("targetGroups"))) {
      int weight = group.get("weight") instanceof Number number ? number.intValue() : 1;
      groups.put(Values.text(group.get("arn")), weight);
    }
    return new Forward(groups);
  }

  private static String text(Map<String, Object> map, String key, String otherwise) {
    return map.get(key) == null ? otherwise : String.valueOf(map.get(key));
  }
}
