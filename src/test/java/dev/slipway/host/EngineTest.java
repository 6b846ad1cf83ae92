package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
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

/** Runs the bundle's engine with a runtime whose every hook the test decides. */
class EngineTest {
  private static final String FORMER = "20260101T000000Z-former";
  private static final String NEW = "20260201T000000Z-new";

  @TempDir Path root;

  @BeforeEach
  void copyTheBundle() throws IOException {
    for (String folder : List.of("data/releases", "data/backups", "run")) {
      Files.createDirectories(root.resolve(folder));
    }
    BundleShell.copy(root, root.resolve("data"));
    Files.writeString(
        root.resolve("settings.json"), "{\"stack\": \"staging\", \"system\": \"test\"}");
    Files.writeString(
        record(FORMER), "{\"id\": \"%s\", \"ref\": \"v1\", \"outcome\": \"ok\"}".formatted(FORMER));
    Files.createSymbolicLink(root.resolve("data/current"), Path.of("releases", FORMER + ".json"));
  }

  @Test
  void anErrorOnTheWayBackOfARepairIsAnError() throws Exception {
    journal("returning", "\"dataTouched\": true, \"backup\": \"b\"");

    Ended ended = run("runtime_return() { false; say 'went on'; }", "engine_repair");

    assertThat(ended.exit()).isEqualTo(21);
    assertThat(ended.output()).doesNotContain("went on");
    assertThat(root.resolve("data/releases/in-progress.json")).exists();
  }

  @Test
  void whatWasRecordedIsNotTakenBackForAParameterThatCannotBeWritten() throws Exception {
    journal("record", "\"dataTouched\": true, \"backup\": \"b\"");

    Ended ended =
        run("desired_set() { say 'no way to it'; return 1; }", "engine_forward; engine_settle");

    assertThat(ended.exit()).isEqualTo(22);
    assertThat(ended.output())
        .contains("serves and is recorded", "no way to it")
        .doesNotContain("LOADED");
    assertThat(Files.readSymbolicLink(root.resolve("data/current")).toString()).contains(NEW);

    Ended repaired = run("desired_set() { say \"desired: $1\"; }", "engine_repair");

    assertThat(repaired.exit()).isZero();
    assertThat(repaired.output()).contains("desired: " + NEW);
    assertThat(root.resolve("data/releases/in-progress.json")).doesNotExist();
  }

  /** The disk is full: not even the journal can be written. */
  private static String fullFrom(String phase) {
    return """
        runtime_hold() { :; }
        runtime_keep_configuration() { :; }
        runtime_switch() { :; }
        runtime_migrate() { :; }
        backup_everything() { :; }
        write_file() {
          if [[ $1 == *in-progress* && $(<"$JOURNAL") == *'"phase": "%s"'* ]]; then
            say 'No space left on device'
            return 1
          fi
          cat >"$1"
        }
        """
        .formatted(phase);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "backup | 1 | release " + NEW + " broke off; the lines above say why. Nothing was switched",
        "migrate | 21 | release " + NEW + " broke off in its step migrate; the lines above say why",
      })
  void whatBreaksOffBetweenTwoStepsSaysWhatItLeaves(String phase, int status, String words)
      throws Exception {
    journal(phase, "\"backup\": \"b\"");

    Ended ended = run(fullFrom(phase), "engine_forward; engine_settle");

    assertThat(ended.exit()).as(ended.output()).isEqualTo(status);
    assertThat(ended.output()).contains("No space left on device");
    assertThat(ended.output().lines().reduce("", (before, line) -> line))
        .startsWith("slipway: release failed " + words);
  }

  /** The journal is another's: what this run was asked for does not serve. */
  @Test
  void whatBreaksOffBeforeItBeganIsNotSaidToServe() throws Exception {
    journal("record", "");
    Files.delete(root.resolve("data/current"));
    Files.createSymbolicLink(root.resolve("data/current"), Path.of("releases", NEW + ".json"));

    Ended ended = run("engine_finish_other() { false; }", "engine_repair");

    assertThat(ended.exit()).as(ended.output()).isEqualTo(1);
    assertThat(ended.output())
        .contains("broke off before it was begun", NEW + ", which was not finished, serves");
  }

  /** People have been at work since it was opened: the backup is not loaded over that. */
  @Test
  void aWayBackThatOnlyCouldNotBeRecordedIsNotTakenOnceMore() throws Exception {
    journal("migrate", "\"dataTouched\": true, \"backup\": \"b\"");
    String failing =
        "runtime_migrate() { die 'no such column'; }\n"
            + "record_write() { say 'No space left on device'; return 1; }\n";

    Ended ended = run(failing, "engine_forward; engine_settle");

    assertThat(ended.exit()).as(ended.output()).isEqualTo(20);
    assertThat(ended.output()).contains("LOADED", "OPEN", "is not recorded yet");
    Ended repaired = run("", "engine_repair; finish 0 ok");
    assertThat(repaired.exit()).as(repaired.output()).isZero();
    assertThat(repaired.output()).doesNotContain("LOADED");
    assertThat(Files.readString(record(NEW))).contains("rolled-back", "no such column");
    assertThat(root.resolve("data/releases/in-progress.json")).doesNotExist();
  }

  @Test
  void aWayBackThatCannotBeOpenedIsOpenedByTheNextRun() throws Exception {
    journal("migrate", "\"dataTouched\": true, \"backup\": \"b\"");

    Ended ended =
        run(
            "runtime_migrate() { false; }\nruntime_open() { die 'no answer'; }\n",
            "engine_forward; engine_settle");

    assertThat(ended.exit()).as(ended.output()).isEqualTo(21);
    Ended repaired = run("", "engine_repair; finish 0 ok");
    assertThat(repaired.exit()).as(repaired.output()).isZero();
    assertThat(repaired.output()).contains("OPEN").doesNotContain("LOADED");
  }

  @Test
  void aReleaseThatServesDoesNotFailForWhatIsNotTidiedUp() throws Exception {
    Ended ended =
        run(
            "engine_prune() { say 'no such image'; false; }\nbackup_publish_age() { false; }\n",
            "engine_tidy; finish 0 ok");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("warning: not all", "removed: no such image");
  }

  @Test
  void aReleaseThatCannotEvenBeRecordedGoesBack() throws Exception {
    journal("record", "\"dataTouched\": true, \"backup\": \"b\"");

    Ended ended =
        run(
            "runtime_versions() { say 'no bench' >&2; return 1; }",
            "engine_forward; engine_settle");

    assertThat(ended.exit()).isEqualTo(20);
    assertThat(ended.output()).contains("LOADED erp.example.com");
    assertThat(Files.readSymbolicLink(root.resolve("data/current")).toString()).contains(FORMER);
  }

  @Test
  void aSiteThatWasNotThereBeforeIsGoneAfterTheWayBack() throws Exception {
    journal("switch", "");

    Ended ended =
        run(
            "runtime_sites_missing() { say new.example.com; }; runtime_switch() { die 'half of it is there'; }",
            "engine_forward; engine_settle");

    assertThat(ended.exit()).isEqualTo(20);
    assertThat(ended.output()).contains("REMOVED new.example.com").doesNotContain("LOADED");
  }

  @Test
  void dataThatWasTouchedWithoutABackupIsNotServed() throws Exception {
    journal("returning", "\"dataTouched\": true");

    Ended ended = run("", "engine_repair");

    assertThat(ended.exit()).isEqualTo(21);
    assertThat(ended.output())
        .contains("no backup of what was there before")
        .doesNotContain("OPEN");
  }

  private Path record(String id) {
    return root.resolve("data/releases/" + id + ".json");
  }

  private void journal(String phase, String more) throws IOException {
    Files.writeString(
        root.resolve("data/releases/in-progress.json"),
        """
        {"verb": "release", "id": "%s", "actor": "test", "run": "", "startedAt": "2026-02-01T00:00:00Z",
         "phase": "%s", "plan": ["backup", "switch", "migrate", "smoke", "record"], "previous": "%s",
         "target": {"ref": "v2"}%s}
        """
            .formatted(NEW, phase, FORMER, more.isEmpty() ? "" : ", " + more));
  }

  /** A second verb while another one, by this actor, has the lock and keeps it until told. */
  private Ended second(String actor) throws Exception {
    return run(
        "",
        """
        mkfifo "$RUNTIME_DIR/end" "$RUNTIME_DIR/said"
        (lock_take %s "" 0 && read -r _ <"$RUNTIME_DIR/end") &
        until [[ -s $LOCK.json ]]; do :; done
        (lock_take maria "" 0 && say taken) >"$RUNTIME_DIR/said" &
        exec {said}<"$RUNTIME_DIR/said"
        read -r line <&"$said"
        say "$line"
        printf 'end\n' >"$RUNTIME_DIR/end"
        cat <&"$said"
        wait $! || finish $? ended
        """
            .formatted(actor));
  }

  @Test
  void whileSomebodyIsAtItASecondVerbIsRefused() throws Exception {
    Ended ended = second("paula");

    assertThat(ended.exit()).isEqualTo(10);
    assertThat(ended.output())
        .contains("refused the lock is held by release by paula since")
        .doesNotContain("taken");
  }

  @ParameterizedTest
  @ValueSource(strings = {"boot", "bootstrap"})
  void aVerbWaitsForWhatAHostDoesWhenItComesUp(String actor) throws Exception {
    Ended ended = second(actor);

    assertThat(ended.exit()).isZero();
    assertThat(ended.output())
        .contains("held by release by " + actor + " since", "waiting up to 30 min", "taken");
  }

  /** The engine with a runtime in which all goes well, but for what the test says. */
  private Ended run(String hooks, String verb) throws Exception {
    Path script = root.resolve("release.sh");
    Files.writeString(
        script,
        BundleShell.sources(root, "site-phases")
            + """
        use_release() { :; }
        runtime_sites() { say erp.example.com; }
        runtime_sites_missing() { :; }
        runtime_fingerprints() { printf '{}'; }
        runtime_return() { :; }
        runtime_smoke() { :; }
        runtime_open() { say OPEN; }
        runtime_keep() { :; }
        runtime_load() { say "LOADED $1"; }
        runtime_remove_site() { say "REMOVED $1"; }
        backup_obtain() { :; }
        runtime_versions() { printf '{}'; }
        desired_set() { :; }
        %s
        %s
        """
                .formatted(hooks, verb));
    return BundleShell.bash(script);
  }
}
