package dev.slipway.scripts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code check}, {@code deploy}, {@code curl-health} and make: thin, over what is there. */
class ShortVerbsTest {
  private static final String SERVICE =
      """
      config:
        aws:region: us-east-1
        slipway:service:
          repository: https://example.com/web.git
          health: /health
        slipway:release:
          seed: main
      """;

  @TempDir Path root;
  private Workplace place;
  private HttpServer server;

  @BeforeEach
  void start() {
    place =
        new Workplace(root)
            .fake("aws --version", "echo aws-cli/2")
            .fake("aws sts", "echo arn")
            .fakeScript("ssm-run.sh", ":")
            .fakeScript("release.sh", ":")
            .with("PULUMI_BACKEND_URL", "s3://state?region=us-east-1&awssdk=v2");
    place.file("Pulumi.prod.yaml", SERVICE);
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(0);
    }
  }

  private void stack(String system) {
    place.file(
        "Pulumi.prod.yaml", "config:\n  aws:region: us-east-1\n  slipway:system: " + system + "\n");
  }

  @Test
  void aCheckIsItsDocument() {
    place.fakeScript("ssm-run.sh", "echo 'pass  database'; exit 1");

    var ended = place.run("check.sh", "prod");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).isEqualTo("pass  database\n");
    assertThat(place.calls("ssm-run.sh"))
        .singleElement()
        .asString()
        .contains("--document slipway-prod-check --stack prod", "--parameter format=text");
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "32"})
  void asJsonItIsNothingElseAndItsStatusIsTheSame(int status) {
    place.fakeScript(
        "ssm-run.sh",
        "echo '[{\"name\": \"database\", \"ok\": true}]'; echo 'slipway: check ok'; exit "
            + status);

    var ended = place.run("check.sh", "prod", "--json");

    assertThat(ended.exit()).isEqualTo(status);
    assertThat(ended.output()).isEqualTo("[{\"name\": \"database\", \"ok\": true}]\n");
    assertThat(place.calls("ssm-run.sh").get(0)).contains("--parameter format=json");
  }

  @Test
  void aSystemWithoutChecksIsRefused() {
    stack("erpnext");

    for (var words : List.of(List.of("prod"), List.of("prod", "--json"))) {
      var ended = place.run("check.sh", words.toArray(String[]::new));

      assertThat(ended.exit()).isEqualTo(11);
      assertThat(ended.errors())
          .contains("there is no check for prod; what can be run on its hosts: configure, release");
    }
    assertThat(place.calls("ssm-run.sh")).isEmpty();
  }

  @Test
  void aSystemWithoutHostsHasNoVerbs() {
    stack("foundation");

    for (var script : List.of("check.sh", "status.sh")) {
      var ended = place.run(script, "prod");
      assertThat(ended.exit()).as(ended.all()).isEqualTo(11);
      assertThat(ended.errors()).contains("refused: prod has no hosts");
    }
    assertThat(place.calls("ssm-run.sh")).isEmpty();
  }

  @Test
  void whatIsDeployedIsTheBranchThatTheFileNames() {
    place.run("deploy.sh", "prod", "--timeout", "60");
    assertThat(place.calls("release.sh"))
        .containsExactly("release.sh prod main --region us-east-1 --timeout 60");
  }

  @Test
  void orTheApplicationsOwn() {
    var application = SERVICE.replace("service:", "application:").replace("health: /health", "%s");
    place.file("Pulumi.prod.yaml", application.formatted("branch: stable"));
    place.run("deploy.sh", "prod");
    place.file("Pulumi.prod.yaml", application.formatted("token: git"));
    place.run("deploy.sh", "prod");

    assertThat(place.calls("release.sh"))
        .containsExactly(
            "release.sh prod stable --region us-east-1",
            "release.sh prod develop --region us-east-1");
  }

  @Test
  void orWhatIsAskedFor() {
    place.run("deploy.sh", "prod", "feature/a");
    assertThat(place.calls("release.sh"))
        .containsExactly("release.sh prod feature/a --region us-east-1");
  }

  /** Released again it would take back what came after it. */
  @ParameterizedTest
  @CsvSource({"v1.2.0", "16.32.3", "1a2b3c4d5e6f"})
  void aVersionIsNoBranch(String seed) {
    place.file("Pulumi.prod.yaml", SERVICE.replace("seed: main", "seed: '" + seed + "'"));

    var ended = place.run("deploy.sh", "prod");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors()).contains("REF: is missing, and " + seed, "and no branch");
    assertThat(place.calls("release.sh")).isEmpty();
  }

  @Test
  void whereNoBranchIsNamedOneIsAskedFor() {
    stack("admin-panel");

    var ended = place.run("deploy.sh", "prod");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors()).contains("REF: is missing, and ", "names no branch");
  }

  /** The state of a stack whose application answers here. */
  private void answering(String output, int status, String body) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          var answer = (exchange.getRequestURI() + " " + body).getBytes(UTF_8);
          exchange.sendResponseHeaders(status, answer.length);
          try (var out = exchange.getResponseBody()) {
            out.write(answer);
          }
        });
    server.start();
    state("\"%s\": \"http://127.0.0.1:%d\"".formatted(output, server.getAddress().getPort()));
  }

  private void state(String outputs) {
    place.file(
        "state",
        """
        {"checkpoint": {"latest": {"resources": [
          {"type": "aws:ec2/instance:Instance", "outputs": {"url": "http://elsewhere"}},
          {"type": "pulumi:pulumi:Stack", "outputs": {%s}}]}}}"""
            .formatted(outputs));
    place.fake("aws s3api get-object", "for last; do :; done; cp \"$FAKES/state\" \"$last\"");
  }

  @ParameterizedTest
  @CsvSource({"app_url", "url"})
  void theApplicationIsAskedAtItsAddress(String output) throws IOException {
    answering(output, 200, "well\033[2J");

    var ended = place.run("curl-health.sh", "prod");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output())
        .matches("http://127.0.0.1:\\d+/health: 200 after [0-9.]+ s\n/health well\\[2J\n");
    assertThat(place.calls("aws s3api get-object"))
        .singleElement()
        .asString()
        .contains("--key .pulumi/stacks/slipway/prod.json");
  }

  @Test
  void anotherPathCanBeAskedFor() throws IOException {
    answering("app_url", 200, "");
    assertThat(place.run("curl-health.sh", "prod", "--path", "/health/deep").output())
        .contains("/health/deep: 200");

    place.file("Pulumi.prod.yaml", SERVICE.replace("    health: /health\n", ""));
    assertThat(place.run("curl-health.sh", "prod").output()).contains("/: 200");
  }

  @Test
  void whatIsNotWellFails() throws IOException {
    answering("app_url", 503, "down");

    var ended = place.run("curl-health.sh", "prod");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).contains("/health: 503 after ", "down");
  }

  @Test
  void whoDoesNotAnswerIsTold() throws IOException {
    answering("app_url", 200, "");
    server.stop(0);

    var ended = place.run("curl-health.sh", "prod");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("/health: curl: (7)");
  }

  @Test
  void aStackThatIsNotUpIsTold() {
    state("");
    assertThat(place.run("curl-health.sh", "prod").errors())
        .contains("the state of prod has no output app_url or url; bring it up first");

    place.fake(
        "aws s3api get-object",
        "echo 'An error occurred (NoSuchKey) when calling the GetObject operation: no' >&2; exit"
            + " 254");
    assertThat(place.run("curl-health.sh", "prod").errors())
        .contains("there is no stack prod in the bucket state; bring it up first");
  }

  private List<String> make(String... words) throws Exception {
    Files.copy(Path.of("Makefile"), root.resolve("Makefile"));
    place.file("slipway", "#!/bin/sh\necho \"slipway $*\"\n").toFile().setExecutable(true);
    var line = new ArrayList<>(List.of("make", "--no-print-directory"));
    line.addAll(List.of(words));
    var process =
        new ProcessBuilder(line).directory(root.toFile()).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    process.waitFor();
    Files.delete(root.resolve("Makefile"));
    return said.lines().toList();
  }

  @Test
  void makeHasTheDocumentsTargets() throws Exception {
    assertThat(make("init", "STACK=prod")).containsExactly("slipway bootstrap prod");
    assertThat(make("plan", "STACK=prod")).containsExactly("slipway plan prod");
    assertThat(make("plan")).containsExactly("slipway plan staging");
    assertThat(make("apply", "STACK=prod")).containsExactly("slipway up prod");
    assertThat(make("destroy", "STACK=prod")).containsExactly("slipway destroy prod");
  }

  @Test
  void makeChangesNoStackThatNobodyNamed() throws Exception {
    for (var target : List.of("init", "apply", "destroy")) {
      assertThat(make(target))
          .anyMatch(line -> line.contains("STACK is missing: make " + target + " STACK="))
          .noneMatch(line -> line.startsWith("slipway"));
    }
  }
}
