package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A port that one process of this machine has chosen for a program that it starts.
 *
 * <p>Caddy lets others listen on its ports too ({@code SO_REUSEPORT}). Two that were given the same
 * one would not complain, and each would get some of the other's requests. So a port is taken by a
 * lock first, and only then looked at.
 */
final class HeldPort implements AutoCloseable {
  private final InetSocketAddress address;
  private final FileChannel lock;

  private HeldPort(InetSocketAddress address, FileChannel lock) {
    this.address = address;
    this.lock = lock;
  }

  /**
   * Takes a port, unless somebody else has it.
   *
   * @param port 0 for any that is free
   */
  static Optional<HeldPort> take(String host, int port) throws IOException {
    int wanted = port == 0 ? free(host) : port;
    Path folder =
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"), "slipway-ports"));
    FileChannel lock =
        FileChannel.open(
            folder.resolve(host + "-" + wanted),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    try {
      if (lock.tryLock() != null && isFree(host, wanted)) {
        return Optional.of(new HeldPort(new InetSocketAddress(host, wanted), lock));
      }
    } catch (OverlappingFileLockException e) {
      // This process has it.
    }
    lock.close();
    return Optional.empty();
  }

  private static int free(String host) throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      return socket.getLocalPort();
    }
  }

  private static boolean isFree(String host, int port) {
    try (var socket = new ServerSocket(port, 1, InetAddress.getByName(host))) {
      return true;
    } catch (IOException e) {
      // Low ports are the administrator's, and only one can have each.
      return false;
    }
  }

  InetSocketAddress address() {
    return address;
  }

  /** Lets others have it, once nobody listens there any more. */
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
