package dev.slipway.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Reads the text files that travel with the program. */
public final class Resources {
  private Resources() {}

  /** The text of a file beside {@code owner} on the class path. */
  public static String text(Class<?> owner, String file) {
    try (var stream = owner.getResourceAsStream(file)) {
      if (stream == null) {
        throw new IllegalStateException(file + " is not beside " + owner.getName());
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
