package dev.slipway.rehearsal.cloud;

import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicLong;

/**
 * EventBridge between S3 and Step Functions, and its Scheduler: an object in a bucket that tells of
 * them is an event, a rule's target is started with it, in the role that the target names.
 *
 * <p>Rules, targets and schedules are moto's records. A schedule's time comes when somebody says
 * so.
 *
 * <p>Sources: Amazon S3 User Guide, <a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html">event message
 * structure</a>; Amazon EventBridge User Guide, "Using identity-based policies".
 */
final class Events implements AutoCloseable {

  private final AwsClient aws;
  private final Roles roles;
  private final Authorization authorization;
  private final StateMachines machines;
  private final Set<String> buckets = ConcurrentHashMap.newKeySet();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final AtomicLong sequence = new AtomicLong(Instant.now().toEpochMilli() << 16);
  private final ExecutorService workers = Relay.workers("events");

  Events(AwsClient aws, Roles roles, Authorization authorization, StateMachines machines) {
    this.aws = aws;
    this.roles = roles;
    this.authorization = authorization;
    this.machines = machines;
  }

  /** Whether a bucket tells EventBridge of its objects from now on. */
  void notifies(String bucket, boolean does) {
    if (does) {
      buckets.add(bucket);
    } else {
      buckets.remove(bucket);
    }
  }

  /** What could not be delivered, with the reason. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  // --- from S3
  // -------------------------------------------------------------------------------------------------------

  /** What S3 has answered to a call may be an event. */
  void answered(Call call, HttpResponse<?> answer) {
    String reason = reason(call);
    if (reason == null) {
      return;
    }
    String[] path = call.uri().getPath().substring(1).split("/", 2);
    if (!buckets.contains(path[0])) {
      return;
    }
    String version = answer.headers().firstValue("x-amz-version-id").orElse("");
    workers.execute(() -> publish(created(path[0], path[1], version, reason)));
  }

  /** How a call has made an object, or null where it makes none. */
  private static String reason(Call call) {
    String[] path = call.uri().getPath().substring(1).split("/", 2);
    if (!call.service().equals("s3") || path.length < 2 || path[1].isEmpty()) {
      return null;
    }
    Map<String, String> query = call.query();
    if (call.method().equals("POST") && query.containsKey("uploadId")) {
      return "CompleteMultipartUpload";
    }
    boolean setting =
        Set.of("acl", "legal-hold", "partNumber", "retention", "tagging").stream()
            .anyMatch(query::containsKey);
    if (!call.method().equals("PUT") || setting) {
      return null;
    }
    return call.header("x-amz-copy-source").isEmpty() ? "PutObject" : "CopyObject";
  }

  private Map<String, Object> created(String bucket, String key, String version, String reason) {
    HttpResponse<byte[]> now =
        aws.rest(
            "s3",
            "HEAD",
            "/"
                + bucket
                + "/"
                + AwsClient.encodePath(key)
                + (version.isEmpty() ? "" : "?versionId=" + AwsClient.encode(version)),
            Map.of(),
            null);
    var object = new LinkedHashMap<String, Object>();
    object.put("key", key);
    object.put("size", now.headers().firstValueAsLong("content-length").orElse(0));
    object.put("etag", now.headers().firstValue("etag").orElse("").replace("\"", ""));
    if (!version.isEmpty()) {
      object.put("version-id", version);
    }
    object.put("sequencer", "%016X".formatted(sequence.incrementAndGet()));
    var detail = new LinkedHashMap<String, Object>();
    detail.put("version", "0");
    detail.put("bucket", Map.of("name", bucket));
    detail.put("object", object);
    detail.put("request-id", UUID.randomUUID().toString().substring(0, 16).toUpperCase());
    detail.put("requester", EmulatedCloud.ACCOUNT);
    detail.put("source-ip-address", "192.0.2.1");
    detail.put("reason", reason);
    var event = new LinkedHashMap<String, Object>();
    event.put("version", "0");
    event.put("id", UUID.randomUUID().toString());
    event.put("detail-type", "Object Created");
    event.put("source", "aws.s3");
    event.put("account", EmulatedCloud.ACCOUNT);
    event.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    event.put("region", aws.region());
    event.put("resources", List.of("arn:aws:s3:::" + bucket));
    event.put("detail", detail);
    return event;
  }

  // --- rules
  // ---------------------------------------------------------------------------------------------------------

  private Map<String, Object> events(String operation, Object... keysAndValues) {
    return aws.json("events", "AWSEvents." + operation, Fields.of(keysAndValues));
  }

  /** Starts the targets of every rule that asks for the event. */
  private void publish(Map<String, Object> event) {
    try {
      for (Map<String, Object> rule : Values.maps(events("ListRules").get("Rules"))) {
        Object pattern = rule.get("EventPattern");
        if ("ENABLED".equals(rule.get("State"))
            && pattern != null
            && EventPattern.parse(String.valueOf(pattern)).matches(event)) {
          for (Map<String, Object> target :
              Values.maps(events("ListTargetsByRule", "Rule", rule.get("Name")).get("Targets"))) {
            deliver(rule, target, event);
          }
        }
      }
    } catch (RuntimeException e) {
      failures.add(event.get("id") + ": " + e);
    }
  }

  private void deliver(
      Map<String, Object> rule, Map<String, Object> target, Map<String, Object> event) {
    String arn = String.valueOf(target.get("Arn"));
    try {
      start(
          arn,
          String.valueOf(target.get("RoleArn")),
          "events.amazonaws.com",
          String.valueOf(rule.get("Arn")),
          input(target, event));
    } catch (RuntimeException e) {
      failures.add(rule.get("Name") + " to " + arn + ": " + e.getMessage());
    }
  }

  private static Object input(Map<String, Object> target, Map<String, Object> event) {
    if (target.get("Input") != null) {
      return AwsClient.object(Machines.utf8(String.valueOf(target.get("Input"))));
    }
    if (target.get("InputTransformer") != null) {
      throw new AwsError(501, "NotEmulated", "this emulated EventBridge has no input transformers");
    }
    Object part = event;
    String path = String.valueOf(target.getOrDefault("InputPath", "$"));
    for (String step : path.split("\\.")) {
      part = step.equals("$") ? part : Values.map(part).get(step);
    }
    return part;
  }

  private String start(String arn, String role, String service, String source, Object input) {
    if (!arn.matches("arn:aws:states:[^:]+:[^:]+:stateMachine:.+")) {
      throw new AwsError(501, "NotEmulated", "only a state machine is started here, not " + arn);
    }
    Caller caller = roles.forService(role, service, source, "events");
    authorization.check(caller, "states:StartExecution", arn);
    return machines.start(arn, UUID.randomUUID().toString(), input);
  }

  // --- schedules
  // -----------------------------------------------------------------------------------------------------

  /** The time of a schedule has come; gives the ARN of the execution that it has started. */
  String fire(String schedule) {
    var found = new ArrayList<Map<String, Object>>();
    for (Map<String, Object> each :
        Values.maps(aws.restJson("scheduler", "GET", "/schedules", null).get("Schedules"))) {
      if (String.valueOf(each.get("Name")).contains(schedule)) {
        found.add(each);
      }
    }
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          found.size() + " schedules have \"" + schedule + "\" in their name, not one");
    }
    String group = String.valueOf(found.get(0).get("GroupName"));
    Map<String, Object> read =
        aws.restJson(
            "scheduler",
            "GET",
            "/schedules/"
                + AwsClient.encode(String.valueOf(found.get(0).get("Name")))
                + "?groupName="
                + AwsClient.encode(group),
            null);
    Map<String, Object> target = Values.map(read.get("Target"));
    return start(
        String.valueOf(target.get("Arn")),
        String.valueOf(target.get("RoleArn")),
        "scheduler.amazonaws.com",
        aws.arn("scheduler", "schedule-group/" + group),
        AwsClient.object(Machines.utf8(String.valueOf(target.getOrDefault("Input", "{}")))));
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }
}
