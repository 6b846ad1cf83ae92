package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The targets of a load balancer, checked all the time.
 *
 * <p>Source of the rules: Elastic Load Balancing, <a
 * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html">health
 * checks for Application Load Balancer target groups</a>: one success makes a new target healthy;
 * where all are unhealthy, all get requests; one that is deregistered may end what it has begun.
 */
final class TargetGroup implements AutoCloseable {

  /** How a target is found to be well. */
  record Check(
      String path,
      String port,
      Duration interval,
      Duration timeout,
      int healthyAfter,
      int unhealthyAfter,
      String matcher) {

    private static final String TRAFFIC_PORT = "traffic-port";

    static Check of(Map<String, Object> inputs) {
      return new Check(
          String.valueOf(inputs.getOrDefault("path", "/")),
          String.valueOf(inputs.getOrDefault("port", TRAFFIC_PORT)),
          Duration.ofSeconds(number(inputs, "interval", 30)),
          Duration.ofSeconds(number(inputs, "timeout", 5)),
          (int) number(inputs, "healthyThreshold", 5),
          (int) number(inputs, "unhealthyThreshold", 2),
          String.valueOf(inputs.getOrDefault("matcher", "200")));
    }

    private static long number(Map<String, Object> inputs, String key, long otherwise) {
      return inputs.get(key) instanceof Number number ? number.longValue() : otherwise;
    }

    int port(int traffic) {
      return port.equals(TRAFFIC_PORT) ? traffic : Integer.parseInt(port);
    }

    /** Whether a status is among e.g. {@code 200,204} or {@code 200-299}. */
    boolean matches(int status) {
      for (String part : matcher.split(",")) {
        String[] ends = part.strip().split("-");
        if (status >= Integer.parseInt(ends[0])
            && status <= Integer.parseInt(ends[ends.length - 1])) {
          return true;
        }
      }
      return false;
    }
  }

  /** As Elastic Load Balancing calls it, in capitals. */
  enum State {
    INITIAL,
    HEALTHY,
    UNHEALTHY,
    DRAINING
  }

  /** What is known of a target, for whoever looks. */
  record Health(String id, int port, State state, String reason) {}

  /** One machine, at one port. */
  final class Target {
    private final String id;
    private final int port;
    private State state = State.INITIAL;
    private String reason = "Elb.RegistrationInProgress";
    private int successes;
    private int failures;
    private int underWay;
    private Instant deregistered;
    private ScheduledFuture<?> checks;

    private Target(String id, int port) {
      this.id = id;
      this.port = port;
    }

    InetSocketAddress address() {
      return new InetSocketAddress(addresses.apply(id), port);
    }

    /** What the client got is there, or never will be. */
    void done() {
      synchronized (TargetGroup.this) {
        underWay--;
        TargetGroup.this.notifyAll();
      }
    }
  }

  private final String arn;
  private final ScheduledExecutorService clock;
  private final Function<String, String> addresses;
  private final Map<String, Target> targets = new LinkedHashMap<>();
  private final AtomicInteger turn = new AtomicInteger();
  private volatile Check check;
  private volatile Duration delay;

  /**
   * @param addresses where the machine of an id is; throws where there is none
   */
  TargetGroup(
      String arn,
      ScheduledExecutorService clock,
      Function<String, String> addresses,
      Check check,
      Duration delay) {
    this.arn = arn;
    this.clock = clock;
    this.addresses = addresses;
    this.check = check;
    this.delay = delay;
  }

  String arn() {
    return arn;
  }

  synchronized void configure(Check now, Duration deregistrationDelay) {
    delay = deregistrationDelay;
    if (!now.equals(check)) {
      check = now;
      targets.values().forEach(this::start);
    }
  }

  synchronized void register(String id, int port) {
    Target known = targets.get(key(id, port));
    if (known != null && known.state != State.DRAINING) {
      return;
    }
    var target = new Target(id, port);
    targets.put(key(id, port), target);
    start(target);
  }

  private void start(Target target) {
    stop(target);
    if (target.state != State.DRAINING) {
      target.checks =
          clock.scheduleAtFixedRate(
              () -> look(target), 0, check.interval().toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private static void stop(Target target) {
    if (target.checks != null) {
      target.checks.cancel(false);
    }
  }

  private static String key(String id, int port) {
    return id + ":" + port;
  }

  /** No more requests from now on; those under way may end. */
  synchronized void deregister(String id) {
    for (Target target : targets.values()) {
      if (target.id.equals(id) && target.state != State.DRAINING) {
        stop(target);
        target.state = State.DRAINING;
        target.reason = "Target.DeregistrationInProgress";
        target.deregistered = Instant.now();
      }
    }
    forgetDrained();
  }

  private void forgetDrained() {
    targets
        .values()
        .removeIf(
            target ->
                target.state == State.DRAINING
                    && (target.underWay == 0
                        || target.deregistered.plus(delay).isBefore(Instant.now())));
  }

  synchronized void awaitDrained(String id) {
    try {
      while (targets.values().stream()
          .anyMatch(target -> target.id.equals(id) && target.state == State.DRAINING)) {
        wait(100);
        forgetDrained();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The target whose turn it is, or null where there is none at all. */
  synchronized Target next() {
    forgetDrained();
    List<Target> open =
        targets.values().stream().filter(target -> target.state != State.DRAINING).toList();
    List<Target> healthy = open.stream().filter(target -> target.state == State.HEALTHY).toList();
    List<Target> among = healthy.isEmpty() ? open : healthy;
    if (among.isEmpty()) {
      return null;
    }
    Target target = among.get(Math.floorMod(turn.getAndIncrement(), among.size()));
    target.underWay++;
    return target;
  }

  synchronized List<Health> health() {
    forgetDrained();
    var all = new ArrayList<Health>();
    targets.values().forEach(t -> all.add(new Health(t.id, t.port, t.state, t.reason)));
    return all;
  }

  synchronized boolean isUnhealthy(String id) {
    return isIn(State.UNHEALTHY, id);
  }

  synchronized boolean isHealthy(String id) {
    return isIn(State.HEALTHY, id);
  }

  private boolean isIn(State state, String id) {
    return targets.values().stream()
        .anyMatch(target -> target.id.equals(id) && target.state == state);
  }

  // --- health checks
  // -------------------------------------------------------------------------------------------------

  private void look(Target target) {
    Check by = check;
    String failure = failure(target, by);
    synchronized (this) {
      if (target.state == State.DRAINING) {
        return;
      }
      if (failure == null) {
        target.failures = 0;
        target.successes++;
        if (target.state == State.INITIAL || target.successes >= by.healthyAfter()) {
          target.state = State.HEALTHY;
          target.reason = "";
        }
      } else {
        target.successes = 0;
        target.failures++;
        if (target.failures >= by.unhealthyAfter()) {
          target.state = State.UNHEALTHY;
          target.reason = failure;
        }
      }
    }
  }

  /** Why the target is not well, in Elastic Load Balancing's words; null where it is. */
  private String failure(Target target, Check by) {
    HttpURLConnection connection = null;
    try {
      String at = addresses.apply(target.id) + ":" + by.port(target.port);
      connection =
          (HttpURLConnection)
              URI.create("http://" + at + by.path()).toURL().openConnection(Proxy.NO_PROXY);
      connection.setInstanceFollowRedirects(false);
      connection.setConnectTimeout((int) by.timeout().toMillis());
      connection.setReadTimeout((int) by.timeout().toMillis());
      connection.setRequestProperty("Connection", "close");
      connection.setRequestProperty("User-Agent", "ELB-HealthChecker/2.0");
      return by.matches(connection.getResponseCode()) ? null : "Target.ResponseCodeMismatch";
    } catch (SocketTimeoutException e) {
      return "Target.Timeout";
    } catch (IOException | RuntimeException e) {
      return "Target.FailedHealthChecks";
    } finally {
      if (connection != null) {
        connection.disconnect();
      }
    }
  }

  @Override
  public synchronized void close() {
    targets.values().forEach(TargetGroup::stop);
    targets.clear();
  }
}
