package dev.slipway.core;

import java.util.Optional;

/** Variables of an environment, as settings give them. */
public final class Variables {
  /** What a shell takes as the name of one. */
  public static final String NAME = "[A-Za-z_][A-Za-z0-9_]*";

  private Variables() {}

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
