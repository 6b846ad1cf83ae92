package dev.slipway.rehearsal;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/** The operator's diary: what was done, how long it took, how it ended. */
final class Diary {

  /** Something the rehearsal expected did not happen. */
  static final class Broken extends RuntimeException {
    Broken(String message) {
      super(message);
    }
  }

  /** The body of a step. */
  interface Body {
    void run() throws Exception;
  }

  private record Entry(String name, String title, Duration took, boolean ok, String cause) {}

  private final PrintStream out;
  private final Instant begun = Instant.now();
  private final List<Entry> entries = new ArrayList<>();
  private int checks;
  private int failures;
  private final List<String> warnings = new ArrayList<>();
  private final List<String> expected = new ArrayList<>();
  private volatile boolean interrupted;

  /** What hosts, scripts and the engine begin a warning with. */
  private static final Pattern WARNING = Pattern.compile("(?:^|[\\s|])warning: (.*)");

  Diary(PrintStream out) {
    this.out = out;
  }

  /**
   * Runs one step; says whether it went well, so that a caller can stop when nothing can follow.
   */
  boolean step(String name, String title, Body body) {
    return step(name, title, List.of(), body);
  }

  /**
   * The same of a step in which there may be warnings; every other one breaks it. A warning that is
   * printed and passed over is how a fault stays.
   *
   * @param mayWarn a part of each warning that may be printed
   */
  boolean step(String name, String title, List<String> mayWarn, Body body) {
    goOn();
    synchronized (warnings) {
      warnings.clear();
      expected.clear();
      expected.addAll(mayWarn);
    }
    out.printf("%n%s  %s%n", clock(), title);
    Instant start = Instant.now();
    int failuresBefore = failures;
    String cause = null;
    try {
      body.run();
    } catch (Exception e) {
      goOn();
      failures++;
      cause = e instanceof Broken ? e.getMessage() : e.toString();
      out.println("        FAILED " + cause.replace("\n", "\n               "));
      if (!(e instanceof Broken)) {
        e.printStackTrace(out);
      }
    }
    List<String> unexpected = unexpected();
    if (!unexpected.isEmpty()) {
      check(false, "nothing warned of what was not expected", String.join("\n", unexpected));
    }
    boolean ok = failures == failuresBefore;
    var took = Duration.between(start, Instant.now());
    entries.add(new Entry(name, title, took, ok, cause));
    out.printf("        %s in %s%n", ok ? "done" : "broken", seconds(took));
    out.flush();
    return ok;
  }

  /** Writes a line of what is seen. */
  void note(String line) {
    goOn();
    out.println("        " + line);
  }

  /** From now to its end the step may print warnings in which this is. */
  void mayWarn(String part) {
    synchronized (warnings) {
      expected.add(part);
    }
  }

  /** Takes note of the warnings in what a tool has printed. */
  private void hear(String line) {
    var warning = WARNING.matcher(line);
    if (warning.find()) {
      synchronized (warnings) {
        warnings.add(warning.group(1).strip());
      }
    }
  }

  private List<String> unexpected() {
    synchronized (warnings) {
      return warnings.stream()
          .filter(warning -> expected.stream().noneMatch(warning::contains))
          .distinct()
          .toList();
    }
  }

  /** Writes a line of a tool's own output, indented further; its warnings are taken note of. */
  void echo(String line) {
    if (interrupted) {
      return;
    }
    hear(line);
    out.println("        | " + line);
  }

  /** One thing that must be true, counted as one of the rehearsal's checks. */
  void check(boolean holds, String claim, Object seen) {
    goOn();
    checks++;
    if (holds) {
      out.println("        ok      " + claim);
    } else {
      failures++;
      out.println("        BROKEN  " + claim);
      out.println(
          "                seen: " + String.valueOf(seen).replace("\n", "\n                "));
    }
  }

  /**
   * Nothing secret is in any of these texts, of which none may be empty.
   *
   * @param secrets values by what they are
   * @param places texts by where they were found
   */
  void checkAbsent(Map<String, String> secrets, Map<String, String> places) {
    secrets.forEach(
        (secret, value) ->
            places.forEach(
                (place, text) ->
                    check(
                        text.length() > 100 && !text.contains(value),
                        secret + " is not in " + place,
                        text.length() > 100 ? "it is" : "there is nothing to look at: " + text)));
  }

  void checkEquals(Object expected, Object seen, String claim) {
    check(expected.equals(seen), claim, "expected " + expected + ", got " + seen);
  }

  /**
   * The scenario is over: who would write on waits here for the end of the program, since what now
   * fails has been taken away and would only be called broken.
   */
  void interrupt() {
    interrupted = true;
  }

  /** Returns unless the scenario was interrupted; then it never does. */
  void goOn() {
    while (interrupted) {
      LockSupport.park();
    }
  }

  /** The table at the end. */
  void summary() {
    out.printf("%n%s  Summary%n", clock());
    for (Entry entry : entries) {
      out.printf(
          "        %-8s %8s  %-14s %s%n",
          entry.ok() ? "ok" : "FAILED", seconds(entry.took()), entry.name(), entry.title());
    }
    out.printf(
        "        %d checks in %s%n", checks, seconds(Duration.between(begun, Instant.now())));
  }

  /** A word and what is to be said of it, broken into lines. */
  void paragraph(String word, String text) {
    var lines = new StringBuilder();
    int column = 0;
    for (String next : text.split(" ")) {
      if (column > 0 && column + next.length() >= 84) {
        lines.append(String.format("%n%-19s", ""));
        column = 0;
      }
      lines.append(column == 0 ? "" : " ").append(next);
      column += next.length() + 1;
    }
    out.printf("        %-11s%s%n", word, lines);
  }

  boolean failed() {
    return failures > 0;
  }

  int checks() {
    return checks;
  }

  int failures() {
    return failures;
  }

  private String clock() {
    long s = Duration.between(begun, Instant.now()).toSeconds();
    return String.format("[%02d:%02d]", s / 60, s % 60);
  }

  private static String seconds(Duration d) {
    return d.toMillis() < 10_000
        ? String.format("%.1f s", d.toMillis() / 1000.0)
        : d.toSeconds() + " s";
  }
}
