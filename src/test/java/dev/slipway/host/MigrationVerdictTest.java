package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A migration is done when its container says so, and never because something could not be asked.
 */
class MigrationVerdictTest {
  @TempDir Path root;

  @BeforeEach
  void copyTheBundle() throws IOException {
    BundleShell.copy(root, root);
    Files.createDirectories(root.resolve("run"));
    Files.createDirectories(root.resolve("apps"));
    Files.writeString(
        root.resolve("settings.json"),
        "{\"stack\": \"qa\", \"runtime\": \"apps\", \"apps\": {\"api\": {}}}");
    Files.createDirectories(root.resolve("releases/r1"));
    Files.writeString(
        root.resolve("releases/r1/apps.json"),
        "{\"api\": {\"image\": \"i\", \"databaseUrl\": \"DATABASE_URL\", \"migrate\": [\"m\"]}}");
  }

  /**
   * Each way in which Docker may not do what it was asked for, with an exit code and without one.
   */
  @ParameterizedTest
  @CsvSource({
    "compose, return 1",
    "compose, return 0",
    "compose, 'printf \"created 0\" >\"$STATE\"; return 1'",
    "compose, 'printf \"created 0\" >\"$STATE\"'",
    "wait, return 1",
    "wait, return 0",
    "wait, 'echo; return 0'",
    "wait, 'echo nonsense'",
    "wait, 'echo 1'",
    "inspect, return 1",
    "inspect, return 0",
  })
  void whatDockerDidNotDoIsNotDone(String command, String fault) throws Exception {
    Ended ended = migrate(command, fault);

    assertThat(ended.exit()).as(ended.output()).isNotZero();
    assertThat(ended.output()).doesNotContain("MIGRATED");
  }

  @Test
  void aMigrationThatEndsWellIsDone() throws Exception {
    Ended ended = migrate("none", "");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("MIGRATED");
  }

  @Test
  void whoCannotFollowItsOutputStillTakesItsVerdict() throws Exception {
    assertThat(migrate("logs", "return 1").output()).contains("MIGRATED");
  }

  @Test
  void aMigrationThatCannotBeAskedForIsNotBegunAgain() throws Exception {
    Files.writeString(root.resolve("state"), "running 0");

    Ended ended = migrate("inspect", "echo 'Cannot connect to the Docker daemon' >&2; return 1");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output()).contains("Cannot connect to the Docker daemon");
    assertThat(Files.readString(root.resolve("state"))).as("it goes on").isEqualTo("running 0");
  }

  /** A container whose life is in a file; `command` does as the test says. */
  private Ended migrate(String command, String fault) throws Exception {
    Path script = root.resolve("release.sh");
    Files.writeString(
        script,
        """
source "%1$s/lib/common.sh"
for part in lock journal steps aws secrets disk records git backup engine; do
  source "$BUNDLE/lib/$part.sh"
done
source "$BUNDLE/lib/runtime.sh"
STATE='%1$s/state'
docker() {
  if [[ $1 == '%2$s' ]]; then
    %3$s
    return
  fi
  case "$1" in
    image) printf '{"Cmd": ["node"]}' ;;
    compose) printf 'exited 0' >"$STATE" ;;
    rm) rm -f "$STATE" ;;
    wait) printf '0\\n' ;;
    inspect)
      if [[ -s $STATE ]]; then cat "$STATE"; else echo 'Error: No such container' >&2; return 1; fi ;;
  esac
}
database_as_app() { echo locked; cat >/dev/null; }
secrets_write() { :; }
use_release r1
IN_STEP=migrate
migrate_app r1 api
say MIGRATED
"""
            .formatted(root, command, fault.isEmpty() ? ":" : fault));
    Process process =
        new ProcessBuilder("bash", script.toString()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }
}
