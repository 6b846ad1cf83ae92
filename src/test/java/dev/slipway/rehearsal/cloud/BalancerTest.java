package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What stands for the ALB: Caddy with the rules of ELB, in front of real servers on this machine.
 */
@Tag("moto")
class BalancerTest {

  private static final String ALB = "arn:alb";
  private static final String HTTP = "arn:http";
  private static final String API = "arn:api";
  private static final String WEB = "arn:web";

  @TempDir Path directory;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Children children;
  private Balancers balancers;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeEach
  void start() {
    var tools = Tools.installed();
    children = new Children(directory);
    balancers =
        new Balancers(
            "127.0.0.1", id -> "127.0.0.1", new BalancerServer(tools, directory, children));
  }

  @AfterEach
  void end() throws Exception {
    balancers.close();
    children.close();
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  /** A server that says its name, whom it was asked as, and what it was sent. */
  private final class Server {
    private final HttpServer server;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile int health = 200;
    private volatile CountDownLatch hold = new CountDownLatch(0);

    private Server(String name) throws IOException {
      server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 128);
      var workers = Executors.newCachedThreadPool();
      server.setExecutor(workers);
      server.createContext(
          "/",
          exchange -> {
            byte[] sent = exchange.getRequestBody().readAllBytes();
            boolean check = exchange.getRequestURI().getPath().equals("/health");
            if (!check) {
              asked.incrementAndGet();
              await(hold);
            }
            exchange.getResponseHeaders().set("X-Served-By", name);
            exchange
                .getResponseHeaders()
                .set("X-Asked-As", String.valueOf(exchange.getRequestHeaders().getFirst("Host")));
            var given = exchange.getRequestHeaders();
            exchange
                .getResponseHeaders()
                .set(
                    "X-Forwarded",
                    given.getFirst("X-Forwarded-For")
                        + " "
                        + given.getFirst("X-Forwarded-Proto")
                        + " "
                        + given.getFirst("X-Forwarded-Port"));
            exchange.getResponseHeaders().set("X-Odd-Was", String.valueOf(given.getFirst("X_Odd")));
            byte[] body =
                (exchange.getRequestMethod() + " " + new String(sent, StandardCharsets.UTF_8))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(check ? health : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      server.start();
      open.add(workers::shutdownNow);
      open.add(this::kill);
    }

    void kill() {
      server.stop(0);
    }

    int port() {
      return server.getAddress().getPort();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void eventually(BooleanSupplier it) throws InterruptedException {
    Instant limit = Instant.now().plusSeconds(20);
    while (!it.getAsBoolean()) {
      assertThat(Instant.now()).isBefore(limit);
      Thread.sleep(10);
    }
  }

  private static Map<String, Object> forwardTo(String group) {
    return Map.of("type", "forward", "targetGroupArn", group);
  }

  private static TargetGroup.Check check(int unhealthyAfter) {
    return new TargetGroup.Check(
        "/health",
        "traffic-port",
        Duration.ofMillis(50),
        Duration.ofSeconds(5),
        2,
        unhealthyAfter,
        "200");
  }

  private void targetGroup(String arn, int... ports) {
    balancers.putTargetGroup(arn, 80, check(2), Duration.ofSeconds(10));
    for (int port : ports) {
      balancers.register(arn, "i-" + port, port);
    }
  }

  private TargetGroup.State state(String group, int port) {
    return balancers.targetGroup(group).health().stream()
        .filter(health -> health.port() == port)
        .map(TargetGroup.Health::state)
        .findFirst()
        .orElse(null);
  }

  private void healthy(String group, int... ports) throws InterruptedException {
    for (int port : ports) {
      eventually(() -> state(group, port) == TargetGroup.State.HEALTHY);
    }
  }

  /** A load balancer that sends all to one target group. */
  private void balancer(String group) {
    balancers.put(ALB, Duration.ofSeconds(60));
    balancers.listen(HTTP, ALB, 80, null, List.of(forwardTo(group)));
  }

  private URI url(String path) {
    return URI.create("http://127.0.0.1:" + balancers.address(ALB, 80).getPort() + path);
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(url(path)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String by(HttpResponse<?> answer) {
    return answer.headers().firstValue("X-Served-By").orElse("");
  }

  @Test
  void healthyTargetsTakeTurns() throws Exception {
    var one = new Server("one");
    var two = new Server("two");
    targetGroup(WEB, one.port(), two.port());
    balancer(WEB);
    healthy(WEB, one.port(), two.port());

    var answers = List.of(by(get("/")), by(get("/")), by(get("/")), by(get("/")));

    assertThat(answers).containsOnly("one", "two");
    assertThat(answers.stream().filter("one"::equals)).hasSize(2);
  }

  @Test
  void targetIsToldWhoAsked() throws Exception {
    var server = new Server("one");
    targetGroup(WEB, server.port());
    balancer(WEB);
    healthy(WEB, server.port());

    var answer = get("/a%20path?x=%2F");

    assertThat(answer.headers().firstValue("X-Forwarded")).hasValue("127.0.0.1 http 80");
    assertThat(answer.headers().firstValue("X-Asked-As")).get().asString().startsWith("127.0.0.1");
  }

  @Test
  void whatTheClientSaysOfItselfIsKeptWhereItBelongs() throws Exception {
    var server = new Server("one");
    targetGroup(WEB, server.port());
    balancer(WEB);
    healthy(WEB, server.port());
    var request =
        HttpRequest.newBuilder(url("/"))
            .header("X-Forwarded-For", "192.0.2.7")
            .header("X-Forwarded-Proto", "https")
            .header("X_Odd", "odd")
            .build();

    var answer = client.send(request, HttpResponse.BodyHandlers.ofString());

    assertThat(answer.headers().firstValue("X-Forwarded")).hasValue("192.0.2.7, 127.0.0.1 http 80");
    assertThat(answer.headers().firstValue("X-Odd-Was")).hasValue("null");
  }

  @Test
  void noneOfManyRequestsAtOnceFails() throws Exception {
    var one = new Server("one");
    var two = new Server("two");
    targetGroup(WEB, one.port(), two.port());
    balancer(WEB);
    healthy(WEB, one.port(), two.port());
    var work = new ArrayList<Callable<String>>();
    for (int i = 0; i < 2000; i++) {
      String text = i % 2 == 0 ? "" : "body " + i + "x".repeat(i % 97 * 200);
      work.add(
          () -> {
            var request =
                text.isEmpty()
                    ? HttpRequest.newBuilder(url("/")).build()
                    : HttpRequest.newBuilder(url("/"))
                        .POST(HttpRequest.BodyPublishers.ofString(text))
                        .build();
            var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            String wanted = text.isEmpty() ? "GET " : "POST " + text;
            return answer.statusCode() == 200 && answer.body().equals(wanted)
                ? "right"
                : answer.statusCode() + " " + answer.body();
          });
    }

    var workers = Executors.newFixedThreadPool(20);
    open.add(workers::shutdownNow);
    var answers = new ArrayList<String>();
    for (var done : workers.invokeAll(work)) {
      answers.add(done.get());
    }

    assertThat(answers).hasSize(2000).containsOnly("right");
    assertThat(one.asked.get() + two.asked.get()).isEqualTo(2000);
  }

  @Test
  void unhealthyTargetGetsNothingUntilItIsWell() throws Exception {
    var one = new Server("one");
    var two = new Server("two");
    targetGroup(WEB, one.port(), two.port());
    balancer(WEB);
    healthy(WEB, one.port(), two.port());

    one.health = 503;
    eventually(() -> state(WEB, one.port()) == TargetGroup.State.UNHEALTHY);
    assertThat(List.of(by(get("/")), by(get("/")))).containsOnly("two");

    one.health = 200;
    healthy(WEB, one.port());
    assertThat(List.of(by(get("/")), by(get("/")))).containsOnly("one", "two");
  }

  @Test
  void allAreAskedWhereNoneIsHealthy() throws Exception {
    var one = new Server("one");
    one.health = 500;
    targetGroup(WEB, one.port());
    balancer(WEB);
    eventually(() -> state(WEB, one.port()) == TargetGroup.State.UNHEALTHY);

    assertThat(by(get("/"))).isEqualTo("one");
  }

  @Test
  void withoutTargetsItSaysSoItself() throws Exception {
    targetGroup(WEB);
    balancer(WEB);

    var answer = get("/");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Server")).hasValue("awselb/2.0");
  }

  @Test
  void targetThatRefusesIsABadGateway() throws Exception {
    targetGroup(WEB, Moto.freePort());
    balancer(WEB);

    assertThat(get("/").statusCode()).isEqualTo(502);
  }

  /** A server that reads requests and hangs up without an answer. */
  private int hangsUp(AtomicInteger requests) throws IOException {
    var listening = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    open.add(listening);
    var thread =
        new Thread(
            () -> {
              while (!listening.isClosed()) {
                try (Socket socket = listening.accept()) {
                  byte[] read = new byte[4096];
                  int count = socket.getInputStream().read(read);
                  if (count > 0 && !new String(read, 0, count).contains("/health")) {
                    requests.incrementAndGet();
                  }
                } catch (IOException e) {
                  // The test is over, or the client went.
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    return listening.getLocalPort();
  }

  @Test
  void nothingIsSentASecondTime() throws Exception {
    var requests = new AtomicInteger();
    targetGroup(WEB, hangsUp(requests));
    balancer(WEB);

    var post =
        client.send(
            HttpRequest.newBuilder(url("/orders"))
                .POST(HttpRequest.BodyPublishers.ofString("one"))
                .build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(post.statusCode()).isEqualTo(502);
    assertThat(requests).hasValue(1);
    assertThat(get("/").statusCode()).isEqualTo(502);
    assertThat(requests).hasValue(2);
  }

  @Test
  void targetThatSaysNothingIsGivenUp() throws Exception {
    var server = new Server("one");
    server.hold = new CountDownLatch(1);
    targetGroup(WEB, server.port());
    balancer(WEB);
    balancers.put(ALB, Duration.ofMillis(200));

    assertThat(get("/").statusCode()).isEqualTo(504);
    server.hold.countDown();
  }

  @Test
  void targetThatCannotBeReachedIsGivenUp() throws Exception {
    // One that waits to be accepted is all that it holds; whoever comes next gets no connection.
    var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    open.add(full);
    for (int i = 0; i < 2; i++) {
      open.add(new Socket(InetAddress.getLoopbackAddress(), full.getLocalPort()));
    }
    targetGroup(WEB, full.getLocalPort());
    balancer(WEB);
    balancers.put(ALB, Duration.ofMillis(200));

    assertThat(get("/").statusCode()).isEqualTo(504);
  }

  @Test
  void noneIsLostWhileTargetsComeAndGo() throws Exception {
    targetGroup(WEB);
    balancer(WEB);
    var first = new Server("0");
    balancers.register(WEB, "i-" + first.port(), first.port());
    healthy(WEB, first.port());
    var over = new AtomicBoolean();
    var answered = new AtomicInteger();
    var workers = Executors.newFixedThreadPool(20);
    open.add(workers::shutdownNow);
    Callable<List<String>> load =
        () -> {
          var failed = new ArrayList<String>();
          while (!over.get()) {
            var request =
                HttpRequest.newBuilder(url("/"))
                    .POST(HttpRequest.BodyPublishers.ofString("a note"))
                    .build();
            var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
              answered.incrementAndGet();
            } else {
              failed.add(answer.statusCode() + " " + answer.body());
            }
          }
          return failed;
        };
    var running = new ArrayList<Future<List<String>>>();
    for (int i = 0; i < 20; i++) {
      running.add(workers.submit(load));
    }

    // Each goes as a host does: it is asked nothing new, ends what it has begun, and is killed.
    Server last = first;
    int asked = 0;
    for (int turn = 1; turn <= 10; turn++) {
      var next = new Server(String.valueOf(turn));
      balancers.register(WEB, "i-" + next.port(), next.port());
      healthy(WEB, next.port());
      eventually(() -> next.asked.get() > 20);
      balancers.deregister(WEB, "i-" + last.port());
      balancers.awaitDrained(WEB, "i-" + last.port());
      last.kill();
      asked += last.asked.get();
      last = next;
    }
    over.set(true);
    for (var each : running) {
      assertThat(each.get()).isEmpty();
    }

    assertThat(asked + last.asked.get()).isEqualTo(answered.get());
  }

  @Test
  void deregisteredTargetEndsWhatItHasBegun() throws Exception {
    var one = new Server("one");
    var two = new Server("two");
    targetGroup(WEB, one.port());
    balancer(WEB);
    healthy(WEB, one.port());
    one.hold = new CountDownLatch(1);
    var begun =
        client.sendAsync(
            HttpRequest.newBuilder(url("/")).build(), HttpResponse.BodyHandlers.ofString());
    eventually(() -> one.asked.get() == 1);

    balancers.deregister(WEB, "i-" + one.port());
    balancers.register(WEB, "i-" + two.port(), two.port());
    healthy(WEB, two.port());
    assertThat(List.of(by(get("/")), by(get("/")))).containsOnly("two");
    assertThat(state(WEB, one.port())).isEqualTo(TargetGroup.State.DRAINING);
    one.hold.countDown();

    assertThat(by(begun.get())).isEqualTo("one");
    balancers.awaitDrained(WEB, "i-" + one.port());
    assertThat(state(WEB, one.port())).isNull();
  }

  @Test
  void answersInChunksAndWithoutBodyPass() throws Exception {
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 16);
    server.createContext(
        "/",
        exchange -> {
          byte[] sent = exchange.getRequestBody().readAllBytes();
          switch (exchange.getRequestURI().getPath()) {
            case "/none" -> exchange.sendResponseHeaders(204, -1);
            case "/echo" -> {
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write(sent);
            }
            default -> exchange.sendResponseHeaders(200, -1);
          }
          exchange.close();
        });
    server.start();
    open.add(() -> server.stop(0));
    targetGroup(WEB, server.getAddress().getPort());
    balancer(WEB);
    healthy(WEB, server.getAddress().getPort());
    byte[] large = new byte[300_000];
    java.util.Arrays.fill(large, (byte) 'a');

    var echo =
        client.send(
            HttpRequest.newBuilder(url("/echo"))
                .POST(
                    HttpRequest.BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(large)))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    var head =
        client.send(
            HttpRequest.newBuilder(url("/empty"))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(echo.body()).isEqualTo(large);
    assertThat(get("/none").statusCode()).isEqualTo(204);
    assertThat(get("/empty").body()).isEmpty();
    assertThat(head.statusCode()).isEqualTo(200);
  }

  @Test
  void answerThatBreaksOffIsNotTakenForAWholeOne() throws Exception {
    var listening = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    open.add(listening);
    var thread =
        new Thread(
            () -> {
              while (!listening.isClosed()) {
                try (Socket socket = listening.accept()) {
                  socket.getInputStream().read(new byte[4096]);
                  socket
                      .getOutputStream()
                      .write(
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                              .getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                  // The test is over, or the client went.
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    targetGroup(WEB, listening.getLocalPort());
    balancer(WEB);

    assertThatThrownBy(() -> get("/")).isInstanceOf(IOException.class);
  }

  @Test
  void rulesSendHostsAndPathsWhereTheyBelong() throws Exception {
    var api = new Server("api");
    var web = new Server("web");
    targetGroup(API, api.port());
    targetGroup(WEB, web.port());
    balancer(WEB);
    healthy(API, api.port());
    healthy(WEB, web.port());
    balancers
        .rules(HTTP)
        .put(
            "arn:rule",
            10,
            List.of(Map.of("pathPattern", Map.of("values", List.of("/api/*")))),
            List.of(forwardTo(API)));

    assertThat(by(get("/api/orders"))).isEqualTo("api");
    assertThat(by(get("/apis"))).isEqualTo("web");
  }

  @Test
  void plainHttpIsRedirectedAndTlsHasTheCertificatesName() throws Exception {
    var server = new Server("one");
    var authority = new Authority(directory);
    targetGroup(WEB, server.port());
    balancers.put(ALB, Duration.ofSeconds(60));
    balancers.listen(
        HTTP,
        ALB,
        80,
        null,
        List.of(
            Map.of(
                "type",
                "redirect",
                "redirect",
                Map.of("statusCode", "HTTP_301", "protocol", "HTTPS", "port", "443"))));
    balancers.listen(
        "arn:https", ALB, 443, authority.issue(List.of("localhost")), List.of(forwardTo(WEB)));
    healthy(WEB, server.port());
    var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (var in = java.nio.file.Files.newInputStream(authority.file())) {
      trusted.setCertificateEntry(
          "it", java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    var tls = SSLContext.getInstance("TLS");
    tls.init(null, managers.getTrustManagers(), null);
    var secure = HttpClient.newBuilder().sslContext(tls).build();
    var https = URI.create("https://localhost:" + balancers.address(ALB, 443).getPort() + "/page");

    var redirect = get("/page?x=1");
    var answer =
        secure.send(HttpRequest.newBuilder(https).build(), HttpResponse.BodyHandlers.ofString());

    assertThat(redirect.statusCode()).isEqualTo(301);
    assertThat(redirect.headers().firstValue("Location"))
        .hasValue("https://127.0.0.1:443/page?x=1");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(answer.headers().firstValue("X-Forwarded").orElse("")).endsWith(" https 443");
  }

  @Test
  void machineThatIsGoneIsATargetNoMore() throws Exception {
    var server = new Server("one");
    targetGroup(WEB, server.port());
    targetGroup(API, server.port());
    healthy(WEB, server.port());

    balancers.deregister("i-" + server.port());

    assertThat(balancers.targetGroup(WEB).health()).isEmpty();
    assertThat(balancers.targetGroup(API).health()).isEmpty();
  }
}
