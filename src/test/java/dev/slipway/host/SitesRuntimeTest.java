package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs what the runtime {@code compose} does with sites, with a Docker that the test plays. */
class SitesRuntimeTest {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");

  private record Ended(int exit, String output) {}

  @TempDir Path root;

  @BeforeEach
  void copyTheBundle() throws IOException {
    for (String folder : List.of("lib", "runtimes/compose")) {
      Files.createDirectories(root.resolve(folder));
      try (var files = Files.list(BUNDLE.resolve(folder))) {
        for (Path file : (Iterable<Path>) files::iterator) {
          Files.copy(file, root.resolve(folder).resolve(file.getFileName()));
        }
      }
    }
    for (String folder : List.of("run", "releases/one", "app", "backups", "sites", "acme")) {
      Files.createDirectories(root.resolve(folder));
    }
    Path common = root.resolve("lib/common.sh");
    Files.writeString(
        common,
        Files.readString(common)
            .replace("DATA=/srv/slipway", "DATA=" + root)
            .replace("RUNTIME_DIR=/run/slipway", "RUNTIME_DIR=" + root.resolve("run"))
            .replace(
                "ENVIRONMENT=/etc/slipway/environment.json",
                "ENVIRONMENT=" + root.resolve("environment.json")));
    Files.writeString(root.resolve("environment.json"), "{\"publicIp\": \"192.0.2.7\"}");
    settings("{\"name\": \"live.example.com\"}", "{\"name\": \"new.example.com\"}");
    Files.writeString(
        root.resolve("releases/one/compose.json"),
        """
        {"services": {
          "proxy": {"image": "traefik:v3.6", "command": [
            "--providers.docker=true", "--providers.docker.exposedbydefault=false",
            "--entrypoints.web.address=:80", "--entrypoints.websecure.address=:443",
            "--certificatesResolvers.main-resolver.acme.httpChallenge=true",
            "--certificatesResolvers.main-resolver.acme.storage=/letsencrypt/acme.json"]},
          "db": {"image": "mariadb:11.8", "volumes": [{"type": "volume", "target": "/var/lib/mysql"}]},
          "configurator": {"image": "erpnext:2", "profiles": ["configure"], "command": ["set-config"],
            "volumes": [{"type": "volume", "target": "/home/frappe/frappe-bench/sites"}]},
          "frontend": {"image": "erpnext:2", "command": ["nginx-entrypoint.sh"],
            "volumes": [{"type": "volume", "target": "/home/frappe/frappe-bench/sites"}]},
          "backend": {"image": "erpnext:2", "command": null,
            "volumes": [{"type": "volume", "target": "/home/frappe/frappe-bench/sites"}]},
          "queue-short": {"image": "erpnext:2", "command": ["bench", "worker", "--queue", "short"],
            "volumes": [{"type": "volume", "target": "/home/frappe/frappe-bench/sites"}]},
          "scheduler": {"image": "erpnext:2", "command": ["bench", "schedule"],
            "volumes": [{"type": "volume", "target": "/home/frappe/frappe-bench/sites"}]}}}
        """);
  }

  private void settings(String... sites) throws IOException {
    Files.writeString(
        root.resolve("settings.json"),
        """
        {"stack": "staging", "system": "erpnext", "runtime": "compose", "sites": [%s],
         "compose": {"project": "erpnext", "database": {}, "image": {"name": "erpnext"}},
         "https": {"email": "a@example.com", "server": "https://acme-v02.api.letsencrypt.org/directory"},
         "parameters": {"prefix": "/slipway/staging", "desired": "/d", "secrets": "/s"}}
        """
            .formatted(String.join(", ", sites)));
  }

  // ---- names and certificates ----------------------------------------------------------------

  /** What public DNS says of each name. */
  private static final String DNS =
      """
      look_up() { case "$1" in live.*) printf '%s\\n' "$LIVE" ;; *) printf '%s\\n' "$NEW" ;; esac; }
      """;

  private static String dns(String live, String other) {
    return "LIVE='%s' NEW='%s'\n%s".formatted(live, other, DNS);
  }

  private static final String ASKS =
      "jq -r '.http.routers[] | \"\\(.rule) \\(.tls.certResolver)\"' \"$PROXY_ROUTES\"";

  @ParameterizedTest
  @CsvSource({"none", "unknown", "found 203.0.113.9", "found 203.0.113.9 203.0.113.10"})
  void aNameThatDoesNotLeadHereTakesNoOthersCertificateAway(String answer) throws Exception {
    Ended ended = run(dns("found 192.0.2.7", answer) + "https_render; " + ASKS);

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output())
        .contains("Host(`live.example.com`) main-resolver", "Host(`new.example.com`) null")
        .contains("new.example.com: certificate pending")
        .doesNotContain("live.example.com: certificate pending");
    assertThat(Files.readString(root.resolve("releases/one/https.json")))
        .contains(
            "--certificatesResolvers.main-resolver.acme.httpChallenge=true",
            "--providers.file.directory=/etc/slipway/proxy")
        .doesNotContain("--providers.docker");
  }

  @Test
  void aNameWithACertificateKeepsItWhateverDnsSays() throws Exception {
    Files.writeString(
        root.resolve("acme/acme.json"),
        """
        {"main-resolver": {"Certificates": [{"domain": {"main": "live.example.com"}}]}}""");
    for (String answer : List.of("none", "unknown", "found 203.0.113.9")) {
      assertThat(run(dns(answer, "none") + "https_render; " + ASKS).output())
          .as(answer)
          .contains("Host(`live.example.com`) main-resolver", "Host(`new.example.com`) null");
    }
  }

  @Test
  void aLookUpThatFailsChangesNothing() throws Exception {
    Ended ended =
        run(
            dns("found 192.0.2.7", "found 192.0.2.7")
                + "https_render; LIVE=unknown NEW=unknown; https_render; "
                + ASKS);

    assertThat(ended.output())
        .contains("Host(`live.example.com`) main-resolver", "Host(`new.example.com`) main-resolver")
        .doesNotContain("pending");
  }

  @Test
  void aNameBehindAnotherProxyIsAskedForWhereTheSettingsSaySo() throws Exception {
    settings("{\"name\": \"live.example.com\", \"proxied\": true}");

    assertThat(run(dns("found 203.0.113.9", "") + "https_render; " + ASKS).output())
        .contains("Host(`live.example.com`) main-resolver");
    Files.delete(root.resolve("app/proxy/sites.yaml"));
    assertThat(run(dns("none", "") + "https_render; " + ASKS).output())
        .contains("Host(`live.example.com`) null");
  }

  @ParameterizedTest
  @CsvSource({
    "EAI_NONAME,none",
    "EAI_NODATA,none",
    "EAI_AGAIN,unknown",
    "EAI_FAIL,unknown",
    "EAI_SYSTEM,unknown"
  })
  void onlyAnAnswerThatThereIsNoneIsOne(String error, String means) throws Exception {
    Files.writeString(
        root.resolve("sitecustomize.py"),
        """
        import socket
        def fail(*_):
            raise socket.gaierror(socket.%s, "as the test wants it")
        socket.getaddrinfo = fail
        """
            .formatted(error));

    assertThat(run("export PYTHONPATH='%s'; look_up live.example.com".formatted(root)).output())
        .isEqualTo(means + "\n");
  }

  @Test
  void anAddressIsFound() throws Exception {
    assertThat(run("look_up 192.0.2.7").output()).isEqualTo("found 192.0.2.7\n");
  }

  /** The certificates that are served, by name: days that they are good for, or the issuer. */
  private String certificates(String live, String other) {
    return """
        certificate() { case "$1" in live.*) printf '%%s' '%s' ;; *) printf '%%s' '%s' ;; esac; }
        metric() { printf '%%s\n' "metric $*"; }
        """
        .formatted(live, other);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"state\":\"issued\",\"daysLeft\":80}|80",
        "{\"state\":\"issued\",\"daysLeft\":20}|20",
        "{\"state\":\"issued\",\"daysLeft\":-3}|-3",
        "{\"state\":\"pending\",\"daysLeft\":null}|0",
        "{\"state\":\"self-signed\",\"daysLeft\":3000}|0"
      })
  void aSiteWithoutACertificateHasNoDaysLeft(String other, int days) throws Exception {
    Ended ended =
        run(certificates("{\"state\":\"issued\",\"daysLeft\":80}", other) + "certificate_publish");

    assertThat(ended.output()).isEqualTo("metric CertificateDaysLeft " + days + " None\n");
  }

  @Test
  void aCertificateThatSignedItselfIsNoIssuedOne() throws Exception {
    Ended ended =
        run(
            """
            command openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
              -subj /CN=live.example.com -addext subjectAltName=DNS:live.example.com -keyout /dev/null -out '%1$s/pem' 2>/dev/null
            timeout() { cat '%1$s/pem'; }
            certificate live.example.com
            """
                .formatted(root));

    assertThat(ended.output()).contains("\"self-signed\"");
  }

  @Test
  void theHourAsksForNamesThatHaveComeToLeadHere() throws Exception {
    String before = dns("found 192.0.2.7", "none") + "https_render >/dev/null\n";
    String locks = "lock_take() { say locked; }; record_current_id() { say one; }\n";

    assertThat(run(before + locks + "https_follow").output()).isEmpty();
    Ended ended = run(before + locks + "NEW='found 192.0.2.7'; https_follow; " + ASKS);

    assertThat(ended.output())
        .contains("locked", "Host(`new.example.com`) main-resolver", "new.example.com\n");
  }

  // ---- the page while the sites are closed ---------------------------------------------------

  private static final String ALL_LEAD_HERE = dns("found 192.0.2.7", "found 192.0.2.7");
  private static final String SERVICES =
      "jq -r '[.http.routers[].service] | unique | join(\" \")' \"$PROXY_ROUTES\"";

  @Test
  void whileClosedVisitorsGetOurPageAndTheChecksDoNot() throws Exception {
    site("live.example.com");
    String closed =
        ALL_LEAD_HERE
            + """
            visit_proxy() { printf '<meta content="slipway-holding">' >"$BODY"; printf 503; }
            visit_frontend() { printf pong >"$BODY"; printf 200; }
            https_render
            backend_answers live.example.com && say before || say 'our page is nobody'
            holding_begin
            """;
    Ended ended =
        run(
            closed
                + "https_render; %s; ping_answers live.example.com; say asked".formatted(SERVICES));

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("our page is nobody", "holding\nasked");
    assertThat(docker()).contains("run --detach --name erpnext-holding --network erpnext_default");

    Ended open =
        run(
            closed
                + "visit_proxy() { printf pong >\"$BODY\"; printf 200; }; holding_end; "
                + SERVICES);

    assertThat(open.output()).contains("application").doesNotContain("warning");
    assertThat(docker()).contains("rm --force --volumes erpnext-holding");
  }

  @Test
  void aPageThatCannotBeHadStopsNoRelease() throws Exception {
    site("live.example.com");

    Ended ended =
        run(ALL_LEAD_HERE + "https_render; FAIL=run; holding_begin; say 'goes on'; " + SERVICES);

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("warning: the page for visitors", "goes on", "application");
  }

  // ---- drills ---------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "ok, 1 hour ago, 400 days ago, 1",
    "ok, 300 hours ago, 400 days ago, 0",
    "failed, 1 hour ago, 400 days ago, 0",
    ", , 2 hours ago, 1",
    ", , 9 days ago, 0"
  })
  void aDrillThatFailedOrThatNobodyMadeIsToldEveryHour(
      String outcome, String at, String firstRelease, int told) throws Exception {
    String drill =
        outcome == null
            ? ""
            : """
              mkdir -p "$STATUS"
              jq -n --arg at "$(date -u -d '%s' +%%Y-%%m-%%dT%%H:%%M:%%SZ)" '{outcome: "%s", at: $at}' >"$STATUS/drill.json"
              """
                .formatted(at, outcome);
    Ended ended =
        run(
            """
            %s
            jq -n '{outcome: "ok"}' >"$RELEASES/$(date -u -d '%s' +%%Y%%m%%dT%%H%%M%%SZ)-first.json"
            metric() { say "$*"; }
            drill_publish
            """
                .formatted(drill, firstRelease));

    assertThat(ended.output()).isEqualTo("DrillOk " + told + " None\n");
  }

  // ---- containers ----------------------------------------------------------------------------

  @Test
  void whatNeverEndsIsNotWaitedFor() throws Exception {
    Ended ended = run("stop_workers");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(docker())
        .containsSubsequence(" stop --timeout 1 scheduler", " stop --timeout 90 queue-short");
  }

  @Test
  void theOverrideSaysHowLongEachServiceIsWaitedFor() throws Exception {
    Ended ended =
        run(
            """
            jq --arg image i --arg platform linux/amd64 --argjson build null -c \
              -f "$BUNDLE/runtimes/compose/override.jq" <<'JSON' | jq -r '.services | to_entries[] | "\\(.key) \\(.value.stop_grace_period)"'
            {"services": {
              "scheduler": {"command": ["bench", "schedule"]}, "long": {"command": ["bench", "worker", "--queue", "long"]},
              "websocket": {"command": ["node", "/home/frappe/frappe-bench/apps/frappe/socketio.js"]},
              "shell": {"command": "bench schedule"}, "other": {"platform": "linux/amd64", "command": ["x"]}}}
            JSON
            """);

    assertThat(ended.output().lines())
        .containsExactlyInAnyOrder(
            "scheduler 1s", "websocket 1s", "long 90s", "shell 1s", "other null");
  }

  @Test
  void nothingWaitsForTheConfigurator() throws Exception {
    Ended ended =
        run(
            """
            jq -c -f "$BUNDLE/runtimes/compose/project.jq" <<'JSON'
            {"services": {"configurator": {"image": "i"},
              "backend": {"depends_on": {"configurator": {"condition": "service_completed_successfully"}}},
              "frontend": {"depends_on": {"backend": {}}}}}
            JSON
            """);

    assertThat(ended.output())
        .isEqualTo(
            "{\"services\":{\"configurator\":{\"image\":\"i\",\"profiles\":[\"configure\"]},"
                + "\"backend\":{},\"frontend\":{\"depends_on\":{\"backend\":{}}}}}\n");
  }

  @Test
  void theConfiguratorRunsWhenWhatItWritesChanges() throws Exception {
    Files.writeString(root.resolve("sites/common_site_config.json"), "{}");
    String counted = "; grep -c 'run --rm --no-TTY configurator' '%s/docker'".formatted(root);

    assertThat(run("bench_configure; bench_configure" + counted).output()).endsWith("1\n");
    assertThat(run("APPS='frappe erpnext hrms'; bench_configure" + counted).output())
        .as("another app in the image")
        .endsWith("1\n");
    Files.delete(root.resolve("sites/common_site_config.json"));
    assertThat(run("APPS='frappe erpnext hrms'; bench_configure" + counted).output())
        .as("an empty volume")
        .endsWith("1\n");
  }

  @Test
  void theApplicationGetsNewAnonymousVolumesAndTheDatabaseKeepsIts() throws Exception {
    Ended ended = run("start_all");

    assertThat(ended.exit()).as(ended.output()).isZero();
    List<String> up = docker().lines().filter(line -> line.contains(" up ")).toList();
    assertThat(up).hasSize(2);
    assertThat(up.get(0)).contains("--wait", "db proxy").doesNotContain("renew", "backend");
    assertThat(up.get(1))
        .contains("--no-deps --renew-anon-volumes", "backend frontend queue-short scheduler")
        .doesNotContain(" db", "configurator");
    assertThat(run("ID=sha256:former; start_all").exit()).isZero();
    assertThat(docker())
        .as("a container of the same image is not made anew")
        .contains("--no-deps backend frontend queue-short scheduler")
        .doesNotContain("renew");
    run("start_all");
    // What the former containers had, and the new ones have not.
    assertThat(docker()).contains("volume rm " + "a".repeat(64)).doesNotContain("erpnext_sites");
  }

  @Test
  void assetsOfAFormerImageThatAgreeWithEachOtherAreFound() throws Exception {
    site("live.example.com");
    String check =
        """
        visit() { printf '%%s' '{"login.bundle.css": "/assets/frappe/dist/login.bundle.%s.css"}' >"$BODY"; printf 200; }
        image_manifests; image_assets_are_served live.example.com; say served
        """;

    assertThat(run(check.formatted("NEW")).output()).isEqualTo("served\n");
    Ended stale = run(check.formatted("OLD"));

    assertThat(stale.exit()).isEqualTo(1);
    assertThat(stale.output()).contains("not the one of the image").doesNotContain("served\n");
    assertThat(docker()).contains("rm --volumes manifest-container");
  }

  @Test
  void aLoginPageThatNamesAFormerBundleIsFound() throws Exception {
    String check =
        """
        visit() {
          printf '<link href="/assets/frappe/dist/login.bundle.%s.css">' >"$BODY"
          printf 200
        }
        image_manifests; login_page_assets live.example.com
        """;

    assertThat(run(check.formatted("NEW")).exit()).isZero();
    assertThat(run(check.formatted("OLD")).output()).contains("a former manifest is in Redis");
  }

  // ---- names ----------------------------------------------------------------------------------

  /** The data's own functions, which are tested elsewhere; what they were asked is said. */
  private static final String DATA =
      """
      backup_site() { say "backup $3 of $1${4?}"; }
      backup_ids() { backup_id one; }
      database_sql() { say 'sql:'; cat; }
      secret_fetch() { printf '%s' "of $1" >"$2"; }
      secret_keep() { say "kept $1: $(<"$2")" >&2; }
      bucket() { printf 'backups'; }
      runtime_fingerprints() { printf '{}'; }
      ln -sfn releases/one.json "$DATA/current"
      """;

  @Test
  void aSiteThatTheSettingsDoNotNameStopsReleaseAndConfigure() throws Exception {
    site("old.example.com");
    settings("{\"name\": \"new.example.com\", \"apps\": []}");
    for (String check : List.of("runtime_check next '' false", "sites_check_declared")) {
      Ended ended = run(check);

      assertThat(ended.exit()).as(check).isEqualTo(11);
      assertThat(ended.output())
          .contains(
              "do not name old.example.com",
              "Nothing was changed",
              "scripts/rename.sh staging old.example.com new.example.com",
              "scripts/retire.sh staging old.example.com");
    }
    Ended configure =
        run("source \"$BUNDLE/runtimes/compose/configure.sh\"; runtime_configure_check");
    assertThat(configure.exit()).isEqualTo(11);

    settings("{\"name\": \"old.example.com\", \"apps\": []}");
    assertThat(run("sites_check_declared").exit()).isZero();
  }

  @Test
  void aSiteWithoutItsNameIsStillBackedUp() throws Exception {
    site("old.example.com");
    site("live.example.com");

    assertThat(run("existing_sites").output()).isEqualTo("live.example.com\nold.example.com\n");
    assertThat(run("served_sites").output()).isEqualTo("live.example.com\n");
  }

  @Test
  void aRenamedSiteKeepsItsDataConfigurationAndSecrets() throws Exception {
    site("old.example.com");
    Files.writeString(
        root.resolve("sites/old.example.com/site_config.json"),
        "{\"db_name\": \"_0123\", \"host_name\": \"https://old.example.com\"}");
    Files.writeString(root.resolve("sites/old.example.com/file"), "of a user");
    settings("{\"name\": \"new.example.com\", \"apps\": []}");

    Ended ended =
        run(
            DATA
                + "runtime_rename_check old.example.com new.example.com\n"
                + "rename_site old.example.com new.example.com");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(root.resolve("sites/old.example.com")).doesNotExist();
    assertThat(root.resolve("sites/new.example.com/file")).hasContent("of a user");
    assertThat(Files.readString(root.resolve("sites/new.example.com/site_config.json")))
        .contains("_0123", "https://new.example.com")
        .doesNotContain("old.example.com");
    assertThat(ended.output())
        .contains(
            "kept site-admin-password/new.example.com: of site-admin-password/old.example.com",
            "kept site-encryption-key/new.example.com: of site-encryption-key/old.example.com");

    // Killed before its end, and run again.
    Ended again =
        run(
            DATA
                + "runtime_rename_check old.example.com new.example.com\n"
                + "rename_site old.example.com new.example.com; rename_end old.example.com new.example.com");
    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(again.output()).contains("backup rename of new.example.com");
    assertThat(run(DATA + "runtime_rename_check old.example.com new.example.com").output())
        .contains("there is no site old.example.com on this host; there are: new.example.com");
  }

  @Test
  void aRenameThatWouldMixTwoSitesIsRefused() throws Exception {
    site("old.example.com");
    String check = DATA + "runtime_rename_check old.example.com new.example.com";

    settings("{\"name\": \"old.example.com\", \"apps\": []}");
    assertThat(run(check).output()).contains("the settings do not name new.example.com yet");
    settings("{\"name\": \"new.example.com\"}", "{\"name\": \"old.example.com\"}");
    assertThat(run(check).output()).contains("the settings still name old.example.com");
    settings("{\"name\": \"new.example.com\", \"apps\": []}");
    site("new.example.com");
    assertThat(run(check).output()).contains("there is a site new.example.com on this host");
    assertThat(root.resolve("sites/old.example.com/site_config.json")).exists();
  }

  @Test
  void aRetiredSiteGoesAfterALastBackupAndNeverBefore() throws Exception {
    site("live.example.com");
    site("old.example.com");
    settings("{\"name\": \"live.example.com\", \"apps\": []}");

    Ended missing =
        run(DATA + "backup_ids() { say another; }\nretire_backup old.example.com\nsay gone");
    assertThat(missing.exit()).isEqualTo(1);
    assertThat(missing.output()).contains("is not in S3").doesNotContain("gone");

    Ended ended =
        run(
            DATA
                + "stamp() { say 20260101T000000Z; }\nruntime_retire_check old.example.com\n"
                + "retire_backup old.example.com\nretire_backup old.example.com\nretire_remove old.example.com");
    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output().split("backup retire of old.example.com", -1))
        .as("one backup")
        .hasSize(2);
    assertThat(ended.output()).contains("DROP DATABASE IF EXISTS `_0123`");
    assertThat(root.resolve("sites/old.example.com")).doesNotExist();
    assertThat(root.resolve("sites/live.example.com/site_config.json")).exists();

    assertThat(run(DATA + "runtime_retire_check live.example.com").output())
        .contains("the settings still name live.example.com");
    assertThat(run(DATA + "runtime_retire_check none.example.com").exit()).isEqualTo(11);
  }

  @Test
  void anImageWithoutAnInstalledAppIsRefused() throws Exception {
    site("live.example.com");
    settings("{\"name\": \"live.example.com\", \"apps\": [\"erpnext\"]}");
    String check =
        """
        database_answers() { %s; }
        site_apps_installed() { printf 'frappe\\nerpnext\\nhrms\\n'; }
        record_get() { :; }
        mkdir -p next; jq -n '{image: "erpnext:3", databaseImage: "x"}' >'%s/target.json'
        ln -sfn releases/one.json "$DATA/current"
        runtime_check '%s' one false; say fine
        """;

    Ended ended = run(check.formatted("true", root, root));
    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.output()).contains("live.example.com has hrms");
    assertThat(run("APPS='frappe erpnext hrms'\n" + check.formatted("true", root, root)).output())
        .isEqualTo("fine\n");
    assertThat(run(check.formatted("false", root, root)).output())
        .as("a release may be what mends the database")
        .isEqualTo("fine\n");
  }

  @Test
  void whatTheSettingsDoNotNameIsToldByStatus() throws Exception {
    site("live.example.com");
    site("old.example.com");
    settings("{\"name\": \"live.example.com\", \"apps\": [\"erpnext\", \"crm\"]}");

    Ended ended =
        run(
            """
            database_answers() { true; }
            database_sql() { printf '_0123\\n_left\\n'; }
            site_apps_installed() { printf 'frappe\\nerpnext\\nhrms\\n'; }
            runtime_drift
            """);

    assertThat(ended.output().lines())
        .hasSize(4)
        .anyMatch(line -> line.contains("the site old.example.com is here"))
        .anyMatch(line -> line.contains("the app hrms is installed in live.example.com"))
        .anyMatch(line -> line.contains("the app crm is in the settings of live.example.com"))
        .anyMatch(line -> line.contains("the database _left belongs to no site"));
  }

  // ---- parts of a release ---------------------------------------------------------------------

  @Test
  void theRecordSaysHowLongEachPartTookAndWhatVisitorsHadOfIt() throws Exception {
    Ended ended =
        run(
            """
            journal_begin '{"id": "one", "verb": "release", "startedAt": "2026-01-01T00:00:00Z"}'
            journal_part stop
            journal_text heldAt "$(now)"
            journal_part backup
            journal_text closedAt "$(now)"
            journal_part migration
            journal_text readableAt "$(now)"
            journal_part pages
            runtime_record_fields() { printf '{}'; }
            engine_record ok '' ''
            jq -r '.parts[] | "\\(.name) \\(.sites) \\(.seconds | type)"' "$(record_file one)"
            """);

    assertThat(ended.output().lines())
        .containsExactly(
            "stop open number",
            "backup read-only number",
            "migration closed number",
            "pages read-only number");
  }

  // ---- the stage ------------------------------------------------------------------------------

  private void site(String name) throws IOException {
    Files.createDirectories(root.resolve("sites/" + name));
    Files.writeString(
        root.resolve("sites/" + name + "/site_config.json"), "{\"db_name\": \"_0123\"}");
  }

  private String docker() throws IOException {
    return Files.readString(root.resolve("docker"));
  }

  private Ended run(String lines) throws Exception {
    Path script = root.resolve("test.sh");
    Files.writeString(root.resolve("docker"), "");
    Files.writeString(
        script,
        """
        source "%1$s/lib/common.sh"
        for part in lock journal steps aws secrets disk records git backup drills engine; do
          source "$BUNDLE/lib/$part.sh"
        done
        source "$BUNDLE/runtimes/compose/hooks.sh"
        ID=sha256:new FAIL='' APPS='frappe erpnext'
        # Docker as far as it is asked here; what it was told is kept.
        docker() {
          printf '%%s\n' "$*" >>'%1$s/docker'
          [[ -z $FAIL || $1 != "$FAIL" ]] || return 125
          case "$*" in
            'volume inspect'*_sites) printf '%%s\n' '%1$s/sites' ;;
            'volume inspect'*_cert-data) printf '%%s\n' '%1$s/acme' ;;
            'volume rm'*) ;;
            *'{{.State.Pid}}'*) printf '0\n' ;;
            *NetworkSettings.Networks*name*) printf 'erpnext_default\n' ;;
            'image inspect'*'{{.Id}}'*) printf '%%s\n' "$ID" ;;
            *'{{.Image}}'*) printf 'sha256:former\n' ;;
            *Mounts*) if [[ -e '%1$s/started' ]]; then printf '%%064d\n' 0 | tr 0 b; else printf '%%064d\n' 0 | tr 0 a; fi; printf 'erpnext_sites\n' ;;
            'ps '*) printf 'container\n' ;;
            *' up '*) touch '%1$s/started' ;;
            'create '*) printf 'manifest-container\n' ;;
            cp*frappe-bench/assets/*) return 1 ;;
            cp*sites/assets/assets.json*) printf '%%s' '{"login.bundle.css": "/assets/frappe/dist/login.bundle.NEW.css"}' >"$3" ;;
            cp*) return 1 ;;
            *'entrypoint ls'*) printf '%%s\n' $APPS ;;
            *' exec '*' cat '*) cat "$BODY" ;;
          esac
        }
        curl() { return 7; }
        use_release one
        %2$s
        """
            .formatted(root, lines));
    Process process =
        new ProcessBuilder("bash", script.toString()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Files.deleteIfExists(root.resolve("started"));
    return new Ended(process.exitValue(), output);
  }
}
