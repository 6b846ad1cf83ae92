package dev.slipway.rehearsal.cloud;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** An EC2 instance: a Linux machine with systemd, in a container. */
public final class Machine {

  /** As EC2 calls it. */
  enum State {
    RUNNING,
    STOPPED,
    TERMINATED
  }

  /**
   * What an instance is launched with; the metadata service tells most of it back.
   *
   * @param publicIp its address on the rehearsal's network, which has no other
   * @param isPublic whether it has a public address in AWS too
   * @param inGroup whether an autoscaling group has it, so that no data volume is ever attached
   */
  record Launch(
      String id,
      String type,
      String ami,
      String zone,
      String publicIp,
      boolean isPublic,
      String profile,
      byte[] userData,
      int hopLimit,
      boolean tokensRequired,
      boolean metadataTags,
      boolean inGroup,
      Map<String, String> tags) {}

  private final Machines machines;
  private final String id;
  private final String container;
  private final String type;
  private final String ami;
  private final String zone;
  private final Set<String> aliases = new TreeSet<>();
  private final boolean isPublic;
  private volatile String publicIp;
  private volatile String profile;
  private volatile byte[] userData;
  private volatile int hopLimit;
  private volatile boolean tokensRequired;
  private volatile boolean metadataTags;
  private volatile Map<String, String> tags;
  private volatile State state = State.RUNNING;
  private volatile boolean registered;
  private volatile boolean agentOffline;

  Machine(Machines machines, String container, Launch launch) {
    this.machines = machines;
    this.container = container;
    id = launch.id();
    type = launch.type();
    ami = launch.ami();
    zone = launch.zone();
    publicIp = launch.publicIp();
    isPublic = launch.isPublic();
    profile = launch.profile();
    userData = launch.userData();
    hopLimit = launch.hopLimit();
    tokensRequired = launch.tokensRequired();
    metadataTags = launch.metadataTags();
    tags = new TreeMap<>(launch.tags());
  }

  public String id() {
    return id;
  }

  public String container() {
    return container;
  }

  /** Its address on the rehearsal's network, where all can reach all. */
  public String publicIp() {
    return publicIp;
  }

  /** Whether it has a public address in AWS; the metadata service of others tells none. */
  boolean isPublic() {
    return isPublic;
  }

  public boolean isRunning() {
    return state == State.RUNNING;
  }

  /** Runs a program in the machine, as root and with an administrator's environment. */
  public Result exec(String... command) {
    var docker = new ArrayList<>(List.of("docker", "exec", container));
    docker.addAll(List.of(command));
    return Programs.run(Duration.ofMinutes(30), null, docker);
  }

  /** Shuts the machine down in good order and starts it again, as EC2's RebootInstances does. */
  public void reboot() {
    machines.reboot(this);
  }

  /**
   * The machine is gone for good, with no chance to shut down; its data volumes are left behind.
   */
  public void lose() {
    machines.lose(this);
  }

  /** Gives the machine a name on the rehearsal's network, as a public A record would. */
  public void alias(String name) {
    machines.alias(this, name);
  }

  /** Whether Run Command's agent has registered and answers. */
  public boolean isManaged() {
    return registered && !agentOffline && isRunning();
  }

  String type() {
    return type;
  }

  String ami() {
    return ami;
  }

  String zone() {
    return zone;
  }

  String profile() {
    return profile;
  }

  void profile(String name) {
    profile = name;
  }

  byte[] userData() {
    return userData;
  }

  void userData(byte[] script) {
    userData = script;
  }

  int hopLimit() {
    return hopLimit;
  }

  void hopLimit(int limit) {
    hopLimit = limit;
  }

  boolean tokensRequired() {
    return tokensRequired;
  }

  void tokensRequired(boolean required) {
    tokensRequired = required;
  }

  boolean metadataTags() {
    return metadataTags;
  }

  void metadataTags(boolean shown) {
    metadataTags = shown;
  }

  Map<String, String> tags() {
    return tags;
  }

  void tags(Map<String, String> all) {
    tags = new TreeMap<>(all);
  }

  void publicIp(String address) {
    publicIp = address;
  }

  Set<String> aliases() {
    return aliases;
  }

  State state() {
    return state;
  }

  void state(State now) {
    state = now;
    if (now != State.RUNNING) {
      registered = false;
    }
  }

  boolean wasRegistered() {
    return registered;
  }

  void registered(boolean now) {
    registered = now;
  }

  boolean agentOffline() {
    return agentOffline;
  }

  void agentOffline(boolean offline) {
    agentOffline = offline;
  }
}
