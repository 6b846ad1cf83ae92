package dev.slipway.identity;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One statement of an IAM policy, written as it reads.
 *
 * <pre>{@code
 * Statement.allow("ReadBundles").actions("s3:GetObject").resources(bucketArn + "/bundles/*")
 * }</pre>
 *
 * <p>The grammar is that of the <a
 * href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html">IAM user
 * guide</a>.
 */
public final class Statement {
  private final String sid;
  private final String effect;
  private final List<String> actions = new ArrayList<>();
  private final List<String> resources = new ArrayList<>();
  private final List<String> notResources = new ArrayList<>();
  private final Map<String, Map<String, List<String>>> conditions = new LinkedHashMap<>();
  private final Map<String, List<String>> principals = new LinkedHashMap<>();

  private Statement(String sid, String effect) {
    this.sid = sid;
    this.effect = effect;
  }

  public static Statement allow(String sid) {
    return new Statement(sid, "Allow");
  }

  public static Statement deny(String sid) {
    return new Statement(sid, "Deny");
  }

  public Statement actions(String... actions) {
    this.actions.addAll(Arrays.asList(actions));
    return this;
  }

  public Statement resources(String... resources) {
    this.resources.addAll(Arrays.asList(resources));
    return this;
  }

  /** Everything but these. */
  public Statement resourcesOtherThan(String... resources) {
    notResources.addAll(Arrays.asList(resources));
    return this;
  }

  /** Only where the operator holds: {@code when("StringEquals", "aws:SourceAccount", account)}. */
  public Statement when(String operator, String key, String... values) {
    conditions
        .computeIfAbsent(operator, o -> new LinkedHashMap<>())
        .put(key, Arrays.asList(values));
    return this;
  }

  /** Who, in the policy of a resource or of a role's trust: {@code Service}, {@code AWS}. */
  public Statement principal(String kind, String... who) {
    principals.put(kind, Arrays.asList(who));
    return this;
  }

  /** Anybody: only where something is denied. */
  public Statement everybody() {
    return principal("*");
  }

  /** What it is called. */
  public String sid() {
    return sid;
  }

  /** Whether it allows, and doesn't deny. */
  public boolean allows() {
    return effect.equals("Allow");
  }

  /** Whether it says nothing of anything, for want of actions or of resources. */
  public boolean isIdle() {
    return actions.isEmpty() || (resources.isEmpty() && notResources.isEmpty());
  }

  /**
   * This statement and another of the same Sid in one: every action of either on every resource of
   * either, where a condition holds with a value of either.
   */
  public Statement joined(Statement other) {
    if (!shape().equals(other.shape())) {
      throw new IllegalStateException(
          "statements called " + sid + " differ in more than values: " + json() + other.json());
    }
    var both = new Statement(sid, effect);
    both.actions.addAll(union(actions, other.actions));
    both.resources.addAll(union(resources, other.resources));
    both.notResources.addAll(notResources);
    both.principals.putAll(principals);
    conditions.forEach(
        (operator, keys) ->
            keys.forEach(
                (key, values) ->
                    both.when(
                        operator,
                        key,
                        union(values, other.conditions.get(operator).get(key))
                            .toArray(String[]::new))));
    return both;
  }

  /** What statements have in common that can become one. */
  private List<Object> shape() {
    var keys = new LinkedHashMap<String, Object>();
    conditions.forEach((operator, of) -> keys.put(operator, of.keySet()));
    return List.of(sid, effect, keys, notResources, principals);
  }

  private static List<String> union(List<String> some, List<String> more) {
    return Stream.concat(some.stream(), more.stream()).distinct().sorted().toList();
  }

  JsonObject json() {
    var json = new JsonObject();
    json.addProperty("Sid", sid);
    json.addProperty("Effect", effect);
    if (principals.containsKey("*")) {
      json.addProperty("Principal", "*");
    } else if (!principals.isEmpty()) {
      json.add("Principal", lists(principals));
    }
    json.add("Action", list(actions));
    if (!resources.isEmpty()) {
      json.add("Resource", list(resources));
    }
    if (!notResources.isEmpty()) {
      json.add("NotResource", list(notResources));
    }
    if (!conditions.isEmpty()) {
      var all = new JsonObject();
      conditions.forEach((operator, keys) -> all.add(operator, lists(keys)));
      json.add("Condition", all);
    }
    return json;
  }

  private static JsonObject lists(Map<String, List<String>> map) {
    var json = new JsonObject();
    map.forEach((key, values) -> json.add(key, list(values)));
    return json;
  }

  private static JsonArray list(List<String> values) {
    var array = new JsonArray();
    values.forEach(array::add);
    return array;
  }
}
