package dev.slipway.aws;

import dev.slipway.identity.Statement;
import java.util.List;

/** ElastiCache: caches with their groups and users, told by the beginning of their names. */
final class ElastiCache {
  static final List<AwsType> TYPES =
      List.of(
          type("subnetGroup:SubnetGroup", "elasticache:DescribeCacheSubnetGroups")
              .toDeploy(
                  keep(
                      "elasticache:CreateCacheSubnetGroup",
                      "elasticache:DeleteCacheSubnetGroup",
                      "elasticache:ModifyCacheSubnetGroup")),
          type(
                  "parameterGroup:ParameterGroup",
                  "elasticache:DescribeCacheParameterGroups",
                  "elasticache:DescribeCacheParameters")
              .toDeploy(
                  keep(
                      "elasticache:CreateCacheParameterGroup",
                      "elasticache:DeleteCacheParameterGroup",
                      "elasticache:ModifyCacheParameterGroup",
                      "elasticache:ResetCacheParameterGroup")),
          type("user:User", "elasticache:DescribeUsers")
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
              .toDeploy(
                  keep(
                      "elasticache:CreateUserGroup",
                      "elasticache:DeleteUserGroup",
                      "elasticache:ModifyUserGroup")),
          type(
                  "replicationGroup:ReplicationGroup",
                  "elasticache:DescribeCacheClusters",
                  "elasticache:DescribeReplicationGroups")
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
