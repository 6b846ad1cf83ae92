package dev.slipway.plan.diff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class TextDiffTest {

  private static final Pattern HUNK = Pattern.compile("@@ -(\\d+),(\\d+) \\+(\\d+),(\\d+) @@");

  @Test
  void isEmptyForTheSameText() {
    assertThat(TextDiff.of("one\ntwo\n", "one\ntwo\n")).isEmpty();
  }

  @Test
  void showsAChangeWithThreeLinesAround() {
    assertThat(TextDiff.of("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"))
        .containsExactly("@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8");
  }

  @Test
  void countsANewTextFromNothing() {
    assertThat(TextDiff.of("", "one\ntwo\n")).containsExactly("@@ -0,0 +1,2 @@", "+one", "+two");
    assertThat(TextDiff.of("one\ntwo\n", "")).containsExactly("@@ -1,2 +0,0 @@", "-one", "-two");
  }

  @Test
  void tellsWhereALineBreakIsMissing() {
    assertThat(TextDiff.of("one\n", "one"))
        .containsExactly("@@ -1,1 +1,1 @@", "-one", "+one [no line break at the end]");
  }

  @Test
  void leadsFromOneTextToTheOther() {
    var random = new Random(4);
    for (int round = 0; round < 200; round++) {
      var before = lines(random);
      var after = lines(random);

      assertThat(applied(before, TextDiff.of(text(before), text(after))))
          .as("from %s to %s", before, after)
          .isEqualTo(after);
    }
  }

  @Test
  void takesTextsThatHaveNothingInCommon() {
    var before = "a\n".repeat(3000);
    var after = "b\n".repeat(3000);

    assertThat(TextDiff.of(before, after)).hasSize(6001);
  }

  private static List<String> lines(Random random) {
    var result = new ArrayList<String>();
    for (int i = random.nextInt(30); i > 0; i--) {
      result.add(String.valueOf((char) ('a' + random.nextInt(4))));
    }
    return result;
  }

  private static String text(List<String> lines) {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }

  /** As {@code patch} would, trusting the heads of the hunks alone. */
  private static List<String> applied(List<String> before, List<String> diff) {
    var result = new ArrayList<String>();
    int at = 0;
    for (var line : diff) {
      var head = HUNK.matcher(line);
      if (head.matches()) {
        int start = Integer.parseInt(head.group(1)) - (head.group(2).equals("0") ? 0 : 1);
        result.addAll(before.subList(at, start));
        at = start;
        assertThat(result.size())
            .isEqualTo(Integer.parseInt(head.group(3)) - (head.group(4).equals("0") ? 0 : 1));
      } else if (line.startsWith("+")) {
        result.add(line.substring(1));
      } else {
        assertThat(before.get(at++)).isEqualTo(line.substring(1));
        if (line.startsWith(" ")) {
          result.add(line.substring(1));
        }
      }
    }
    result.addAll(before.subList(at, before.size()));
    return result;
  }
}
