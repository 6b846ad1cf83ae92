package dev.slipway.access;

import static dev.slipway.access.Accounts.STACK;
import static dev.slipway.access.Accounts.statements;
import static dev.slipway.access.Accounts.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.slipway.core.Resources;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That AWS takes the policies, and knows what is in them. */
class PolicyFormTest {
  private static final String KEY = "arn:aws:kms:us-east-1:123456789012:key/1234";

  @Test
  void policiesAreNoLargerThanAwsTakes() {
    for (var policy : STACK.all("aws:iam/policy:Policy")) {
      assertThat(policy.text("policy").replaceAll("\\s", "").length())
          .as(policy.name())
          .isLessThanOrEqualTo(PolicyPacking.MOST_CHARACTERS);
    }
    var inline = new HashMap<String, Integer>();
    for (var policy : STACK.all("aws:iam/rolePolicy:RolePolicy")) {
      inline.merge(
          String.valueOf(policy.input("role")),
          policy.text("policy").replaceAll("\\s", "").length(),
          Integer::sum);
    }
    assertThat(inline.values()).isNotEmpty().allMatch(size -> size <= 10240);
    var attached = new HashMap<String, Integer>();
    for (var attachment : STACK.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")) {
      attached.merge(String.valueOf(attachment.input("role")), 1, Integer::sum);
    }
    assertThat(attached.values()).isNotEmpty().allMatch(count -> count <= 10);
  }

  /**
   * What AWS knows of an action: the types of resources, and the keys that it can be asked about.
   */
  private record Known(Map<String, Set<String>> types) {}

  private static Map<String, Known> reference() {
    var all = new HashMap<String, Known>();
    for (var line : Resources.text(PolicyFormTest.class, "actions.txt").lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      var words = line.split(" ");
      var types = new HashMap<String, Set<String>>();
      for (int i = 1; i < words.length; i++) {
        var parts = words[i].split("=", 2);
        types.put(parts[0], parts[1].isEmpty() ? Set.of() : Set.of(parts[1].split(",")));
      }
      all.put(words[0], new Known(types));
    }
    return all;
  }

  @Test
  void everyActionAndConditionIsOneThatAwsKnows() {
    var reference = reference();
    var wrong = new TreeSet<String>();
    var policies =
        Stream.concat(
                STACK.all("aws:iam/policy:Policy").stream(),
                STACK.all("aws:iam/rolePolicy:RolePolicy").stream())
            .map(policy -> policy.text("policy"));
    for (var policy : policies.toList()) {
      for (var statement : statements(policy)) {
        boolean allows = statement.get("Effect").getAsString().equals("Allow");
        for (var action : texts(statement.get("Action"))) {
          if (action.equals("kms:GenerateDataKey*")) {
            action = "kms:GenerateDataKey";
          }
          var known = reference.get(action);
          if (known == null) {
            wrong.add(action + " is no action, or actions.txt is older than it");
            continue;
          }
          if (!allows) {
            continue;
          }
          for (var resource : texts(statement.get("Resource"))) {
            if (resource.equals("*")
                && known.types().keySet().stream().anyMatch(t -> !t.equals("-"))
                && !action.matches(
                    "ec2:Describe.*|ssm:(PutComplianceItems|UpdateInstanceInformation)")) {
              wrong.add(action + " takes resources, and is allowed on everything");
            }
          }
          for (var condition : conditionKeys(statement)) {
            var form = condition.replaceFirst("(/|:EncryptionContext:).*", "$1");
            if (known.types().values().stream().noneMatch(keys -> keys.contains(form))) {
              wrong.add(action + " knows no " + condition);
            }
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static Set<String> conditionKeys(JsonObject statement) {
    var keys = new TreeSet<String>();
    if (statement.has("Condition")) {
      statement
          .getAsJsonObject("Condition")
          .entrySet()
          .forEach(operator -> keys.addAll(operator.getValue().getAsJsonObject().keySet()));
    }
    return keys;
  }

  @Test
  void theEvaluatorJudgesByAliasesAsAwsDoes() {
    var policy =
        """
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt",
          "Resource": "*", "Condition":
          {"ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/slipway"]}}}]}
        """;
    var request = Request.of("arn:aws:iam::123456789012:role/x", "kms:Decrypt", KEY);
    var evaluator = new PolicyEvaluator(List.of(policy));

    assertThat(evaluator.evaluate(request).allowed()).isFalse();
    assertThat(
            evaluator
                .evaluate(request.with("kms:ResourceAliases", "alias/other", "alias/slipway"))
                .allowed())
        .isTrue();
  }
}
