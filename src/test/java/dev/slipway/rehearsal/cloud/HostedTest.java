package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The databases and caches of the emulated cloud, with the real programs. It needs moto, Docker and
 * two images, so that only ./slipway test runs it, or {@code mvn test -DexcludedGroups=} after
 * {@code ./slipway rehearsal-images --only postgres} and {@code --only redis-tls}.
 */
@Tag("images")
class HostedTest {

  private static final String DATABASE = "aws:rds/instance:Instance";
  private static final String USER = "aws:elasticache/user:User";

  @TempDir static Path directory;
  private static final String RUN = HexFormat.of().toHexDigits(new Random().nextInt());
  private static final String NETWORK = "slipway-test-" + RUN;
  private static Children children;
  private static AwsClient aws;
  private static Handlers handlers;
  private static DatabaseHandlers databaseHandlers;
  private static CacheHandlers cacheHandlers;
  private static Databases databases;
  private static Appliances appliances;
  private static Authority authority;
  private static List<String> subnets;

  @BeforeAll
  static void start() throws Exception {
    children = new Children(directory);
    var moto = Moto.start(Tools.installed(), directory, children);
    aws = new AwsClient(moto.address(), "us-east-1");
    // Not a rehearsal's label: one that begins takes away what others have left.
    String label = "dev.slipway.test=" + RUN;
    Programs.docker("network", "create", "--label", label, NETWORK);
    authority = new Authority(directory);
    appliances = new Appliances(RUN, label, NETWORK, directory.resolve("appliances"), authority);
    databases = new Databases(appliances);
    databaseHandlers = new DatabaseHandlers(aws, databases);
    cacheHandlers = new CacheHandlers(aws, new Caches(appliances));
    var all = new java.util.ArrayList<Handler>();
    all.addAll(new NetworkHandlers(aws).all());
    all.addAll(databaseHandlers.all());
    all.addAll(cacheHandlers.all());
    handlers = new Handlers("us-east-1", all);
    String network = create("aws:ec2/vpc:Vpc", Map.of("cidrBlock", "10.20.0.0/16"));
    subnets =
        List.of(
            subnet(network, "10.20.0.0/24", "us-east-1a"),
            subnet(network, "10.20.1.0/24", "us-east-1b"));
    create("aws:rds/subnetGroup:SubnetGroup", Map.of("name", "private", "subnetIds", subnets));
    create(
        "aws:rds/parameterGroup:ParameterGroup",
        Map.of(
            "name",
            "tuned",
            "family",
            "postgres15",
            "parameters",
            List.of(
                Map.of("name", "max_connections", "value", "42", "applyMethod", "pending-reboot"),
                Map.of("name", "rds.force_ssl", "value", "1"),
                Map.of("name", "log_statement", "value", "ddl"))));
  }

  @AfterAll
  static void end() throws Exception {
    children.close();
    appliances.close();
    for (String name :
        Programs.docker("ps", "-aq", "--filter", "network=" + NETWORK).lines().toList()) {
      Programs.tryDocker("rm", "--force", "--volumes", name);
    }
    Programs.tryDocker("network", "rm", NETWORK);
  }

  private static String subnet(String network, String cidr, String zone) {
    return create(
        "aws:ec2/subnet:Subnet",
        Map.of("vpcId", network, "cidrBlock", cidr, "availabilityZone", zone));
  }

  private static Handler.Made make(String token, Map<String, Object> inputs) {
    return handlers.create(new Handler.Request(token, "it", "", inputs, Map.of(), Map.of()));
  }

  private static String create(String token, Map<String, Object> inputs) {
    return make(token, inputs).id();
  }

  private static Map<String, Object> database(String identifier) {
    var inputs = new TreeMap<String, Object>();
    inputs.put("identifier", identifier);
    inputs.put("engine", "postgres");
    inputs.put("engineVersion", "15");
    inputs.put("instanceClass", "db.t3.micro");
    inputs.put("allocatedStorage", 20L);
    inputs.put("storageEncrypted", true);
    inputs.put("dbName", "app");
    inputs.put("username", "slipway");
    inputs.put("manageMasterUserPassword", true);
    inputs.put("dbSubnetGroupName", "private");
    inputs.put("parameterGroupName", "tuned");
    inputs.put("skipFinalSnapshot", true);
    return inputs;
  }

  private static Handler.Request existing(String token, String id, Map<String, Object> inputs) {
    return new Handler.Request(token, "it", id, inputs, inputs, Map.of());
  }

  private static void refuses(String code, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(AwsError.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  /** What a host's call does: moto's record first, then the database itself. */
  private static void rds(String operation, String... parameters) {
    Call call = Samples.query("rds", operation, parameters);
    aws.query("rds", operation, call.form());
    databaseHandlers.happened(call);
  }

  private static Map<String, Object> masterSecret(Handler.Made made) {
    var secret = Values.maps(made.outputs().get("masterUserSecrets")).get(0);
    String text =
        Values.text(
            aws.json(
                    "secretsmanager",
                    "secretsmanager.GetSecretValue",
                    Map.of("SecretId", secret.get("secretArn")))
                .get("SecretString"));
    return AwsClient.object(Machines.utf8(text));
  }

  /** A client on the network, as an application on a host is one. */
  private static Result psql(String address, Map<String, Object> login, String tls, String sql) {
    Path authorityFile = authority.file();
    return Programs.run(
        "docker",
        "run",
        "--rm",
        "--network",
        NETWORK,
        "--volume",
        authorityFile + ":/authority.pem:ro",
        "--env",
        "PGPASSWORD=" + login.get("password"),
        "--entrypoint",
        "psql",
        Databases.IMAGE,
        "host="
            + address
            + " dbname=app user="
            + login.get("username")
            + " sslrootcert=/authority.pem sslmode="
            + tls,
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--command",
        sql);
  }

  @Test
  void aDatabaseIsServedUnderItsNameAndRestoredFromItsSnapshot() {
    Handler.Made made = make(DATABASE, database("qa"));
    String address = Values.text(made.outputs().get("address"));
    Map<String, Object> master = masterSecret(made);

    assertThat(psql(address, master, "verify-full", "SHOW max_connections").out())
        .isEqualTo("42\n");
    assertThat(psql(address, master, "disable", "SELECT 1").err()).contains("no encryption");
    assertThat(
            psql(
                    address,
                    master,
                    "verify-full",
                    "SELECT usesuper FROM pg_user WHERE usename = current_user")
                .out())
        .isEqualTo("f\n");
    assertThat(psql(address, master, "verify-full", "CREATE TABLE orders AS SELECT 7 AS id").ok())
        .isTrue();

    rds("ModifyDBInstance", "DBInstanceIdentifier", "qa", "DeletionProtection", "true");
    rds("CreateDBSnapshot", "DBInstanceIdentifier", "qa", "DBSnapshotIdentifier", "before");
    assertThat(psql(address, master, "verify-full", "UPDATE orders SET id = 8").ok()).isTrue();
    rds(
        "RestoreDBInstanceFromDBSnapshot",
        "DBInstanceIdentifier",
        "restored",
        "DBSnapshotIdentifier",
        "before");

    assertThat(databases.query("restored", "app", "SELECT id FROM orders")).isEqualTo("7");
    assertThat(databases.query("qa", "app", "SELECT id FROM orders")).isEqualTo("8");
    rds("DeleteDBInstance", "DBInstanceIdentifier", "restored", "SkipFinalSnapshot", "true");
    assertThat(databases.isRunning("restored")).isFalse();
    rds("ModifyDBInstance", "DBInstanceIdentifier", "qa", "DeletionProtection", "false");
    rds("DeleteDBSnapshot", "DBSnapshotIdentifier", "before");
    assertThat(databases.hasSnapshot("before")).isFalse();

    var guarded = database("qa");
    guarded.put("deletionProtection", true);
    refuses(
        "InvalidParameterCombination",
        () -> handlers.delete(existing(DATABASE, made.id(), guarded)));
    var last = database("qa");
    last.put("skipFinalSnapshot", false);
    last.put("finalSnapshotIdentifier", "last");
    handlers.delete(existing(DATABASE, made.id(), last));
    assertThat(databases.hasSnapshot("last")).isTrue();
    assertThat(databases.isRunning("qa")).isFalse();
  }

  private static Map<String, Object> replica(String identifier, String source) {
    var inputs = new TreeMap<String, Object>();
    inputs.put("identifier", identifier);
    inputs.put("replicateSourceDb", source);
    inputs.put("instanceClass", "db.t3.micro");
    inputs.put("availabilityZone", "us-east-1b");
    inputs.put("parameterGroupName", "tuned");
    inputs.put("skipFinalSnapshot", true);
    return inputs;
  }

  /** A database whose administrator has this password. */
  private static Handler.Made ours(String identifier, String password) {
    Handler.Made made = make(DATABASE, database(identifier));
    rds(
        "ModifyDBInstance",
        "DBInstanceIdentifier",
        identifier,
        "ManageMasterUserPassword",
        "false",
        "MasterUserPassword",
        password);
    return made;
  }

  /** Has a replica come up with all that its primary has written. */
  private static void caughtUp(String replica, String primary) {
    String written = databases.query(primary, "postgres", "SELECT pg_current_wal_lsn()");
    databases.query(
        replica,
        "postgres",
        "DO $$ BEGIN WHILE pg_last_wal_replay_lsn() < '"
            + written
            + "' LOOP PERFORM pg_sleep(0.05); END LOOP; END $$");
  }

  private static final String SLOTS = "SELECT count(*) FROM pg_replication_slots";

  @Test
  void aReplicaFollowsSurvivesAFailureAndIsPromoted() {
    Map<String, Object> login = Map.of("username", "slipway", "password", "of-ours-0123456789");
    Handler.Made made = ours("shop", "of-ours-0123456789");
    String primary = Values.text(made.outputs().get("address"));
    assertThat(psql(primary, login, "verify-full", "CREATE TABLE orders AS SELECT 1 AS id").ok())
        .isTrue();

    Handler.Made copy = make(DATABASE, replica("shop-reads", "shop"));
    String address = Values.text(copy.outputs().get("address"));

    assertThat(copy.outputs().get("availabilityZone")).isEqualTo("us-east-1b");
    assertThat(address).isNotEqualTo(primary);
    assertThat(psql(address, login, "verify-full", "SELECT id FROM orders").out()).isEqualTo("1\n");
    assertThat(psql(address, login, "verify-full", "SHOW max_connections").out()).isEqualTo("42\n");
    assertThat(psql(address, login, "disable", "SELECT 1").err()).contains("no encryption");
    assertThat(psql(address, login, "verify-full", "INSERT INTO orders VALUES (0)").err())
        .contains("read-only transaction");
    assertThat(databases.query("shop", "postgres", SLOTS)).isEqualTo("1");

    databases.fail("shop-reads");
    assertThat(psql(address, login, "verify-full", "SELECT 1").ok()).isFalse();
    assertThat(psql(primary, login, "verify-full", "INSERT INTO orders VALUES (2)").ok()).isTrue();
    databases.recover("shop-reads");
    caughtUp("shop-reads", "shop");
    assertThat(psql(address, login, "verify-full", "SELECT max(id) FROM orders").out())
        .isEqualTo("2\n");

    databases.fail("shop");
    rds("PromoteReadReplica", "DBInstanceIdentifier", "shop-reads");
    assertThat(psql(address, login, "verify-full", "INSERT INTO orders VALUES (3)").ok()).isTrue();
    databases.recover("shop");
    assertThat(psql(primary, login, "verify-full", "SELECT max(id) FROM orders").out())
        .isEqualTo("2\n");

    handlers.delete(existing(DATABASE, copy.id(), replica("shop-reads", "shop")));
    handlers.delete(existing(DATABASE, made.id(), database("shop")));
    assertThat(databases.isRunning("shop-reads")).isFalse();
  }

  @Test
  void nothingIsKeptForAReplicaThatIsGone() {
    Handler.Made made = ours("kept", "of-ours-0123456789");
    Handler.Made copy = make(DATABASE, replica("kept-reads", "kept"));

    handlers.delete(existing(DATABASE, copy.id(), replica("kept-reads", "kept")));

    assertThat(databases.query("kept", "postgres", SLOTS)).isEqualTo("0");
    handlers.delete(existing(DATABASE, made.id(), database("kept")));
  }

  @Test
  void rdsMakesNoReplicaOfADatabaseWhosePasswordItKeeps() {
    Handler.Made made = make(DATABASE, database("managed"));

    refuses("InvalidParameterValue", () -> make(DATABASE, replica("managed-reads", "managed")));
    refuses("DBInstanceNotFound", () -> make(DATABASE, replica("nobodys", "nobody")));
    refuses(
        "InvalidParameterCombination",
        () ->
            rds(
                "ModifyDBInstance",
                "DBInstanceIdentifier",
                "managed",
                "MasterUserPassword",
                "of-ours-0123456789"));
    handlers.delete(existing(DATABASE, made.id(), database("managed")));
  }

  /** As in RDS: it makes roles and databases, ends sessions of others, and reads no file. */
  @Test
  void theAdministratorIsNoSuperuserAndMayDoWhatThatOfRdsMay() {
    Map<String, Object> login = Map.of("username", "slipway", "password", "of-ours-0123456789");
    Handler.Made made = ours("rights", "of-ours-0123456789");
    String address = Values.text(made.outputs().get("address"));

    assertThat(
            psql(
                    address,
                    login,
                    "verify-full",
                    "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication,"
                        + " pg_has_role('rds_superuser', 'member'),"
                        + " pg_has_role('pg_signal_backend', 'member'), (SELECT datdba = r.oid FROM"
                        + " pg_database WHERE datname = 'app') FROM pg_roles r WHERE rolname ="
                        + " current_user")
                .out())
        .isEqualTo("f|t|t|f|t|t|t\n");
    assertThat(psql(address, login, "verify-full", "SELECT pg_read_file('/etc/passwd')").err())
        .contains("permission denied");
    handlers.delete(existing(DATABASE, made.id(), database("rights")));
  }

  @Test
  void aParameterThatTheServerDoesNotTakeIsRefused() {
    create(
        "aws:rds/parameterGroup:ParameterGroup",
        Map.of(
            "name",
            "wrong",
            "family",
            "postgres15",
            "parameters",
            List.of(Map.of("name", "max_connections", "value", "many"))));
    var inputs = database("wrong");
    inputs.put("parameterGroupName", "wrong");

    refuses("InvalidParameterValue", () -> make(DATABASE, inputs));
    assertThat(databases.isRunning("wrong")).isFalse();
  }

  @Test
  void subnetsOfOneZoneAreTooFewForADatabase() {
    refuses(
        "DBSubnetGroupDoesNotCoverEnoughAZs",
        () ->
            make(
                "aws:rds/subnetGroup:SubnetGroup",
                Map.of("name", "narrow", "subnetIds", subnets.subList(0, 1))));
  }

  // --- caches
  // --------------------------------------------------------------------------------------------------------

  private static void user(String id, String name) {
    make(
        USER,
        Map.of(
            "userId",
            id,
            "userName",
            name,
            "engine",
            "redis",
            "accessString",
            "off ~* -@all",
            "authenticationMode",
            Map.of("type", "no-password-required")));
  }

  private static Result redis(String address, String commands) {
    return Programs.run(
        java.time.Duration.ofMinutes(1),
        Machines.utf8(commands),
        List.of(
            "docker",
            "run",
            "--rm",
            "--interactive",
            "--network",
            NETWORK,
            "--volume",
            authority.file() + ":/authority.pem:ro",
            "--entrypoint",
            "redis-cli",
            Caches.IMAGE,
            "-h",
            address,
            "--tls",
            "--sni",
            address,
            "--cacert",
            "/authority.pem"));
  }

  @Test
  void aCacheLetsInWhomItsUsersSayOnceAHostHasGivenThePassword() {
    user("qa-default", "default");
    user("qa-app", "app");
    create(
        "aws:elasticache/userGroup:UserGroup",
        Map.of("userGroupId", "qa", "engine", "redis", "userIds", List.of("qa-default", "qa-app")));
    create(
        "aws:elasticache/parameterGroup:ParameterGroup",
        Map.of(
            "name",
            "qa",
            "family",
            "redis7",
            "parameters",
            List.of(Map.of("name", "maxmemory-policy", "value", "allkeys-lru"))));
    create("aws:elasticache/subnetGroup:SubnetGroup", Map.of("name", "qa", "subnetIds", subnets));
    Map<String, Object> group =
        Map.of(
            "replicationGroupId",
            "qa",
            "description",
            "a cache",
            "transitEncryptionEnabled",
            true,
            "parameterGroupName",
            "qa",
            "subnetGroupName",
            "qa",
            "userGroupIds",
            List.of("qa"));
    Handler.Made made = make("aws:elasticache/replicationGroup:ReplicationGroup", group);
    String address = Values.text(made.outputs().get("primaryEndpointAddress"));
    String password = "a-password-of-32-letters-or-more";
    String login = "AUTH app " + password + "\n";

    assertThat(redis(address, "GET a\n").output()).contains("NOAUTH");
    assertThat(redis(address, login).output()).contains("WRONGPASS");

    String answer =
        cacheHandlers.serve(
            Samples.query(
                "elasticache",
                "ModifyUser",
                "UserId",
                "qa-app",
                "AccessString",
                "on ~* +@all",
                "AuthenticationMode.Type",
                "password",
                "AuthenticationMode.Passwords.member.1",
                password));

    assertThat(answer).contains("<Status>active</Status>").doesNotContain(password);
    assertThat(redis(address, login + "SET a 7\nGET a\n").out()).contains("OK\nOK\n7");
    assertThat(redis(address, login + "CONFIG GET maxmemory-policy\n").output()).contains("NOPERM");
    assertThat(
            appliances
                .exec("cache-qa", null, "redis-admin", "CONFIG", "GET", "maxmemory-policy")
                .out())
        .contains("allkeys-lru");
    refuses(
        "InvalidUserGroupState",
        () -> handlers.delete(existing("aws:elasticache/userGroup:UserGroup", "qa", Map.of())));

    handlers.delete(existing("aws:elasticache/replicationGroup:ReplicationGroup", "qa", group));
    assertThat(
            handlers.exists(
                existing("aws:elasticache/replicationGroup:ReplicationGroup", "qa", group)))
        .isFalse();
  }
}
