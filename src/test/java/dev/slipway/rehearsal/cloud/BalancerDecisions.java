package dev.slipway.rehearsal.cloud;

import com.google.gson.Gson;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;

/**
 * Decides what load balancers do with a request, by the rules of its listener and the targets of
 * its target group, and knows which requests are under way.
 *
 * <p>{@link BalancerServer} asks before it passes a request on, and its access log says when the
 * client has the answer, or never will.
 */
final class BalancerDecisions implements AutoCloseable {

  /** A listener: where it really is, with which certificate, and by which rules it decides. */
  record Listener(
      String balancer,
      int port,
      InetSocketAddress address,
      Authority.Issued certificate,
      ListenerRules rules) {

    String protocol() {
      return certificate == null ? "http" : "https";
    }
  }

  /** What a load balancer's own answers say in the header Server. */
  private static final String NAME = "awselb/2.0";

  // As in balancer/listener.json.
  private static final String REQUEST = "X-Slipway-Request";
  private static final String LISTENER = "X-Slipway-Listener";
  private static final String METHOD = "X-Slipway-Method";
  private static final String HOST = "X-Slipway-Host";
  private static final String URI = "X-Slipway-Uri";
  private static final String TARGET = "X-Slipway-Target";

  private final ExecutorService workers = Relay.workers("balancer");
  private final Map<String, TargetGroup.Target> underWay = new ConcurrentHashMap<>();
  private final Function<String, Listener> listeners;
  private final Function<String, TargetGroup> targetGroups;
  private final HttpServer server;
  private final ServerSocket ended;

  /**
   * @param listeners finds one by its ARN; null where there is none
   * @param targetGroups the same
   */
  BalancerDecisions(
      Function<String, Listener> listeners, Function<String, TargetGroup> targetGroups) {
    this.listeners = listeners;
    this.targetGroups = targetGroups;
    try {
      var loopback = InetAddress.getLoopbackAddress();
      ended = new ServerSocket(0, 16, loopback);
      server = HttpServer.create(new InetSocketAddress(loopback, 0), 256);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(workers);
    server.createContext("/", this::decide);
    server.start();
    workers.execute(this::readLogs);
  }

  /** Where to ask. */
  InetSocketAddress address() {
    return server.getAddress();
  }

  /** Where the access log goes. */
  InetSocketAddress ended() {
    return (InetSocketAddress) ended.getLocalSocketAddress();
  }

  private void decide(HttpExchange exchange) throws IOException {
    Headers given = exchange.getRequestHeaders();
    Listener listener = listeners.apply(given.getFirst(LISTENER));
    if (listener == null) {
      refuse(exchange);
      return;
    }
    String[] uri = given.getFirst(URI).split("\\?", 2);
    var asked =
        new ListenerRules.Asked(
            given.getFirst(METHOD),
            String.valueOf(given.getFirst(HOST)),
            uri[0],
            uri.length == 1 ? "" : uri[1],
            listener.protocol(),
            listener.port());
    ListenerRules.Action action = listener.rules().of(asked);
    if (action instanceof ListenerRules.Redirect redirect) {
      exchange.getResponseHeaders().set("Location", ListenerRules.location(redirect, asked));
      answer(exchange, redirect.status(), "text/html", page(redirect.status() + " Moved"));
    } else if (action instanceof ListenerRules.Fixed fixed) {
      answer(exchange, fixed.status(), fixed.type(), fixed.body());
    } else if (action instanceof ListenerRules.Forward forward) {
      forward(exchange, listener.rules().targetGroup(forward));
    }
  }

  private void forward(HttpExchange exchange, String targetGroup) throws IOException {
    TargetGroup group = targetGroups.apply(targetGroup);
    TargetGroup.Target target = group == null ? null : group.next();
    if (target == null) {
      refuse(exchange);
      return;
    }
    String request = exchange.getRequestHeaders().getFirst(REQUEST);
    // It asks again where the connection broke on which it asked.
    end(underWay.put(request, target));
    try (exchange) {
      InetSocketAddress to = target.address();
      exchange.getResponseHeaders().set(TARGET, to.getHostString() + ":" + to.getPort());
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private static void refuse(HttpExchange exchange) throws IOException {
    answer(exchange, 503, "text/html", page("503 Service Temporarily Unavailable"));
  }

  private static String page(String title) {
    return "<html><head><title>" + title + "</title></head><body>" + title + "</body></html>\r\n";
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Server", NAME);
      exchange.getResponseHeaders().set("Content-Type", type);
      Relay.send(exchange, status, body);
    }
  }

  // --- what has ended
  // -------------------------------------------------------------------------------------------------

  private void readLogs() {
    while (!ended.isClosed()) {
      try {
        Socket log = ended.accept();
        workers.execute(() -> read(log));
      } catch (IOException e) {
        // It is closed at the end.
      }
    }
  }

  private void read(Socket log) {
    try (log;
        var lines =
            new BufferedReader(
                new InputStreamReader(log.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Object request = new Gson().fromJson(line, Map.class).get("uuid");
        end(request == null ? null : underWay.remove(request));
      }
    } catch (IOException e) {
      // The server is gone, and what it had under way has ended with it.
    }
  }

  private static void end(TargetGroup.Target target) {
    if (target != null) {
      target.done();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    try {
      ended.close();
    } catch (IOException e) {
      // It is of no use any more either way.
    }
    workers.shutdownNow();
  }
}
