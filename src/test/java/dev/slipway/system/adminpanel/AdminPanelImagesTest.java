package dev.slipway.system.adminpanel;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The document's scenarios under "Production-Ready Dockerfiles", by their names, as far as the
 * files tell. The rehearsal builds the images and runs them, and hadolint reads the Dockerfiles.
 */
@DisplayName("Production-Ready Dockerfiles")
class AdminPanelImagesTest {
  private static final Path EXAMPLE = Path.of("examples/admin-panel");

  /** A stage: what it is made from, its name, and its other instructions. */
  private record Stage(String from, String name, List<String> lines) {
    String all(String instruction) {
      return String.join(
          "\n", lines.stream().filter(line -> line.startsWith(instruction + " ")).toList());
    }

    /** What it takes from the folder that is built, and not from another stage. */
    List<String> sources() {
      return lines.stream()
          .filter(line -> line.startsWith("COPY ") && !line.contains("--from="))
          .toList();
    }
  }

  private record Dockerfile(Path folder, List<Stage> stages) {
    static Dockerfile of(String app) throws IOException {
      var stages = new ArrayList<Stage>();
      var from = Pattern.compile("FROM (\\S+)(?: AS (\\S+))?");
      Path folder = EXAMPLE.resolve(app);
      String text = Files.readString(folder.resolve("Dockerfile"));
      for (String line : text.replace("\\\n", " ").split("\n")) {
        var stage = from.matcher(line);
        if (stage.matches()) {
          stages.add(new Stage(stage.group(1), stage.group(2), new ArrayList<>()));
        } else if (!stages.isEmpty() && !line.isBlank() && !line.startsWith("#")) {
          stages.get(stages.size() - 1).lines().add(line);
        }
      }
      return new Dockerfile(folder, stages);
    }

    Stage stage(String name) {
      return stages.stream().filter(each -> name.equals(each.name())).findFirst().orElseThrow();
    }

    Stage image() {
      return stages.get(stages.size() - 1);
    }

    String file(String name) throws IOException {
      return Files.readString(folder.resolve(name));
    }

    /** What the image asks itself, and that the file that does so is in it. */
    void looksAfterItsHealth(String program) throws IOException {
      assertThat(image().all("HEALTHCHECK")).endsWith("CMD [\"node\", \"" + program + "\"]");
      String top = program.replaceFirst("/.*", "");
      assertThat(image().sources()).anyMatch(line -> line.startsWith("COPY " + top + " "));
      assertThat(file(program)).contains("/health`");
    }
  }

  /** By its number, so that whoever starts the image can tell that it isn't root. */
  private static void runsAsNobodySpecial(Stage image) {
    assertThat(image.all("USER")).matches("USER [1-9][0-9]*:[1-9][0-9]*");
    var after =
        image.lines().subList(image.lines().indexOf(image.all("USER")) + 1, image.lines().size());
    assertThat(after).as("what comes after it").noneMatch(line -> line.startsWith("RUN "));
  }

  private static void installsInAStageOfItsOwn(Dockerfile file) {
    var dependencies = file.stage("dependencies");
    assertThat(dependencies.sources()).containsExactly("COPY package.json package-lock.json ./");
    assertThat(dependencies.all("RUN")).startsWith("RUN npm ci ");
    assertThat(file.stage("build").from()).isEqualTo("dependencies");
    assertThat(file.image().from()).as("the image").isEqualTo(dependencies.from());
    assertThat(file.image().all("RUN")).as("what the image itself installs").isEmpty();
  }

  @Nested
  class Api {
    private final Dockerfile file = Dockerfile.of("api");

    Api() throws IOException {}

    @Test
    @DisplayName("Build API Docker image")
    void image() throws IOException {
      assertThat(file.stages()).hasSize(3);
      installsInAStageOfItsOwn(file);

      assertThat(file.stage("build").all("RUN")).endsWith("npx prisma generate");
      assertThat(file.image().all("COPY"))
          .contains("COPY --from=build /app/generated ./generated")
          .contains("COPY --from=dependencies /app/node_modules ./node_modules");
      assertThat(file.stage("dependencies").all("RUN")).contains(" --omit=dev ");
      assertThat(file.image().all("ENV")).contains("NODE_ENV=production");

      runsAsNobodySpecial(file.image());
      file.looksAfterItsHealth("src/healthy.js");
      assertThat(file.file("src/app.js")).contains("app.get('/health'");
    }
  }

  @Nested
  class Web {
    private final Dockerfile file = Dockerfile.of("web");

    Web() throws IOException {}

    @Test
    @DisplayName("Build Web Docker image")
    void image() throws IOException {
      assertThat(file.stages()).hasSize(3);
      installsInAStageOfItsOwn(file);

      var build = file.stage("build");
      assertThat(build.all("ENV")).contains("NODE_ENV=production");
      assertThat(build.all("RUN")).isEqualTo("RUN npx next build");
      assertThat(file.file("next.config.mjs")).contains("output: 'standalone'");
      assertThat(file.image().lines().stream().filter(line -> line.startsWith("COPY ")))
          .as("the server with the packages that it uses, and files")
          .containsExactly(
              "COPY --from=build /app/.next/standalone ./",
              "COPY --from=build /app/.next/static ./.next/static",
              "COPY --from=build /app/public ./public",
              "COPY healthy.mjs ./");

      runsAsNobodySpecial(file.image());
      file.looksAfterItsHealth("healthy.mjs");
      assertThat(file.file("next.config.mjs"))
          .as("files whose names don't tell their content; Next compresses unless told not to")
          .contains("Cache-Control", "max-age=")
          .doesNotContain("compress: false");
    }
  }

  @Test
  void bothTakeNothingButWhatTheyAreMadeOfAndPinnedVersions() throws IOException {
    for (String app : List.of("api", "web")) {
      var file = Dockerfile.of(app);
      assertThat(file.file(".dockerignore")).startsWith("*\n");
      assertThat(file.file("Dockerfile"))
          .containsPattern("ARG BASE=\\S+:[0-9.]+\\S*@sha256:[0-9a-f]{64}");
      var packages = JsonParser.parseString(file.file("package.json")).getAsJsonObject();
      assertThat(packages.getAsJsonObject("dependencies").entrySet())
          .allSatisfy(
              each ->
                  assertThat(each.getValue().getAsString())
                      .as(each.getKey())
                      .matches("\\d+\\.\\d+\\.\\d+"));
    }
  }
}
