package dev.slipway.access;

import dev.slipway.core.Check;

/** What a trust policy may be told. It compares exactly, so that a wildcard would match nobody. */
final class Names {
  private static final String NOTHING = "(?!)";

  private Names() {}

  /** A repository as GitHub writes it. */
  static void repository(Check check, String path, String name) {
    if (isRepository(name)) {
      return;
    }
    // What people paste: the address of its page or of its clone.
    var meant =
        name.strip()
            .replaceFirst("(?i)^(https?://|ssh://)?(git@)?(www\\.)?github\\.com[/:]", "")
            .replaceFirst("/+$", "")
            .replaceFirst("(?i)(\\.git)+$", "");
    exact(
        check,
        path,
        name,
        NOTHING,
        isRepository(meant)
            ? "a repository as tokens of workflows name it; write " + meant
            : "a repository such as my-company/slipway");
  }

  /** GitHub's own rules: no name of a repository ends with .git, and none is a dot or two. */
  private static boolean isRepository(String name) {
    return name.matches("[A-Za-z0-9](-?[A-Za-z0-9]){0,38}/[A-Za-z0-9._-]{1,100}")
        && !name.matches("(?i).*(\\.git|/\\.{1,2})");
  }

  /** An environment; those with other characters reach AWS in an encoding. */
  static void environment(Check check, String path, String name) {
    exact(check, path, name, "[A-Za-z0-9._-]{1,100}", "an environment such as staging");
  }

  /** A number that GitHub gave. */
  static void number(Check check, String path, String number) {
    exact(check, path, number, "[1-9][0-9]{0,19}", "a number that GitHub gave");
  }

  /** A name of ours, which becomes part of a role's. */
  static void own(Check check, String path, String name) {
    exact(check, path, name, "[a-z][a-z0-9-]{0,29}", "a name of at most 30 of a-z, 0-9 and -");
  }

  private static void exact(Check check, String path, String given, String form, String what) {
    if (given.matches(".*[*?].*")) {
      check.that(
          false,
          path,
          "\""
              + given
              + "\" has a wildcard, and roles are for whom they name exactly; write it out");
    } else {
      check.that(given.matches(form), path, "\"" + given + "\" is not " + what);
    }
  }
}
