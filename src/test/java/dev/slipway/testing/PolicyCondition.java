package dev.slipway.testing;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * One key of a statement's condition.
 *
 * <p>A value in the request is held against each value in the policy: one that fits is enough, and
 * of an operator that says "not", none may fit.
 */
final class PolicyCondition {
  private static final Map<String, BiPredicate<String, String>> OPERATORS = operators();

  private enum Quantifier {
    NONE,
    ALL,
    ANY
  }

  private final Quantifier quantifier;
  private final String operator;
  private final boolean negated;
  private final boolean ifExists;
  private final String key;
  private final List<String> wanted;

  private PolicyCondition(
      Quantifier quantifier,
      String operator,
      boolean negated,
      boolean ifExists,
      String key,
      List<String> wanted) {
    this.quantifier = quantifier;
    this.operator = operator;
    this.negated = negated;
    this.ifExists = ifExists;
    this.key = key;
    this.wanted = wanted;
  }

  /** By operator: whether what the policy wants (first) is what the request has. */
  private static Map<String, BiPredicate<String, String>> operators() {
    var operators = new HashMap<String, BiPredicate<String, String>>();
    operators.put("StringEquals", (wanted, given) -> Glob.plain(wanted).equals(given));
    operators.put(
        "StringEqualsIgnoreCase", (wanted, given) -> Glob.plain(wanted).equalsIgnoreCase(given));
    operators.put("StringLike", Glob::matches);
    operators.put("ArnEquals", Glob::matchesArn);
    operators.put("ArnLike", Glob::matchesArn);
    operators.put("Bool", (wanted, given) -> truth(wanted) == truth(given));
    operators.put("NumericEquals", (wanted, given) -> compare(given, wanted) == 0);
    operators.put("NumericLessThan", (wanted, given) -> compare(given, wanted) < 0);
    operators.put("NumericLessThanEquals", (wanted, given) -> compare(given, wanted) <= 0);
    operators.put("NumericGreaterThan", (wanted, given) -> compare(given, wanted) > 0);
    operators.put("NumericGreaterThanEquals", (wanted, given) -> compare(given, wanted) >= 0);
    // Whether the key is there is asked elsewhere.
    operators.put("Null", (wanted, given) -> true);
    return operators;
  }

  private static boolean truth(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("\"" + text + "\" is not true or false");
    };
  }

  private static int compare(String given, String wanted) {
    return new BigDecimal(given).compareTo(new BigDecimal(wanted));
  }

  static PolicyCondition of(String name, String key, List<String> wanted) {
    var operator = name;
    var quantifier = Quantifier.NONE;
    if (operator.startsWith("ForAllValues:")) {
      quantifier = Quantifier.ALL;
    } else if (operator.startsWith("ForAnyValue:")) {
      quantifier = Quantifier.ANY;
    }
    if (quantifier != Quantifier.NONE) {
      operator = operator.substring(operator.indexOf(':') + 1);
    }
    boolean ifExists = operator.endsWith("IfExists");
    if (ifExists) {
      operator = operator.substring(0, operator.length() - "IfExists".length());
    }
    boolean negated = operator.matches("(String|Arn|Numeric)Not[A-Z].*");
    if (negated) {
      operator = operator.replaceFirst("Not", "");
    }
    if (!OPERATORS.containsKey(operator)
        || negated && operator.matches("Numeric.*Than.*")
        || operator.equals("Null") && (ifExists || quantifier != Quantifier.NONE)) {
      throw new IllegalArgumentException(
          "a condition with \"" + name + "\" on " + key + " can't be judged");
    }
    if (operator.equals("Null") || operator.equals("Bool")) {
      wanted.forEach(PolicyCondition::truth);
    }
    return new PolicyCondition(quantifier, operator, negated, ifExists, key, wanted);
  }

  boolean holds(Map<String, List<String>> context) {
    var given = context.getOrDefault(key, List.of());
    if (operator.equals("Null")) {
      return wanted.stream().anyMatch(absent -> truth(absent) == given.isEmpty());
    }
    if (given.isEmpty()) {
      return ifExists || quantifier == Quantifier.ALL || quantifier == Quantifier.NONE && negated;
    }
    Predicate<String> fits =
        value ->
            negated
                != wanted.stream()
                    .anyMatch(
                        each ->
                            Glob.resolve(each, context, negated)
                                .filter(known -> OPERATORS.get(operator).test(known, value))
                                .isPresent());
    if (quantifier == Quantifier.ALL) {
      return given.stream().allMatch(fits);
    }
    if (quantifier == Quantifier.ANY) {
      return given.stream().anyMatch(fits);
    }
    if (given.size() > 1) {
      throw new IllegalArgumentException(
          key + " has the values " + given + ", which needs ForAllValues or ForAnyValue");
    }
    return fits.test(given.get(0));
  }
}
