package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** RDS: databases with their groups and snapshots, told by the beginning of their names. */
final class Rds {
  private static final Prices PRICES =
      Prices.of(
              "rds",
              "https://aws.amazon.com/rds/postgresql/pricing/",
              "2025-06-30",
              """
          postgres-db.t4g.micro   us-east-1  0.016  hour
          postgres-db.t4g.small   us-east-1  0.032  hour
          postgres-db.t4g.medium  us-east-1  0.065  hour
          postgres-db.t4g.large   us-east-1  0.129  hour
          postgres-db.t3.micro    us-east-1  0.018  hour
          postgres-db.t3.small    us-east-1  0.036  hour
          postgres-db.t3.medium   us-east-1  0.072  hour
          postgres-db.m6g.large   us-east-1  0.159  hour
          postgres-db.r6g.large   us-east-1  0.225  hour
          gp3                     us-east-1  0.115  GB-month
          backup                  us-east-1  0.095  GB-month beyond the database's size
          """)
          // AWS's price list of the region, by which others say what they pay.
          .and(
              "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonRDS/current/eu-central-1/index.csv",
              "2026-09-18",
              """
              postgres-db.t4g.micro  eu-central-1  0.019  hour
              postgres-db.t4g.small  eu-central-1  0.037  hour
              postgres-db.t3.micro   eu-central-1  0.021  hour
              gp3                    eu-central-1  0.137  GB-month
              backup                 eu-central-1  0.103  GB-month beyond the database's size
              """);

  /** RDS's own secrets are known by their names, which nobody else's can have. */
  private static final String SECRETS = "secret:rds!db-*";

  static final List<AwsType> TYPES =
      List.of(
          // No system makes these two; house rules ask about them.
          AwsType.of("aws:rds/cluster:Cluster")
              .autoNamed("clusterIdentifier")
              .keeps("database")
              .breaksUnless(
                  "encryption-at-rest",
                  "storageEncrypted",
                  "is not encrypted; set storageEncrypted")
              .computes(Rds::masterSecret)
              .replacedBy(
                  "availabilityZones",
                  "clusterIdentifier",
                  "clusterIdentifierPrefix",
                  "databaseName",
                  "dbSubnetGroupName",
                  "engine",
                  "kmsKeyId",
                  "masterUsername",
                  "snapshotIdentifier",
                  "storageEncrypted"),
          AwsType.of("aws:rds/clusterInstance:ClusterInstance")
              .breaks("public-database", Rds::isPublic)
              .replacedBy(
                  "availabilityZone",
                  "clusterIdentifier",
                  "dbSubnetGroupName",
                  "engine",
                  "identifier",
                  "identifierPrefix"),
          AwsType.of("aws:rds/subnetGroup:SubnetGroup")
              .heldWhileUsed()
              .free()
              .namedOrPrefixed("name", 1, 255, NameLimit.IDENTIFIER, NameLimit.IDENTIFIER_PREFIX)
              .replacedBy("name", "namePrefix")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:rds:{region}:{account}:subgrp:{name}")
              .toDeploy(
                  keep(
                      "rds:CreateDBSubnetGroup",
                      "rds:DeleteDBSubnetGroup",
                      "rds:DescribeDBSubnetGroups",
                      "rds:ModifyDBSubnetGroup"),
                  tags())
              .toRefresh(see("rds:DescribeDBSubnetGroups", "rds:ListTagsForResource")),
          AwsType.of("aws:rds/parameterGroup:ParameterGroup")
              .heldWhileUsed()
              .free()
              .namedOrPrefixed("name", 1, 255, NameLimit.IDENTIFIER, NameLimit.IDENTIFIER_PREFIX)
              .replacedBy("description", "family", "name", "namePrefix")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:rds:{region}:{account}:pg:{name}")
              .toDeploy(
                  keep(
                      "rds:CreateDBParameterGroup",
                      "rds:DeleteDBParameterGroup",
                      "rds:DescribeDBParameterGroups",
                      "rds:DescribeDBParameters",
                      "rds:ModifyDBParameterGroup",
                      "rds:ResetDBParameterGroup"),
                  tags())
              .toRefresh(
                  see(
                      "rds:DescribeDBParameterGroups",
                      "rds:DescribeDBParameters",
                      "rds:ListTagsForResource")),
          AwsType.of("aws:rds/instance:Instance")
              .autoNamed("identifier")
              .keeps("database")
              .leaves(
                  Leftover.snapshots(
                      "rds describe-db-snapshots --snapshot-type manual",
                      "DBSnapshots",
                      "DBSnapshotIdentifier",
                      "aws rds delete-db-snapshot --db-snapshot-identifier"))
              .drawn(
                  Drawing.card(Icon.DATABASE)
                      .details(
                          database ->
                              List.of(
                                  isReplica(database)
                                      ? "read replica"
                                      : database.text("engine")
                                          + " "
                                          + database.text("engineVersion"),
                                  database.text("instanceClass")
                                      + (database.is("multiAz") ? ", two zones" : "")))
                      // A replica is in the group of whom it follows.
                      .in(database -> Ec2.subnetsOf(primary(database), "dbSubnetGroupName")))
              .breaksUnless(
                  "encryption-at-rest",
                  "storageEncrypted",
                  "is not encrypted; set storageEncrypted")
              .breaks("public-database", Rds::isPublic)
              .inWords(
                  database ->
                      isReplica(database)
                          ? "replica of %s, %s"
                              .formatted(
                                  database.named("replicateSourceDb"),
                                  database.text("instanceClass"))
                          : "%s %s, %s"
                              .formatted(
                                  database.text("engine"),
                                  database.text("engineVersion"),
                                  database.text("instanceClass")))
              .costs(Rds::database)
              .namedOrPrefixed(
                  "identifier", 1, 63, NameLimit.IDENTIFIER, NameLimit.IDENTIFIER_PREFIX)
              .named("finalSnapshotIdentifier", 1, 255, NameLimit.IDENTIFIER)
              .onlyNewer("engineVersion")
              .onlyGrows("allocatedStorage")
              .neverChanges(
                  "dbName",
                  "engine",
                  "username",
                  "availabilityZone",
                  "kmsKeyId",
                  "storageEncrypted")
              .replacedBy(
                  "availabilityZone",
                  "characterSetName",
                  "dbName",
                  "engine",
                  "kmsKeyId",
                  "ncharCharacterSetName",
                  "snapshotIdentifier",
                  "storageEncrypted",
                  "timezone",
                  "username")
              // The provider refuses another source, and the program has it replace.
              .replacedWhen(
                  "replicateSourceDb",
                  (before, after) ->
                      before.get("replicateSourceDb") != null
                          && after.get("replicateSourceDb") != null)
              .computes("availabilityZone", "{region}a")
              .computes(Rds::masterSecret)
              .computes("id", "db-{letters26}")
              .computes("resourceId", "{id}")
              .computes("arn", "arn:aws:rds:{region}:{account}:db:{identifier}")
              .computes("address", "{identifier}.{hex12}.{region}.rds.amazonaws.com")
              .computes("port", "5432")
              .computes("endpoint", "{address}:{port}")
              .computes("hostedZoneId", "Z2R2ITUGPM61AM")
              .computes("status", "available")
              .toDeploy(
                  // The provider asks for a database by an id that its ARN doesn't have; and
                  // what is left of a stack is told by its name among all.
                  stack ->
                      Statement.allow("FindDatabase")
                          .actions("rds:DescribeDBInstances", "rds:DescribeDBSnapshots")
                          .resources(stack.arn("rds", "db:*"), stack.arn("rds", "snapshot:*")),
                  keep(
                      "rds:CreateDBInstance",
                      // On the source, the replica and its groups: see
                      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
                      "rds:CreateDBInstanceReadReplica",
                      "rds:CreateDBSnapshot",
                      "rds:DeleteDBInstance",
                      "rds:DescribeDBInstances",
                      "rds:ModifyDBInstance",
                      "rds:RebootDBInstance"),
                  tags(),
                  stack ->
                      Statement.allow("UseOptionsOfRds")
                          .actions(
                              "rds:CreateDBInstance",
                              "rds:CreateDBInstanceReadReplica",
                              "rds:ModifyDBInstance")
                          .resources(stack.arn("rds", "og:default*")),
                  // Who makes the database may set its master's password, and needs the place to
                  // write it to where the stack keeps it. Nobody but hosts reads it there.
                  stack ->
                      Statement.allow("TakeMasterPassword")
                          .actions(
                              "secretsmanager:ListSecretVersionIds",
                              "secretsmanager:PutSecretValue",
                              "secretsmanager:UpdateSecretVersionStage")
                          .resources(
                              stack.arn(
                                  "secretsmanager",
                                  "secret:slipway/" + stack.stack().name() + "/rds/*")),
                  // RDS makes the secret of the master's password by the right of whoever makes the
                  // database.
                  stack ->
                      Statement.allow("LetRdsKeepItsPassword")
                          .actions("secretsmanager:CreateSecret", "secretsmanager:TagResource")
                          .resources(stack.arn("secretsmanager", SECRETS)),
                  // And looks at the account's own key for secrets, aws/secretsmanager, which
                  // has no tags and which the first look makes.
                  stack ->
                      Statement.allow("LetRdsSeeTheKeyOfSecrets")
                          .actions("kms:DescribeKey")
                          .resources(Kms.keys(stack))
                          .when("Null", Scopes.HAS + Stack.OWNER, "true")
                          .when(
                              "ForAllValues:StringEquals",
                              "kms:ResourceAliases",
                              "alias/aws/secretsmanager"),
                  // Its own metrics of the machine.
                  Iam.pass("monitoring.rds.amazonaws.com"),
                  Iam.serviceLinkedRole("rds.amazonaws.com"))
              .toRefresh(
                  any ->
                      Statement.allow("FindDatabases")
                          .actions("rds:DescribeDBInstances")
                          .resources(any.arn("rds", "db:*")),
                  see("rds:DescribeDBInstances", "rds:ListTagsForResource"))
              .within(
                  stack ->
                      Statement.allow("SecretOfOwnDatabase")
                          .actions("secretsmanager:GetSecretValue")
                          .resources(stack.arn("secretsmanager", SECRETS))
                          .when(
                              "ArnLike",
                              "aws:ResourceTag/aws:rds:primaryDBInstanceArn",
                              database(stack)),
                  stack ->
                      Statement.allow("OwnSnapshots")
                          .actions("rds:CreateDBSnapshot", "rds:DescribeDBSnapshots")
                          .resources(database(stack), snapshots(stack)),
                  stack ->
                      Statement.allow("KeepOwnSnapshots")
                          .actions("rds:AddTagsToResource", "rds:DeleteDBSnapshot")
                          .resources(snapshots(stack)),
                  stack ->
                      Statement.allow("MetricsOfDatabases")
                          .actions(
                              "logs:CreateLogGroup",
                              "logs:CreateLogStream",
                              "logs:DescribeLogStreams",
                              "logs:GetLogEvents",
                              "logs:PutLogEvents",
                              "logs:PutRetentionPolicy")
                          .resources(
                              stack.arn("logs", "log-group:RDSOSMetrics"),
                              stack.arn("logs", "log-group:RDSOSMetrics:*"))));

  private Rds() {}

  private static boolean isReplica(PlannedResource database) {
    return !database.text("replicateSourceDb").isEmpty();
  }

  /** The instance that this one follows, or this one. */
  private static PlannedResource primary(PlannedResource database) {
    return database.follow("replicateSourceDb").orElse(database);
  }

  /** RDS's own secret with the master's password. */
  private static Map<String, Object> masterSecret(NewResource database) {
    var account = ":" + database.region() + ":" + database.account() + ":";
    return Boolean.TRUE.equals(database.input("manageMasterUserPassword"))
        ? Map.of(
            "masterUserSecrets",
            List.of(
                Map.of(
                    "secretArn",
                    "arn:aws:secretsmanager"
                        + account
                        + "secret:rds!db-"
                        + database.hex("secret", 32),
                    "secretStatus",
                    "active",
                    "kmsKeyId",
                    "arn:aws:kms" + account + "key/" + database.hex("key", 32))))
        : Map.of();
  }

  private static String isPublic(PlannedResource database) {
    return database.is("publiclyAccessible")
        ? "has a public address; leave publiclyAccessible out"
        : "";
  }

  private static List<Charge> database(PlannedResource database) {
    int zones = database.is("multiAz") ? 2 : 1;
    var type = database.text("instanceClass");
    var storage = database.text("storageType");
    var result = new ArrayList<Charge>();
    result.add(Charge.hourly(PRICES, primary(database).text("engine") + "-" + type, type, zones));
    if (database.value("allocatedStorage") instanceof Number size) {
      result.add(
          Charge.of(
              PRICES,
              storage.isEmpty() ? "gp2" : storage,
              "storage",
              Ec2.number(size).multiply(BigDecimal.valueOf(zones))));
    }
    if (!isReplica(database)) {
      result.add(Charge.usageBased(PRICES, "backup", "backups and snapshots"));
    }
    return result;
  }

  private static Right keep(String... actions) {
    return stack ->
        Statement.allow("KeepDatabase")
            .actions(actions)
            .resources(stack.arn("rds", "*:" + stack.named("*")));
  }

  private static Right tags() {
    return keep("rds:AddTagsToResource", "rds:ListTagsForResource", "rds:RemoveTagsFromResource");
  }

  private static Right see(String... actions) {
    return any ->
        Statement.allow("SeeDatabases").actions(actions).resources(any.arn("rds", "*:slipway-*"));
  }

  private static String database(Target stack) {
    return stack.arn("rds", "db:" + stack.named("*"));
  }

  /** Those that hosts make before migrations. */
  private static String snapshots(Target stack) {
    return stack.arn("rds", "snapshot:" + stack.named("release-*"));
  }
}
