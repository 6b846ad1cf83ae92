package dev.slipway.rehearsal;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import dev.slipway.rehearsal.cloud.TokenIssuer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What goes before every stack, from an account with nothing to an account with nothing. */
final class FoundationRehearsal implements Scenario {
  private static final Duration LONG = Duration.ofMinutes(10);

  private static final List<Step<FoundationRehearsal>> STEPS =
      List.of(
          Step.vital("plan", "The plan, with no engine and no account", FoundationRehearsal::plan),
          Step.ground("bootstrap", "State, key and stack", FoundationRehearsal::bootstrap),
          Step.ground("up", "pulumi up, and again", FoundationRehearsal::up),
          new Step<>(
              "roles", "Who gets a role for a token, and who doesn't", FoundationRehearsal::roles),
          new Step<>("racing", "Four up at once", scenario -> scenario.state.racing()),
          new Step<>(
              "killed", "The holder of the stack is killed", scenario -> scenario.state.killed()),
          new Step<>(
              "repair", "A damaged state is brought back", scenario -> scenario.state.repair()),
          new Step<>(
              "refusals",
              "What is refused before anything changes",
              scenario -> scenario.state.refusals()),
          new Step<>("destroy", "Destroy, up again, destroy again", FoundationRehearsal::destroy));

  static final Suite<FoundationRehearsal> SUITE =
      new Suite<>("foundation", false, STEPS, FoundationRehearsal::new);

  private final Fixture fixture;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private final FaultProxy faultProxy;
  private final StateSteps state;
  private PulumiStack stack;

  FoundationRehearsal(Fixture fixture) throws IOException {
    this.fixture = fixture;
    cloud = fixture.cloud();
    diary = fixture.diary();
    faultProxy = new FaultProxy(fixture.environment().get("AWS_ENDPOINT_URL"));
    state = new StateSteps(fixture, faultProxy);
  }

  @Override
  public void prepare() {
    diary.note("stack          " + fixture.stack());
    diary.note("the account has nothing: no bucket for the state, no key, no role");
  }

  private void plan() {
    fixture.plan();
  }

  private void bootstrap() throws Exception {
    new BootstrapSteps(fixture, faultProxy).bootstrap();
    stack =
        new PulumiStack(
            fixture.stack(),
            fixture.project(),
            cloud.secretsProvider(),
            fixture.environment(),
            diary::echo);
  }

  private void up() {
    up("up ends well");
    up("up again ends well, and changes nothing", "--", "--expect-no-changes");
  }

  /** By the script: the Automation API can't read outputs that are objects. */
  private void up(String claim, String... more) {
    var command = new ArrayList<>(List.of("./scripts/up.sh", fixture.stack(), "--yes"));
    command.addAll(List.of(more));
    Shell.Result run = fixture.run(LONG, command.toArray(String[]::new));
    diary.check(run.ok(), claim, run.tail());
  }

  // ---- roles ----------------------------------------------------------------------------------

  private void roles() throws Exception {
    var settings =
        FoundationFile.read(fixture.project().resolve("Pulumi." + fixture.stack() + ".yaml"));
    trusts("slipway-preview", settings.repository(), "preview");
    trusts("slipway-drift", settings.repository(), "drift");
    for (FoundationFile.Entry each : settings.stacks()) {
      trusts("slipway-deploy-" + each.stack(), each.repository(), each.environment());
      trusts("slipway-release-" + each.stack(), each.repository(), each.environment());
    }
    for (FoundationFile.Entry each : settings.applications()) {
      trusts("slipway-release-" + each.stack(), each.repository(), each.environment());
      refuses("slipway-deploy-" + each.stack(), each.repository(), each.environment());
      if (each.registry()) {
        trusts("slipway-build-" + each.name(), each.repository(), each.environment());
        refuses("slipway-build-" + each.name(), settings.repository(), each.environment());
      }
    }
    var stranger = new WorkflowJob(fixture, settings.repository(), "pull_request");
    refused("slipway-preview", stranger.ask("slipway-preview"), "a pull request");
    var gitHub = cloud.gitHub();
    var job = new WorkflowJob(fixture, settings.repository(), "environment:preview");
    refused(
        "slipway-preview",
        job.ask(
            "slipway-preview",
            gitHub.token(
                settings.repository(),
                "environment:preview",
                Map.of("aud", "https://github.com/" + settings.repository().split("/")[0]))),
        "a token for somebody else");
    refused(
        "slipway-preview",
        job.ask(
            "slipway-preview",
            gitHub.token(
                settings.repository(),
                "environment:preview",
                Map.of("exp", Instant.now().minusSeconds(1).getEpochSecond()))),
        "a token of yesterday");
  }

  /** The jobs of that environment get the role, those of another one don't. */
  private void trusts(String role, String repository, String environment) throws IOException {
    var job = new WorkflowJob(fixture, repository, "environment:" + environment);
    Shell.Result given = job.ask(role);
    diary.check(given.ok(), role + " is given to " + repository + ", " + environment, given.tail());
    refuses(role, repository, environment + "-2");
  }

  private void refuses(String role, String repository, String environment) throws IOException {
    var job = new WorkflowJob(fixture, repository, "environment:" + environment);
    refused(role, job.ask(role), repository + ", " + environment);
  }

  private void refused(String role, Shell.Result asked, String whom) {
    diary.check(
        !asked.ok() && asked.output().contains("when calling the AssumeRoleWithWebIdentity"),
        role + " is not given to " + whom,
        asked.tail());
  }

  // ---- the end of it --------------------------------------------------------------------------

  private void destroy() throws Exception {
    Shell.Result kept = takeAway();
    String protectedOnes = kept.output().replaceFirst("(?s)^.*Protected, and left as it is", "");
    for (String left : protectedInState()) {
      diary.check(protectedOnes.contains(left), "it names what is protected: " + left, kept.tail());
    }

    adopt();
    up("up again, with the provider that was there, ends well");
    var settings =
        FoundationFile.read(fixture.project().resolve("Pulumi." + fixture.stack() + ".yaml"));
    trusts("slipway-preview", settings.repository(), "preview");

    stack.configure(Map.of("slipway:ephemeral", "true"));
    up("up without protection ends well");
    takeAway();
    diary.checkEquals(
        provider(),
        fixture
            .scripts()
            .aws(
                "iam",
                "list-open-id-connect-providers",
                "--query",
                "OpenIDConnectProviderList[].Arn"),
        "the provider that was adopted is still there");
    for (List<String> nothing :
        List.of(
            List.of("iam", "list-policies", "--scope", "Local", "--query", "Policies[].PolicyName"),
            List.of("sns", "list-topics", "--query", "Topics[].TopicArn"),
            List.of("ecr", "describe-repositories", "--query", "repositories[].repositoryName"))) {
      diary.checkEquals(
          "",
          fixture.scripts().aws(nothing.toArray(String[]::new)),
          "nothing: aws " + nothing.get(1));
    }
  }

  private Shell.Result takeAway() {
    String name = fixture.stack();
    Shell.Result all = fixture.run(LONG, "./scripts/destroy.sh", name, "--yes-destroy", name);
    diary.check(all.ok(), "destroy.sh exits 0", all.tail());
    diary.checkEquals(
        "",
        fixture
            .scripts()
            .aws(
                "iam",
                "list-roles",
                "--path-prefix",
                "/slipway/github/",
                "--query",
                "Roles[].RoleName"),
        "no role is left");
    return all;
  }

  /** The names of what the state still holds, and protects. */
  private List<String> protectedInState() throws Exception {
    var names = new ArrayList<String>();
    for (JsonElement each :
        JsonParser.parseString(stack.state())
            .getAsJsonObject()
            .getAsJsonObject("deployment")
            .getAsJsonArray("resources")) {
      JsonObject resource = each.getAsJsonObject();
      if (resource.has("protect") && resource.get("protect").getAsBoolean()) {
        names.add(resource.get("urn").getAsString().replaceFirst("^.*::", ""));
      }
    }
    diary.check(!names.isEmpty(), "something is protected", names);
    return names;
  }

  /** The account has a provider that somebody else made, and the settings name it. */
  private void adopt() throws Exception {
    fixture
        .scripts()
        .aws(
            "iam",
            "create-open-id-connect-provider",
            "--url",
            TokenIssuer.URL,
            "--client-id-list",
            TokenIssuer.AUDIENCE);
    stack.configure(Map.of("slipway:github.oidcProviderArn", provider()));
  }

  private static String provider() {
    return "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
  }

  @Override
  public void honesty() {
    fixture.honesty(
        "the Java program, the Pulumi engine, its S3 state and KMS secrets, the scripts",
        "AWS's own timing and limits, GitHub's side of the trust: its tokens are of our own issuer");
  }

  @Override
  public void keep() throws IOException {
    fixture.keep(Map.of(), "");
  }

  @Override
  public void close() throws Exception {
    faultProxy.close();
    if (stack != null) {
      stack.close();
    }
  }
}
