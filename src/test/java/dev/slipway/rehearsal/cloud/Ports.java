package dev.slipway.rehearsal.cloud;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** Listens, and waits until a program listens. */
final class Ports {
  private Ports() {}

  /** Serves on the same free port of several addresses. */
  static List<HttpServer> listen(List<String> addresses, HttpHandler handler, Executor workers)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      int candidate = Moto.freePort();
      var opened = new ArrayList<HttpServer>();
      try {
        for (String address : addresses) {
          opened.add(HttpServer.create(new InetSocketAddress(address, candidate), 128));
        }
      } catch (BindException e) {
        opened.forEach(server -> server.stop(0));
        if (attempt == 20) {
          throw e;
        }
        continue;
      }
      for (HttpServer server : opened) {
        server.setExecutor(workers);
        server.createContext("/", handler);
        server.start();
      }
      return opened;
    }
  }

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
