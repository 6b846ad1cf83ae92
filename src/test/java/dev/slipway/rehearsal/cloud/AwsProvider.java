package dev.slipway.rehearsal.cloud;

import com.google.gson.reflect.TypeToken;
import com.google.protobuf.Empty;
import dev.slipway.plan.engine.ResourceType;
import dev.slipway.plan.engine.ResourceTypes;
import dev.slipway.plan.engine.UnknownResourceTypeException;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.ResourceNames;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
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
import pulumirpc.Provider.InvokeRequest;
import pulumirpc.Provider.InvokeResponse;
import pulumirpc.Provider.PropertyDiff;
import pulumirpc.Provider.ReadRequest;
import pulumirpc.Provider.ReadResponse;
import pulumirpc.Provider.UpdateRequest;
import pulumirpc.Provider.UpdateResponse;
import pulumirpc.ResourceProviderGrpc;

/**
 * The {@code aws} provider as the Pulumi engine sees it, in front of the emulated AWS.
 *
 * <p>It refuses what the real SDK's types refuse, asks for a replacement where AWS can't change a
 * thing in place, and reports a thing as gone when it is.
 */
final class AwsProvider extends ResourceProviderGrpc.ResourceProviderImplBase {

  /**
   * What one provider of the program was configured with; each of the engine's has a connection of
   * its own.
   */
  private record Configuration(String region, Map<String, String> defaultTags) {}

  private static final Context.Key<String> CONNECTION = Context.key("connection");

  private final Handlers handlers;
  private final Lookups lookups;
  private final String region;
  private final Map<String, Configuration> configurations = new ConcurrentHashMap<>();
  private final Set<String> real = new ConcurrentSkipListSet<>();
  private final Set<String> records = new ConcurrentSkipListSet<>();

  AwsProvider(Handlers handlers, Lookups lookups, String region) {
    this.handlers = handlers;
    this.lookups = lookups;
    this.region = region;
  }

  /**
   * Tells the engine's connections apart, since each is a provider with a configuration of its own.
   */
  static ServerInterceptor connections() {
    return new ServerInterceptor() {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String from = String.valueOf(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
        return Contexts.interceptCall(
            Context.current().withValue(CONNECTION, from), call, headers, next);
      }
    };
  }

  Set<String> real() {
    return real;
  }

  Set<String> records() {
    return records;
  }

  @Override
  public void attach(Plugin.PluginAttach request, StreamObserver<Empty> answer) {
    done(answer, Empty.getDefaultInstance());
  }

  @Override
  public void getPluginInfo(Empty request, StreamObserver<Plugin.PluginInfo> answer) {
    done(answer, Plugin.PluginInfo.newBuilder().setVersion(AwsPlugin.version()).build());
  }

  @Override
  public void checkConfig(CheckRequest request, StreamObserver<CheckResponse> answer) {
    done(answer, CheckResponse.newBuilder().setInputs(request.getNews()).build());
  }

  @Override
  public void diffConfig(DiffRequest request, StreamObserver<DiffResponse> answer) {
    boolean same = request.getOldInputs().equals(request.getNews());
    done(
        answer,
        DiffResponse.newBuilder()
            .setChanges(
                same ? DiffResponse.DiffChanges.DIFF_NONE : DiffResponse.DiffChanges.DIFF_SOME)
            .build());
  }

  @Override
  public void configure(ConfigureRequest request, StreamObserver<ConfigureResponse> answer) {
    reply(
        answer,
        () -> {
          Map<String, Object> arguments = Values.plain(request.getArgs());
          String wanted = Values.text(arguments.get("region"));
          if (wanted != null && !wanted.equals(region)) {
            throw new AwsError(
                400,
                "InvalidRegion",
                "this emulated AWS is in " + region + " only, and the program asks for " + wanted);
          }
          Map<String, Object> defaultTags = fields(arguments.get("defaultTags"));
          configurations.put(
              CONNECTION.get(),
              new Configuration(region, Values.stringMap(defaultTags.get("tags"))));
          return ConfigureResponse.newBuilder()
              .setAcceptSecrets(true)
              .setSupportsPreview(true)
              .build();
        });
  }

  /** A provider's own settings arrive as JSON in a string. */
  private static Map<String, Object> fields(Object value) {
    if (value instanceof String json) {
      Map<String, Object> read =
          AwsClient.GSON.fromJson(
              json, new TypeToken<LinkedHashMap<String, Object>>() {}.getType());
      return read == null ? Map.of() : read;
    }
    return Values.map(value);
  }

  private Map<String, String> tags(ResourceType type, Map<String, Object> inputs) {
    var tags = new LinkedHashMap<String, String>();
    // A type whose tags are a list, as an autoscaling group's, gets none by default.
    if (type.inputs().contains("tags") && type.outputs().contains("tagsAll")) {
      Configuration configuration = configurations.get(CONNECTION.get());
      if (configuration != null) {
        tags.putAll(configuration.defaultTags());
      }
      tags.putAll(Values.stringMap(inputs.get("tags")));
    }
    return tags;
  }

  // --- the life of a resource
  // ------------------------------------------------------------------------------------------

  @Override
  public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
    reply(
        answer,
        () -> {
          var response = CheckResponse.newBuilder().setInputs(request.getNews());
          Urn urn = Urn.parse(request.getUrn());
          ResourceType type;
          try {
            type = ResourceTypes.of(urn.token());
          } catch (UnknownResourceTypeException e) {
            return response
                .addFailures(CheckFailure.newBuilder().setReason(e.getMessage()).build())
                .build();
          }
          Map<String, Object> given = PropertyValues.read(request.getNews());
          type.problems(given)
              .forEach(
                  problem ->
                      response.addFailures(CheckFailure.newBuilder().setReason(problem).build()));
          String autoNamed = handlers.autoNamed(type);
          if (autoNamed != null && given.get(autoNamed) == null) {
            Object before = Values.plain(request.getOlds()).get(autoNamed);
            String name =
                before == null
                    ? handlers.madeUpName(
                        Values.text(Values.plain(request.getNews()).get(autoNamed + "Prefix")),
                        urn.name(),
                        request.getRandomSeed().toByteArray())
                    : before.toString();
            var named = new LinkedHashMap<>(given);
            named.put(autoNamed, name);
            response.setInputs(PropertyValues.write(named));
          }
          return response.build();
        });
  }

  @Override
  public void diff(DiffRequest request, StreamObserver<DiffResponse> answer) {
    reply(
        answer,
        () -> {
          Urn urn = Urn.parse(request.getUrn());
          Handler handler = handlers.of(urn.token());
          ResourceType type = ResourceTypes.of(urn.token());
          Map<String, Object> before = Values.plain(request.getOldInputs());
          Map<String, Object> after = Values.plain(request.getNews());
          var changed = new TreeSet<String>();
          changed.addAll(before.keySet());
          changed.addAll(after.keySet());
          changed.removeIf(key -> Objects.equals(before.get(key), after.get(key)));
          changed.removeAll(request.getIgnoreChangesList());
          if (type.outputs().contains("tagsAll") && type.inputs().contains("tags")) {
            Map<String, String> was =
                Values.stringMap(Values.plain(request.getOlds()).get("tagsAll"));
            boolean known = !Values.hasUnknown(after.get("tags"));
            if (known
                && !was.equals(tags(type, after))
                && !request.getIgnoreChangesList().contains("tags")) {
              changed.add("tagsAll");
            }
          }
          var response =
              DiffResponse.newBuilder()
                  .setHasDetailedDiff(true)
                  .setDeleteBeforeReplace(handler.isDeletedFirst())
                  .setChanges(
                      changed.isEmpty()
                          ? DiffResponse.DiffChanges.DIFF_NONE
                          : DiffResponse.DiffChanges.DIFF_SOME)
                  .addAllDiffs(changed);
          for (String key : changed) {
            boolean replaces = handlers.replaces(handler, key, before, after);
            if (replaces) {
              response.addReplaces(key);
            }
            response.putDetailedDiff(
                key,
                PropertyDiff.newBuilder()
                    .setKind(changeOf(before.get(key), after.get(key), replaces))
                    .setInputDiff(!key.equals("tagsAll"))
                    .build());
          }
          return response.build();
        });
  }

  private static PropertyDiff.Kind changeOf(Object before, Object after, boolean replaces) {
    if (before == null) {
      return replaces ? PropertyDiff.Kind.ADD_REPLACE : PropertyDiff.Kind.ADD;
    }
    if (after == null) {
      return replaces ? PropertyDiff.Kind.DELETE_REPLACE : PropertyDiff.Kind.DELETE;
    }
    return replaces ? PropertyDiff.Kind.UPDATE_REPLACE : PropertyDiff.Kind.UPDATE;
  }

  @Override
  public void create(CreateRequest request, StreamObserver<CreateResponse> answer) {
    reply(
        answer,
        () -> {
          Urn urn = Urn.parse(request.getUrn());
          ResourceType type = ResourceTypes.of(urn.token());
          Map<String, Object> inputs = Values.plain(request.getProperties());
          Set<String> secrets = Values.secrets(request.getProperties());
          if (request.getPreview()) {
            var outputs = new LinkedHashMap<String, Object>();
            type.outputs().forEach(output -> outputs.put(output, Values.UNKNOWN));
            present(inputs, outputs);
            return CreateResponse.newBuilder()
                .setProperties(Values.struct(outputs, secrets))
                .build();
          }
          Map<String, String> tags = tags(type, inputs);
          var asked = new Handler.Request(urn.token(), urn.name(), "", inputs, Map.of(), tags);
          Handler.Made made = handlers.create(asked);
          (handlers.isReal(urn.token()) ? real : records).add(urn.token());
          Map<String, Object> outputs = outputs(type, urn, inputs, tags, made.outputs());
          return CreateResponse.newBuilder()
              .setId(made.id())
              .setProperties(Values.struct(outputs, secrets))
              .build();
        });
  }

  private static void present(Map<String, Object> from, Map<String, Object> to) {
    from.forEach(
        (key, value) -> {
          if (value != null) {
            to.put(key, value);
          }
        });
  }

  /**
   * What the program sees: what AWS computes, over that what was asked for, over that what was
   * really made.
   */
  private Map<String, Object> outputs(
      ResourceType type,
      Urn urn,
      Map<String, Object> inputs,
      Map<String, String> tags,
      Map<String, Object> made) {
    var outputs = new LinkedHashMap<String, Object>();
    var names = new ResourceNames(urn.project(), urn.stack(), region, EmulatedCloud.ACCOUNT);
    outputs.putAll(type.computed(urn.name(), inputs, names));
    outputs.remove("id");
    present(inputs, outputs);
    outputs.putAll(made);
    if (type.outputs().contains("tagsAll")) {
      outputs.put("tagsAll", tags);
    }
    return outputs;
  }

  @Override
  public void update(UpdateRequest request, StreamObserver<UpdateResponse> answer) {
    reply(
        answer,
        () -> {
          Urn urn = Urn.parse(request.getUrn());
          Handler handler = handlers.of(urn.token());
          ResourceType type = ResourceTypes.of(urn.token());
          Map<String, Object> inputs = Values.plain(request.getNews());
          Map<String, Object> old = Values.plain(request.getOlds());
          Set<String> secrets = Values.secrets(request.getNews());
          Map<String, String> tags =
              Values.hasUnknown(inputs.get("tags")) ? Map.of() : tags(type, inputs);
          var outputs = new LinkedHashMap<String, Object>(old);
          Values.plain(request.getOldInputs()).keySet().forEach(outputs::remove);
          present(inputs, outputs);
          if (type.outputs().contains("tagsAll")) {
            outputs.put("tagsAll", tags);
          }
          if (request.getPreview()) {
            handler.moving().forEach(output -> outputs.put(output, Values.UNKNOWN));
          } else {
            outputs.putAll(
                handlers.update(
                    new Handler.Request(
                        urn.token(), urn.name(), request.getId(), inputs, old, tags)));
          }
          return UpdateResponse.newBuilder().setProperties(Values.struct(outputs, secrets)).build();
        });
  }

  @Override
  public void delete(DeleteRequest request, StreamObserver<Empty> answer) {
    reply(
        answer,
        () -> {
          Urn urn = Urn.parse(request.getUrn());
          Map<String, Object> properties = Values.plain(request.getProperties());
          try {
            handlers.delete(
                new Handler.Request(
                    urn.token(), urn.name(), request.getId(), properties, properties, Map.of()));
          } catch (AwsError e) {
            // What is gone already needs no deleting.
            if (!e.isNotFound()) {
              throw e;
            }
          }
          return Empty.getDefaultInstance();
        });
  }

  @Override
  public void read(ReadRequest request, StreamObserver<ReadResponse> answer) {
    reply(
        answer,
        () -> {
          Urn urn = Urn.parse(request.getUrn());
          Map<String, Object> properties = Values.plain(request.getProperties());
          boolean there =
              handlers.exists(
                  new Handler.Request(
                      urn.token(), urn.name(), request.getId(), properties, properties, Map.of()));
          if (!there) {
            return ReadResponse.getDefaultInstance();
          }
          return ReadResponse.newBuilder()
              .setId(request.getId())
              .setProperties(request.getProperties())
              .setInputs(request.getInputs())
              .build();
        });
  }

  @Override
  public void invoke(InvokeRequest request, StreamObserver<InvokeResponse> answer) {
    reply(
        answer,
        () ->
            InvokeResponse.newBuilder()
                .setReturn(
                    Values.struct(
                        lookups.answer(request.getTok(), Values.plain(request.getArgs())),
                        Set.of()))
                .build());
  }

  @Override
  public void cancel(Empty request, StreamObserver<Empty> answer) {
    done(answer, request);
  }

  // --- answers
  // -------------------------------------------------------------------------------------------------------

  /** What answers a call. */
  private interface Work<T> {
    T run();
  }

  private static <T> void reply(StreamObserver<T> answer, Work<T> work) {
    try {
      done(answer, work.run());
    } catch (AwsError e) {
      answer.onError(Status.UNKNOWN.withDescription(e.text()).asRuntimeException());
    } catch (RuntimeException e) {
      var text = new StringBuilder("the emulated AWS failed: " + e);
      for (StackTraceElement element : firstOurs(e)) {
        text.append("\n  at ").append(element);
      }
      answer.onError(Status.INTERNAL.withDescription(text.toString()).asRuntimeException());
    }
  }

  private static List<StackTraceElement> firstOurs(RuntimeException e) {
    var ours = new ArrayList<StackTraceElement>();
    for (StackTraceElement element : e.getStackTrace()) {
      if (element.getClassName().startsWith("dev.slipway") && ours.size() < 5) {
        ours.add(element);
      }
    }
    return ours;
  }

  private static <T> void done(StreamObserver<T> answer, T value) {
    answer.onNext(value);
    answer.onCompleted();
  }

  /** A resource's name in the engine: {@code urn:pulumi:stack::project::parent$type::name}. */
  record Urn(String stack, String project, String token, String name) {
    static Urn parse(String urn) {
      String[] parts = urn.split("::", 4);
      String types = parts[2];
      return new Urn(
          parts[0].substring("urn:pulumi:".length()),
          parts[1],
          types.substring(types.lastIndexOf('$') + 1),
          parts[3]);
    }
  }
}
