package dev.slipway.rehearsal.cloud;

import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * RDS: real databases behind moto's records of them.
 *
 * <p>Sources of the rules: Amazon RDS User Guide, <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html">the
 * master's password in Secrets Manager</a> and <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html">restoring
 * from a snapshot</a>, which makes another instance.
 */
final class DatabaseKinds {
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
  private final Databases databases;
  private final SecureRandom random = new SecureRandom();

  /** What instances were made with, by their identifiers, for those that are restored from them. */
  private final Map<String, Databases.Instance> instances = new ConcurrentHashMap<>();

  /** Whose copy a snapshot is. */
  private final Map<String, Databases.Instance> snapshots = new ConcurrentHashMap<>();

  DatabaseKinds(AwsClient aws, Databases databases) {
    this.aws = aws;
    this.databases = databases;
  }

  List<Kind> all() {
    return List.of(subnetGroup(), parameterGroup(), instance());
  }

  private Xml rds(String action, Map<String, String> parameters) {
    return aws.query("rds", action, parameters);
  }

  private Xml rds(String action, Object... parameters) {
    return rds(action, Kind.query(parameters));
  }

  private boolean isThere(String action, String parameter, String name) {
    try {
      rds(action, parameter, name);
      return true;
    } catch (AwsError e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  private static Map<String, String> tagged(Kind.Request request, Map<String, String> query) {
    var all = new LinkedHashMap<>(query);
    int n = 0;
    for (var tag : request.tags().entrySet()) {
      n++;
      all.put("Tags.Tag." + n + ".Key", tag.getKey());
      all.put("Tags.Tag." + n + ".Value", tag.getValue());
    }
    return all;
  }

  private void retag(String arn, Kind.Request request) {
    if (!request.tags().isEmpty()) {
      rds("AddTagsToResource", tagged(request, Map.of("ResourceName", arn)));
    }
  }

  private String arn(String kind, String name) {
    return "arn:aws:rds:" + aws.region() + ":" + EmulatedCloud.ACCOUNT + ":" + kind + ":" + name;
  }

  // --- groups
  // --------------------------------------------------------------------------------------------------------

  private Kind subnetGroup() {
    return Kind.of("aws:rds/subnetGroup:SubnetGroup")
        .create(
            request -> {
              List<String> subnets = Values.strings(request.inputs().get("subnetIds"));
              inTwoZones(subnets);
              String name = request.text("name");
              rds(
                  "CreateDBSubnetGroup",
                  tagged(
                      request,
                      Kind.query(
                          "DBSubnetGroupName",
                          name,
                          "DBSubnetGroupDescription",
                          request.text("description", "Managed by Pulumi"),
                          "SubnetIds.SubnetIdentifier",
                          List.copyOf(subnets))));
              return Kind.Made.of(name, "arn", arn("subgrp", name));
            })
        .update(
            request -> {
              List<String> subnets = Values.strings(request.inputs().get("subnetIds"));
              inTwoZones(subnets);
              rds(
                  "ModifyDBSubnetGroup",
                  "DBSubnetGroupName",
                  request.id(),
                  "SubnetIds.SubnetIdentifier",
                  List.copyOf(subnets));
              retag(arn("subgrp", request.id()), request);
              return Map.of();
            })
        .delete(request -> rds("DeleteDBSubnetGroup", "DBSubnetGroupName", request.id()))
        .exists(request -> isThere("DescribeDBSubnetGroups", "DBSubnetGroupName", request.id()));
  }

  private void inTwoZones(List<String> subnets) {
    var zones = new TreeSet<String>();
    for (String subnet : subnets) {
      zones.add(
          aws.query("ec2", "DescribeSubnets", Map.of("SubnetId.1", subnet))
              .need("availabilityZone"));
    }
    if (zones.size() < 2) {
      throw new AwsError(
          400,
          "DBSubnetGroupDoesNotCoverEnoughAZs",
          "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ"
              + " coverage: "
              + String.join(", ", zones)
              + ". Add subnets to cover at least 2 AZs.");
    }
  }

  private Kind parameterGroup() {
    return Kind.of("aws:rds/parameterGroup:ParameterGroup")
        .create(
            request -> {
              String name = request.text("name");
              rds(
                  "CreateDBParameterGroup",
                  tagged(
                      request,
                      Kind.query(
                          "DBParameterGroupName",
                          name,
                          "DBParameterGroupFamily",
                          request.text("family"),
                          "Description",
                          request.text("description", "Managed by Pulumi"))));
              setParameters(name, request);
              return Kind.Made.of(name, "arn", arn("pg", name));
            })
        .update(
            request -> {
              setParameters(request.id(), request);
              retag(arn("pg", request.id()), request);
              return Map.of();
            })
        .delete(request -> rds("DeleteDBParameterGroup", "DBParameterGroupName", request.id()))
        .exists(
            request -> isThere("DescribeDBParameterGroups", "DBParameterGroupName", request.id()));
  }

  private void setParameters(String group, Kind.Request request) {
    var query = new LinkedHashMap<>(Map.of("DBParameterGroupName", group));
    int n = 0;
    for (Map<String, Object> parameter : Values.maps(request.inputs().get("parameters"))) {
      String prefix = "Parameters.Parameter." + ++n + ".";
      query.put(prefix + "ParameterName", Values.text(parameter.get("name")));
      query.put(prefix + "ParameterValue", Values.text(parameter.get("value")));
      query.put(
          prefix + "ApplyMethod",
          String.valueOf(parameter.getOrDefault("applyMethod", "immediate")));
    }
    if (n > 0) {
      rds("ModifyDBParameterGroup", query);
    }
  }

  /** What of a parameter group the server takes as it is; a formula needs RDS's own machines. */
  private Map<String, String> parameters(String group) {
    var parameters = new LinkedHashMap<String, String>();
    if (group == null) {
      return parameters;
    }
    Xml described = rds("DescribeDBParameters", "DBParameterGroupName", group);
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

  private Kind instance() {
    return Kind.of("aws:rds/instance:Instance")
        .create(this::create)
        .update(this::change)
        .delete(this::delete)
        .exists(request -> databases.isRunning(request.oldText("identifier")));
  }

  private Kind.Made create(Kind.Request request) {
    if (!"postgres".equals(request.text("engine"))) {
      throw new AwsError(
          400,
          "InvalidParameterValue",
          "this emulated RDS has no engine " + request.text("engine") + ", only postgres");
    }
    String identifier = request.text("identifier");
    if (request.has("monitoringInterval")
        && request.number("monitoringInterval", 0) > 0
        && !request.has("monitoringRoleArn")) {
      throw new AwsError(
          400,
          "InvalidParameterCombination",
          "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other"
              + " than 0.");
    }
    var query = new LinkedHashMap<String, String>();
    PARAMETERS.forEach(
        (input, parameter) -> query.putAll(Kind.query(parameter, request.inputs().get(input))));
    query.put("DBInstanceIdentifier", identifier);
    Xml made = rds("CreateDBInstance", tagged(request, query));
    boolean managed = request.flag("manageMasterUserPassword");
    String password = managed ? newPassword() : request.text("password");
    if (managed) {
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
    try {
      databases.start(instance, request.text("snapshotIdentifier"));
    } catch (RuntimeException e) {
      rds("ModifyDBInstance", "DBInstanceIdentifier", identifier, "DeletionProtection", false);
      rds("DeleteDBInstance", "DBInstanceIdentifier", identifier, "SkipFinalSnapshot", true);
      throw e;
    }
    instances.put(identifier, instance);
    String id = "db-" + letters(ID_LETTERS, 26);
    long port = request.number("port", 5432);
    return Kind.Made.of(
        id,
        "resourceId",
        id,
        "arn",
        arn("db", identifier),
        "address",
        instance.address(),
        "endpoint",
        instance.address() + ":" + port,
        "port",
        port,
        "status",
        "available",
        "masterUserSecrets",
        managed ? List.of(masterSecret(identifier)) : List.of());
  }

  private Map<String, Object> masterSecret(String identifier) {
    Xml described = rds("DescribeDBInstances", "DBInstanceIdentifier", identifier);
    return Kind.map(
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
        Kind.map(
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

  private Map<String, Object> change(Kind.Request request) {
    String identifier = request.oldText("identifier");
    var query = new LinkedHashMap<String, String>();
    PARAMETERS.forEach(
        (input, parameter) -> {
          if (request.changed(input) && !input.equals("engine") && !input.equals("dbName")) {
            query.putAll(Kind.query(parameter, request.inputs().get(input)));
          }
        });
    query.put("DBInstanceIdentifier", identifier);
    query.put("ApplyImmediately", "true");
    rds("ModifyDBInstance", query);
    retag(arn("db", identifier), request);
    return Map.of();
  }

  private void delete(Kind.Request request) {
    String identifier = request.oldText("identifier");
    if (Boolean.TRUE.equals(request.old().get("deletionProtection"))) {
      throw new AwsError(
          400,
          "InvalidParameterCombination",
          "Cannot delete protected DB Instance, please disable deletion protection and try again.");
    }
    boolean skips = Boolean.TRUE.equals(request.old().get("skipFinalSnapshot"));
    String last = request.oldText("finalSnapshotIdentifier");
    if (!skips && last == null) {
      throw new AwsError(
          400,
          "InvalidParameterCombination",
          "final_snapshot_identifier is required when skip_final_snapshot is false");
    }
    rds(
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
      rds("ModifyDBInstance", "DBInstanceIdentifier", identifier, "DeletionProtection", "false");
    }
    Databases.Instance origin = snapshots.get(snapshot);
    Xml made = rds("DescribeDBInstances", "DBInstanceIdentifier", identifier);
    String password = origin.password();
    if (made.anywhere("MasterUserSecret").isPresent()) {
      password = newPassword();
      keepPassword(identifier, origin.master(), password);
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
          400, "UnsupportedOperation", "this emulated RDS gives no instance another name");
    }
    String password = form.get("MasterUserPassword");
    if ("true".equals(form.get("RotateMasterUserPassword"))) {
      password = newPassword();
      keepPassword(identifier, instances.get(identifier).master(), password);
    }
    if (password != null) {
      databases.password(identifier, instances.get(identifier).master(), password);
    }
  }
}
