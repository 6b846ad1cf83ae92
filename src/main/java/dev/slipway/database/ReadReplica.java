package dev.slipway.database;

import com.pulumi.aws.rds.Instance;
import com.pulumi.aws.rds.InstanceArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.identity.ServiceRole;
import dev.slipway.monitoring.Alarm;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A second instance of a database, in another zone, which follows the first and answers what only
 * reads.
 *
 * <p>Creates an RDS instance that is as large as the first, in its subnet group, with its
 * parameters and its security group. Costs as much as one. It has nothing that the first has not,
 * so that it is not protected and leaves no snapshot.
 *
 * <pre>{@code
 * var replica = new ReadReplica(named("replica"), instance, settings, …, childOptions());
 * }</pre>
 *
 * <p>What RDS asks of one is said in the <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.html">RDS
 * user guide</a>.
 */
final class ReadReplica extends Component {
  static final String TYPE = "slipway:database:ReadReplica";

  /**
   * Where nobody writes, RDS reports a lag of up to five minutes, says the user guide: a file of
   * the log is sent that often.
   */
  private static final double LATE_SECONDS = 600;

  private final PostgresSettings settings;
  private final Instance instance;

  /**
   * @param primary whom it follows
   * @param zones where it may be
   * @param parameters the name of its parameter group
   * @param group its security group
   * @param monitoring who writes its machine's metrics, if anybody does
   * @param before what it waits for
   */
  ReadReplica(
      String name,
      Instance primary,
      List<String> zones,
      PostgresSettings settings,
      Output<String> parameters,
      Output<String> group,
      Optional<ServiceRole> monitoring,
      List<Resource> before,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.settings = settings;
    var args =
        InstanceArgs.builder()
            // As the first one: promoted, it is what that was.
            .identifierPrefix(stack().prefix("db"))
            .replicateSourceDb(primary.identifier())
            .instanceClass(settings.replicaClass())
            .availabilityZone(primary.availabilityZone().applyValue(zone -> another(zones, zone)))
            // RDS takes the disk's size and its key from the first.
            .allocatedStorage(settings.storageGiB())
            .maxAllocatedStorage(settings.maxStorageGiB())
            .storageType("gp3")
            .storageEncrypted(true)
            .vpcSecurityGroupIds(group.applyValue(List::of))
            .publiclyAccessible(false)
            .parameterGroupName(parameters)
            .maintenanceWindow(settings.maintenanceWindow())
            .autoMinorVersionUpgrade(true)
            .applyImmediately(false)
            .copyTagsToSnapshot(true)
            .deletionProtection(false)
            // RDS makes no final snapshot of one.
            .skipFinalSnapshot(true)
            .performanceInsightsEnabled(settings.performanceInsights())
            .monitoringInterval(settings.monitoringSeconds())
            .tags(nameTag("instance", Map.of("slipway:reproducible", "true")));
    if (settings.performanceInsights()) {
      args.performanceInsightsRetentionPeriod(7);
    }
    monitoring.ifPresent(role -> args.monitoringRoleArn(role.arn()));
    instance =
        new Instance(
            named("instance"),
            args.build(),
            leaf()
                .dependsOn(before)
                // The first one's zone is another after a failover, and its replica stays.
                .ignoreChanges("availabilityZone")
                // RDS takes no other source for one that is there.
                .replaceOnChanges("replicateSourceDb")
                .build());
    registerOutputs(Map.of("endpoint", instance.endpoint()));
  }

  private static String another(List<String> zones, String taken) {
    return zones.stream().filter(zone -> !zone.equals(taken)).findFirst().orElse(taken);
  }

  /** Host and port. */
  Output<String> endpoint() {
    return instance.endpoint();
  }

  /** Its host name. */
  Output<String> address() {
    return instance.address();
  }

  Output<String> identifier() {
    return instance.identifier();
  }

  Resource ready() {
    return instance;
  }

  /**
   * The alarms of any instance, and when it does not follow.
   *
   * @param role what it is called within the stack
   */
  List<Alarm> alarms(String role, String what) {
    var alarms = new ArrayList<>(PostgresDatabase.alarms(role, what, settings, identifier()));
    alarms.add(
        Alarm.above(role + "-lag", what + " is more than %.0f seconds behind", LATE_SECONDS)
            .on(
                "AWS/RDS",
                "ReplicaLag",
                "Maximum",
                identifier().applyValue(name -> Map.of("DBInstanceIdentifier", name)))
            .silenceIs("breaching")
            .after(2));
    return alarms;
  }
}
