package dev.slipway.release;

import com.google.gson.Gson;
import com.pulumi.aws.scheduler.Schedule;
import com.pulumi.aws.scheduler.ScheduleArgs;
import com.pulumi.aws.scheduler.ScheduleGroup;
import com.pulumi.aws.scheduler.ScheduleGroupArgs;
import com.pulumi.aws.scheduler.inputs.ScheduleFlexibleTimeWindowArgs;
import com.pulumi.aws.scheduler.inputs.ScheduleTargetArgs;
import com.pulumi.aws.scheduler.inputs.ScheduleTargetRetryPolicyArgs;
import com.pulumi.aws.ssm.Document;
import com.pulumi.aws.ssm.DocumentArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import dev.slipway.core.Cron;
import dev.slipway.host.Host;
import dev.slipway.host.OfficeHours;
import dev.slipway.identity.Identity;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Stops a host outside office hours, after a backup, and starts it again.
 *
 * <p>Creates two EventBridge schedules in a group, the document that backs up and powers off, and
 * the role that may send it and start the machine. Costs nothing and saves the machine's hourly
 * price; disks and address are still paid for.
 *
 * <pre>{@code
 * new OfficeHoursSchedule(named("schedule"), host, hours, identity, settings.release(), childOptions());
 * }</pre>
 *
 * <p>The host powers itself off, so that a backup that fails, or a release that is running, leaves
 * it up. Targets that are API calls are described in the <a
 * href="https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html">EventBridge
 * Scheduler user guide</a>.
 */
public final class OfficeHoursSchedule extends Component {
  static final String TYPE = "slipway:release:OfficeHoursSchedule";
  private static final String STOP =
      """
      #!/bin/bash
      set -euo pipefail
      SSM_reason='before the scheduled stop' /opt/slipway/backup.sh
      # A minute for the agent to report that this went well.
      shutdown -h +1 'slipway: office hours are over'
      """;

  private final OfficeHours hours;
  private final ScheduleGroup group;
  private final ServiceRole role;

  public OfficeHoursSchedule(
      String name,
      Host host,
      OfficeHours hours,
      Identity identity,
      ReleaseSettings settings,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.hours = hours;
    var document =
        new Document(
            named("stop-document"),
            DocumentArgs.builder()
                .name(stack().document("stop"))
                .documentType("Command")
                .documentFormat("JSON")
                .targetType("/AWS::EC2::Instance")
                .content(
                    new CommandDocument(
                            "stop",
                            "Backs up and powers the host off",
                            STOP,
                            CommandDocuments.seconds(settings))
                        .json())
                .tags(nameTag("stop-document"))
                .build(),
            leaf().build());
    group =
        new ScheduleGroup(
            named("group"),
            ScheduleGroupArgs.builder()
                .namePrefix(stack().prefix("schedule"))
                .tags(nameTag("group"))
                .build(),
            leaf().build());
    role = identity.role("scheduler", "scheduler.amazonaws.com");
    var instance = host.instanceId().apply(id -> context().arn("ec2", "instance/" + id));
    role.allow(
        "stop-and-start",
        Output.tuple(document.arn(), instance)
            .applyValue(
                known ->
                    List.of(
                        Statement.allow("SendStop")
                            .actions("ssm:SendCommand")
                            .resources(known.t1, known.t2),
                        Statement.allow("Start")
                            .actions("ec2:StartInstances")
                            .resources(known.t2))));
    schedule(
        "stop",
        hours.stop(),
        "ssm:sendCommand",
        Output.tuple(document.name(), host.instanceId())
            .applyValue(
                known -> Map.of("DocumentName", known.t1, "InstanceIds", List.of(known.t2))));
    schedule(
        "start",
        hours.start(),
        "ec2:startInstances",
        host.instanceId().applyValue(id -> Map.of("InstanceIds", List.of(id))));
    registerOutputs(Map.of());
  }

  private void schedule(
      String what, String cron, String call, Output<? extends Map<String, Object>> input) {
    new Schedule(
        named(what),
        ScheduleArgs.builder()
            .groupName(group.name())
            .description("Slipway " + stack().name() + ": " + what + " the host")
            .scheduleExpression(Cron.parse(cron).forEventBridge())
            .scheduleExpressionTimezone(hours.timezone())
            .flexibleTimeWindow(ScheduleFlexibleTimeWindowArgs.builder().mode("OFF").build())
            .target(
                ScheduleTargetArgs.builder()
                    .arn("arn:" + stack().partition() + ":scheduler:::aws-sdk:" + call)
                    .roleArn(role.arn())
                    // In one order: a Map of Java's own has another in each run.
                    .input(input.applyValue(known -> new Gson().toJson(new TreeMap<>(known))))
                    .retryPolicy(
                        ScheduleTargetRetryPolicyArgs.builder()
                            .maximumEventAgeInSeconds(3600)
                            .maximumRetryAttempts(10)
                            .build())
                    .build())
            .build(),
        leaf().dependsOn(role.grants()).build());
  }
}
