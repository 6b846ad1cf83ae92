package dev.slipway.rehearsal;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import dev.slipway.rehearsal.cloud.Machine;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;

/**
 * The grocery from an empty account to an empty account: its two images on two real hosts, with a
 * real database that has a streaming replica, behind Caddy, which stands for the ALB; and its
 * dumps, restored by a state machine that is really executed, with functions that really run.
 */
final class GroceryRehearsal implements Scenario {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration SOON = Duration.ofMinutes(3);
  private static final Duration DUMP = Duration.ofMinutes(12);
  private static final Duration RELEASE = Duration.ofMinutes(40);

  private static final String V1 = "v1";
  private static final String V2 = "v2-note";
  private static final String NEVER_HEALTHY = "v3-never-healthy";

  /** What the issue asks of a release under load. */
  private static final int REQUESTS = 2000;

  private static final int CONNECTIONS = 20;

  /** Without it they would take the machine from what is released. */
  private static final Duration PAUSE = Duration.ofMillis(150);

  private static final String WRITTEN = "{\"name\":\"%s\"}";

  private static final Load.Requests PEOPLE =
      new Load.Requests(
          "/api/health", List.of("/api/health", "/api/items", "/"), "/api/items", WRITTEN);

  private static final String FOLDER = "/opt/grocery";

  /** AWS's own authorities, which hosts fetch when they are configured, can't be had here. */
  private static final String AUTHORITIES = "global-bundle.pem; going on with what is known";

  /** Of a migration that worked and code that did not. */
  private static final String AHEAD = "the schema is ahead of the code";

  /** A picture of one pixel. */
  private static final byte[] PICTURE =
      java.util.Base64.getDecoder()
          .decode(
              "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==");

  private static final List<Step<GroceryRehearsal>> STEPS =
      List.of(
          Step.vital("plan", "The plan, with no engine and no account", GroceryRehearsal::plan),
          Step.ground("up", "pulumi up: hosts that wait for a release", GroceryRehearsal::up)
              .mayWarn(AUTHORITIES),
          Step.ground("first", "The first release", GroceryRehearsal::first),
          new Step<>("site", "What people see, store and look at", GroceryRehearsal::site),
          Step.extra("again", "pulumi up again changes nothing", GroceryRehearsal::again),
          new Step<>("release", "A second release, under load", GroceryRehearsal::release),
          new Step<>("unhealthy", "A release that never gets healthy", GroceryRehearsal::unhealthy)
              .mayWarn(AHEAD),
          Step.extra("scale", "One host more, under load", GroceryRehearsal::scaleOut)
              .mayWarn(AUTHORITIES),
          new Step<>(
              "restore",
              "A scheduled dump is made, uploaded, restored and promoted",
              GroceryRehearsal::restore),
          Step.extra("bad-dumps", "Dumps that are refused", GroceryRehearsal::badDumps),
          Step.extra("same-dump", "The same dump again, and two at once", GroceryRehearsal::twice),
          Step.extra(
              "killed-dump",
              "The workflow is killed half-way, and run again",
              GroceryRehearsal::killedDump),
          Step.extra(
                  "lost-in-dump",
                  "The host that restores a dump is lost",
                  GroceryRehearsal::loseHostInDump)
              .mayWarn(AUTHORITIES),
          Step.extra("rotation", "The database's secret is changed", GroceryRehearsal::rotation),
          Step.extra("lost-replica", "The replica is lost", GroceryRehearsal::loseReplica),
          Step.extra("lost-host", "A host is killed", GroceryRehearsal::loseHost)
              .mayWarn(AUTHORITIES),
          new Step<>("secrets", "Nothing secret is left lying about", GroceryRehearsal::secrets),
          new Step<>("destroy", "Destroy", GroceryRehearsal::destroy));

  static final Suite<GroceryRehearsal> SUITE =
      new Suite<>("grocery", true, STEPS, GroceryRehearsal::new);

  private final Fixture fixture;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private final Shell scripts;
  private final Rds rds;
  private final String name;
  private final ExampleImages images;
  private final ProcessWatch watch = new ProcessWatch();
  private final HttpClient browser = HttpClient.newHttpClient();
  private final Map<String, String> refs = new LinkedHashMap<>();
  private int hosts = 2;
  private AppStack apps;
  private PulumiStack stack;
  private Path work;
  private String live;

  GroceryRehearsal(Fixture fixture) throws Exception {
    this.fixture = fixture;
    cloud = fixture.cloud();
    diary = fixture.diary();
    name = fixture.stack();
    cloud.makeStateBackend();
    fixture.environment().putAll(cloud.environment());
    scripts = fixture.scripts();
    rds = new Rds(cloud, scripts);
    work = Files.createDirectories(cloud.directory().resolve("dumps"));
    Path repository = fixture.options().repository();
    images =
        new ExampleImages(
            repository.resolve("examples/grocery"),
            repository.resolve("src/test/resources/dev/slipway/rehearsal/grocery"),
            cloud.directory().resolve("application"),
            scripts,
            cloud.registry(),
            ExampleImages.Naming.together("my-company/grocery"));
  }

  // ---- preparation --------------------------------------------------------------------------

  @Override
  public void prepare() throws Exception {
    diary.note("stack          " + name + ", hosts: " + hosts);
    scripts.need(RELEASE, "./scripts/dev/rehearsal-images.sh", "--only", "postgres");
    scripts.need(
        RELEASE,
        "./scripts/dev/rehearsal-images.sh",
        "--only",
        "caddy",
        "--registry",
        cloud.registry());
    refs.put(
        V1, "backend@" + images.push("backend", V1) + ",frontend@" + images.push("frontend", V1));
    stack =
        new PulumiStack(
            name, fixture.project(), cloud.secretsProvider(), fixture.environment(), diary::echo);
    var changed = new LinkedHashMap<String, String>();
    changed.put("slipway:hosts.ami.id", cloud.machineImage());
    changed.put("slipway:apps.backend.image", images.name("backend"));
    changed.put("slipway:apps.backend.healthSeconds", "30");
    changed.put("slipway:apps.frontend.image", images.name("frontend"));
    // The SDK of an app in a container, which on AWS finds S3 by itself.
    changed.put("slipway:apps.backend.environment.AWS_ENDPOINT_URL", cloud.endpointOfMachines());
    changed.put("slipway:apps.frontend.environment.AVATARS_ORIGIN", cloud.endpointOfMachines());
    changed.put("slipway:database.version", "15");
    changed.put("slipway:trustedCa", Files.readString(cloud.authority()));
    // The agent's package can't be had here.
    changed.put("slipway:alerts.cloudwatchAgent", "false");
    // The account's registry is not asked here: what is released is named.
    stack.forget(List.of("slipway:imageTag"));
    stack.configure(changed);
    diary.note("settings that the rehearsal replaces: " + String.join(", ", changed.keySet()));
  }

  private InetSocketAddress balancer() {
    return cloud.balancer(80);
  }

  private String ref(String version) throws IOException {
    if (!refs.containsKey(version)) {
      refs.put(version, "backend@" + images.push("backend", version));
    }
    return refs.get(version);
  }

  // ---- steps --------------------------------------------------------------------------------

  private void plan() {
    fixture.plan();
  }

  private void up() throws Exception {
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up ends well", run.output());
    diary.note(run.counts());
    diary.checkEquals(hosts, cloud.machines().size(), "as many hosts run as were asked for");
    String address = output("url").replaceFirst("^http://", "").replaceFirst("/$", "");
    apps =
        new AppStack(
            fixture,
            new AppStack.Apps(List.of("backend", "frontend"), FOLDER, PEOPLE, this::count),
            () -> hosts,
            Connection.Target.plain(address, this::balancer));
    diary.checkEquals(503, apps.get("/").status(), "the site says that nothing serves yet");
    diary.checkEquals(
        "t", replicaQuery("SELECT pg_is_in_recovery()"), "the replica follows the database");
  }

  private String output(String key) {
    return scripts
        .need(
            MINUTE,
            "pulumi",
            "stack",
            "output",
            key,
            "--stack",
            name,
            "--cwd",
            fixture.project().toString())
        .strip();
  }

  private void first() throws Exception {
    Shell.Result result = fixture.run(RELEASE, "./scripts/release.sh", name, refs.get(V1));
    diary.check(result.ok(), "release.sh exits 0", result.tail());
    live = V1;
    apps.checkServes(told(live));
    for (String each : refs.get(V1).split(",")) {
      String app = each.substring(0, each.indexOf('@'));
      diary.checkEquals(
          each, apps.desired(app), "the desired release of " + app + " is its digest");
    }
    apps.secretValues().values().forEach(watch::secret);
    for (AppHost host : apps.hosts()) {
      diary.checkEquals(
          "backend-blue running, caddy running, frontend-blue running",
          host.project(),
          "docker compose shows the apps, and Caddy before them");
    }
  }

  private void site() throws Exception {
    diary.check(apps.get("/").body().contains("<html"), "the page is there", apps.get("/").body());
    Connection.Answer settings = apps.get("/config.js");
    diary.check(
        settings.body().contains(output("url").replaceFirst("/$", "")),
        "it is told by which address it is reached",
        settings.body());

    Connection.Answer written = apps.post("/api/items", WRITTEN.formatted("Milk"));
    diary.checkEquals(201, written.status(), "something is put on the list");
    diary.check(fresh("/api/items").contains("Milk"), "and is read", written.body());
    AppStack.waitUntil(
        "the replica to have it", SOON, () -> apps.get("/api/items").body().contains("Milk"));
    diary.checkEquals(
        "replica", apps.get("/api/items").header("x-read-from"), "lists are read from the replica");
    avatar();
  }

  private String fresh(String path) {
    return apps.get(path + "?fresh=1").body();
  }

  /** A picture goes from the browser to the bucket, by an address that the backend signs. */
  private void avatar() throws Exception {
    JsonObject ada = json(apps.post("/api/people", "{\"name\":\"Ada\"}"), 201);
    String path = "/api/people/" + ada.get("id").getAsString() + "/avatar";
    JsonObject place =
        json(
            apps.post(path, "{\"contentType\":\"image/png\",\"bytes\":" + PICTURE.length + "}"), 0);
    var put =
        HttpRequest.newBuilder(URI.create(place.get("url").getAsString()))
            .PUT(HttpRequest.BodyPublishers.ofByteArray(PICTURE));
    place.getAsJsonObject("headers").entrySet().stream()
        .filter(header -> !header.getKey().equalsIgnoreCase("content-length"))
        .forEach(header -> put.header(header.getKey(), header.getValue().getAsString()));
    HttpResponse<String> sent = browser.send(put.build(), HttpResponse.BodyHandlers.ofString());
    diary.checkEquals(200, sent.statusCode(), "S3 takes a picture from a browser");
    Connection.Answer taken =
        Connection.once(
            apps.site(), "PUT", path, "{\"key\":\"" + place.get("key").getAsString() + "\"}");
    diary.checkEquals(200, taken.status(), "and the backend finds it there");
    Connection.Answer shown = apps.get(path);
    var got =
        browser.send(
            HttpRequest.newBuilder(URI.create(shown.header("location"))).build(),
            HttpResponse.BodyHandlers.ofByteArray());
    diary.check(
        got.statusCode() == 200 && java.util.Arrays.equals(PICTURE, got.body()),
        "people see it, for a quarter of an hour",
        got.statusCode());
    var plain = URI.create(shown.header("location").replaceFirst("\\?.*", ""));
    diary.checkEquals(
        403,
        browser
            .send(HttpRequest.newBuilder(plain).build(), HttpResponse.BodyHandlers.discarding())
            .statusCode(),
        "and nobody does without such an address");
  }

  /** The answer as JSON; with a status other than 0, it has to be that one. */
  private static JsonObject json(Connection.Answer answer, int status) {
    if (status != 0 && answer.status() != status || answer.status() >= 300) {
      throw new Diary.Broken(answer.status() + " " + answer.body());
    }
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  private void again() {
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up ends well", run.output());
    diary.checkEquals(
        "ELB", apps.healthCheckType(), "the balancer checks the hosts' health from now on");
    PulumiStack.Run next = stack.up();
    diary.check(next.ok(), "up once more ends well", next.output());
    diary.check(next.changedNothing(), "nothing changed", next.counts());
    apps.checkServes(told(live));
  }

  private void release() throws Exception {
    ref(V2);
    Shell.Result result = underLoad(Set.of(told(live), told(V2)), () -> release(V2));
    diary.check(result.ok(), "release.sh exits 0", result.tail());
    live = V2;
    apps.checkServes(told(live));
    diary.check(columns().contains("note"), "the schema has what the migration adds", columns());
  }

  private void unhealthy() throws Exception {
    ref(NEVER_HEALTHY);
    String desired = apps.desired();
    Shell.Result result = underLoad(Set.of(told(live)), () -> release(NEVER_HEALTHY));
    diary.checkEquals(20, result.exit(), "release.sh exits 20: failed, the one before serves");
    diary.check(result.output().contains("answers 503"), "the cause is shown", result.tail());
    diary.checkEquals(desired, apps.desired(), "the desired release is still the one before");
    apps.checkServes(told(live));
    apps.checkSettled();
  }

  private void scaleOut() throws Exception {
    int more = hosts + 1;
    underLoad(
        Set.of(told(live)),
        () -> {
          Shell.Result scaled =
              fixture.run(
                  MINUTE,
                  "aws",
                  "autoscaling",
                  "set-desired-capacity",
                  "--auto-scaling-group-name",
                  group(),
                  "--desired-capacity",
                  String.valueOf(more));
          hosts = more;
          AppStack.waitUntil("the new host to serve", RELEASE, apps::allHealthy);
          return scaled;
        });
    diary.checkEquals(more, cloud.machines().size(), "there is one host more");
    apps.checkServes(told(live));
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up leaves to scaling what scaling decides", run.output());
    diary.checkEquals(more, cloud.machines().size(), "there still is");
  }

  private String group() {
    return scripts.aws(
        "autoscaling",
        "describe-auto-scaling-groups",
        "--query",
        "AutoScalingGroups[0].AutoScalingGroupName");
  }

  // ---- dumps --------------------------------------------------------------------------------

  private Dumps dumps() {
    return new Dumps(scripts, output("dumpsBucket"), output("dumpsStateMachine"));
  }

  private void restore() throws Exception {
    Path dump = made();
    String before = items();
    json(apps.post("/api/items", WRITTEN.formatted("Written after the dump")), 201);
    var ending = new AtomicReference<Dumps.Ending>();
    // Who writes in the moment without a database is told so; nobody does here.
    ending.set(dumps().process(dump, "db-dumps/people/good.dump", true, DUMP));
    diary.check(ending.get().succeeded(), "the dump is restored and promoted", ending.get());
    diary.check(
        ending.get().states().containsAll(List.of("Restore", "Verify", "SafetyDump", "Promote")),
        "by way of a safety dump",
        ending.get().states());
    diary.checkEquals(before, items(), "the list is that of the dump");
    apps.checkServes(told(live));
    diary.checkEquals(201, add("After the promotion"), "and is written to");
    diary.check(
        databases().stream().anyMatch(each -> each.contains("_before_")),
        "the former database is kept",
        databases());
    diary.checkEquals(
        List.of(), cloud.undeliveredEvents(), "every event has started what it should");
  }

  /** A dump as the schedule makes it, on this machine; it is validated and nothing else. */
  private Path made() throws IOException {
    Set<String> keys = dumps().keys("db-dumps/made/");
    Set<String> before = dumps().executions();
    Dumps.Ending ending = dumps().ended(cloud.fireSchedule("dump"), DUMP);
    diary.check(ending.succeeded(), "the schedule's dump is made", ending);
    Set<String> now = dumps().keys("db-dumps/made/");
    now.removeAll(keys);
    diary.checkEquals(1, now.size(), "it is in the bucket");
    for (String execution : dumps().begun(before, 2)) {
      if (!execution.equals(ending.arn())) {
        Dumps.Ending validated = dumps().ended(execution, DUMP);
        diary.check(
            validated.succeeded() && !validated.states().contains("Restore"),
            "it is validated, and not restored",
            validated);
      }
    }
    Path file = work.resolve(now.size() + "-" + System.nanoTime() + ".dump");
    dumps().download(now.iterator().next(), file);
    return file;
  }

  private void badDumps() throws Exception {
    Path good = made();
    byte[] bytes = Files.readAllBytes(good);
    String databases = databases().toString();
    String items = items();
    refused("truncated.dump", java.util.Arrays.copyOf(bytes, bytes.length * 2 / 3), "DumpRefused");
    refused("newer-engine.dump", ofEngine(bytes, "99"), "DumpRefused");
    refused(
        "fails.sql",
        sql("CREATE TABLE half (n integer);\nINSERT INTO half VALUES (1);\nSELECT 1/0;\n"),
        "RestoreFailed");
    refused("drops.sql", sql("DROP DATABASE \"" + rds.database() + "\";\n"), "DumpRefused");
    refused("connects.sql", sql("\\connect " + rds.database() + "\n"), "DumpRefused");
    refused("shell.sql", sql("\\! touch /tmp/owned\n"), "DumpRefused");
    refused("bomb.sql.gz", bomb(), "DumpRefused");
    refused("a name.dump", bytes, "DumpRefused");
    Set<String> before = dumps().executions();
    dumps().upload(good, "elsewhere/good.dump", true);
    diary.checkEquals(
        before, dumps().executions(), "what is uploaded outside of the prefix starts nothing");
    diary.checkEquals(databases, databases().toString(), "no database came and none went");
    diary.checkEquals(items, items(), "and the list is what it was");
  }

  private void refused(String file, byte[] content, String error) throws IOException {
    Path path = Files.write(work.resolve(file.replace(' ', '-')), content);
    Dumps.Ending ending = dumps().process(path, "db-dumps/bad/" + file, true, DUMP);
    diary.check(
        ending.status().equals("FAILED")
            && ending.error().equals(error)
            && !ending.cause().isEmpty(),
        file + " is refused: " + ending.cause().lines().findFirst().orElse(""),
        ending);
  }

  /** The same archive, as if a server of another version had written it. */
  private static byte[] ofEngine(byte[] dump, String major) {
    var text = new String(dump, StandardCharsets.ISO_8859_1);
    return text.replaceAll("15(\\.\\d+)", major + "$1").getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] sql(String statements) {
    return ("--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.5\n"
            + "-- Dumped by pg_dump version 15.5\n\n"
            + statements
            + "\n--\n-- PostgreSQL database dump complete\n--\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bomb() throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write("-- PostgreSQL database dump\n".getBytes(StandardCharsets.US_ASCII));
      byte[] nothing = new byte[1 << 20];
      for (int i = 0; i < 400; i++) {
        out.write(nothing);
      }
    }
    return bytes.toByteArray();
  }

  private void twice() throws Exception {
    Path one = made();
    Dumps.Ending first = dumps().process(one, "db-dumps/people/twice.dump", false, DUMP);
    diary.check(
        first.succeeded() && !first.states().contains("Promote"),
        "restored, and not promoted, since nobody asked for it",
        first);
    Dumps.Ending second = dumps().process(one, "db-dumps/people/twice-again.dump", false, DUMP);
    diary.check(
        second.succeeded() && second.states().contains("AlreadyDone"),
        "the same content is restored once",
        second);
    add("Between two dumps");
    Path other = made();
    add("And between two more");
    Path third = made();
    Set<String> before = dumps().executions();
    dumps().upload(other, "db-dumps/people/other.dump", false);
    dumps().upload(third, "db-dumps/people/third.dump", false);
    var restores = new ArrayList<Dumps.Ending>();
    for (String execution : dumps().begun(before, 2)) {
      restores.add(dumps().ended(execution, DUMP));
    }
    diary.check(
        restores.stream().allMatch(Dumps.Ending::succeeded), "two at once are both done", restores);
    diary.checkEquals(
        1L,
        restores.stream().filter(each -> each.states().contains("WaitForOther")).count(),
        "one after the other");
  }

  private void killedDump() throws Exception {
    add("Before the kill");
    Path dump = made();
    Set<String> before = dumps().executions();
    dumps().upload(dump, "db-dumps/people/killed.dump", false);
    String execution = dumps().begun(before, 1).get(0);
    dumps().awaitState(execution, "Restore", DUMP);
    dumps().stop(execution);
    diary.note("stopped in Restore");
    String databases = rds.database();
    Dumps.Ending again = dumps().process(dump, "db-dumps/people/killed.dump", false, DUMP);
    diary.check(again.succeeded(), "the same upload, made again, is restored", again);
    diary.check(databases().contains(databases), "and the live database is there", databases());
    apps.checkServes(told(live));
  }

  private void loseHostInDump() throws Exception {
    add("Before a host is lost");
    Path dump = made();
    Set<String> before = dumps().executions();
    dumps().upload(dump, "db-dumps/people/lost.dump", false);
    String execution = dumps().begun(before, 1).get(0);
    dumps().awaitState(execution, "Restore", DUMP);
    AtomicReference<Machine> victim = new AtomicReference<>();
    AppStack.waitUntil(
        "a host to be at it",
        SOON,
        () -> {
          cloud.machines().stream()
              .filter(each -> each.exec("pgrep", "-f", "/dump.sh").ok())
              .findFirst()
              .ifPresent(victim::set);
          return victim.get() != null || dumps().executions().isEmpty();
        });
    victim.get().lose();
    diary.note("host " + victim.get().id() + " is gone, in the middle of it");
    Dumps.Ending ending = dumps().ended(execution, Duration.ofMinutes(20));
    diary.check(ending.succeeded(), "another host has restored it", ending);
    apps.isReplaced(told(live), true);
  }

  // ---- what may go wrong --------------------------------------------------------------------

  private void rotation() throws Exception {
    String password = "another-" + Long.toHexString(System.nanoTime()) + "-4c7e";
    watch.secret(password);
    fixture.setSecret(
        "database",
        new com.google.gson.Gson().toJson(Map.of("username", "slipway_b", "password", password)));
    Shell.Result result =
        underLoad(
            Set.of(told(live)),
            () -> fixture.run(RELEASE, "./scripts/release.sh", name, "--desired"));
    diary.check(result.ok(), "the release that takes it up exits 0", result.tail());
    diary.checkEquals(201, add("By the new login"), "the app writes");
    diary.check(
        rds.query("SELECT DISTINCT usename FROM pg_stat_activity WHERE client_addr IS NOT NULL")
            .contains("slipway_b"),
        "as the new login",
        rds.query("SELECT usename, client_addr FROM pg_stat_activity"));
  }

  private void loseReplica() {
    String replica = replica();
    cloud.failDatabase(replica);
    diary.note("replica " + replica + " is gone");
    diary.checkEquals(201, add("Without a replica"), "the app writes all the same");
    diary.checkEquals(
        "primary", apps.get("/api/items").header("x-read-from"), "and reads from the primary");
    apps.checkServes(told(live));
    cloud.recoverDatabase(replica);
    AppStack.waitUntil(
        "the replica to be read from again",
        SOON,
        () -> apps.get("/api/items").header("x-read-from").equals("replica"));
  }

  private void loseHost() {
    Machine victim = cloud.machines().get(0);
    victim.lose();
    diary.note("host " + victim.id() + " is gone");
    apps.isReplaced(told(live), true);
  }

  private void secrets() throws Exception {
    apps.checkSecrets(apps.secretValues(), watch, stack, rds.instance());
  }

  private void destroy() throws Exception {
    apps.destroy(stack, rds, RELEASE);
  }

  // ---- small verbs --------------------------------------------------------------------------

  private Shell.Result underLoad(Set<String> versions, AppStack.Action action) throws Exception {
    return apps.underLoad(REQUESTS, CONNECTIONS, PAUSE, versions, Set.of(), action);
  }

  /** What the backend calls itself: the tag of its image. */
  private static String told(String version) {
    return "backend-" + version;
  }

  private Shell.Result release(String version) {
    return fixture.run(RELEASE, "./scripts/release.sh", name, refs.get(version));
  }

  private int add(String item) {
    return apps.post("/api/items", WRITTEN.formatted(item)).status();
  }

  private int count() {
    return items(fresh("/api/items")).size();
  }

  private static List<String> items(String json) {
    var names = new ArrayList<String>();
    for (JsonElement item :
        JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("items")) {
      names.add(item.getAsJsonObject().get("name").getAsString());
    }
    return names;
  }

  /** All that is on the list. */
  private String items() {
    return new TreeSet<>(items(fresh("/api/items"))).toString();
  }

  private String columns() {
    return rds.query(
        "SELECT string_agg(column_name, ' ') FROM information_schema.columns"
            + " WHERE table_name = 'items'");
  }

  private List<String> databases() {
    return rds.query("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1")
        .lines()
        .toList();
  }

  private String replica() {
    return rds.ask(
        "describe-db-instances",
        "--query",
        "DBInstances[?ReadReplicaSourceDBInstanceIdentifier].DBInstanceIdentifier");
  }

  private String replicaQuery(String sql) {
    return cloud.query(replica(), rds.database(), sql).strip();
  }

  // ---- the end ------------------------------------------------------------------------------

  @Override
  public void honesty() {
    fixture.honesty(
        "the Java program, the Pulumi engine, its S3 state and KMS secrets, the host scripts,"
            + " systemd, Docker, Caddy, PostgreSQL and its streaming replica, the functions' code"
            + " under AWS's own runtime, the applications and their Dockerfiles",
        "AWS's own timing and limits, the ALB itself (Caddy with its rules stands for it), Step"
            + " Functions itself (moto executes the machine), RDS's failover and backups, EC2's"
            + " boot with Ubuntu's packages");
  }

  @Override
  public void keep() throws IOException {
    InetSocketAddress address = balancer();
    fixture.keep(
        Map.of(),
        """
          curl http://%s:%d/api/items
          docker exec -it %s bash
          ./slipway status %s      (in another terminal, after the next line)
        """
            .formatted(
                address.getAddress().getHostAddress(),
                address.getPort(),
                cloud.machines().get(0).container(),
                name));
  }

  @Override
  public void close() throws Exception {
    watch.close();
    if (stack != null) {
      stack.close();
    }
  }
}
