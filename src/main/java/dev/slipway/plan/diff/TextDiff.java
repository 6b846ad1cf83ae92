package dev.slipway.plan.diff;

import java.util.ArrayList;
import java.util.List;

/** What is different between two texts, line by line, as {@code diff -u} shows it. */
final class TextDiff {

  private static final int CONTEXT = 3;

  /** More than this many comparisons are not worth the time: the whole middle is then replaced. */
  private static final long ENOUGH = 4_000_000;

  /** One line; {@code sign} is a space for what both have. */
  private record Line(char sign, String text) {}

  private TextDiff() {}

  /** The hunks, without the lines that name the files; nothing when the texts are the same. */
  static List<String> of(String before, String after) {
    return hunks(script(lines(before), lines(after)));
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

  private static List<Line> script(List<String> before, List<String> after) {
    int head = 0;
    while (head < before.size()
        && head < after.size()
        && before.get(head).equals(after.get(head))) {
      head++;
    }
    int tail = 0;
    while (tail < before.size() - head
        && tail < after.size() - head
        && before.get(before.size() - 1 - tail).equals(after.get(after.size() - 1 - tail))) {
      tail++;
    }
    var result = new ArrayList<Line>();
    before.subList(0, head).forEach(text -> result.add(new Line(' ', text)));
    middle(
        before.subList(head, before.size() - tail),
        after.subList(head, after.size() - tail),
        result);
    before
        .subList(before.size() - tail, before.size())
        .forEach(text -> result.add(new Line(' ', text)));
    return result;
  }

  /** By the longest common subsequence. */
  private static void middle(List<String> before, List<String> after, List<Line> result) {
    if ((long) before.size() * after.size() > ENOUGH) {
      before.forEach(text -> result.add(new Line('-', text)));
      after.forEach(text -> result.add(new Line('+', text)));
      return;
    }
    var common = new int[before.size() + 1][after.size() + 1];
    for (int i = before.size() - 1; i >= 0; i--) {
      for (int j = after.size() - 1; j >= 0; j--) {
        common[i][j] =
            before.get(i).equals(after.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    int i = 0;
    int j = 0;
    while (i < before.size() || j < after.size()) {
      if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
        result.add(new Line(' ', before.get(i)));
        i++;
        j++;
      } else if (i < before.size() && (j == after.size() || common[i + 1][j] >= common[i][j + 1])) {
        result.add(new Line('-', before.get(i++)));
      } else {
        result.add(new Line('+', after.get(j++)));
      }
    }
  }

  private static List<String> hunks(List<Line> script) {
    var result = new ArrayList<String>();
    int before = 1;
    int after = 1;
    int at = 0;
    while (at < script.size()) {
      int first = at;
      while (first < script.size() && script.get(first).sign() == ' ') {
        first++;
      }
      if (first == script.size()) {
        break;
      }
      int from = Math.max(at, first - CONTEXT);
      int to = first;
      for (int i = first; i < script.size() && i <= to + 2 * CONTEXT; i++) {
        if (script.get(i).sign() != ' ') {
          to = i;
        }
      }
      to = Math.min(script.size(), to + 1 + CONTEXT);
      before += from - at;
      after += from - at;
      int removed = 0;
      int added = 0;
      for (var line : script.subList(from, to)) {
        removed += line.sign() == '+' ? 0 : 1;
        added += line.sign() == '-' ? 0 : 1;
      }
      result.add(
          "@@ -%d,%d +%d,%d @@"
              .formatted(
                  removed == 0 ? before - 1 : before,
                  removed,
                  added == 0 ? after - 1 : after,
                  added));
      script.subList(from, to).forEach(line -> result.add(line.sign() + line.text()));
      before += removed;
      after += added;
      at = to;
    }
    return result;
  }
}
