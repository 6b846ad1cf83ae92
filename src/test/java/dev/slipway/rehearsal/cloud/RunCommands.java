package dev.slipway.rehearsal.cloud;

import dev.slipway.host.UserData;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Systems Manager's Run Command with the agents of all machines: documents really run, as root, on
 * the machines.
 *
 * <p>Source of the rules: AWS Systems Manager API Reference and User Guide, "Understanding command
 * statuses", and the agent's own behaviour (output limits, names of log streams, environment of
 * scripts).
 */
final class RunCommands implements AutoCloseable {

  /** What the API shows of a step's standard output, and of its standard error. */
  private static final int OUTPUT_LIMIT = 24_000;

  /** What is longer comes in several events: the agent's MessageLengthThresholdInBytes. */
  private static final int EVENT_LIMIT = 80 * 1024;

  private static final int ERROR_LIMIT = 8_000;

  /** How long an invocation stays invisible to GetCommandInvocation after it was sent. */
  private static final Duration INVISIBLE = Duration.ofMillis(400);

  private static final Set<String> FINAL = Set.of("Success", "Failed", "TimedOut", "Cancelled");

  /** Says whether a machine's role may do something: the agent writes its logs with that role. */
  interface Rights {
    boolean allows(Machine machine, String action, String resource);
  }

  /** One step of an invocation. */
  private static final class Plugin {
    final SsmDocument.Step step;
    final StringBuffer out = new StringBuffer();
    final StringBuffer err = new StringBuffer();
    volatile String status = "Pending";
    volatile int code = -1;
    volatile Instant started;
    volatile Instant ended;

    Plugin(SsmDocument.Step step) {
      this.step = step;
    }
  }

  /** A command on one machine. */
  private final class Invocation {
    final Command command;
    final String instanceId;
    final List<Plugin> plugins = new ArrayList<>();
    volatile String status = "Pending";
    volatile String details = "Pending";
    volatile boolean cancelled;
    volatile Plugin current;

    Invocation(Command command, String instanceId) {
      this.command = command;
      this.instanceId = instanceId;
      command.document.steps(command.parameters).forEach(step -> plugins.add(new Plugin(step)));
    }

    boolean isOver() {
      return FINAL.contains(status);
    }

    void end(String how, String why) {
      status = how;
      details = why;
    }
  }

  /** What was sent. */
  private final class Command {
    final String id = UUID.randomUUID().toString();
    final Instant sentAt = time.instant();
    final SsmDocument document;
    final String documentName;
    final Map<String, List<String>> parameters;
    final Map<String, List<String>> given;
    final Map<String, Object> request;
    final int deliverySeconds;
    final Map<String, Invocation> invocations = new LinkedHashMap<>();

    Command(
        String documentName,
        SsmDocument document,
        Map<String, List<String>> given,
        Map<String, Object> request) {
      this.documentName = documentName;
      this.document = document;
      this.given = given;
      this.parameters = document.complete(given);
      this.request = request;
      deliverySeconds = request.get("TimeoutSeconds") instanceof Number n ? n.intValue() : 3600;
    }

    String status() {
      var all = invocations.values().stream().map(invocation -> invocation.status).toList();
      // With no target at all AWS reports success.
      for (String status : List.of("InProgress", "Pending", "Failed", "TimedOut", "Cancelled")) {
        if (all.contains(status)) {
          return status.equals("Pending") && all.stream().anyMatch(FINAL::contains)
              ? "InProgress"
              : status;
        }
      }
      return "Success";
    }
  }

  private final Machines machines;
  private final AwsClient aws;
  private final Faults faults;
  private final Rights rights;
  private final Agent agent;
  private final InstantSource time;
  private final Map<String, Command> commands = new ConcurrentHashMap<>();
  private final List<Command> history = new CopyOnWriteArrayList<>();
  private final ExecutorService workers = Relay.workers("run-command");
  private volatile boolean closed;

  RunCommands(
      Machines machines,
      AwsClient aws,
      Faults faults,
      Rights rights,
      Agent agent,
      InstantSource time) {
    this.machines = machines;
    this.aws = aws;
    this.faults = faults;
    this.rights = rights;
    this.agent = agent;
    this.time = time;
    workers.execute(this::registerAgents);
  }

  /** The calls that are answered here and not by moto. */
  boolean serves(String operation) {
    return Set.of(
            "SendCommand",
            "GetCommandInvocation",
            "ListCommandInvocations",
            "ListCommands",
            "CancelCommand",
            "DescribeInstanceInformation",
            "GetConnectionStatus")
        .contains(operation);
  }

  Map<String, Object> serve(String operation, Map<String, Object> request) {
    return switch (operation) {
      case "SendCommand" -> send(request);
      case "GetCommandInvocation" -> invocation(request);
      case "ListCommandInvocations" -> invocations(request);
      case "ListCommands" -> commands(request);
      case "CancelCommand" -> cancel(request);
      case "DescribeInstanceInformation" -> instances(request);
      case "GetConnectionStatus" -> connection(request);
      default -> throw new AwsError(400, "InvalidAction", operation);
    };
  }

  // --- the agents
  // ----------------------------------------------------------------------------------------------------

  /** An agent registers a moment after its machine has booted, if the machine's role lets it. */
  private void registerAgents() {
    while (!closed) {
      for (Machine machine : machines.running()) {
        if (!machine.wasRegistered()
            && rights.allows(machine, "ssm:UpdateInstanceInformation", "*")
            && rights.allows(machine, "ssmmessages:OpenControlChannel", "*")
            && agent.hasStarted(machine)) {
          machine.registered(true);
        }
      }
      pause(Duration.ofMillis(700));
    }
  }

  private static void pause(Duration time) {
    try {
      TimeUnit.MILLISECONDS.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // --- the API
  // -------------------------------------------------------------------------------------------------------

  private Map<String, Object> send(Map<String, Object> request) {
    if (faults.takesThrottledCommand()) {
      throw new AwsError(400, "ThrottlingException", "Rate exceeded");
    }
    if (request.get("TimeoutSeconds") instanceof Number seconds
        && (seconds.intValue() < 30 || seconds.intValue() > 2_592_000)) {
      throw new AwsError(
          400,
          "ValidationException",
          "Value '"
              + seconds
              + "' at 'timeoutSeconds' failed to satisfy constraint: Member must have"
              + " value between 30 and 2592000");
    }
    String name = String.valueOf(request.get("DocumentName")).replaceFirst("^arn:.*:document/", "");
    var given = new LinkedHashMap<String, List<String>>();
    Values.map(request.get("Parameters"))
        .forEach((key, value) -> given.put(key, Values.strings(value)));
    var command =
        new Command(
            name, document(name, Values.text(request.get("DocumentVersion"))), given, request);
    for (String instance : targets(request)) {
      command.invocations.put(instance, new Invocation(command, instance));
    }
    commands.put(command.id, command);
    history.add(command);
    command.invocations.values().forEach(invocation -> workers.execute(() -> run(invocation)));
    return Map.of("Command", describe(command));
  }

  private SsmDocument document(String name, String version) {
    if (name.equals("AWS-RunShellScript")) {
      return SsmDocument.runShellScript();
    }
    var request = new LinkedHashMap<String, Object>(Map.of("Name", name));
    if (version != null) {
      request.put("DocumentVersion", version);
    }
    try {
      return SsmDocument.parse(
          name, (String) aws.json("ssm", "AmazonSSM.GetDocument", request).get("Content"));
    } catch (AwsError e) {
      throw e.isNotFound()
          ? new AwsError(400, "InvalidDocument", "Document with name " + name + " does not exist.")
          : e;
    }
  }

  private Set<String> targets(Map<String, Object> request) {
    var found = new LinkedHashSet<String>();
    List<String> ids = new ArrayList<>(Values.strings(request.get("InstanceIds")));
    var tagged = new ArrayList<Map<String, Object>>();
    for (Map<String, Object> target : Values.maps(request.get("Targets"))) {
      if (String.valueOf(target.get("Key")).equalsIgnoreCase("InstanceIds")) {
        ids.addAll(Values.strings(target.get("Values")));
      } else {
        tagged.add(target);
      }
    }
    for (String id : ids) {
      Machine machine =
          machines.all().stream().filter(m -> m.id().equals(id)).findFirst().orElse(null);
      if (machine == null || !machine.isRunning() || !machine.wasRegistered()) {
        throw new AwsError(
            400,
            "InvalidInstanceId",
            "Instances [[" + id + "]] not in a valid state for account " + EmulatedCloud.ACCOUNT);
      }
      found.add(id);
    }
    if (!tagged.isEmpty()) {
      machines.running().stream()
          .filter(
              machine ->
                  machine.wasRegistered() && tagged.stream().allMatch(t -> matches(machine, t)))
          .forEach(machine -> found.add(machine.id()));
    }
    return found;
  }

  private static boolean matches(Machine machine, Map<String, Object> target) {
    String key = String.valueOf(target.get("Key"));
    List<String> values = Values.strings(target.get("Values"));
    if (key.startsWith("tag:")) {
      String value = machine.tags().get(key.substring(4));
      return value != null && values.contains(value);
    }
    if (key.equals("tag-key")) {
      return values.stream().anyMatch(machine.tags()::containsKey);
    }
    throw new AwsError(400, "InvalidTarget", "Target " + key + " is not valid");
  }

  private Invocation find(Map<String, Object> request) {
    Command command = commands.get(String.valueOf(request.get("CommandId")));
    Invocation invocation =
        command == null ? null : command.invocations.get(String.valueOf(request.get("InstanceId")));
    if (invocation == null) {
      throw new AwsError(400, "InvocationDoesNotExist", "");
    }
    return invocation;
  }

  private Map<String, Object> invocation(Map<String, Object> request) {
    Invocation invocation = find(request);
    if (faults.takesMissingInvocation()
        || time.instant().isBefore(invocation.command.sentAt.plus(INVISIBLE))) {
      throw new AwsError(400, "InvocationDoesNotExist", "");
    }
    String wanted = Values.text(request.get("PluginName"));
    List<Plugin> plugins =
        invocation.plugins.stream()
            .filter(plugin -> wanted == null || plugin.step.name().equals(wanted))
            .toList();
    if (plugins.isEmpty() || wanted == null && plugins.size() > 1) {
      throw new AwsError(400, "InvalidPluginName", "Plugin name is not valid");
    }
    Plugin plugin = plugins.get(0);
    var answer = new LinkedHashMap<String, Object>();
    answer.put("CommandId", invocation.command.id);
    answer.put("InstanceId", invocation.instanceId);
    answer.put("Comment", String.valueOf(invocation.command.request.getOrDefault("Comment", "")));
    answer.put("DocumentName", invocation.command.documentName);
    answer.put("DocumentVersion", "$DEFAULT");
    answer.put("PluginName", plugin.step.name());
    answer.put("ResponseCode", plugin.code);
    answer.put("ExecutionStartDateTime", plugin.started == null ? "" : plugin.started.toString());
    answer.put("ExecutionElapsedTime", elapsed(plugin));
    answer.put("ExecutionEndDateTime", plugin.ended == null ? "" : plugin.ended.toString());
    answer.put("Status", invocation.status);
    answer.put("StatusDetails", invocation.details);
    answer.put("StandardOutputContent", cut(plugin.out, OUTPUT_LIMIT));
    answer.put("StandardOutputUrl", "");
    answer.put("StandardErrorContent", cut(plugin.err, ERROR_LIMIT));
    answer.put("StandardErrorUrl", "");
    answer.put("CloudWatchOutputConfig", logConfiguration(invocation.command));
    return answer;
  }

  private static String elapsed(Plugin plugin) {
    return plugin.started == null || plugin.ended == null
        ? ""
        : Duration.between(plugin.started, plugin.ended).toString();
  }

  private static String cut(StringBuffer text, int limit) {
    synchronized (text) {
      return text.length() <= limit ? text.toString() : text.substring(0, limit);
    }
  }

  private Map<String, Object> invocations(Map<String, Object> request) {
    var list = new ArrayList<Map<String, Object>>();
    for (Command command : selected(request)) {
      for (Invocation invocation : command.invocations.values()) {
        if (request.get("InstanceId") == null
            || invocation.instanceId.equals(request.get("InstanceId"))) {
          list.add(describe(invocation, Boolean.TRUE.equals(request.get("Details"))));
        }
      }
    }
    return Map.of("CommandInvocations", list);
  }

  private List<Command> selected(Map<String, Object> request) {
    Object id = request.get("CommandId");
    var found =
        new ArrayList<>(history.stream().filter(c -> id == null || c.id.equals(id)).toList());
    java.util.Collections.reverse(found);
    if (id != null && found.isEmpty()) {
      throw new AwsError(400, "InvalidCommandId", "");
    }
    return found;
  }

  private Map<String, Object> commands(Map<String, Object> request) {
    return Map.of(
        "Commands",
        selected(request).stream()
            .filter(
                command ->
                    request.get("InstanceId") == null
                        || command.invocations.containsKey(request.get("InstanceId")))
            .map(this::describe)
            .toList());
  }

  private Map<String, Object> describe(Command command) {
    var answer = new LinkedHashMap<String, Object>();
    answer.put("CommandId", command.id);
    answer.put("DocumentName", command.documentName);
    answer.put("DocumentVersion", "$DEFAULT");
    answer.put("Comment", String.valueOf(command.request.getOrDefault("Comment", "")));
    answer.put("ExpiresAfter", seconds(command.sentAt.plusSeconds(command.deliverySeconds)));
    answer.put("Parameters", command.given);
    answer.put("InstanceIds", Values.list(command.request.get("InstanceIds")));
    answer.put("Targets", Values.list(command.request.get("Targets")));
    answer.put("RequestedDateTime", seconds(command.sentAt));
    answer.put("Status", command.status());
    answer.put("StatusDetails", command.status());
    answer.put(
        "MaxConcurrency", String.valueOf(command.request.getOrDefault("MaxConcurrency", "50")));
    answer.put("MaxErrors", String.valueOf(command.request.getOrDefault("MaxErrors", "0")));
    answer.put("TargetCount", command.invocations.size());
    answer.put(
        "CompletedCount", command.invocations.values().stream().filter(Invocation::isOver).count());
    answer.put(
        "ErrorCount",
        command.invocations.values().stream().filter(i -> i.status.equals("Failed")).count());
    answer.put(
        "DeliveryTimedOutCount",
        command.invocations.values().stream()
            .filter(i -> i.details.equals("DeliveryTimedOut"))
            .count());
    answer.put("CloudWatchOutputConfig", logConfiguration(command));
    answer.put("TimeoutSeconds", command.deliverySeconds);
    return answer;
  }

  private Map<String, Object> describe(Invocation invocation, boolean withPlugins) {
    var answer = new LinkedHashMap<String, Object>();
    answer.put("CommandId", invocation.command.id);
    answer.put("InstanceId", invocation.instanceId);
    answer.put("InstanceName", "");
    answer.put("Comment", String.valueOf(invocation.command.request.getOrDefault("Comment", "")));
    answer.put("DocumentName", invocation.command.documentName);
    answer.put("DocumentVersion", "$DEFAULT");
    answer.put("RequestedDateTime", seconds(invocation.command.sentAt));
    answer.put("Status", invocation.status);
    answer.put("StatusDetails", invocation.details);
    answer.put("StandardOutputUrl", "");
    answer.put("StandardErrorUrl", "");
    answer.put(
        "CommandPlugins",
        withPlugins ? invocation.plugins.stream().map(RunCommands::describe).toList() : List.of());
    answer.put("CloudWatchOutputConfig", logConfiguration(invocation.command));
    return answer;
  }

  private static Map<String, Object> describe(Plugin plugin) {
    var answer = new LinkedHashMap<String, Object>();
    answer.put("Name", plugin.step.name());
    answer.put("Status", plugin.status);
    answer.put("StatusDetails", plugin.status);
    answer.put("ResponseCode", plugin.code);
    // A list shows far less than GetCommandInvocation does.
    answer.put("Output", cut(plugin.out, 2500));
    return answer;
  }

  private static Map<String, Object> logConfiguration(Command command) {
    return Values.map(command.request.get("CloudWatchOutputConfig"));
  }

  private static double seconds(Instant time) {
    return time.toEpochMilli() / 1000.0;
  }

  private Map<String, Object> cancel(Map<String, Object> request) {
    Command command = commands.get(String.valueOf(request.get("CommandId")));
    if (command == null) {
      throw new AwsError(400, "InvalidCommandId", "");
    }
    List<String> only = Values.strings(request.get("InstanceIds"));
    for (Invocation invocation : command.invocations.values()) {
      if ((only.isEmpty() || only.contains(invocation.instanceId)) && !invocation.isOver()) {
        invocation.cancelled = true;
        if (invocation.status.equals("Pending")) {
          invocation.end("Cancelled", "Cancelled");
        } else {
          invocation.details = "Cancelling";
          kill(invocation);
        }
      }
    }
    return Map.of();
  }

  private Map<String, Object> instances(Map<String, Object> request) {
    var list = new ArrayList<Map<String, Object>>();
    for (Machine machine : machines.running()) {
      if (machine.wasRegistered() && isWanted(machine, request)) {
        var information = new LinkedHashMap<String, Object>();
        information.put("InstanceId", machine.id());
        information.put("PingStatus", machine.isManaged() ? "Online" : "ConnectionLost");
        information.put("LastPingDateTime", seconds(time.instant()));
        information.put("AgentVersion", UserData.agentMinimum());
        information.put("IsLatestVersion", true);
        information.put("PlatformType", "Linux");
        information.put("PlatformName", "Ubuntu");
        information.put("PlatformVersion", "24.04");
        information.put("ResourceType", "EC2Instance");
        information.put("IPAddress", machine.publicIp());
        information.put("ComputerName", "ip-" + machine.publicIp().replace('.', '-'));
        list.add(information);
      }
    }
    return Map.of("InstanceInformationList", list);
  }

  private static boolean isWanted(Machine machine, Map<String, Object> request) {
    for (Map<String, Object> filter : Values.maps(request.get("Filters"))) {
      String key = String.valueOf(filter.get("Key"));
      List<String> values = Values.strings(filter.get("Values"));
      boolean wanted =
          switch (key) {
            case "InstanceIds" -> values.contains(machine.id());
            case "PingStatus" -> values.contains(machine.isManaged() ? "Online" : "ConnectionLost");
            default -> matches(machine, filter);
          };
      if (!wanted) {
        return false;
      }
    }
    for (Map<String, Object> filter : Values.maps(request.get("InstanceInformationFilterList"))) {
      if ("InstanceIds".equals(filter.get("key"))
          && !Values.strings(filter.get("valueSet")).contains(machine.id())) {
        return false;
      }
    }
    return true;
  }

  private Map<String, Object> connection(Map<String, Object> request) {
    String id = String.valueOf(request.get("Target"));
    boolean connected =
        machines.running().stream().anyMatch(m -> m.id().equals(id) && m.isManaged());
    return Map.of("Target", id, "Status", connected ? "connected" : "notconnected");
  }

  // --- running
  // -------------------------------------------------------------------------------------------------------

  private void run(Invocation invocation) {
    try {
      Machine machine = machines.find(invocation.instanceId);
      Instant limit = invocation.command.sentAt.plusSeconds(invocation.command.deliverySeconds);
      while (!machine.isManaged()) {
        if (invocation.isOver() || closed) {
          return;
        }
        if (time.instant().isAfter(limit)) {
          invocation.end("TimedOut", "DeliveryTimedOut");
          return;
        }
        pause(Duration.ofMillis(300));
      }
      if (invocation.isOver()) {
        return;
      }
      invocation.end("InProgress", "InProgress");
      String worst = "Success";
      for (Plugin plugin : invocation.plugins) {
        if (invocation.cancelled) {
          plugin.status = "Cancelled";
          continue;
        }
        step(invocation, machine, plugin);
        if (!plugin.status.equals("Success")) {
          worst = plugin.status;
        }
      }
      if (invocation.cancelled) {
        invocation.end("Cancelled", "Cancelled");
      } else {
        invocation.end(worst, worst.equals("TimedOut") ? "ExecutionTimedOut" : worst);
      }
    } catch (RuntimeException e) {
      invocation.end("Failed", "Failed");
      invocation.plugins.forEach(plugin -> plugin.err.append(e.getMessage()));
    }
  }

  private void step(Invocation invocation, Machine machine, Plugin plugin) {
    plugin.status = "InProgress";
    plugin.started = time.instant();
    invocation.current = plugin;
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("SSM_COMMAND_ID", invocation.command.id);
    variables.put("AWS_SSM_INSTANCE_ID", machine.id());
    variables.put("AWS_SSM_REGION_NAME", aws.region());
    variables.putAll(invocation.command.document.variables(invocation.command.parameters));
    try {
      Process process = agent.start(machine, folder(invocation, plugin), plugin.step, variables);
      var logs = new LogWriter(invocation, machine, plugin);
      Thread out = reader(process.getInputStream(), plugin.out);
      Thread err = reader(process.getErrorStream(), plugin.err);
      Instant limit = plugin.started.plusSeconds(plugin.step.timeoutSeconds());
      boolean timedOut = false;
      while (!process.waitFor(500, TimeUnit.MILLISECONDS)) {
        logs.write();
        if (!timedOut && time.instant().isAfter(limit)) {
          timedOut = true;
          kill(invocation);
        }
        if (closed) {
          process.destroyForcibly();
          return;
        }
      }
      // A program that the script left in the background may hold the streams open; the agent
      // doesn't wait for it.
      out.join(2000);
      err.join(2000);
      logs.write();
      plugin.ended = time.instant();
      plugin.code = process.exitValue();
      plugin.status =
          timedOut
              ? "TimedOut"
              : invocation.cancelled ? "Cancelled" : plugin.code == 0 ? "Success" : "Failed";
      logs.close();
    } catch (IOException e) {
      plugin.err.append(e.getMessage());
      plugin.status = "Failed";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      plugin.status = "Failed";
    }
  }

  private static String folder(Invocation invocation, Plugin plugin) {
    return "/var/lib/amazon/ssm/"
        + invocation.instanceId
        + "/document/orchestration/"
        + invocation.command.id
        + "/"
        + plugin.step.name().replace(":", "");
  }

  private void kill(Invocation invocation) {
    Plugin plugin = invocation.current;
    Machine machine = machines.find(invocation.instanceId);
    if (plugin != null && machine.isRunning()) {
      agent.end(machine, folder(invocation, plugin));
    }
  }

  private static Thread reader(InputStream in, StringBuffer text) {
    var thread =
        new Thread(
            () -> {
              CharsetDecoder decoder =
                  StandardCharsets.UTF_8
                      .newDecoder()
                      .onMalformedInput(CodingErrorAction.REPLACE)
                      .onUnmappableCharacter(CodingErrorAction.REPLACE);
              var bytes = ByteBuffer.allocate(8192);
              var characters = CharBuffer.allocate(8192);
              try (in) {
                int read;
                while ((read = in.read(bytes.array(), bytes.position(), bytes.remaining())) >= 0) {
                  bytes.position(bytes.position() + read).flip();
                  decoder.decode(bytes, characters, false);
                  bytes.compact();
                  characters.flip();
                  text.append(characters);
                  characters.clear();
                }
              } catch (IOException e) {
                text.append("\n(output ended: ").append(e.getMessage()).append(")\n");
              }
            },
            "run-command-output");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Sends a step's output to CloudWatch Logs while it is running, line by line. */
  private final class LogWriter {
    private final String group;
    private final String prefix;
    private final Plugin plugin;
    private final Map<String, Integer> written = new LinkedHashMap<>();
    private final Set<String> streams = new LinkedHashSet<>();

    LogWriter(Invocation invocation, Machine machine, Plugin plugin) {
      this.plugin = plugin;
      Map<String, Object> configuration = logConfiguration(invocation.command);
      String wanted =
          Boolean.TRUE.equals(configuration.get("CloudWatchOutputEnabled"))
              ? String.valueOf(
                  configuration.getOrDefault(
                      "CloudWatchLogGroupName", "/aws/ssm/" + invocation.command.documentName))
              : null;
      prefix =
          invocation.command.id
              + "/"
              + invocation.instanceId
              + "/"
              + plugin.step.name().replace(':', '-').replace('*', '-');
      String arn =
          "arn:aws:logs:" + aws.region() + ":" + EmulatedCloud.ACCOUNT + ":log-group:" + wanted;
      // The agent writes with the machine's role; without the rights there is no log, and no error
      // either. It makes sure
      // of the group first: it is made anew, which is all right when it is there, or found.
      String account = "arn:aws:logs:" + aws.region() + ":" + EmulatedCloud.ACCOUNT + ":log-group:";
      boolean may =
          wanted != null
              && (rights.allows(machine, "logs:CreateLogGroup", arn + ":log-stream:")
                  || rights.allows(machine, "logs:DescribeLogGroups", account + ":log-stream:"))
              && rights.allows(
                  machine, "logs:CreateLogStream", arn + ":log-stream:" + prefix + "/stdout")
              && rights.allows(
                  machine, "logs:PutLogEvents", arn + ":log-stream:" + prefix + "/stdout");
      group = may ? wanted : null;
    }

    void write() {
      write("stdout", plugin.out, false);
      write("stderr", plugin.err, false);
    }

    void close() {
      write("stdout", plugin.out, true);
      write("stderr", plugin.err, true);
    }

    private void write(String name, StringBuffer text, boolean all) {
      int from = written.getOrDefault(name, 0);
      int to = all ? text.length() : text.lastIndexOf("\n") + 1;
      if (group == null || to <= from) {
        return;
      }
      written.put(name, to);
      long now = System.currentTimeMillis();
      var events = new ArrayList<Object>();
      for (String line : text.substring(from, to).split("\n")) {
        for (int at = 0; at < line.length(); at += EVENT_LIMIT) {
          var part = line.substring(at, Math.min(line.length(), at + EVENT_LIMIT));
          events.add(Map.of("timestamp", now, "message", part));
        }
      }
      if (events.isEmpty()) {
        return;
      }
      try {
        String stream = prefix + "/" + name;
        if (streams.add(stream)) {
          aws.json(
              "logs",
              "Logs_20140328.CreateLogStream",
              Map.of("logGroupName", group, "logStreamName", stream));
        }
        for (int first = 0; first < events.size(); first += 5000) {
          aws.json(
              "logs",
              "Logs_20140328.PutLogEvents",
              Map.of(
                  "logGroupName",
                  group,
                  "logStreamName",
                  stream,
                  "logEvents",
                  events.subList(first, Math.min(events.size(), first + 5000))));
        }
      } catch (AwsError e) {
        // As with the real agent, a log that can't be written doesn't change the outcome of the
        // command.
      }
    }
  }

  // --- for the diary
  // -------------------------------------------------------------------------------------------------

  List<RunCommand> history() {
    var list = new ArrayList<RunCommand>();
    for (Command command : history) {
      for (Invocation invocation : command.invocations.values()) {
        var out = new StringBuilder();
        var err = new StringBuilder();
        int code = 0;
        for (Plugin plugin : invocation.plugins) {
          out.append(plugin.out);
          err.append(plugin.err);
          code = code == 0 ? plugin.code : code;
        }
        list.add(
            new RunCommand(
                command.id,
                command.documentName,
                invocation.instanceId,
                command.parameters,
                command.sentAt,
                invocation.status,
                invocation.details,
                code,
                out.toString(),
                err.toString()));
      }
    }
    return list;
  }

  @Override
  public void close() {
    closed = true;
    workers.shutdownNow();
  }
}
