package dev.slipway.core;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A cron expression of five fields: minute, hour, day of month, month, day of week. */
public final class Cron {
  private static final List<String> MONTHS =
      List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");
  private static final List<String> DAYS = List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

  /** How many days each month has at most. */
  private static final int[] LENGTHS = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

  private final String[] fields;
  private final BitSet minutes;
  private final BitSet hours;
  private final BitSet days;
  private final BitSet months;
  private final BitSet weekdays;

  private Cron(String expression) {
    fields = expression.trim().split("\\s+");
    if (fields.length != 5) {
      throw new IllegalArgumentException(
          "has "
              + fields.length
              + " fields; it wants minute, hour, day of month, month and day"
              + " of week");
    }
    minutes = field("minute", fields[0], 0, 59, List.of(), 0);
    hours = field("hour", fields[1], 0, 23, List.of(), 0);
    days = field("day of month", fields[2], 1, 31, List.of(), 0);
    months = field("month", fields[3], 1, 12, MONTHS, 1);
    weekdays = field("day of week", fields[4], 0, 7, DAYS, 0);
    if (weekdays.get(7)) {
      weekdays.set(0);
      weekdays.clear(7);
    }
    // Where both are restricted, either will do, and a weekday comes in every month.
    boolean byDay = fields[2].startsWith("*") || fields[4].startsWith("*");
    if (byDay && months.stream().noneMatch(month -> days.nextSetBit(1) <= LENGTHS[month - 1])) {
      throw new IllegalArgumentException(
          "names a day that none of its months has, so that it would never come");
    }
  }

  /**
   * @throws IllegalArgumentException saying what is wrong with the expression
   */
  public static Cron parse(String expression) {
    return new Cron(expression);
  }

  /** What is wrong with the expression, as a sentence about it, if anything is. */
  public static Optional<String> problem(String expression) {
    try {
      parse(expression);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("\"" + expression + "\" " + e.getMessage());
    }
  }

  /** The same of an expression that EventBridge takes. */
  public static Optional<String> problemOfSchedule(String expression) {
    return problem(expression)
        .or(
            () -> {
              try {
                parse(expression).forEventBridge();
                return Optional.empty();
              } catch (IllegalArgumentException e) {
                return Optional.of("\"" + expression + "\" " + e.getMessage());
              }
            });
  }

  /** Whether the minute is one of those that are meant. */
  public boolean matches(LocalDateTime at) {
    if (!minutes.get(at.getMinute())
        || !hours.get(at.getHour())
        || !months.get(at.getMonthValue())) {
      return false;
    }
    boolean day = days.get(at.getDayOfMonth());
    boolean weekday =
        weekdays.get(at.getDayOfWeek() == DayOfWeek.SUNDAY ? 0 : at.getDayOfWeek().getValue());
    // cron's oldest surprise: where both are restricted, either will do.
    if (!fields[2].startsWith("*") && !fields[4].startsWith("*")) {
      return day || weekday;
    }
    return day && weekday;
  }

  /**
   * The same for EventBridge, which has a field for the year, wants exactly one {@code ?} of the
   * two day fields, and counts weekdays from 1.
   */
  public String forEventBridge() {
    boolean anyDay = fields[2].equals("*");
    boolean anyWeekday = fields[4].equals("*");
    if (!anyDay && !anyWeekday) {
      throw new IllegalArgumentException(
          "restricts both the day of month and the day of week, which EventBridge can't");
    }
    var weekday = weekdays.stream().mapToObj(DAYS::get).collect(Collectors.joining(","));
    return "cron(%s %s %s %s %s *)"
        .formatted(
            fields[0],
            fields[1],
            anyWeekday ? fields[2] : "?",
            fields[3].toUpperCase(Locale.ROOT),
            anyWeekday ? "?" : weekday);
  }

  /**
   * The longest time in hours, rounded up, from one of these moments to the next of {@code until};
   * both are looked at over nine weeks.
   */
  public int longestHoursUntil(Cron until) {
    var at = LocalDateTime.of(2026, 1, 5, 0, 0);
    long since = -1;
    long longest = 0;
    long minutesInAll = 9L * 7 * 24 * 60;
    for (long minute = 0; minute < minutesInAll; minute++, at = at.plusMinutes(1)) {
      if (until.matches(at)) {
        longest = since < 0 ? longest : Math.max(longest, minute - since);
        since = -1;
      } else if (since < 0 && matches(at)) {
        since = minute;
      }
    }
    return (int) ((longest + 59) / 60);
  }

  /** The longest time in hours, rounded up, from one time to the next, over eight years. */
  public int longestHoursBetween() {
    var day = LocalDate.of(2026, 1, 1);
    int first = hours.nextSetBit(0) * 60 + minutes.nextSetBit(0);
    int last = (hours.length() - 1) * 60 + minutes.length() - 1;
    long longest = longestOfADay();
    long before = -1;
    for (long number = 0; number < 8 * 366; number++, day = day.plusDays(1)) {
      if (matches(day.atStartOfDay().plusMinutes(first))) {
        if (before >= 0) {
          longest = Math.max(longest, (number - before) * 24 * 60 - last + first);
        }
        before = number;
      }
    }
    return (int) ((longest + 59) / 60);
  }

  private long longestOfADay() {
    long longest = 0;
    int before = -1;
    for (int minute = 0; minute < 24 * 60; minute++) {
      if (hours.get(minute / 60) && minutes.get(minute % 60)) {
        longest = before < 0 ? longest : Math.max(longest, minute - before);
        before = minute;
      }
    }
    return longest;
  }

  private static BitSet field(
      String what, String text, int from, int to, List<String> names, int firstName) {
    var set = new BitSet();
    for (var part : text.split(",", -1)) {
      var step = part.split("/", -1);
      var range = step[0].split("-", -1);
      if (step.length > 2 || range.length > 2) {
        throw new IllegalArgumentException("has the " + what + " \"" + text + "\"");
      }
      int low = from;
      int high = to;
      if (!step[0].equals("*")) {
        low = number(what, range[0], from, to, names, firstName);
        high =
            range.length == 2
                ? number(what, range[1], from, to, names, firstName)
                : step.length == 2 ? to : low;
      }
      int by = step.length == 2 ? number(what, step[1], 1, to, List.of(), 0) : 1;
      if (low > high) {
        throw new IllegalArgumentException("has the " + what + " \"" + part + "\" backwards");
      }
      IntStream.iterate(low, i -> i + by).limit((high - low) / by + 1L).forEach(set::set);
    }
    return set;
  }

  private static int number(
      String what, String text, int from, int to, List<String> names, int firstName) {
    int named = names.indexOf(text.toUpperCase(Locale.ROOT));
    if (named >= 0) {
      return named + firstName;
    }
    int number = text.matches("[0-9]{1,2}") ? Integer.parseInt(text) : -1;
    if (number < from || number > to) {
      throw new IllegalArgumentException(
          "has the " + what + " \"" + text + "\", which is not from " + from + " to " + to);
    }
    return number;
  }
}
