package dev.slipway.testing;

import com.pulumi.Log;
import com.pulumi.test.Mocks;
import com.pulumi.test.internal.MockMonitor;
import com.pulumi.test.internal.PulumiTestInternal;
import dev.slipway.plan.engine.ResourceTypes;
import dev.slipway.plan.engine.UnknownResourceTypeException;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.ResourceNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import pulumirpc.Provider.CallResponse;
import pulumirpc.Resource.ReadResourceRequest;
import pulumirpc.Resource.ReadResourceResponse;
import pulumirpc.Resource.RegisterResourceOutputsRequest;
import pulumirpc.Resource.RegisterResourceRequest;
import pulumirpc.Resource.RegisterResourceResponse;
import pulumirpc.Resource.ResourceCallRequest;
import pulumirpc.Resource.ResourceInvokeRequest;
import pulumirpc.Resource.ResourceInvokeResponse;

/**
 * The side of {@link com.pulumi.test.PulumiTest} that a program registers its resources with.
 *
 * <p>It takes the requests as they would go to the engine, because mocks see neither parents nor
 * dependencies nor options.
 */
final class FakeMonitor extends MockMonitor {
  private final ResourceNames names;
  private final Map<String, UnaryOperator<Map<String, Object>>> answers;
  private final Map<String, Resource> resources = new LinkedHashMap<>();
  private final List<String> refused = new ArrayList<>();
  private final List<FakeStack.Call> calls = new ArrayList<>();

  FakeMonitor(ResourceNames names, Map<String, UnaryOperator<Map<String, Object>>> answers) {
    super(
        new Mocks() {
          @Override
          public CompletableFuture<ResourceResult> newResourceAsync(ResourceArgs args) {
            throw new IllegalStateException("everything is registered with the monitor itself");
          }
        },
        mockLog());
    this.names = names;
    this.answers = answers;
  }

  private static Log mockLog() {
    return PulumiTestInternal.mockLog();
  }

  synchronized List<Resource> resources() {
    return List.copyOf(resources.values());
  }

  synchronized List<String> refused() {
    return List.copyOf(refused);
  }

  synchronized List<FakeStack.Call> calls() {
    return List.copyOf(calls);
  }

  @Override
  public synchronized CompletableFuture<RegisterResourceResponse> registerResourceAsync(
      com.pulumi.resources.Resource resource, RegisterResourceRequest request) {
    var urn = names.urn(request.getType(), request.getName(), request.getParent());
    var answer = RegisterResourceResponse.newBuilder().setUrn(urn);
    if (request.getType().equals("pulumi:pulumi:Stack")) {
      return CompletableFuture.completedFuture(answer.build());
    }
    var inputs = PropertyValues.read(request.getObject());
    var state = new LinkedHashMap<>(inputs);
    var what = request.getType() + " \"" + request.getName() + "\": ";
    if (request.getCustom()) {
      try {
        var type = ResourceTypes.of(request.getType());
        type.problems(inputs).forEach(problem -> refused.add(what + problem));
        state.putAll(type.computed(request.getName(), inputs, names));
      } catch (UnknownResourceTypeException unknown) {
        refused.add(what + unknown.getMessage());
        state.put("id", request.getName());
      }
    }
    var registered = Resource.of(urn, request, inputs, state);
    if (resources.putIfAbsent(urn, registered) != null) {
      refused.add(what + "is registered twice; every resource needs a name of its own");
    }
    var known = new LinkedHashMap<>(state);
    var id = known.remove("id");
    answer.setId(id == null ? "" : String.valueOf(id)).setObject(PropertyValues.write(known));
    return CompletableFuture.completedFuture(answer.build());
  }

  @Override
  public synchronized CompletableFuture<ResourceInvokeResponse> invokeAsync(
      ResourceInvokeRequest request) {
    var asked = PropertyValues.read(request.getArgs());
    calls.add(new FakeStack.Call(request.getTok(), asked));
    var answer = answers.get(request.getTok());
    if (answer == null) {
      return refuse(
          "nobody answers the look-up " + request.getTok() + "; known are " + answers.keySet());
    }
    try {
      return CompletableFuture.completedFuture(
          ResourceInvokeResponse.newBuilder()
              .setReturn(PropertyValues.write(answer.apply(asked)))
              .build());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public synchronized CompletableFuture<CallResponse> callAsync(ResourceCallRequest request) {
    return refuse("nobody answers the method " + request.getTok() + " of a resource");
  }

  @Override
  public synchronized CompletableFuture<ReadResourceResponse> readResourceAsync(
      com.pulumi.resources.Resource resource, ReadResourceRequest request) {
    return refuse(
        "%s \"%s\": is read by its id %s, and nothing is there before the program"
            .formatted(request.getType(), request.getName(), request.getId()));
  }

  private <T> CompletableFuture<T> refuse(String problem) {
    refused.add(problem);
    return CompletableFuture.failedFuture(new IllegalStateException(problem));
  }

  @Override
  public synchronized CompletableFuture<Void> registerResourceOutputsAsync(
      RegisterResourceOutputsRequest request) {
    var registered = resources.get(request.getUrn());
    if (registered != null) {
      registered.state().putAll(PropertyValues.read(request.getOutputs()));
    }
    return CompletableFuture.completedFuture(null);
  }
}
