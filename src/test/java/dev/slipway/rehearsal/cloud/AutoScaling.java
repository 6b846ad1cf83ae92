package dev.slipway.rehearsal.cloud;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

/**
 * EC2 Auto Scaling's groups, each of which keeps its number of machines.
 *
 * <p>It doesn't look at its machines by itself: a rehearsal says when ({@link #replaceDead}), and
 * how busy they are ({@link #load}). An instance refresh goes on by itself. Sources of the rules:
 * EC2 Auto Scaling User Guide, <a
 * href="https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html">health
 * checks</a>, <a
 * href="https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html">the
 * distribution over zones</a> and <a
 * href="https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html">instance
 * refreshes</a>.
 */
final class AutoScaling {

  /** What a group is asked to be. */
  record Wanted(
      int size,
      int least,
      int most,
      String template,
      String version,
      List<String> subnets,
      Map<String, String> tags,
      boolean asksBalancer,
      Duration grace,
      Duration warmUp) {

    Wanted withSize(int another) {
      return new Wanted(
          another, least, most, template, version, subnets, tags, asksBalancer, grace, warmUp);
    }
  }

  /** How far a group is with replacing its machines, or to which end it came. */
  record Refresh(
      String id,
      String status,
      String reason,
      int percentage,
      int left,
      Instant start,
      Instant end) {

    private boolean isOver() {
      return end != null;
    }
  }

  /** The machines, and what knows of them. */
  interface Hardware {
    /** Launches what a version of a launch template says, and gives the instance's id. */
    String launch(
        String group, Map<String, Object> template, String subnet, Map<String, String> tags);

    void terminate(String id);

    /** Whether EC2 finds the instance running. */
    boolean isRunning(String id);

    /** Whether the instance has booted so far that it can be told what to do. */
    boolean isManaged(String id);
  }

  /** The target groups that get a group's machines. */
  interface Targets {
    void register(String targetGroup, String id);

    /** No more requests; those under way may end. */
    void deregister(String targetGroup, String id);

    /** Returns when none is under way any more, or the target group's delay is over. */
    void awaitDrained(String targetGroup, String id);

    boolean isUnhealthy(String targetGroup, String id);

    boolean isHealthy(String targetGroup, String id);
  }

  private record Member(String id, String subnet, String template, int version, Instant since) {}

  private static final class Group {
    private final String name;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Set<String> targetGroups = new LinkedHashSet<>();
    private final Deque<Refresh> refreshes = new ArrayDeque<>();
    private final Map<String, Double> targets = new TreeMap<>();
    private Wanted wanted;

    private Group(String name) {
      this.name = name;
    }
  }

  private final Hardware hardware;
  private final Targets targets;
  private final InstantSource clock;
  private final Executor background;
  private final Map<String, List<Map<String, Object>>> templates = new TreeMap<>();
  private final Map<String, Integer> defaults = new TreeMap<>();
  private final Map<String, Group> groups = new TreeMap<>();

  /**
   * @param background runs instance refreshes
   */
  AutoScaling(Hardware hardware, Targets targets, InstantSource clock, Executor background) {
    this.hardware = hardware;
    this.targets = targets;
    this.clock = clock;
    this.background = background;
  }

  // --- launch templates
  // ----------------------------------------------------------------------------------------------

  /** Adds a version to a template, and gives its number; the first is the default. */
  synchronized int addVersion(String template, Map<String, Object> inputs) {
    List<Map<String, Object>> versions =
        templates.computeIfAbsent(template, id -> new ArrayList<>());
    versions.add(inputs);
    defaults.putIfAbsent(template, 1);
    return versions.size();
  }

  synchronized void defaultVersion(String template, int version) {
    defaults.put(template, version);
  }

  synchronized void removeTemplate(String template) {
    templates.remove(template);
    defaults.remove(template);
  }

  /** What the newest version of a template says. */
  synchronized Map<String, Object> newest(String template) {
    List<Map<String, Object>> versions = templates.get(template);
    return versions.get(versions.size() - 1);
  }

  /** The number of its newest version. */
  synchronized int newestVersion(String template) {
    return templates.get(template).size();
  }

  /** The number of the version that a group is asked to have. */
  private int version(Wanted wanted) {
    List<Map<String, Object>> versions = templates.get(wanted.template());
    if (versions == null) {
      throw new AwsError(
          400,
          "ValidationError",
          "You must use a valid fully-formed launch template. The specified launch template, with"
              + " template ID "
              + wanted.template()
              + ", does not exist.");
    }
    int number =
        switch (wanted.version()) {
          case "$Latest" -> versions.size();
          case "$Default" -> defaults.get(wanted.template());
          default -> Integer.parseInt(wanted.version());
        };
    if (number < 1 || number > versions.size()) {
      throw new AwsError(
          400,
          "ValidationError",
          "You must use a valid fully-formed launch template. Could not find the specified version "
              + number
              + " for the launch template with ID "
              + wanted.template()
              + ".");
    }
    return number;
  }

  // --- groups
  // --------------------------------------------------------------------------------------------------------

  /** Makes a group, or changes it, and brings it to its size. */
  synchronized void put(String name, Wanted wanted, List<String> targetGroups) {
    version(wanted);
    Group group = groups.computeIfAbsent(name, Group::new);
    group.wanted = wanted;
    targetGroups.forEach(target -> attach(name, target));
    keepSize(group);
  }

  synchronized void remove(String name) {
    Group group = group(name);
    cancelRefresh(name);
    for (Member member : List.copyOf(group.members.values())) {
      drain(group, member.id());
      hardware.terminate(member.id());
    }
    groups.remove(name);
  }

  synchronized boolean exists(String name) {
    return groups.containsKey(name);
  }

  /** The machines of a group, the oldest first. */
  synchronized List<String> members(String name) {
    return List.copyOf(group(name).members.keySet());
  }

  synchronized void attach(String name, String targetGroup) {
    Group group = group(name);
    if (group.targetGroups.add(targetGroup)) {
      group.members.keySet().forEach(id -> targets.register(targetGroup, id));
    }
  }

  synchronized void detach(String name, String targetGroup) {
    Group group = groups.get(name);
    if (group != null && group.targetGroups.remove(targetGroup)) {
      group.members.keySet().forEach(id -> targets.deregister(targetGroup, id));
    }
  }

  /** The group that has this machine, or null. */
  synchronized String groupOf(String id) {
    return groups.values().stream()
        .filter(group -> group.members.containsKey(id))
        .map(group -> group.name)
        .findFirst()
        .orElse(null);
  }

  /** What follows from the end of a machine, wherever it came from. */
  synchronized void ended(String id) {
    for (Group group : groups.values()) {
      if (group.members.remove(id) != null) {
        group.targetGroups.forEach(target -> targets.deregister(target, id));
      }
    }
  }

  /**
   * Looks at every machine once, as the service does all the time: one that doesn't run is
   * replaced, and, where the group asks its load balancer, one that is unhealthy there after the
   * grace period.
   *
   * @return the new machines
   */
  synchronized List<String> replaceDead() {
    var started = new ArrayList<String>();
    for (Group group : groups.values()) {
      for (Member member : List.copyOf(group.members.values())) {
        if (!hardware.isRunning(member.id()) || isUnhealthy(group, member)) {
          group.targetGroups.forEach(target -> targets.deregister(target, member.id()));
          group.members.remove(member.id());
          hardware.terminate(member.id());
        }
      }
      started.addAll(keepSize(group));
    }
    return started;
  }

  // --- scaling policies
  // ----------------------------------------------------------------------------------------------

  /** How many machines a group is asked to have now. */
  synchronized int size(String name) {
    return group(name).wanted.size();
  }

  /**
   * Asks a group to have so many machines. <a
   * href="https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetDesiredCapacity.html">AWS</a>
   * takes no number that is out of the group's bounds.
   *
   * @return the new machines
   */
  synchronized List<String> resize(String name, int size) {
    Group group = group(name);
    if (size < group.wanted.least() || size > group.wanted.most()) {
      boolean above = size > group.wanted.most();
      throw new AwsError(
          400,
          "ValidationError",
          "New SetDesiredCapacity value %d is %s value %d for the AutoScalingGroup."
              .formatted(
                  size,
                  above ? "above max" : "below min",
                  above ? group.wanted.most() : group.wanted.least()));
    }
    group.wanted = group.wanted.withSize(size);
    return keepSize(group);
  }

  /** Makes or changes a policy, which keeps processors as busy as this on average, in percent. */
  synchronized void putPolicy(String name, String policy, double percent) {
    group(name).targets.put(policy, percent);
  }

  synchronized void removePolicy(String name, String policy) {
    group(name).targets.remove(policy);
  }

  /**
   * Tells how busy the processors of a group's machines are on average, once they have been so for
   * as long as the policies' alarms wait. More load makes as many machines as bring it to the
   * target; less takes one away at a time, and none where the others would be too busy. <a
   * href="https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html">Of
   * several policies</a> the one that wants most machines counts.
   *
   * @return the new machines
   */
  synchronized List<String> load(String name, double percent) {
    Group group = group(name);
    int now = group.wanted.size();
    int needed =
        group.targets.values().stream()
            .mapToInt(target -> (int) Math.ceil(now * percent / target))
            .max()
            .orElse(now);
    int next = needed < now ? now - 1 : needed;
    group.wanted =
        group.wanted.withSize(Math.max(group.wanted.least(), Math.min(group.wanted.most(), next)));
    return keepSize(group);
  }

  private boolean isUnhealthy(Group group, Member member) {
    return group.wanted.asksBalancer()
        && member.since().plus(group.wanted.grace()).isBefore(clock.instant())
        && group.targetGroups.stream().anyMatch(target -> targets.isUnhealthy(target, member.id()));
  }

  // --- instance refreshes
  // --------------------------------------------------------------------------------------------

  /**
   * Begins to replace all machines of a group, one after another, each new one being launched
   * before an old one goes.
   *
   * @param patience how long a new machine may take until it is healthy
   * @return the refresh's id
   */
  synchronized String refresh(String name, Duration patience) {
    Group group = group(name);
    if (!group.refreshes.isEmpty() && !group.refreshes.peek().isOver()) {
      throw new AwsError(
          400,
          "InstanceRefreshInProgress",
          "An Instance Refresh is already in progress and blocks the execution of this Instance"
              + " Refresh.");
    }
    String id = UUID.randomUUID().toString();
    var old = List.copyOf(group.members.values());
    group.refreshes.push(new Refresh(id, "Pending", "", 0, old.size(), clock.instant(), null));
    background.execute(() -> replace(group, id, old, patience));
    return id;
  }

  /** Ends what replaces a group's machines, where something does. What it has launched stays. */
  synchronized void cancelRefresh(String name) {
    Group group = group(name);
    if (!group.refreshes.isEmpty()) {
      end(group, group.refreshes.peek().id(), "Cancelled", "Cancelled due to user request.");
    }
  }

  /** The refreshes of a group, the newest first. */
  synchronized List<Refresh> refreshes(String name) {
    return List.copyOf(group(name).refreshes);
  }

  private void replace(Group group, String id, List<Member> all, Duration patience) {
    try {
      for (int done = 0; done < all.size(); done++) {
        Member old = all.get(done);
        String fresh;
        synchronized (this) {
          if (!isUnderWay(group, id)) {
            return;
          }
          progress(group, id, done, all.size(), "");
          if (!group.members.containsKey(old.id())) {
            // It died meanwhile, and what took its place has the newest template.
            continue;
          }
          fresh = launch(group);
          progress(
              group,
              id,
              done,
              all.size(),
              "Waiting for instances to warm up before continuing. For example: "
                  + fresh
                  + " is warming up.");
        }
        if (!warmsUp(group, id, fresh, patience)) {
          synchronized (this) {
            end(
                group,
                id,
                "Failed",
                fresh + " is not healthy after " + patience.toSeconds() + " s.");
          }
          return;
        }
        // Not while others wait: it may take minutes.
        drain(group, old.id());
        synchronized (this) {
          hardware.terminate(old.id());
          group.members.remove(old.id());
        }
      }
      synchronized (this) {
        progress(group, id, all.size(), all.size(), "");
        end(group, id, "Successful", "");
      }
    } catch (RuntimeException e) {
      synchronized (this) {
        end(group, id, "Failed", e.toString());
      }
    }
  }

  /**
   * Waits until a machine runs and its warm-up is over. What warm-up is for, that it serves, ends
   * it here as soon as it is so.
   */
  private boolean warmsUp(Group group, String refresh, String id, Duration patience) {
    Instant launched = clock.instant();
    while (true) {
      Instant now = clock.instant();
      synchronized (this) {
        boolean serves =
            group.targetGroups.stream().allMatch(target -> targets.isHealthy(target, id));
        boolean warm = serves || now.isAfter(launched.plus(group.wanted.warmUp()));
        if (hardware.isManaged(id) && warm && (serves || !group.wanted.asksBalancer())) {
          return true;
        }
        if (!isUnderWay(group, refresh) || now.isAfter(launched.plus(patience))) {
          return false;
        }
      }
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  private static boolean isUnderWay(Group group, String id) {
    return group.refreshes.stream()
        .anyMatch(refresh -> refresh.id().equals(id) && !refresh.isOver());
  }

  private static void progress(Group group, String id, int done, int all, String reason) {
    change(
        group,
        id,
        was ->
            new Refresh(
                id,
                "InProgress",
                reason,
                all == 0 ? 100 : 100 * done / all,
                all - done,
                was.start(),
                null));
  }

  private void end(Group group, String id, String status, String reason) {
    change(
        group,
        id,
        was ->
            new Refresh(
                id, status, reason, was.percentage(), was.left(), was.start(), clock.instant()));
  }

  /** What is over stays what it was. */
  private static void change(Group group, String id, UnaryOperator<Refresh> next) {
    var changed = new ArrayList<Refresh>();
    for (Refresh refresh : group.refreshes) {
      changed.add(refresh.id().equals(id) && !refresh.isOver() ? next.apply(refresh) : refresh);
    }
    group.refreshes.clear();
    group.refreshes.addAll(changed);
  }

  private List<String> keepSize(Group group) {
    var started = new ArrayList<String>();
    while (group.members.size() > group.wanted.size()) {
      // The default policy: of the zone that has most, the oldest.
      Member surplus =
          group.members.values().stream()
              .max(Comparator.comparingLong(member -> inSubnet(group, member.subnet())))
              .orElseThrow();
      drain(group, surplus.id());
      group.members.remove(surplus.id());
      hardware.terminate(surplus.id());
    }
    while (group.members.size() < group.wanted.size()) {
      started.add(launch(group));
    }
    return started;
  }

  private String launch(Group group) {
    String subnet =
        group.wanted.subnets().stream()
            .min(Comparator.comparingLong(candidate -> inSubnet(group, candidate)))
            .orElseThrow();
    String template = group.wanted.template();
    int version = version(group.wanted);
    Map<String, Object> inputs = templates.get(template).get(version - 1);
    String id = hardware.launch(group.name, inputs, subnet, group.wanted.tags());
    group.members.put(id, new Member(id, subnet, template, version, clock.instant()));
    group.targetGroups.forEach(target -> targets.register(target, id));
    return id;
  }

  private static long inSubnet(Group group, String subnet) {
    return group.members.values().stream().filter(member -> member.subnet().equals(subnet)).count();
  }

  private void drain(Group group, String id) {
    List<String> from;
    synchronized (this) {
      from = List.copyOf(group.targetGroups);
    }
    from.forEach(target -> targets.deregister(target, id));
    from.forEach(target -> targets.awaitDrained(target, id));
  }

  private Group group(String name) {
    Group group = groups.get(name);
    if (group == null) {
      throw new AwsError(
          400,
          "ValidationError",
          "AutoScalingGroup name not found - AutoScalingGroup " + name + " not found");
    }
    return group;
  }
}
