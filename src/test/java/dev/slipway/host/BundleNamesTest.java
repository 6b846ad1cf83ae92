package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a verb sources is one shell: a name that two parts give a value is the last one's. */
class BundleNamesTest {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");

  private static final Pattern GIVEN =
      Pattern.compile("^(?:readonly |export )?([A-Z][A-Z0-9_]*)=", Pattern.MULTILINE);

  /** Each runtime says it, one of them in the part of the library that is its alone. */
  private static final String SAID_BY_RUNTIMES = "RUNTIME_LEFT";

  @ParameterizedTest
  @MethodSource("dev.slipway.host.RuntimeContractTest#runtimes")
  void noTwoPartsGiveOneNameAValue(String runtime) throws IOException {
    var parts = new TreeMap<String, List<String>>();
    for (Path folder : List.of(BUNDLE.resolve("lib"), BUNDLE.resolve("runtimes/" + runtime))) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".sh")).sorted().toList()) {
          String text = Files.readString(file);
          if (text.startsWith("#!")) {
            // A program of its own, and no part of another.
            continue;
          }
          GIVEN
              .matcher(text)
              .results()
              .map(result -> result.group(1))
              .distinct()
              .forEach(
                  name ->
                      parts
                          .computeIfAbsent(name, any -> new ArrayList<>())
                          .add(file.getFileName().toString()));
        }
      }
    }
    assertThat(parts).containsKeys("KEPT", "JOURNAL", "LOCK");
    parts.remove(SAID_BY_RUNTIMES);
    parts.values().removeIf(files -> files.size() == 1);
    assertThat(parts).isEmpty();
  }
}
