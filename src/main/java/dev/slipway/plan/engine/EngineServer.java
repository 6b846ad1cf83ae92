package dev.slipway.plan.engine;

import com.google.protobuf.Empty;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import pulumirpc.EngineGrpc;
import pulumirpc.EngineOuterClass.GetRootResourceRequest;
import pulumirpc.EngineOuterClass.GetRootResourceResponse;
import pulumirpc.EngineOuterClass.LogRequest;
import pulumirpc.Provider.CallResponse;
import pulumirpc.Resource.ReadResourceRequest;
import pulumirpc.Resource.ReadResourceResponse;
import pulumirpc.Resource.RegisterResourceOutputsRequest;
import pulumirpc.Resource.RegisterResourceRequest;
import pulumirpc.Resource.RegisterResourceResponse;
import pulumirpc.Resource.ResourceCallRequest;
import pulumirpc.Resource.ResourceInvokeRequest;
import pulumirpc.Resource.ResourceInvokeResponse;
import pulumirpc.Resource.SupportsFeatureRequest;
import pulumirpc.Resource.SupportsFeatureResponse;
import pulumirpc.ResourceMonitorGrpc;

/**
 * An {@link OfflineEngine} at an address, for a program in a JVM of its own: the way in which
 * Pulumi's engine runs one.
 */
public final class EngineServer implements AutoCloseable {

  private final OfflineEngine engine;
  private final Server server;

  public EngineServer(OfflineEngine engine) throws IOException {
    this.engine = engine;
    this.server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .addService(new Resources())
            .addService(new Log())
            .build()
            .start();
  }

  /** What {@code PULUMI_MONITOR} and {@code PULUMI_ENGINE} are to be. */
  public String address() {
    return "127.0.0.1:" + server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private static <T> void answer(StreamObserver<T> observer, CompletableFuture<T> result) {
    result.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            observer.onNext(value);
            observer.onCompleted();
          } else {
            observer.onError(
                Status.INVALID_ARGUMENT.withDescription(failure.getMessage()).asRuntimeException());
          }
        });
  }

  private static CompletableFuture<Empty> empty(CompletableFuture<Void> result) {
    return result.thenApply(nothing -> Empty.getDefaultInstance());
  }

  private final class Resources extends ResourceMonitorGrpc.ResourceMonitorImplBase {

    @Override
    public void supportsFeature(
        SupportsFeatureRequest request, StreamObserver<SupportsFeatureResponse> observer) {
      answer(observer, engine.supportsFeatureAsync(request));
    }

    @Override
    public void registerResource(
        RegisterResourceRequest request, StreamObserver<RegisterResourceResponse> observer) {
      answer(observer, engine.registerResourceAsync(null, request));
    }

    @Override
    public void readResource(
        ReadResourceRequest request, StreamObserver<ReadResourceResponse> observer) {
      answer(observer, engine.readResourceAsync(null, request));
    }

    @Override
    public void registerResourceOutputs(
        RegisterResourceOutputsRequest request, StreamObserver<Empty> observer) {
      answer(observer, empty(engine.registerResourceOutputsAsync(request)));
    }

    @Override
    public void invoke(
        ResourceInvokeRequest request, StreamObserver<ResourceInvokeResponse> observer) {
      answer(observer, engine.invokeAsync(request));
    }

    @Override
    public void call(ResourceCallRequest request, StreamObserver<CallResponse> observer) {
      answer(observer, engine.callAsync(request));
    }

    @Override
    public void signalAndWaitForShutdown(Empty request, StreamObserver<Empty> observer) {
      answer(observer, CompletableFuture.completedFuture(request));
    }
  }

  private final class Log extends EngineGrpc.EngineImplBase {

    @Override
    public void log(LogRequest request, StreamObserver<Empty> observer) {
      answer(observer, empty(engine.logAsync(request)));
    }

    @Override
    public void getRootResource(
        GetRootResourceRequest request, StreamObserver<GetRootResourceResponse> observer) {
      answer(observer, engine.getRootResourceAsync(request));
    }
  }
}
