package dev.slipway.database;

import com.pulumi.aws.rds.Instance;
import com.pulumi.aws.rds.InstanceArgs;
import com.pulumi.aws.rds.ParameterGroup;
import com.pulumi.aws.rds.ParameterGroupArgs;
import com.pulumi.aws.rds.SubnetGroup;
import com.pulumi.aws.rds.SubnetGroupArgs;
import com.pulumi.aws.rds.inputs.ParameterGroupParameterArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Link;
import dev.slipway.core.Linkable;
import dev.slipway.identity.Identity;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import dev.slipway.monitoring.Alarm;
import dev.slipway.monitoring.Monitored;
import dev.slipway.network.Connectable;
import dev.slipway.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A PostgreSQL database in private subnets, which hosts reach over TLS and nobody else does.
 *
 * <p>Creates an RDS instance with its parameter, subnet and security groups, and a role for its
 * machine's metrics where they are asked for. Costs, in us-east-1, about 13 dollars a month for a
 * db.t3.micro and 26 for a db.t3.small, 11.5 cents for each GB, and all of it twice over two zones
 * or with a replica.
 *
 * <pre>{@code
 * var database = new PostgresDatabase(named("database"), network, settings.database(), identity, childOptions());
 * database.grantUse(role);
 * database.allowFrom(fleet);
 * }</pre>
 *
 * <p>RDS makes the master's password, keeps it in a secret of its own and changes it every seven
 * days, so that no application logs in with it: the first release makes a role for them. See the <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html">RDS user
 * guide</a>, which says too that there is no replica then: with one the stack keeps the password
 * ({@link MasterSecret}); that {@code rds.force_ssl} refuses what isn't TLS is said <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html">there
 * too</a>. Logs stay with RDS for a week, since a log group that RDS makes keeps everything for
 * ever.
 */
public final class PostgresDatabase extends Connectable implements Linkable, Monitored {
  static final String TYPE = "slipway:database:PostgresDatabase";
  private static final int PORT = 5432;

  /** The master's name, which nobody logs in with but the first release. */
  private static final String MASTER = "slipway";

  /** What a database is called unless the settings say otherwise. */
  private static final String USUAL = "app";

  private final PostgresSettings settings;
  private final Instance instance;
  private final Output<String> masterSecret;
  private final Optional<MasterSecret> master;
  private final Optional<ReadReplica> replica;
  private Optional<ServiceRole> monitoring = Optional.empty();

  public PostgresDatabase(
      String name,
      Network network,
      PostgresSettings settings,
      Identity identity,
      ComponentResourceOptions options) {
    super(TYPE, name, network.vpcId(), "the database", "the database", options);
    this.settings = settings;
    var subnets = subnets(network);
    var parameters = parameters();
    instance = instance(subnets, parameters, identity);
    master =
        settings.keepsMasterPassword()
            ? Optional.of(
                new MasterSecret(
                    named("master"),
                    instance,
                    stack().protects(settings.protect()),
                    childOptions()))
            : Optional.empty();
    masterSecret =
        master
            .map(MasterSecret::arn)
            .orElseGet(
                () ->
                    instance
                        .masterUserSecrets()
                        .applyValue(secrets -> secrets.get(0).secretArn().orElseThrow()));
    replica =
        settings
            .replica()
            .map(
                asked ->
                    new ReadReplica(
                        named("replica"),
                        instance,
                        network.dataZones(),
                        settings,
                        parameters.name(),
                        groupId(),
                        monitoring,
                        // RDS makes none of a database whose password it keeps.
                        List.of(master.orElseThrow().taken()),
                        childOptions()));
    registerOutputs(Map.of("endpoint", endpoint(), "masterSecret", masterSecret));
  }

  private SubnetGroup subnets(Network network) {
    return new SubnetGroup(
        named("subnets"),
        SubnetGroupArgs.builder()
            .namePrefix(stack().prefix("db"))
            .description("Slipway " + stack().name() + ": where the database may be")
            .subnetIds(network.dataSubnetIds())
            .tags(nameTag("subnets"))
            .build(),
        leaf().build());
  }

  private Instance instance(SubnetGroup subnets, ParameterGroup parameters, Identity identity) {
    boolean kept = stack().protects(settings.protect());
    var args =
        InstanceArgs.builder()
            .identifierPrefix(stack().prefix("db"))
            .engine("postgres")
            .engineVersion(settings.version())
            .instanceClass(settings.instanceClass())
            .allocatedStorage(settings.storageGiB())
            .maxAllocatedStorage(settings.maxStorageGiB())
            .storageType("gp3")
            .storageEncrypted(true)
            .dbName(settings.name())
            .username(MASTER)
            // RDS makes the first one in any case, so that none is in the state.
            .manageMasterUserPassword(true)
            .port(PORT)
            .multiAz(settings.multiAz())
            .dbSubnetGroupName(subnets.name())
            .vpcSecurityGroupIds(groupId().applyValue(List::of))
            .publiclyAccessible(false)
            .parameterGroupName(parameters.name())
            .backupRetentionPeriod(settings.backupDays())
            .backupWindow(settings.backupWindow())
            .maintenanceWindow(settings.maintenanceWindow())
            .autoMinorVersionUpgrade(true)
            .applyImmediately(false)
            .copyTagsToSnapshot(true)
            .deletionProtection(kept)
            .skipFinalSnapshot(stack().ephemeral())
            .performanceInsightsEnabled(settings.performanceInsights())
            .monitoringInterval(settings.monitoringSeconds())
            .tags(nameTag("instance"));
    if (!stack().ephemeral()) {
      // A snapshot's name must be new every time. AWS makes this one up anew for every stack, and
      // whenever the database is another one.
      args.finalSnapshotIdentifier(parameters.name().applyValue(made -> made + "-final"));
    }
    if (settings.performanceInsights()) {
      args.performanceInsightsRetentionPeriod(7);
    }
    var before = new ArrayList<Resource>();
    if (settings.monitoringSeconds() > 0) {
      var role = monitoringRole(identity);
      monitoring = Optional.of(role);
      args.monitoringRoleArn(role.arn());
      before.addAll(role.grants());
    }
    return new Instance(
        named("instance"), args.build(), leaf().protect(kept).dependsOn(before).build());
  }

  private ParameterGroup parameters() {
    return new ParameterGroup(
        named("parameters"),
        ParameterGroupArgs.builder()
            .namePrefix(stack().prefix("db"))
            .family("postgres" + settings.version())
            .description(description())
            .parameters(
                atRestart("rds.force_ssl", "1"),
                atRestart("max_connections", String.valueOf(settings.maxConnections())),
                // A transaction that somebody forgot keeps others, and vacuum, from their work.
                atOnce("idle_in_transaction_session_timeout", "300000"),
                atOnce("log_lock_waits", "1"),
                atOnce("log_min_duration_statement", "1000"),
                atOnce("log_statement", "ddl"),
                atOnce("log_temp_files", "10240"),
                atOnce("rds.log_retention_period", "10080"))
            .tags(nameTag("parameters"))
            .build(),
        leaf().build());
  }

  /**
   * What the parameters are for. It names the database where that isn't the usual one: a database
   * of another name is another instance, which must not meet the final snapshot of the first, and a
   * group whose description changes is made anew.
   */
  private String description() {
    return "Slipway %s: TLS, connections and logs%s"
        .formatted(stack().name(), settings.name().equals(USUAL) ? "" : " of " + settings.name());
  }

  private static ParameterGroupParameterArgs atRestart(String name, String value) {
    return parameter(name, value, "pending-reboot");
  }

  private static ParameterGroupParameterArgs atOnce(String name, String value) {
    return parameter(name, value, "immediate");
  }

  private static ParameterGroupParameterArgs parameter(String name, String value, String when) {
    return ParameterGroupParameterArgs.builder().name(name).value(value).applyMethod(when).build();
  }

  /** The ARN of the role by which RDS writes the machine's own metrics, where it does. */
  public Optional<Output<String>> monitoringRoleArn() {
    return monitoring.map(ServiceRole::arn);
  }

  /**
   * What AWS's own policy AmazonRDSEnhancedMonitoringRole allows, in the log group that RDS writes
   * the metrics to.
   */
  private ServiceRole monitoringRole(Identity identity) {
    var role = identity.role(label() + "-monitoring", "monitoring.rds.amazonaws.com");
    role.allow(
        "write-metrics",
        context()
            .arn("logs", "log-group:RDSOSMetrics")
            .applyValue(
                log ->
                    List.of(
                        Statement.allow("KeepLog")
                            .actions("logs:CreateLogGroup", "logs:PutRetentionPolicy")
                            .resources(log, log + ":*"),
                        Statement.allow("WriteLog")
                            .actions(
                                "logs:CreateLogStream",
                                "logs:DescribeLogStreams",
                                "logs:GetLogEvents",
                                "logs:PutLogEvents")
                            .resources(log + ":log-stream:*"))));
    return role;
  }

  /**
   * Lets a role make the applications' own user, and snapshots before migrations, of which it
   * removes none but those.
   */
  public Resource grantUse(ServiceRole role) {
    return role.allow(
        "use-" + label(),
        Output.tuple(
                instance.arn(),
                masterSecret,
                context().arn("rds", "snapshot:" + snapshots()),
                master.map(MasterSecret::useKey).orElseGet(() -> Output.of(List.of())))
            .applyValue(known -> use(known.t1, known.t2, known.t3 + "*", known.t4)));
  }

  private List<Statement> use(
      String database, String secret, String snapshots, List<Statement> key) {
    var statements = new ArrayList<Statement>();
    statements.add(
        Statement.allow("ReadMasterSecret")
            .actions("secretsmanager:GetSecretValue")
            .resources(secret));
    statements.addAll(key);
    if (settings.snapshotBeforeMigration()) {
      statements.add(
          Statement.allow("SnapshotBeforeMigration")
              .actions("rds:CreateDBSnapshot", "rds:DescribeDBSnapshots")
              .resources(database, snapshots));
      statements.add(
          Statement.allow("KeepSnapshots")
              .actions("rds:AddTagsToResource", "rds:DeleteDBSnapshot")
              .resources(snapshots));
    }
    return statements;
  }

  /** What the names of the snapshots that hosts make begin with. */
  private String snapshots() {
    return stack().prefix("release");
  }

  /** Host and port. */
  public Output<String> endpoint() {
    return instance.endpoint();
  }

  /** Host and port of the replica, where there is one. */
  public Optional<Output<String>> replicaEndpoint() {
    return replica.map(ReadReplica::endpoint);
  }

  public PostgresSettings settings() {
    return settings;
  }

  @Override
  protected int port() {
    return PORT;
  }

  /** When it is busy, short of connections or of disk; and when its replica is, or is late. */
  @Override
  public List<Alarm> alarms() {
    var alarms =
        new ArrayList<>(alarms(label(), "the " + label(), settings, instance.identifier()));
    replica.ifPresent(
        found ->
            alarms.addAll(found.alarms(label() + "-replica", "the " + label() + "'s replica")));
    return alarms;
  }

  static List<Alarm> alarms(
      String role, String what, PostgresSettings settings, Output<String> identifier) {
    var dimensions = identifier.applyValue(name -> Map.of("DBInstanceIdentifier", name));
    return List.of(
        Alarm.above(role + "-cpu", what + "'s processor is more than %.0f percent busy", 80.0)
            .on("AWS/RDS", "CPUUtilization", "Average", dimensions)
            .after(3),
        Alarm.above(
                role + "-connections",
                what + " has more than %.0f connections",
                Math.floor(0.8 * settings.maxConnections()))
            .on("AWS/RDS", "DatabaseConnections", "Maximum", dimensions)
            .after(2),
        // The disk grows by itself when a tenth of it is left, up to its limit.
        Alarm.below(
                role + "-storage",
                what + "'s disk has less than %.1f GiB left",
                Math.max(1, 0.08 * settings.storageGiB()))
            .on("AWS/RDS", "FreeStorageSpace", "Minimum", dimensions)
            .counting(1024.0 * 1024 * 1024)
            .silenceIs("breaching")
            .after(2));
  }

  /** Of the replica too, where there is one: {@code replicaHost}. */
  @Override
  public Link link() {
    var values =
        new TreeMap<>(
            Link.of(
                    label(),
                    Map.of(
                        "host", instance.address(),
                        "port", Output.of(String.valueOf(PORT)),
                        "name", Output.of(settings.name()),
                        "instance", instance.identifier(),
                        "masterSecret", masterSecret,
                        "snapshotPrefix", Output.of(snapshots())))
                .values());
    replica.ifPresent(
        found ->
            values.putAll(
                Link.of(
                        label().equals("database") ? "replica" : label() + "Replica",
                        Map.of(
                            "host", found.address(),
                            "port", Output.of(String.valueOf(PORT)),
                            "instance", found.identifier()))
                    .values()));
    return new Link(values);
  }

  @Override
  public List<Resource> ready() {
    var all = new ArrayList<Resource>(List.of(instance));
    master.ifPresent(found -> all.add(found.taken()));
    replica.ifPresent(found -> all.add(found.ready()));
    return List.copyOf(all);
  }
}
