package dev.slipway.rehearsal.cloud;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/**
 * What stands for one Application Load Balancer: it listens, decides by the rules of its listeners,
 * and passes requests on to healthy targets in turn.
 *
 * <p>Sources of the rules: Elastic Load Balancing, <a
 * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html">HTTP
 * headers</a> and <a
 * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html">what
 * its own answers mean</a>: 502 where the target refuses, hangs up or answers nonsense, 503 where
 * there is no target, 504 where it takes too long. No request is sent a second time.
 */
final class Balancer implements AutoCloseable {

  /** The headers of one connection, which are nobody else's. */
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "content-length",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private static final Map<Integer, String> REASONS =
      Map.of(
          502, "Bad Gateway",
          503, "Service Temporarily Unavailable",
          504, "Gateway Time-out");

  private static final Duration CONNECT = Duration.ofSeconds(10);

  private final class Listener implements AutoCloseable {
    private final int port;
    private final HttpServer server;
    private final ListenerRules rules;
    private final String protocol;

    private Listener(int port, SSLContext certificate, ListenerRules rules) throws IOException {
      this.port = port;
      this.rules = rules;
      protocol = certificate == null ? "http" : "https";
      server = open(port, certificate);
      server.setExecutor(workers);
      server.createContext("/", exchange -> serve(this, exchange));
      server.start();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  private final String address;
  private final ExecutorService workers;
  private final Function<String, TargetGroup> targetGroups;
  private final Map<Integer, Listener> listeners = new TreeMap<>();
  private volatile HttpUpstream upstream;
  private volatile Duration idle = Duration.ZERO;
  private volatile boolean dropsInvalidHeaders;

  /**
   * @param address where it listens
   * @param targetGroups finds one by its ARN
   */
  Balancer(String address, ExecutorService workers, Function<String, TargetGroup> targetGroups) {
    this.address = address;
    this.workers = workers;
    this.targetGroups = targetGroups;
    configure(Duration.ofSeconds(60), false);
  }

  /**
   * @param idleTimeout after which a target that says nothing is given up
   */
  void configure(Duration idleTimeout, boolean dropInvalidHeaders) {
    dropsInvalidHeaders = dropInvalidHeaders;
    if (!idleTimeout.equals(idle)) {
      idle = idleTimeout;
      upstream = new HttpUpstream(CONNECT, idleTimeout);
    }
  }

  /** Listens on a port; with a certificate over TLS. */
  synchronized void listen(int port, SSLContext certificate, ListenerRules rules) {
    try {
      listeners.put(port, new Listener(port, certificate, rules));
    } catch (IOException e) {
      throw new IllegalStateException(
          "the load balancer cannot listen on " + address + ": " + e, e);
    }
  }

  synchronized void stopListening(int port) {
    Listener listener = listeners.remove(port);
    if (listener != null) {
      listener.close();
    }
  }

  /** Where a listener's port really is: it is another one if that was not to be had here. */
  synchronized InetSocketAddress address(int port) {
    Listener listener = listeners.get(port);
    if (listener == null) {
      throw new IllegalStateException(
          "the load balancer has no listener on port " + port + ", only on " + listeners.keySet());
    }
    return listener.server.getAddress();
  }

  private HttpServer open(int port, SSLContext certificate) throws IOException {
    HttpServer made;
    if (certificate == null) {
      made = HttpServer.create();
    } else {
      HttpsServer secure = HttpsServer.create();
      secure.setHttpsConfigurator(new HttpsConfigurator(certificate));
      made = secure;
    }
    try {
      made.bind(new InetSocketAddress(address, port), 256);
    } catch (BindException e) {
      // Low ports are the administrator's, and only one can have each.
      made.bind(new InetSocketAddress(address, 0), 256);
    }
    return made;
  }

  // --- requests
  // ------------------------------------------------------------------------------------------------------

  private void serve(Listener listener, HttpExchange exchange) throws IOException {
    Headers headers = exchange.getRequestHeaders();
    String host = String.valueOf(headers.getFirst("Host")).replaceFirst(":[0-9]+$", "");
    var uri = exchange.getRequestURI();
    var asked =
        new ListenerRules.Asked(
            exchange.getRequestMethod(),
            host,
            uri.getRawPath() == null ? "/" : uri.getRawPath(),
            uri.getRawQuery() == null ? "" : uri.getRawQuery(),
            listener.protocol,
            listener.port);
    ListenerRules.Action action = listener.rules.of(asked);
    if (action instanceof ListenerRules.Redirect redirect) {
      exchange.getResponseHeaders().set("Location", ListenerRules.location(redirect, asked));
      own(exchange, redirect.status(), "text/html", page(redirect.status() + " Moved"));
    } else if (action instanceof ListenerRules.Fixed fixed) {
      own(exchange, fixed.status(), fixed.type(), fixed.body());
    } else if (action instanceof ListenerRules.Forward forward) {
      forward(listener, exchange, forward);
    }
  }

  private void forward(Listener listener, HttpExchange exchange, ListenerRules.Forward forward)
      throws IOException {
    TargetGroup group = targetGroups.apply(listener.rules.targetGroup(forward));
    TargetGroup.Target target = group == null ? null : group.next();
    if (target == null) {
      refuse(exchange, 503);
      return;
    }
    try {
      HttpUpstream.Answer answer;
      try {
        answer = upstream.ask(target.address(), request(listener, exchange));
      } catch (HttpUpstream.NotConnected | SocketTimeoutException e) {
        refuse(exchange, 504);
        return;
      } catch (IOException | RuntimeException e) {
        refuse(exchange, 502);
        return;
      }
      // What fails from here on ends the client's connection, since its answer has begun.
      relay(exchange, answer);
    } finally {
      target.done();
    }
  }

  private HttpUpstream.Request request(Listener listener, HttpExchange exchange) {
    Headers given = exchange.getRequestHeaders();
    var headers = new ArrayList<Map.Entry<String, String>>();
    Set<String> ofConnection = ofConnection(given.get("Connection"));
    given.forEach(
        (name, values) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          boolean invalid = dropsInvalidHeaders && !name.matches("[-A-Za-z0-9]+");
          if (!invalid
              && !HOP_BY_HOP.contains(lower)
              && !ofConnection.contains(lower)
              && !lower.startsWith("x-forwarded-")
              && !lower.equals("expect")) {
            values.forEach(value -> headers.add(Map.entry(name, value)));
          }
        });
    String client = exchange.getRemoteAddress().getAddress().getHostAddress();
    String before = given.getFirst("X-Forwarded-For");
    headers.add(Map.entry("X-Forwarded-For", before == null ? client : before + ", " + client));
    headers.add(Map.entry("X-Forwarded-Proto", listener.protocol));
    headers.add(Map.entry("X-Forwarded-Port", String.valueOf(listener.port)));
    String length = given.getFirst("Content-Length");
    long bytes = length == null ? 0 : Long.parseLong(length.strip());
    if (length != null) {
      headers.add(Map.entry("Content-Length", length.strip()));
    }
    if (given.getFirst("Transfer-Encoding") != null) {
      bytes = -1;
    }
    return new HttpUpstream.Request(
        exchange.getRequestMethod(),
        exchange.getRequestURI().toString(),
        headers,
        exchange.getRequestBody(),
        bytes);
  }

  private static Set<String> ofConnection(List<String> values) {
    var named = new TreeSet<String>();
    for (String value : values == null ? List.<String>of() : values) {
      for (String name : value.split(",")) {
        named.add(name.strip().toLowerCase(Locale.ROOT));
      }
    }
    return named;
  }

  private static void relay(HttpExchange exchange, HttpUpstream.Answer answer) throws IOException {
    try (InputStream body = answer.body()) {
      boolean head = exchange.getRequestMethod().equals("HEAD");
      Set<String> ofConnection =
          ofConnection(
              answer.headers().stream()
                  .filter(header -> header.getKey().equalsIgnoreCase("Connection"))
                  .map(Map.Entry::getValue)
                  .toList());
      for (Map.Entry<String, String> header : answer.headers()) {
        String lower = header.getKey().toLowerCase(Locale.ROOT);
        boolean length = head && lower.equals("content-length");
        if (length || !HOP_BY_HOP.contains(lower) && !ofConnection.contains(lower)) {
          exchange.getResponseHeaders().add(header.getKey(), header.getValue());
        }
      }
      long length = answer.length();
      // Here 0 means a length that nobody knows, and less than 0 means none.
      exchange.sendResponseHeaders(answer.status(), length == 0 ? -1 : Math.max(length, 0));
      if (length != 0) {
        OutputStream out = exchange.getResponseBody();
        byte[] buffer = new byte[16_384];
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
          out.write(buffer, 0, count);
          if (length < 0) {
            out.flush();
          }
        }
      }
    }
    exchange.close();
  }

  private static void refuse(HttpExchange exchange, int status) throws IOException {
    exchange.getResponseHeaders().set("Server", "awselb/2.0");
    own(exchange, status, "text/html", page(status + " " + REASONS.get(status)));
  }

  private static String page(String title) {
    return "<html><head><title>" + title + "</title></head><body>" + title + "</body></html>\r\n";
  }

  private static void own(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      boolean silent = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, silent ? -1 : body.length);
      if (!silent) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  @Override
  public synchronized void close() {
    listeners.values().forEach(Listener::close);
    listeners.clear();
    upstream.close();
  }
}
