package dev.slipway.core;

import com.pulumi.exceptions.RunException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Collects what is wrong, so that a user reads all of it at once and before anything is made. */
public final class Problems {
  private final List<Problem> found = new ArrayList<>();

  /** Notes one problem. */
  public void add(String path, String message) {
    found.add(new Problem(path, message));
  }

  void addAll(String parent, List<Problem> problems) {
    problems.forEach(problem -> found.add(problem.under(parent)));
  }

  /** Notes one problem. */
  public void add(Problem problem) {
    found.add(problem);
  }

  /** What is made, unless it refuses to be: then its problems are noted. */
  public <T> Optional<T> collect(Supplier<T> made) {
    try {
      return Optional.of(made.get());
    } catch (InvalidSettings invalid) {
      found.addAll(invalid.problems());
      return Optional.empty();
    }
  }

  /** What was noted, in the order of the settings. */
  public List<Problem> found() {
    return List.copyOf(found);
  }

  public boolean isEmpty() {
    return found.isEmpty();
  }

  /**
   * Ends the program where there are problems. The engine prints the message of a {@link
   * RunException} alone, without a stack trace.
   */
  public void report(String stack) {
    if (!found.isEmpty()) {
      throw new RunException(text(stack));
    }
  }

  /** The report as a user reads it. */
  public String text(String stack) {
    var text = new StringBuilder("Pulumi." + stack + ".yaml has ");
    text.append(found.size()).append(found.size() == 1 ? " problem:" : " problems:");
    found.forEach(problem -> text.append("\n  ").append(problem));
    return text.toString();
  }
}
