package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * RDS's instances: a PostgreSQL each, which speaks TLS under its endpoint's name and has a master
 * that is no superuser; replicas, which follow one by streaming; and snapshots, which are copies of
 * all that is in one.
 */
final class Databases {
  static final String IMAGE = "slipway-rehearsal/postgres:15";

  /** What an instance is. */
  record Instance(
      String identifier,
      String address,
      String master,
      String password,
      String database,
      Map<String, String> parameters) {}

  private final Appliances appliances;
  private final Path snapshots;

  /** With which replicas log in, that of RDS's own administration. */
  private final String replication = UUID.randomUUID().toString();

  Databases(Appliances appliances) {
    this.appliances = appliances;
    snapshots = appliances.folder("snapshots");
  }

  private static String name(String identifier) {
    return "db-" + identifier;
  }

  /**
   * Starts an instance.
   *
   * @param snapshot what it begins with, or null for an empty one
   */
  void start(Instance instance, String snapshot) {
    start(
        instance,
        snapshot == null ? List.of() : List.of("--volume", file(snapshot) + ":/snapshot.tar:ro"));
  }

  /** Starts an instance that follows another one, whatever that writes. */
  void follow(Instance instance, Instance primary) {
    start(
        instance,
        List.of(
            "--env", "PRIMARY_HOST=" + primary.address(),
            "--env", "PRIMARY_SLOT=" + slot(instance.identifier())));
  }

  private void start(Instance instance, List<String> more) {
    String name = name(instance.identifier());
    Path password = appliances.write(name, "password", instance.password());
    Path replicas = appliances.write(name, "replication", replication);
    var options =
        new ArrayList<>(
            List.of(
                "--volume", password + ":/run/master-password:ro",
                "--volume", replicas + ":/run/replication-password:ro",
                "--env", "POSTGRES_PASSWORD_FILE=/run/master-password",
                "--env", "REPLICATION_PASSWORD_FILE=/run/replication-password",
                "--env", "POSTGRES_USER=" + instance.master(),
                "--env", "POSTGRES_DB=" + instance.database()));
    options.addAll(more);
    var command = new ArrayList<>(List.of("postgres"));
    instance.parameters().forEach((key, value) -> command.addAll(List.of("-c", key + "=" + value)));
    appliances.start(
        name,
        IMAGE,
        instance.address(),
        options,
        command,
        // It answers over the network when all is made, and only then.
        List.of("pg_isready", "--quiet", "--host", "127.0.0.1"));
  }

  /** What its primary keeps for it until it has it. */
  private static String slot(String replica) {
    return "replica_" + replica.replace('-', '_');
  }

  /** Ends a replica's following: from now on it is written to. */
  void promote(String identifier, String primary) {
    query(identifier, "postgres", "SELECT pg_promote()");
    forget(identifier, primary);
  }

  /** Keeps nothing more for a replica, which is gone or follows no more. */
  void forget(String replica, String primary) {
    // One that is lost keeps nothing for anybody.
    if (appliances.runs(name(primary))) {
      query(
          primary,
          "postgres",
          // Who reads it may take a moment to notice that nobody is there any more.
          """
          DO $$ BEGIN
            WHILE EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '%1$s' AND active) LOOP
              PERFORM pg_terminate_backend(active_pid) FROM pg_replication_slots
                WHERE slot_name = '%1$s' AND active_pid IS NOT NULL;
              PERFORM pg_sleep(0.05);
            END LOOP;
            PERFORM pg_drop_replication_slot(slot_name) FROM pg_replication_slots
              WHERE slot_name = '%1$s';
          END $$"""
              .formatted(slot(replica)));
    }
  }

  /** Stops one, as a machine that fails does. */
  void fail(String identifier) {
    appliances.kill(name(identifier));
  }

  /** Starts one again that has failed, with all that it had. */
  void recover(String identifier) {
    appliances.startAgain(
        name(identifier), List.of("pg_isready", "--quiet", "--host", "127.0.0.1"));
  }

  /** Changes the master's password, as RDS does when it rotates it. */
  void password(String identifier, String master, String password) {
    appliances.write(name(identifier), "password", password);
    appliances.need(
        name(identifier), password.getBytes(StandardCharsets.UTF_8), "set-password", master);
  }

  boolean isRunning(String identifier) {
    return appliances.isThere(name(identifier));
  }

  /** What RDS's own administrator sees. */
  String query(String identifier, String database, String sql) {
    Result result =
        appliances.exec(
            name(identifier),
            sql.getBytes(StandardCharsets.UTF_8),
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set",
            "ON_ERROR_STOP=1",
            "--dbname",
            database);
    if (!result.ok()) {
      throw new IllegalStateException(identifier + ": " + sql + ": " + result.output().strip());
    }
    return result.out().strip();
  }

  /** What it has logged, as CloudWatch Logs would have it. */
  String log(String identifier) {
    return appliances.log(name(identifier));
  }

  void remove(String identifier) {
    appliances.remove(name(identifier));
  }

  // --- snapshots
  // -----------------------------------------------------------------------------------------------------

  private Path file(String snapshot) {
    return snapshots.resolve(snapshot + ".tar");
  }

  void snapshot(String identifier, String snapshot) {
    appliances.save(name(identifier), file(snapshot), "snapshot");
  }

  boolean hasSnapshot(String snapshot) {
    return Files.exists(file(snapshot));
  }

  void removeSnapshot(String snapshot) {
    try {
      Files.deleteIfExists(file(snapshot));
    } catch (IOException e) {
      throw new IllegalStateException(file(snapshot) + ": cannot be removed: " + e.getMessage(), e);
    }
  }
}
