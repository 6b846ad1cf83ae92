package dev.slipway.scripts;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An AWS of a test's own, for scripts that call it with the real AWS CLI. */
final class Moto implements AutoCloseable {
  private static final Pattern RUNNING =
      Pattern.compile("Running on (http://127\\.0\\.0\\.1:[0-9]+)");

  private final Path bin =
      Path.of(System.getenv().getOrDefault("SLIPWAY_HOME", ".slipway"), "tools/bin")
          .toAbsolutePath();
  private final Process server;
  private final String address;

  Moto() throws IOException {
    var builder =
        new ProcessBuilder(bin.resolve("moto_server").toString(), "-H", "127.0.0.1", "-p", "0");
    builder.environment().put("PYTHONUNBUFFERED", "1");
    server = builder.redirectErrorStream(true).start();
    var told = server.inputReader();
    address =
        told.lines()
            .map(RUNNING::matcher)
            .filter(Matcher::find)
            .map(line -> line.group(1))
            .findFirst()
            .orElseThrow(() -> new AssertionError("moto_server does not start"));
    // What it tells of each request has to be read, or it stops.
    var drain = new Thread(() -> told.lines().forEach(line -> {}));
    drain.setDaemon(true);
    drain.start();
  }

  String address() {
    return address;
  }

  /** A place whose scripts call this AWS. */
  Workplace workplace(Path root) {
    return new Workplace(root)
        .fake("aws", "exec %s \"$@\"".formatted(bin.resolve("aws")))
        .with("AWS_ENDPOINT_URL", address)
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "test")
        .with("AWS_DEFAULT_REGION", "us-east-1");
  }

  /** One request to S3, without the CLI, which takes a second to start; gives the answer's body. */
  String s3(String method, String path, String body) throws IOException {
    var connection = (HttpURLConnection) URI.create(address + path).toURL().openConnection();
    connection.setRequestMethod(method);
    // moto reads the service from it, and trusts the rest.
    connection.setRequestProperty(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, Signature=0");
    if (method.equals("PUT")) {
      connection.setRequestProperty("Content-Type", "application/octet-stream");
      connection.setDoOutput(true);
      connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    }
    try (var answer = connection.getInputStream()) {
      return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() throws InterruptedException {
    server.destroyForcibly().waitFor();
  }
}
