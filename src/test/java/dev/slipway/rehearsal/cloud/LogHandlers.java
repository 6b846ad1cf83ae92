package dev.slipway.rehearsal.cloud;

import java.util.List;

/** Log groups. */
final class LogHandlers {
  private final AwsClient aws;
  private final AwsClient.Json logs;

  LogHandlers(AwsClient aws) {
    this.aws = aws;
    logs = new AwsClient.Json(aws, "logs", "Logs_20140328");
  }

  List<Handler> all() {
    return List.of(logGroup());
  }

  private Handler logGroup() {
    return Handler.of("aws:cloudwatch/logGroup:LogGroup")
        .create(
            request -> {
              logs.call(
                  "CreateLogGroup",
                  request.fields("logGroupName=name", "kmsKeyId").and("tags", request.tags()));
              retain(request.text("name"), request);
              return Handler.Made.of(
                  request.text("name"),
                  "arn",
                  aws.arn("logs", "log-group:" + request.text("name")));
            })
        .change(request -> retain(request.id(), request))
        .delete(
            request -> {
              if (!request.oldFlag("skipDestroy")) {
                logs.call("DeleteLogGroup", "logGroupName", request.id());
              }
            })
        .exists(
            request ->
                Values.maps(
                        logs.call("DescribeLogGroups", "logGroupNamePrefix", request.id())
                            .get("logGroups"))
                    .stream()
                    .anyMatch(group -> request.id().equals(group.get("logGroupName"))));
  }

  private void retain(String group, Handler.Request request) {
    if (request.number("retentionInDays", 0) > 0) {
      logs.call(
          "PutRetentionPolicy",
          "logGroupName",
          group,
          "retentionInDays",
          request.number("retentionInDays", 0));
    }
  }
}
