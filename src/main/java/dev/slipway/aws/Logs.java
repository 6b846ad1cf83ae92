package dev.slipway.aws;

import static dev.slipway.aws.Scopes.see;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.identity.Statement;
import java.util.List;

/** CloudWatch Logs: groups, told by their path. Pulumi counts their types with CloudWatch's. */
final class Logs {
  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:cloudwatch/logGroup:LogGroup")
              .drawn(Drawing.together("logs", Icon.LOGS, "log group"))
              .breaks(
                  "logs-kept-for-ever",
                  group ->
                      group.value("retentionInDays") instanceof Number days && days.intValue() != 0
                          ? ""
                          : "keeps its logs for ever; set retentionInDays")
              .inWords(group -> group.text("name"))
              .costs(
                  group ->
                      List.of(
                          Charge.usageBased(CloudWatch.PRICES, "logs-in", "logs written"),
                          Charge.usageBased(CloudWatch.PRICES, "logs-kept", "logs kept")))
              .named("name", 1, 512, "[.\\-_/#A-Za-z0-9]+")
              .replacedBy("logGroupClass", "name", "namePrefix")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:logs:{region}:{account}:log-group:{name}")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepLogs")
                          .actions(
                              "logs:CreateLogGroup",
                              "logs:DeleteLogGroup",
                              "logs:DeleteRetentionPolicy",
                              "logs:ListTagsForResource",
                              "logs:ListTagsLogGroup",
                              "logs:PutRetentionPolicy",
                              "logs:TagResource",
                              "logs:UntagResource")
                          .resources(own(stack)))
              .toRead(see("logs:DescribeLogGroups"))
              .toRefresh(
                  any ->
                      Statement.allow("SeeTagsOfLogs")
                          .actions("logs:ListTagsForResource", "logs:ListTagsLogGroup")
                          .resources(any.arn("logs", "log-group:/slipway/*")))
              .within(
                  stack ->
                      Statement.allow("OwnLogs")
                          .actions(
                              "logs:CreateLogStream",
                              "logs:DescribeLogStreams",
                              "logs:PutLogEvents")
                          .resources(own(stack)),
                  stack ->
                      Statement.allow("FindLogs").actions("logs:DescribeLogGroups").resources("*")),
          // Saved queries have no ARN.
          AwsType.of("aws:cloudwatch/queryDefinition:QueryDefinition")
              .free()
              .named("name", 1, 255, "([^:*\\/]+\\/?)*[^:*\\/]+")
              .computes("queryDefinitionId", "{hex8}-0000-4000-8000-{hex12}")
              .computes("id", "{queryDefinitionId}")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepQueries")
                          .actions("logs:DeleteQueryDefinition", "logs:PutQueryDefinition")
                          .resources("*"))
              .toRead(see("logs:DescribeQueryDefinitions")));

  private Logs() {}

  private static String[] own(Target stack) {
    var group = stack.arn("logs", "log-group:" + stack.stack().path());
    return new String[] {group, group + ":*", group + "/*"};
  }
}
