package dev.slipway.storage;

import dev.slipway.core.Check;
import java.util.List;
import java.util.TreeSet;

/** What a stack calls the buckets of its application. */
public final class BucketNames {
  private BucketNames() {}

  /** Notes what is wrong with the names that a setting gives. */
  public static void check(Check check, String path, List<String> names) {
    check.that(!names.isEmpty(), path, "is empty; name at least one");
    for (int i = 0; i < names.size(); i++) {
      var name = names.get(i);
      check.that(
          name.matches("[a-z][a-z0-9]*(-[a-z0-9]+)*") && name.length() <= 20,
          path + "[" + i + "]",
          "\""
              + name
              + "\" is not a name of at most 20 of a-z, 0-9 and single hyphens within, a letter"
              + " first");
    }
    check.that(new TreeSet<>(names).size() == names.size(), path, names + " names one twice");
  }
}
