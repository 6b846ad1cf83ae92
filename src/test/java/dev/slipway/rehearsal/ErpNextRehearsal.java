package dev.slipway.rehearsal;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import dev.slipway.rehearsal.cloud.Machine;
import dev.slipway.rehearsal.cloud.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The ERPNext system from an empty account to an empty account, with what can go wrong between. */
final class ErpNextRehearsal implements AutoCloseable {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration RELEASE = Duration.ofMinutes(10);
  private static final String SITE = "erp.example.com";

  /** A secret that a person brings; it must be found nowhere but in the parameter store. */
  private static final String CANARY = "canary-" + Long.toHexString(System.nanoTime()) + "-7f3a";

  private record Act(String name, String title, Diary.Body body) {}

  private final Options options;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private final Path project;
  private final Shell scripts;
  private final GitServer git;
  private final ApplicationRepository application;
  private final Site site;
  private final Map<String, String> environment;
  private final StringBuilder printed = new StringBuilder();
  private PulumiStack stack;
  private String first;
  private String second;
  private String backup;
  private List<String> notes = List.of();

  ErpNextRehearsal(Options options, EmulatedCloud cloud, Diary diary) throws Exception {
    this.options = options;
    this.cloud = cloud;
    this.diary = diary;
    this.project = cloud.directory().resolve("project");
    environment = new HashMap<>(cloud.environment());
    environment.put("SLIPWAY_PROJECT", project.toString());
    scripts = new Shell(options.repository(), environment);
    Path repositories = cloud.directory().resolve("git");
    git = new GitServer(cloud.gateway(), repositories, CANARY);
    application =
        new ApplicationRepository(
            options.repository().resolve("src/test/resources/dev/slipway/rehearsal/application"),
            cloud.directory().resolve("application"),
            repositories.resolve("private/application.git"));
    serveFrappeDocker(repositories.resolve("frappe_docker.git"));
    site = new Site(scripts, SITE, () -> machine().publicIp(), cloud.acmeRoot().toString());
  }

  /** The acts in order; one that everything after it needs ends the play when it fails. */
  void play() throws Exception {
    var acts =
        List.of(
            new Act("plan", "The plan, with no engine and no account", this::plan),
            new Act("up", "pulumi up: from nothing to a first release", this::up),
            new Act("https", "The site answers over HTTPS", this::https),
            new Act("again", "pulumi up again: nothing changes", this::upAgain),
            new Act("release", "A second release, with a schema change", this::releaseSecond),
            new Act("same", "The same release again is a no-op", this::releaseSame),
            new Act("bad-migration", "A release whose migration fails", this::badMigration),
            new Act("unhealthy", "A release that never gets healthy", this::unhealthy),
            new Act("refusals", "What the host refuses", this::refusals),
            new Act("killed", "A release killed half-way, and run again", this::killed),
            new Act("rollback", "Back to the first release, and forward again", this::rollback),
            new Act("backup", "A backup, verified in S3", this::backup),
            new Act("drill", "A restore drill", this::drill),
            new Act("reboot", "The machine is rebooted", this::reboot),
            new Act("lost-machine", "The machine is lost", this::loseMachine),
            new Act("lost-volume", "The volume is lost too", this::loseVolume),
            new Act("configure-twice", "Configuring again changes nothing", () -> faults().configureTwice()),
            new Act("half-backup", "A dump dies half-way", () -> faults().halfBackup()),
            new Act("damaged", "A backup that was altered in S3", () -> faults().damaged()),
            new Act("docker-needs-volume", "Docker without the data volume", () -> faults().dockerNeedsVolume()),
            new Act("build", "The image is built on the host", this::buildImage),
            new Act("pwd", "Upstream's pwd.yml", () -> faults().pwd(stack)),
            new Act("secrets", "Nothing secret is left lying about", this::secrets),
            new Act("destroy", "Destroy, up again, destroy again", this::destroy));
    diary.note("stack          " + options.stack());
    diary.note("frappe_docker  " + options.frappeDockerOrigin());
    diary.note("images         " + options.images().name().toLowerCase().replace('_', '-'));
    prepare();
    List<String> names = acts.stream().map(Act::name).toList();
    List<String> wanted = options.steps(names);
    for (Act act : acts) {
      boolean base = options.only() != null && List.of("up", "https").contains(act.name());
      if (!wanted.contains(act.name()) && !base) {
        continue;
      }
      boolean ok = diary.step(act.name(), act.title(), act.body());
      if (!ok && List.of("plan", "up", "https").contains(act.name())) {
        diary.note("nothing can follow; the rehearsal ends here");
        return;
      }
    }
  }

  // ---- preparation --------------------------------------------------------------------------

  private void prepare() throws Exception {
    first = pushImage("v1");
    Files.createDirectories(project);
    Files.writeString(
        project.resolve("Pulumi.yaml"),
        """
        name: slipway
        description: A copy for the rehearsal, on the jar that is already built
        runtime:
          name: java
          options:
            binary: target/slipway.jar
        """);
    Path settings = options.repository().resolve("Pulumi." + options.stack() + ".yaml");
    Files.copy(settings, project.resolve(settings.getFileName()));
    for (String shared : List.of("target", "scripts")) {
      Files.createSymbolicLink(project.resolve(shared), options.repository().resolve(shared));
    }
    stack =
        new PulumiStack(
            options.stack(), project, cloud.secretsProvider(), environment, diary::echo);
    var changed = new LinkedHashMap<String, String>();
    changed.put("slipway:host.ami.id", cloud.machineImage());
    changed.put("slipway:erpnext.frappeDocker.repository", git.url("frappe_docker.git"));
    changed.put("slipway:erpnext.frappeDocker.commit", frappeDockerCommit);
    changed.put("slipway:application.repository", git.url("private/application.git"));
    changed.put("slipway:application.token", "git-token");
    changed.put("slipway:https.server", cloud.acmeDirectory());
    changed.put("slipway:https.trustedCa", "/etc/ssl/certs/rehearsal-acme.pem");
    changed.put("slipway:release.seed", first);
    stack.configure(changed);
    diary.note("settings that the rehearsal replaces: " + String.join(", ", changed.keySet()));
    setSecret("git-token", CANARY);
  }

  private String frappeDockerCommit;

  private void serveFrappeDocker(Path bare) throws IOException {
    Path copy = cloud.directory().resolve("frappe_docker");
    var shell = new Shell(cloud.directory(), Map.of());
    shell.need(MINUTE, "cp", "-R", options.frappeDocker().toString(), copy.toString());
    shell.need(MINUTE, "chmod", "-R", "u+w", copy.toString());
    var inCopy =
        new Shell(
            copy,
            Map.of(
                "GIT_AUTHOR_NAME", "Rehearsal",
                "GIT_AUTHOR_EMAIL", "rehearsal@example.com",
                "GIT_COMMITTER_NAME", "Rehearsal",
                "GIT_COMMITTER_EMAIL", "rehearsal@example.com"));
    if (!Files.exists(copy.resolve(".git"))) {
      inCopy.need(MINUTE, "git", "init", "--quiet", "--initial-branch=main", ".");
      inCopy.need(MINUTE, "git", "add", "--all", "--force");
      inCopy.need(MINUTE, "git", "commit", "--quiet", "--message", "Compose files as they came");
    }
    frappeDockerCommit = inCopy.need(MINUTE, "git", "rev-parse", "HEAD").strip();
    shell.need(MINUTE, "git", "clone", "--quiet", "--bare", copy.toString(), bare.toString());
  }

  /** Commits a stage of the application and pushes the image that its pipeline would make. */
  private String pushImage(String stage) throws IOException {
    String commit = application.push(stage);
    pushImageOf(commit);
    diary.note("image of " + stage + "  frappe/erpnext:" + commit.substring(0, 12));
    return commit;
  }

  private void pushImageOf(String commit) {
    var arguments =
        new ArrayList<>(
            List.of(
                "./scripts/rehearsal-images.sh",
                "--frappe-docker",
                options.frappeDocker().toString(),
                "--registry",
                cloud.registry(),
                "--app-dir",
                application.files().toString(),
                "--tag",
                commit));
    scripts.need(Duration.ofMinutes(15), arguments.toArray(String[]::new));
  }

  private void setSecret(String name, String value) throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder("./scripts/secret.sh", "set", options.stack(), name)
            .directory(options.repository().toFile())
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try (var in = process.getOutputStream()) {
      in.write(value.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes());
    printed.append(output);
    if (process.waitFor() != 0) {
      throw new Diary.Broken("secret.sh set " + name + ": " + output);
    }
  }

  // ---- acts ---------------------------------------------------------------------------------

  private void plan() {
    var result = scripts.run(MINUTE, "./scripts/plan.sh", options.stack(), "--json");
    diary.check(result.ok(), "plan.sh exits 0", result.tail());
    JsonObject plan = JsonParser.parseString(result.printed()).getAsJsonObject();
    diary.note(plan.getAsJsonArray("resources").size() + " resources planned");
    diary.note("cost " + plan.get("cost").toString().replaceAll("\\s+", " ").transform(Texts::brief));
  }

  private void up() {
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up ends well", run.output());
    diary.note(run.counts());
  }

  private void https() throws Exception {
    Machine machine = machine();
    machine.alias(SITE);
    cloud.serveName(SITE);
    // The address is known only after the first `up`: certificates start once DNS agrees.
    Shell.Result again = release(first);
    diary.check(again.ok(), "the release that turns HTTPS on ends well", again.tail());
    Site.Answer answer = site.waitFor("/api/method/ping", 200, Duration.ofMinutes(2));
    diary.checkEquals(200, answer.status(), "https://" + SITE + "/api/method/ping answers");
    diary.note(site.certificate());
    diary.check(site.write("first note", administratorPassword()), "a note can be written", "");
    notes = site.notes(administratorPassword());
    diary.note("notes: " + notes);
  }

  private void upAgain() {
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up ends well", run.output());
    diary.check(run.changedNothing(), "nothing changed", run.counts());
  }

  private void releaseSecond() throws Exception {
    second = pushImage("v2-schema-change");
    Shell.Result result = release(second);
    diary.check(result.ok(), "release.sh exits 0", result.tail());
    checkServes(second);
  }

  private void releaseSame() {
    Shell.Result result = release(second);
    diary.check(result.ok(), "release.sh exits 0", result.tail());
    diary.check(
        !result.output().contains("migrate   ok"), "no migration ran", result.tail());
  }

  private void badMigration() throws Exception {
    checkRefused(pushImage("v3-bad-migration"), "migrat");
  }

  private void unhealthy() throws Exception {
    checkRefused(pushImage("v4-never-healthy"), "smoke");
  }

  private void checkRefused(String commit, String cause) {
    Shell.Result result = release(commit);
    diary.checkEquals(20, result.exit(), "release.sh exits 20: failed and returned");
    diary.check(result.output().contains(cause), "the cause is shown: " + cause, result.tail());
    checkServes(second);
  }

  private void refusals() {
    for (String hostile : List.of("; touch /tmp/slipway-hostile", "$(touch /tmp/slipway-hostile)", "a\nb")) {
      Shell.Result result = release(hostile);
      diary.check(!result.ok(), "refused: " + hostile.replace("\n", "\\n"), result.tail());
    }
    diary.check(
        machine().exec("test", "!", "-e", "/tmp/slipway-hostile").ok(),
        "nothing of it ran on the host",
        "the file is there");
  }

  private void killed() throws Exception {
    String third = pushImage("v5-another-change");
    Process release = scripts.start("./scripts/release.sh", options.stack(), third);
    awaitOnHost("a migration to start", "pgrep", "-f", "bench.*migrate");
    Shell.Result other = release(second);
    diary.checkEquals(10, other.exit(), "a release beside it is refused");
    diary.check(other.output().contains("lock"), "and told who holds the lock", other.tail());
    release.destroyForcibly().waitFor();
    machine().exec("pkill", "-KILL", "-f", "/release.sh");
    Shell.Result repaired = release(third);
    diary.check(repaired.ok(), "the same release, run again, ends well", repaired.tail());
    checkServes(third);
    second = third;
  }

  private void rollback() {
    Shell.Result refused = run(RELEASE, "./scripts/rollback.sh", options.stack());
    diary.check(
        refused.exit() == 11 && refused.output().contains("with-data"),
        "going back over a schema change is refused without --with-data",
        refused.tail());
  }

  private void backup() throws Exception {
    site.write("before the backup", administratorPassword());
    notes = site.notes(administratorPassword());
    Shell.Result result = run(RELEASE, "./scripts/backup.sh", options.stack());
    diary.check(result.ok(), "backup.sh exits 0", result.tail());
    JsonObject newest = status().getAsJsonObject("backup");
    backup = newest.get("id").getAsString();
    diary.note("newest backup " + backup);
  }

  private void drill() {
    Shell.Result result = run(RELEASE, "./scripts/drill.sh", options.stack());
    diary.check(result.ok(), "drill.sh exits 0", result.tail());
  }

  private void reboot() throws Exception {
    machine().reboot();
    Site.Answer answer = site.waitFor("/api/method/ping", 200, Duration.ofMinutes(4));
    diary.checkEquals(200, answer.status(), "the site answers after the reboot");
    diary.checkEquals(notes, site.notes(administratorPassword()), "the notes are all there");
  }

  private void loseMachine() throws Exception {
    String lost = machine().id();
    String certificate = site.certificate();
    machine().lose();
    diary.note("instance " + lost + " is gone");
    stack.refresh();
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up brings a new one", run.output());
    diary.check(!machine().id().equals(lost), "it is another instance", machine().id());
    Site.Answer answer = site.waitFor("/api/method/ping", 200, Duration.ofMinutes(4));
    diary.checkEquals(200, answer.status(), "the site answers");
    diary.checkEquals(notes, site.notes(administratorPassword()), "the notes are all there");
    diary.checkEquals(certificate, site.certificate(), "the certificate was not asked for again");
  }

  private void loseVolume() throws Exception {
    machine().lose();
    cloud.volumes().forEach(Volume::lose);
    diary.note("the machine and its data volume are gone");
    stack.refresh();
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up brings an empty one", run.output());
    Shell.Result restored = run(RELEASE, "./scripts/restore.sh", options.stack(), "--backup", backup);
    diary.check(restored.ok(), "restore.sh exits 0", restored.tail());
    Site.Answer answer = site.waitFor("/api/method/ping", 200, Duration.ofMinutes(2));
    diary.checkEquals(200, answer.status(), "the site answers");
    diary.checkEquals(notes, site.notes(administratorPassword()), "the notes are all there");
  }

  private void secrets() throws Exception {
    String root = cloud.parameter("/slipway/" + options.stack() + "/secrets/db-root-password");
    for (String secret : List.of(CANARY, root, administratorPassword())) {
      String which = secret.equals(CANARY) ? "the canary" : secret.equals(root) ? "the database's root password" : "the administrator's password";
      diary.check(!stack.state().contains(secret), which + " is not in the state", "it is");
      diary.check(!stack.everything().contains(secret), which + " is not in Pulumi's output", "it is");
      diary.check(!printed.toString().contains(secret), which + " is not in the scripts' output", "it is");
      diary.check(!cloud.commandText().contains(secret), which + " is in no command and no log", "it is");
      diary.check(!machine().exec("sh", "-c", "cat /proc/*/cmdline | tr '\\0' ' '").output().contains(secret), which + " is in no process list", "it is");
    }
  }

  private void destroy() {
    PulumiStack.Run refused = stack.destroy();
    diary.check(!refused.ok(), "destroy leaves protected things", refused.output());
    diary.check(refused.output().contains("protect"), "and names them", refused.output());
  }

  private HostFaults faults() {
    return new HostFaults(
        diary, options.stack(), SITE, this::machine, this::run, this::status, site, this::administratorPassword);
  }

  private void buildImage() throws Exception {
    second =
        faults()
            .build(stack, application, git, cloud.directory().resolve("git"), this::pushImageOf, CANARY);
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
    Instant start = Instant.now();
    Shell.Result result = scripts.run(limit, diary::echo, command);
    printed.append(result.output());
    diary.note(
        String.join(" ", command).transform(Texts::brief)
            + ": exit "
            + result.exit()
            + " after "
            + Duration.between(start, Instant.now()).toSeconds()
            + " s");
    return result;
  }

  private JsonObject status() {
    var result = scripts.run(MINUTE, "./scripts/status.sh", options.stack(), "--json");
    if (!result.ok()) {
      throw new Diary.Broken("status.sh: " + result.tail());
    }
    return JsonParser.parseString(result.printed()).getAsJsonObject();
  }

  private String administratorPassword() {
    return cloud.parameter("/slipway/" + options.stack() + "/secrets/site-admin-password/" + SITE);
  }

  private void checkServes(String commit) {
    JsonObject release = status().getAsJsonObject("release");
    diary.checkEquals(commit, release.get("commit").getAsString(), "the live release");
    diary.checkEquals(200, site.get("/api/method/ping").status(), "the site answers");
    diary.checkEquals(notes, site.notes(administratorPassword()), "the notes are all there");
  }

  private void awaitOnHost(String what, String... command) throws InterruptedException {
    Instant end = Instant.now().plus(Duration.ofMinutes(3));
    while (!machine().exec(command).ok()) {
      if (Instant.now().isAfter(end)) {
        throw new Diary.Broken("waited 3 minutes for " + what);
      }
      Thread.sleep(200);
    }
  }

  // ---- the end ------------------------------------------------------------------------------

  /** What of all this was real, what was emulated, and what an emulator cannot prove. */
  void honesty() {
    System.out.printf(
        """

        Real:      the Java program, the Pulumi engine, its S3 state and KMS secrets, the host scripts,
                   systemd, Docker, Compose, Traefik, MariaDB, Redis, ACME, git
        Emulated:  AWS's interfaces (%s)
        Records:   %s
        Unproven:  AWS's own timing and limits, EC2's boot with Ubuntu's packages, public DNS,
                   Let's Encrypt itself%s
        """,
        String.join(", ", cloud.emulatedForReal()),
        String.join(", ", cloud.recordsOnly()),
        options.images() == Options.Images.REAL ? "" : ", ERPNext's own code (a stand-in served)");
  }

  /** Leaves the site up until the person presses Enter, and says how to look at it. */
  void keep() throws IOException {
    Path file = options.home().resolve("rehearsal").resolve("kept.env");
    var values = new LinkedHashMap<>(environment);
    values.put("REHEARSAL_SITE", SITE);
    values.put("REHEARSAL_ADDRESS", machine().publicIp());
    values.put("REHEARSAL_CA", cloud.acmeRoot().toString());
    values.put("REHEARSAL_REGISTRY", cloud.registry());
    values.put("REHEARSAL_MACHINE", machine().container());
    var lines = new StringBuilder();
    values.forEach(
        (name, value) ->
            lines.append("export %s='%s'%n".formatted(name, value.replace("'", "'\\''"))));
    Files.deleteIfExists(file);
    Files.createFile(
        file,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, lines);
    try {
      System.out.printf(
          """

          Kept, until Enter is pressed here:
            curl --cacert %2$s --resolve %1$s:443:%3$s https://%1$s/login
            docker exec -it %4$s bash
            . %5$s; ./scripts/status.sh %6$s      (in another terminal)
          """,
          SITE,
          cloud.acmeRoot(),
          machine().publicIp(),
          machine().container(),
          file,
          options.stack());
      System.in.read();
    } finally {
      Files.deleteIfExists(file);
    }
  }

  @Override
  public void close() throws Exception {
    git.close();
    if (stack != null) {
      stack.close();
    }
  }
}
