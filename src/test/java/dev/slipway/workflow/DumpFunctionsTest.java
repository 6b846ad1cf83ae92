package dev.slipway.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.TestSources;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/** The Python of the workflow's functions, and the archive that it is put into. */
class DumpFunctionsTest {
  private static final Path CODE =
      TestSources.project().resolve("src/main/resources/dev/slipway/workflow/dumps");
  private static final Path TESTS =
      TestSources.project().resolve("src/test/resources/dev/slipway/workflow");

  private static List<String> names(byte[] archive) throws IOException {
    var names = new ArrayList<String>();
    try (var zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        names.add(entry.getName());
        assertThat(new String(zip.readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo(Files.readString(CODE.resolve(entry.getName())));
      }
    }
    return names;
  }

  /** The tests are dumps_test.py. */
  @Test
  void doWhatTheirOwnTestsSay() throws IOException, InterruptedException {
    var home = System.getenv().getOrDefault("SLIPWAY_HOME", ".slipway");
    var builder =
        new ProcessBuilder(
                Path.of(home, "tools/venv/bin/python").toAbsolutePath().toString(),
                "-B",
                "-m",
                "unittest",
                "dumps_test")
            .directory(TESTS.toFile())
            .redirectErrorStream(true);
    builder.environment().put("PYTHONPATH", CODE.toString());

    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).containsPattern("Ran [0-9]{2,} tests").contains("\nOK\n");
  }

  @Test
  void areInTheArchiveAllOfThem() throws IOException {
    try (var files = Files.list(CODE)) {
      assertThat(names(FunctionCode.zip().archive()))
          .containsExactlyElementsOf(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.endsWith(".py"))
                  .sorted()
                  .toList());
    }
  }

  @Test
  void makeTheSameArchiveWhereverAndWhenever() {
    var before = TimeZone.getDefault();
    var first = FunctionCode.zip();
    try {
      TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kolkata"));

      assertThat(FunctionCode.zip().archive()).isEqualTo(first.archive());
    } finally {
      TimeZone.setDefault(before);
    }
    assertThat(first.key()).isEqualTo("bundles/" + first.sha256() + ".zip");
  }

  /**
   * Wheels would have to be of Lambda's machine and of its C library, which is older than others.
   */
  @Test
  void needNothingButPythonAndWhatLambdaHas() throws IOException {
    var own = List.of("archive", "claim", "refusal", "run", "sql", "stream", "validate");
    var ofPython = List.of("boto3", "datetime", "hashlib", "json", "os", "re", "zlib");
    for (var name : own) {
      assertThat(
              Files.readString(CODE.resolve(name + ".py"))
                  .lines()
                  .map(String::strip)
                  .filter(line -> line.matches("(import|from) .*"))
                  .map(line -> line.split("[ .]")[1]))
          .as(name)
          .allMatch(module -> own.contains(module) || ofPython.contains(module));
    }
  }
}
