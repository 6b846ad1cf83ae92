package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a site is as a backup has it, judged by real archives and a database that is a list. */
class ChangesSinceBackupTest {
  private static final Path BUNDLE =
      Path.of("src/main/resources/dev/slipway/host/bundle").toAbsolutePath();

  private record Ended(int exit, String output) {}

  @TempDir Path root;

  @BeforeEach
  void makeTheSiteAndItsBackup() throws Exception {
    run(
        """
        mkdir -p sites/erp.example.com/{public,private}/files/sub backup run
        echo one >sites/erp.example.com/public/files/one.txt
        echo 'a name' >"sites/erp.example.com/public/files/sub/a name.txt"
        echo two >sites/erp.example.com/private/files/two.txt
        echo '{"db_name": "erp", "encryption_key": "k", "maintenance_mode": 1}' >sites/erp.example.com/site_config.json
        echo '{"db_name": "erp", "encryption_key": "k"}' >was.json
        tar --numeric-owner -cf backup/files.tar -C sites ./erp.example.com/public/files
        tar --numeric-owner -cf backup/private-files.tar -C sites ./erp.example.com/private/files
        printf 'tabNote\\t2\\t111\\ntabUser\\t3\\t222\\n' >rows
        echo '{"id": "b", "database": {"server": "11.8", "tables": {
          "tabNote": {"rows": 2, "checksum": "111"}, "tabUser": {"rows": 3, "checksum": "222"}}}}' >backup/manifest.json
        """);
  }

  private Ended run(String script) throws IOException, InterruptedException {
    Path file = root.resolve("script.sh");
    Files.writeString(
        file,
        """
        set -euo pipefail
        shopt -s inherit_errexit
        cd "%1$s"
        RUNTIME_DIR=$PWD/run STATUS=$PWD/run
        say() { printf '%%s\\n' "$*"; }
        detail() { say "$*"; }
        die() { say "$*"; exit 1; }
        write_file() { cat >"$1"; }
        source "%2$s/runtimes/compose/data.sh"
        source "%2$s/runtimes/compose/patches.sh"
        sites_volume() { printf '%%s/sites' "$PWD"; }
        site_config_file() { printf '%%s/sites/%%s/site_config.json' "$PWD" "$1"; }
        site_value() { jq -r "$2 // empty" "$(site_config_file "$1")"; }
        database_version() { cat server 2>/dev/null || printf 11.8; }
        database_rows() { cat rows; }
        runtime_configuration_open() { cp was.json "$RUNTIME_DIR/restored-config"; }
        %3$s
        """
            .formatted(root, BUNDLE, script));
    Process process = new ProcessBuilder("bash", file.toString()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }

  private Ended changes(String before) throws Exception {
    return run(before + "\nchanges_since erp.example.com \"$PWD/backup\"");
  }

  @Test
  void nothingIsWhenAllIsAsTheBackupHasIt() throws Exception {
    Ended ended = changes("");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).isEmpty();
    assertThat(root.resolve("run/restored-config")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "printf 'tabNote\\t2\\t112\\ntabUser\\t3\\t222\\n' >rows            | tabNote: another checksum",
        "printf 'tabNote\\t1\\t111\\ntabUser\\t3\\t222\\n' >rows            | tabNote: 1 rows and not 2",
        "printf 'tabNote\\t2\\t111\\n' >rows                               | tabUser: missing",
        "printf 'tabA\\t0\\t0\\n' >>rows                                   | tabA: not in the backup",
        "echo 10.11 >server                                             | of another version",
        "echo other >sites/erp.example.com/public/files/one.txt         | public files:",
        "touch -d yesterday sites/erp.example.com/public/files/one.txt  | public files:",
        "rm sites/erp.example.com/private/files/two.txt                 | private files:",
        "rm -r sites/erp.example.com/private/files                      | private files:",
        "touch 'sites/erp.example.com/private/files/a new.txt'          | private files: new: erp.example.com/private/files/a new.txt",
        "ln -s one.txt sites/erp.example.com/public/files/link          | public files: new:",
        "echo '{\"db_name\": \"erp\"}' >was.json                            | its configuration"
      })
  void whatIsOtherIsNamed(String change, String named) throws Exception {
    Ended ended = changes(change.strip());

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains(named.strip());
    assertThat(ended.output().lines()).hasSize(1);
  }

  @Test
  void aTableThatChangedWhileTheBackupWasMadeCannotBeJudgedByIt() throws Exception {
    Ended ended =
        changes(
            "jq '.database.tables.tabUser |= {rows: 3, checksum: null, changing: true}' backup/manifest.json >m"
                + " && mv m backup/manifest.json");

    assertThat(ended.output()).contains("tabUser changed while the backup was made");
  }

  @Test
  void anArchiveThatCannotBeReadIsNoAnswer() throws Exception {
    for (String damage :
        new String[] {
          "head -c 700 backup/files.tar >t",
          "head -c 3000 backup/files.tar >t",
          "echo nothing >t",
          ": >t"
        }) {
      makeTheSiteAndItsBackup();

      Ended ended = changes(damage + "; mv t backup/files.tar");

      assertThat(ended.output() + ended.exit()).as(damage).isNotEqualTo("0");
    }
  }

  // ---- what was skipped -------------------------------------------------------------------------

  @Test
  void aPatchIsFoundByItsNameWhateverStandsBehindIt() throws Exception {
    Ended ended =
        run(
            """
            docker() { printf '%s\\n' '[pre_model_sync]' 'a.patches.one' ' a.patches.two #2024-02-01 ' '# a.patches.three' \\
              'finally:a.patches.four' 'a.patches.one_more' 'execute:frappe.db.commit()'; }
            for name in a.patches.one a.patches.two a.patches.three a.patches.four; do
              say "$name: [$(patch_lines image "$name")]"
            done
            """);

    assertThat(ended.output().lines())
        .containsExactly(
            "a.patches.one: [a.patches.one]",
            "a.patches.two: [a.patches.two #2024-02-01]",
            "a.patches.three: []",
            "a.patches.four: [a.patches.four]");
  }

  @ParameterizedTest
  @CsvSource({
    "a.patches.none, pending, is no patch of",
    "a.patches.one, executed, has run already",
    "a.patches.one, pending, taken",
    "a.patches.twice, pending, more than once"
  })
  void onlyWhatTheMigrationWouldRunCanBeSkipped(String name, String state, String said)
      throws Exception {
    Ended ended =
        run(
            """
            refuse() { say "$*"; exit 11; }
            docker() { printf '%%s\\n' a.patches.one 'a.patches.twice #1' 'a.patches.twice #2'; }
            existing_sites() { say erp.example.com; }
            use_release() { :; }
            record_current_id() { :; }
            patch_log() { say %s; }
            patch_check image %s
            say taken
            """
                .formatted(state, name));

    assertThat(ended.output()).contains(said);
    assertThat(ended.exit()).isEqualTo(said.equals("taken") ? 0 : 11);
  }

  @Test
  void whatWasSkippedStaysWithTheSiteUntilABackupSaysOtherwise() throws Exception {
    Ended ended =
        run(
            """
            JOURNAL=$PWD/journal
            echo '{"id": "r2", "target": {"image": "i"}, "skippedPatches": [
              {"patch": "a.patches.one", "because": "why", "by": "maria", "at": "now"}]}' >"$JOURNAL"
            journal_get() { jq -r "$1 // empty" "$JOURNAL"; }
            docker() { say a.patches.one; }
            patch_log() { say "$2" >>calls; if [[ $(wc -l <calls) == 1 ]]; then say skipped; else say executed; fi; }
            patches_skip erp.example.com
            patches_skipped erp.example.com
            patches_skip erp.example.com
            patches_skipped erp.example.com
            patches_skipped_set erp.example.com '[]'
            patches_skipped erp.example.com
            """);

    String entry =
        "[{\"patch\":\"a.patches.one\",\"because\":\"why\",\"by\":\"maria\",\"at\":\"now\",\"release\":\"r2\"}]";
    assertThat(ended.output().lines())
        .containsExactly(
            "erp.example.com: the patch a.patches.one is skipped, and counts as done",
            entry,
            "erp.example.com: the patch a.patches.one counts as done already",
            entry,
            "[]");
  }
}
