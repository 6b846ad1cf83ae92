package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
  void start() {
    place = new Workplace(root);
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
          *' --list '*) printf '%%s\\n' %5$s ;;
          *-status\\ *)
            # It falls silent once it was released to.
            [[ ! -e $FAKES/mute-$host || ! -e $FAKES/live-$host ]] || exit 1
            if [[ -e $FAKES/live-$host ]]; then cat "$FAKES/live-$host"; else serve %1$s %2$s; fi | tr -d '\\n'
            printf '\\nslipway: status ok\\n'
            ;;
          *-release\\ *)
            status=$(cat "$FAKES/fails-$host" 2>/dev/null || printf 0)
            [[ $status == 0 ]] || exit "$status"
            serve %3$s %4$s >"$FAKES/live-$host"
            ;;
          *-rollback\\ *)
            [[ ! -e $FAKES/stuck-$host ]] || exit 21
            serve %1$s %2$s >"$FAKES/live-$host"
            ;;
        esac"""
            .formatted(OLD_ID, OLD, NEW_ID, NEW, String.join(" ", FIRST, SECOND, THIRD)));
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

    assertThat(place.run("release.sh", "prod", NEW).exit()).isEqualTo(20);
    assertThat(verbs()).noneMatch(call -> call.startsWith("rollback"));
  }

  @Test
  void whenGoingBackFailsTooItIsSaidWhere() {
    place.file("fails-" + THIRD, "20");
    place.file("stuck-" + FIRST, "");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).isEqualTo(21);
    assertThat(ended.errors()).contains("going back failed on " + FIRST);
    assertThat(verbs()).contains("rollback " + SECOND + " middle " + OLD_ID);
  }

  @Test
  void whereAHostDoesNotSayWhatItServesAllGoBack() {
    place.file("mute-" + FIRST, "");

    var ended = place.run("release.sh", "prod", NEW);

    assertThat(ended.exit()).as(ended.all()).isEqualTo(20);
    assertThat(verbs())
        .containsExactly(
            "release " + FIRST + " first " + NEW, "rollback " + FIRST + " middle " + OLD_ID);
    assertThat(ended.errors()).contains("asking " + FIRST + " failed");
  }

  @Test
  void aHostThatIsStillAtItIsNotOvertaken() {
    place.file("fails-" + SECOND, "31");

    assertThat(place.run("release.sh", "prod", NEW).exit()).isEqualTo(31);
    assertThat(verbs()).noneMatch(call -> call.startsWith("rollback"));
  }

  @Test
  void theDesiredReleaseAgainNamesNone() {
    assertThat(place.run("release.sh", "prod", "--desired").exit()).isZero();
    assertThat(verbs()).allMatch(call -> call.endsWith(" "));
    assertThat(place.run("release.sh", "prod", NEW, "--desired").exit()).isEqualTo(2);
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
}
