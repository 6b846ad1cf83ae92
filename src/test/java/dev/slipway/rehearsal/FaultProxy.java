package dev.slipway.rehearsal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.slipway.rehearsal.cloud.Relay;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands between whoever works in the emulated account and its AWS: lets calls pass, refuses them,
 * or makes them wait, as a rule says, and remembers them.
 */
final class FaultProxy implements AutoCloseable {

  /** A call: {@code operation} is empty for S3, which has methods and paths. */
  record Call(String method, String path, String query, String service, String operation) {

    /** Whether it would change something in S3 or KMS. */
    boolean writes() {
      return service.equals("s3")
          ? !Set.of("GET", "HEAD").contains(method)
          : operation.matches("(Create|Put|Enable|Disable|Tag|Untag|Update|Delete|Schedule).*");
    }

    boolean puts(String pathPart) {
      return service.equals("s3") && method.equals("PUT") && path.contains(pathPart);
    }
  }

  /** AWS's no. */
  record Refusal(int status, String code, String message) {}

  /** What happens to a call: null lets it pass; a rule that waits makes it wait. */
  interface Rule {
    Refusal check(Call call) throws InterruptedException;
  }

  private static final Pattern SIGNED_FOR =
      Pattern.compile("Credential=[^/,]+/[0-9]{8}/[^/]+/([^/]+)/aws4_request");

  private final URI target;
  private final HttpServer server;
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private volatile Rule rule = call -> null;

  FaultProxy(String target) throws IOException {
    this.target = URI.create(target);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
    server.setExecutor(workers);
    server.createContext("/", this::handle);
    server.start();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** From now on this rule holds, and nothing is remembered of what was before. */
  void rule(Rule next) {
    calls.clear();
    rule = next;
  }

  /** Everything passes. */
  void none() {
    rule(call -> null);
  }

  /** What was called since the rule holds, refused calls too. */
  List<Call> calls() {
    return List.copyOf(calls);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      Call call = read(exchange, body);
      calls.add(call);
      Refusal refusal;
      try {
        refusal = rule.check(call);
        if (refusal == null) {
          pass(exchange, body);
        } else {
          refuse(exchange, call, refusal);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Call read(HttpExchange exchange, byte[] body) {
    Matcher signed = SIGNED_FOR.matcher(header(exchange, "Authorization"));
    String operation = header(exchange, "X-Amz-Target").replaceFirst("^.*\\.", "");
    if (operation.isEmpty()
        && header(exchange, "Content-Type").startsWith("application/x-www-form-urlencoded")) {
      operation =
          new String(body, StandardCharsets.UTF_8)
              .replaceFirst("(?s)^.*?Action=([A-Za-z]+).*", "$1");
    }
    String query = exchange.getRequestURI().getQuery();
    return new Call(
        exchange.getRequestMethod(),
        exchange.getRequestURI().getPath(),
        query == null ? "" : query,
        signed.find() ? signed.group(1) : "",
        operation);
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private void pass(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
    URI uri = exchange.getRequestURI();
    var request =
        HttpRequest.newBuilder(
                URI.create(
                    target
                        + uri.getRawPath()
                        + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery())))
            .method(
                exchange.getRequestMethod(),
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    Relay.request(exchange, request);
    HttpResponse<byte[]> answer =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    Relay.answer(answer, exchange);
    Relay.send(exchange, answer.statusCode(), answer.body());
  }

  private static void refuse(HttpExchange exchange, Call call, Refusal refusal) throws IOException {
    String text;
    if (call.service().equals("s3")) {
      text =
          "<Error><Code>%s</Code><Message>%s</Message></Error>"
              .formatted(refusal.code(), refusal.message());
    } else if (header(exchange, "X-Amz-Target").isEmpty()) {
      text =
          "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>"
              .formatted(refusal.code(), refusal.message());
    } else {
      text =
          "{\"__type\": \"%s\", \"message\": \"%s\"}".formatted(refusal.code(), refusal.message());
      exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
    }
    Relay.send(exchange, refusal.status(), text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
