package dev.slipway.host;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.Optional;

/** Between which numbers hosts come and go by themselves. */
public record ScalingSettings(
    @Setting(value = "The fewest hosts.", or = "1") int min,
    @Setting(
            value = "The most hosts, by which the database's connections are counted.",
            example = "4")
        int max,
    @Setting(
            value =
                "How busy processors are kept on average, in percent; AWS makes two alarms for it."
                    + " 60 where requestsPerHost isn't given either.",
            example = "60")
        Optional<Integer> cpuPercent,
    @Setting(
            value =
                "How many requests a host gets in a minute, on average, in place of cpuPercent: of"
                    + " each app, since the load balancer counts them so. The app with the most"
                    + " decides how many hosts there are. AWS makes two alarms for each app.",
            example = "600")
        Optional<Integer> requestsPerHost) {

  /** More than these are no fleet that is released one after another. */
  static final int MOST = 20;

  private static final int USUAL_CPU_PERCENT = 60;

  public ScalingSettings {
    new Check()
        .that(min >= 1, "min", min + " is less than 1")
        .that(
            max > min && max <= MOST,
            "max",
            "%d is not from more than min, %d, to %d".formatted(max, min, MOST))
        .that(
            cpuPercent.map(percent -> percent >= 10 && percent <= 90).orElse(true),
            "cpuPercent",
            cpuPercent.orElse(0) + " is not from 10 to 90")
        .that(
            requestsPerHost.map(requests -> requests >= 1 && requests <= 1000000).orElse(true),
            "requestsPerHost",
            requestsPerHost.orElse(0) + " is not from 1 to 1000000")
        .that(
            cpuPercent.isEmpty() || requestsPerHost.isEmpty(),
            "requestsPerHost",
            "and cpuPercent are both given, and hosts come and go by one of them; take one out")
        .orThrow();
    if (requestsPerHost.isEmpty()) {
      cpuPercent = cpuPercent.or(() -> Optional.of(USUAL_CPU_PERCENT));
    }
  }
}
