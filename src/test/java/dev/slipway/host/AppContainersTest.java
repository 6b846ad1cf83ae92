package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the machine's real Docker: what containers of apps are made of, and which of them go. */
@Tag("images")
class AppContainersTest {
  private static final String RELEASE = "20260101T000000Z-one";
  private static final Path VALUES = Path.of("src/test/resources/dev/slipway/host/values.json");
  private static final Gson GSON = new Gson();

  /** Where the plugins of Docker are. */
  private static final Path TOOLS =
      Path.of(System.getenv().getOrDefault("SLIPWAY_HOME", ".slipway"), "tools").toAbsolutePath();

  /**
   * Sees and makes containers of this test, and nothing else of the machine's; none of them runs.
   */
  private static final String OURS =
      """
NETWORK=$$NAME PROJECT=$$MARK
PROJECT_FILE=$DATA/apps/compose/compose.yaml
docker() {
  case "$*" in
    compose*' up '*) DOCKER_CONFIG=$$TOOLS command docker "${@:1:5}" create "${@: -1}" ;;
    ps*) command docker ps --filter "label=dev.slipway.test=$$MARK" "${@:2}" ;;
    *) command docker "$@" ;;
  esac
}
""";

  @TempDir Path root;
  private BundleShell shell;
  private String mark;
  private String name;

  @BeforeEach
  void start() throws Exception {
    mark = "apps-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    name = "slipway-" + mark;
    shell =
        new BundleShell(root, "apps", "{\"stack\": \"qa\", \"apps\": {\"api\": {\"port\": 1}}}");
    String image =
        shell
            .run(
                """
                docker network create slipway-%1$s >/dev/null
                tar -cC "$BUNDLE" settings.json |
                  docker import --change 'LABEL dev.slipway.test=%1$s' --change 'CMD ["none"]' - 2>/dev/null
                """
                    .formatted(mark))
            .output()
            .strip();
    assertThat(image).as("what was imported").startsWith("sha256:");
    assertThat(run("DOCKER_CONFIG=$$TOOLS command docker compose version").exit())
        .as("Docker has its Compose plugin; otherwise: ./slipway tools docker-compose")
        .isZero();
    var environment = new TreeMap<String, String>();
    List<?> values = GSON.fromJson(Files.readString(VALUES), List.class);
    for (int i = 0; i < values.size(); i++) {
      environment.put("VALUE_" + i, (String) values.get(i));
    }
    shell.data(
        "releases/" + RELEASE + "/apps.json",
        GSON.toJson(Map.of("api", Map.of("image", image, "port", 1, "environment", environment))));
    Files.createDirectories(root.resolve("data/apps"));
  }

  @AfterEach
  void stop() throws Exception {
    shell.run(
        """
        docker ps --all --quiet --filter label=dev.slipway.test=%1$s | xargs -r docker rm --force --volumes
        docker network rm slipway-%1$s
        docker image ls --quiet --filter label=dev.slipway.test=%1$s | sort -u | xargs -r docker image rm --force
        """
            .formatted(mark));
  }

  private BundleShell.Ended run(String lines) throws Exception {
    return shell.run(
        (OURS + lines)
            .replace("$$MARK", mark)
            .replace("$$NAME", name)
            .replace("$$TOOLS", TOOLS.toString()));
  }

  /** A container of the app, with more in its service. */
  private void make(String container, String more) throws Exception {
    var made =
        run(
            """
            use_release %s
            mkdir -p "$SECRETS" && : >"$SECRETS/%s"
            service="$(container_service api %s '["none"]' '%s')"
            project_up %s "$service"
            """
                .formatted(RELEASE, container, container, more, container));
    assertThat(made.exit()).as(made.output()).isZero();
  }

  @Test
  void everyVariableReachesItsContainerAsItWasGiven() throws Exception {
    make(name, "{}");

    String[] variables =
        GSON.fromJson(
            run("docker inspect --format '{{json .Config.Env}}' $$NAME").output(), String[].class);
    var gets = new TreeMap<String, String>();
    Arrays.stream(variables)
        .filter(variable -> variable.startsWith("VALUE_"))
        .forEach(
            variable -> {
              int end = variable.indexOf('=');
              gets.put(variable.substring(0, end), variable.substring(end + 1));
            });
    List<?> values = GSON.fromJson(Files.readString(VALUES), List.class);
    assertThat(gets).hasSameSizeAs(values);
    for (int i = 0; i < values.size(); i++) {
      assertThat(gets).containsEntry("VALUE_" + i, (String) values.get(i));
    }
  }

  @Test
  void ofContainersOnlyMigrationsOfReleasesAreRemoved() throws Exception {
    String somebodys = "slipway-migrate-20260101t000000z-" + mark;
    make(name, "{\"labels\": {\"slipway.migration\": \"" + RELEASE + "\"}}");
    make(somebodys, "{}");

    var removed = run("migrations_remove");

    assertThat(removed.exit()).as(removed.output()).isZero();
    assertThat(run("docker ps --all --format '{{.Names}}'").output()).isEqualTo(somebodys + "\n");
  }

  @Test
  void aMigrationIsKnownByItsLabel() throws Exception {
    var made =
        run(
            """
            use_release %s
            secrets_write() { mkdir -p "$SECRETS" && : >"$2"; }
            jq '.api.migrate = ["none"]' "$RELEASE_DIR/apps.json" >"$RELEASE_DIR/part"
            mv "$RELEASE_DIR/part" "$RELEASE_DIR/apps.json"
            migration_name() { printf %%s $$NAME; }
            (migrate_run %s api) || true
            docker ps --all --filter label=slipway.migration=%s --format 'is {{.Names}}'
            """
                .formatted(RELEASE, RELEASE, RELEASE));

    assertThat(made.output()).contains("is " + name);
  }
}
