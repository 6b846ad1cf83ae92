package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The wait for the end of an instance refresh, with an AWS that is a fake. */
class RefreshWaitTest {
  private static final String DESCRIBE = "aws autoscaling describe-instance-refreshes";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place = new Workplace(root).fake("aws --version", "echo aws-cli/2").fake("sleep", ":");
  }

  /** What AWS answers, look after look; the last one from then on. */
  private void refresh(String... answers) {
    for (int n = 0; n < answers.length; n++) {
      place.file("answer-" + (n + 1), answers[n] + "\n");
    }
    place.fake(
        DESCRIBE,
        """
        n=$(($(cat "$FAKES/looks" 2>/dev/null || echo 0) + 1))
        [[ -e $FAKES/answer-$n ]] || n=$((n - 1))
        echo "$n" >"$FAKES/looks"
        cat "$FAKES/answer-$n\"""");
  }

  private static String of(String status, String percentage, String left, String reason) {
    return String.join("\t", "refresh-1", status, percentage, left, reason);
  }

  private Workplace.Ended run(String... more) {
    var words =
        new ArrayList<>(List.of("--group", "slipway-prod-fleet-1", "--region", "eu-west-1"));
    words.addAll(List.of(more));
    return place.run("refresh-wait.sh", words.toArray(String[]::new));
  }

  @Test
  void groupThatReplacesNothingIsNotWaitedFor() {
    for (String answer : List.of("None", of("Successful", "100", "0", "None"))) {
      refresh(answer);

      var ended = run();

      assertThat(ended.exit()).as(ended.all()).isZero();
      assertThat(ended.all()).isEmpty();
    }
    assertThat(place.calls(DESCRIBE)).hasSize(2);
    assertThat(place.calls(DESCRIBE).get(0))
        .contains("--region eu-west-1", "--auto-scaling-group-name slipway-prod-fleet-1");
  }

  @Test
  void refreshIsFollowedToItsEndAndToldOnlyWhereItChanges() {
    refresh(
        of("Pending", "null", "null", "None"),
        of("InProgress", "0", "2", "Waiting for i-1 to warm up."),
        of("InProgress", "0", "2", "Waiting for i-1 to warm up."),
        of("InProgress", "50", "1", "Waiting for i-2 to warm up."),
        of("Baking", "100", "0", "None"),
        of("Successful", "100", "0", "None"));

    var ended = run();

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.errors().lines())
        .map(line -> line.replace("refresh-wait.sh: slipway-prod-fleet-1 ", ""))
        .containsExactly(
            "replaces its hosts: Pending, 0 %",
            "replaces its hosts: InProgress, 0 %: Waiting for i-1 to warm up.",
            "replaces its hosts: InProgress, 50 %: Waiting for i-2 to warm up.",
            "replaces its hosts: Baking, 100 %",
            "has replaced its hosts");
  }

  @Test
  void refreshThatCameToAnotherEndSaysWhatIsLeftAndWhatToDo() {
    for (String end : List.of("Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed")) {
      refresh(of("InProgress", "50", "1", "None"), of(end, "50", "1", "i-2 is not healthy."));
      place.file("looks", "0\n");

      var ended = run();

      assertThat(ended.exit()).as(ended.all()).isEqualTo(1);
      assertThat(ended.errors())
          .contains(
              "refresh-1 is " + end + " at 50 %, with 1 host(s) not replaced",
              "AWS says: i-2 is not healthy.",
              "start-instance-refresh --region eu-west-1 --auto-scaling-group-name"
                  + " slipway-prod-fleet-1");
    }
  }

  @Test
  void whatIsBeingCancelledOrRolledBackIsWaitedFor() {
    for (String status : List.of("Cancelling", "RollbackInProgress")) {
      refresh(of(status, "50", "1", "None"), of("Cancelled", "50", "1", "None"));
      place.file("looks", "0\n");

      assertThat(run().errors()).contains(status + ", 50 %", "is Cancelled");
    }
  }

  @Test
  void waitHasAnEndAndTheRefreshGoesOn() {
    refresh(of("InProgress", "20", "4", "None"));

    var ended = run("--timeout", "0");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(31);
    assertThat(ended.errors()).contains("still replaces its hosts after 0 s (InProgress, 20 %)");
  }

  @Test
  void whoMayNotAskIsToldSo() {
    place.fake(
        DESCRIBE,
        """
        echo 'An error occurred (AccessDenied) when calling the DescribeInstanceRefreshes operation: no' >&2
        exit 254""");

    var ended = run();

    assertThat(ended.exit()).as(ended.all()).isEqualTo(30);
    assertThat(ended.errors()).contains("can't be asked whether it replaces hosts", "AccessDenied");
  }

  @Test
  void allThatIsWrongWithTheCommandLineIsSaidAtOnce() {
    var ended = place.run("refresh-wait.sh", "--timeout", "soon");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors())
        .contains("--group is missing", "--region is missing", "--timeout: \"soon\"");
  }
}
