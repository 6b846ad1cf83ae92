package dev.slipway.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.plan.report.TextReport;
import dev.slipway.stackfile.StackFile;
import dev.slipway.testing.TestSources;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The house rules hold for every stack of this repository. */
class EveryStackTest {

  static List<String> stacks() {
    return StackFile.stacks(TestSources.project());
  }

  private static Plan plan(String stack) {
    return Plan.of(TestSources.project(), stack, Main::stack);
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void isInOrder(String stack) {
    var plan = plan(stack);

    assertThat(plan.problems()).isEmpty();
    assertThat(plan.findings()).filteredOn(finding -> finding.accepted() == null).isEmpty();
    assertThat(TextReport.notices(plan)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void hasAPriceForEverything(String stack) {
    assertThat(plan(stack).cost().notPriced()).isEmpty();
  }
}
