package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.UserData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One document on several instances, one after another, with an AWS that is a fake. */
class RollingTest {
  private static final String FIRST = "i-0aaaaaaaaaaaaaaaa";
  private static final String SECOND = "i-0bbbbbbbbbbbbbbbb";
  private static final String THIRD = "i-0cccccccccccccccc";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() throws IOException {
    place = new Workplace(root);
    place
        .fake("aws ssm get-parameter", "printf '{\"bundle\": {\"bucket\": \"artifacts\"}}\\n'")
        .fake(
            "aws s3api",
            Files.readString(Path.of("src/test/resources/dev/slipway/scripts/s3api.sh")))
        .fake("sleep", ":")
        .fake("aws --version", "echo aws-cli/2")
        .fake(
            "aws ec2 describe-instances",
            "printf '%s\\trunning\\n' " + String.join(" ", THIRD, FIRST, SECOND))
        .fake("aws ssm describe-instance-information", "printf 'Online\\t4.0.1.0\\n'")
        // The command's id is the instance's, so that its invocation knows where it is.
        .fake(
            "aws ssm send-command",
            """
            words=" $* " file=${words#*file://} file=${file%% *}
            sed -n 's/.*"InstanceIds":\\["\\(i-[0-9a-f]*\\)"\\].*/\\1/p' "$file\"""")
        .fake(
            "aws ssm get-command-invocation",
            """
            words=" $* " host=${words#*--instance-id } host=${host%% *}
            if [[ -e $FAKES/says-$host ]]; then
              cat "$FAKES/says-$host"
            elif [[ -e $FAKES/fails-$host ]]; then
              printf 'Failed\\037Failed\\03720\\037\\037\\037'
            else
              printf 'Success\\037Success\\0370\\037\\037\\037'
            fi""")
        .fake(
            "aws logs filter-log-events",
            """
            words=" $* " stream=${words#*--log-stream-name-prefix } stream=${stream%% *}
            printf '1\\037event\\037%s/stdout\\037slipway: done\\036' "$stream\"""");
  }

  private Workplace.Ended run(String... more) {
    var words = new ArrayList<>(List.of("--document", "slipway-prod-configure", "--stack", "prod"));
    words.addAll(List.of("--region", "us-east-1"));
    words.addAll(List.of(more));
    return place.run("ssm-run.sh", words.toArray(String[]::new));
  }

  private List<String> reached() {
    return place.calls("aws ssm get-command-invocation").stream()
        .map(call -> call.replaceAll(".*--instance-id (\\S+).*", "$1"))
        .distinct()
        .toList();
  }

  @Test
  void instancesAreDoneOneAfterAnotherByTheirIds() {
    var ended = run("--rolling");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(reached()).containsExactly(FIRST, SECOND, THIRD);
    assertThat(place.calls("aws ssm send-command")).hasSize(3);
    assertThat(ended.errors()).contains(SECOND + ", 2 of 3");
  }

  @Test
  void whatComesAfterOneThatFailsIsNotBegun() {
    place.file("fails-" + SECOND, "");

    var ended = run("--rolling");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(20);
    assertThat(reached()).containsExactly(FIRST, SECOND);
    assertThat(ended.errors())
        .contains("stopped after " + SECOND + ", which failed: nothing was run on " + THIRD);
  }

  @Test
  void oneThatWasNotFinishedDidNotFailAndWasNotLost() {
    place.file("says-" + SECOND, String.join("\037", "Failed", "Failed", "22", "", "", ""));

    var ended = run("--rolling");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(22);
    assertThat(ended.errors())
        .contains("did what was asked for, and was not finished")
        .contains("stopped after " + SECOND + ", which has what was asked for, and was not")
        .contains("nothing was run on " + THIRD + "; it ended well on " + FIRST)
        .doesNotContain("lost sight");
  }

  /** What Systems Manager says of a command whose end nobody has seen. */
  @ParameterizedTest
  @CsvSource({
    "TimedOut, Execution Timed Out, -1",
    "TimedOut, ExecutionTimedOut, -1",
    "TimedOut, Delivery Timed Out, -1",
    "TimedOut, DeliveryTimedOut, -1",
    "Failed, Undeliverable, -1",
    "Cancelled, Cancelled, -1",
    "Cancelled, Terminated, -1",
    "Failed, Failed, 137",
    "Failed, Failed, 143",
    "Failed, Failed, -1"
  })
  void whatIsNotKnownHasAStatusOfItsOwn(String status, String details, String code) {
    place.file("says-" + SECOND, String.join("\037", status, details, code, "", "", ""));

    var ended = run("--rolling");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(32);
    assertThat(reached()).containsExactly(FIRST, SECOND);
    assertThat(ended.errors())
        .contains("it is not known how slipway-prod-configure ended", "which was lost sight of");
  }

  /** A script that broke off somewhere doesn't say how it left its host. */
  @ParameterizedTest
  @CsvSource({
    "release, 1, 1",
    "release, 10, 10",
    "release, 11, 11",
    "release, 20, 20",
    "rollback, 21, 21",
    "release, 5, 32",
    "rollback, 127, 32",
    "restore, 2, 32",
    "configure, 100, 100",
    "status, 5, 5"
  })
  void aVerbsOwnStatusesArePassedOn(String verb, String code, int expected) {
    place.file("says-" + FIRST, String.join("\037", "Failed", "Failed", code, "", "", ""));

    var ended =
        place.run(
            "ssm-run.sh",
            "--document",
            "slipway-prod-" + verb,
            "--instance",
            FIRST,
            "--region",
            "us-east-1");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ExpiredTokenException", "AccessDeniedException"})
  void losingTheConnectionInMidRunIsNotKnownToBeAFailure(String code) {
    place.fake(
        "aws ssm get-command-invocation",
        "echo 'An error occurred (%s) when calling the GetCommandInvocation operation: no' >&2; exit 254"
            .formatted(code));

    var ended = run("--rolling");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(32);
    assertThat(ended.errors()).contains("can't be followed", "--follow " + FIRST);
  }

  @Test
  void aMachineThatIsTakenAwayMeanwhileIsNotWaitedForToTheEnd() {
    place.with("SLIPWAY_GONE_SECONDS", "0");
    place.file("says-" + FIRST, String.join("\037", "InProgress", "InProgress", "-1", "", "", ""));
    place.fake(
        "aws ec2 describe-instances",
        "if [[ $* == *--instance-ids* ]]; then echo terminated; else printf '%s\\trunning\\n' "
            + FIRST
            + "; fi");

    var ended = run("--rolling");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(32);
    assertThat(ended.errors()).contains(FIRST + " is terminated");
  }

  @Test
  void anAgentThatTheFirstBootHasYetToRefreshIsWaitedFor() {
    place.fake(
        "aws ssm describe-instance-information",
        """
        n=$(($(cat "$FAKES/asked" 2>/dev/null || echo 0) + 1))
        echo "$n" >"$FAKES/asked"
        case $n in
          1) printf 'Online\\t3.3.2299.0\\n' ;;
          2) printf 'ConnectionLost\\t3.3.2299.0\\n' ;;
          *) printf 'Online\\t3.3.10000.0\\n' ;;
        esac""");

    var ended = run();

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.errors()).contains("online, but version 3.3.2299.0, and 3.3.3572.0 or newer");
    assertThat(place.calls("aws ssm describe-instance-information").size()).isGreaterThan(2);
  }

  @Test
  void anAgentThatStaysOldIsToldAndNothingIsSent() {
    place.fake("aws ssm describe-instance-information", "printf 'Online\\t3.3.2299.0\\n'");

    var ended = run("--delivery-timeout", "0");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(30);
    assertThat(ended.errors()).contains("too old", "snap refresh amazon-ssm-agent");
    assertThat(place.calls("aws ssm send-command")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "3.3.3572.0, 3.3.3572.0, yes",
    "3.3.3572, 3.3.3572.0, yes",
    "3.3.10000.0, 3.3.3572.0, yes",
    "3.10.0.0, 3.9.9999.0, yes",
    "4, 3.3.3572.0, yes",
    "3.3.3571.99, 3.3.3572.0, no",
    "3.3.0900.0, 3.3.3572.0, no",
    "3.3.08.0, 3.3.9.0, no",
    "None, 3.3.3572.0, no",
    "'', 3.3.3572.0, no",
    "3.3.3572.0-beta, 3.3.3572.0, no"
  })
  void versionsAreComparedAsNumbers(String version, String minimum, String expected) {
    var compare = "if version_at_least '%s' %s; then echo yes; else echo no; fi\n";
    place.file(
        "scripts/compare.sh",
        "source \"$FAKES/scripts/lib/common.sh\"\n" + compare.formatted(version, minimum));
    // The bundle has its own, on hosts, where scripts/ isn't.
    place.file(
        "scripts/compare-on-host.sh",
        "BUNDLE=%s\nsource \"$BUNDLE/lib/agent.sh\"\n"
                .formatted(Path.of("src/main/resources/dev/slipway/host/bundle").toAbsolutePath())
            + compare.formatted(version, minimum));

    for (String script : List.of("compare.sh", "compare-on-host.sh")) {
      assertThat(place.run(script).output().strip()).as(script).isEqualTo(expected);
    }
  }

  @Test
  void theMinimumStandsInOnePlace() throws IOException {
    var minimum = Files.readString(place.path("scripts/lib/agent-minimum.txt")).strip();

    assertThat(UserData.agentMinimum()).isEqualTo(minimum).isEqualTo("3.3.3572.0");
    assertThat(Files.isSymbolicLink(Path.of("scripts/lib/agent-minimum.txt"))).isTrue();
  }

  @Test
  void theirIdsCanBeListedWithoutRunningAnything() {
    var ended = run("--list");

    assertThat(ended.output().lines()).containsExactly(FIRST, SECOND, THIRD);
    assertThat(place.calls("aws ssm")).isEmpty();
  }
}
