package dev.slipway.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The reader of stack files as scripts keep it, compiled once for all tests that run scripts in a
 * folder of their own.
 */
public final class StackReader {
  private static final Path HOME = Path.of("target/test-home").toAbsolutePath();

  private static boolean made;

  private StackReader() {}

  /**
   * Gives a copy of the scripts the reader with its sources, and what systems say of themselves.
   *
   * @param root where {@code scripts/} is
   * @param home that copy's {@code SLIPWAY_HOME}
   */
  public static void lend(Path root, Path home) {
    make();
    try {
      for (var source : new String[] {"stackfile", "core"}) {
        var place = root.resolve("src/main/java/dev/slipway").resolve(source);
        if (!Files.exists(place)) {
          Files.createDirectories(place.getParent());
          Files.createSymbolicLink(
              place, Path.of("src/main/java/dev/slipway", source).toAbsolutePath());
        }
      }
      for (var data : new String[] {"system", "aws"}) {
        var place = root.resolve("src/main/resources/dev/slipway").resolve(data);
        Files.createDirectories(place.getParent());
        Files.createSymbolicLink(
            place, Path.of("src/main/resources/dev/slipway", data).toAbsolutePath());
      }
      Files.createDirectories(home);
      Files.createSymbolicLink(home.resolve("reader"), HOME.resolve("reader"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static synchronized void make() {
    if (!made) {
      read(Path.of("").toAbsolutePath(), Path.of("scripts").toAbsolutePath());
      made = true;
    }
  }

  /** Has every stack file of a folder read, so that the answers are there; gives their folder. */
  public static Path read(Path project, Path scripts) {
    try {
      var builder =
          new ProcessBuilder(
                  "bash",
                  "-c",
                  "set -euo pipefail; source \"$0/lib/common.sh\"; mapfile -t names <"
                      + " <(stack_names); need_readable \"${names[@]}\"",
                  scripts.toString())
              .redirectErrorStream(true);
      builder.environment().put("SLIPWAY_HOME", HOME.toString());
      builder.environment().put("SLIPWAY_PROJECT", project.toString());
      var process = builder.start();
      process.getOutputStream().close();
      var said = new String(process.getInputStream().readAllBytes());
      assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as(said).isZero();
      return HOME.resolve("reader");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
