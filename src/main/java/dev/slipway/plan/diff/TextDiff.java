package dev.slipway.plan.diff;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import java.util.ArrayList;
import java.util.List;

/** What is different between two texts, line by line, as {@code diff -u} shows it. */
final class TextDiff {

  private static final int CONTEXT = 3;

  /** The lines that name the files. */
  private static final int NAMES = 2;

  private TextDiff() {}

  /** The hunks, without the lines that name the files; nothing when the texts are the same. */
  static List<String> of(String before, String after) {
    var lines = lines(before);
    var diff =
        UnifiedDiffUtils.generateUnifiedDiff(
            "", "", lines, DiffUtils.diff(lines, lines(after)), CONTEXT);
    return diff.stream().skip(NAMES).map(TextDiff::withNothingAtLineZero).toList();
  }

  /**
   * The library counts a side without lines from 1, where {@code diff} and {@code patch} have 0.
   */
  private static String withNothingAtLineZero(String line) {
    return line.startsWith("@@ ") ? line.replace("-1,0 ", "-0,0 ").replace("+1,0 ", "+0,0 ") : line;
  }

  private static List<String> lines(String text) {
    if (text.isEmpty()) {
      return List.of();
    }
    var lines = new ArrayList<>(List.of(text.split("\n", -1)));
    if (lines.get(lines.size() - 1).isEmpty()) {
      lines.remove(lines.size() - 1);
    } else {
      lines.set(lines.size() - 1, lines.get(lines.size() - 1) + " [no line break at the end]");
    }
    return lines;
  }
}
