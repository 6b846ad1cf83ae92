package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Step Functions: moto's interpreter in a process of its own, started when there is a first state
 * machine. What a task calls comes to the endpoint, as the role of its state machine.
 */
final class StateMachines {

  /** Starts moto as it is wanted here. */
  static final String SCRIPT = "src/test/resources/dev/slipway/rehearsal/state-machines.py";

  /** What moto makes tokens of. */
  private static final Pattern TOKEN = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private final Path script;
  private final Tools tools;
  private final Path directory;
  private final Children children;
  private final Roles roles;
  private final URI endpoint;
  private final String region;

  /** Tells the endpoint that it is this service that calls. */
  private final String serviceKey = "SERVICE" + UUID.randomUUID().toString().replace("-", "");

  /** The machine of each role, which trust policies may ask for. */
  private final Map<String, String> machinesByRole = new ConcurrentHashMap<>();

  /** The machine of each task that waits for an answer, by what looks like a token in its call. */
  private final Map<String, String> machinesByToken = new ConcurrentHashMap<>();

  private AwsClient client;
  private URI address;

  /**
   * @param script where {@link #SCRIPT} is
   * @param endpoint which tasks call
   */
  StateMachines(
      Path script,
      Tools tools,
      Path directory,
      Children children,
      Roles roles,
      URI endpoint,
      String region) {
    this.script = script;
    this.tools = tools;
    this.directory = directory;
    this.children = children;
    this.roles = roles;
    this.endpoint = endpoint;
    this.region = region;
  }

  /** Where the service itself answers. */
  synchronized URI address() {
    if (address == null) {
      try {
        address =
            Moto.start(
                    new String[] {tools.python().toString(), script.toString()},
                    Map.of(
                        "SLIPWAY_ENDPOINT", endpoint.toString(), "SLIPWAY_SERVICE_KEY", serviceKey),
                    directory.resolve("state-machines.log"),
                    children)
                .address();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("the rehearsal is ending", e);
      }
      client = new AwsClient(address, region);
    }
    return address;
  }

  /** A call of the service's, as the account's owner. */
  Map<String, Object> call(String operation, Fields fields) {
    address();
    return client.json("states", "AWSStepFunctions." + operation, fields);
  }

  Map<String, Object> call(String operation, Object... keysAndValues) {
    return call(operation, Fields.of(keysAndValues));
  }

  /** Remembers whose role it is. */
  void roleOf(String machine, String role) {
    machinesByRole.values().remove(machine);
    machinesByRole.put(role, machine);
  }

  void removed(String machine) {
    machinesByRole.values().remove(machine);
  }

  /** As whom a task calls, or null where no task does. */
  Caller caller(Call call) {
    if (!call.accessKey().equals(serviceKey)) {
      return null;
    }
    String role = call.sessionToken();
    String machine = machinesByRole.getOrDefault(role, "*");
    TOKEN
        .matcher(new String(call.body(), StandardCharsets.UTF_8))
        .results()
        .forEach(token -> machinesByToken.put(token.group(), machine));
    return roles.forService(
        role, "states.amazonaws.com", machine, UUID.randomUUID().toString().replace("-", ""));
  }

  /** The machine whose task was called with this token; {@code *} where none was. */
  String machineOfTask(String token) {
    return machinesByToken.getOrDefault(token, "*");
  }

  /** Starts an execution, whose name nobody chose, and gives its ARN. */
  String start(String machine, String name, Object input) {
    Map<String, Object> started =
        call(
            "StartExecution",
            "stateMachineArn",
            machine,
            "name",
            name,
            "input",
            AwsClient.GSON.toJson(input == null ? new LinkedHashMap<>() : input));
    return String.valueOf(started.get("executionArn"));
  }
}
