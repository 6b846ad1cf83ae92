package dev.slipway.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The repository that a rehearsal releases from. */
class ExampleRepositoryTest {
  @TempDir Path folder;
  private Path bare;
  private ExampleRepository repository;

  @BeforeEach
  void anExample() throws Exception {
    Path example = Files.createDirectories(folder.resolve("example"));
    Files.writeString(example.resolve("app.txt"), "one\n");
    Files.createDirectories(example.resolve(".venv"));
    Files.writeString(example.resolve(".venv/left.txt"), "a developer's own");
    Path patches = Files.createDirectories(folder.resolve("patches"));
    Files.writeString(
        patches.resolve("second.patch"), "--- a/app.txt\n+++ b/app.txt\n@@ -1 +1 @@\n-one\n+two\n");
    Files.writeString(
        patches.resolve("outgrown.patch"),
        "--- a/app.txt\n+++ b/app.txt\n@@ -1 +1 @@\n-another\n+two\n");
    bare = folder.resolve("bare.git");
    repository = new ExampleRepository(example, patches, folder.resolve("work"), bare);
  }

  private String show(String what) {
    return new Shell(bare, Map.of())
        .need(Duration.ofMinutes(1), "git", "--git-dir", bare.toString(), "show", what);
  }

  @Test
  void aVersionIsACommitOfTheExampleWithItsPatches() throws Exception {
    String first = repository.commit("first", List.of());
    String second = repository.commit("second", List.of("second"));

    assertThat(show(first + ":app.txt")).isEqualTo("one\n");
    assertThat(show(second + ":app.txt")).isEqualTo("two\n");
    assertThat(show("main:")).doesNotContain(".venv");
    assertThat(repository.commit("first", List.of())).isEqualTo(first);
  }

  @Test
  void aVersionOfTheSameCodeIsAnotherCommit() throws Exception {
    assertThat(repository.commit("again", List.of("second")))
        .isNotEqualTo(repository.commit("and again", List.of("second")));
  }

  @Test
  void aPatchThatTheExampleHasOutgrownFails() {
    assertThatThrownBy(() -> repository.commit("third", List.of("outgrown")))
        .isInstanceOf(Diary.Broken.class)
        .hasMessageContaining("app.txt");
  }

  @Test
  void thePatchesOfTheServiceApplyToItsExample() throws Exception {
    var service =
        new ExampleRepository(
            Path.of("examples/fastapi"),
            Path.of("src/test/resources/dev/slipway/rehearsal/fastapi").toAbsolutePath(),
            folder.resolve("service"),
            folder.resolve("service.git"));

    for (String patch : List.of("v3-bad-migration", "v4-never-healthy")) {
      assertThat(service.commit(patch, List.of("v2-language", patch))).matches("[0-9a-f]{40}");
    }
  }
}
