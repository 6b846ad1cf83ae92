package dev.slipway.host;

import dev.slipway.core.Check;
import dev.slipway.core.Cron;
import dev.slipway.core.Setting;
import java.time.ZoneId;

/** When the host is stopped to save its hourly price, and when it is started. */
public record OfficeHours(
    @Setting(
            value = "When to back up and then stop, as a cron expression.",
            example = "'0 20 * * MON-FRI'")
        String stop,
    @Setting(value = "When to start, as a cron expression.", example = "'0 6 * * MON-FRI'")
        String start,
    @Setting(value = "The time zone of both.", or = "\"Etc/UTC\"") String timezone) {

  public OfficeHours {
    new Check()
        .none(Cron.problemOfSchedule(stop), "stop")
        .none(Cron.problemOfSchedule(start), "start")
        .that(
            ZoneId.getAvailableZoneIds().contains(timezone),
            "timezone",
            "\"" + timezone + "\" is not a time zone such as Europe/Berlin")
        .orThrow();
  }

  /** The longest time that the host is stopped, in hours. */
  public int longestStopHours() {
    return Cron.parse(stop).longestHoursUntil(Cron.parse(start));
  }
}
