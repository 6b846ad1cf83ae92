package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.access.GithubSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What holds for every workflow of the repository. */
class WorkflowsTest {
  private static final Pattern SCRIPT =
      Pattern.compile("(?:\\./|\"\\$SLIPWAY\"/)scripts/(?:ci/)?([a-z-]+\\.sh)([^\n]*)");
  private static final String OWN = "$/.github/";

  private final List<Workflow> workflows = Workflow.all();
  private final List<Workflow> actions = Workflow.actions();

  WorkflowsTest() throws IOException {}

  private List<Workflow.Step> steps() {
    var all = new ArrayList<Workflow.Step>();
    workflows.forEach(workflow -> all.addAll(workflow.steps()));
    actions.forEach(action -> all.addAll(action.steps()));
    return all;
  }

  @Test
  void thoseOfTheIssueAreThere() {
    assertThat(workflows)
        .extracting(Workflow::name)
        .containsExactlyInAnyOrder(
            "quality.yml",
            "preview.yml",
            "develop.yml",
            "apply.yml",
            "release.yml",
            "production.yml",
            "drift.yml",
            "destroy.yml",
            "rulesets.yml",
            "ami.yml",
            "nightly.yml");
  }

  @Test
  void nothingStartsThemThatStrangersCouldUse() {
    for (Workflow workflow : workflows) {
      for (Object event : workflow.events().keySet()) {
        assertThat((String) event)
            .as(workflow.name())
            .isIn("pull_request", "push", "workflow_call", "workflow_dispatch", "schedule");
      }
    }
  }

  @Test
  void rightsAreGivenJobByJobAndEveryJobEnds() {
    for (Workflow workflow : workflows) {
      assertThat(workflow.content().get("permissions")).as(workflow.name()).isEqualTo(Map.of());
      workflow
          .jobs()
          .forEach(
              (name, job) -> {
                String where = workflow.name() + ", " + name;
                assertThat(job.get("permissions")).as(where).isInstanceOf(Map.class);
                // The one that it calls has its own.
                if (!job.containsKey("uses")) {
                  assertThat(job.get("timeout-minutes")).as(where).isInstanceOf(Integer.class);
                }
              });
    }
  }

  @Test
  void whoMayGetCredentialsNamesTheEnvironmentThatTheRoleTrusts() {
    for (Workflow workflow : workflows) {
      workflow
          .jobs()
          .forEach(
              (name, job) -> {
                boolean token = ((Map<?, ?>) job.get("permissions")).containsKey("id-token");
                if (token && !job.containsKey("uses")) {
                  assertThat(job.get("environment")).as(workflow.name() + ", " + name).isNotNull();
                }
              });
    }
  }

  @Test
  void whoMayWriteToTheRepositoryGetsNoCredentialsOfAws() {
    for (Workflow workflow : workflows) {
      workflow
          .jobs()
          .forEach(
              (name, job) -> {
                var rights = (Map<?, ?>) job.get("permissions");
                if ("write".equals(rights.get("contents"))) {
                  assertThat(rights.get("id-token")).as(workflow.name() + ", " + name).isNull();
                }
              });
    }
  }

  @Test
  void codeOfStrangersGetsNeitherCredentialsNorARightToWrite() {
    for (Workflow workflow : workflows) {
      if (!workflow.events().containsKey("pull_request")) {
        continue;
      }
      workflow
          .jobs()
          .forEach(
              (name, job) -> {
                var rights = new TreeMap<Object, Object>((Map<?, ?>) job.get("permissions"));
                rights.values().removeIf("read"::equals);
                if (!rights.isEmpty() && job.get("needs") == null) {
                  assertThat((String) job.get("if"))
                      .as(workflow.name() + ", " + name)
                      .contains("head.repo.full_name == github.repository", "author_association");
                }
                if (rights.containsKey("pull-requests")) {
                  assertThat(workflow.steps().stream().filter(s -> s.job().equals(name)))
                      .filteredOn(step -> step.uses().startsWith("actions/checkout@"))
                      .allSatisfy(
                          step ->
                              assertThat(step.with().get("ref"))
                                  .isEqualTo("${{ github.event.pull_request.base.sha }}"));
                }
              });
    }
  }

  @Test
  void noTextOfAnybodyIsPastedIntoAScript() {
    for (Workflow.Step step : steps()) {
      assertThat(step.run()).as(step.where()).doesNotContain("${{");
    }
  }

  @Test
  void actionsArePinnedByCommitAndSayTheirVersion() {
    var pin = Pattern.compile("uses: (\\S+)@([0-9a-f]{40}) # v\\d+\\.\\d+\\.\\d+");
    var uses = Pattern.compile("uses: \\S+.*");
    var files = new ArrayList<>(workflows);
    files.addAll(actions);
    var versions = new TreeMap<String, Set<String>>();
    for (Workflow file : files) {
      var line = uses.matcher(file.text());
      while (line.find()) {
        if (line.group().startsWith("uses: " + OWN)) {
          continue;
        }
        var pinned = pin.matcher(line.group());
        assertThat(pinned.matches()).as(file.name() + ": " + line.group()).isTrue();
        versions.computeIfAbsent(pinned.group(1), made -> new TreeSet<>()).add(line.group());
      }
    }
    assertThat(versions.values()).allSatisfy(all -> assertThat(all).hasSize(1));
    assertThat(versions).hasSize(6);
  }

  @Test
  void nothingKeepsTheTokenInTheCheckedOutFolder() {
    assertThat(steps())
        .filteredOn(step -> step.uses().startsWith("actions/checkout@"))
        .isNotEmpty()
        .allSatisfy(
            step ->
                assertThat(step.with().get("persist-credentials"))
                    .as(step.where())
                    .isEqualTo(false));
  }

  @Test
  void whatChangesAStackIsNeverBrokenOffAndOneAtATime() {
    var changing = Set.of("apply.sh", "destroy.sh", "release.sh", "promote.sh");
    for (Workflow.Step step : steps()) {
      var script = SCRIPT.matcher(step.run());
      boolean changes =
          script.find()
              && changing.contains(script.group(1))
              && !step.run().contains("--show")
              && !step.run().contains("--only guard")
              && !step.run().contains("--only ran");
      if (!changes) {
        continue;
      }
      assertThat(step.body().get("concurrency"))
          .as(step.where())
          .isEqualTo(Map.of("group", "stack-${{ inputs.stack }}", "cancel-in-progress", false));
    }
  }

  @Test
  void onlyChecksOfAPullRequestAreBrokenOffByANewerPush() {
    for (Workflow workflow : workflows) {
      if (!(workflow.content().get("concurrency") instanceof Map<?, ?> concurrency)) {
        continue;
      }
      switch (workflow.name()) {
        case "quality.yml" ->
            assertThat(concurrency.get("cancel-in-progress"))
                .isEqualTo("${{ github.event_name == 'pull_request' }}");
        case "preview.yml" -> assertThat(concurrency.get("cancel-in-progress")).isEqualTo(true);
        default ->
            assertThat(concurrency.get("cancel-in-progress")).as(workflow.name()).isEqualTo(false);
      }
    }
  }

  @Test
  void sessionsOutlastTheirJobs() {
    for (Workflow.Step step : steps()) {
      if (!step.uses().startsWith("aws-actions/configure-aws-credentials@")) {
        continue;
      }
      int minutes = (Integer) step.body().get("timeout-minutes");
      int seconds = (Integer) step.with().get("role-duration-seconds");
      assertThat(seconds)
          .as(step.where())
          .isGreaterThanOrEqualTo(minutes * 60)
          .isLessThanOrEqualTo(GithubSettings.SHORTEST * 3600);
      if (step.run().contains("release.sh") || step.job().matches("apply|release|destroy")) {
        // ssm-run.sh follows a release for two hours.
        assertThat(minutes).as(step.where()).isGreaterThan(120);
      }
    }
  }

  @Test
  void whatAStepMayTakeFitsIntoItsJob() {
    int delivery = 600;
    int follow = 7200;
    int smoke = 120;
    // Setting up, building, and what Pulumi takes to save its state once it is told to stop.
    int rest = 900;
    var apply = step("apply.yml", "Apply and release");
    var timeout = Pattern.compile("--timeout (\\d+)").matcher(apply.run());
    assertThat(timeout.find()).isTrue();

    int applying = engine(apply) + delivery + Integer.parseInt(timeout.group(1)) + smoke + rest;
    assertThat(applying).isLessThanOrEqualTo(limit(apply));
    var destroy = step("destroy.yml", "Destroy");
    assertThat(engine(destroy) + delivery + follow + rest).isLessThanOrEqualTo(limit(destroy));
    for (var release :
        List.of(step("release.yml", "Release the image"), step("production.yml", "Release"))) {
      assertThat(delivery + follow + rest).as(release.where()).isLessThanOrEqualTo(limit(release));
    }
  }

  /** The registry is the foundation's, and may be in another region than the stack. */
  @Test
  void imagesArePushedToTheRegistrysRegion() {
    var build = step("release.yml", "Build, push, scan, tag");

    assertThat(build.run()).contains("--region \"$REGISTRY_REGION\"").doesNotContain("$AWS_REGION");
    assertThat(((Map<?, ?>) build.content().get("env")).get("REGISTRY_REGION"))
        .isEqualTo("${{ vars.AWS_REGISTRY_REGION || vars.AWS_REGION }}");
  }

  private Workflow.Step step(String workflow, String name) {
    return workflow(workflow).steps().stream()
        .filter(one -> name.equals(one.content().get("name")))
        .findFirst()
        .orElseThrow();
  }

  private static int engine(Workflow.Step step) {
    return (Integer) ((Map<?, ?>) step.content().get("env")).get("SLIPWAY_ENGINE_SECONDS");
  }

  private static int limit(Workflow.Step step) {
    return (Integer) step.body().get("timeout-minutes") * 60;
  }

  @Test
  void somebodyIsToldOfWhatFailsUnattended() {
    var always = List.of("apply.yml, apply", "production.yml, release", "destroy.yml, destroy");
    for (String where : always) {
      assertThat(tells(where).content().get("if")).as(where).isEqualTo("always()");
    }
    assertThat(tells("release.yml, release").content().get("if")).isEqualTo("always()");
    for (String where : List.of("release.yml, build", "drift.yml, drift")) {
      assertThat(tells(where).content().get("if")).as(where).isEqualTo("failure()");
    }
    assertThat(tells("develop.yml, tell").body())
        .extracting(job -> job.get("if"), job -> job.get("needs"))
        .containsExactly("failure()", List.of("quality", "stacks"));
  }

  /** The last step of a job, which tells; that it fails is no failure of the job's. */
  private Workflow.Step tells(String where) {
    var last =
        steps().stream()
            .filter(step -> (step.workflow() + ", " + step.job()).equals(where))
            .reduce((one, next) -> next)
            .orElseThrow();
    assertThat(last.run()).as(where).contains("notify.sh");
    assertThat(last.content().get("continue-on-error")).as(where).isEqualTo(true);
    return last;
  }

  @Test
  void pushesToDevelopApplyAfterQualityOnTheSameCommit() {
    var develop = workflow("develop.yml");
    assertThat(develop.events()).isEqualTo(Map.of("push", Map.of("branches", List.of("develop"))));
    assertThat(develop.jobs().get("quality").get("uses"))
        .isEqualTo("$/.github/workflows/quality.yml");
    var apply = develop.jobs().get("apply");
    assertThat(apply.get("needs")).isEqualTo(List.of("quality", "stacks"));
    assertThat(apply.get("uses")).isEqualTo("$/.github/workflows/apply.yml");
  }

  /** Actionlint doesn't look at references to the own repository yet. */
  @Test
  void ownActionsAndWorkflowsAreThereAndTakeWhatTheyAreGiven() throws Exception {
    for (Workflow workflow : workflows) {
      for (Map<?, ?> job : workflow.jobs().values()) {
        if (job.get("uses") instanceof String uses) {
          assertThat(uses).startsWith(OWN + "workflows/");
          var called = workflow(uses.substring((OWN + "workflows/").length()));
          var call = (Map<?, ?>) called.events().get("workflow_call");
          assertGiven(workflow.name(), job.get("with"), call == null ? null : call.get("inputs"));
          assertGiven(
              workflow.name(), job.get("secrets"), call == null ? null : call.get("secrets"));
        }
      }
      for (Workflow.Step step : workflow.steps()) {
        if (step.uses().startsWith(OWN)) {
          String name = step.uses().substring((OWN + "actions/").length());
          var action = actions.stream().filter(one -> one.name().equals(name)).findFirst();
          assertThat(action).as(step.where()).isPresent();
          assertGiven(
              step.where(), step.content().get("with"), action.get().content().get("inputs"));
        }
      }
    }
  }

  private static void assertGiven(String where, Object given, Object declared) {
    if (given instanceof Map<?, ?> map) {
      assertThat(declared).as(where).isInstanceOf(Map.class);
      assertThat(((Map<?, ?>) declared).keySet().stream().map(String::valueOf))
          .as(where)
          .containsAll(map.keySet().stream().map(String::valueOf).toList());
    }
  }

  @Test
  void everyScriptThatTheyCallIsThereAndTakesTheOptions() throws Exception {
    int calls = 0;
    for (Workflow.Step step : steps()) {
      var script = SCRIPT.matcher(step.run().replaceAll("\\s*\\\\?\n\\s*", " "));
      while (script.find()) {
        calls++;
        Path file = Scripts.named(script.group(1));
        assertThat(script.group()).contains(file.toString());
        assertThat(Files.isExecutable(file)).as(step.where() + ": " + file).isTrue();
        String help = help(file);
        var option = Pattern.compile("(?<=[ {])--[a-z-]+").matcher(script.group(2));
        while (option.find()) {
          assertThat(help).as(step.where()).contains(option.group());
        }
      }
    }
    assertThat(calls).isGreaterThan(15);
  }

  private static String help(Path file) throws Exception {
    Process process =
        new ProcessBuilder("bash", file.toString(), "--help").redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(file + " --help").isZero();
    return text;
  }

  @Test
  void thePulumiThatTheyInstallIsTheOneThatIsPinned() throws Exception {
    var module = Files.readString(Path.of("scripts/tools/pulumi/go.mod"));
    var pinned = Pattern.compile("pulumi/pkg/v3 v(\\S+)").matcher(module);
    assertThat(pinned.find()).isTrue();
    assertThat(actions.stream().flatMap(action -> action.steps().stream()))
        .filteredOn(step -> step.uses().startsWith("pulumi/actions@"))
        .isNotEmpty()
        .allSatisfy(
            step -> assertThat(step.with().get("pulumi-version")).isEqualTo(pinned.group(1)));
  }

  @Test
  void theRequiredChecksAreJobsOfPullRequests() throws Exception {
    var names = new TreeSet<String>();
    for (Workflow workflow : workflows) {
      if (workflow.events().containsKey("pull_request")) {
        workflow.jobs().values().forEach(job -> names.add((String) job.get("name")));
      }
    }
    var check = Pattern.compile("\"context\": \"([^\"]+)\"");
    var required = check.matcher(Files.readString(Path.of(".github/rulesets.json")));
    int found = 0;
    while (required.find()) {
      found++;
      assertThat(names).contains(required.group(1));
    }
    assertThat(found).isPositive();
  }

  private Workflow workflow(String name) {
    return workflows.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }
}
