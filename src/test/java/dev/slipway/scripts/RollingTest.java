package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One document on several instances, one after another, with an AWS that is a fake. */
class RollingTest {
  private static final String FIRST = "i-0aaaaaaaaaaaaaaaa";
  private static final String SECOND = "i-0bbbbbbbbbbbbbbbb";
  private static final String THIRD = "i-0cccccccccccccccc";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place = new Workplace(root);
    place
        .fake("aws --version", "echo aws-cli/2")
        .fake(
            "aws ec2 describe-instances",
            "printf '%s\\trunning\\n' " + String.join(" ", THIRD, FIRST, SECOND))
        .fake("aws ssm describe-instance-information", "echo Online")
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
            if [[ -e $FAKES/fails-$host ]]; then
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
  void theirIdsCanBeListedWithoutRunningAnything() {
    var ended = run("--list");

    assertThat(ended.output().lines()).containsExactly(FIRST, SECOND, THIRD);
    assertThat(place.calls("aws ssm")).isEmpty();
  }
}
