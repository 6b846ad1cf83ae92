package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The document's scenarios under "Continuous Integration and Deployment", by their names: the
 * workflows' own steps run here, in their order, with the real scripts. What GitHub does around
 * them (triggers, environments, needed jobs) is read from the workflows.
 */
class AdminPanelPipelineTest {
  private static final String COMMIT = "c".repeat(40);
  private static final String API = "sha256:" + "a".repeat(64);
  private static final String WEB = "sha256:" + "b".repeat(64);
  private static final String BOTH = "api@" + API + ",web@" + WEB;
  private static final String REVIEWED =
      """
      {"name": "admin-prod", "protection_rules": [{"type": "required_reviewers",
        "reviewers": [{"type": "User", "reviewer": {"login": "ada"}}]}], "deployment_branch_policy": null}""";

  @TempDir Path root;
  private final List<Workflow> workflows = Workflow.all();
  private Workplace place;
  private FakeGitHub github;

  AdminPanelPipelineTest() throws IOException {}

  @BeforeEach
  void start() throws IOException {
    place = new Workplace(root);
    github = new FakeGitHub(place);
    for (String stack : List.of("admin-qa", "admin-prod")) {
      String name = "Pulumi." + stack + ".yaml";
      place.file(name, Files.readString(Path.of(name)));
    }
  }

  @AfterEach
  void stop() {
    github.close();
  }

  private Workflow workflow(String name) {
    return workflows.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  /** Runs a step's own words, as its job would with these in its environment. */
  private Workplace.Ended step(String workflow, String name, Map<String, String> environment) {
    var step =
        workflow(workflow).steps().stream()
            .filter(one -> name.equals(one.content().get("name")))
            .findFirst()
            .orElseThrow();
    assertThat(((Map<?, ?>) step.content().get("env")).keySet().stream().map(String::valueOf))
        .as("what the step is given")
        .containsAll(
            environment.keySet().stream()
                .filter(key -> !key.startsWith("GITHUB_") && !key.startsWith("AWS_"))
                .toList());
    place.file("scripts/step.sh", "cd \"$FAKES\"\n" + step.run());
    environment.forEach(place::with);
    return place.run("step.sh");
  }

  /** The workflow that docs/workflows.md shows to application repositories. */
  private static Map<?, ?> caller() throws IOException {
    var block =
        Pattern.compile("(?s)```yaml\n(name: release\n.*?)```")
            .matcher(Files.readString(Path.of("docs/workflows.md")));
    assertThat(block.find()).isTrue();
    return new Yaml(new SafeConstructor(new LoaderOptions())).load(block.group(1));
  }

  private static Map<?, ?> given() throws IOException {
    var job = (Map<?, ?>) ((Map<?, ?>) caller().get("jobs")).get("release");
    assertThat((String) job.get("uses")).contains("/.github/workflows/release.yml@");
    return (Map<?, ?>) job.get("with");
  }

  @Test
  @DisplayName("Build and push Docker images")
  void build() throws IOException {
    var pushes = (Map<?, ?>) ((Map<?, ?>) caller().get(true)).get("push");
    assertThat(pushes.get("branches")).isEqualTo(List.of("develop", "main"));
    var call = (Map<?, ?>) workflow("release.yml").events().get("workflow_call");
    assertThat(((Map<?, ?>) call.get("inputs")).keySet().stream().map(String::valueOf))
        .containsAll(given().keySet().stream().map(String::valueOf).toList());

    registry();
    for (String repository : List.of("admin-api", "admin-web")) {
      place.fakeScript("scan-image.sh", ":");
      var pushed = push(repository);
      assertThat(pushed.exit()).as(pushed.all()).isZero();
      assertThat(place.path("tags/" + repository + "/" + COMMIT)).hasContent(API);
      assertThat(place.path("tags/" + repository + "/" + COMMIT + "-qa")).hasContent(API);
    }
    assertThat(place.calls("docker buildx build")).hasSize(2);

    Files.delete(place.path("tags/admin-web/" + COMMIT));
    Files.delete(place.path("tags/admin-web/" + COMMIT + "-qa"));
    place.fakeScript("scan-image.sh", "echo 'CVE-2026-1 HIGH'; exit 1");
    var vulnerable = push("admin-web");
    assertThat(vulnerable.exit()).isEqualTo(1);
    assertThat(vulnerable.all()).contains("CVE-2026-1");
    assertThat(place.path("tags/admin-web")).isEmptyDirectory();
  }

  /** ECR, whose tags are files. */
  private void registry() {
    place
        .fake("aws --version", "echo aws-cli/2")
        .fake(
            "aws ecr describe-repositories",
            "words=$*; name=${words##*--repository-names }; mkdir -p \"$FAKES/tags/${name%% *}\";"
                + " echo 123456789012.dkr.ecr.us-east-1.amazonaws.com/${name%% *} IMMUTABLE"
                + " arn:aws:ecr:us-east-1:123456789012:repository/${name%% *}")
        .fake("aws ecr list-tags-for-resource", ":")
        .fake("aws ecr get-login-password", "echo the-token")
        .fake(
            "aws ecr describe-images",
            """
            words=$* name=${words##*--repository-name } tag=${words##*imageTag=}
            cat "$FAKES/tags/${name%% *}/${tag%% *}" 2>/dev/null || {
              echo 'An error occurred (ImageNotFoundException) when calling the DescribeImages operation: no' >&2
              exit 254
            }
            """)
        .fake("aws ecr batch-get-image", "echo '{}'")
        .fake(
            "aws ecr put-image",
            """
            words=$* name=${words##*--repository-name } tag=${words##*--image-tag } digest=${words##*--image-digest }
            echo "${digest%% *}" >"$FAKES/tags/${name%% *}/${tag%% *}"
            """)
        .fake("docker info", "echo 28")
        .fake("docker login", "cat >/dev/null")
        .fake("docker buildx create", ":")
        .fake("docker buildx rm", ":")
        .fake(
            "docker buildx build",
            "words=$*; file=${words##*--metadata-file };"
                + " printf '{\"containerimage.digest\": \"%s\"}' >\"${file%%%% *}\""
                    .formatted(API));
    place.file("Dockerfile", "FROM scratch\n");
  }

  private Workplace.Ended push(String repository) {
    return step(
        "release.yml",
        "Build, push, scan, tag",
        Map.ofEntries(
            Map.entry("SLIPWAY", place.path("").toString()),
            Map.entry("REPOSITORY", repository),
            Map.entry("ENVIRONMENT", "qa"),
            Map.entry("CONTEXT", "."),
            Map.entry("DOCKERFILE", "Dockerfile"),
            Map.entry("PLATFORM", "linux/amd64"),
            Map.entry("IMAGES", ""),
            Map.entry("PREFIX", ""),
            Map.entry("MOVING", ""),
            Map.entry("IGNORE", ""),
            Map.entry("GITHUB_SHA", COMMIT),
            Map.entry("REGISTRY_REGION", "us-east-1")));
  }

  @Test
  @DisplayName("Deploy to QA automatically")
  void qa() throws IOException {
    assertThat((String) given().get("stack"))
        .isEqualTo("${{ github.ref_name == 'develop' && 'admin-qa' || '' }}");
    var release = workflow("release.yml").jobs().get("release");
    assertThat(release.get("needs")).as("the image is built and pushed before").isEqualTo("build");
    assertThat((String) release.get("if")).contains("inputs.stack != ''");
    for (Workflow workflow : workflows) {
      assertThat(workflow.steps())
          .allSatisfy(step -> assertThat(step.run()).doesNotContainPattern("\\b(ssh|scp)\\b"));
    }

    // What pulls, migrates, switches and looks on the host is AppsRuntimeTest's and the
    // rehearsal's.
    place.fakeScript(
        "ssm-run.sh",
        """
        case " $* " in
          *' --list '*) echo i-0aaaaaaaaaaaaaaaa ;;
          *-status\\ *) echo '{"release": {"id": "1", "ref": "before", "outcome": "ok"}}' ;;
          *) exit "$(cat "$FAKES/status")" ;;
        esac""");
    // The lock over the hosts.
    place
        .fake("aws --version", "echo aws-cli/2")
        .fake("aws ssm get-parameter", "printf '{\"bundle\": {\"bucket\": \"artifacts\"}}\\n'")
        .fake(
            "aws s3api",
            Files.readString(Path.of("src/test/resources/dev/slipway/scripts/s3api.sh")));
    place.file("status", "0");
    var given =
        Map.of(
            "SLIPWAY",
            place.path("").toString(),
            "STACK",
            "admin-qa",
            "APP",
            "api",
            "REF",
            API,
            "AWS_REGION",
            "us-east-1");
    var ended = step("release.yml", "Release the image", given);
    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("ssm-run.sh"))
        .filteredOn(call -> call.contains("slipway-admin-qa-release"))
        .singleElement()
        .asString()
        .contains("ref=api@" + API);

    place.file("status", "20");
    assertThat(step("release.yml", "Release the image", given).exit())
        .as("the release before serves again")
        .isEqualTo(20);
  }

  @Test
  @DisplayName("Deploy to Production with approval")
  void production() throws IOException {
    var jobs = workflow("production.yml").jobs();
    assertThat(jobs.get("ran").get("needs")).isEqualTo("guard");
    assertThat(jobs.get("release").get("needs")).isEqualTo("ran");
    assertThat(jobs.get("release").get("environment")).isEqualTo("${{ inputs.stack }}");
    assertThat(environment("admin-prod").getAsJsonObject().getAsJsonArray("reviewers"))
        .as("whose approval the environment waits for")
        .isNotEmpty();

    place
        .fakeScript("release.sh", "exit \"$(cat \"$FAKES/status\")\"")
        .fakeScript(
            "status.sh",
            """
            [[ $1 == admin-qa ]] || exit 30
            cat "$FAKES/served"
            """);
    place.file("status", "0");
    place.file("served", "{\"release\": {\"id\": \"1\", \"outcome\": \"ok\"}, \"history\": []}");

    assertThat(promote("Is the environment protected?").exit())
        .as("nobody has to approve")
        .isEqualTo(11);
    github.environments.put("admin-prod", FakeGitHub.json(REVIEWED));
    assertThat(promote("Is the environment protected?").exit()).isZero();
    assertThat(promote("Did it serve there?").exit()).as("it never served in QA").isEqualTo(11);
    place.file(
        "served",
        """
        {"release": {"id": "1", "ref": "%1$s", "outcome": "ok"}, "history": [
          {"id": "1", "ref": "%1$s", "outcome": "ok"}]}"""
            .formatted(BOTH)
            .replace("\n", ""));
    assertThat(promote("Did it serve there?").exit()).isZero();
    assertThat(place.calls("release.sh")).isEmpty();

    assertThat(promote("Release").exit()).isZero();
    assertThat(place.calls("release.sh")).singleElement().asString().contains("admin-prod", API);
    place.file("status", "20");
    assertThat(promote("Release").exit()).as("it went back by itself").isEqualTo(20);
  }

  private Workplace.Ended promote(String step) {
    place.with("GITHUB_REPOSITORY", FakeGitHub.REPOSITORY);
    var given = new java.util.TreeMap<>(Map.of("STACK", "admin-prod", "REF", BOTH));
    if (step.startsWith("Is ")) {
      given.put("GUARD", "reviewers");
    }
    return step("production.yml", step, given);
  }

  private static JsonElement environment(String name) throws IOException {
    var all = JsonParser.parseString(Files.readString(Path.of(".github/rulesets.json")));
    for (var one : all.getAsJsonObject().getAsJsonArray("environments")) {
      if (one.getAsJsonObject().get("name").getAsString().equals(name)) {
        return one;
      }
    }
    throw new AssertionError("no environment " + name + " in .github/rulesets.json");
  }
}
