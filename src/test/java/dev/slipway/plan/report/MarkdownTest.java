package dev.slipway.plan.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What nobody vouches for stays where it is put. */
class MarkdownTest {

  @Test
  void writesWhatMeansSomethingByItsNumber() {
    assertThat(Markdown.code("</code><img src=x onerror=alert(1)> | `x` **b** [l](u) @team #1"))
        .isEqualTo(
            "<code>&#60;/code&#62;&#60;img src=x onerror=alert&#40;1&#41;&#62; &#124; &#96;x&#96;"
                + " &#42;&#42;b&#42;&#42; &#91;l&#93;&#40;u&#41; &#64;team &#35;1</code>");
  }

  @Test
  void keepsATextInItsLine() {
    assertThat(Markdown.code("one\n\n# two\r\n- three"))
        .isEqualTo("<code>one &#35; two - three</code>");
    assertThat(Markdown.code("x".repeat(1000))).hasSizeLessThan(400).endsWith("x…</code>");
  }

  @Test
  void fencesWithMoreBackticksThanThereAre() {
    assertThat(Markdown.fence("diff", List.of("+ ````", "- ``")))
        .isEqualTo("`````diff\n+ ````\n- ``\n`````\n");
    assertThat(Markdown.fence("", List.of("plain"))).isEqualTo("```\nplain\n```\n");
  }

  @Test
  void makesNoLineOutOfAReturn() {
    assertThat(Markdown.fence("", List.of("a\r```\rb")).split("\n"))
        .containsExactly("````", "a", "```", "b", "````");
  }

  @Test
  void showsWhatWouldTurnTextAround() {
    assertThat(Markdown.fence("", List.of("a\u202eb\u001b[31m"))).contains("a\\u202eb\\u001b[31m");
    assertThat(Markdown.code("a\u2066b")).isEqualTo("<code>a&#92;u2066b</code>");
  }

  @Test
  void countsTheLinesThatItLeavesOut() {
    var lines = IntStream.range(0, 10).mapToObj(String::valueOf).toList();

    assertThat(Markdown.capped(lines, 10, 100)).isEqualTo(lines);
    assertThat(Markdown.capped(lines, 2, 100)).containsExactly("0", "1", "… and 8 more lines");
    assertThat(Markdown.capped(lines, 100, 6)).containsExactly("0", "1", "2", "… and 7 more lines");
  }

  @Test
  void endsBelowItsLimitAndSaysWhatIsLeftOut() {
    var page = new Markdown(5_000);
    var items = IntStream.range(0, 1000).mapToObj(i -> "- item " + i + "\n").toList();

    page.section("many", "", items, 1);
    page.section("few", "", List.of("- last\n"), 0);

    assertThat(page.toString())
        .hasSizeLessThan(5_000)
        .contains("- item 0\n", "of 1000 left out", "<summary>few</summary>", "- last\n");
    assertThat(page.toString().split("<details>", -1)).hasSize(3);
    assertThat(page.toString().split("</details>", -1)).hasSize(3);
  }

  @Test
  void leavesAnEmptyPartOut() {
    var page = new Markdown(5_000);

    page.section("none", "| head |\n", List.of(), 0);

    assertThat(page.toString()).isEmpty();
  }
}
