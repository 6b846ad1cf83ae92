package dev.slipway.system;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Branch;
import dev.slipway.core.Check;
import dev.slipway.core.Place;
import dev.slipway.core.Problem;
import dev.slipway.core.Suggestion;
import dev.slipway.plan.rules.Rules;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the settings of every system have. */
public interface SystemSettings {
  /** What {@link #account} is, for docs/settings.md. */
  String ACCOUNT =
      "The number of the account that the stack belongs in, in quotes; every other one is refused.";

  /** What {@link #branch} is, for docs/settings.md. */
  String BRANCH = "The branch whose pushes bring the stack up to date; none leaves that to people.";

  /** What {@link #promotedFrom} is, for docs/settings.md. */
  String PROMOTED_FROM =
      "The stack where a commit or image has to have served before production.yml and"
          + " ./slipway promote release it here; none lets nothing be promoted.";

  /** What {@link #ephemeral} is, for docs/settings.md. */
  String EPHEMERAL =
      "The stack is thrown away after use: nothing is protected, and buckets go with all that is in"
          + " them.";

  /** What {@link #plain} is, for docs/settings.md. */
  String PLAIN =
      "Settings that look like a secret and are none: the setting, as in"
          + " apps.web.environment.MAP_KEY, and the reason. The plan shows them.";

  /** The stack's own tags. */
  Map<String, String> tags();

  /** The account that the stack belongs in. */
  Optional<String> account();

  /** Whose pushes bring the stack up to date; read by scripts. */
  Optional<String> branch();

  /** Where what is promoted to the stack has to have served; read by scripts. */
  Optional<String> promotedFrom();

  /** Whether nothing of the stack is protected. */
  boolean ephemeral();

  /** The house rules that the stack breaks on purpose, each with its reason. */
  Map<String, String> accept();

  /** The settings that look like a secret and are none, each with its reason. */
  Map<String, String> plain();

  /** What doesn't fit the region that the stack is in. */
  List<Problem> problemsIn(String region);

  /** Builds the system; returns what {@code pulumi up} prints at its end. */
  Map<String, Output<?>> build(String name, Place place, ComponentResourceOptions options);

  /** Notes what is wrong with the settings that every system has. */
  static void check(
      Check check,
      Optional<String> account,
      Optional<String> branch,
      Optional<String> promotedFrom,
      Map<String, String> accept) {
    check
        .that(
            account.map(number -> number.matches("[0-9]{12}")).orElse(true),
            "account",
            "\""
                + account.orElse("")
                + "\" is not the number of an account: twelve digits, in quotes, since YAML takes"
                + " off zeros in front")
        .none(branch.flatMap(Branch::problem), "branch")
        .that(
            promotedFrom.map(name -> name.matches("[a-z][a-z0-9-]{0,30}")).orElse(true),
            "promotedFrom",
            "\"" + promotedFrom.orElse("") + "\" is not the name of a stack");
    accept.forEach(
        (rule, reason) ->
            check
                .that(
                    Rules.names().containsKey(rule),
                    "accept." + rule,
                    "is no rule of this house" + Suggestion.sentence(rule, Rules.names().keySet()))
                .that(
                    !reason.isBlank(),
                    "accept." + rule,
                    "has no reason; say why, for who reads it"));
  }
}
