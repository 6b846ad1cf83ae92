package dev.slipway.core;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** Variables of an environment, as settings give them. */
public final class Variables {
  /** What a shell takes as the name of one. */
  public static final String NAME = "[A-Za-z_][A-Za-z0-9_]*";

  private Variables() {}

  /** Finds what is given more than once, which only one value can win. */
  public static void checkOnce(Check check, List<String> given) {
    var seen = new HashSet<String>();
    given.forEach(
        name -> check.that(seen.add(name), "environment", name + " is given more than once"));
  }

  /**
   * What is wrong with a value, as a sentence about it, if anything is. Values travel as they are,
   * in no file that something has to read: quotes, dollar signs, blanks and line breaks stay.
   */
  public static Optional<String> problemWithValue(String value) {
    return value.matches("(?s).*[\\p{Cntrl}&&[^\\n\\t]].*")
        ? Optional.of("has a control character, which no environment can hold unharmed")
        : Optional.empty();
  }
}
