package dev.slipway.plan.graph;

import dev.slipway.core.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reads IAM policy documents. */
public final class Policies {

  private Policies() {}

  /**
   * One statement, with every field as a list.
   *
   * @param conditions by operator and key
   * @param principals by kind; {@code *} for anybody
   */
  public record Statement(
      String sid,
      boolean allow,
      List<String> actions,
      List<String> otherActions,
      List<String> resources,
      List<String> otherResources,
      Map<String, List<String>> principals,
      Map<String, Map<String, List<String>>> conditions) {

    /** Whether a condition has a key that begins so, in any case. */
    public boolean hasCondition(String key) {
      return conditions.values().stream()
          .flatMap(keys -> keys.keySet().stream())
          .anyMatch(
              name ->
                  name.toLowerCase(java.util.Locale.ROOT)
                      .startsWith(key.toLowerCase(java.util.Locale.ROOT)));
    }

    /** The values of a condition, empty when there is none. */
    public List<String> condition(String operator, String key) {
      return conditions.getOrDefault(operator, Map.of()).getOrDefault(key, List.of());
    }
  }

  /** The statements of a document; none when the text is no policy. */
  public static List<Statement> statements(Object document) {
    var result = new ArrayList<Statement>();
    for (var entry : Json.list(Json.object(String.valueOf(document)).get("Statement"))) {
      if (entry instanceof Map<?, ?> map) {
        var statement = Json.strings(map);
        var conditions = new LinkedHashMap<String, Map<String, List<String>>>();
        if (statement.get("Condition") instanceof Map<?, ?> operators) {
          Json.strings(operators)
              .forEach((operator, keys) -> conditions.put(operator, fields(keys)));
        }
        result.add(
            new Statement(
                String.valueOf(statement.getOrDefault("Sid", "")),
                "Allow".equals(statement.get("Effect")),
                texts(statement.get("Action")),
                texts(statement.get("NotAction")),
                texts(statement.get("Resource")),
                texts(statement.get("NotResource")),
                fields(statement.get("Principal")),
                conditions));
      }
    }
    return result;
  }

  /** The statements of a role's own policies. */
  public static Stream<Statement> statementsOf(Graph graph, Resource role) {
    return graph.pointingAt(role, "aws:iam/rolePolicy:RolePolicy", "role").stream()
        .flatMap(policy -> statements(policy.value("policy")).stream());
  }

  /** The last part of an ARN: the name of a policy, say. */
  public static String lastPart(String arn) {
    return arn.substring(arn.lastIndexOf('/') + 1);
  }

  private static List<String> texts(Object value) {
    return Json.list(value).stream().map(String::valueOf).toList();
  }

  private static Map<String, List<String>> fields(Object value) {
    var result = new LinkedHashMap<String, List<String>>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, inner) -> result.put(String.valueOf(key), texts(inner)));
    } else if (value != null) {
      result.put("*", texts(value));
    }
    return result;
  }
}
