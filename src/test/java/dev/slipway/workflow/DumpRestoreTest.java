package dev.slipway.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.slipway.core.Problems;
import dev.slipway.core.SettingsBinder;
import dev.slipway.database.PostgresDatabase;
import dev.slipway.database.PostgresSettings;
import dev.slipway.host.Artifacts;
import dev.slipway.monitoring.AlertSettings;
import dev.slipway.monitoring.Monitoring;
import dev.slipway.release.CommandDocuments;
import dev.slipway.release.ReleaseSettings;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DumpRestoreTest {
  private static final String FUNCTION = "aws:lambda/function:Function";
  private static final String MACHINE = "aws:sfn/stateMachine:StateMachine";
  private static final String ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
  private static final String ACCOUNT = "123456789012";

  private static <R extends Record> R bound(Class<R> type, Map<String, String> given) {
    return new SettingsBinder("slipway", new Problems()).bind(type, given).orElseThrow();
  }

  static Consumer<Trial> dumps(Map<String, String> given, String email) {
    return trial -> {
      var network = trial.network(Trial.ZONES);
      var database =
          new PostgresDatabase(
              trial.called("database"),
              network,
              bound(PostgresSettings.class, Map.of("version", "16")),
              trial.identity(),
              trial.part());
      var monitoring =
          new Monitoring(
              trial.called("monitoring"),
              bound(AlertSettings.class, email.isEmpty() ? Map.of() : Map.of("email", email)),
              trial.part());
      var documents =
          new CommandDocuments(
              trial.called("runbook"),
              List.of("status"),
              bound(ReleaseSettings.class, Map.of()),
              trial.part());
      var dumps =
          new DumpRestore(
              trial.called("dumps"),
              database,
              documents,
              new Artifacts(trial.called("code"), trial.part()),
              monitoring,
              trial.identity(),
              DumpSettingsTest.settings(given),
              trial.part());
      dumps.grantUse(trial.identity().role("release", "ec2.amazonaws.com"));
      database.allowFrom(trial.fleet(network, Trial.hosts(1), dumps));
      monitoring.watch(dumps);
    };
  }

  private final FakeStack stack =
      Trial.of(dumps(Map.of("schedule", "17 1 * * *"), "ops@example.com"));
  private final FakeStack plain = Trial.of(dumps(Map.of(), ""));

  private String bucket() {
    return String.valueOf(
        stack.only("aws:s3/bucketV2:BucketV2", "dumps-bucket-bucket").output("arn"));
  }

  private String machine() {
    return String.valueOf(stack.only(MACHINE).output("arn"));
  }

  private String function(String part) {
    return String.valueOf(stack.only(FUNCTION, "dumps-" + part).output("arn"));
  }

  private boolean may(String part, String action, String resource) {
    return request(part, Request.of(stack.arnOf("identity-" + part), action, resource));
  }

  private boolean request(String part, Request request) {
    return stack.policiesOf("identity-" + part).evaluate(request).allowed();
  }

  private static String arn(String service, String resource) {
    return "arn:aws:%s:us-east-1:%s:%s".formatted(service, ACCOUNT, resource);
  }

  @Test
  void anUploadBelowThePrefixStartsTheMachine() {
    var pattern =
        JsonParser.parseString(
                stack.only("aws:cloudwatch/eventRule:EventRule").text("eventPattern"))
            .getAsJsonObject();
    var bucket = stack.only("aws:s3/bucketV2:BucketV2", "dumps-bucket-bucket");
    var target = stack.only("aws:cloudwatch/eventTarget:EventTarget");

    assertThat(pattern.toString())
        .isEqualTo(
            ("{\"detail\":{\"bucket\":{\"name\":[\"%s\"]},\"object\":{\"key\":[{\"prefix\":"
                    + "\"db-dumps/\"}]}},\"detail-type\":[\"Object Created\"],\"source\":[\"aws.s3\"]}")
                .formatted(bucket.output("bucket")));
    assertThat(target.input("arn")).isEqualTo(machine());
    assertThat(target.input("input")).isNull();
    assertThat(target.input("roleArn")).isEqualTo(stack.arnOf("identity-dumps-events"));
    assertThat(stack.only("aws:s3/bucketNotification:BucketNotification").input("eventbridge"))
        .isEqualTo(true);
  }

  @Test
  void theBucketIsAsEveryBucketAndKeepsEachKindForItsTime() {
    var bucket = stack.only("aws:s3/bucketV2:BucketV2", "dumps-bucket-bucket");
    var rules =
        stack.only(
            "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
            "dumps-bucket-lifecycle");

    assertThat(bucket.input("bucketPrefix")).isEqualTo("slipway-trial-data-dumps-");
    assertThat(bucket.isProtected()).isTrue();
    assertThat(rules.input("rules[0].filter.prefix")).isEqualTo("");
    assertThat(rules.input("rules[0].expiration")).isNull();
    assertThat(
            List.of(1, 2, 3, 4).stream()
                .collect(
                    Collectors.toMap(
                        i -> rules.text("rules[%d].filter.prefix".formatted(i)),
                        i -> rules.input("rules[%d].expiration.days".formatted(i)))))
        .isEqualTo(Map.of("db-dumps/", 30L, "manifests/", 30L, "claims/", 365L, "results/", 365L));
  }

  @Test
  void theMachineCallsItsFunctionsAndLogsWithoutTheTokens() {
    var made = stack.only(MACHINE);

    assertThat(made.text("definition"))
        .contains(function("validate"), function("claim"), function("run"))
        .contains(String.valueOf(stack.only("aws:sns/topic:Topic").output("arn")));
    assertThat(made.input("loggingConfiguration.includeExecutionData")).isEqualTo(false);
    assertThat(made.input("loggingConfiguration.level")).isEqualTo("ALL");
    assertThat(made.text("loggingConfiguration.logDestination"))
        .endsWith("log-group:/aws/vendedlogs/states/slipway-trial-dumps:*");
    assertThat(made.input("tracingConfiguration.enabled")).isEqualTo(false);
    assertThat(plain.only(MACHINE).text("definition")).doesNotContain(":sns:");
  }

  @Test
  void functionsAreOfOneArchiveAndWriteToLogsThatEnd() {
    var zip = FunctionCode.zip();
    for (var part : List.of("validate", "claim", "run")) {
      var made = stack.only(FUNCTION, "dumps-" + part);
      assertThat(made.input("s3Key")).isEqualTo(zip.key());
      assertThat(made.input("sourceCodeHash")).isEqualTo(zip.base64Sha256());
      assertThat(made.input("handler")).isEqualTo(part + ".handler");
      assertThat(made.input("runtime")).isEqualTo("python3.12");
      assertThat(made.input("loggingConfig.logGroup")).isEqualTo("/slipway/trial/dumps/" + part);
      assertThat(
              stack
                  .only("aws:cloudwatch/logGroup:LogGroup", "log-" + part)
                  .input("retentionInDays"))
          .isEqualTo(30L);
    }
    assertThat(stack.only(FUNCTION, "dumps-validate").input("environment.variables"))
        .isEqualTo(
            Map.of(
                "DUMPS_BUCKET",
                stack.only("aws:s3/bucketV2:BucketV2", "dumps-bucket-bucket").output("bucket"),
                "SERVER_MAJOR",
                "16",
                "MAX_GIB",
                "5",
                "MAX_UNPACKED_GIB",
                "20"));
  }

  @Test
  void tracesWhereItIsAskedTo() {
    var traced = Trial.of(dumps(Map.of("xray", "true"), ""));

    assertThat(traced.only(MACHINE).input("tracingConfiguration.enabled")).isEqualTo(true);
    assertThat(traced.all(FUNCTION))
        .extracting(function -> function.input("tracingConfig.mode"))
        .containsOnly("Active");
    for (var part : List.of("validate", "claim", "run", "workflow")) {
      assertThat(
              traced
                  .policiesOf("identity-dumps-" + part)
                  .evaluate(
                      Request.of(
                          traced.arnOf("identity-dumps-" + part), "xray:PutTraceSegments", "*"))
                  .allowed())
          .isTrue();
    }
  }

  @Test
  void theScheduleMakesDumps() {
    var schedule = stack.only("aws:scheduler/schedule:Schedule");

    assertThat(schedule.input("scheduleExpression")).isEqualTo("cron(17 1 * * ? *)");
    assertThat(schedule.input("target.arn")).isEqualTo(machine());
    assertThat(schedule.input("target.input")).isEqualTo("{\"make\":true}");
    assertThat(plain.all("aws:scheduler/schedule:Schedule")).isEmpty();
  }

  @Test
  void validateReadsUploadsAndWritesNothing() {
    assertThat(may("dumps-validate", "s3:GetObject", bucket() + "/db-dumps/a.dump")).isTrue();
    assertThat(may("dumps-validate", "s3:GetObjectVersion", bucket() + "/db-dumps/a.dump"))
        .isTrue();
    assertThat(may("dumps-validate", "s3:ListBucket", bucket())).isTrue();
    assertThat(may("dumps-validate", "s3:GetObject", bucket() + "/lock.json")).isFalse();
    assertThat(may("dumps-validate", "s3:PutObject", bucket() + "/db-dumps/a.dump")).isFalse();
    assertThat(may("dumps-validate", "s3:GetObject", "arn:aws:s3:::other/db-dumps/a.dump"))
        .isFalse();
    assertThat(may("dumps-validate", "ssm:SendCommand", arn("ssm", "document/slipway-trial-dump")))
        .isFalse();
  }

  @Test
  void claimKeepsTheLockAndAsksAboutItsMachineAlone() {
    for (var key : List.of("/lock.json", "/claims/0123456789ab.json")) {
      assertThat(may("dumps-claim", "s3:GetObject", bucket() + key)).isTrue();
      assertThat(may("dumps-claim", "s3:PutObject", bucket() + key)).isTrue();
      assertThat(may("dumps-claim", "s3:DeleteObject", bucket() + key)).isFalse();
    }
    assertThat(may("dumps-claim", "s3:PutObject", bucket() + "/results/0123456789ab.json"))
        .isTrue();
    assertThat(may("dumps-claim", "s3:GetObject", bucket() + "/db-dumps/a.dump")).isFalse();
    assertThat(may("dumps-claim", "s3:PutObject", bucket() + "/db-dumps/a.dump")).isFalse();
    assertThat(
            may(
                "dumps-claim",
                "states:DescribeExecution",
                machine().replace("stateMachine", "execution") + ":1"))
        .isTrue();
    assertThat(
            may(
                "dumps-claim",
                "states:DescribeExecution",
                arn("states", "execution:other-machine:1")))
        .isFalse();
  }

  @Test
  void runSendsOneDocumentToTheStacksOwnHosts() {
    var role = stack.arnOf("identity-dumps-run");
    var host = Request.of(role, "ssm:SendCommand", arn("ec2", "instance/i-0123456789abcdef0"));

    assertThat(may("dumps-run", "ssm:SendCommand", arn("ssm", "document/slipway-trial-dump")))
        .isTrue();
    assertThat(may("dumps-run", "ssm:SendCommand", arn("ssm", "document/slipway-trial-release")))
        .isFalse();
    assertThat(may("dumps-run", "ssm:SendCommand", arn("ssm", "document/AWS-RunShellScript")))
        .isFalse();
    assertThat(request("dumps-run", host.with("ssm:resourceTag/slipway:stack", "trial"))).isTrue();
    assertThat(request("dumps-run", host.with("ssm:resourceTag/slipway:stack", "other"))).isFalse();
    assertThat(request("dumps-run", host)).isFalse();
    assertThat(may("dumps-run", "ssm:DescribeInstanceInformation", "*")).isTrue();
    assertThat(may("dumps-run", "s3:GetObject", bucket() + "/db-dumps/a.dump")).isFalse();
  }

  @Test
  void theMachineCallsItsOwnFunctionsAndTellsItsTopic() {
    var topic = String.valueOf(stack.only("aws:sns/topic:Topic").output("arn"));

    assertThat(may("dumps-workflow", "lambda:InvokeFunction", function("run"))).isTrue();
    assertThat(may("dumps-workflow", "lambda:InvokeFunction", arn("lambda", "function:other")))
        .isFalse();
    assertThat(may("dumps-workflow", "sns:Publish", topic)).isTrue();
    assertThat(may("dumps-workflow", "sns:Publish", arn("sns", "other"))).isFalse();
    assertThat(may("dumps-workflow", "ssm:SendCommand", arn("ssm", "document/slipway-trial-dump")))
        .isFalse();
    assertThat(may("dumps-workflow", "s3:GetObject", bucket() + "/db-dumps/a.dump")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"events", "scheduler"})
  void whatStartsTheMachineDoesNothingElse(String part) {
    assertThat(may("dumps-" + part, "states:StartExecution", machine())).isTrue();
    assertThat(may("dumps-" + part, "states:StartExecution", arn("states", "stateMachine:other")))
        .isFalse();
    assertThat(may("dumps-" + part, "states:StopExecution", machine())).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "validate, lambda.amazonaws.com",
    "claim, lambda.amazonaws.com",
    "run, lambda.amazonaws.com",
    "workflow, states.amazonaws.com",
    "events, events.amazonaws.com",
    "scheduler, scheduler.amazonaws.com"
  })
  void everyPartHasARoleThatOneServiceOfThisAccountTakes(String part, String service) {
    var role = "identity-dumps-" + part;
    var nobody = new PolicyEvaluator(List.of()).atGuarded(stack.trustOf(role));
    var request = Request.of(service, "sts:AssumeRole", stack.arnOf(role));

    assertThat(nobody.evaluate(request.with("aws:SourceAccount", ACCOUNT)).allowed()).isTrue();
    assertThat(nobody.evaluate(request.with("aws:SourceAccount", "111122223333")).allowed())
        .isFalse();
    assertThat(
            nobody
                .evaluate(
                    Request.of("ec2.amazonaws.com", "sts:AssumeRole", stack.arnOf(role))
                        .with("aws:SourceAccount", ACCOUNT))
                .allowed())
        .isFalse();
  }

  @Test
  void hostsReadDumpsKeepTheirOwnAndAnswer() {
    assertThat(may("release", "s3:GetObjectVersion", bucket() + "/db-dumps/a.dump")).isTrue();
    assertThat(may("release", "s3:PutObject", bucket() + "/db-dumps/made/a.dump")).isTrue();
    assertThat(may("release", "s3:PutObject", bucket() + "/manifests/a.json")).isTrue();
    assertThat(may("release", "s3:DeleteObject", bucket() + "/claims/0123456789ab.json")).isTrue();
    assertThat(may("release", "states:SendTaskSuccess", machine())).isTrue();
    assertThat(may("release", "states:SendTaskSuccess", machine() + "-other")).isFalse();
    assertThat(may("release", "s3:PutObject", bucket() + "/db-dumps/a.dump")).isFalse();
    assertThat(may("release", "s3:DeleteObject", bucket() + "/db-dumps/made/a.dump")).isFalse();
    assertThat(may("release", "s3:PutObject", bucket() + "/lock.json")).isFalse();
    assertThat(may("release", "s3:PutObject", bucket() + "/claims/0123456789ab.json")).isFalse();
    assertThat(may("release", "states:StartExecution", machine())).isFalse();
  }

  @Test
  void hostsAreToldOfTheBucketAndTheMachine() {
    var told =
        JsonParser.parseString(stack.only("aws:ssm/parameter:Parameter").text("value"))
            .getAsJsonObject();

    assertThat(told.get("dumpsStateMachine").getAsString()).isEqualTo(machine());
    assertThat("arn:aws:s3:::" + told.get("dumpsBucket").getAsString()).isEqualTo(bucket());
  }

  @Test
  void somebodyHearsOfWhatFailsAndOfDumpsThatAreMissing() {
    var alarms =
        stack.all(ALARM).stream()
            .collect(Collectors.toMap(each -> each.text("name"), each -> each));

    assertThat(alarms.keySet())
        .containsExactlyInAnyOrder(
            "slipway-trial-dumps-failed",
            "slipway-trial-dumps-timedout",
            "slipway-trial-dumps-aborted",
            "slipway-trial-dumps-validate-errors",
            "slipway-trial-dumps-claim-errors",
            "slipway-trial-dumps-run-errors",
            "slipway-trial-dumps-events",
            "slipway-trial-dumps-age");
    assertThat(alarms.get("slipway-trial-dumps-failed").input("dimensions"))
        .isEqualTo(Map.of("StateMachineArn", machine()));
    var age = alarms.get("slipway-trial-dumps-age");
    assertThat(age.input("metricName")).isEqualTo("ExecutionsSucceeded");
    assertThat(age.input("period")).isEqualTo(3600L);
    assertThat(age.input("evaluationPeriods")).isEqualTo(26L);
    assertThat(age.input("treatMissingData")).isEqualTo("breaching");
    assertThat(plain.all(ALARM))
        .extracting(FakeResource::name)
        .noneMatch(name -> name.endsWith("dumps-age"));
  }
}
