package dev.slipway.core;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes the little shell that is not in a file: quoted words and a preamble of exports. */
public final class Script {
  private Script() {}

  /** One word for a POSIX shell, whatever is in it. */
  public static String quote(String word) {
    if (word.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a shell word can't hold a NUL");
    }
    return word.matches("[A-Za-z0-9_./:@%+=,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** A command line of quoted words. */
  public static String line(List<String> words) {
    return words.stream().map(Script::quote).collect(Collectors.joining(" "));
  }

  /** {@code export NAME='value'} lines, in the map's order. */
  public static String exports(Map<String, String> values) {
    return values.entrySet().stream()
        .map(entry -> "export " + entry.getKey() + "=" + quote(entry.getValue()) + "\n")
        .collect(Collectors.joining());
  }
}
