package dev.slipway.rehearsal.cloud;

import java.util.List;

/** Alarms, which are kept and never go off. */
final class AlarmHandlers {
  private final AwsClient aws;
  private final AwsClient.Query monitoring;

  AlarmHandlers(AwsClient aws) {
    this.aws = aws;
    monitoring = new AwsClient.Query(aws, "monitoring");
  }

  List<Handler> all() {
    return List.of(alarm().inert());
  }

  private Handler alarm() {
    return Handler.of("aws:cloudwatch/metricAlarm:MetricAlarm")
        .put(
            this::alarm,
            request ->
                Handler.Made.of(
                    request.text("name"),
                    "arn",
                    aws.arn("cloudwatch", "alarm:" + request.text("name"))))
        .delete(request -> monitoring.call("DeleteAlarms", "AlarmNames.member.1", request.id()))
        .exists(
            request ->
                monitoring
                    .call("DescribeAlarms", "AlarmNames.member.1", request.id())
                    .anywhere("AlarmName")
                    .isPresent());
  }

  private void alarm(Handler.Request request) {
    var query =
        request.fields(
            "AlarmName=name",
            "AlarmDescription",
            "ComparisonOperator",
            "EvaluationPeriods",
            "DatapointsToAlarm",
            "MetricName",
            "Namespace",
            "Period",
            "Statistic",
            "Threshold",
            "TreatMissingData",
            "AlarmActions.member=alarmActions",
            "OKActions.member=okActions");
    int n = 0;
    for (var dimension : Values.stringMap(request.inputs().get("dimensions")).entrySet()) {
      n++;
      query.put("Dimensions.member." + n + ".Name", dimension.getKey());
      query.put("Dimensions.member." + n + ".Value", dimension.getValue());
    }
    monitoring.call("PutMetricAlarm", query);
  }
}
