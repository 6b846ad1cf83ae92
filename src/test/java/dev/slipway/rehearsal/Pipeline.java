package dev.slipway.rehearsal;

import dev.slipway.rehearsal.cloud.EmulatedCloud;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What happens between a push to an application's develop branch and its new version: a workflow's
 * job takes the roles that the foundation made for it, and runs the script that the workflow runs.
 */
final class Pipeline {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration RELEASE = Duration.ofMinutes(40);
  private static final Pattern STYLESHEET = Pattern.compile("href=\"([^\"]+\\.css[^\"]*)\"");

  /** A colour that no other commit of the rehearsal has. */
  private static final String COLOUR = "#7a1b3c";

  /** Commits a change of a stylesheet, pushes it, and gives the commit. */
  interface Push {
    String push(String style) throws IOException;
  }

  private final Fixture fixture;
  private final PulumiStack stack;
  private final Site site;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private final String name;
  private FoundationFile.Entry own;
  private FoundationFile settings;
  private final ApplicationRepository application;
  private final List<ImagePipeline> images = new ArrayList<>();

  Pipeline(Fixture fixture, PulumiStack stack, Site site, ApplicationRepository application) {
    this.fixture = fixture;
    this.application = application;
    this.stack = stack;
    this.site = site;
    cloud = fixture.cloud();
    diary = fixture.diary();
    name = fixture.stack();
  }

  void run(Push push, Supplier<String> instance) throws Exception {
    foundation();
    strangers();
    String commit = push.push("body { color: " + COLOUR + " }");
    var job = new WorkflowJob(fixture, own.repository(), "environment:" + own.environment());
    apply(job, commit);
    refusals(job, instance.get());
    preview();
    applications(commit);
  }

  /** What the applications' registries hold, and all else of the foundation. */
  void takeAway() {
    images.forEach(ImagePipeline::takeAway);
  }

  /** The roles, in the account of the stack; what its own roles may do at most comes with them. */
  private void foundation() throws Exception {
    Path file = fixture.project().resolve("Pulumi.foundation.yaml");
    if (!Files.exists(file)) {
      fixture.takeSettings("foundation");
      // The Automation API would leave it selected, and then take it for the other one.
      fixture
          .scripts()
          .need(
              RELEASE,
              "pulumi",
              "stack",
              "init",
              "foundation",
              "--no-select",
              "--secrets-provider",
              cloud.secretsProvider(),
              "--cwd",
              fixture.project().toString());
    }
    settings = FoundationFile.read(file);
    own =
        settings.stacks().stream()
            .filter(entry -> entry.stack().equals(name))
            .findFirst()
            .orElseThrow(() -> new Diary.Broken("the foundation has no roles for " + name));
    // By the script: the Automation API can't read outputs that are objects.
    Shell.Result up = fixture.run(RELEASE, "./scripts/up.sh", "foundation", "--yes");
    diary.check(up.ok(), "the foundation is up", up.tail());
    stack.configure(
        Map.of(
            "slipway:identity.permissionsBoundary",
            "arn:aws:iam::123456789012:policy/slipway/github/slipway-boundary-" + name));
  }

  /** Who asks for a role and is not the job that it trusts. */
  private void strangers() throws IOException {
    String role = "slipway-deploy-" + name;
    String repository = own.repository();
    for (List<String> other :
        List.of(
            List.of("somebody/" + repository.split("/")[1], "environment:" + own.environment()),
            List.of(repository, "environment:preview"),
            List.of(repository, "environment:" + own.environment() + "-2"),
            List.of(repository, "ref:refs/heads/develop"),
            List.of(repository, "pull_request"))) {
      Shell.Result asked = new WorkflowJob(fixture, other.get(0), other.get(1)).ask(role);
      diary.check(
          asked.output().contains("Not authorized to perform sts:AssumeRoleWithWebIdentity"),
          role + " is not for " + String.join(", ", other),
          asked.tail());
    }
  }

  private void apply(WorkflowJob job, String commit) throws IOException {
    Map<String, String> deploy = job.take("slipway-deploy-" + name, "deploy");
    job.take("slipway-release-" + name, "release");
    Path summary = cloud.directory().resolve("summary.md");
    job.environment().put("GITHUB_STEP_SUMMARY", summary.toString());
    // The program's own commands run in the environment of who calls the engine.
    cloud.commandsAs(deploy);
    Shell.Result applied;
    try {
      applied =
          fixture.run(
              job.environment(),
              RELEASE,
              "./scripts/ci/apply.sh",
              name,
              "--ref",
              commit,
              "--deploy-profile",
              "deploy",
              "--release-profile",
              "release");
    } finally {
      cloud.commandsAs(Map.of());
    }
    diary.check(applied.ok(), "apply.sh exits 0 with the roles of the job", applied.tail());
    diary.checkEquals(List.of(), cloud.sessionDenials(), "which lacked nothing");
    diary.check(
        Files.readString(summary).contains(commit),
        "the run's summary says what serves",
        Files.readString(summary));
    if (fixture.options().images() == Options.Images.STAND_IN) {
      diary.check(
          styles().contains(COLOUR), "the pushed stylesheet is served over HTTPS", styles());
    }
  }

  /** All the stylesheets that the site's first page names. */
  private String styles() {
    var styles = new StringBuilder();
    Matcher names = STYLESHEET.matcher(site.get("/login").body());
    while (names.find()) {
      styles.append(names.group(1)).append(": ").append(site.get(names.group(1)).body());
    }
    return styles.toString();
  }

  // ---- what they are refused ------------------------------------------------------------------

  private void refusals(WorkflowJob job, String instance) {
    String other =
        cloud.otherInstance(Map.of("slipway:stack", "production", "slipway:owner", "production"));
    String release = "slipway-" + name + "-release";
    String send = "ssm:SendCommand";
    refused(
        job, "release", send, "another stack's instance", send(release, "--instance-ids", other));
    refused(
        job,
        "release",
        send,
        "all the instances of another stack",
        send(release, "--targets", "Key=tag:slipway:stack,Values=production"));
    for (String document :
        List.of(
            "slipway-" + name + "-restore", "slipway-production-release", "AWS-RunShellScript")) {
      refused(job, "release", send, document, send(document, "--instance-ids", instance));
    }
    refused(
        job,
        "release",
        "ec2:StartInstances",
        "the start of another stack's instance",
        List.of("ec2", "start-instances", "--instance-ids", other));
    refused(
        job,
        "release",
        "s3:GetObject",
        "the state",
        List.of(
            "s3api",
            "get-object",
            "--bucket",
            cloud.stateBucket(),
            "--key",
            ".pulumi/stacks/slipway/" + name + ".json",
            "/dev/null"));
    refused(
        job,
        "release",
        "ssm:GetParameter",
        "the stack's secrets",
        List.of(
            "ssm",
            "get-parameter",
            "--with-decryption",
            "--name",
            "/slipway/" + name + "/secrets/db-root-password"));
    refused(
        job,
        "deploy",
        "s3:PutObject",
        "a write to another stack's state",
        write(".pulumi/stacks/slipway/foundation.json"));
    refused(
        job, "deploy", send, "another stack's instance", send(release, "--instance-ids", other));
  }

  /** The application's own repository: it may build and release, and nothing else. */
  private void applications(String commit) throws Exception {
    for (FoundationFile.Entry each : settings.applications()) {
      if (!each.stack().equals(name)) {
        continue;
      }
      var job = new WorkflowJob(fixture, each.repository(), "environment:" + each.environment());
      job.take("slipway-release-" + name, "release");
      Shell.Result status =
          fixture.run(job.environment("release"), RELEASE, "./scripts/status.sh", name);
      diary.check(status.ok(), each.repository() + " may ask for the status", status.tail());
      Shell.Result deploy = job.ask("slipway-deploy-" + name);
      diary.check(deploy.output().contains("AccessDenied"), "and may not deploy", deploy.tail());
      if (each.registry()) {
        var image = new ImagePipeline(fixture, stack, application, each);
        images.add(image);
        image.run(commit, this::styles, own);
      }
    }
  }

  private void preview() throws IOException {
    var job = new WorkflowJob(fixture, own.repository(), "environment:preview");
    job.take("slipway-preview", "preview");
    refused(
        job,
        "preview",
        "s3:PutObject",
        "a write to the state",
        write(".pulumi/stacks/slipway/" + name + ".json"));
    refused(
        job,
        "preview",
        "ssm:PutParameter",
        "a change of a parameter",
        List.of(
            "ssm",
            "put-parameter",
            "--overwrite",
            "--type",
            "String",
            "--value",
            "x",
            "--name",
            "/slipway/" + name + "/host"));
    Shell.Result looked =
        fixture.run(
            job.environment("preview"),
            Duration.ofMinutes(3),
            "./scripts/up.sh",
            name,
            "--dry-run");
    diary.check(looked.ok(), "the preview's role is enough for a preview", looked.tail());
  }

  private List<String> write(String key) {
    return List.of("s3api", "put-object", "--bucket", cloud.stateBucket(), "--key", key);
  }

  private static List<String> send(String document, String... to) {
    var call = new ArrayList<>(List.of("ssm", "send-command", "--document-name", document));
    call.addAll(List.of(to));
    return call;
  }

  private void refused(
      WorkflowJob job, String profile, String action, String what, List<String> call) {
    var command = new ArrayList<>(List.of("aws"));
    command.addAll(call);
    Shell.Result result =
        fixture.run(job.environment(profile), MINUTE, command.toArray(String[]::new));
    diary.check(
        !result.ok() && result.output().contains("not authorized to perform: " + action),
        profile + " is refused " + what,
        result.tail());
  }
}
