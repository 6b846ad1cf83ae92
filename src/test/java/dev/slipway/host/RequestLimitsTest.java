package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long requests may take on a host with sites, as the override of upstream's files says it. */
class RequestLimitsTest {
  private static final Path COMPOSE =
      Path.of("src/main/resources/dev/slipway/host/bundle/runtimes/compose").toAbsolutePath();
  private static final String SITES =
      "\"volumes\": [{\"target\": \"/home/frappe/frappe-bench/sites\"}]";

  @TempDir Path root;

  private String run(List<String> line) throws Exception {
    var process = new ProcessBuilder(line).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** The override's services. */
  private JsonObject override(String proxy, String answer, String timeout, int upload)
      throws Exception {
    var resolved =
        Files.writeString(
            root.resolve("upstream.json"),
            """
            {"services": {
              "proxy": {"command": %s},
              "frontend": {"environment": {"PROXY_READ_TIMEOUT": "%s"}, %s},
              "backend": {"environment": {"GUNICORN_TIMEOUT": "%s"}, %s},
              "queue-long": {"command": ["bench", "worker", "--queue", "long"], %s}}}
            """
                .formatted(proxy, answer, SITES, timeout, SITES, SITES));
    var words = new ArrayList<>(List.of("jq", "--arg", "image", "i", "--arg", "platform", "p"));
    words.addAll(List.of("--argjson", "build", "null", "--argjson", "uploadSeconds", "" + upload));
    words.addAll(List.of("-f", COMPOSE.resolve("override.jq").toString(), resolved.toString()));
    return JsonParser.parseString(run(words)).getAsJsonObject().getAsJsonObject("services");
  }

  private static List<String> command(JsonObject services) {
    return services.getAsJsonObject("proxy").getAsJsonArray("command").asList().stream()
        .map(word -> word.getAsString())
        .toList();
  }

  @Test
  void anUploadMayTakeAsLongAsTheSettingSaysOnEveryEntryPoint() throws Exception {
    var upstream =
        "[\"--entrypoints.web.address=:80\", \"--entryPoints.websecure.address=:443\","
            + " \"--entrypoints.web.http.redirections.entrypoint.to=websecure\"]";

    assertThat(command(override(upstream, "120", "120", 900)))
        .containsExactly(
            "--entrypoints.web.address=:80",
            "--entryPoints.websecure.address=:443",
            "--entrypoints.web.http.redirections.entrypoint.to=websecure",
            "--entryPoints.web.transport.respondingTimeouts.readTimeout=900s",
            "--entryPoints.websecure.transport.respondingTimeouts.readTimeout=900s");
  }

  @Test
  void whatUpstreamSaysOfItsOwnAccordStays() throws Exception {
    var own = "--entrypoints.web.transport.respondingtimeouts.readtimeout=5m";

    assertThat(
            command(
                override("[\"--entrypoints.web.address=:80\", \"" + own + "\"]", "1", "1", 900)))
        .containsExactly("--entrypoints.web.address=:80", own);
  }

  @Test
  void aProxyThatIsNotTraefikIsLeftAsItIs() throws Exception {
    for (var command : List.of("[\"nginx\", \"-g\", \"daemon off;\"]", "null", "[]")) {
      assertThat(override(command, "120", "120", 900).has("proxy")).as(command).isFalse();
    }
  }

  /** What nginx waits for an answer, and gunicorn for a worker: the longer of both. */
  @ParameterizedTest
  @CsvSource({
    "120, 120, 120",
    "300, 120, 300",
    "60, 600, 600",
    "90s, 30, 90",
    "5m, 30, 120",
    "'', '', 120"
  })
  void gunicornEndsWhatAVisitorStillWaitsFor(String answer, String timeout, int expected)
      throws Exception {
    var services = override("null", answer, timeout, 900);

    assertThat(
            services
                .getAsJsonObject("backend")
                .getAsJsonObject("environment")
                .get("GUNICORN_CMD_ARGS")
                .getAsString())
        .isEqualTo("--graceful-timeout=" + expected);
    assertThat(services.getAsJsonObject("queue-long").has("environment")).isFalse();
  }

  /** The host waits for gunicorn's former workers as long, or a backup would begin beside them. */
  @Test
  void theHostWaitsAsLongAsGunicornDoes() throws Exception {
    for (var release :
        List.of(
            "{\"services\": {\"backend\": {\"environment\": {\"GUNICORN_CMD_ARGS\": \"-v --graceful-timeout=300\"}}}}",
            "{\"services\": {\"backend\": {\"environment\": {}}}}",
            "{\"services\": {\"backend\": {}}}")) {
      Files.writeString(root.resolve("compose.json"), release);
      var script =
          "setting() { :; }; source %s/project.sh; RELEASE_DIR=%s; answer_seconds"
              .formatted(COMPOSE, root);

      assertThat(run(List.of("bash", "-euc", script)).strip())
          .isEqualTo(release.contains("300") ? "300" : "30");
    }
  }

  @Test
  void theSettingReachesTheHost() throws Exception {
    assertThat(Files.readString(COMPOSE.resolve("render.sh")))
        .contains("--argjson uploadSeconds \"$(setting .compose.uploadSeconds 600)\"");
  }
}
