package dev.slipway.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuiteTest {

  @TempDir Path folder;

  private Path settings(String system) throws IOException {
    Files.writeString(folder.resolve("Pulumi.yaml"), "name: slipway\nruntime: java\n");
    return Files.writeString(
        folder.resolve("Pulumi.a.yaml"), "config:\n  slipway:system: " + system + "\n");
  }

  @Test
  void theSystemOfTheStacksFileChoosesTheSuite() throws Exception {
    assertThat(Suite.of(settings("erpnext")).names()).contains("https", "lost-volume");
    assertThat(Suite.of(settings("foundation")).names()).contains("bootstrap", "destroy");
    assertThat(Suite.of(settings("foundation")).hosts()).isFalse();
    assertThat(Suite.of(settings("admin-panel")).names())
        .contains("first", "bad-migration", "lost-host");
    assertThat(Suite.of(settings("fastapi")).names()).contains("release", "checks", "restore");
  }

  @Test
  void whatTakesLongForWhatItShowsIsRunWhenAskedFor() throws Exception {
    Suite<?> suite = Suite.of(settings("erpnext"));
    Options usual = Options.parse();
    assertThat(usual.steps(suite)).contains("up", "destroy").doesNotContain("build", "pwd");
    assertThat(usual.leftOut(suite))
        .contains("build", "pwd", "external-database")
        .doesNotContainAnyElementsOf(usual.steps(suite));
    Options all = Options.parse("--all");
    assertThat(all.steps(suite)).isEqualTo(suite.names());
    assertThat(all.leftOut(suite)).isEmpty();
    Options named = Options.parse("--only", "pwd");
    assertThat(named.steps(suite)).containsExactly("pwd");
    assertThat(named.leftOut(suite)).isEmpty();
    assertThatThrownBy(() -> Options.parse("--all", "--only", "pwd"))
        .hasMessage("--all and --only exclude each other");
  }

  @Test
  void everyStackOfTheRepositoryCanBeRehearsed() throws Exception {
    try (var files = Files.list(Path.of(""))) {
      assertThat(files.filter(file -> file.toString().matches("Pulumi\\..+\\.yaml")))
          .isNotEmpty()
          .allSatisfy(file -> assertThat(Suite.of(file).names()).contains("up"));
    }
  }

  @Test
  void anotherSystemIsRefusedByItsName() throws Exception {
    Path settings = settings("mainframe");
    assertThatThrownBy(() -> Suite.of(settings))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"mainframe\", of which there is no rehearsal")
        .hasMessageContaining("admin-panel, erpnext, fastapi, foundation, grocery");
    assertThatThrownBy(() -> Suite.of(folder.resolve("Pulumi.b.yaml")))
        .hasMessageContaining("Pulumi.b.yaml: is missing");
  }
}
