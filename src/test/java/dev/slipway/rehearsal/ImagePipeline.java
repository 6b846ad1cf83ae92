package dev.slipway.rehearsal;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the jobs of an application's own repository do: they build its image and push it, and
 * release that very image; and what takes it from there to another stack.
 */
final class ImagePipeline {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration RELEASE = Duration.ofMinutes(40);
  private static final Pattern DIGEST = Pattern.compile("(?m)^digest=(sha256:[0-9a-f]{64})$");

  /** A colour that no other image of the rehearsal has. */
  private static final String COLOUR = "#3c7a1b";

  /** What the emulated scan finds in every image. */
  private static final String FINDING = "CVE-9999-9999";

  /** What a pipeline of an application would have in its repository. */
  private static final String DOCKERFILE =
      """
      FROM %s/frappe/erpnext:%s
      COPY --chown=frappe:frappe erpnext apps/erpnext/erpnext
      RUN bench build >/dev/null && rm -rf assets && cp -r sites/assets assets && rm -rf sites/assets
      """;

  private final Fixture fixture;
  private final PulumiStack stack;
  private final ApplicationRepository application;
  private final FoundationFile.Entry entry;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private final String name;
  private final WorkflowJob job;
  private Path dockerfile;

  ImagePipeline(
      Fixture fixture,
      PulumiStack stack,
      ApplicationRepository application,
      FoundationFile.Entry entry)
      throws IOException {
    this.fixture = fixture;
    this.stack = stack;
    this.application = application;
    this.entry = entry;
    cloud = fixture.cloud();
    diary = fixture.diary();
    name = fixture.stack();
    job = new WorkflowJob(fixture, entry.repository(), "environment:" + entry.environment());
  }

  /** What the stylesheets of the site say, as a visitor gets them. */
  interface Styles {
    String served();
  }

  /**
   * From the image of what serves to a new one.
   *
   * @param live the commit that serves
   */
  void run(String live, Styles styles, FoundationFile.Entry own) throws Exception {
    job.take("slipway-build-" + entry.name(), "build");
    job.take("slipway-release-" + name, "release");
    dockerfile =
        Files.writeString(
            cloud.directory().resolve("application.Dockerfile"),
            DOCKERFILE.formatted(cloud.registry(), live));
    findings(live);
    push(live, "an image is built, pushed, scanned and tagged");
    elsewhere();
    fromTheAccount(live);
    String commit = application.push("v5-another-change", "body { color: " + COLOUR + " }");
    String digest = push(commit, "the image of the next commit too");
    Shell.Result released =
        fixture.run(job.environment("release"), RELEASE, "./scripts/release.sh", name, digest);
    diary.check(released.ok(), "its digest is released by the release role", released.tail());
    diary.checkEquals(digest, serving("imageDigest"), "that digest serves");
    if (fixture.options().images() == Options.Images.STAND_IN) {
      diary.check(
          styles.served().contains(COLOUR), "its stylesheet is served over HTTPS", styles.served());
    }
    unchanged(digest);
    promote(digest, own);
  }

  // ---- the image ------------------------------------------------------------------------------

  private Shell.Result pushImage(String repository, String commit, String... more) {
    var command =
        new ArrayList<>(
            List.of(
                "./scripts/ci/push-image.sh",
                repository,
                "--commit",
                commit,
                "--environment",
                entry.environment(),
                "--region",
                fixture.environment().get("AWS_REGION"),
                "--context",
                application.files().toString(),
                "--file",
                dockerfile.toString(),
                "--platform",
                System.getProperty("os.arch").equals("aarch64") ? "linux/arm64" : "linux/amd64",
                "--builder",
                cloud.imageBuilder()));
    command.addAll(List.of(more));
    return fixture.run(job.environment("build"), LONG, command.toArray(String[]::new));
  }

  /** A finding that nobody has accepted: the image lies there, and has no name. */
  private void findings(String commit) {
    Shell.Result found = pushImage(entry.name(), commit);
    diary.check(
        found.exit() == 1 && found.output().contains("no tag was put or moved"),
        "a finding of the scan stops it",
        found.tail());
    diary.checkEquals(Set.of(), tags("imageTag=" + commit), "the image has no tag");
  }

  /** Gives the digest. */
  private String push(String commit, String claim) throws IOException {
    Path accepted =
        Files.writeString(
            cloud.directory().resolve("scan-ignore"),
            FINDING + "  2099-12-31  the emulated scan finds it in every image\n");
    Shell.Result pushed = pushImage(entry.name(), commit, "--ignore", accepted.toString());
    diary.check(pushed.ok(), claim, pushed.tail());
    Matcher digest = DIGEST.matcher(pushed.printed());
    if (!digest.find()) {
      throw new Diary.Broken("push-image.sh tells no digest: " + pushed.tail());
    }
    return digest.group(1);
  }

  /** The role's login is good for all registries of the account; its rights are not. */
  private void elsewhere() throws IOException {
    fixture
        .scripts()
        .need(MINUTE, "aws", "ecr", "create-repository", "--repository-name", "somebody-elses");
    Shell.Result other = pushImage("somebody-elses", "0".repeat(40));
    diary.check(
        !other.ok() && other.output().contains("not authorized to perform: ecr:Describe"),
        "push-image.sh is refused another repository",
        other.tail());
    String registry =
        fixture
            .scripts()
            .aws(
                "ecr",
                "describe-repositories",
                "--repository-names",
                "somebody-elses",
                "--query",
                "repositories[0].repositoryUri")
            .replaceFirst("/.*$", "");
    Shell.Result denied =
        fixture.run(
            job.environment("build"),
            MINUTE,
            "sh",
            "-c",
            "printf 'user = \"AWS:%s\"\\n' \"$(aws ecr get-login-password)\""
                + " | curl --silent --config - --request POST"
                + " \"http://$0/v2/somebody-elses/blobs/uploads/\"",
            registry);
    diary.check(
        denied.output().contains("not authorized to perform: ecr:InitiateLayerUpload"),
        "and so is a layer that is pushed there by hand",
        denied.tail());
    Shell.Result login =
        fixture.run(job.environment("release"), MINUTE, "aws", "ecr", "get-login-password");
    diary.check(
        login.output().contains("not authorized to perform: ecr:GetAuthorizationToken"),
        "the release role gets no login at all",
        login.tail());
  }

  /**
   * The hosts take the images from the account's registry from now on, with rights of their own.
   */
  private void fromTheAccount(String live) throws Exception {
    String image = cloud.accountRegistry() + "/" + entry.name();
    // With the seed of before there would be no image for a stack that is made anew.
    stack.configure(Map.of("slipway:erpnext.image.name", image, "slipway:release.seed", live));
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up with the images of the account's registry ends well", run.output());
    diary.check(
        serving("image").startsWith(image + "@"),
        "what serves was pulled from there",
        serving("image"));
  }

  /** Nothing but the registry remembers the build: the builder is emptied, as a new runner's is. */
  private void unchanged(String digest) throws IOException {
    String commit = application.push("v5-another-change", "body { color: " + COLOUR + " }");
    fixture
        .scripts()
        .need(
            MINUTE,
            "docker",
            "buildx",
            "prune",
            "--builder",
            cloud.imageBuilder(),
            "--all",
            "--force");
    String again = push(commit, "a commit that changes nothing is pushed too");
    diary.checkEquals(digest, again, "the application that did not change keeps its digest");
    Set<String> tags = tags("imageDigest=" + digest);
    diary.check(
        tags.containsAll(Set.of(commit, commit + "-" + entry.environment())),
        "which has the names of both commits",
        tags);
  }

  private Set<String> tags(String id) {
    Shell.Result result =
        fixture
            .scripts()
            .run(
                MINUTE,
                "aws",
                "ecr",
                "describe-images",
                "--repository-name",
                entry.name(),
                "--image-ids",
                id,
                "--query",
                "imageDetails[0].imageTags",
                "--output",
                "text");
    return result.ok() ? new TreeSet<>(List.of(result.printed().strip().split("\\s+"))) : Set.of();
  }

  private String serving(String field) {
    JsonObject status =
        JsonParser.parseString(fixture.scripts().need(LONG, "./scripts/status.sh", name, "--json"))
            .getAsJsonObject();
    return String.valueOf(status.getAsJsonObject("release").get(field)).replace("\"", "");
  }

  // ---- to production --------------------------------------------------------------------------

  /** With a stand-in for GitHub's API; production has no host here, so that it ends there. */
  private void promote(String digest, FoundationFile.Entry own) throws IOException {
    Path file =
        Files.writeString(
            fixture.project().resolve("Pulumi.production.yaml"),
            "config:\n  aws:region: %s\n  slipway:system: erpnext\n  slipway:promotedFrom: %s\n"
                .formatted(fixture.environment().get("AWS_REGION"), name));
    var qa = new WorkflowJob(fixture, own.repository(), "environment:" + own.environment());
    qa.take("slipway-release-" + name, "release");
    var environment = qa.environment("release");
    Path protection = gitHub(environment);

    Files.writeString(protection, "{\"protection_rules\": [], \"deployment_branch_policy\": null}");
    refused(
        promote(environment, digest), "has no required reviewers", "nobody would have to approve");
    Files.writeString(
        protection,
        """
        {"protection_rules": [{"type": "required_reviewers", "prevent_self_review": true,
          "reviewers": [{"type": "User", "reviewer": {"login": "ada"}}]}],
         "deployment_branch_policy": null}
        """);
    refused(
        promote(environment, "sha256:" + "0".repeat(64)),
        "never served in " + name,
        "a digest that never served");
    Shell.Result went = promote(environment, digest);
    diary.check(
        went.output().contains("one of 1 reviewers has to approve")
            && went.output().contains(digest + " served as release"),
        "promote.sh finds that somebody approves, and that the digest served",
        went.tail());
    diary.check(
        went.exit() == 30
            && went.output().contains("has the tag slipway:stack=production: nothing was run"),
        "and goes on to production, which has no host here",
        went.tail());
    Files.delete(file);
  }

  private Shell.Result promote(Map<String, String> environment, String digest) {
    return fixture.run(environment, LONG, "./scripts/promote.sh", "production", digest);
  }

  private void refused(Shell.Result result, String why, String what) {
    diary.check(
        result.exit() == 11 && result.output().contains(why),
        "promote.sh refuses: " + what,
        result.tail());
  }

  /** Puts a gh first that knows one environment; gives the file with what GitHub says of it. */
  private Path gitHub(Map<String, String> environment) throws IOException {
    Path tools = Files.createDirectories(cloud.directory().resolve("promote-gh"));
    Path protection = tools.resolve("protection.json");
    Path gh = tools.resolve("gh");
    Files.writeString(
        gh,
        """
        #!/bin/sh
        case $* in
          "api repos/$GITHUB_REPOSITORY/environments/production") cat '%s' ;;
          *) echo 'gh: Not Found (HTTP 404)' >&2; exit 1 ;;
        esac
        """
            .formatted(protection));
    if (!gh.toFile().setExecutable(true)) {
      throw new Diary.Broken("the stand-in for gh can't be made executable");
    }
    environment.put("PATH", tools + ":" + fixture.environment().get("PATH"));
    return protection;
  }

  // ---- the end of it --------------------------------------------------------------------------

  /** The foundation goes, with all the images that were pushed. */
  void takeAway() {
    Shell.Result all =
        fixture.run(
            new HashMap<>(),
            LONG,
            "./scripts/destroy.sh",
            "foundation",
            "--purge",
            "--confirm",
            "destroy and purge foundation");
    diary.check(all.ok(), "destroy.sh --purge takes the foundation", all.tail());
    Matcher deleted =
        Pattern.compile("(?m)^" + entry.name() + ": ([0-9]+) images deleted$")
            .matcher(all.output());
    diary.check(
        deleted.find() && Integer.parseInt(deleted.group(1)) >= 2,
        "with all the images of its registry",
        all.tail());
    diary.check(
        all.output().contains("Left, and going on to cost money:")
            && all.output().contains("aws:ecr/repository:Repository"),
        "it lists the registry among what is left and costs money",
        all.tail());
    diary.checkEquals(
        "0",
        fixture
            .scripts()
            .aws(
                "ecr",
                "list-images",
                "--repository-name",
                entry.name(),
                "--query",
                "length(imageIds)"),
        "which is empty");
  }
}
