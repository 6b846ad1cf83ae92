package dev.slipway.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.InvalidSettings;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.Staging;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MonitoringTest {
  private static final String SHARED =
      "arn:aws:sns:us-east-1:123456789012:slipway-foundation-alerts-20260101";
  private static final String ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

  private static FakeStack mailed() {
    return Staging.stack(mailing());
  }

  private static StackConfig mailing() {
    return Staging.config().with("slipway:alerts.email", "ops@example.com");
  }

  private static FakeResource alarm(FakeStack stack, String role) {
    return stack.only(ALARM, "monitoring-" + role);
  }

  @Test
  void keepsOneLogForAMonth() {
    var log = Staging.stack().only("aws:cloudwatch/logGroup:LogGroup");

    assertThat(log.input("name")).isEqualTo("/slipway/staging");
    assertThat(log.input("retentionInDays")).isEqualTo(30L);
  }

  @ParameterizedTest
  @CsvSource({
    "disk, DataVolumeUsedPercent, GreaterThanThreshold, 85, breaching",
    "backup-age, BackupAgeHours, GreaterThanThreshold, 26, breaching",
    "certificate, CertificateDaysLeft, LessThanThreshold, 14, breaching",
    "drill, DrillOk, LessThanThreshold, 1, breaching"
  })
  void raisesAnAlarm(String role, String metric, String operator, long threshold, String silence) {
    var alarm = alarm(Staging.stack(), role);

    assertThat(alarm.input("metricName")).isEqualTo(metric);
    assertThat(alarm.input("namespace")).isEqualTo("Slipway");
    assertThat(alarm.input("dimensions")).isEqualTo(Map.of("Stack", "staging"));
    assertThat(alarm.input("comparisonOperator")).isEqualTo(operator);
    assertThat(((Number) alarm.input("threshold")).longValue()).isEqualTo(threshold);
    assertThat(alarm.input("treatMissingData")).isEqualTo(silence);
    assertThat(alarm.input("period")).as("hosts tell once an hour").isEqualTo(3600L);
    assertThat(alarm.input("alarmActions")).isNull();
  }

  @Test
  void whatAStoppedHostDoesNotTellIsNoAlarm() {
    var scheduled =
        Staging.stack(
            Staging.config()
                .with(
                    "slipway:host.schedule",
                    Map.of("stop", "0 20 * * MON-FRI", "start", "0 6 * * MON-FRI")));

    for (var role : List.of("disk", "backup-age", "certificate", "drill")) {
      assertThat(alarm(scheduled, role).input("treatMissingData"))
          .as(role)
          .isEqualTo("notBreaching");
    }
  }

  @Test
  void watchesNoCertificateWhereThereIsNone() {
    var plain =
        Staging.stack(
            Staging.config()
                .with(
                    "slipway:erpnext.composeFiles",
                    List.of(
                        "compose.yaml",
                        "overrides/compose.mariadb.yaml",
                        "overrides/compose.redis.yaml",
                        "overrides/compose.noproxy.yaml")));

    assertThat(plain.all(ALARM))
        .noneSatisfy(
            alarm -> assertThat(alarm.input("metricName")).isEqualTo("CertificateDaysLeft"));
  }

  @Test
  void raisesAnAlarmWhenTheMachineIsIll() {
    var stack = Staging.stack();
    var alarm = alarm(stack, "status-check");

    assertThat(alarm.input("namespace")).isEqualTo("AWS/EC2");
    assertThat(alarm.input("metricName")).isEqualTo("StatusCheckFailed");
    assertThat(alarm.input("dimensions.InstanceId"))
        .isEqualTo(stack.only("aws:ec2/instance:Instance").output("id"));
    assertThat(stack.all(ALARM)).hasSize(5);
  }

  @Test
  void waitsLongerForABackupOfAHostThatIsStoppedAtNight() {
    var scheduled =
        Staging.stack(
            Staging.config()
                .with(
                    "slipway:host.schedule",
                    Map.of("stop", "0 20 * * MON-FRI", "start", "0 6 * * MON-FRI")));

    assertThat(((Number) alarm(scheduled, "backup-age").input("threshold")).intValue())
        .isEqualTo(26 + 58);
    assertThat(alarm(scheduled, "status-check").input("treatMissingData"))
        .isEqualTo("notBreaching");
  }

  @Test
  void tellsNobodyUnlessAnAddressIsGiven() {
    assertThat(Staging.stack().all("aws:sns/topic:Topic")).isEmpty();
    assertThat(Staging.stack().all("aws:kms/key:Key")).isEmpty();
  }

  @Test
  void mailsWhoeverTheStackNames() {
    var stack = mailed();
    var topic = stack.only("aws:sns/topic:Topic");
    var subscription = stack.only("aws:sns/topicSubscription:TopicSubscription");

    assertThat(subscription.input("topic")).isEqualTo(topic.output("arn"));
    assertThat(subscription.input("protocol")).isEqualTo("email");
    assertThat(subscription.input("endpoint")).isEqualTo("ops@example.com");
    assertThat(stack.all(ALARM))
        .allSatisfy(
            alarm -> {
              assertThat(alarm.input("alarmActions")).isEqualTo(List.of(topic.output("arn")));
              assertThat(alarm.input("okActions")).isEqualTo(List.of(topic.output("arn")));
            });
    assertThat(stack.only("aws:ssm/parameter:Parameter").text("value"))
        .contains("\"alarmTopic\":\"" + topic.output("arn") + "\"");
  }

  @Test
  void encryptsWithAKeyThatAlarmsMayUse() {
    var stack = mailed();
    var key = stack.only("aws:kms/key:Key");
    var nobody = new PolicyEvaluator(List.of());
    var arn = String.valueOf(key.output("arn"));
    var request =
        Request.of("cloudwatch.amazonaws.com", "kms:GenerateDataKey", arn)
            .with("aws:SourceAccount", "123456789012");

    assertThat(stack.only("aws:sns/topic:Topic").input("kmsMasterKeyId")).isEqualTo(arn);
    assertThat(nobody.atGuarded(key.text("policy")).evaluate(request).allowed()).isTrue();
    assertThat(
            nobody
                .atGuarded(key.text("policy"))
                .evaluate(request.with("aws:SourceAccount", "111122223333"))
                .allowed())
        .isFalse();
    assertThat(key.input("enableKeyRotation")).isEqualTo(true);
  }

  @Test
  void takesMessagesFromAlarmsAndHostsAlone() {
    var stack = mailed();
    var topic = String.valueOf(stack.only("aws:sns/topic:Topic").output("arn"));
    var policy = stack.only("aws:sns/topicPolicy:TopicPolicy").text("policy");
    var nobody = new PolicyEvaluator(List.of()).at(policy);
    var host = stack.policiesOf("identity-host").at(policy);

    assertThat(
            nobody
                .evaluate(
                    Request.of("cloudwatch.amazonaws.com", "sns:Publish", topic)
                        .with("aws:SourceAccount", "123456789012"))
                .allowed())
        .isTrue();
    assertThat(nobody.evaluate(Request.of("events.amazonaws.com", "sns:Publish", topic)).allowed())
        .isFalse();
    assertThat(
            host.evaluate(Request.of(stack.arnOf("identity-host"), "sns:Publish", topic)).allowed())
        .isTrue();
    assertThat(
            host.evaluate(
                    Request.of(
                        stack.arnOf("identity-host"),
                        "kms:GenerateDataKey",
                        String.valueOf(stack.only("aws:kms/key:Key").output("arn"))))
                .allowed())
        .isTrue();
  }

  @Test
  void sendsItsAlarmsToATopicThatIsThere() {
    var stack = Staging.stack(Staging.config().with("slipway:alerts.topic", SHARED));

    assertThat(stack.all("aws:sns/topic:Topic")).isEmpty();
    assertThat(stack.all("aws:kms/key:Key")).isEmpty();
    assertThat(stack.all(ALARM))
        .allSatisfy(alarm -> assertThat(alarm.input("alarmActions")).isEqualTo(List.of(SHARED)));
    assertThat(stack.only("aws:ssm/parameter:Parameter").text("value"))
        .contains("\"alarmTopic\":\"" + SHARED + "\"");
  }

  @Test
  void letsHostsPublishToATopicThatIsThereWithItsKeyAndForNothingElse() {
    var stack = Staging.stack(Staging.config().with("slipway:alerts.topic", SHARED));
    var host = stack.policiesOf("identity-host");
    var encrypt =
        Request.of(
            stack.arnOf("identity-host"),
            "kms:GenerateDataKey",
            "arn:aws:kms:us-east-1:123456789012:key/1234");
    var context = "kms:EncryptionContext:aws:sns:topicArn";

    assertThat(
            host.evaluate(Request.of(stack.arnOf("identity-host"), "sns:Publish", SHARED))
                .allowed())
        .isTrue();
    assertThat(host.evaluate(encrypt.with(context, SHARED)).allowed()).isTrue();
    assertThat(host.evaluate(encrypt.with(context, SHARED + "2")).allowed()).isFalse();
    assertThat(host.evaluate(encrypt).allowed()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "slipway-foundation-alerts-1, , is not the ARN of a topic",
    "arn:aws:sns:us-east-1:123456789012:slipway-foundation-alerts-1, ops@example.com, leave one of"
  })
  void takesOneTopicThatExists(String topic, String email, String message) {
    assertThatThrownBy(
            () -> new AlertSettings(Optional.ofNullable(email), Optional.of(topic), false, 30))
        .isInstanceOf(InvalidSettings.class)
        .satisfies(
            invalid ->
                assertThat(((InvalidSettings) invalid).problems())
                    .singleElement()
                    .asString()
                    .contains(message));
  }

  @Test
  void letsTheAgentPublishWhereItIsInstalled() {
    var stack = Staging.stack(Staging.config().with("slipway:alerts.cloudwatchAgent", true));

    assertThat(
            stack
                .policiesOf("identity-host")
                .evaluate(
                    Request.of(stack.arnOf("identity-host"), "cloudwatch:PutMetricData", "*")
                        .with("cloudwatch:namespace", "CWAgent"))
                .allowed())
        .isTrue();
    var memory = stack.only("aws:cloudwatch/metricAlarm:MetricAlarm", "monitoring-memory");
    assertThat(memory.input("namespace")).isEqualTo("Slipway");
    assertThat(memory.input("metricName")).isEqualTo("mem_used_percent");
    assertThat(memory.input("statistic")).as("the fullest host's").isEqualTo("Maximum");
    assertThat(memory.input("dimensions")).isEqualTo(Map.of("Stack", "staging"));
    assertThat(memory.input("threshold")).isEqualTo(90L);
    assertThat(memory.input("period")).isEqualTo(300L);
  }
}
