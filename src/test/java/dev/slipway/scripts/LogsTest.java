package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code logs.sh}, with CloudWatch faked. */
class LogsTest {
  private static final String HOST = "i-0aaaaaaaaaaaaaaaa";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place =
        new Workplace(root)
            .fake("aws --version", "echo aws-cli/2")
            .fake("aws sts", "echo arn")
            .fake("sleep", ":")
            .fake("date", "echo 1000")
            // A neighbour's name begins with this stack's.
            .fake(
                "aws logs describe-log-groups",
                "printf '%s\\n"
                    + "' /slipway/prod/web /slipway/prod /slipway/prod-two /slipway/prod/api")
            // What a look finds: the group's events, and nothing once these were taken away.
            .fake(
                "aws logs filter-log-events",
                """
                words=" $* " group=${words#*--log-group-name } group=${group%% *}
                group=${group#/slipway/prod} group=${group#/}
                number=$(cat "$FAKES/looks-$group" 2>/dev/null || printf 0)
                printf '%s' $((number + 1)) >"$FAKES/looks-$group"
                file=$FAKES/events-${group:-own}-$number
                if [[ -e $file ]]; then cat "$file"; else echo '[]'; fi""");
    place.file("Pulumi.prod.yaml", "config:\n  aws:region: us-east-1\n");
  }

  private void events(String group, int look, String... events) {
    place.file("events-" + group + "-" + look, "[" + String.join(",", events) + "]");
  }

  private static String event(long second, String stream, String message, String id) {
    return "[%d000, \"%s\", \"%s\", \"%s\"]".formatted(second, stream, message, id);
  }

  @Test
  void theGroupsOfAStackAreOneLog() {
    events("api", 0, event(3, HOST, "third", "a"), event(1, HOST, "first\\n", "b"));
    events("own", 0, event(2, "8f0c/" + HOST + "/aws-runShellScript/stdout", "second", "c"));

    var ended = place.run("logs.sh", "prod", "--no-follow", "--since", "15m");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output())
        .isEqualTo(
            """
            1970-01-01T00:00:01Z api i-0aaaaaaaaaaaaaaaa first
            1970-01-01T00:00:02Z commands i-0aaaaaaaaaaaaaaaa second
            1970-01-01T00:00:03Z api i-0aaaaaaaaaaaaaaaa third
            """);
    assertThat(place.calls("aws logs filter-log-events"))
        .hasSize(3)
        .allMatch(call -> call.contains("--start-time 100000 "))
        .noneMatch(call -> call.contains("prod-two"));
  }

  @Test
  void oneOfThemCanBeAskedFor() {
    var ended = place.run("logs.sh", "prod", "web", "--no-follow");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("aws logs filter-log-events"))
        .singleElement()
        .asString()
        .contains("--log-group-name /slipway/prod/web ");
  }

  @Test
  void aPartsLogsAreNamedByItAndTheirOwnName() {
    place.fake(
        "aws logs describe-log-groups",
        "printf '%s\\n' /slipway/prod /slipway/prod/dumps/run /slipway/prod/dumps/validate");
    place.fake("aws logs filter-log-events", "echo '[]'");

    var ended = place.run("logs.sh", "prod", "dumps/validate", "--no-follow");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("aws logs filter-log-events"))
        .singleElement()
        .asString()
        .contains("--log-group-name /slipway/prod/dumps/validate ");
    assertThat(place.run("logs.sh", "prod", "dumps/", "--no-follow").errors())
        .contains("NAME: \"dumps/\" is not an application's name, nor a log's");
  }

  @Test
  void aNameThatThereIsNotIsTold() {
    var ended = place.run("logs.sh", "prod", "web", "worker", "--no-follow");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors())
        .contains("NAME: prod has no log \"worker\"; it has commands api web")
        .doesNotContain("\"web\"");
    assertThat(place.calls("aws logs filter-log-events")).isEmpty();
  }

  @Test
  void eachEventIsToldOnceHoweverLateItComes() {
    events("web", 0, event(1, "a", "one", "1"), event(3, "a", "three", "3"));
    events("web", 1, event(3, "a", "three", "3"), event(2, "a", "two, late", "2"));
    events("web", 2, event(4, "a", "four", "4"), event(2, "a", "two, late", "2"));
    // Nobody follows for ever in a test.
    place.file("events-web-3", "");
    place.fake(
        "aws logs filter-log-events",
        """
number=$(cat "$FAKES/looks" 2>/dev/null || printf 0)
printf '%s' $((number + 1)) >"$FAKES/looks"
if ((number < 3)); then cat "$FAKES/events-web-$number"; exit; fi
echo 'An error occurred (AccessDeniedException) when calling the FilterLogEvents operation: no' >&2
exit 254""");

    var ended = place.run("logs.sh", "prod", "web");

    assertThat(ended.output().lines().map(line -> line.replaceAll(".* web a ", "")))
        .containsExactly("one", "three", "two, late", "four");
    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("/slipway/prod/web can't be read", "AccessDenied");
  }

  @Test
  void whatATerminalWouldFollowIsNotPrinted() {
    events("web", 0, event(1, "a", "GET /\\u001b[2J\\u0007 a\\tb", "1"));

    assertThat(place.run("logs.sh", "prod", "web", "--no-follow").output())
        .isEqualTo("1970-01-01T00:00:01Z web a GET /[2J a\tb\n");
  }

  @Test
  void aStackThatIsNotUpHasNoLogs() {
    place.fake("aws logs describe-log-groups", "echo /slipway/prod-two");

    var ended = place.run("logs.sh", "prod");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("there is no log group /slipway/prod in us-east-1");
  }

  @Test
  void aStackWithoutHostsIsRefused() {
    place.file(
        "Pulumi.prod.yaml", "config:\n  aws:region: us-east-1\n  slipway:system: foundation\n");

    var ended = place.run("logs.sh", "prod");

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.errors()).contains("refused: prod has no hosts");
    assertThat(place.calls("aws")).isEmpty();
  }

  @Test
  void theJournalIsReadInASession() {
    place
        .fakeScript("ssm-run.sh", "echo " + HOST)
        .fake("session-manager-plugin", ":")
        .fake("aws ssm start-session", "echo a line of the journal");

    var ended = place.run("logs.sh", "prod", "--journal", "--since", "2h");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output()).isEqualTo("a line of the journal\n");
    assertThat(place.calls("aws ssm start-session"))
        .singleElement()
        .asString()
        .contains("--target " + HOST, "AWS-StartInteractiveCommand")
        .contains("journalctl", "--since=-7200s", "--follow", "slipway-\\*");
  }

  @Test
  void allThatIsWrongIsToldAtOnce() {
    var ended =
        place.run(
            "logs.sh", "prod", "UP", "--since", "yesterday", "--journal", "--instance", "i-1");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors())
        .contains("--since: \"yesterday\" is not a number with s, m, h or d, such as 90m")
        .contains("--instance: \"i-1\" is not an instance id")
        .contains("NAME: \"UP\" is not an application's name, nor a log's")
        .contains("--journal: it is the whole of a host's, and takes no NAME");
    assertThat(place.calls("aws")).isEmpty();
  }
}
