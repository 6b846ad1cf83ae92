package dev.slipway.rehearsal;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What steps on a stack's state share: calls through a {@link FaultProxy}, and looks into the
 * bucket.
 */
abstract class StateFixture {
  static final Duration MINUTE = Duration.ofMinutes(1);
  static final Duration LONG = Duration.ofMinutes(10);

  final Fixture fixture;
  final Diary diary;
  final String stack;
  final FaultProxy faultProxy;

  StateFixture(Fixture fixture, FaultProxy faultProxy) {
    this.fixture = fixture;
    this.faultProxy = faultProxy;
    diary = fixture.diary();
    stack = fixture.stack();
  }

  /** Through the faultProxy, but with a backend's address that a person would use. */
  Shell.Result bootstrap(String what, String... more) {
    diary.note(what);
    var command = new ArrayList<>(List.of("./scripts/bootstrap.sh", stack));
    command.addAll(List.of(more));
    var environment = new HashMap<String, String>();
    environment.put("AWS_ENDPOINT_URL", faultProxy.address());
    environment.put("PULUMI_BACKEND_URL", null);
    return fixture.run(environment, LONG, command.toArray(String[]::new));
  }

  Shell.Result up() {
    return up(Map.of());
  }

  Shell.Result up(Map<String, String> environment) {
    return fixture.run(environment, LONG, "./scripts/up.sh", stack, "--yes");
  }

  /** An environment in which all calls go through the faultProxy. */
  Map<String, String> hindered() {
    var environment = new HashMap<>(fixture.environment());
    environment.put("AWS_ENDPOINT_URL", faultProxy.address());
    environment.put(
        "PULUMI_BACKEND_URL",
        environment
            .get("PULUMI_BACKEND_URL")
            .replace(fixture.environment().get("AWS_ENDPOINT_URL"), faultProxy.address()));
    return environment;
  }

  void refused(Shell.Result result, String why) {
    diary.check(
        !result.ok() && result.output().contains(why), "refused: \"… " + why + "\"", result.tail());
  }

  void refusedBy(Shell.Result result, String holder) {
    diary.check(
        result.exit() == 10 && result.output().contains(holder),
        "refused, naming the holder: \"… " + holder + "\"",
        result.tail());
  }

  /** Refused, and nothing was written. */
  void unchanged(Shell.Result result, String why) {
    refused(result, why);
    diary.check(writes().isEmpty(), "and nothing was changed", writes());
  }

  List<FaultProxy.Call> writes() {
    return faultProxy.calls().stream().filter(FaultProxy.Call::writes).toList();
  }

  void clean() {
    Shell.Result preview =
        fixture.run(LONG, "./scripts/up.sh", stack, "--dry-run", "--", "--expect-no-changes");
    diary.check(preview.ok(), "the preview is clean", preview.tail());
  }

  void nobodyHolds() {
    diary.checkEquals(List.of(), locks(), "no lock is left");
    diary.checkEquals(List.of(), ids(".slipway/runs/" + stack + "/"), "and no record");
  }

  List<String> locks() {
    return ids(".pulumi/locks/organization/slipway/" + stack + "/");
  }

  List<String> ids(String prefix) {
    String keys =
        aws(
            "s3api",
            "list-objects-v2",
            "--bucket",
            bucket(),
            "--prefix",
            prefix,
            "--query",
            "Contents[].[Key]");
    return keys.isEmpty() || keys.equals("None")
        ? List.of()
        : keys.lines().map(key -> key.replaceFirst("^.*/", "").replace(".json", "")).toList();
  }

  int resources() throws IOException {
    Path state = Files.createTempFile(fixture.cloud().directory(), "state", ".json");
    aws("s3api", "get-object", "--bucket", bucket(), "--key", key(), state.toString());
    JsonObject latest =
        JsonParser.parseString(Files.readString(state))
            .getAsJsonObject()
            .getAsJsonObject("checkpoint")
            .getAsJsonObject("latest");
    return latest.getAsJsonArray("resources").size();
  }

  String putLock(String user, String host, int pid) throws IOException {
    String id = java.util.UUID.randomUUID().toString();
    put(
        ".pulumi/locks/organization/slipway/" + stack + "/" + id + ".json",
        "{\"pid\": %d, \"username\": \"%s\", \"hostname\": \"%s\", \"timestamp\": \"%s\"}"
            .formatted(pid, user, host, Instant.now()));
    return id;
  }

  void putRecord(String host, int pid, int every) throws IOException {
    String time = Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS).toString();
    put(
        ".slipway/runs/" + stack + "/20261121T000000Z.runner.1-1.json",
        """
        {"run": "1", "stack": "%s", "owner": "runner", "url": "", "command": "up.sh %s",
         "host": "%s", "machine": "another", "pid": 1, "engine": %d, "started": "%s",
         "heartbeat": "%s", "every": %d}
        """
            .formatted(stack, stack, host, pid, time, time, every));
  }

  void put(String key, String text) throws IOException {
    Path body = Files.createTempFile(fixture.cloud().directory(), "object", ".json");
    Files.writeString(body, text);
    aws("s3api", "put-object", "--bucket", bucket(), "--key", key, "--body", body.toString());
  }

  String bucket() {
    return fixture
        .environment()
        .get("PULUMI_BACKEND_URL")
        .replaceFirst("^s3://", "")
        .replaceFirst("[/?].*$", "");
  }

  String key() {
    return ".pulumi/stacks/slipway/" + stack + ".json";
  }

  Path file() {
    return fixture.project().resolve("Pulumi." + stack + ".yaml");
  }

  String read() throws IOException {
    return Files.readString(file());
  }

  static String withoutProvider(String text) {
    return text.replaceAll("(?m)^(secretsprovider|encryptedkey):.*\n?", "");
  }

  static String line(String text, String name) {
    return text.lines().filter(line -> line.startsWith(name + ":")).findFirst().orElse("");
  }

  static String lastLines(Shell.Result result) {
    var lines = result.output().strip().lines().toList();
    return String.join(" ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
  }

  String aws(String... words) {
    return fixture.scripts().aws(words);
  }

  static void await(CountDownLatch latch, String what) throws InterruptedException {
    if (!latch.await(5, TimeUnit.MINUTES)) {
      throw new Diary.Broken("waited for five minutes for " + what);
    }
  }
}
