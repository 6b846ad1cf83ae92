package dev.slipway.rehearsal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs a program of this machine as a person would, with a limit and its whole output kept. */
final class Shell {

  /** How a program ended, and everything that it printed. */
  record Result(int exit, String output) {
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

  Result run(Duration limit, String... command) {
    return run(limit, line -> {}, command);
  }

  Result run(Duration limit, Consumer<String> line, String... command) {
    try {
      Process process = start(command);
      var output = new StringBuilder();
      var reader = new Thread(() -> read(process.getInputStream(), output, line));
      reader.setDaemon(true);
      reader.start();
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new Diary.Broken(
            String.join(" ", command) + ": not done after " + limit.toSeconds() + " s\n" + output);
      }
      reader.join();
      return new Result(process.exitValue(), output.toString());
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

  /** Starts a program and leaves it to the caller. */
  Process start(String... command) throws IOException {
    var builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.redirectErrorStream(true).redirectInput(ProcessBuilder.Redirect.from(devNull()));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static java.io.File devNull() {
    return new java.io.File("/dev/null");
  }

  private static void read(InputStream in, StringBuilder output, Consumer<String> line) {
    try (var reader =
        new java.io.BufferedReader(new java.io.InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String text = reader.readLine(); text != null; text = reader.readLine()) {
        output.append(text).append('\n');
        line.accept(text);
      }
    } catch (IOException e) {
      output.append("(output ended: ").append(e.getMessage()).append(")\n");
    }
  }
}
