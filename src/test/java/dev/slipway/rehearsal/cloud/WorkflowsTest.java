package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.plan.graph.PropertyValues.Asset;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From an object in a bucket to the end of a state machine: functions run, tasks are answered, and
 * everybody has the rights of their role and no others.
 */
@Tag("moto")
class WorkflowsTest {

  private static final String REGION = "us-east-1";
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String OPERATOR = "AKIAOPERATOR";

  /** A function for each thing that one can do. */
  private static final String CODE =
      """
import json, os, time
import boto3

def handle(event, context):
    what = event.get("what", "echo")
    if what == "fail":
        raise ValueError("the dump is bad")
    if what == "sleep":
        time.sleep(30)
    if what == "eat":
        return len(bytearray(1 << 30))
    if what == "exit":
        os._exit(3)
    if what == "read":
        return boto3.client("s3").get_object(Bucket="box", Key=event["key"])["Body"].read().decode()
    if what == "who":
        return boto3.client("sts").get_caller_identity()["Arn"]
    if what == "token":
        boto3.client("s3").put_object(Bucket="box", Key="token", Body=event["token"].encode())
    print("asked for", what)
    return {"event": event, "greeting": os.environ["GREETING"], "home": os.environ.get("HOME"),
            "seconds": round(context.get_remaining_time_in_millis() / 1000)}
""";

  @TempDir static Path directory;
  private static Children children;
  private static AwsClient aws;
  private static Authorization authorization;
  private static Endpoint endpoint;
  private static RunCommands commands;
  private static Functions functions;
  private static Events events;
  private static StateMachines machines;
  private static Handlers handlers;

  @BeforeAll
  static void start() throws Exception {
    children = new Children(directory);
    var tools = Tools.installed();
    var moto = Moto.start(tools, directory, children);
    aws = new AwsClient(moto.address(), REGION);
    var all = new Machines("test", MachineNetwork.FIRST, directory, REGION);
    var sessions = new Sessions(InstantSource.system());
    var buckets = new BucketPolicies();
    var metadata = new InstanceMetadata(all, profile -> null, REGION);
    var faults = new Faults(all, sessions);
    var roles = new Roles(aws, sessions);
    var resources = new AccountResources(aws, all);
    authorization = new Authorization(aws, metadata, buckets, resources);
    endpoint =
        new Endpoint(
            moto.address(),
            all,
            metadata,
            authorization,
            buckets,
            faults,
            sessions,
            new WebIdentity(aws, new TokenIssuer().key(), sessions, InstantSource.system()),
            roles,
            OPERATOR,
            directory.resolve("endpoint.log"));
    commands =
        new RunCommands(all, aws, faults, authorization, new DockerAgent(), InstantSource.system());
    endpoint.start(commands, Optional.empty());
    URI address = URI.create("http://127.0.0.1:" + endpoint.port());
    functions = new Functions(aws, tools, directory, children, roles, authorization, address);
    machines =
        new StateMachines(
            Path.of(StateMachines.SCRIPT), tools, directory, children, roles, address, REGION);
    resources.tasks(machines::machineOfTask);
    events = new Events(aws, roles, authorization, machines);
    endpoint.workflows(new Workflows(functions, machines, events));
    var made = new ArrayList<Handler>();
    made.addAll(new FunctionHandlers(aws, functions, roles).all());
    made.addAll(new StateMachineHandlers(aws, machines, roles, authorization).all());
    made.addAll(new EventHandlers(aws, events, roles).all());
    made.addAll(new LogHandlers(aws).all());
    handlers = new Handlers(REGION, made);
    account();
  }

  @AfterAll
  static void end() {
    events.close();
    functions.close();
    endpoint.close();
    commands.close();
    children.close();
  }

  // --- the account
  // ---------------------------------------------------------------------------------------------------

  private static String role(String name, String service, String... statements) {
    String arn =
        aws.query(
                "iam",
                "CreateRole",
                Map.of(
                    "RoleName",
                    name,
                    "AssumeRolePolicyDocument",
                    """
                    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                      "Action": "sts:AssumeRole", "Principal": {"Service": "%s.amazonaws.com"},
                      "Condition": {"StringEquals": {"aws:SourceAccount": "%s"}}}]}
                    """
                        .formatted(service, EmulatedCloud.ACCOUNT)))
            .need("Arn");
    for (String statement : statements) {
      allow(name, statement);
    }
    return arn;
  }

  /** A statement such as {@code "s3:GetObject arn:aws:s3:::box/*"}. */
  private static void allow(String role, String statement) {
    String[] parts = statement.split(" ");
    aws.query(
        "iam",
        "PutRolePolicy",
        Map.of(
            "RoleName",
            role,
            "PolicyName",
            parts[0].replace(":", "-"),
            "PolicyDocument",
            "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \""
                + parts[0]
                + "\", \"Resource\": \""
                + parts[1]
                + "\"}]}"));
  }

  private static String functionRole;
  private static String machineRole;
  private static String topic;

  private static void account() throws Exception {
    aws.rest("s3", "PUT", "/box", Map.of(), new byte[0]);
    put(
        "/box?versioning",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    aws.rest("s3", "PUT", "/box/allowed", Map.of(), "one".getBytes(StandardCharsets.UTF_8));
    topic = aws.query("sns", "CreateTopic", Map.of("Name", "alerts")).need("TopicArn");
    String logs = aws.arn("logs", "log-group:/work:*");
    functionRole =
        role(
            "function",
            "lambda",
            "s3:GetObject arn:aws:s3:::box/allowed",
            "s3:PutObject arn:aws:s3:::box/token",
            "logs:CreateLogStream " + logs,
            "logs:PutLogEvents " + logs);
    machineRole =
        role(
            "machine",
            "states",
            "lambda:InvokeFunction " + aws.arn("lambda", "function:work"),
            "sns:Publish " + topic);
    create("aws:cloudwatch/logGroup:LogGroup", "logs", Map.of("name", "/work"));
    create("aws:lambda/function:Function", "work", function());
  }

  private static void put(String path, String xml) {
    aws.rest(
        "s3",
        "PUT",
        path,
        Map.of("Content-Type", "application/xml"),
        xml.getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, Object> function() {
    var inputs = new LinkedHashMap<String, Object>();
    inputs.put("name", "work");
    inputs.put("role", functionRole);
    inputs.put("runtime", "python3.11");
    inputs.put("handler", "work.handle");
    inputs.put("timeout", 30L);
    inputs.put("memorySize", 512L);
    inputs.put("environment", Map.of("variables", Map.of("GREETING", "hello")));
    inputs.put("loggingConfig", Map.of("logFormat", "Text", "logGroup", "/work"));
    inputs.put(
        "code",
        new Asset(
            true, Map.of("assets", Map.of("work.py", new Asset(false, Map.of("text", CODE))))));
    return inputs;
  }

  private static Handler.Made create(String token, String name, Map<String, Object> inputs) {
    return handlers.create(new Handler.Request(token, name, "", inputs, Map.of(), Map.of()));
  }

  private static void delete(String token, String id, Map<String, Object> inputs) {
    handlers.delete(new Handler.Request(token, "x", id, inputs, inputs, Map.of()));
  }

  private static String machine(String name, String definition) {
    return create(
            "aws:sfn/stateMachine:StateMachine",
            name,
            Map.of("name", name, "roleArn", machineRole, "definition", definition))
        .id();
  }

  // --- calls
  // ---------------------------------------------------------------------------------------------------------

  private static HttpResponse<String> call(
      String service, String method, String path, Map<String, String> headers, String body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .header(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=%s/20260101/%s/%s/aws4_request, SignedHeaders=host, Signature=0"
                    .formatted(OPERATOR, REGION, service));
    headers.forEach(request::header);
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> invoke(String function, String payload) throws Exception {
    return call(
        "lambda", "POST", "/2015-03-31/functions/" + function + "/invocations", Map.of(), payload);
  }

  private static Map<String, Object> states(String operation, Map<String, Object> body)
      throws Exception {
    var answer =
        call(
            "states",
            "POST",
            "/",
            Map.of(
                "Content-Type",
                "application/x-amz-json-1.0",
                "X-Amz-Target",
                "AWSStepFunctions." + operation),
            AwsClient.GSON.toJson(body));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return AwsClient.object(answer.body().getBytes(StandardCharsets.UTF_8));
  }

  /** A look, which gives null as long as there is nothing to be seen. */
  private interface Look<T> {
    T at() throws Exception;
  }

  private static <T> T await(String what, Look<T> look) throws Exception {
    Instant end = Instant.now().plusSeconds(30);
    for (T seen = look.at(); ; seen = look.at()) {
      if (seen != null) {
        return seen;
      }
      assertThat(Instant.now()).as("waited for " + what).isBefore(end);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  private static Map<String, Object> ended(String execution) throws Exception {
    return await(
        execution + " to end",
        () -> {
          var now = machines.call("DescribeExecution", "executionArn", execution);
          return now.get("status").equals("RUNNING") ? null : now;
        });
  }

  private static String object(String key) throws Exception {
    return await(
        key,
        () -> {
          try {
            var read = aws.rest("s3", "GET", "/box/" + key, Map.of(), new byte[0]);
            return new String(read.body(), StandardCharsets.UTF_8);
          } catch (AwsError e) {
            return null;
          }
        });
  }

  // --- functions
  // -----------------------------------------------------------------------------------------------------

  @Test
  void functionRunsAsItIs() throws Exception {
    var answer = invoke("work", "{\"what\": \"echo\"}");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("X-Amz-Function-Error")).isEmpty();
    assertThat(answer.body()).contains("\"greeting\": \"hello\"", "\"seconds\": 30");
    assertThat(answer.body())
        .as("nothing of this machine's environment")
        .contains("\"home\": null");
  }

  @Test
  void functionIsFoundByEveryFormOfItsName() throws Exception {
    String arn = AwsClient.encode(aws.arn("lambda", "function:work"));
    assertThat(invoke(arn, "{}").statusCode()).isEqualTo(200);
    var none = invoke("other", "{}");
    assertThat(none.statusCode()).isEqualTo(404);
    assertThat(none.body()).contains("Function not found: arn:aws:lambda");
  }

  @Test
  void functionHasTheRightsOfItsRole() throws Exception {
    assertThat(invoke("work", "{\"what\": \"who\"}").body()).contains("assumed-role/function/work");
    assertThat(invoke("work", "{\"what\": \"read\", \"key\": \"allowed\"}").body())
        .isEqualTo("\"one\"");
    var refused = invoke("work", "{\"what\": \"read\", \"key\": \"other\"}");
    assertThat(refused.headers().firstValue("X-Amz-Function-Error")).contains("Unhandled");
    assertThat(refused.body()).contains("is not authorized to perform: s3:GetObject");
  }

  @Test
  void functionThatFailsSaysHow() throws Exception {
    var failed = invoke("work", "{\"what\": \"fail\"}");
    assertThat(failed.statusCode()).isEqualTo(200);
    assertThat(failed.headers().firstValue("X-Amz-Function-Error")).contains("Unhandled");
    assertThat(failed.body()).contains("ValueError", "the dump is bad");

    var ended = invoke("work", "{\"what\": \"exit\"}");
    assertThat(ended.headers().firstValue("X-Amz-Function-Error")).contains("Unhandled");
    assertThat(invoke("work", "{}").body()).as("and runs again").contains("hello");
  }

  @Test
  void functionIsCutOffByItsTimeOutAndItsMemory() throws Exception {
    Map<String, Object> brief = renamed("brief");
    brief.put("timeout", 3L);
    create("aws:lambda/function:Function", "brief", brief);
    var slow = invoke("brief", "{\"what\": \"sleep\"}");
    assertThat(slow.headers().firstValue("X-Amz-Function-Error")).contains("Unhandled");
    assertThat(slow.body()).contains("Task timed out after 3.00 seconds");

    var greedy = invoke("work", "{\"what\": \"eat\"}");
    assertThat(greedy.headers().firstValue("X-Amz-Function-Error")).contains("Unhandled");
    assertThat(greedy.body()).contains("MemoryError");
    assertThat(invoke("work", "{}").body()).as("and runs again").contains("hello");
  }

  @Test
  void whatAFunctionPrintsIsInItsLogGroup() throws Exception {
    invoke("work", "{\"what\": \"print me\"}");

    var logs = new AwsClient.Json(aws, "logs", "Logs_20140328");
    String lines = String.valueOf(logs.call("FilterLogEvents", "logGroupName", "/work"));
    assertThat(lines).contains("asked for print me", "START RequestId").doesNotContain("(rapid)");
  }

  @Test
  void whatLambdaRefusesIsRefused() {
    var tooLong = new LinkedHashMap<>(function());
    tooLong.putAll(Map.of("name", "other", "timeout", 901L));
    var reserved = new LinkedHashMap<>(function());
    reserved.put("name", "other");
    reserved.put("environment", Map.of("variables", Map.of("AWS_REGION", "x")));
    var foreign = new LinkedHashMap<>(function());
    foreign.putAll(Map.of("name", "other", "role", machineRole));

    assertThatThrownBy(() -> create("aws:lambda/function:Function", "work", tooLong))
        .hasMessageContaining("'timeout' failed to satisfy constraint");
    assertThatThrownBy(() -> create("aws:lambda/function:Function", "work", reserved))
        .hasMessageContaining("reserved keys");
    assertThatThrownBy(() -> create("aws:lambda/function:Function", "work", foreign))
        .hasMessageContaining("cannot be assumed by Lambda");
    assertThatThrownBy(() -> create("aws:lambda/function:Function", "work", function()))
        .hasMessageContaining("already exist");
  }

  @Test
  void changedFunctionRunsItsNewCode() throws Exception {
    var inputs = new LinkedHashMap<>(function());
    inputs.put("name", "changing");
    String id = create("aws:lambda/function:Function", "changing", inputs).id();
    assertThat(invoke("changing", "{}").body()).contains("hello");

    inputs.put("environment", Map.of("variables", Map.of("GREETING", "good day")));
    handlers.update(
        new Handler.Request(
            "aws:lambda/function:Function", "changing", id, inputs, inputs, Map.of()));
    assertThat(invoke("changing", "{}").body()).contains("good day");

    delete("aws:lambda/function:Function", id, inputs);
    assertThat(invoke("changing", "{}").statusCode()).isEqualTo(404);
  }

  @Test
  void permissionsAreKeptUntilTheyAreTakenAway() {
    Map<String, Object> inputs =
        Map.of(
            "function", "work",
            "action", "lambda:InvokeFunction",
            "principal", "events.amazonaws.com",
            "statementId", "events");
    String id = create("aws:lambda/permission:Permission", "events", inputs).id();
    var request =
        new Handler.Request("aws:lambda/permission:Permission", "x", id, inputs, inputs, Map.of());
    assertThat(handlers.exists(request)).isTrue();
    handlers.delete(request);
    assertThat(handlers.exists(request)).isFalse();
  }

  // --- state machines
  // ------------------------------------------------------------------------------------------------

  private static String waiting(String retry) {
    return """
{"StartAt": "Run", "States": {
  "Run": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "TimeoutSeconds": 60, "HeartbeatSeconds": 2,
    "Parameters": {"FunctionName": "%s",
      "Payload": {"what": "token", "token.$": "$$.Task.Token"}},
    "ResultPath": "$.result", "Retry": [%s],
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Told"}],
    "Next": "Done"},
  "Told": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish",
    "Parameters": {"TopicArn": "%s",
      "Message.$": "States.Format('{}: {}', $.error.Error, $.error.Cause)"},
    "ResultPath": null, "Next": "Failed"},
  "Failed": {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"},
  "Done": {"Type": "Succeed"}}}
"""
        .formatted(aws.arn("lambda", "function:work"), retry, topic);
  }

  private static String start(String machine) throws Exception {
    try {
      aws.rest("s3", "DELETE", "/box/token", Map.of(), null);
    } catch (AwsError e) {
      // There is none yet.
    }
    return String.valueOf(
        states("StartExecution", Map.of("stateMachineArn", machine, "input", "{\"a\": 1}"))
            .get("executionArn"));
  }

  @Test
  void taskIsAnsweredByWhoHasItsToken() throws Exception {
    String execution = start(machine("answered", waiting("")));
    String token = object("token");
    Instant later = Instant.now().plusSeconds(3);
    await(
        "longer than a task may be without a sign of life",
        () -> {
          states("SendTaskHeartbeat", Map.of("taskToken", token));
          return Instant.now().isAfter(later) ? later : null;
        });
    assertThat(machines.machineOfTask(token)).endsWith(":stateMachine:answered");
    assertThat(machines.machineOfTask("nobody's")).isEqualTo("*");
    states("SendTaskSuccess", Map.of("taskToken", token, "output", "{\"tables\": 7}"));

    var end = ended(execution);
    assertThat(end.get("status")).isEqualTo("SUCCEEDED");
    assertThat(AwsClient.object(Machines.utf8(String.valueOf(end.get("output")))))
        .isEqualTo(Map.of("a", 1L, "result", Map.of("tables", 7L)));
  }

  @Test
  void taskThatShowsNoSignOfLifeIsTriedAgain() throws Exception {
    String again =
        "{\"ErrorEquals\": [\"States.HeartbeatTimeout\"], \"IntervalSeconds\": 1,"
            + " \"MaxAttempts\": 1}";
    String execution = start(machine("again", waiting(again)));
    String first = object("token");
    String second =
        await(
            "another token",
            () -> {
              String now = object("token");
              return now.equals(first) ? null : now;
            });
    assertThatThrownBy(() -> states("SendTaskHeartbeat", Map.of("taskToken", first)))
        .hasMessageContaining("TaskTimedOut");
    states("SendTaskSuccess", Map.of("taskToken", second, "output", "{}"));
    assertThat(ended(execution).get("status")).isEqualTo("SUCCEEDED");
    assertThatThrownBy(() -> states("SendTaskHeartbeat", Map.of("taskToken", second)))
        .hasMessageContaining("TaskTimedOut");
  }

  @Test
  void taskThatFailsIsCaughtWithItsErrorAndTold() throws Exception {
    String execution = start(machine("failing", waiting("")));
    states(
        "SendTaskFailure",
        Map.of("taskToken", object("token"), "error", "DumpRefused", "cause", "It has no tables."));

    var end = ended(execution);
    assertThat(end.get("status")).isEqualTo("FAILED");
    assertThat(end.get("error")).isEqualTo("DumpRefused");
    assertThat(end.get("cause")).isEqualTo("It has no tables.");
    assertThat(
            String.valueOf(
                machines.call("GetExecutionHistory", "executionArn", execution).get("events")))
        .as("the topic was told")
        .contains("MessageId");
  }

  @Test
  void taskHasTheRightsOfItsMachineAlone() throws Exception {
    create("aws:lambda/function:Function", "hidden", renamed("hidden"));
    String execution =
        start(
            machine(
                "curious",
                """
                {"StartAt": "Run", "States": {"Run": {"Type": "Task", "End": true,
                  "Resource": "arn:aws:states:::lambda:invoke",
                  "Parameters": {"FunctionName": "%s"}}}}
                """
                    .formatted(aws.arn("lambda", "function:hidden"))));

    var end = ended(execution);
    assertThat(end.get("status")).isEqualTo("FAILED");
    assertThat(String.valueOf(end.get("cause")))
        .contains("machine/", "is not authorized to perform: lambda:InvokeFunction");
  }

  private static Map<String, Object> renamed(String name) {
    var inputs = new LinkedHashMap<>(function());
    inputs.put("name", name);
    return inputs;
  }

  @Test
  void machineThatCanNotBeExecutedIsRefused() {
    assertThatThrownBy(() -> machine("broken", "{\"StartAt\": \"A\"}"))
        .isInstanceOf(AwsError.class);
    assertThatThrownBy(
            () ->
                create(
                    "aws:sfn/stateMachine:StateMachine",
                    "foreign",
                    Map.of("name", "foreign", "roleArn", functionRole, "definition", waiting(""))))
        .hasMessageContaining("is authorized to assume the provided role");
    assertThatThrownBy(
            () ->
                create(
                    "aws:sfn/stateMachine:StateMachine",
                    "logging",
                    Map.of(
                        "name",
                        "logging",
                        "roleArn",
                        machineRole,
                        "definition",
                        waiting(""),
                        "loggingConfiguration",
                        Map.of("level", "ALL"))))
        .hasMessageContaining("not authorized to access the Log Destination");
  }

  // --- events and schedules
  // ------------------------------------------------------------------------------------------

  private static String passing(String name) {
    return machine(
        name, "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Pass\", \"End\": true}}}");
  }

  private static Map<String, Object> executions(String machine) {
    return machines.call("ListExecutions", "stateMachineArn", machine);
  }

  private static Map<String, Object> input(String machine) throws Exception {
    String execution =
        await(
            "an execution",
            () ->
                Values.maps(executions(machine).get("executions")).stream()
                    .findFirst()
                    .map(each -> String.valueOf(each.get("executionArn")))
                    .orElse(null));
    return AwsClient.object(Machines.utf8(String.valueOf(ended(execution).get("input"))));
  }

  private static Map<String, Object> rule(String name) {
    return Map.of(
        "name",
        name,
        "eventPattern",
        """
        {"source": ["aws.s3"], "detail-type": ["Object Created"],
         "detail": {"bucket": {"name": ["box"]}, "object": {"key": [{"prefix": "%s/"}]}}}
        """
            .formatted(name));
  }

  private static void target(String rule, String machine, String role) {
    create("aws:cloudwatch/eventRule:EventRule", rule, rule(rule));
    create(
        "aws:cloudwatch/eventTarget:EventTarget",
        rule,
        Map.of("rule", rule, "targetId", "machine", "arn", machine, "roleArn", role));
  }

  private static void tells() {
    create(
        "aws:s3/bucketNotification:BucketNotification",
        "box",
        Map.of("bucket", "box", "eventbridge", true));
  }

  @Test
  void objectStartsAnExecutionWithWhatS3Says() throws Exception {
    tells();
    String machine = passing("started");
    target("started", machine, role("starter", "events", "states:StartExecution " + machine));

    call("s3", "PUT", "/box/other/a.dump", Map.of(), "12345");
    call("s3", "PUT", "/box/started/a%20b.dump", Map.of(), "12345");

    var event = input(machine);
    assertThat(event)
        .containsEntry("source", "aws.s3")
        .containsEntry("detail-type", "Object Created")
        .containsEntry("region", REGION)
        .containsEntry("resources", List.of("arn:aws:s3:::box"));
    var detail = Values.map(event.get("detail"));
    assertThat(detail)
        .containsEntry("bucket", Map.of("name", "box"))
        .containsEntry("reason", "PutObject");
    assertThat(Values.map(detail.get("object")))
        .containsEntry("key", "started/a b.dump")
        .containsEntry("size", 5L)
        .containsEntry("etag", "827ccb0eea8a706c4c34a16891f84e7b")
        .containsKeys("version-id", "sequencer");
    assertThat(Values.maps(executions(machine).get("executions"))).hasSize(1);
  }

  @Test
  void targetWithoutTheRightStartsNothing() throws Exception {
    tells();
    String machine = passing("forbidden");
    target("forbidden", machine, role("idler", "events"));

    call("s3", "PUT", "/box/forbidden/a", Map.of(), "1");

    String failure =
        await(
            "a failure",
            () ->
                events.failures().stream()
                    .filter(each -> each.startsWith("forbidden"))
                    .findFirst()
                    .orElse(null));
    assertThat(failure).contains("is not authorized to perform: states:StartExecution");
    assertThat(Values.maps(executions(machine).get("executions"))).isEmpty();
  }

  @Test
  void ruleThatHasTargetsIsNotDeleted() {
    String machine = passing("held");
    target("held", machine, role("holder", "events"));
    assertThatThrownBy(
            () -> delete("aws:cloudwatch/eventRule:EventRule", "held", Map.of("name", "held")))
        .hasMessageContaining("has targets");
  }

  @Test
  void scheduleStartsWhatItNamesWithItsInput() throws Exception {
    String machine = passing("nightly");
    String role = role("clock", "scheduler", "states:StartExecution " + machine);
    create(
        "aws:scheduler/schedule:Schedule",
        "nightly",
        Map.of(
            "name",
            "nightly-dump",
            "scheduleExpression",
            "cron(0 3 * * ? *)",
            "flexibleTimeWindow",
            Map.of("mode", "OFF"),
            "target",
            Map.of("arn", machine, "roleArn", role, "input", "{\"make\": true}")));

    String execution = events.fire("nightly");

    assertThat(ended(execution).get("input")).isEqualTo("{\"make\":true}");
    assertThatThrownBy(() -> events.fire("never")).hasMessageContaining("0 schedules have");
  }

  // --- roles
  // ---------------------------------------------------------------------------------------------------------

  @Test
  void roleIsTakenByWhomItTrusts() throws Exception {
    aws.query(
        "iam",
        "CreateRole",
        Map.of(
            "RoleName",
            "app",
            "AssumeRolePolicyDocument",
            """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
              "Principal": {"AWS": "%s"}}]}
            """
                .formatted(functionRole)));
    var host = new Caller("function", "i-1", Map.of());
    String app = "arn:aws:iam::" + EmulatedCloud.ACCOUNT + ":role/app";

    assertThat(authorization.allows(host, "sts:AssumeRole", app)).isTrue();
    assertThat(authorization.allows(host, "sts:AssumeRole", machineRole)).isFalse();
    assertThat(authorization.allows(new Caller("machine", "x", Map.of()), "sts:AssumeRole", app))
        .isFalse();
  }
}
