package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotifyTest {
  private static final String HOOK = "/services/T0/B0/secret-of-slack";
  private static final String KEY = "re_secret_of_resend";

  @TempDir Path root;
  private final Map<String, String> bodies = new ConcurrentHashMap<>();
  private final List<String> commands = new CopyOnWriteArrayList<>();
  private volatile int status = 200;
  private HttpServer server;
  private String address;
  private Workplace place;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    address = "http://127.0.0.1:" + server.getAddress().getPort();
    place = new Workplace(root);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      ProcessHandle.current()
          .descendants()
          .forEach(child -> child.info().commandLine().ifPresent(commands::add));
      String path = exchange.getRequestURI().getPath();
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      bodies.put(path, body + (authorization == null ? "" : " " + authorization));
      exchange.sendResponseHeaders(status, -1);
    }
  }

  private Workplace.Ended tell() {
    place.file("summary.md", "### staging: released\n");
    return place.run("notify.sh", "--about", "staging", "--outcome", "success", "summary.md");
  }

  @Test
  void withoutSecretsNobodyIsTold() {
    var ended = tell();

    assertThat(ended.exit()).isZero();
    assertThat(ended.output()).contains("nobody is to be told");
  }

  @Test
  void nothingThatATextSaysCallsAnybodyOnSlack() {
    place.with("SLACK_WEBHOOK_URL", address + HOOK);
    place.file("summary.md", "<!channel> & <https://example.com|here>\n");

    place.run("notify.sh", "--about", "staging", "--outcome", "success", "summary.md");

    assertThat(bodies.get(HOOK)).contains("&lt;!channel&gt; &amp; &lt;https:").doesNotContain("<!");
  }

  @Test
  void slackAndResendAreToldAndNoArgumentHoldsASecret() {
    place
        .with("SLACK_WEBHOOK_URL", address + HOOK)
        .with("RESEND_API_KEY", KEY)
        .with("RESEND_ENDPOINT", address)
        .with("NOTIFY_FROM", "slipway@example.com")
        .with("NOTIFY_TO", "ops@example.com, dev@example.com")
        .with("GITHUB_RUN_ID", "7")
        .with("GITHUB_REPOSITORY", "my-company/slipway");

    var ended = tell();

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(bodies.get(HOOK)).contains("staging: success", "released", "/actions/runs/7");
    assertThat(bodies.get("/emails"))
        .contains("\"dev@example.com\"", "staging: success", "Bearer " + KEY);
    assertThat(commands).isNotEmpty();
    assertThat(commands).noneMatch(line -> line.contains(KEY) || line.contains(HOOK));
    assertThat(ended.all()).doesNotContain(KEY, HOOK);
  }

  @Test
  void aRefusalIsToldWithoutTheSecret() {
    status = 403;
    place.with("SLACK_WEBHOOK_URL", address + HOOK);

    var ended = tell();

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("Slack did not take it", "403").doesNotContain(HOOK);
  }

  @Test
  void aKeyWithoutAddressesIsAMistake() {
    place.with("RESEND_API_KEY", KEY);

    var ended = tell();

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors()).contains("NOTIFY_FROM").doesNotContain(KEY);
  }
}
