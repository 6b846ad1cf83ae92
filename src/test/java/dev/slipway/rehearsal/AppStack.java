package dev.slipway.rehearsal;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import dev.slipway.rehearsal.cloud.Machine;
import dev.slipway.rehearsal.cloud.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * A stack of apps in containers on hosts behind a load balancer, as the steps of its rehearsal see
 * it and use it.
 */
final class AppStack {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration SOON = Duration.ofMinutes(3);

  /**
   * What is known of the applications.
   *
   * @param names the apps' own
   * @param folder of the Compose project on hosts
   * @param people what they ask for
   * @param written how many things are there that people have written
   */
  record Apps(List<String> names, String folder, Load.Requests people, IntSupplier written) {}

  /** Something that takes a while, and what a script said of it. */
  interface Action {
    Shell.Result run() throws Exception;
  }

  private final Fixture fixture;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private final Shell scripts;
  private final String name;
  private final Apps apps;
  private final Connection.Target site;
  private final IntSupplier hosts;

  /**
   * @param hosts how many there should be
   */
  AppStack(Fixture fixture, Apps apps, IntSupplier hosts, Connection.Target site) {
    this.hosts = hosts;
    this.fixture = fixture;
    this.apps = apps;
    this.site = site;
    cloud = fixture.cloud();
    diary = fixture.diary();
    scripts = fixture.scripts();
    name = fixture.stack();
  }

  // ---- the site -----------------------------------------------------------------------------

  Connection.Answer get(String path) {
    return Connection.once(site, "GET", path, null);
  }

  Connection.Answer post(String path, String json) {
    return Connection.once(site, "POST", path, json);
  }

  /** The site as browsers reach it, for a request with headers of its own. */
  Connection.Target site() {
    return site;
  }

  void waitFor(String path, int status) {
    waitUntil(path + " to answer " + status, SOON, () -> get(path).status() == status);
  }

  static void waitUntil(String what, Duration limit, BooleanSupplier condition) {
    Instant end = Instant.now().plus(limit);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(end)) {
        throw new Diary.Broken("waited " + limit.toSeconds() + " s for " + what);
      }
      LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
    }
  }

  /** The site answers, as this version, and the balancer finds every target healthy. */
  void checkServes(String version) {
    String path = apps.people().version();
    waitFor(path, 200);
    JsonObject answer = JsonParser.parseString(get(path).body()).getAsJsonObject();
    String told = answer.has("version") ? "version" : "release";
    diary.checkEquals(version, answer.get(told).getAsString(), "the version that serves");
    diary.checkEquals(200, get("/").status(), "the page is there");
    waitUntil("the balancer to find every target healthy", SOON, this::allHealthy);
  }

  /** As many targets as there should be hosts for each app, and each is healthy. */
  boolean allHealthy() {
    List<String> targets = cloud.targets();
    return targets.size() == apps.names().size() * hosts.getAsInt()
        && targets.stream().allMatch(target -> target.endsWith(" HEALTHY"));
  }

  // ---- the hosts ----------------------------------------------------------------------------

  List<AppHost> hosts() {
    return cloud.machines().stream().map(machine -> new AppHost(machine, apps.folder())).toList();
  }

  static String onHost(Machine host, String command) {
    return host.exec("sh", "-c", command).output();
  }

  /** A verb on one host alone, and what it says. */
  Result verb(AppHost host, String verb, String... variables) {
    Result result = host.verb(verb, variables);
    result.output().lines().forEach(diary::echo);
    return result;
  }

  /** The containers of every host, with what each was made of. */
  List<String> containers() {
    var all = new ArrayList<String>();
    for (Machine host : cloud.machines()) {
      all.add(host.id() + ": " + onHost(host, "docker ps --no-trunc --quiet | sort"));
    }
    return all;
  }

  /** Nothing is unfinished on any host, and of each app one container runs. */
  void checkSettled() {
    for (AppHost host : hosts()) {
      diary.check(!host.isUnfinished(), "nothing is unfinished", host.machine().id());
      diary.check(
          host.running().size() == apps.names().size(),
          "of each app one container runs",
          host.running());
    }
  }

  /** By whose health checks hosts live. */
  String healthCheckType() {
    return scripts.aws(
        "autoscaling",
        "describe-auto-scaling-groups",
        "--query",
        "AutoScalingGroups[0].HealthCheckType");
  }

  /** A release dies on a host when it has begun a step; gives that host. */
  AppHost killIn(String step, Action release) throws Exception {
    List<AppHost> all = hosts();
    for (AppHost host : all) {
      host.need(
          "rm -f /run/killed; touch /run/to-kill; setsid sh -c '"
              + "while [ -e /run/to-kill ]; do if [ \"$(jq -r .phase "
              + "/srv/slipway/releases/in-progress.json 2>/dev/null)\" = "
              + step
              + " ]; then kill -KILL $(jq -r .pid /run/slipway/lock.json) && "
              + "mv /run/to-kill /run/killed; fi; sleep 0.05; done' >/dev/null 2>&1 &");
    }
    Shell.Result cut = release.run();
    List<AppHost> killed =
        all.stream()
            .filter(host -> host.need("rm -f /run/to-kill; ls /run").contains("killed"))
            .toList();
    if (killed.size() != 1) {
      throw new Diary.Broken("killed in \"" + step + "\" on " + killed + "\n" + cut.tail());
    }
    diary.check(
        !cut.ok(),
        "killed in \"" + step + "\", release.sh says so: exit " + cut.exit(),
        cut.tail());
    diary.checkEquals(200, get("/").status(), "the site is there all the same");
    return killed.get(0);
  }

  /**
   * What follows when one of the hosts doesn't serve any more: another one.
   *
   * @param others whether others serve meanwhile
   */
  void isReplaced(String live, boolean others) {
    if (others) {
      waitUntil("the balancer to see it", SOON, () -> !allHealthy());
      var seen = new TreeSet<Integer>();
      for (int i = 0; i < 100; i++) {
        seen.add(get(apps.people().version()).status());
      }
      diary.checkEquals(Set.of(200), seen, "the other hosts serve 100 requests of 100");
    }
    List<String> fresh = cloud.replaceDead();
    diary.checkEquals(1, fresh.size(), "a new host is started");
    waitUntil("the new host to serve", Duration.ofMinutes(6), this::allHealthy);
    checkServes(live);
  }

  // ---- releases -----------------------------------------------------------------------------

  /** The desired release of an app. */
  String desired(String app) {
    return cloud.parameter("/slipway/" + name + "/release/desired/" + app);
  }

  /** What is desired of all, as it is kept. */
  String desired() {
    var all = new StringBuilder(cloud.parameter("/slipway/" + name + "/release/desired"));
    apps.names().forEach(app -> all.append(desired(app)));
    return all.toString();
  }

  /**
   * Does something while people use the site, and checks that none of them notices.
   *
   * @param connections how many of them there are
   * @param versions have to answer
   * @param others may
   */
  Shell.Result underLoad(
      int requests,
      int connections,
      Duration pause,
      Set<String> versions,
      Set<String> others,
      Action action)
      throws Exception {
    int before = apps.written().getAsInt();
    Instant begun = Instant.now();
    var load = new Load(site, apps.people(), connections, 0, pause);
    Shell.Result result;
    try {
      load.await(requests / 10, MINUTE);
      result = action.run();
      load.await(Math.max(requests, load.answered() + requests / 10), MINUTE);
    } finally {
      load.close();
    }
    diary.note(
        "%d reads and %d writes in %d s by %d connections, the slowest took %.1f s, by %s"
            .formatted(
                load.reads(),
                load.writes(),
                Duration.between(begun, Instant.now()).toSeconds(),
                connections,
                load.waits(begun, Instant.now()).longest().toMillis() / 1000.0,
                load.versions()));
    List<String> failures = load.failures();
    diary.check(
        failures.isEmpty(),
        "no request failed",
        failures.size() + ", the first: " + failures.stream().limit(5).toList());
    diary.check(load.answered() >= requests, "they were " + requests + " or more", load.answered());
    Set<String> seen = load.versions();
    diary.check(seen.containsAll(versions), "these versions answered: " + versions, seen);
    seen.removeAll(versions);
    diary.check(others.containsAll(seen), "and none that should not have", seen);
    diary.checkEquals(
        before + load.writes(), apps.written().getAsInt(), "what was taken is all there");
    return result;
  }

  // ---- logs and secrets ---------------------------------------------------------------------

  /** An app's log group has a line with this in it, or will have it soon. */
  void checkLog(String app, String text) {
    String group = "/slipway/" + name + "/" + app;
    boolean found = true;
    try {
      waitUntil("\"" + text + "\" in " + group, MINUTE, () -> messages(group).contains(text));
    } catch (Diary.Broken e) {
      found = false;
    }
    diary.check(found, group + " has a line with \"" + text + "\"", "");
  }

  private String messages(String group) {
    return scripts.aws(
        "logs", "filter-log-events", "--log-group-name", group, "--query", "events[].message");
  }

  /** The values in Secrets Manager, by what they are; of those that hold JSON, the passwords. */
  Map<String, String> secretValues() {
    var values = new LinkedHashMap<String, String>();
    for (String id :
        scripts
            .aws("secretsmanager", "list-secrets", "--query", "SecretList[].Name")
            .split("\\s+")) {
      String value =
          scripts.aws(
              "secretsmanager", "get-secret-value", "--secret-id", id, "--query", "SecretString");
      if (value.startsWith("{")) {
        JsonObject object = JsonParser.parseString(value).getAsJsonObject();
        if (object.has("password")) {
          values.put(id, object.get("password").getAsString());
        }
      } else {
        values.put(id, value);
      }
    }
    return values;
  }

  /**
   * None of these secrets is in what was said, kept or left behind.
   *
   * @param database whose log is looked at too
   */
  void checkSecrets(
      Map<String, String> secrets, ProcessWatch watch, PulumiStack stack, String database)
      throws Exception {
    diary.note("looked for: " + String.join(", ", secrets.keySet()));
    diary.checkEquals(
        Set.of(),
        watch.found(),
        "no secret was an argument of a process in " + watch.looks() + " looks");
    var places = new LinkedHashMap<String, String>();
    places.put("Pulumi's state", stack.state());
    places.put("Pulumi's output", stack.everything());
    places.put("the scripts' output", fixture.printed());
    places.put("commands and logs in AWS", cloud.commandText());
    places.put("the database's log", cloud.databaseLog(database));
    for (Machine host : cloud.machines()) {
      places.put("the journal of " + host.id(), onHost(host, "journalctl --no-pager --output=cat"));
      places.put(
          "containers and images on " + host.id(),
          onHost(host, "docker inspect $(docker ps -aq) $(docker image ls -q)"));
      places.put(
          "what containers say on " + host.id(),
          onHost(host, "for one in $(docker ps -aq); do docker logs $one 2>&1; done"));
    }
    diary.checkAbsent(secrets, places);
    for (Machine host : cloud.machines()) {
      checkDisks(host, secrets.values());
    }
    diary.checkEquals(List.of(), cloud.denials(), "the hosts' role lacked nothing");
  }

  /** One search for all, which finds what was put there to be found, and nothing else. */
  private void checkDisks(Machine host, Collection<String> secrets) throws Exception {
    String planted = "planted-" + Long.toHexString(System.nanoTime()) + "-51ac";
    String docker = onHost(host, "docker info --format '{{.DockerRootDir}}'").strip();
    List<String> places = List.of("/var/lib/slipway/planted", docker + "/planted");
    var expected = new TreeSet<String>();
    try {
      for (String place : places) {
        // In a folder whose name is that of one in memory.
        String make = "mkdir -p %1$s/run && echo %2$s >%1$s/run/value".formatted(place, planted);
        Result made = host.exec("sh", "-c", make);
        diary.check(made.ok(), "something to be found is in " + place, made.output());
        expected.add(place + "/run/value");
      }
      var values = new ArrayList<>(secrets);
      values.add(planted);
      diary.checkEquals(
          expected,
          DiskSearch.find(
              List.of("docker", "exec", "--interactive", host.container()),
              "/run",
              List.of("/"),
              values),
          "that is found, and no secret, on the disks of " + host.id());
    } finally {
      onHost(host, "rm -rf " + String.join(" ", places));
    }
  }

  // ---- the end ------------------------------------------------------------------------------

  /** All is taken away, but for the bucket of the state. */
  void destroy(PulumiStack stack, Rds rds, Duration limit) throws Exception {
    diary.checkEquals(List.of(), cloud.denials(), "the hosts' role lacked nothing");
    stack.configure(Map.of("slipway:ephemeral", "true"));
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up without protection ends well", run.output());
    Shell.Result all = fixture.run(limit, "./scripts/destroy.sh", name, "--yes-destroy", name);
    diary.check(all.ok(), "destroy.sh exits 0", all.tail());
    diary.check(!all.output().contains("can't be listed"), "it knows what is left", all.tail());
    diary.checkEquals(List.of(), cloud.machines(), "no host is left");
    diary.checkEquals(
        "",
        rds.ask("describe-db-instances", "--query", "DBInstances[].DBInstanceIdentifier"),
        "no database is left");
    diary.checkEquals(
        "",
        scripts.aws(
            "ssm",
            "get-parameters-by-path",
            "--path",
            "/slipway/" + name + "/release",
            "--query",
            "Parameters[].Name"),
        "no release is desired, that hosts of another life would try to serve");
    diary.checkEquals(
        cloud.stateBucket(),
        scripts.aws("s3api", "list-buckets", "--query", "Buckets[].Name"),
        "no bucket is left but that of the state");
  }
}
