package dev.slipway.aws;

import dev.slipway.identity.Statement;
import java.util.List;

/** EventBridge Scheduler: schedules and their groups, told by the names of the groups. */
final class Scheduler {
  private static final String NAME = "[0-9A-Za-z_.-]+";

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
          AwsType.of("aws:scheduler/schedule:Schedule")
              .free()
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
