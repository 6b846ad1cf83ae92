package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.util.List;

/**
 * Step Functions: state machines, told by the beginning of their names.
 *
 * <p>What a machine that writes a log needs is said in the <a
 * href="https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html">Step Functions developer
 * guide</a>: deliveries of logs have no ARN.
 */
final class StepFunctions {
  private static final Prices PRICES =
      Prices.of(
          "step-functions",
          "https://aws.amazon.com/step-functions/pricing/",
          "2025-06-30",
          """
          transition  us-east-1,us-east-2,us-west-2,eu-west-1,eu-central-1  0.000025  state transition
          """);

  private static final String[] READ = {
    "states:DescribeStateMachine", "states:ListStateMachineVersions", "states:ListTagsForResource"
  };

  /** What a machine does that writes a log. */
  private static final String[] DELIVER_LOGS = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery"
  };

  private static final String[] TRACE = {
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments"
  };

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:sfn/stateMachine:StateMachine")
              .drawn(
                  Drawing.card(Icon.WORKFLOW)
                      .details(machine -> List.of("state machine"))
                      .parts(machine -> machine.follow("roleArn").stream().toList()))
              .inWords(machine -> machine.text("name"))
              .costs(machine -> List.of(Charge.usageBased(PRICES, "transition", "transitions")))
              .namedOrPrefixed("name", 1, 80, "[0-9A-Za-z_-]+", "[0-9A-Za-z_-]+")
              .replacedBy("name", "namePrefix", "type")
              .computes("arn", "arn:aws:states:{region}:{account}:stateMachine:{name}")
              .computes("id", "{arn}")
              .computes("status", "ACTIVE")
              .computes("revisionId", "{hex8}-0000-4000-8000-{hex12}")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepStateMachines")
                          .actions(
                              Target.and(
                                  READ,
                                  "states:CreateStateMachine",
                                  "states:DeleteStateMachine",
                                  "states:TagResource",
                                  "states:UntagResource",
                                  "states:UpdateStateMachine"))
                          .resources(stack.arn("states", "stateMachine:" + stack.named("*"))),
                  // Its log has a name beside those of the stack, by which AWS lets it in.
                  stack ->
                      Statement.allow("KeepLogs")
                          .resources(
                              stack.arn("logs", "log-group:" + logs(stack.named("*"))),
                              stack.arn("logs", "log-group:" + logs(stack.named("*")) + ":*")),
                  validate(),
                  Ssm.dumpDocument(),
                  Iam.pass("states.amazonaws.com"))
              .toPreview(validate())
              .toRefresh(
                  any ->
                      Statement.allow("SeeStateMachines")
                          .actions(READ)
                          .resources(any.arn("states", "stateMachine:slipway-*")),
                  any ->
                      Statement.allow("SeeTagsOfLogs")
                          .resources(any.arn("logs", "log-group:" + logs("slipway-*"))),
                  validate())
              .within(
                  stack ->
                      Statement.allow("OwnWorkflows")
                          .actions(
                              "lambda:InvokeFunction",
                              "states:DescribeExecution",
                              "states:StartExecution")
                          .resources(
                              stack.arn("lambda", "function:" + stack.named("*")),
                              stack.arn("states", "*:" + stack.named("*"))),
                  // AWS judges these by the machine's ARN, which its reference doesn't say:
                  // https://github.com/aws/aws-cdk/issues/8486
                  stack ->
                      Statement.allow("AnswerTasks")
                          .actions(
                              "states:SendTaskFailure",
                              "states:SendTaskHeartbeat",
                              "states:SendTaskSuccess")
                          .resources(stack.arn("states", "stateMachine:" + stack.named("*"))),
                  stack -> Statement.allow("DeliverLogs").actions(DELIVER_LOGS).resources("*"),
                  stack -> Statement.allow("Trace").actions(TRACE).resources("*"),
                  stack ->
                      Statement.allow("OwnBuckets")
                          .actions("s3:GetObjectVersion")
                          .resources(stack.bucket(stack.named("*"))),
                  // As schedules do.
                  stack ->
                      Statement.allow("StopByDocument")
                          .actions("ssm:SendCommand")
                          .resources(stack.documents("dump")),
                  stack ->
                      Statement.allow("StopAndStartOwnMachines")
                          .actions("ssm:SendCommand")
                          .resources(stack.ec2("instance"))
                          .when("StringEquals", Scopes.HAS + Stack.STACK_TAG, stack.stack().name()),
                  stack ->
                      Statement.allow("FindHosts")
                          .actions("ssm:DescribeInstanceInformation")
                          .resources("*")));

  private StepFunctions() {}

  /** The provider has AWS read a definition before it is planned. */
  private static Right validate() {
    return stack ->
        Statement.allow("ReadDefinitions")
            .actions("states:ValidateStateMachineDefinition")
            .resources("*");
  }

  private static String logs(String name) {
    return "/aws/vendedlogs/states/" + name;
  }
}
