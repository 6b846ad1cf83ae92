package dev.slipway.core;

import java.util.Optional;

/** Names in DNS, as settings give them. */
public final class Domains {
  private static final String NAME =
      "([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]";

  private Domains() {}

  /** Whether a name has the form of a site's. */
  public static boolean isDomain(String name) {
    return name.length() <= 253 && name.matches(NAME);
  }

  /** What is wrong with the name of a site, as a sentence about it, if anything is. */
  public static Optional<String> problem(String name) {
    return isDomain(name)
        ? Optional.empty()
        : Optional.of("\"" + name + "\" is not a domain such as qa.example.com");
  }

  /** The same for a name that may stand for all below it: {@code *.example.com}. */
  public static Optional<String> problemWithPattern(String name) {
    return problem(name.startsWith("*.") ? name.substring(2) : name);
  }
}
