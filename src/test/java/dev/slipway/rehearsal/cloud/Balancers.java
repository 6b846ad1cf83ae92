package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;

/** Elastic Load Balancing: the load balancers of the account, by their ARNs, and their targets. */
final class Balancers implements AutoScaling.Targets, AutoCloseable {

  static {
    // Without it every answer waits for the other side's delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final String address;
  private final Function<String, String> addresses;
  private final ScheduledExecutorService clock =
      Executors.newScheduledThreadPool(8, Balancers::thread);
  private final Map<String, Duration> idleTimeouts = new ConcurrentHashMap<>();
  private final Map<String, BalancerDecisions.Listener> listeners = new ConcurrentHashMap<>();
  private final Map<String, HeldPort> held = new ConcurrentHashMap<>();
  private final Map<String, TargetGroup> targetGroups = new ConcurrentHashMap<>();
  private final Map<String, Integer> ports = new ConcurrentHashMap<>();
  private final BalancerDecisions decisions =
      new BalancerDecisions(listeners::get, targetGroups::get);
  private final BalancerServer server;

  /**
   * @param address where load balancers listen
   * @param addresses where the machine of an id is
   * @param server what serves for them
   */
  Balancers(String address, Function<String, String> addresses, BalancerServer server) {
    this.address = address;
    this.addresses = addresses;
    this.server = server;
  }

  static Thread thread(Runnable work) {
    var thread = new Thread(work, "balancer");
    thread.setDaemon(true);
    return thread;
  }

  // --- load balancers and listeners
  // ------------------------------------------------------------------------------------

  /**
   * @param idleTimeout after which a target that says nothing is given up
   */
  synchronized void put(String balancer, Duration idleTimeout) {
    idleTimeouts.put(balancer, idleTimeout);
    serve();
  }

  synchronized void remove(String balancer) {
    listeners.values().removeIf(listener -> listener.balancer().equals(balancer));
    idleTimeouts.remove(balancer);
    serve();
    List.copyOf(held.keySet()).stream()
        .filter(port -> !listeners.containsKey(port))
        .forEach(this::letGo);
  }

  /**
   * Starts a listener, or gives the one that is there another certificate.
   *
   * @param certificate null for one without TLS
   */
  synchronized void listen(
      String listener,
      String balancer,
      int port,
      Authority.Issued certificate,
      List<Map<String, Object>> actions) {
    BalancerDecisions.Listener known = listeners.get(listener);
    ListenerRules rules = known == null ? new ListenerRules() : known.rules();
    rules.otherwise(actions);
    InetSocketAddress at = known == null ? hold(listener, port) : known.address();
    listeners.put(listener, new BalancerDecisions.Listener(balancer, port, at, certificate, rules));
    serve();
  }

  /** The port itself, or any other where that is not to be had here. */
  private InetSocketAddress hold(String listener, int port) {
    try {
      for (int candidate : new int[] {port, 0, 0, 0}) {
        var taken = HeldPort.take(address, candidate);
        if (taken.isPresent()) {
          held.put(listener, taken.get());
          return taken.get().address();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("the load balancer cannot listen on " + address);
  }

  private void letGo(String listener) {
    HeldPort port = held.remove(listener);
    if (port != null) {
      try {
        port.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void serve() {
    server.serve(listeners, idleTimeouts, decisions);
  }

  /** Changes what a listener does by default, without a pause. */
  void otherwise(String listener, List<Map<String, Object>> actions) {
    rules(listener).otherwise(actions);
  }

  synchronized void stopListening(String listener) {
    listeners.remove(listener);
    serve();
    letGo(listener);
  }

  ListenerRules rules(String listener) {
    return listeners.get(listener).rules();
  }

  /** Where a port of a load balancer really is. */
  InetSocketAddress address(String balancer, int port) {
    return listeners.values().stream()
        .filter(listener -> listener.balancer().equals(balancer) && listener.port() == port)
        .map(BalancerDecisions.Listener::address)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "there is no load balancer " + balancer + " with a listener on port " + port));
  }

  /** Where a port of the only load balancer really is. */
  InetSocketAddress address(int port) {
    if (idleTimeouts.size() != 1) {
      throw new IllegalStateException("there are " + idleTimeouts.size() + " load balancers");
    }
    return address(idleTimeouts.keySet().iterator().next(), port);
  }

  // --- targets
  // -------------------------------------------------------------------------------------------------------

  void putTargetGroup(String arn, int port, TargetGroup.Check check, Duration delay) {
    ports.put(arn, port);
    targetGroups
        .computeIfAbsent(arn, made -> new TargetGroup(arn, clock, addresses, check, delay))
        .configure(check, delay);
  }

  void removeTargetGroup(String arn) {
    ports.remove(arn);
    TargetGroup gone = targetGroups.remove(arn);
    if (gone != null) {
      gone.close();
    }
  }

  TargetGroup targetGroup(String arn) {
    TargetGroup group = targetGroups.get(arn);
    if (group == null) {
      throw new AwsError(
          400, "TargetGroupNotFound", "One or more target groups not found: '" + arn + "'");
    }
    return group;
  }

  boolean hasTargetGroup(String arn) {
    return targetGroups.containsKey(arn);
  }

  /** All targets and how they are. */
  List<String> targets() {
    return targetGroups.values().stream()
        .flatMap(group -> group.health().stream())
        .map(health -> health.id() + ":" + health.port() + " " + health.state())
        .sorted()
        .toList();
  }

  void register(String targetGroup, String id, int port) {
    targetGroup(targetGroup).register(id, port);
  }

  @Override
  public void register(String targetGroup, String id) {
    register(targetGroup, id, ports.get(targetGroup(targetGroup).arn()));
  }

  @Override
  public void deregister(String targetGroup, String id) {
    // It may be gone, if all is taken away at once.
    if (hasTargetGroup(targetGroup)) {
      targetGroup(targetGroup).deregister(id);
    }
  }

  /** A machine that is gone is a target no more, whoever had registered it. */
  void deregister(String id) {
    targetGroups.values().forEach(group -> group.deregister(id));
  }

  @Override
  public void awaitDrained(String targetGroup, String id) {
    if (hasTargetGroup(targetGroup)) {
      targetGroup(targetGroup).awaitDrained(id);
    }
  }

  @Override
  public boolean isUnhealthy(String targetGroup, String id) {
    return hasTargetGroup(targetGroup) && targetGroup(targetGroup).isUnhealthy(id);
  }

  @Override
  public boolean isHealthy(String targetGroup, String id) {
    return hasTargetGroup(targetGroup) && targetGroup(targetGroup).isHealthy(id);
  }

  @Override
  public void close() {
    server.close();
    decisions.close();
    targetGroups.values().forEach(TargetGroup::close);
    clock.shutdownNow();
    List.copyOf(held.keySet()).forEach(this::letGo);
  }
}
