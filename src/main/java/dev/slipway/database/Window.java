package dev.slipway.database;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A stretch of time in UTC in which RDS may do something: every day, or once a week. */
record Window(int start, int minutes, int cycle) {
  private static final int DAY = 24 * 60;
  private static final int WEEK = 7 * DAY;
  private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");
  private static final String TIME = "([01][0-9]|2[0-3]):([0-5][0-9])";
  private static final String DAY_AND_TIME = "(" + String.join("|", DAYS) + "):" + TIME;
  private static final Pattern DAILY = Pattern.compile(TIME + "-" + TIME);
  private static final Pattern WEEKLY = Pattern.compile(DAY_AND_TIME + "-" + DAY_AND_TIME);

  /** RDS takes no shorter one. */
  private static final int SHORTEST = 30;

  /** Such as {@code 03:00-04:00}; empty where it isn't one. */
  static Optional<Window> daily(String text) {
    var parts = DAILY.matcher(text);
    return parts.matches()
        ? between(time(parts.group(1), parts.group(2)), time(parts.group(3), parts.group(4)), DAY)
        : Optional.empty();
  }

  /** Such as {@code sun:04:30-sun:05:30}; empty where it isn't one. */
  static Optional<Window> weekly(String text) {
    var parts = WEEKLY.matcher(text);
    return parts.matches()
        ? between(
            DAYS.indexOf(parts.group(1)) * DAY + time(parts.group(2), parts.group(3)),
            DAYS.indexOf(parts.group(4)) * DAY + time(parts.group(5), parts.group(6)),
            WEEK)
        : Optional.empty();
  }

  private static int time(String hours, String minutes) {
    return Integer.parseInt(hours) * 60 + Integer.parseInt(minutes);
  }

  private static Optional<Window> between(int start, int end, int cycle) {
    int minutes = Math.floorMod(end - start, cycle);
    return minutes >= SHORTEST ? Optional.of(new Window(start, minutes, cycle)) : Optional.empty();
  }

  /** Whether the two are ever open at once. */
  boolean overlaps(Window other) {
    for (int at = 0; at < WEEK; at++) {
      if (contains(at) && other.contains(at)) {
        return true;
      }
    }
    return false;
  }

  private boolean contains(int at) {
    return Math.floorMod(at - start, cycle) < minutes;
  }
}
