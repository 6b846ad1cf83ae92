package dev.slipway.rehearsal.cloud;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * ElastiCache's replication groups: one Redis each, which speaks TLS under the group's name and
 * knows the users of its user group.
 */
final class Caches {
  static final String IMAGE = "slipway-rehearsal/redis:7";

  /**
   * What ElastiCache keeps from its customers' users, from the commands that its <a
   * href="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/SupportedCommands.html">user
   * guide</a> lists as restricted.
   */
  private static final String RESTRICTED =
      "-config -debug -save -bgsave -bgrewriteaof -shutdown -replicaof -slaveof -migrate"
          + " -acl|setuser -acl|deluser -acl|load -acl|save -acl|log";

  /** A user as Redis is told of it. */
  record User(String name, String access, List<String> passwords, boolean noPassword) {

    /** Redis' own command, one line, which only its standard input sees. */
    String command() {
      var line = new StringBuilder("ACL SETUSER " + name + " reset");
      if (noPassword) {
        line.append(" nopass");
      }
      passwords.forEach(password -> line.append(" >").append(password));
      return line.append(' ').append(access).append(' ').append(RESTRICTED).append('\n').toString();
    }
  }

  private final Appliances appliances;

  Caches(Appliances appliances) {
    this.appliances = appliances;
  }

  private static String name(String group) {
    return "cache-" + group;
  }

  void start(String group, String address, Map<String, String> parameters, List<User> users) {
    // Its own protection would keep all out whose default user has no password, even one that is
    // off.
    var command = new ArrayList<>(List.of("redis-server", "--protected-mode", "no"));
    parameters.forEach((key, value) -> command.addAll(List.of("--" + key, value)));
    appliances.start(
        name(group), IMAGE, address, List.of(), command, List.of("redis-admin", "PING"));
    users.forEach(user -> put(group, user));
  }

  /** Makes a user, or changes it; connections that it has stay. */
  void put(String group, User user) {
    admin(group, user.command());
  }

  void removeUser(String group, String user) {
    // Redis has no way without this one; it is shut instead.
    admin(
        group,
        user.equals("default") ? "ACL SETUSER default reset off\n" : "ACL DELUSER " + user + "\n");
  }

  void parameter(String group, String name, String value) {
    admin(group, "CONFIG SET " + name + " " + value + "\n");
  }

  private void admin(String group, String commands) {
    Result result =
        appliances.exec(name(group), commands.getBytes(StandardCharsets.UTF_8), "redis-admin");
    if (!result.ok()) {
      // What was sent may be a password, and is not told.
      throw new AwsError("InvalidParameterValue", group + ": " + result.output().strip());
    }
  }

  boolean isRunning(String group) {
    return appliances.isThere(name(group));
  }

  void remove(String group) {
    appliances.remove(name(group));
  }
}
