package dev.slipway.rehearsal;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs a program of this machine as a person would, with a limit and its whole output kept. */
final class Shell {

  /**
   * How a program ended.
   *
   * @param printed what it wrote to standard output
   * @param output that and its standard error, as they came
   */
  record Result(int exit, String printed, String output) {
    boolean ok() {
      return exit == 0;
    }

    /** The last lines, for a message. */
    String tail() {
      var lines = output.strip().split("\n");
      int from = Math.max(0, lines.length - 15);
      return String.join("\n", List.of(lines).subList(from, lines.length));
    }
  }

  private final Path directory;
  private final Map<String, String> environment;

  Shell(Path directory, Map<String, String> environment) {
    this.directory = directory;
    this.environment = environment;
  }

  /** One whose git commits under a name of its own, whatever this machine's settings are. */
  static Shell committing(Path directory) {
    return new Shell(
        directory,
        Map.of(
            "GIT_AUTHOR_NAME", "Rehearsal",
            "GIT_AUTHOR_EMAIL", "rehearsal@example.com",
            "GIT_COMMITTER_NAME", "Rehearsal",
            "GIT_COMMITTER_EMAIL", "rehearsal@example.com"));
  }

  Result run(Duration limit, String... command) {
    return run(limit, line -> {}, command);
  }

  Result run(Duration limit, Consumer<String> line, String... command) {
    try {
      Process process = builder(command).start();
      var output = new StringBuffer();
      var printed = new StringBuilder();
      Thread reader =
          reading(
              process.getInputStream(),
              text -> {
                printed.append(text).append('\n');
                output.append(text).append('\n');
                line.accept(text);
              });
      Thread errors =
          reading(
              process.getErrorStream(),
              text -> {
                output.append(text).append('\n');
                line.accept(text);
              });
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new Diary.Broken(
            String.join(" ", command) + ": not done after " + limit.toSeconds() + " s\n" + output);
      }
      reader.join();
      errors.join();
      return new Result(process.exitValue(), printed.toString(), output.toString());
    } catch (IOException e) {
      throw new Diary.Broken(String.join(" ", command) + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Diary.Broken("interrupted");
    }
  }

  /** Runs a program that has to succeed. */
  String need(Duration limit, String... command) {
    Result result = run(limit, command);
    if (!result.ok()) {
      throw new Diary.Broken(
          String.join(" ", command) + ": exit " + result.exit() + "\n" + result.tail());
    }
    return result.output();
  }

  /** A call of the AWS CLI's that has to succeed, with its answer as text. */
  String aws(String... words) {
    return need(Duration.ofMinutes(1), awsCommand(List.of(words))).strip();
  }

  /** What is typed for such a call. */
  static String[] awsCommand(List<String> words) {
    var command = new ArrayList<>(List.of("aws"));
    command.addAll(words);
    command.addAll(List.of("--output", "text"));
    return command.toArray(String[]::new);
  }

  /** Starts a program and leaves it to the caller; nobody reads what it says. */
  Process start(String... command) throws IOException {
    return builder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private ProcessBuilder builder(String... command) {
    var builder = new ProcessBuilder("env").directory(directory.toFile());
    // By env, since Java itself looks for programs along its own PATH and not along that given
    // here.
    builder.command().addAll(List.of(command));
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    environment.forEach(
        (name, value) -> {
          if (value == null) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    return builder;
  }

  private static Thread reading(InputStream in, Consumer<String> line) {
    var reader = new Thread(() -> read(in, line));
    reader.setDaemon(true);
    reader.start();
    return reader;
  }

  private static void read(InputStream in, Consumer<String> line) {
    try (var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String text = reader.readLine(); text != null; text = reader.readLine()) {
        line.accept(text);
      }
    } catch (IOException e) {
      line.accept("(output ended: " + e.getMessage() + ")");
    }
  }
}
