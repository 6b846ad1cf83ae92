package dev.slipway.rehearsal.cloud;

import com.google.gson.Gson;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

  /**
   * What makes a header's name invalid, since it is no letter, digit or hyphen. A load balancer may
   * be set to let such headers pass, but none of ours is; Caddy drops those with {@code _} and
   * {@code .} by itself.
   */
  private static final String INVALID = "!#$%&'+^`|~";

  private final Tools tools;
  private final Path directory;
  private final Children children;
  private final HttpClient client = HttpClient.newHttpClient();
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
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
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

  private static Map<String, Object> server(
      String arn, BalancerDecisions.Listener listener, Duration idle, BalancerDecisions decisions) {
    var server = new LinkedHashMap<String, Object>();
    server.put("listen", List.of(text(listener.address())));
    server.put("automatic_https", Map.of("disable", true));
    server.put("idle_timeout", span(idle));
    // So that the client's own X-Forwarded-For is kept before its address.
    server.put(
        "trusted_proxies", Map.of("source", "static", "ranges", List.of("0.0.0.0/0", "::/0")));
    server.put("logs", Map.of());
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
    server.put(
        "routes",
        List.of(Map.of("handle", List.of(ask(arn, decisions), passOn(listener.port(), idle)))));
    server.put("errors", Map.of("routes", errors()));
    return server;
  }

  /** Asks where a request goes; an answer that names no target is the load balancer's own. */
  private static Map<String, Object> ask(String arn, BalancerDecisions decisions) {
    return Map.of(
        "handler",
        "reverse_proxy",
        "upstreams",
        List.of(Map.of("dial", text(decisions.address()))),
        "rewrite",
        Map.of("method", "GET", "uri", "/?"),
        "headers",
        Map.of(
            "request",
            Map.of(
                "delete",
                List.of("*"),
                "set",
                Map.of(
                    BalancerDecisions.REQUEST, List.of("{http.request.uuid}"),
                    BalancerDecisions.LISTENER, List.of(arn),
                    BalancerDecisions.METHOD, List.of("{http.request.method}"),
                    BalancerDecisions.HOST, List.of("{http.request.host}"),
                    BalancerDecisions.URI, List.of("{http.request.uri}")))),
        "handle_response",
        List.of(
            Map.of(
                "match",
                Map.of("headers", Map.of(BalancerDecisions.TARGET, List.of("*"))),
                "routes",
                List.of(
                    Map.of(
                        "handle",
                        List.of(
                            Map.of(
                                "handler",
                                "vars",
                                "target",
                                "{http.reverse_proxy.header."
                                    + BalancerDecisions.TARGET
                                    + "}")))))));
  }

  private static Map<String, Object> passOn(int port, Duration idle) {
    var dropped = new ArrayList<>(List.of("Via", "X-Forwarded-Host"));
    INVALID.chars().forEach(c -> dropped.add("*" + (char) c + "*"));
    Duration connect = idle.compareTo(CONNECT) < 0 ? idle : CONNECT;
    return Map.of(
        "handler",
        "reverse_proxy",
        "upstreams",
        List.of(Map.of("dial", "{http.vars.target}")),
        "headers",
        Map.of(
            "request",
            Map.of(
                "delete",
                dropped,
                "set",
                Map.of(
                    "X-Forwarded-Proto", List.of("{http.request.scheme}"),
                    "X-Forwarded-Port", List.of(String.valueOf(port))))),
        "transport",
        Map.of(
            "protocol",
            "http",
            "versions",
            List.of("1.1"),
            "compression",
            false,
            "dial_timeout",
            span(connect),
            "response_header_timeout",
            span(idle),
            // On a connection that was used before, Go's client sends a GET a second time when the
            // first gets no answer: a failure that the rehearsal wants to see.
            "keep_alive",
            Map.of("enabled", false)));
  }

  private static List<Map<String, Object>> errors() {
    // Caddy takes a connection that isn't made in time for one that is refused.
    return List.of(
        Map.of(
            "match",
            List.of(Map.of("expression", "{http.error.message}.contains('i/o timeout')")),
            "handle",
            List.of(error("504", "504 Gateway Time-out")),
            "terminal",
            true),
        Map.of(
            "handle",
            List.of(
                error(
                    "{http.error.status_code}",
                    "{http.error.status_code} {http.error.status_text}"))));
  }

  private static Map<String, Object> error(String status, String title) {
    return Map.of(
        "handler",
        "static_response",
        "status_code",
        status,
        "headers",
        Map.of(
            "Server", List.of(BalancerDecisions.NAME),
            "Content-Type", List.of("text/html")),
        "body",
        BalancerDecisions.page(title));
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
