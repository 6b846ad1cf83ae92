package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A release of older code on a newer schema is refused, and everything else is not. */
class OlderReleaseTest {
  private static final String ONE = "20260101T000000Z-one";
  private static final String TWO = "20260201T000000Z-two";
  private static final String THREE = "20260301T000000Z-three";

  @TempDir Path root;

  @Nested
  class OfErpNext {
    private BundleShell shell() throws IOException {
      return new BundleShell(
          root,
          "compose",
          "{\"stack\": \"staging\", \"system\": \"erpnext\", \"compose\": {\"project\":"
              + " \"erpnext\"}}");
    }

    private static String record(String image, String schema, String more) {
      return """
"ref": "%1$s", "commit": null, "imageId": "%1$s", "schema": {"erp.example.com": "%2$s"},
"apps": {"frappe": "16.%3$s.0"}, "backup": "backup-before-%1$s"%4$s"""
          .formatted(image, schema, image.substring(1), more);
    }

    /** Asks whether the release of an image is refused while the sites have a schema. */
    private BundleShell.Ended release(BundleShell shell, String image, String schema, String has)
        throws Exception {
      shell.data(
          "next/target.json",
          "{\"ref\": \"%1$s\", \"commit\": null, \"image\": \"%1$s\", \"imageId\": \"%1$s\"}"
              .formatted(image));
      return shell.run(
          """
          MAKES=yes
          runtime_fingerprints() { printf '{"erp.example.com": "%s"}'; }
          docker() { [[ $1 == run ]] || return 1; printf '%s'; }
          refuse_older "$DATA/next" "$(record_current_id)"
          echo allowed
          """
              .formatted(schema, has));
    }

    @Test
    void whatServedBeforeTheSchemaChangedIsRefusedWithTheWayBack() throws Exception {
      var shell = shell();
      shell.served(ONE, record("v1", "a", ""));
      shell.served(TWO, record("v2", "b", ", \"schemaChanged\": true"));

      var ended = release(shell, "v1", "b", "");

      assertThat(ended.exit()).as(ended.output()).isEqualTo(11);
      assertThat(ended.output())
          .contains(
              "v1 is older than what serves (v2)",
              "./slipway rollback staging --to " + ONE + " --with-data backup-before-v2");
    }

    @Test
    void whatServedWithTheSameSchemaIsReleasedAgain() throws Exception {
      var shell = shell();
      shell.served(ONE, record("v1", "a", ""));
      shell.served(TWO, record("v2", "a", ""));

      assertThat(release(shell, "v1", "a", "").output()).isEqualTo("allowed\n");
    }

    @Test
    void whatWasGoneBackFromIsReleasedAgain() throws Exception {
      var shell = shell();
      shell.served(ONE, record("v1", "a", ""));
      shell.served(TWO, record("v2", "b", ", \"schemaChanged\": true"));
      shell.served(THREE, record("v1", "a", ", \"schemaChanged\": true, \"to\": \"" + ONE + "\""));

      assertThat(release(shell, "v2", "a", "").output()).isEqualTo("allowed\n");
    }

    @Test
    void ofAnImageThatNeverServedHereTheVersionsSayWhetherItIsOlder() throws Exception {
      var shell = shell();
      shell.served(TWO, record("v9", "b", ""));

      assertThat(release(shell, "v10", "b", "frappe 16.10.0\\n").output()).isEqualTo("allowed\n");
      assertThat(release(shell, "v9-other", "b", "frappe 16.9.0\\n").output())
          .isEqualTo("allowed\n");
      assertThat(release(shell, "bare", "b", "").output()).isEqualTo("allowed\n");
      var ended = release(shell, "v8", "b", "frappe 16.8.7\\nerpnext 17.0.0\\n");
      assertThat(ended.exit()).isEqualTo(11);
      assertThat(ended.output())
          .contains("it has frappe 16.8.7, and 16.9.0 serves", "./slipway restore");
    }

    @Test
    void ofACommitThatNeverServedHereTheHistorySaysIt() throws Exception {
      var shell = shell();
      var commits =
          shell
              .run(
                  """
git init -q --bare "$DATA/app/application.git"
cd "$DATA/app/application.git"
tree="$(git mktree </dev/null)"
parent=()
for number in 1 2 3; do
  id="$(git -c user.name=t -c user.email=t@e commit-tree -m $number "${parent[@]}" "$tree")"
  parent=(-p "$id")
  echo "$id"
done
""")
              .output()
              .lines()
              .toList();
      shell.served(
          ONE,
          "\"imageId\": \"i\", \"schemaChanged\": true, \"commit\": \"" + commits.get(1) + "\"");
      shell.served(TWO, "\"imageId\": \"j\", \"commit\": \"" + commits.get(2) + "\"");
      var judge = "older_by_commit %s " + commits.get(2);

      assertThat(shell.run(judge.formatted(commits.get(0))).output())
          .startsWith(
              "before the schema was changed by what was made on top of it (releases " + ONE);
      assertThat(shell.run(judge.formatted(commits.get(1))).output()).isEmpty();
    }

    @Test
    void whatTheStackDesiresIsBroughtUp() throws Exception {
      var shell = shell();
      shell.served(ONE, record("v1", "a", ""));
      shell.served(TWO, record("v2", "b", ", \"schemaChanged\": true"));
      Files.createDirectories(root.resolve("data/next"));

      assertThat(
              shell.run("MAKES=''; refuse_older \"$DATA/next\" " + TWO + "; echo allowed").output())
          .isEqualTo("allowed\n");
    }
  }

  @Nested
  class OfApps {
    private BundleShell shell() throws IOException {
      return new BundleShell(
          root,
          "apps",
          "{\"stack\": \"qa\", \"apps\": {\"api\": {\"databaseUrl\": \"DATABASE_URL\"}}}");
    }

    private static String app(String digest) {
      return "\"api\": {\"image\": \"r/api@%1$s\", \"imageId\": \"%1$s\", \"digest\": \"%1$s\","
              .formatted(digest)
          + " \"migrate\": [\"m\"]}";
    }

    private void served(BundleShell shell, String id, String digest, String schema)
        throws IOException {
      shell.data("releases/" + id + "/apps.json", "{" + app(digest) + "}");
      shell.served(
          id,
          "\"apps\": {%s}, \"schema\": \"%s\", \"snapshot\": \"snapshot-of-%s\""
              .formatted(app(digest), schema, digest));
    }

    private BundleShell.Ended release(BundleShell shell, String digest, String part)
        throws Exception {
      shell.data("next/apps.json", "{" + app(digest) + "}");
      return shell.run(
          """
          MAKES=yes PART=%s
          environment() { echo db; }
          database_fingerprint() { echo s2; }
          refuse_older "$DATA/next" "$(record_current_id)"
          echo allowed
          """
              .formatted(part));
    }

    @Test
    void anOlderImageIsRefusedWhereTheSchemaHasChanged() throws Exception {
      var shell = shell();
      served(shell, ONE, "d1", "s1");
      served(shell, TWO, "d2", "s2");

      var ended = release(shell, "d1", "whole");

      assertThat(ended.exit()).as(ended.output()).isEqualTo(11);
      assertThat(ended.output())
          .contains(
              "api is older than what serves",
              "./slipway rollback qa --to " + ONE,
              "snapshot-of-d2");
      assertThat(release(shell, "d3", "whole").output()).isEqualTo("allowed\n");
      assertThat(release(shell, "d1", "last").output())
          .as("a host that does not migrate")
          .isEqualTo("allowed\n");
    }

    @Test
    void withTheSameSchemaItIsReleased() throws Exception {
      var shell = shell();
      served(shell, ONE, "d1", "s2");
      served(shell, TWO, "d2", "s2");

      assertThat(release(shell, "d1", "first").output()).isEqualTo("allowed\n");
    }

    @Test
    void afterARollbackTheNewerOneIsReleasedAgain() throws Exception {
      var shell = shell();
      served(shell, ONE, "d1", "s1");
      served(shell, TWO, "d2", "s2");
      served(shell, THREE, "d1", "s2");

      assertThat(release(shell, "d2", "whole").output()).isEqualTo("allowed\n");
    }
  }
}
