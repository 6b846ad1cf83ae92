package dev.slipway.rehearsal.cloud;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * EC2 Auto Scaling's groups, each of which keeps its number of machines.
 *
 * <p>It has no clock of its own: a rehearsal says when the service looks ({@link #replaceDead},
 * {@link #renew}). Sources of the rules: EC2 Auto Scaling User Guide, <a
 * href="https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html">health
 * checks</a> and <a
 * href="https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html">the
 * distribution over zones</a>.
 */
final class AutoScaling {

  /** What a group is asked to be. */
  record Wanted(
      int size,
      String template,
      String version,
      List<String> subnets,
      Map<String, String> tags,
      boolean asksBalancer,
      Duration grace) {}

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
  }

  private record Member(String id, String subnet, String template, int version, Instant since) {}

  private static final class Group {
    private final String name;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Set<String> targetGroups = new LinkedHashSet<>();
    private Wanted wanted;

    private Group(String name) {
      this.name = name;
    }
  }

  private final Hardware hardware;
  private final Targets targets;
  private final InstantSource clock;
  private final Map<String, List<Map<String, Object>>> templates = new TreeMap<>();
  private final Map<String, Integer> defaults = new TreeMap<>();
  private final Map<String, Group> groups = new TreeMap<>();

  AutoScaling(Hardware hardware, Targets targets, InstantSource clock) {
    this.hardware = hardware;
    this.targets = targets;
    this.clock = clock;
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

  private boolean isUnhealthy(Group group, Member member) {
    return group.wanted.asksBalancer()
        && member.since().plus(group.wanted.grace()).isBefore(clock.instant())
        && group.targetGroups.stream().anyMatch(target -> targets.isUnhealthy(target, member.id()));
  }

  /**
   * Replaces, one after another, the machines that an older version of their template made, as an
   * instance refresh does that launches before it terminates.
   *
   * @param patience how long a new machine may take until it can be told what to do
   * @return the new machines
   */
  List<String> renew(Duration patience) throws InterruptedException {
    var started = new ArrayList<String>();
    while (true) {
      Group group;
      Member old;
      String fresh;
      synchronized (this) {
        group = groups.values().stream().filter(g -> outdated(g) != null).findFirst().orElse(null);
        if (group == null) {
          return started;
        }
        old = outdated(group);
        fresh = launch(group);
      }
      Instant limit = Instant.now().plus(patience);
      while (!hardware.isManaged(fresh)) {
        if (Instant.now().isAfter(limit)) {
          throw new IllegalStateException(
              "group " + group.name + ": " + fresh + " is not ready after " + patience);
        }
        Thread.sleep(200);
      }
      synchronized (this) {
        started.add(fresh);
        drain(group, old.id());
        group.members.remove(old.id());
        hardware.terminate(old.id());
      }
    }
  }

  private Member outdated(Group group) {
    int now = version(group.wanted);
    return group.members.values().stream()
        .filter(
            member -> member.version() != now || !member.template().equals(group.wanted.template()))
        .findFirst()
        .orElse(null);
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
    group.targetGroups.forEach(target -> targets.deregister(target, id));
    group.targetGroups.forEach(target -> targets.awaitDrained(target, id));
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
