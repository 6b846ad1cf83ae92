package dev.slipway.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rehearsal's load, against a server that answers, and one that doesn't always. */
class LoadTest {
  private static final String NAME = "site.example.com";
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @TempDir static Path folder;
  private static Path certificate;

  private final AtomicInteger written = new AtomicInteger();
  private final Set<Integer> ports = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean bad = new AtomicBoolean();
  private HttpsServer server;

  @BeforeAll
  static void sign() {
    certificate = folder.resolve("site.pem");
    var shell = new Shell(folder, java.util.Map.of());
    String store = "-keystore site.p12 -storepass changeit -alias site";
    shell.need(
        MINUTE,
        ("keytool -genkeypair " + store + " -keyalg EC -dname CN=site -ext san=dns:" + NAME)
            .split(" "));
    shell.need(MINUTE, ("keytool -exportcert " + store + " -rfc -file " + certificate).split(" "));
  }

  @BeforeEach
  void serve() throws Exception {
    var store = KeyStore.getInstance("PKCS12");
    try (var file = Files.newInputStream(folder.resolve("site.p12"))) {
      store.load(file, "changeit".toCharArray());
    }
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, "changeit".toCharArray());
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    ports.add(exchange.getRemoteAddress().getPort());
    boolean write = exchange.getRequestMethod().equals("POST");
    byte[] body = "{\"version\":\"v1\"}".getBytes(StandardCharsets.UTF_8);
    int status = bad.get() ? 502 : write ? 201 : 200;
    if (write && status == 201) {
      written.incrementAndGet();
    }
    // A length of 0 makes the answer chunked.
    exchange.sendResponseHeaders(status, write ? 0 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private Connection.Target site(String name) throws Exception {
    return Connection.Target.of(name, server::getAddress, certificate);
  }

  private Load load(int kept, int fresh, Duration pause) throws Exception {
    var requests = new Load.Requests("/version", List.of("/version", "/"), "/notes", "{}");
    return new Load(site(NAME), requests, kept, fresh, pause);
  }

  @Test
  void countsEveryRequestThatWasAnsweredWell() throws Exception {
    var load = load(4, 0, Duration.ofMillis(1));
    load.await(200, MINUTE);
    load.close();

    assertThat(load.failures()).isEmpty();
    assertThat(load.answered()).isGreaterThanOrEqualTo(200);
    assertThat(load.writes()).isEqualTo(written.get());
    assertThat(load.versions()).containsExactly("v1");
  }

  @Test
  void keepsAConnectionOrOpensOneForEachRequest() throws Exception {
    var kept = load(2, 0, Duration.ofMillis(1));
    kept.await(50, MINUTE);
    kept.close();
    assertThat(ports).hasSize(2);
    assertThat(kept.alone()).isZero();

    ports.clear();
    var fresh = load(0, 2, Duration.ofMillis(1));
    fresh.await(50, MINUTE);
    fresh.close();
    assertThat(ports).hasSizeGreaterThan(25);
    assertThat(fresh.alone()).isEqualTo(fresh.answered());
  }

  @Test
  void tellsHowLongRequestsWaited() throws Exception {
    Instant start = Instant.now();
    var load = load(1, 1, Duration.ofMillis(1));
    load.await(20, MINUTE);
    load.close();

    Waits all = load.waits(start, Instant.now());
    assertThat(all.count()).isEqualTo(load.answered());
    assertThat(all.longest()).isGreaterThanOrEqualTo(all.most());
    assertThat(all.most()).isGreaterThanOrEqualTo(all.median());
    assertThat(load.waits(start.minusSeconds(9), start.minusSeconds(1)).count()).isZero();
  }

  @Test
  void takesTheMiddleAndTheEndOfTheWaits() {
    var waits =
        java.util.stream.IntStream.rangeClosed(1, 200)
            .mapToObj(ms -> new Waits.Wait(Instant.EPOCH, Duration.ofMillis(ms)))
            .toList();

    assertThat(Waits.of(waits))
        .hasToString(
            "200 requests: half of them within 100 ms, 99 of 100 within 198 ms, the longest 200 ms");
  }

  @Test
  void speaksPlainHttpWhereTheSiteDoes() throws Exception {
    var plain = com.sun.net.httpserver.HttpServer.create();
    plain.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    plain.createContext("/", this::answer);
    plain.start();
    try {
      var site = Connection.Target.plain(NAME, plain::getAddress);
      assertThat(Connection.once(site, "GET", "/", null).status()).isEqualTo(200);
    } finally {
      plain.stop(0);
    }
  }

  @Test
  void anAnswerThatIsNoneOfTheGoodOnesIsAFailure() throws Exception {
    var load = load(1, 0, Duration.ofMillis(1));
    load.await(20, MINUTE);
    bad.set(true);
    load.await(Integer.MAX_VALUE, MINUTE);
    load.close();

    assertThat(load.failures()).isNotEmpty().allMatch(failure -> failure.contains("status 502"));
  }

  @Test
  void aServerThatIsGoneIsAFailureAndEndsTheLoad() throws Exception {
    var load = load(2, 0, Duration.ofMillis(1));
    load.await(20, MINUTE);
    server.stop(0);
    load.await(Integer.MAX_VALUE, MINUTE);
    load.close();

    assertThat(load.failures()).isNotEmpty();
  }

  @Test
  void aCertificateForAnotherNameIsRefused() throws Exception {
    Connection.Answer answer = Connection.once(site("another.example.com"), "GET", "/", null);

    assertThat(answer.status()).isZero();
    assertThat(answer.body()).contains("another.example.com");
  }
}
