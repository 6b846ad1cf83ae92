package dev.slipway.access;

import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.util.List;

/**
 * What is to be done with databases, caches and secrets: by who deploys a stack, by who looks at
 * all, and by the stack's own roles.
 *
 * <p>They are told by the beginning of their names, {@code slipway-STACK-}, and secrets by {@code
 * slipway/STACK/}. Nobody here reads a secret's value but the stack's own hosts.
 */
final class DataRights {
  private static final String[] RDS = {
    "rds:DescribeDBInstances",
    "rds:DescribeDBParameterGroups",
    "rds:DescribeDBParameters",
    "rds:DescribeDBSubnetGroups",
    "rds:ListTagsForResource"
  };

  private static final String[] ELASTICACHE = {
    "elasticache:DescribeCacheClusters",
    "elasticache:DescribeCacheParameterGroups",
    "elasticache:DescribeCacheParameters",
    "elasticache:DescribeCacheSubnetGroups",
    "elasticache:DescribeReplicationGroups",
    "elasticache:DescribeUserGroups",
    "elasticache:DescribeUsers",
    "elasticache:ListTagsForResource"
  };

  private static final String[] MEMORYDB = {
    "memorydb:DescribeAcls",
    "memorydb:DescribeClusters",
    "memorydb:DescribeSubnetGroups",
    "memorydb:DescribeUsers",
    "memorydb:ListTags"
  };

  private static final String[] SECRET = {
    "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"
  };

  /** RDS's own secrets are known by their names, which nobody else's can have. */
  private static final String SECRETS_OF_RDS = "secret:rds!db-*";

  private DataRights() {}

  /** What bringing a stack up, and taking it down, takes. */
  static List<Statement> ofDeploy(Target target) {
    var name = target.stack().name();
    var databases = target.arn("rds", "*:" + target.named("*"));
    var caches = target.arn("elasticache", "*:" + target.named("*"));
    var durable = target.arn("memorydb", "*/" + target.named("*"));
    var secrets = target.arn("secretsmanager", "secret:slipway/" + name + "/*");
    return List.of(
        // The provider asks for a database by an id that its ARN doesn't have; and what is left of
        // a stack is told by its name among all.
        Statement.allow("FindDatabase")
            .actions("rds:DescribeDBInstances", "rds:DescribeDBSnapshots")
            .resources(target.arn("rds", "db:*"), target.arn("rds", "snapshot:*")),
        Statement.allow("FindSnapshotsOfCaches")
            .actions("elasticache:DescribeSnapshots")
            .resources(target.arn("elasticache", "snapshot:*")),
        Statement.allow("KeepDatabase")
            .actions(
                Target.and(
                    RDS,
                    "rds:AddTagsToResource",
                    "rds:CreateDBInstance",
                    "rds:CreateDBParameterGroup",
                    "rds:CreateDBSnapshot",
                    "rds:CreateDBSubnetGroup",
                    "rds:DeleteDBInstance",
                    "rds:DeleteDBParameterGroup",
                    "rds:DeleteDBSubnetGroup",
                    "rds:ModifyDBInstance",
                    "rds:ModifyDBParameterGroup",
                    "rds:ModifyDBSubnetGroup",
                    "rds:RebootDBInstance",
                    "rds:RemoveTagsFromResource",
                    "rds:ResetDBParameterGroup"))
            .resources(databases),
        Statement.allow("UseOptionsOfRds")
            .actions("rds:CreateDBInstance", "rds:ModifyDBInstance")
            .resources(target.arn("rds", "og:default*")),
        // RDS makes the secret of the master's password by the right of whoever makes the database.
        Statement.allow("LetRdsKeepItsPassword")
            .actions("secretsmanager:CreateSecret", "secretsmanager:TagResource")
            .resources(target.arn("secretsmanager", SECRETS_OF_RDS)),
        // And looks at the account's own key for secrets, aws/secretsmanager, which has no tags and
        // which the first look makes.
        Statement.allow("LetRdsSeeTheKeyOfSecrets")
            .actions("kms:DescribeKey")
            .resources(target.arn("kms", "key/*"))
            .when("Null", "aws:ResourceTag/" + Stack.OWNER, "true")
            .when("ForAllValues:StringEquals", "kms:ResourceAliases", "alias/aws/secretsmanager"),
        Statement.allow("KeepCache")
            .actions(
                Target.and(
                    ELASTICACHE,
                    "elasticache:AddTagsToResource",
                    "elasticache:CreateCacheParameterGroup",
                    "elasticache:CreateCacheSubnetGroup",
                    "elasticache:CreateReplicationGroup",
                    // A final snapshot takes it, beside the right to delete.
                    "elasticache:CreateSnapshot",
                    "elasticache:CreateUser",
                    "elasticache:CreateUserGroup",
                    "elasticache:DecreaseReplicaCount",
                    "elasticache:DeleteCacheParameterGroup",
                    "elasticache:DeleteCacheSubnetGroup",
                    "elasticache:DeleteReplicationGroup",
                    "elasticache:DeleteUser",
                    "elasticache:DeleteUserGroup",
                    "elasticache:IncreaseReplicaCount",
                    "elasticache:ModifyCacheParameterGroup",
                    "elasticache:ModifyCacheSubnetGroup",
                    "elasticache:ModifyReplicationGroup",
                    "elasticache:ModifyUser",
                    "elasticache:ModifyUserGroup",
                    "elasticache:RemoveTagsFromResource",
                    "elasticache:ResetCacheParameterGroup"))
            .resources(caches),
        Statement.allow("KeepDurableCache")
            .actions(
                Target.and(
                    MEMORYDB,
                    "memorydb:CreateAcl",
                    "memorydb:CreateCluster",
                    "memorydb:CreateSnapshot",
                    "memorydb:CreateSubnetGroup",
                    "memorydb:CreateUser",
                    "memorydb:DeleteAcl",
                    "memorydb:DeleteCluster",
                    "memorydb:DeleteSubnetGroup",
                    "memorydb:DeleteUser",
                    "memorydb:TagResource",
                    "memorydb:UntagResource",
                    "memorydb:UpdateAcl",
                    "memorydb:UpdateCluster",
                    "memorydb:UpdateSubnetGroup",
                    "memorydb:UpdateUser"))
            .resources(durable),
        Statement.allow("UseParametersOfMemoryDb")
            .actions("memorydb:CreateCluster", "memorydb:UpdateCluster")
            .resources(target.arn("memorydb", "parametergroup/default.*")),
        Statement.allow("KeepSecrets")
            .actions(
                Target.and(
                    SECRET,
                    "secretsmanager:CreateSecret",
                    "secretsmanager:DeleteSecret",
                    "secretsmanager:TagResource",
                    "secretsmanager:UntagResource",
                    "secretsmanager:UpdateSecret"))
            .resources(secrets),
        // Secrets Manager tries the key of a secret by the right of whoever makes the secret.
        Statement.allow("TryKeyOfSecrets")
            .actions("kms:Decrypt", "kms:GenerateDataKey")
            .resources(target.arn("kms", "key/*"))
            .when("StringEquals", "aws:ResourceTag/" + Stack.OWNER, name)
            .when(
                "StringEquals",
                "kms:ViaService",
                "secretsmanager." + target.stack().region() + ".amazonaws.com"));
  }

  /** What a refresh reads of every stack. */
  static List<Statement> ofRefresh(Target any) {
    return List.of(
        Statement.allow("FindDatabases")
            .actions("rds:DescribeDBInstances")
            .resources(any.arn("rds", "db:*")),
        Statement.allow("SeeDatabases").actions(RDS).resources(any.arn("rds", "*:slipway-*")),
        Statement.allow("SeeCaches")
            .actions(ELASTICACHE)
            .resources(any.arn("elasticache", "*:slipway-*")),
        Statement.allow("SeeDurableCaches")
            .actions(MEMORYDB)
            .resources(any.arn("memorydb", "*/slipway-*")),
        Statement.allow("SeeSecrets")
            .actions(SECRET)
            .resources(any.arn("secretsmanager", "secret:slipway/*")));
  }

  /** The most that a role of the stack can ever do. */
  static List<Statement> ofBoundary(Target target) {
    var database = target.arn("rds", "db:" + target.named("*"));
    var metrics = target.arn("logs", "log-group:RDSOSMetrics");
    return List.of(
        Statement.allow("OwnSecrets")
            .actions(
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue")
            .resources(
                target.arn("secretsmanager", "secret:slipway/" + target.stack().name() + "/*")),
        Statement.allow("SecretOfOwnDatabase")
            .actions("secretsmanager:GetSecretValue")
            .resources(target.arn("secretsmanager", SECRETS_OF_RDS))
            .when("ArnLike", "aws:ResourceTag/aws:rds:primaryDBInstanceArn", database),
        Statement.allow("OwnSnapshots")
            .actions("rds:CreateDBSnapshot", "rds:DescribeDBSnapshots")
            .resources(database, target.arn("rds", "snapshot:" + target.named("release-*"))),
        Statement.allow("KeepOwnSnapshots")
            .actions("rds:AddTagsToResource", "rds:DeleteDBSnapshot")
            .resources(target.arn("rds", "snapshot:" + target.named("release-*"))),
        Statement.allow("OwnUsers")
            .actions(
                "elasticache:DescribeUsers",
                "elasticache:ModifyUser",
                "memorydb:DescribeUsers",
                "memorydb:UpdateUser")
            .resources(
                target.arn("elasticache", "user:" + target.named("app")),
                target.arn("memorydb", "user/" + target.named("app"))),
        Statement.allow("MetricsOfDatabases")
            .actions(
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:GetLogEvents",
                "logs:PutLogEvents",
                "logs:PutRetentionPolicy")
            .resources(metrics, metrics + ":*"));
  }
}
