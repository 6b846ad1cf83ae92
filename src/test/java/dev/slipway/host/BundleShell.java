package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A copy of the host bundle in a folder of a test's, whose functions bash runs there. */
final class BundleShell {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");

  record Ended(int exit, String output) {}

  private final Path root;
  private final String runtime;

  /** The bundle with a runtime and its settings. */
  BundleShell(Path root, String runtime, String settings) throws IOException {
    this.root = root;
    this.runtime = runtime;
    try (var files = Files.walk(BUNDLE)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        var copy = root.resolve(BUNDLE.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    for (String folder : new String[] {"data/releases", "data/app", "data/backups", "run"}) {
      Files.createDirectories(root.resolve(folder));
    }
    // The machine's own folders become the test's.
    var common = root.resolve("lib/common.sh");
    Files.writeString(
        common,
        Files.readString(common)
            .replace("DATA=/srv/slipway", "DATA=" + root.resolve("data"))
            .replace("RUNTIME_DIR=/run/slipway", "RUNTIME_DIR=" + root.resolve("run"))
            .replace(
                "ENVIRONMENT=/etc/slipway/environment.json",
                "ENVIRONMENT=" + root.resolve("environment.json")));
    Files.writeString(root.resolve("settings.json"), settings);
  }

  /** A file below the data folder. */
  Path data(String name, String text) throws IOException {
    var file = root.resolve("data").resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  /** The record of a release that served; the last one that is told is the live one. */
  void served(String id, String more) throws IOException {
    data("releases/" + id + ".json", "{\"id\": \"" + id + "\", \"outcome\": \"ok\", " + more + "}");
    var current = root.resolve("data/current");
    Files.deleteIfExists(current);
    Files.createSymbolicLink(current, Path.of("releases", id + ".json"));
  }

  Ended run(String lines) throws IOException, InterruptedException {
    var script = root.resolve("release.sh");
    Files.writeString(
        script,
        """
        source "%1$s/lib/common.sh"
        for part in lock journal steps aws secrets disk records git backup engine; do
          source "$BUNDLE/lib/$part.sh"
        done
        source "$BUNDLE/runtimes/%2$s/hooks.sh"
        %3$s
        """
            .formatted(root, runtime, lines));
    var process = new ProcessBuilder("bash", script.toString()).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }
}
