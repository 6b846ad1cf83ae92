package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs the steps of a dump on a Linux host against a real PostgreSQL whose master is no superuser,
 * as RDS's. AWS is a stub. It needs Docker and two images, so that only ./slipway test runs it, or
 * {@code mvn test -DexcludedGroups=} after {@code ./slipway rehearsal-images --only postgres} and
 * {@code --only machine}.
 */
@Tag("images")
class DumpStepsTest {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");
  private static final Path STUBS = Path.of("src/test/resources/dev/slipway/host/dump");
  private static final String DATABASE =
      System.getProperty("slipway.postgres", "slipway-rehearsal/postgres:15");
  private static final String RUN =
      "slipway-test-" + HexFormat.of().toHexDigits(new Random().nextInt());
  private static final String SERVER = RUN + "-db";
  private static final String HOST = RUN + "-host";

  private static final String ENVIRONMENT =
      """
      {"region": "us-east-1", "databaseHost": "db.test", "databasePort": "5432", "databaseName": "shop",
       "databaseMasterSecret": "master", "secretPrefix": "of-the-stack-", "secret.database": "database",
       "dumpsBucket": "dumps"}""";

  private static final String SETTINGS =
      """
      {"stack": "shop-dev", "system": "grocery", "runtime": "apps", "parameters": {"desired": "/desired"},
       "release": {"minFreeGiB": 1}, "apps": {"backend": {"image": "x", "port": 5000, "hostPort": 8001,
       "health": "/health", "databaseUrl": "DATABASE_URL"}}}""";

  /** A login of the application, and what it has. */
  private static final String PREPARED =
      """
      source /opt/slipway/bundle/lib/common.sh
      for part in lock journal steps aws secrets disk records git backup engine; do source "$BUNDLE/lib/$part.sh"; done
      need_configured_host
      source "$BUNDLE/lib/runtime.sh"
      database_prepare
      database_make_login
      database_as_app <<'SQL'
      CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
      CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person bigint NOT NULL REFERENCES people(id), title text);
      CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
      INSERT INTO people (name) SELECT 'somebody ' || i FROM generate_series(1, 5) i;
      INSERT INTO items (person, title) SELECT 1 + i % 5, 'a \\ and a ' || chr(9) || i FROM generate_series(1, 100) i;
      SQL
      """;

  @TempDir static Path root;

  private record Ended(int exit, String output) {}

  @BeforeAll
  static void start() throws Exception {
    for (String folder : List.of("fake/s3", "fake/secrets", "etc", "tls")) {
      Files.createDirectories(root.resolve(folder));
    }
    copyTheBundle();
    Files.writeString(root.resolve("etc/environment.json"), ENVIRONMENT);
    Files.writeString(root.resolve("master"), "m\\a:ster's password");
    Files.writeString(
        root.resolve("fake/secrets/master"),
        "{\"username\": \"master\", \"password\": \"m\\\\a:ster's password\"}");
    Files.writeString(
        root.resolve("fake/secrets/of-the-stack-database"),
        "{\"username\": \"slipway_a\", \"password\": \"of-the-application\"}");
    need("docker", "network", "create", RUN);
    need(
        "docker run --detach --name %s --network %s --entrypoint sleep".formatted(HOST, RUN),
        "--volume",
        root.resolve("bundle") + ":/opt/slipway/bundle:ro",
        "--volume",
        root.resolve("etc") + ":/etc/slipway:ro",
        "--volume",
        root.resolve("fake") + ":/fake",
        "--volume",
        STUBS.toAbsolutePath() + ":/usr/local/bin:ro",
        "--init",
        "slipway/machine",
        "infinity");
    need(
        "docker exec",
        HOST,
        "bash",
        "-c",
        """
        mkdir -p /srv/slipway/apps /srv/slipway/releases
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=db.test -addext subjectAltName=DNS:db.test \
          -keyout /tmp/server.key -out /srv/slipway/apps/authorities.pem 2>/dev/null
        echo '{"id": "r1", "outcome": "ok"}' >/srv/slipway/releases/r1.json
        ln -s releases/r1.json /srv/slipway/current
        """);
    need("docker cp", HOST + ":/tmp/server.key", root.resolve("tls/server.key").toString());
    need(
        "docker cp",
        HOST + ":/srv/slipway/apps/authorities.pem",
        root.resolve("tls/server.crt").toString());
    need(
        "docker run --detach --name %s --network %s --network-alias db.test".formatted(SERVER, RUN),
        "--volume",
        root.resolve("tls") + ":/tls:ro",
        "--volume",
        root.resolve("master") + ":/run/master-password:ro",
        "--env",
        "POSTGRES_PASSWORD_FILE=/run/master-password",
        "--env",
        "POSTGRES_USER=master",
        DATABASE);
    while (execute("docker exec", SERVER, "pg_isready", "-q", "-h", "127.0.0.1").exit() != 0) {
      assertThat(need("docker inspect --format {{.State.Running}}", SERVER)).contains("true");
    }
  }

  private static void copyTheBundle() throws IOException {
    var bundle = root.resolve("bundle");
    try (var files = Files.walk(BUNDLE)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        var copy = bundle.resolve(BUNDLE.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    Files.writeString(bundle.resolve("settings.json"), SETTINGS);
    for (var limit :
        Map.of(
                "lib/dump-answers.sh", "DUMP_HEARTBEAT_SECONDS=20",
                "lib/dump-databases.sh", "DUMP_LOCK_SECONDS=1800",
                "lib/dump-promote.sh", "DUMP_HEALTH_SECONDS=90")
            .entrySet()) {
      var file = bundle.resolve(limit.getKey());
      var text = Files.readString(file);
      assertThat(text).contains(limit.getValue());
      Files.writeString(
          file, text.replace(limit.getValue(), limit.getValue().replaceAll("=.*", "=2")));
    }
  }

  @AfterAll
  static void end() throws Exception {
    execute("docker rm --force --volumes", SERVER, HOST);
    execute("docker network rm", RUN);
  }

  /** The live database is the application's, with its five people. */
  @BeforeEach
  void prepare() throws Exception {
    Files.writeString(root.resolve("fake/health"), "200");
    sql("postgres", "CREATE DATABASE shop OWNER master");
    var prepared = execute("docker exec", HOST, "bash", "-c", PREPARED);
    assertThat(prepared.exit()).as(prepared.output()).isZero();
  }

  @AfterEach
  void dropAll() throws Exception {
    need(
        "docker exec", HOST, "rm", "-rf", "/fake/s3", "/fake/told", "/fake/kill", "/fake/given-up");
    for (String name :
        sql("postgres", "SELECT datname FROM pg_database WHERE datname ~ '^(shop|restore_)'")
            .lines()
            .toList()) {
      sql("postgres", "DROP DATABASE " + name + " WITH (FORCE)");
    }
    for (String name :
        sql("postgres", "SELECT rolname FROM pg_roles WHERE rolname ~ '^restore_'")
            .lines()
            .toList()) {
      sql("postgres", "DROP ROLE " + name);
    }
  }

  // ---- what is run -----------------------------------------------------------------------------

  private static Ended execute(String words, String... more) throws Exception {
    var line = new ArrayList<>(List.of(words.split(" ")));
    line.addAll(List.of(more));
    var process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }

  private static String need(String words, String... more) throws Exception {
    var ended = execute(words, more);
    assertThat(ended.exit()).as(words + " " + List.of(more) + ": " + ended.output()).isZero();
    return ended.output();
  }

  /** What the server's own superuser is told, whom hosts never are. */
  private static String sql(String database, String statement) throws Exception {
    return need("docker exec", SERVER, "psql", "-XAtq", "-d", database, "-c", statement).strip();
  }

  /** Databases of dumps and the live one, and whether one can connect to them. */
  private static List<String> databases() throws Exception {
    return sql(
            "postgres",
            "SELECT datname || CASE WHEN datallowconn THEN '' ELSE ' (closed)' END FROM pg_database"
                + " WHERE datname ~ '^(shop|restore_)' ORDER BY 1")
        .lines()
        .toList();
  }

  private static Ended step(String step, String... parameters) throws Exception {
    var words = new ArrayList<>(List.of("--env", "SSM_step=" + step));
    for (var parameter : parameters) {
      words.addAll(List.of("--env", "SSM_" + parameter));
    }
    words.addAll(List.of(HOST, "bash", "/opt/slipway/bundle/dump.sh"));
    return execute("docker exec", words.toArray(String[]::new));
  }

  /** What a state machine was told, but for heartbeats. */
  private static JsonObject told() throws Exception {
    return need("docker exec", HOST, "cat", "/fake/told")
        .lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .filter(call -> !call.get("call").getAsString().equals("send-task-heartbeat"))
        .reduce((first, last) -> last)
        .orElseThrow();
  }

  private record Upload(String key, String sha256, String format, boolean gzip) {
    String id() {
      return sha256.substring(0, 12);
    }
  }

  private static Upload upload(String name, byte[] bytes) throws Exception {
    var sha = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    var folder = Files.createDirectories(root.resolve("fake/s3/db-dumps/" + name));
    Files.write(folder.resolve("v1"), bytes);
    return new Upload(
        "db-dumps/" + name, sha, name.contains(".sql") ? "sql" : "custom", name.endsWith(".gz"));
  }

  private static Ended restore(Upload upload, String... more) throws Exception {
    var parameters =
        new ArrayList<>(
            List.of(
                "id=" + upload.id(),
                "key=" + upload.key(),
                "version=v1",
                "sha256=" + upload.sha256(),
                "format=" + upload.format(),
                "gzip=" + upload.gzip()));
    parameters.addAll(List.of(more));
    return step("restore", parameters.toArray(String[]::new));
  }

  /** What pg_dump makes of the live database. */
  private static byte[] dump(String... options) throws Exception {
    var line = new ArrayList<>(List.of("docker", "exec", SERVER, "pg_dump", "--dbname=shop"));
    line.addAll(List.of(options));
    var process = new ProcessBuilder(line).start();
    var bytes = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).isZero();
    return bytes;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What is restored, and the key of the dump that was made of the live database before. */
  private record Restored(String id, String safety) {
    String former() {
      return "shop_before_" + id;
    }

    String restored() {
      return "restore_" + id;
    }

    Ended promote(String... more) throws Exception {
      var parameters = new ArrayList<>(List.of("id=" + id, "key=" + safety, "version=v1"));
      parameters.addAll(List.of(more));
      return step("promote", parameters.toArray(String[]::new));
    }
  }

  /** A dump with five people, restored; the live database has six by now. */
  private static Restored restored() throws Exception {
    var upload = upload("a.dump", dump("--format=custom"));
    sql("shop", "INSERT INTO people (name) VALUES ('somebody later')");
    assertThat(restore(upload).exit()).isZero();
    var made = step("make", "reason=safety", "id=" + upload.id(), "taskToken=token");
    assertThat(made.exit()).as(made.output()).isZero();
    var answer = JsonParser.parseString(told().get("output").getAsString()).getAsJsonObject();
    return new Restored(upload.id(), answer.get("key").getAsString());
  }

  private static String people() throws Exception {
    return sql("shop", "SELECT count(*) FROM people");
  }

  // ---- make ------------------------------------------------------------------------------------

  @Test
  void aDumpThatIsMadeHasAManifestThatSaysWhatIsInIt() throws Exception {
    var ended = step("make", "reason=scheduled", "taskToken=token");

    assertThat(ended.exit()).as(ended.output()).isZero();
    var answer = JsonParser.parseString(told().get("output").getAsString()).getAsJsonObject();
    var key = answer.get("key").getAsString();
    assertThat(key).matches("db-dumps/made/shop-dev-\\d{8}T\\d{6}Z-scheduled\\.dump");
    var manifest =
        JsonParser.parseString(
                Files.readString(
                    root.resolve("fake/s3/" + answer.get("manifest").getAsString() + "/v1")))
            .getAsJsonObject();
    var bytes = Files.readAllBytes(root.resolve("fake/s3/" + key + "/v1"));
    assertThat(manifest.get("sha256").getAsString())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    assertThat(manifest.get("bytes").getAsInt()).isEqualTo(bytes.length);
    assertThat(manifest.get("tables").toString())
        .isEqualTo("{\"public.items\":100,\"public.people\":5}");
    assertThat(manifest.get("release").getAsString()).isEqualTo("r1");
    assertThat(manifest.get("version").getAsString()).isEqualTo("v1");
  }

  @Test
  void aDumpThatCannotBeWrittenHasNoManifest() throws Exception {
    var ended =
        execute(
            "docker exec --env SSM_step=make --env",
            "FAKE_AWS_FAILS=s3 cp",
            "--env",
            "SSM_taskToken=token",
            HOST,
            "bash",
            "/opt/slipway/bundle/dump.sh");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(told().get("error").getAsString()).isEqualTo("MakeFailed");
    assertThat(told().get("cause").getAsString()).contains("AccessDenied");
    assertThat(root.resolve("fake/s3/manifests")).doesNotExist();
  }

  @Test
  void noDumpIsBegunThatTheDiskHasNoRoomFor() throws Exception {
    var settings = root.resolve("bundle/settings.json");
    Files.writeString(settings, SETTINGS.replace("\"minFreeGiB\": 1", "\"minFreeGiB\": 99999"));
    try {
      assertThat(step("make").output()).contains("refused make: the tables have", "minFreeGiB");
      assertThat(restore(upload("a.dump", dump("--format=custom"))).output())
          .contains("refused restore: the dump has", "minFreeGiB");
    } finally {
      Files.writeString(settings, SETTINGS);
    }
    assertThat(databases()).containsExactly("shop");
  }

  // ---- restore ---------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "a.dump, --format=custom",
    "a.dump.gz, --format=custom",
    "a.sql, --no-owner --no-privileges",
    "a.sql.gz, --no-owner --no-privileges --inserts"
  })
  void aDumpBecomesADatabaseOfItsOwnThatIsVerified(String name, String options) throws Exception {
    var bytes = dump(options.split(" "));
    var upload = upload(name, name.endsWith(".gz") ? gzip(bytes) : bytes);
    sql("shop", "CREATE TABLE newer (id int)");

    var ended = restore(upload);
    var verified = step("verify", "id=" + upload.id(), "key=" + upload.key(), "taskToken=token");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(databases()).containsExactly("restore_" + upload.id(), "shop");
    assertThat(verified.exit()).as(verified.output()).isZero();
    assertThat(told().get("output").getAsString())
        .contains("\"tables\":2,\"rows\":105,\"constraints\":3,\"missing\":[\"public.newer\"]");
    assertThat(sql("restore_" + upload.id(), "SELECT max(title) FROM items"))
        .isEqualTo(sql("shop", "SELECT max(title) FROM items"));
    assertThat(
            sql(
                "postgres",
                "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'restore_" + upload.id() + "'"))
        .as("its role can log in no more")
        .isEqualTo("f");
  }

  @Test
  void whatIsRestoredTwiceIsThereOnce() throws Exception {
    var upload = upload("a.dump", dump("--format=custom"));

    assertThat(restore(upload).exit()).isZero();
    assertThat(restore(upload).exit()).isZero();

    assertThat(databases()).containsExactly("restore_" + upload.id(), "shop");
    assertThat(sql("restore_" + upload.id(), "SELECT count(*) FROM items")).isEqualTo("100");
  }

  @Test
  void whatIsNotWhatWasValidatedIsNotTouched() throws Exception {
    var upload = upload("a.dump", dump("--format=custom"));
    Files.write(root.resolve("fake/s3/db-dumps/a.dump/v1"), utf8("PGDMP, but another"));

    var ended = restore(upload, "taskToken=token");

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(told().get("error").getAsString()).isEqualTo("DumpRefused");
    assertThat(told().get("cause").getAsString()).contains("is what was validated");
    assertThat(databases()).containsExactly("shop");
  }

  /** Each is refused with a sentence, and leaves neither a database nor a role. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      delimiter = '|',
      value = {
        "INSERT INTO a VALUES (x);|ERROR: column \"x\" does not exist (line 2)",
        "\\! touch /fake/shell|backslash commands are restricted",
        "\\connect shop|backslash commands are restricted",
        "\\unrestrict `touch /fake/shell`|error: ",
        "DROP DATABASE shop;|DROP DATABASE cannot run inside a transaction block",
        "COMMIT; DROP DATABASE shop;|must be owner of database shop",
        "ALTER DATABASE shop RENAME TO gone;|must be owner of database shop",
        "ALTER DATABASE shop ALLOW_CONNECTIONS false;|must be owner of database shop",
        "ALTER ROLE slipway_a PASSWORD 'mine';|ERROR: ",
        "COPY a TO PROGRAM 'touch /tmp/shell';|external program",
        "CREATE EXTENSION dblink;|extensions that PostgreSQL trusts",
        "ALTER TABLE a OWNER TO slipway_owner;|make it with pg_dump --format=custom",
        "CREATE TABLE t (b text); COPY t FROM stdin;|the script ends in the middle",
        "INSERT INTO a VALUES ('1|the script ends in the middle"
      })
  void aScriptThatIsBadChangesNothingAndSaysWhy(String line, String why) throws Exception {
    var upload = upload("bad.sql", utf8("CREATE TABLE a (b int);\n" + line + "\n"));

    var ended = restore(upload, "taskToken=token");

    assertThat(ended.exit()).as(ended.output()).isEqualTo(1);
    assertThat(told().get("error").getAsString()).isEqualTo("RestoreFailed");
    assertThat(told().get("cause").getAsString()).contains(why).doesNotContain("\n");
    assertThat(databases()).containsExactly("shop");
    assertThat(sql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname ~ '^restore_'"))
        .isEqualTo("0");
    assertThat(root.resolve("fake/shell")).doesNotExist();
    assertThat(people()).isEqualTo("5");
  }

  @ParameterizedTest
  @CsvSource({
    "a.dump, could not read from input file",
    "a.dump.gz, could not read from input file",
    "a.sql, the dump is cut off",
    "a.sql.gz, the dump is cut off"
  })
  void aDumpThatIsCutOffChangesNothing(String name, String why) throws Exception {
    var bytes = dump(name.contains("sql") ? "--no-owner" : "--format=custom");
    var whole = name.endsWith(".gz") ? gzip(bytes) : bytes;
    var upload = upload(name, java.util.Arrays.copyOf(whole, whole.length * 2 / 3));

    var ended = restore(upload);

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).contains(why);
    assertThat(databases()).containsExactly("shop");
  }

  @Test
  void whoeverCouldConnectToTheLiveDatabaseStillCanAndTheDumpsRoleCannot() throws Exception {
    sql("postgres", "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN");

    assertThat(restore(upload("a.dump", dump("--format=custom"))).exit()).isZero();

    assertThat(
            sql(
                "postgres",
                "SELECT rolname || ' ' || has_database_privilege(oid, 'shop', 'CONNECT') FROM"
                    + " pg_roles WHERE rolname = 'reader' OR rolname ~ '^restore_' ORDER BY 1"))
        .matches("reader true\nrestore_[0-9a-f]{12} false");
    sql("shop", "REVOKE CONNECT ON DATABASE shop FROM reader");
    sql("postgres", "DROP ROLE reader");
  }

  @Test
  void aStepThatIsGivenUpEndsAtOnceWithAllThatItHasStarted() throws Exception {
    var upload = upload("slow.sql", utf8("SELECT pg_sleep(250);\n"));
    Files.writeString(root.resolve("fake/given-up"), "");

    var ended = restore(upload, "taskToken=token");

    assertThat(ended.exit()).isNotIn(0, 11);
    assertThat(execute("docker exec", HOST, "pgrep", "-f", "bundle/dump.sh|psql").output())
        .isEmpty();
    need("docker exec", HOST, "rm", "/fake/given-up");
    assertThat(step("discard", "id=" + upload.id()).exit()).isZero();
    assertThat(databases()).containsExactly("shop");
  }

  @Test
  void aSecondStepWaitsForTheFirstAndNoLongerThanItMay() throws Exception {
    var holder =
        new ProcessBuilder(
                "docker", "exec", "-i", SERVER, "psql", "-XAtq", "-d", "postgres", "-f", "-")
            .start();
    try (var in = holder.outputWriter();
        var out = holder.inputReader()) {
      in.write("SELECT 'held' FROM pg_advisory_lock(hashtext('slipway-dumps'));\n");
      in.flush();
      assertThat(out.readLine()).isEqualTo("held");

      var ended = step("discard", "id=0123456789ab", "taskToken=token");

      assertThat(ended.exit()).isEqualTo(10);
      assertThat(told().get("error").getAsString()).isEqualTo("DumpBusy");
    }
    holder.waitFor();
    assertThat(step("discard", "id=0123456789ab").exit()).isZero();
  }

  // ---- verify ----------------------------------------------------------------------------------

  @Test
  void aDumpOfOursIsComparedWithItsManifest() throws Exception {
    assertThat(step("make", "taskToken=token").exit()).isZero();
    var made = JsonParser.parseString(told().get("output").getAsString()).getAsJsonObject();
    var upload =
        new Upload(
            made.get("key").getAsString(), made.get("sha256").getAsString(), "custom", false);
    assertThat(restore(upload).exit()).isZero();
    assertThat(step("verify", "id=" + upload.id(), "key=" + upload.key()).exit()).isZero();
    sql("restore_" + upload.id(), "DELETE FROM items WHERE id = 7");

    var ended = step("verify", "id=" + upload.id(), "key=" + upload.key(), "taskToken=token");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(told().get("error").getAsString()).isEqualTo("VerifyFailed");
    assertThat(told().get("cause").getAsString())
        .contains(
            "1 tables differ from the manifest, public.items for one: 99 rows, and 100 there");
  }

  @Test
  void aConstraintThatHoldsNoPromiseIsNamed() throws Exception {
    var upload =
        upload(
            "a.sql",
            utf8(
                "CREATE TABLE a (b int); INSERT INTO a VALUES (-1);\n"
                    + "ALTER TABLE a ADD CONSTRAINT positive CHECK (b > 0) NOT VALID;\n"));
    assertThat(restore(upload).exit()).isZero();

    assertThat(step("verify", "id=" + upload.id(), "key=" + upload.key()).output())
        .contains("failed verify", "positive of public.a is not validated");
  }

  // ---- promote ---------------------------------------------------------------------------------

  @Test
  void whatIsPromotedIsTheLiveDatabaseOfTheSameApplication() throws Exception {
    var restored = restored();
    sql("postgres", "ALTER DATABASE shop SET timezone = 'Europe/Berlin'");
    sql("shop", "ALTER DATABASE shop SET search_path = public, \"$user\"");

    var ended = restored.promote("taskToken=token");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(told().get("output").getAsString())
        .matches(
            "\\{\"id\":\"%s\",\"database\":\"shop\",\"former\":\"%s\",\"secondsWithoutDatabase\":[0-9.]+}"
                .formatted(restored.id(), restored.former()));
    assertThat(databases()).containsExactly("shop", restored.former());
    assertThat(people()).isEqualTo("5");
    assertThat(sql(restored.former(), "SELECT count(*) FROM people")).isEqualTo("6");
    assertThat(
            sql(
                "shop",
                "SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ' ') FROM pg_class WHERE"
                    + " relnamespace = 'public'::regnamespace"))
        .isEqualTo("slipway_owner");
    assertThat(sql("shop", "SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'one'"))
        .isEqualTo("slipway_owner");
    assertThat(sql("shop", "SHOW timezone")).isEqualTo("Europe/Berlin");
    assertThat(sql("shop", "SHOW search_path")).isEqualTo("public, \"$user\"");
    assertThat(sql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname ~ '^restore_'"))
        .isEqualTo("0");

    assertThat(restored.promote().exit()).as("the same again").isZero();
    assertThat(step("discard", "id=" + restored.id()).output()).contains("it is the live database");
    assertThat(databases()).containsExactly("shop", restored.former());
    assertThat(step("drop-former", "id=" + restored.id()).exit()).isZero();
    assertThat(databases()).containsExactly("shop");
  }

  @Test
  void nothingIsPromotedWithoutADumpOfWhatIsLive() throws Exception {
    var restored = restored();
    step("make", "taskToken=token");
    var other = JsonParser.parseString(told().get("output").getAsString()).getAsJsonObject();

    assertThat(step("promote", "id=" + restored.id()).output()).contains("refused promote");
    assertThat(new Restored(restored.id(), other.get("key").getAsString()).promote().output())
        .contains("is no safety dump for this: it was not made before a promotion of");
    assertThat(new Restored(restored.id(), "db-dumps/a.dump").promote().output())
        .contains("is no dump that a host made");
    assertThat(databases()).containsExactly(restored.restored(), "shop");
  }

  @Test
  void whatDoesNotServeWithItHasTheFormerDatabaseBack() throws Exception {
    var restored = restored();
    Files.writeString(root.resolve("fake/health"), "503");

    var ended = restored.promote("taskToken=token");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(told().get("error").getAsString()).isEqualTo("PromoteFailed");
    assertThat(told().get("cause").getAsString())
        .contains("backend answers 503; the databases were renamed back");
    assertThat(databases()).containsExactly(restored.restored(), "shop");
    assertThat(people()).isEqualTo("6");
  }

  /** As RDS's own administrator may have one, whom nobody else can end. */
  @Test
  void aSessionThatCannotBeEndedLeavesTheLiveDatabaseAsItWas() throws Exception {
    var restored = restored();
    var holder =
        new ProcessBuilder("docker", "exec", "-i", SERVER, "psql", "-XAtq", "-d", "shop").start();
    try (var in = holder.outputWriter();
        var out = holder.inputReader()) {
      in.write("SELECT 'connected';\n");
      in.flush();
      assertThat(out.readLine()).isEqualTo("connected");

      var ended = restored.promote();

      assertThat(ended.exit()).isEqualTo(1);
      assertThat(ended.output()).contains("is being accessed by other users", "is as it was");
    }
    holder.waitFor();
    assertThat(databases()).containsExactly(restored.restored(), "shop");
  }

  /** Between any two statements of it: the same step again brings it to its end. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALLOW_CONNECTIONS false",
        "rolsuper",
        "RENAME TO :\"out\"",
        "RENAME TO :\"live\"",
        "^COMMIT"
      })
  void aPromotionThatIsKilledIsEndedByTheNext(String after) throws Exception {
    var restored = restored();
    Files.writeString(root.resolve("fake/kill"), after);
    var killed = restored.promote();
    assertThat(killed.exit()).as(killed.output()).isEqualTo(137);
    assertThat(root.resolve("fake/kill")).doesNotExist();
    assertThat(databases()).anyMatch(name -> name.matches("shop( \\(closed\\))?"));

    var ended = restored.promote();

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(databases()).containsExactly("shop", restored.former());
    assertThat(people()).isEqualTo("5");
  }

  /**
   * Nobody promotes again: whatever is done next opens the live database, or judges what was
   * renamed.
   */
  @ParameterizedTest
  @CsvSource({"ALLOW_CONNECTIONS false, 200, 6", "^COMMIT, 200, 5", "^COMMIT, 503, 6"})
  void aPromotionThatIsKilledIsMendedByWhateverComesNext(String after, String health, String people)
      throws Exception {
    var restored = restored();
    Files.writeString(root.resolve("fake/kill"), after);
    assertThat(restored.promote().exit()).isEqualTo(137);
    Files.writeString(root.resolve("fake/health"), health);

    var ended = step("discard", "id=" + restored.id());

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(people()).isEqualTo(people);
    assertThat(databases()).contains("shop").doesNotContain(restored.restored());
  }

  // ---- the others ------------------------------------------------------------------------------

  @Test
  void whatThereIsIsListed() throws Exception {
    var restored = restored();

    var list =
        JsonParser.parseString(step("list", "output=json").output().strip()).getAsJsonObject();

    assertThat(list.getAsJsonArray("dumps"))
        .extracting(dump -> dump.getAsJsonObject().get("key").getAsString())
        .containsExactly(restored.safety());
    assertThat(list.getAsJsonArray("databases"))
        .extracting(
            each ->
                each.getAsJsonObject().get("is").getAsString()
                    + " "
                    + each.getAsJsonObject().get("name").getAsString())
        .containsExactly("live shop", "restored " + restored.restored());
  }

  @Test
  void wordsThatCannotBeMeantAreRefusedAtOnce() throws Exception {
    var ended = step("destroy", "id=../../etc", "key=/etc/passwd", "format=tar", "taskToken=token");

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(told().get("error").getAsString()).isEqualTo("DumpRefused");
    assertThat(told().get("cause").getAsString())
        .contains("'step' is none of", "'id' is not", "'key' is none", "'format' is neither");
  }
}
