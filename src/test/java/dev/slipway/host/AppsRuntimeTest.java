package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.host.BundleShell.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs what the runtime `apps` decides before it touches Docker. */
class AppsRuntimeTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  @TempDir Path root;

  @BeforeEach
  void copyTheBundle() throws IOException {
    BundleShell.copy(root, root);
    Files.writeString(root.resolve("environment.json"), "{}");
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

  /** Two images of one repository, told apart by what their tags begin with. */
  private void oneRepository() throws IOException {
    Files.writeString(
        root.resolve("settings.json"),
        """
{"stack": "dev", "runtime": "apps", "seed": "latest", "apps": {
  "backend": {"image": "registry:5000/grocery", "tagPrefix": "backend-", "port": 5000, "hostPort": 8081},
  "frontend": {"image": "registry:5000/grocery", "tagPrefix": "frontend-", "port": 80, "hostPort": 8082}}}""");
  }

  @Test
  void aTagStandsBehindThePrefixOfEachApp() throws Exception {
    oneRepository();

    assertThat(run("refs_apply '{}' abc1234").output())
        .isEqualTo(
            "{\"backend\":\"registry:5000/grocery:backend-abc1234\",\"frontend\":\"registry:5000/grocery:frontend-abc1234\"}");
    assertThat(run("refs_apply '{\"frontend\":\"f\"}' backend:abc1234").output())
        .isEqualTo("{\"frontend\":\"f\",\"backend\":\"registry:5000/grocery:backend-abc1234\"}");
    assertThat(run("refs_apply '{}' backend@" + DIGEST).output())
        .as("a digest says by itself which image it is")
        .isEqualTo("{\"backend\":\"registry:5000/grocery@" + DIGEST + "\"}");
  }

  /** What the registry gives for each tag, and how often each was asked for. */
  private static final String TAGS =
      """
      desired_get() { [[ -s "$DATA/desired" ]] && cat "$DATA/desired"; }
      record_current_id() { :; }
      host_platform() { printf linux/amd64; }
      image_login() { :; }
      image_id() { printf 'id of %s' "$1"; }
      image_present() { false; }
      docker() {
        case "$1" in
          pull) printf '%s\n' "$3" >>"$DATA/pulled" ;;
          image)
            case "$*" in
              *RepoDigests*backend*) printf 'registry:5000/grocery@sha256:%064d\n' 1 ;;
              *RepoDigests*frontend*) printf 'registry:5000/grocery@sha256:%064d\n' 2 ;;
              *) printf 'linux/amd64\n' ;;
            esac ;;
        esac
      }
      """;

  @Test
  void theTagOfTheFirstReleaseIsLookedUpOnceAndRecordedByDigest() throws Exception {
    oneRepository();

    Ended first = run(TAGS + "refs_resolve latest >\"$DATA/images\"; refs_of \"$DATA/images\"");

    String ref = "backend@sha256:%064d,frontend@sha256:%064d".formatted(1, 2);
    assertThat(first.output()).isEqualTo(ref + "\n");
    assertThat(Files.readString(root.resolve("pulled")))
        .isEqualTo("registry:5000/grocery:backend-latest\nregistry:5000/grocery:frontend-latest\n");

    Files.writeString(root.resolve("desired"), "{\"ref\": \"" + ref + "\"}");
    Files.delete(root.resolve("pulled"));
    run(TAGS + "refs_resolve backend@sha256:" + "a".repeat(64) + " >\"$DATA/images\"");

    assertThat(Files.readString(root.resolve("pulled")))
        .as("what is desired says it for the frontend, and not the tag")
        .doesNotContain("latest")
        .contains("registry:5000/grocery@sha256:" + "0".repeat(63) + "2");
  }

  @Test
  void aPrefixMakesNoOtherContainer() throws Exception {
    oneRepository();
    Files.createDirectories(root.resolve("new"));
    Files.writeString(
        root.resolve("new/images.json"),
        "{\"backend\": {\"image\": \"registry:5000/grocery@" + DIGEST + "\", \"imageId\": \"1\"}}");

    Ended ended =
        run(
            "secrets_versions() { printf '{}'; }; database_address() { :; }; cache_address() { :; };"
                + " spec_write '"
                + root
                + "/new'");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(Files.readString(root.resolve("new/apps.json"))).doesNotContain("backend-");
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
            run("caddy_render | jq -c '.apps.http.servers.api | [.listen,"
                    + " .routes[0].handle[0].upstreams]'")
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

  /** A registry that takes a login at this call of it, and what is paused for until then. */
  private Ended login(int takenAt) throws Exception {
    return run(
        """
        mkdir -p "$RUNTIME_DIR"
        aws() { printf 'password'; }
        docker() {
          cat >/dev/null
          printf 'x' >>'%1$s/asked'
          (($(wc -c <'%1$s/asked') >= %2$d))
        }
        sleep() { printf 'pause %%s\n' "$1"; }
        image_login %3$s
        """
            .formatted(root, takenAt, ECR));
  }

  @Test
  void aHostThatIsAheadOfItsRoleAsksForTheLoginAgainWithLongerPauses() throws Exception {
    var ended = login(4);

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output().lines().filter(line -> line.startsWith("pause")))
        .containsExactly("pause 2", "pause 4", "pause 8");
  }

  @Test
  void aLoginThatIsRefusedIsGivenUpAfterAMinute() throws Exception {
    var ended = login(100);

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output().lines().filter(line -> line.startsWith("pause")))
        .containsExactly("pause 2", "pause 4", "pause 8", "pause 16", "pause 32");
    assertThat(Files.readString(root.resolve("asked"))).hasSize(6);
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
  void anAppsContainerIsMadeByItsSettingsItsImageAndWhereItLogs() throws Exception {
    Files.writeString(
        root.resolve("settings.json"),
        """
        {"stack": "qa", "runtime": "apps", "parameters": {"prefix": "/slipway/qa"},
         "apps": {"web": {"image": "registry:5000/web", "port": 3000}}}""");
    Files.writeString(root.resolve("environment.json"), "{}");
    Files.createDirectories(root.resolve("new"));
    Files.writeString(
        root.resolve("new/images.json"),
        "{\"web\": {\"image\": \"registry:5000/web@" + DIGEST + "\", \"imageId\": \"1\"}}");
    var ended =
        run(
            "secrets_versions() { printf '{}'; }; database_address() { :; }; cache_address() { :; };"
                + " spec_write '"
                + root
                + "/new' && jq -cS .web '"
                + root
                + "/new/apps.json'");

    assertThat(ended.output())
        .isEqualTo(
            "{\"image\":\"registry:5000/web@"
                + DIGEST
                + "\",\"imageId\":\"1\",\"logGroup\":\"/slipway/qa/web\",\"port\":3000,\"versions\":{}}\n");
  }

  /** An app's entry in a release, of a host that is told this of its balancer. */
  private String entry(String app, String environment) throws Exception {
    Files.writeString(
        root.resolve("settings.json"),
        """
        {"stack": "qa", "runtime": "apps", "parameters": {"prefix": "/slipway/qa"},
         "apps": {"web": {"image": "registry:5000/web", "port": 80, "urlVariable": "BACKEND"},
                  "api": {"image": "registry:5000/api", "port": 5000}}}""");
    Files.writeString(root.resolve("environment.json"), environment);
    Files.createDirectories(root.resolve("new"));
    var image = "{\"image\": \"registry:5000/x@" + DIGEST + "\", \"imageId\": \"1\"}";
    Files.writeString(
        root.resolve("new/images.json"), "{\"web\": %s, \"api\": %s}".formatted(image, image));
    var ended =
        run(
            "secrets_versions() { printf '{}'; }; database_address() { :; }; cache_address() { :; };"
                + " RELEASE_DIR='%1$s/new'; spec_write \"$RELEASE_DIR\"; spec_hash %2$s;"
                    .formatted(root, app)
                + " jq -c --arg app %s --arg name n --argjson words '[\"w\"]' --argjson more '{}'"
                    .formatted(app)
                + " --arg hash h --arg secrets s --arg credentials c --arg entrypoint e --arg authorities ''"
                + " --arg host h --arg region r --arg endpoint ''"
                + " -f \"$BUNDLE/runtimes/apps/service.jq\" \"$RELEASE_DIR/apps.json\" | jq -c .environment");
    assertThat(ended.exit()).as(ended.output()).isZero();
    return ended.output();
  }

  @Test
  void anAppIsToldByWhichAddressPeopleReachIt() throws Exception {
    var before = entry("web", "{\"balancerUrl\": \"http://balancer.example.com\"}").split("\n");
    var after = entry("web", "{\"balancerUrl\": \"https://shop.example.com\"}").split("\n");

    assertThat(before[1]).isEqualTo("{\"BACKEND\":\"http://balancer.example.com\"}");
    assertThat(after[1]).isEqualTo("{\"BACKEND\":\"https://shop.example.com\"}");
    assertThat(after[0]).as("another address is another container").isNotEqualTo(before[0]);
  }

  @Test
  void anAppThatAsksForNoAddressStaysAsItIs() throws Exception {
    assertThat(entry("api", "{\"balancerUrl\": \"http://balancer.example.com\"}"))
        .isEqualTo(entry("api", "{}"))
        .endsWith("\n{}\n");
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
        run("printf 'secret-of-the-test' | python3 \"$BUNDLE/lib/scram.py\"").output();

    assertThat(verifier)
        .matches("SCRAM-SHA-256\\$4096:[A-Za-z0-9+/]{22}==\\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=")
        .doesNotContain("secret-of-the-test");
  }

  /** A release of an image with something to migrate, as the line that names it. */
  private String nextRelease() throws IOException {
    Path next = Files.createDirectories(root.resolve("next"));
    Files.writeString(
        next.resolve("apps.json"), "{\"api\": {\"imageId\": \"2\", \"migrate\": [\"m\"]}}");
    return "NEXT='" + next + "'; ";
  }

  /** Scenario: Deploy to QA automatically. */
  @Test
  void aNewImageMigratesStartsBesideTheOldSwitchesAndIsLookedAt() throws Exception {
    String next = nextRelease();

    assertThat(run(next + "runtime_plan '' yes whole").output())
        .isEqualTo("[\"migrate\",\"start\",\"switch\",\"smoke\",\"record\"]");
    assertThat(run(next + "runtime_plan '' yes last").output())
        .as("the other hosts of the same release")
        .doesNotContain("migrate");
  }

  /** Scenario: Deploy to Production with approval. */
  @Test
  void productionHasASnapshotBeforeItMigrates() throws Exception {
    String next = nextRelease();
    Files.writeString(root.resolve("environment.json"), "{\"databaseInstance\": \"db\"}");
    Files.writeString(
        root.resolve("settings.json"),
        "{\"runtime\": \"apps\", \"database\": {\"snapshot\": true}}");

    assertThat(
            run("desired_get() { echo released; }; " + next + "runtime_plan '' yes first").output())
        .isEqualTo("[\"snapshot\",\"migrate\",\"start\",\"switch\",\"smoke\",\"record\"]");
  }

  @Test
  void onlyAStackThatCertainlyHasNoReleaseMigratesWithoutASnapshot() throws Exception {
    Files.writeString(root.resolve("environment.json"), "{\"databaseInstance\": \"db\"}");
    Files.writeString(
        root.resolve("settings.json"),
        "{\"runtime\": \"apps\", \"database\": {\"snapshot\": true}}");
    String answer = "; if snapshot_is_wanted; then echo wanted; else echo needless; fi";

    assertThat(run("desired_get() { return 1; }" + answer).output()).isEqualTo("needless\n");
    assertThat(run("desired_get() { return 2; }" + answer).output())
        .as("which can't be asked")
        .isEqualTo("wanted\n");
  }

  @Test
  void oldSnapshotsOfReleasesAreDeletedAndNobodyElses() throws Exception {
    Files.writeString(
        root.resolve("environment.json"),
        "{\"databaseInstance\": \"db\", \"databaseSnapshotPrefix\": \"slipway-qa-\"}");
    Files.writeString(
        root.resolve("settings.json"),
        "{\"runtime\": \"apps\", \"database\": {\"snapshotKeep\": 2}}");

    Ended ended =
        run(
            """
            aws() {
              if [[ $2 == delete-db-snapshot ]]; then echo "deleted $4" >&2; return; fi
              printf '%s\\n' slipway-qa-2 slipway-qa-20260101t000000z-aaaa slipway-qa-20260102t000000z-bbbb \\
                slipway-qa-20260103t000000z-cccc slipway-qa-20260104t000000z-dddd slipway-qa-before-16 \\
                slipway-qa-0-by-hand slipway-qa-20251231 slipway-qa-20251231-before-migration
            }
            snapshot_prune
            """);

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output().lines())
        .containsExactlyInAnyOrder(
            "deleted slipway-qa-20260102t000000z-bbbb", "deleted slipway-qa-20260101t000000z-aaaa");
  }

  /** RDS does not answer at its first calls, or after the snapshot was made. */
  @ParameterizedTest
  @ValueSource(strings = {"1 2", "3", "2 3 4"})
  void aSnapshotThatCannotBeAskedForIsNeitherMissingNorFailed(String silent) throws Exception {
    Files.writeString(
        root.resolve("environment.json"),
        "{\"databaseInstance\": \"db\", \"databaseSnapshotPrefix\": \"slipway-qa-\"}");

    Ended ended =
        run(
            """
            journal_text() { :; }
            snapshot_prune() { :; }
            sleep() { :; }
            aws() {
              if [[ $2 == create-db-snapshot ]]; then
                if [[ -e '%1$s/made' ]]; then echo 'An error occurred (DBSnapshotAlreadyExists)' >&2; return 254; fi
                touch '%1$s/made'
                return 0
              fi
              printf '.' >>'%1$s/asked'
              if [[ " %2$s " == *" $(stat --format %%s '%1$s/asked') "* ]]; then
                echo 'An error occurred (Throttling) when calling the DescribeDBSnapshots operation' >&2
                return 254
              fi
              if [[ -e '%1$s/made' ]]; then echo available; return 0; fi
              echo 'An error occurred (DBSnapshotNotFound) when calling the DescribeDBSnapshots operation' >&2
              return 254
            }
            snapshot_make 20260101T000000Z-aaaa
            """
                .formatted(root, silent));

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("snapshot slipway-qa-20260101t000000z-aaaa");
  }

  /** It serves: made anew, it would lose what is under way. */
  @Test
  void aProxyThatDockerDoesNotTellOfIsNotMadeAnew() throws Exception {
    Ended ended =
        run(
            """
            network_ensure() { :; }
            docker() {
              case "$1" in
                inspect) echo 'Cannot connect to the Docker daemon'; return 1 ;;
                *) echo "docker $1" ;;
              esac
            }
            UPSTREAMS='%1$s/apps/upstreams'
            caddy_ensure
            """
                .formatted(root));

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output())
        .contains("Docker does not tell whether Caddy runs")
        .doesNotContain("docker stop", "docker rm");
  }

  @Test
  void whatTheOtherAppsAreIsNotGuessedWhereItCannotBeRead() throws Exception {
    Ended ended = run("desired_get() { return 2; }; record_current_id() { :; }; refs_known");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output()).contains("which says what the other apps are, cannot be read");
  }

  @Test
  void theMigrationLockOfOneAppIsFreeForTheNext() throws Exception {
    Ended ended =
        run(
            """
            database_as_app() {
              mkdir '%1$s/held' || { echo refused; return; }
              echo locked
              cat >/dev/null
              rmdir '%1$s/held'
            }
            database_locked echo api
            database_locked echo web
            """
                .formatted(root));

    assertThat(ended.output()).isEqualTo("api\nweb\n");
    assertThat(ended.exit()).isZero();
  }

  @Test
  void aDatabaseThatDoesNotAnswerHasNoSchema() throws Exception {
    assertThat(run("database_as_app() { echo column; }; database_fingerprint").output())
        .matches("[0-9a-f]{16}\n");

    Ended ended = run("database_as_app() { return 1; }; database_fingerprint");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output()).doesNotContainPattern("[0-9a-f]{16}");
  }

  @Test
  void anAppThatIsNoMoreGoesWithTheColorThatServed() throws Exception {
    Files.createDirectories(root.resolve("apps/upstreams"));
    Files.writeString(root.resolve("apps/upstreams/gone"), "slipway-gone-blue:3000");
    Ended ended =
        run(
            """
UPSTREAMS='%1$s/apps/upstreams'
color_live() { echo blue; }
docker() { [[ $1 != ps ]] || printf 'slipway-gone-blue\\tgone\\nslipway-api-blue\\tapi\\n'; }
container_remove() { echo "removed $1"; }
colors_settle
"""
                .formatted(root));

    assertThat(ended.output()).isEqualTo("removed slipway-gone-blue\n");
    assertThat(root.resolve("apps/upstreams/gone")).doesNotExist();
  }

  @Test
  void anotherHostsChangeOfTheCachesUserIsWaitedFor() throws Exception {
    Files.writeString(
        root.resolve("environment.json"),
        "{\"cacheUser\": \"app\", \"cacheKind\": \"elasticache\"}");
    Ended ended =
        run(
            """
            mkdir -p "$VALUES"; echo '{"username": "app", "password": "p"}' >"$VALUES/cache"
            secret_arn() { :; }
            sleep() { :; }
            aws() {
              case "$1 $2" in
                "elasticache modify-user")
                  [[ -e '%1$s/asked' ]] && return 0
                  touch '%1$s/asked'; echo 'An error occurred (InvalidUserState)'; return 1 ;;
                "elasticache describe-users") echo active ;;
                *) return 1 ;;
              esac
            }
            cache_set_password
            """
                .formatted(root));

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("the user app has the password of the secret");
  }

  private void release(String apps) throws IOException {
    Files.createDirectories(root.resolve("releases/one"));
    Files.createDirectories(root.resolve("apps"));
    Files.writeString(root.resolve("releases/one/apps.json"), apps);
  }

  private static final String LOGIN =
      """
      mkdir -p "$VALUES"; echo 1 >"$VALUES/database.version"
      echo '{"username": "slipway_a", "password": "p/w"}' >"$VALUES/database"
      use_release one
      """;

  /** Scenario: Configure database parameters. */
  @Test
  void aContainersPoolOpensNoMoreConnectionsThanTheSettingsSay() throws Exception {
    release(
        "{\"api\": {\"database\": \"db.internal:5432/app\", \"connectionLimit\": 7,"
            + " \"connectionLimitInUrl\": true}}");

    assertThat(run(LOGIN + "database_url api").output())
        .startsWith("postgresql://slipway_a:p%2Fw@db.internal:5432/app?sslmode=verify-full")
        .endsWith("&connection_limit=7");
  }

  /** What libpq does not know it refuses; of all that could be in a URL it knows these. */
  @Test
  void theDatabasesUrlIsOneThatLibpqReads() throws Exception {
    release("{\"api\": {\"database\": \"db.internal:5432/app\", \"connectionLimit\": 7}}");

    assertThat(run(LOGIN + "database_url api").output())
        .isEqualTo(
            "postgresql://slipway_a:p%2Fw@db.internal:5432/app"
                + "?sslmode=verify-full&sslrootcert=/run/slipway/authorities.pem");
  }

  /** What an app is made of by these settings on a host that knows these things. */
  private JsonObject made(String app, String knows) throws Exception {
    Files.writeString(
        root.resolve("settings.json"),
        """
        {"stack": "qa", "runtime": "apps", "parameters": {"prefix": "/slipway/qa"},
         "database": {"connectionLimit": 5}, "apps": {"api": %s}}"""
            .formatted(app));
    Files.writeString(root.resolve("environment.json"), knows);
    Files.createDirectories(root.resolve("apps"));
    Files.createDirectories(root.resolve("releases/one"));
    Files.writeString(
        root.resolve("releases/one/images.json"), "{\"api\": {\"image\": \"api@sha256:0\"}}");
    var ended =
        run(
            "secrets_versions() { printf '{}'; }; spec_write '%s/releases/one'; cat '%s/releases/one/apps.json'"
                .formatted(root, root));
    assertThat(ended.exit()).as(ended.output()).isZero();
    return JsonParser.parseString(ended.output()).getAsJsonObject().getAsJsonObject("api");
  }

  private static final String PRIMARY =
      "\"databaseHost\": \"db.internal\", \"databasePort\": \"5432\", \"databaseName\": \"shop\"";

  private static final String WITH_REPLICA =
      "{" + PRIMARY + ", \"replicaHost\": \"replica.internal\", \"replicaPort\": \"5432\"}";

  private static final String READS =
      "{\"image\": \"api\", \"databaseUrl\": \"DATABASE_URL\", \"replicaUrl\": \"REPLICA_URL\"}";

  @Test
  void anAppGetsTheReplicasUrlWithTheSameLoginAndAsSafely() throws Exception {
    assertThat(made(READS, WITH_REPLICA).get("replica").getAsString())
        .isEqualTo("replica.internal:5432/shop");

    var ended = run(LOGIN + "secrets_write api '" + root + "/secrets'; cat '" + root + "/secrets'");

    assertThat(ended.output().lines())
        .containsExactly(
            "export DATABASE_URL='postgresql://slipway_a:p%2Fw@db.internal:5432/shop"
                + "?sslmode=verify-full&sslrootcert=/run/slipway/authorities.pem'",
            "export REPLICA_URL='postgresql://slipway_a:p%2Fw@replica.internal:5432/shop"
                + "?sslmode=verify-full&sslrootcert=/run/slipway/authorities.pem'");
  }

  @Test
  void withoutAReplicaItsVariableIsNotThere() throws Exception {
    assertThat(made(READS, "{" + PRIMARY + "}").has("replica")).isFalse();

    var ended = run(LOGIN + "secrets_write api '" + root + "/secrets'; cat '" + root + "/secrets'");

    assertThat(ended.output()).contains("DATABASE_URL=").doesNotContain("REPLICA_URL");
  }

  /** A new password makes another container of what reads the replica alone, too. */
  @Test
  void whatReadsTheReplicaAloneIsMadeByTheVersionOfItsLogin() throws Exception {
    made("{\"image\": \"api\", \"replicaUrl\": \"REPLICA_URL\"}", WITH_REPLICA);

    assertThat(run("secrets_of api").output()).isEqualTo("database\n");
    assertThat(run("database_is_used && echo used").output()).isEqualTo("used\n");
  }

  private static final String WITH_ROLE =
      """
      {"region": "eu-central-1", "appRole.api": "arn:aws:iam::123456789012:role/slipway/qa/grocery-identity-app-backend-role-1234567",
       "buckets.avatars": "slipway-qa-data-avatars", "buckets.old-files": "slipway-qa-data-old-files"}""";

  @Test
  void anAppIsToldTheCdnOfABucketAndItsKey() throws Exception {
    made(
        "{\"image\": \"api\", \"port\": 3000, \"buckets\": true}",
        WITH_ROLE.replace(
            "}",
            ", \"cdnDomain.old-files\": \"d1.cloudfront.net\", \"cdnKeyId.old-files\": \"K1\"}"));

    var ended =
        run(
            COMPOSE
                + "AWS_REGION=eu-central-1; use_release one; secrets_write() { :; };"
                + " credentials_ready() { :; }; color_start api green");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(service("api-green").getAsJsonObject("environment").toString())
        .contains(
            "\"AVATARS_BUCKET\":\"slipway-qa-data-avatars\"",
            "\"OLD_FILES_CDN_DOMAIN\":\"d1.cloudfront.net\"",
            "\"OLD_FILES_CDN_KEY_ID\":\"K1\"")
        .doesNotContain("AVATARS_CDN");
  }

  @Test
  void anAppWithARoleIsToldItsBucketsAndWhereItsCredentialsAre() throws Exception {
    made("{\"image\": \"api\", \"port\": 3000, \"buckets\": true}", WITH_ROLE);

    var ended =
        run(
            COMPOSE
                + "AWS_REGION=eu-central-1; use_release one; secrets_write() { :; };"
                + " credentials_ready() { :; }; color_start api green");

    assertThat(ended.exit()).as(ended.output()).isZero();
    JsonObject service = service("api-green");
    assertThat(service.getAsJsonObject("environment"))
        .hasToString(
            "{\"AVATARS_BUCKET\":\"slipway-qa-data-avatars\","
                + "\"OLD_FILES_BUCKET\":\"slipway-qa-data-old-files\","
                + "\"AWS_CONFIG_FILE\":\"/run/slipway/aws/config\",\"AWS_EC2_METADATA_DISABLED\":\"true\","
                + "\"AWS_REGION\":\"eu-central-1\",\"AWS_DEFAULT_REGION\":\"eu-central-1\"}");
    assertThat(service.getAsJsonArray("volumes").asList())
        .map(JsonElement::getAsJsonObject)
        .filteredOn(volume -> volume.get("target").getAsString().equals("/run/slipway/aws"))
        .singleElement()
        .satisfies(
            volume -> {
              assertThat(volume.get("source").getAsString())
                  .isEqualTo(root + "/run/credentials/api");
              assertThat(volume.get("read_only").getAsBoolean()).isTrue();
            });
  }

  @Test
  void anAppWhoseRoleTheHostDoesNotKnowHasNoRelease() throws Exception {
    Files.writeString(
        root.resolve("settings.json"),
        """
        {"stack": "qa", "runtime": "apps", "parameters": {"prefix": "/slipway/qa"},
         "apps": {"api": {"image": "api", "buckets": true}}}""");
    Files.createDirectories(root.resolve("new"));
    Files.writeString(root.resolve("new/images.json"), "{\"api\": {\"image\": \"api@sha256:0\"}}");

    var ended = run("secrets_versions() { printf '{}'; }; spec_write '" + root + "/new'");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output()).contains("this host knows no role for api; run: pulumi up");
  }

  private static final String STS =
      """
      until_true() { shift; "$@" || "$@"; }
      aws() {
        echo "$*" >>"$DATA/asked"
        cat "$DATA/answer"
        if [[ -s $DATA/refusal ]]; then cat "$DATA/refusal" >&2; return 254; fi
      }
      """;

  private static final String GIVEN =
      """
      {"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "key", "SessionToken": "token",
       "Expiration": "2026-12-01T11:00:00+00:00"}, "AssumedRoleUser": {"Arn": "arn"}}""";

  @Test
  void credentialsAreAFileThatSdksReadAgainAndThatOnlyTheContainerGets() throws Exception {
    made("{\"image\": \"api\", \"buckets\": true}", WITH_ROLE);
    Files.writeString(root.resolve("answer"), GIVEN);

    var ended =
        run(
            STS
                + """
                AWS_REGION=eu-central-1; use_release one; credentials_ready api
                cat "$CREDENTIALS/api/config"; jq -cS . "$CREDENTIALS/api/credentials.json"
                stat --format '%a' "$CREDENTIALS" "$CREDENTIALS/api" "$CREDENTIALS/api/credentials.json"
                ls -A "$CREDENTIALS"
                """);

    assertThat(ended.output())
        .isEqualTo(
            """
            [default]
            region = eu-central-1
            credential_process = cat /run/slipway/aws/credentials.json
            {"AccessKeyId":"ASIA","Expiration":"2026-12-01T11:00:00+00:00","SecretAccessKey":"key","SessionToken":"token","Version":1}
            700
            755
            444
            api
            """);
    assertThat(root.resolve("asked"))
        .content()
        .isEqualTo(
            "sts assume-role --role-arn arn:aws:iam::123456789012:role/slipway/qa/grocery-identity-app-backend-role-1234567"
                + " --role-session-name qa-api --duration-seconds 3600 --output json\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"Credentials\": {\"AccessKeyId\": \"ASIA\"}}", "", "null"})
  void whatIsNoCredentialsLeavesThoseThatAreThere(String answer) throws Exception {
    made("{\"image\": \"api\", \"buckets\": true}", WITH_ROLE);
    Files.writeString(root.resolve("answer"), GIVEN);
    run(STS + "use_release one; credentials_ready api");
    Files.writeString(root.resolve("answer"), answer);

    var ended = run(STS + "use_release one; credentials_ready api");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output()).contains("api: STS gave no whole credentials");
    assertThat(root.resolve("run/credentials/api/credentials.json"))
        .content()
        .contains("ASIA", "token");
  }

  @Test
  void aContainerWithoutCredentialsDoesNotStartAndSaysWhy() throws Exception {
    made("{\"image\": \"api\", \"port\": 3000, \"buckets\": true}", WITH_ROLE);
    Files.writeString(root.resolve("answer"), "");
    Files.writeString(root.resolve("refusal"), "An error occurred (AccessDenied) when calling");

    var ended =
        run(COMPOSE + STS + "use_release one; secrets_write() { :; }; color_start api green");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output())
        .contains(
            "api: there are no credentials for its role"
                + " arn:aws:iam::123456789012:role/slipway/qa/grocery-identity-app-backend-role-1234567"
                + ": An error occurred (AccessDenied)");
    assertThat(root.resolve("docker")).doesNotExist();
  }

  @Test
  void renewingLeavesOutNobodyAndSaysWhoHasNone() throws Exception {
    Files.writeString(
        root.resolve("settings.json"),
        """
        {"stack": "qa", "runtime": "apps",
         "apps": {"api": {"buckets": true}, "web": {"buckets": null}, "worker": {"buckets": true}}}""");
    Files.writeString(root.resolve("environment.json"), "{\"appRole.worker\": \"arn:worker\"}");
    Files.writeString(root.resolve("answer"), GIVEN);
    Files.createDirectories(root.resolve("run/credentials/gone"));

    var ended = run(STS + "credentials_renew");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output())
        .contains("api: this host knows no role for it; run: pulumi up")
        .contains("no new credentials for api; those that they have end within the hour");
    assertThat(root.resolve("run/credentials/worker/credentials.json")).exists();
    assertThat(root.resolve("run/credentials/gone")).doesNotExist();
    assertThat(root.resolve("run/credentials/web")).doesNotExist();
  }

  /** While the password is being changed the pending one may be right already. */
  @ParameterizedTest
  @CsvSource({"current, current", "pending, pending"})
  void theAdministratorLogsInWithTheOneOfTwoPasswordsThatIsRight(String right, String used)
      throws Exception {
    var ended =
        run(
            ADMINISTRATOR.formatted(right)
                + "database_master \"$DATA/master\"; cat \"$DATA/master\"");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).isEqualTo(used);
  }

  @Test
  void anAdministratorWithAnotherPasswordIsSaidToHaveOne() throws Exception {
    var ended = run(ADMINISTRATOR.formatted("neither") + "database_master \"$DATA/master\"");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.output())
        .contains("the database does not take the password that the secret arn:master has");
  }

  private static final String ADMINISTRATOR =
      """
      environment() { [[ $1 != .databaseMasterSecret ]] || printf 'arn:master'; }
      aws() { if [[ $* == *AWSCURRENT* ]]; then printf current; else printf pending; fi; }
      database_sql() {
        [[ $(<"$1") == %s ]] || { echo 'FATAL: password authentication failed for user "slipway"' >&2; return 2; }
      }
      """;

  @Test
  void anAppGetsThePartsOfItsDatabaseInVariablesOfItsOwn() throws Exception {
    release(
        """
        {"api": {"database": "db.internal:5432/app", "connectionLimit": 7, "databaseVariables":
          {"host": "PGHOST", "port": "PGPORT", "name": "PGDATABASE", "user": "PGUSER",
           "password": "PGPASSWORD", "sslMode": "PGSSLMODE", "sslRootCert": "PGSSLROOTCERT",
           "connectionLimit": "POOL"}}}""");

    assertThat(run(LOGIN + "secrets_write api \"$DATA/file\"; cat \"$DATA/file\"").output().lines())
        .containsExactlyInAnyOrder(
            "export PGHOST='db.internal'",
            "export PGPORT='5432'",
            "export PGDATABASE='app'",
            "export PGUSER='slipway_a'",
            "export PGPASSWORD='p/w'",
            "export PGSSLMODE='verify-full'",
            "export PGSSLROOTCERT='/run/slipway/authorities.pem'",
            "export POOL='7'");
  }

  /** What Docker is told to do, and what the project of Compose says then. */
  private static final String COMPOSE =
      """
      docker() {
        case "$1" in
          compose) printf '%s\\n' "$*" >>"$DATA/docker" ;;
          inspect) echo 'Error: No such container' >&2; return 1 ;;
          image) printf '{"Entrypoint": ["node"], "Cmd": ["--title", "$5"]}' ;;
        esac
      }
      use_release one
      """;

  private JsonObject service(String name) throws IOException {
    return JsonParser.parseString(Files.readString(root.resolve("apps/compose/compose.yaml")))
        .getAsJsonObject()
        .getAsJsonObject("services")
        .getAsJsonObject(name);
  }

  @Test
  void aContainerIsMadeByComposeFromAServiceOfItsOwn() throws Exception {
    release(
        """
        {"api": {"image": "registry:5000/api@sha256:0", "port": 3000, "memoryMiB": 256,
          "environment": {"PRICE": "5$"}}}""");

    Ended ended = run(COMPOSE + "secrets_write() { :; }; color_start api green");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(Files.readString(root.resolve("docker")).strip())
        .isEqualTo(
            "compose -f %s/apps/compose/compose.yaml --progress quiet up --detach --no-deps --no-recreate api-green"
                .formatted(root));
    JsonObject made = service("api-green");
    assertThat(made.get("container_name").getAsString()).isEqualTo("slipway-api-green");
    assertThat(made.get("hostname").getAsString()).isEqualTo("api");
    assertThat(made.get("image").getAsString()).isEqualTo("registry:5000/api@sha256:0");
    assertThat(made.get("restart").getAsString()).isEqualTo("unless-stopped");
    assertThat(made.get("mem_limit")).isEqualTo(made.get("memswap_limit"));
    assertThat(made.get("mem_limit").getAsString()).isEqualTo("256m");
    assertThat(made.get("entrypoint")).hasToString("[\"/bin/sh\"]");
    assertThat(made.get("command"))
        .hasToString("[\"/run/slipway/entrypoint.sh\",\"node\",\"--title\",\"$$5\"]");
    assertThat(made.getAsJsonObject("environment")).hasToString("{\"PRICE\":\"5$$\"}");
    assertThat(made.get("security_opt")).hasToString("[\"no-new-privileges\"]");
    assertThat(made.getAsJsonObject("labels").keySet())
        .containsExactlyInAnyOrder("slipway.app", "slipway.port", "slipway.spec");
  }

  @Test
  void theOtherColorAndWhatIsInTheProjectStayAsTheyAre() throws Exception {
    release("{\"api\": {\"image\": \"registry:5000/api@sha256:0\", \"port\": 3000}}");
    run(COMPOSE + "secrets_write() { :; }; color_start api green");
    release("{\"api\": {\"image\": \"registry:5000/api@sha256:1\", \"port\": 3000}}");

    run(
        COMPOSE
            + "secrets_write() { :; }; color_start api blue; caddy_listens() { :; }; caddy_ensure");

    assertThat(service("api-green").get("image").getAsString()).endsWith("sha256:0");
    assertThat(service("api-blue").get("image").getAsString()).endsWith("sha256:1");
    assertThat(service("caddy").get("ports")).hasToString("[\"8081:8081\",\"8082:8082\"]");

    run(COMPOSE + "container_remove slipway-api-green");

    assertThat(service("api-green")).isNull();
    assertThat(service("api-blue")).isNotNull();
  }

  @Test
  void whatSomebodyMadeOfTheProjectsFileIsNoReasonToFail() throws Exception {
    release("{\"api\": {\"image\": \"registry:5000/api@sha256:0\", \"port\": 3000}}");
    Files.createDirectories(root.resolve("apps/compose"));
    Files.writeString(root.resolve("apps/compose/compose.yaml"), "services:\n  a: {}\n");

    Ended ended = run(COMPOSE + "secrets_write() { :; }; color_start api green");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(service("api-green")).isNotNull();
  }

  /**
   * A host of a version before Compose: its containers serve on, and the next release replaces
   * them.
   */
  @Test
  void aContainerThatWasMadeWithoutComposeServesUntilTheOtherColorDoes() throws Exception {
    release("{\"api\": {\"image\": \"registry:5000/api@sha256:0\", \"port\": 3000}}");
    Files.createDirectories(root.resolve("apps/upstreams"));
    Files.writeString(root.resolve("apps/upstreams/api"), "slipway-api-blue:3000");
    Files.createDirectories(root.resolve("run/secrets"));
    Files.writeString(root.resolve("run/secrets/slipway-api-blue"), "export A=1");
    String former =
        COMPOSE
            + """
            STATE=running MADE_BY=''
            docker() {
              case "$*" in
                inspect*compose.project*) printf '%s\n' "$MADE_BY" ;;
                inspect*slipway.spec*) spec_hash api ;;
                inspect*State.Status*) printf '%s\n' "$STATE" ;;
                image*) printf '{"Cmd": ["node"]}' ;;
                *) printf '%s\n' "$*" >>"$DATA/docker" ;;
              esac
            }
            secrets_write() { :; }
            journal_begin '{"id": "one"}'
            """;

    Ended started = run(former + "color_start api blue; colors_choose; journal_get .colors.api");

    assertThat(started.output().strip()).as("the other color is made").isEqualTo("green");
    assertThat(root.resolve("docker")).as("it is not touched").doesNotExist();
    assertThat(run(former + "MADE_BY=slipway; colors_choose; journal_get .colors.api").output())
        .as("one of Compose's keeps its color")
        .isEqualTo("blue\n");

    run(former + "STATE=exited; color_start api blue");

    assertThat(Files.readString(root.resolve("docker")))
        .contains("rm --force --volumes slipway-api-blue", "up --detach");
  }

  /** Scenarios: Configure user data; Collect application logs. */
  @Test
  void aContainerHasTheEnvironmentOfItsAppAndPrintsToItsLogGroup() throws Exception {
    release(
        """
        {"api": {"image": "registry:5000/api", "port": 3000, "logGroup": "/slipway/qa/api",
          "environment": {"LOG_LEVEL": "de bug"}}}""");

    Ended ended =
        run(
            COMPOSE
                + """
export AWS_REGION=eu-central-1
secrets_write() { :; }
color_start api blue
""");

    assertThat(ended.exit()).as(ended.output()).isZero();
    JsonObject made = service("api-blue");
    assertThat(made.getAsJsonObject("environment").get("LOG_LEVEL").getAsString())
        .isEqualTo("de bug");
    JsonObject logging = made.getAsJsonObject("logging");
    assertThat(logging.get("driver").getAsString()).isEqualTo("awslogs");
    JsonObject options = logging.getAsJsonObject("options");
    assertThat(options.get("awslogs-region").getAsString()).isEqualTo("eu-central-1");
    assertThat(options.get("awslogs-group").getAsString()).isEqualTo("/slipway/qa/api");
    assertThat(options.get("awslogs-stream").getAsString()).matches(".+/api-blue");
    assertThat(options.get("mode").getAsString()).isEqualTo("non-blocking");
  }

  @Test
  @DisplayName("Retrieve secrets at runtime")
  void secretsComeFromSecretsManagerByAFileInMemoryIntoTheProgramsEnvironment() throws Exception {
    String value = "it's a \"secret\" $HOME of the test";
    Files.writeString(root.resolve("value.json"), new com.google.gson.Gson().toJson(value));
    Files.writeString(
        root.resolve("environment.json"), "{\"secretPrefix\": \"arn:\", \"secret.jwt\": \"jwt\"}");
    release(
        """
        {"api": {"image": "registry:5000/api", "port": 3000, "secrets": {"JWT_SECRET": "jwt"}}}""");

    Ended ended =
        run(
            COMPOSE
                + """
aws() {
  printf '%%s\n' "$*" >>'%1$s/aws'
  jq '{SecretString: ., VersionId: "1"}' '%1$s/value.json'
}
color_start api blue
"""
                    .formatted(root));

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(Files.readString(root.resolve("aws")))
        .startsWith("secretsmanager get-secret-value --secret-id arn:jwt ");
    Path memory = root.resolve("run/secrets/slipway-api-blue");
    JsonObject mount = service("api-blue").getAsJsonArray("volumes").get(0).getAsJsonObject();
    assertThat(mount.get("source").getAsString()).isEqualTo(memory.toString());
    assertThat(mount.get("target").getAsString()).isEqualTo("/run/slipway/secrets");
    assertThat(mount.get("read_only").getAsBoolean()).isTrue();
    assertThat(service("api-blue").toString()).doesNotContain("$HOME", "JWT_SECRET");
    assertThat(Files.readString(root.resolve("docker"))).doesNotContain("$HOME", "JWT_SECRET");
    assertThat(ended.output()).as("what a release logs").doesNotContain("$HOME");
    // All but the folder that is in memory on a host, and what this test has written itself.
    try (var files = Files.walk(root)) {
      assertThat(
              files
                  .filter(Files::isRegularFile)
                  .filter(file -> !file.startsWith(memory.getParent())))
          .filteredOn(file -> !file.endsWith("value.json"))
          .noneMatch(file -> read(file).contains("of the test"));
    }
    // The program that the image names, as the entry point of its container starts it.
    Path entry = root.resolve("entry.sh");
    Files.writeString(
        entry,
        Files.readString(root.resolve("runtimes/apps/entrypoint.sh"))
            .replace("/run/slipway/secrets", memory.toString()));
    Process program = new ProcessBuilder("sh", entry.toString(), "printenv", "JWT_SECRET").start();
    assertThat(new String(program.getInputStream().readAllBytes())).isEqualTo(value + "\n");
    assertThat(program.waitFor()).isZero();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Ended run(String line) throws Exception {
    Path script = root.resolve("test.sh");
    Files.writeString(script, BundleShell.sourcesOf(root) + line + "\n");
    return BundleShell.bash(script);
  }
}
