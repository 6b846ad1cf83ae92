package dev.slipway.rehearsal.cloud;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/** Elastic Load Balancing: the load balancers of the account, by their ARNs, and their targets. */
final class Balancers implements AutoScaling.Targets, AutoCloseable {

  private record Listening(Balancer balancer, int port, ListenerRules rules) {}

  static {
    // Without it every answer waits for the other side's delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final String address;
  private final Function<String, String> addresses;
  private final ExecutorService workers = Executors.newCachedThreadPool(Balancers::thread);
  private final ScheduledExecutorService clock =
      Executors.newScheduledThreadPool(8, Balancers::thread);
  private final Map<String, Balancer> balancers = new ConcurrentHashMap<>();
  private final Map<String, TargetGroup> targetGroups = new ConcurrentHashMap<>();
  private final Map<String, Integer> ports = new ConcurrentHashMap<>();
  private final Map<String, Listening> listeners = new ConcurrentHashMap<>();

  /**
   * @param address where load balancers listen
   * @param addresses where the machine of an id is
   */
  Balancers(String address, Function<String, String> addresses) {
    this.address = address;
    this.addresses = addresses;
  }

  private static Thread thread(Runnable work) {
    var thread = new Thread(work, "balancer");
    thread.setDaemon(true);
    return thread;
  }

  // --- load balancers and listeners
  // ------------------------------------------------------------------------------------

  void put(String balancer, Duration idleTimeout, boolean dropInvalidHeaders) {
    balancers
        .computeIfAbsent(balancer, arn -> new Balancer(address, workers, targetGroups::get))
        .configure(idleTimeout, dropInvalidHeaders);
  }

  void remove(String balancer) {
    Balancer gone = balancers.remove(balancer);
    if (gone != null) {
      gone.close();
    }
  }

  /** Starts a listener, or starts it anew where it is there already. */
  void listen(
      String listener,
      String balancer,
      int port,
      SSLContext certificate,
      List<Map<String, Object>> actions) {
    Listening known = listeners.get(listener);
    ListenerRules rules = known == null ? new ListenerRules() : known.rules();
    rules.otherwise(actions);
    if (known != null) {
      known.balancer().stopListening(known.port());
    }
    Balancer on = balancers.get(balancer);
    on.listen(port, certificate, rules);
    listeners.put(listener, new Listening(on, port, rules));
  }

  /** Changes what a listener does by default, without a pause. */
  void otherwise(String listener, List<Map<String, Object>> actions) {
    listeners.get(listener).rules().otherwise(actions);
  }

  void stopListening(String listener) {
    Listening gone = listeners.remove(listener);
    if (gone != null) {
      gone.balancer().stopListening(gone.port());
    }
  }

  ListenerRules rules(String listener) {
    return listeners.get(listener).rules();
  }

  /** Where a port of a load balancer really is. */
  InetSocketAddress address(String balancer, int port) {
    Balancer found = balancers.get(balancer);
    if (found == null) {
      throw new IllegalStateException("there is no load balancer " + balancer);
    }
    return found.address(port);
  }

  /** Where a port of the only load balancer really is. */
  InetSocketAddress address(int port) {
    if (balancers.size() != 1) {
      throw new IllegalStateException("there are " + balancers.size() + " load balancers");
    }
    return balancers.values().iterator().next().address(port);
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
    balancers.values().forEach(Balancer::close);
    targetGroups.values().forEach(TargetGroup::close);
    clock.shutdownNow();
    workers.shutdownNow();
  }
}
