package dev.slipway.rehearsal;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * People who read and write a site from many connections at once until they are told to stop. Every
 * request counts, and every one that was not answered well is a failure.
 */
final class Load implements AutoCloseable {
  /** After so many failures nothing more can be learned. */
  private static final int MANY = 500;

  private static final Pattern VERSION =
      Pattern.compile("\"(?:version|release)\":\\s*\"([^\"]*)\"");

  /**
   * What they ask for.
   *
   * @param version the path that tells which version answers
   * @param reads what is read in turn, that path among them
   * @param write where something is written
   * @param body what, as JSON, with {@code %s} for what no other request has there
   */
  record Requests(String version, List<String> reads, String write, String body) {}

  /** What one thread does its requests with. */
  private interface Asking {
    Connection.Answer ask(String method, String path, String json) throws IOException;
  }

  private final Connection.Target site;
  private final Requests requests;
  private final Duration pause;
  private final List<Thread> threads = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private final Set<String> versions = new TreeSet<>();
  private final List<Waits.Wait> waits = new ArrayList<>();
  private int reads;
  private int writes;
  private int alone;
  private volatile boolean over;

  /**
   * @param kept how many of them keep their connection open for the next request
   * @param fresh how many open one for each request
   * @param pause what each of them takes between an answer and the next request
   */
  Load(Connection.Target site, Requests requests, int kept, int fresh, Duration pause) {
    this.site = site;
    this.requests = requests;
    this.pause = pause;
    for (int i = 0; i < kept + fresh; i++) {
      var thread = new Thread(i < kept ? this::keepOpen : this::openEachTime, "load-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  private void keepOpen() {
    try (var connection = new Connection(site)) {
      work(connection::ask, false);
    }
  }

  private void openEachTime() {
    work(
        (method, path, json) -> {
          try (var connection = new Connection(site)) {
            return connection.ask(method, path, json, "Connection: close");
          }
        },
        true);
  }

  private void work(Asking asking, boolean each) {
    List<String> paths = requests.reads();
    for (int i = 0; !over; i++) {
      if (i % 2 == 0) {
        one(asking, each, "GET", paths.get(i / 2 % paths.size()), null, 200);
      } else {
        one(
            asking,
            each,
            "POST",
            requests.write(),
            requests.body().formatted(UUID.randomUUID()),
            201);
      }
      LockSupport.parkNanos(pause.toNanos());
    }
  }

  private void one(
      Asking asking, boolean each, String method, String path, String json, int expected) {
    Instant start = Instant.now();
    try {
      Connection.Answer answer = asking.ask(method, path, json);
      if (answer.status() != expected) {
        throw new IOException("status " + answer.status() + " " + answer.body().strip());
      }
      answered(new Waits.Wait(start, Duration.between(start, Instant.now())), each, path, answer);
    } catch (IOException e) {
      failed(
          "%s %s%s: %s"
              .formatted(method, path, each ? ", on a connection of its own" : "", e.getMessage()));
    }
  }

  private synchronized void answered(
      Waits.Wait wait, boolean each, String path, Connection.Answer answer) {
    waits.add(wait);
    if (each) {
      alone++;
    }
    if (answer.status() == 201) {
      writes++;
    } else {
      reads++;
    }
    Matcher version = VERSION.matcher(answer.body());
    if (path.equals(requests.version()) && version.find()) {
      versions.add(version.group(1));
    }
  }

  private synchronized void failed(String what) {
    failures.add(Instant.now() + " " + what);
    // A site that is gone for good would be asked without a pause.
    over = failures.size() >= MANY;
  }

  /** Requests that were answered well. */
  synchronized int answered() {
    return reads + writes;
  }

  synchronized int reads() {
    return reads;
  }

  synchronized int writes() {
    return writes;
  }

  /** Those of them that had a connection of their own. */
  synchronized int alone() {
    return alone;
  }

  synchronized List<String> failures() {
    return List.copyOf(failures);
  }

  /** Which versions have answered. */
  synchronized Set<String> versions() {
    return new TreeSet<>(versions);
  }

  /** How long the requests had to wait that were begun in this time. */
  synchronized Waits waits(Instant from, Instant to) {
    return Waits.of(
        waits.stream()
            .filter(wait -> !wait.at().isBefore(from) && !wait.at().isAfter(to))
            .toList());
  }

  /** Waits until so many requests were answered, one of them failed, or the time is over. */
  void await(int requests, Duration limit) throws InterruptedException {
    Instant end = Instant.now().plus(limit);
    while (answered() < requests && failures().isEmpty() && Instant.now().isBefore(end)) {
      Thread.sleep(50);
    }
  }

  @Override
  public void close() throws InterruptedException {
    over = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
