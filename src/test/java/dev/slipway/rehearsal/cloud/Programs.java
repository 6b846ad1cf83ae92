package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs of this machine: Docker's client, and what needs the administrator's rights. */
final class Programs {
  private static final Duration LIMIT = Duration.ofSeconds(180);

  private Programs() {}

  static Result run(String... command) {
    return run(LIMIT, null, List.of(command));
  }

  static Result run(Duration limit, byte[] input, List<String> command) {
    try {
      Process process = new ProcessBuilder(command).start();
      CompletableFuture<String> out = read(process.getInputStream());
      CompletableFuture<String> err = read(process.getErrorStream());
      try (var in = process.getOutputStream()) {
        if (input != null) {
          in.write(input);
        }
      } catch (IOException e) {
        // The program ended without reading; how it ended says more.
      }
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(
            String.join(" ", command) + ": not done after " + limit.toSeconds() + " s");
      }
      return new Result(process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new IllegalStateException(String.join(" ", command) + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(String.join(" ", command) + ": interrupted", e);
    }
  }

  /** Runs a program that has to succeed, and gives what it printed. */
  static String need(String... command) {
    Result result = run(command);
    if (!result.ok()) {
      throw new IllegalStateException(
          String.join(" ", command) + ": exit " + result.exit() + ": " + result.output().strip());
    }
    return result.out().strip();
  }

  static String docker(String... arguments) {
    return need(prefixed(List.of("docker"), arguments));
  }

  static Result tryDocker(String... arguments) {
    return run(prefixed(List.of("docker"), arguments));
  }

  /**
   * Starts a container of an image that ./slipway rehearsal-images builds; it goes when the run
   * does.
   *
   * @param label by which it goes
   * @param words what the image's program is given
   */
  static void start(
      String label, String container, String image, List<String> options, String... words) {
    if (!tryDocker("image", "inspect", image).ok()) {
      throw new IllegalStateException(
          "the image " + image + " is missing; ./slipway rehearsal-images builds it");
    }
    var command = new ArrayList<>(List.of("run", "--detach", "--name", container));
    command.addAll(List.of("--label", label));
    command.addAll(options);
    command.add(image);
    command.addAll(List.of(words));
    docker(command.toArray(String[]::new));
  }

  /** Loop devices and device nodes are the administrator's. */
  static String asRoot(String... command) {
    return need(prefixed(isRoot() ? List.of() : List.of("sudo", "-n"), command));
  }

  static Result tryAsRoot(String... command) {
    return run(prefixed(isRoot() ? List.of() : List.of("sudo", "-n"), command));
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static String[] prefixed(List<String> prefix, String... arguments) {
    var command = new ArrayList<>(prefix);
    command.addAll(Arrays.asList(arguments));
    return command.toArray(String[]::new);
  }

  private static CompletableFuture<String> read(InputStream in) {
    var text = new CompletableFuture<String>();
    var reader =
        new Thread(
            () -> {
              try (in) {
                text.complete(new String(in.readAllBytes(), StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.complete("");
              }
            });
    reader.setDaemon(true);
    reader.start();
    return text;
  }
}
