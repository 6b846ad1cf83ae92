package dev.slipway.rehearsal;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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

  /** Reads in turn with the writes; the version shows who answered. */
  private static final List<String> READS = List.of("/api/version", "/api/notes", "/");

  private static final Pattern VERSION = Pattern.compile("\"version\":\"([^\"]*)\"");

  private final Https.Place site;
  private final Duration pause;
  private final List<Thread> threads = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private final Set<String> versions = new TreeSet<>();
  private int reads;
  private int writes;
  private Duration slowest = Duration.ZERO;
  private volatile boolean over;

  /**
   * @param pause what each of them takes between an answer and the next request
   */
  Load(Https.Place site, int connections, Duration pause) {
    this.site = site;
    this.pause = pause;
    for (int i = 0; i < connections; i++) {
      var thread = new Thread(this::work, "load-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  private void work() {
    try (var connection = new Https(site)) {
      for (int i = 0; !over; i++) {
        Instant begun = Instant.now();
        if (i % 2 == 0) {
          read(connection, READS.get(i / 2 % READS.size()));
        } else {
          write(connection);
        }
        took(Duration.between(begun, Instant.now()));
        LockSupport.parkNanos(pause.toNanos());
      }
    }
  }

  private void read(Https connection, String path) {
    try {
      Https.Answer answer = connection.ask("GET", path, null);
      Matcher version = VERSION.matcher(answer.body());
      need(answer, 200);
      synchronized (this) {
        reads++;
        if (path.equals("/api/version") && version.find()) {
          versions.add(version.group(1));
        }
      }
    } catch (IOException e) {
      failed("GET " + path + ": " + e.getMessage());
    }
  }

  private void write(Https connection) {
    try {
      Https.Answer answer =
          connection.ask("POST", "/api/notes", "{\"text\":\"written under load\"}");
      need(answer, 201);
      synchronized (this) {
        writes++;
      }
    } catch (IOException e) {
      failed("POST /api/notes: " + e.getMessage());
    }
  }

  private static void need(Https.Answer answer, int expected) throws IOException {
    if (answer.status() != expected) {
      throw new IOException("status " + answer.status() + " " + answer.body().strip());
    }
  }

  private synchronized void failed(String what) {
    failures.add(Instant.now() + " " + what);
    // A site that is gone for good would be asked without a pause.
    over = failures.size() >= MANY;
  }

  private synchronized void took(Duration time) {
    slowest = time.compareTo(slowest) > 0 ? time : slowest;
  }

  /** How long the slowest request took, answered or not. */
  synchronized Duration slowest() {
    return slowest;
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

  synchronized List<String> failures() {
    return List.copyOf(failures);
  }

  /** Which versions have answered. */
  synchronized Set<String> versions() {
    return new TreeSet<>(versions);
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
