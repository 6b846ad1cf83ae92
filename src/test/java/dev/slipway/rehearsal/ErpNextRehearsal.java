package dev.slipway.rehearsal;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import dev.slipway.rehearsal.cloud.ExternalDatabase;
import dev.slipway.rehearsal.cloud.Machine;
import dev.slipway.rehearsal.cloud.RunCommand;
import dev.slipway.rehearsal.cloud.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The ERPNext system from an empty account to an empty account, with what can go wrong between. */
final class ErpNextRehearsal implements Scenario {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Ceilings, and no sleeps: the real ERPNext needs up to seven minutes for a release. */
  private static final Duration RELEASE = Duration.ofMinutes(40);

  private static final Duration SOON = Duration.ofMinutes(10);
  private static final String SITE = "erp.example.com";

  /** An external secret; it must be found nowhere but in the parameter store. */
  private static final String CANARY = "canary-" + Long.toHexString(System.nanoTime()) + "-7f3a";

  /** So short that Traefik, which looks every minute at such ones, renews it whenever it looks. */
  private static final Duration CERTIFICATE = Duration.ofMinutes(19);

  private static final List<Step<ErpNextRehearsal>> STEPS =
      List.of(
          Step.vital("plan", "The plan, with no engine and no account", ErpNextRehearsal::plan),
          Step.ground("up", "pulumi up: from nothing to a first release", ErpNextRehearsal::up),
          Step.ground("https", "The site answers over HTTPS", ErpNextRehearsal::https),
          Step.extra(
              "again",
              "pulumi up again: nothing changes; and a look for drift",
              ErpNextRehearsal::upAgain),
          new Step<>(
              "release", "A second release, with a schema change", ErpNextRehearsal::releaseSecond),
          new Step<>("same", "The same release again is a no-op", ErpNextRehearsal::releaseSame),
          new Step<>(
              "bad-migration", "A release whose migration fails", ErpNextRehearsal::badMigration),
          Step.extra("retry", "The same without the patch that fails", ErpNextRehearsal::retry),
          Step.extra("unhealthy", "A release that never gets healthy", ErpNextRehearsal::unhealthy),
          new Step<>(
              "refusals", "What is refused before anything changes", ErpNextRehearsal::refusals),
          Step.extra("agent", "Run Command while its calls fail", ErpNextRehearsal::agent),
          Step.extra("renewal", "The certificate is renewed under load", ErpNextRehearsal::renewal),
          new Step<>(
              "killed", "A release killed half-way, and run again", ErpNextRehearsal::killed),
          Step.extra("rollback", "Back to earlier releases", ErpNextRehearsal::rollback),
          new Step<>("backup", "A backup, verified in S3", ErpNextRehearsal::backup),
          new Step<>("drill", "A restore drill", scenario -> scenario.withBackup(scenario::drill)),
          Step.extra("reboot", "The machine is rebooted", ErpNextRehearsal::reboot),
          Step.extra("lost-machine", "The machine is lost", ErpNextRehearsal::loseMachine),
          new Step<>(
              "lost-volume",
              "The volume is lost too",
              scenario -> scenario.withBackup(scenario::loseVolume)),
          Step.extra(
              "configure-twice",
              "Configuring again changes nothing",
              scenario -> scenario.faults().configureTwice()),
          Step.extra(
              "half-backup",
              "A dump dies half-way",
              scenario -> scenario.withBackup(scenario.faults()::halfBackup)),
          Step.extra(
              "damaged",
              "A backup that was altered in S3",
              scenario -> scenario.withBackup(scenario.faults()::damaged)),
          Step.extra(
              "docker-needs-volume",
              "Docker without the data volume",
              scenario -> scenario.faults().dockerNeedsVolume()),
          Step.extra("build", "The image is built on the host", ErpNextRehearsal::buildImage)
              .mayWarn("images are built on this host and it has"),
          Step.extra(
              "pwd", "Upstream's pwd.yml", scenario -> scenario.faults().pwd(scenario.stack)),
          Step.extra(
              "external-database",
              "A database as RDS has it, and back",
              scenario -> scenario.withBackup(scenario::externalDatabase)),
          Step.extra(
              "names",
              "A site gets another name, and one goes",
              scenario -> scenario.siteNames().run()),
          Step.extra(
              "pipeline", "From a push to develop to the new version", ErpNextRehearsal::pipeline),
          new Step<>("secrets", "Nothing secret is left lying about", ErpNextRehearsal::secrets),
          new Step<>("destroy", "Destroy, and purge what is protected", ErpNextRehearsal::destroy),
          Step.extra("anew", "Up again from nothing, and away", ErpNextRehearsal::anew));

  static final Suite<ErpNextRehearsal> SUITE =
      new Suite<>("erpnext", true, STEPS, ErpNextRehearsal::new);

  private final Fixture fixture;
  private final Options options;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private final Shell scripts;
  private final GitServer git;
  private final ApplicationRepository application;
  private final Site site;
  private final Map<String, String> environment;
  private PulumiStack stack;
  private final ProcessWatch watch = new ProcessWatch();
  private final Map<String, String> releases = new HashMap<>();
  private String first;
  private String second;
  private String live;
  private String backup;

  /** Whether the last release is one whose migration failed. */
  private boolean mayBeRetried;

  private List<String> notes = List.of();
  private Pipeline pipeline;

  /** Where the site's data is while it is not on the host. */
  private ExternalDatabase external;

  ErpNextRehearsal(Fixture fixture) throws Exception {
    this.fixture = fixture;
    options = fixture.options();
    options.needFrappeDocker();
    cloud = fixture.cloud();
    diary = fixture.diary();
    watch.secret(CANARY);
    cloud.certificatesLast(CERTIFICATE);
    cloud.makeStateBackend();
    fixture.environment().putAll(cloud.environment());
    environment = fixture.environment();
    scripts = fixture.scripts();
    Path repositories = cloud.directory().resolve("git");
    git = new GitServer(cloud.gateway(), repositories, CANARY);
    application =
        new ApplicationRepository(
            options.repository().resolve("src/test/resources/dev/slipway/rehearsal/application"),
            cloud.directory().resolve("application"),
            repositories.resolve("private/application.git"));
    serveFrappeDocker(repositories.resolve("frappe_docker.git"));
    site = site(SITE);
  }

  private Site site(String name) {
    return new Site(scripts, name, () -> machine().publicIp(), cloud.acmeRoot().toString());
  }

  // ---- preparation --------------------------------------------------------------------------

  @Override
  public void prepare() throws Exception {
    diary.note("stack          " + options.stack());
    diary.note("frappe_docker  " + options.frappeDockerOrigin());
    diary.note("images         " + options.images().name().toLowerCase().replace('_', '-'));
    first = pushImage("v1");
    stack =
        new PulumiStack(
            options.stack(), fixture.project(), cloud.secretsProvider(), environment, diary::echo);
    var changed = new LinkedHashMap<String, String>();
    changed.put("slipway:host.ami.id", cloud.machineImage());
    changed.put("slipway:erpnext.frappeDocker.repository", git.url("frappe_docker.git"));
    changed.put("slipway:erpnext.frappeDocker.commit", frappeDockerCommit);
    changed.put("slipway:application.repository", git.url("private/application.git"));
    changed.put("slipway:application.token", "git-token");
    changed.put("slipway:https.server", cloud.acmeDirectory());
    changed.put("slipway:https.trustedCa", "/etc/ssl/certs/rehearsal-acme.pem");
    changed.put("slipway:https.certificateHours", "1");
    changed.put("slipway:release.seed", first);
    stack.configure(changed);
    diary.note("settings that the rehearsal replaces: " + String.join(", ", changed.keySet()));
    fixture.setSecret("git-token", CANARY);
  }

  private String frappeDockerCommit;

  private void serveFrappeDocker(Path bare) throws IOException {
    Path copy = cloud.directory().resolve("frappe_docker");
    var shell = new Shell(cloud.directory(), Map.of());
    shell.need(MINUTE, "cp", "-R", options.frappeDocker().toString(), copy.toString());
    shell.need(MINUTE, "chmod", "-R", "u+w", copy.toString());
    var inCopy = Shell.committing(copy);
    if (!Files.exists(copy.resolve(".git"))) {
      inCopy.need(MINUTE, "git", "init", "--quiet", "--initial-branch=main", ".");
      inCopy.need(MINUTE, "git", "add", "--all", "--force");
      inCopy.need(MINUTE, "git", "commit", "--quiet", "--message", "Compose files as they came");
    }
    frappeDockerCommit = inCopy.need(MINUTE, "git", "rev-parse", "HEAD").strip();
    shell.need(MINUTE, "git", "clone", "--quiet", "--bare", copy.toString(), bare.toString());
  }

  /** Commits a state of the application and pushes the image that its pipeline would make. */
  private String pushImage(String state) throws IOException {
    return pushImage(state, "");
  }

  private String pushImage(String state, String style) throws IOException {
    String commit = application.push(state, style);
    pushImageOf(commit);
    diary.note("image of " + state + "  frappe/erpnext:" + commit.substring(0, 12));
    return commit;
  }

  private void pushImageOf(String commit) {
    var arguments =
        new ArrayList<>(
            List.of(
                "./scripts/dev/rehearsal-images.sh",
                "--frappe-docker",
                options.frappeDocker().toString(),
                "--registry",
                cloud.registry(),
                "--images",
                options.images() == Options.Images.REAL ? "real" : "stand-in",
                "--app-dir",
                application.files().toString(),
                "--tag",
                commit));
    scripts.need(RELEASE, arguments.toArray(String[]::new));
  }

  // ---- steps ---------------------------------------------------------------------------------

  private void plan() {
    fixture.plan();
  }

  private void up() {
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up ends well", run.output());
    diary.note(run.counts());
  }

  private boolean up(String what) throws Exception {
    diary.note(what);
    PulumiStack.Run run = stack.up();
    diary.note(run.counts());
    machine().alias(SITE);
    return run.ok() && site.waitFor("/api/method/ping", 200, SOON).status() == 200;
  }

  private void https() throws Exception {
    Machine machine = machine();
    machine.alias(SITE);
    cloud.serveName(SITE);
    // The address is known only after the first `up`: certificates start once DNS agrees.
    Shell.Result again = release(first);
    diary.check(again.ok(), "the release that turns HTTPS on ends well", again.tail());
    Site.Answer answer = site.waitFor("/api/method/ping", 200, SOON);
    diary.checkEquals(200, answer.status(), "https://" + SITE + "/api/method/ping answers");
    diary.note(site.certificate());
    watch.secret(administratorPassword());
    watch.secret(databasePassword());
    watch.secret(sitePassword());
    diary.check(site.write("first note", administratorPassword()), "a note can be written", "");
    notes = site.notes(administratorPassword());
    diary.note("notes: " + notes);
    writeFiles();
    live = first;
    checkServes(live);
  }

  private void upAgain() {
    Shell.Result drift = run(RELEASE, "./scripts/drift.sh", options.stack());
    diary.check(
        drift.exit() == 3 && drift.output().contains("| as described | **there is none** |"),
        "drift.sh finds nothing, but that there is no backup yet",
        drift.tail());

    // Somebody's hand on the console.
    String group = "/slipway/" + options.stack();
    scripts.need(MINUTE, "aws", "logs", "delete-log-group", "--log-group-name", group);
    drift = run(RELEASE, "./scripts/drift.sh", options.stack());
    diary.check(
        drift.exit() == 3 && drift.output().contains("differ**"),
        "drift.sh says so when something is gone",
        drift.tail());
    diary.check(
        drift.output().contains("create aws:cloudwatch/logGroup:LogGroup"),
        "and what",
        drift.tail());
    PulumiStack.Run refreshed = stack.refresh();
    diary.check(refreshed.ok(), "a refresh takes note", refreshed.output());
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up puts it back", run.output());
    PulumiStack.Run again = stack.up();
    diary.check(again.ok(), "up again ends well", again.output());
    diary.check(again.changedNothing(), "and changes nothing", again.counts());
  }

  private void releaseSecond() throws Exception {
    second = pushImage("v2-schema-change");
    live = second;
    var visitor = new Visitor(site, "/login");
    Shell.Result result = release(live);
    visitor.close();
    diary.check(result.ok(), "release.sh exits 0", result.tail());
    List<String> refused = visitor.failures();
    diary.check(
        !refused.isEmpty()
            && refused.stream()
                .allMatch(
                    answer -> answer.contains(": 503 ") && answer.contains("slipway-holding")),
        "while it was closed all of " + refused.size() + " visitors got the page that says so",
        refused.stream().filter(answer -> !answer.contains("slipway-holding")).toList().toString());
    checkHeldShortly(result);
    checkNoProgress(result);
    // The service's own copy of the output ends at 24,000 characters; the verdict and the rest must
    // not.
    diary.check(
        result.output().contains("note 600 of 600 has its priority"),
        "its " + result.output().length() + " characters of output came whole",
        result.tail());
    RunCommand command = lastCommand("release");
    String kept =
        scripts
            .need(
                MINUTE,
                "aws",
                "ssm",
                "get-command-invocation",
                "--command-id",
                command.id(),
                "--instance-id",
                command.instanceId(),
                "--output",
                "text",
                "--query",
                "length(StandardOutputContent)")
            .strip();
    diary.checkEquals("24000", kept, "of which Run Command itself kept 24,000");
    checkServes(live);
  }

  private void releaseSame() {
    Shell.Result result = release(live);
    diary.check(result.ok(), "release.sh exits 0", result.tail());
    diary.check(!result.output().contains("migrate   ok"), "no migration ran", result.tail());
  }

  private void badMigration() throws Exception {
    Shell.Result failed = checkRolledBack(pushImage("v3-bad-migration"), "migrat");
    diary.check(
        verdict(failed).contains("Unknown column"),
        "its last line says what the database refused",
        verdict(failed));
    mayBeRetried = true;
  }

  /**
   * From the data that came back: once as it was, then without the patch that fails, and then back
   * to the code and the data of before.
   */
  private void retry() throws Exception {
    if (!mayBeRetried) {
      badMigration();
    }
    mayBeRetried = false;
    String name = options.stack();
    String patch = "erpnext.patches.v16_34_rename_priority";
    Shell.Result again = run(RELEASE, "./scripts/release.sh", name, "--retry");
    diary.checkEquals(20, again.exit(), "tried again as it was, it fails again");
    diary.check(
        again.output().contains("written since backup"),
        "with a new backup, since somebody has logged in meanwhile",
        again.tail());
    Shell.Result skipping =
        run(
            RELEASE,
            "./scripts/release.sh",
            name,
            "--retry",
            "--skip-patch",
            patch,
            "--because",
            "the column has another name here");
    diary.check(skipping.ok(), "without the patch that fails it serves", skipping.tail());
    if (options.images() == Options.Images.STAND_IN) {
      diary.check(
          skipping.output().contains("nothing was written since backup"),
          "with the backup that was there, since nothing was written meanwhile",
          skipping.tail());
    }
    String said = run(SOON, "./scripts/status.sh", name).output();
    diary.check(
        said.contains(patch + " on " + SITE) && said.contains("the column has another name here"),
        "status says what was skipped, and why",
        said);
    diary.checkEquals(
        "1",
        query("SELECT COUNT(*) FROM `tabPatch Log` WHERE patch = '" + patch + "'"),
        "the site's patch log has it");
    Shell.Result none = run(RELEASE, "./scripts/release.sh", name, "--retry");
    diary.check(
        none.exit() == 11 && none.output().contains("nothing to try again"),
        "after that there is nothing to try again",
        none.tail());
    String data = status().getAsJsonObject("release").get("backup").getAsString();
    Shell.Result back =
        run(
            RELEASE,
            "./scripts/rollback.sh",
            name,
            "--to",
            releases.get(live),
            "--with-data",
            data);
    diary.check(back.ok(), "the release before comes back with its data", back.tail());
    diary.check(
        !run(SOON, "./scripts/status.sh", name).output().contains(patch),
        "in which nothing was skipped",
        patch);
    checkServes(live);
  }

  private void unhealthy() throws Exception {
    checkRolledBack(pushImage("v4-never-healthy"), "smoke");
  }

  /**
   * The scheduler and the websocket listen to no signal: while a release waits for them, writes are
   * refused for nothing.
   */
  private void checkHeldShortly(Shell.Result result) {
    Matcher took = Pattern.compile("backup\\s+ok\\s+(\\d+) s").matcher(result.output());
    diary.check(
        took.find() && Integer.parseInt(took.group(1)) < 90,
        "nothing was waited for that never ends",
        took.reset().find() ? took.group() : result.tail());
  }

  /** Of a progress bar only its end is worth a line: Run Command keeps 24,000 characters in all. */
  private void checkNoProgress(Shell.Result result) {
    long bars = result.output().lines().filter(line -> line.contains(": [=")).count();
    int longest = result.output().lines().mapToInt(String::length).max().orElse(0);
    diary.check(
        bars <= 20 && longest < 2000,
        "progress bars are shown by their ends: " + bars + " lines of them",
        "the longest line has " + longest + " characters");
  }

  /** The last line of a verb: what it came to. */
  private static String verdict(Shell.Result result) {
    return result
        .output()
        .lines()
        .filter(line -> line.contains("slipway: "))
        .reduce("", (former, latter) -> latter);
  }

  private Shell.Result checkRolledBack(String commit, String cause) {
    Shell.Result result = release(commit);
    diary.checkEquals(20, result.exit(), "release.sh exits 20: failed and returned");
    diary.check(result.output().contains(cause), "the cause is shown: " + cause, result.tail());
    checkServes(live);
    return result;
  }

  private void refusals() {
    for (String hostile :
        List.of("; touch /tmp/slipway-hostile", "$(touch /tmp/slipway-hostile)", "a\nb")) {
      String shown = hostile.replace("\n", "\\n");
      Shell.Result result = release(hostile);
      diary.check(!result.ok(), "the script refuses " + shown, result.tail());
      Shell.Result sent = send("release", "ref=" + hostile);
      diary.check(
          !sent.ok() && sent.output().contains("InvalidParameters"),
          "and so does the document",
          sent.tail());
    }
    diary.check(
        machine().exec("test", "!", "-e", "/tmp/slipway-hostile").ok(),
        "nothing of it ran on the host",
        "the file is there");

    String fill =
        "fallocate -l $(($(df --output=avail -B1 /srv/slipway | tail -n 1) - 2000000000))"
            + " /srv/slipway/filler";
    diary.check(machine().exec("sh", "-c", fill).ok(), "the data volume is nearly full", "");
    Shell.Result full = release(first);
    machine().exec("rm", "-f", "/srv/slipway/filler");
    diary.checkEquals(11, full.exit(), "a release is refused");
    diary.check(full.output().contains("GiB free"), "and told how much is free", full.tail());
    checkServes(live);
  }

  /** Sends a document with a parameter that the scripts would not let pass. */
  private Shell.Result send(String verb, String parameter) {
    return run(
        MINUTE,
        "./scripts/ssm-run.sh",
        "--document",
        "slipway-" + options.stack() + "-" + verb,
        "--stack",
        options.stack(),
        "--region",
        environment.get("AWS_REGION"),
        "--parameter",
        parameter);
  }

  private void agent() throws Exception {
    cloud.faults().throttleCommandsTimes(2);
    cloud.faults().invocationMissingTimes(4);
    Shell.Result patient = statusText();
    diary.check(
        patient.ok(), "calls that are throttled or too early are made again", patient.tail());

    cloud.faults().agentOffline(machine().id(), true);
    Shell.Result offline = statusText("--delivery-timeout", "5");
    diary.checkEquals(30, offline.exit(), "an agent that stays offline ends it");
    diary.check(
        offline.output().contains("not online after 5 s")
            && offline.output().contains("nothing was run"),
        "and the time-out says what happened",
        offline.tail());

    Shell.Result late =
        scripts.run(
            RELEASE,
            line -> {
              diary.echo(line);
              if (line.contains("waiting for the SSM agent")) {
                cloud.faults().agentOffline(machine().id(), false);
              }
            },
            "./scripts/backup.sh",
            options.stack(),
            "--delivery-timeout",
            "120");
    diary.check(late.ok(), "one that comes back in time is waited for", late.tail());
  }

  private Shell.Result statusText(String... more) {
    var command = new ArrayList<>(List.of("./scripts/status.sh", options.stack()));
    command.addAll(List.of(more));
    return run(SOON, command.toArray(String[]::new));
  }

  private void renewal() throws Exception {
    String former = site.certificate();
    var visitor = new Visitor(site, "/login");
    Instant end = Instant.now().plus(Duration.ofMinutes(3));
    while (site.certificate().equals(former) && Instant.now().isBefore(end)) {
      Thread.sleep(500);
    }
    int until = visitor.visits() + 20;
    while (visitor.visits() < until) {
      Thread.sleep(100);
    }
    visitor.close();
    diary.check(!site.certificate().equals(former), "another certificate is served", former);
    diary.checkEquals(
        List.of(), visitor.failures(), "none of " + visitor.visits() + " visits failed meanwhile");
  }

  private void killed() throws Exception {
    String third = pushImage("v5-another-change");
    Process release = scripts.start("./scripts/release.sh", options.stack(), third);
    awaitOnHost("a migration to start", "pgrep", "-f", "bench.*migrate");
    Shell.Result other = release(live);
    diary.checkEquals(10, other.exit(), "a release beside it is refused");
    diary.check(other.output().contains("lock"), "and told who holds the lock", other.tail());
    release.destroyForcibly().waitFor();
    machine().exec("pkill", "-KILL", "-f", "/release.sh");
    Shell.Result repaired = release(third);
    diary.check(repaired.ok(), "the same release, run again, ends well", repaired.tail());
    String patches = "SELECT COUNT(*) FROM `tabPatch Log` WHERE patch LIKE '%v16_35_count_reads%'";
    diary.checkEquals("1", query(patches), "its migration ran once");
    live = third;
    checkServes(live);
  }

  private void rollback() throws Exception {
    if (second == null) {
      // The only step: it goes back to the first release, over this one's changes of the schema.
      second = first;
      live = pushImage("v5-another-change");
      release(live);
      checkServes(live);
    }
    String before = live;
    live = pushImage("v5-another-change", "body { color: #222 }");
    Shell.Result styled = release(live);
    diary.check(styled.ok(), "a release that changes a stylesheet ends well", styled.tail());
    writeNote("written after it");
    Shell.Result back = run(RELEASE, "./scripts/rollback.sh", options.stack());
    diary.check(back.ok(), "rollback.sh takes back its code", back.tail());
    live = before;
    checkServes(live);

    String earlier = releases.get(second);
    Shell.Result refused = run(RELEASE, "./scripts/rollback.sh", options.stack(), "--to", earlier);
    Matcher named = Pattern.compile("--with-data (\\S+);").matcher(refused.output());
    diary.check(
        refused.exit() == 11 && named.find(),
        "going back over a schema change is refused without --with-data",
        refused.tail());
    Shell.Result far =
        run(
            RELEASE,
            "./scripts/rollback.sh",
            options.stack(),
            "--to",
            earlier,
            "--with-data",
            named.group(1));
    diary.check(far.ok(), "with the data of that time it goes", far.tail());
    notes = notes.stream().filter(note -> !note.equals("written after it")).toList();
    String newest = status().getAsJsonObject("backup").get("id").getAsString();
    live = second;
    checkServes(live);

    Shell.Result newer = run(RELEASE, "./scripts/restore.sh", options.stack(), "--backup", newest);
    diary.checkEquals(
        11, newer.exit(), "the data of the newer release is refused by the older one");
  }

  private void backup() throws Exception {
    writeNote("before the backup");
    Shell.Result result = run(RELEASE, "./scripts/backup.sh", options.stack());
    diary.check(result.ok(), "backup.sh exits 0", result.tail());
    JsonObject newest = status().getAsJsonObject("backup");
    backup = newest.get("id").getAsString();
    diary.note("newest backup " + backup);
  }

  /** A step that is about a backup, after one has been made where it is the only step. */
  private void withBackup(Diary.Body step) throws Exception {
    if (backup == null) {
      backup();
    }
    step.run();
  }

  private void drill() {
    Shell.Result result = run(RELEASE, "./scripts/drill.sh", options.stack());
    diary.check(result.ok(), "drill.sh exits 0", result.tail());
  }

  private void reboot() throws Exception {
    machine().reboot();
    Site.Answer answer = site.waitFor("/api/method/ping", 200, SOON);
    diary.checkEquals(200, answer.status(), "the site answers after the reboot");
    diary.checkEquals(notes, site.notes(administratorPassword()), "the notes are all there");
  }

  private void loseMachine() throws Exception {
    String lost = machine().id();
    String account = acmeAccount();
    machine().lose();
    diary.note("instance " + lost + " is gone");
    stack.refresh();
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up brings a new one", run.output());
    diary.check(!machine().id().equals(lost), "it is another instance", machine().id());
    Site.Answer answer = site.waitFor("/api/method/ping", 200, SOON);
    diary.checkEquals(200, answer.status(), "the site answers");
    diary.checkEquals(notes, site.notes(administratorPassword()), "the notes are all there");
    diary.checkEquals(account, acmeAccount(), "the ACME account is the one of before");
  }

  /** Traefik keeps it on the data volume: a new one for each machine would soon meet limits. */
  private String acmeAccount() {
    return machine()
        .exec(
            "sh",
            "-c",
            "jq -r '.\"main-resolver\".Account.Registration.uri' "
                + "/srv/slipway/docker/volumes/erpnext_cert-data/_data/acme-*.json")
        .output()
        .strip();
  }

  private void loseVolume() throws Exception {
    loseAll();
    makeEmpty("--desired");
    Shell.Result empty = run(RELEASE, "./scripts/backup.sh", options.stack());
    diary.check(empty.ok(), "somebody backs the empty site up", empty.tail());
    diary.check(
        statusText().output().contains("WAS MADE EMPTY"), "status says that it is empty", "");
    restoreNewest();
    PulumiStack.Run again = stack.up();
    diary.check(again.ok(), "up ends well now", again.output());
    Site.Answer answer = site.waitFor("/api/method/ping", 200, SOON);
    diary.checkEquals(200, answer.status(), "the site answers");
    diary.checkEquals(notes, site.notes(administratorPassword()), "the notes are all there");
    checkFiles();
  }

  private void loseAll() throws Exception {
    machine().lose();
    cloud.volumes().forEach(Volume::lose);
    diary.note("the machine and its data volume are gone");
    stack.refresh();
    PulumiStack.Run run = stack.up();
    diary.check(
        !run.ok() && run.output().contains("--empty-site " + SITE),
        "up brings a machine and a volume, and no empty site in the place of the lost one",
        run.output());
  }

  /** An empty site, of which S3 has backups, by a release. */
  private void makeEmpty(String release) {
    Shell.Result made =
        run(RELEASE, "./scripts/release.sh", options.stack(), release, "--empty-site", SITE);
    diary.check(made.ok(), "it is made when it is asked for", made.tail());
  }

  private void restoreNewest() {
    Shell.Result restored =
        run(RELEASE, "./scripts/restore.sh", options.stack(), "--backup", "newest");
    diary.check(
        restored.ok() && restored.output().contains("backup " + backup),
        "restore.sh of the newest takes backup " + backup,
        restored.tail());
  }

  /**
   * The site begins anew in a database whose master may not grant all, goes through what needs the
   * master there, and moves into a database of the host by its backup.
   */
  private void externalDatabase() throws Exception {
    String address = "erp.c1a2b3c4d5e6." + environment.get("AWS_REGION") + ".rds.amazonaws.com";
    // Characters that RDS takes and that every quoting on the way must leave as they are.
    String password = "of\\an$RDS#" + Long.toHexString(System.nanoTime());
    watch.secret(password);
    String image = onHost("docker inspect --format '{{.Config.Image}}' erpnext-db-1").strip();
    ExternalDatabase server = cloud.externalDatabase(image, address, password);
    stack.forget(List.of("slipway:erpnext.composeFiles"));
    var changed = new LinkedHashMap<String, String>();
    changed.put("slipway:erpnext.image.source", "registry");
    changed.put("slipway:erpnext.database.host", address);
    changed.put("slipway:erpnext.composeFiles[0]", "compose.yaml");
    changed.put("slipway:erpnext.composeFiles[1]", "overrides/compose.redis.yaml");
    changed.put("slipway:erpnext.composeFiles[2]", "overrides/compose.https.yaml");
    stack.configure(changed);
    fixture.setSecret("db-root-password", password);
    loseAll();
    makeEmpty(first);
    external = server;
    live = first;
    watch.secret(sitePassword());
    diary.check(
        !onHost("docker ps --all --format '{{.Names}}'").contains("erpnext-db"),
        "no database is on the host",
        "there is one");
    String grants = external.query("SHOW GRANTS FOR '" + databaseName() + "'@'%'");
    diary.check(
        grants.contains("CREATE ROUTINE") && !grants.contains("ALL PRIVILEGES"),
        "the site's user has what such a master can grant",
        grants);
    Shell.Result counts = run(RELEASE, "./scripts/backup.sh", options.stack(), "--counts");
    diary.check(counts.ok(), "what is in the new site is to stay", counts.tail());
    writeNote("in the external database");
    writeFiles();
    releaseSecond();
    badMigration();
    retry();
    backup();
    drill();
    List<String> kept = notes;
    writeNote("after the backup");
    restoreNewest();
    notes = kept;
    checkServes(live);

    stack.forget(List.of("slipway:erpnext.database", "slipway:erpnext.composeFiles"));
    server.remove();
    external = null;
    loseAll();
    makeEmpty("--desired");
    restoreNewest();
    PulumiStack.Run up = stack.up();
    diary.check(up.ok(), "up ends well, with a database of the host", up.output());
    checkServes(live);
  }

  private void secrets() throws Exception {
    var secrets = new LinkedHashMap<String, String>();
    secrets.put("the token that a person set", CANARY);
    secrets.put("the database's root password", databasePassword());
    secrets.put("the administrator's password", administratorPassword());
    secrets.put("the password of the site's database", sitePassword());
    var places = new LinkedHashMap<String, String>();
    places.put("Pulumi's state", stack.state());
    places.put("Pulumi's output", stack.everything());
    places.put("the scripts' output", fixture.printed());
    places.put("commands and logs in AWS", cloud.commandText());
    places.put("the host's journal", onHost("journalctl --no-pager --output=cat"));
    places.put(
        "containers and images on the host",
        onHost("docker inspect $(docker ps -aq) $(docker image ls -q)"));
    places.put(
        "the records of releases",
        onHost("find /srv/slipway/releases /srv/slipway/status -type f | xargs cat"));
    diary.checkAbsent(secrets, places);
    diary.checkEquals(
        Set.of(),
        watch.found(),
        "none was an argument of a process in " + watch.looks() + " looks at all");
    diary.checkEquals(List.of(), cloud.denials(), "the hosts' role lacked nothing");
  }

  /**
   * What the site itself logs in to its database with; `bench backup` would give it as an argument.
   */
  private String sitePassword() {
    return siteValue("db_password");
  }

  private String databaseName() {
    return siteValue("db_name");
  }

  private String siteValue(String key) {
    return onHost(
            "jq -r ."
                + key
                + " /srv/slipway/docker/volumes/erpnext_sites/_data/"
                + SITE
                + "/site_config.json")
        .strip();
  }

  private String onHost(String command) {
    return machine().exec("sh", "-c", command).output();
  }

  private void destroy() throws Exception {
    String name = options.stack();
    Shell.Result kept = run(RELEASE, "./scripts/destroy.sh", name, "--yes-destroy", name);
    diary.check(kept.ok(), "destroy.sh exits 0", kept.tail());
    for (String left :
        List.of("erpnext-host-data", "erpnext-host-address", "erpnext-backup-bucket")) {
      diary.check(kept.output().contains(left), "it names what is protected: " + left, kept.tail());
    }
    diary.checkEquals(List.of(), cloud.machines(), "the machine is gone");
    diary.checkEquals(1, cloud.volumes().size(), "the data volume is not");

    stack.configure(Map.of("slipway:host.protect", "false", "slipway:backup.protect", "false"));
    diary.check(up("up without protection, on the data volume that was left"), "up ends well", "");
    diary.checkEquals(notes, site.notes(administratorPassword()), "the notes are all there");
    Shell.Result purged = takeAway("--purge", "--confirm", "destroy and purge " + name);
    diary.check(
        purged.output().contains("versions deleted"),
        "with --purge its buckets were emptied first",
        purged.tail());
    if (pipeline != null) {
      pipeline.takeAway();
    }
  }

  private void anew() throws Exception {
    if (!cloud.machines().isEmpty()) {
      destroy();
    }
    fixture.setSecret("git-token", CANARY);
    diary.check(up("up again, from nothing"), "up ends well", "");
    diary.checkEquals(List.of(), site.notes(administratorPassword()), "a new site, with no notes");
    takeAway("--yes-destroy", options.stack());
  }

  /** Everything that the stack has, and what its hosts have put into Parameter Store. */
  private Shell.Result takeAway(String... consent) throws Exception {
    String name = options.stack();
    var command = new ArrayList<>(List.of("./scripts/destroy.sh", name));
    command.addAll(List.of(consent));
    Shell.Result all = run(RELEASE, command.toArray(String[]::new));
    diary.check(all.ok(), "destroy.sh exits 0", all.tail());
    diary.checkEquals(List.of(), cloud.machines(), "no machine is left");
    diary.checkEquals(List.of(), cloud.volumes(), "no volume is left");
    String buckets =
        scripts.need(
            MINUTE,
            "aws",
            "s3api",
            "list-buckets",
            "--query",
            "Buckets[].Name",
            "--output",
            "text");
    diary.checkEquals(
        cloud.stateBucket(), buckets.strip(), "no bucket is left but that of the state");
    Shell.Result forgotten =
        run(MINUTE, "./scripts/secret.sh", "forget", name, "--yes-forget", name);
    diary.check(
        forgotten.ok(), "secret.sh takes away what the hosts had put there", forgotten.tail());
    String parameters =
        scripts.need(
            MINUTE,
            "aws",
            "ssm",
            "describe-parameters",
            "--query",
            "Parameters[].Name",
            "--output",
            "text");
    diary.checkEquals("", parameters.strip(), "no parameter is left");
    return all;
  }

  private void pipeline() throws Exception {
    pipeline = new Pipeline(fixture, stack, site, application);
    pipeline.run(style -> pushImage("v5-another-change", style), () -> machine().id());
    diary.checkEquals(notes, site.notes(administratorPassword()), "the notes are all there");
    diary.checkEquals(List.of(), cloud.denials(), "the hosts' role lacked nothing in its boundary");
  }

  private HostFaults faults() {
    return new HostFaults(
        diary,
        options.stack(),
        SITE,
        this::machine,
        this::run,
        this::status,
        site,
        this::administratorPassword);
  }

  private SiteNames siteNames() {
    return new SiteNames(
        diary,
        options.stack(),
        SITE,
        stack,
        cloud,
        this::machine,
        this::run,
        this::status,
        this::site);
  }

  private void buildImage() throws Exception {
    live =
        faults()
            .build(
                stack,
                application,
                git,
                cloud.directory().resolve("git"),
                this::pushImageOf,
                CANARY);
  }

  // ---- small verbs --------------------------------------------------------------------------

  private Machine machine() {
    var machines = cloud.machines();
    if (machines.size() != 1) {
      throw new Diary.Broken("one machine should run, there are " + machines.size());
    }
    return machines.get(0);
  }

  private Shell.Result release(String ref) {
    return run(RELEASE, "./scripts/release.sh", options.stack(), ref);
  }

  private Shell.Result run(Duration limit, String... command) {
    return fixture.run(limit, command);
  }

  /** The last command of a verb, as Run Command remembers it. */
  private RunCommand lastCommand(String verb) {
    String document = "slipway-" + options.stack() + "-" + verb;
    return cloud.commands().stream()
        .filter(command -> command.document().equals(document))
        .reduce((former, latter) -> latter)
        .orElseThrow(() -> new Diary.Broken("no " + document + " was sent"));
  }

  /** One value out of the site's database, with MariaDB's own client. */
  private String query(String sql) {
    if (external != null) {
      return external.query("USE `" + databaseName() + "`; " + sql);
    }
    var result =
        machine()
            .exec(
                "sh",
                "-c",
                "docker exec erpnext-db-1 sh -c 'MYSQL_PWD=\"$(cat \"$MYSQL_ROOT_PASSWORD_FILE\")\""
                    + " exec mariadb -uroot --batch --skip-column-names --execute \"$1\" \"$0\"' "
                    + databaseName()
                    + " \"$0\"",
                sql);
    return result.output().strip();
  }

  private void writeNote(String title) {
    if (!site.write(title, administratorPassword())) {
      throw new Diary.Broken("the site did not take the note \"" + title + "\"");
    }
    notes = site.notes(administratorPassword());
  }

  /** Files as people upload them: one for everybody, and one for who is logged in. */
  private void writeFiles() {
    String script =
        "cd sites/%s; echo for everybody >public/files/welcome.txt;"
            .formatted(SITE)
            .concat(" echo for members >private/files/minutes.txt");
    var written = machine().exec("docker", "exec", "erpnext-backend-1", "sh", "-c", script);
    diary.check(written.ok(), "files can be written", written.output());
    checkFiles();
  }

  private void checkFiles() {
    diary.checkEquals(
        "for everybody", site.get("/files/welcome.txt").body().strip(), "a public file is served");
    diary.checkEquals(
        "for members",
        onHost(
                "cat /srv/slipway/docker/volumes/erpnext_sites/_data/"
                    + SITE
                    + "/private/files/minutes.txt")
            .strip(),
        "a private file is there");
    int status = site.get("/private/files/minutes.txt").status();
    diary.check(status == 403 || status == 401 || status == 404, "and not for everybody", status);
  }

  private String databasePassword() {
    return cloud.parameter("/slipway/" + options.stack() + "/secrets/db-root-password");
  }

  /** What the host's verb says, asked for on the host: by Run Command it takes seconds more. */
  private JsonObject status() {
    var result =
        machine()
            .exec("sh", "-c", "set -a; . /etc/environment; exec /opt/slipway/status.sh --json");
    String json =
        result
            .out()
            .lines()
            .dropWhile(line -> !line.startsWith("{"))
            .takeWhile(line -> !line.startsWith("slipway: "))
            .collect(Collectors.joining("\n"));
    if (json.isEmpty()) {
      throw new Diary.Broken("status.sh on the host: " + result.output());
    }
    return JsonParser.parseString(json).getAsJsonObject();
  }

  private String administratorPassword() {
    return cloud.parameter("/slipway/" + options.stack() + "/secrets/site-admin-password/" + SITE);
  }

  private void checkServes(String commit) {
    JsonObject release = status().getAsJsonObject("release");
    diary.checkEquals(commit, release.get("commit").getAsString(), "the live release");
    releases.putIfAbsent(commit, release.get("id").getAsString());
    diary.checkEquals(200, site.get("/api/method/ping").status(), "the site answers");
    diary.checkEquals(notes, site.notes(administratorPassword()), "the notes are all there");
  }

  private void awaitOnHost(String what, String... command) throws InterruptedException {
    Instant end = Instant.now().plus(SOON);
    while (!machine().exec(command).ok()) {
      if (Instant.now().isAfter(end)) {
        throw new Diary.Broken("waited " + SOON.toMinutes() + " minutes for " + what);
      }
      Thread.sleep(200);
    }
  }

  // ---- the end ------------------------------------------------------------------------------

  @Override
  public void honesty() {
    boolean real = options.images() == Options.Images.REAL;
    fixture.honesty(
        "the Java program, the Pulumi engine, its S3 state and KMS secrets, the host scripts,"
            + " systemd, Docker, Compose, Traefik, MariaDB, Redis, ACME, git"
            + (real ? ", ERPNext" : ""),
        "AWS's own timing and limits, EC2's boot with Ubuntu's packages, public DNS, Let's Encrypt"
            + " itself"
            + (real ? "" : ", ERPNext's own code (a stand-in with the same interfaces served)"));
  }

  @Override
  public void keep() throws IOException {
    var values = new LinkedHashMap<String, String>();
    values.put("REHEARSAL_SITE", SITE);
    values.put("REHEARSAL_ADDRESS", machine().publicIp());
    values.put("REHEARSAL_CA", cloud.acmeRoot().toString());
    values.put("REHEARSAL_REGISTRY", cloud.registry());
    // What bench/release.sh releases.
    values.put(
        "REHEARSAL_NEXT_REF", pushImage(second == null ? "v2-schema-change" : "v5-another-change"));
    values.put("REHEARSAL_MACHINE", machine().container());
    fixture.keep(
        values,
        """
          curl --cacert %2$s --resolve %1$s:443:%3$s https://%1$s/login
          docker exec -it %4$s bash
          ./slipway status %5$s      (in another terminal, after the next line)
        """
            .formatted(
                SITE,
                cloud.acmeRoot(),
                machine().publicIp(),
                machine().container(),
                options.stack()));
  }

  @Override
  public void close() throws Exception {
    watch.close();
    git.close();
    if (stack != null) {
      stack.close();
    }
  }
}
