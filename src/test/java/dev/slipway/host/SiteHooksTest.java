package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the runtime for sites does in its hooks, with everything around it stubbed by the test. */
class SiteHooksTest {
  @TempDir Path root;

  @BeforeEach
  void copyTheBundle() throws IOException {
    for (String folder : List.of("data/releases", "data/status", "data/backups", "run")) {
      Files.createDirectories(root.resolve(folder));
    }
    BundleShell.copy(
        root.resolve("bundle"),
        root.resolve("data").toString(),
        root.resolve("run").toString(),
        root.resolve("environment.json").toString());
    Files.writeString(
        root.resolve("bundle/settings.json"),
        """
{"stack": "staging", "system": "erpnext", "runtime": "compose",
 "sites": [{"name": "a.example.com", "apps": ["erpnext"]}, {"name": "b.example.com", "apps": []}]}
""");
  }

  /** Everything that the verbs source, then stubs, then what is tried. */
  private Ended run(String stubs, String tried) throws Exception {
    Path script = root.resolve("bundle/try.sh");
    Files.writeString(
        script,
        BundleShell.sourcesOf(root.resolve("bundle"))
            + """
            bucket() { printf 'bucket'; }
            journal_part() { :; }
            %s
            step trial %s
            exit "$STEP_STATUS"
            """
                .formatted(stubs, tried));
    return BundleShell.bash(script);
  }

  // ---- output -----------------------------------------------------------------------------------

  @Test
  void ofAProgressBarItsLastStateIsShown() throws Exception {
    Ended ended =
        run(
            """
bars() {
  for i in $(seq 1 1000); do printf '\\r\\033[32mUpdating DocTypes\\033[0m [%4d]' "$i"; done
  printf '\\r\\n\\033[2KInstalling erpnext\\r\\nnext\\n'
}
""",
            "bars");

    assertThat(ended.output().lines().toList())
        .contains("      Updating DocTypes [1000]", "      Installing erpnext", "      next");
    assertThat(ended.output().length()).isLessThan(200);
    assertThat(root.resolve("run/step-trial.log")).content().doesNotContain("\r");
  }

  @Test
  void theCauseOfAContainersEndIsTheLastOfItsErrors() throws Exception {
    Ended ended =
        run(
            """
docker() {
  printf 'Executing a patch\\nIt was buffered, and so is last\\n'
  printf 'Traceback:\\n  KeyError\\npymysql.err.OperationalError: (1054, "Unknown column")\\n\\n   \\r\\n' >&2
}
""",
            "container_cause name");

    assertThat(ended.output())
        .contains("pymysql.err.OperationalError: (1054, \"Unknown column\")")
        .doesNotContain("buffered");
  }

  @Test
  void aContainerThatSaidNothingOfErrorsIsQuotedAllTheSame() throws Exception {
    assertThat(run("docker() { printf 'killed by hand\\n'; }", "container_cause name").output())
        .contains("killed by hand");
    assertThat(run("docker() { :; }", "container_cause name").output()).contains("it said nothing");
  }

  // ---- sites that are not there
  // -------------------------------------------------------------------

  private static final String NOTHING_HERE =
      """
      runtime_sites_missing() { site_names; }
      backup_ids() { [[ $1 != b.example.com ]] || printf '20260101T000000Z-x\\n'; }
      """;

  @Test
  void anEmptySiteIsNotMadeInThePlaceOfOneThatHasBackups() throws Exception {
    Ended ended = run(NOTHING_HERE, "sites_check_empty '' \"$RELEASES/empty-sites\"");

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.output())
        .contains("b.example.com: not on this host", "--empty-site b.example.com", "restore");
  }

  @ParameterizedTest
  @ValueSource(strings = {"example.com", "xb.example.com,ab.example.com.org", "a.example.com"})
  void toAskForAnotherIsNotToAsk(String asked) throws Exception {
    Ended ended = run(NOTHING_HERE, "sites_check_empty '" + asked + "' \"$RELEASES/empty-sites\"");

    assertThat(ended.exit()).isEqualTo(11);
  }

  @Test
  void whoAsksForItGetsIt() throws Exception {
    Ended ended =
        run(
            NOTHING_HERE,
            "sites_check_empty a.example.com,b.example.com \"$RELEASES/empty-sites\"");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(root.resolve("data/releases/empty-sites")).hasContent("b.example.com");
  }

  @Test
  void aBucketThatCannotBeAskedIsNotAnEmptyOne() throws Exception {
    Ended ended =
        run(
            "runtime_sites_missing() { site_names; }; backup_ids() { return 255; }",
            "sites_check_empty '' \"$RELEASES/empty-sites\"");

    assertThat(ended.exit()).isNotZero();
  }

  // ---- backups that count
  // ---------------------------------------------------------------------------

  @Test
  void theNewestIsTheNewestOfWhatPeopleWrote() throws Exception {
    Ended ended =
        run(
            """
            backup_ids() { printf '2026010%sT000000Z-x\\n' 1 2 3 4; }
            object_get() {
              case "$1" in
                */20260104*) printf '{"reason": "scheduled", "uncounted": "empty"}' ;;
                # As a version before this one wrote it.
                */20260103*) printf '{"reason": "restore"}' ;;
                *) printf '{"reason": "release"}' ;;
              esac >"$2"
            }
            twice() {
              backup_newest a.example.com
              object_get() { return 1; }
              backup_newest a.example.com
            }
            """,
            "twice");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output().lines().filter(line -> line.contains("20260102T")).toList())
        .hasSize(2);
  }

  @Test
  void thatAManifestCannotBeReadIsNotThatThereIsNone() throws Exception {
    Ended ended =
        run(
            """
            backup_ids() { printf '20260101T000000Z-x\\n'; }
            object_get() { return 1; }
            asked() { local id; id="$(backup_newest a.example.com)"; say "is $id"; }
            """,
            "asked");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output()).doesNotContain("is ");
  }

  /** Its backup would be passed over as nobody's work. */
  @Test
  void aDatabaseThatDoesNotAnswerDoesNotSayThatNobodyWorksInASite() throws Exception {
    String stubs =
        """
        site_value() { printf '_0123'; }
        database_sql() {
          local statement
          statement="$(cat)"
          case "$statement" in *TABLES* | *information_schema*) %s ;; *) printf '1\\n' ;; esac
        }
        asked() { local use; use="$(site_in_use a.example.com)"; say "in use: $use"; }
        """;

    assertThat(run(stubs.formatted("printf 'tabSingles\\n'"), "asked").output())
        .contains("in use: yes");
    assertThat(run(stubs.formatted("printf 'tabOther\\n'"), "asked").output())
        .contains("in use: no");
    Ended ended = run(stubs.formatted("return 1"), "asked");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output()).doesNotContain("in use: ");
  }

  @Test
  void whatCannotBeReadBackIsSaidToBeThatAndNotDifferent() throws Exception {
    Files.writeString(
        root.resolve("manifest.json"), "{\"files\": [{\"name\": \"a\", \"sha256\": \"0\"}]}");
    Ended ended =
        run(
            """
            objects_put() { :; }
            object_put() { :; }
            object_sha256() { return 1; }
            """,
            "backup_upload a.example.com id '" + root + "'");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output())
        .contains("staging/a.example.com/id/a cannot be read back")
        .doesNotContain("differently");
  }

  // ---- workers
  // --------------------------------------------------------------------------------------

  @Test
  void workersStartAfterTheVerdictAndNotForIt() throws Exception {
    String stubs =
        """
        clear_asset_manifest() { :; }
        maintenance() { say "maintenance $1"; }
        smoke_pages() { :; }
        served_sites() { say a.example.com; }
        compose() { say "compose $*"; cat >/dev/null; }
        smoke_certificate() { :; }
        journal_text() { :; }
        start_all() { say START; }
        containers_are_of_release() { :; }
        containers_run() { :; }
        worker_services() { say queue-short; }
        """;

    Ended smoke = run(stubs, "runtime_smoke");
    Ended open = run(stubs, "runtime_open");

    assertThat(smoke.exit()).as(smoke.output()).isZero();
    assertThat(smoke.output()).contains("- a.example.com 60").doesNotContain("START");
    assertThat(open.output()).containsSubsequence("maintenance open", "START");
  }

  // ---- what is installed, and by which Frappe
  // ----------------------------------------------------------

  @Test
  void whatIsInstalledIsReadFromTheSiteItself() throws Exception {
    Ended ended =
        run(
            """
            site_value() { printf '_a'; }
            bench() { printf '{"a.example.com": []}'; }
            database_sql() { grep -q tabDefaultValue && printf '["frappe", "erpnext"]\\n'; }
            """,
            "site_apps_installed a.example.com");

    assertThat(ended.output().lines().map(String::strip)).contains("frappe", "erpnext");
  }

  @ParameterizedTest
  @CsvSource({
    "15.47.2,0",
    "15.72.4,0",
    "16.0.0-dev,0",
    "16.32.3,0",
    "15.47.1,11",
    "15.9.0,11",
    "14.99.0,11"
  })
  void theOldestFrappeThatWorksIsCheckedAtTheDoor(String version, int exit) throws Exception {
    Ended ended = run("docker() { printf '%s\\n' " + version + "; }", "image_check_version app:1");

    assertThat(ended.exit()).as(ended.output()).isEqualTo(exit);
    if (exit != 0) {
      assertThat(ended.output()).contains("app:1 has Frappe " + version, "15.47.2");
    }
  }
}
