package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract between the engine and runtimes: its page, its code, and the runtimes there are. */
class RuntimeContractTest {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");
  private static final Path PAGE = Path.of("docs/runtimes.md");

  private static final Pattern ROW = Pattern.compile("^\\| `([a-z_]+)[ `].*", Pattern.MULTILINE);
  private static final Pattern NAMED = Pattern.compile("\\b(runtime_[a-z_]+)\\b");
  private static final Pattern DEFINED =
      Pattern.compile("^(runtime_[a-z_]+|phase_[a-z_]+|use_release)\\(\\)", Pattern.MULTILINE);

  /** What lib/runtime.sh and common.sh have for runtimes and for themselves, and no runtime has. */
  private static final Set<String> THE_ENGINES =
      Set.of(
          "runtime_asked",
          "runtime_can",
          "runtime_capabilities",
          "runtime_hooks",
          "runtime_missing",
          "runtime_phases");

  @TempDir Path root;

  private static String withoutComments(Path file) {
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> !line.strip().startsWith("#"))
          .collect(Collectors.joining("\n"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Path> scripts(String folder) throws IOException {
    try (Stream<Path> files = Files.list(BUNDLE.resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(".sh")).sorted().toList();
    }
  }

  static List<String> runtimes() throws IOException {
    try (Stream<Path> folders = Files.list(BUNDLE.resolve("runtimes"))) {
      return folders.map(folder -> folder.getFileName().toString()).sorted().toList();
    }
  }

  /** The page's hooks, by the heading that they stand under. */
  private static Map<String, Set<String>> page() throws IOException {
    var hooks = new LinkedHashMap<String, Set<String>>();
    for (String part : Files.readString(PAGE).split("(?m)^## ")) {
      String heading = part.lines().findFirst().orElse("");
      if (heading.contains("ooks")) {
        hooks.put(
            heading.replaceAll(".*`(.*)`.*", "$1"),
            ROW.matcher(part)
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new)));
      }
    }
    return hooks;
  }

  private static Set<String> all(Map<String, Set<String>> page) {
    return page.values().stream()
        .flatMap(Collection::stream)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** A host with a runtime that is made for the test; what is not in the map is not there. */
  private void host(Map<String, String> files) throws IOException {
    BundleShell.hostWith(root, "tiny");
    Files.writeString(
        root.resolve("lib/records.sh"),
        """

        desired_get() { if [[ -e $DATA/desired ]]; then cat "$DATA/desired"; else return 1; fi; }
        desired_set() { jq -c '{ref, id, at: .finishedAt}' "$(record_file "$1")" >"$DATA/desired"; }
        """,
        StandardOpenOption.APPEND);
    Files.writeString(
        root.resolve("settings.json"),
        "{\"stack\": \"qa\", \"system\": \"tiny\", \"runtime\": \"tiny\","
            + " \"release\": {\"minFreeGiB\": 0}}");
    Files.writeString(root.resolve("environment.json"), "{}");
    for (var file : files.entrySet()) {
      Files.writeString(root.resolve("runtimes/tiny").resolve(file.getKey()), file.getValue());
    }
  }

  private Ended verb(String name, String... values) throws Exception {
    var environment = new HashMap<String, String>(Map.of("SSM_actor", "maria"));
    for (int i = 0; i < values.length; i += 2) {
      environment.put("SSM_" + values[i], values[i + 1]);
    }
    return BundleShell.bash(root.resolve(name + ".sh"), environment);
  }

  private static String lastLine(Ended ended) {
    return ended.output().lines().reduce("", (before, line) -> line);
  }

  private Set<String> told(String line) throws Exception {
    var script = root.resolve("release.sh");
    Files.writeString(script, BundleShell.sourcesOf(root) + line);
    var ended = BundleShell.bash(script);
    assertThat(ended.exit()).as(ended.output()).isZero();
    return new TreeSet<>(Arrays.asList(ended.output().strip().split("\\s+")));
  }

  @Test
  void thePageHasEveryHookUnderTheCapabilityThatAsksForIt() throws Exception {
    host(Map.of("hooks.sh", LEAST));
    var page = page();

    assertThat(page.keySet())
        .containsExactlyInAnyOrder(
            "Hooks of every runtime", "data", "migrates", "sites", "colors", "Optional hooks");
    assertThat(told("runtime_asked all")).isEqualTo(page.get("Hooks of every runtime"));
    for (String capability : List.of("data", "sites", "colors")) {
      assertThat(told("runtime_asked " + capability)).isEqualTo(page.get(capability));
    }
    var migrating = told("runtime_asked migrates");
    migrating.addAll(told("runtime_can() { true; }; runtime_asked migrates"));
    assertThat(migrating).isEqualTo(page.get("migrates"));
  }

  @Test
  void whatMayBeLeftOutHasADefault() throws Exception {
    var defaults = new TreeSet<String>();
    for (String file : List.of("lib/runtime.sh", "configure.sh")) {
      DEFINED
          .matcher(Files.readString(BUNDLE.resolve(file)))
          .results()
          .map(result -> result.group(1))
          .forEach(defaults::add);
    }
    defaults.removeAll(THE_ENGINES);

    assertThat(defaults).containsAll(page().get("Optional hooks"));
    assertThat(all(page())).containsAll(defaults);
  }

  @Test
  void nothingIsCalledOrGivenThatThePageDoesNotSay() throws Exception {
    var hooks = all(page());
    var named = new TreeMap<String, String>();
    for (String folder : List.of("", "lib")) {
      for (Path file : scripts(folder)) {
        NAMED
            .matcher(withoutComments(file))
            .results()
            .forEach(result -> named.put(result.group(1), file.toString()));
      }
    }
    named.keySet().removeAll(THE_ENGINES);
    assertThat(named.keySet()).isEqualTo(named(hooks));
    for (String runtime : runtimes()) {
      for (Path file : scripts("runtimes/" + runtime)) {
        DEFINED
            .matcher(Files.readString(file))
            .results()
            .map(result -> result.group(1))
            .filter(hook -> hook.startsWith("runtime_"))
            .forEach(hook -> assertThat(hooks).as(file.toString()).contains(hook));
      }
    }
  }

  private static Set<String> named(Set<String> hooks) {
    return hooks.stream()
        .filter(hook -> hook.startsWith("runtime_"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @MethodSource("runtimes")
  void eachRuntimeHasWhatItsCapabilitiesAskFor(String runtime) throws Exception {
    host(Map.of("hooks.sh", LEAST));
    Files.writeString(
        root.resolve("settings.json"),
        """
        {"stack": "qa", "runtime": "%s", "compose": {"project": "a"}, "apps": {}, "service": {}}
        """
            .formatted(runtime));
    Files.writeString(
        root.resolve("release.sh"), BundleShell.sourcesOf(root) + "runtime_capabilities\n");

    var ended = BundleShell.bash(root.resolve("release.sh"));

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output().lines())
        .isNotEmpty()
        .isSubsetOf(List.of("containers", "data", "migrates", "sites", "colors"));
  }

  /** Outside its folder nobody knows a runtime by its name. */
  @ParameterizedTest
  @MethodSource("runtimes")
  void nobodyAsksForARuntimeByItsName(String runtime) throws Exception {
    var asked =
        Pattern.compile(
            "runtimes/"
                + runtime
                + "\\b|\\.runtime\\b[^\\n]*[=\"' ]"
                + runtime
                + "\\b|(==|!=) *[\"']?"
                + runtime
                + "\\b");
    for (String folder : List.of("", "lib")) {
      for (Path file : scripts(folder)) {
        assertThat(withoutComments(file)).as(file.toString()).doesNotContainPattern(asked);
      }
    }
    for (String wing : List.of("core", "host", "release", "access", "plan", "backup")) {
      try (Stream<Path> files = Files.walk(Path.of("src/main/java/dev/slipway").resolve(wing))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          assertThat(Files.readString(file))
              .as(file.toString())
              .doesNotContainPattern("(?i)runtimes?\\b.{0,40}\"" + runtime + "\"");
        }
      }
    }
  }

  /** The least that a runtime has: what serves is a line in a file. */
  private static final String LEAST =
      """
      runtime_fetch() {
        [[ $1 != none* ]] || die "there is no $1"
        jq -n --arg ref "$1" '{ref: $ref, imageId: $ref, config: $ref}' >"$2/target.json"
      }
      phase_switch() { jq -r .ref "$RELEASE_DIR/target.json" >"$DATA/serves"; }
      phase_return() { phase_switch; }
      runtime_smoke() { [[ $(<"$DATA/serves") != bad* ]] || die "$(<"$DATA/serves") is not healthy"; }
      """;

  private String serves() throws IOException {
    return Files.readString(root.resolve("data/serves")).strip();
  }

  @Test
  void theLeastRuntimeIsReleasedTo() throws Exception {
    host(Map.of("hooks.sh", LEAST));

    assertThat(verb("release").exit()).as("nothing is desired yet").isEqualTo(11);
    assertThat(lastLine(verb("release", "ref", "v1"))).contains("v1 serves");
    assertThat(lastLine(verb("release", "ref", "v1"))).contains("was live already");
    assertThat(lastLine(verb("release", "ref", "v2"))).contains("v2 serves");
    assertThat(serves()).isEqualTo("v2");

    var failed = verb("release", "ref", "bad");
    assertThat(failed.exit()).as(failed.output()).isEqualTo(20);
    assertThat(lastLine(failed)).contains("bad is not healthy", "(v2) serves again");
    assertThat(serves()).isEqualTo("v2");

    assertThat(verb("release", "ref", "none").exit()).isEqualTo(1);
    assertThat(lastLine(verb("rollback"))).contains("(v1) serves again");
    assertThat(serves()).isEqualTo("v1");
    assertThat(lastLine(verb("release"))).contains("v1 was live already");
    String second = "20260101T000002Z-81db67b6";
    assertThat(verb("rollback", "to", second, "withData", "20260101T000000Z-x").output())
        .contains("does not come back with a release");
    assertThat(verb("release", "retry", "true").output()).contains("nothing migrates");
    assertThat(verb("status").output()).contains("release     ", "v1");
    assertThat(verb("hourly").output()).doesNotContain("not all was published");
    for (String aboutData : List.of("backup", "restore", "drill")) {
      assertThat(lastLine(verb(aboutData))).contains("refused this system keeps no data");
    }
    assertThat(lastLine(verb("retire", "site", "a", "confirm", "a"))).contains("keeps no data");
    assertThat(lastLine(verb("check"))).contains("refused this system has nothing");
  }

  @Test
  void whatARuntimeChecksIsToldAndKeptForStatus() throws Exception {
    String checks =
        """
        runtime_checks() {
          printf '[{"name": "database", "ok": true, "reason": "answers"},'
          printf '{"name": "s3:logs", "ok": %s, "reason": "bucket denied"}]' "$(<"$DATA/ok")"
        }
        """;
    host(Map.of("hooks.sh", LEAST + checks));
    verb("release", "ref", "v1");

    Files.writeString(root.resolve("data/ok"), "false");
    Ended failed = verb("check");
    assertThat(failed.exit()).as(failed.output()).isEqualTo(1);
    assertThat(failed.output())
        .contains("  ok      database: answers\n", "  FAILED  s3:logs: bucket denied\n");
    assertThat(lastLine(failed)).isEqualTo("slipway: check failed s3:logs");
    assertThat(verb("status").output())
        .contains(
            "check       database  ok: answers", "check       s3:logs  FAILED: bucket denied");

    Files.writeString(root.resolve("data/ok"), "true");
    Ended passed = verb("check", "format", "json");
    assertThat(passed.exit()).as(passed.output()).isZero();
    assertThat(passed.output().lines().findFirst().orElseThrow())
        .isEqualTo(
            "[{\"name\":\"database\",\"ok\":true,\"reason\":\"answers\"},"
                + "{\"name\":\"s3:logs\",\"ok\":true,\"reason\":\"bucket denied\"}]");
    assertThat(lastLine(passed)).isEqualTo("slipway: check ok 2 checks pass");
  }

  @Test
  void aHookThatACapabilityAsksForIsMissedAtOnceAndAllOfThem() throws Exception {
    host(Map.of("hooks.sh", LEAST, "capabilities", "migrates\ncolors\n"));

    var ended = verb("release", "ref", "v1");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output().strip())
        .isEqualTo(
            "slipway: release failed the runtime tiny, which can migrates colors, has no"
                + " phase_migrate, phase_start, runtime_apps_state; docs/runtimes.md says what"
                + " they are. Nothing was changed");
    assertThat(root.resolve("data/serves")).doesNotExist();
  }

  @Test
  void aCapabilityThatThereIsNotIsSaid() throws Exception {
    host(Map.of("hooks.sh", LEAST, "capabilities", "datta\n"));

    assertThat(verb("status").output().strip())
        .isEqualTo(
            "slipway: status failed the runtime tiny declares 'datta', which is none of:"
                + " containers data migrates sites colors (docs/runtimes.md). Nothing was changed");
  }

  @Test
  void aRuntimeThatIsNotThereIsSaid() throws Exception {
    host(Map.of());

    assertThat(lastLine(verb("release", "ref", "v1")))
        .contains("there is no runtime 'tiny'", "hooks.sh is missing");
  }

  @Test
  void aPlanOfPhasesThatTheRuntimeLacksIsNotBegun() throws Exception {
    host(
        Map.of(
            "hooks.sh", LEAST + "runtime_plan() { printf '[\"dance\",\"switch\",\"record\"]'; }"));

    var ended = verb("release", "ref", "v1");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(lastLine(ended)).contains("has no phase_dance", "nothing was changed");
    assertThat(root.resolve("data/releases/in-progress.json")).doesNotExist();
  }
}
