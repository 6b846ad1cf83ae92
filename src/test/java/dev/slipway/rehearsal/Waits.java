package dev.slipway.rehearsal;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * How long requests waited for their answers.
 *
 * @param count how many there were
 */
record Waits(int count, Duration median, Duration most, Duration longest) {

  /** When a request was begun, and how long its answer took. */
  record Wait(Instant at, Duration took) {}

  static Waits of(List<Wait> waits) {
    List<Duration> sorted = waits.stream().map(Wait::took).sorted().toList();
    if (sorted.isEmpty()) {
      return new Waits(0, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    }
    return new Waits(
        sorted.size(), at(sorted, 0.5), at(sorted, 0.99), sorted.get(sorted.size() - 1));
  }

  private static Duration at(List<Duration> sorted, double share) {
    return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }

  @Override
  public String toString() {
    return "%d requests: half of them within %d ms, 99 of 100 within %d ms, the longest %d ms"
        .formatted(count, median.toMillis(), most.toMillis(), longest.toMillis());
  }
}
