package dev.slipway.aws;

import dev.slipway.identity.Statement;
import java.util.List;

/** EventBridge Scheduler: schedules and their groups, told by the names of the groups. */
final class Scheduler {
  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:scheduler/scheduleGroup:ScheduleGroup")
              .toDeploy(
                  keep(
                      "scheduler:CreateScheduleGroup",
                      "scheduler:DeleteScheduleGroup",
                      "scheduler:GetScheduleGroup",
                      "scheduler:ListTagsForResource",
                      "scheduler:TagResource",
                      "scheduler:UntagResource"))
              .toRefresh(see("scheduler:GetScheduleGroup", "scheduler:ListTagsForResource")),
          AwsType.of("aws:scheduler/schedule:Schedule")
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
