package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.aws.Drawing.Link;
import dev.slipway.core.Cron;
import dev.slipway.identity.Statement;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** EventBridge Scheduler: schedules and their groups, told by the names of the groups. */
final class Scheduler {
  private static final String NAME = "[0-9A-Za-z_.-]+";

  static final String SCHEDULE = "aws:scheduler/schedule:Schedule";

  private static final Pattern CRON = Pattern.compile("cron\\((\\S+ \\S+ \\S+ \\S+ \\S+) \\*\\)");

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:scheduler/scheduleGroup:ScheduleGroup")
              .free()
              .namedOrPrefixed("name", 1, 64, NAME, NAME)
              .replacedBy("name", "namePrefix")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:scheduler:{region}:{account}:schedule-group/{name}")
              .toDeploy(
                  keep(
                      "scheduler:CreateScheduleGroup",
                      "scheduler:DeleteScheduleGroup",
                      "scheduler:GetScheduleGroup",
                      "scheduler:ListTagsForResource",
                      "scheduler:TagResource",
                      "scheduler:UntagResource"))
              .toRefresh(see("scheduler:GetScheduleGroup", "scheduler:ListTagsForResource")),
          AwsType.of(SCHEDULE)
              .free()
              .drawn(Drawing.together("schedules", Icon.CLOCK, "schedule"))
              .inWords(
                  schedule ->
                      schedule.text("scheduleExpression")
                          + " "
                          + schedule.text("scheduleExpressionTimezone"))
              .namedOrPrefixed("name", 1, 64, NAME, NAME)
              .replacedBy("groupName", "name", "namePrefix")
              .computes("id", "default/{name}")
              .computes("arn", "arn:aws:scheduler:{region}:{account}:schedule/default/{name}")
              .toDeploy(
                  keep(
                      "scheduler:CreateSchedule",
                      "scheduler:DeleteSchedule",
                      "scheduler:GetSchedule",
                      "scheduler:UpdateSchedule"),
                  Iam.pass("scheduler.amazonaws.com"),
                  Ssm.stopDocument())
              .toRefresh(see("scheduler:GetSchedule"))
              .within(Ssm.ofSchedules()));

  private Scheduler() {}

  /** What schedules do with a machine. */
  static List<Link> startsAndStops(PlannedResource instance) {
    return instance.mentionedBy(SCHEDULE, "target.input").stream()
        .map(schedule -> new Link(schedule, instance, starts(schedule) ? "start" : "stop", true))
        .toList();
  }

  /** Less than a month's hours where schedules stop and start a machine. */
  static BigDecimal runningHours(PlannedResource instance) {
    var schedules = instance.mentionedBy(SCHEDULE, "target.input");
    var stop = times(schedules, false);
    var start = times(schedules, true);
    if (stop.isEmpty() || start.isEmpty()) {
      return Charge.HOURS;
    }
    // Four weeks from a Monday, minute by minute, after one to get into step.
    int week = 7 * 24 * 60;
    long running = 0;
    boolean on = true;
    var at = LocalDateTime.of(2026, 1, 5, 0, 0);
    for (int minute = 0; minute < 5 * week; minute++, at = at.plusMinutes(1)) {
      if (start.get().matches(at)) {
        on = true;
      } else if (stop.get().matches(at)) {
        on = false;
      }
      running += on && minute >= week ? 1 : 0;
    }
    return Charge.HOURS
        .multiply(BigDecimal.valueOf(running))
        .divide(BigDecimal.valueOf(4L * week), 0, RoundingMode.HALF_UP);
  }

  private static boolean starts(PlannedResource schedule) {
    return schedule.text("target.arn").endsWith(":startInstances");
  }

  private static Optional<Cron> times(List<PlannedResource> schedules, boolean start) {
    return schedules.stream()
        .filter(schedule -> starts(schedule) == start)
        .map(schedule -> CRON.matcher(schedule.text("scheduleExpression")))
        .filter(Matcher::matches)
        .map(fields -> fields.group(1).replace("?", "*"))
        .filter(expression -> Cron.problem(expression).isEmpty())
        .map(Cron::parse)
        .findFirst();
  }

  private static Right keep(String... actions) {
    return stack ->
        Statement.allow("KeepSchedules")
            .actions(actions)
            .resources(
                stack.arn("scheduler", "schedule/" + stack.named("*/*")),
                stack.arn("scheduler", "schedule-group/" + stack.named("*")));
  }

  private static Right see(String... actions) {
    return any ->
        Statement.allow("SeeSchedules")
            .actions(actions)
            .resources(
                any.arn("scheduler", "schedule/slipway-*/*"),
                any.arn("scheduler", "schedule-group/slipway-*"));
  }
}
