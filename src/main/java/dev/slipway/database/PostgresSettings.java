package dev.slipway.database;

import com.pulumi.aws.rds.enums.InstanceType;
import dev.slipway.aws.InstanceTypes;
import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Setting;
import dev.slipway.core.Suggestion;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** A PostgreSQL database that RDS keeps. */
public record PostgresSettings(
    @Setting(
            value =
                "The major version of PostgreSQL: 15, 16 or 17. RDS takes the minor one, and newer"
                    + " ones in the maintenance window. Going to a newer major version is done in"
                    + " RDS first, after a snapshot, and then said here.",
            or = "\"15\"")
        String version,
    @Setting(value = "The class of the instance.", or = "\"db.t3.micro\"") String instanceClass,
    @Setting(
            value =
                "Keep a copy in a second zone, which takes over when the first fails; doubles the"
                    + " cost.",
            or = "false")
        boolean multiAz,
    @Setting(
            "A second instance in another zone that follows the database, for what only reads: {}"
                + " makes one, at the cost of the first. Applications get it by"
                + " apps.NAME.replicaUrl.")
        Optional<ReplicaSettings> replica,
    @Setting(
            value =
                "Who keeps the administrator's password: rds, which changes it every week, or"
                    + " stack, in a secret of its own, which RDS asks for where there is a replica."
                    + " None is stack with a replica and rds without. What is stack once stays so.",
            example = "stack")
        Optional<MasterPassword> masterPassword,
    @Setting(value = "The size of the encrypted gp3 disk at first.", or = "20") int storageGiB,
    @Setting(value = "What the disk may grow to by itself.", or = "100") int maxStorageGiB,
    @Setting(
            value = "For how many days RDS's daily backups go back; to any second in them.",
            or = "7")
        int backupDays,
    @Setting(value = "When the daily backup is made, in UTC.", or = "\"03:00-04:00\"")
        String backupWindow,
    @Setting(value = "When RDS may change and restart it, in UTC.", or = "\"sun:04:30-sun:05:30\"")
        String maintenanceWindow,
    @Setting(
            value =
                "Refuse to delete the database until this is false. When it goes it leaves a final"
                    + " snapshot behind, unless the stack is ephemeral.",
            or = "true")
        boolean protect,
    @Setting(value = "Performance Insights, kept for the 7 days that cost nothing.", or = "false")
        boolean performanceInsights,
    @Setting(
            value =
                "How often the machine's own metrics are taken: 1, 5, 10, 15, 30 or 60 seconds, or"
                    + " 0 for never. They cost as logs do.",
            or = "0")
        int monitoringSeconds,
    @Setting(value = "The name of the database in it.", or = "\"app\"") String name,
    @Setting(
            value =
                "How many connections one container of an application opens at most, by which the"
                    + " database is sized. An application is told by apps.NAME.connectionLimitInUrl"
                    + " (Prisma) or apps.NAME.databaseVariables.connectionLimit.",
            or = "5")
        @ForHosts
        int connectionLimit,
    @Setting(
            value =
                "Make a snapshot before a release's migrations, which takes minutes; its id is in"
                    + " the release's record.",
            or = "true")
        @ForHosts("snapshot")
        boolean snapshotBeforeMigration,
    @Setting(value = "How many of these snapshots are kept.", or = "5") @ForHosts
        int snapshotKeep) {

  private static final List<String> VERSIONS = List.of("15", "16", "17");
  private static final List<Integer> SECONDS = List.of(0, 1, 5, 10, 15, 30, 60);

  /** PostgreSQL takes a connection's memory from what caches would have. */
  private static final int CONNECTIONS_PER_GIB = 80;

  /**
   * Classes whose newest PostgreSQL is 12 or older: see the <a
   * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html">RDS
   * user guide</a>. That page names minor versions too. They are no matter here: the others that
   * this program knows take every minor version of 15 to 17, and the minor version is RDS's choice.
   */
  private static final Set<String> TOO_OLD =
      Set.of("m1", "m2", "m3", "m4", "r3", "r4", "t1", "t2", "x1", "x1e");

  /**
   * What is there already, and the reserved key words of PostgreSQL, which RDS refuses as names:
   * see <a href="https://www.postgresql.org/docs/17/sql-keywords-appendix.html">its appendix</a>.
   */
  private static final Set<String> RESERVED_NAMES =
      Set.of(
          ("rdsadmin postgres template0 template1 all analyse analyze and any array as asc"
                  + " asymmetric authorization binary both case cast check collate collation column"
                  + " concurrently constraint create cross current_catalog current_date current_role"
                  + " current_schema current_time current_timestamp current_user db default deferrable"
                  + " desc distinct do else end except false fetch for foreign freeze from full grant"
                  + " group having ilike in initially inner intersect into is isnull join lateral"
                  + " leading left like limit localtime localtimestamp natural not notnull null offset"
                  + " on only or order outer overlaps placing primary references returning right"
                  + " select session_user similar some symmetric system_user table tablesample then to"
                  + " trailing true union unique user using variadic verbose when where window with")
              .split(" "));

  /** RDS's own, a person's, and a migration's. */
  private static final int RESERVED = 15;

  public PostgresSettings {
    var known = Arrays.stream(InstanceType.values()).map(InstanceType::getValue).toList();
    var backup = Window.daily(backupWindow);
    var maintenance = Window.weekly(maintenanceWindow);
    new Check()
        .that(
            VERSIONS.contains(version),
            "version",
            "\"" + version + "\" is none of " + String.join(", ", VERSIONS))
        .that(
            known.contains(instanceClass) && memoryGiB(instanceClass).isPresent(),
            "instanceClass",
            "\""
                + instanceClass
                + "\" is not a class that this program knows"
                + Suggestion.sentence(instanceClass, known))
        .that(
            storageGiB >= 20 && storageGiB <= 65536,
            "storageGiB",
            storageGiB + " is not from 20 to 65536, which is what RDS takes for gp3")
        .that(
            10L * maxStorageGiB >= 11L * storageGiB && maxStorageGiB <= 65536,
            "maxStorageGiB",
            "%d is not from %d to 65536; RDS takes no less than a tenth more than storageGiB, %d"
                .formatted(maxStorageGiB, (11L * storageGiB + 9) / 10, storageGiB))
        .that(
            backupDays >= 1 && backupDays <= 35, "backupDays", backupDays + " is not from 1 to 35")
        .that(
            backup.isPresent(),
            "backupWindow",
            "\"" + backupWindow + "\" is not half an hour or more such as 03:00-04:00")
        .that(
            maintenance.isPresent(),
            "maintenanceWindow",
            "\"" + maintenanceWindow + "\" is not half an hour or more such as sun:04:30-sun:05:30")
        .that(
            backup.isEmpty() || maintenance.isEmpty() || !backup.get().overlaps(maintenance.get()),
            "maintenanceWindow",
            "\""
                + maintenanceWindow
                + "\" is open while backupWindow, "
                + backupWindow
                + ", is, which RDS refuses")
        .that(
            SECONDS.contains(monitoringSeconds),
            "monitoringSeconds",
            monitoringSeconds + " is none of " + SECONDS)
        .that(
            name.matches("[a-z][a-z0-9_]{0,62}"),
            "name",
            "\"" + name + "\" is not a name of a-z, 0-9 and _, a letter first")
        .that(
            !RESERVED_NAMES.contains(name),
            "name",
            "\"" + name + "\" is a word that PostgreSQL or RDS keeps for itself; use another")
        .none(tooOld(instanceClass, version), "instanceClass")
        .that(
            replica.isEmpty() || masterPassword.orElse(MasterPassword.stack) != MasterPassword.rds,
            "masterPassword",
            "is rds, and RDS makes no replica of a database whose password it keeps; leave it out,"
                + " or use stack")
        .none(problemWithReplica(replica, instanceClass, version, known), "replica.instanceClass")
        .that(
            connectionLimit >= 1 && connectionLimit <= 500,
            "connectionLimit",
            connectionLimit + " is not from 1 to 500")
        .that(
            snapshotKeep >= 1 && snapshotKeep <= 50,
            "snapshotKeep",
            snapshotKeep + " is not from 1 to 50; an account has 100 snapshots by default")
        .orThrow();
  }

  private static Optional<String> tooOld(String instanceClass, String version) {
    return TOO_OLD.contains(instanceClass.replaceAll("^db\\.([^.]+)\\..*", "$1"))
        ? Optional.of(
            "\"%s\" takes no PostgreSQL %s; use a newer class, such as db.t3 or db.t4g"
                .formatted(instanceClass, version))
        : Optional.empty();
  }

  /**
   * A standby takes no fewer connections than its primary, or it does not start: see <a
   * href="https://www.postgresql.org/docs/17/hot-standby.html#HOT-STANDBY-ADMIN">PostgreSQL on hot
   * standby</a>. How many that are is said by the memory of the primary.
   */
  private static Optional<String> problemWithReplica(
      Optional<ReplicaSettings> replica, String primary, String version, List<String> known) {
    var given = replica.flatMap(ReplicaSettings::instanceClass);
    if (given.isEmpty()) {
      return Optional.empty();
    }
    var memory = known.contains(given.get()) ? memoryGiB(given.get()) : OptionalDouble.empty();
    if (memory.isEmpty()) {
      return Optional.of(
          "\""
              + given.get()
              + "\" is not a class that this program knows"
              + Suggestion.sentence(given.get(), known));
    }
    var old = tooOld(given.get(), version);
    if (old.isPresent()) {
      return old;
    }
    return memory.getAsDouble() < memoryGiB(primary).orElse(0)
        ? Optional.of(
            "\"%s\" has less memory than the database's %s, as many connections as which it has to take; use that, or a larger one"
                .formatted(given.get(), primary))
        : Optional.empty();
  }

  /** Whether the stack keeps the administrator's password, and not RDS. */
  public boolean keepsMasterPassword() {
    return masterPassword.map(MasterPassword.stack::equals).orElse(replica.isPresent());
  }

  /** The class of the replica's instance. */
  String replicaClass() {
    return replica.flatMap(ReplicaSettings::instanceClass).orElse(instanceClass);
  }

  private static OptionalDouble memoryGiB(String instanceClass) {
    return InstanceTypes.memoryGiB(instanceClass.replaceFirst("^db\\.", ""));
  }

  /** How long a release waits for its snapshot, in minutes: the first one copies the disk. */
  @ForHosts
  int snapshotMinutes() {
    return 30;
  }

  /** How many connections the database takes, by its memory. */
  public int maxConnections() {
    return (int) Math.min(5000, memoryGiB(instanceClass).orElseThrow() * CONNECTIONS_PER_GIB);
  }

  /**
   * Why the database has too few connections for this many hosts, if it has: while a release
   * switches, a container of the old one and one of the new one run beside each other.
   *
   * @param hosts how many hosts there are, one more while one is being replaced
   * @param applications how many applications connect from each
   */
  public Optional<String> tooFewConnections(int hosts, int applications) {
    return tooFewConnections(
        hosts * applications, "%d hosts with %d applications".formatted(hosts, applications));
  }

  /**
   * The same for what connects in another way.
   *
   * @param clients how many there are that each open connectionLimit connections
   * @param called what a problem calls them
   */
  public Optional<String> tooFewConnections(int clients, String called) {
    int needed = 2 * clients * connectionLimit + RESERVED;
    return needed <= maxConnections()
        ? Optional.empty()
        : Optional.of(
            ("%d is too many: %s, each in two releases while one takes over from the other, and %d"
                    + " for RDS, migrations and people make %d connections, and a %s takes %d; use"
                    + " %s")
                .formatted(
                    connectionLimit,
                    called,
                    RESERVED,
                    needed,
                    instanceClass,
                    maxConnections(),
                    advice(clients)));
  }

  private String advice(int clients) {
    int most = (maxConnections() - RESERVED) / (2 * clients);
    return most >= 1 ? "at most " + most + ", or a larger class" : "a larger class";
  }
}
