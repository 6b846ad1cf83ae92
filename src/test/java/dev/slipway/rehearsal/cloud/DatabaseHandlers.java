package dev.slipway.rehearsal.cloud;

import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/**
 * RDS: real databases behind moto's records of them.
 *
 * <p>Sources of the rules: Amazon RDS User Guide, <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html">the
 * master's password in Secrets Manager</a> and <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html">restoring
 * from a snapshot</a>, which makes another instance, and <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.html">read
 * replicas</a>.
 */
final class DatabaseHandlers {
  private static final String PASSWORD_LETTERS =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#$%&()*+-.:;<=>?[]^_{|}~!";

  private static final String ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  /** The inputs of an instance, and what moto calls them. */
  private static final Map<String, String> PARAMETERS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("allocatedStorage", "AllocatedStorage"),
              Map.entry("autoMinorVersionUpgrade", "AutoMinorVersionUpgrade"),
              Map.entry("backupRetentionPeriod", "BackupRetentionPeriod"),
              Map.entry("backupWindow", "PreferredBackupWindow"),
              Map.entry("copyTagsToSnapshot", "CopyTagsToSnapshot"),
              Map.entry("dbSubnetGroupName", "DBSubnetGroupName"),
              Map.entry("deletionProtection", "DeletionProtection"),
              Map.entry("engine", "Engine"),
              Map.entry("engineVersion", "EngineVersion"),
              Map.entry("instanceClass", "DBInstanceClass"),
              Map.entry("kmsKeyId", "KmsKeyId"),
              Map.entry("maintenanceWindow", "PreferredMaintenanceWindow"),
              Map.entry("manageMasterUserPassword", "ManageMasterUserPassword"),
              Map.entry("masterUserSecretKmsKeyId", "MasterUserSecretKmsKeyId"),
              Map.entry("maxAllocatedStorage", "MaxAllocatedStorage"),
              Map.entry("multiAz", "MultiAZ"),
              Map.entry("parameterGroupName", "DBParameterGroupName"),
              Map.entry("password", "MasterUserPassword"),
              Map.entry("port", "Port"),
              Map.entry("publiclyAccessible", "PubliclyAccessible"),
              Map.entry("storageEncrypted", "StorageEncrypted"),
              Map.entry("storageType", "StorageType"),
              Map.entry("username", "MasterUsername"),
              Map.entry("dbName", "DBName"),
              Map.entry("vpcSecurityGroupIds", "VpcSecurityGroupIds.VpcSecurityGroupId")));

  private final AwsClient aws;
  private final AwsClient.Query rds;
  private final Databases databases;
  private final SecureRandom random = new SecureRandom();

  /** What instances were made with, by their identifiers, for those that are restored from them. */
  private final Map<String, Databases.Instance> instances = new ConcurrentHashMap<>();

  /** Those whose password RDS keeps. */
  private final Set<String> managed = ConcurrentHashMap.newKeySet();

  /** Whom a replica follows. */
  private final Map<String, String> primaries = new ConcurrentHashMap<>();

  /** Whose copy a snapshot is. */
  private final Map<String, Databases.Instance> snapshots = new ConcurrentHashMap<>();

  DatabaseHandlers(AwsClient aws, Databases databases) {
    this.aws = aws;
    rds = new AwsClient.Query(aws, "rds");
    this.databases = databases;
  }

  List<Handler> all() {
    return List.of(subnetGroup(), parameterGroup(), instance());
  }

  private void retag(String arn, Handler.Request request) {
    if (!request.tags().isEmpty()) {
      rds.call(
          "AddTagsToResource", Fields.of("ResourceName", arn).tags("Tags.Tag", request.tags()));
    }
  }

  private String arn(String kind, String name) {
    return aws.arn("rds", kind + ":" + name);
  }

  // --- groups
  // --------------------------------------------------------------------------------------------------------

  private Handler subnetGroup() {
    return Handler.of("aws:rds/subnetGroup:SubnetGroup")
        .create(
            request -> {
              List<String> subnets = request.strings("subnetIds");
              inTwoZones(subnets);
              String name = request.text("name");
              rds.call(
                  "CreateDBSubnetGroup",
                  request
                      .fields("DBSubnetGroupDescription=description:Managed by Pulumi")
                      .and(
                          "DBSubnetGroupName",
                          name,
                          "SubnetIds.SubnetIdentifier",
                          List.copyOf(subnets))
                      .tags("Tags.Tag", request.tags()));
              return Handler.Made.of(name, "arn", arn("subgrp", name));
            })
        .change(
            request -> {
              List<String> subnets = request.strings("subnetIds");
              inTwoZones(subnets);
              rds.call(
                  "ModifyDBSubnetGroup",
                  "DBSubnetGroupName",
                  request.id(),
                  "SubnetIds.SubnetIdentifier",
                  List.copyOf(subnets));
              retag(arn("subgrp", request.id()), request);
            })
        .delete(request -> rds.call("DeleteDBSubnetGroup", "DBSubnetGroupName", request.id()))
        .found(request -> rds.call("DescribeDBSubnetGroups", "DBSubnetGroupName", request.id()));
  }

  private void inTwoZones(List<String> subnets) {
    Set<String> zones = NetworkHandlers.zones(aws, subnets);
    if (zones.size() < 2) {
      throw new AwsError(
          "DBSubnetGroupDoesNotCoverEnoughAZs",
          "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ"
              + " coverage: "
              + String.join(", ", zones)
              + ". Add subnets to cover at least 2 AZs.");
    }
  }

  private Handler parameterGroup() {
    return Handler.of("aws:rds/parameterGroup:ParameterGroup")
        .create(
            request -> {
              String name = request.text("name");
              rds.call(
                  "CreateDBParameterGroup",
                  request
                      .fields("DBParameterGroupFamily=family", "Description:Managed by Pulumi")
                      .and("DBParameterGroupName", name)
                      .tags("Tags.Tag", request.tags()));
              setParameters(name, request);
              return Handler.Made.of(name, "arn", arn("pg", name));
            })
        .change(
            request -> {
              setParameters(request.id(), request);
              retag(arn("pg", request.id()), request);
            })
        .delete(request -> rds.call("DeleteDBParameterGroup", "DBParameterGroupName", request.id()))
        .found(
            request -> rds.call("DescribeDBParameterGroups", "DBParameterGroupName", request.id()));
  }

  private void setParameters(String group, Handler.Request request) {
    var query = new LinkedHashMap<>(Map.of("DBParameterGroupName", group));
    int n = 0;
    for (Map<String, Object> parameter : request.maps("parameters")) {
      String prefix = "Parameters.Parameter." + ++n + ".";
      query.put(prefix + "ParameterName", Values.text(parameter.get("name")));
      query.put(prefix + "ParameterValue", Values.text(parameter.get("value")));
      query.put(
          prefix + "ApplyMethod",
          String.valueOf(parameter.getOrDefault("applyMethod", "immediate")));
    }
    if (n > 0) {
      rds.call("ModifyDBParameterGroup", query);
    }
  }

  /** What of a parameter group the server takes as it is; a formula needs RDS's own machines. */
  private Map<String, String> parameters(String group) {
    var parameters = new LinkedHashMap<String, String>();
    if (group == null) {
      return parameters;
    }
    Xml described = rds.call("DescribeDBParameters", "DBParameterGroupName", group);
    for (Xml parameter :
        described
            .anywhere("Parameters")
            .map(list -> list.children("Parameter"))
            .orElse(List.of())) {
      String name = parameter.text("ParameterName");
      String value = parameter.text("ParameterValue");
      boolean ours = !name.startsWith("rds.") || name.equals("rds.force_ssl");
      if (ours && !value.isEmpty() && !value.contains("{")) {
        parameters.put(name, value);
      }
    }
    return parameters;
  }

  // --- instances
  // -----------------------------------------------------------------------------------------------------

  private Handler instance() {
    return Handler.of("aws:rds/instance:Instance")
        .create(this::create)
        .update(this::change)
        .delete(this::delete)
        .exists(request -> databases.isRunning(request.oldText("identifier")));
  }

  private Handler.Made create(Handler.Request request) {
    needsMonitoringRole(request);
    return request.has("replicateSourceDb") ? createReplica(request) : createInstance(request);
  }

  private static void needsMonitoringRole(Handler.Request request) {
    if (request.has("monitoringInterval")
        && request.number("monitoringInterval", 0) > 0
        && !request.has("monitoringRoleArn")) {
      throw new AwsError(
          "InvalidParameterCombination",
          "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other"
              + " than 0.");
    }
  }

  /** What one takes of its source is not asked for; the provider gives the rest afterwards. */
  private Handler.Made createReplica(Handler.Request request) {
    String source = request.text("replicateSourceDb");
    Databases.Instance primary = instances.get(source);
    if (primary == null) {
      throw new AwsError("DBInstanceNotFound", "DBInstance " + source + " not found.");
    }
    if (managed.contains(source)) {
      throw new AwsError(
          "InvalidParameterValue",
          "Creating read replicas for source instance with engine postgres where"
              + " ManageMasterUserPassword is enabled is not supported.");
    }
    if (request.has("password") || request.has("finalSnapshotIdentifier")) {
      throw new AwsError(
          "InvalidParameterCombination",
          "a read replica has no master password and no final snapshot of its own");
    }
    String identifier = request.text("identifier");
    Xml made =
        rds.call(
            "CreateDBInstanceReadReplica",
            request
                .fields(
                    "DBInstanceClass=instanceClass",
                    "AvailabilityZone=availabilityZone",
                    "DBParameterGroupName=parameterGroupName",
                    "MonitoringInterval=monitoringInterval",
                    "MonitoringRoleArn=monitoringRoleArn")
                .and("DBInstanceIdentifier", identifier, "SourceDBInstanceIdentifier", source)
                .tags("Tags.Tag", request.tags()));
    rds.call("ModifyDBInstance", "DBInstanceIdentifier", identifier, "DeletionProtection", false);
    String group = request.text("parameterGroupName");
    var instance =
        new Databases.Instance(
            identifier,
            made.need("Address"),
            primary.master(),
            primary.password(),
            primary.database(),
            group == null ? primary.parameters() : parameters(group));
    serve(identifier, () -> databases.follow(instance, primary));
    instances.put(identifier, instance);
    primaries.put(identifier, source);
    return made(request, made, instance);
  }

  /** The record goes when the server does not come. */
  private void serve(String identifier, Runnable start) {
    try {
      start.run();
    } catch (RuntimeException e) {
      rds.call("ModifyDBInstance", "DBInstanceIdentifier", identifier, "DeletionProtection", false);
      rds.call("DeleteDBInstance", "DBInstanceIdentifier", identifier, "SkipFinalSnapshot", true);
      throw e;
    }
  }

  private Handler.Made made(Handler.Request request, Xml record, Databases.Instance instance) {
    String identifier = instance.identifier();
    String id = "db-" + letters(ID_LETTERS, 26);
    long port = request.number("port", 5432);
    return Handler.Made.of(
        id,
        "resourceId",
        id,
        "arn",
        arn("db", identifier),
        "address",
        instance.address(),
        "availabilityZone",
        record.need("AvailabilityZone"),
        "endpoint",
        instance.address() + ":" + port,
        "port",
        port,
        "status",
        "available",
        "masterUserSecrets",
        managed.contains(identifier) ? List.of(masterSecret(identifier)) : List.of());
  }

  private Handler.Made createInstance(Handler.Request request) {
    if (!"postgres".equals(request.text("engine"))) {
      throw new AwsError(
          "InvalidParameterValue",
          "this emulated RDS has no engine " + request.text("engine") + ", only postgres");
    }
    String identifier = request.text("identifier");
    var query = Fields.of();
    PARAMETERS.forEach((input, parameter) -> query.and(parameter, request.inputs().get(input)));
    query.put("DBInstanceIdentifier", identifier);
    Xml made = rds.call("CreateDBInstance", query.tags("Tags.Tag", request.tags()));
    boolean keeps = request.flag("manageMasterUserPassword");
    String password = keeps ? newPassword() : request.text("password");
    if (keeps) {
      keepPassword(identifier, request.text("username"), password);
    }
    var instance =
        new Databases.Instance(
            identifier,
            made.need("Address"),
            request.text("username"),
            password,
            request.text("dbName", ""),
            parameters(request.text("parameterGroupName")));
    serve(identifier, () -> databases.start(instance, request.text("snapshotIdentifier")));
    instances.put(identifier, instance);
    if (keeps) {
      managed.add(identifier);
    }
    return made(request, made, instance);
  }

  private Map<String, Object> masterSecret(String identifier) {
    Xml described = rds.call("DescribeDBInstances", "DBInstanceIdentifier", identifier);
    return Fields.of(
        "secretArn",
        described.need("SecretArn"),
        "kmsKeyId",
        described.anywhere("MasterUserSecret").map(secret -> secret.text("KmsKeyId")).orElse(""),
        "secretStatus",
        "active");
  }

  /** moto's password is the same for everybody. */
  private void keepPassword(String identifier, String master, String password) {
    aws.json(
        "secretsmanager",
        "secretsmanager.PutSecretValue",
        Fields.of(
            "SecretId",
            masterSecret(identifier).get("secretArn"),
            "SecretString",
            AwsClient.GSON.toJson(Map.of("username", master, "password", password))));
  }

  private String newPassword() {
    return letters(PASSWORD_LETTERS, 28);
  }

  private String letters(String of, int count) {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(of.charAt(random.nextInt(of.length())));
    }
    return text.toString();
  }

  private Map<String, Object> change(Handler.Request request) {
    String identifier = request.oldText("identifier");
    var query = Fields.of();
    PARAMETERS.forEach(
        (input, parameter) -> {
          if (request.changed(input) && !input.equals("engine") && !input.equals("dbName")) {
            query.and(parameter, request.inputs().get(input));
          }
        });
    query.put("DBInstanceIdentifier", identifier);
    query.put("ApplyImmediately", "true");
    rds.call("ModifyDBInstance", query);
    retag(arn("db", identifier), request);
    return Map.of();
  }

  private void delete(Handler.Request request) {
    String identifier = request.oldText("identifier");
    if (request.oldFlag("deletionProtection")) {
      throw new AwsError(
          "InvalidParameterCombination",
          "Cannot delete protected DB Instance, please disable deletion protection and try again.");
    }
    boolean skips = request.oldFlag("skipFinalSnapshot");
    String last = request.oldText("finalSnapshotIdentifier");
    if (!skips && last == null) {
      throw new AwsError(
          "InvalidParameterCombination",
          "final_snapshot_identifier is required when skip_final_snapshot is false");
    }
    rds.call(
        "DeleteDBInstance",
        "DBInstanceIdentifier",
        identifier,
        "SkipFinalSnapshot",
        skips,
        "FinalDBSnapshotIdentifier",
        skips ? null : last);
    ended(identifier, skips ? null : last);
  }

  private void ended(String identifier, String lastSnapshot) {
    if (lastSnapshot != null) {
      copy(identifier, lastSnapshot);
    }
    databases.remove(identifier);
    instances.remove(identifier);
    managed.remove(identifier);
    String primary = primaries.remove(identifier);
    if (primary != null) {
      databases.forget(identifier, primary);
    }
    // Replicas of what is gone are instances of their own from then on.
    primaries.entrySet().stream()
        .filter(replica -> replica.getValue().equals(identifier))
        .map(Map.Entry::getKey)
        .toList()
        .forEach(this::promote);
  }

  private void promote(String identifier) {
    String primary = primaries.remove(identifier);
    if (primary == null) {
      throw new AwsError(
          "InvalidDBInstanceState", "DB Instance " + identifier + " is not a read replica.");
    }
    databases.promote(identifier, primary);
  }

  private void copy(String identifier, String snapshot) {
    databases.snapshot(identifier, snapshot);
    snapshots.put(snapshot, instances.get(identifier));
  }

  // --- what hosts and scripts do
  // ---------------------------------------------------------------------------------------

  /** Does to the databases what moto has agreed to for its records. */
  void happened(Call call) {
    Map<String, String> form = call.form();
    String identifier = form.get("DBInstanceIdentifier");
    switch (call.operation()) {
      case "CreateDBSnapshot" -> copy(identifier, form.get("DBSnapshotIdentifier"));
      case "DeleteDBSnapshot" -> {
        databases.removeSnapshot(form.get("DBSnapshotIdentifier"));
        snapshots.remove(form.get("DBSnapshotIdentifier"));
      }
      case "DeleteDBInstance" -> ended(identifier, form.get("FinalDBSnapshotIdentifier"));
      case "RestoreDBInstanceFromDBSnapshot" -> restore(form);
      case "ModifyDBInstance" -> modify(form);
      case "PromoteReadReplica" -> promote(identifier);
      case "CreateDBInstanceReadReplica" ->
          throw new AwsError(
              "UnsupportedOperation", "this emulated RDS makes replicas for the program alone");
      default -> {
        // Only a look.
      }
    }
  }

  private void restore(Map<String, String> form) {
    String identifier = form.get("DBInstanceIdentifier");
    String snapshot = form.get("DBSnapshotIdentifier").replaceFirst("^arn:.*:snapshot:", "");
    if (!"true".equalsIgnoreCase(form.get("DeletionProtection"))) {
      // The record has its origin's; in RDS a restored instance is protected only where that is
      // asked for.
      rds.call(
          "ModifyDBInstance", "DBInstanceIdentifier", identifier, "DeletionProtection", "false");
    }
    Databases.Instance origin = snapshots.get(snapshot);
    Xml made = rds.call("DescribeDBInstances", "DBInstanceIdentifier", identifier);
    String password = origin.password();
    if (made.anywhere("MasterUserSecret").isPresent()) {
      password = newPassword();
      keepPassword(identifier, origin.master(), password);
      managed.add(identifier);
    }
    String group = form.get("DBParameterGroupName");
    var instance =
        new Databases.Instance(
            identifier,
            made.need("Address"),
            origin.master(),
            password,
            origin.database(),
            group == null ? origin.parameters() : parameters(group));
    databases.start(instance, snapshot);
    instances.put(identifier, instance);
  }

  private void modify(Map<String, String> form) {
    String identifier = form.get("DBInstanceIdentifier");
    if (form.containsKey("NewDBInstanceIdentifier")) {
      throw new AwsError(
          "UnsupportedOperation", "this emulated RDS gives no instance another name");
    }
    String password = form.get("MasterUserPassword");
    if (password != null && primaries.containsKey(identifier)) {
      throw new AwsError(
          "InvalidParameterCombination",
          "Cannot change master user password on an RDS postgres Read Replica because it uses"
              + " physical replication and therefore cannot differ from its parent.");
    }
    if ("false".equals(form.get("ManageMasterUserPassword"))) {
      giveAway(identifier, password);
    } else if (password != null && managed.contains(identifier)) {
      throw new AwsError(
          "InvalidParameterCombination",
          "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword"
              + " enabled.");
    }
    if ("true".equals(form.get("RotateMasterUserPassword"))) {
      password = newPassword();
      keepPassword(identifier, instances.get(identifier).master(), password);
    }
    if (password != null) {
      databases.password(identifier, instances.get(identifier).master(), password);
      instances.computeIfPresent(identifier, withPassword(password));
    }
  }

  /** What is made of its copies later has this password. */
  private static BiFunction<String, Databases.Instance, Databases.Instance> withPassword(
      String password) {
    return (identifier, known) ->
        new Databases.Instance(
            known.identifier(),
            known.address(),
            known.master(),
            password,
            known.database(),
            known.parameters());
  }

  private void giveAway(String identifier, String password) {
    if (!managed.contains(identifier)) {
      throw new AwsError(
          "InvalidParameterCombination",
          "You cannot set ManageMasterUserPassword to false because the master user password is not"
              + " currently managed by RDS.");
    }
    if (password == null) {
      throw new AwsError(
          "InvalidParameterCombination",
          "You must specify MasterUserPassword when you set ManageMasterUserPassword to false.");
    }
    managed.remove(identifier);
  }
}
