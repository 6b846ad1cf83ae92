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

/** The verbs rename and retire, where what they do at their end fails. */
class SiteVerbsTest {
  @TempDir Path root;

  @BeforeEach
  void aHostThatServes() throws IOException {
    var shell =
        new BundleShell(
            root,
            "compose",
            """
            {"stack": "staging", "system": "erpnext", "runtime": "compose", "compose": {"project": "erpnext"},
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
        rename_backup() { die 'S3 does not answer'; }
        retire_backup() { [[ ! -e $DATA/no-backup ]] || die 'S3 does not answer'; }
        retire_remove() { :; }
        runtime_let_go() { die 'no space left on device'; }
        retire_open() { die 'no space left on device'; }
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
  void aRetirementWithoutABackupSaysThatTheOthersStandStill() throws Exception {
    Files.createFile(root.resolve("data/no-backup"));

    var ended = verb("retire", "site", "old.example.com", "confirm", "old.example.com");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output())
        .contains("S3 does not answer. old.example.com is still there, and the others could not");
  }
}
