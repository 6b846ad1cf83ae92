package dev.slipway.rehearsal;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Dumps as a person brings them, and what the stack's state machine makes of each. */
final class Dumps {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /**
   * How an execution ended.
   *
   * @param states those that it was in, in their order
   */
  record Ending(String arn, String status, String error, String cause, List<String> states) {
    boolean succeeded() {
      return status.equals("SUCCEEDED");
    }

    @Override
    public String toString() {
      return status + " " + error + ": " + cause + " after " + states;
    }
  }

  private final Shell scripts;
  private final String bucket;
  private final String machine;

  Dumps(Shell scripts, String bucket, String machine) {
    this.scripts = scripts;
    this.bucket = bucket;
    this.machine = machine;
  }

  /** Uploads a file, and asks for its promotion or doesn't. */
  void upload(Path file, String key, boolean promote) {
    var words =
        new ArrayList<>(List.of("s3api", "put-object", "--bucket", bucket, "--key", key, "--body"));
    words.add(file.toString());
    if (promote) {
      words.addAll(List.of("--metadata", "promote=yes"));
    }
    scripts.aws(words.toArray(String[]::new));
  }

  void download(String key, Path file) {
    scripts.need(
        MINUTE, "aws", "s3", "cp", "--quiet", "s3://" + bucket + "/" + key, file.toString());
  }

  /** The keys below a prefix. */
  Set<String> keys(String prefix) {
    String keys =
        scripts.aws(
            "s3api",
            "list-objects-v2",
            "--bucket",
            bucket,
            "--prefix",
            prefix,
            "--query",
            "Contents[].Key");
    return keys.isEmpty() || keys.equals("None")
        ? new TreeSet<>()
        : new TreeSet<>(List.of(keys.split("\\s+")));
  }

  /** All executions so far. */
  Set<String> executions() {
    String all =
        scripts.aws(
            "stepfunctions",
            "list-executions",
            "--state-machine-arn",
            machine,
            "--query",
            "executions[].executionArn");
    return all.isEmpty() ? new TreeSet<>() : new TreeSet<>(List.of(all.split("\\s+")));
  }

  /** Uploads a file and waits until its execution has ended. */
  Ending process(Path file, String key, boolean promote, Duration limit) {
    Set<String> before = executions();
    upload(file, key, promote);
    return ended(begun(before, 1).get(0), limit);
  }

  /** The executions that there were not before, once there are so many. */
  List<String> begun(Set<String> before, int count) {
    var begun = new ArrayList<String>();
    AppStack.waitUntil(
        count + " executions to begin",
        MINUTE,
        () -> {
          begun.clear();
          begun.addAll(executions());
          begun.removeAll(before);
          return begun.size() >= count;
        });
    return begun;
  }

  Ending ended(String execution, Duration limit) {
    AppStack.waitUntil(
        execution + " to end",
        limit,
        () -> !describe(execution).get("status").getAsString().equals("RUNNING"));
    JsonObject now = describe(execution);
    return new Ending(
        execution,
        now.get("status").getAsString(),
        text(now, "error"),
        text(now, "cause"),
        states(execution));
  }

  /** Waits until an execution is in a state. */
  void awaitState(String execution, String state, Duration limit) {
    AppStack.waitUntil(
        execution + " to come to " + state, limit, () -> states(execution).contains(state));
  }

  void stop(String execution) {
    scripts.aws("stepfunctions", "stop-execution", "--execution-arn", execution);
  }

  private static String text(JsonObject object, String name) {
    return object.has(name) && !object.get(name).isJsonNull() ? object.get(name).getAsString() : "";
  }

  private JsonObject describe(String execution) {
    return json("describe-execution", "--execution-arn", execution);
  }

  private List<String> states(String execution) {
    var states = new ArrayList<String>();
    for (JsonElement event :
        json("get-execution-history", "--execution-arn", execution, "--max-results", "1000")
            .getAsJsonArray("events")) {
      JsonObject entered = event.getAsJsonObject().getAsJsonObject("stateEnteredEventDetails");
      if (entered != null) {
        states.add(entered.get("name").getAsString());
      }
    }
    return states;
  }

  private JsonObject json(String... words) {
    var all = new ArrayList<>(List.of("aws", "stepfunctions"));
    all.addAll(List.of(words));
    all.addAll(List.of("--output", "json"));
    return JsonParser.parseString(scripts.need(MINUTE, all.toArray(String[]::new)))
        .getAsJsonObject();
  }
}
