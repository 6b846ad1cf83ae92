package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Releases with the real scripts of the bundle, where Docker, the database, AWS or the disk fail at one call of one phase.
 *
 * <p>A release without faults tells which calls each phase makes, and what the host was like when it began. Each of these
 * calls then fails, or says nothing and succeeds. Whatever it is: a release that says "ok" has migrated and serves, and
 * after any other the former one is recorded and desired.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
class ReleaseFaultsTest {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");
  private static final Path PROGRAM =
      Path.of("src/test/resources/dev/slipway/host/faults/program.sh").toAbsolutePath();
  private static final List<String> PROGRAMS =
      List.of("docker", "aws", "psql", "curl", "dpkg", "nsenter", "sleep", "mv", "mktemp");
  private static final String FORMER = "api@sha256:" + "a".repeat(64);
  private static final String NEW = "api@sha256:" + "b".repeat(64);

  private record Ended(int exit, String output) {}

  record Fault(String call, int number, String kind) {
    String phase() {
      return call.substring(0, call.indexOf(' '));
    }

    @Override
    public String toString() {
      return call + " #" + number + " " + kind;
    }
  }

  @TempDir static Path folder;
  private Path host;
  private Path snapshots;
  private List<String> calls;
  private Ended good;

  @BeforeAll
  void releaseTwiceWithoutFaults() throws Exception {
    host = folder.resolve("host");
    snapshots = Files.createDirectories(folder.resolve("snapshots"));
    makeHost();
    Ended first = release(host, FORMER, Map.of());
    assertThat(first.exit()).as(first.output()).isZero();
    Files.delete(host.resolve("fake/calls"));
    copy(host, snapshots.resolve("before"));
    good = release(host, NEW, Map.of("SNAPSHOTS", snapshots.toString()));
    calls = Files.readAllLines(host.resolve("fake/calls"));
  }

  @Test
  void withoutAFaultTheReleaseServes() throws Exception {
    assertThat(good.exit()).as(good.output()).isZero();
    assertThat(served(host)).isEqualTo(NEW);
    assertThat(desired(host)).contains(NEW);
    assertThat(migrations(host)).isEqualTo(2);
    assertThat(snapshots.toFile().list())
        .contains("before", "snapshot", "migrate", "start", "switch", "smoke", "record");
  }

  /** The first and the last of the calls of one kind in each phase, and what may become of them. */
  Stream<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    Set<String> phases = new LinkedHashSet<>();
    for (String call : new LinkedHashSet<>(calls)) {
      int number = (int) calls.stream().filter(call::equals).count();
      String program = call.split(" ")[1];
      if (Set.of("sleep", "dpkg", "nsenter").contains(program)) {
        continue;
      }
      boolean disk = Set.of("mv", "mktemp").contains(program);
      for (int which : number == 1 ? List.of(1) : List.of(1, number)) {
        faults.add(new Fault(call, which, "fails"));
        if (!disk && which == 1) {
          faults.add(new Fault(call, which, "silent"));
        }
      }
      if (program.equals("docker") && phases.add(call.split(" ")[0])) {
        faults.add(new Fault(call, 1, "restarts"));
        faults.add(new Fault(call, 1, "away"));
      }
    }
    return faults.stream();
  }

  @ParameterizedTest
  @MethodSource("faults")
  void whateverFailsNothingIsSaidToServeThatDoesNot(Fault fault) throws Exception {
    Path root = folder.resolve("case-" + Math.abs(fault.toString().hashCode()));
    copy(snapshots.resolve(fault.phase()), root);
    Files.deleteIfExists(root.resolve("fake/calls"));
    Map<String, String> environment =
        Map.of(
            "FAULT_AT",
            fault.call(),
            "FAULT_CALL",
            String.valueOf(fault.number()),
            "FAULT",
            fault.kind());
    Ended ended =
        fault.phase().equals("before")
            ? release(root, NEW, environment)
            : goOn(root, environment);
    String what = fault + "\n" + ended.output();

    if (ended.exit() == 0) {
      assertThat(served(root)).as(what).isEqualTo(NEW);
      assertThat(desired(root)).as(what).contains(NEW);
      assertThat(migrations(root)).as("migrations: " + what).isEqualTo(2);
      assertThat(state(root)).as("what serves: " + what).isEqualTo("running");
    } else {
      assertThat(ended.output()).as(what).doesNotContain("release ok", "slipway: test ok");
      if (ended.output().contains("serves and is recorded")) {
        assertThat(fault.phase()).as(what).isEqualTo("record");
        assertThat(served(root)).as(what).isEqualTo(NEW);
      } else if (!(fault.phase().equals("before") && served(root).equals(NEW))) {
        assertThat(served(root)).as(what).isEqualTo(FORMER);
        assertThat(desired(root)).as(what).contains(FORMER);
      }
      assertThat(ended.output().strip()).as("it says why").isNotEmpty();
    }
    if (ended.exit() == 20) {
      assertThat(state(root)).as("what serves again: " + what).isEqualTo("running");
    }
    delete(root);
  }

  private void makeHost() throws IOException {
    for (String name :
        List.of(
            "bundle",
            "data/releases",
            "data/backups",
            "data/apps/upstreams",
            "run",
            "bin",
            "fake/containers",
            "fake/parameters")) {
      Files.createDirectories(host.resolve(name));
    }
    copy(BUNDLE.toAbsolutePath(), host.resolve("bundle"));
    Path common = host.resolve("bundle/lib/common.sh");
    Files.writeString(
        common,
        Files.readString(common)
            .replace("DATA=/srv/slipway", "DATA=\"$SLIPWAY_TEST_ROOT/data\"")
            .replace("RUNTIME_DIR=/run/slipway", "RUNTIME_DIR=\"$SLIPWAY_TEST_ROOT/run\"")
            .replace(
                "ENVIRONMENT=/etc/slipway/environment.json",
                "ENVIRONMENT=\"$SLIPWAY_TEST_ROOT/environment.json\"")
            .replace("export PATH=/usr", "export PATH=\"$SLIPWAY_TEST_ROOT/bin\":/usr")
            // What is waited for is there at once or never.
            .replace("SECONDS + $1", "SECONDS + 1"));
    for (String program : PROGRAMS) {
      Files.createSymbolicLink(host.resolve("bin/" + program), PROGRAM);
    }
    Files.writeString(host.resolve("fake/schema"), "column\n");
    Files.writeString(
        host.resolve("bundle/settings.json"),
        """
        {"stack": "qa", "system": "admin", "runtime": "apps", "caddy": {"image": "caddy:2"},
         "database": {"snapshot": true, "snapshotMinutes": 1},
         "parameters": {"prefix": "/slipway/qa", "desired": "/slipway/qa/desired", "secrets": "/slipway/qa/secrets"},
         "release": {"minFreeGiB": 0},
         "apps": {"api": {"image": "registry:5000/panel/api", "port": 3000, "hostPort": 8081, "health": "/health",
           "healthSeconds": 1, "databaseUrl": "DATABASE_URL", "migrate": ["npm", "run", "migrate"]}}}
        """);
    Files.writeString(
        host.resolve("environment.json"),
        """
        {"region": "eu-central-1", "databaseHost": "db", "databasePort": "5432", "databaseName": "app",
         "databaseInstance": "db-1", "databaseSnapshotPrefix": "qa-", "databaseMasterSecret": "arn:m",
         "secret.database": "arn:d"}
        """);
  }

  private Ended release(Path root, String ref, Map<String, String> environment) throws Exception {
    Map<String, String> all = new ConcurrentHashMap<>(environment);
    all.put("SSM_ref", ref);
    all.put("SSM_actor", "test");
    return run(root, root.resolve("bundle/release.sh"), all);
  }

  /** As release.sh does with one that was begun: from the phase on that the journal names. */
  private Ended goOn(Path root, Map<String, String> environment) throws Exception {
    Path script = root.resolve("bundle/test.sh");
    Files.writeString(
        script,
        """
        source "$SLIPWAY_TEST_ROOT/bundle/lib/common.sh"
        for part in lock journal steps aws secrets disk records git backup engine; do
          source "$BUNDLE/lib/$part.sh"
        done
        need_configured_host
        source "$BUNDLE/runtimes/$(setting .runtime)/hooks.sh"
        engine_forward
        engine_settle
        finish 0 ok "$(record_current_id)"
        """);
    return run(root, script, environment);
  }

  private static Ended run(Path root, Path script, Map<String, String> environment)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("bash", script.toString()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    builder.environment().put("SLIPWAY_TEST_ROOT", root.toString());
    builder.environment().put("DATA", root.resolve("data").toString());
    builder.environment().put("FAKE", root.resolve("fake").toString());
    builder.redirectOutput(root.resolve("output").toFile());
    Process process = builder.start();
    process.getOutputStream().close();
    assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), Files.readString(root.resolve("output")));
  }

  /** The ref of the release that the host records as the one that serves. */
  private static String served(Path root) throws IOException {
    return new com.google.gson.Gson()
        .fromJson(
            Files.readString(root.resolve("data/current")), com.google.gson.JsonObject.class)
        .get("ref")
        .getAsString();
  }

  private static String desired(Path root) throws IOException {
    return Files.readString(root.resolve("fake/parameters/_slipway_qa_desired"));
  }

  private static long migrations(Path root) throws IOException {
    return Files.readAllLines(root.resolve("fake/schema")).stream()
        .filter(line -> line.contains("migration"))
        .count();
  }

  /** Of the container that the app's file names. */
  private static String state(Path root) throws IOException {
    String upstream = Files.readString(root.resolve("data/apps/upstreams/api"));
    return Files.readString(
        root.resolve("fake/containers/" + upstream.split(":")[0] + "/state"));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(dir).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(
                file,
                to.resolve(from.relativize(file).toString()),
                LinkOption.NOFOLLOW_LINKS,
                java.nio.file.StandardCopyOption.COPY_ATTRIBUTES,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
