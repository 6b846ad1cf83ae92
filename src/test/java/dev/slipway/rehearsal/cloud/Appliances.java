package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The servers that AWS runs for its customers, RDS's and ElastiCache's: containers on the
 * rehearsal's network, under the names that AWS gives, with certificates of the rehearsal's
 * authority.
 */
final class Appliances implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofMinutes(3);

  private final String run;
  private final String label;
  private final String network;
  private final Path directory;
  private final Authority authority;

  /**
   * @param run whose they are, for their names
   * @param label by which they are found and taken away, whatever happens
   */
  Appliances(String run, String label, String network, Path directory, Authority authority) {
    this.run = run;
    this.label = label;
    this.network = network;
    this.directory = directory;
    this.authority = authority;
  }

  /** The folder of one of them, for what its container gets as files. */
  Path folder(String name) {
    Path folder = directory.resolve(name);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new IllegalStateException(folder + ": cannot be made: " + e.getMessage(), e);
    }
    return folder;
  }

  /** Writes what a container may read, and nobody else on this machine. */
  Path write(String name, String file, String text) {
    Path path = folder(name).resolve(file);
    try {
      Files.deleteIfExists(path);
      Files.createFile(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(path, text);
    } catch (IOException e) {
      throw new IllegalStateException(path + ": cannot be written: " + e.getMessage(), e);
    }
    return path;
  }

  /**
   * Starts one, which serves under a name with a certificate for it.
   *
   * @param options more of {@code docker run}
   * @param command what the container is to run
   * @param ready what succeeds in the container once it serves
   */
  void start(
      String name,
      String image,
      String dnsName,
      List<String> options,
      List<String> command,
      List<String> ready) {
    if (!Programs.tryDocker("image", "inspect", image).ok()) {
      throw new IllegalStateException(
          "the image " + image + " is missing; ./slipway rehearsal-images makes it");
    }
    Authority.Issued issued = authority.issue(List.of(dnsName));
    Path tls = folder(name + "/tls");
    write(name + "/tls", "server.crt", issued.certificates());
    write(name + "/tls", "server.key", issued.key());
    var docker = new ArrayList<String>();
    docker.addAll(List.of("run", "--detach", "--name", container(name)));
    docker.addAll(List.of("--label", label, "--network", network));
    docker.addAll(List.of("--network-alias", dnsName, "--volume", tls + ":/tls:ro"));
    docker.addAll(options);
    docker.add(image);
    docker.addAll(command);
    try {
      Programs.docker(docker.toArray(String[]::new));
      await(name, ready);
    } catch (RuntimeException e) {
      remove(name);
      throw e;
    }
  }

  /** Ends one at once, and keeps what it has. */
  void kill(String name) {
    Programs.docker("kill", container(name));
  }

  /** Starts one that was ended. */
  void startAgain(String name, List<String> ready) {
    Programs.docker("start", container(name));
    await(name, ready);
  }

  private void await(String name, List<String> ready) {
    Instant limit = Instant.now().plus(START_LIMIT);
    while (!exec(name, ready).ok()) {
      boolean runs =
          Programs.docker("inspect", "--format", "{{.State.Running}}", container(name))
              .equals("true");
      if (!runs || Instant.now().isAfter(limit)) {
        String log = Programs.tryDocker("logs", "--tail", "15", container(name)).output();
        throw new AwsError(
            400, "InvalidParameterValue", name + " does not start; its log ends with:\n" + log);
      }
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while " + name + " was starting", e);
      }
    }
  }

  String container(String name) {
    return "slipway-" + run + "-" + name;
  }

  private Result exec(String name, List<String> command) {
    return exec(name, null, command.toArray(String[]::new));
  }

  /** Runs a program in one of them, with what it reads. */
  Result exec(String name, byte[] input, String... command) {
    var docker = new ArrayList<>(List.of("docker", "exec", "--interactive", container(name)));
    docker.addAll(Arrays.asList(command));
    return Programs.run(Duration.ofMinutes(5), input, docker);
  }

  void need(String name, byte[] input, String... command) {
    Result result = exec(name, input, command);
    if (!result.ok()) {
      throw new IllegalStateException(
          name + ": " + String.join(" ", command) + ": " + result.output().strip());
    }
  }

  /** Writes what a program in one of them prints into a file, whatever bytes it is. */
  void save(String name, Path file, String... command) {
    var docker = new ArrayList<>(List.of("docker", "exec", container(name)));
    docker.addAll(Arrays.asList(command));
    Path errors = folder(name).resolve("errors");
    try {
      Process process =
          new ProcessBuilder(docker)
              .redirectOutput(file.toFile())
              .redirectError(errors.toFile())
              .start();
      int exit = process.waitFor();
      if (exit != 0) {
        Files.deleteIfExists(file);
        throw new IllegalStateException(
            name + ": " + String.join(" ", command) + ": " + Files.readString(errors).strip());
      }
    } catch (IOException e) {
      throw new IllegalStateException(file + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + file + " was written", e);
    }
  }

  /** What one of them has printed. */
  String log(String name) {
    return Programs.tryDocker("logs", container(name)).output();
  }

  boolean isThere(String name) {
    return Programs.tryDocker("container", "inspect", container(name)).ok();
  }

  /** Whether one is there and has not been ended. */
  boolean runs(String name) {
    return Programs.tryDocker("inspect", "--format", "{{.State.Running}}", container(name))
        .out()
        .strip()
        .equals("true");
  }

  void remove(String name) {
    Programs.tryDocker("rm", "--force", "--volumes", container(name));
  }

  /**
   * Passwords and copies of databases are nothing to keep; whoever started them ends containers.
   */
  @Override
  public void close() throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
