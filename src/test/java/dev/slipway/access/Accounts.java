package dev.slipway.access;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** An account with its foundation, for tests to ask who may do what in it. */
final class Accounts {
  static final String GITHUB = "token.actions.githubusercontent.com";

  private static final String ADMINISTRATOR =
      """
      {"Version": "2012-10-17",
       "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
      """;

  /** Stacks of two systems, and applications of two. */
  static final StackConfig CONFIG =
      StackConfig.yaml(
          """
          config:
            aws:region: us-east-1
            slipway:system: foundation
            slipway:github:
              repository: my-company/slipway
              ids: {owner: 1234567, repository: 7654321}
            slipway:stacks:
              - {name: staging, system: erpnext, hostedZones: [Z0123456789ABCDEFGHIJ]}
              - {name: production, system: erpnext}
              - {name: trial, system: erpnext, ephemeral: true}
              - {name: panel, system: admin-panel, hostedZones: [Z0123456789ABCDEFGHIJ]}
              - {name: preprod, system: admin-panel, ephemeral: true}
            slipway:applications:
              - name: erp
                repository: my-company/erp
                ids: {owner: 1234567, repository: 1029384756}
                environment: staging
                stack: staging
                ecr: {keep: 50}
              - name: shop
                repository: my-company/shop
                environment: main
                stack: production
                ecr: {name: shop/web}
          """);

  static final FakeStack STACK = FakeCloud.stack("foundation", CONFIG);

  private Accounts() {}

  /** What a role may do: {@code deploy-staging}. */
  static PolicyEvaluator rights(String role) {
    return STACK.policiesOf(role);
  }

  static boolean may(String role, String action, String resource, String... context) {
    return rights(role).evaluate(request(role, action, resource, context)).allowed();
  }

  /** A request by a role, with keys and values of its context in turn. */
  static Request request(String role, String action, String resource, String... context) {
    var request = Request.of(STACK.arnOf(role), action, resource);
    for (int i = 0; i < context.length; i += 2) {
      request = request.with(context[i], context[i + 1]);
    }
    return request;
  }

  /** Whether a job with this token is given the role. */
  static boolean opens(FakeStack stack, String role, Map<String, String> claims) {
    var trust = stack.trustOf(role);
    var provider = String.valueOf(stack.outputs().get("oidcProvider"));
    var request = Request.of(provider, "sts:AssumeRoleWithWebIdentity", stack.arnOf(role));
    for (var claim : claims.entrySet()) {
      request = request.with(GITHUB + ":" + claim.getKey(), claim.getValue());
    }
    return new PolicyEvaluator(List.of(ADMINISTRATOR)).atGuarded(trust).evaluate(request).allowed();
  }

  static PolicyEvaluator administrator() {
    return new PolicyEvaluator(List.of(ADMINISTRATOR));
  }

  /** The statements of all the policies that a role has. */
  static List<JsonObject> statementsOf(FakeStack stack, String role) {
    var arn = stack.arnOf(role);
    var name = arn.substring(arn.lastIndexOf('/') + 1);
    var all = new ArrayList<JsonObject>();
    for (FakeResource policy : stack.all("aws:iam/rolePolicy:RolePolicy")) {
      if (name.equals(policy.input("role"))) {
        all.addAll(statements(policy.text("policy")));
      }
    }
    for (var attachment : stack.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")) {
      if (name.equals(attachment.input("role"))) {
        stack.all("aws:iam/policy:Policy").stream()
            .filter(policy -> attachment.input("policyArn").equals(policy.output("arn")))
            .forEach(policy -> all.addAll(statements(policy.text("policy"))));
      }
    }
    return all;
  }

  /** What statements allow. */
  static Set<String> actions(List<JsonObject> statements) {
    var all = new TreeSet<String>();
    statements.stream()
        .filter(statement -> statement.get("Effect").getAsString().equals("Allow"))
        .forEach(statement -> all.addAll(texts(statement.get("Action"))));
    return all;
  }

  /** The statements of a policy. */
  static List<JsonObject> statements(String policy) {
    JsonArray array = JsonParser.parseString(policy).getAsJsonObject().getAsJsonArray("Statement");
    return array.asList().stream().map(JsonElement::getAsJsonObject).toList();
  }

  /** A policy's list of texts; none where it has no such element. */
  static List<String> texts(JsonElement element) {
    return element == null
        ? List.of()
        : element.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }
}
