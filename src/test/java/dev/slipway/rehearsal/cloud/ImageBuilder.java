package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * BuildKit in a container, as a runner of GitHub's has it from Docker: it builds images and pushes
 * them. It is started when it is first asked for.
 */
final class ImageBuilder {
  private static final String IMAGE = "slipway/buildkit";

  private final String run;
  private final MachineNetwork network;
  private final Path directory;
  private final Path dockerConfig;
  private boolean started;

  /**
   * @param dockerConfig where Docker's plugins are, buildx among them
   */
  ImageBuilder(String run, MachineNetwork network, Path directory, Path dockerConfig) {
    this.run = run;
    this.network = network;
    this.directory = directory;
    this.dockerConfig = dockerConfig;
  }

  /** The builder's name for `docker buildx --builder`. */
  synchronized String name() {
    start();
    return network.name();
  }

  /** What buildx needs in its environment to know it. */
  Map<String, String> environment() {
    return Map.of("BUILDX_CONFIG", directory.resolve("buildx").toString());
  }

  private void start() {
    if (started) {
      return;
    }
    String container = "slipway-buildkit-" + run;
    Path folder = directory.resolve("buildkit");
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Programs.start(
        network.label() + "=" + run,
        container,
        IMAGE,
        List.of(
            // The registries listen on this machine's loopback address.
            "--network",
            "host",
            "--volume",
            folder + ":/run/buildkit",
            // It gives each step of a build a group of its own.
            "--volume",
            "/sys/fs/cgroup:/sys/fs/cgroup",
            "--cap-add",
            "SYS_ADMIN",
            "--cap-add",
            "NET_ADMIN",
            "--security-opt",
            "seccomp=unconfined",
            "--security-opt",
            "apparmor=unconfined"),
        // Whoever rehearses may use the socket, root or not.
        "--group",
        Programs.need("id", "-g"));
    Path socket = folder.resolve("buildkitd.sock");
    await(socket, container);
    Programs.need(
        "env",
        "BUILDX_CONFIG=" + directory.resolve("buildx"),
        "DOCKER_CONFIG=" + dockerConfig,
        "docker",
        "buildx",
        "create",
        "--name",
        network.name(),
        "--driver",
        "remote",
        "unix://" + socket);
    started = true;
  }

  private static void await(Path socket, String container) {
    Instant limit = Instant.now().plusSeconds(30);
    while (!answers(socket)) {
      if (Instant.now().isAfter(limit)) {
        throw new IllegalStateException(
            "buildkitd does not answer: " + Programs.tryDocker("logs", container).output());
      }
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while buildkitd was starting", e);
      }
    }
  }

  private static boolean answers(Path socket) {
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
