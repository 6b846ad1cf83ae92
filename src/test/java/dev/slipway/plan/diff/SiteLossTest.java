package dev.slipway.plan.diff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.plan.Plan;
import dev.slipway.plan.diff.PlanDiff.Sign;
import dev.slipway.plan.preview.LossGuard;
import dev.slipway.plan.preview.PreviewComment;
import dev.slipway.plan.report.SavedPlan;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A site that a stack file no longer names is data that is lost to its users. */
class SiteLossTest {

  private static SavedPlan plan(String stack, String... sites) {
    var empty =
        SavedPlan.of(
            Plan.of(
                "tiny",
                stack,
                Map.of("aws:region", "us-east-1"),
                (config, secretKeys) -> context -> {}));
    var names =
        Stream.of(sites)
            .map("{\"name\": \"%s\", \"apps\": []}"::formatted)
            .collect(Collectors.joining(", "));
    var settings = "{\"stack\": \"%s\", \"sites\": [%s]}".formatted(stack, names);
    return new SavedPlan(
        empty.source(),
        empty.json(),
        Map.of("host/bundle/settings.json", settings.getBytes(StandardCharsets.UTF_8)));
  }

  private static LossGuard guard(String... allowed) {
    return new LossGuard("dev", List.of(), List.of(allowed));
  }

  @Test
  void aRenamedSiteIsALossThatHasToBeAllowedByName() {
    var diff =
        PlanDiff.between(
            plan("dev", "old.example.com", "other.example.com"),
            plan("dev", "new.example.com", "other.example.com"));

    assertThat(diff.resources())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.sign()).isEqualTo(Sign.REMOVED);
              assertThat(change.name()).isEqualTo("old.example.com");
              assertThat(change.losesState()).isTrue();
            });
    assertThat(new DiffText(diff).text())
        .contains("- old.example.com", "erpnext Site [stateful: site]");
    assertThat(guard().losses(diff))
        .singleElement()
        .satisfies(
            loss -> {
              assertThat(loss.allowed()).isFalse();
              assertThat(PreviewComment.inText(loss))
                  .contains(
                      "old.example.com (site) would be renamed or taken away",
                      "--allow dev/old.example.com");
            });
    assertThat(guard("dev/old.example.com").losses(diff))
        .allSatisfy(loss -> assertThat(loss.allowed()).isTrue());
    assertThat(guard().lossesOfSites(diff)).hasSize(1);
  }

  @Test
  void aSiteThatComesOrStaysIsNoLoss() {
    var more =
        PlanDiff.between(
            plan("dev", "erp.example.com"), plan("dev", "first.example.com", "erp.example.com"));

    assertThat(guard().losses(more)).isEmpty();
  }

  @Test
  void twoStacksHaveSitesOfTheirOwn() {
    var stacks = PlanDiff.between(plan("dev", "dev.example.com"), plan("prod", "prod.example.com"));

    assertThat(guard().losses(stacks)).isEmpty();
  }
}
