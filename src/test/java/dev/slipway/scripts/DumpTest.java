package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ./slipway dump}: a step on one host, or an upload that is followed to its end. */
class DumpTest {
  private static final String ID = "0123456789ab";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place =
        new Workplace(root)
            .fake("aws --version", "echo aws-cli/2")
            .fake("aws sts", "echo arn")
            .fakeScript(
                "ssm-run.sh",
                "if [[ $* == *--list* ]]; then printf 'i-1\\ni-2\\n'; else echo run; fi")
            .with("PULUMI_BACKEND_URL", "s3://state?region=us-east-1&awssdk=v2");
    place.file(
        "Pulumi.shop-dev.yaml",
        "config:\n  aws:region: us-east-1\n  slipway:system: admin-panel\n");
    verbs("\"dump\", \"status\"");
    place.file("shop.dump", "PGDMP and more");
  }

  /**
   * What the system's hosts can do; its descriptor is the test's own, in the place of the
   * repository's.
   */
  private void verbs(String verbs) {
    var systems = place.path("src/main/resources/dev/slipway/system");
    if (Files.isSymbolicLink(systems)) {
      assertThat(systems.toFile().delete()).isTrue();
    }
    place.file(
        "src/main/resources/dev/slipway/system/admin-panel/system.json",
        "{\"hosts\": \"fleet\", \"secrets\": \"secretsManager\", \"verbs\": [" + verbs + "]}");
  }

  @Test
  void oneHostOfAllMakesIt() {
    var ended = place.run("dump.sh", "shop-dev");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("ssm-run.sh --document"))
        .singleElement()
        .asString()
        .contains(
            "--document slipway-shop-dev-dump --instance i-1",
            "--parameter step=make",
            "reason=asked");
  }

  @Test
  void aHostThatCannotBeReachedIsPassedOver() {
    place.fakeScript(
        "ssm-run.sh",
        "if [[ $* == *--list* ]]; then printf 'i-1\\ni-2\\n'; elif [[ $* == *i-1* ]]; then exit 30;"
            + " else exit 11; fi");

    assertThat(place.run("dump.sh", "shop-dev", "--discard", ID).exit()).isEqualTo(11);
    assertThat(place.calls("ssm-run.sh --document"))
        .hasSize(2)
        .last()
        .asString()
        .contains("id=" + ID);
  }

  @Test
  void aListForProgramsIsNothingElse() {
    place.fakeScript(
        "ssm-run.sh",
        "if [[ $* == *--list* ]]; then echo i-1; else echo '{\"dumps\": []}'; echo 'slipway: dump ok';"
            + " fi");

    assertThat(place.run("dump.sh", "shop-dev", "--list", "--json").output())
        .isEqualTo("{\"dumps\": []}\n");
    assertThat(place.calls("ssm-run.sh --document").get(0)).contains("output=json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--discard x|is not an id of 12 hexadecimal digits",
        "--drop-former 0123456789AB|is not an id of 12 hexadecimal digits",
        "--list --discard 0123456789ab|--list --discard: one of them at a time",
        "--json|--json: goes with --list",
        "--promote|--promote: goes with --upload FILE",
        "--upload gone.dump|is no file that can be read",
        "--upload Pulumi.yaml|ends in none of .dump, .sql, .dump.gz and .sql.gz",
        "again|STACK is the only word that it takes"
      })
  void wordsThatCannotBeMeantAreToldInOneLine(String words, String why) {
    var line = ("shop-dev " + words).split(" ");

    var ended = place.run("dump.sh", line);

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors()).contains(why);
    assertThat(place.calls()).isEmpty();
  }

  @Test
  void aDryRunSaysWhatWouldBeDoneAndDoesNothing() {
    var ended =
        place.run("dump.sh", "shop-dev", "--upload", root + "/shop.dump", "--promote", "--dry-run");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output())
        .matches("would upload .*/shop.dump as db-dumps/\\d{8}T\\d{6}Z-shop.dump .*promoted.*\n");
    assertThat(place.calls()).isEmpty();
  }

  @Test
  void aSystemWithoutDumpsHasNone() {
    verbs("\"status\"");

    var ended = place.run("dump.sh", "shop-dev");

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.errors()).contains("there is no dump for shop-dev");
  }

  /** A state with the outputs, a bucket, and an execution that ends like this. */
  private void dumps(String end) {
    place.file(
        "state",
        """
        {"checkpoint": {"latest": {"resources": [{"type": "pulumi:pulumi:Stack", "outputs":
          {"dumpsBucket": "dumps", "dumpsStateMachine": "arn:aws:states:::machine"}}]}}}""");
    place.fake("aws s3api get-object", "for last; do :; done; cp \"$FAKES/state\" \"$last\"");
    place.fake("aws s3 cp", ":");
    place.fake("aws s3api head-object", "echo version-1");
    place.fake(
        "aws stepfunctions list-executions",
        "echo arn:aws:states:::other; echo arn:aws:states:::ours");
    place.fake(
        "aws stepfunctions describe-execution",
        """
        if [[ $* == *other* ]]; then echo '{"version-id":"version-0"}'
        elif [[ $* == *'query input'* ]]; then echo '{"version-id":"version-1"}'
        else echo '%s'; fi"""
            .formatted(end));
    place.fake("aws stepfunctions get-execution-history", "printf '1\\tValidate\\n2\\tRestore\\n'");
  }

  @Test
  void anUploadIsFollowedToItsEnd() {
    dumps("{\"status\": \"SUCCEEDED\", \"output\": \"{\\\"tables\\\": 2}\"}");

    var ended = place.run("dump.sh", "shop-dev", "--upload", root + "/shop.dump", "--promote");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("aws s3 cp"))
        .singleElement()
        .asString()
        .contains("promote=yes", "s3://dumps/db-dumps/", "sha256=");
    assertThat(ended.errors()).contains("execution ours", "Validate (1)", "Restore (2)");
    assertThat(ended.output()).contains("tables: 2", "shop.dump is the live database");
  }

  /** Something else may be live since, and what was beside it may be gone. */
  @ParameterizedTest
  @CsvSource({"--promote, restored and promoted before", "--timeout=60, restored before"})
  void whatWasDoneBeforeIsNotDoneAgainAndNotCalledLive(String option, String what) {
    dumps(
        "{\"status\": \"SUCCEEDED\", \"output\":"
            + " \"{\\\"id\\\": \\\"1\\\", \\\"claim\\\": {\\\"outcome\\\": \\\"done\\\"}}\"}");

    var words = new ArrayList<>(List.of("shop-dev", "--upload", root + "/shop.dump"));
    words.addAll(List.of(option.split("=")));
    var ended = place.run("dump.sh", words.toArray(String[]::new));

    assertThat(ended.exit()).as(ended.all()).isEqualTo(11);
    assertThat(ended.errors())
        .contains(what, "nothing was done", "./slipway dump shop-dev --list")
        .containsPattern("./slipway dump shop-dev --discard [0-9a-f]{12} first");
    assertThat(ended.output()).doesNotContain("live database", "restore_");
  }

  @ParameterizedTest
  @CsvSource({"DumpRefused, 11", "RestoreFailed, 1"})
  void anUploadThatIsNotTakenSaysWhy(String error, int status) {
    dumps("{\"status\": \"FAILED\", \"error\": \"" + error + "\", \"cause\": \"ERROR: no\"}");

    var ended = place.run("dump.sh", "shop-dev", "--upload", root + "/shop.dump");

    assertThat(ended.exit()).isEqualTo(status);
    assertThat(ended.errors()).contains("FAILED: " + error + ": ERROR: no");
  }

  @Test
  void anErrorOfAFunctionIsToldInItsSentence() {
    dumps(
        "{\"status\": \"FAILED\", \"error\": \"NoHostOnline\", \"cause\": \"{\\\"errorMessage\\\":"
            + " \\\"no host answers\\\", \\\"stackTrace\\\": [\\\"line 1\\\"]}\"}");

    var ended = place.run("dump.sh", "shop-dev", "--upload", root + "/shop.dump");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors())
        .contains("FAILED: NoHostOnline: no host answers\n")
        .doesNotContain("stackTrace");
  }
}
