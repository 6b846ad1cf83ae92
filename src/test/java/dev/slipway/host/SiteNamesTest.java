package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sites that the settings name otherwise, or not at all. */
class SiteNamesTest extends SitesOnAHost {
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
              "./slipway rename staging old.example.com new.example.com",
              "./slipway retire staging old.example.com");
    }
    Ended configure =
        run("source \"$BUNDLE/runtimes/compose/configure.sh\"; runtime_configure_check");
    assertThat(configure.exit()).isEqualTo(11);

    settings("{\"name\": \"old.example.com\", \"apps\": []}");
    assertThat(run("sites_check_declared").exit()).isZero();
  }

  /** S3 has backups of its former name: an empty site of that name would be made beside it. */
  @Test
  void aSiteThatGetsItsFormerNameBackIsNamedBeforeItsBackupsAre() throws Exception {
    site("shop.example.com");
    settings("{\"name\": \"erp.example.com\", \"apps\": []}");

    Ended ended =
        run("source \"$BUNDLE/lib/site-phases.sh\"; sites_check_new '' \"$RELEASES/empty\"");

    assertThat(ended.exit()).isEqualTo(11);
    assertThat(ended.output())
        .contains("./slipway rename staging shop.example.com erp.example.com")
        .doesNotContain("--empty-site");
  }

  @Test
  void aSiteWithoutItsNameIsStillBackedUp() throws Exception {
    site("old.example.com");
    site("live.example.com");

    assertThat(run("existing_sites").output()).isEqualTo("live.example.com\nold.example.com\n");
    assertThat(run("served_sites").output()).isEqualTo("live.example.com\n");
  }

  /** Docker is away for one question in the middle of a list. */
  @Test
  void aSiteThatDockerIsNotAskedForIsNotLeftOut() throws Exception {
    site("old.example.com");
    site("live.example.com");

    for (int call = 1; call <= 20; call++) {
      Ended ended =
          run(
              """
              eval "answering_$(declare -f docker)"
              docker() {
                printf '.' >>'%1$s/asked'
                [[ $(stat --format %%s '%1$s/asked') != %2$s ]] || return 1
                answering_docker "$@"
              }
              rm -f '%1$s/asked'
              existing_sites
              """
                  .formatted(root, call));

      if (ended.exit() == 0) {
        assertThat(ended.output()).isEqualTo("live.example.com\nold.example.com\n");
      }
    }
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
                + "runtime_rename_site old.example.com new.example.com");

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
                + "runtime_rename_site old.example.com new.example.com; runtime_rename_end old.example.com new.example.com");
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
        run(
            DATA
                + "backup_ids() { say another; }\nruntime_retire_backup old.example.com\nsay gone");
    assertThat(missing.exit()).isEqualTo(1);
    assertThat(missing.output()).contains("is not in S3").doesNotContain("gone");

    Ended ended =
        run(
            DATA
                + "stamp() { say 20260101T000000Z; }\nruntime_retire_check old.example.com\n"
                + "runtime_retire_backup old.example.com\nruntime_retire_backup old.example.com\nruntime_retire_remove old.example.com");
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

  /** A site that comes back from its last backup runs its scheduled jobs. */
  @Test
  void theLastBackupOfARetiredSiteDoesNotPauseItsScheduler() throws Exception {
    site("live.example.com");
    site("old.example.com");
    settings("{\"name\": \"live.example.com\", \"apps\": []}");

    assertThat(
            run(DATA
                    + "backup_site() { cp \"$(site_config_file \"$1\")\" \"$DATA/kept.json\"; }\n"
                    + "stamp() { say 20260101T000000Z; }\nruntime_retire_backup old.example.com")
                .exit())
        .isZero();

    assertThat(root.resolve("kept.json"))
        .content()
        .contains("maintenance_mode")
        .doesNotContain("pause_scheduler");
  }

  /** Those of former versions paused it; who pauses it himself finds it so again. */
  @Test
  void aRestoredSiteHasItsSchedulerPausedOnlyWherePeoplePausedIt() throws Exception {
    site("live.example.com");
    for (String reason : List.of("retire", "schedule")) {
      Files.writeString(root.resolve("manifest.json"), "{\"reason\": \"" + reason + "\"}");

      Ended ended =
          run(
              """
              runtime_configuration_open() { printf '{"pause_scheduler": 1, "of": "the backup"}' >"$RUNTIME_DIR/restored-config"; }
              load_configuration live.example.com '%s'
              cat "$(site_config_file live.example.com)"
              """
                  .formatted(root));

      assertThat(ended.exit()).as(ended.output()).isZero();
      assertThat(ended.output()).contains("the backup");
      assertThat(ended.output().contains("pause_scheduler"))
          .as(reason)
          .isEqualTo(reason.equals("schedule"));
    }
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
}
