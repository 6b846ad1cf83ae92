package dev.slipway.database;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WindowTest {

  @ParameterizedTest
  @CsvSource({
    "03:00-04:00, sun:03:30-sun:04:30, true",
    "03:00-04:00, sun:04:00-sun:05:00, false",
    "23:30-00:30, mon:00:00-mon:00:30, true",
    "23:30-00:30, mon:00:30-mon:01:00, false",
    "00:10-01:00, sun:23:30-mon:00:20, true"
  })
  void overlapsAnother(String daily, String weekly, boolean overlaps) {
    assertThat(Window.daily(daily).orElseThrow().overlaps(Window.weekly(weekly).orElseThrow()))
        .isEqualTo(overlaps);
  }

  @ParameterizedTest
  @ValueSource(strings = {"03:00", "3:00-4:00", "03:00-03:20", "03:00-03:00", "24:00-25:00", ""})
  void isHalfAnHourOrMoreOfADay(String text) {
    assertThat(Window.daily(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sun:03:00", "Sun:03:00-Sun:04:00", "sun:03:00-sun:03:10", "03:00-04:00"})
  void isHalfAnHourOrMoreOfAWeek(String text) {
    assertThat(Window.weekly(text)).isEmpty();
  }

  @Test
  void goesOverMidnight() {
    assertThat(Window.daily("23:30-00:30")).contains(new Window(1410, 60, 1440));
  }
}
