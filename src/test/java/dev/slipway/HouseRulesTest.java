package dev.slipway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.plan.Plan;
import dev.slipway.plan.rules.Finding;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.Staging;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of the house, over the whole graph of every stack of the repository. */
class HouseRulesTest {
  private static Plan plan(StackConfig config) {
    var plan = Plan.of("slipway", "staging", config.values(), Main::stack);
    assertThat(plan.problems()).isEmpty();
    return plan;
  }

  private static List<String> failures(Plan plan) {
    return plan.findings().stream().filter(Finding::fails).map(Finding::rule).distinct().toList();
  }

  @ParameterizedTest
  @MethodSource("dev.slipway.MainTest#stacks")
  void holdForEveryStack(String stack) {
    var plan = Plan.of(Path.of(""), stack, Main::stack);

    assertThat(plan.problems()).isEmpty();
    assertThat(plan.findings()).filteredOn(Finding::fails).isEmpty();
    assertThat(plan.graph().resources()).hasSizeGreaterThan(20);
  }

  @Test
  void holdWithEverythingTurnedOn() {
    var everything =
        Staging.config()
            .with("slipway:network.flowLogs", true)
            .with("slipway:alerts.email", "ops@example.com")
            .with("slipway:alerts.cloudwatchAgent", true)
            .with("slipway:backup.objectLockDays", 14)
            .with("slipway:dns.zoneId", "Z0123456789ABCDEFGHIJ")
            .with("slipway:host.sshFrom", List.of("192.0.2.0/24"))
            .with(
                "slipway:host.schedule",
                Map.of("stop", "0 20 * * MON-FRI", "start", "0 6 * * MON-FRI"))
            .with(
                "slipway:identity.permissionsBoundary", "arn:aws:iam::123456789012:policy/boundary")
            .with("slipway:erpnext.image.name", "123456789012.dkr.ecr.us-east-1.amazonaws.com/erp");

    assertThat(failures(plan(everything))).isEmpty();
  }

  @Test
  void nameWhatHasLostItsProtection() {
    var open =
        Staging.config().with("slipway:host.protect", false).with("slipway:backup.protect", false);

    assertThat(plan(open).findings())
        .filteredOn(finding -> finding.rule().equals("unprotected"))
        .extracting(Finding::resource)
        .containsExactlyInAnyOrder("host-data", "host-address", "backup-bucket");
  }

  @Test
  void showAHostWhoseContainersTakeItsRole() {
    assertThat(plan(Staging.config().with("slipway:host.metadataHopLimit", 2)).findings())
        .extracting(Finding::rule)
        .contains("metadata-hop-limit");
  }
}
