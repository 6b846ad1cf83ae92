package dev.slipway.core;

import java.util.Optional;

/** Names of branches, as settings give them. */
public final class Branch {
  /**
   * What of git's names is let through: all but quotes, brackets, spaces and what shells read,
   * which nobody misses in a branch.
   */
  private static final String CHARACTERS = "[A-Za-z0-9._/+#@=,%!-]{1,200}";

  private Branch() {}

  /**
   * What is wrong with a branch's name, as a sentence about it, if anything is: the rules of <a
   * href="https://git-scm.com/docs/git-check-ref-format">git check-ref-format --branch</a>.
   */
  public static Optional<String> problem(String name) {
    boolean taken =
        name.matches(CHARACTERS)
            && !name.matches("[-/.].*|.*[/.]|@")
            && !name.matches(".*(\\.\\.|//|/\\.|@\\{).*")
            && !("/" + name + "/").contains(".lock/");
    return taken
        ? Optional.empty()
        : Optional.of("\"" + name + "\" is not the name of a branch, such as feature/a+b");
  }
}
