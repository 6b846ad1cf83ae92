package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host with fifty apps says of itself. */
class StatusTest {
  private static final int APPS = 50;
  private static final int RELEASES = 12;

  /** What the SSM agent puts into one event of a log; a longer line is cut. */
  private static final int LINE = 80 * 1024;

  private static final Gson GSON = new Gson();

  /** Parameter Store, Docker and the apps themselves, as they answer on such a host. */
  private static final String AROUND =
      """
      need_configured_host() { :; }
      docker() {
        case "$1" in
          info) ;;
          ps) cat "$DATA/containers" ;;
        esac
      }
      curl() { printf 200; }
      aws() {
        case "$2" in
          get-parameter) cat "$DATA/desired" ;;
          get-parameters)
            shift 3
            for name in "$@"; do
              [[ $name != --output ]] || break
              printf '%s\\n' "${name%:*}"
            done | jq -Rn --arg digest "$(printf '9%.0s' {1..64})" '
              {InvalidParameters: [], Parameters: [inputs | {Name: ., Value: "\\(split("/") | last)@sha256:\\($digest)", Version: 1}]}' ;;
        esac
      }
      """;

  @TempDir Path root;
  private BundleShell shell;

  private static String app(int number) {
    return "application-called-%02d".formatted(number);
  }

  /** Another digest for each app and release: what compresses badly. */
  private static String digest(int app, int release) {
    return "sha256:%064x".formatted((app * 7919L + release) * 104_729L * 1_299_709L);
  }

  private static String id(int release) {
    return "20260101T0000%02dZ-1a2b3c4".formatted(release);
  }

  @BeforeEach
  void fiftyApps() throws Exception {
    var apps = new TreeMap<String, Object>();
    for (int i = 0; i < APPS; i++) {
      apps.put(
          app(i),
          Map.of("image", image(i), "port", 3000, "hostPort", 9000 + i, "health", "/health"));
    }
    shell =
        new BundleShell(
            root,
            "apps",
            GSON.toJson(
                Map.of(
                    "stack",
                    "qa",
                    "system",
                    "admin-panel",
                    "apps",
                    apps,
                    "parameters",
                    Map.of("prefix", "/slipway/qa", "desired", "/slipway/qa/desired"))));
    Files.writeString(root.resolve("environment.json"), "{\"region\": \"us-east-1\"}");
    Files.createDirectories(root.resolve("data/status"));
    for (int release = 0; release < RELEASES; release++) {
      served(release);
    }
    Files.writeString(
        root.resolve("data/desired"),
        GSON.toJson(
            Map.of(
                "id",
                id(RELEASES - 1),
                "at",
                "2026-01-01T00:00:00Z",
                "parts",
                IntStream.range(0, APPS)
                    .boxed()
                    .collect(Collectors.toMap(StatusTest::app, i -> 1)))));
    var containers = new ArrayList<String>();
    for (int i = 0; i < APPS; i++) {
      for (var color : List.of("blue", "green")) {
        containers.add(
            "slipway-%s-%s\trunning\tUp 3 days (healthy)\t%s@%s"
                .formatted(app(i), color, image(i), digest(i, 0)));
      }
    }
    Files.write(root.resolve("data/containers"), containers);
    Files.writeString(
        root.resolve("lib/engine.sh"), Files.readString(root.resolve("lib/engine.sh")) + AROUND);
  }

  private static String image(int app) {
    return "111122223333.dkr.ecr.us-east-1.amazonaws.com/panel/" + app(app);
  }

  private void served(int release) throws Exception {
    var apps = new LinkedHashMap<String, Object>();
    for (int i = 0; i < APPS; i++) {
      apps.put(
          app(i),
          Map.of("image", image(i) + "@" + digest(i, release), "digest", digest(i, release)));
    }
    var ref =
        IntStream.range(0, APPS)
            .mapToObj(i -> app(i) + "@" + digest(i, release))
            .collect(Collectors.joining(","));
    var record = new TreeMap<String, Object>();
    record.put("verb", "release");
    record.put("ref", ref);
    record.put("actor", "a person");
    record.put("previous", id(release - 1));
    record.put("finishedAt", "2026-01-01T00:00:00Z");
    record.put("apps", apps);
    var text = GSON.toJson(record);
    shell.served(id(release), text.substring(1, text.length() - 1));
    shell.data("releases/" + id(release) + "/apps.json", GSON.toJson(apps));
  }

  private List<String> status() throws Exception {
    var ended = shell.run("SSM_format=json bash \"$BUNDLE/status.sh\"");
    assertThat(ended.exit()).as(ended.output()).isZero();
    return ended
        .output()
        .lines()
        .dropWhile(line -> !line.startsWith("{"))
        .takeWhile(line -> !line.startsWith("slipway: "))
        .toList();
  }

  @Test
  void allOfFiftyAppsIsToldInLinesThatTheAgentDoesNotCut() throws Exception {
    var lines = status();

    var told = JsonParser.parseString(String.join("\n", lines)).getAsJsonObject();
    assertThat(told.toString().length()).as("more than one event holds").isGreaterThan(LINE);
    assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThan(LINE));
    assertThat(told.getAsJsonArray("apps")).hasSize(APPS);
    assertThat(told.getAsJsonArray("containers")).hasSize(2 * APPS);
    assertThat(told.getAsJsonArray("history")).hasSize(10);
    assertThat(told.getAsJsonObject("desired").get("ref").getAsString().split(",")).hasSize(APPS);
    assertThat(told.getAsJsonObject("release").get("id").getAsString()).isEqualTo(id(RELEASES - 1));
  }
}
