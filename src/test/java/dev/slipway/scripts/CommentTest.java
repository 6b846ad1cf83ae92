package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommentTest {
  @TempDir Path root;
  private Workplace place;
  private FakeGitHub github;

  @BeforeEach
  void start() {
    place = new Workplace(root);
    github = new FakeGitHub(place);
  }

  @AfterEach
  void stop() {
    github.close();
  }

  private Workplace.Ended comment(String text, String... words) {
    place.file("text.md", text);
    var line = new java.util.ArrayList<>(java.util.List.of("--marker", "preview"));
    line.addAll(java.util.List.of(words));
    line.add("text.md");
    return place.run("comment.sh", line.toArray(String[]::new));
  }

  @Test
  void theSecondRunChangesTheCommentOfTheFirst() {
    assertThat(comment("one", "--pull", "7").exit()).isZero();
    assertThat(comment("two", "--pull", "7").exit()).isZero();

    assertThat(github.comments).hasSize(1);
    assertThat(github.comments.get(100).get("body").getAsString())
        .isEqualTo("<!-- slipway:preview -->\ntwo\n");
    assertThat(github.writes).hasSize(2).last().asString().startsWith("PATCH");
  }

  @Test
  void whatSomebodyElseWroteIsLeftAlone() {
    github.comment(1, "mallory", "<!-- slipway:preview -->\nmine");
    github.comment(2, "github-actions[bot]", "<!-- slipway:drift -->\nanother");

    assertThat(comment("one", "--pull", "7").exit()).isZero();

    assertThat(github.comments.get(1).get("body").getAsString()).endsWith("mine");
    assertThat(github.comments.get(2).get("body").getAsString()).endsWith("another");
    assertThat(github.comments).hasSize(3);
  }

  @Test
  void aTextThatGitHubWouldRefuseIsCutAtALineAndSaysSo() {
    assertThat(
            comment("```\n" + "a line of the plan\n".repeat(9000) + "```\n", "--pull", "7").exit())
        .isZero();

    String body = github.comments.get(100).get("body").getAsString();
    assertThat(body.length()).isBetween(60_000, 65_536);
    assertThat(body).contains("a line of the plan\n```\n\n*Cut here");
  }

  @Test
  void anIssueIsOpenedOnceThenChangedThenClosed() {
    comment("drifted", "--issue", "Drift");
    comment("drifted more", "--issue", "Drift, again");

    assertThat(github.issues).hasSize(1);
    assertThat(github.issues.get(100).get("title").getAsString()).isEqualTo("Drift, again");
    assertThat(github.issues.get(100).get("body").getAsString()).contains("drifted more");

    assertThat(comment("all is well", "--close").output()).contains("closed #100");
    assertThat(github.issues.get(100).get("state").getAsString()).isEqualTo("closed");
    assertThat(github.comments).hasSize(1);

    assertThat(comment("all is well", "--close").output()).contains("no issue preview is open");
    comment("drifted anew", "--issue", "Drift");
    assertThat(github.issues).hasSize(2);
  }

  @Test
  void aWrongCommandLineAsksNothingOfGitHub() {
    var ended =
        place.run("comment.sh", "--marker", "A B", "--pull", "x", "--issue", "t", "no-file");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors()).contains("4 problems", "\"A B\"", "\"x\"", "\"no-file\"");
    assertThat(place.calls()).isEmpty();
  }
}
