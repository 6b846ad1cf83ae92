package dev.slipway.plan.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import dev.slipway.core.Stack;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diff.Replacing;
import dev.slipway.plan.graph.Resource;
import dev.slipway.testing.StackConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever name a stack may have, AWS takes all names that are made from it. */
class StackNamesTest {

  /** The extremes, and some that nobody thought of; the same ones every time. */
  static List<String> names() {
    var names = new ArrayList<>(List.of("a", "a-1", "abcdefghijklmnopq", "a-b-c-d-e-f-g-h-i"));
    var random = new Random(24);
    while (names.size() < 7) {
      var name = new StringBuilder();
      int length = 1 + random.nextInt(20);
      for (int i = 0; i < length; i++) {
        name.append("abcxyz019-".charAt(random.nextInt(10)));
      }
      if (Stack.isName(name.toString())) {
        names.add(name.toString());
      }
    }
    return names;
  }

  @ParameterizedTest
  @MethodSource("names")
  void yieldNamesThatAwsTakes(String name) {
    var alone =
        StackConfig.file("staging")
            .with("slipway:network.flowLogs", true)
            .with(
                "slipway:host.schedule",
                Map.of("stop", "0 20 * * MON-FRI", "start", "0 6 * * MON-FRI"));
    var fleet = StackConfig.file("admin-qa");
    var durable =
        fleet
            .with("slipway:cache.persistence", "durable")
            .with("slipway:cache.nodeType", "db.t4g.small");

    var service = StackConfig.file("fastapi-prod").without("slipway:promotedFrom");
    var dumps = StackConfig.file("grocery-prod").without("slipway:promotedFrom");

    Stream.of(alone, fleet, durable, service, dumps)
        .forEach(
            config -> {
              var plan = Plan.of("slipway", name, config.values(), Main::stack);
              assertThat(plan.problems()).isEmpty();
              assertThat(plan.findings())
                  .filteredOn(finding -> finding.rule().endsWith("-limits"))
                  .isEmpty();
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a-",
        "a--b",
        "-a",
        "1a",
        "A",
        "abcdefghijklmnopqr",
        "a234567890-234567890",
        "a_b",
        ""
      })
  void othersAreRefusedBeforeAnythingIsMade(String name) {
    assertThat(Stack.isName(name)).isFalse();
    if (!name.isEmpty()) {
      assertThat(
              Plan.of("slipway", name, StackConfig.file("staging").values(), Main::stack)
                  .problems())
          .anyMatch(problem -> problem.contains("at most 17 of a-z, 0-9 and -"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "staging",
        "admin-qa",
        "admin-prod",
        "fastapi-dev",
        "fastapi-prod",
        "grocery-dev",
        "grocery-prod"
      })
  void everyNamedTypeOfAStackHasItsLimit(String stack) {
    var plan = Plan.of("slipway", stack, StackConfig.file(stack).values(), Main::stack);

    assertThat(
            plan.graph().resources().stream()
                .filter(resource -> resource.type().startsWith("aws:"))
                .filter(
                    resource ->
                        Replacing.inputs(resource.type()).contains("name")
                            && !resource.type().startsWith("aws:route53/"))
                .map(Resource::type))
        .isSubsetOf(
            Catalog.types().stream()
                .filter(type -> !type.names().isEmpty())
                .map(AwsType::token)
                .toList());
  }
}
