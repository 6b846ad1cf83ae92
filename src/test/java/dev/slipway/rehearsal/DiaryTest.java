package dev.slipway.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What makes a step of a rehearsal a broken one. */
class DiaryTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final Diary diary = new Diary(new PrintStream(written, true));

  @Test
  void aWarningThatNobodyExpectsBreaksTheStep() {
    boolean ok =
        diary.step(
            "release",
            "A release",
            () -> diary.echo("      warning: api@sha256:1 could not be marked as released"));

    assertThat(ok).isFalse();
    assertThat(diary.failures()).isEqualTo(1);
    assertThat(written.toString())
        .contains("nothing warned of what was not expected", "could not be marked as released");
  }

  @Test
  void aWarningThatTheActDeclaresDoesNot() {
    assertThat(
            diary.step(
                "sick",
                "A release that fails",
                List.of("the schema is ahead"),
                () -> diary.echo("  | warning: the schema is ahead of the code")))
        .isTrue();
    assertThat(
            diary.step(
                "later",
                "One that says so itself",
                () -> {
                  diary.echo("warning: a certificate is not there yet");
                  diary.mayWarn("certificate is not there");
                }))
        .isTrue();
  }

  @Test
  void whatOneStepMayPrintTheNextMayNot() {
    diary.step("one", "One", List.of("this"), () -> diary.echo("warning: this"));

    assertThat(diary.step("two", "Two", () -> diary.echo("warning: this"))).isFalse();
  }

  @Test
  void whatOnlySpeaksOfWarningsIsNone() {
    assertThat(
            diary.step(
                "plan",
                "The plan",
                () -> {
                  diary.echo("  warning  balancer-unlogged: an access log says afterwards");
                  diary.echo("0 warnings");
                  diary.echo("forewarning: x");
                }))
        .isTrue();
  }
}
