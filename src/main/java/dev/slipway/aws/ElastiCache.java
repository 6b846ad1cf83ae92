package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.identity.Statement;
import java.util.List;

/** ElastiCache: caches with their groups and users, told by the beginning of their names. */
final class ElastiCache {
  private static final Prices PRICES =
      Prices.of(
          "elasticache",
          "https://aws.amazon.com/elasticache/pricing/",
          "2025-06-30",
          """
          cache.t4g.micro   us-east-1  0.016  hour
          cache.t4g.small   us-east-1  0.032  hour
          cache.t4g.medium  us-east-1  0.065  hour
          cache.t3.micro    us-east-1  0.017  hour
          cache.t3.small    us-east-1  0.034  hour
          cache.t3.medium   us-east-1  0.068  hour
          """);

  static final List<AwsType> TYPES =
      List.of(
          type("subnetGroup:SubnetGroup", "elasticache:DescribeCacheSubnetGroups")
              .heldWhileUsed()
              .free()
              .named("name", 1, 255, NameLimit.IDENTIFIER)
              .replacedBy("name")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:elasticache:{region}:{account}:subnetgroup:{name}")
              .toDeploy(
                  keep(
                      "elasticache:CreateCacheSubnetGroup",
                      "elasticache:DeleteCacheSubnetGroup",
                      "elasticache:ModifyCacheSubnetGroup")),
          type(
                  "parameterGroup:ParameterGroup",
                  "elasticache:DescribeCacheParameterGroups",
                  "elasticache:DescribeCacheParameters")
              .heldWhileUsed()
              .free()
              .named("name", 1, 255, NameLimit.IDENTIFIER)
              .replacedBy("description", "family", "name")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:elasticache:{region}:{account}:parametergroup:{name}")
              .toDeploy(
                  keep(
                      "elasticache:CreateCacheParameterGroup",
                      "elasticache:DeleteCacheParameterGroup",
                      "elasticache:ModifyCacheParameterGroup",
                      "elasticache:ResetCacheParameterGroup")),
          type("user:User", "elasticache:DescribeUsers")
              .free()
              .named("userId", 1, 40, NameLimit.IDENTIFIER)
              .replacedBy("userId", "userName")
              .computes("id", "{userId}")
              .computes("arn", "arn:aws:elasticache:{region}:{account}:user:{userId}")
              .toDeploy(
                  keep(
                      "elasticache:CreateUser", "elasticache:DeleteUser", "elasticache:ModifyUser"))
              // The application's, whose password hosts change.
              .within(
                  stack ->
                      Statement.allow("OwnUsers")
                          .actions("elasticache:DescribeUsers", "elasticache:ModifyUser")
                          .resources(stack.arn("elasticache", "user:" + stack.named("app")))),
          type("userGroup:UserGroup", "elasticache:DescribeUserGroups")
              .free()
              .named("userGroupId", 1, 40, NameLimit.IDENTIFIER)
              .replacedBy("userGroupId")
              .computes("id", "{userGroupId}")
              .computes("arn", "arn:aws:elasticache:{region}:{account}:usergroup:{userGroupId}")
              .toDeploy(
                  keep(
                      "elasticache:CreateUserGroup",
                      "elasticache:DeleteUserGroup",
                      "elasticache:ModifyUserGroup")),
          type(
                  "replicationGroup:ReplicationGroup",
                  "elasticache:DescribeCacheClusters",
                  "elasticache:DescribeReplicationGroups")
              .keeps("cache")
              .leaves(
                  Leftover.snapshots(
                      "elasticache describe-snapshots --snapshot-source user",
                      "Snapshots",
                      "SnapshotName",
                      "aws elasticache delete-snapshot --snapshot-name"))
              .drawn(
                  Drawing.card(Icon.DATABASE)
                      .details(cache -> List.of(cache.text("engine"), cache.text("nodeType")))
                      .in(cache -> Ec2.subnetsOf(cache, "subnetGroupName")))
              .breaks(
                  "encryption-at-rest",
                  cache ->
                      cache.is("atRestEncryptionEnabled") && cache.is("transitEncryptionEnabled")
                          ? ""
                          : "is not encrypted at rest and in transit; set atRestEncryptionEnabled"
                              + " and transitEncryptionEnabled")
              // People who know Redis expect an append-only file, which ElastiCache doesn't have.
              .inWords(
                  cache ->
                      "%s x %s, no AOF: a lost node loses what no replica and no snapshot has"
                          .formatted(cache.text("numCacheClusters"), cache.text("nodeType")))
              .costs(
                  cache ->
                      List.of(
                          Charge.hourly(
                              PRICES,
                              cache.text("nodeType"),
                              cache.text("nodeType"),
                              cache.value("numCacheClusters") instanceof Number nodes
                                  ? nodes.intValue()
                                  : 1)))
              .named("replicationGroupId", 1, 40, NameLimit.IDENTIFIER)
              .autoNamed("replicationGroupId")
              .named("finalSnapshotIdentifier", 1, 255, NameLimit.IDENTIFIER)
              .onlyNewer("engineVersion")
              .replacedBy(
                  "atRestEncryptionEnabled",
                  "kmsKeyId",
                  "port",
                  "replicationGroupId",
                  "subnetGroupName")
              .computes("replicationGroupId", "{logical}")
              .computes("id", "{replicationGroupId}")
              .computes("arn", "arn:aws:elasticache:{region}:{account}:replicationgroup:{id}")
              .computes("primaryEndpointAddress", "master.{id}.{hex6}.use1.cache.amazonaws.com")
              .computes("readerEndpointAddress", "replica.{id}.{hex6}.use1.cache.amazonaws.com")
              .computes("port", "6379")
              .toDeploy(
                  keep(
                      "elasticache:CreateReplicationGroup",
                      // A final snapshot takes it, beside the right to delete.
                      "elasticache:CreateSnapshot",
                      "elasticache:DecreaseReplicaCount",
                      "elasticache:DeleteReplicationGroup",
                      "elasticache:IncreaseReplicaCount",
                      "elasticache:ModifyReplicationGroup"),
                  // What is left of a stack is told by its name among all.
                  stack ->
                      Statement.allow("FindSnapshotsOfCaches")
                          .actions("elasticache:DescribeSnapshots")
                          .resources(stack.arn("elasticache", "snapshot:*")),
                  Iam.serviceLinkedRole("elasticache.amazonaws.com")));

  private ElastiCache() {}

  /** A type with what reads it. */
  private static AwsType type(String type, String... reads) {
    return AwsType.of("aws:elasticache/" + type)
        .toDeploy(
            keep(reads),
            keep(
                "elasticache:AddTagsToResource",
                "elasticache:ListTagsForResource",
                "elasticache:RemoveTagsFromResource"))
        .toRefresh(see(reads), see("elasticache:ListTagsForResource"));
  }

  private static Right keep(String... actions) {
    return stack ->
        Statement.allow("KeepCache")
            .actions(actions)
            .resources(stack.arn("elasticache", "*:" + stack.named("*")));
  }

  private static Right see(String... actions) {
    return any ->
        Statement.allow("SeeCaches")
            .actions(actions)
            .resources(any.arn("elasticache", "*:slipway-*"));
  }
}
