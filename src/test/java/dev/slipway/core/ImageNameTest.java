package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One table of names for the program and for the host's scripts. */
class ImageNameTest {
  private static final Path TABLE = Path.of("src/test/resources/dev/slipway/core/image-names.tsv");
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");

  @TempDir Path root;

  static Stream<Arguments> names() throws IOException {
    return Files.readAllLines(TABLE).stream()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split("\t", -1))
        .map(row -> Arguments.of(row[0], row[1]));
  }

  @ParameterizedTest
  @MethodSource("names")
  void isReadAsDockerReadsIt(String given, String wanted) {
    var read = ImageName.read(given);

    assertThat(read.name().map(ImageName::toString).orElse("refused"))
        .as(given + " " + read.problem())
        .isEqualTo(wanted);
    assertThat(read.problem().isEmpty()).isEqualTo(read.name().isPresent());
  }

  @Test
  void theHostReadsEachAsTheProgramDoes() throws Exception {
    var table = names().map(Arguments::get).toList();
    var script = new ArrayList<>(List.of(". '" + BUNDLE.toAbsolutePath() + "/lib/images.sh'"));
    var environment = new java.util.HashMap<String, String>(Map.of("LC_ALL", "C.UTF-8"));
    for (int i = 0; i < table.size(); i++) {
      environment.put("NAME_" + i, String.valueOf(table.get(i)[0]));
      script.add("image_familiar \"$NAME_" + i + "\" || printf refused; echo");
    }
    var file = Files.write(root.resolve("names.sh"), script);
    var builder = new ProcessBuilder("bash", file.toString()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

    assertThat(said.lines())
        .containsExactlyElementsOf(table.stream().map(row -> String.valueOf(row[1])).toList());
  }

  @Test
  void aRepositoryHasNeitherTagNorDigest() {
    assertThat(ImageName.problemWithRepository("host:5000/a/b")).isEmpty();
    for (var image : List.of("nginx:1.25", "host:5000/a:v1", "a@sha256:" + "a".repeat(64))) {
      assertThat(ImageName.problemWithRepository(image).orElse(""))
          .contains(image, "has a tag or digest");
    }
  }

  @Test
  void anImageSaysWhichOneOfItsRepositoryItIs() {
    assertThat(ImageName.problemWithImage("caddy:2.11.9")).isEmpty();
    assertThat(ImageName.problemWithImage("host:5000/caddy").orElse(""))
        .contains("neither a tag nor a digest");
  }
}
