package dev.slipway.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Problems;
import dev.slipway.core.SettingsBinder;
import dev.slipway.database.PostgresSettings;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DumpSettingsTest {
  static DumpSettings settings(Map<String, String> given) {
    return new SettingsBinder("slipway", new Problems())
        .bind(DumpSettings.class, given)
        .orElseThrow();
  }

  private static PostgresSettings database(String version) {
    return new SettingsBinder("slipway", new Problems())
        .bind(PostgresSettings.class, Map.of("version", version))
        .orElseThrow();
  }

  @Test
  void refuseNumbersThatDoNotFit() {
    assertThatThrownBy(
            () -> new DumpSettings(Optional.of("0 1 1 * SUN"), 0, 60, 10, 1, false, true))
        .hasMessageContainingAll(
            "schedule: \"0 1 1 * SUN\"",
            "keepDays: 0 is not from 1 to 3650",
            "maxGiB: 60 is not from 1 to 50",
            "maxUnpackedGiB: 10 is not from maxGiB, 60, to 200",
            "timeoutMinutes: 1 is not from 5 to 330");
  }

  @Test
  void takeNoDatabaseThatIsNewerThanTheHostsClient() {
    assertThat(settings(Map.of()).problemWith(database("16"))).isEmpty();
    assertThat(settings(Map.of()).problemWith(database("17")))
        .hasValueSatisfying(
            problem ->
                assertThat(problem)
                    .startsWith("\"17\" is newer than the PostgreSQL client of hosts, 16"));
  }

  @Test
  void sayHowLongThereMayBeNoDump() {
    assertThat(settings(Map.of()).longestHoursWithout()).isEmpty();
    assertThat(settings(Map.of("schedule", "17 1 * * *")).longestHoursWithout()).contains(26);
    assertThat(settings(Map.of("schedule", "17 1 * * SUN,WED")).longestHoursWithout()).contains(98);
  }

  @Test
  void refuseASchedulesPauseThatNoAlarmSees() {
    assertThatThrownBy(
            () -> new DumpSettings(Optional.of("17 1 * * SUN"), 14, 10, 20, 120, false, true))
        .hasMessageContaining(
            "schedule: \"17 1 * * SUN\" makes no dump for 168 hours, and an alarm of CloudWatch's"
                + " looks back at 168");
  }
}
