package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.StackReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A copy of the scripts in a folder of the test's, with the programs that they call faked. */
final class Workplace {
  /** What the engine says of a state that is no whole deployment. */
  static final String DAMAGED =
      "echo 'error: failed to load checkpoint: unexpected end of JSON input' >&2; exit 255";

  /** For what hangs: on a busy machine each call of the real AWS CLI takes seconds. */
  private static final int LIMIT_SECONDS = 300;

  /** What is left of the machine's environment: nothing that a script reads. */
  private static final List<String> KEPT = List.of("PATH", "LANG", "TMPDIR", "JAVA_HOME");

  record Ended(int exit, String output, String errors) {
    String all() {
      return output + errors;
    }
  }

  private final Path root;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private Path input = Path.of("/dev/null");

  Workplace(Path root) {
    this.root = root;
    try {
      for (String folder : List.of("bin", "answers", ".slipway/tools/bin")) {
        Files.createDirectories(root.resolve(folder));
      }
      for (Path file : Scripts.files()) {
        Files.createDirectories(root.resolve(file).getParent());
        Files.copy(file, root.resolve(file));
      }
      Files.writeString(root.resolve("calls"), "");
      file("Pulumi.yaml", "name: slipway\nruntime: java\n");
      StackReader.lend(root, root.resolve(".slipway"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    environment.put("HOME", root.toString());
    environment.put("FAKES", root.toString());
    environment.put("SLIPWAY_HOME", root.resolve(".slipway").toString());
  }

  Workplace with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** What scripts read from standard input. */
  Workplace fed(String text) {
    input = file("input", text);
    return this;
  }

  Path path(String name) {
    return root.resolve(name);
  }

  Path file(String name, String text) {
    try {
      Path file = root.resolve(name);
      Files.createDirectories(file.getParent());
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What a program does when it is called with these words first, as bash; {@code $1} is the word
   * after the program's name. It is the one on PATH from then on.
   */
  Workplace fake(String call, String bash) {
    String program = call.split(" ", 2)[0];
    install(root.resolve("bin").resolve(program));
    file("answers/" + call.replace(' ', '-'), bash + "\n");
    return this;
  }

  /** The same for another script than the one that is tested. */
  Workplace fakeScript(String name, String bash) {
    install(root.resolve(Scripts.named(name)));
    file("answers/" + name, bash + "\n");
    return this;
  }

  /** The same for the engine, which scripts find among their own tools. */
  Workplace fakeEngine(String command, String bash) {
    install(root.resolve(".slipway/tools/bin/pulumi"));
    file("answers/pulumi-" + command.replace(' ', '-'), bash + "\n");
    return this;
  }

  /** The AWS CLI with credentials of whom this ARN names. */
  Workplace signedIn(String arn) {
    String account = arn.split(":")[4];
    return fake("aws --version", "echo aws-cli/2")
        .fake(
            "aws sts get-caller-identity",
            "if [[ $* == *Arn* ]]; then printf '%1$s\\t%2$s\\n'; else echo %1$s; fi"
                .formatted(account, arn));
  }

  private void install(Path place) {
    try {
      Files.deleteIfExists(place);
      Files.copy(Path.of("src/test/resources/dev/slipway/scripts/fake.sh").toAbsolutePath(), place);
      assertThat(place.toFile().setExecutable(true)).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every call to a fake so far, a line each. */
  List<String> calls() {
    try {
      return Files.readAllLines(root.resolve("calls"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> calls(String beginning) {
    return calls().stream().filter(line -> line.startsWith(beginning)).toList();
  }

  Ended run(String script, String... words) {
    try {
      var line = new ArrayList<>(List.of("bash", root.resolve(Scripts.named(script)).toString()));
      line.addAll(List.of(words));
      Path output = Files.createTempFile(root, "output", "");
      Path errors = Files.createTempFile(root, "errors", "");
      var builder =
          new ProcessBuilder(line)
              .directory(root.toFile())
              .redirectInput(input.toFile())
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile());
      builder.environment().keySet().retainAll(KEPT);
      builder.environment().putAll(environment);
      builder
          .environment()
          .merge("PATH", root.resolve("bin").toString(), (p, bin) -> bin + ":" + p);
      Process process = builder.start();
      boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      assertThat(ended).as(script + " ends within " + LIMIT_SECONDS + " s").isTrue();
      return new Ended(process.exitValue(), Files.readString(output), Files.readString(errors));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
