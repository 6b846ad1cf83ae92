package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which backups stay on a host's volume. */
class LocalBackupsTest {
  @TempDir Path root;

  @Test
  void theNewestAndTheNamedOneStayAndWhatIsNoBackupOfOursIsLeftAlone() throws Exception {
    var shell =
        new BundleShell(
            root,
            "compose",
            """
            {"stack": "staging", "system": "erpnext", "backup": {"keepLocal": 2}}""");
    for (String id :
        new String[] {
          "20260101T000000Z-none",
          "20260102T000000Z-20260101T000000Z-v16.1",
          "20260103T000000Z-a",
          "20260104T000000Z-b",
          "20260105T000000Z-c",
        }) {
      shell.data("backups/" + id + "/erp.example.com/manifest.json", "{}");
    }
    shell.data("backups/20260106T000000Z-died/erp.example.com/database.sql.gz", "half of it");
    shell.data("backups/2026-before-Zurich-moved/erp.example.com/manifest.json", "{}");
    shell.data("backups/2nd-copy-from-Z-drive/database.sql.gz", "somebody's");

    var pruned = shell.run("backup_prune_local 20260102T000000Z-20260101T000000Z-v16.1");

    assertThat(pruned.exit()).as(pruned.output()).isZero();
    try (var left = Files.list(root.resolve("data/backups"))) {
      assertThat(left.map(folder -> folder.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "20260102T000000Z-20260101T000000Z-v16.1",
              "20260104T000000Z-b",
              "20260105T000000Z-c",
              "2026-before-Zurich-moved",
              "2nd-copy-from-Z-drive");
    }
  }
}
