package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Releases of a stack with three hosts, whose Systems Manager is a fake. */
class FleetTest {
  private static final String FIRST = "i-0aaaaaaaaaaaaaaaa";
  private static final String SECOND = "i-0bbbbbbbbbbbbbbbb";
  private static final String THIRD = "i-0cccccccccccccccc";
  private static final String OLD = "api@sha256:" + "1".repeat(64);
  private static final String NEW = "api@sha256:" + "2".repeat(64);
  private static final String OLD_ID = "20260101T000000Z-old";
  private static final String NEW_ID = "20260201T000000Z-new";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() throws IOException {
    place = new Workplace(root);
    hosts(FIRST, SECOND, THIRD);
    place
        .fake("aws --version", "echo aws-cli/2")
        .fake("aws ssm get-parameter", "printf '{\"bundle\": {\"bucket\": \"artifacts\"}}\\n'")
        .fake(
            "aws s3api",
            Files.readString(Path.of("src/test/resources/dev/slipway/scripts/s3api.sh")))
        .fake("sleep", ":");
    place.file(
        "Pulumi.prod.yaml",
        "config:\n  aws:region: us-east-1\n  slipway:hosts:\n    count: 3 # in two zones\n");
    // A host serves what it was told to, unless it is one that fails.
    place.fakeScript(
        "ssm-run.sh",
        """
        words=" $* "
        host=${words#*--instance } host=${host%%%% *}
        serve() {
          printf '{"release": {"id": "%%s", "ref": "%%s", "outcome": "ok"}, "apps": [{"name": "api"}], "history": [
            {"id": "%1$s", "ref": "%2$s", "outcome": "ok"}' "$1" "$2"
          [[ $1 == %1$s ]] || printf ', {"id": "%%s", "ref": "%%s", "outcome": "ok"}' "$1" "$2"
          printf ']}'
        }
        case $words in
          *' --list '*) cat "$FAKES/hosts" ;;
          *-status\\ *)
            # It falls silent once it was released to.
            [[ ! -e $FAKES/mute-$host || ! -e $FAKES/live-$host ]] || exit 1
            if [[ -e $FAKES/live-$host ]]; then cat "$FAKES/live-$host"; else serve %1$s %2$s; fi
            printf '\\nslipway: status ok\\n'
            ;;
          *-release\\ *)
            status=$(cat "$FAKES/fails-$host" 2>/dev/null || printf 0)
            # What becomes of the hosts, or of the lock, while this one is released to.
            [[ ! -e $FAKES/while-$host ]] || bash "$FAKES/while-$host"
            [[ $status == 0 ]] || exit "$status"
            if [[ $words == *"ref=%2$s "* ]]; then serve %1$s %2$s; else serve %3$s %4$s; fi >"$FAKES/live-$host"
            ;;
          *-rollback\\ *)
            [[ ! -e $FAKES/joins ]] || cat "$FAKES/joins" >>"$FAKES/hosts"
            rm -f "$FAKES/joins"
            [[ ! -e $FAKES/stuck-$host ]] || exit "$(cat "$FAKES/stuck-$host")"
            serve %1$s %2$s >"$FAKES/live-$host"
            ;;
        esac"""
            .formatted(OLD_ID, OLD, NEW_ID, NEW));
  }

  private void hosts(String... ids) {
    place.file("hosts", String.join("\n", ids) + "\n");
  }

  /** The hosts that there are once this one was released to. */
  private void hostsAfter(String host, String... ids) {
    place.file("hosts-after-" + host, String.join("\n", ids) + "\n");
    place.file("while-" + host, "cp $FAKES/hosts-after-%1$s $FAKES/hosts".formatted(host));
  }

  /** What was run on the hosts, as VERB HOST PART REF-OR-ID. */
  private List<String> verbs() {
    return place.calls("ssm-run.sh").stream()
        .filter(call -> call.contains("-release ") || call.contains("-rollback "))
        .map(
            call ->
                String.join(
                    " ",
                    call.replaceAll(".*--document slipway-prod-(\\w+).*", "$1"),
                    call.replaceAll(".*--instance (\\S+).*", "$1"),
                    call.replaceAll(".* part=(\\w+).*", "$1"),
                    call.replaceAll(".* (?:ref|to)=(\\S*).*", "$1")))
        .toList();
  }

  @Test
  void theFirstHostMigratesAndTheLastSaysWhatIsDesired() {
    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(verbs())
        .containsExactly(
            "release " + FIRST + " first " + NEW,
            "release " + SECOND + " middle " + NEW,
            "release " + THIRD + " last " + NEW);
  }

  @Test
  void aTagIsAskedForOnceAndTheOthersGetItsDigest() {
    var ended = place.run("release.sh", "prod", "api:v2");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(verbs())
        .containsExactly(
            "release " + FIRST + " first api:v2",
            "release " + SECOND + " middle " + NEW,
            "release " + THIRD + " last " + NEW);
  }

  @Test
  void whenOneFailsThoseBeforeItGoBackAndThoseAfterItAreLeft() {
    place.file("fails-" + SECOND, "20");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(20);
    assertThat(verbs())
        .containsExactly(
            "release " + FIRST + " first " + NEW,
            "release " + SECOND + " middle " + NEW,
            "rollback " + FIRST + " middle " + OLD_ID);
    assertThat(ended.errors()).contains(FIRST + " went back to the release before");
  }

  @Test
  void whenTheFirstFailsNothingElseIsTouched() {
    place.file("fails-" + FIRST, "11");

    assertThat(place.run("release.sh", "prod", NEW).exit()).isEqualTo(11);
    assertThat(verbs()).hasSize(1);
  }

  @Test
  void aHostThatServedItAlreadyDoesNotGoBackFurther() {
    place.file(
        "live-" + FIRST,
        "{\"release\": {\"id\": \"%s\", \"ref\": \"%s\"}, \"history\": []}".formatted(NEW_ID, NEW));
    place.file("fails-" + SECOND, "20");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(21);
    assertThat(ended.errors()).contains("stays on " + NEW + ": hosts serve different releases");
    assertThat(verbs()).noneMatch(call -> call.startsWith("rollback"));
  }

  @Test
  void whenGoingBackFailsTooItIsSaidWhere() {
    place.file("fails-" + THIRD, "20");
    place.file("stuck-" + FIRST, "21");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).isEqualTo(21);
    assertThat(ended.errors()).contains("going back failed on " + FIRST);
    assertThat(verbs()).contains("rollback " + SECOND + " middle " + OLD_ID);
  }

  @Test
  void whereAHostDoesNotSayWhatItServesNothingIsChangedElsewhere() {
    place.file("mute-" + SECOND, "");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(32);
    assertThat(verbs())
        .containsExactly(
            "release " + FIRST + " first " + NEW, "release " + SECOND + " middle " + NEW);
    assertThat(ended.errors())
        .contains(SECOND + ", which was released to and doesn't say", FIRST + " already serve(s)");
  }

  /**
   * Not reached, still running, lost sight of, interrupted, killed, out of memory, no such file.
   */
  @ParameterizedTest
  @ValueSource(ints = {30, 31, 32, 130, 137, 143, 255, 126, 127, 3})
  void whatIsNotKnownOfOneHostChangesNothingOnOthers(int status) {
    place.file("fails-" + SECOND, Integer.toString(status));

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(status == 31 || status == 130 ? status : 32);
    assertThat(verbs())
        .containsExactly(
            "release " + FIRST + " first " + NEW, "release " + SECOND + " middle " + NEW);
    assertThat(ended.errors())
        .contains("it is not known how " + SECOND + " ends", "run this again");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 11, 20, 21})
  void whatIsKnownToHaveFailedTakesThoseBeforeItBack(int status) {
    place.file("fails-" + SECOND, Integer.toString(status));

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(status == 21 ? 21 : 20);
    assertThat(verbs()).last().isEqualTo("rollback " + FIRST + " middle " + OLD_ID);
  }

  @ParameterizedTest
  @ValueSource(ints = {30, 32})
  void aRollbackIsNotTakenBackEitherForWhatIsNotKnown(int status) {
    place.run("release.sh", "prod", NEW);
    place.file("stuck-" + SECOND, Integer.toString(status));

    var ended = place.run("rollback.sh", "prod");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(32);
    assertThat(verbs().subList(3, verbs().size()))
        .containsExactly(
            "rollback " + FIRST + " middle " + OLD_ID, "rollback " + SECOND + " middle " + OLD_ID);
  }

  @Test
  void aHostThatServesAndWasNotFinishedTakesNoneBack() throws IOException {
    place.file("fails-" + SECOND, "22");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(22);
    assertThat(verbs()).noneMatch(verb -> verb.startsWith("rollback"));
    assertThat(ended.errors())
        .contains(SECOND + " serves what was asked for", FIRST + " already serve", "Run this again")
        .doesNotContain("it is not known");
  }

  @Test
  void aWayBackThatIsLostSightOfIsNotSaidToHaveFailed() {
    place.file("fails-" + SECOND, "20");
    place.file("stuck-" + FIRST, "32");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(32);
    assertThat(ended.errors()).contains("it is not known how going back ends on " + FIRST);
  }

  @Test
  void everyStatusIsExplainedWhereTheScriptsHaveIt() throws IOException {
    place.file("table.sh", "source \"$FAKES/scripts/lib/common.sh\"\nexit_statuses\n");
    Files.copy(root.resolve("table.sh"), root.resolve("scripts/table.sh"));
    var rows =
        Files.readAllLines(Path.of("docs/exit-statuses.md")).stream()
            .filter(line -> line.matches("\\| [0-9]+ \\|.*"))
            .map(line -> line.split(" *\\| *"))
            .map(cell -> cell[1] + " " + cell[2] + " " + cell[3]);

    assertThat(rows).containsExactlyElementsOf(place.run("table.sh").output().lines().toList());
  }

  @Test
  void hostsSayTheSameByTheirStatuses() throws IOException {
    var host =
        Files.readString(Path.of("src/main/resources/dev/slipway/host/bundle/lib/common.sh"));

    assertThat(host)
        .contains(
            "EXIT_LOCKED=10 EXIT_REFUSED=11 EXIT_ROLLED_BACK=20 EXIT_BROKEN=21 EXIT_UNFINISHED=22");
  }

  // --- the lock, and hosts that come and go

  private static final String FOURTH = "i-0dddddddddddddddd";

  private Path lock() {
    return root.resolve("s3/locks/release.json");
  }

  /** A record as another machine's run has it. */
  private void heldElsewhere() {
    place.file(
        "s3/locks/release.json",
        """
        {"run": "theirs", "owner": "ann", "command": "release.sh prod api:v7", "url": "", "host": "runner-7",
         "machine": "another", "pid": 7, "engine": 7, "every": 1, "started": "2026-01-01T00:00:00Z",
         "heartbeat": "2026-01-01T00:00:00Z"}
        """);
  }

  @Test
  void theLockIsLetGoAtTheEndHoweverThatIs() throws IOException {
    for (String status : List.of("0", "20", "32")) {
      place.file("fails-" + SECOND, status);

      place.run("release.sh", "prod", NEW);

      assertThat(Files.readString(lock())).as(status).contains("\"ended\": \"20");
    }
    assertThat(verbs()).hasSize(3 + 2 + 2);
  }

  @Test
  void aSecondReleaseIsRefusedWhileOneIsAtItAndTouchesNoHost() {
    heldElsewhere();
    // Whoever holds it says so from time to time.
    place.fake(
        "sleep",
        "n=$(cat $FAKES/beats 2>/dev/null || echo 0); echo $((n + 1)) >$FAKES/beats;"
            + " printf '\\n' >>$FAKES/s3/locks/release.json");

    for (String script : List.of("release.sh", "rollback.sh")) {
      var ended =
          script.equals("release.sh") ? place.run(script, "prod", NEW) : place.run(script, "prod");

      assertThat(ended.exit()).as(ended.all()).isEqualTo(10);
      assertThat(ended.errors()).contains("held by ann, release.sh prod api:v7", "runner-7");
    }
    assertThat(place.calls("ssm-run.sh")).isEmpty();
  }

  @Test
  void theLockOfADeadHolderIsTakenOver() throws IOException {
    heldElsewhere();

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.errors()).contains("its holder is dead");
    assertThat(Files.readString(lock())).doesNotContain("theirs");
  }

  @Test
  void whoLostTheLockStopsBeforeTheNextHost() {
    place.file(
        "while-" + FIRST,
        "printf '{\"run\": \"theirs\", \"owner\": \"ann\"}' >$FAKES/s3/locks/release.json");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(32);
    assertThat(ended.errors()).contains("was taken by ann");
    assertThat(verbs()).containsExactly("release " + FIRST + " first " + NEW);
  }

  @Test
  void withoutTheLockNothingIsBegun() {
    place.fake(
        "aws s3api",
        "echo 'An error occurred (AccessDenied) when calling the PutObject operation: no' >&2; exit 254");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(30);
    assertThat(ended.errors()).contains("AccessDenied", "Nothing was begun");
    assertThat(place.calls("ssm-run.sh")).isEmpty();
  }

  @Test
  void aHostThatJoinsMeanwhileIsBroughtToTheReleaseAsWell() {
    hostsAfter(SECOND, FIRST, SECOND, THIRD, FOURTH);

    var ended = place.run("release.sh", "prod", "api:v2");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(verbs())
        .containsExactly(
            "release " + FIRST + " first api:v2",
            "release " + SECOND + " middle " + NEW,
            "release " + THIRD + " last " + NEW,
            "release " + FOURTH + " middle " + NEW);
  }

  @Test
  void oneThatJoinsAfterTheLastIsSeenTooAndLeftAloneWhereItServesIt() {
    hostsAfter(THIRD, FIRST, SECOND, THIRD, FOURTH);
    place.file(
        "live-" + FOURTH,
        "{\"release\": {\"id\": \"%s\", \"ref\": \"%s\"}, \"history\": []}".formatted(NEW_ID, NEW));

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(verbs()).hasSize(3);
    assertThat(ended.errors()).contains(FOURTH + " joined meanwhile, and serves it already");
  }

  @Test
  void oneThatJoinsAndCannotServeItIsToldAndTakesNobodyBack() {
    hostsAfter(THIRD, FIRST, SECOND, THIRD, FOURTH);
    place.file("fails-" + FOURTH, "20");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(21);
    assertThat(ended.errors()).contains(FOURTH + " joined meanwhile and does not serve it");
    assertThat(verbs()).noneMatch(call -> call.startsWith("rollback"));
  }

  @Test
  void aRollbackBringsOneThatJoinedBackToo() {
    place.run("release.sh", "prod", NEW);
    place.file(
        "live-" + FOURTH,
        "{\"release\": {\"id\": \"%s\", \"ref\": \"%s\"}, \"history\": []}".formatted(NEW_ID, NEW));
    place.file("joins", FOURTH + "\n");

    var ended = place.run("rollback.sh", "prod");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(verbs()).last().isEqualTo("release " + FOURTH + " middle " + OLD);
  }

  @Test
  void aHostThatGoesBeforeItsTurnIsPassedOver() {
    hostsAfter(FIRST, FIRST, THIRD);

    assertThat(place.run("release.sh", "prod", NEW).exit()).isZero();
    assertThat(verbs())
        .containsExactly("release " + FIRST + " first " + NEW, "release " + THIRD + " last " + NEW);
  }

  @Test
  void whereTheLastOneGoesAnotherSaysWhatIsDesired() {
    hostsAfter(SECOND, FIRST, SECOND);

    assertThat(place.run("release.sh", "prod", NEW).exit()).isZero();
    assertThat(verbs())
        .containsExactly(
            "release " + FIRST + " first " + NEW,
            "release " + SECOND + " middle " + NEW,
            "release " + FIRST + " last " + NEW);
  }

  @Test
  void theDesiredReleaseAgainNamesNone() {
    assertThat(place.run("release.sh", "prod", "--desired").exit()).isZero();
    assertThat(verbs()).allMatch(call -> call.endsWith(" "));
    assertThat(place.run("release.sh", "prod", NEW, "--desired").exit()).isEqualTo(2);
  }

  /** A host that serves the new release, which is not the desired one yet. */
  private void servesUndesired(String host, String more) {
    place.file(
        "live-" + host,
        """
        {"release": {"id": "%1$s", "verb": "release", "ref": "%2$s", "outcome": "ok", "previous": "%3$s"},
         "desired": {"id": "%3$s", "ref": "%4$s"}, "history": [
         {"id": "%3$s", "ref": "%4$s", "outcome": "ok"}, {"id": "%1$s", "ref": "%2$s", "outcome": "ok"}]%5$s}
        """
            .formatted(NEW_ID, NEW, OLD_ID, OLD, more));
  }

  @ParameterizedTest
  @ValueSource(strings = {"release", "rollback"})
  void theDesiredReleaseIsRefusedWhereAHostWasNotFinishedWithAnother(String verb) {
    servesUndesired(FIRST, "");
    servesUndesired(
        THIRD,
        ", \"inProgress\": {\"verb\": \"%s\", \"ref\": \"%s\", \"phase\": \"record\"}"
            .formatted(verb, NEW));

    var ended = place.run("release.sh", "prod", "--desired");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(11);
    assertThat(ended.errors())
        .contains(THIRD + " serves " + NEW, "Run ./slipway release prod " + NEW + " first");
    assertThat(verbs()).isEmpty();
    // The same again, or something else by its name, is not refused.
    assertThat(place.run("release.sh", "prod", NEW).exit()).isZero();
  }

  @Test
  void whatServesItSinceAnEarlierRunThatWasNotFinishedGoesBackToo() {
    servesUndesired(FIRST, "");
    servesUndesired(SECOND, "");
    place.file("fails-" + THIRD, "20");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(20);
    assertThat(verbs().subList(3, verbs().size()))
        .containsExactly(
            "rollback " + FIRST + " middle " + OLD_ID, "rollback " + SECOND + " middle " + OLD_ID);
  }

  /** All of them serve it: the one that was not finished fails, and stays with it. */
  @Test
  void whereTheOneThatFailsServesItAlreadyNoneGoesBack() {
    for (String host : List.of(FIRST, SECOND, THIRD)) {
      servesUndesired(host, "");
    }
    place.file("fails-" + THIRD, "1");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(1);
    assertThat(verbs()).noneMatch(call -> call.startsWith("rollback"));
  }

  @Test
  void aRollbackBringsEveryHostToTheSameRelease() {
    place.run("release.sh", "prod", NEW);
    // One that was made since has never served the release before.
    place.file(
        "live-" + SECOND,
        "{\"release\": {\"id\": \"%s\", \"ref\": \"%s\"}, \"history\": []}".formatted(NEW_ID, NEW));

    var ended = place.run("rollback.sh", "prod");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(verbs().subList(3, 6))
        .containsExactly(
            "rollback " + FIRST + " middle " + OLD_ID,
            "release " + SECOND + " middle " + OLD,
            "rollback " + THIRD + " last " + OLD_ID);
  }

  private static final String OLDEST = "api@sha256:" + "0".repeat(64);
  private static final String OLDEST_ID = "20251201T000000Z-oldest";
  private static final String BACK_ID = "20260301T000000Z-old";

  /** A host that a rollback took from the new release to the old one. */
  private void wentBack(String host, String more) {
    place.file(
        "live-" + host,
        """
        {"release": {"id": "%1$s", "verb": "rollback", "ref": "%2$s", "outcome": "ok", "previous": "%5$s"}, "history": [
         {"id": "%3$s", "verb": "release", "ref": "%4$s", "outcome": "ok"},
         {"id": "20260101T000000Z-old", "verb": "release", "ref": "%2$s", "outcome": "ok"},
         {"id": "%5$s", "verb": "release", "ref": "%6$s", "outcome": "ok"},
         {"id": "%1$s", "verb": "rollback", "ref": "%2$s", "outcome": "ok"}]%7$s}
        """
            .formatted(BACK_ID, OLD, OLDEST_ID, OLDEST, NEW_ID, NEW, more));
  }

  @Test
  void whatHostsWentBackFromIsNotPickedByARollback() {
    for (String host : List.of(FIRST, SECOND, THIRD)) {
      wentBack(host, "");
    }

    var ended = place.run("rollback.sh", "prod");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.errors()).contains("going back to " + OLDEST);
    assertThat(verbs())
        .containsExactly(
            "rollback " + FIRST + " middle " + OLDEST_ID,
            "rollback " + SECOND + " middle " + OLDEST_ID,
            "rollback " + THIRD + " last " + OLDEST_ID);
  }

  @Test
  void aRollbackThatWasNotFinishedOnOneHostGoesOnToWhereItWent() {
    place.run("release.sh", "prod", NEW);
    wentBack(FIRST, "");
    wentBack(
        SECOND,
        ", \"inProgress\": {\"verb\": \"rollback\", \"ref\": \"%s\", \"phase\": \"record\"}"
            .formatted(OLD));

    var ended = place.run("rollback.sh", "prod");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(verbs().subList(3, 6))
        .containsExactly(
            "release " + FIRST + " middle " + OLD,
            "release " + SECOND + " middle " + OLD,
            "rollback " + THIRD + " last " + OLD_ID);
  }

  @Test
  void aRollbackThatCameToSomeHostsOnlyGoesOnToWhereItWent() {
    place.run("release.sh", "prod", NEW);
    wentBack(FIRST, "");

    var ended = place.run("rollback.sh", "prod");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(verbs().subList(3, 6))
        .containsExactly(
            "release " + FIRST + " middle " + OLD,
            "rollback " + SECOND + " middle " + OLD_ID,
            "rollback " + THIRD + " last " + OLD_ID);
  }

  /** Run without an id again it would go further back, had it come to its end. */
  @Test
  void aRollbackThatIsLostSightOfNamesWhereItGoes() {
    place.run("release.sh", "prod", NEW);
    place.file("stuck-" + SECOND, "32");

    var ended = place.run("rollback.sh", "prod");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(32);
    assertThat(ended.errors()).contains("run ./slipway rollback prod --to " + OLD_ID);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "22 | serves what was asked for, and was not finished (status 22)",
        "30 | is not known: status 30, the host was not reached",
        "32 | is not known: status 32, it was lost sight of"
      })
  void itIsSaidOfEachHostHowItIsLeft(int status, String words) {
    place.file("fails-" + SECOND, Integer.toString(status));

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.errors())
        .contains(FIRST + "  serves what was asked for\n")
        .contains(SECOND + "  " + words + "\n")
        .contains(THIRD + "  was not begun, and serves " + OLD + "\n");
  }

  @Test
  void itIsSaidOfEachHostWhetherItWentBack() {
    place.file("fails-" + THIRD, "20");
    place.file("stuck-" + FIRST, "22");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(20);
    assertThat(ended.errors())
        .contains(FIRST + "  went back to the release before, and was not finished (status 22)")
        .contains(SECOND + "  went back to the release before\n")
        .contains(THIRD + "  failed with status 20: failed, and what was there before serves");
  }

  @Test
  void ofAHostThatJoinedAndWasNotAskedItIsNotSaidThatItServesNothing() {
    hostsAfter(SECOND, FIRST, SECOND, THIRD, FOURTH);
    place.file("fails-" + THIRD, "20");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(20);
    assertThat(ended.errors())
        .contains(FOURTH + "  joined meanwhile, and was not asked what it serves\n");
  }

  @Test
  void theStatusOfAllHostsIsOneObject() {
    var ended = place.run("status.sh", "prod", "--json");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output().strip())
        .startsWith("{\"instance\":\"" + FIRST + "\"")
        .contains("\"hosts\":[", SECOND, THIRD)
        .doesNotContain("slipway: ")
        .doesNotContain("\n");
  }

  @Test
  void aStackWithOneMachineOfItsOwnIsReleasedToAsBefore() {
    place.file("Pulumi.prod.yaml", "config:\n  aws:region: us-east-1\n");

    assertThat(place.run("release.sh", "prod", "main").exit()).isZero();

    assertThat(place.calls("ssm-run.sh"))
        .singleElement()
        .asString()
        .contains("--stack prod", "ref=main", "upgradeDatabase=false")
        .doesNotContain("part=");
  }

  /** As hosts print it: a line for each value. */
  @Test
  void aStatusOfManyLinesIsRead() {
    place.file("live-" + FIRST, "{\n \"release\": {\n  \"id\": \"one\"\n }\n}\n");

    var ended = place.run("status.sh", "prod", "--json");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output()).contains("\"release\":{\"id\":\"one\"}");
  }

  /** Where the log can't be read there is Run Command's own copy, which ends somewhere. */
  @Test
  void aStatusThatWasCutOffIsNoAnswer() {
    place.file("live-" + FIRST, "{\n \"release\": {\n  \"id\": \"one\"");

    var ended = place.run("release.sh", "prod", "web:two");

    assertThat(ended.exit()).as(ended.all()).isNotZero();
    assertThat(ended.all()).contains(FIRST + " said nothing of what it serves, or not all of it");
    assertThat(place.calls("ssm-run.sh")).noneMatch(call -> call.contains("-release"));
  }
}
