package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronTest {
  private static final LocalDateTime MONDAY = LocalDateTime.of(2026, 1, 5, 0, 0);

  @Test
  void meansTheMinutesThatItSays() {
    var cron = Cron.parse("*/20 6-8 * * MON-FRI");

    assertThat(cron.matches(MONDAY.withHour(6).withMinute(40))).isTrue();
    assertThat(cron.matches(MONDAY.withHour(6).withMinute(41))).isFalse();
    assertThat(cron.matches(MONDAY.withHour(9))).isFalse();
    assertThat(cron.matches(MONDAY.plusDays(5).withHour(6))).isFalse();
  }

  @Test
  void takesEitherDayWhereBothAreRestricted() {
    var cron = Cron.parse("0 0 13 * FRI");

    assertThat(cron.matches(LocalDateTime.of(2026, 1, 13, 0, 0))).isTrue();
    assertThat(cron.matches(LocalDateTime.of(2026, 1, 16, 0, 0))).isTrue();
    assertThat(cron.matches(LocalDateTime.of(2026, 1, 14, 0, 0))).isFalse();
  }

  @Test
  void countsSundayTwice() {
    var sunday = MONDAY.plusDays(6);

    assertThat(Cron.parse("0 0 * * 0").matches(sunday)).isTrue();
    assertThat(Cron.parse("0 0 * * 7").matches(sunday)).isTrue();
    assertThat(Cron.parse("0 0 * * 1-6").matches(sunday)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "0 20 * * MON-FRI, 'cron(0 20 ? * MON,TUE,WED,THU,FRI *)'",
    "0 20 * * 1-5, 'cron(0 20 ? * MON,TUE,WED,THU,FRI *)'",
    "30 6 * * *, 'cron(30 6 * * ? *)'",
    "0 0 1 jan *, 'cron(0 0 1 JAN ? *)'",
    "0 0 * * 7, 'cron(0 0 ? * SUN *)'"
  })
  void isRewrittenForEventBridge(String given, String wanted) {
    assertThat(Cron.parse(given).forEventBridge()).isEqualTo(wanted);
  }

  @Test
  void tellsWhatEventBridgeCannot() {
    assertThatThrownBy(() -> Cron.parse("0 0 1 * MON").forEventBridge())
        .hasMessageContaining("restricts both");
  }

  @Test
  void measuresTheLongestTimeUntilAnother() {
    var stop = Cron.parse("0 20 * * MON-FRI");
    var start = Cron.parse("0 6 * * MON-FRI");

    assertThat(stop.longestHoursUntil(start)).isEqualTo(58);
    assertThat(Cron.parse("0 20 * * *").longestHoursUntil(Cron.parse("30 6 * * *"))).isEqualTo(11);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 2 * *|\"0 2 * *\" has 4 fields; it wants minute, hour, day of month, month and day of"
            + " week",
        "60 2 * * *|\"60 2 * * *\" has the minute \"60\", which is not from 0 to 59",
        "0 2 * * FUN|\"0 2 * * FUN\" has the day of week \"FUN\", which is not from 0 to 7",
        "0 8-6 * * *|\"0 8-6 * * *\" has the hour \"8-6\" backwards",
        "0 1/2/3 * * *|\"0 1/2/3 * * *\" has the hour \"1/2/3\"",
        "*/0 2 * * *|\"*/0 2 * * *\" has the minute \"0\", which is not from 1 to 59",
        "0 , * * *|\"0 , * * *\" has the hour \"\", which is not from 0 to 23"
      })
  void saysWhatIsWrong(String given, String problem) {
    assertThat(Cron.problem(given)).contains(problem);
  }

  @Test
  void findsNothingWrongWithADefault() {
    assertThat(Cron.problem("17 2 * * *")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 2 31 2 * | false",
        "0 2 30 FEB * | false",
        "0 2 31 4,6,9,11 * | false",
        "0 2 29 2 * | true",
        "0 2 31 2,3 * | true",
        "0 2 30-31 2 MON | true",
        "0 2 */31 2 * | true"
      })
  void refusesADayThatNeverComes(String expression, boolean comes) {
    assertThat(Cron.problem(expression).isEmpty()).isEqualTo(comes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "17 2 * * * | 24",
        "0 */6 * * * | 6",
        "0 2 * * SUN | 168",
        "0 2,14 * * * | 12",
        "0 20 * * MON-FRI | 72",
        "0 0 1 * * | 744",
        "0 0 1 1 * | 8784",
        "* * * * * | 1",
        "30 9-17 * * * | 16"
      })
  void knowsTheLongestTimeBetween(String expression, int hours) {
    assertThat(Cron.parse(expression).longestHoursBetween()).isEqualTo(hours);
  }
}
