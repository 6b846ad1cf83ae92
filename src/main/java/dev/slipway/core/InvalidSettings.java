package dev.slipway.core;

import java.util.List;

/** What a settings record throws from its constructor: every problem that it found in itself. */
public final class InvalidSettings extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  InvalidSettings(List<Problem> problems) {
    super(String.join("; ", problems.stream().map(Problem::toString).toList()));
    this.problems = List.copyOf(problems);
  }

  /** The problems, with paths relative to the record that threw. */
  public List<Problem> problems() {
    return problems;
  }
}
