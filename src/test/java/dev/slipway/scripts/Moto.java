package dev.slipway.scripts;

import java.io.IOException;
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

  @Override
  public void close() throws InterruptedException {
    server.destroyForcibly().waitFor();
  }
}
