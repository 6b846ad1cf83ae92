package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
 * it began. Each of these calls then fails, or says nothing and succeeds, or is the last before the
 * disk is full. Whatever it is: a release that says "ok" has migrated and serves, and after any
 * other the former one is recorded and desired. So it is on the way back from a migration that
 * fails; and what could not be ended is ended by the next run.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.CONCURRENT)
@Tag("faults")
abstract class ReleaseFaults {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");
  private static final Path PROGRAM =
      Path.of("src/test/resources/dev/slipway/host/faults/program.sh").toAbsolutePath();
  static final List<String> PROGRAMS =
      List.of("docker", "aws", "psql", "curl", "dpkg", "nsenter", "sleep", "mv", "mktemp");

  record Ended(int exit, String output) {}

  record Fault(String call, int number, String kind) {
    String phase() {
      return call.substring(0, call.indexOf(' '));
    }

    Map<String, String> environment() {
      return Map.of("FAULT_AT", call, "FAULT_CALL", String.valueOf(number), "FAULT", kind);
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
  private List<String> callsBack;
  private Ended good;
  private Ended back;

  ReleaseFaults(String former, String next) {
    this.former = former;
    this.next = next;
  }

  /** The host's settings and all that it has before the release. */
  abstract void prepare() throws Exception;

  /** What its scripts call and a test has none of. */
  List<String> programs() {
    return PROGRAMS;
  }

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
    copy(host, snapshots.resolve("before"));
    good = release(host, next, Map.of("SNAPSHOTS", snapshots.toString()));
    calls = Files.readAllLines(host.resolve("fake/calls"));
    assertThat(good.exit()).as(good.output()).isZero();
    Path root = folder.resolve("back");
    copy(snapshots.resolve("migrate"), root);
    back = goOn(root, Map.of("MIGRATION_FAILS", "yes"));
    callsBack =
        Files.readAllLines(root.resolve("fake/calls")).stream()
            .filter(call -> call.startsWith("return"))
            .toList();
  }

  @Test
  void withoutAFaultTheReleaseServes() throws Exception {
    assertThat(served(host)).isEqualTo(next);
    assertThat(desired(host)).contains(next);
    assertThat(migrations(host)).isEqualTo(migrated().get(0));
    assertThat(serves(host, next)).isTrue();
    assertThat(snapshots.toFile().list()).containsAll(phases());
  }

  @Test
  void withoutAnotherFaultTheWayBackBringsTheFormerOneBack() throws Exception {
    assertThat(back.exit()).as(back.output()).isEqualTo(20);
    assertServesTheFormerOne(folder.resolve("back"), back.output());
    assertThat(callsBack).isNotEmpty();
  }

  /** What may become of the calls of a release. */
  Stream<Fault> faults() {
    return faults(calls);
  }

  /** What may become of the calls of a way back. */
  Stream<Fault> faultsOnTheWayBack() {
    return faults(callsBack);
  }

  /**
   * The first and the last of each kind of call in each phase, and what may become of them: one in
   * {@code slipway.faults.share} of them, since all take most of an hour (1 takes all).
   */
  private static Stream<Fault> faults(List<String> calls) {
    List<Fault> faults = new ArrayList<>();
    Set<String> phases = new LinkedHashSet<>();
    Set<String> full = new LinkedHashSet<>();
    for (String call : new LinkedHashSet<>(calls)) {
      String program = call.split(" ")[1];
      if (Set.of("sleep", "dpkg", "nsenter", "journalctl").contains(program)) {
        continue;
      }
      int number = (int) calls.stream().filter(call::equals).count();
      faults.add(new Fault(call, 1, "fails"));
      if (full.add(call.split(" ")[0] + program)) {
        faults.add(new Fault(call, 1, "full"));
        faults.add(new Fault(call, number, "full"));
      }
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
    List<Fault> distinct = faults.stream().distinct().toList();
    int share = Integer.getInteger("slipway.faults.share", 25);
    return IntStream.range(0, distinct.size())
        .filter(at -> at % share == 0)
        .mapToObj(distinct::get);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void whateverFailsNothingIsSaidToServeThatDoesNot(Fault fault) throws Exception {
    Path root = folder.resolve("case-" + Math.abs(fault.toString().hashCode()));
    copy(snapshots.resolve(fault.phase()), root);
    Ended ended =
        fault.phase().equals("before")
            ? release(root, next, fault.environment())
            : goOn(root, fault.environment());
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
    } else if (ended.exit() != 0) {
      assertTheNextRunEndsIt(root, what);
    }
    delete(root);
  }

  @ParameterizedTest
  @MethodSource("faultsOnTheWayBack")
  void whateverFailsOnTheWayBackTheNextRunEndsIt(Fault fault) throws Exception {
    Path root = folder.resolve("back-" + Math.abs(fault.toString().hashCode()));
    copy(snapshots.resolve("migrate"), root);
    Map<String, String> environment = new ConcurrentHashMap<>(fault.environment());
    environment.put("MIGRATION_FAILS", "yes");
    Ended ended = goOn(root, environment);
    String what = fault + "\n" + ended.output();

    assertThat(ended.exit()).as(what).isIn(20, 21);
    assertThat(ended.output()).as(what).doesNotContain("slipway: test ok");
    if (ended.exit() == 20) {
      assertServesTheFormerOne(root, what);
    } else {
      assertThat(served(root)).as(what).isEqualTo(former);
      assertTheNextRunEndsIt(root, what);
    }
    delete(root);
  }

  private void assertServesTheFormerOne(Path root, String what) throws IOException {
    assertThat(served(root)).as(what).isEqualTo(former);
    assertThat(desired(root)).as(what).contains(former);
    assertThat(migrations(root)).as("migrations: " + what).isIn(migrated());
    assertThat(serves(root, former)).as("the former one serves: " + what).isTrue();
  }

  /** With all that was missing there again, one of the two serves, with its data. */
  private void assertTheNextRunEndsIt(Path root, String before) throws Exception {
    Files.deleteIfExists(root.resolve("fake/away"));
    Ended ended = repair(root);
    String what = before + "\nthe next run:\n" + ended.output();
    assertThat(ended.exit()).as(what).isZero();
    if (served(root).equals(next)) {
      assertThat(desired(root)).as(what).contains(next);
      assertThat(migrations(root)).as("migrations: " + what).isEqualTo(migrated().get(0));
      assertThat(serves(root, next)).as("it serves: " + what).isTrue();
    } else {
      assertServesTheFormerOne(root, what);
    }
    assertThat(root.resolve("data/releases/in-progress.json")).as(what).doesNotExist();
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
            .replace(
                "export PATH=/usr",
                "export PATH=\"$SLIPWAY_TEST_ROOT/bin\":" + BundleShell.JQ + "/usr")
            // What is waited for is there at once or never.
            .replace("SECONDS + $1", "SECONDS + 1"));
    for (String program : programs()) {
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
        BEGINNING
            + """
            engine_forward
            engine_settle
            finish 0 ok "$(record_current_id)"
            """);
    return run(root, script, environment);
  }

  /** What every verb does before its own work. */
  private static Ended repair(Path root) throws Exception {
    Path script = root.resolve("bundle/test.sh");
    Files.writeString(
        script,
        BEGINNING
            + """
            engine_repair
            if [[ -n $UNFINISHED ]]; then engine_go_back; fi
            finish 0 ok "$(record_current_id)"
            """);
    return run(root, script, Map.of());
  }

  private static final String BEGINNING =
      """
      source "$SLIPWAY_TEST_ROOT/bundle/lib/common.sh"
      for part in lock journal steps aws secrets disk records git backup engine; do
        source "$BUNDLE/lib/$part.sh"
      done
      need_configured_host
      source "$BUNDLE/lib/runtime.sh"
      """;

  private static Ended run(Path root, Path script, Map<String, String> environment)
      throws Exception {
    Files.deleteIfExists(root.resolve("fake/calls"));
    Files.writeString(
        root.resolve("fake/environment"),
        environment.entrySet().stream()
            .map(entry -> entry.getKey() + "='" + entry.getValue() + "'\n")
            .collect(Collectors.joining()));
    // On a full disk a write fails, and ends nobody.
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", "trap '' XFSZ; exec bash \"$0\"", script.toString())
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    builder.environment().put("SLIPWAY_TEST_ROOT", root.toString());
    Process process = builder.start();
    process.getOutputStream().close();
    CompletableFuture<String> output =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output.get(60, TimeUnit.SECONDS));
  }

  /** The ref of the release that the host records as the one that serves. */
  private static String served(Path root) throws IOException {
    return new com.google.gson.Gson()
        .fromJson(Files.readString(root.resolve("data/current")), com.google.gson.JsonObject.class)
        .get("ref")
        .getAsString();
  }

  private static String desired(Path root) throws IOException {
    var parameters = root.resolve("fake/parameters");
    var desired = Files.readString(parameters.resolve("_slipway_qa_desired"));
    var parts =
        new com.google.gson.Gson()
            .fromJson(desired, com.google.gson.JsonObject.class)
            .getAsJsonObject("parts");
    if (parts == null) {
      return desired;
    }
    var refs = new ArrayList<String>();
    for (var part : parts.entrySet()) {
      refs.add(
          Files.readString(
              parameters.resolve(
                  "_slipway_qa_desired_" + part.getKey() + ":" + part.getValue().getAsInt())));
    }
    return String.join(",", refs);
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
