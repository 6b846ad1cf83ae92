package dev.slipway.host;

import static dev.slipway.rehearsal.cloud.ExternalDatabase.AS_RDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs the host's verbs for data (backup, restore, drill, status) on a real MariaDB whose master
 * may do what that of RDS may, and no more. Docker, AWS and the site's web server are stubs. It
 * needs Docker and an image, so that only ./slipway test runs it, or {@code mvn test
 * -DexcludedGroups=} after {@code ./slipway rehearsal-images --only mariadb}.
 */
@Tag("images")
class SiteDataTest {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");
  private static final Path STUBS = Path.of("src/test/resources/dev/slipway/host/site");
  private static final String RELEASE = "20260101T000000Z-live";
  private static final String SITE = "a.example.com";
  private static final String OTHER = "b.example.com";
  private static final String SUPER = "the-superuser's";

  /** A password that every quoting on its way must leave as it is. */
  private static final String MASTER = "m\\a\"s't$er";

  private static final String SERVER =
      "slipway-test-" + HexFormat.of().toHexDigits(new Random().nextInt());

  private record Ended(int exit, String output) {}

  @TempDir Path root;
  private final Map<String, String> environment = new TreeMap<>();

  // ---- the server -----------------------------------------------------------------------------

  @BeforeAll
  static void start() throws Exception {
    // As RDS has it where it makes backups: with a binary log, and no trust in who makes functions.
    need(
        "docker",
        "run",
        "--detach",
        "--name",
        SERVER,
        "--label",
        "dev.slipway.test=" + SERVER,
        "--env",
        "MARIADB_ROOT_PASSWORD=" + SUPER,
        System.getProperty("slipway.mariadb", "mariadb:11.8"),
        "--log-bin",
        "--server-id=1");
    Ended up;
    do {
      up = execute("docker", "exec", SERVER, "healthcheck.sh", "--connect");
    } while (up.exit() != 0
        && need("docker", "inspect", "--format", "{{.State.Running}}", SERVER).contains("true"));
    assertThat(up.exit()).as(need("docker", "logs", SERVER)).isZero();
    sql(
        "ALTER USER 'root'@'%' IDENTIFIED BY '"
            + MASTER.replace("\\", "\\\\").replace("'", "''")
            + "'; "
            + AS_RDS);
  }

  @AfterAll
  static void end() throws Exception {
    execute("docker", "rm", "--force", "--volumes", SERVER);
  }

  /** What the server's own superuser is told, whom hosts never are. */
  private static String sql(String statements) throws Exception {
    return need(
            "docker",
            "exec",
            SERVER,
            "mariadb",
            "--user=root",
            "--password=" + SUPER,
            "--batch",
            "--skip-column-names",
            "--execute",
            statements)
        .strip();
  }

  private static String asUser(String user, String password, String statements) throws Exception {
    return need(
            "docker",
            "exec",
            SERVER,
            "mariadb",
            "--host=127.0.0.1",
            "--default-character-set=utf8mb4",
            "--user=" + user,
            "--password=" + password,
            "--batch",
            "--skip-column-names",
            "--execute",
            statements)
        .strip();
  }

  private static String need(String... command) throws Exception {
    Ended ended = execute(command);
    assertThat(ended.exit()).as(ended.output()).isZero();
    return ended.output();
  }

  private static Ended execute(String... command) throws Exception {
    return execute(new ProcessBuilder(command));
  }

  private static Ended execute(ProcessBuilder builder) throws Exception {
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }

  // ---- the host -------------------------------------------------------------------------------

  @BeforeEach
  void makeTheHost() throws Exception {
    copy(BUNDLE, root.resolve("bundle"));
    Path common = root.resolve("bundle/lib/common.sh");
    Files.writeString(
        common,
        Files.readString(common)
            .replace("export PATH=", "export PATH=" + STUBS.toAbsolutePath() + ":" + BundleShell.JQ)
            .replace("ENVIRONMENT=/etc/slipway", "ENVIRONMENT=" + root)
            .replace("DATA=/srv/slipway", "DATA=" + root.resolve("data"))
            .replace("RUNTIME_DIR=/run/slipway", "RUNTIME_DIR=" + root.resolve("run")));
    for (String folder :
        List.of("data/releases/" + RELEASE, "data/secrets", "volume", "s3", "containers")) {
      Files.createDirectories(root.resolve(folder));
    }
    Files.writeString(
        root.resolve("environment.json"),
        "{\"region\": \"us-east-1\", \"backupBucket\": \"bucket\"}");
    Files.writeString(root.resolve("data/secrets/db-root-password"), MASTER);
    Files.writeString(
        root.resolve("volume/common_site_config.json"), "{\"db_host\": \"127.0.0.1\"}");
    Files.writeString(
        root.resolve("data/releases/" + RELEASE + ".json"),
        "{\"id\": \"%s\", \"ref\": \"v1\", \"outcome\": \"ok\"}".formatted(RELEASE));
    Files.createSymbolicLink(root.resolve("data/current"), Path.of("releases", RELEASE + ".json"));
    Files.writeString(
        root.resolve("data/releases/" + RELEASE + "/compose.json"),
        """
        {"services": {"backend": {"image": "app"}, "frontend": {"image": "app"}, "websocket": {"image": "app"},
          "redis-cache": {"image": "redis"}, "queue-short": {"image": "app", "command": ["bench", "worker"]},
          "scheduler": {"image": "app", "command": ["bench", "schedule"]}}}
        """);
    Files.writeString(root.resolve("data/releases/" + RELEASE + "/target.json"), "{}");
    settings(SITE);
    makeSite(SITE, "_a");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private void settings(String... sites) throws IOException {
    String named =
        String.join(", ", Stream.of(sites).map(site -> "{\"name\": \"" + site + "\"}").toList());
    Files.writeString(
        root.resolve("bundle/settings.json"),
        """
        {"stack": "staging", "system": "erpnext", "runtime": "compose", "sites": [%s],
         "parameters": {"secrets": "/secrets", "desired": "/desired"}, "release": {"minFreeGiB": 1},
         "backup": {"keepLocal": 2},
         "compose": {"database": {"host": "127.0.0.1"}}}
        """
            .formatted(named));
  }

  /** As Frappe makes one on RDS: with a view, and with values that look like parts of a dump. */
  private void makeSite(String site, String database) throws Exception {
    sql(
        "DROP DATABASE IF EXISTS `%1$s`; DROP USER IF EXISTS '%1$s'@'%%'; CREATE DATABASE `%1$s`"
            .formatted(database));
    asUser(
        "root",
        MASTER,
        ("CREATE USER '%1$s'@'%%' IDENTIFIED BY 'its''own\\\\'; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP,"
                + " INDEX, ALTER, CREATE TEMPORARY TABLES, CREATE VIEW, EVENT, TRIGGER, SHOW VIEW, CREATE ROUTINE,"
                + " ALTER ROUTINE, EXECUTE, LOCK TABLES ON `%1$s`.* TO '%1$s'@'%%'")
            .formatted(database));
    asUser(
        database,
        "its'own\\",
        "USE `"
            + database
            + "`; CREATE TABLE `tabNote` (name VARCHAR(140) PRIMARY KEY, content LONGTEXT, raw BLOB) CHARSET utf8mb4;"
            + " CREATE TABLE `tab``s` (name INT);"
            + " INSERT INTO `tabNote` VALUES ('first', 'a\\n/*!50013 DEFINER=`x`@`y` SQL SECURITY DEFINER */\\n\\'\\\\', 0xFF00270A0D),"
            + " ('more', 'ünï 🐧', NULL);"
            + " CREATE VIEW notes AS SELECT name FROM `tabNote`");
    Path folder = root.resolve("volume").resolve(site);
    Files.createDirectories(folder.resolve("public/files"));
    Files.createDirectories(folder.resolve("private/files"));
    Files.writeString(folder.resolve("public/files/a.txt"), "first");
    Files.writeString(
        folder.resolve("site_config.json"),
        "{\"db_name\": \"%s\", \"db_password\": \"its'own\\\\\", \"encryption_key\": \"the-first-key\"}"
            .formatted(database));
  }

  private Ended run(String verb, String... words) throws Exception {
    var command =
        new ArrayList<>(List.of("bash", root.resolve("bundle/" + verb + ".sh").toString()));
    command.addAll(List.of(words));
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder
        .environment()
        .putAll(Map.of("ROOT", root.toString(), "MARIADB", SERVER, "SUPER", SUPER));
    return execute(builder);
  }

  /** All that a restore changes of a site, but for whether it is closed. */
  private String state(String site, String database) throws Exception {
    String config =
        need(
            "jq",
            "-S",
            "del(.maintenance_mode, .allow_reads_during_maintenance)",
            root.resolve("volume").resolve(site).resolve("site_config.json").toString());
    String files =
        need(
            "bash",
            "-c",
            "cd \"$0\" && find . -type f ! -name site_config.json -exec sha256sum {} + | sort",
            root.resolve("volume").resolve(site).toString());
    String dump =
        need(
            "docker",
            "exec",
            SERVER,
            "mariadb-dump",
            "--user=root",
            "--password=" + SUPER,
            "--skip-comments",
            "--hex-blob",
            database);
    return config + files + dump;
  }

  /** Somebody goes on working after a backup: rows, files, and another encryption key. */
  private void change() throws Exception {
    sql(
        "INSERT INTO `_a`.tabNote VALUES ('later', 'x', NULL); CREATE TABLE `_a`.`tabLater` (n INT)");
    Path folder = root.resolve("volume").resolve(SITE);
    Files.writeString(folder.resolve("public/files/later.txt"), "later");
    Files.writeString(
        folder.resolve("site_config.json"),
        "{\"db_name\": \"_a\", \"db_password\": \"its'own\\\\\", \"encryption_key\": \"the-second-key\","
            + " \"mail_server\": \"smtp.example.com\"}");
  }

  private List<String> ids(String site) throws IOException {
    Path folder = root.resolve("s3/staging").resolve(site);
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(id -> Files.exists(id.resolve("manifest.json")))
          .map(id -> id.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  /**
   * Gives the newest backup the time of an hour of long ago, and so the next one another second.
   */
  private void age(String site, String stamp) throws Exception {
    String id = ids(site).get(ids(site).size() - 1);
    String older = stamp + id.substring(16);
    Path folder = root.resolve("s3/staging").resolve(site);
    Files.move(folder.resolve(id), folder.resolve(older));
    Path manifest = folder.resolve(older).resolve("manifest.json");
    Files.writeString(manifest, Files.readString(manifest).replace(id, older));
    need("rm", "-rf", root.resolve("data/backups/" + id).toString());
    Files.deleteIfExists(root.resolve("data/status/backups-seen"));
  }

  private void backedUp() throws Exception {
    Ended ended = run("backup");
    assertThat(ended.exit()).as(ended.output()).isZero();
    age(SITE, "20260301T000000Z");
  }

  // ---- restore --------------------------------------------------------------------------------

  @Test
  void aRestoreWorksForAMasterWhoCannotGrantAll() throws Exception {
    String before = state(SITE, "_a");
    backedUp();
    change();

    Ended ended = run("restore");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(state(SITE, "_a").replace("  \"migrated\": true,\n", ""))
        .contains("tabMigrated")
        .isNotEqualTo(before);
    assertThat(
            asUser(
                "_a",
                "its'own\\",
                "SELECT COUNT(*) FROM `_a`.notes; CREATE TEMPORARY TABLE `_a`.t (n INT)"))
        .isEqualTo("2");
    assertThat(sql("SELECT definer FROM information_schema.views WHERE table_schema = '_a'"))
        .isEqualTo("_a@%");
    assertThat(
            sql(
                "SELECT HEX(raw), content LIKE '%\\n/*!50013 DEFINER=`x`@`y` SQL%' FROM `_a`.tabNote WHERE name = 'first'"))
        .isEqualTo("FF00270A0D\t1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"load", "migrate", "smoke", "queue"})
  void aFailedRestoreBringsBackAllThatItChanged(String fault) throws Exception {
    backedUp();
    change();
    String before = state(SITE, "_a");
    Files.createFile(root.resolve("faulty"));
    environment.put("FAULT", fault);

    Ended ended = run("restore");

    assertThat(ended.exit()).as(ended.output()).isEqualTo(20);
    assertThat(state(SITE, "_a")).isEqualTo(before);
    assertThat(Files.readString(root.resolve("volume/" + SITE + "/site_config.json")))
        .doesNotContain("maintenance");
    assertThat(root.resolve("data/releases/in-progress")).doesNotExist();
    assertThat(root.resolve("data/releases/in-progress.json")).doesNotExist();
  }

  @Test
  void whenOneOfTwoSitesCannotBeRestoredBothComeBack() throws Exception {
    settings(SITE, OTHER);
    makeSite(OTHER, "_b");
    backedUp();
    age(OTHER, "20260301T000000Z");
    change();
    sql("DELETE FROM `_b`.tabNote WHERE name = 'more'");
    String first = state(SITE, "_a");
    String second = state(OTHER, "_b");
    Files.createFile(root.resolve("faulty"));
    environment.put("FAULT", "load");
    environment.put("FAULT_SITE", "_b");

    Ended ended = run("restore");

    assertThat(ended.exit()).as(ended.output()).isEqualTo(20);
    assertThat(state(SITE, "_a")).isEqualTo(first);
    assertThat(state(OTHER, "_b")).isEqualTo(second);
  }

  @Test
  void aRestoreThatWasKilledGoesBackBeforeItIsTriedAgain() throws Exception {
    backedUp();
    change();
    Files.createFile(root.resolve("faulty"));
    environment.put("FAULT", "kill");

    assertThat(run("restore").exit()).isEqualTo(137);
    assertThat(root.resolve("data/releases/in-progress.json")).exists();
    assertThat(root.resolve("data/releases/in-progress/" + SITE + "/site_config.json")).exists();
    String safety = ids(SITE).get(1);
    Ended again = run("restore", "--without-backup");

    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(again.output()).contains("was killed in its step restore; going back first");
    assertThat(sql("SELECT COUNT(*) FROM `_a`.tabNote")).isEqualTo("2");
    environment.put("SSM_backup", safety);
    assertThat(run("restore").exit()).isZero();
    assertThat(sql("SELECT COUNT(*) FROM `_a`.tabNote")).isEqualTo("3");
  }

  /** Visitors are let in before it is recorded: what they write meanwhile stays. */
  @Test
  void aRestoreThatServesAndWasNotRecordedIsFinishedAndNotDoneAgain() throws Exception {
    backedUp();
    change();
    Files.createFile(root.resolve("faulty"));
    environment.put("FAULT", "workers");

    Ended ended = run("restore");
    assertThat(ended.exit()).as(ended.output()).isEqualTo(22);
    assertThat(ended.output()).contains("Run the same again: it finishes it");
    sql("INSERT INTO `_a`.tabNote VALUES ('since', 'x', NULL)");
    Ended again = run("restore");

    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(sql("SELECT COUNT(*) FROM `_a`.tabNote WHERE name = 'since'")).isEqualTo("1");
    assertThat(ids(SITE)).hasSize(2);
    assertThat(root.resolve("data/releases/in-progress.json")).doesNotExist();
  }

  /**
   * SUPER, which the master lacks, would be needed where the server does not trust who makes it.
   */
  @Test
  void aTriggerComesBackWhereTheServerTrustsWhoMakesIt() throws Exception {
    sql("SET GLOBAL log_bin_trust_function_creators = 1");
    try {
      asUser(
          "_a",
          "its'own\\",
          "CREATE TRIGGER `_a`.stamp BEFORE INSERT ON `_a`.tabNote FOR EACH ROW SET NEW.raw = 'x'");
      backedUp();

      Ended ended = run("restore");

      assertThat(ended.exit()).as(ended.output()).isZero();
      assertThat(sql("SELECT definer FROM information_schema.triggers WHERE trigger_schema = '_a'"))
          .isEqualTo("_a@%");
    } finally {
      sql("SET GLOBAL log_bin_trust_function_creators = 0");
    }
  }

  @Test
  void theCauseOfAFailedMigrationIsItsException() throws Exception {
    backedUp();
    environment.put("FAULT", "migrate");

    Ended ended = run("restore");

    assertThat(ended.output())
        .contains(
            "in step migrate: bench --site a.example.com migrate ended with exit code 1:"
                + " pymysql.err.OperationalError: (1054, \"Unknown column\")")
        .contains("[========] 100%")
        .doesNotContain("50%")
        .doesNotContain("\r");
  }

  @Test
  void aRestoreThatIsTriedAgainPassesOverWhatTheFirstPutAside() throws Exception {
    backedUp();
    change();
    assertThat(run("restore").exit()).isZero();
    String first = state(SITE, "_a");
    assertThat(ids(SITE)).hasSize(2);
    age(SITE, "20260302T000000Z");
    sql("DELETE FROM `_a`.tabNote");

    Ended again = run("restore");

    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(state(SITE, "_a")).isEqualTo(first);
    assertThat(run("status").output())
        .contains("backup      20260301T000000Z-")
        .contains("(safety)");
  }

  // ---- an empty site in the place of a lost one -------------------------------------------------

  @Test
  void aBackupOfAnEmptySiteIsNeverTheNewest() throws Exception {
    backedUp();
    Files.createFile(root.resolve("data/releases/empty-" + SITE));
    sql("DELETE FROM `_a`.tabNote");

    assertThat(run("backup", "--scheduled").exit()).isZero();

    assertThat(ids(SITE)).hasSize(2);
    String metrics = Files.readString(root.resolve("metrics"));
    assertThat(Double.parseDouble(metrics.strip().replaceAll("(?s).*BackupAgeHours ", "")))
        .isGreaterThan(24);
    assertThat(run("status").output()).contains("WAS MADE EMPTY", "backup      20260301T000000Z-");
    assertThat(run("drill").exit()).isZero();
    Ended restored = run("restore");
    assertThat(restored.exit()).as(restored.output()).isZero();
    assertThat(sql("SELECT COUNT(*) FROM `_a`.tabNote")).isEqualTo("2");

    // From now on it is a site like any other.
    assertThat(run("backup").exit()).isZero();
    assertThat(run("status").output()).doesNotContain("WAS MADE EMPTY", "backup      20260301T");
  }

  @Test
  void whatPeopleHaveSetUpAnewCountsAgain() throws Exception {
    backedUp();
    Files.createFile(root.resolve("data/releases/empty-" + SITE));
    sql(
        "CREATE TABLE `_a`.tabSingles (doctype VARCHAR(255), field VARCHAR(255), value TEXT);"
            + " INSERT INTO `_a`.tabSingles VALUES ('System Settings', 'setup_complete', '1')");

    assertThat(run("backup", "--scheduled").exit()).isZero();

    assertThat(run("status").output()).doesNotContain("WAS MADE EMPTY", "backup      20260301T");
  }

  // ---- several sites ----------------------------------------------------------------------------

  @Test
  void aSiteThatCannotBeBackedUpTakesNoBackupFromTheOthers() throws Exception {
    settings(SITE, OTHER, "c.example.com");
    makeSite(OTHER, "_b");
    makeSite("c.example.com", "_c");
    // Of nobody's settings any more, and broken.
    Files.createDirectories(root.resolve("volume/stray.example.com"));
    Files.writeString(root.resolve("volume/stray.example.com/site_config.json"), "{");
    environment.put("FAULT", "dump");
    environment.put("FAULT_SITE", "_b");

    Ended ended = run("backup");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output().lines().reduce((former, last) -> last).orElseThrow())
        .contains(
            "b.example.com: the dump of b.example.com", "stray.example.com: ", "2 of 4 sites");
    assertThat(ids(SITE)).hasSize(1);
    assertThat(ids(OTHER)).isEmpty();
    assertThat(ids("c.example.com")).hasSize(1);
    assertThat(run("status").output()).contains("THE LAST ONE FAILED");
  }

  // ---- drill
  // --------------------------------------------------------------------------------------

  @Test
  void aDrillTakesAwayItsOwnDatabasesAndNoOther() throws Exception {
    backedUp();
    sql("CREATE DATABASE IF NOT EXISTS drill_of_others; CREATE DATABASE drill_1234567890abcdef");
    // A drill of this host that was killed.
    Files.writeString(root.resolve("data/status/drill-databases"), "drill_1234567890abcdef\n");

    Ended ended = run("drill");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(sql("SHOW DATABASES LIKE 'drill%'")).isEqualTo("drill_of_others");
    assertThat(sql("SELECT user FROM mysql.user WHERE user LIKE 'drill%'")).isEmpty();
    assertThat(sql("SELECT COUNT(*) FROM `_a`.tabNote")).isEqualTo("2");
  }

  // ---- passwords
  // ----------------------------------------------------------------------------------

  @Test
  void noPasswordIsAnArgument() throws Exception {
    backedUp();
    assertThat(run("drill").exit()).isZero();

    assertThat(Files.readString(root.resolve("executed")))
        .contains("single-transaction", "--database=drill_")
        .doesNotContain("its'own", MASTER, "--password");
  }

  // ---- a database of one's own
  // --------------------------------------------------------------------

  @Test
  void whoCanGrantAllGrantsAll() throws Exception {
    backedUp();
    sql("GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION");
    try {
      assertThat(run("restore").exit()).isZero();
      assertThat(sql("SHOW GRANTS FOR '_a'@'%'")).contains("GRANT ALL PRIVILEGES ON `_a`.*");
    } finally {
      sql(AS_RDS);
    }
  }
}
