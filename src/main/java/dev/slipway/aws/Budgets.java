package dev.slipway.aws;

import dev.slipway.identity.Statement;
import java.util.List;

/** Budgets, told by the beginning of their names. */
final class Budgets {
  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:budgets/budget:Budget")
              .free()
              .named("name", 1, 100, "[^:\\\\]+")
              .replacedBy("accountId", "name", "namePrefix")
              .computes("id", "{account}:{name}")
              .computes("arn", "arn:aws:budgets::{account}:budget/{name}")
              .toRefresh(
                  any ->
                      Statement.allow("SeeBudget")
                          .actions("budgets:ListTagsForResource", "budgets:ViewBudget")
                          .resources(any.global("budgets", "budget/slipway-*"))));

  private Budgets() {}
}
