package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * That the AWS CLI which is kept loaded does what the CLI does. It needs the CLI and moto, so that
 * only ./slipway test runs it, or {@code mvn test -DexcludedGroups=} after {@code ./slipway tools
 * python}.
 */
@Tag("moto")
@Timeout(120)
class LoadedCliTest {

  private record Ended(int status, String output, String errors) {}

  @TempDir static Path directory;
  private static Children children;
  private static Path programs;
  private static Moto moto;
  private static Tools tools;

  @BeforeAll
  static void start() throws Exception {
    tools = Tools.installed();
    children = new Children(directory);
    moto = Moto.start(tools, directory, children);
    programs = LoadedCli.start(tools, Path.of("").toAbsolutePath(), directory, children);
    Instant limit = Instant.now().plus(Duration.ofMinutes(1));
    while (!Files.exists(socket())) {
      assertThat(Instant.now()).as("it is loaded within a minute").isBefore(limit);
      Thread.sleep(50);
    }
  }

  @AfterAll
  static void end() {
    children.close();
  }

  private static Path socket() {
    return directory.resolve("aws.sock");
  }

  /** The program, with another CLI in the place of the real one. */
  private static ProcessBuilder changed(String from, String to) throws IOException {
    String program = Files.readString(programs.resolve("aws"));
    assertThat(program).contains(from);
    Path other = directory.resolve("other");
    Files.writeString(other, program.replace(from, to));
    var builder = command(moto.address().toString());
    builder.command("sh", other.toString(), "--version");
    return builder;
  }

  private static ProcessBuilder command(String address, String... words) {
    var builder = new ProcessBuilder(programs.resolve("aws").toString());
    builder.command().addAll(List.of(words));
    builder.directory(directory.toFile());
    builder.environment().put("AWS_ENDPOINT_URL", address);
    builder.environment().put("AWS_ACCESS_KEY_ID", "somebody");
    builder.environment().put("AWS_SECRET_ACCESS_KEY", "something");
    builder.environment().put("AWS_REGION", "us-east-1");
    builder.environment().put("AWS_DEFAULT_REGION", "us-east-1");
    return builder;
  }

  private static Ended run(String input, ProcessBuilder builder) throws Exception {
    Path given = Files.writeString(directory.resolve("input"), input);
    Path errors = directory.resolve("errors");
    Process process = builder.redirectInput(given.toFile()).redirectError(errors.toFile()).start();
    String output = new String(process.getInputStream().readAllBytes());
    return new Ended(process.waitFor(), output, Files.readString(errors));
  }

  private static Ended aws(String... words) throws Exception {
    return run("", command(moto.address().toString(), words));
  }

  @Test
  void readsAndWritesWhereItsCallerDoes() throws Exception {
    assertThat(aws("s3", "mb", "s3://notes").status()).isZero();
    var put = command(moto.address().toString(), "s3", "cp", "-", "s3://notes/one");
    assertThat(run("a note\n", put).status()).isZero();

    assertThat(aws("s3", "cp", "s3://notes/one", "-").output()).isEqualTo("a note\n");
  }

  @Test
  void writesFilesInItsCallersFolderAndAsItsCallerMay() throws Exception {
    aws("s3", "mb", "s3://files");
    run("text", command(moto.address().toString(), "s3", "cp", "-", "s3://files/one"));
    var get = command(moto.address().toString());
    get.command(
        "sh", "-c", "umask 077; exec \"$0\" s3 cp s3://files/one here", get.command().get(0));

    assertThat(run("", get).status()).isZero();
    Path file = directory.resolve("here");
    assertThat(file).hasContent("text");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void failsAsTheCliDoes() throws Exception {
    Ended refused = aws("s3api", "head-bucket", "--bucket", "nowhere");
    assertThat(refused.status()).isEqualTo(255);
    assertThat(refused.errors()).contains("An error occurred (404)");
    assertThat(aws("s3api", "no-such-thing").errors()).contains("Invalid choice");
  }

  @Test
  void findsTheEmulatedRds() throws Exception {
    assertThat(aws("rds", "describe-db-instances", "--output", "json").output())
        .contains("\"DBInstances\": []");
  }

  /** The connection of a call ends with the process that makes it. */
  @Test
  void endsWithItsCaller() throws Exception {
    try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      silent.setSoTimeout(20_000);
      Process caller =
          command("http://127.0.0.1:" + silent.getLocalPort(), "sts", "get-caller-identity")
              .redirectErrorStream(true)
              .start();
      try (var call = silent.accept()) {
        call.setSoTimeout(20_000);
        assertThat(call.getInputStream().read()).as("it has asked").isPositive();
        caller.destroyForcibly().waitFor();

        // To the end, which would not come before the CLI's own patience ends, of a minute.
        assertThat(call.getInputStream().readAllBytes()).isNotEmpty();
      }
    }
  }

  @Test
  void startsNoOtherOne() throws Exception {
    assertThat(run("", changed(tools.program("aws").toString(), "/bin/false")).output())
        .startsWith("aws-cli/1");
  }

  @Test
  void isTheCliItselfWhereNoneIsKept() throws Exception {
    assertThat(run("", changed(socket().toString(), directory + "/nothing")).output())
        .startsWith("aws-cli/1");
  }
}
