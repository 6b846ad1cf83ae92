package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.slipway.host.BundleShell.Ended;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs what the runtime `service` decides, and its scripts and units, without a systemd. */
class ServiceRuntimeTest {
  private static final Path UNITS =
      Path.of("src/main/resources/dev/slipway/host/bundle/runtimes/service/units");
  private static final String COMMIT = "a".repeat(40);

  @TempDir Path root;

  @BeforeEach
  void copyTheBundle() throws IOException {
    for (String folder : List.of("releases", "status", "run", "app", "units", "service/releases")) {
      Files.createDirectories(root.resolve(folder));
    }
    BundleShell.copy(root, root);
    Path paths = root.resolve("runtimes/service/paths.sh");
    Files.writeString(
        paths,
        Files.readString(paths)
            .replace("UNITS=/etc/systemd/system", "UNITS=" + root + "/units")
            .replace("UNITS=/run/systemd/system", "UNITS=" + root + "/run/units"));
    Files.writeString(
        root.resolve("lib/common.sh"),
        """

        need_configured_host() { :; }
        # Parameters are files, and calls are written down.
        aws() {
          printf '%s\\n' "$*" >>"$DATA/aws"
          case "$1 $2" in
            'ssm get-parameter')
              local name
              while [[ $1 != --name ]]; do shift; done
              name=$DATA/parameter-${2##*/}
              [[ -s $name ]] || { echo ParameterNotFound >&2; return 254; }
              jq -n --rawfile value "$name" --argjson version "$(wc -l <"$name.versions")" '{Parameter: {Value: $value, Version: $version}}'
              ;;
            *) fake_aws "$@" ;;
          esac
        }
        fake_aws() { :; }
        """,
        StandardOpenOption.APPEND);
    environment("\"region\": \"eu-central-1\"");
    settings("");
  }

  private void environment(String entries) throws IOException {
    Files.writeString(root.resolve("environment.json"), "{" + entries + "}");
  }

  private void settings(String service) throws IOException {
    BundleShell.settings(
        root,
        "service",
        """
        {"stack": "dev", "system": "fastapi",
         "parameters": {"prefix": "/slipway/dev", "desired": "/slipway/dev/desired", "secrets": "/slipway/dev/secrets"},
         "service": {"repository": "https://example.com/a", "app": "app.main:app", "port": 8000,
           "health": "/health", "healthSeconds": 1, "workers": 3, "requestSeconds": 7 %s}}
        """
            .formatted(service));
  }

  private void parameter(String name, String value) throws IOException {
    Files.writeString(root.resolve("parameter-" + name), value);
    Files.writeString(
        root.resolve("parameter-" + name + ".versions"),
        "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private Ended run(String lines) throws Exception {
    Path script = root.resolve("test.sh");
    Files.writeString(script, BundleShell.sourcesOf(root) + "VERB=release\n" + lines + "\n");
    return BundleShell.bash(script);
  }

  private String told(String lines) throws Exception {
    Ended ended = run(lines);
    assertThat(ended.exit()).as(ended.output()).isZero();
    return ended.output().strip();
  }

  // --- what a release is made of ---------------------------------------------------------------

  private static final String SPEC =
      """
      mkdir -p "$RELEASES/one"
      spec_write "$RELEASES/one" %s tree
      use_release one
      """
          .formatted(COMMIT);

  private JsonObject spec() throws IOException {
    return JsonParser.parseString(Files.readString(root.resolve("releases/one/spec.json")))
        .getAsJsonObject();
  }

  /** As the unit runs it, with these credentials. */
  private Ended start(Map<String, String> credentials, String what) throws Exception {
    Path folder = Files.createDirectories(root.resolve("credentials"));
    for (var credential : credentials.entrySet()) {
      Files.writeString(folder.resolve(credential.getKey()), credential.getValue());
    }
    var builder =
        new ProcessBuilder(
                root.resolve("runtimes/service/start.sh").toString(),
                root.resolve("releases/one").toString(),
                what)
            .redirectErrorStream(true);
    builder.environment().put("CREDENTIALS_DIRECTORY", folder.toString());
    builder.environment().put("RUNTIME_DIRECTORY", "/run/of-the-unit");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    return new Ended(process.waitFor(), output);
  }

  /** A program in the release's environment. */
  private void program(String name, String bash) throws IOException {
    Path bin = Files.createDirectories(root.resolve("service/releases/tree/.venv/bin"));
    Path file = Files.writeString(bin.resolve(name), "#!/bin/bash\n" + bash);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void theProgramHasPlainVariablesAndCredentialsAsTheyAre() throws Exception {
    String plain = "it's \"plain\" $HOME\nof two lines";
    settings(
        ", \"environment\": {\"PLAIN\": %s}, \"secrets\": {\"TAVILY_API_KEY\": \"tavily\"}"
            .formatted(new com.google.gson.Gson().toJson(plain)));
    parameter("tavily", "of the test");
    told(SPEC);
    program("uvicorn", "printf '%s|' \"$@\"; printf '%s|' \"$PLAIN\" \"$TAVILY_API_KEY\" \"$PWD\"");

    Ended ended = start(Map.of("TAVILY_API_KEY", "it's $ecret"), "serve");

    assertThat(ended.output())
        .isEqualTo(
            "app.main:app|--workers|3|--timeout-graceful-shutdown|7|--proxy-headers|"
                + "--forwarded-allow-ips|*|--no-server-header|--uds|/run/of-the-unit/http.sock|"
                + plain
                + "|it's $ecret|"
                + root.toRealPath().resolve("service/releases/tree")
                + "|");
    try (Stream<Path> files = Files.walk(root.resolve("releases"))) {
      assertThat(files.filter(Files::isRegularFile))
          .noneMatch(file -> text(file).contains("of the test"));
    }
  }

  @Test
  void aCredentialThatHasNoValueEndsTheStartAndIsNamed() throws Exception {
    settings(", \"secrets\": {\"TAVILY_API_KEY\": \"tavily\"}");
    parameter("tavily", "x");
    told(SPEC);
    program("uvicorn", "echo served");

    for (Map<String, String> credentials :
        List.of(Map.<String, String>of(), Map.of("TAVILY_API_KEY", ""))) {
      Ended ended = start(credentials, "serve");
      assertThat(ended.exit()).isEqualTo(78);
      assertThat(ended.output()).contains("there is no value for TAVILY_API_KEY");
    }
  }

  @Test
  void aMigrationRunsFromTheSameCodeWithTheSameVariables() throws Exception {
    settings(", \"migrate\": [\"alembic\", \"upgrade\", \"the head\"]");
    told(SPEC);
    program("alembic", "printf '%s|' \"$@\" \"$RELEASE\"");

    assertThat(start(Map.of(), "migrate").output()).isEqualTo("upgrade|the head|" + COMMIT + "|");
  }

  @Test
  void aSecretThatWasChangedMakesAnotherReleaseOfTheSameCode() throws Exception {
    settings(", \"secrets\": {\"A\": \"tavily\"}");
    parameter("tavily", "one");
    told(SPEC);
    JsonObject before = spec();
    parameter("tavily", "two");

    told(SPEC);

    assertThat(spec()).isNotEqualTo(before);
    before.remove("versions");
    JsonObject after = spec();
    after.remove("versions");
    assertThat(after).isEqualTo(before);
  }

  @Test
  void bucketsAreGivenByTheirVariablesAndOneThatTheHostDoesNotKnowIsSaid() throws Exception {
    settings(", \"bucketVariables\": {\"logs\": \"LOGS_BUCKET\"}");
    assertThat(run(SPEC).output()).contains("this host knows no bucket logs; run: pulumi up");

    environment("\"buckets.logs\": \"dev-logs-1234\"");
    told(SPEC);
    assertThat(spec().getAsJsonObject("variables").get("LOGS_BUCKET").getAsString())
        .isEqualTo("dev-logs-1234");
  }

  @Test
  void allSecretsThatHaveNoValueAreNamedAtOnce() throws Exception {
    settings(", \"secrets\": {\"A\": \"tavily\", \"B\": \"gemini\", \"C\": \"here\"}");
    parameter("here", "x");

    Ended ended = run("secrets_need");

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.output())
        .contains(
            "these secrets have no value: gemini, tavily; set each with: ./slipway secret set dev NAME");
  }

  @Test
  void aSecretThatCannotBeReadIsNotOneThatThereIsNot() throws Exception {
    settings(", \"secrets\": {\"A\": \"tavily\"}");

    Ended ended = run("aws() { echo AccessDeniedException >&2; return 254; }; secrets_need");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).contains("cannot read the secret tavily", "AccessDeniedException");
  }

  @Test
  void theDatabasesUrlIsMadeForTheReleaseThatAsks() throws Exception {
    environment(
        "\"databaseHost\": \"db.internal\", \"databasePort\": \"5432\", \"databaseName\": \"app\"");
    settings(", \"databaseUrl\": \"DATABASE_URL\"");
    parameter("database", "{\"username\": \"slipway_a\", \"password\": \"p@ss:w/rd\"}");
    told(SPEC);

    assertThat(told("credential_value \"$RELEASES/one\" DATABASE_URL"))
        .isEqualTo(
            "postgresql://slipway_a:p%40ss%3Aw%2Frd@db.internal:5432/app?sslmode=verify-full&sslrootcert="
                + root
                + "/service/authorities.pem");
    assertThat(Files.readString(root.resolve("releases/one/credentials")))
        .isEqualTo("DATABASE_URL\n");
  }

  @Test
  void moreMemoryThanTwoColorsHaveIsRefused() throws Exception {
    settings(", \"memoryMiB\": 100000000");

    assertThat(run("memory_check").output()).contains("service.memoryMiB is 100000000", "at most");
  }

  // --- credentials -----------------------------------------------------------------------------

  /** Asks as systemd does: by an address that says which unit wants what. */
  private Ended asked(String by) throws Exception {
    Path script =
        Files.writeString(
            root.resolve("ask.py"),
            """
            import os, socket, subprocess, sys
            path = "%1$s/run/asked.sock"
            server = socket.socket(socket.AF_UNIX)
            server.bind(path)
            server.listen()
            client = socket.socket(socket.AF_UNIX)
            client.bind("\\0" + sys.argv[1])
            client.connect(path)
            os.unlink(path)
            connection, _ = server.accept()
            ended = subprocess.run(["%1$s/runtimes/service/credential.sh"], stdin=connection, stdout=connection, stderr=sys.stderr)
            connection.close()
            print("[" + client.makefile().read() + "]")
            sys.exit(ended.returncode)
            """
                .formatted(root));
    Process process =
        new ProcessBuilder("python3", script.toString(), by).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    return new Ended(process.waitFor(), output);
  }

  @Test
  void aUnitIsAnsweredWithItsOwnReleasesSecretAndNothingElse() throws Exception {
    settings(", \"secrets\": {\"A\": \"tavily\"}");
    parameter("tavily", "key");
    told(SPEC + "ln -s ../releases/one \"$SERVICE/blue\"");

    for (String unit : List.of("slipway-service@blue.service", "slipway-migration@one.service")) {
      Ended ended = asked("1f2e3d/unit/" + unit + "/A");
      assertThat(ended.output()).isEqualTo("[key]\n");
      assertThat(ended.exit()).isZero();
    }
    assertThat(root.resolve("run")).isDirectoryNotContaining("glob:**values-*");
  }

  @ParameterizedTest
  @CsvSource({
    "slipway-service@blue.service/B, has no secret for B",
    "slipway-service@green.service/A, does not say what it is made of",
    "cron.service/A, credentials are for the service alone",
  })
  void whoeverElseAsksGetsNothing(String by, String why) throws Exception {
    settings(", \"secrets\": {\"A\": \"tavily\"}");
    parameter("tavily", "key");
    told(SPEC + "ln -s ../releases/one \"$SERVICE/blue\"");

    Ended ended = asked("1f2e3d/unit/" + by);

    assertThat(ended.output()).contains(why).endsWith("[]\n");
    assertThat(ended.exit()).isNotZero();
  }

  // --- the code --------------------------------------------------------------------------------

  /** Its last line is what uv was asked, without the environment that it was given. */
  private static final String BUILD =
      """
      git() { tar -cf - -C "$DATA/repository" .; }
      chown() { :; }
      runuser() {
        printf '%s\\n' "$*" | grep -o '/bin/uv .*'
        if [[ $* == *' sync '* ]]; then mkdir -p .venv/bin && printf x >.venv/bin/uvicorn && chmod +x .venv/bin/uvicorn; fi
      }
      """;

  private void repository(String... files) throws IOException {
    Path folder = Files.createDirectories(root.resolve("repository/api"));
    for (String file : files) {
      Files.writeString(folder.resolve(file), "x");
    }
  }

  @Test
  void anEnvironmentIsBuiltOnceByTheLock() throws Exception {
    settings(", \"folder\": \"api\"");
    repository("pyproject.toml", "uv.lock");

    assertThat(told(BUILD + "code_build " + COMMIT + " tree"))
        .isEqualTo("/bin/uv sync --frozen --no-dev --no-install-project");
    assertThat(told(BUILD + "code_build " + COMMIT + " tree"))
        .isEqualTo("its environment is here already");
  }

  @Test
  void oneThatWasCutOffIsBuiltAnew() throws Exception {
    settings(", \"folder\": \"api\"");
    repository("pyproject.toml", "uv.lock");
    Files.createDirectories(root.resolve("service/releases/tree/left"));

    told(BUILD + "code_build " + COMMIT + " tree");

    assertThat(root.resolve("service/releases/tree/left")).doesNotExist();
    assertThat(root.resolve("service/releases/tree/.slipway-built")).hasContent(COMMIT);
  }

  @Test
  void anotherIndexIsBelievedByTheHashesOfTheLock() throws Exception {
    settings(", \"folder\": \"api\", \"index\": \"https://packages.example.com/simple\"");
    repository("pyproject.toml", "uv.lock");

    List<String> asked = run(BUILD + "code_build " + COMMIT + " tree").output().lines().toList();

    assertThat(asked.get(0))
        .startsWith("/bin/uv export --quiet --frozen --no-dev --no-emit-project");
    assertThat(asked.get(1)).startsWith("/bin/uv venv ");
    assertThat(asked.get(2))
        .startsWith("/bin/uv pip sync --require-hashes ")
        .contains("--default-index https://packages.example.com/simple");
  }

  @Test
  void whatIsMissingInTheRepositoryIsNamedAtOnceAndNothingIsBuilt() throws Exception {
    settings(", \"folder\": \"api\"");
    repository("other");

    Ended ended = run(BUILD + "code_build " + COMMIT + " tree");

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.output())
        .contains("there is no pyproject.toml and uv.lock in the folder api")
        .doesNotContain("/bin/uv");
  }

  @Test
  void anEnvironmentWithoutUvicornIsRefused() throws Exception {
    settings(", \"folder\": \"api\"");
    repository("pyproject.toml", "uv.lock");

    Ended ended = run(BUILD + "runuser() { :; }; code_build " + COMMIT + " tree");

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.output()).contains("has no uvicorn", "uv lock");
  }

  @Test
  void foldersOfNoKeptReleaseGoAndThoseOfColorsStay() throws Exception {
    for (String tree : List.of("kept", "runs", "old")) {
      Files.createDirectories(root.resolve("service/releases/" + tree));
    }
    Files.createDirectories(root.resolve("releases/one"));
    Files.writeString(root.resolve("releases/one/spec.json"), "{\"tree\": \"kept\"}");
    Files.createDirectories(root.resolve("service/blue"));
    Files.writeString(root.resolve("service/blue/spec.json"), "{\"tree\": \"runs\"}");

    told("code_prune one");

    assertThat(root.resolve("service/releases").toFile().list())
        .containsExactlyInAnyOrder("kept", "runs");
  }

  // --- colors, proxy, migrations ---------------------------------------------------------------

  @Test
  void theLinkSaysWhoServesAndTheOtherColorIsNext() throws Exception {
    assertThat(
            told("color_live; journal_begin '{\"id\": \"one\"}'; color_choose; journal_get .color"))
        .isEqualTo("blue");
    assertThat(told("live_set blue; color_live; readlink \"$LIVE\""))
        .isEqualTo("blue/run/slipway-service-blue/http.sock");
    assertThat(
            told(
                "journal_begin '{\"id\": \"one\"}'; color_choose; journal_get .color; journal_get .former"))
        .isEqualTo("green\nblue");
  }

  @Test
  void aColorIsToldItsSecretsByNameAndItsLimits() throws Exception {
    settings(", \"secrets\": {\"A\": \"tavily\"}, \"memoryMiB\": 256");
    parameter("tavily", "x");

    told(SPEC + "systemctl() { :; }; unit_details slipway-service@blue.service \"$UNITS\"");

    assertThat(root.resolve("units/slipway-service@blue.service.d/release.conf"))
        .hasContent(
            """
            [Service]
            LoadCredential=A:%s/run-credentials.sock
            MemoryMax=256M
            TimeoutStopSec=37
            """
                .formatted(root));
  }

  @Test
  void caddyAsksTheLinkByAConnectionForEachRequest() throws Exception {
    JsonObject handler =
        JsonParser.parseString(told("proxy_render"))
            .getAsJsonObject()
            .getAsJsonObject("apps")
            .getAsJsonObject("http")
            .getAsJsonObject("servers")
            .getAsJsonObject("service")
            .getAsJsonArray("routes")
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("handle")
            .get(0)
            .getAsJsonObject();

    assertThat(handler.getAsJsonArray("upstreams"))
        .hasToString("[{\"dial\":\"unix/" + root + "/service/live\"}]");
    assertThat(handler.getAsJsonObject("transport").getAsJsonObject("keep_alive"))
        .hasToString("{\"enabled\":false}");
    assertThat(handler.getAsJsonObject("load_balancing").get("try_duration").getAsString())
        .isEqualTo("7s");
  }

  /** A release with something to migrate, as the line that names it. */
  private String next(String commit) throws IOException {
    Path next = Files.createDirectories(root.resolve("next"));
    Files.writeString(
        next.resolve("spec.json"), "{\"commit\": \"" + commit + "\", \"migrate\": [\"m\"]}");
    return "NEXT='" + next + "'; ";
  }

  @Test
  void onlyCodeThatIsNewMigratesAndOnOneHost() throws Exception {
    Files.writeString(root.resolve("releases/one.json"), "{\"commit\": \"c1\"}");

    assertThat(told(next("c2") + "runtime_plan one yes whole"))
        .isEqualTo("[\"migrate\",\"start\",\"switch\",\"smoke\",\"record\"]");
    for (String plan : List.of("one '' whole", "one yes last")) {
      assertThat(told(next("c2") + "runtime_plan " + plan)).doesNotContain("migrate");
    }
    assertThat(told(next("c1") + "runtime_plan one yes whole")).doesNotContain("migrate");
    assertThat(told(next("c1") + "runtime_plan '' yes whole")).contains("migrate");
  }

  @Test
  void anOlderCommitIsNotReleasedOverASchemaThatHasChangedSince() throws Exception {
    environment("\"databaseHost\": \"db\"");
    settings(", \"databaseUrl\": \"DATABASE_URL\"");
    Files.writeString(
        root.resolve("releases/2026-1.json"),
        "{\"id\": \"2026-1\", \"outcome\": \"ok\", \"commit\": \"c1\", \"schema\": \"s1\"}");
    Files.writeString(
        root.resolve("releases/2026-2.json"),
        "{\"id\": \"2026-2\", \"outcome\": \"ok\", \"commit\": \"c2\", \"schema\": \"s2\"}");
    String release =
        next("c1")
            + "MAKES=yes PART=whole; database_fingerprint() { echo %s; }; refuse_older \"$NEXT\" 2026-2";

    Ended ended = run(release.formatted("s2"));

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.output()).contains("rollback dev --to 2026-1");
    assertThat(told(release.formatted("s1"))).as("the schema is as it was").isEmpty();
  }

  @Test
  void aMigrationThatRunsIsWaitedForAndItsLastWordIsTheCause() throws Exception {
    settings(", \"migrate\": [\"alembic\", \"upgrade\", \"head\"]");
    String systemd =
        SPEC
            + """
            systemctl() {
              case "$1" in
                show) cat "$DATA/state" ;;
                start) printf '%s' "$BECOMES" >"$DATA/state"; [[ $BECOMES == active ]] ;;
              esac
            }
            journalctl() { printf 'INFO  [alembic]\\nValueError: no column x\\n'; }
            printf activating >"$DATA/state"
            """;

    assertThat(told("BECOMES=active\n" + systemd + "migrate one"))
        .contains("runs already; waiting for its end");
    Ended failed = run("BECOMES=failed\n" + systemd + "migrate one");
    assertThat(failed.exit()).isEqualTo(1);
    assertThat(failed.output().strip())
        .endsWith("alembic upgrade head failed: ValueError: no column x");
  }

  @Test
  void nobodyTakesOverFromAColorThatHasDiedOrWhileAReleaseDecides() throws Exception {
    told(SPEC + "ln -s ../releases/one \"$SERVICE/blue\"; live_set blue");
    Files.writeString(
        root.resolve("lib/common.sh"),
        "systemctl() { printf 'systemctl %s\\n' \"$*\"; }\n",
        StandardOpenOption.APPEND);
    Path script =
        Files.writeString(
            root.resolve("stop.sh"),
            "exec " + root.resolve("runtimes/service/hand-over.sh") + " blue\n");

    assertThat(BundleShell.bash(script, Map.of()).output()).as("it has died").isEmpty();

    Files.writeString(root.resolve("releases/in-progress.json"), "{\"id\": \"two\"}");
    Ended ended = BundleShell.bash(script, Map.of("MAINPID", "1"));
    assertThat(ended.exit()).isZero();
    assertThat(ended.output()).contains("a release is under way").doesNotContain("systemctl start");
  }

  // --- units -----------------------------------------------------------------------------------

  static List<String> hardened() {
    return List.of(
        "slipway-service@.service", "slipway-migration@.service", "slipway-proxy.service");
  }

  /** As systemd judges it: 10 is no protection at all. */
  @ParameterizedTest
  @MethodSource("hardened")
  void aUnitIsExposedBelowThree(String unit) throws Exception {
    Ended ended = systemdAnalyze("security", "--offline=true", UNITS.resolve(unit).toString());

    var exposure =
        Pattern.compile("Overall exposure level for \\S+: ([0-9.]+)").matcher(ended.output());
    assertThat(exposure.find()).as(ended.output()).isTrue();
    assertThat(Double.parseDouble(exposure.group(1))).as(ended.output()).isLessThan(3.0);
  }

  @Test
  void systemdFindsNothingWrongWithAnyUnit() throws Exception {
    Path folder = Files.createDirectories(root.resolve("verified"));
    var command = new ArrayList<>(List.of("verify", "--man=no"));
    try (Stream<Path> units = Files.list(UNITS)) {
      for (Path unit : units.sorted().toList()) {
        Path copy = folder.resolve(unit.getFileName().toString());
        // What it runs has to be there: here it is where this test's copy is.
        Files.writeString(
            copy,
            Files.readString(unit)
                .replace("/opt/slipway/", root + "/")
                .replace("/usr/bin/caddy", "/bin/true"));
        command.add(copy.toString().replace("@.service", "@blue.service"));
        if (copy.toString().contains("@.service")) {
          Files.copy(copy, Path.of(copy.toString().replace("@.service", "@blue.service")));
        }
      }
    }

    Ended ended = systemdAnalyze(command.toArray(String[]::new));

    assertThat(ended.output()).isEmpty();
    assertThat(ended.exit()).isZero();
  }

  private static Ended systemdAnalyze(String... words) throws Exception {
    var command = new ArrayList<>(List.of("systemd-analyze", "--no-pager"));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    return new Ended(process.waitFor(), output);
  }

  // --- checks ----------------------------------------------------------------------------------

  /** {@code name ok|FAILED reason} of each. */
  private List<String> checked(String lines) throws Exception {
    Ended ended = run(lines + "\nruntime_checks");
    assertThat(ended.exit()).as(ended.output()).isZero();
    JsonArray checks = JsonParser.parseString(ended.output()).getAsJsonArray();
    var said = new ArrayList<String>();
    checks.forEach(
        check -> {
          JsonObject one = check.getAsJsonObject();
          said.add(
              one.get("name").getAsString()
                  + (one.get("ok").getAsBoolean() ? " ok " : " FAILED ")
                  + one.get("reason").getAsString());
        });
    return said;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "connection to server at \"db\", port 5432 failed: Connection refused | database down: it refuses connections (db:5432)",
        "FATAL:  the database system is shutting down | database down (db:5432)",
        "could not translate host name \"db\" to address: Name or service not known | no route: the name is not known (db:5432)",
        "connection to server at \"db\" (10.0.0.1), port 5432 failed: timeout expired | no route: nobody answers (db:5432)",
        "FATAL:  password authentication failed for user \"slipway_a\" | wrong login (db:5432)",
        "SSL error: certificate verify failed | TLS failed (db:5432)",
      })
  void theDatabaseFailsWithItsReason(String answer, String reason) throws Exception {
    environment("\"databaseHost\": \"db\", \"databasePort\": \"5432\", \"databaseName\": \"app\"");
    settings(", \"databaseUrl\": \"DATABASE_URL\"");
    parameter("database", "{\"username\": \"slipway_a\", \"password\": \"password-of-sixteen\"}");

    assertThat(
            checked("database_sql() { cat <<<'" + answer.replace("'", "") + "' >&2; return 2; }"))
        .containsExactly("database FAILED " + reason + ": " + answer);
    assertThat(checked("database_sql() { echo '16.3 (Debian)'; }"))
        .containsExactly("database ok PostgreSQL 16.3 answers at db:5432");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "put-object | An error occurred (AccessDenied) when calling PutObject | bucket denied: this host's role may not write in it (b)",
        "get-object | An error occurred (403) when calling GetObject: Forbidden | bucket denied: this host's role may not read in it (b)",
        "delete-object | An error occurred (AccessDenied) when calling DeleteObject | bucket denied: this host's role may not delete in it (b)",
        "put-object | An error occurred (NoSuchBucket) when calling PutObject | there is no such bucket (b)",
        "put-object | Could not connect to the endpoint URL: \"https://s3\" | no route: S3 does not answer (b)",
      })
  void aBucketFailsWithItsReason(String call, String answer, String reason) throws Exception {
    environment("\"buckets.logs\": \"b\"");
    settings(", \"bucketVariables\": {\"logs\": \"LOGS_BUCKET\"}");
    String s3 =
        """
        fake_aws() {
          if [[ $2 == '%s' ]]; then printf '%%s\\n' '%s' >&2; return 254; fi
          case "$2" in
            put-object) cp "${@: -1}" "$DATA/object" ;;
            get-object) cp "$DATA/object" "${@: -1}" ;;
          esac
        }
        """;

    assertThat(checked(s3.formatted(call, answer)))
        .containsExactly("s3:logs FAILED " + reason + ": " + answer);
    assertThat(checked(s3.formatted("none", "")))
        .containsExactly("s3:logs ok written, read and deleted in b");
  }

  @Test
  void anApiIsAskedWithItsKeyWhichIsInNoArgument() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String key = exchange.getRequestHeaders().getFirst("Authorization");
          int status = exchange.getRequestURI().getPath().equals("/down") ? 503 : 404;
          if (key != null && status == 404) {
            status = key.equals("Bearer it's the \"right\" key") ? 200 : 401;
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      settings(
          """
          , "checks": {
            "tavily": {"url": "%1$s/", "secret": "tavily", "header": "Authorization: Bearer {key}"},
            "gemini": {"url": "%1$s/", "secret": "gemini", "header": "Authorization: Bearer {key}"},
            "plain": {"url": "%1$s/down", "secret": null},
            "closed": {"url": "http://127.0.0.1:1/", "secret": null},
            "nowhere": {"url": "http://nobody.invalid/", "secret": null}}
          """
              .formatted(url));
      parameter("tavily", "it's the \"right\" key");
      String watched =
          "curl() { printf '%s\\n' \"$*\" >>\"$DATA/arguments\"; command curl \"$@\"; }";

      List<String> said = checked(watched);

      assertThat(said)
          .anyMatch(line -> line.equals("tavily ok HTTP 200, with the key"))
          .anyMatch(line -> line.equals("gemini ok HTTP 404, without a key"))
          .anyMatch(line -> line.equals("plain FAILED " + url + "/down answers HTTP 503"))
          .anyMatch(line -> line.startsWith("closed FAILED no route: nobody takes a connection"))
          .anyMatch(line -> line.startsWith("nowhere FAILED no route: the name is not known"))
          .hasSize(5);
      assertThat(Files.readString(root.resolve("arguments"))).doesNotContain("right");

      parameter("gemini", "another");
      assertThat(checked(watched))
          .contains(
              "gemini FAILED wrong key: "
                  + url
                  + "/ answers HTTP 401 to the key in the secret gemini");
    } finally {
      server.stop(0);
    }
  }

  // --- the journal -----------------------------------------------------------------------------

  /** Three lines, of which the last has no text of its own. */
  private static final String LINES =
      """
      {"__CURSOR":"c1","__REALTIME_TIMESTAMP":"1000000","SYSLOG_IDENTIFIER":"slipway-blue","MESSAGE":"one"}
      {"__CURSOR":"c2","__REALTIME_TIMESTAMP":"2000000","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"Started"}
      {"__CURSOR":"c3","__REALTIME_TIMESTAMP":"3000000","SYSLOG_IDENTIFIER":"slipway-green","MESSAGE":[104,105]}
      """;

  /** The journal as files: what is after the cursor, and what CloudWatch has taken. */
  private Ended shipped(String aws) throws Exception {
    Files.writeString(root.resolve("lines"), LINES);
    Files.writeString(
        root.resolve("lib/common.sh"),
        """
        journalctl() {
          local after=''
          if [[ " $* " =~ ' --after-cursor '([^ ]+) ]]; then after=${BASH_REMATCH[1]}; fi
          if [[ -n $after ]]; then sed "0,/\\"$after\\"/d" "$DATA/lines"; else cat "$DATA/lines"; fi
        }
        fake_aws() { %s; }
        """
            .formatted(aws),
        StandardOpenOption.APPEND);
    var builder =
        new ProcessBuilder(root.resolve("runtimes/service/journal.sh").toString(), "--once")
            .redirectErrorStream(true);
    builder.environment().put("STATE_DIRECTORY", root.resolve("state").toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    return new Ended(process.waitFor(), output);
  }

  private static final String TAKES =
      "if [[ $2 == put-log-events ]]; then jq -r '.logGroupName, .logEvents[].message' \"${4#file://}\" >>\"$DATA/taken\"; fi";

  @Test
  void linesGoToTheLogGroupOnceAndOnFromThereTheNextTime() throws Exception {
    environment("\"logGroup\": \"/slipway/dev\"");

    Ended ended = shipped(TAKES);

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(root.resolve("taken"))
        .hasContent("/slipway/dev/service\none\nsystemd: Started\nhi\n");
    assertThat(root.resolve("state/cursor")).hasContent("c3");

    assertThat(shipped(TAKES).exit()).isZero();
    assertThat(Files.readAllLines(root.resolve("taken"))).as("nothing is new").hasSize(4);
  }

  @Test
  void whatCloudWatchDoesNotTakeIsSentAgainLater() throws Exception {
    Ended ended = shipped("echo ThrottlingException >&2; return 254");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).contains("ThrottlingException");
    assertThat(root.resolve("state/cursor")).doesNotExist();

    assertThat(shipped(TAKES).exit()).isZero();
    assertThat(Files.readAllLines(root.resolve("taken"))).hasSize(4);
  }

  @Test
  void aStreamIsMadeByItsFirstLine() throws Exception {
    Ended ended =
        shipped(
            "if [[ $2 == create-log-stream ]]; then touch \"$DATA/stream\"; elif [[ ! -e $DATA/stream ]]; then"
                + " echo ResourceNotFoundException >&2; return 254; fi");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(root.resolve("state/cursor")).hasContent("c3");
  }

  @Test
  void moreThanOneCallTakesIsSentInSeveral() throws Exception {
    Path script = root.resolve("runtimes/service/journal.sh");
    Files.writeString(
        script, Files.readString(script).replace("BATCH_BYTES=900000", "BATCH_BYTES=60"));

    Ended ended = shipped(TAKES);

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(Files.readAllLines(root.resolve("taken")))
        .containsExactly(
            "/slipway/dev/service",
            "one",
            "/slipway/dev/service",
            "systemd: Started",
            "/slipway/dev/service",
            "hi");
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
