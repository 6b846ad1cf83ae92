package dev.slipway.testing;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Decides what IAM policies allow, as AWS would: an explicit deny wins, then something must allow.
 *
 * <p>What it doesn't know (an element, a condition operator, a condition with several values and no
 * quantifier) is refused when the policy is read or asked, so that no test passes because a part of
 * a policy was passed over.
 *
 * <pre>{@code
 * var host = new PolicyEvaluator(List.of(policyJson));
 * host.evaluate(Request.of(roleArn, "s3:GetObject", bucketArn + "/bundles/1.tar.gz")).allowed();
 * }</pre>
 *
 * <p>The order of decisions is that of the <a
 * href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html">IAM
 * user guide</a>, without organizations and session policies.
 */
public final class PolicyEvaluator {

  /** Who wants to do what with which resource, and what else is known of the request. */
  public record Request(
      String principal, String action, String resource, Map<String, List<String>> context) {

    /** Context keys are the same in upper and lower case; the principal's own are added. */
    public Request {
      if (!action.matches("[a-z0-9-]+:[A-Za-z0-9]+")) {
        throw new IllegalArgumentException(
            "\"" + action + "\" is not an action such as s3:GetObject");
      }
      var all = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
      if (principal.startsWith("arn:")) {
        all.put("aws:PrincipalArn", List.of(principal));
        all.put("aws:PrincipalAccount", List.of(Glob.account(principal)));
      }
      context.forEach((key, values) -> all.put(key, List.copyOf(values)));
      context = Collections.unmodifiableMap(all);
    }

    /** A request over TLS of which nothing else is known. */
    public static Request of(String principal, String action, String resource) {
      return new Request(
          principal, action, resource, Map.of("aws:SecureTransport", List.of("true")));
    }

    /** The same request with one more key in its context. */
    public Request with(String key, String... values) {
      var more = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
      more.putAll(context);
      more.put(key, List.of(values));
      return new Request(principal, action, resource, more);
    }
  }

  /** How a decision came out. */
  public enum Outcome {
    ALLOWED,
    DENIED_EXPLICIT,
    DENIED_IMPLICIT
  }

  /**
   * The decision on a request.
   *
   * @param statement the statement that decided, empty where none did
   */
  public record Decision(Outcome outcome, String statement) {
    public boolean allowed() {
      return outcome == Outcome.ALLOWED;
    }
  }

  private final List<PolicyStatement> identity;
  private final Optional<List<PolicyStatement>> boundary;
  private final Optional<List<PolicyStatement>> resource;
  private final boolean resourceDecides;

  /** The policies of an identity: managed and inline ones make no difference. */
  public PolicyEvaluator(List<String> policies) {
    this(read(policies, false), Optional.empty(), Optional.empty(), false);
  }

  private PolicyEvaluator(
      List<PolicyStatement> identity,
      Optional<List<PolicyStatement>> boundary,
      Optional<List<PolicyStatement>> resource,
      boolean resourceDecides) {
    this.identity = identity;
    this.boundary = boundary;
    this.resource = resource;
    this.resourceDecides = resourceDecides;
  }

  /** The same identity with a permissions boundary, which allows nothing but must allow too. */
  public PolicyEvaluator boundedBy(String policy) {
    return new PolicyEvaluator(
        identity, Optional.of(read(List.of(policy), false)), resource, resourceDecides);
  }

  /** The same identity at a resource with a policy of its own, such as a bucket or a topic. */
  public PolicyEvaluator at(String resourcePolicy) {
    return new PolicyEvaluator(
        identity, boundary, Optional.of(read(List.of(resourcePolicy), true)), false);
  }

  /**
   * The same identity at a resource that lets nobody in whom its policy doesn't name: a role with
   * its trust policy, or a KMS key.
   */
  public PolicyEvaluator atGuarded(String resourcePolicy) {
    return new PolicyEvaluator(
        identity, boundary, Optional.of(read(List.of(resourcePolicy), true)), true);
  }

  /** Decides on one request. */
  public Decision evaluate(Request request) {
    var all = new ArrayList<>(identity);
    boundary.ifPresent(all::addAll);
    resource.ifPresent(all::addAll);
    for (var statement : all) {
      if (statement.denies() && statement.matches(request)) {
        return new Decision(Outcome.DENIED_EXPLICIT, statement.name());
      }
    }
    var nothing = new Decision(Outcome.DENIED_IMPLICIT, "");
    if (boundary.isPresent() && first(boundary.get(), request).isEmpty()) {
      return nothing;
    }
    var byIdentity = first(identity, request);
    var byResource = first(resource.orElse(List.of()), request);
    // A resource that names an account leaves it to the account's identity policies.
    var directly = byResource.filter(statement -> !statement.namesOnlyAccountOf(request));
    var account = Glob.account(request.resource());
    boolean foreign =
        request.principal().startsWith("arn:")
            && !account.isEmpty()
            && !account.equals(Glob.account(request.principal()));
    Optional<PolicyStatement> decisive;
    if (foreign) {
      decisive = byResource.isPresent() ? byIdentity : Optional.empty();
    } else if (resourceDecides) {
      decisive = directly.or(() -> byResource.isPresent() ? byIdentity : Optional.empty());
    } else {
      decisive = byIdentity.or(() -> directly);
    }
    return decisive
        .map(statement -> new Decision(Outcome.ALLOWED, statement.name()))
        .orElse(nothing);
  }

  private static Optional<PolicyStatement> first(
      List<PolicyStatement> statements, Request request) {
    return statements.stream()
        .filter(statement -> !statement.denies() && statement.matches(request))
        .findFirst();
  }

  private static List<PolicyStatement> read(List<String> policies, boolean ofResource) {
    var statements = new ArrayList<PolicyStatement>();
    for (var policy : policies) {
      JsonObject json;
      try {
        json = JsonParser.parseString(policy).getAsJsonObject();
      } catch (JsonParseException | IllegalStateException e) {
        throw new IllegalArgumentException("is not a JSON object: " + policy, e);
      }
      PolicyStatement.refuseOthers(json, Set.of("Version", "Id", "Statement"), "policy");
      // Without this version AWS takes policy variables for plain text.
      if (!json.has("Version") || !json.get("Version").getAsString().equals("2012-10-17")) {
        throw new IllegalArgumentException("a policy has Version 2012-10-17, not: " + policy);
      }
      var given = json.get("Statement");
      if (given == null) {
        throw new IllegalArgumentException("a policy has a Statement: " + policy);
      }
      Iterable<JsonElement> elements =
          given.isJsonArray() ? given.getAsJsonArray() : List.of(given);
      for (var element : elements) {
        statements.add(PolicyStatement.read(element.getAsJsonObject(), ofResource));
      }
    }
    return List.copyOf(statements);
  }
}
