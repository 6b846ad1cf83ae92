package dev.slipway.registry;

import java.util.Optional;

/** What the tags of one image begin with, where a registry holds several. */
public final class TagPrefix {
  private TagPrefix() {}

  /** What is wrong with a prefix, if anything is. */
  public static Optional<String> problem(String prefix) {
    return prefix.matches("[a-z0-9]+([._-][a-z0-9]+)*[._-]") && prefix.length() <= 40
        ? Optional.empty()
        : Optional.of(
            "\""
                + prefix
                + "\" is not up to 40 of a-z, 0-9 and single ._- within, with one of ._- at its end,"
                + " such as backend-");
  }

  /** Whether no tag begins with both. */
  public static boolean tellApart(String one, String other) {
    return !one.startsWith(other) && !other.startsWith(one);
  }
}
