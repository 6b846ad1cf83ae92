package dev.slipway.scripts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files in scripts/: verbs, what workflows and contributors call, and what these share. */
final class Scripts {
  private static final Path ALL = Path.of("scripts");

  private Scripts() {}

  /** All but the pins of tools, from the repository's root. */
  static List<Path> files() {
    return Stream.of("dev", "ci", "lib", "")
        .flatMap(folder -> filesIn(ALL.resolve(folder)).stream())
        .toList();
  }

  /** Those that are run; what others source is not executable. */
  static List<Path> run() {
    return Stream.of("dev", "ci", "")
        .flatMap(folder -> filesIn(ALL.resolve(folder)).stream())
        .filter(file -> Files.isExecutable(file) || file.toString().endsWith(".py"))
        .toList();
  }

  /** Where the script of this name is; a test's own one is beside the verbs. */
  static Path named(String name) {
    return files().stream()
        .filter(file -> file.getFileName().toString().equals(name))
        .findFirst()
        .orElse(ALL.resolve(name));
  }

  private static List<Path> filesIn(Path folder) {
    try (var files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
