package dev.slipway.core;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what a user probably meant. */
public final class Suggestion {
  private Suggestion() {}

  /** The candidate nearest to what was given, if one is near enough to be a slip of the finger. */
  public static Optional<String> closest(String given, Collection<String> candidates) {
    int limit = Math.max(1, given.length() / 3);
    return candidates.stream()
        // So many edits it takes at least; a very long text would fill the memory to count them.
        .filter(candidate -> Math.abs(given.length() - candidate.length()) <= limit)
        .map(candidate -> new Scored(candidate, distance(lower(given), lower(candidate))))
        .filter(scored -> scored.distance <= limit)
        .min(Comparator.comparingInt(Scored::distance).thenComparing(Scored::candidate))
        .map(Scored::candidate);
  }

  /** The suggestion as the end of a sentence, or nothing. */
  public static String sentence(String given, Collection<String> candidates) {
    return closest(given, candidates)
        .map(candidate -> "; did you mean \"" + candidate + "\"?")
        .orElse("");
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** Edits (insert, delete, replace, swap two neighbours) that turn one text into the other. */
  static int distance(String a, String b) {
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        int replace = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        edits[i][j] = Math.min(replace, Math.min(edits[i - 1][j], edits[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
        }
      }
    }
    return edits[a.length()][b.length()];
  }

  private record Scored(String candidate, int distance) {}
}
