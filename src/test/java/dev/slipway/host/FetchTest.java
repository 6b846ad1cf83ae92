package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.slipway.core.Stack;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the script that fetches a bundle against a metadata service, parameters and a bucket. */
class FetchTest {
  private static final String KEY_ID = "ASIAEXAMPLEEXAMPLE01";
  private static final String SECRET = "a/secret+of=the/role";
  private static final String TOKEN = "imds-token";

  @TempDir Path root;

  private final HostBundle bundle = HostBundle.with("{\"made\":\"for a test\"}");
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> commands = new CopyOnWriteArrayList<>();
  private final AtomicInteger failures = new AtomicInteger();
  private volatile byte[] served = bundle.archive();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var path = exchange.getRequestURI().getPath();
      asked.add(exchange.getRequestMethod() + " " + path);
      ProcessHandle.current()
          .descendants()
          .forEach(child -> child.info().commandLine().ifPresent(commands::add));
      var headers = exchange.getRequestHeaders();
      if (path.equals("/latest/api/token")) {
        send(exchange, 200, TOKEN);
      } else if (path.startsWith("/latest/")) {
        if (!TOKEN.equals(headers.getFirst("X-aws-ec2-metadata-token"))) {
          send(exchange, 401, "");
        } else if (path.endsWith("/")) {
          send(exchange, 200, "the-role");
        } else {
          send(exchange, 200, credentials());
        }
      } else if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        send(exchange, 403, "the role isn't known yet");
      } else if (!String.valueOf(headers.getFirst("Authorization"))
              .matches("AWS4-HMAC-SHA256 Credential=" + KEY_ID + "/[0-9]{8}/us-east-1/.*")
          || !"session".equals(headers.getFirst("X-Amz-Security-Token"))) {
        send(exchange, 403, "not signed");
      } else if (path.equals("/")) {
        assertThat(headers.getFirst("X-Amz-Target")).isEqualTo("AmazonSSM.GetParameter");
        send(exchange, 200, pointer());
      } else {
        exchange.sendResponseHeaders(200, served.length);
        exchange.getResponseBody().write(served);
      }
    }
  }

  private static String credentials() {
    return new Gson()
        .toJson(Map.of("AccessKeyId", KEY_ID, "SecretAccessKey", SECRET, "Token", "session"));
  }

  private String pointer() {
    var value =
        Map.of("bundle", Map.of("bucket", "b", "key", bundle.key(), "sha256", bundle.sha256()));
    return new Gson().toJson(Map.of("Parameter", Map.of("Value", new Gson().toJson(value))));
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private record Result(int exit, String output) {}

  /** The script with its folders in this test's and its metadata service here. */
  private Result fetch(String call) throws Exception {
    return run(
        "export SLIPWAY_REGION=us-east-1 SLIPWAY_POINTER=/slipway/staging/host\n"
            + HostBundle.fetchText()
            + call);
  }

  /** What a machine runs at its first boot, but for the bundle's own part in it. */
  private Result boot(int seconds) throws Exception {
    return run(
        UserData.of(new Stack("staging", "erpnext", "us-east-1", Map.of()))
            .replace("slipway_fetch 1800", "slipway_fetch " + seconds)
            .replace("exec /opt/slipway/bootstrap.sh", "echo \"made $(ls /opt/slipway)\""));
  }

  private Result run(String text) throws Exception {
    var endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
    Files.createDirectories(root.resolve("var/log"));
    var script =
        text.replace("http://169.254.169.254", endpoint)
            .replaceAll("(?<![\\w./])/(var/lib/slipway|var/log|opt|etc/slipway)\\b", root + "/$1");
    var file = Files.writeString(root.resolve("fetch-test.sh"), script);
    var builder = new ProcessBuilder("bash", file.toString()).redirectErrorStream(true);
    builder.environment().put("AWS_ENDPOINT_URL", endpoint);
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  @Test
  void putsWhatThePointerNamesInPlace() throws Exception {
    var result = fetch("slipway_fetch 10");

    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(root.resolve("opt/slipway/settings.json")).hasContent("{\"made\":\"for a test\"}");
    assertThat(root.resolve("opt/slipway").toRealPath())
        .isEqualTo(root.resolve("var/lib/slipway/bundles/" + bundle.sha256()).toRealPath());
    assertThat(root.resolve("etc/slipway/environment.json")).content().contains(bundle.sha256());
    assertThat(asked).contains("GET /b/" + bundle.key());
  }

  @Test
  void fetchesABundleOnce() throws Exception {
    fetch("slipway_fetch 10");
    asked.clear();

    assertThat(fetch("slipway_fetch 10 " + bundle.sha256()).exit()).isZero();
    assertThat(asked).doesNotContain("GET /b/" + bundle.key());
  }

  @Test
  void waitsForWhatIsNotThereYet() throws Exception {
    failures.set(1);

    assertThat(fetch("slipway_fetch 30").exit()).isZero();
    assertThat(root.resolve("opt/slipway")).exists();
  }

  @Test
  void refusesABundleThatIsNotWhatThePointerSays() throws Exception {
    served = HostBundle.with("{\"another\":1}").archive();

    var result = fetch("slipway_fetch 1");

    assertThat(result.exit()).isNotZero();
    assertThat(result.output()).contains("did NOT match", "gave up after 1 seconds");
    assertThat(root.resolve("opt/slipway")).doesNotExist();
    assertThat(root.resolve("var/lib/slipway/bundles")).isEmptyDirectory();
  }

  @Test
  void refusesAPointerThatNamesAnother() throws Exception {
    var result = fetch("slipway_fetch 1 " + "0".repeat(64));

    assertThat(result.exit()).isNotZero();
    assertThat(result.output()).contains("names the bundle " + bundle.sha256());
    assertThat(root.resolve("opt/slipway")).doesNotExist();
  }

  @Test
  void twoThatFetchAtOnceAgree() throws Exception {
    var result = fetch("(slipway_fetch 20) & slipway_fetch 20; first=$?; wait $! && exit $first");

    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(root.resolve("opt/slipway/settings.json")).exists();
  }

  @Test
  void aFirstBootPutsItInPlaceToo() throws Exception {
    failures.set(1);

    var result = boot(30);

    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(result.output()).contains("the bundle is " + bundle.sha256(), "bootstrap.sh");
    assertThat(root.resolve("opt/slipway").toRealPath())
        .isEqualTo(root.resolve("var/lib/slipway/bundles/" + bundle.sha256()).toRealPath());
    assertThat(root.resolve("etc/slipway/environment.json")).content().contains(bundle.sha256());
    assertThat(root.resolve("var/lib/slipway")).isDirectoryNotContaining("glob:**/.fetch*");
  }

  @Test
  void aFirstBootRefusesABundleThatIsNotWhatThePointerSays() throws Exception {
    served = HostBundle.with("{\"another\":1}").archive();

    var result = boot(1);

    assertThat(result.exit()).isNotZero();
    assertThat(result.output()).contains("did NOT match", "gave up after 1 seconds");
    assertThat(root.resolve("opt/slipway")).doesNotExist();
    assertThat(root.resolve("var/lib/slipway/bundles")).isEmptyDirectory();
  }

  @Test
  void aFirstBootIsLoggedForRootAlone() throws Exception {
    var log = root.resolve("var/log/user-data.log");
    Files.createDirectories(log.getParent());
    Files.writeString(log, "of before\n");
    Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rw-r--r--"));

    var result = boot(10);

    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(log).content().startsWith("of before\n").endsWith(result.output());
    assertThat(Files.getPosixFilePermissions(log))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void aFirstBootDoesNotFailForWantOfALog() throws Exception {
    Files.createDirectories(root.resolve("var/log/user-data.log"));

    assertThat(boot(10).exit()).isZero();
    assertThat(root.resolve("opt/slipway")).exists();
  }

  @Test
  void showsNoKeyInAProcessListAndLeavesNone() throws Exception {
    fetch("slipway_fetch 10");
    boot(10);

    assertThat(commands).isNotEmpty().noneMatch(line -> line.contains(SECRET));
    try (var files = Files.walk(root)) {
      for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(SECRET);
      }
    }
  }
}
