package dev.slipway.database;

import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import dev.slipway.core.Problems;
import dev.slipway.core.SettingsBinder;
import dev.slipway.network.Network;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostgresDatabaseTest {
  private static final String INSTANCE = "aws:rds/instance:Instance";

  static PostgresSettings settings(Map<String, String> given) {
    return new SettingsBinder("slipway", new Problems())
        .bind(PostgresSettings.class, given)
        .orElseThrow();
  }

  private static FakeStack stack(Map<String, String> given) {
    return Trial.of(
        trial -> {
          var network = trial.network(Trial.ZONES);
          var database =
              new PostgresDatabase(
                  trial.called("database"),
                  network,
                  settings(given),
                  trial.identity(),
                  trial.part());
          database.grantUse(trial.identity().role("release", "ec2.amazonaws.com"));
          database.allowFrom(trial.fleet(network, Trial.hosts(1)));
        });
  }

  private final FakeStack ordinary = stack(Map.of());
  private final FakeResource instance = ordinary.only(INSTANCE);

  private static PostgresDatabase second(Trial trial, Network network, String name) {
    var given = Map.of("monitoringSeconds", "60", "name", name);
    return new PostgresDatabase(
        trial.called(name), network, settings(given), trial.identity(), trial.part());
  }

  /** A stack's only one is called database, and the names on hosts are those of before. */
  @Test
  void twoInOneStackTellHostsOfBoth() {
    var two =
        Trial.of(
            trial -> {
              var network = trial.network(Trial.ZONES);
              var shop = second(trial, network, "database");
              var reports = second(trial, network, "reports");
              var role = trial.identity().role("release", "ec2.amazonaws.com");
              shop.grantUse(role);
              reports.grantUse(role);
              var fleet = trial.fleet(network, Trial.hosts(1), shop, reports);
              shop.allowFrom(fleet);
              reports.allowFrom(fleet);
            });
    var told =
        JsonParser.parseString(two.only("aws:ssm/parameter:Parameter").text("value"))
            .getAsJsonObject();

    for (var name : List.of("database", "reports")) {
      var made = two.only(INSTANCE, name + "-instance");
      assertThat(told.get(name + "Host").getAsString()).isEqualTo(made.output("address"));
      assertThat(told.get(name + "Instance").getAsString()).isEqualTo(made.output("identifier"));
      assertThat(told.get(name + "Name").getAsString()).isEqualTo(name);
      assertThat(told.get(name + "MasterSecret").getAsString())
          .isEqualTo(made.output("masterUserSecrets[0].secretArn"));
      assertThat(two.ingressTo(name)).containsExactly(tcp(5432).from("fleet"));
    }
    assertThat(told.keySet())
        .filteredOn(key -> key.startsWith("database"))
        .containsExactlyInAnyOrder(
            "databaseHost",
            "databaseInstance",
            "databaseMasterSecret",
            "databaseName",
            "databasePort",
            "databaseSnapshotPrefix");
  }

  @Test
  void whatWouldBeToldTwiceByOneNameIsRefused() {
    assertThatThrownBy(
            () ->
                Trial.of(
                    trial -> {
                      var network = trial.network(Trial.ZONES);
                      var database = second(trial, network, "database");
                      trial.fleet(network, Trial.hosts(1), database, database);
                    }))
        .hasStackTraceContaining("hosts would be told of two things as databaseHost");
  }

  /** Scenario: Create RDS instance. */
  @Test
  void isPostgresql15InPrivateSubnetsWithBackups() {
    assertThat(instance.input("engine")).isEqualTo("postgres");
    assertThat(instance.input("engineVersion")).isEqualTo("15");
    assertThat(instance.input("publiclyAccessible")).isEqualTo(false);
    assertThat(instance.input("backupRetentionPeriod")).isEqualTo(7L);
    assertThat(instance.input("storageEncrypted")).isEqualTo(true);
    assertThat(ordinary.only("aws:rds/subnetGroup:SubnetGroup").input("subnetIds"))
        .isEqualTo(
            List.of("private-a", "private-b").stream()
                .map(role -> ordinary.only("aws:ec2/subnet:Subnet", role).output("id"))
                .toList());
  }

  /** Scenario: Configure RDS security groups. */
  @Test
  void isReachedFromTheHostsAloneAndReachesNobody() {
    assertThat(ordinary.ingressTo("database")).containsExactly(tcp(5432).from("fleet"));
    assertThat(ordinary.egressFrom("database")).isEmpty();
  }

  /** Scenario: Configure database parameters. */
  @Test
  void takesTlsAloneAndAsManyConnectionsAsItsMemoryAllows() {
    var group = ordinary.only("aws:rds/parameterGroup:ParameterGroup");
    var values =
        ((List<?>) group.input("parameters"))
            .stream()
                .map(parameter -> (Map<?, ?>) parameter)
                .collect(
                    Collectors.toMap(
                        parameter -> String.valueOf(parameter.get("name")),
                        parameter -> String.valueOf(parameter.get("value"))));

    assertThat(group.input("family")).isEqualTo("postgres15");
    assertThat(values)
        .containsEntry("rds.force_ssl", "1")
        .containsEntry("max_connections", "80")
        .containsEntry("log_min_duration_statement", "1000");
    assertThat(instance.input("parameterGroupName")).isEqualTo(group.output("name"));
    assertThat(instance.input("maintenanceWindow")).isEqualTo("sun:04:30-sun:05:30");
    assertThat(instance.input("backupWindow")).isEqualTo("03:00-04:00");
    assertThat(instance.input("applyImmediately")).isEqualTo(false);
  }

  @Test
  void hasAPasswordThatNobodyButRdsMakes() {
    assertThat(instance.input("manageMasterUserPassword")).isEqualTo(true);
    assertThat(instance.input("password")).isNull();
  }

  @ParameterizedTest
  @CsvSource({"true, true", "false, false"})
  void isDeletedOnPurposeAloneAndLeavesASnapshotInAnyCase(String protect, boolean kept) {
    var found = stack(Map.of("protect", protect)).only(INSTANCE);

    assertThat(found.isProtected()).isEqualTo(kept);
    assertThat(found.input("deletionProtection")).isEqualTo(kept);
    assertThat(found.input("skipFinalSnapshot")).isEqualTo(false);
    assertThat(found.input("finalSnapshotIdentifier")).isNotNull();
  }

  @Test
  void leavesASnapshotWhoseNameIsNewEveryTime() {
    assertThat(instance.text("finalSnapshotIdentifier"))
        .isEqualTo(ordinary.only("aws:rds/parameterGroup:ParameterGroup").output("name") + "-final")
        .matches("slipway-trial-db-[0-9a-f]{26}-final");
  }

  /** Scenario: Provision Production environment. */
  @Test
  void hasACopyInAnotherZoneWhereItIsAskedFor() {
    var multi = stack(Map.of("multiAz", "true", "instanceClass", "db.t3.small")).only(INSTANCE);

    assertThat(multi.input("multiAz")).isEqualTo(true);
    assertThat(multi.input("instanceClass")).isEqualTo("db.t3.small");
    assertThat(instance.input("multiAz")).isEqualTo(false);
  }

  @Test
  void isLookedIntoWhereThatIsAskedFor() {
    var watched = stack(Map.of("performanceInsights", "true", "monitoringSeconds", "60"));
    var found = watched.only(INSTANCE);
    var role = watched.arnOf("database-monitoring");

    assertThat(found.input("performanceInsightsEnabled")).isEqualTo(true);
    assertThat(found.input("performanceInsightsRetentionPeriod")).isEqualTo(7L);
    assertThat(found.input("monitoringInterval")).isEqualTo(60L);
    assertThat(found.input("monitoringRoleArn")).isEqualTo(role);
    assertThat(watched.trustOf("database-monitoring")).contains("monitoring.rds.amazonaws.com");
    assertThat(
            watched
                .policiesOf("database-monitoring")
                .evaluate(
                    Request.of(
                        role,
                        "logs:PutLogEvents",
                        "arn:aws:logs:us-east-1:123456789012:log-group:RDSOSMetrics:log-stream:db-1"))
                .allowed())
        .isTrue();
    assertThat(instance.input("monitoringRoleArn")).isNull();
  }

  private static boolean may(FakeStack stack, String action, String resource) {
    return stack
        .policiesOf("identity-release")
        .evaluate(Request.of(stack.arnOf("identity-release"), action, resource))
        .allowed();
  }

  @Test
  void letsHostsMakeTheApplicationsUserAsMasterOnce() {
    var secret = String.valueOf(instance.output("masterUserSecrets[0].secretArn"));

    assertThat(may(ordinary, "secretsmanager:GetSecretValue", secret)).isTrue();
    assertThat(may(ordinary, "secretsmanager:GetSecretValue", secret + "2")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "slipway-trial-release-20261121t101112z, true",
    "slipway-trial-final, false",
    "slipway-other-release-1, false"
  })
  void letsHostsKeepSnapshotsOfTheirReleasesAlone(String name, boolean own) {
    var snapshot = "arn:aws:rds:us-east-1:123456789012:snapshot:" + name;

    assertThat(may(ordinary, "rds:CreateDBSnapshot", snapshot)).isEqualTo(own);
    assertThat(may(ordinary, "rds:DeleteDBSnapshot", snapshot)).isEqualTo(own);
    assertThat(may(ordinary, "rds:DeleteDBInstance", String.valueOf(instance.output("arn"))))
        .isFalse();
  }

  @Test
  void letsHostsMakeNoSnapshotWhereNoneIsWanted() {
    assertThat(
            may(
                stack(Map.of("snapshotBeforeMigration", "false")),
                "rds:CreateDBSnapshot",
                "arn:aws:rds:us-east-1:123456789012:snapshot:slipway-trial-release-1"))
        .isFalse();
  }

  // --- with a replica

  private final FakeStack replicated =
      stack(Map.of("replica", "{}", "monitoringSeconds", "60", "performanceInsights", "true"));
  private final FakeResource replica = replicated.only(INSTANCE, "replica-instance");
  private final FakeResource primary = replicated.only(INSTANCE, "database-instance");

  @Test
  void aReplicaFollowsTheFirstInAnotherZoneAndIsAsLarge() {
    assertThat(replica.input("replicateSourceDb")).isEqualTo(primary.output("identifier"));
    assertThat(primary.output("availabilityZone")).isEqualTo("us-east-1a");
    assertThat(replica.input("availabilityZone")).isEqualTo("us-east-1b");
    assertThat(replica.input("instanceClass")).isEqualTo(primary.input("instanceClass"));
    assertThat(replica.input("parameterGroupName")).isEqualTo(primary.input("parameterGroupName"));
    assertThat(replica.input("vpcSecurityGroupIds"))
        .isEqualTo(primary.input("vpcSecurityGroupIds"));
    assertThat(replica.input("publiclyAccessible")).isEqualTo(false);
    assertThat(replica.input("storageEncrypted")).isEqualTo(true);
    // RDS takes neither of a replica.
    assertThat(replica.input("password")).isNull();
    assertThat(replica.input("finalSnapshotIdentifier")).isNull();
  }

  @Test
  void aReplicasMachineIsLookedIntoAsTheFirstOnes() {
    assertThat(replica.input("monitoringInterval")).isEqualTo(60L);
    assertThat(replica.input("monitoringRoleArn")).isEqualTo(primary.input("monitoringRoleArn"));
    assertThat(replica.input("performanceInsightsEnabled")).isEqualTo(true);
  }

  @Test
  void aReplicaHasNothingThatCouldBeLost() {
    assertThat(replica.isProtected()).isFalse();
    assertThat(replica.input("deletionProtection")).isEqualTo(false);
    assertThat(replica.input("skipFinalSnapshot")).isEqualTo(true);
    assertThat(replica.input("tags.slipway:reproducible")).isEqualTo("true");
  }

  @Test
  void aReplicaMayBeOfAnotherClass() {
    assertThat(
            stack(Map.of("replica", "{\"instanceClass\": \"db.t3.small\"}"))
                .only(INSTANCE, "replica-instance")
                .input("instanceClass"))
        .isEqualTo("db.t3.small");
  }

  @Test
  void hostsAreToldOfTheReplicaByItsOwnName() {
    var two =
        Trial.of(
            trial -> {
              var network = trial.network(Trial.ZONES);
              var database =
                  new PostgresDatabase(
                      trial.called("database"),
                      network,
                      settings(Map.of("replica", "{}")),
                      trial.identity(),
                      trial.part());
              trial.fleet(network, Trial.hosts(1), database);
            });
    var told =
        JsonParser.parseString(two.only("aws:ssm/parameter:Parameter").text("value"))
            .getAsJsonObject();
    var made = two.only(INSTANCE, "replica-instance");

    assertThat(told.get("replicaHost").getAsString()).isEqualTo(made.output("address"));
    assertThat(told.get("replicaPort").getAsString()).isEqualTo("5432");
    assertThat(told.get("replicaInstance").getAsString()).isEqualTo(made.output("identifier"));
    assertThat(told.get("databaseMasterSecret").getAsString())
        .isEqualTo(two.only("aws:secretsmanager/secret:Secret").output("arn"));
  }

  @Test
  void withAReplicaTheStackTakesThePasswordOverBeforeItIsMade() {
    var take = replicated.only("command:local:Command", "master-take");
    var secret = replicated.only("aws:secretsmanager/secret:Secret");

    assertThat(primary.input("manageMasterUserPassword")).isEqualTo(true);
    assertThat(take.text("create"))
        .isEqualTo(
            "./scripts/master-password.sh --instance %s --secret %s --region us-east-1"
                .formatted(primary.output("identifier"), secret.output("arn")))
        .isEqualTo(take.text("update"));
    assertThat(replica.waitsFor(take)).isTrue();
    assertThat(secret.isProtected()).isTrue();
    assertThat(secret.text("namePrefix")).startsWith("slipway/trial/rds/");
    assertThat(secret.input("kmsKeyId"))
        .isEqualTo(replicated.only("aws:kms/key:Key").output("arn"));
  }

  /** What the program would set it to would be in the state. */
  @Test
  void noPasswordIsInTheProgram() {
    assertThat(replicated.all())
        .allSatisfy(
            resource ->
                assertThat(resource.inputs()).doesNotContainKeys("password", "secretString"));
  }

  @Test
  void hostsReadTheSecretAndMayNotChangeTheDatabase() {
    var secret = String.valueOf(replicated.only("aws:secretsmanager/secret:Secret").output("arn"));

    assertThat(may(replicated, "secretsmanager:GetSecretValue", secret)).isTrue();
    assertThat(may(replicated, "secretsmanager:PutSecretValue", secret)).isFalse();
    assertThat(may(replicated, "rds:ModifyDBInstance", String.valueOf(primary.output("arn"))))
        .isFalse();
  }
}
