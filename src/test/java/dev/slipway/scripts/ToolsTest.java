package dev.slipway.scripts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where {@code tools.sh} takes a program from: PATH, its release, or its source. */
class ToolsTest {
  private static final String RELEASED = "#!/bin/sh\necho released\n";

  @TempDir Path root;
  private Workplace place;
  private HttpServer server;
  private byte[] served = RELEASED.getBytes(UTF_8);
  private final List<String> asked = new CopyOnWriteArrayList<>();

  @BeforeEach
  void pins() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
          exchange.sendResponseHeaders(
              served == null ? 404 : 200, served == null ? -1 : served.length);
          try (var body = exchange.getResponseBody()) {
            if (served != null) {
              body.write(served);
            }
          }
        });
    server.start();
    place =
        new Workplace(root)
            .with("SLIPWAY_DOWNLOADS", "http://127.0.0.1:" + server.getAddress().getPort())
            .fake("go version", "echo go version go1.26.0 linux/amd64")
            .fake(
                "go -C",
                "while [[ $1 != -o ]]; do shift; done; printf '#!/bin/sh\\n"
                    + "echo built\\n"
                    + "' >\"$2\"; chmod +x \"$2\"");
    for (var name : List.of("pebble", "caddy", "actionlint")) {
      place.file(
          "scripts/tools/" + name + "/go.mod", "module tools\n\nrequire example.com/it v2.8.0\n");
      place.file("scripts/tools/" + name + "/go.sum", "");
      place.file("scripts/tools/" + name + "/tools.go", "import _ \"example.com/it\"\n");
    }
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private void release(String name, String sha256, String inside) {
    var lines = new ArrayList<>(List.of("# The pinned release"));
    for (var machine : List.of("x86_64", "aarch64")) {
      lines.add(machine + " " + sha256 + " https://github.com/it/releases/v2.8.0/it" + inside);
    }
    place.file("scripts/tools/" + name + "/release.txt", String.join("\n", lines) + "\n");
  }

  private String program(String name) {
    try {
      return Files.readString(place.path(".slipway/tools/bin/" + name));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void theReleaseIsTakenWhenItsChecksumIsThePinnedOne() throws Exception {
    release("pebble", sha256(served), "");

    var ended = place.run("tools.sh", "pebble");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(program("pebble")).isEqualTo(RELEASED);
    assertThat(Files.isExecutable(place.path(".slipway/tools/bin/pebble"))).isTrue();
    assertThat(ended.output()).contains("[1/1] pebble 00:00, about 10 s left", "downloaded in ");
    assertThat(asked).contains("GET /it/releases/v2.8.0/it");
    assertThat(place.calls("go")).isEmpty();

    asked.clear();
    assertThat(place.run("tools.sh", "pebble").output()).isEqualTo("pebble v2.8.0: ready\n");
    assertThat(asked).isEmpty();
    assertThat(place.run("tools.sh", "--list", "pebble").output())
        .matches("pebble +v2.8.0 +\\S+/bin/pebble\n");
  }

  @Test
  void itsProgramIsTakenOutOfAnArchive() throws Exception {
    place.file("made/deep/pebble", RELEASED);
    var made =
        new ProcessBuilder("tar", "-czf", "archive.tgz", "-C", "made", "deep/pebble")
            .directory(root.toFile())
            .start();
    assertThat(made.waitFor()).isZero();
    served = Files.readAllBytes(root.resolve("archive.tgz"));
    release("pebble", sha256(served), " deep/pebble");

    var ended = place.run("tools.sh", "pebble");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(program("pebble")).isEqualTo(RELEASED);
  }

  @Test
  void whatHasAnotherChecksumIsThrownAwayAndTheProgramBuilt() throws Exception {
    release("pebble", sha256("something else".getBytes(UTF_8)), "");

    var ended = place.run("tools.sh", "pebble");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output()).contains("has not the checksum", "built from source");
    assertThat(program("pebble")).contains("echo built");
  }

  @Test
  void whatCannotBeDownloadedIsBuilt() throws Exception {
    release("pebble", sha256(served), "");
    served = null;
    var missing = place.run("tools.sh", "pebble");
    assertThat(missing.exit()).as(missing.all()).isZero();
    assertThat(missing.output()).contains("can't be downloaded, so it is built");
    assertThat(program("pebble")).contains("echo built");

    // Nothing was pinned for it.
    assertThat(place.run("tools.sh", "caddy").exit()).isZero();
    assertThat(program("caddy")).contains("echo built");
  }

  @Test
  void aHostThatIsOutOfReachIsAskedOnce() throws Exception {
    release("pebble", sha256(served), "");
    release("actionlint", sha256(served), "");
    place
        .with("SLIPWAY_DOWNLOADS", "http://127.0.0.1:1")
        .fake("curl", "exit 7")
        .fake("actionlint", "exit 1");

    var ended = place.run("tools.sh", "pebble", "actionlint");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("curl")).hasSize(1);
    assertThat(program("pebble")).contains("echo built");
    assertThat(ended.output().lines())
        .contains("[1/2] pebble 00:00, about 30 s left", "[2/2] actionlint 00:00, about 20 s left");

    place.with("SLIPWAY_DOWNLOADS", "none").file("scripts/tools/pebble/go.sum", "changed");
    assertThat(place.run("tools.sh", "pebble").exit()).isZero();
    assertThat(place.calls("curl")).hasSize(1);
  }

  @Test
  void whatIsOnPathInAVersionThatWillDoIsUsed() throws Exception {
    release("actionlint", sha256(served), "");
    for (var version : List.of("2.8.0", "2.11.1")) {
      place.fake("actionlint", "echo " + version);
      var ended = place.run("tools.sh", "actionlint");
      assertThat(ended.output()).isEqualTo("actionlint v" + version + ": found on PATH\n");
    }
    assertThat(asked).isEmpty();

    for (var version : List.of("2.7.9", "3.0.0", "of its own")) {
      place.fake("actionlint", "echo " + version);
      assertThat(place.run("tools.sh", "--list", "actionlint").output())
          .as(version)
          .contains("v2.8.0");
    }
  }

  @Test
  void everyPinnedReleaseIsOfTheVersionThatWouldBeBuilt() throws IOException {
    int releases = 0;
    var line =
        Pattern.compile(
            "(x86_64|aarch64) [0-9a-f]{64}"
                + " https://github\\.com/\\S+/releases/download/(\\S+?)/\\S+( \\S+)?");
    for (var name : Files.list(Path.of("scripts/tools")).sorted().toList()) {
      var file = name.resolve("release.txt");
      if (!Files.exists(file)) {
        continue;
      }
      for (var text : Files.readAllLines(file)) {
        if (text.startsWith("#")) {
          continue;
        }
        var found = line.matcher(text);
        assertThat(found.matches()).as(file + ": " + text).isTrue();
        assertThat(found.group(2)).as(file + ": " + text).isEqualTo(builtVersion(name));
        releases++;
      }
    }
    assertThat(releases).isPositive();
  }

  /** The version that is built from source, as the project tags it. */
  private static String builtVersion(Path pins) throws IOException {
    if (Files.exists(pins.resolve("go.mod"))) {
      return Files.readAllLines(pins.resolve("go.mod")).stream()
          .filter(word -> word.matches("require [^(].*"))
          .map(word -> word.substring(word.lastIndexOf(' ') + 1))
          .findFirst()
          .orElseThrow();
    }
    return Files.readAllLines(Path.of("scripts/tools.sh")).stream()
        .filter(word -> word.startsWith("readonly JQ="))
        .map(word -> word.substring(word.indexOf('=') + 1))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void uvIsInstalledFromItsWheelByItsHashes() {
    place.file("scripts/tools/uv/requirements.txt", "uv==0.13.9 --hash=sha256:00\n");
    place.file(
        "pip",
        """
        #!/usr/bin/env bash
        printf 'pip %s\\n' "$*" >>"$FAKES/calls"
        while [[ $1 != --target ]]; do shift; done
        mkdir -p "$2/bin"
        printf '#!/bin/sh\\necho /usr/bin/python3.11\\n' >"$2/bin/uv"
        """);
    place.fake(
        "python3",
        "[[ $1 != -m ]] || { mkdir -p \"$3/bin\"; cp \"$FAKES/pip\" \"$3/bin/python\"; chmod +x"
            + " \"$3/bin/python\"; }");

    var ended = place.run("tools.sh", "uv");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output()).contains("uv 0.13.9: ready, with /usr/bin/python3.11");
    assertThat(place.calls("pip"))
        .singleElement()
        .asString()
        .contains("--require-hashes", "scripts/tools/uv/requirements.txt");
    assertThat(program("uv")).contains("python3.11");
    assertThat(place.run("tools.sh", "--list", "uv").output()).matches("uv +0.13.9 +\\S+/bin/uv\n");
    assertThat(place.run("tools.sh", "uv").exit()).isZero();
    assertThat(place.calls("pip")).hasSize(1);
  }

  /** Hosts install by it what projects were locked and tested with. */
  @Test
  void thereIsOneUv() throws IOException {
    var pins = new ArrayList<List<String>>();
    for (var folder : List.of("scripts/tools", "src/main/resources/dev/slipway/host")) {
      try (var files = Files.walk(Path.of(folder))) {
        for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
          if (file.toString().endsWith(".txt") && Files.readString(file).contains("uv==")) {
            pins.add(
                Pattern.compile("uv==\\S+|sha256:[0-9a-f]{64}")
                    .matcher(Files.readString(file))
                    .results()
                    .map(found -> found.group())
                    .toList());
          }
        }
      }
    }

    assertThat(pins).hasSize(2).allMatch(pin -> pin.equals(pins.get(0)));
  }
}
