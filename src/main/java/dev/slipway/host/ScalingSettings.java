package dev.slipway.host;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;

/** Between which numbers hosts come and go by themselves. */
public record ScalingSettings(
    @Setting(value = "The fewest hosts.", or = "1") int min,
    @Setting(
            value = "The most hosts, by which the database's connections are counted.",
            example = "4")
        int max,
    @Setting(
            value =
                "How busy processors are kept on average, in percent; AWS makes two alarms for it.",
            or = "60")
        int cpuPercent) {

  /** More than these are no fleet that is released one after another. */
  static final int MOST = 20;

  public ScalingSettings {
    new Check()
        .that(min >= 1, "min", min + " is less than 1")
        .that(
            max > min && max <= MOST,
            "max",
            "%d is not from more than min, %d, to %d".formatted(max, min, MOST))
        .that(
            cpuPercent >= 10 && cpuPercent <= 90,
            "cpuPercent",
            cpuPercent + " is not from 10 to 90")
        .orThrow();
  }
}
