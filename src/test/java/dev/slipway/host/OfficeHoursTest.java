package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OfficeHoursTest {
  @Test
  void knowsTheLongestTimeThatTheHostIsStopped() {
    assertThat(
            new OfficeHours("0 20 * * MON-FRI", "0 6 * * MON-FRI", "Europe/Berlin")
                .longestStopHours())
        .isEqualTo(58);
  }

  @Test
  void refusesWhatEventBridgeOrTheWorldDoesNotKnow() {
    assertThatThrownBy(() -> new OfficeHours("0 20 1 * MON", "0 6 * *", "Europe/Berln"))
        .hasMessageContainingAll(
            "stop: \"0 20 1 * MON\" restricts both",
            "start: \"0 6 * *\" has 4 fields",
            "timezone: \"Europe/Berln\" is not a time zone");
  }
}
