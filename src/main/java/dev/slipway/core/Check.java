package dev.slipway.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Lets a record's constructor look at all of its values before it complains.
 *
 * <pre>{@code
 * new Check().that(keep > 0, "keep", "is 0; keep at least 1").orThrow();
 * }</pre>
 */
public final class Check {
  private final List<Problem> found = new ArrayList<>();

  /** Notes a problem at {@code path} unless {@code holds}. */
  public Check that(boolean holds, String path, String message) {
    if (!holds) {
      found.add(new Problem(path, message));
    }
    return this;
  }

  /** Notes a problem at {@code path} where there is one. */
  public Check none(Optional<String> problem, String path) {
    problem.ifPresent(message -> found.add(new Problem(path, message)));
    return this;
  }

  /** Ends the construction of the record where something was noted. */
  public void orThrow() {
    if (!found.isEmpty()) {
      throw new InvalidSettings(found);
    }
  }
}
