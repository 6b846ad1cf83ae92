package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;

/**
 * Step Functions' state machines, which are really executed.
 *
 * <p>Source of the rules: AWS Step Functions API Reference, CreateStateMachine; Developer Guide, <a
 * href="https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html">logging to CloudWatch
 * Logs</a>, for the rights that the machine's role needs for it.
 */
final class StateMachineHandlers {

  /** What delivering logs takes, all of it on every resource. */
  private static final List<String> FOR_LOGS =
      List.of(
          "logs:CreateLogDelivery",
          "logs:GetLogDelivery",
          "logs:UpdateLogDelivery",
          "logs:DeleteLogDelivery",
          "logs:ListLogDeliveries",
          "logs:PutResourcePolicy",
          "logs:DescribeResourcePolicies",
          "logs:DescribeLogGroups");

  private final AwsClient aws;
  private final StateMachines machines;
  private final Roles roles;
  private final Authorization authorization;

  StateMachineHandlers(
      AwsClient aws, StateMachines machines, Roles roles, Authorization authorization) {
    this.aws = aws;
    this.machines = machines;
    this.roles = roles;
    this.authorization = authorization;
  }

  List<Handler> all() {
    return List.of(stateMachine());
  }

  private Handler stateMachine() {
    return Handler.of("aws:sfn/stateMachine:StateMachine")
        .create(
            request -> {
              String arn = aws.arn("states", "stateMachine:" + request.text("name"));
              check(arn, request);
              machines.call(
                  "CreateStateMachine",
                  request
                      .fields("name=name", "definition=definition", "roleArn=roleArn", "type=type")
                      .and("tags", request.tagList("key", "value")));
              machines.roleOf(arn, request.text("roleArn"));
              return Handler.Made.of(arn, "arn", arn, "status", "ACTIVE");
            })
        .change(
            request -> {
              check(request.id(), request);
              machines.call(
                  "UpdateStateMachine",
                  request.fields("stateMachineArn=#", "definition=definition", "roleArn=roleArn"));
              machines.roleOf(request.id(), request.text("roleArn"));
            })
        .delete(
            request -> {
              stopAll(request.id());
              machines.call("DeleteStateMachine", "stateMachineArn", request.id());
              machines.removed(request.id());
            })
        .exists(
            request ->
                Values.maps(machines.call("ListStateMachines").get("stateMachines")).stream()
                    .anyMatch(machine -> request.id().equals(machine.get("stateMachineArn"))));
  }

  private void check(String arn, Handler.Request request) {
    String role = request.text("roleArn");
    roles.trustsService(
        role,
        "states.amazonaws.com",
        arn,
        new AwsError(
            400,
            "AccessDeniedException",
            "Neither the global service principal states.amazonaws.com, nor the regional one is"
                + " authorized to assume the provided role."));
    Map<String, Object> logging = Values.map(request.inputs().get("loggingConfiguration"));
    String level = String.valueOf(logging.getOrDefault("level", "OFF"));
    var caller = new Caller(Roles.name(role), "states", Map.of());
    if (!level.equals("OFF")
        && !FOR_LOGS.stream().allMatch(action -> authorization.allows(caller, action, "*"))) {
      throw new AwsError(
          400,
          "AccessDeniedException",
          "The state machine IAM Role is not authorized to access the Log Destination");
    }
  }

  /** Those that run when their machine is deleted would go on for a while, with nothing left. */
  private void stopAll(String machine) {
    for (Map<String, Object> execution :
        Values.maps(
            machines
                .call("ListExecutions", "stateMachineArn", machine, "statusFilter", "RUNNING")
                .get("executions"))) {
      machines.call("StopExecution", "executionArn", execution.get("executionArn"));
    }
  }
}
