package dev.slipway.database;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.aws.rds.enums.InstanceType;
import dev.slipway.core.Problems;
import dev.slipway.core.SettingsBinder;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresSettingsTest {
  private final Problems problems = new Problems();

  private Optional<PostgresSettings> settings(Map<String, String> given) {
    return new SettingsBinder("slipway", problems).bind(PostgresSettings.class, given);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version | 14 | \"14\" is none of 15, 16, 17",
        "instanceClass | db.t3.mikro | did you mean \"db.t3.micro\"?",
        "instanceClass | t3.micro | is not a class",
        "storageGiB | 10 | is not from 20",
        "maxStorageGiB | 21 | 21 is not from 22 to 65536; RDS takes no less than a tenth more",
        "instanceClass | db.t2.micro | takes no PostgreSQL 15; use a newer class",
        "instanceClass | db.m4.large | takes no PostgreSQL 15; use a newer class",
        "name | user | is a word that PostgreSQL or RDS keeps for itself",
        "name | rdsadmin | is a word that PostgreSQL or RDS keeps for itself",
        "name | postgres | is a word that PostgreSQL or RDS keeps for itself",
        "backupDays | 0 | is not from 1 to 35",
        "backupWindow | 3-4 | is not half an hour or more",
        "maintenanceWindow | sun:03:30-sun:04:30 | is open while backupWindow",
        "monitoringSeconds | 20 | is none of",
        "name | my-app | is not a name",
        "connectionLimit | 0 | is not from 1",
        "replica | {\"instanceClass\": \"db.t3.mikro\"} | did you mean",
        "replica | {\"instanceClass\": \"db.r4.large\"} | takes no PostgreSQL 15; use a newer class",
        "masterPassword | mine | is none of rds, stack",
        "snapshotKeep | 100 | an account has 100"
      })
  void sayWhatRdsWouldRefuse(String key, String value, String message) {
    assertThat(settings(Map.of(key, value))).isEmpty();
    assertThat(problems.found()).singleElement().asString().startsWith(key).contains(message);
  }

  /** It takes as many connections as the first, or it does not start. */
  @Test
  void takeNoReplicaThatIsSmallerThanTheDatabase() {
    assertThat(
            settings(
                Map.of(
                    "instanceClass",
                    "db.t3.small",
                    "replica",
                    "{\"instanceClass\": \"db.t3.micro\"}")))
        .isEmpty();
    assertThat(problems.found())
        .singleElement()
        .asString()
        .startsWith(
            "replica.instanceClass: \"db.t3.micro\" has less memory than the database's db.t3.small");
  }

  @Test
  void takeNoReplicaOfADatabaseWhosePasswordRdsKeeps() {
    assertThat(settings(Map.of("replica", "{}", "masterPassword", "rds"))).isEmpty();
    assertThat(problems.found())
        .singleElement()
        .asString()
        .startsWith("masterPassword: is rds, and RDS makes no replica");
  }

  @Test
  void leaveThePasswordToRdsUnlessThereIsAReplicaOrItIsSaid() {
    assertThat(settings(Map.of()).orElseThrow().keepsMasterPassword()).isFalse();
    assertThat(settings(Map.of("replica", "{}")).orElseThrow().keepsMasterPassword()).isTrue();
    assertThat(settings(Map.of("masterPassword", "stack")).orElseThrow().keepsMasterPassword())
        .isTrue();
  }

  /**
   * The classes that the program knows, each with every version: those that are let through take
   * all of its minor versions. A family that comes with another SDK is to be looked up first.
   */
  @ParameterizedTest
  @ValueSource(strings = {"15", "16", "17"})
  void takeTheClassesThatTakeEveryMinorVersion(String version) {
    var taken =
        Arrays.stream(InstanceType.values())
            .map(InstanceType::getValue)
            .filter(type -> settings(Map.of("instanceClass", type, "version", version)).isPresent())
            .map(type -> type.split("\\.")[1])
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(taken).containsExactly("m5", "m6g", "r5", "r6g", "t3", "t4g");
  }

  @ParameterizedTest
  @CsvSource({"db.t3.micro, 80", "db.t3.small, 160", "db.r6g.large, 1280", "db.m5.16xlarge, "})
  void giveConnectionsByTheMemoryOfTheInstance(String instanceClass, Integer connections) {
    assertThat(
            settings(Map.of("instanceClass", instanceClass)).map(PostgresSettings::maxConnections))
        .isEqualTo(Optional.ofNullable(connections));
  }

  /** Scenario: Configure database parameters. */
  @ParameterizedTest
  @CsvSource({"1, 1, 5, true", "2, 2, 8, true", "2, 2, 9, false", "20, 2, 1, false"})
  void haveConnectionsForAllHostsWhileARelease(
      int hosts, int applications, int limit, boolean enough) {
    var database = settings(Map.of("connectionLimit", String.valueOf(limit))).orElseThrow();

    assertThat(database.tooFewConnections(hosts, applications).isEmpty()).isEqualTo(enough);
  }

  @Test
  void sayWhatWouldBeEnough() {
    assertThat(
            settings(Map.of("connectionLimit", "20")).orElseThrow().tooFewConnections(2, 1).get())
        .contains("95 connections", "a db.t3.micro takes 80", "use at most 16");
  }
}
