package dev.slipway.aws;

import java.util.regex.Pattern;

/**
 * How long a name may be on AWS, and of which characters, from the API references' "Length
 * Constraints" and "Pattern".
 *
 * @param form the whole of it as a regular expression
 */
public record NameLimit(int least, int most, Pattern form) {
  /** What the provider appends to a prefix. */
  static final int APPENDED = 26;

  /** RDS, ElastiCache and MemoryDB: a letter first, no two hyphens together and none at the end. */
  static final String IDENTIFIER = "[A-Za-z](-?[A-Za-z0-9])*";

  static final String IDENTIFIER_PREFIX = IDENTIFIER + "-?";

  static NameLimit of(int least, int most, String form) {
    return new NameLimit(least, most, Pattern.compile(form));
  }
}
