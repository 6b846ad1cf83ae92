package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A copy of the host bundle in a folder of a test's, whose functions bash runs there. */
final class BundleShell {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");

  /** Where hosts' jq is, for the beginning of a PATH; Debian's takes ten times as long to start. */
  static final String JQ =
      Path.of(System.getenv().getOrDefault("SLIPWAY_HOME", ".slipway"), "tools/jq").toAbsolutePath()
          + ":";

  record Ended(int exit, String output) {}

  private final Path root;

  /** The bundle with a runtime and its settings. */
  BundleShell(Path root, String runtime, String settings) throws IOException {
    this.root = root;
    for (String folder : new String[] {"data/releases", "data/app", "data/backups", "run"}) {
      Files.createDirectories(root.resolve(folder));
    }
    copy(root, root.resolve("data"));
    settings(root, runtime, settings);
  }

  /** Copies the bundle; what it has at /run/slipway and /etc/slipway is beside it. */
  static void copy(Path bundle, Path data) throws IOException {
    copy(
        bundle,
        data.toString(),
        bundle.resolve("run").toString(),
        bundle.resolve("environment.json").toString());
  }

  /** Copies the bundle, in which the machine's own folders become a test's, as bash writes them. */
  static void copy(Path bundle, String data, String run, String environment) throws IOException {
    try (var files = Files.walk(BUNDLE)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        var copy = bundle.resolve(BUNDLE.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
    var common = bundle.resolve("lib/common.sh");
    var text = Files.readString(common);
    for (var place :
        Map.of(
                "export PATH=", "export PATH=" + JQ,
                "DATA=/srv/slipway", "DATA=" + data,
                "RUNTIME_DIR=/run/slipway", "RUNTIME_DIR=" + run,
                "ENVIRONMENT=/etc/slipway/environment.json", "ENVIRONMENT=" + environment)
            .entrySet()) {
      assertThat(text).contains(place.getKey());
      text = text.replace(place.getKey(), place.getValue());
    }
    Files.writeString(common, text);
  }

  /**
   * Makes a host on which verbs run with a runtime of the test's own, in {@code runtimes/RUNTIME}.
   * Ids of releases begin with the second: each has one of its own.
   */
  static void hostWith(Path bundle, String runtime) throws IOException {
    for (var folder :
        List.of("runtimes/" + runtime, "data/releases", "data/backups", "data/status", "run")) {
      Files.createDirectories(bundle.resolve(folder));
    }
    copy(bundle, bundle.resolve("data"));
    Files.writeString(
        bundle.resolve("lib/common.sh"),
        """

        need_configured_host() { :; }
        stamp() {
          printf '.' >>"$DATA/clock"
          date -u -d "2026-01-01 $(stat --format %s "$DATA/clock") seconds" +%Y%m%dT%H%M%SZ
        }
        """,
        StandardOpenOption.APPEND);
  }

  /** What every verb sources, and these parts of lib/ as well. */
  static String sources(Path bundle, String... more) {
    return """
        source "%s/lib/common.sh"
        for part in lock journal steps aws secrets disk records git backup engine %s; do
          source "$BUNDLE/lib/$part.sh"
        done
        """
        .formatted(bundle, String.join(" ", more));
  }

  /** The same, and the runtime that the settings name. */
  static String sourcesOf(Path bundle, String... more) {
    return sources(bundle, more) + "source \"$BUNDLE/lib/runtime.sh\"\n";
  }

  /** Writes the bundle's settings, with a runtime. */
  static void settings(Path bundle, String runtime, String settings) throws IOException {
    var json = JsonParser.parseString(settings).getAsJsonObject();
    json.addProperty("runtime", runtime);
    Files.writeString(bundle.resolve("settings.json"), json.toString());
  }

  /** Runs a script, with nothing to read. */
  static Ended bash(Path script) throws IOException, InterruptedException {
    return bash(script, Map.of());
  }

  static Ended bash(Path script, Map<String, String> environment)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder("bash", script.toString()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    var process = builder.start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
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
    Files.writeString(script, sourcesOf(root) + lines);
    return bash(script);
  }
}
