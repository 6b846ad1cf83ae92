package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AutoScalingTest {

  private static final String TEMPLATE = "lt-1";
  private static final String GROUP = "fleet";

  private final List<String> diary = new ArrayList<>();
  private final Map<String, String> subnets = new LinkedHashMap<>();
  private final Map<String, Object> templates = new LinkedHashMap<>();
  private final Set<String> running = new LinkedHashSet<>();
  private final Set<String> unhealthy = new LinkedHashSet<>();
  private final Set<String> stuck = new LinkedHashSet<>();
  private final List<Runnable> rollouts = new ArrayList<>();
  private Instant now = Instant.parse("2026-11-21T12:00:00Z");

  private final AutoScaling scaling =
      new AutoScaling(
          new AutoScaling.Hardware() {
            @Override
            public String launch(
                String group,
                Map<String, Object> template,
                String subnet,
                Map<String, String> tags) {
              String id = "i-" + (subnets.size() + 1);
              diary.add("launch " + id);
              subnets.put(id, subnet);
              templates.put(id, template.get("imageId"));
              running.add(id);
              return id;
            }

            @Override
            public void terminate(String id) {
              diary.add("terminate " + id);
              running.remove(id);
            }

            @Override
            public boolean isRunning(String id) {
              return running.contains(id);
            }

            @Override
            public boolean isManaged(String id) {
              // What waits for a machine that never comes sees time go by.
              now = now.plus(Duration.ofMinutes(10));
              return running.contains(id) && !stuck.contains(id);
            }
          },
          new AutoScaling.Targets() {
            @Override
            public void register(String targetGroup, String id) {
              diary.add("register " + id);
            }

            @Override
            public void deregister(String targetGroup, String id) {
              diary.add("deregister " + id);
            }

            @Override
            public void awaitDrained(String targetGroup, String id) {
              diary.add("drained " + id);
            }

            @Override
            public boolean isUnhealthy(String targetGroup, String id) {
              return unhealthy.contains(id);
            }

            @Override
            public boolean isHealthy(String targetGroup, String id) {
              return !unhealthy.contains(id);
            }
          },
          () -> now,
          rollouts::add);

  @BeforeEach
  void template() {
    scaling.addVersion(TEMPLATE, Map.of("imageId", "ami-1"));
  }

  private static AutoScaling.Wanted wanted(int size, String version, boolean asksBalancer) {
    return new AutoScaling.Wanted(
        size,
        1,
        4,
        TEMPLATE,
        version,
        List.of("subnet-a", "subnet-b"),
        Map.of(),
        asksBalancer,
        Duration.ofMinutes(15),
        Duration.ofMinutes(5));
  }

  private void group(int size) {
    scaling.put(GROUP, wanted(size, "$Default", false), List.of("api"));
  }

  @Test
  void machinesSpreadOverTheZones() {
    group(3);

    assertThat(subnets.values()).containsExactly("subnet-a", "subnet-b", "subnet-a");
    assertThat(diary).contains("register i-1", "register i-2", "register i-3");
  }

  @Test
  void deadMachineIsReplacedInItsZone() {
    group(2);
    running.remove("i-2");
    scaling.ended("i-2");

    assertThat(scaling.replaceDead()).containsExactly("i-3");
    assertThat(subnets).containsEntry("i-3", "subnet-b");
    assertThat(scaling.members(GROUP)).containsExactly("i-1", "i-3");
  }

  @Test
  void stoppedMachineIsTerminatedAndReplaced() {
    group(1);
    running.remove("i-1");

    assertThat(scaling.replaceDead()).containsExactly("i-2");
    assertThat(diary).endsWith("deregister i-1", "terminate i-1", "launch i-2", "register i-2");
  }

  @Test
  void healthyMachinesAreLeftAlone() {
    group(2);
    assertThat(scaling.replaceDead()).isEmpty();
  }

  @Test
  void unhealthyTargetIsReplacedWhereTheGroupAsksItsBalancer() {
    group(1);
    unhealthy.add("i-1");
    now = now.plus(Duration.ofMinutes(16));
    assertThat(scaling.replaceDead()).isEmpty();

    scaling.put(GROUP, wanted(1, "$Default", true), List.of("api"));
    assertThat(scaling.replaceDead()).containsExactly("i-2");
  }

  @Test
  void unhealthyTargetHasTimeToBoot() {
    scaling.put(GROUP, wanted(1, "$Default", true), List.of("api"));
    unhealthy.add("i-1");
    now = now.plus(Duration.ofMinutes(14));

    assertThat(scaling.replaceDead()).isEmpty();
  }

  @Test
  void loadMakesAsManyMachinesAsBringItToTheTarget() {
    group(1);
    scaling.putPolicy(GROUP, "cpu", 60);

    assertThat(scaling.load(GROUP, 60)).isEmpty();
    assertThat(scaling.load(GROUP, 150)).containsExactly("i-2", "i-3");
    assertThat(scaling.load(GROUP, 100)).as("four at most").containsExactly("i-4");
    assertThat(scaling.size(GROUP)).isEqualTo(4);
  }

  @Test
  void aGroupHasAsManyMachinesAsItIsAskedForWithinItsBounds() {
    group(2);

    assertThat(scaling.resize(GROUP, 3)).containsExactly("i-3");
    assertThat(scaling.resize(GROUP, 1)).isEmpty();
    assertThat(scaling.members(GROUP)).hasSize(1);
    for (var refused : Map.of(5, "above max value 4", 0, "below min value 1").entrySet()) {
      assertThatThrownBy(() -> scaling.resize(GROUP, refused.getKey()))
          .hasMessageContaining(refused.getValue());
    }
    assertThat(scaling.size(GROUP)).isEqualTo(1);
  }

  @Test
  void lessLoadTakesOneMachineAtATimeAndLeavesTheFewest() {
    group(3);
    scaling.putPolicy(GROUP, "cpu", 60);

    assertThat(scaling.load(GROUP, 50)).as("two would be busier than that").isEmpty();
    assertThat(scaling.members(GROUP)).hasSize(3);
    for (int left : new int[] {2, 1, 1}) {
      scaling.load(GROUP, 5);
      assertThat(scaling.members(GROUP)).hasSize(left);
    }
  }

  @Test
  void loadChangesNothingWithoutAPolicy() {
    group(1);
    scaling.putPolicy(GROUP, "cpu", 60);
    scaling.removePolicy(GROUP, "cpu");

    assertThat(scaling.load(GROUP, 100)).isEmpty();
  }

  @Test
  void smallerGroupDrainsBeforeItTerminates() {
    group(2);
    diary.clear();
    group(1);

    assertThat(diary).containsExactly("deregister i-1", "drained i-1", "terminate i-1");
    assertThat(scaling.members(GROUP)).containsExactly("i-2");
  }

  /** A group of two, whose template has a new version since it was made. */
  private void outdated(boolean asksBalancer) {
    group(2);
    int version = scaling.addVersion(TEMPLATE, Map.of("imageId", "ami-2"));
    scaling.put(GROUP, wanted(2, String.valueOf(version), asksBalancer), List.of("api"));
    diary.clear();
  }

  private AutoScaling.Refresh refreshed() {
    scaling.refresh(GROUP, Duration.ofMinutes(30));
    rollouts.remove(0).run();
    return scaling.refreshes(GROUP).get(0);
  }

  @Test
  void newVersionMakesNewMachinesWhenTheGroupIsRefreshed() {
    outdated(false);
    assertThat(templates.values()).containsOnly("ami-1");

    assertThat(refreshed().status()).isEqualTo("Successful");
    assertThat(templates).containsEntry("i-3", "ami-2").containsEntry("i-4", "ami-2");
    assertThat(diary)
        .containsExactly(
            "launch i-3",
            "register i-3",
            "deregister i-1",
            "drained i-1",
            "terminate i-1",
            "launch i-4",
            "register i-4",
            "deregister i-2",
            "drained i-2",
            "terminate i-2");
  }

  @Test
  void refreshIsPendingUntilItHasBegunAndHasAHundredPercentInTheEnd() {
    outdated(false);
    String id = scaling.refresh(GROUP, Duration.ofMinutes(30));

    var pending = scaling.refreshes(GROUP).get(0);
    assertThat(pending.id()).isEqualTo(id);
    assertThat(pending.status()).isEqualTo("Pending");
    assertThat(pending.left()).isEqualTo(2);
    assertThat(pending.end()).isNull();
    rollouts.get(0).run();
    var over = scaling.refreshes(GROUP).get(0);
    assertThat(over.percentage()).isEqualTo(100);
    assertThat(over.left()).isZero();
    assertThat(over.end()).isEqualTo(now);
  }

  @Test
  void refreshWhoseNewMachineNeverComesFailsAndLeavesTheOthers() {
    outdated(false);
    stuck.add("i-4");

    var refresh = refreshed();

    assertThat(refresh.status()).isEqualTo("Failed");
    assertThat(refresh.reason()).contains("i-4 is not healthy");
    assertThat(refresh.percentage()).isEqualTo(50);
    assertThat(refresh.left()).isEqualTo(1);
    assertThat(scaling.members(GROUP)).contains("i-2", "i-3");
  }

  @Test
  void machineThatServesNothingWarmsUpAndThenWillDo() {
    outdated(false);
    unhealthy.add("i-3");

    assertThat(refreshed().status()).isEqualTo("Successful");
  }

  @Test
  void machineThatServesNothingWontDoWhereTheGroupAsksItsBalancer() {
    outdated(true);
    unhealthy.add("i-3");

    assertThat(refreshed().status()).isEqualTo("Failed");
  }

  @Test
  void oneRefreshIsUnderWayAtATimeUntilItIsCancelled() {
    outdated(false);
    scaling.refresh(GROUP, Duration.ofMinutes(30));

    assertThatThrownBy(() -> scaling.refresh(GROUP, Duration.ofMinutes(30)))
        .isInstanceOfSatisfying(
            AwsError.class, e -> assertThat(e.code()).isEqualTo("InstanceRefreshInProgress"));
    scaling.cancelRefresh(GROUP);
    rollouts.remove(0).run();

    assertThat(diary).isEmpty();
    assertThat(scaling.refreshes(GROUP).get(0).status()).isEqualTo("Cancelled");
    assertThat(refreshed().status()).isEqualTo("Successful");
    assertThat(scaling.refreshes(GROUP)).hasSize(2);
  }

  @Test
  void targetGroupThatComesLaterGetsTheMachinesThatAreThere() {
    scaling.put(GROUP, wanted(1, "$Default", false), List.of());
    scaling.attach(GROUP, "api");
    scaling.attach(GROUP, "api");

    assertThat(diary).containsExactly("launch i-1", "register i-1");
  }

  @Test
  void groupThatIsRemovedTakesItsMachinesAlong() {
    group(2);
    scaling.remove(GROUP);

    assertThat(running).isEmpty();
    assertThat(scaling.exists(GROUP)).isFalse();
  }

  @Test
  void templateOrVersionThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> scaling.put(GROUP, wanted(1, "7", false), List.of()))
        .isInstanceOf(AwsError.class)
        .hasMessageContaining("7");
    scaling.removeTemplate(TEMPLATE);
    assertThatThrownBy(() -> scaling.put(GROUP, wanted(1, "1", false), List.of()))
        .isInstanceOf(AwsError.class)
        .hasMessageContaining(TEMPLATE);
  }
}
