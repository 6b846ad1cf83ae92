package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * With the machine's real Docker, in its graph-driver store of images: what `docker image prune`
 * takes there, and what the records keep from it. An image without a tag is one by its id, as one
 * is that was pulled by its digest.
 */
@Tag("images")
class KeptImagesTest {
  private static final String ONE = "20260101T000000Z-one";
  private static final String TWO = "20260201T000000Z-two";

  /** Prunes what this test made, and nothing else of the machine's. */
  private static final String OURS =
      """
make() { # NAME: an image without a tag; prints its id
  printf '%s' "$1" >"$RUNTIME_DIR/$1"
  tar -cC "$RUNTIME_DIR" "$1" | command docker import --change "LABEL dev.slipway.test=$$MARK" - 2>/dev/null
}
docker() {
  if [[ "$1 $2" == 'image prune' ]]; then
    command docker image prune --force --filter "label=dev.slipway.test=$$MARK"
  elif [[ $1 == ps || "$1 $2" == 'buildx prune' ]]; then
    :
  else
    command docker "$@"
  fi
}
""";

  @TempDir Path root;
  private BundleShell shell;
  private String mark;

  @BeforeEach
  void start() throws Exception {
    mark = "kept-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    shell =
        new BundleShell(
            root,
            "compose",
            """
{"stack": "staging", "system": "erpnext",
 "compose": {"image": {"name": "registry.example.com/nothing"}}}""");
  }

  @AfterEach
  void stop() throws Exception {
    run(
        "command docker image ls --quiet --filter label=dev.slipway.test=$$MARK | sort -u | xargs"
            + " -r docker image rm --force");
  }

  private BundleShell.Ended run(String lines) throws Exception {
    return shell.run((OURS + lines).replace("$$MARK", mark));
  }

  private String made(String name) throws Exception {
    return run("make " + name).output().strip();
  }

  private boolean isHere(String image) throws Exception {
    return run("image_present " + image + " && echo here || true").output().equals("here\n");
  }

  private void served(String id, String... images) throws Exception {
    var services = new StringBuilder();
    for (int i = 0; i < images.length; i++) {
      services
          .append(i == 0 ? "" : ", ")
          .append("\"s%d\": {\"image\": \"%s\"}".formatted(i, images[i]));
    }
    shell.data("releases/" + id + "/compose.json", "{\"services\": {" + services + "}}");
    shell.served(id, "\"image\": \"" + images[0] + "\"");
  }

  @Test
  void whatARecordNamesIsNotPrunedAndGoesWithTheRecord() throws Exception {
    String application = made("application");
    String database = made("database");
    String stray = made("stray");
    served(ONE, application, database);

    var pruned = run("runtime_prune " + ONE);

    assertThat(pruned.exit()).as(pruned.output()).isZero();
    assertThat(isHere(application)).as("the application's image").isTrue();
    assertThat(isHere(database)).as("the database's image").isTrue();
    assertThat(isHere(stray)).as("what no record names").isFalse();

    String next = made("next");
    served(TWO, next, database);
    assertThat(run("runtime_prune " + TWO).exit()).isZero();

    assertThat(isHere(next)).isTrue();
    assertThat(isHere(database)).as("what both have").isTrue();
    assertThat(isHere(application)).as("what only the pruned release had").isFalse();
    assertThat(run("docker image ls --format '{{.Tag}}' slipway/kept").output())
        .contains(TWO)
        .doesNotContain(ONE);
  }

  @Test
  void anImageOfAReleaseIsKeptFromTheMomentThatItIsRecorded() throws Exception {
    String application = made("application");
    served(ONE, application);
    shell.data("releases/" + ONE + "/target.json", "{}");

    assertThat(run("use_release " + ONE + "; runtime_keep").exit()).isZero();
    run("docker image prune --force");

    assertThat(isHere(application)).isTrue();
  }
}
