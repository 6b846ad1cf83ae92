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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Releases with the real scripts of the bundle, where Docker, the database, AWS or the disk fail at
 * one call of one phase.
 *
 * <p>A release without faults tells which calls each phase makes, and what the host was like when
 * it began. Each of these calls then fails, or says nothing and succeeds. Whatever it is: a release
 * that says "ok" has migrated and serves, and after any other the former one is recorded and
 * desired.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.CONCURRENT)
@Tag("faults")
abstract class ReleaseFaults {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");
  private static final Path PROGRAM =
      Path.of("src/test/resources/dev/slipway/host/faults/program.sh").toAbsolutePath();
  private static final List<String> PROGRAMS =
      List.of("docker", "aws", "psql", "curl", "dpkg", "nsenter", "sleep", "mv", "mktemp");

  record Ended(int exit, String output) {}

  record Fault(String call, int number, String kind) {
    String phase() {
      return call.substring(0, call.indexOf(' '));
    }

    @Override
    public String toString() {
      return call + " #" + number + " " + kind;
    }
  }

  /** Of the release that serves, and of the one that is made. */
  private final String former;

  private final String next;

  private Path folder;
  Path host;
  private Path snapshots;
  private List<String> calls;
  private Ended good;

  ReleaseFaults(String former, String next) {
    this.former = former;
    this.next = next;
  }

  /** The host's settings and all that it has before the release. */
  abstract void prepare() throws Exception;

  /** The release, without faults. */
  abstract Ended release(Map<String, String> environment) throws Exception;

  /** The phases that it has. */
  abstract List<String> phases();

  /** What serves is in the container that it should be in, and open. */
  abstract boolean serves(Path root, String ref) throws IOException;

  /** How many migrations the database shows after the release, and after a way back. */
  abstract List<Long> migrated();

  @BeforeAll
  void releaseWithoutFaults(@TempDir Path given) throws Exception {
    folder = given;
    host = folder.resolve("host");
    snapshots = Files.createDirectories(folder.resolve("snapshots"));
    makeHost();
    prepare();
    Files.deleteIfExists(host.resolve("fake/calls"));
    copy(host, snapshots.resolve("before"));
    good = release(Map.of("SNAPSHOTS", snapshots.toString()));
    calls = Files.readAllLines(host.resolve("fake/calls"));
  }

  @Test
  void withoutAFaultTheReleaseServes() throws Exception {
    assertThat(good.exit()).as(good.output()).isZero();
    assertThat(served(host)).isEqualTo(next);
    assertThat(desired(host)).contains(next);
    assertThat(migrations(host)).isEqualTo(migrated().get(0));
    assertThat(serves(host, next)).isTrue();
    assertThat(snapshots.toFile().list()).containsAll(phases());
  }

  /**
   * The first and the last of each kind of call in each phase, and what may become of them: one in
   * {@code slipway.faults.share} of them, since all take a quarter of an hour (1 takes all).
   */
  Stream<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    Set<String> phases = new LinkedHashSet<>();
    for (String call : new LinkedHashSet<>(calls)) {
      String program = call.split(" ")[1];
      if (Set.of("sleep", "dpkg", "nsenter").contains(program) || call.startsWith("returning")) {
        continue;
      }
      int number = (int) calls.stream().filter(call::equals).count();
      faults.add(new Fault(call, 1, "fails"));
      if (Set.of("mv", "mktemp").contains(program)) {
        continue;
      }
      faults.add(new Fault(call, number, "silent"));
      if (number > 1) {
        faults.add(new Fault(call, number, "fails"));
      }
      if (program.equals("docker") && phases.add(call.split(" ")[0])) {
        faults.add(new Fault(call, 1, "restarts"));
        faults.add(new Fault(call, 1, "away"));
      }
    }
    int share = Integer.getInteger("slipway.faults.share", 12);
    return IntStream.range(0, faults.size()).filter(at -> at % share == 0).mapToObj(faults::get);
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
        fault.phase().equals("before") ? release(root, next, environment) : goOn(root, environment);
    String what = fault + "\n" + ended.output();

    if (ended.exit() == 0) {
      assertThat(served(root)).as(what).isEqualTo(next);
      assertThat(desired(root)).as(what).contains(next);
      assertThat(migrations(root)).as("migrations: " + what).isEqualTo(migrated().get(0));
      assertThat(serves(root, next)).as("it serves: " + what).isTrue();
    } else {
      assertThat(ended.output()).as(what).doesNotContain("release ok", "slipway: test ok");
      assertThat(ended.output().strip()).as("it says why").isNotEmpty();
      // What fails after it is recorded is finished by the next run; until then it serves.
      boolean recorded =
          fault.phase().equals("record") && ended.output().contains("serves and is recorded")
              || fault.phase().equals("before") && served(root).equals(next);
      assertThat(served(root)).as(what).isEqualTo(recorded ? next : former);
      if (!recorded) {
        assertThat(desired(root)).as(what).contains(former);
      }
    }
    if (ended.exit() == 20) {
      assertThat(migrations(root)).as("migrations: " + what).isIn(migrated());
      assertThat(serves(root, former)).as("the former one serves: " + what).isTrue();
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
            "data/secrets",
            "run",
            "bin",
            "fake/containers",
            "fake/s3",
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
  }

  void settings(String settings, String environment) throws IOException {
    Files.writeString(host.resolve("bundle/settings.json"), settings);
    Files.writeString(host.resolve("environment.json"), environment);
  }

  static Ended release(Path root, String ref, Map<String, String> environment) throws Exception {
    Map<String, String> all = new ConcurrentHashMap<>(environment);
    all.put("SSM_ref", ref);
    all.put("SSM_actor", "test");
    return run(root, root.resolve("bundle/release.sh"), all);
  }

  /** As release.sh does with one that was begun: from the phase on that the journal names. */
  static Ended goOn(Path root, Map<String, String> environment) throws Exception {
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
        .fromJson(Files.readString(root.resolve("data/current")), com.google.gson.JsonObject.class)
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

  /** What the test's Docker knows of a container. */
  static String container(Path root, String name, String what) throws IOException {
    Path file = root.resolve("fake/containers/" + name + "/" + what);
    return Files.exists(file) ? Files.readString(file) : "";
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
