package dev.slipway.rehearsal.cloud;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Caddy, which serves for the account's load balancers: it speaks HTTP and TLS with clients, asks
 * {@link BalancerDecisions} where each request goes, and passes it on. It is started with the first
 * listener.
 *
 * <p>Source of the rules: Elastic Load Balancing, <a
 * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html">HTTP
 * headers</a> and <a
 * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html">what
 * its own answers mean</a>: 502 where the target refuses, hangs up or answers nonsense, 504 where
 * it takes too long.
 */
final class BalancerServer implements AutoCloseable {

  /** Elastic Load Balancing's limit for a connection to a target. */
  private static final Duration CONNECT = Duration.ofSeconds(10);

  private static final String LISTENER = read("/dev/slipway/rehearsal/balancer/listener.json");

  private final Tools tools;
  private final Path directory;
  private final Children children;
  private Process process;
  private String admin;

  BalancerServer(Tools tools, Path directory, Children children) {
    this.tools = tools;
    this.directory = directory;
    this.children = children;
  }

  /** Serves these listeners, by their ARNs, and no others. */
  synchronized void serve(
      Map<String, BalancerDecisions.Listener> listeners,
      Map<String, Duration> idleTimeouts,
      BalancerDecisions decisions) {
    if (process == null && listeners.isEmpty()) {
      return;
    }
    try {
      if (process == null) {
        start();
      }
      var request =
          HttpRequest.newBuilder(URI.create("http://" + admin + "/load"))
              .header("Content-Type", "application/json")
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      new Gson().toJson(configuration(listeners, idleTimeouts, decisions))))
              .build();
      HttpResponse<String> answer = load(request);
      if (answer.statusCode() != 200) {
        throw new IOException(answer.statusCode() + " " + answer.body().strip());
      }
    } catch (IOException e) {
      throw new IllegalStateException(
          "Caddy, which serves for load balancers: " + e.getMessage() + "; see " + log(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a load balancer changed", e);
    }
  }

  /**
   * Caddy makes its door anew with each configuration, and may hang up on who is in the old one:
   * the same configuration once more changes nothing, so it is asked again.
   */
  private static HttpResponse<String> load(HttpRequest request)
      throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        // A connection of its own: one that was used before is closed by what it brought.
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
      } catch (IOException e) {
        if (attempt == 3) {
          throw e;
        }
      }
    }
  }

  private Path log() {
    return directory.resolve("balancer.log");
  }

  private void start() throws IOException, InterruptedException {
    int port = Moto.freePort();
    admin = "127.0.0.1:" + port;
    Path own = Files.createDirectories(directory.resolve("balancer"));
    Path first = own.resolve("caddy.json");
    Files.writeString(first, new Gson().toJson(Map.of("admin", admin())));
    var builder =
        new ProcessBuilder(tools.program("caddy").toString(), "run", "--config", first.toString());
    builder.environment().put("XDG_CONFIG_HOME", own.toString());
    builder.environment().put("XDG_DATA_HOME", own.toString());
    process = children.start(builder, log());
    Ports.await(process, "127.0.0.1", port, log());
  }

  // --- Caddy's configuration
  // ------------------------------------------------------------------------------------------

  private Map<String, Object> admin() {
    return Map.of("listen", admin, "config", Map.of("persist", false));
  }

  private Map<String, Object> configuration(
      Map<String, BalancerDecisions.Listener> listeners,
      Map<String, Duration> idleTimeouts,
      BalancerDecisions decisions) {
    var servers = new LinkedHashMap<String, Object>();
    var certificates = new LinkedHashMap<String, Object>();
    listeners.forEach(
        (arn, listener) -> {
          servers.put(
              "listener-" + servers.size(),
              server(arn, listener, idleTimeouts.get(listener.balancer()), decisions));
          if (listener.certificate() != null) {
            certificates.put(
                tag(listener.certificate()),
                Map.of(
                    "certificate", listener.certificate().certificates(),
                    "key", listener.certificate().key(),
                    "tags", List.of(tag(listener.certificate()))));
          }
        });
    return Map.of(
        "admin",
        admin(),
        "logging",
        Map.of(
            "logs",
            Map.of(
                "default",
                Map.of("exclude", List.of("http.log.access")),
                "ended",
                Map.of(
                    "include",
                    List.of("http.log.access"),
                    "writer",
                    Map.of("output", "net", "address", "tcp/" + text(decisions.ended()))))),
        "apps",
        Map.of(
            "http",
            Map.of("servers", servers),
            "tls",
            Map.of("certificates", Map.of("load_pem", certificates.values()))));
  }

  private static String tag(Authority.Issued certificate) {
    return Integer.toHexString(certificate.certificates().hashCode());
  }

  /**
   * A listener's part, from {@code balancer/listener.json}. Its first handler asks where a request
   * goes; an answer that names no target is the load balancer's own. Its second one passes it on.
   *
   * <ul>
   *   <li>All proxies are trusted, so that a client's own X-Forwarded-For is kept before its
   *       address.
   *   <li>Headers are dropped whose names have more than letters, digits and hyphens, as all our
   *       load balancers are set to; Caddy itself drops those with an underscore or a full stop.
   *   <li>No connection is kept: on one that was used before, Go's client sends a GET a second time
   *       when the first gets no answer, a failure that the rehearsal wants to see.
   *   <li>Caddy takes a connection that isn't made in time for one that is refused: that is mended
   *       among the errors.
   * </ul>
   */
  private static Map<String, Object> server(
      String arn, BalancerDecisions.Listener listener, Duration idle, BalancerDecisions decisions) {
    Duration connect = idle.compareTo(CONNECT) < 0 ? idle : CONNECT;
    String json =
        LISTENER
            .replace("${listen}", text(listener.address()))
            .replace("${port}", String.valueOf(listener.port()))
            .replace("${listener}", arn)
            .replace("${decisions}", text(decisions.address()))
            .replace("${connect}", span(connect))
            .replace("${idle}", span(idle));
    Map<String, Object> server = AwsClient.object(json.getBytes(StandardCharsets.UTF_8));
    if (listener.certificate() == null) {
      server.put("protocols", List.of("h1"));
    } else {
      server.put("protocols", List.of("h1", "h2"));
      server.put(
          "tls_connection_policies",
          List.of(
              Map.of(
                  "certificate_selection",
                  Map.of("any_tag", List.of(tag(listener.certificate()))))));
    }
    return server;
  }

  private static String read(String resource) {
    try (InputStream in = BalancerServer.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  private static String span(Duration time) {
    return time.toMillis() + "ms";
  }

  @Override
  public synchronized void close() {
    if (process != null) {
      // Asked kindly, it would wait for what is under way.
      process.destroyForcibly();
    }
  }
}
