package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs rename, retire and drill, where what they do at their end fails. */
class SiteVerbsTest {
  @TempDir Path root;

  @BeforeEach
  void aHostThatServes() throws IOException {
    var shell =
        new BundleShell(
            root,
            "compose",
            """
            {"stack": "staging", "system": "erpnext", "runtime": "compose",
             "sites": [{"name": "live.example.com"}]}
            """);
    shell.served("20260101T000000Z-one", "\"ref\": \"one\"");
    append("lib/common.sh", "need_configured_host() { :; }\n");
    append(
        "runtimes/compose/hooks.sh",
        """
        disk_require() { :; }
        bucket() { printf 'backups'; }
        secret_parameter() { printf '/slipway/%s' "$1"; }
        runtime_rename_check() { :; }
        runtime_retire_check() { :; }
        runtime_rename_backup() { die 'S3 does not answer'; }
        runtime_retire_backup() { [[ ! -e $DATA/no-backup ]] || die 'S3 does not answer'; }
        runtime_retire_remove() { :; }
        runtime_let_go() { if [[ -e $DATA/lets-go ]]; then say WRITES; else die 'no space left on device'; fi; }
        runtime_retire_open() { die 'no space left on device'; }
        """);
  }

  private void append(String file, String text) throws IOException {
    Files.writeString(root.resolve(file), "\n" + text, StandardOpenOption.APPEND);
  }

  private BundleShell.Ended verb(String name, String... words) throws Exception {
    var environment = new HashMap<String, String>(Map.of("SSM_actor", "maria"));
    for (int i = 0; i < words.length; i += 2) {
      environment.put("SSM_" + words[i], words[i + 1]);
    }
    return BundleShell.bash(root.resolve(name + ".sh"), environment);
  }

  @Test
  void aRenameThatCouldNotBeginSaysThatWritesAreStillRefused() throws Exception {
    var ended = verb("rename", "from", "old.example.com", "to", "live.example.com");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output())
        .contains("Nothing was renamed, and the sites could not be opened again: no space left");
  }

  @Test
  void aSiteThatIsGoneWhileTheOthersStandStillIsNoSuccess() throws Exception {
    var ended = verb("retire", "site", "old.example.com", "confirm", "old.example.com");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output())
        .contains("old.example.com is gone, and the others could not be started again")
        .contains("./slipway release staging --desired");
  }

  @Test
  void aRetirementWithoutABackupLetsWritesInAgainOrSaysThatItDoesNot() throws Exception {
    Files.createFile(root.resolve("data/no-backup"));

    var ended = verb("retire", "site", "old.example.com", "confirm", "old.example.com");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output())
        .contains("S3 does not answer. old.example.com is still there, and the sites could not");
    Files.createFile(root.resolve("data/lets-go"));
    var again = verb("retire", "site", "old.example.com", "confirm", "old.example.com");
    assertThat(again.exit()).isEqualTo(1);
    assertThat(again.output()).contains("WRITES", "S3 does not answer. old.example.com is still");
  }

  /** All that the two verbs do, but for what has a file of its name. */
  private void allWorksBut(String... faults) throws IOException {
    append(
        "runtimes/compose/hooks.sh",
        """
        may_fail() { if [[ -e $DATA/no-$1 ]]; then die "$1 does not work"; fi; }
        sites_volume() { printf '%s' "$DATA/sites"; }
        sites_volume_exists() { :; }
        stop_workers() { say STOPPED; }
        reload_backend() { :; }
        holding_begin() { :; }
        holding_end() { :; }
        start_all() { may_fail start; say STARTED; }
        workers_run() { :; }
        https_render() { :; }
        proxy_start() { :; }
        bench() { :; }
        secret_fetch() { return 1; }
        database_sql() { cat >/dev/null; }
        backup_ids() { cat "$DATA/ids"; }
        backup_site() {
          may_fail "backup-of-$1"
          printf '%s\\n' "$2" >>"$DATA/ids"
          say "BACKUP of $1"
        }
        backup_publish_age() { may_fail age; }
        runtime_let_go() { say OPEN; }
        runtime_smoke_open() { :; }
        runtime_hold() { say HELD; }
        runtime_rename_backup() {
          runtime_hold
          backup_site "$1" "$(backup_id x)" rename ''
        }
        source "$BUNDLE/runtimes/compose/names.sh"
        runtime_rename_open() { may_fail start; }
        """);
    for (String fault : faults) {
      fails(fault);
    }
  }

  private void fails(String what) throws IOException {
    Files.createFile(root.resolve("data/no-" + what));
  }

  private void site(String name) throws IOException {
    Files.createDirectories(root.resolve("data/sites/" + name));
    Files.writeString(
        root.resolve("data/sites/" + name + "/site_config.json"), "{\"db_name\": \"_0123\"}");
  }

  private BundleShell.Ended rename() throws Exception {
    return verb("rename", "from", "old.example.com", "to", "live.example.com");
  }

  private BundleShell.Ended retire() throws Exception {
    return verb("retire", "site", "old.example.com", "confirm", "old.example.com");
  }

  @Test
  void aRenamedSiteWithoutABackupOfItsNewNameIsUnfinishedAndThenFinished() throws Exception {
    site("old.example.com");
    allWorksBut("backup-of-live.example.com");

    var ended = rename();

    assertThat(ended.exit()).as(ended.output()).isEqualTo(22);
    assertThat(ended.output()).contains("has the name live.example.com and serves");
    assertThat(rename().exit()).isEqualTo(22);
    Files.delete(root.resolve("data/no-backup-of-live.example.com"));
    fails("age");
    var again = rename();
    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(again.output()).contains("warning: the age", "old.example.com is live.example.com");
    // Whose end nobody heard of: done already.
    var once = rename();
    assertThat(once.exit()).as(once.output()).isZero();
    assertThat(once.output())
        .contains("old.example.com is live.example.com")
        .doesNotContain("HELD");
  }

  @Test
  void aRenameThatWasNotBegunIsNotSaidToGoOn() throws Exception {
    site("old.example.com");
    allWorksBut();
    append(
        "runtimes/compose/hooks.sh", "runtime_rename_site() { die 'no space left on device'; }\n");

    var ended = rename();

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).contains("OPEN", "no space left on device. Nothing was renamed");
  }

  @Test
  void aRetirementGoesOnAfterTheSiteIsGoneAndStartsTheOthers() throws Exception {
    site("live.example.com");
    site("old.example.com");
    allWorksBut("start");

    var ended = retire();

    assertThat(ended.exit()).as(ended.output()).isEqualTo(1);
    assertThat(root.resolve("data/sites/old.example.com")).doesNotExist();
    Files.delete(root.resolve("data/no-start"));
    for (int i = 0; i < 2; i++) {
      var again = retire();
      assertThat(again.exit()).as(again.output()).isZero();
      assertThat(again.output())
          .contains("old.example.com is gone; its last backup is s3://backups/staging/old.");
      assertThat(again.output().contains("STARTED")).isEqualTo(i == 0);
    }
    assertThat(Files.readAllLines(root.resolve("data/ids"))).hasSize(1);
  }

  @Test
  void aSiteThatWasToStayAfterAllIsBackedUpAgainBeforeItGoes() throws Exception {
    site("live.example.com");
    site("old.example.com");
    allWorksBut();
    append(
        "runtimes/compose/hooks.sh",
        "site_remove() { may_fail remove; rm -rf \"$(sites_volume)/$1\"; }\n");
    fails("remove");
    assertThat(retire().exit()).isEqualTo(1);
    // Opened, and written to.
    site("old.example.com");
    Files.delete(root.resolve("data/no-remove"));

    var ended = retire();

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("BACKUP of old.example.com");
  }

  /** A drill of a backup that is as it should be. */
  private void aGoodBackup() throws IOException {
    allWorksBut();
    Files.createDirectories(root.resolve("data/status"));
    site("live.example.com");
    append(
        "runtimes/compose/hooks.sh",
        """
        backup_newest() { say b; }
        backup_download() {
          mkdir -p "$3"
          printf '%s' '{"database": {"tables": [{"rows": 1}]}, "files": [{"members": 1}]}' >"$3/manifest.json"
        }
        backup_verify() { :; }
        runtime_room() { printf 1; }
        database_load() { may_fail load; say "made $1"; }
        database_is_as() { :; }
        database_remove() { may_fail remove; say "removed $1"; }
        database_sql() { printf '0'; }
        drill_files() { :; }
        drill_configuration() { :; }
        metric() { say "metric $1 $2"; }
        """);
  }

  @Test
  void aBackupIsNotBadBecauseItsThrowawayDatabaseStays() throws Exception {
    aGoodBackup();
    fails("remove");

    var ended = verb("drill");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output())
        .contains("warning: the throwaway database drill_", "metric DrillOk 1", "can be restored");
    var left = root.resolve("data/status/drill-databases");
    String database = Files.readString(left).strip();
    Files.delete(root.resolve("data/no-remove"));
    var next = verb("drill");
    assertThat(next.exit()).as(next.output()).isZero();
    assertThat(next.output()).contains("removed " + database).doesNotContain("warning");
    assertThat(Files.readString(left)).isBlank();
  }

  @Test
  void aDrillWhoseOutcomeCannotBeKeptSaysWhatItFound() throws Exception {
    aGoodBackup();
    append("runtimes/compose/hooks.sh", "keep_outcome() { die 'no space left on device'; }\n");

    var ended = verb("drill");

    assertThat(ended.exit()).as(ended.output()).isEqualTo(22);
    assertThat(ended.output())
        .contains("newest can be restored", "no space left on device. Run the same again");
    fails("load");
    var bad = verb("drill");
    assertThat(bad.exit()).as(bad.output()).isEqualTo(1);
    assertThat(bad.output()).contains("metric DrillOk 0", "failed newest: load does not work");
  }

  @Test
  void aDrillThatBreaksOffSaysSo() throws Exception {
    aGoodBackup();
    append("runtimes/compose/hooks.sh", "metric() { return 3; }\n");

    var ended = verb("drill");

    assertThat(ended.output()).contains("slipway: drill failed it broke off with exit code 3");
  }
}
