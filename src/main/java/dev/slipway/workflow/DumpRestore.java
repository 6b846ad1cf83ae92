package dev.slipway.workflow;

import com.google.gson.Gson;
import com.pulumi.aws.cloudwatch.EventRule;
import com.pulumi.aws.cloudwatch.EventRuleArgs;
import com.pulumi.aws.cloudwatch.EventTarget;
import com.pulumi.aws.cloudwatch.EventTargetArgs;
import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.lambda.Function;
import com.pulumi.aws.lambda.FunctionArgs;
import com.pulumi.aws.lambda.inputs.FunctionEnvironmentArgs;
import com.pulumi.aws.lambda.inputs.FunctionLoggingConfigArgs;
import com.pulumi.aws.lambda.inputs.FunctionTracingConfigArgs;
import com.pulumi.aws.s3.BucketNotification;
import com.pulumi.aws.s3.BucketNotificationArgs;
import com.pulumi.aws.scheduler.Schedule;
import com.pulumi.aws.scheduler.ScheduleArgs;
import com.pulumi.aws.scheduler.ScheduleGroup;
import com.pulumi.aws.scheduler.ScheduleGroupArgs;
import com.pulumi.aws.scheduler.inputs.ScheduleFlexibleTimeWindowArgs;
import com.pulumi.aws.scheduler.inputs.ScheduleTargetArgs;
import com.pulumi.aws.scheduler.inputs.ScheduleTargetRetryPolicyArgs;
import com.pulumi.aws.sfn.StateMachine;
import com.pulumi.aws.sfn.StateMachineArgs;
import com.pulumi.aws.sfn.inputs.StateMachineLoggingConfigurationArgs;
import com.pulumi.aws.sfn.inputs.StateMachineTracingConfigurationArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Cron;
import dev.slipway.core.Link;
import dev.slipway.core.Linkable;
import dev.slipway.core.Stack;
import dev.slipway.database.PostgresDatabase;
import dev.slipway.host.Artifacts;
import dev.slipway.identity.Identity;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import dev.slipway.monitoring.Alarm;
import dev.slipway.monitoring.Monitored;
import dev.slipway.monitoring.Monitoring;
import dev.slipway.release.CommandDocuments;
import dev.slipway.storage.BucketRules;
import dev.slipway.storage.PrivateBucket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Dumps of a database: made by schedule and when asked, and restored beside the live one when
 * somebody uploads one.
 *
 * <p>Creates a bucket whose events start a state machine, the three functions that it calls, a role
 * for each, their logs, and a schedule where one is set. Usage-based: a restore is about 40 state
 * transitions, 0.001 dollars, and what is stored.
 *
 * <pre>{@code
 * var dumps = new DumpRestore(named("dumps"), database, documents, artifacts, monitoring, identity, settings, childOptions());
 * dumps.grantUse(role);
 * monitoring.watch(dumps);
 * }</pre>
 *
 * <p>What happens with a dump, and what each role may do, is on the page docs/dump-restore.md. That
 * a task waits for its token is said in the <a
 * href="https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html">Step
 * Functions developer guide</a>.
 */
public final class DumpRestore extends Component implements Linkable, Monitored {
  static final String TYPE = "slipway:workflow:DumpRestore";

  /** What is uploaded, and within it what the stack makes itself. */
  private static final String UPLOADS = "db-dumps/";

  private static final String MADE = UPLOADS + "made/";

  /** How long a function may run at most. */
  private static final int LONGEST_SECONDS = 900;

  /** The share of memory by which a function gets a whole processor. */
  private static final int WHOLE_PROCESSOR_MB = 1769;

  private static final int YEAR = 365;

  private final DumpSettings settings;
  private final PrivateBucket bucket;
  private final StateMachine machine;
  private final EventRule rule;
  private final List<Resource> ready = new ArrayList<>();
  private final Map<String, Function> functions = new LinkedHashMap<>();
  private final Map<String, ServiceRole> roles = new TreeMap<>();
  private final String codeKey;
  private LogGroup workflowLog;

  public DumpRestore(
      String name,
      PostgresDatabase database,
      CommandDocuments documents,
      Artifacts artifacts,
      Monitoring monitoring,
      Identity identity,
      DumpSettings settings,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.settings = settings;
    bucket =
        new PrivateBucket(
            named("bucket"),
            BucketRules.of("data-" + label())
                .protectedIf(settings.protect())
                .expireAfter(UPLOADS, settings.keepDays())
                .expireAfter("manifests/", settings.keepDays())
                .expireAfter("claims/", YEAR)
                .expireAfter("results/", YEAR),
            childOptions());

    var code = artifacts.publish(label() + "-code", FunctionCode.zip());
    codeKey = code.zip().key();
    function(
        "validate",
        code,
        monitoring,
        role(identity, "validate", "lambda.amazonaws.com", readUploads()),
        Map.of(
            "DUMPS_BUCKET", bucket.bucketName(),
            "SERVER_MAJOR", Output.of(database.settings().version()),
            "MAX_GIB", Output.of(String.valueOf(settings.maxGiB())),
            "MAX_UNPACKED_GIB", Output.of(String.valueOf(settings.maxUnpackedGiB()))),
        WHOLE_PROCESSOR_MB,
        LONGEST_SECONDS);
    function(
        "claim",
        code,
        monitoring,
        role(identity, "claim", "lambda.amazonaws.com", keepClaims()),
        Map.of("DUMPS_BUCKET", bucket.bucketName()),
        256,
        60);
    function(
        "run",
        code,
        monitoring,
        role(identity, "run", "lambda.amazonaws.com", sendDocument()),
        Map.of("STACK", Output.of(stack().name()), "DOCUMENT", Output.of(stack().document("dump"))),
        256,
        60);

    machine = machine(identity, monitoring, documents);
    rule = rule();
    start(identity);
    settings.schedule().ifPresent(cron -> schedule(identity, cron));
    registerOutputs(Map.of("bucket", bucket.bucketName(), "stateMachine", machine.arn()));
  }

  /** A role for one part of the workflow, with what it needs and no more. */
  private ServiceRole role(
      Identity identity, String part, String service, Output<List<Statement>> statements) {
    var role = identity.role(label() + "-" + part, service);
    role.allow(part, statements);
    roles.put(label() + "-" + part, role);
    return role;
  }

  // --- the functions --------------------------------------------------------------------------

  private Output<List<Statement>> readUploads() {
    return bucket
        .arn()
        .applyValue(
            arn ->
                List.of(
                    Statement.allow("ReadUploads")
                        .actions("s3:GetObject", "s3:GetObjectVersion")
                        .resources(arn + "/" + UPLOADS + "*"),
                    seeWhatIsMissing(arn)));
  }

  /** Without it S3 answers 403 for what isn't there, as for what is refused. */
  private static Statement seeWhatIsMissing(String arn) {
    return Statement.allow("SeeWhatIsMissing").actions("s3:ListBucket").resources(arn);
  }

  private Output<List<Statement>> keepClaims() {
    return Output.tuple(bucket.arn(), context().arn("states", "execution:" + machineName() + ":*"))
        .applyValue(
            known ->
                List.of(
                    Statement.allow("KeepClaims")
                        .actions("s3:GetObject", "s3:PutObject")
                        .resources(known.t1 + "/lock.json", known.t1 + "/claims/*"),
                    Statement.allow("WriteResults")
                        .actions("s3:PutObject")
                        .resources(known.t1 + "/results/*"),
                    seeWhatIsMissing(known.t1),
                    Statement.allow("SeeWhetherTheHolderRuns")
                        .actions("states:DescribeExecution")
                        .resources(known.t2)));
  }

  private Output<List<Statement>> sendDocument() {
    return Output.tuple(
            context().arn("ssm", "document/" + stack().document("dump")),
            context().arn("ec2", "instance/*"))
        .applyValue(
            known ->
                List.of(
                    Statement.allow("SendDocument").actions("ssm:SendCommand").resources(known.t1),
                    Statement.allow("ToOwnHosts")
                        .actions("ssm:SendCommand")
                        .resources(known.t2)
                        .when("StringEquals", "ssm:resourceTag/" + Stack.STACK_TAG, stack().name()),
                    Statement.allow("FindHosts")
                        .actions("ssm:DescribeInstanceInformation")
                        .resources("*")));
  }

  private void function(
      String part,
      Artifacts.Code code,
      Monitoring monitoring,
      ServiceRole role,
      Map<String, Output<String>> environment,
      int memoryMb,
      int seconds) {
    var log = log(part, stack().path() + "/" + label() + "/" + part, monitoring);
    role.allow(
        "write-log",
        log.arn()
            .applyValue(
                arn ->
                    List.of(
                        Statement.allow("WriteLog")
                            .actions("logs:CreateLogStream", "logs:PutLogEvents")
                            .resources(arn + ":*"))));
    if (settings.xray()) {
      role.allow("trace", trace());
    }
    functions.put(
        part,
        new Function(
            named(part),
            FunctionArgs.builder()
                .name(functionName(part))
                .description("Slipway " + stack().name() + ": " + part + " a dump")
                .runtime("python3.12")
                .architectures("arm64")
                .handler(part + ".handler")
                .s3Bucket(code.bucket())
                .s3Key(code.zip().key())
                .sourceCodeHash(code.zip().base64Sha256())
                .role(role.arn())
                .memorySize(memoryMb)
                .timeout(seconds)
                .environment(
                    FunctionEnvironmentArgs.builder().variables(sorted(environment)).build())
                .loggingConfig(
                    FunctionLoggingConfigArgs.builder()
                        .logFormat("JSON")
                        .logGroup(log.name())
                        .build())
                .tracingConfig(
                    FunctionTracingConfigArgs.builder()
                        .mode(settings.xray() ? "Active" : "PassThrough")
                        .build())
                .tags(nameTag(part))
                .build(),
            leaf().dependsOn(after(role, code.object())).build()));
  }

  private static Output<Map<String, String>> sorted(Map<String, Output<String>> values) {
    var names = List.copyOf(new TreeMap<>(values).keySet());
    return Output.all(names.stream().map(values::get).toList())
        .applyValue(
            known -> {
              var all = new TreeMap<String, String>();
              for (int i = 0; i < names.size(); i++) {
                all.put(names.get(i), known.get(i));
              }
              return all;
            });
  }

  private static List<Resource> after(ServiceRole role, Resource... more) {
    var all = new ArrayList<>(role.grants());
    all.addAll(List.of(more));
    return all;
  }

  private LogGroup log(String part, String path, Monitoring monitoring) {
    return new LogGroup(
        named("log-" + part),
        LogGroupArgs.builder()
            .name(path)
            .retentionInDays(monitoring.logRetentionDays())
            .tags(nameTag("log-" + part))
            .build(),
        leaf().build());
  }

  private static Output<List<Statement>> trace() {
    return Output.of(
        List.of(
            Statement.allow("Trace")
                .actions(
                    "xray:GetSamplingRules",
                    "xray:GetSamplingTargets",
                    "xray:PutTelemetryRecords",
                    "xray:PutTraceSegments")
                .resources("*")));
  }

  // --- the state machine ----------------------------------------------------------------------

  private StateMachine machine(
      Identity identity, Monitoring monitoring, CommandDocuments documents) {
    // By this beginning AWS lets the log in without a policy of its own, which has a limit.
    var log = log("workflow", "/aws/vendedlogs/states/" + machineName(), monitoring);
    workflowLog = log;
    var arns = Output.all(functions.values().stream().map(Function::arn).toList());
    var role =
        role(
            identity,
            "workflow",
            "states.amazonaws.com",
            arns.applyValue(
                known ->
                    List.of(
                        Statement.allow("CallFunctions")
                            .actions("lambda:InvokeFunction")
                            .resources(known.toArray(String[]::new)))));
    role.allow(
        "write-log",
        Output.of(
            List.of(
                // Deliveries of logs have no ARN.
                Statement.allow("DeliverLogs")
                    .actions(
                        "logs:CreateLogDelivery",
                        "logs:DeleteLogDelivery",
                        "logs:DescribeLogGroups",
                        "logs:DescribeResourcePolicies",
                        "logs:GetLogDelivery",
                        "logs:ListLogDeliveries",
                        "logs:PutResourcePolicy",
                        "logs:UpdateLogDelivery")
                    .resources("*"))));
    monitoring.grantTell(role);
    if (settings.xray()) {
      role.allow("trace", trace());
    }
    var parts = List.copyOf(functions.keySet());
    var definition =
        Output.tuple(arns, monitoring.topic().orElse(Output.of("")))
            .applyValue(
                known -> {
                  var values = new TreeMap<String, Object>();
                  for (int i = 0; i < parts.size(); i++) {
                    values.put(parts.get(i), known.t1.get(i));
                  }
                  if (!known.t2.isEmpty()) {
                    values.put("topic", known.t2);
                  }
                  values.put("partition", stack().partition());
                  values.put("stack", stack().name());
                  values.put("stepSeconds", settings.timeoutMinutes() * 60);
                  return DumpWorkflow.definition(values);
                });
    return new StateMachine(
        named("workflow"),
        StateMachineArgs.builder()
            .name(machineName())
            .type("STANDARD")
            .roleArn(role.arn())
            .definition(definition)
            .loggingConfiguration(
                StateMachineLoggingConfigurationArgs.builder()
                    .level("ALL")
                    // The tokens by which tasks are answered are in the data.
                    .includeExecutionData(false)
                    .logDestination(log.arn().applyValue(arn -> arn + ":*"))
                    .build())
            .tracingConfiguration(
                StateMachineTracingConfigurationArgs.builder().enabled(settings.xray()).build())
            .tags(nameTag("workflow"))
            .build(),
        leaf()
            .dependsOn(after(role, documents.documents().toArray(Resource[]::new)))
            .deleteBeforeReplace(true)
            .build());
  }

  /** The machine's name, which the names of its functions begin with. */
  private String machineName() {
    return "slipway-" + stack().name() + "-" + label();
  }

  private String functionName(String part) {
    return machineName() + "-" + part;
  }

  // --- what starts it -------------------------------------------------------------------------

  private EventRule rule() {
    ready.add(
        new BucketNotification(
            named("events"),
            BucketNotificationArgs.builder().bucket(bucket.bucketName()).eventbridge(true).build(),
            leaf().dependsOn(bucket.ready()).build()));
    return new EventRule(
        named("rule"),
        EventRuleArgs.builder()
            .name(machineName())
            .description("Slipway " + stack().name() + ": a dump was uploaded")
            .eventPattern(
                bucket
                    .bucketName()
                    .applyValue(
                        known -> {
                          var pattern = new TreeMap<String, Object>();
                          pattern.put("source", List.of("aws.s3"));
                          pattern.put("detail-type", List.of("Object Created"));
                          pattern.put(
                              "detail",
                              new TreeMap<>(
                                  Map.of(
                                      "bucket", Map.of("name", List.of(known)),
                                      "object",
                                          Map.of("key", List.of(Map.of("prefix", UPLOADS))))));
                          return new Gson().toJson(pattern);
                        }))
            .tags(nameTag("rule"))
            .build(),
        leaf().build());
  }

  private Output<List<Statement>> startMachine() {
    return machine
        .arn()
        .applyValue(
            arn ->
                List.of(
                    Statement.allow("StartMachine")
                        .actions("states:StartExecution")
                        .resources(arn)));
  }

  private void start(Identity identity) {
    var role = role(identity, "events", "events.amazonaws.com", startMachine());
    ready.add(
        new EventTarget(
            named("target"),
            EventTargetArgs.builder()
                .rule(rule.name())
                .targetId("workflow")
                .arn(machine.arn())
                .roleArn(role.arn())
                .build(),
            leaf().dependsOn(role.grants()).build()));
  }

  private void schedule(Identity identity, String cron) {
    var group =
        new ScheduleGroup(
            named("schedules"),
            ScheduleGroupArgs.builder()
                .namePrefix(stack().prefix(label()))
                .tags(nameTag("schedules"))
                .build(),
            leaf().build());
    var role = role(identity, "scheduler", "scheduler.amazonaws.com", startMachine());
    new Schedule(
        named("schedule"),
        ScheduleArgs.builder()
            .groupName(group.name())
            .description("Slipway " + stack().name() + ": dump the database")
            .scheduleExpression(Cron.parse(cron).forEventBridge())
            .scheduleExpressionTimezone("Etc/UTC")
            .flexibleTimeWindow(ScheduleFlexibleTimeWindowArgs.builder().mode("OFF").build())
            .target(
                ScheduleTargetArgs.builder()
                    .arn(machine.arn())
                    .roleArn(role.arn())
                    .input("{\"make\":true}")
                    .retryPolicy(
                        ScheduleTargetRetryPolicyArgs.builder()
                            .maximumEventAgeInSeconds(3600)
                            .maximumRetryAttempts(10)
                            .build())
                    .build())
            .build(),
        leaf().dependsOn(role.grants()).build());
  }

  // --- what others have of it -----------------------------------------------------------------

  /** Lets hosts read dumps, keep those that they make, and answer the workflow. */
  public Resource grantUse(ServiceRole role) {
    return role.allow(
        "use-" + label(),
        Output.tuple(bucket.arn(), machine.arn())
            .applyValue(
                known ->
                    List.of(
                        Statement.allow("ReadDumps")
                            .actions("s3:GetObject", "s3:GetObjectVersion")
                            .resources(known.t1 + "/" + UPLOADS + "*"),
                        Statement.allow("KeepDumps")
                            .actions("s3:AbortMultipartUpload", "s3:PutObject")
                            .resources(known.t1 + "/" + MADE + "*"),
                        Statement.allow("KeepManifests")
                            .actions("s3:GetObject", "s3:PutObject")
                            .resources(known.t1 + "/manifests/*"),
                        // What was discarded can be restored again.
                        Statement.allow("ForgetClaims")
                            .actions("s3:DeleteObject")
                            .resources(known.t1 + "/claims/*"),
                        seeWhatIsMissing(known.t1),
                        // AWS judges an answer by the machine whose task it is.
                        Statement.allow("AnswerTasks")
                            .actions(
                                "states:SendTaskFailure",
                                "states:SendTaskHeartbeat",
                                "states:SendTaskSuccess")
                            .resources(known.t2))));
  }

  /** The name of the bucket that dumps are uploaded to. */
  public Output<String> bucketName() {
    return bucket.bucketName();
  }

  /** The ARNs of the functions, by name. */
  public Output<Map<String, String>> functionArns() {
    var names = List.copyOf(functions.keySet());
    return Output.all(functions.values().stream().map(Function::arn).toList())
        .applyValue(
            known -> {
              var arns = new TreeMap<String, String>();
              for (int i = 0; i < names.size(); i++) {
                arns.put(names.get(i), known.get(i));
              }
              return arns;
            });
  }

  /** The key of the zip with the functions' code, in the bucket of artifacts. */
  public Output<Map<String, String>> functionKeys() {
    var keys = new TreeMap<String, String>();
    functions.keySet().forEach(function -> keys.put(function, codeKey));
    return Output.of(keys);
  }

  /** The ARNs of the roles of functions, state machine, rule and schedule, by whose they are. */
  public Map<String, Output<String>> roleArns() {
    var arns = new TreeMap<String, Output<String>>();
    roles.forEach((name, role) -> arns.put(name, role.arn()));
    return arns;
  }

  /** The ARN of the log that the state machine writes. */
  public Output<String> logGroupArn() {
    return workflowLog.arn();
  }

  /** The ARN of what restores them. */
  public Output<String> stateMachineArn() {
    return machine.arn();
  }

  @Override
  public Link link() {
    return Link.of(label(), Map.of("bucket", bucket.bucketName(), "stateMachine", machine.arn()));
  }

  @Override
  public List<Resource> ready() {
    var all = new ArrayList<>(bucket.ready());
    all.addAll(ready);
    return all;
  }

  /** When a restore or a dump fails, nothing starts one, or none was made for too long. */
  @Override
  public List<Alarm> alarms() {
    var alarms = new ArrayList<Alarm>();
    var executions = machine.arn().applyValue(arn -> Map.of("StateMachineArn", arn));
    for (var how :
        Map.of("Failed", "failed", "TimedOut", "took too long", "Aborted", "was stopped")
            .entrySet()
            .stream()
            .sorted(Map.Entry.comparingByKey())
            .toList()) {
      alarms.add(
          Alarm.above(
                  label() + "-" + how.getKey().toLowerCase(java.util.Locale.ROOT),
                  "the workflow of " + label() + " " + how.getValue(),
                  0)
              .on("AWS/States", "Executions" + how.getKey(), "Sum", executions)
              .after(1));
    }
    functions.forEach(
        (part, function) ->
            alarms.add(
                Alarm.above(
                        label() + "-" + part + "-errors",
                        "the function " + part + " of " + label() + " had errors",
                        0)
                    .on(
                        "AWS/Lambda",
                        "Errors",
                        "Sum",
                        function.name().applyValue(name -> Map.of("FunctionName", name)))
                    .after(1)));
    // EventBridge tries for a day, and gives up at once where it may not.
    alarms.add(
        Alarm.above(label() + "-events", "an uploaded dump did not start the workflow", 0)
            .on(
                "AWS/Events",
                "FailedInvocations",
                "Sum",
                rule.name().applyValue(name -> Map.of("RuleName", name)))
            .after(1));
    // What is made is validated, so that each dump ends an execution well.
    settings
        .longestHoursWithout()
        .ifPresent(
            hours ->
                alarms.add(
                    Alarm.below(
                            label() + "-age", "no dump was made in the last " + hours + " hours", 1)
                        .on("AWS/States", "ExecutionsSucceeded", "Sum", executions)
                        .every(3600)
                        .after(hours)
                        .silenceIs("breaching")));
    return alarms;
  }
}
