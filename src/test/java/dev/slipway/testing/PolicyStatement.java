package dev.slipway.testing;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.slipway.testing.PolicyEvaluator.Request;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** One statement of a policy, which matches a request or doesn't. */
final class PolicyStatement {

  /** What an element names, or names the opposite of. */
  private record Names(boolean except, List<String> values) {}

  private final String name;
  private final boolean denies;
  private final Names actions;
  private final Names resources;
  private final Map<String, List<String>> principals;
  private final boolean exceptPrincipals;
  private final List<PolicyCondition> conditions;

  private PolicyStatement(
      String name,
      boolean denies,
      Names actions,
      Names resources,
      Map<String, List<String>> principals,
      boolean exceptPrincipals,
      List<PolicyCondition> conditions) {
    this.name = name;
    this.denies = denies;
    this.actions = actions;
    this.resources = resources;
    this.principals = principals;
    this.exceptPrincipals = exceptPrincipals;
    this.conditions = conditions;
  }

  /**
   * @param ofResource whether the policy is a resource's, which names who and may leave out what
   */
  static PolicyStatement read(JsonObject json, boolean ofResource) {
    var elements = new ArrayList<>(List.of("Sid", "Effect", "Action", "NotAction", "Condition"));
    elements.addAll(List.of("Resource", "NotResource"));
    if (ofResource) {
      elements.addAll(List.of("Principal", "NotPrincipal"));
    }
    refuseOthers(json, Set.copyOf(elements), "statement");
    var effect = json.has("Effect") ? json.get("Effect").getAsString() : "";
    if (!effect.equals("Allow") && !effect.equals("Deny")) {
      throw refused("Effect is Allow or Deny", json);
    }
    var actions = names(json, "Action");
    for (var action : actions.values) {
      if (!action.matches("\\*|[a-z0-9-]+:[A-Za-z0-9*?]+")) {
        throw refused("\"" + action + "\" is not an action such as s3:Get*", json);
      }
    }
    // A role's trust policy is about that role and names no resource.
    boolean about = json.has("Resource") || json.has("NotResource");
    var resources = about || !ofResource ? names(json, "Resource") : new Names(false, List.of("*"));
    for (var resource : resources.values) {
      if (!resource.equals("*") && !resource.matches("arn:[^:]+(:[^:]*){3}:.+|arn:.*\\*")) {
        throw refused("\"" + resource + "\" is not the ARN of a resource", json);
      }
    }
    boolean except = json.has("NotPrincipal");
    if (ofResource && json.has("Principal") == except) {
      throw refused("either Principal or NotPrincipal is needed", json);
    }
    return new PolicyStatement(
        json.has("Sid") ? json.get("Sid").getAsString() : json.toString(),
        effect.equals("Deny"),
        actions,
        resources,
        ofResource ? principals(json.get(except ? "NotPrincipal" : "Principal"), json) : Map.of(),
        except,
        conditions(json));
  }

  static void refuseOthers(JsonObject json, Set<String> known, String what) {
    for (var key : json.keySet()) {
      if (!known.contains(key)) {
        throw refused("a " + what + " with \"" + key + "\" can't be judged", json);
      }
    }
  }

  private static IllegalArgumentException refused(String why, JsonElement json) {
    return new IllegalArgumentException(why + ": " + json);
  }

  private static Names names(JsonObject json, String element) {
    var opposite = "Not" + element;
    if (json.has(element) == json.has(opposite)) {
      throw refused("either " + element + " or " + opposite + " is needed", json);
    }
    return new Names(
        json.has(opposite), texts(json.get(json.has(element) ? element : opposite), json));
  }

  private static List<String> texts(JsonElement element, JsonElement json) {
    var texts = new ArrayList<String>();
    if (element.isJsonArray()) {
      element.getAsJsonArray().forEach(each -> texts.addAll(texts(each, json)));
    } else if (element.isJsonPrimitive()) {
      texts.add(element.getAsString());
    } else {
      throw refused(element + " is neither a text nor a list of texts", json);
    }
    if (texts.isEmpty()) {
      throw refused("an empty list says nothing", json);
    }
    return List.copyOf(texts);
  }

  private static Map<String, List<String>> principals(JsonElement given, JsonObject json) {
    if (given.isJsonPrimitive()) {
      if (!given.getAsString().equals("*")) {
        throw refused("a Principal is \"*\" or {\"AWS\"|\"Service\"|\"Federated\": …}", json);
      }
      return Map.of("*", List.of("*"));
    }
    refuseOthers(given.getAsJsonObject(), Set.of("AWS", "Service", "Federated"), "Principal");
    var principals = new LinkedHashMap<String, List<String>>();
    for (var kind : given.getAsJsonObject().entrySet()) {
      principals.put(kind.getKey(), texts(kind.getValue(), json));
    }
    return principals;
  }

  private static List<PolicyCondition> conditions(JsonObject json) {
    var conditions = new ArrayList<PolicyCondition>();
    if (json.has("Condition")) {
      for (var operator : json.getAsJsonObject("Condition").entrySet()) {
        for (var key : operator.getValue().getAsJsonObject().entrySet()) {
          conditions.add(
              PolicyCondition.of(operator.getKey(), key.getKey(), texts(key.getValue(), json)));
        }
      }
    }
    return List.copyOf(conditions);
  }

  /** What a decision calls it: its Sid, or all of it. */
  String name() {
    return name;
  }

  boolean denies() {
    return denies;
  }

  boolean matches(Request request) {
    return matchesAction(request)
        && matchesResource(request)
        && matchesPrincipal(request)
        && conditions.stream().allMatch(condition -> condition.holds(request.context()));
  }

  private boolean matchesAction(Request request) {
    var wanted = request.action().toLowerCase(Locale.ROOT);
    return actions.except
        != actions.values.stream()
            .anyMatch(action -> Glob.matches(action.toLowerCase(Locale.ROOT), wanted));
  }

  private boolean matchesResource(Request request) {
    return resources.except
        != resources.values.stream()
            .anyMatch(
                resource ->
                    resource.equals("*")
                        || Glob.resolve(resource, request.context(), resources.except)
                            .filter(known -> Glob.matchesResource(known, request.resource()))
                            .isPresent());
  }

  private boolean matchesPrincipal(Request request) {
    if (principals.isEmpty()) {
      return true;
    }
    boolean named =
        principals.containsKey("*")
            || principals.values().stream()
                .flatMap(List::stream)
                .anyMatch(who -> names(who, request.principal()));
    return exceptPrincipals != named;
  }

  private static boolean names(String who, String principal) {
    return who.equals(principal)
        || who.equals("*")
        || isAccount(who) && accountOf(who).equals(Glob.account(principal));
  }

  private static boolean isAccount(String who) {
    return who.matches("[0-9]{12}|arn:[^:]+:iam::[0-9]{12}:root");
  }

  private static String accountOf(String who) {
    return who.startsWith("arn:") ? Glob.account(who) : who;
  }

  /** Whether it names the principal's account and not the principal. */
  boolean namesOnlyAccountOf(Request request) {
    return !principals.containsKey("*")
        && principals.values().stream()
            .flatMap(List::stream)
            .filter(who -> names(who, request.principal()))
            .allMatch(PolicyStatement::isAccount);
  }
}
