package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs what the runtime `apps` decides before it touches Docker. */
class AppsRuntimeTest {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  private record Ended(int exit, String output) {}

  @TempDir Path root;

  @BeforeEach
  void copyTheBundle() throws IOException {
    for (String folder : List.of("lib", "runtimes/apps")) {
      Files.createDirectories(root.resolve(folder));
      try (var files = Files.list(BUNDLE.resolve(folder))) {
        for (Path file : (Iterable<Path>) files::iterator) {
          Files.copy(file, root.resolve(folder).resolve(file.getFileName()));
        }
      }
    }
    Files.writeString(
        root.resolve("settings.json"),
        """
        {"stack": "qa", "runtime": "apps", "apps": {
          "api": {"image": "registry:5000/panel/api", "port": 3000, "hostPort": 8081, "health": "/health"},
          "web": {"image": "registry:5000/panel/web", "port": 3000, "hostPort": 8082, "health": "/"}}}""");
  }

  @Test
  void aTagIsEveryAppsTag() throws Exception {
    assertThat(run("refs_apply '{}' v2").output())
        .isEqualTo(
            "{\"api\":\"registry:5000/panel/api:v2\",\"web\":\"registry:5000/panel/web:v2\"}");
  }

  @Test
  void appsThatAreNotNamedStayAsTheyAre() throws Exception {
    assertThat(run("refs_apply '{\"web\":\"w\"}' api@" + DIGEST).output())
        .isEqualTo("{\"web\":\"w\",\"api\":\"registry:5000/panel/api@" + DIGEST + "\"}");
    assertThat(run("refs_apply '{}' api:v3,web@" + DIGEST).output())
        .contains("/api:v3\"", "/web@" + DIGEST);
  }

  @Test
  void whatNamesNoAppIsRefusedWithThoseThatThereAre() throws Exception {
    for (String ref : List.of(DIGEST, "api@v2", "other:v2", "web:v2,api:")) {
      Ended ended = run("refs_apply '{}' " + ref);
      assertThat(ended.exit()).as(ref).isEqualTo(11);
      assertThat(ended.output()).contains("apps are api, web");
    }
  }

  @Test
  void aDesiredReleaseThatNamesAnAppOfBeforeIsNotWrong() throws Exception {
    assertThat(run("refs_apply '{}' gone@" + DIGEST + ",web:v1 quietly").output())
        .isEqualTo("{\"web\":\"registry:5000/panel/web:v1\"}");
  }

  @Test
  void caddyReadsForEachRequestWhereToSendIt() throws Exception {
    assertThat(
            run("caddy_render | jq -c '.apps.http.servers.api | [.listen, .routes[0].handle[0].upstreams]'")
                .output())
        .isEqualTo("[[\":8081\"],[{\"dial\":\"{file./etc/upstreams/api}\"}]]\n");
  }

  private static final String ECR =
      "111122223333.dkr.ecr.eu-central-1.amazonaws.com/admin-api@" + DIGEST;

  /** A registry that has the image; what is put is left in a file. */
  private String registry(String put) {
    return """
        aws() {
          case "$2" in
            batch-get-image) printf '%%s' '{"imageManifest": "{ \\"layers\\": [] }", "imageManifestMediaType": "application/x"}' ;;
            put-image) printf '%%s\n' "$*" >'%1$s/put'; cp "$RUNTIME_DIR/kept.manifest" '%1$s/manifest'; %2$s ;;
          esac
        }
        mkdir -p "$RUNTIME_DIR"
        """
        .formatted(root, put);
  }

  @Test
  void whatWasReleasedIsMarkedSoThatItsRegistryKeepsIt() throws Exception {
    Ended ended = run(registry("") + "images_keep " + ECR);

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(Files.readString(root.resolve("put")))
        .contains(
            "--region eu-central-1 --registry-id 111122223333 --repository-name admin-api",
            "--image-tag kept-qa-aaaaaaaaaaaa",
            "--image-digest " + DIGEST);
    assertThat(Files.readString(root.resolve("manifest"))).isEqualTo("{ \"layers\": [] }");
  }

  @Test
  void whatIsMarkedAlreadyIsWell() throws Exception {
    Ended ended =
        run(registry("echo ImageAlreadyExistsException; return 1") + "images_keep " + ECR);

    assertThat(ended.exit()).isZero();
    assertThat(ended.output()).doesNotContain("could not be marked");
  }

  @Test
  void aReleaseIsNoWorseForAnImageThatCouldNotBeMarked() throws Exception {
    Ended ended = run(registry("echo AccessDenied; return 1") + "images_keep " + ECR);

    assertThat(ended.exit()).isZero();
    assertThat(ended.output()).contains("AccessDenied", "could not be marked as released");
  }

  @Test
  void anImageOfAnotherRegistryIsNotMarked() throws Exception {
    run(registry("") + "images_keep registry:5000/panel/api@" + DIGEST);

    assertThat(root.resolve("put")).doesNotExist();
  }

  @Test
  void onlyAnImageThatIsNewMigrates() throws Exception {
    Files.createDirectories(root.resolve("new"));
    Files.createDirectories(root.resolve("releases/old"));
    Files.writeString(
        root.resolve("new/apps.json"),
        "{\"api\": {\"imageId\": \"2\", \"migrate\": [\"m\"]}, \"web\": {\"imageId\": \"2\"}}");
    String old = "{\"api\": {\"imageId\": \"%s\"}, \"web\": {\"imageId\": \"1\"}}";
    Files.writeString(root.resolve("releases/old/apps.json"), old.formatted("1"));

    assertThat(run("migrating '" + root + "/new' old").output()).isEqualTo("api\n");
    Files.writeString(root.resolve("releases/old/apps.json"), old.formatted("2"));
    assertThat(run("migrating '" + root + "/new' old").output()).isEmpty();
    assertThat(run("migrating '" + root + "/new' ''").output()).isEqualTo("api\n");
  }

  @Test
  void aPasswordIsSentAsWhatTheDatabaseKeepsOfIt() throws Exception {
    String verifier =
        run("printf 'secret-of-the-test' | python3 \"$BUNDLE/runtimes/apps/scram.py\"").output();

    assertThat(verifier)
        .matches("SCRAM-SHA-256\\$4096:[A-Za-z0-9+/]{22}==\\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=")
        .doesNotContain("secret-of-the-test");
  }

  private Ended run(String line) throws Exception {
    Path script = root.resolve("test.sh");
    Files.writeString(
        script,
        """
        source "%1$s/lib/common.sh"
        for part in lock journal steps aws secrets disk records git backup engine; do
          source "$BUNDLE/lib/$part.sh"
        done
        source "$BUNDLE/runtimes/apps/hooks.sh"
        %2$s
        """
            .formatted(root, line));
    // The machine's own folders become the test's.
    Path common = root.resolve("lib/common.sh");
    Files.writeString(
        common,
        Files.readString(common)
            .replace("DATA=/srv/slipway", "DATA=" + root)
            .replace("RUNTIME_DIR=/run/slipway", "RUNTIME_DIR=" + root.resolve("run")));
    Process process =
        new ProcessBuilder("bash", script.toString()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }
}
