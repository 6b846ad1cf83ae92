package dev.slipway.cache;

import com.pulumi.aws.elasticache.ReplicationGroup;
import com.pulumi.aws.elasticache.ReplicationGroupArgs;
import com.pulumi.aws.elasticache.inputs.ParameterGroupParameterArgs;
import com.pulumi.aws.elasticache.inputs.UserAuthenticationModeArgs;
import com.pulumi.aws.memorydb.Acl;
import com.pulumi.aws.memorydb.AclArgs;
import com.pulumi.aws.memorydb.Cluster;
import com.pulumi.aws.memorydb.ClusterArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Link;
import dev.slipway.core.Linkable;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import dev.slipway.monitoring.Alarm;
import dev.slipway.monitoring.Monitored;
import dev.slipway.network.Connectable;
import dev.slipway.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A Redis in private subnets, which hosts reach over TLS and with a password, and nobody else does.
 *
 * <p>Creates an ElastiCache replication group with its users, parameter, subnet and security
 * groups; or a MemoryDB cluster with the same, where every write has to survive. Costs, in
 * us-east-1, about 12 dollars a month for each cache.t3.micro; for durable <a
 * href="https://aws.amazon.com/memorydb/pricing/">more</a>.
 *
 * <pre>{@code
 * var cache = new RedisCache(named("cache"), network, settings.cache(), childOptions());
 * cache.grantUse(role);
 * cache.allowFrom(fleet);
 * }</pre>
 *
 * <p>A password that Pulumi sets is in Pulumi's state. So the applications' user is made switched
 * off and without one, hosts give it both in the first release, and Pulumi leaves that alone.
 * ElastiCache wants a user {@code default} in every group, which is off for good: see the <a
 * href="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html">ElastiCache
 * user guide</a>. Why there is no append-only file is said <a
 * href="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/RedisAOF.html">there too</a>.
 */
public final class RedisCache extends Connectable implements Linkable, Monitored {
  static final String TYPE = "slipway:cache:RedisCache";
  private static final int PORT = 6379;

  /** What a stack's only cache is called, which is in no name of its parts. */
  private static final String USUAL = "cache";

  private static final String OFF = "off -@all";
  private static final String SNAPSHOTS = "03:00-04:00";
  private static final String MAINTENANCE = "sun:04:30-sun:05:30";

  private final RedisSettings settings;
  private final Resource cluster;
  private final Output<String> host;
  private Output<String> userArn;

  public RedisCache(
      String name, Network network, RedisSettings settings, ComponentResourceOptions options) {
    // The group's id is in the name of the final snapshot, which must be new for every cluster.
    super(
        TYPE,
        name,
        network.vpcId(),
        "the cache",
        settings.durable() ? "the durable cache" : "the cache",
        options);
    this.settings = settings;
    if (settings.durable()) {
      var made = durable(network);
      cluster = made;
      host = made.clusterEndpoints().applyValue(all -> all.get(0).address().orElseThrow());
    } else {
      var made = replicated(network);
      cluster = made;
      host = made.primaryEndpointAddress();
    }
    registerOutputs(Map.of("endpoint", endpoint()));
  }

  // --- ElastiCache

  private ReplicationGroup replicated(Network network) {
    var args =
        ReplicationGroupArgs.builder()
            .replicationGroupId(called("cache"))
            .description("Slipway " + stack().name() + ": sessions and what is worth remembering")
            .engine("redis")
            .engineVersion(settings.version())
            .nodeType(settings.nodeType())
            .numCacheClusters(1 + settings.replicas())
            .automaticFailoverEnabled(settings.replicas() > 0)
            .multiAzEnabled(settings.replicas() > 0)
            .port(PORT)
            .parameterGroupName(parameters().name())
            .subnetGroupName(subnets(network).name())
            .securityGroupIds(groupId().applyValue(List::of))
            .atRestEncryptionEnabled(true)
            .transitEncryptionEnabled(true)
            .userGroupIds(users().id().applyValue(List::of))
            .autoMinorVersionUpgrade(true)
            .applyImmediately(false)
            .maintenanceWindow(MAINTENANCE)
            .snapshotRetentionLimit(settings.volatileAlone() ? 0 : settings.snapshotDays())
            .tags(clusterTags());
    if (!settings.volatileAlone()) {
      args.snapshotWindow(SNAPSHOTS);
    }
    if (leavesSnapshot()) {
      args.finalSnapshotIdentifier(finalSnapshot());
    }
    return new ReplicationGroup(named("redis"), args.build(), clusterOptions());
  }

  private com.pulumi.aws.elasticache.SubnetGroup subnets(Network network) {
    return new com.pulumi.aws.elasticache.SubnetGroup(
        named("subnets"),
        com.pulumi.aws.elasticache.SubnetGroupArgs.builder()
            .name(called("cache"))
            .description("Slipway " + stack().name() + ": where the cache may be")
            .subnetIds(network.dataSubnetIds())
            .tags(nameTag("subnets"))
            .build(),
        leaf().deleteBeforeReplace(true).build());
  }

  /**
   * The parameters, under a name that changes with what replaces them: the old ones are in use
   * until the cluster has the new ones.
   */
  private com.pulumi.aws.elasticache.ParameterGroup parameters() {
    var family = "redis7";
    var description = "Slipway " + stack().name() + ": a cache forgets what is used least";
    var version = String.format("%08x", (family + description).hashCode());
    return new com.pulumi.aws.elasticache.ParameterGroup(
        named("parameters"),
        com.pulumi.aws.elasticache.ParameterGroupArgs.builder()
            .name(called("cache-" + family + "-" + version))
            .family(family)
            .description(description)
            .parameters(
                ParameterGroupParameterArgs.builder()
                    .name("maxmemory-policy")
                    .value("allkeys-lru")
                    .build())
            .tags(nameTag("parameters"))
            .build(),
        leaf().build());
  }

  private com.pulumi.aws.elasticache.UserGroup users() {
    var off = user("default");
    var app = user("app");
    userArn = app.arn();
    return new com.pulumi.aws.elasticache.UserGroup(
        named("users"),
        com.pulumi.aws.elasticache.UserGroupArgs.builder()
            .userGroupId(called("users"))
            .engine("redis")
            .userIds(Output.all(off.userId(), app.userId()))
            .tags(nameTag("users"))
            .build(),
        leaf().deleteBeforeReplace(true).build());
  }

  /** A user without access, who has none until a host gives it. */
  private com.pulumi.aws.elasticache.User user(String role) {
    return new com.pulumi.aws.elasticache.User(
        named("user-" + role),
        com.pulumi.aws.elasticache.UserArgs.builder()
            .userId(called(role))
            .userName(role.equals("default") ? role : called(role))
            .engine("redis")
            .accessString(OFF)
            .authenticationMode(
                UserAuthenticationModeArgs.builder().type("no-password-required").build())
            .tags(nameTag("user-" + role))
            .build(),
        userOptions());
  }

  // --- MemoryDB

  private Cluster durable(Network network) {
    var subnets =
        new com.pulumi.aws.memorydb.SubnetGroup(
            named("subnets"),
            com.pulumi.aws.memorydb.SubnetGroupArgs.builder()
                .name(called("cache"))
                .description("Slipway " + stack().name() + ": where the cache may be")
                .subnetIds(network.dataSubnetIds())
                .tags(nameTag("subnets"))
                .build(),
            leaf().deleteBeforeReplace(true).build());
    var user =
        new com.pulumi.aws.memorydb.User(
            named("user-app"),
            com.pulumi.aws.memorydb.UserArgs.builder()
                .userName(called("app"))
                .accessString(OFF)
                // The one way that takes no password; a host gives it one.
                .authenticationMode(
                    com.pulumi.aws.memorydb.inputs.UserAuthenticationModeArgs.builder()
                        .type("iam")
                        .build())
                .tags(nameTag("user-app"))
                .build(),
            userOptions());
    userArn = user.arn();
    var list =
        new Acl(
            named("users"),
            AclArgs.builder()
                .name(called("users"))
                .userNames(user.userName().applyValue(List::of))
                .tags(nameTag("users"))
                .build(),
            leaf().deleteBeforeReplace(true).build());
    var args =
        ClusterArgs.builder()
            .name(called("cache"))
            .description("Slipway " + stack().name() + ": sessions and what is worth remembering")
            .engine("redis")
            .engineVersion(settings.version())
            .nodeType(settings.nodeType())
            .numShards(1)
            .numReplicasPerShard(settings.replicas())
            .port(PORT)
            .tlsEnabled(true)
            .aclName(list.name())
            // As it is: nothing is evicted, or writes would be lost after all.
            .parameterGroupName("default.memorydb-redis7")
            .subnetGroupName(subnets.name())
            .securityGroupIds(groupId().applyValue(List::of))
            .autoMinorVersionUpgrade(true)
            .maintenanceWindow(MAINTENANCE)
            .snapshotWindow(SNAPSHOTS)
            .snapshotRetentionLimit(settings.snapshotDays())
            .tags(clusterTags());
    if (leavesSnapshot()) {
      args.finalSnapshotName(finalSnapshot());
    }
    return new Cluster(named("redis"), args.build(), clusterOptions());
  }

  // --- both

  /** A name on AWS, which tells by its beginning whose it is. */
  private String called(String what) {
    return "slipway-" + stack().name() + "-" + (label().equals(USUAL) ? "" : label() + "-") + what;
  }

  private boolean kept() {
    return !settings.volatileAlone() && stack().protects(settings.protect());
  }

  private boolean leavesSnapshot() {
    return !settings.volatileAlone() && !stack().ephemeral();
  }

  private Map<String, String> clusterTags() {
    return settings.volatileAlone()
        ? nameTag("redis", Map.of("slipway:reproducible", "true"))
        : nameTag("redis");
  }

  private CustomResourceOptions clusterOptions() {
    return leaf().protect(kept()).deleteBeforeReplace(true).build();
  }

  private CustomResourceOptions userOptions() {
    return leaf()
        .deleteBeforeReplace(true)
        // Hosts set them; and AWS writes access strings in its own way.
        .ignoreChanges(List.of("accessString", "authenticationMode"))
        .build();
  }

  /** A snapshot's name must be new every time, and so is the id of a security group. */
  private Output<String> finalSnapshot() {
    return groupId().applyValue(id -> called("final-" + id.replaceFirst("^sg-", "")));
  }

  /** Lets a role give the applications' user its password and its access. */
  public Resource grantUse(ServiceRole role) {
    var actions =
        settings.durable()
            ? new String[] {"memorydb:DescribeUsers", "memorydb:UpdateUser"}
            : new String[] {"elasticache:DescribeUsers", "elasticache:ModifyUser"};
    return role.allow(
        "use-" + label(),
        userArn.applyValue(
            arn -> List.of(Statement.allow("SetPasswordOfUser").actions(actions).resources(arn))));
  }

  /** Host and port. */
  public Output<String> endpoint() {
    return host.applyValue(known -> known + ":" + PORT);
  }

  @Override
  protected int port() {
    return PORT;
  }

  /** When the memory of one of its nodes is nearly full. */
  @Override
  public List<Alarm> alarms() {
    var nodes =
        settings.durable()
            ? List.of(called("cache"))
            : IntStream.rangeClosed(1, 1 + settings.replicas())
                .mapToObj(node -> called("cache") + "-00" + node)
                .toList();
    var alarms = new ArrayList<Alarm>();
    for (int i = 0; i < nodes.size(); i++) {
      alarms.add(
          Alarm.above(
                  label() + "-memory-" + (i + 1),
                  "the " + label() + "'s memory is more than %.0f percent full",
                  90.0)
              .on(
                  settings.durable() ? "AWS/MemoryDB" : "AWS/ElastiCache",
                  "DatabaseMemoryUsagePercentage",
                  "Maximum",
                  Output.of(
                      Map.of(settings.durable() ? "ClusterName" : "CacheClusterId", nodes.get(i))))
              .silenceIs("breaching")
              .after(3));
    }
    return alarms;
  }

  @Override
  public Link link() {
    return Link.of(
        label(),
        Map.of(
            "host", host,
            "port", Output.of(String.valueOf(PORT)),
            "user", Output.of(called("app")),
            "kind", Output.of(settings.durable() ? "memorydb" : "elasticache")));
  }

  @Override
  public List<Resource> ready() {
    return List.of(cluster);
  }
}
