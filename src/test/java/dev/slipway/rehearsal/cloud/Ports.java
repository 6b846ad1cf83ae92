package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Instant;

/** Waits until a program listens. */
final class Ports {
  private Ports() {}

  static void await(Process process, String host, int port, Path log)
      throws IOException, InterruptedException {
    Instant limit = Instant.now().plusSeconds(30);
    while (process.isAlive() && Instant.now().isBefore(limit)) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(host, port), 500);
        return;
      } catch (IOException e) {
        Thread.sleep(100);
      }
    }
    throw new IOException(host + ":" + port + ": nothing listens there; see " + log);
  }
}
