package dev.slipway.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state machine, by its form: what leads where, and what holds for all of its tasks. */
class DumpWorkflowTest {
  private static final Map<String, Object> VALUES =
      Map.of(
          "partition", "aws",
          "stack", "grocery-dev",
          "validate", "arn:aws:lambda:eu-central-1:123456789012:function:validate",
          "claim", "arn:aws:lambda:eu-central-1:123456789012:function:claim",
          "run", "arn:aws:lambda:eu-central-1:123456789012:function:run",
          "topic", "arn:aws:sns:eu-central-1:123456789012:alerts",
          "stepSeconds", 7200);

  private final JsonObject machine =
      JsonParser.parseString(DumpWorkflow.definition(VALUES)).getAsJsonObject();
  private final Map<String, JsonObject> states = states(machine);

  private static Map<String, JsonObject> states(JsonObject machine) {
    var all = new LinkedHashMap<String, JsonObject>();
    machine
        .getAsJsonObject("States")
        .entrySet()
        .forEach(state -> all.put(state.getKey(), state.getValue().getAsJsonObject()));
    return all;
  }

  private Map<String, JsonObject> tasks() {
    var tasks = new LinkedHashMap<>(states);
    tasks.values().removeIf(state -> !state.get("Type").getAsString().equals("Task"));
    return tasks;
  }

  private Map<String, JsonObject> tasksOnHosts() {
    var tasks = new LinkedHashMap<>(tasks());
    tasks
        .values()
        .removeIf(task -> !task.get("Resource").getAsString().endsWith("waitForTaskToken"));
    return tasks;
  }

  private static List<JsonObject> list(JsonObject state, String key) {
    return state.has(key)
        ? StreamSupport.stream(state.getAsJsonArray(key).spliterator(), false)
            .map(JsonElement::getAsJsonObject)
            .toList()
        : List.of();
  }

  /** Where a state leads to when it goes well. */
  private static Set<String> next(JsonObject state) {
    var next = new LinkedHashSet<String>();
    for (var key : List.of("Next", "Default")) {
      if (state.has(key)) {
        next.add(state.get(key).getAsString());
      }
    }
    list(state, "Choices").forEach(choice -> next.add(choice.get("Next").getAsString()));
    return next;
  }

  private static Set<String> caught(JsonObject state) {
    return list(state, "Catch").stream()
        .map(each -> each.get("Next").getAsString())
        .collect(Collectors.toSet());
  }

  private static Set<String> all(JsonObject state) {
    var all = new LinkedHashSet<>(next(state));
    all.addAll(caught(state));
    return all;
  }

  private Set<String> leadingTo(String name) {
    return states.entrySet().stream()
        .filter(state -> all(state.getValue()).contains(name))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private Set<String> reached(String from, String without) {
    var found = new LinkedHashSet<String>();
    var open = new ArrayDeque<>(List.of(from));
    while (!open.isEmpty()) {
      var name = open.pop();
      if (!name.equals(without) && found.add(name)) {
        open.addAll(all(states.get(name)));
      }
    }
    return found;
  }

  @Test
  void everyStateIsReachedAndEnds() {
    assertThat(reached("Start", "")).isEqualTo(states.keySet());
    for (var name : states.keySet()) {
      assertThat(reached(name, ""))
          .as(name)
          .containsAnyOf("Done", "Failed", "Made", "Validated", "AlreadyDone", "Unknown");
    }
  }

  @Test
  void everyTaskHasATimeLimitIsTriedAgainAndCaught() {
    assertThat(tasks()).hasSizeGreaterThan(10);
    tasks()
        .forEach(
            (name, task) -> {
              assertThat(task.get("TimeoutSeconds").getAsInt()).as(name).isPositive();
              assertThat(list(task, "Retry")).as(name).isNotEmpty();
              for (var retry : list(task, "Retry")) {
                assertThat(retry.get("BackoffRate").getAsDouble()).as(name).isGreaterThan(1);
                assertThat(retry.get("JitterStrategy").getAsString()).as(name).isEqualTo("FULL");
                assertThat(retry.get("MaxAttempts").getAsInt()).as(name).isBetween(1, 10);
              }
              assertThat(list(task, "Catch"))
                  .as(name)
                  .extracting(each -> each.get("ErrorEquals").toString())
                  .containsExactly("[\"States.ALL\"]");
            });
  }

  @Test
  void whatHostsDoHasAHeartbeatAndMovesToAnotherHostWithoutOne() {
    assertThat(tasksOnHosts().keySet())
        .containsExactlyInAnyOrder("Make", "Restore", "Verify", "SafetyDump", "Promote", "Discard");
    tasksOnHosts()
        .forEach(
            (name, task) -> {
              var payload = task.getAsJsonObject("Parameters").getAsJsonObject("Payload");
              assertThat(payload.get("token.$").getAsString()).isEqualTo("$$.Task.Token");
              assertThat(payload.get("retry.$").getAsString()).isEqualTo("$$.State.RetryCount");
              assertThat(task.get("HeartbeatSeconds").getAsInt()).as(name).isBetween(150, 600);
              assertThat(task.get("TimeoutSeconds").getAsInt()).as(name).isEqualTo(7200);
              assertThat(list(task, "Retry").get(0).get("ErrorEquals").toString())
                  .isEqualTo("[\"States.HeartbeatTimeout\"]");
              // What the dump or the host is at fault for isn't tried again.
              assertThat(task.get("Retry").toString())
                  .doesNotContain("States.ALL", "RestoreFailed", "PromoteFailed", "States.Timeout");
            });
  }

  @Test
  void theLockIsLetGoWhereverItWasTaken() {
    assertThat(reached("Claim", "Unlock"))
        .contains("Restore", "Discard", "WaitForOther")
        .doesNotContain("Failed", "Done", "NotifyFailure");
  }

  @Test
  void whatFailsAfterTheRestoreBeganIsDiscarded() {
    for (var name : List.of("Restore", "Verify", "SafetyDump", "Promote")) {
      assertThat(caught(states.get(name))).as(name).containsExactly("Discard");
    }
  }

  @Test
  void nothingIsPromotedUnlessItWasAskedForAndAfterASafetyDump() {
    assertThat(leadingTo("Promote")).containsExactly("SafetyDump");
    assertThat(leadingTo("SafetyDump")).containsExactly("ShallPromote");
    assertThat(leadingTo("ShallPromote")).containsExactly("Verify");
    assertThat(list(states.get("ShallPromote"), "Choices"))
        .singleElement()
        .satisfies(
            choice -> {
              assertThat(choice.get("Variable").getAsString()).isEqualTo("$.promote");
              assertThat(choice.get("BooleanEquals").getAsBoolean()).isTrue();
            });
    var payload = states.get("Promote").getAsJsonObject("Parameters").getAsJsonObject("Payload");
    assertThat(payload.getAsJsonObject("dump").get("version.$").getAsString())
        .isEqualTo("$.safety.version");
  }

  @Test
  void whatTheStackMadeIsValidatedAndNothingMore() {
    assertThat(leadingTo("Claim")).containsExactlyInAnyOrder("WasRefused", "WaitForOther");
    var leads = new TreeMap<String, String>();
    list(states.get("WasRefused"), "Choices")
        .forEach(
            choice ->
                leads.put(choice.get("Variable").getAsString(), choice.get("Next").getAsString()));
    assertThat(leads).isEqualTo(Map.of("$.made", "Validated", "$.refused", "Refused"));
    assertThat(next(states.get("Validated"))).isEmpty();
  }

  @Test
  void aDumpIsMadeWithoutTheLock() {
    assertThat(reached("Make", "")).doesNotContain("Claim", "Discard", "Unlock");
  }

  @Test
  void aFailureIsToldAndSaysWhyInTheExecutionToo() {
    assertThat(leadingTo("Failed")).containsExactly("NotifyFailure");
    assertThat(states.get("Failed").get("CausePath").getAsString()).isEqualTo("$.error.Cause");
    assertThat(
            states
                .get("NotifyFailure")
                .getAsJsonObject("Parameters")
                .get("Message.$")
                .getAsString())
        .contains("$.error.Cause", "$$.Execution.Id");
  }

  @Test
  void whatIsToldFitsASubject() {
    tasks().values().stream()
        .filter(task -> task.get("Resource").getAsString().contains(":sns:"))
        .map(task -> task.getAsJsonObject("Parameters").get("Subject").getAsString())
        .forEach(
            subject ->
                assertThat(subject).hasSizeLessThan(100).startsWith("Slipway grocery-dev: "));
  }

  @Test
  void aStackWithoutATopicTellsNobody() {
    var values = new TreeMap<>(VALUES);
    values.remove("topic");
    var quiet = states(JsonParser.parseString(DumpWorkflow.definition(values)).getAsJsonObject());

    assertThat(quiet.keySet()).isEqualTo(states.keySet());
    assertThat(quiet.toString()).doesNotContain(":sns:", "${");
    assertThat(quiet.get("NotifyFailure").get("Next").getAsString()).isEqualTo("Failed");
  }

  @Test
  void everyPlaceGetsItsValue() {
    var values = new TreeMap<>(VALUES);
    values.remove("run");

    assertThat(machine.toString()).doesNotContain("${");
    assertThatThrownBy(() -> DumpWorkflow.definition(values)).hasMessage("no value for ${run}");
  }

  @Test
  void takesNoMoreThanStepFunctionsTakes(@TempDir Path folder)
      throws IOException, InterruptedException {
    var text = DumpWorkflow.definition(VALUES);
    var file = Files.writeString(folder.resolve("machine.json"), text);
    var statelint =
        Path.of(System.getenv().getOrDefault("SLIPWAY_HOME", ".slipway"), "tools/bin/statelint")
            .toAbsolutePath();

    var process =
        new ProcessBuilder(statelint.toString(), file.toString()).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(text.length()).isLessThan(1024 * 1024);
    var names = new ArrayList<>(states.keySet());
    assertThat(names).allMatch(name -> name.length() <= 80);
  }
}
