package dev.slipway.aws;

import static dev.slipway.aws.AwsType.words;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.identity.Statement;
import java.util.List;

/** Lambda: functions, told by the beginning of their names. */
final class Lambda {
  private static final Prices PRICES =
      Prices.of(
          "lambda",
          "https://aws.amazon.com/lambda/pricing/",
          "2025-06-30",
          """
          request       *  0.0000002     request
          x86_64-time   us-east-1,us-east-2,us-west-2,eu-central-1,eu-west-1  0.0000166667  GB-second
          arm64-time    us-east-1,us-east-2,us-west-2,eu-central-1,eu-west-1  0.0000133334  GB-second
          """);

  /** What the provider asks for each time that it looks at one. */
  private static final String[] READ = {
    "lambda:GetFunction",
    "lambda:GetFunctionCodeSigningConfig",
    "lambda:GetFunctionConfiguration",
    "lambda:ListTags",
    "lambda:ListVersionsByFunction"
  };

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:lambda/function:Function")
              // What each may do is on the page of diagrams; here it would be arrows over arrows.
              .drawn(Drawing.together("functions", Icon.WORKFLOW, "function"))
              .inWords(
                  function ->
                      words(
                          function.text("runtime"),
                          function.text("memorySize") + " MB,",
                          "at most " + function.text("timeout") + " s"))
              .costs(
                  function ->
                      List.of(
                          Charge.usageBased(PRICES, "request", "calls"),
                          Charge.usageBased(
                              PRICES, architecture(function) + "-time", "time of calls")))
              .breaks(
                  "logs-kept-for-ever",
                  function ->
                      function.text("loggingConfig.logGroup").isEmpty()
                          ? "writes to a log group that Lambda makes and keeps for ever; name one in"
                              + " loggingConfig.logGroup"
                          : "")
              .named("name", 1, 64, "[a-zA-Z0-9-_]+")
              .replacedBy("name", "packageType")
              .computes("arn", "arn:aws:lambda:{region}:{account}:function:{name}")
              .computes("id", "{name}")
              .computes("qualifiedArn", "{arn}:$LATEST")
              .computes("version", "$LATEST")
              .computes(
                  "invokeArn",
                  "arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepFunctions")
                          .actions(
                              Target.and(
                                  READ,
                                  "lambda:CreateFunction",
                                  "lambda:DeleteFunction",
                                  "lambda:TagResource",
                                  "lambda:UntagResource",
                                  "lambda:UpdateFunctionCode",
                                  "lambda:UpdateFunctionConfiguration"))
                          .resources(stack.arn("lambda", "function:" + stack.named("*"))),
                  Iam.pass("lambda.amazonaws.com"))
              .toRefresh(
                  any ->
                      Statement.allow("SeeFunctions")
                          .actions(READ)
                          .resources(any.arn("lambda", "function:slipway-*"))));

  private Lambda() {}

  private static String architecture(PlannedResource function) {
    return function.list("architectures").stream()
        .findFirst()
        .map(String::valueOf)
        .orElse("x86_64");
  }
}
