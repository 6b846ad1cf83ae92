package dev.slipway.rehearsal;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import dev.slipway.rehearsal.cloud.Machine;
import dev.slipway.rehearsal.cloud.OutsideApi;
import dev.slipway.rehearsal.cloud.Result;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The FastAPI service from an empty account to an empty account: its example on a real host under
 * systemd, with a real database, behind its own port or, where the stack has one, behind Caddy,
 * which stands for the ALB.
 */
final class FastApiRehearsal implements Scenario {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration SOON = Duration.ofMinutes(3);
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration RELEASE = Duration.ofMinutes(40);

  private static final String V1 = "v1";
  private static final String V2 = "v2-language";
  private static final String BAD_MIGRATION = "v3-bad-migration";
  private static final String NEVER_HEALTHY = "v4-never-healthy";

  /** What the issue asks of a release under load. */
  private static final int REQUESTS = 5000;

  /** Of each kind: those that keep their connection, and those that open one each time. */
  private static final int PEOPLE = 10;

  /** Without it they would take the machine from what is released. */
  private static final Duration PAUSE = Duration.ofMillis(150);

  private static final Load.Requests ASKED =
      new Load.Requests(
          "/version",
          List.of("/version", "/locations/paris", "/health"),
          "/prompts",
          "{\"name\":\"%s\",\"text\":\"Write about $location.\"}");

  /** External secrets; they must be found nowhere but in Parameter Store and the service. */
  private static final String TOKEN = canary();

  private static final String GEMINI_KEY = canary();

  private static final String TAVILY = "api.tavily.com";
  private static final String GEMINI = "generativelanguage.googleapis.com";

  private static final String SOURCES =
      "{\"results\": [{\"title\": \"Paris\", \"url\": \"https://example.com\","
          + " \"content\": \"A city on the Seine\"}]}";

  private static final String TEXT =
      "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"Paris is worth a visit.\"}]}}]}";

  /** AWS's own authorities, which hosts fetch when they are configured, can't be had here. */
  private static final String AUTHORITIES = "global-bundle.pem; going on with what is known";

  /** Of a migration that worked and code that did not. */
  private static final String AHEAD = "the schema is ahead of the code";

  private static final List<Step<FastApiRehearsal>> STEPS =
      List.of(
          Step.vital("plan", "The plan, with no engine and no account", FastApiRehearsal::plan),
          Step.ground("up", "pulumi up: from nothing to a first release", FastApiRehearsal::up)
              .mayWarn(AUTHORITIES),
          // Its logs have what was said when its host was configured.
          new Step<>("service", "The service does what it is for", FastApiRehearsal::service)
              .mayWarn(AUTHORITIES),
          Step.extra("again", "pulumi up again changes nothing", FastApiRehearsal::again),
          new Step<>(
              "release",
              "A second release, with a migration, under load",
              FastApiRehearsal::release),
          Step.extra("same", "The same release again is a no-op", FastApiRehearsal::same),
          // Before those that make so many releases that the first one is pruned.
          Step.extra("rollback", "Back to the first release", FastApiRehearsal::rollback),
          new Step<>("unhealthy", "A release that never gets healthy", FastApiRehearsal::sick)
              .mayWarn(AHEAD),
          Step.extra(
              "bad-migration", "A release whose migration fails", FastApiRehearsal::badMigration),
          Step.extra(
              "killed", "kill -9 in each step of a release, and again", FastApiRehearsal::killed),
          Step.extra(
              "rotation", "A key is changed, and taken up under load", FastApiRehearsal::rotation),
          Step.extra(
              "restart", "The service is restarted by hand, under load", FastApiRehearsal::restart),
          Step.extra("checks", "Each check fails in its turn", FastApiRehearsal::checks),
          Step.extra("reboot", "The machine is rebooted", FastApiRehearsal::reboot),
          Step.extra("replaced", "The machine is lost", FastApiRehearsal::loseMachine)
              .mayWarn(AUTHORITIES),
          new Step<>(
                  "restore",
                  "The database is lost, and comes back from a snapshot",
                  FastApiRehearsal::loseDatabase)
              .mayWarn(AUTHORITIES),
          new Step<>("secrets", "Nothing secret is left lying about", FastApiRehearsal::secrets),
          new Step<>("destroy", "Destroy", FastApiRehearsal::destroy).mayWarn(AUTHORITIES));

  static final Suite<FastApiRehearsal> SUITE =
      new Suite<>("fastapi", true, STEPS, FastApiRehearsal::new);

  private final Fixture fixture;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private final Shell scripts;
  private final Rds rds;
  private final String name;
  private final int port;
  private final Optional<String> domain;
  private final GitServer git;
  private final ExampleRepository example;
  private final ProcessWatch watch = new ProcessWatch();
  private PackageIndex index;
  private OutsideApi tavily;
  private Connection.Target site;
  private PulumiStack stack;
  private String tavilyKey = canary();
  private String live;

  /** Releases of the same code need commits of their own. */
  private int more;

  FastApiRehearsal(Fixture fixture) throws Exception {
    this.fixture = fixture;
    cloud = fixture.cloud();
    diary = fixture.diary();
    name = fixture.stack();
    cloud.makeStateBackend();
    fixture.environment().putAll(cloud.environment());
    scripts = fixture.scripts();
    rds = new Rds(cloud, scripts);
    Path repository = fixture.options().repository();
    Path repositories = cloud.directory().resolve("git");
    git = new GitServer(cloud.gateway(), repositories, TOKEN);
    example =
        new ExampleRepository(
            repository.resolve("examples/fastapi"),
            repository.resolve("src/test/resources/dev/slipway/rehearsal/fastapi"),
            cloud.directory().resolve("application"),
            repositories.resolve("private/service.git"));
    var settings = settings(fixture.project().resolve("Pulumi." + name + ".yaml"));
    var service = (Map<?, ?>) settings.get("slipway:service");
    port = service.get("port") instanceof Integer given ? given : 8000;
    domain =
        Boolean.TRUE.equals(settings.get("slipway:alb"))
            ? Optional.of((String) ((Map<?, ?>) settings.get("slipway:domain")).get("name"))
            : Optional.empty();
    List.of(TOKEN, GEMINI_KEY, tavilyKey).forEach(watch::secret);
  }

  private static String canary() {
    return "canary-" + Long.toHexString(System.nanoTime()) + "-6e15";
  }

  private static Map<?, ?> settings(Path file) throws IOException {
    var yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
    return (Map<?, ?>) yaml.<Map<?, ?>>load(Files.readString(file)).get("config");
  }

  // ---- preparation --------------------------------------------------------------------------

  @Override
  public void prepare() throws Exception {
    diary.note("stack          " + name + ", served " + domain.orElse("by its host, port " + port));
    for (String image : List.of("postgres", "caddy")) {
      scripts.need(RELEASE, "./scripts/dev/rehearsal-images.sh", "--only", image);
    }
    String wheels =
        scripts.need(RELEASE, "./scripts/dev/rehearsal-wheels.sh", "examples/fastapi").strip();
    index = new PackageIndex(cloud.gateway(), Path.of(wheels));
    tavily = cloud.outsideApi(TAVILY, "Authorization: Bearer {key}", SOURCES);
    tavily.accept(tavilyKey);
    cloud.outsideApi(GEMINI, "x-goog-api-key: {key}", TEXT).accept(GEMINI_KEY);
    stack =
        new PulumiStack(
            name, fixture.project(), cloud.secretsProvider(), fixture.environment(), diary::echo);
    var changed = new LinkedHashMap<String, String>();
    changed.put("slipway:host.ami.id", cloud.machineImage());
    changed.put("slipway:service.repository", git.url("private/service.git"));
    changed.put("slipway:service.folder", ".");
    changed.put("slipway:service.token", "git-token");
    changed.put("slipway:service.index", index.url());
    changed.put("slipway:service.environment.LOG_LEVEL", "info");
    changed.put("slipway:release.seed", commit(V1));
    changed.put("slipway:trustedCa", Files.readString(cloud.authority()));
    if (domain.isPresent()) {
      String zone = domain.get().replaceFirst("^[^.]*[.]", "");
      changed.put("slipway:domain.zoneId", cloud.zone(zone));
      site = Connection.Target.of(domain.get(), () -> cloud.balancer(443), cloud.authority());
    } else {
      site =
          Connection.Target.plain(
              "service.example.com", () -> new InetSocketAddress(machine().publicIp(), port));
    }
    stack.configure(changed);
    diary.note("settings that the rehearsal replaces: " + String.join(", ", changed.keySet()));
    fixture.setSecret("git-token", TOKEN);
    fixture.setSecret("tavily", tavilyKey);
    fixture.setSecret("gemini", GEMINI_KEY);
  }

  /** The commit of a version; each but the first two is made of the second and a patch. */
  private String commit(String version) throws IOException {
    if (version.equals(V1)) {
      return example.commit(V1, List.of());
    }
    boolean patched = version.equals(BAD_MIGRATION) || version.equals(NEVER_HEALTHY);
    return example.commit(version, patched ? List.of(V2, version) : List.of(V2));
  }

  // ---- steps ---------------------------------------------------------------------------------

  private void plan() {
    fixture.plan();
  }

  private void up() throws Exception {
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up ends well", run.output());
    diary.note(run.counts());
    live = commit(V1);
    checkServes();
  }

  private void service() {
    JsonObject outputs = outputs();
    diary.checkEquals(
        domain.map(site -> "https://" + site).orElse("http://" + machine().publicIp() + ":" + port),
        outputs.get("app_url").getAsString(),
        "the output app_url is where it is");
    diary.check(
        outputs.get("rds_endpoint").getAsString().matches("[a-z0-9.-]+:5432"),
        "the output rds_endpoint is where its database is",
        outputs.get("rds_endpoint"));
    Connection.Answer deep = get("/health/deep");
    diary.checkEquals(200, deep.status(), "it reaches its database and its bucket");
    Connection.Answer found = get("/search?q=paris");
    diary.check(found.body().contains("Seine"), "it searches with Tavily", found.body());
    writeContent("by the first release");
    diary.checkEquals(
        "by the first release", get("/content/notes/a.txt").body(), "its bucket keeps content");
    String job = writeJob();
    waitUntil("the job to end", SOON, () -> job(job).equals("done"));
    diary.checkEquals(
        "Paris is worth a visit.",
        get("/content/jobs/" + job + ".txt").body(),
        "a job asked Gemini and kept what it wrote");
    checksPass();
    awaitInLogs("\"" + "job " + job + "\"", "job " + job);
    Shell.Result logs =
        fixture.run(MINUTE, "./scripts/logs.sh", name, "service", "--since", "1h", "--no-follow");
    diary.check(logs.ok(), "logs.sh exits 0", logs.tail());
    diary.check(logs.output().contains("job " + job), "and shows what it logs", logs.tail());
    Shell.Result health = fixture.run(MINUTE, "./scripts/curl-health.sh", name);
    if (domain.isEmpty()) {
      diary.check(health.ok(), "curl-health.sh exits 0", health.tail());
    }
  }

  private String writeJob() {
    put("/locations/paris", "{\"details\":{\"country\":\"France\"}}");
    post("/prompts", "{\"name\":\"guide\",\"text\":\"Write about $location: $sources\"}");
    Connection.Answer made = post("/jobs", "{\"location\":\"paris\",\"prompt\":\"guide\"}");
    diary.checkEquals(202, made.status(), "a job is taken");
    return JsonParser.parseString(made.body()).getAsJsonObject().get("id").getAsString();
  }

  private String job(String id) {
    return JsonParser.parseString(get("/jobs/" + id).body())
        .getAsJsonObject()
        .get("status")
        .getAsString();
  }

  private void again() {
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up ends well", run.output());
    diary.check(run.changedNothing(), "and changes nothing", run.counts());
  }

  private void release() throws Exception {
    String second = commit(V2);
    Shell.Result result = underLoad(Set.of(live, second), () -> release(second));
    diary.check(result.ok(), "release.sh exits 0", result.tail());
    live = second;
    checkServes();
    diary.check(columns().contains("language"), "the new column is there", columns());
  }

  private void same() throws Exception {
    String before = processes();
    Shell.Result result = release(live);
    diary.check(result.ok(), "release.sh exits 0", result.tail());
    diary.checkEquals(before, processes(), "no process of the service was touched");
    checkServes();
  }

  private void sick() throws Exception {
    String migrations = rds.query("SELECT version_num FROM alembic_version");
    failsUnderLoad(NEVER_HEALTHY, "never got healthy");
    diary.note(
        "schema before and after: "
            + migrations
            + ", "
            + rds.query("SELECT version_num FROM alembic_version"));
  }

  private void badMigration() throws Exception {
    onSecond();
    String columns = columns();
    failsUnderLoad(BAD_MIGRATION, "priority");
    diary.checkEquals(columns, columns(), "the schema is what it was");
  }

  /** What follows a release with the second schema, for steps that change nothing of it. */
  private void onSecond() throws Exception {
    if (live.equals(commit(V1))) {
      Shell.Result second = release(commit(V2));
      diary.check(second.ok(), "a second release ends well", second.tail());
      live = commit(V2);
    }
  }

  private void failsUnderLoad(String version, String cause) throws Exception {
    String commit = commit(version);
    String desired = cloud.parameter("/slipway/" + name + "/release/desired");
    Shell.Result result = underLoad(Set.of(live), () -> release(commit));
    diary.checkEquals(20, result.exit(), "release.sh exits 20: failed, the one before serves");
    diary.check(result.output().contains(cause), "the cause is shown: " + cause, result.tail());
    diary.checkEquals(
        desired,
        cloud.parameter("/slipway/" + name + "/release/desired"),
        "the desired release is still the one before");
    checkServes();
  }

  /** Each time the release dies on the host when it has begun a step, and is then run again. */
  private void killed() throws Exception {
    onSecond();
    killedIn("fetch", "ls /srv/slipway/service/releases | grep -q \"^%s\"");
    for (String step : List.of("migrate", "start", "switch", "smoke", "record")) {
      killedIn(
          step,
          "[ \"$(jq -r .phase /srv/slipway/releases/in-progress.json 2>/dev/null)\" = "
              + step
              + " ]");
    }
  }

  /**
   * @param begun succeeds on the host once the step has begun, with the commit for {@code %s}
   */
  private void killedIn(String step, String begun) throws Exception {
    String next = commit(V2 + "-" + ++more);
    onHost(
        "rm -f /run/killed; touch /run/to-kill; setsid sh -c '"
            + "while [ -e /run/to-kill ]; do if "
            + begun.formatted(next)
            + "; then kill -KILL $(jq -r .pid /run/slipway/lock.json) && "
            + "mv /run/to-kill /run/killed; fi; sleep 0.02; done' >/dev/null 2>&1 &");
    var again = new ArrayList<Shell.Result>();
    Shell.Result cut =
        underLoad(
            Set.of(live, next),
            1000,
            () -> {
              Shell.Result first = release(next);
              again.add(release(next));
              return first;
            });
    String killed = onHost("rm -f /run/to-kill; ls /run/killed 2>/dev/null");
    diary.check(!killed.isBlank(), "the release was killed in \"" + step + "\"", cut.tail());
    diary.check(!cut.ok(), "release.sh says so: exit " + cut.exit(), cut.tail());
    diary.check(again.get(0).ok(), "the same release, run again, ends well", again.get(0).tail());
    live = next;
    checkServes();
  }

  private void rollback() throws Exception {
    onSecond();
    String columns = columns();
    String before = live;
    Shell.Result result =
        underLoad(
            Set.of(before, commit(V1)),
            () -> fixture.run(RELEASE, "./scripts/rollback.sh", name, "--to", idOf(commit(V1))));
    diary.check(result.ok(), "rollback.sh exits 0", result.tail());
    live = commit(V1);
    checkServes();
    diary.checkEquals(columns, columns(), "the schema stays ahead, and the code of before works");
    Shell.Result forward = release(before);
    diary.check(forward.ok(), "and forward again", forward.tail());
    live = before;
    checkServes();
  }

  /** The id of the last release of a commit that ended well. */
  private String idOf(String commit) {
    return onHost(
            "jq -rs --arg commit "
                + commit
                + " '[.[] | select(.commit == $commit and .outcome == \"ok\").id] | max'"
                + " /srv/slipway/releases/2*.json")
        .strip();
  }

  private void rotation() throws Exception {
    String former = tavilyKey;
    tavilyKey = canary();
    watch.secret(tavilyKey);
    fixture.setSecret("tavily", tavilyKey);
    tavily.accept(tavilyKey);
    diary.checkEquals(502, get("/search?q=paris").status(), "the former key is refused");
    Shell.Result result = underLoad(Set.of(live), this::releaseDesired);
    diary.check(result.ok(), "the release that takes it up exits 0", result.tail());
    diary.checkEquals(200, get("/search?q=paris").status(), "the service has the new one");

    String login =
        JsonParser.parseString(databaseSecret()).getAsJsonObject().get("username").getAsString();
    String other = login.equals("slipway_a") ? "slipway_b" : "slipway_a";
    String password = canary();
    watch.secret(password);
    fixture.setSecret(
        "database", "{\"username\":\"%s\",\"password\":\"%s\"}".formatted(other, password));
    result = underLoad(Set.of(live), this::releaseDesired);
    diary.check(result.ok(), "so does that of a new password of the database", result.tail());
    diary.checkEquals(
        other,
        rds.query(
            "SELECT string_agg(DISTINCT usename::text, ' ') FROM pg_stat_activity"
                + " WHERE usename LIKE 'slipway\\__'"),
        "it is logged in with the other name");
    checkServes();
    diary.check(!former.equals(tavilyKey), "the key is another one", former);
  }

  private Shell.Result releaseDesired() {
    return fixture.run(RELEASE, "./scripts/release.sh", name, "--desired");
  }

  private void restart() throws Exception {
    Shell.Result result =
        underLoad(
            Set.of(live),
            () -> {
              for (int i = 0; i < 3; i++) {
                String color = color();
                onHost("systemctl restart slipway-service@" + color + ".service");
              }
              return null;
            });
    diary.check(result == null, "restarted three times", "");
    checkServes();
  }

  /** The color that serves, by the link that the proxy follows. */
  private String color() {
    return onHost("readlink /srv/slipway/service/live").strip().contains("green")
        ? "green"
        : "blue";
  }

  private void reboot() {
    machine().reboot();
    waitUntil("the service to answer again", SOON, () -> get("/health").status() == 200);
    checkServes();
  }

  private void loseMachine() throws Exception {
    String lost = machine().id();
    writeContent("by a machine that is lost");
    long prompts = count();
    machine().lose();
    diary.note("instance " + lost + " is gone");
    stack.refresh();
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up brings a new one", run.output());
    diary.check(!machine().id().equals(lost), "it is another instance", machine().id());
    checkServes();
    diary.checkEquals(prompts, count(), "all data is there");
    diary.checkEquals(
        "by a machine that is lost",
        get("/content/notes/a.txt").body(),
        "and so is what the bucket keeps");
  }

  // ---- checks -------------------------------------------------------------------------------

  private void checks() throws Exception {
    checksPass();
    String address = onHost("getent hosts " + TAVILY + " | cut -d' ' -f1").strip();
    fails(
        "tavily",
        "no route",
        "no route",
        () -> onHost("ip route add unreachable " + address),
        () -> onHost("ip route del unreachable " + address));
    fails(
        "tavily",
        "wrong key",
        "wrong key",
        () -> tavily.accept("another-key"),
        () -> tavily.accept(tavilyKey));
    String bucket = bucket("content");
    String policy =
        scripts.aws("s3api", "get-bucket-policy", "--bucket", bucket, "--query", "Policy");
    fails(
        "s3:content",
        "bucket denied",
        "bucket denied",
        () -> bucketPolicy(bucket, denying(policy, bucket)),
        () -> bucketPolicy(bucket, policy));
    String refuse = "iptables -%s OUTPUT -p tcp --dport 5432 -j REJECT --reject-with tcp-reset";
    fails(
        "database",
        "database down",
        "database down",
        () -> onHost(refuse.formatted("I")),
        () -> onHost(refuse.formatted("D")));
    waitUntil("the service to find its database", SOON, () -> get("/health/deep").status() == 200);
    checksPass();
  }

  /** What a check does to the cloud. */
  private interface Action {
    void run() throws Exception;
  }

  private void fails(String check, String what, String reason, Action before, Action after)
      throws Exception {
    before.run();
    try {
      Map<String, JsonObject> results = runChecks(1, what);
      JsonObject result = results.get(check);
      diary.check(
          result != null && !result.get("ok").getAsBoolean(), check + " fails: " + what, results);
      diary.check(
          result != null && result.get("reason").getAsString().contains(reason),
          "and says why: " + reason,
          result);
      diary.checkEquals(
          Set.of(check),
          results.entrySet().stream()
              .filter(each -> !each.getValue().get("ok").getAsBoolean())
              .map(Map.Entry::getKey)
              .collect(Collectors.toSet()),
          "no other check fails");
    } finally {
      after.run();
    }
  }

  private void checksPass() {
    Map<String, JsonObject> results = runChecks(0, "all is well");
    diary.checkEquals(
        new TreeSet<>(
            Set.of("database", "s3:artifacts", "s3:content", "s3:logs", "tavily", "gemini")),
        new TreeSet<>(results.keySet()),
        "all that the service needs is asked");
    diary.check(
        results.values().stream().allMatch(result -> result.get("ok").getAsBoolean()),
        "and answers",
        results);
  }

  private Map<String, JsonObject> runChecks(int exit, String when) {
    Shell.Result result = fixture.run(SOON, "./scripts/check.sh", name, "--json");
    diary.checkEquals(exit, result.exit(), "check.sh exits " + exit + " when " + when);
    JsonArray all =
        result
            .printed()
            .lines()
            .filter(line -> line.startsWith("["))
            .findFirst()
            .map(line -> JsonParser.parseString(line).getAsJsonArray())
            .orElseThrow(() -> new Diary.Broken("check.sh printed no JSON: " + result.output()));
    var byName = new TreeMap<String, JsonObject>();
    for (JsonElement each : all) {
      byName.put(each.getAsJsonObject().get("name").getAsString(), each.getAsJsonObject());
    }
    return byName;
  }

  private static String denying(String policy, String bucket) {
    JsonObject all = JsonParser.parseString(policy).getAsJsonObject();
    all.getAsJsonArray("Statement")
        .add(
            JsonParser.parseString(
                """
                {"Sid": "Rehearsal", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                 "Resource": "arn:aws:s3:::%s/*"}
                """
                    .formatted(bucket)));
    return all.toString();
  }

  private void bucketPolicy(String bucket, String policy) {
    scripts.aws("s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policy);
  }

  // ---- the database is lost -----------------------------------------------------------------

  /**
   * As docs/runbooks/database.md has it: another instance takes the lost one's place, a copy is
   * made of the snapshot beside it, and its data is brought over.
   */
  private void loseDatabase() throws Exception {
    String lost = rds.instance();
    String snapshot = "rehearsal-" + name;
    String copy = "rehearsal-" + name + "-restored";
    long prompts = count();
    rds.ask(
        "create-db-snapshot",
        "--db-instance-identifier",
        lost,
        "--db-snapshot-identifier",
        snapshot);
    rds.ask("wait", "db-snapshot-available", "--db-snapshot-identifier", snapshot);
    rds.ask("modify-db-instance", "--db-instance-identifier", lost, "--no-deletion-protection");
    rds.ask("delete-db-instance", "--db-instance-identifier", lost, "--skip-final-snapshot");
    diary.note("the database " + lost + " is gone");
    diary.checkEquals(200, get("/health").status(), "the service is there, without its data");
    diary.checkEquals(503, get("/health/deep").status(), "and says so");

    stack.refresh();
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up makes another one", run.output());
    diary.check(!rds.instance().equals(lost), "it is another instance", rds.instance());
    checkServes();
    diary.checkEquals("", rds.query("SELECT to_regclass('public.prompts')"), "it is empty");

    Shell.Result restored =
        fixture.run(RELEASE, "./scripts/restore.sh", name, "--snapshot", snapshot, "--to", copy);
    diary.check(restored.ok(), "restore.sh makes a copy of the snapshot", restored.tail());
    Shell.Result taken = releaseDesired();
    diary.check(taken.ok(), "the release makes the service's login in it", taken.tail());
    bringOver(copy);
    diary.checkEquals(prompts, count(), "all data is there");
    Shell.Result same = releaseDesired();
    diary.check(same.ok(), "the release ends well on it", same.tail());
    checkServes();
    diary.checkEquals(200, get("/health/deep").status(), "the service has its database");
    rds.ask("delete-db-instance", "--db-instance-identifier", copy, "--skip-final-snapshot");
    rds.ask("delete-db-snapshot", "--db-snapshot-identifier", snapshot);
  }

  /** With the service's own login, whose password the copy knows too. */
  private void bringOver(String copy) throws Exception {
    String script =
        """
umask 077
export PGPASSFILE=$(mktemp -p /run) PGSSLMODE=verify-full PGSSLROOTCERT=/srv/slipway/service/authorities.pem
set -a; . /etc/environment; set +a
secret=$(aws ssm get-parameter --region "$AWS_REGION" --with-decryption --name /slipway/%1$s/secrets/database --query Parameter.Value --output text)
printf '%%s' "$secret" | jq -r '"*:*:*:\\(.username):\\(.password)"' >"$PGPASSFILE"
export PGUSER=$(printf '%%s' "$secret" | jq -r .username) PGDATABASE=%2$s
pg_dump --host %3$s --format custom --no-owner --file /run/copy.dump &&
  pg_restore --host %4$s --clean --if-exists --no-owner --role slipway_owner --single-transaction --dbname %2$s /run/copy.dump
status=$?
rm -f "$PGPASSFILE" /run/copy.dump
exit "$status"
"""
            .formatted(name, rds.database(), endpoint(copy), endpoint(rds.instance()));
    Result done = machine().exec("bash", "-c", script);
    diary.check(done.ok(), "its data is brought over", done.output());
  }

  private String endpoint(String instance) {
    return rds.ask(
        "describe-db-instances",
        "--db-instance-identifier",
        instance,
        "--query",
        "DBInstances[0].Endpoint.Address");
  }

  // ---- secrets ------------------------------------------------------------------------------

  private void secrets() throws Exception {
    var secrets = new LinkedHashMap<String, String>();
    secrets.put("the repository's token", TOKEN);
    secrets.put("Gemini's key", GEMINI_KEY);
    secrets.put("Tavily's key", tavilyKey);
    secrets.put(
        "the service's password",
        JsonParser.parseString(databaseSecret()).getAsJsonObject().get("password").getAsString());
    secrets.put("the database administrator's password", masterPassword());
    diary.note("looked for: " + String.join(", ", secrets.keySet()));
    diary.checkEquals(
        Set.of(),
        watch.found(),
        "no external secret was an argument of a process in " + watch.looks() + " looks");
    var places = new LinkedHashMap<String, String>();
    places.put("Pulumi's state", stack.state());
    places.put("Pulumi's output", stack.everything());
    places.put("the scripts' output", fixture.printed());
    places.put("commands and logs in AWS", cloud.commandText());
    places.put("the host's journal", onHost("journalctl --no-pager --output=cat"));
    places.put("what systemd tells of units", onHost("systemctl show '*' --all --no-pager"));
    diary.checkAbsent(secrets, places);
    checkDisks(secrets.values());
    diary.checkEquals(List.of(), cloud.denials(), "the host's role lacked nothing");
  }

  private String databaseSecret() {
    return cloud.parameter("/slipway/" + name + "/secrets/database");
  }

  private String masterPassword() {
    String secret =
        rds.ask(
            "describe-db-instances",
            "--db-instance-identifier",
            rds.instance(),
            "--query",
            "DBInstances[0].MasterUserSecret.SecretArn");
    String value =
        scripts.aws(
            "secretsmanager", "get-secret-value", "--secret-id", secret, "--query", "SecretString");
    return JsonParser.parseString(value).getAsJsonObject().get("password").getAsString();
  }

  /** One search for all, which finds what was put there to be found, and nothing else. */
  private void checkDisks(Collection<String> secrets) throws Exception {
    String planted = canary();
    String file = "/srv/slipway/planted/run/value";
    try {
      onHost("mkdir -p $(dirname " + file + ") && echo " + planted + " >" + file);
      var values = new ArrayList<>(secrets);
      values.add(planted);
      diary.checkEquals(
          Set.of(file),
          DiskSearch.find(
              List.of("docker", "exec", "--interactive", machine().container()),
              "/run",
              List.of("/"),
              values),
          "that which was planted is found, and no secret, on the host's disk");
    } finally {
      onHost("rm -rf /srv/slipway/planted");
    }
  }

  private void destroy() throws Exception {
    diary.checkEquals(List.of(), cloud.denials(), "the host's role lacked nothing");
    stack.configure(Map.of("slipway:ephemeral", "true"));
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up without protection ends well", run.output());
    Shell.Result all =
        fixture.run(
            RELEASE,
            "./scripts/destroy.sh",
            name,
            "--purge",
            "--confirm",
            "destroy and purge " + name);
    diary.check(all.ok(), "destroy.sh exits 0", all.tail());
    diary.check(!all.output().contains("can't be listed"), "it knows what is left", all.tail());
    diary.checkEquals(List.of(), cloud.machines(), "no host is left");
    diary.checkEquals(
        "",
        rds.ask("describe-db-instances", "--query", "DBInstances[].DBInstanceIdentifier"),
        "no database is left");
    diary.checkEquals(
        cloud.stateBucket(),
        scripts.aws("s3api", "list-buckets", "--query", "Buckets[].Name"),
        "no bucket is left but that of the state");
    Shell.Result forgotten =
        fixture.run(MINUTE, "./scripts/secret.sh", "forget", name, "--yes-forget", name);
    diary.check(forgotten.ok(), "secret.sh takes away what people set", forgotten.tail());
    diary.checkEquals(
        "",
        scripts.aws("ssm", "describe-parameters", "--query", "Parameters[].Name"),
        "no parameter is left");
  }

  // ---- small verbs --------------------------------------------------------------------------

  /** Does something while people use the service, and checks that none of them notices. */
  private Shell.Result underLoad(Set<String> versions, Doing doing) throws Exception {
    return underLoad(versions, REQUESTS, doing);
  }

  private Shell.Result underLoad(Set<String> versions, int requests, Doing doing) throws Exception {
    put("/locations/paris", "{\"details\":{\"country\":\"France\"}}");
    long before = count();
    var load = new Load(site, ASKED, PEOPLE, PEOPLE, PAUSE);
    Shell.Result result;
    Waits quiet;
    Waits busy;
    try {
      Instant start = Instant.now();
      load.await(requests / 10, MINUTE);
      Instant from = Instant.now();
      result = doing.run();
      Instant to = Instant.now();
      load.await(Math.max(requests, load.answered() + requests / 10), LONG);
      quiet = load.waits(start, from);
      busy = load.waits(from, to);
    } finally {
      load.close();
    }
    diary.note(
        "%d reads and %d writes, %d of them on a connection of their own, by %s"
            .formatted(load.reads(), load.writes(), load.alone(), load.versions()));
    diary.note("waits before      " + quiet);
    diary.note("waits meanwhile   " + busy);
    List<String> failures = load.failures();
    diary.check(
        failures.isEmpty(),
        "no request failed",
        failures.size() + ", the first: " + failures.stream().limit(5).toList());
    diary.check(load.answered() >= requests, "they were " + requests + " or more", load.answered());
    diary.checkEquals(
        new TreeSet<>(versions), new TreeSet<>(load.versions()), "these versions answered");
    diary.checkEquals(before + load.writes(), count(), "every prompt that was taken is there");
    return result;
  }

  /** What a script does. */
  private interface Doing {
    Shell.Result run() throws Exception;
  }

  private Shell.Result release(String commit) {
    return fixture.run(RELEASE, "./scripts/release.sh", name, commit);
  }

  private void checkServes() {
    waitUntil("/version to answer", SOON, () -> get("/version").status() == 200);
    diary.checkEquals(
        live,
        JsonParser.parseString(get("/version").body())
            .getAsJsonObject()
            .get("release")
            .getAsString(),
        "the release that serves");
    if (domain.isPresent()) {
      waitUntil("the balancer to find its target healthy", SOON, this::allHealthy);
    }
  }

  private boolean allHealthy() {
    List<String> targets = cloud.targets();
    return targets.size() == 1 && targets.get(0).endsWith(" HEALTHY");
  }

  private JsonObject outputs() {
    var project = new Shell(fixture.project(), fixture.environment());
    Shell.Result result =
        project.run(MINUTE, "pulumi", "stack", "output", "--json", "--stack", name);
    if (!result.ok()) {
      throw new Diary.Broken("pulumi stack output: " + result.tail());
    }
    return JsonParser.parseString(result.printed()).getAsJsonObject();
  }

  private Connection.Answer get(String path) {
    return Connection.once(site, "GET", path, null);
  }

  private Connection.Answer post(String path, String json) {
    return Connection.once(site, "POST", path, json);
  }

  private Connection.Answer put(String path, String json) {
    return Connection.once(site, "PUT", path, json);
  }

  private void writeContent(String text) {
    diary.checkEquals(
        204,
        put("/content/notes/a.txt", "{\"text\":\"" + text + "\"}").status(),
        "content is taken");
  }

  private void awaitInLogs(String what, String text) {
    String group = "/slipway/" + name + "/service";
    waitUntil(
        what + " in " + group,
        SOON,
        () ->
            scripts
                .aws(
                    "logs",
                    "filter-log-events",
                    "--log-group-name",
                    group,
                    "--query",
                    "events[].message")
                .contains(text));
  }

  private static void waitUntil(String what, Duration limit, BooleanSupplier condition) {
    Instant end = Instant.now().plus(limit);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(end)) {
        throw new Diary.Broken("waited " + limit.toSeconds() + " s for " + what);
      }
      LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
    }
  }

  private Machine machine() {
    List<Machine> machines = cloud.machines();
    if (machines.size() != 1) {
      throw new Diary.Broken("one machine should run, there are " + machines.size());
    }
    return machines.get(0);
  }

  private String onHost(String command) {
    return machine().exec("sh", "-c", command).output();
  }

  /** The main processes of both colors. */
  private String processes() {
    return onHost("systemctl show --property=MainPID 'slipway-service@*.service'");
  }

  private String columns() {
    return rds.query(
        "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position)"
            + " FROM information_schema.columns WHERE table_name = 'prompts'");
  }

  private long count() {
    return Long.parseLong(rds.query("SELECT count(*) FROM prompts"));
  }

  private String bucket(String name) {
    return outputs().getAsJsonObject("buckets").get(name).getAsString();
  }

  // ---- the end ------------------------------------------------------------------------------

  @Override
  public void honesty() {
    fixture.honesty(
        "the Java program, the Pulumi engine, its S3 state and KMS secrets, the host scripts,"
            + " systemd, Caddy, git, pip, uv, PostgreSQL over TLS, Python, Alembic, FastAPI and the"
            + " example service",
        "AWS's own timing and limits, "
            + (domain.isPresent() ? "the ALB itself (Caddy with its rules stands for it), " : "")
            + "RDS's failover and backups, EC2's boot with Ubuntu's packages and its Python, public"
            + " DNS and ACM's validation, the real Tavily and Gemini");
  }

  @Override
  public void keep() throws IOException {
    InetSocketAddress address = site.address().get();
    fixture.keep(
        Map.of("REHEARSAL_CA", cloud.authority().toString()),
        """
          curl %1$s
          docker exec -it %2$s bash
          ./slipway status %3$s      (in another terminal, after the next line)
        """
            .formatted(
                domain
                    .map(
                        site ->
                            "--cacert %1$s --connect-to %2$s:443:%3$s:%4$d https://%2$s/health"
                                .formatted(
                                    cloud.authority(),
                                    site,
                                    address.getAddress().getHostAddress(),
                                    address.getPort()))
                    .orElse("http://" + machine().publicIp() + ":" + port + "/health"),
                machine().container(),
                name));
  }

  @Override
  public void close() throws Exception {
    watch.close();
    git.close();
    if (index != null) {
      index.close();
    }
    if (stack != null) {
      stack.close();
    }
  }
}
