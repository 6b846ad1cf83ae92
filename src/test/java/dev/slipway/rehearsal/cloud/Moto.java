package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** moto_server as a child process: it stands in for most of AWS, and forgets all when it ends. */
final class Moto {
  private final Process process;
  private final URI address;

  private Moto(Process process, URI address) {
    this.process = process;
    this.address = address;
  }

  static Moto start(Tools tools, Path workDir, Children children)
      throws IOException, InterruptedException {
    return start(
        new String[] {tools.program("moto_server").toString()},
        // AWS's own managed policies, which roles are checked by, are not loaded unless asked for.
        Map.of("MOTO_IAM_LOAD_MANAGED_POLICIES", "true"),
        workDir.resolve("moto.log"),
        children);
  }

  /**
   * Starts moto by a command of one's own.
   *
   * @param command which takes moto_server's options
   */
  static Moto start(String[] command, Map<String, String> environment, Path log, Children children)
      throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      int port = freePort();
      var all = new ArrayList<>(List.of(command));
      all.addAll(List.of("-H", "127.0.0.1", "-p", String.valueOf(port)));
      var builder = new ProcessBuilder(all);
      builder.environment().putAll(environment);
      builder.environment().put("PYTHONUNBUFFERED", "1");
      var moto = new Moto(children.start(builder, log), URI.create("http://127.0.0.1:" + port));
      if (moto.comesUp()) {
        return moto;
      }
      moto.process.destroyForcibly();
      // Another process may have taken the port in between; anything else fails again.
      if (attempt == 3) {
        throw new IllegalStateException("moto does not start; see " + log);
      }
    }
  }

  URI address() {
    return address;
  }

  private boolean comesUp() throws InterruptedException {
    HttpClient http = HttpClient.newHttpClient();
    var probe =
        HttpRequest.newBuilder(address.resolve("/moto-api/data.json"))
            .timeout(Duration.ofSeconds(5))
            .build();
    Instant limit = Instant.now().plusSeconds(90);
    while (process.isAlive() && Instant.now().isBefore(limit)) {
      try {
        if (http.send(probe, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
          return true;
        }
      } catch (IOException e) {
        Thread.sleep(100);
      }
    }
    return false;
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
