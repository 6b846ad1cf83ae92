package dev.slipway.rehearsal;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import dev.slipway.rehearsal.cloud.Machine;
import dev.slipway.rehearsal.cloud.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The admin panel from an empty account to an empty account: its example applications on real
 * hosts, with a real database and cache, behind Caddy, which stands for the ALB.
 */
final class AdminPanelRehearsal implements Scenario {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration SOON = Duration.ofMinutes(3);

  /** Longer than a new host is left alone. */
  private static final Duration GRACE = Duration.ofMinutes(16);

  private static final Duration RELEASE = Duration.ofMinutes(40);

  private static final String V1 = "v1";
  private static final String V2 = "v2-schema-change";
  private static final String BAD_MIGRATION = "v3-bad-migration";
  private static final String NEVER_HEALTHY = "v4-never-healthy";
  private static final String ENDS_AT_ONCE = "v5-ends-at-once";

  /** What the issue asks of a release under load. */
  private static final int REQUESTS = 2000;

  private static final int CONNECTIONS = 20;

  private static final Load.Requests PEOPLE =
      new Load.Requests(
          "/api/version",
          List.of("/api/version", "/api/notes", "/"),
          "/api/notes",
          "{\"text\":\"written under load\"}");

  /** Without it they would take the machine from what is released. */
  private static final Duration PAUSE = Duration.ofMillis(150);

  /** Of snapshots before migrations. */
  private static final int KEPT_SNAPSHOTS = 2;

  /** Where the Compose project of the hosts' containers is. */
  private static final String FOLDER = "/srv/panel";

  /** What an app reads of its database: a variable for each part of it. */
  private static final Map<String, String> DATABASE_VARIABLES =
      Map.of(
          "host", "PGHOST",
          "port", "PGPORT",
          "name", "PGDATABASE",
          "user", "PGUSER",
          "password", "PGPASSWORD",
          "sslMode", "PGSSLMODE",
          "sslRootCert", "PGSSLROOTCERT");

  /** An external secret; it must be found nowhere but in Secrets Manager. */
  private static final String CANARY = "canary-" + Long.toHexString(System.nanoTime()) + "-9d21";

  /** With what a shell would make something else of. */
  private static final String EXTERNAL = CANARY + "'s \"quoted\" $HOME `x`";

  private static final Pattern SCRIPT = Pattern.compile("/_next/static/[^\"]+\\.js");

  /** AWS's own authorities, which hosts fetch when they are configured, can't be had here. */
  private static final String AUTHORITIES = "global-bundle.pem; going on with what is known";

  /** Of a migration that worked and code that did not. */
  private static final String AHEAD = "the schema is ahead of the code";

  private static final List<Step<AdminPanelRehearsal>> STEPS =
      List.of(
          Step.vital("plan", "The plan, with no engine and no account", AdminPanelRehearsal::plan),
          Step.ground("up", "pulumi up: hosts that wait for a release", AdminPanelRehearsal::up)
              .mayWarn(AUTHORITIES),
          Step.ground("first", "The first release", AdminPanelRehearsal::first),
          new Step<>("site", "The site over HTTPS", AdminPanelRehearsal::site),
          new Step<>(
                  "again",
                  "pulumi up again: the balancer's health checks count from now on; then nothing changes",
                  AdminPanelRehearsal::again)
              .mayWarn(AUTHORITIES),
          new Step<>(
              "release",
              "A second release, with a migration, under load",
              AdminPanelRehearsal::release),
          Step.extra("same", "The same release again is a no-op", AdminPanelRehearsal::same),
          new Step<>("rollback", "Back to the first release", AdminPanelRehearsal::rollback),
          new Step<>(
                  "unhealthy",
                  "A release that migrates and never gets healthy",
                  AdminPanelRehearsal::unhealthy)
              .mayWarn(AHEAD),
          Step.extra("crash", "A release whose program ends at once", AdminPanelRehearsal::crash),
          new Step<>(
              "bad-migration",
              "A release whose migration fails",
              AdminPanelRehearsal::badMigration),
          Step.extra(
                  "killed",
                  "Releases killed half-way, and what follows",
                  AdminPanelRehearsal::killed)
              .mayWarn(AHEAD),
          Step.extra(
                  "killed-again",
                  "Releases killed in every other step",
                  AdminPanelRehearsal::killedAgain)
              .mayWarn(AHEAD),
          Step.extra(
              "load",
              "Four releases under as much load as there can be",
              AdminPanelRehearsal::load),
          Step.extra(
              "former",
              "Hosts of a version without Compose, and releases of this one",
              AdminPanelRehearsal::former),
          Step.extra("parts", "A host as one of several", AdminPanelRehearsal::parts),
          Step.extra(
              "rotation",
              "Secrets are changed, the database's too, and taken up",
              AdminPanelRehearsal::rotation),
          Step.extra("reboot", "A host is rebooted", AdminPanelRehearsal::reboot),
          Step.extra("replaced", "Other hosts, under load", AdminPanelRehearsal::replaceHosts)
              .mayWarn(AUTHORITIES),
          new Step<>("lost-host", "A host is killed", AdminPanelRehearsal::loseHost),
          Step.extra("deaf-host", "A host runs and serves nothing", AdminPanelRehearsal::deafHost),
          new Step<>("logs", "Each app's lines in its log group", AdminPanelRehearsal::logs),
          new Step<>(
              "restore", "The database as it was, beside itself", AdminPanelRehearsal::restore),
          new Step<>("secrets", "Nothing secret is left lying about", AdminPanelRehearsal::secrets),
          new Step<>("destroy", "Destroy", AdminPanelRehearsal::destroy));

  static final Suite<AdminPanelRehearsal> SUITE =
      new Suite<>("admin-panel", true, STEPS, AdminPanelRehearsal::new);

  private final Fixture fixture;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private final Shell scripts;
  private final Rds rds;
  private final String name;
  private final String domain;
  private final int hosts;
  private final ExampleImages images;
  private final ProcessWatch watch = new ProcessWatch();
  private final Map<String, String> refs = new LinkedHashMap<>();
  private AppStack apps;
  private PulumiStack stack;
  private String live;

  AdminPanelRehearsal(Fixture fixture) throws Exception {
    this.fixture = fixture;
    cloud = fixture.cloud();
    diary = fixture.diary();
    name = fixture.stack();
    watch.secret(CANARY);
    cloud.makeStateBackend();
    fixture.environment().putAll(cloud.environment());
    scripts = fixture.scripts();
    rds = new Rds(cloud, scripts);
    Path repository = fixture.options().repository();
    images =
        new ExampleImages(
            repository.resolve("examples/admin-panel"),
            repository.resolve("src/test/resources/dev/slipway/rehearsal/admin-panel"),
            cloud.directory().resolve("application"),
            scripts,
            cloud.registry(),
            ExampleImages.Naming.each("admin-panel/"));
    var settings = settings(fixture.project().resolve("Pulumi." + name + ".yaml"));
    domain = (String) ((Map<?, ?>) settings.get("slipway:domain")).get("name");
    hosts = (Integer) ((Map<?, ?>) settings.get("slipway:hosts")).get("count");
  }

  private static Map<?, ?> settings(Path file) throws IOException {
    var yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
    return (Map<?, ?>) yaml.<Map<?, ?>>load(Files.readString(file)).get("config");
  }

  // ---- preparation --------------------------------------------------------------------------

  @Override
  public void prepare() throws Exception {
    diary.note("stack          " + name + ", hosts: " + hosts);
    for (String image : List.of("postgres", "redis-tls")) {
      scripts.need(RELEASE, "./scripts/dev/rehearsal-images.sh", "--only", image);
    }
    scripts.need(
        RELEASE,
        "./scripts/dev/rehearsal-images.sh",
        "--only",
        "caddy",
        "--registry",
        cloud.registry());
    refs.put(V1, "api@" + images.push("api", V1) + ",web@" + images.push("web", V1));
    stack =
        new PulumiStack(
            name, fixture.project(), cloud.secretsProvider(), fixture.environment(), diary::echo);
    var changed = new LinkedHashMap<String, String>();
    changed.put("slipway:hosts.ami.id", cloud.machineImage());
    changed.put("slipway:apps.api.image", images.name("api"));
    changed.put("slipway:apps.api.healthSeconds", "30");
    changed.put("slipway:apps.web.image", images.name("web"));
    changed.put("slipway:domain.zoneId", cloud.zone(domain.replaceFirst("^[^.]*[.]", "")));
    changed.put("slipway:trustedCa", Files.readString(cloud.authority()));
    changed.put("slipway:composeFolder", FOLDER);
    changed.put("slipway:database.snapshotKeep", String.valueOf(KEPT_SNAPSHOTS));
    // In every way in which an app can be told of its database; the API has another one.
    changed.put("slipway:apps.web.databaseUrl", "DATABASE_URL");
    DATABASE_VARIABLES.forEach(
        (part, variable) -> changed.put("slipway:apps.web.databaseVariables." + part, variable));
    stack.configure(changed);
    diary.note("settings that the rehearsal replaces: " + String.join(", ", changed.keySet()));
    apps =
        new AppStack(
            fixture,
            new AppStack.Apps(List.of("api", "web"), FOLDER, PEOPLE, this::count),
            () -> hosts,
            Connection.Target.of(domain, this::balancer, cloud.authority()));
  }

  private InetSocketAddress balancer() {
    return cloud.balancer(443);
  }

  /** How a release is asked for: what isn't named stays as it is. */
  private String ref(String version) throws IOException {
    if (!refs.containsKey(version)) {
      refs.put(version, "api@" + images.push("api", version));
    }
    return refs.get(version);
  }

  /** Another image of the second version: a release of it has every step of one. */
  private String another() throws IOException {
    String tag = "v2-" + refs.size();
    refs.put(tag, "api@" + images.push("api", V2, tag));
    return tag;
  }

  // ---- steps ---------------------------------------------------------------------------------

  private void plan() {
    fixture.plan();
  }

  private void up() throws Exception {
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up ends well", run.output());
    diary.note(run.counts());
    diary.checkEquals(hosts, cloud.machines().size(), "as many hosts run as were asked for");
    diary.check(
        run.output().contains("./slipway release " + name + " api@sha256:…,web@sha256:…"),
        "it says how the first release is made",
        run.output());
    diary.checkEquals(503, apps.get("/").status(), "the site says that nothing serves yet");
    for (AppHost host : apps.hosts()) {
      diary.checkEquals(
          "503",
          host.need(
              "curl --silent --output /dev/null --write-out '%{http_code}' localhost:8001/health"),
          "a host says so itself");
    }
    fixture.setSecret(
        "oauth", new Gson().toJson(Map.of("clientId", "rehearsal", "clientSecret", EXTERNAL)));
  }

  private void first() throws Exception {
    String api = refs.get(V1).split(",")[0];
    Shell.Result alone = fixture.run(RELEASE, "./scripts/release.sh", name, api);
    diary.check(alone.ok(), "an app is released alone", alone.tail());
    apps.waitFor("/api/version", 200);
    diary.checkEquals(503, apps.get("/").status(), "the other one is not there yet");
    Shell.Result result = fixture.run(RELEASE, "./scripts/release.sh", name, "web:" + V1);
    diary.check(result.ok(), "and then the other, by its tag", result.tail());
    live = V1;
    apps.checkServes(live);
    for (String each : refs.get(V1).split(",")) {
      String app = each.substring(0, each.indexOf('@'));
      diary.checkEquals(
          each, apps.desired(app), "the desired release of " + app + " is its digest");
    }
    diary.checkEquals(
        "1",
        rds.query("SELECT count(*) FROM pg_tables WHERE tablename = 'notes'"),
        "it has migrated");
    Map<String, String> secrets = apps.secretValues();
    secrets.values().forEach(watch::secret);
    String jwt = "slipway/" + name + "/jwt";
    for (AppHost host : apps.hosts()) {
      diary.checkEquals(
          "api-blue running, caddy running, web-blue running",
          host.project(),
          "docker compose shows the apps, and Caddy before them");
      diary.checkEquals(
          sha256(EXTERNAL),
          host.hashOf("api", "OAUTH_CLIENT_SECRET"),
          "an external secret arrives as it is, quotes and all");
      diary.checkEquals(
          secrets.entrySet().stream()
              .filter(secret -> secret.getKey().startsWith(jwt))
              .map(secret -> sha256(secret.getValue()))
              .toList(),
          List.of(host.hashOf("api", "JWT_SECRET")),
          "and one that was made");
      checkDatabaseUser(host, "slipway_a");
    }
  }

  /** What apps are given lets them into the database, as nobody but the login that is theirs. */
  private void checkDatabaseUser(AppHost host, String login) {
    diary.checkEquals(
        List.of(login, login),
        host.databaseUsers("web"),
        "PostgreSQL's own client gets in as " + login + ", by the parts and by the URL");
    // Which the cache has no part in.
    Connection.Answer written = apps.post("/api/notes", "{\"text\":\"as " + login + "\"}");
    diary.checkEquals(201, written.status(), "the app writes a note");
    diary.check(
        rds.query("SELECT DISTINCT usename FROM pg_stat_activity WHERE client_addr IS NOT NULL")
            .lines()
            .anyMatch(login::equals),
        "as " + login,
        rds.query("SELECT usename, client_addr FROM pg_stat_activity"));
    diary.checkEquals(
        "slipway_owner",
        rds.query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"),
        "and what it makes belongs to one owner");
  }

  private static String sha256(String value) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void site() throws Exception {
    InetSocketAddress plain = cloud.balancer(80);
    String redirect =
        scripts
            .need(
                MINUTE,
                "curl",
                "--silent",
                "--output",
                "/dev/null",
                "--write-out",
                "%{http_code} %{redirect_url}",
                "--connect-to",
                domain + ":80:" + plain.getAddress().getHostAddress() + ":" + plain.getPort(),
                "http://" + domain + "/notes?a=b")
            .strip();
    diary.check(
        redirect.matches("301 https://" + Pattern.quote(domain) + "(:443)?/notes\\?a=b"),
        "plain HTTP is sent to HTTPS",
        redirect);

    Connection.Answer page = apps.get("/");
    diary.check(page.body().contains("<h1>Admin panel</h1>"), "the page is there", page.body());
    Matcher script = SCRIPT.matcher(page.body());
    diary.check(script.find(), "it has a script", page.body());
    Connection.Answer asset =
        Connection.once(apps.site(), "GET", script.group(), null, "Accept-Encoding: gzip");
    diary.check(
        asset.header("cache-control").contains("immutable"),
        "which browsers may keep for good",
        asset.headers());
    diary.checkEquals("gzip", asset.header("content-encoding"), "and which comes compressed");

    Connection.Answer written = apps.post("/api/notes", "{\"text\":\"first note\"}");
    diary.checkEquals(201, written.status(), "a note can be written");
    diary.check(
        apps.get("/api/notes").body().contains("first note"), "and is read", written.body());
    String token = signIn();
    diary.checkEquals(200, me(token), "who signs in is known");
    diary.checkEquals(401, me("x.y.z"), "who doesn't is not");
    String status = fixture.run(SOON, "./scripts/status.sh", name).output();
    diary.check(
        status.contains("app         api  answers 200 at port 8001"),
        "status tells of each app",
        status);
  }

  private void again() {
    diary.checkEquals(
        "EC2", apps.healthCheckType(), "EC2 checks the health of hosts that had nothing to serve");
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up ends well", run.output());
    diary.checkEquals("ELB", apps.healthCheckType(), "after a release the balancer checks it too");
    PulumiStack.Run next = stack.up();
    diary.check(next.ok(), "up once more ends well", next.output());
    diary.check(next.changedNothing(), "nothing changed", next.counts());
    apps.checkServes(live);
  }

  private void release() throws Exception {
    ref(V2);
    Set<String> snapshots = snapshots();
    Shell.Result result = underLoad(Set.of(live, V2), () -> release(V2));
    diary.check(result.ok(), "release.sh exits 0", result.tail());
    live = V2;
    apps.checkServes(live);
    diary.check(columns().contains("author"), "the schema has what the migration adds", columns());
    diary.checkEquals(
        "1",
        rds.query("SELECT count(*) FROM _prisma_migrations WHERE migration_name LIKE '%_author'"),
        "the migration ran once");
    checkSnapshot(snapshots);
    for (AppHost host : apps.hosts()) {
      String project = host.project();
      diary.check(
          project.matches(
              "api-blue exited, api-green running,.*|api-blue running, api-green exited,.*"),
          "docker compose shows the former color, stopped",
          project);
    }
  }

  private void same() {
    List<String> before = apps.containers();
    Set<String> snapshots = snapshots();
    Shell.Result result = release(live);
    diary.check(result.ok(), "release.sh exits 0", result.tail());
    diary.check(result.output().contains("was live already"), "it says so", result.tail());
    diary.checkEquals(before, apps.containers(), "no container was touched");
    diary.checkEquals(snapshots, snapshots(), "no snapshot was taken");
    apps.checkServes(live);
  }

  private void unhealthy() throws Exception {
    Shell.Result result = failsUnderLoad(NEVER_HEALTHY, "answers 503");
    diary.check(result.output().contains(AHEAD), "it warns that " + AHEAD, result.tail());
    diary.check(columns().contains("due"), "which it is", columns());
    // Of several hosts the first one migrates, and the others don't get that far.
    List<String> records =
        apps.hosts().stream()
            .map(host -> host.lastRecord("[.schemaAhead, .snapshot] | @csv"))
            .toList();
    diary.check(
        records.stream().anyMatch(each -> each.startsWith("true,\"slipway-" + name + "-release-")),
        "its record says so, and names the snapshot",
        records);
  }

  private void crash() throws Exception {
    Shell.Result result = failsUnderLoad(ENDS_AT_ONCE, "never got healthy");
    diary.check(
        result.output().contains("this version cannot even start"),
        "its last words are shown",
        result.tail());
  }

  private void badMigration() throws Exception {
    String columns = columns();
    failsUnderLoad(
        BAD_MIGRATION, "in step migrate: api: node src/migrate.js ended with exit code 1");
    diary.checkEquals(columns, columns(), "the schema is what it was");
    diary.check(
        !columns().contains("archived"), "nothing of the migration is in the schema", columns());
  }

  private Shell.Result failsUnderLoad(String version, String cause) throws Exception {
    ref(version);
    Set<String> snapshots = snapshots();
    String desired = apps.desired();
    Shell.Result result = underLoad(Set.of(live), () -> release(version));
    diary.checkEquals(20, result.exit(), "release.sh exits 20: failed, the one before serves");
    diary.check(result.output().contains(cause), "the cause is shown: " + cause, result.tail());
    diary.checkEquals(desired, apps.desired(), "the desired release is still the one before");
    checkSnapshot(snapshots);
    apps.checkServes(live);
    apps.checkSettled();
    return result;
  }

  /** In one step, after which the same is released again, and in one after which a host boots. */
  private void killed() throws Exception {
    killedIn(List.of("migrate"), List.of("switch"));
  }

  private void killedAgain() throws Exception {
    killedIn(
        List.of("snapshot", "start", "switch", "smoke", "record"), List.of("migrate", "start"));
  }

  private void killedIn(List<String> again, List<String> booted) throws Exception {
    var versions = new LinkedHashMap<String, String>();
    for (String step : again) {
      versions.put(another(), step);
    }
    var returned = new LinkedHashMap<String, String>();
    for (String step : booted) {
      returned.put(another(), step);
    }
    var serving = new TreeSet<>(versions.keySet());
    serving.add(live);
    underLoad(
        REQUESTS,
        PAUSE,
        serving,
        returned.keySet(),
        () -> {
          for (var version : versions.entrySet()) {
            apps.killIn(version.getValue(), () -> release(version.getKey()));
            Shell.Result result = release(version.getKey());
            diary.check(result.ok(), "the same release, run again, ends well", result.tail());
            live = version.getKey();
            apps.checkServes(live);
            apps.checkSettled();
          }
          for (var version : returned.entrySet()) {
            AppHost host = apps.killIn(version.getValue(), () -> release(version.getKey()));
            host.boot().lines().forEach(diary::echo);
            apps.checkServes(live);
            apps.checkSettled();
          }
          return null;
        });
  }

  private void load() throws Exception {
    List<String> versions = List.of(another(), another(), another(), another());
    var serving = new TreeSet<>(versions);
    serving.add(live);
    underLoad(
        5 * REQUESTS,
        Duration.ZERO,
        serving,
        Set.of(),
        () -> {
          for (String version : versions) {
            Shell.Result result = release(version);
            diary.check(result.ok(), "release of " + version, result.tail());
            live = version;
          }
          return null;
        });
    apps.checkServes(live);
  }

  /** As if hosts and stack came from a version that knew no Compose, and had one parameter. */
  private void former() throws Exception {
    List<AppHost> all = apps.hosts();
    all.forEach(AppHost::withoutCompose);
    String parameter = "/slipway/" + name + "/release/desired";
    String both = apps.desired("api") + "," + apps.desired("web");
    JsonObject one = JsonParser.parseString(cloud.parameter(parameter)).getAsJsonObject();
    one.remove("parts");
    one.addProperty("ref", both);
    scripts.aws(
        "ssm", "put-parameter", "--name", parameter, "--overwrite", "--value", one.toString());
    AppStack.waitUntil("the balancer to find every target healthy", SOON, apps::allHealthy);
    List<List<String>> before = all.stream().map(AppHost::strangers).toList();
    for (List<String> strangers : before) {
      diary.check(strangers.size() == 2, "Compose knows neither container", strangers);
    }

    String next = another();
    String last = another();
    refs.compute(
        last,
        (tag, api) -> {
          try {
            return api + ",web@" + images.push("web", V1, tag);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    underLoad(
        Set.of(live, next, last),
        () -> {
          Shell.Result desired = fixture.run(RELEASE, "./scripts/release.sh", name, "--desired");
          diary.check(desired.ok(), "the desired release again exits 0", desired.tail());
          diary.checkEquals(
              before, all.stream().map(AppHost::strangers).toList(), "and leaves them alone");
          List<List<String>> running = all.stream().map(AppHost::running).toList();
          Shell.Result first = release(next);
          diary.check(first.ok(), "a release of one app exits 0", first.tail());
          live = next;
          for (int i = 0; i < all.size(); i++) {
            diary.check(
                all.get(i).running().stream().noneMatch(running.get(i)::contains),
                "both apps have their other color",
                all.get(i).running());
          }
          diary.checkEquals(
              List.of(refs.get(next), both.split(",")[1]),
              List.of(apps.desired("api"), apps.desired("web")),
              "what is desired is a parameter for each from then on");
          Shell.Result second = release(last);
          diary.check(second.ok(), "a release of both exits 0", second.tail());
          live = last;
          return null;
        });
    apps.checkServes(live);
    for (AppHost host : all) {
      diary.checkEquals(List.of(), host.strangers(), "nothing of the former version is left");
      diary.checkEquals(
          4L,
          List.of(host.project().split(", ")).stream().filter(s -> !s.startsWith("caddy")).count(),
          "docker compose shows both colors of each app");
    }
  }

  /** What a host does as the first, as one in the middle and as the last of several. */
  private void parts() throws Exception {
    AppHost host = apps.hosts().get(0);
    String next = another();
    String ref = "ref=" + refs.get(next);
    String before = live;
    String desired = apps.desired();
    Result middle = apps.verb(host, "release", ref, "part=middle");
    diary.check(middle.ok(), "in the middle it exits 0", middle.output());
    diary.check(!middle.output().contains("  migrate "), "without migrating", middle.output());
    diary.checkEquals(desired, apps.desired(), "and without desiring it");
    live = next;
    apps.checkServes(live);
    host.boot().lines().forEach(diary::echo);
    apps.checkServes(live);
    Result follows = apps.verb(host, "release");
    diary.check(follows.ok(), "told to follow, it takes what is desired", follows.output());
    diary.checkEquals(desired, apps.desired(), "and says nothing of it itself");
    live = before;
    apps.checkServes(live);
    Result first = apps.verb(host, "release", ref, "part=first");
    diary.check(
        first.ok() && first.output().contains("  migrate "), "the first migrates", first.output());
    diary.checkEquals(desired, apps.desired(), "and desires nothing");
    Result last = apps.verb(host, "release", ref, "part=last");
    diary.check(last.ok(), "the last one exits 0", last.output());
    diary.checkEquals(refs.get(next), apps.desired("api"), "and desires it");
    live = next;
    Shell.Result all = release(next);
    diary.check(all.ok(), "and so do all by the same release", all.tail());
    apps.checkServes(live);
  }

  private void rollback() throws Exception {
    ref(V2);
    if (live.equals(V1)) {
      Shell.Result second = release(V2);
      diary.check(second.ok(), "a second release ends well", second.tail());
      live = V2;
    }
    String columns = columns();
    List<AppHost> all = apps.hosts();
    for (AppHost host : all) {
      String before = host.record(".previous");
      diary.check(
          host.held().stream().anyMatch(tag -> tag.startsWith(before)),
          "the images of the release before are held",
          host.held());
    }
    List<String> former = all.stream().map(host -> host.container("api", "exited")).toList();
    Shell.Result result =
        underLoad(Set.of(V1, V2), () -> fixture.run(RELEASE, "./scripts/rollback.sh", name));
    diary.check(result.ok(), "rollback.sh exits 0", result.tail());
    live = V1;
    apps.checkServes(live);
    diary.checkEquals(
        former,
        all.stream().map(host -> host.container("api", "running")).toList(),
        "in the container that was kept");
    diary.checkEquals(refs.get(V1).split(",")[0], apps.desired("api"), "and it is the desired one");
    diary.checkEquals(columns, columns(), "the schema stays ahead, and the code of before works");
    refusesData(all.get(0));

    Set<String> snapshots = snapshots();
    Shell.Result forward = release(V2);
    diary.check(forward.ok(), "and forward again", forward.tail());
    live = V2;
    apps.checkServes(live);
    checkSnapshot(snapshots);
  }

  /** The data is not on the hosts: it doesn't come back with code, and is not backed up there. */
  private void refusesData(AppHost host) {
    Result back = apps.verb(host, "rollback", "withData=20260101T000000Z-x");
    diary.check(
        back.exit() == 11 && back.output().contains("docs/runbooks/database.md"),
        "a rollback with data is refused, and says where the data is",
        back.output());
    Result backup = apps.verb(host, "backup");
    diary.check(
        backup.exit() == 11 && backup.output().contains("this system's data is in RDS"),
        "a backup is refused, and says where the data is",
        backup.output());
  }

  private void rotation() throws Exception {
    String token = signIn();
    diary.checkEquals(200, me(token), "a token of the old key is good");
    String random = Long.toHexString(System.nanoTime());
    String key = "rotated" + random + "0".repeat(32);
    String password = "another-" + random + "-4c7e";
    watch.secret(key);
    watch.secret(password);
    fixture.setSecret("jwt", key);
    fixture.setSecret(
        "database", new Gson().toJson(Map.of("username", "slipway_b", "password", password)));
    Shell.Result result =
        underLoad(
            Set.of(live), () -> fixture.run(RELEASE, "./scripts/release.sh", name, "--desired"));
    diary.check(result.ok(), "the release that takes them up exits 0", result.tail());
    diary.checkEquals(401, me(token), "a token of the old key is refused");
    diary.checkEquals(200, me(signIn()), "one of the new key is good");
    for (AppHost host : apps.hosts()) {
      diary.checkEquals(sha256(key), host.hashOf("api", "JWT_SECRET"), "the app has the new key");
      diary.checkEquals(
          sha256(
              "postgresql://slipway_b:%s@%s?sslmode=verify-full&sslrootcert=/run/slipway/authorities.pem"
                  .formatted(password, host.database())),
          host.hashOf("web", "DATABASE_URL"),
          "and the other one the new login");
      checkDatabaseUser(host, "slipway_b");
    }
    apps.checkServes(live);
  }

  private void reboot() {
    AppHost host = apps.hosts().get(0);
    List<String> before = apps.containers();
    String release = host.record(".id");
    host.machine().reboot();
    AppStack.waitUntil("the host to serve again", SOON, apps::allHealthy);
    apps.checkServes(live);
    diary.checkEquals(before, apps.containers(), "with the containers of before");
    diary.checkEquals(
        "tmpfs",
        host.need(
            "test -s \"/run/slipway/secrets/$(cut -d: -f1 /srv/slipway/apps/upstreams/api)\""
                + " && stat --file-system --format %T /run/slipway/secrets"),
        "their secrets are in memory again");
    AppStack.waitUntil(
        "the boot to end",
        SOON,
        () -> host.machine().exec("systemctl", "is-active", "slipway-boot.service").ok());
    diary.checkEquals(release, host.record(".id"), "no release was made for it");
    apps.checkSettled();
  }

  /** A change of the machines: up makes others, one after another, and waits for them. */
  private void replaceHosts() throws Exception {
    List<String> before = cloud.machines().stream().map(Machine::id).toList();
    stack.configure(Map.of("slipway:hosts.rootVolumeGiB", "31"));
    var run = new AtomicReference<PulumiStack.Run>();
    underLoad(
        Set.of(live),
        () -> {
          run.set(stack.up());
          return null;
        });
    diary.check(run.get().ok(), "up ends well", run.get().output());
    List<String> after = cloud.machines().stream().map(Machine::id).toList();
    diary.checkEquals(hosts, after.size(), "there are as many hosts as before");
    diary.check(after.stream().noneMatch(before::contains), "and they are others", after);
    apps.checkServes(live);
  }

  private void loseHost() throws Exception {
    Machine victim = cloud.machines().get(0);
    victim.lose();
    diary.note("host " + victim.id() + " is gone");
    isReplaced();
  }

  private void deafHost() throws Exception {
    if (!apps.healthCheckType().equals("ELB")) {
      PulumiStack.Run run = stack.up();
      diary.check(run.ok(), "up after a release ends well", run.output());
    }
    Machine victim = cloud.machines().get(0);
    AppStack.onHost(victim, "docker ps --quiet | xargs docker stop --time 1");
    diary.note("host " + victim.id() + " runs, and none of its containers does");
    AppStack.waitUntil("the balancer to see it", SOON, () -> !apps.allHealthy());
    // A new host's first minutes are its own, and these are still young.
    cloud.pass(GRACE);
    isReplaced();
    diary.check(
        cloud.machines().stream().noneMatch(host -> host.id().equals(victim.id())),
        "the host that served nothing is gone",
        cloud.machines());
  }

  /** What follows when one of the hosts doesn't serve any more. */
  private void isReplaced() throws Exception {
    String migrations = rds.query("SELECT count(*) FROM _prisma_migrations");
    apps.isReplaced(live, hosts > 1);
    diary.checkEquals(
        migrations, rds.query("SELECT count(*) FROM _prisma_migrations"), "it migrated nothing");
  }

  private void logs() throws Exception {
    signIn();
    apps.checkLog("api", "signed in");
    // What a container of a migration says, which has ended since.
    apps.checkLog("api", "migrations found");
    apps.checkLog("web", "Ready");
  }

  private void restore() {
    String before = rds.query("SELECT count(*) FROM notes");
    String snapshot = "rehearsal-" + name;
    String copy = "rehearsal-" + name + "-restored";
    rds.ask(
        "create-db-snapshot",
        "--db-instance-identifier",
        rds.instance(),
        "--db-snapshot-identifier",
        snapshot);
    rds.ask("wait", "db-snapshot-available", "--db-snapshot-identifier", snapshot);
    diary.checkEquals(
        201, apps.post("/api/notes", "{\"text\":\"later\"}").status(), "a later note");
    Shell.Result restored =
        fixture.run(RELEASE, "./scripts/restore.sh", name, "--snapshot", snapshot, "--to", copy);
    diary.check(restored.ok(), "restore.sh exits 0", restored.tail());
    diary.check(
        restored.output().contains("delete-db-instance --db-instance-identifier " + copy),
        "it says how the copy is deleted",
        restored.tail());
    diary.checkEquals(
        before,
        cloud.query(copy, rds.database(), "SELECT count(*) FROM notes"),
        "the copy has the notes of the snapshot");
    diary.check(
        !before.equals(rds.query("SELECT count(*) FROM notes")), "the live one went on", "");
    rds.ask("delete-db-instance", "--db-instance-identifier", copy, "--skip-final-snapshot");
    rds.ask("delete-db-snapshot", "--db-snapshot-identifier", snapshot);
    apps.checkServes(live);
  }

  private void secrets() throws Exception {
    Map<String, String> secrets = apps.secretValues();
    secrets.put("the external secret", CANARY);
    apps.checkSecrets(secrets, watch, stack, rds.instance());
  }

  private void destroy() throws Exception {
    apps.destroy(stack, rds, RELEASE);
  }

  // ---- small verbs --------------------------------------------------------------------------

  /** Does something while people use the site, and checks that none of them notices. */
  private Shell.Result underLoad(Set<String> versions, AppStack.Action action) throws Exception {
    return underLoad(REQUESTS, PAUSE, versions, Set.of(), action);
  }

  /**
   * The same with so many requests.
   *
   * @param versions have to answer
   * @param others may
   */
  private Shell.Result underLoad(
      int requests,
      Duration pause,
      Set<String> versions,
      Set<String> others,
      AppStack.Action action)
      throws Exception {
    return apps.underLoad(requests, CONNECTIONS, pause, versions, others, action);
  }

  private Shell.Result release(String version) {
    return fixture.run(RELEASE, "./scripts/release.sh", name, refs.get(version));
  }

  private String signIn() {
    Connection.Answer answer = apps.post("/api/sessions", "{\"name\":\"Ada\"}");
    if (answer.status() != 201) {
      throw new Diary.Broken("signing in: " + answer.status() + " " + answer.body());
    }
    return JsonParser.parseString(answer.body()).getAsJsonObject().get("token").getAsString();
  }

  private int me(String token) {
    return Connection.once(apps.site(), "GET", "/api/me", null, "Authorization: Bearer " + token)
        .status();
  }

  private int count() {
    return JsonParser.parseString(apps.get("/api/notes/count").body())
        .getAsJsonObject()
        .get("count")
        .getAsInt();
  }

  private String columns() {
    return rds.query(
        "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position)"
            + " FROM information_schema.columns WHERE table_name = 'notes'");
  }

  /** One was taken, and the oldest have gone when they are more than are kept. */
  private void checkSnapshot(Set<String> before) {
    Set<String> now = snapshots();
    diary.checkEquals(
        Math.min(KEPT_SNAPSHOTS, before.size() + 1), now.size(), "as many snapshots as are kept");
    diary.checkEquals(
        1L,
        now.stream().filter(name -> !before.contains(name)).count(),
        "the database had one taken before");
  }

  private Set<String> snapshots() {
    String names =
        rds.ask(
            "describe-db-snapshots",
            "--snapshot-type",
            "manual",
            "--query",
            "DBSnapshots[].DBSnapshotIdentifier");
    return names.isEmpty() ? Set.of() : Set.of(names.split("\\s+"));
  }

  // ---- the end ------------------------------------------------------------------------------

  @Override
  public void honesty() {
    fixture.honesty(
        "the Java program, the Pulumi engine, its S3 state and KMS secrets, the host scripts,"
            + " systemd, Docker, Caddy, PostgreSQL and Redis over TLS, Node, Prisma, Next.js, the"
            + " applications and their Dockerfiles",
        "AWS's own timing and limits, the ALB itself (Caddy with its rules stands for it),"
            + " RDS's failover and backups, ElastiCache's failover, EC2's boot with Ubuntu's"
            + " packages, public DNS and ACM's validation");
  }

  @Override
  public void keep() throws IOException {
    InetSocketAddress address = balancer();
    fixture.keep(
        Map.of("REHEARSAL_CA", cloud.authority().toString()),
        """
          curl --cacert %2$s --connect-to %1$s:443:%3$s:%4$d https://%1$s/
          docker exec -it %5$s bash
          ./slipway status %6$s      (in another terminal, after the next line)
        """
            .formatted(
                domain,
                cloud.authority(),
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
