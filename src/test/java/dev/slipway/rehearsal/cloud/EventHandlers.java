package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;

/**
 * EventBridge's rules and targets, its Scheduler, and the buckets that tell of their objects.
 *
 * <p>Source of the rules: Amazon EventBridge API Reference, PutRule and PutTargets; EventBridge
 * Scheduler API Reference, CreateSchedule.
 */
final class EventHandlers {
  private final AwsClient aws;
  private final AwsClient.Json rules;
  private final Events events;
  private final Roles roles;

  EventHandlers(AwsClient aws, Events events, Roles roles) {
    this.aws = aws;
    rules = new AwsClient.Json(aws, "events", "AWSEvents");
    this.events = events;
    this.roles = roles;
  }

  List<Handler> all() {
    return List.of(rule(), target(), notification(), group(), schedule());
  }

  // --- rules
  // ---------------------------------------------------------------------------------------------------------

  private Handler rule() {
    return Handler.of("aws:cloudwatch/eventRule:EventRule")
        .put(
            request -> {
              if (request.has("eventPattern")) {
                EventPattern.parse(request.text("eventPattern"));
              } else if (!request.has("scheduleExpression")) {
                throw new AwsError(
                    400,
                    "ValidationException",
                    "Parameter(s) EventPattern or ScheduleExpression must be specified.");
              }
              rules.call(
                  "PutRule",
                  request
                      .fields(
                          "Name", "EventPattern", "ScheduleExpression", "Description", "RoleArn")
                      .and(
                          "State",
                          request.text(
                              "state",
                              Boolean.FALSE.equals(request.inputs().get("isEnabled"))
                                  ? "DISABLED"
                                  : "ENABLED")));
            },
            request ->
                Handler.Made.of(
                    request.text("name"), "arn", aws.arn("events", "rule/" + request.text("name"))))
        .delete(
            request -> {
              if (!targets(request.id()).isEmpty()) {
                throw new AwsError(
                    400, "ValidationException", "Rule can't be deleted since it has targets.");
              }
              rules.call("DeleteRule", "Name", request.id());
            })
        .found(request -> rules.call("DescribeRule", "Name", request.id()));
  }

  private List<Map<String, Object>> targets(String rule) {
    return Values.maps(rules.call("ListTargetsByRule", "Rule", rule).get("Targets"));
  }

  private Handler target() {
    return Handler.of("aws:cloudwatch/eventTarget:EventTarget")
        .replaceOn("rule", "targetId", "eventBusName")
        .put(
            request -> {
              String arn = request.text("arn");
              if (arn.contains(":states:")) {
                if (!request.has("roleArn")) {
                  throw new AwsError(
                      400, "ValidationException", "RoleArn is required for target " + arn + ".");
                }
                roles.trustsService(
                    request.text("roleArn"),
                    "events.amazonaws.com",
                    aws.arn("events", "rule/" + request.text("rule")),
                    new AwsError(
                        400,
                        "ValidationException",
                        "Provided role '"
                            + request.text("roleArn")
                            + "' cannot be assumed by principal 'events.amazonaws.com'."));
              }
              Map<String, Object> answer =
                  rules.call(
                      "PutTargets",
                      "Rule",
                      request.text("rule"),
                      "Targets",
                      List.of(
                          request
                              .fields("Arn", "RoleArn", "Input", "InputPath")
                              .and("Id", id(request))));
              for (Map<String, Object> failed : Values.maps(answer.get("FailedEntries"))) {
                throw new AwsError(
                    400,
                    String.valueOf(failed.get("ErrorCode")),
                    String.valueOf(failed.get("ErrorMessage")));
              }
            },
            request ->
                Handler.Made.of(request.text("rule") + "-" + id(request), "targetId", id(request)))
        .delete(
            request ->
                rules.call(
                    "RemoveTargets",
                    "Rule",
                    request.oldText("rule"),
                    "Ids",
                    List.of(request.oldText("targetId"))))
        .exists(
            request ->
                targets(request.oldText("rule")).stream()
                    .anyMatch(target -> target.get("Id").equals(request.oldText("targetId"))));
  }

  private static String id(Handler.Request request) {
    return request.text("targetId", request.name());
  }

  // --- buckets
  // -------------------------------------------------------------------------------------------------------

  private Handler notification() {
    return Handler.of("aws:s3/bucketNotification:BucketNotification")
        .replaceOn("bucket")
        .put(
            request -> {
              for (String other : List.of("lambdaFunctions", "queues", "topics")) {
                if (!request.maps(other).isEmpty()) {
                  throw new AwsError(
                      501, "NotEmulated", "this emulated S3 tells EventBridge only, no " + other);
                }
              }
              events.notifies(request.text("bucket"), request.flag("eventbridge"));
            },
            request -> Handler.Made.of(request.text("bucket")))
        .delete(request -> events.notifies(request.id(), false))
        .found(request -> aws.rest("s3", "HEAD", "/" + request.id(), Map.of(), null));
  }

  // --- schedules
  // -----------------------------------------------------------------------------------------------------

  private Handler group() {
    return Handler.of("aws:scheduler/scheduleGroup:ScheduleGroup")
        .create(
            request -> {
              String name = request.text("name");
              Map<String, Object> made =
                  aws.restJson(
                      "scheduler",
                      "POST",
                      "/schedule-groups/" + name,
                      Fields.of("Tags", request.tagList("Key", "Value")));
              return Handler.Made.of(name, "arn", made.get("ScheduleGroupArn"), "state", "ACTIVE");
            })
        .delete(
            request ->
                aws.restJson("scheduler", "DELETE", "/schedule-groups/" + request.id(), null))
        .found(
            request -> aws.restJson("scheduler", "GET", "/schedule-groups/" + request.id(), null));
  }

  private Handler schedule() {
    return Handler.of("aws:scheduler/schedule:Schedule")
        .create(
            request -> {
              Map<String, Object> made = put("POST", request);
              return Handler.Made.of(
                  groupOf(request) + "/" + request.text("name"), "arn", made.get("ScheduleArn"));
            })
        .change(request -> put("PUT", request))
        .delete(request -> aws.restJson("scheduler", "DELETE", path(request.id()), null))
        .found(request -> aws.restJson("scheduler", "GET", path(request.id()), null));
  }

  private static String path(String id) {
    String[] parts = id.split("/", 2);
    return "/schedules/" + parts[1] + "?groupName=" + AwsClient.encode(parts[0]);
  }

  private static String groupOf(Handler.Request request) {
    return request.text("groupName", "default");
  }

  private Map<String, Object> put(String method, Handler.Request request) {
    Map<String, Object> target = Values.map(request.inputs().get("target"));
    String role = String.valueOf(target.get("roleArn"));
    roles.trustsService(
        role,
        "scheduler.amazonaws.com",
        aws.arn("scheduler", "schedule-group/" + groupOf(request)),
        new AwsError(
            400,
            "ValidationException",
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the"
                + " role."));
    Map<String, Object> window = Values.map(request.inputs().get("flexibleTimeWindow"));
    return aws.restJson(
        "scheduler",
        method,
        "/schedules/" + request.text("name"),
        request
            .fields("ScheduleExpression", "ScheduleExpressionTimezone", "Description", "State")
            .and(
                "GroupName",
                groupOf(request),
                "FlexibleTimeWindow",
                Fields.table("", window, "Mode"),
                "Target",
                Fields.table("", target, "Arn", "RoleArn", "Input")));
  }
}
