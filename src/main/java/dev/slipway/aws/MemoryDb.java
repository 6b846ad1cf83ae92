package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;

/** MemoryDB: durable caches with their groups and users, told by the beginning of their names. */
final class MemoryDb {
  /** None is known yet. */
  private static final Prices PRICES =
      Prices.of("memorydb", "https://aws.amazon.com/memorydb/pricing/", "2025-06-30", "");

  static final List<AwsType> TYPES =
      List.of(
          type("subnetGroup:SubnetGroup", "memorydb:DescribeSubnetGroups")
              .free()
              .named("name", 1, 255, NameLimit.IDENTIFIER)
              .replacedBy("name", "namePrefix")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:memorydb:{region}:{account}:subnetgroup/{name}")
              .toDeploy(
                  keep(
                      "memorydb:CreateSubnetGroup",
                      "memorydb:DeleteSubnetGroup",
                      "memorydb:UpdateSubnetGroup")),
          type("user:User", "memorydb:DescribeUsers")
              .free()
              .named("userName", 1, 40, NameLimit.IDENTIFIER)
              .replacedBy("userName")
              .computes("id", "{userName}")
              .computes("arn", "arn:aws:memorydb:{region}:{account}:user/{userName}")
              .toDeploy(keep("memorydb:CreateUser", "memorydb:DeleteUser", "memorydb:UpdateUser"))
              // The application's, whose password hosts change.
              .within(
                  stack ->
                      Statement.allow("OwnUsersOfMemoryDb")
                          .actions("memorydb:DescribeUsers", "memorydb:UpdateUser")
                          .resources(stack.arn("memorydb", "user/" + stack.named("app")))),
          type("acl:Acl", "memorydb:DescribeAcls")
              .free()
              .named("name", 1, 40, NameLimit.IDENTIFIER)
              .replacedBy("name", "namePrefix")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:memorydb:{region}:{account}:acl/{name}")
              .toDeploy(keep("memorydb:CreateAcl", "memorydb:DeleteAcl", "memorydb:UpdateAcl")),
          type("cluster:Cluster", "memorydb:DescribeClusters")
              .keeps("cache")
              .leaves(
                  Leftover.snapshots(
                      "memorydb describe-snapshots --source manual",
                      "Snapshots",
                      "Name",
                      "aws memorydb delete-snapshot --snapshot-name"))
              .drawn(
                  Drawing.card(Icon.DATABASE)
                      .details(cluster -> List.of("MemoryDB", cluster.text("nodeType")))
                      .in(cluster -> Ec2.subnetsOf(cluster, "subnetGroupName")))
              .breaks(
                  "encryption-at-rest",
                  cluster ->
                      Boolean.FALSE.equals(cluster.value("tlsEnabled"))
                          ? "is not encrypted in transit; leave tlsEnabled out"
                          : "")
              .inWords(cluster -> cluster.text("nodeType") + ", keeps every write")
              .costs(MemoryDb::nodes)
              .named("name", 1, 40, NameLimit.IDENTIFIER)
              .named("finalSnapshotName", 1, 255, NameLimit.IDENTIFIER)
              .onlyNewer("engineVersion")
              .replacedBy(
                  "autoMinorVersionUpgrade",
                  "dataTiering",
                  "kmsKeyArn",
                  "name",
                  "namePrefix",
                  "port",
                  "snapshotArns",
                  "snapshotName",
                  "subnetGroupName",
                  "tlsEnabled")
              .computes(MemoryDb::endpoints)
              .computes("id", "{name}")
              .computes("arn", "arn:aws:memorydb:{region}:{account}:cluster/{name}")
              .toDeploy(
                  keep(
                      "memorydb:CreateCluster",
                      "memorydb:CreateSnapshot",
                      "memorydb:DeleteCluster",
                      "memorydb:UpdateCluster"),
                  stack ->
                      Statement.allow("UseParametersOfMemoryDb")
                          .actions("memorydb:CreateCluster", "memorydb:UpdateCluster")
                          .resources(stack.arn("memorydb", "parametergroup/default.*")),
                  // What is left of a stack is told by its name among all.
                  stack ->
                      Statement.allow("FindSnapshotsOfMemoryDb")
                          .actions("memorydb:DescribeSnapshots")
                          .resources(stack.arn("memorydb", "snapshot/*")),
                  Iam.serviceLinkedRole("memorydb.amazonaws.com")));

  private MemoryDb() {}

  private static Map<String, Object> endpoints(NewResource cluster) {
    var host =
        "clustercfg.%s.%s.memorydb.%s.amazonaws.com"
            .formatted(cluster.name(), cluster.hex("host", 6), cluster.region());
    return Map.of("clusterEndpoints", List.of(Map.of("address", host, "port", 6379)));
  }

  private static List<Charge> nodes(PlannedResource cluster) {
    int shards = cluster.value("numShards") instanceof Number given ? given.intValue() : 1;
    int copies =
        cluster.value("numReplicasPerShard") instanceof Number given ? given.intValue() : 1;
    var type = cluster.text("nodeType");
    return List.of(Charge.hourly(PRICES, type, type, shards * (copies + 1)));
  }

  /** A type with what reads it. */
  private static AwsType type(String type, String reads) {
    return AwsType.of("aws:memorydb/" + type)
        .toDeploy(
            keep(reads, "memorydb:ListTags", "memorydb:TagResource", "memorydb:UntagResource"))
        .toRefresh(see(reads, "memorydb:ListTags"));
  }

  private static Right keep(String... actions) {
    return stack ->
        Statement.allow("KeepDurableCache")
            .actions(actions)
            .resources(stack.arn("memorydb", "*/" + stack.named("*")));
  }

  private static Right see(String... actions) {
    return any ->
        Statement.allow("SeeDurableCaches")
            .actions(actions)
            .resources(any.arn("memorydb", "*/slipway-*"));
  }
}
