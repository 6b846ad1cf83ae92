package dev.slipway.rehearsal;

import dev.slipway.rehearsal.FaultProxy.Refusal;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What happens to a stack's state: fought over, left locked, broken, refused. */
final class StateSteps extends StateFixture {
  private static final String HELD = "10";
  private static final Refusal EXPIRED =
      new Refusal(400, "ExpiredToken", "The provided token has expired.");

  StateSteps(Fixture fixture, FaultProxy faultProxy) {
    super(fixture, faultProxy);
  }

  // ---- four at once -------------------------------------------------------------------------

  /** All four have begun before the first writes a lock; the winner ends after the others have. */
  void racing() throws Exception {
    int resources = resources();
    Set<String> begun = ConcurrentHashMap.newKeySet();
    var allBegun = new CountDownLatch(4);
    var othersEnded = new CountDownLatch(3);
    faultProxy.rule(
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
      var shell = new Shell(fixture.options().repository(), environment);
      runs.add(
          CompletableFuture.supplyAsync(
              () -> {
                Shell.Result result = shell.run(LONG, "./scripts/up.sh", stack, "--yes");
                if (!result.ok() && !HELD.equals(String.valueOf(result.exit()))) {
                  // One that fails for something else must not keep the others waiting for it.
                  faultProxy.none();
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
    faultProxy.none();
    diary.checkEquals(resources, resources(), "the state is intact: as many resources as before");
    clean();
    nobodyHolds();
  }

  // ---- killed -------------------------------------------------------------------------------

  void killed() throws Exception {
    var writing = new CountDownLatch(1);
    var never = new CountDownLatch(1);
    faultProxy.rule(
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
        new Shell(fixture.options().repository(), environment)
            .start("./scripts/up.sh", stack, "--yes");
    try {
      await(writing, "the holder to write the state");
      String lock = locks().get(0);
      refusedBy(up(), "is held by victim, up.sh " + stack);
      Shell.Result alive = fixture.run(LONG, "./scripts/unlock.sh", stack, lock);
      diary.checkEquals(10, alive.exit(), "unlock.sh refuses: the holder is alive");
      Shell.Result preview = fixture.run(LONG, "./scripts/up.sh", stack, "--dry-run");
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
      Shell.Result unlocked = fixture.run(LONG, "./scripts/unlock.sh", stack, lock);
      diary.check(unlocked.ok(), "one command removes it", unlocked.tail());
    } finally {
      never.countDown();
      faultProxy.none();
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
    Shell.Result silent = fixture.run(LONG, "./scripts/unlock.sh", stack, lock);
    diary.check(
        silent.exit() == 10 && silent.output().contains("--ended somebody@a-laptop:4711"),
        "a lock without a record wants a statement",
        silent.tail());
    Shell.Result wrong =
        fixture.run(LONG, "./scripts/unlock.sh", stack, lock, "--ended", "somebody@a-laptop:1");
    diary.checkEquals(10, wrong.exit(), "one about somebody else is refused");
    Shell.Result right =
        fixture.run(LONG, "./scripts/unlock.sh", stack, lock, "--ended", "somebody@a-laptop:4711");
    diary.check(right.ok(), "the right one removes it", right.tail());
    nobodyHolds();
  }

  /** Its process can't be seen from here: what counts is whether its record is refreshed. */
  private void onAnotherMachine() throws Exception {
    String lock = putLock("runner", "elsewhere", 4711);
    putRecord("elsewhere", 4711, 20);
    Shell.Result fresh = fixture.run(LONG, "./scripts/unlock.sh", stack, lock);
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
    Shell.Result beating = fixture.run(LONG, "./scripts/unlock.sh", stack, lock);
    over.countDown();
    heart.join();
    diary.checkEquals(10, beating.exit(), "one that is heard of while it watches, too");
    faultProxy.rule(
        call ->
            call.method().equals("HEAD") && call.path().contains("/.slipway/runs/")
                ? new Refusal(403, "AccessDenied", "Access Denied")
                : null);
    refused(
        fixture.run(hindered(), LONG, "./scripts/unlock.sh", stack, lock),
        "a permission is missing for watching the record");
    diary.checkEquals(List.of(lock), locks(), "a record that can't be read is no silence");
    faultProxy.none();
    Shell.Result dead = fixture.run(LONG, "./scripts/unlock.sh", stack, lock);
    diary.check(dead.ok(), "one that stays silent is removed", dead.tail());
    nobodyHolds();
  }

  // ---- repair -------------------------------------------------------------------------------

  void repair() throws Exception {
    int resources = resources();
    put(key(), "{\"version\": 3, \"checkpoint\": {\"stack\"");
    refused(up(), "the state of " + stack + " is damaged");
    Shell.Result list = fixture.run(LONG, "./scripts/state-repair.sh", stack, "--last", "3");
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
        fixture.run(LONG, "./scripts/state-repair.sh", stack, "--to", good, "--yes"),
        "somebody@a-laptop:4711");
    fixture.run(LONG, "./scripts/unlock.sh", stack, lock, "--ended", "somebody@a-laptop:4711");
    Shell.Result back =
        fixture.run(LONG, "./scripts/state-repair.sh", stack, "--to", good, "--yes");
    diary.check(
        back.ok() && back.output().contains("the preview is clean"),
        "it is brought back, and the preview is clean",
        back.tail());
    diary.checkEquals(resources, resources(), "with as many resources as before");
    refused(
        fixture.run(LONG, "./scripts/state-repair.sh", stack, "--to", bad, "--yes"),
        "can't be brought back, since it is not JSON");
    nobodyHolds();
  }

  // ---- bad cases ----------------------------------------------------------------------------

  void refusals() throws Exception {
    diary.note("no credentials");
    faultProxy.none();
    var none = hindered();
    none.put("AWS_ACCESS_KEY_ID", null);
    none.put("AWS_SECRET_ACCESS_KEY", null);
    unchanged(up(none), "there are no AWS credentials");

    diary.note("expired credentials");
    faultProxy.rule(call -> EXPIRED);
    unchanged(up(hindered()), "the AWS credentials have expired");

    diary.note("credentials of another account");
    String before = read();
    faultProxy.none();
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
    unchanged(up(hindered()), "run: ./slipway bootstrap " + stack);
    Files.writeString(file(), before);

    diary.note("a stack that is not in the bucket");
    var elsewhere = hindered();
    elsewhere.put(
        "PULUMI_BACKEND_URL", elsewhere.get("PULUMI_BACKEND_URL").replace("?", "/nowhere?"));
    unchanged(up(elsewhere), "there is no stack " + stack + " in the bucket");

    diary.note("the state's bucket is gone");
    faultProxy.rule(
        call ->
            call.service().equals("s3")
                ? new Refusal(404, "NoSuchBucket", "The specified bucket does not exist")
                : null);
    unchanged(up(hindered()), "is gone, or never was");

    diary.note("the key is denied");
    faultProxy.rule(
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
    faultProxy.rule(
        call -> {
          if (call.puts("/.pulumi/stacks/")) {
            over.countDown();
          }
          return over.getCount() == 0 ? EXPIRED : null;
        });
    Shell.Result result = up(hindered());
    refused(result, "the AWS credentials ran out in mid-run");
    diary.check(
        result.output().contains("./slipway unlock " + stack)
            && result.output().contains("./slipway up " + stack),
        "it says how to go on",
        result.tail());
    faultProxy.none();
    String lock = locks().get(0);
    Shell.Result unlocked = fixture.run(LONG, "./scripts/unlock.sh", stack, lock);
    diary.check(unlocked.ok(), "signed in again, unlock.sh removes the lock", unlocked.tail());
    Shell.Result next = up();
    diary.check(next.ok(), "and up goes on", next.tail());
    nobodyHolds();
  }
}
