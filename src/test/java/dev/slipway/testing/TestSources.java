package dev.slipway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The text of tests, for tests about tests. */
public final class TestSources {

  private TestSources() {}

  /** Maven runs tests in the project's folder. */
  public static Path project() {
    return Path.of("").toAbsolutePath();
  }

  public static String text(Class<?> test) {
    try {
      return Files.readString(
          project().resolve("src/test/java").resolve(test.getName().replace('.', '/') + ".java"));
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }
}
