package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

class RunCommandsTest {

  /** Runs scripts on this machine, and ends them when it is told to. */
  private static final class LocalAgent implements Agent {
    final Map<String, Process> processes = new ConcurrentHashMap<>();

    @Override
    public boolean hasStarted(Machine machine) {
      return true;
    }

    @Override
    public Process start(
        Machine machine, String folder, SsmDocument.Step step, Map<String, String> variables)
        throws IOException {
      var builder = new ProcessBuilder("sh", "-c", step.script());
      builder.environment().putAll(variables);
      Process process = builder.start();
      process.getOutputStream().close();
      processes.put(folder, process);
      return process;
    }

    @Override
    public void end(Machine machine, String folder) {
      processes.get(folder).destroy();
    }
  }

  private final Machines machines = mock(Machines.class);
  private final AwsClient aws = mock(AwsClient.class);
  private final LocalAgent agent = new LocalAgent();
  private final Faults faults = new Faults(machines, new Sessions(InstantSource.system()));
  private final Machine machine = Samples.machine(machines, "i-1", "us-east-1a", "host");
  private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private volatile boolean mayLog = true;
  private RunCommands commands;

  @BeforeEach
  void start() {
    when(machines.all()).thenReturn(List.of(machine));
    when(machines.running()).thenReturn(List.of(machine));
    when(machines.find("i-1")).thenReturn(machine);
    when(aws.region()).thenReturn("us-east-1");
    machine.registered(true);
    commands =
        new RunCommands(
            machines,
            aws,
            faults,
            (who, action, resource) -> mayLog || !action.startsWith("logs:"),
            agent,
            () -> now);
  }

  @AfterEach
  void end() {
    commands.close();
    agent.processes.values().forEach(Process::destroyForcibly);
  }

  private String send(String script, Object... more) {
    var request = new LinkedHashMap<>(Fields.of(more));
    request.put("DocumentName", "AWS-RunShellScript");
    request.putIfAbsent("InstanceIds", List.of("i-1"));
    request.put("Parameters", Map.of("commands", List.of(script)));
    return (String) command(commands.serve("SendCommand", request)).get("CommandId");
  }

  private static Map<String, Object> command(Map<String, Object> answer) {
    return Values.map(answer.get("Command"));
  }

  private Map<String, Object> look(String id) {
    return commands.serve("GetCommandInvocation", Map.of("CommandId", id, "InstanceId", "i-1"));
  }

  private void passes(int seconds) {
    now = now.plusSeconds(seconds);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long limit = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("still waiting").isLessThan(limit);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private String sendAndAwaitStart(String script) throws InterruptedException {
    String id = send(script);
    passes(1);
    await(() -> !agent.processes.isEmpty());
    return id;
  }

  private Map<String, Object> outcome(String id) throws InterruptedException {
    var over = Set.of("Success", "Failed", "TimedOut", "Cancelled");
    await(() -> over.contains(look(id).get("Status")));
    return look(id);
  }

  private void refuses(String code, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(AwsError.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void outputIsCutAndTheVerdictIsTheScripts() throws Exception {
    String id = send("head -c 30000 /dev/zero | tr '\\0' o; head -c 9000 /dev/zero >&2; exit 3");
    passes(1);

    var seen = outcome(id);

    assertThat(seen).containsEntry("Status", "Failed").containsEntry("ResponseCode", 3);
    assertThat((String) seen.get("StandardOutputContent")).isEqualTo("o".repeat(24_000));
    assertThat((String) seen.get("StandardErrorContent")).hasSize(8_000);
  }

  @Test
  void theLogHoldsAllOfIt() throws Exception {
    String id =
        send(
            "head -c 30000 /dev/zero | tr '\\0' o",
            "CloudWatchOutputConfig",
            Map.of("CloudWatchOutputEnabled", true, "CloudWatchLogGroupName", "/slipway/staging"));
    passes(1);
    outcome(id);

    @SuppressWarnings("unchecked")
    ArgumentCaptor<Map<String, Object>> put = ArgumentCaptor.forClass(Map.class);
    verify(aws).json(eq("logs"), eq("Logs_20140328.PutLogEvents"), put.capture());
    assertThat(put.getValue()).containsEntry("logGroupName", "/slipway/staging");
    assertThat(Values.maps(put.getValue().get("logEvents")).get(0).get("message"))
        .isEqualTo("o".repeat(30_000));
  }

  @Test
  void aRoleWithoutTheRightWritesNoLog() throws Exception {
    mayLog = false;
    String id =
        send(
            "echo done",
            "CloudWatchOutputConfig",
            Map.of("CloudWatchOutputEnabled", true, "CloudWatchLogGroupName", "/slipway/staging"));
    passes(1);

    assertThat(outcome(id)).containsEntry("Status", "Success");
    verify(aws, never()).json(eq("logs"), any(), any());
  }

  @Test
  void anInvocationIsNotThereAtOnce() throws Exception {
    String id = send("true");

    refuses("InvocationDoesNotExist", () -> look(id));
    passes(1);
    assertThat(outcome(id)).containsEntry("Status", "Success");
    faults.invocationMissingTimes(1);
    refuses("InvocationDoesNotExist", () -> look(id));
    assertThat(look(id)).containsEntry("Status", "Success");
  }

  @Test
  void aCommandForAnAgentThatIsOfflineTimesOut() throws Exception {
    machine.agentOffline(true);
    String id = send("true", "TimeoutSeconds", 30);
    passes(29);
    assertThat(look(id)).containsEntry("Status", "Pending");

    passes(2);

    assertThat(outcome(id))
        .containsEntry("Status", "TimedOut")
        .containsEntry("StatusDetails", "DeliveryTimedOut");
    assertThat(agent.processes).isEmpty();
  }

  @Test
  void anAgentThatComesBackRunsWhatHasWaitedForIt() throws Exception {
    machine.agentOffline(true);
    String id = send("echo here", "TimeoutSeconds", 30);
    passes(10);
    machine.agentOffline(false);

    assertThat(outcome(id))
        .containsEntry("Status", "Success")
        .containsEntry("StandardOutputContent", "here\n");
  }

  @Test
  void aScriptThatTakesTooLongIsEnded() throws Exception {
    String id = sendAndAwaitStart("exec sleep 600");

    passes(3601);

    assertThat(outcome(id))
        .containsEntry("Status", "TimedOut")
        .containsEntry("StatusDetails", "ExecutionTimedOut");
    assertThat(agent.processes.values()).noneMatch(Process::isAlive);
  }

  @Test
  void aCancelledScriptIsEnded() throws Exception {
    String id = sendAndAwaitStart("exec sleep 600");

    commands.serve("CancelCommand", Map.of("CommandId", id));

    assertThat(outcome(id)).containsEntry("Status", "Cancelled");
    assertThat(agent.processes.values()).noneMatch(Process::isAlive);
  }

  @Test
  void tagsThatMatchNobodyAreASuccess() {
    var answer =
        command(
            commands.serve(
                "SendCommand",
                Map.of(
                    "DocumentName",
                    "AWS-RunShellScript",
                    "Targets",
                    List.of(Map.of("Key", "tag:System", "Values", List.of("grocery"))),
                    "Parameters",
                    Map.of("commands", List.of("true")))));

    assertThat(answer).containsEntry("Status", "Success").containsEntry("TargetCount", 0);
  }

  @Test
  void whatAwsRefusesIsRefused() {
    refuses("ValidationException", () -> send("true", "TimeoutSeconds", 29));
    refuses("InvalidInstanceId", () -> send("true", "InstanceIds", List.of("i-2")));
    faults.throttleCommandsTimes(1);
    refuses("ThrottlingException", () -> send("true"));
    machine.state(Machine.State.STOPPED);
    refuses("InvalidInstanceId", () -> send("true"));
    assertThat(agent.processes).isEmpty();
  }

  @Test
  void aValueThatItsPatternRefusesReachesNoMachine() {
    when(aws.json(eq("ssm"), eq("AmazonSSM.GetDocument"), any()))
        .thenReturn(
            Map.of(
                "Content",
                """
                {"schemaVersion": "2.2",
                 "parameters": {"ref": {"type": "String", "allowedPattern": "^[a-z0-9]*$"}},
                 "mainSteps": [{"action": "aws:runShellScript", "name": "release",
                   "inputs": {"runCommand": ["echo {{ ref }}"]}}]}
                """));

    refuses(
        "InvalidParameters",
        () ->
            commands.serve(
                "SendCommand",
                Map.of(
                    "DocumentName",
                    "release",
                    "InstanceIds",
                    List.of("i-1"),
                    "Parameters",
                    Map.of("ref", List.of("$(touch /tmp/x)")))));
    assertThat(agent.processes).isEmpty();
    assertThat(commands.history()).isEmpty();
  }
}
