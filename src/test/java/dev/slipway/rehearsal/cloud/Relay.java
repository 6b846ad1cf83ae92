package dev.slipway.rehearsal.cloud;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What all do that stand between a client and a server. */
public final class Relay {

  /** The headers of one connection, which Java's client and server write themselves. */
  private static final Set<String> OF_CONNECTION =
      Set.of("host", "content-length", "connection", "expect", "upgrade", "transfer-encoding");

  private Relay() {}

  /** Threads that don't keep the program alive. */
  static ExecutorService workers(String name) {
    return Executors.newCachedThreadPool(
        work -> {
          var thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Gives the server the headers that the client sent.
   *
   * @param kept those that it doesn't get, in lower case
   */
  public static void request(HttpExchange from, HttpRequest.Builder to, String... kept) {
    Set<String> all = Set.of(kept);
    from.getRequestHeaders()
        .forEach(
            (name, values) -> {
              String lower = name.toLowerCase(Locale.ROOT);
              if (!OF_CONNECTION.contains(lower) && !all.contains(lower)) {
                values.forEach(value -> to.header(name, value));
              }
            });
  }

  /** Gives the client the headers that the server answered with. */
  public static void answer(HttpResponse<?> from, HttpExchange to) {
    boolean head = to.getRequestMethod().equals("HEAD");
    from.headers()
        .map()
        .forEach(
            (name, values) -> {
              String lower = name.toLowerCase(Locale.ROOT);
              if (!OF_CONNECTION.contains(lower) || head && lower.equals("content-length")) {
                to.getResponseHeaders().put(name, values);
              }
            });
  }

  /** Ends an answer of which the headers are set. */
  public static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    boolean head = exchange.getRequestMethod().equals("HEAD");
    boolean empty = body.length == 0 || head;
    if (empty && !head && status != 204 && status != 304) {
      // Minus one would leave out the length, for which some clients wait.
      exchange.getResponseHeaders().set("Content-Length", "0");
    }
    exchange.sendResponseHeaders(status, empty ? -1 : body.length);
    if (!empty) {
      exchange.getResponseBody().write(body);
    }
  }
}
