package dev.slipway.release;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.Staging;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OfficeHoursScheduleTest {
  private static final String SCHEDULE = "aws:scheduler/schedule:Schedule";

  private final FakeStack stack =
      Staging.stack(
          Staging.config()
              .with(
                  "slipway:host.schedule",
                  Map.of(
                      "stop", "0 20 * * MON-FRI",
                      "start", "0 6 * * MON-FRI",
                      "timezone", "Europe/Berlin")));

  private FakeResource schedule(String role) {
    return stack.only(SCHEDULE, "schedule-" + role);
  }

  private String instance() {
    return String.valueOf(stack.only("aws:ec2/instance:Instance").output("id"));
  }

  @Test
  void isNotThereUnlessTheStackWantsIt() {
    assertThat(Staging.stack().all(SCHEDULE)).isEmpty();
  }

  @Test
  void stopsTheHostAfterABackup() {
    var target = JsonParser.parseString(schedule("stop").text("target.input")).getAsJsonObject();
    var document = stack.only("aws:ssm/document:Document", "stop-document");

    assertThat(schedule("stop").input("scheduleExpression"))
        .isEqualTo("cron(0 20 ? * MON,TUE,WED,THU,FRI *)");
    assertThat(schedule("stop").input("scheduleExpressionTimezone")).isEqualTo("Europe/Berlin");
    assertThat(schedule("stop").input("target.arn"))
        .isEqualTo("arn:aws:scheduler:::aws-sdk:ssm:sendCommand");
    assertThat(target.get("DocumentName").getAsString()).isEqualTo("slipway-staging-stop");
    assertThat(target.getAsJsonArray("InstanceIds").get(0).getAsString()).isEqualTo(instance());
    // In another order in each run, it would be another input each time.
    assertThat(target.keySet()).containsExactly("DocumentName", "InstanceIds");
    assertThat(document.text("content"))
        .containsSubsequence("set -euo pipefail", "/opt/slipway/backup.sh", "shutdown -h");
  }

  @Test
  void startsItAgain() {
    assertThat(schedule("start").input("target.arn"))
        .isEqualTo("arn:aws:scheduler:::aws-sdk:ec2:startInstances");
    assertThat(schedule("start").input("target.input"))
        .isEqualTo("{\"InstanceIds\":[\"" + instance() + "\"]}");
    assertThat(schedule("start").input("flexibleTimeWindow.mode")).isEqualTo("OFF");
  }

  @Test
  void mayDoThatAndNothingElse() {
    var role = stack.arnOf("identity-scheduler");
    var policies = stack.policiesOf("identity-scheduler");
    var host = "arn:aws:ec2:us-east-1:123456789012:instance/" + instance();
    var other = "arn:aws:ec2:us-east-1:123456789012:instance/i-0";
    var document =
        String.valueOf(stack.only("aws:ssm/document:Document", "stop-document").output("arn"));
    var release =
        String.valueOf(stack.only("aws:ssm/document:Document", "runbook-release").output("arn"));

    assertThat(policies.evaluate(Request.of(role, "ssm:SendCommand", document)).allowed()).isTrue();
    assertThat(policies.evaluate(Request.of(role, "ssm:SendCommand", host)).allowed()).isTrue();
    assertThat(policies.evaluate(Request.of(role, "ec2:StartInstances", host)).allowed()).isTrue();
    assertThat(policies.evaluate(Request.of(role, "ssm:SendCommand", release)).allowed()).isFalse();
    assertThat(policies.evaluate(Request.of(role, "ssm:SendCommand", other)).allowed()).isFalse();
    assertThat(policies.evaluate(Request.of(role, "ec2:StartInstances", other)).allowed())
        .isFalse();
    assertThat(policies.evaluate(Request.of(role, "ec2:StopInstances", host)).allowed()).isFalse();
  }

  @Test
  void isTakenBySchedulesOfThisAccountAlone() {
    var trust = stack.only("aws:iam/role:Role", "scheduler-role").text("assumeRolePolicy");
    var nobody = new PolicyEvaluator(List.of()).atGuarded(trust);
    var request =
        Request.of("scheduler.amazonaws.com", "sts:AssumeRole", stack.arnOf("identity-scheduler"));

    assertThat(nobody.evaluate(request.with("aws:SourceAccount", "123456789012")).allowed())
        .isTrue();
    assertThat(nobody.evaluate(request.with("aws:SourceAccount", "111122223333")).allowed())
        .isFalse();
    assertThat(nobody.evaluate(request).allowed()).isFalse();
  }
}
