package dev.slipway.plan.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.plan.Plan;
import dev.slipway.plan.report.TextReport;
import dev.slipway.testing.TestSources;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The page about the plan lists the rules that there are. */
class PlanDocTest {

  @Test
  void listsEveryRuleWithItsReason() throws IOException {
    var lines = Files.readAllLines(TestSources.project().resolve("docs/plan.md"));
    var rules =
        Rules.names().entrySet().stream()
            .map(
                rule ->
                    "| `%s` | %s | %s |"
                        .formatted(
                            rule.getKey(),
                            Rules.severity(rule.getKey()).name().toLowerCase(Locale.ROOT),
                            rule.getValue()))
            .toList();

    assertThat(lines.stream().filter(line -> line.startsWith("| `") && line.endsWith(". |")))
        .containsExactlyElementsOf(rules);
  }

  @Test
  void theAdminPanelsPageHasThePlansNumbers() throws IOException {
    var page = Files.readString(TestSources.project().resolve("docs/admin-panel.md"));
    var qa = Plan.of(TestSources.project(), "admin-qa", Main::stack);
    var production = Plan.of(TestSources.project(), "admin-prod", Main::stack);

    assertThat(page)
        .contains("| resources | %s | %s |".formatted(resources(qa), resources(production)))
        .contains(
            "| a month, us-east-1, in US dollars | %s | %s |"
                .formatted(qa.cost().total(), production.cost().total()));
    assertThat(Files.readString(TestSources.project().resolve("README.md")))
        .contains(
            "%s in QA, %s in production".formatted(qa.cost().total(), production.cost().total()));
  }

  /** As the plan's first line counts them. */
  private static String resources(Plan plan) {
    return new TextReport(plan).text().replaceAll("(?s)^.*?: (\\d+) resources.*", "$1");
  }

  @Test
  void theFrontPageHasThePlansSum() throws IOException {
    assertThat(Files.readString(TestSources.project().resolve("README.md")))
        .contains(
            "| **total** | **%s** |"
                .formatted(Plan.of(TestSources.project(), "staging", Main::stack).cost().total()));
  }
}
