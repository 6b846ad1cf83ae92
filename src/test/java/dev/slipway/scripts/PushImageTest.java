package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PushImageTest {
  private static final String COMMIT = "c".repeat(40);
  private static final String DIGEST = "sha256:" + "d".repeat(64);
  private static final String OTHER = "sha256:" + "e".repeat(64);
  private static final String URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/erp";

  @TempDir Path root;
  private Workplace place;

  /** A registry whose tags are files in a folder. */
  @BeforeEach
  void start() throws IOException {
    Files.createDirectories(root.resolve("tags"));
    place =
        new Workplace(root)
            .fake("aws --version", "echo aws-cli/2")
            .fake("aws ecr describe-repositories", "echo " + URI + " MUTABLE arn:of:erp")
            .fake("aws ecr list-tags-for-resource", "cat \"$FAKES/prefixes\" 2>/dev/null || true")
            .fake("aws ecr get-login-password", "echo the-token")
            .fake(
                "aws ecr describe-images",
                """
                tag=$(sed -n 's/.*imageTag=\\([^ ]*\\).*/\\1/p' <<<"$*")
                cat "$FAKES/tags/$tag" 2>/dev/null || {
                  echo 'An error occurred (ImageNotFoundException) when calling the DescribeImages operation: no' >&2
                  exit 254
                }
                """)
            .fake("aws ecr batch-get-image", "echo '{\"mediaType\": \"application/x\"}'")
            .fake(
                "aws ecr put-image",
                """
                tag=$(sed -n 's/.*--image-tag \\([^ ]*\\).*/\\1/p' <<<"$*")
                sed -n 's/.*--image-digest \\([^ ]*\\).*/\\1/p' <<<"$*" >"$FAKES/tags/$tag"
                """)
            .fakeScript("scan-image.sh", "echo scanned")
            .fake("docker info", "echo 28")
            .fake("docker login", "cat >\"$FAKES/password\"")
            .fake("docker buildx create", ":")
            .fake("docker buildx rm", ":")
            .fake(
                "docker buildx build",
                """
                file=$(sed -n 's/.*--metadata-file \\([^ ]*\\).*/\\1/p' <<<"$*")
                printf '{"containerimage.digest": "%s"}' >"$file"
                printf '%%s' "$SOURCE_DATE_EPOCH" >"$FAKES/epoch"
                """
                    .formatted(DIGEST));
    place.file("Dockerfile", "FROM scratch\n");
  }

  private Workplace.Ended push(String... words) {
    var line =
        new ArrayList<>(
            List.of(
                "erp", "--commit", COMMIT, "--environment", "staging", "--region", "us-east-1"));
    line.addAll(List.of(words));
    return place.run("push-image.sh", line.toArray(String[]::new));
  }

  private String tag(String name) {
    return place.path("tags/" + name).toFile().exists() ? read("tags/" + name).strip() : "";
  }

  private String read(String name) {
    try {
      return Files.readString(place.path(name));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void anImageGetsTheCommitsTagAndThatOfTheEnvironment() {
    place.with("GITHUB_OUTPUT", place.path("github-output").toString());

    var ended = push();

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(tag(COMMIT)).isEqualTo(DIGEST);
    assertThat(tag(COMMIT + "-staging")).isEqualTo(DIGEST);
    assertThat(ended.output()).contains("image=" + URI + "@" + DIGEST);
    assertThat(read("github-output")).contains("digest=" + DIGEST);
  }

  @Test
  void nothingThatDiffersBetweenTwoBuildsOfTheSameGoesIntoTheImage() {
    push();

    assertThat(place.calls("docker buildx build"))
        .singleElement()
        .asString()
        .contains("--provenance=false", "--sbom=false", "rewrite-timestamp=true", "--cache-from")
        .doesNotContain(COMMIT);
    assertThat(read("epoch")).isEqualTo("315532800");
  }

  @Test
  void theCacheHasARegistryOfItsOwnWhereTagsCantBeMoved() {
    place.fake("aws ecr describe-repositories", "echo " + URI + " IMMUTABLE arn:of:erp");

    var ended = push();

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("docker buildx build"))
        .singleElement()
        .asString()
        .contains("ref=" + URI + "-cache:build-cache");
  }

  @Test
  void aTagThatCantBeMovedIsRefusedBeforeAnythingIsBuilt() {
    place.fake("aws ecr describe-repositories", "echo " + URI + " IMMUTABLE arn:of:erp");

    var ended = push("--moving", "latest");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("--moving: the tags of erp can't be moved");
    assertThat(place.calls("docker")).isEmpty();
  }

  @Test
  void aCommitThatWasBuiltIsNotBuiltAgain() {
    place.file("tags/" + COMMIT, OTHER + "\n");

    var ended = push();

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("docker")).isEmpty();
    assertThat(place.calls("scan-image.sh erp " + OTHER)).hasSize(1);
    assertThat(tag(COMMIT + "-staging")).isEqualTo(OTHER);
    assertThat(ended.output()).contains("digest=" + OTHER);
  }

  @Test
  void aTagWithACommitInItIsNeverMoved() {
    place.file("tags/" + COMMIT + "-staging", OTHER + "\n");

    var ended = push();

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("never moved");
    assertThat(tag(COMMIT + "-staging")).isEqualTo(OTHER);
    assertThat(push("--moving", COMMIT).exit()).isEqualTo(2);
  }

  @Test
  void aPrefixKeepsApplicationsOfOneRepositoryApart() {
    place.file("tags/backend-latest", OTHER + "\n");

    var ended = push("--prefix", "backend-", "--moving", "latest");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(tag("backend-" + COMMIT)).isEqualTo(DIGEST);
    assertThat(tag("backend-latest")).isEqualTo(DIGEST);
    assertThat(tag(COMMIT)).isEmpty();
  }

  @Test
  void aPrefixThatTheRepositoryHasNotIsRefusedBeforeAnythingIsBuilt() {
    place.file("prefixes", "backend- frontend-\n");

    assertThat(push("--prefix", "backend-").exit()).isZero();
    for (var given : List.of(List.<String>of(), List.of("--prefix", "backed-"))) {
      place.file("calls", "");
      var ended = push(given.toArray(String[]::new));

      assertThat(ended.exit()).isEqualTo(1);
      assertThat(ended.errors())
          .contains("the tags of erp begin with one of: backend- frontend-", "Nothing was built");
      assertThat(place.calls("docker")).isEmpty();
    }
  }

  /** An application of two images, each of which has its own digest. */
  private Workplace.Ended pushBoth(String... more) {
    place.file("backend/Dockerfile", "FROM scratch\n");
    place.file("frontend/Dockerfile", "FROM scratch\n");
    place.fake(
        "docker buildx build",
        """
        file=$(sed -n 's/.*--metadata-file \\([^ ]*\\).*/\\1/p' <<<"$*")
        case "$*" in
          *" backend") printf '{"containerimage.digest": "%s"}' >"$file" ;;
          *" frontend") printf '{"containerimage.digest": "%s"}' >"$file" ;;
        esac
        """
            .formatted(DIGEST, OTHER));
    var line = new ArrayList<>(List.of("--images", "backend=backend frontend=frontend"));
    line.addAll(List.of(more));
    return push(line.toArray(String[]::new));
  }

  @Test
  void severalImagesOfAnApplicationAreBuiltTaggedAndToldAsOneRelease() {
    place.file("prefixes", "backend- frontend-\n");
    place.with("GITHUB_OUTPUT", place.path("github-output").toString());

    var ended = pushBoth("--moving", "latest");

    assertThat(ended.exit()).as(ended.all()).isZero();
    for (var tag : List.of(COMMIT, COMMIT + "-staging", "latest")) {
      assertThat(tag("backend-" + tag)).isEqualTo(DIGEST);
      assertThat(tag("frontend-" + tag)).isEqualTo(OTHER);
    }
    assertThat(read("github-output"))
        .isEqualTo("ref=backend@" + DIGEST + ",frontend@" + OTHER + "\n");
    assertThat(place.calls("docker login")).hasSize(1);
    assertThat(place.calls("docker buildx build"))
        .satisfiesExactly(
            one -> assertThat(one).contains("backend/Dockerfile", URI + ":backend-build-cache"),
            two -> assertThat(two).contains("frontend/Dockerfile", URI + ":frontend-build-cache"));
  }

  @Test
  void noTagOfAnyIsPutBeforeAllHavePassedTheScan() {
    place.fakeScript("scan-image.sh", "[[ $* != *" + OTHER + "* ]]");

    var ended = pushBoth("--moving", "latest");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains(OTHER + " was pushed and did not pass", "no tag was put");
    assertThat(place.calls("scan-image.sh")).hasSize(2);
    assertThat(place.calls("aws ecr put-image")).isEmpty();
  }

  @Test
  void noTagMovesWhereThatOfTheCommitIsAnotherImage() {
    place.file("tags/frontend-" + COMMIT + "-staging", DIGEST + "\n");

    var ended = pushBoth("--moving", "latest");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("frontend-" + COMMIT + "-staging is " + DIGEST);
    assertThat(tag("backend-latest")).isEmpty();
  }

  @Test
  void severalImagesTakeNoOptionsOfOne() {
    for (var wrong :
        List.of(
            List.of("--images", "backend=."),
            List.of("--images", "a=. a=."),
            List.of("--images", "a=., b=."))) {
      place.file("Dockerfile", "FROM scratch\n");
      var line = new ArrayList<>(wrong);
      if (wrong.get(1).startsWith("backend")) {
        line.addAll(List.of("--prefix", "backend-"));
      }
      assertThat(push(line.toArray(String[]::new)).exit()).as(wrong.toString()).isEqualTo(2);
    }
    assertThat(place.calls()).isEmpty();
  }

  @Test
  void theTokenIsReadFromStandardInputAndForgotten() {
    push();

    assertThat(read("password")).isEqualTo("the-token\n");
    assertThat(place.calls()).noneMatch(call -> call.contains("the-token"));
    assertThat(place.path(".docker")).doesNotExist();
    assertThat(place.calls("docker buildx rm")).hasSize(1);
  }

  @Test
  void aStoppedDockerIsNotMissing() {
    place.fake("docker info", "echo 'Cannot connect to the Docker daemon' >&2; exit 1");

    var ended = push();

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors())
        .contains("the Docker engine doesn't answer: start it")
        .contains("docker says: Cannot connect to the Docker daemon")
        .doesNotContain("missing");
  }

  @Test
  void aBuildThatFailsTagsNothing() {
    place.fake("docker buildx build", "exit 1");

    assertThat(push().exit()).isEqualTo(1);
    assertThat(place.calls("aws ecr put-image")).isEmpty();
  }

  @Test
  void noTagIsPutOrMovedBeforeTheScanHasPassed() {
    place.file("tags/latest", OTHER + "\n");
    place.file("ignored", "# nothing\n");
    place.with("GITHUB_OUTPUT", place.path("github-output").toString());
    place.fakeScript("scan-image.sh", "exit 1");

    var ended = push("--moving", "latest", "--ignore", "ignored");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("no tag was put or moved");
    assertThat(place.calls("scan-image.sh"))
        .containsExactly("scan-image.sh erp " + DIGEST + " --region us-east-1 --ignore ignored");
    assertThat(place.calls("aws ecr put-image")).isEmpty();
    assertThat(tag("latest")).isEqualTo(OTHER);
    assertThat(place.path("github-output")).as("what the next job would release").doesNotExist();
  }

  @Test
  void anIgnoreFileThatIsNotThereIsNoticedBeforeTheBuild() {
    assertThat(push("--ignore", "nowhere").exit()).isEqualTo(2);
    assertThat(place.calls()).isEmpty();
  }
}
