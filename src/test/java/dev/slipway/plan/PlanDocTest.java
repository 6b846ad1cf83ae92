package dev.slipway.plan;

import static org.assertj.core.api.Assertions.assertThat;

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
}
