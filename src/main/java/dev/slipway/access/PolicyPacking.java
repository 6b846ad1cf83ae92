package dev.slipway.access;

import dev.slipway.identity.Policy;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Statements in as few policies as hold them: a role takes ten, and more statements than that.
 *
 * <p>How large policies get is said in the <a
 * href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html">IAM user
 * guide</a>.
 */
final class PolicyPacking {
  /** A policy that is a resource of its own takes 6,144 characters. */
  static final int MOST_CHARACTERS = 6144;

  private PolicyPacking() {}

  /** The statements of each policy, in the order in which they are given. */
  static List<List<Statement>> of(List<Statement> statements) {
    var policies = new ArrayList<List<Statement>>();
    for (var statement : statements) {
      var room =
          policies.stream()
              .filter(policy -> size(policy, statement) <= MOST_CHARACTERS)
              .findFirst();
      room.ifPresentOrElse(
          policy -> policy.add(statement), () -> policies.add(new ArrayList<>(List.of(statement))));
    }
    return policies;
  }

  /** One policy, of which a role can have no second: in fewer characters where it needs that. */
  static String inOne(List<Statement> statements) {
    var plain = Policy.of(statements);
    return plain.length() <= MOST_CHARACTERS ? plain : Policy.tight(statements);
  }

  private static int size(List<Statement> policy, Statement more) {
    var all = new ArrayList<>(policy);
    all.add(more);
    return Policy.of(all).length();
  }
}
