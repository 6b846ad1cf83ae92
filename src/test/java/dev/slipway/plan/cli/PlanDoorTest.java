package dev.slipway.plan.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.core.Json;
import dev.slipway.plan.Plan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ./slipway plan says to words that it can't take, and of failures that nobody foresaw. */
class PlanDoorTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"--out", "--diff", "--folder"})
  void anEmptyValueIsRefused(String option) {
    var answer = PlannedText.run("staging", option, "");

    assertThat(answer.status()).isEqualTo(2);
    assertThat(answer.errors()).startsWith("plan.sh: " + option + ": its value is empty");
    assertThat(answer.output()).isEmpty();
  }

  @Test
  void allThatIsWrongIsToldAtOnce() throws IOException {
    var file = Files.writeString(folder.resolve("a file"), "");

    var answer = PlannedText.run("", "--out", file.toString(), "--jsn", "--diff", "nothing");

    assertThat(answer.status()).isEqualTo(2);
    assertThat(answer.errors().lines().toList())
        .containsExactly(
            "plan.sh: 4 problems:",
            "  an empty word was given, where STACK or an option is expected",
            "  \"--jsn\" is not an option",
            "  --out: \"" + file + "\" is a file, and a folder is wanted",
            "  --diff: \"nothing\" is neither a stack (admin-prod, admin-qa, fastapi-dev,"
                + " fastapi-prod, foundation, grocery-dev, grocery-prod, staging) nor a folder that --out has written",
            "See ./slipway plan --help");
  }

  @Test
  void aFolderThatCannotBeMadeIsNamed() throws IOException {
    var file = Files.writeString(folder.resolve("file"), "");

    var answer = PlannedText.run("staging", "--out", file.resolve("below").toString());

    assertThat(answer.status()).isEqualTo(1);
    assertThat(answer.output()).isEmpty();
    assertThat(answer.errors()).startsWith("cannot write " + file.resolve("below")).hasLineCount(1);
  }

  @Test
  void failuresThatNobodyForesawAreToldShortly() {
    for (Plan.Program program :
        List.<Plan.Program>of(
            (config, secrets) -> {
              throw new IllegalStateException("the moon is full");
            },
            (config, secrets) ->
                context -> {
                  throw new IllegalStateException("the moon is full");
                },
            (config, secrets) ->
                context -> {
                  Main.stack(config, secrets).accept(context);
                  throw new IllegalStateException("the moon is full");
                })) {
      var errors = new ByteArrayOutputStream();
      int status =
          PlanMain.run(
              List.of("staging"),
              new PrintStream(new ByteArrayOutputStream(), true, UTF_8),
              new PrintStream(errors, true, UTF_8),
              program);

      assertThat(status).isEqualTo(1);
      assertThat(errors.toString(UTF_8))
          .contains("the moon is full")
          .contains("mistake of the program")
          .contains("SLIPWAY_TRACE=1")
          .doesNotContain("\tat ")
          .doesNotContain("    at ");
    }
  }

  @Test
  void theAnswerGoesToItsFileWhateverTheJvmPrints() throws Exception {
    var answer = folder.resolve("answer");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:gc*",
                "-Dslipway.answer=" + answer,
                "-cp",
                System.getProperty("java.class.path"),
                "dev.slipway.plan.cli.PlanMain",
                "staging",
                "--json")
            .redirectError(folder.resolve("errors").toFile())
            .start();
    var printed = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(process.waitFor()).isZero();
    assertThat(printed).contains("[gc");
    assertThat(Json.object(Files.readString(answer))).containsKey("resources");
  }
}
