package dev.slipway.rehearsal.cloud;

import com.google.protobuf.Empty;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import pulumirpc.EngineGrpc;
import pulumirpc.EngineOuterClass;
import pulumirpc.Plugin;
import pulumirpc.Provider.CheckFailure;
import pulumirpc.Provider.CheckRequest;
import pulumirpc.Provider.CheckResponse;
import pulumirpc.Provider.ConfigureRequest;
import pulumirpc.Provider.ConfigureResponse;
import pulumirpc.Provider.CreateRequest;
import pulumirpc.Provider.CreateResponse;
import pulumirpc.Provider.DeleteRequest;
import pulumirpc.Provider.DiffRequest;
import pulumirpc.Provider.DiffResponse;
import pulumirpc.Provider.PropertyDiff;
import pulumirpc.Provider.ProviderHandshakeRequest;
import pulumirpc.Provider.ProviderHandshakeResponse;
import pulumirpc.Provider.ReadRequest;
import pulumirpc.Provider.ReadResponse;
import pulumirpc.Provider.UpdateRequest;
import pulumirpc.Provider.UpdateResponse;
import pulumirpc.ResourceProviderGrpc;

/**
 * The {@code command} provider's {@code local.Command}: runs a shell command on the machine that
 * runs Pulumi.
 *
 * <p>As with the real one, nothing runs in a preview, unchanged inputs never run again, a changed
 * trigger replaces, and a failed create is not in the state.
 */
final class CommandProvider extends ResourceProviderGrpc.ResourceProviderImplBase {
  private static final String TOKEN = "command:local:Command";
  private static final Set<String> INPUTS =
      Set.of(
          "create",
          "update",
          "delete",
          "environment",
          "dir",
          "interpreter",
          "stdin",
          "triggers",
          "logging",
          "addPreviousOutputInEnv",
          "archivePaths",
          "assetPaths");

  private final Map<String, String> environment;
  private volatile Map<String, String> credentials = Map.of();
  private volatile Path directory;
  private volatile ManagedChannel engine;

  /**
   * @param environment what the engine's own environment adds to this process's
   * @param directory where commands run when the engine doesn't say where the program is
   */
  CommandProvider(Map<String, String> environment, Path directory) {
    this.environment = environment;
    this.directory = directory;
  }

  @Override
  public void handshake(
      ProviderHandshakeRequest request, StreamObserver<ProviderHandshakeResponse> answer) {
    connect(request.getEngineAddress());
    if (request.hasProgramDirectory() && !request.getProgramDirectory().isEmpty()) {
      directory = Path.of(request.getProgramDirectory());
    }
    done(answer, ProviderHandshakeResponse.newBuilder().setAcceptSecrets(true).build());
  }

  @Override
  public void attach(Plugin.PluginAttach request, StreamObserver<Empty> answer) {
    connect(request.getAddress());
    done(answer, Empty.getDefaultInstance());
  }

  private synchronized void connect(String address) {
    if (engine != null) {
      engine.shutdownNow();
    }
    engine = NettyChannelBuilder.forTarget(address).usePlaintext().build();
  }

  /**
   * What the caller of the engine has in its environment beside that of the account's owner: the
   * real plugin is a child of the engine and inherits it. A value of null takes a variable away.
   */
  void credentials(Map<String, String> more) {
    credentials = more;
  }

  /**
   * Where commands without a folder of their own run: Pulumi starts providers in the project's
   * folder.
   */
  void directory(Path project) {
    directory = project;
  }

  @Override
  public void getPluginInfo(Empty request, StreamObserver<Plugin.PluginInfo> answer) {
    done(answer, Plugin.PluginInfo.newBuilder().setVersion("1.2.1").build());
  }

  @Override
  public void checkConfig(CheckRequest request, StreamObserver<CheckResponse> answer) {
    done(answer, CheckResponse.newBuilder().setInputs(request.getNews()).build());
  }

  @Override
  public void diffConfig(DiffRequest request, StreamObserver<DiffResponse> answer) {
    done(answer, DiffResponse.newBuilder().setChanges(DiffResponse.DiffChanges.DIFF_NONE).build());
  }

  @Override
  public void configure(ConfigureRequest request, StreamObserver<ConfigureResponse> answer) {
    done(
        answer,
        ConfigureResponse.newBuilder().setAcceptSecrets(true).setSupportsPreview(true).build());
  }

  @Override
  public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
    var response = CheckResponse.newBuilder().setInputs(request.getNews());
    AwsProvider.Urn urn = AwsProvider.Urn.parse(request.getUrn());
    if (!urn.token().equals(TOKEN)) {
      response.addFailures(
          CheckFailure.newBuilder()
              .setReason(urn.token() + ": this command provider knows " + TOKEN + " only"));
    }
    Values.plain(request.getNews()).keySet().stream()
        .filter(key -> !INPUTS.contains(key))
        .forEach(
            key ->
                response.addFailures(
                    CheckFailure.newBuilder()
                        .setProperty(key)
                        .setReason("is no input of " + TOKEN)));
    done(answer, response.build());
  }

  @Override
  public void diff(DiffRequest request, StreamObserver<DiffResponse> answer) {
    Map<String, Object> before = Values.plain(request.getOldInputs());
    Map<String, Object> after = Values.plain(request.getNews());
    var changed = new TreeSet<String>();
    changed.addAll(before.keySet());
    changed.addAll(after.keySet());
    changed.removeIf(key -> Objects.equals(before.get(key), after.get(key)));
    changed.removeAll(request.getIgnoreChangesList());
    var response =
        DiffResponse.newBuilder()
            .setHasDetailedDiff(true)
            .addAllDiffs(changed)
            .setChanges(
                changed.isEmpty()
                    ? DiffResponse.DiffChanges.DIFF_NONE
                    : DiffResponse.DiffChanges.DIFF_SOME);
    for (String key : changed) {
      boolean replaces = key.equals("triggers");
      if (replaces) {
        response.addReplaces(key);
      }
      response.putDetailedDiff(
          key,
          PropertyDiff.newBuilder()
              .setKind(replaces ? PropertyDiff.Kind.UPDATE_REPLACE : PropertyDiff.Kind.UPDATE)
              .setInputDiff(true)
              .build());
    }
    done(answer, response.build());
  }

  @Override
  public void create(CreateRequest request, StreamObserver<CreateResponse> answer) {
    Map<String, Object> inputs = Values.plain(request.getProperties());
    Set<String> secrets = Values.secrets(request.getProperties());
    if (request.getPreview()) {
      done(
          answer,
          CreateResponse.newBuilder()
              .setProperties(Values.struct(unknownOutputs(inputs), secrets))
              .build());
      return;
    }
    try {
      Map<String, Object> outputs =
          run(request.getUrn(), Values.text(inputs.get("create")), inputs, Map.of());
      done(
          answer,
          CreateResponse.newBuilder()
              .setId("command" + UUID.randomUUID().toString().replace("-", ""))
              .setProperties(Values.struct(outputs, secrets))
              .build());
    } catch (IllegalStateException e) {
      answer.onError(Status.UNKNOWN.withDescription(e.getMessage()).asRuntimeException());
    }
  }

  private static Map<String, Object> unknownOutputs(Map<String, Object> inputs) {
    var outputs = new LinkedHashMap<>(inputs);
    outputs.put("stdout", Values.UNKNOWN);
    outputs.put("stderr", Values.UNKNOWN);
    return outputs;
  }

  @Override
  public void update(UpdateRequest request, StreamObserver<UpdateResponse> answer) {
    Map<String, Object> inputs = Values.plain(request.getNews());
    Set<String> secrets = Values.secrets(request.getNews());
    if (request.getPreview()) {
      done(
          answer,
          UpdateResponse.newBuilder()
              .setProperties(Values.struct(unknownOutputs(inputs), secrets))
              .build());
      return;
    }
    try {
      String command =
          inputs.get("update") != null
              ? Values.text(inputs.get("update"))
              : Values.text(inputs.get("create"));
      Map<String, Object> outputs =
          run(request.getUrn(), command, inputs, Values.plain(request.getOlds()));
      done(
          answer,
          UpdateResponse.newBuilder().setProperties(Values.struct(outputs, secrets)).build());
    } catch (IllegalStateException e) {
      answer.onError(Status.UNKNOWN.withDescription(e.getMessage()).asRuntimeException());
    }
  }

  @Override
  public void delete(DeleteRequest request, StreamObserver<Empty> answer) {
    Map<String, Object> state = Values.plain(request.getProperties());
    try {
      run(request.getUrn(), Values.text(state.get("delete")), state, state);
      done(answer, Empty.getDefaultInstance());
    } catch (IllegalStateException e) {
      answer.onError(Status.UNKNOWN.withDescription(e.getMessage()).asRuntimeException());
    }
  }

  @Override
  public void read(ReadRequest request, StreamObserver<ReadResponse> answer) {
    done(
        answer,
        ReadResponse.newBuilder()
            .setId(request.getId())
            .setProperties(request.getProperties())
            .setInputs(request.getInputs())
            .build());
  }

  @Override
  public void cancel(Empty request, StreamObserver<Empty> answer) {
    // The real provider, too, lets a running command end on the first signal.
    done(answer, request);
  }

  private Map<String, Object> run(
      String urn, String command, Map<String, Object> inputs, Map<String, Object> old) {
    var outputs = new LinkedHashMap<>(inputs);
    if (command == null || command.isEmpty()) {
      outputs.put("stdout", Objects.requireNonNullElse(old.get("stdout"), ""));
      outputs.put("stderr", Objects.requireNonNullElse(old.get("stderr"), ""));
      return outputs;
    }
    var line = new ArrayList<>(Values.strings(inputs.get("interpreter")));
    if (line.isEmpty()) {
      line.addAll(List.of("/bin/sh", "-c"));
    }
    line.add(command);
    var builder = new ProcessBuilder(line);
    Path folder = directory;
    builder.directory(
        (inputs.get("dir") == null ? folder : folder.resolve(Values.text(inputs.get("dir"))))
            .toFile());
    builder.environment().putAll(environment);
    credentials.forEach(
        (name, value) -> {
          if (value == null) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    if (!Boolean.FALSE.equals(inputs.get("addPreviousOutputInEnv")) && !old.isEmpty()) {
      builder.environment().put("PULUMI_COMMAND_STDOUT", String.valueOf(old.get("stdout")));
      builder.environment().put("PULUMI_COMMAND_STDERR", String.valueOf(old.get("stderr")));
    }
    builder.environment().putAll(Values.stringMap(inputs.get("environment")));
    String logging = Values.text(inputs.getOrDefault("logging", "stdoutAndStderr"));
    try {
      Process process = builder.start();
      try (var in = process.getOutputStream()) {
        if (inputs.get("stdin") != null) {
          in.write(Values.text(inputs.get("stdin")).getBytes(StandardCharsets.UTF_8));
        }
      }
      var out = new StringBuffer();
      var err = new StringBuffer();
      Thread outReader = reader(urn, process.getInputStream(), out, logging.startsWith("stdout"));
      Thread errReader =
          reader(urn, process.getErrorStream(), err, logging.toLowerCase().contains("stderr"));
      int exit = process.waitFor();
      outReader.join();
      errReader.join();
      if (exit != 0) {
        throw new IllegalStateException(
            "exit status " + exit + ": running \"" + command + "\":\n" + out + err);
      }
      outputs.put("stdout", out.toString().stripTrailing());
      outputs.put("stderr", err.toString().stripTrailing());
      return outputs;
    } catch (IOException e) {
      throw new IllegalStateException("running \"" + command + "\": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("running \"" + command + "\": interrupted", e);
    }
  }

  private Thread reader(String urn, InputStream in, StringBuffer text, boolean logged) {
    var thread =
        new Thread(
            () -> {
              try (var lines =
                  new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                  text.append(line).append('\n');
                  if (logged) {
                    log(urn, line);
                  }
                }
              } catch (IOException e) {
                text.append("(output ended: ").append(e.getMessage()).append(")\n");
              }
            },
            "command-output");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void log(String urn, String line) {
    ManagedChannel channel = engine;
    if (channel == null || line.isEmpty()) {
      return;
    }
    try {
      EngineGrpc.newBlockingStub(channel)
          .log(
              EngineOuterClass.LogRequest.newBuilder()
                  .setSeverity(EngineOuterClass.LogSeverity.INFO)
                  .setUrn(urn)
                  .setMessage(line)
                  .build());
    } catch (io.grpc.StatusRuntimeException e) {
      // An engine that has ended takes no log; the command goes on.
    }
  }

  void close() {
    ManagedChannel channel = engine;
    if (channel != null) {
      channel.shutdownNow();
    }
  }

  private static <T> void done(StreamObserver<T> answer, T value) {
    answer.onNext(value);
    answer.onCompleted();
  }
}
