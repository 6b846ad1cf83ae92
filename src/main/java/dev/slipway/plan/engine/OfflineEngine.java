package dev.slipway.plan.engine;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.pulumi.Config;
import com.pulumi.Context;
import com.pulumi.context.internal.ConfigContextInternal;
import com.pulumi.context.internal.ContextInternal;
import com.pulumi.context.internal.LoggingContextInternal;
import com.pulumi.context.internal.OutputContextInternal;
import com.pulumi.core.internal.OutputFactory;
import com.pulumi.deployment.internal.DeploymentImpl;
import com.pulumi.deployment.internal.DeploymentInstanceHolder;
import com.pulumi.deployment.internal.DeploymentInstanceInternal;
import com.pulumi.deployment.internal.Engine;
import com.pulumi.deployment.internal.Monitor;
import com.pulumi.deployment.internal.Runner;
import com.pulumi.internal.PulumiInternal;
import dev.slipway.core.Json;
import dev.slipway.core.SdkPause;
import dev.slipway.plan.graph.PlanException;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.ResourceNames;
import dev.slipway.stackfile.StackFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.logging.Level;
import pulumirpc.EngineOuterClass.GetRootResourceRequest;
import pulumirpc.EngineOuterClass.GetRootResourceResponse;
import pulumirpc.EngineOuterClass.LogRequest;
import pulumirpc.EngineOuterClass.LogSeverity;
import pulumirpc.EngineOuterClass.RequirePulumiVersionRequest;
import pulumirpc.EngineOuterClass.RequirePulumiVersionResponse;
import pulumirpc.Provider.CallResponse;
import pulumirpc.Provider.CheckFailure;
import pulumirpc.Resource.ReadResourceRequest;
import pulumirpc.Resource.ReadResourceResponse;
import pulumirpc.Resource.RegisterPackageRequest;
import pulumirpc.Resource.RegisterPackageResponse;
import pulumirpc.Resource.RegisterResourceOutputsRequest;
import pulumirpc.Resource.RegisterResourceRequest;
import pulumirpc.Resource.RegisterResourceResponse;
import pulumirpc.Resource.ResourceCallRequest;
import pulumirpc.Resource.ResourceInvokeRequest;
import pulumirpc.Resource.ResourceInvokeResponse;
import pulumirpc.Resource.SupportsFeatureRequest;
import pulumirpc.Resource.SupportsFeatureResponse;

/**
 * The side of Pulumi's engine that a program talks to, for a dry run: it writes down what the
 * program registers, refuses what the providers' SDKs do not know, and answers with values like
 * those that AWS would compute.
 *
 * <p>The program runs in this JVM and calls the engine directly, with the messages that it would
 * send to the real one over the network; that takes a quarter of the time.
 *
 * <p>The real engine leaves computed values unknown in a preview, and so policies, URLs and
 * commands that are put together from them. Here they are given, so that a plan shows these whole;
 * what {@link ComputedValues} has no value for stays unknown, as the SDK does with any output that
 * is missing in a dry run.
 */
public final class OfflineEngine implements Monitor, Engine {

  /** The interfaces of the engine that this one offers; the SDK asks for each by name. */
  private static final Set<String> FEATURES =
      Set.of("secrets", "resourceReferences", "outputValues");

  private static final String ORGANIZATION = "plan";

  private final ResourceNames names;
  private final LookUps.Answers lookUps;
  private final Map<String, Resource> resources =
      Collections.synchronizedMap(new LinkedHashMap<>());
  private final List<String> problems = Collections.synchronizedList(new ArrayList<>());
  private final List<Message> messages = Collections.synchronizedList(new ArrayList<>());
  private volatile Map<String, Object> outputs = Map.of();

  /** What the program said through its log. */
  public record Message(LogSeverity severity, String text) {}

  /**
   * How a program ended.
   *
   * @param status its exit status
   * @param failures what it threw, and what was thrown in its applies
   */
  public record End(int status, List<Exception> failures) {}

  /** An engine that answers look-ups as {@link LookUps} does. */
  public OfflineEngine(ResourceNames names) {
    this(names, LookUps::call);
  }

  /** An engine whose look-ups others answer. */
  public OfflineEngine(ResourceNames names, LookUps.Answers lookUps) {
    this.names = names;
    this.lookUps = lookUps;
  }

  /** Runs a program to its end. */
  public End run(StackFile file, Consumer<Context> program) {
    var quiet = new SdkPause(OfflineEngine.class.getName());
    quiet.setLevel(Level.OFF);
    var config =
        new DeploymentImpl.Config(
            ImmutableMap.copyOf(file.config()), ImmutableSet.copyOf(file.secretKeys()));
    var deployment =
        new DeploymentImpl(
            new DeploymentImpl.DeploymentState(
                config, quiet, ORGANIZATION, file.project(), file.stack(), "", true, this, this));
    DeploymentInstanceHolder.internalUnsafeDestroyInstance();
    DeploymentInstanceHolder.setInstance(new DeploymentInstanceInternal(deployment));
    var runner = deployment.getRunner();
    var context =
        new ContextInternal(
            ORGANIZATION,
            file.project(),
            file.stack(),
            new LoggingContextInternal(deployment.getLog()),
            new ConfigContextInternal(file.project(), name -> new Config(config, name)),
            new OutputContextInternal(new OutputFactory(runner)),
            List.of());
    try {
      return new Program(runner, context).end(program);
    } catch (ExecutionException failed) {
      throw new IllegalStateException("the program could not be run", failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new PlanException("interrupted");
    } finally {
      DeploymentInstanceHolder.internalUnsafeDestroyInstance();
    }
  }

  /** Opens the SDK's way to run a program, which keeps to itself what was thrown. */
  private static final class Program extends PulumiInternal {

    Program(Runner runner, ContextInternal context) {
      super(runner, context);
    }

    End end(Consumer<Context> program) throws ExecutionException, InterruptedException {
      var result = runAsyncResult(program).get();
      return new End(result.exitCode(), result.exceptions());
    }
  }

  public List<Resource> resources() {
    synchronized (resources) {
      return List.copyOf(resources.values());
    }
  }

  /** Mistakes that an update would meet at the provider, one a line. */
  public List<String> problems() {
    synchronized (problems) {
      return new TreeSet<>(problems).stream().toList();
    }
  }

  public List<Message> messages() {
    synchronized (messages) {
      return List.copyOf(messages);
    }
  }

  public Map<String, Object> outputs() {
    return outputs;
  }

  private Resource register(RegisterResourceRequest request) {
    var inputs = PropertyValues.read(request.getObject());
    var urn = names.urn(request.getType(), request.getName(), request.getParent());
    var state = new LinkedHashMap<>(inputs);
    if (request.getCustom()) {
      try {
        var type = ResourceTypes.of(request.getType());
        for (var problem : type.problems(inputs)) {
          problems.add(request.getType() + " \"" + request.getName() + "\": " + problem);
        }
        state.putAll(type.computed(request.getName(), inputs, names));
      } catch (UnknownResourceTypeException unknown) {
        problems.add("\"" + request.getName() + "\": " + unknown.getMessage());
        state.put("id", request.getName());
      }
    }
    withDefaultTags(state, Resource.providerUrn(request.getProvider()));
    var resource = Resource.of(urn, request, inputs, state);
    if (resources.putIfAbsent(urn, resource) != null) {
      problems.add(
          request.getType()
              + " \""
              + request.getName()
              + "\": is registered twice; every resource needs a name of its own");
    }
    return resource;
  }

  /** The provider adds its default tags to a resource's own, which win. */
  private void withDefaultTags(Map<String, Object> state, String providerUrn) {
    var provider = resources.get(providerUrn);
    if (provider == null || !(state.get("tagsAll") instanceof Map<?, ?> own)) {
      return;
    }
    var tags =
        new LinkedHashMap<String, Object>(
            Json.object(provider.text("defaultTags")).get("tags") instanceof Map<?, ?> map
                ? Json.strings(map)
                : Map.of());
    tags.putAll(Json.strings(own));
    state.put("tagsAll", tags);
  }

  @Override
  public CompletableFuture<SupportsFeatureResponse> supportsFeatureAsync(
      SupportsFeatureRequest request) {
    return done(
        SupportsFeatureResponse.newBuilder()
            .setHasSupport(FEATURES.contains(request.getId()))
            .build());
  }

  @Override
  public CompletableFuture<RegisterResourceResponse> registerResourceAsync(
      com.pulumi.resources.Resource asked, RegisterResourceRequest request) {
    var resource = register(request);
    var known = new LinkedHashMap<>(resource.state());
    var id = known.remove("id");
    return done(
        RegisterResourceResponse.newBuilder()
            .setUrn(resource.urn())
            .setId(resource.custom() ? String.valueOf(id) : "")
            .setObject(PropertyValues.write(known))
            .build());
  }

  @Override
  public CompletableFuture<ReadResourceResponse> readResourceAsync(
      com.pulumi.resources.Resource asked, ReadResourceRequest request) {
    var inputs = PropertyValues.read(request.getProperties());
    var state = new LinkedHashMap<>(inputs);
    try {
      state.putAll(ResourceTypes.of(request.getType()).computed(request.getName(), inputs, names));
    } catch (UnknownResourceTypeException unknown) {
      problems.add("\"" + request.getName() + "\": " + unknown.getMessage());
    }
    state.put("id", request.getId());
    var urn = names.urn(request.getType(), request.getName(), request.getParent());
    resources.put(
        urn,
        new Resource(
            urn,
            request.getType(),
            request.getName(),
            request.getParent(),
            true,
            true,
            inputs,
            state,
            List.copyOf(request.getDependenciesList()),
            Map.of(),
            false,
            false,
            false,
            Resource.providerUrn(request.getProvider()),
            List.of(),
            List.of()));
    return done(
        ReadResourceResponse.newBuilder()
            .setUrn(urn)
            .setProperties(PropertyValues.write(state))
            .build());
  }

  @Override
  public CompletableFuture<Void> registerResourceOutputsAsync(
      RegisterResourceOutputsRequest request) {
    var values = PropertyValues.read(request.getOutputs());
    var resource = resources.get(request.getUrn());
    if (resource != null && resource.isA("pulumi:pulumi:Stack")) {
      outputs = values;
    } else if (resource != null) {
      resource.state().putAll(values);
    }
    return done(null);
  }

  @Override
  public CompletableFuture<ResourceInvokeResponse> invokeAsync(ResourceInvokeRequest request) {
    var response = ResourceInvokeResponse.newBuilder();
    lookUps
        .call(request.getTok(), PropertyValues.read(request.getArgs()), names)
        .ifPresentOrElse(
            values -> response.setReturn(PropertyValues.write(values)),
            () ->
                response.addFailures(
                    CheckFailure.newBuilder()
                        .setReason(
                            "the plan has no answer for the look-up "
                                + request.getTok()
                                + "; it knows "
                                + LookUps.known())));
    return done(response.build());
  }

  @Override
  public CompletableFuture<CallResponse> callAsync(ResourceCallRequest request) {
    return CompletableFuture.failedFuture(
        new PlanException(
            "the plan cannot call the method " + request.getTok() + " of a resource"));
  }

  @Override
  public CompletableFuture<RegisterPackageResponse> registerPackageAsync(
      RegisterPackageRequest request) {
    return CompletableFuture.failedFuture(
        new PlanException(
            "the plan knows the SDKs on the class path, and no package " + request.getName()));
  }

  @Override
  public CompletableFuture<Void> logAsync(LogRequest request) {
    messages.add(new Message(request.getSeverity(), request.getMessage()));
    return done(null);
  }

  @Override
  public CompletableFuture<GetRootResourceResponse> getRootResourceAsync(
      GetRootResourceRequest request) {
    return done(GetRootResourceResponse.getDefaultInstance());
  }

  @Override
  public CompletableFuture<RequirePulumiVersionResponse> requirePulumiVersionAsync(
      RequirePulumiVersionRequest request) {
    return done(RequirePulumiVersionResponse.getDefaultInstance());
  }

  private static <T> CompletableFuture<T> done(T value) {
    return CompletableFuture.completedFuture(value);
  }
}
