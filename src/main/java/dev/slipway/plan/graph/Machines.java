package dev.slipway.plan.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Machines of a graph, and where they are. */
public final class Machines {

  public static final String INSTANCE = "aws:ec2/instance:Instance";
  public static final String TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

  private Machines() {}

  /** The subnets that an instance is in, by itself or through its network interfaces. */
  public static List<Resource> subnets(Graph graph, Resource instance) {
    var result = new ArrayList<Resource>();
    graph.follow(instance, "subnetId").ifPresent(result::add);
    for (var networkInterface : interfaces(graph, instance)) {
      graph.follow(networkInterface, "subnetId").ifPresent(result::add);
    }
    return result;
  }

  /** The network interfaces that an instance is given. */
  public static List<Resource> interfaces(Graph graph, Resource instance) {
    var result = new ArrayList<Resource>();
    for (var entry : instance.list("networkInterfaces")) {
      if (entry instanceof Map<?, ?> map) {
        graph
            .follow(instance, "networkInterfaces", map.get("networkInterfaceId"))
            .ifPresent(result::add);
      }
    }
    return result;
  }
}
