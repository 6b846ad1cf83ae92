package dev.slipway.rehearsal;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.Hindrance.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What happens to a stack's state: made, fought over, left locked, broken, refused. */
final class StateActs implements AutoCloseable {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final String HELD = "10";
  private static final Pattern EXPORT = Pattern.compile("export PULUMI_BACKEND_URL='([^']+)'");
  private static final Refusal EXPIRED =
      new Refusal(400, "ExpiredToken", "The provided token has expired.");

  private final Stage stage;
  private final Diary diary;
  private final String stack;
  private final Hindrance hindrance;

  StateActs(Stage stage) throws IOException {
    this.stage = stage;
    diary = stage.diary();
    stack = stage.stack();
    hindrance = new Hindrance(stage.environment().get("AWS_ENDPOINT_URL"));
  }

  // ---- from nothing -------------------------------------------------------------------------

  /** The account has nothing yet; afterwards the stage's environment has PULUMI_BACKEND_URL. */
  void bootstrap() throws Exception {
    stage.environment().put("PULUMI_BACKEND_URL", null);
    Shell.Result doctor = stage.scripts().run(MINUTE, "./scripts/doctor.sh");
    diary.check(doctor.ok(), "doctor.sh finds all that is needed", doctor.tail());
    Shell.Result shown = bootstrap("what it would do");
    diary.check(
        !shown.ok() && shown.output().contains("nobody is here to ask; give --yes"),
        "without --yes it shows what it would do, and asks",
        shown.tail());
    diary.check(writes().isEmpty(), "and has done nothing", writes());

    hindrance.rule(
        call ->
            call.operation().equals("CreateAlias")
                ? new Refusal(400, "AccessDeniedException", "not authorized: kms:CreateAlias")
                : null);
    Shell.Result half = bootstrap("cut short by a missing permission", "--yes");
    refused(half, "a permission is missing for naming it alias/slipway (kms:CreateAlias)");
    diary.check(
        half.output().contains("What was done before stays; run this again to go on."),
        "it says that it goes on from there",
        half.tail());

    hindrance.none();
    Shell.Result whole = bootstrap("the rest of it", "--yes");
    diary.check(whole.ok(), "the next run completes it", whole.tail());
    diary.checkEquals("1", aws("kms", "list-keys", "--query", "length(Keys)"), "with one key");
    Matcher url = EXPORT.matcher(whole.output());
    if (!url.find()) {
      throw new Diary.Broken("bootstrap.sh does not say where the state is: " + whole.output());
    }
    hindrance.none();
    Shell.Result again = bootstrap("once more");
    diary.check(
        again.ok() && again.output().contains("everything is there; nothing was changed"),
        "a second run finds everything there",
        again.tail());
    diary.check(writes().isEmpty(), "and writes nothing", writes());
    stage.environment().put("PULUMI_BACKEND_URL", url.group(1));
    protectedBucket();
    lostSettings();
    badBuckets();
    gitHub();
  }

  /** Through the hindrance, but with a backend's address that a person would use. */
  private Shell.Result bootstrap(String what, String... more) {
    diary.note(what);
    var command = new ArrayList<>(List.of("./scripts/bootstrap.sh", stack));
    command.addAll(List.of(more));
    var environment = new HashMap<String, String>();
    environment.put("AWS_ENDPOINT_URL", hindrance.address());
    environment.put("PULUMI_BACKEND_URL", null);
    return stage.run(environment, LONG, command.toArray(String[]::new));
  }

  private void protectedBucket() {
    String bucket = bucket();
    diary.checkEquals(
        "Enabled",
        aws("s3api", "get-bucket-versioning", "--bucket", bucket, "--query", "Status"),
        "the bucket keeps versions");
    diary.checkEquals(
        "AES256",
        aws(
            "s3api",
            "get-bucket-encryption",
            "--bucket",
            bucket,
            "--query",
            "ServerSideEncryptionConfiguration.Rules[0]"
                + ".ApplyServerSideEncryptionByDefault.SSEAlgorithm"),
        "encrypts");
    diary.checkEquals(
        "4",
        aws(
            "s3api",
            "get-public-access-block",
            "--bucket",
            bucket,
            "--query",
            "length(values(PublicAccessBlockConfiguration)[?@])"),
        "is not public, by all four blocks");
    JsonObject tlsOnly =
        JsonParser.parseString(
                aws("s3api", "get-bucket-policy", "--bucket", bucket, "--query", "Policy"))
            .getAsJsonObject()
            .getAsJsonArray("Statement")
            .asList()
            .stream()
            .map(JsonElement::getAsJsonObject)
            .filter(statement -> statement.get("Sid").getAsString().equals("SlipwayTlsOnly"))
            .findFirst()
            .orElse(new JsonObject());
    diary.checkEquals(
        "Deny to \"*\" where {\"Bool\":{\"aws:SecureTransport\":\"false\"}}",
        tlsOnly.size() == 0
            ? "no such statement"
            : tlsOnly.get("Effect").getAsString()
                + " to "
                + tlsOnly.get("Principal")
                + " where "
                + tlsOnly.get("Condition"),
        "takes nothing but TLS");
    diary.checkEquals(
        "365",
        aws(
            "s3api",
            "get-bucket-lifecycle-configuration",
            "--bucket",
            bucket,
            "--query",
            "Rules[?Status=='Enabled'].NoncurrentVersionExpiration.NoncurrentDays | [0]"),
        "keeps old versions for a year");
    denied("the bucket can't be deleted", "s3api", "delete-bucket", "--bucket", bucket);
    String version =
        aws(
            "s3api",
            "list-object-versions",
            "--bucket",
            bucket,
            "--prefix",
            key(),
            "--query",
            "Versions[0].VersionId");
    denied(
        "nor an old version",
        "s3api",
        "delete-object",
        "--bucket",
        bucket,
        "--key",
        key(),
        "--version-id",
        version);
  }

  private void denied(String claim, String... words) {
    Shell.Result result = stage.scripts().run(MINUTE, aws(List.of(words)));
    diary.check(!result.ok() && result.output().contains("AccessDenied"), claim, result.tail());
  }

  /** A stack that is there, with a file that has lost its provider and key. */
  private void lostSettings() throws IOException {
    String before = Files.readString(file());
    Files.writeString(file(), withoutProvider(before));
    Shell.Result result = bootstrap("the stack's file has lost its provider", "--yes");
    diary.check(result.ok(), "bootstrap.sh ends well", result.tail());
    diary.checkEquals(line(before, "encryptedkey"), line(read(), "encryptedkey"), "the same key");
  }

  private void badBuckets() {
    hindrance.rule(
        call ->
            call.method().equals("HEAD") && call.path().equals("/taken-by-others")
                ? new Refusal(403, "AccessDenied", "Access Denied")
                : null);
    unchanged(
        bootstrap("a name that is taken", "--bucket", "taken-by-others", "--yes"),
        "taken-by-others is taken by somebody else");

    hindrance.rule(
        call ->
            call.method().equals("HEAD") && call.path().equals("/" + bucket())
                ? new Refusal(403, "AccessDenied", "Access Denied")
                : null);
    unchanged(
        bootstrap("a permission is missing", "--yes"),
        "is this account's, and a permission on it is missing");

    aws(
        "s3api",
        "create-bucket",
        "--bucket",
        "slipway-far-away",
        "--create-bucket-configuration",
        "LocationConstraint=eu-west-1");
    hindrance.none();
    unchanged(
        bootstrap("a bucket in another region", "--bucket", "slipway-far-away", "--yes"),
        "slipway-far-away is in eu-west-1, and not in us-east-1");

    String own = aws("kms", "create-key", "--query", "KeyMetadata.KeyId");
    aws("s3api", "create-bucket", "--bucket", "slipway-own-key");
    aws(
        "s3api",
        "put-bucket-encryption",
        "--bucket",
        "slipway-own-key",
        "--server-side-encryption-configuration",
        "{\"Rules\": [{\"ApplyServerSideEncryptionByDefault\":"
            + " {\"SSEAlgorithm\": \"aws:kms\", \"KMSMasterKeyID\": \""
            + own
            + "\"}}]}");
    hindrance.none();
    unchanged(
        bootstrap("a bucket with a key of its own", "--bucket", "slipway-own-key", "--yes"),
        "which the roles of workflows may not use");
  }

  /** With a gh that only writes down what it is asked for. */
  private void gitHub() throws IOException {
    Path tools = Files.createDirectories(stage.cloud().directory().resolve("gh"));
    Path asked = tools.resolve("asked");
    Files.writeString(tools.resolve("gh"), "#!/bin/sh\necho \"$*\" >>'" + asked + "'\n");
    if (!tools.resolve("gh").toFile().setExecutable(true)) {
      throw new Diary.Broken("the stand-in for gh can't be made executable");
    }
    var environment = new HashMap<String, String>();
    environment.put("PATH", tools + ":" + stage.environment().get("PATH"));
    Shell.Result result = stage.run(environment, LONG, "./scripts/bootstrap.sh", stack, "--github");
    diary.check(result.ok(), "bootstrap.sh --github ends well", result.tail());
    var printed =
        result
            .printed()
            .lines()
            .filter(line -> line.startsWith("  gh "))
            .map(line -> line.replaceFirst("^ +gh ", ""))
            .toList();
    diary.checkEquals(printed, Files.readAllLines(asked), "gh is asked for what is printed");
    diary.check(
        printed.contains("variable set PULUMI_STATE_BUCKET --body " + bucket() + repository()),
        "the bucket's name among it",
        printed);
    diary.check(
        printed.stream()
            .anyMatch(
                line -> line.endsWith("slipway-build-erp --env staging --repo my-company/erp")),
        "and what an application's repository needs",
        printed);
  }

  private String repository() throws IOException {
    Matcher named = Pattern.compile("(?m)^ +repository: (\\S+)$").matcher(read());
    return named.find() ? " --repo " + named.group(1) : "";
  }

  // ---- four at once -------------------------------------------------------------------------

  /** All four have begun before the first writes a lock; the winner ends after the others have. */
  void racing() throws Exception {
    int resources = resources();
    Set<String> begun = ConcurrentHashMap.newKeySet();
    var allBegun = new CountDownLatch(4);
    var othersEnded = new CountDownLatch(3);
    hindrance.rule(
        call -> {
          if (call.puts("/.slipway/runs/") && begun.add(call.path())) {
            allBegun.countDown();
          } else if (call.puts("/.pulumi/locks/")) {
            await(allBegun, "four runs to begin");
          } else if (call.puts("/.pulumi/stacks/")) {
            await(othersEnded, "three runs to be refused");
          }
          return null;
        });
    var runs = new ArrayList<CompletableFuture<Shell.Result>>();
    for (int i = 1; i <= 4; i++) {
      var environment = hindered();
      environment.put("GITHUB_ACTOR", "racer-" + i);
      environment.put("GITHUB_RUN_ID", "100" + i);
      environment.put("GITHUB_REPOSITORY", "my-company/slipway");
      var shell = new Shell(stage.options().repository(), environment);
      runs.add(
          CompletableFuture.supplyAsync(
              () -> {
                Shell.Result result = shell.run(LONG, "./scripts/up.sh", stack, "--yes");
                if (!result.ok() && !HELD.equals(String.valueOf(result.exit()))) {
                  // One that fails for something else must not keep the others waiting for it.
                  hindrance.none();
                  LongStream.range(0, allBegun.getCount()).forEach(n -> allBegun.countDown());
                  LongStream.range(0, 3).forEach(n -> othersEnded.countDown());
                }
                othersEnded.countDown();
                return result;
              },
              work -> new Thread(work, "racer").start()));
    }
    var results = runs.stream().map(CompletableFuture::join).toList();
    var exits = results.stream().map(result -> String.valueOf(result.exit())).sorted().toList();
    diary.checkEquals(List.of("0", HELD, HELD, HELD), exits, "of four, one wins: 0, 10, 10, 10");
    for (int i = 0; i < 4; i++) {
      if (results.get(i).ok()) {
        String winner = "racer-" + (i + 1);
        String run = "https://github.com/my-company/slipway/actions/runs/100" + (i + 1);
        long named =
            results.stream()
                .filter(result -> !result.ok())
                .filter(result -> result.output().contains(stack + " is held by " + winner + ","))
                .filter(result -> result.output().contains(run))
                .count();
        diary.checkEquals(3L, named, "the three others name " + winner + " and its run");
      } else {
        diary.echo(lastLines(results.get(i)));
      }
    }
    hindrance.none();
    diary.checkEquals(resources, resources(), "the state is intact: as many resources as before");
    clean();
    nobodyHolds();
  }

  // ---- killed -------------------------------------------------------------------------------

  void killed() throws Exception {
    var writing = new CountDownLatch(1);
    var never = new CountDownLatch(1);
    hindrance.rule(
        call -> {
          if (call.puts("/.pulumi/stacks/")) {
            writing.countDown();
            never.await();
          }
          return null;
        });
    var environment = hindered();
    environment.put("GITHUB_ACTOR", "victim");
    Process holder =
        new Shell(stage.options().repository(), environment)
            .start("./scripts/up.sh", stack, "--yes");
    try {
      await(writing, "the holder to write the state");
      String lock = locks().get(0);
      refusedBy(up(), "is held by victim, up.sh " + stack);
      Shell.Result alive = stage.run(LONG, "./scripts/unlock.sh", stack, lock);
      diary.checkEquals(10, alive.exit(), "unlock.sh refuses: the holder is alive");
      Shell.Result preview = stage.run(LONG, "./scripts/up.sh", stack, "--preview");
      diary.check(
          preview.ok() && preview.output().contains("is held by victim"),
          "a preview goes on, and warns that victim is at it",
          preview.tail());

      // The script, its keeper and Pulumi, all at once: nothing of it can clean up.
      Stream.concat(holder.descendants(), Stream.of(holder.toHandle()))
          .sorted(Comparator.comparing(ProcessHandle::pid))
          .forEach(ProcessHandle::destroyForcibly);
      holder.waitFor(1, TimeUnit.MINUTES);
      diary.note("the holder is killed");
      refusedBy(up(), "; dead");
      diary.checkEquals(List.of(lock), locks(), "the lock is still there: nothing takes it away");
      Shell.Result unlocked = stage.run(LONG, "./scripts/unlock.sh", stack, lock);
      diary.check(unlocked.ok(), "one command removes it", unlocked.tail());
    } finally {
      never.countDown();
      hindrance.none();
      holder.descendants().forEach(ProcessHandle::destroyForcibly);
      holder.destroyForcibly();
    }
    Shell.Result next = up();
    diary.check(next.ok(), "up works again", next.tail());
    nobodyHolds();
    withoutRecord();
    onAnotherMachine();
  }

  /** As a plain {@code pulumi up} leaves it. */
  private void withoutRecord() throws Exception {
    String lock = putLock("somebody", "a-laptop", 4711);
    refusedBy(up(), "somebody@a-laptop:4711");
    Shell.Result silent = stage.run(LONG, "./scripts/unlock.sh", stack, lock);
    diary.check(
        silent.exit() == 10 && silent.output().contains("--ended somebody@a-laptop:4711"),
        "a lock without a record wants a statement",
        silent.tail());
    Shell.Result wrong =
        stage.run(LONG, "./scripts/unlock.sh", stack, lock, "--ended", "somebody@a-laptop:1");
    diary.checkEquals(10, wrong.exit(), "one about somebody else is refused");
    Shell.Result right =
        stage.run(LONG, "./scripts/unlock.sh", stack, lock, "--ended", "somebody@a-laptop:4711");
    diary.check(right.ok(), "the right one removes it", right.tail());
    nobodyHolds();
  }

  /** Its process can't be seen from here: what counts is whether its record is refreshed. */
  private void onAnotherMachine() throws Exception {
    String lock = putLock("runner", "elsewhere", 4711);
    putRecord("elsewhere", 4711, 20);
    Shell.Result fresh = stage.run(LONG, "./scripts/unlock.sh", stack, lock);
    diary.checkEquals(10, fresh.exit(), "another machine's lock with a fresh record is refused");
    // So small that it counts as silent at once, and unlock.sh watches it.
    putRecord("elsewhere", 4711, 0);
    var over = new CountDownLatch(1);
    var heart =
        CompletableFuture.runAsync(
            () -> {
              try {
                while (!over.await(2, TimeUnit.SECONDS)) {
                  putRecord("elsewhere", 4711, 0);
                }
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    Shell.Result beating = stage.run(LONG, "./scripts/unlock.sh", stack, lock);
    over.countDown();
    heart.join();
    diary.checkEquals(10, beating.exit(), "one that is heard of while it watches, too");
    hindrance.rule(
        call ->
            call.method().equals("HEAD") && call.path().contains("/.slipway/runs/")
                ? new Refusal(403, "AccessDenied", "Access Denied")
                : null);
    refused(
        stage.run(hindered(), LONG, "./scripts/unlock.sh", stack, lock),
        "a permission is missing for watching the record");
    diary.checkEquals(List.of(lock), locks(), "a record that can't be read is no silence");
    hindrance.none();
    Shell.Result dead = stage.run(LONG, "./scripts/unlock.sh", stack, lock);
    diary.check(dead.ok(), "one that stays silent is removed", dead.tail());
    nobodyHolds();
  }

  // ---- repair -------------------------------------------------------------------------------

  void repair() throws Exception {
    int resources = resources();
    put(key(), "{\"version\": 3, \"checkpoint\": {\"stack\"");
    refused(up(), "the state of " + stack + " is damaged");
    Shell.Result list = stage.run(LONG, "./scripts/state-repair.sh", stack, "--last", "3");
    String good = null;
    String bad = null;
    for (String line : list.printed().split("\n")) {
      String[] words = line.strip().split(" +");
      if (words.length > 3 && words[3].equals("damaged")) {
        bad = words[0];
      } else if (words.length > 3 && words[3].equals(String.valueOf(resources)) && good == null) {
        good = words[0];
      }
    }
    diary.check(
        good != null && bad != null, "the list shows a whole one and a damaged one", list.tail());
    String lock = putLock("somebody", "a-laptop", 4711);
    refusedBy(
        stage.run(LONG, "./scripts/state-repair.sh", stack, "--to", good, "--yes"),
        "somebody@a-laptop:4711");
    stage.run(LONG, "./scripts/unlock.sh", stack, lock, "--ended", "somebody@a-laptop:4711");
    Shell.Result back = stage.run(LONG, "./scripts/state-repair.sh", stack, "--to", good, "--yes");
    diary.check(
        back.ok() && back.output().contains("the preview is clean"),
        "it is brought back, and the preview is clean",
        back.tail());
    diary.checkEquals(resources, resources(), "with as many resources as before");
    refused(
        stage.run(LONG, "./scripts/state-repair.sh", stack, "--to", bad, "--yes"),
        "can't be brought back, since it is not JSON");
    nobodyHolds();
  }

  // ---- bad cases ----------------------------------------------------------------------------

  void refusals() throws Exception {
    diary.note("no credentials");
    hindrance.none();
    var none = hindered();
    none.put("AWS_ACCESS_KEY_ID", null);
    none.put("AWS_SECRET_ACCESS_KEY", null);
    unchanged(up(none), "there are no AWS credentials");

    diary.note("expired credentials");
    hindrance.rule(call -> EXPIRED);
    unchanged(up(hindered()), "the AWS credentials have expired");

    diary.note("credentials of another account");
    String before = read();
    hindrance.none();
    Files.writeString(
        file(),
        before
            .replaceFirst("(?m)^  slipway:account:.*\n", "")
            .replaceFirst("(?m)^config:\n", "config:\n  slipway:account: '210987654321'\n"));
    unchanged(up(hindered()), "credentials of account 123456789012");
    unchanged(bootstrap("bootstrap.sh refuses it too", "--yes"), "belongs into 210987654321");

    diary.note("a stack with a passphrase");
    Files.writeString(file(), withoutProvider(before) + "\nencryptionsalt: v1:abc:def\n");
    unchanged(up(hindered()), "only awskms:// is accepted");

    diary.note("a stack file without bootstrap");
    Files.writeString(file(), withoutProvider(before));
    unchanged(up(hindered()), "run: scripts/bootstrap.sh " + stack);
    Files.writeString(file(), before);

    diary.note("a stack that is not in the bucket");
    var elsewhere = hindered();
    elsewhere.put(
        "PULUMI_BACKEND_URL", elsewhere.get("PULUMI_BACKEND_URL").replace("?", "/nowhere?"));
    unchanged(up(elsewhere), "there is no stack " + stack + " in the bucket");

    diary.note("the state's bucket is gone");
    hindrance.rule(
        call ->
            call.service().equals("s3")
                ? new Refusal(404, "NoSuchBucket", "The specified bucket does not exist")
                : null);
    unchanged(up(hindered()), "is gone, or never was");

    diary.note("the key is denied");
    hindrance.rule(
        call ->
            call.operation().equals("Decrypt")
                ? new Refusal(400, "AccessDeniedException", "not authorized: kms:Decrypt")
                : null);
    unchanged(up(hindered()), "is denied to");
    expiredInMidRun();
  }

  /** When the state is to be written, they are just over: even the lock can't be taken away. */
  private void expiredInMidRun() throws Exception {
    diary.note("credentials that expire in mid-run");
    var over = new CountDownLatch(1);
    hindrance.rule(
        call -> {
          if (call.puts("/.pulumi/stacks/")) {
            over.countDown();
          }
          return over.getCount() == 0 ? EXPIRED : null;
        });
    Shell.Result result = up(hindered());
    refused(result, "the AWS credentials ran out in mid-run");
    diary.check(
        result.output().contains("scripts/unlock.sh " + stack)
            && result.output().contains("scripts/up.sh " + stack),
        "it says how to go on",
        result.tail());
    hindrance.none();
    String lock = locks().get(0);
    Shell.Result unlocked = stage.run(LONG, "./scripts/unlock.sh", stack, lock);
    diary.check(unlocked.ok(), "signed in again, unlock.sh removes the lock", unlocked.tail());
    Shell.Result next = up();
    diary.check(next.ok(), "and up goes on", next.tail());
    nobodyHolds();
  }

  // ---- what they share ----------------------------------------------------------------------

  private Shell.Result up() {
    return up(Map.of());
  }

  private Shell.Result up(Map<String, String> environment) {
    return stage.run(environment, LONG, "./scripts/up.sh", stack, "--yes");
  }

  /** An environment in which all calls go through the hindrance. */
  private Map<String, String> hindered() {
    var environment = new HashMap<>(stage.environment());
    environment.put("AWS_ENDPOINT_URL", hindrance.address());
    environment.put(
        "PULUMI_BACKEND_URL",
        environment
            .get("PULUMI_BACKEND_URL")
            .replace(stage.environment().get("AWS_ENDPOINT_URL"), hindrance.address()));
    return environment;
  }

  private void refused(Shell.Result result, String why) {
    diary.check(
        !result.ok() && result.output().contains(why), "refused: \"… " + why + "\"", result.tail());
  }

  private void refusedBy(Shell.Result result, String holder) {
    diary.check(
        result.exit() == 10 && result.output().contains(holder),
        "refused, naming the holder: \"… " + holder + "\"",
        result.tail());
  }

  /** Refused, and nothing was written. */
  private void unchanged(Shell.Result result, String why) {
    refused(result, why);
    diary.check(writes().isEmpty(), "and nothing was changed", writes());
  }

  private List<Hindrance.Call> writes() {
    return hindrance.calls().stream().filter(Hindrance.Call::writes).toList();
  }

  private void clean() {
    Shell.Result preview =
        stage.run(LONG, "./scripts/up.sh", stack, "--preview", "--", "--expect-no-changes");
    diary.check(preview.ok(), "the preview is clean", preview.tail());
  }

  private void nobodyHolds() {
    diary.checkEquals(List.of(), locks(), "no lock is left");
    diary.checkEquals(List.of(), ids(".slipway/runs/" + stack + "/"), "and no record");
  }

  private List<String> locks() {
    return ids(".pulumi/locks/organization/slipway/" + stack + "/");
  }

  private List<String> ids(String prefix) {
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

  private int resources() throws IOException {
    Path state = Files.createTempFile(stage.cloud().directory(), "state", ".json");
    aws("s3api", "get-object", "--bucket", bucket(), "--key", key(), state.toString());
    JsonObject latest =
        JsonParser.parseString(Files.readString(state))
            .getAsJsonObject()
            .getAsJsonObject("checkpoint")
            .getAsJsonObject("latest");
    return latest.getAsJsonArray("resources").size();
  }

  private String putLock(String user, String host, int pid) throws IOException {
    String id = java.util.UUID.randomUUID().toString();
    put(
        ".pulumi/locks/organization/slipway/" + stack + "/" + id + ".json",
        "{\"pid\": %d, \"username\": \"%s\", \"hostname\": \"%s\", \"timestamp\": \"%s\"}"
            .formatted(pid, user, host, Instant.now()));
    return id;
  }

  private void putRecord(String host, int pid, int every) throws IOException {
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

  private void put(String key, String text) throws IOException {
    Path body = Files.createTempFile(stage.cloud().directory(), "object", ".json");
    Files.writeString(body, text);
    aws("s3api", "put-object", "--bucket", bucket(), "--key", key, "--body", body.toString());
  }

  private String bucket() {
    return stage
        .environment()
        .get("PULUMI_BACKEND_URL")
        .replaceFirst("^s3://", "")
        .replaceFirst("[/?].*$", "");
  }

  private String key() {
    return ".pulumi/stacks/slipway/" + stack + ".json";
  }

  private Path file() {
    return stage.project().resolve("Pulumi." + stack + ".yaml");
  }

  private String read() throws IOException {
    return Files.readString(file());
  }

  private static String withoutProvider(String text) {
    return text.replaceAll("(?m)^(secretsprovider|encryptedkey):.*\n?", "");
  }

  private static String line(String text, String name) {
    return text.lines().filter(line -> line.startsWith(name + ":")).findFirst().orElse("");
  }

  private static String lastLines(Shell.Result result) {
    var lines = result.output().strip().lines().toList();
    return String.join(" ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
  }

  private String aws(String... words) {
    return stage.scripts().need(MINUTE, aws(List.of(words))).strip();
  }

  private static String[] aws(List<String> words) {
    var command = new ArrayList<>(List.of("aws"));
    command.addAll(words);
    command.addAll(List.of("--output", "text"));
    return command.toArray(String[]::new);
  }

  private static void await(CountDownLatch latch, String what) throws InterruptedException {
    if (!latch.await(5, TimeUnit.MINUTES)) {
      throw new Diary.Broken("waited for five minutes for " + what);
    }
  }

  @Override
  public void close() {
    hindrance.close();
  }
}
