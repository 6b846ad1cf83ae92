package dev.slipway.plan.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diagram.Diagram;
import dev.slipway.plan.diagram.Mermaid;
import dev.slipway.testing.TestSources;
import org.junit.jupiter.api.Test;

/** What the plan says of those who come from GitHub. */
class WorkflowReportTest {
  private static final Plan PLAN = Plan.of(TestSources.project(), "foundation", Main::stack);

  @Test
  void saysWhoseJobsTakeARole() {
    assertThat(new TextReport(PLAN).text())
        .contains(
            "staging-deploy-role, taken by jobs on GitHub:"
                + " repo:my-company/slipway:environment:staging\n")
        .contains("where kms:ResourceAliases has alias/slipway")
        .contains("where there is no aws:ResourceTag/slipway:owner")
        .contains("nobody: the stack has no network");
  }

  @Test
  void saysWhatBoundsTheRolesOfOthers() {
    assertThat(new TextReport(PLAN).text())
        .contains("staging-boundary, taken by nobody: the most that roles can do which carry it");
  }

  @Test
  void drawsWhoTakesWhat() {
    var drawn = Mermaid.of(Diagram.of(PLAN));

    assertThat(drawn)
        .contains("my-company/erp<br/>jobs on GitHub<br/>environment staging")
        .contains("slipway-build-erp<br/>role")
        .contains("reads, writes");
    assertThat(Diagram.of(PLAN).footer()).endsWith("Policies are not drawn.");
  }
}
