package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the bundle's engine with a runtime whose every hook the test decides. */
class EngineTest {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");
  private static final String FORMER = "20260101T000000Z-former";
  private static final String NEW = "20260201T000000Z-new";

  private record Ended(int exit, String output) {}

  @TempDir Path root;

  @BeforeEach
  void copyTheBundle() throws IOException {
    for (String folder : List.of("lib", "data/releases", "data/backups", "run")) {
      Files.createDirectories(root.resolve(folder));
    }
    try (var files = Files.list(BUNDLE.resolve("lib"))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, root.resolve("lib").resolve(file.getFileName()));
      }
    }
    // The machine's own folders become the test's.
    Path common = root.resolve("lib/common.sh");
    Files.writeString(
        common,
        Files.readString(common)
            .replace("DATA=/srv/slipway", "DATA=" + root.resolve("data"))
            .replace("RUNTIME_DIR=/run/slipway", "RUNTIME_DIR=" + root.resolve("run")));
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

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output())
        .contains("serves and is recorded", "no way to it")
        .doesNotContain("LOADED");
    assertThat(Files.readSymbolicLink(root.resolve("data/current")).toString()).contains(NEW);

    Ended repaired = run("desired_set() { say \"desired: $1\"; }", "engine_repair");

    assertThat(repaired.exit()).isZero();
    assertThat(repaired.output()).contains("desired: " + NEW);
    assertThat(root.resolve("data/releases/in-progress.json")).doesNotExist();
  }

  @Test
  void aReleaseThatCannotEvenBeRecordedGoesBack() throws Exception {
    journal("record", "\"dataTouched\": true, \"backup\": \"b\"");

    Ended ended =
        run("app_versions() { say 'no bench' >&2; return 1; }", "engine_forward; engine_settle");

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

  /** The engine with a runtime in which all goes well, but for what the test says. */
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

  private Ended run(String hooks, String verb) throws Exception {
    Path script = root.resolve("release.sh");
    Files.writeString(
        script,
        """
        source "%s/lib/common.sh"
        for part in lock journal steps aws secrets disk records git backup engine site-phases; do
          source "$BUNDLE/lib/$part.sh"
        done
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
        app_versions() { printf '{}'; }
        desired_set() { :; }
        %s
        %s
        """
            .formatted(root, hooks, verb));
    Process process =
        new ProcessBuilder("bash", script.toString()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }
}
