package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lambda's functions: their code runs as it is, under AWS's own runtime interface emulator, one
 * process for each function, from the first call on.
 *
 * <p>A function has its environment, its time-out, its memory as a limit of what it may allocate,
 * and temporary credentials of its role. What it prints goes to its log group where the role allows
 * that.
 *
 * <p>Source of the rules: AWS Lambda API Reference, Invoke; AWS Lambda Developer Guide, "Defined
 * runtime environment variables".
 */
final class Functions implements AutoCloseable {

  /** What a function is. */
  record Function(
      String name,
      String arn,
      String role,
      String handler,
      byte[] code,
      Map<String, String> environment,
      long timeoutSeconds,
      long memoryMiB,
      String logGroup) {}

  private static final String PATHS = "/2015-03-31/functions/";
  private static final Pattern INVOCATION =
      Pattern.compile(Pattern.quote(PATHS) + "([^/]+)/invocations/?");

  /** What the emulator itself says, between what the function prints. */
  private static final Pattern EMULATORS_OWN =
      Pattern.compile("time=\".*|[0-9:, A-Za-z]+ \\[[A-Z]+\\] \\(rapid\\).*");

  /** Of a call that is answered at once. */
  private static final int PAYLOAD_LIMIT = 6 * 1024 * 1024;

  /** The emulator's words for it. */
  private static final Pattern TIMED_OUT = Pattern.compile("Task timed out after [0-9.]+ seconds");

  /** A function that was called. */
  private static final class Running {
    final Function function;
    final Process process;
    final URI address;
    final Path log;
    final String stream;
    long logged;

    Running(Function function, Process process, URI address, Path log) {
      this.function = function;
      this.process = process;
      this.address = address;
      this.log = log;
      stream =
          LocalDate.now(ZoneOffset.UTC).toString().replace('-', '/')
              + "/[$LATEST]"
              + UUID.randomUUID().toString().replace("-", "");
    }
  }

  private final AwsClient aws;
  private final Tools tools;
  private final Path directory;
  private final Children children;
  private final Roles roles;
  private final Authorization authorization;
  private final URI endpoint;
  private final Map<String, Function> functions = new ConcurrentHashMap<>();
  private final Map<String, Running> running = new ConcurrentHashMap<>();
  private final Map<String, Object> turns = new ConcurrentHashMap<>();
  private final ExecutorService workers = Relay.workers("functions");
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  Functions(
      AwsClient aws,
      Tools tools,
      Path directory,
      Children children,
      Roles roles,
      Authorization authorization,
      URI endpoint) {
    this.aws = aws;
    this.tools = tools;
    this.directory = directory;
    this.children = children;
    this.roles = roles;
    this.authorization = authorization;
    this.endpoint = endpoint;
  }

  /** Whether a call invokes a function. */
  static boolean isInvocation(Call call) {
    return call.service().equals("lambda")
        && call.method().equals("POST")
        && INVOCATION.matcher(call.uri().getPath()).matches();
  }

  /** The function's name in a call that invokes it, whatever form it has there. */
  static String invoked(Call call) {
    Matcher path = INVOCATION.matcher(call.uri().getPath());
    if (!path.matches()) {
      throw new IllegalArgumentException(call.uri() + " invokes no function");
    }
    return name(path.group(1));
  }

  /** Of a name, an ARN, or a part of one, with a qualifier or without. */
  static String name(String named) {
    return named.replaceFirst("^(arn:aws:lambda:[^:]+:)?([0-9]{12}:)?function:", "").split(":")[0];
  }

  /** Has a function as it is from now on; a process of what it was ends. */
  void put(Function function) {
    functions.put(function.name(), function);
    end(function.name());
  }

  void remove(String name) {
    functions.remove(name);
    end(name);
  }

  private void end(String name) {
    synchronized (turn(name)) {
      Running was = running.remove(name);
      if (was != null) {
        was.process.descendants().forEach(ProcessHandle::destroyForcibly);
        was.process.destroy();
      }
    }
  }

  /** A process does one thing at a time. */
  private Object turn(String name) {
    return turns.computeIfAbsent(name, any -> new Object());
  }

  /** Answers a call that invokes a function. */
  Reply invoke(Call call) {
    String name = invoked(call);
    Function function = functions.get(name);
    if (function == null) {
      throw new AwsError(
          404,
          "ResourceNotFoundException",
          "Function not found: " + aws.arn("lambda", "function:" + name));
    }
    if (call.body().length > PAYLOAD_LIMIT) {
      throw new AwsError(
          413,
          "RequestTooLargeException",
          "Request must be smaller than 6291456 bytes for the InvokeFunction operation");
    }
    byte[] payload = call.body().length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : call.body();
    return switch (call.header("X-Amz-Invocation-Type")) {
      case "DryRun" -> new Reply(204, Map.of(), new byte[0]);
      case "Event" -> {
        workers.execute(() -> run(function, payload));
        yield new Reply(202, Map.of(), new byte[0]);
      }
      default -> run(function, payload);
    };
  }

  private Reply run(Function function, byte[] payload) {
    synchronized (turn(function.name())) {
      Running process = running(function);
      HttpResponse<byte[]> answer = send(process, payload);
      keepLog(process);
      return reply(function, answer);
    }
  }

  private static HttpRequest request(Running process, byte[] payload) {
    return HttpRequest.newBuilder(process.address)
        .timeout(Duration.ofSeconds(process.function.timeoutSeconds() + 60))
        .POST(HttpRequest.BodyPublishers.ofByteArray(payload))
        .build();
  }

  private HttpResponse<byte[]> send(Running process, byte[] payload) {
    try {
      return http.send(request(process, payload), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new AwsError(
          502,
          "ServiceException",
          process.function.name() + " does not answer; see " + process.log + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the rehearsal is ending", e);
    }
  }

  /**
   * What Lambda says: the emulator tells neither that a function failed nor, as JSON, that it was
   * cut off.
   */
  private static Reply reply(Function function, HttpResponse<byte[]> answer) {
    var headers = new HashMap<String, String>();
    headers.put("Content-Type", "application/json");
    headers.put("X-Amz-Executed-Version", "$LATEST");
    String text = new String(answer.body(), StandardCharsets.UTF_8);
    if (TIMED_OUT.matcher(text).matches()) {
      headers.put("X-Amz-Function-Error", "Unhandled");
      text =
          AwsClient.GSON.toJson(
              Map.of(
                  "errorType",
                  "Sandbox.Timedout",
                  "errorMessage",
                  "RequestId: "
                      + UUID.randomUUID()
                      + " Error: Task timed out after "
                      + function.timeoutSeconds()
                      + ".00 seconds"));
    } else if (answer.statusCode() >= 300 || failed(text)) {
      headers.put("X-Amz-Function-Error", "Unhandled");
      if (text.isEmpty()) {
        text =
            AwsClient.GSON.toJson(
                Map.of(
                    "errorType",
                    "Runtime.ExitError",
                    "errorMessage",
                    "RequestId: " + UUID.randomUUID() + " Error: Runtime exited"));
      }
    }
    return Reply.json(200, headers, text);
  }

  /** What a runtime answers with, and no function of ours returns. */
  private static boolean failed(String text) {
    return text.startsWith("{")
        && AwsClient.object(text.getBytes(StandardCharsets.UTF_8))
            .keySet()
            .containsAll(List.of("errorMessage", "errorType"));
  }

  private Running running(Function function) {
    Running known = running.get(function.name());
    if (known != null && known.process.isAlive()) {
      return known;
    }
    try {
      Running started = start(function);
      running.put(function.name(), started);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the rehearsal is ending", e);
    }
  }

  private Running start(Function function) throws IOException, InterruptedException {
    Path folder = directory.resolve("functions").resolve(function.name());
    Path code = folder.resolve(UUID.randomUUID().toString());
    Archives.unpack(function.code(), code);
    Path log = folder.resolve(code.getFileName() + ".log");
    int port = Moto.freePort();
    int api = Moto.freePort();
    var builder =
        new ProcessBuilder(
            tools.program("aws-lambda-rie").toString(),
            "--runtime-interface-emulator-address",
            "127.0.0.1:" + port,
            "--runtime-api-address",
            "127.0.0.1:" + api,
            // Of the function itself, and not of the emulator.
            "prlimit",
            "--data=" + function.memoryMiB() * 1024 * 1024,
            tools.python().toString(),
            "-m",
            "awslambdaric",
            function.handler());
    builder.directory(code.toFile());
    environment(function, code, builder.environment());
    Process process = children.start(builder, log);
    Ports.await(process, "127.0.0.1", port, log);
    return new Running(
        function,
        process,
        URI.create("http://127.0.0.1:" + port + PATHS + "function/invocations"),
        log);
  }

  private void environment(Function function, Path code, Map<String, String> environment) {
    environment.clear();
    Sessions.Session session =
        roles.session(
            roles.forService(
                function.role(), "lambda.amazonaws.com", function.arn(), function.name()));
    environment.putAll(function.environment());
    environment.put("PATH", "/usr/local/bin:/usr/bin:/bin");
    environment.put("LANG", "en_US.UTF-8");
    environment.put("TZ", ":UTC");
    environment.put("PYTHONPATH", code + ":" + tools.home().resolve("awslambdaric"));
    environment.put("PYTHONDONTWRITEBYTECODE", "1");
    environment.put("LAMBDA_TASK_ROOT", code.toString());
    environment.put("_HANDLER", function.handler());
    environment.put("AWS_LAMBDA_FUNCTION_NAME", function.name());
    environment.put("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    environment.put("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", String.valueOf(function.memoryMiB()));
    environment.put("AWS_LAMBDA_FUNCTION_TIMEOUT", String.valueOf(function.timeoutSeconds()));
    environment.put("AWS_LAMBDA_LOG_GROUP_NAME", function.logGroup());
    environment.put("AWS_REGION", aws.region());
    environment.put("AWS_DEFAULT_REGION", aws.region());
    environment.put("AWS_ACCESS_KEY_ID", session.accessKey());
    environment.put("AWS_SECRET_ACCESS_KEY", session.secretKey());
    environment.put("AWS_SESSION_TOKEN", session.sessionToken());
    // What leads to this account; the rest is as in Lambda.
    environment.put("AWS_ENDPOINT_URL", endpoint.toString());
    environment.put("AWS_EC2_METADATA_DISABLED", "true");
    environment.put("AWS_CONFIG_FILE", "/dev/null");
    environment.put("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  }

  // --- logs
  // ----------------------------------------------------------------------------------------------------------

  /** Lambda writes with the function's role; a function without the rights has no logs. */
  private void keepLog(Running process) {
    List<String> lines = lines(process);
    Function function = process.function;
    var caller = new Caller(Roles.name(function.role()), function.name(), Map.of());
    String group = aws.arn("logs", "log-group:" + function.logGroup());
    boolean may =
        authorization.allows(
                caller, "logs:CreateLogStream", group + ":log-stream:" + process.stream)
            && authorization.allows(
                caller, "logs:PutLogEvents", group + ":log-stream:" + process.stream);
    if (lines.isEmpty() || !may) {
      return;
    }
    var logs = new AwsClient.Json(aws, "logs", "Logs_20140328");
    try {
      boolean isNew =
          Values.maps(
                  logs.call(
                          "DescribeLogStreams",
                          "logGroupName",
                          function.logGroup(),
                          "logStreamNamePrefix",
                          process.stream)
                      .get("logStreams"))
              .isEmpty();
      if (isNew) {
        logs.call(
            "CreateLogStream",
            "logGroupName",
            function.logGroup(),
            "logStreamName",
            process.stream);
      }
      long now = Instant.now().toEpochMilli();
      logs.call(
          "PutLogEvents",
          "logGroupName",
          function.logGroup(),
          "logStreamName",
          process.stream,
          "logEvents",
          lines.stream().map(line -> Map.of("timestamp", now, "message", line)).toList());
    } catch (AwsError e) {
      // There is no such group: Lambda makes it only where the role allows that, and ours don't.
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  /** What the function has printed since the last look. */
  private static List<String> lines(Running process) {
    try {
      byte[] all = Files.readAllBytes(process.log);
      var text =
          new String(
              all,
              (int) process.logged,
              (int) (all.length - process.logged),
              StandardCharsets.UTF_8);
      process.logged = all.length;
      var lines = new ArrayList<String>();
      for (String line : text.split("\n")) {
        if (!line.isBlank() && !EMULATORS_OWN.matcher(line).matches()) {
          lines.add(line);
        }
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    List.copyOf(running.keySet()).forEach(this::end);
    workers.shutdownNow();
  }
}
