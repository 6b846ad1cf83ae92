package dev.slipway.rehearsal.cloud;

import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;

/**
 * Stands for Pulumi's plugin for AWS: a program that the engine starts, which says its port and
 * calls AWS where the environment says that it is. It knows buckets.
 */
public final class StandInPlugin {
  private StandInPlugin() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    String region = System.getenv("AWS_REGION");
    var aws = new AwsClient(URI.create(System.getenv("AWS_ENDPOINT_URL")), region);
    var handlers = new Handlers(region, new BucketHandlers(aws, new BucketPolicies()).all());
    var provider = new AwsProvider(handlers, new Lookups(aws, region, List.of()), region);
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(ServerInterceptors.intercept(provider, AwsProvider.connections()))
            .build()
            .start();
    // The engine reads it from the first line.
    System.out.println(server.getPort());
    server.awaitTermination();
  }
}
