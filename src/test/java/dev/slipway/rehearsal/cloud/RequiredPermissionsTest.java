package dev.slipway.rehearsal.cloud;

import static dev.slipway.rehearsal.cloud.Samples.json;
import static dev.slipway.rehearsal.cloud.Samples.query;
import static dev.slipway.rehearsal.cloud.Samples.s3;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import dev.slipway.rehearsal.cloud.Authorization.Permission;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RequiredPermissionsTest {

  private static final String ACCOUNT = "us-east-1:" + EmulatedCloud.ACCOUNT;

  private static List<String> permissions(Call call) {
    return RequiredPermissions.of(call, "us-east-1", ResourceContext.NONE).stream()
        .map(permission -> permission.action() + " " + permission.resource())
        .toList();
  }

  @Test
  void objects() {
    assertThat(permissions(s3("GET", "/b/a/key")))
        .containsExactly("s3:GetObject arn:aws:s3:::b/a/key");
    assertThat(permissions(s3("HEAD", "/b/a%20key?versionId=1")))
        .containsExactly("s3:GetObjectVersion arn:aws:s3:::b/a key");
    assertThat(permissions(s3("PUT", "/b/key?partNumber=1&uploadId=2")))
        .containsExactly("s3:PutObject arn:aws:s3:::b/key");
    assertThat(
            permissions(
                s3("PUT", "/b/key", "x-amz-copy-source", "/c/other", "x-amz-tagging", "a=b")))
        .containsExactly(
            "s3:PutObject arn:aws:s3:::b/key",
            "s3:GetObject arn:aws:s3:::c/other",
            "s3:PutObjectTagging arn:aws:s3:::b/key");
    assertThat(permissions(s3("DELETE", "/b/key")))
        .containsExactly("s3:DeleteObject arn:aws:s3:::b/key");
    assertThat(permissions(s3("DELETE", "/b/key?versionId=1")))
        .containsExactly("s3:DeleteObjectVersion arn:aws:s3:::b/key");
  }

  @Test
  void buckets() {
    assertThat(permissions(s3("GET", "/"))).containsExactly("s3:ListAllMyBuckets *");
    assertThat(permissions(s3("GET", "/b?versions")))
        .containsExactly("s3:ListBucketVersions arn:aws:s3:::b");
    assertThat(permissions(s3("PUT", "/b?lifecycle")))
        .containsExactly("s3:PutLifecycleConfiguration arn:aws:s3:::b");
    var list =
        RequiredPermissions.of(
                s3("GET", "/b?list-type=2&prefix=staging%2F"), "us-east-1", ResourceContext.NONE)
            .get(0);
    assertThat(list.action()).isEqualTo("s3:ListBucket");
    assertThat(list.context()).containsEntry("s3:prefix", List.of("staging/"));
  }

  @Test
  void parameters() {
    assertThat(permissions(json("ssm", "GetParameter", "{\"Name\": \"/slipway/staging/host\"}")))
        .containsExactly(
            "ssm:GetParameter arn:aws:ssm:" + ACCOUNT + ":parameter/slipway/staging/host");
    assertThat(permissions(json("ssm", "GetParameter", "{\"Name\": \"/a/b:3\"}")))
        .containsExactly("ssm:GetParameter arn:aws:ssm:" + ACCOUNT + ":parameter/a/b");
    assertThat(
            permissions(
                json(
                    "ssm",
                    "PutParameter",
                    "{\"Name\": \"/a\", \"KeyId\": \"k\", \"Tags\": [{\"Key\": \"a\", \"Value\":"
                        + " \"b\"}]}")))
        .containsExactly(
            "ssm:PutParameter arn:aws:ssm:" + ACCOUNT + ":parameter/a",
            "ssm:AddTagsToResource arn:aws:ssm:" + ACCOUNT + ":parameter/a",
            "kms:Encrypt arn:aws:kms:" + ACCOUNT + ":key/k");
  }

  @Test
  void commandsNeedDocumentAndInstance() {
    assertThat(
            permissions(
                json(
                    "ssm", "SendCommand", "{\"DocumentName\": \"d\", \"InstanceIds\": [\"i-1\"]}")))
        .containsExactly(
            "ssm:SendCommand arn:aws:ssm:" + ACCOUNT + ":document/d",
            "ssm:SendCommand arn:aws:ec2:" + ACCOUNT + ":instance/i-1");
  }

  private static ResourceContext resources() {
    return new ResourceContext() {
      @Override
      public String key(String named) {
        return named.equals("alias/slipway") ? "k-1" : named;
      }

      @Override
      public List<String> aliases(String keyId) {
        return keyId.equals("k-1") ? List.of("alias/slipway") : List.of();
      }

      @Override
      public String bucketKey(String bucket) {
        return "sealed".equals(bucket) ? "alias/slipway" : null;
      }

      @Override
      public String secretKey(String secret) {
        return secret.contains(":secret:jwt-") ? "alias/slipway" : null;
      }

      @Override
      public Map<String, String> instanceTags(String id) {
        return id.equals("i-1") ? Map.of("slipway:stack", "staging") : Map.of();
      }

      @Override
      public String machineOfTask(String token) {
        return token.equals("t-1") ? "arn:aws:states:" + ACCOUNT + ":stateMachine:dumps" : "*";
      }
    };
  }

  @Test
  void anInstanceIsJudgedByItsTags() {
    var permissions =
        RequiredPermissions.of(
            json(
                "ssm",
                "SendCommand",
                "{\"DocumentName\": \"d\", \"Targets\": [{\"Key\": \"InstanceIds\", \"Values\":"
                    + " [\"i-1\", \"i-2\"]}]}"),
            "us-east-1",
            resources());
    assertThat(permissions.get(1).resource()).isEqualTo("arn:aws:ec2:" + ACCOUNT + ":instance/i-1");
    assertThat(permissions.get(1).context())
        .containsEntry("ssm:resourceTag/slipway:stack", List.of("staging"))
        .containsEntry("aws:ResourceTag/slipway:stack", List.of("staging"));
    assertThat(permissions.get(2).context()).isEmpty();
  }

  @Test
  void instancesCalledByTheirTagsAreAllThatHaveThem() {
    var permissions =
        RequiredPermissions.of(
            json(
                "ssm",
                "SendCommand",
                "{\"DocumentName\": \"AWS-RunShellScript\", \"Targets\": [{\"Key\":"
                    + " \"tag:slipway:stack\", \"Values\": [\"staging\", \"production\"]}]}"),
            "us-east-1",
            resources());
    assertThat(permissions.get(0).resource())
        .isEqualTo("arn:aws:ssm:us-east-1::document/AWS-RunShellScript");
    assertThat(permissions.get(1).resource()).isEqualTo("arn:aws:ec2:" + ACCOUNT + ":instance/*");
    assertThat(permissions.get(1).context())
        .containsEntry("aws:ResourceTag/slipway:stack", List.of("staging", "production"));
  }

  @Test
  void keysAreJudgedByTheirOwnNameAndKnownByTheirAliases() {
    String ciphertext =
        Base64.getEncoder()
            .encodeToString("0123456789abcdef0123456789abcdef0123, and more".getBytes());
    assertThat(permissions(json("kms", "Decrypt", "{\"CiphertextBlob\": \"" + ciphertext + "\"}")))
        .containsExactly(
            "kms:Decrypt arn:aws:kms:" + ACCOUNT + ":key/0123456789abcdef0123456789abcdef0123");
    var permission =
        RequiredPermissions.of(
                json("kms", "Encrypt", "{\"KeyId\": \"alias/slipway\"}"), "us-east-1", resources())
            .get(0);
    assertThat(permission.resource()).isEqualTo("arn:aws:kms:" + ACCOUNT + ":key/k-1");
    assertThat(permission.context()).containsEntry("kms:ResourceAliases", List.of("alias/slipway"));
  }

  @Test
  void whatAScriptAsksOfCommandsHasNoResource() {
    for (String operation :
        List.of(
            "GetCommandInvocation",
            "ListCommandInvocations",
            "ListCommands",
            "CancelCommand",
            "DescribeInstanceInformation")) {
      assertThat(permissions(json("ssm", operation, "{}")))
          .containsExactly("ssm:" + operation + " *");
    }
  }

  @Test
  void aPushConcernsItsRepository() {
    assertThat(permissions(json("ecr", "GetAuthorizationToken", "{}")))
        .containsExactly("ecr:GetAuthorizationToken *");
    assertThat(
            permissions(
                json(
                    "ecr",
                    "ListTagsForResource",
                    "{\"resourceArn\": \"arn:aws:ecr:" + ACCOUNT + ":repository/erp\"}")))
        .containsExactly("ecr:ListTagsForResource arn:aws:ecr:" + ACCOUNT + ":repository/erp");
    assertThat(permissions(json("ecr", "PutImage", "{\"repositoryName\": \"erp\"}")))
        .containsExactly("ecr:PutImage arn:aws:ecr:" + ACCOUNT + ":repository/erp");
    assertThat(permissions(json("ecr", "DescribeRepositories", "{\"repositoryNames\": [\"erp\"]}")))
        .containsExactly("ecr:DescribeRepositories arn:aws:ecr:" + ACCOUNT + ":repository/erp");
    assertThat(permissions(json("ecr", "DescribeRepositories", "{}")))
        .containsExactly("ecr:DescribeRepositories arn:aws:ecr:" + ACCOUNT + ":repository/*");
  }

  @Test
  void aSnapshotConcernsItsDatabaseToo() {
    assertThat(
            permissions(
                query(
                    "rds",
                    "CreateDBSnapshot",
                    "DBInstanceIdentifier",
                    "qa",
                    "DBSnapshotIdentifier",
                    "qa-1")))
        .containsExactly(
            "rds:CreateDBSnapshot arn:aws:rds:" + ACCOUNT + ":db:qa",
            "rds:CreateDBSnapshot arn:aws:rds:" + ACCOUNT + ":snapshot:qa-1");
    assertThat(permissions(query("rds", "DescribeDBSnapshots", "DBInstanceIdentifier", "qa")))
        .containsExactly("rds:DescribeDBSnapshots arn:aws:rds:" + ACCOUNT + ":db:qa");
    assertThat(permissions(query("rds", "DescribeDBSnapshots")))
        .containsExactly("rds:DescribeDBSnapshots arn:aws:rds:" + ACCOUNT + ":snapshot:*");
    assertThat(permissions(query("rds", "DeleteDBSnapshot", "DBSnapshotIdentifier", "qa-1")))
        .containsExactly("rds:DeleteDBSnapshot arn:aws:rds:" + ACCOUNT + ":snapshot:qa-1");
  }

  @Test
  void aRestoredDatabaseConcernsItsSnapshotAndItsGroups() {
    assertThat(
            permissions(
                query(
                    "rds",
                    "RestoreDBInstanceFromDBSnapshot",
                    "DBInstanceIdentifier",
                    "new",
                    "DBSnapshotIdentifier",
                    "qa-1",
                    "DBSubnetGroupName",
                    "private")))
        .containsExactly(
            "rds:RestoreDBInstanceFromDBSnapshot arn:aws:rds:" + ACCOUNT + ":db:new",
            "rds:RestoreDBInstanceFromDBSnapshot arn:aws:rds:" + ACCOUNT + ":snapshot:qa-1",
            "rds:RestoreDBInstanceFromDBSnapshot arn:aws:rds:" + ACCOUNT + ":subgrp:private");
  }

  @Test
  void aTaggedSnapshotNeedsTheRightToTagToo() {
    var permissions =
        RequiredPermissions.of(
            query(
                "rds",
                "CreateDBSnapshot",
                "DBInstanceIdentifier",
                "qa",
                "DBSnapshotIdentifier",
                "qa-1",
                "Tags.Tag.1.Key",
                "slipway:stack",
                "Tags.Tag.1.Value",
                "admin-qa"),
            "us-east-1",
            ResourceContext.NONE);
    assertThat(permissions.get(2).action()).isEqualTo("rds:AddTagsToResource");
    assertThat(permissions.get(2).context())
        .containsEntry("aws:RequestTag/slipway:stack", List.of("admin-qa"));
  }

  @Test
  void aCachesUserIsJudgedByItsName() {
    assertThat(permissions(query("elasticache", "ModifyUser", "UserId", "app")))
        .containsExactly("elasticache:ModifyUser arn:aws:elasticache:" + ACCOUNT + ":user:app");
    assertThat(permissions(query("elasticache", "DescribeUsers")))
        .containsExactly("elasticache:DescribeUsers arn:aws:elasticache:" + ACCOUNT + ":user:*");
  }

  @Test
  void anEncryptedSecretsKeyIsNeededToo() {
    String jwt = "arn:aws:secretsmanager:" + ACCOUNT + ":secret:jwt-AbCdEf";
    var get =
        RequiredPermissions.of(
            json("secretsmanager", "GetSecretValue", "{\"SecretId\": \"" + jwt + "\"}"),
            "us-east-1",
            resources());
    assertThat(get.stream().map(Permission::action))
        .containsExactly("secretsmanager:GetSecretValue", "kms:Decrypt");
    assertThat(get.get(1).resource()).isEqualTo("arn:aws:kms:" + ACCOUNT + ":key/k-1");
    assertThat(get.get(1).context())
        .containsEntry("kms:ViaService", List.of("secretsmanager.us-east-1.amazonaws.com"))
        .containsEntry("kms:EncryptionContext:SecretARN", List.of(jwt));
    assertThat(
            RequiredPermissions.of(
                    json("secretsmanager", "PutSecretValue", "{\"SecretId\": \"" + jwt + "\"}"),
                    "us-east-1",
                    resources())
                .stream()
                .map(Permission::action))
        .containsExactly("secretsmanager:PutSecretValue", "kms:GenerateDataKey", "kms:Decrypt");
    assertThat(
            permissions(
                json("secretsmanager", "DescribeSecret", "{\"SecretId\": \"" + jwt + "\"}")))
        .containsExactly("secretsmanager:DescribeSecret " + jwt);
  }

  @Test
  void anEncryptedBucketsKeyIsNeededToo() {
    assertThat(
            RequiredPermissions.of(s3("PUT", "/sealed/a"), "us-east-1", resources()).stream()
                .map(Permission::action))
        .containsExactly("s3:PutObject", "kms:GenerateDataKey");
    assertThat(
            RequiredPermissions.of(s3("HEAD", "/sealed/a"), "us-east-1", resources()).stream()
                .map(Permission::action))
        .containsExactly("s3:GetObject", "kms:Decrypt");
    assertThat(
            RequiredPermissions.of(s3("DELETE", "/sealed/a"), "us-east-1", resources()).stream()
                .map(Permission::action))
        .containsExactly("s3:DeleteObject");
    assertThat(RequiredPermissions.of(s3("PUT", "/open/a"), "us-east-1", resources())).hasSize(1);
  }

  @Test
  void deletingAVersionIsAnotherRight() {
    String body =
        "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>1</VersionId></Object></Delete>";
    var call =
        new Call(
            "POST",
            URI.create("/state?delete"),
            new Headers(),
            body.getBytes(),
            "",
            "",
            "s3",
            Map.of(),
            "");
    assertThat(permissions(call))
        .containsExactly(
            "s3:DeleteObject arn:aws:s3:::state/a", "s3:DeleteObjectVersion arn:aws:s3:::state/b");
  }

  @Test
  void whatItDoesNotKnowIsRefused() {
    for (Call call :
        List.of(
            json("iam", "CreateRole", "{}"),
            json("sts", "GetFederationToken", "{}"),
            json("states", "DeleteStateMachine", "{}"),
            json("ssm", "CreateDocument", "{}"),
            json("kms", "ScheduleKeyDeletion", "{\"KeyId\": \"k\"}"),
            json("ecr", "DeleteRepository", "{\"repositoryName\": \"erp\"}"),
            s3("GET", "/b?inventory&id=1"))) {
      assertThatThrownBy(() -> permissions(call))
          .isInstanceOf(AwsError.class)
          .hasMessageContaining("does not know which rights it needs");
    }
  }

  @Test
  void rolesAreTakenByTheirArn() {
    String role = "arn:aws:iam::" + EmulatedCloud.ACCOUNT + ":role/app";
    assertThat(permissions(query("sts", "AssumeRole", "RoleArn", role)))
        .containsExactly("sts:AssumeRole " + role);
  }

  @Test
  void stateMachinesAreJudgedByTheirArnAndAnswersByThatOfTheirTasksMachine() {
    String machine = "arn:aws:states:" + ACCOUNT + ":stateMachine:dumps";
    assertThat(
            permissions(
                json("states", "StartExecution", "{\"stateMachineArn\": \"" + machine + "\"}")))
        .containsExactly("states:StartExecution " + machine);
    for (String answer : List.of("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")) {
      assertThat(permissions(json("states", answer, "{\"taskToken\": \"t\"}")))
          .containsExactly("states:" + answer + " *");
      assertThat(
              RequiredPermissions.of(
                  json("states", answer, "{\"taskToken\": \"t-1\"}"), "us-east-1", resources()))
          .extracting(permission -> permission.action() + " " + permission.resource())
          .containsExactly("states:" + answer + " " + machine);
    }
  }

  @Test
  void functionsAreJudgedByTheirNameHoweverTheyAreCalled() {
    String arn = "arn:aws:lambda:" + ACCOUNT + ":function:work";
    for (String name : List.of("work", AwsClient.encode(arn), AwsClient.encode(arn + ":$LATEST"))) {
      var call =
          new Call(
              "POST",
              URI.create("/2015-03-31/functions/" + name + "/invocations"),
              new Headers(),
              new byte[0],
              "",
              "",
              "lambda",
              Map.of(),
              "");
      assertThat(permissions(call)).containsExactly("lambda:InvokeFunction " + arn);
    }
  }

  @Test
  void logs() {
    assertThat(
            permissions(
                json(
                    "logs",
                    "PutLogEvents",
                    "{\"logGroupName\": \"/g\", \"logStreamName\": \"s\"}")))
        .containsExactly(
            "logs:PutLogEvents arn:aws:logs:" + ACCOUNT + ":log-group:/g:log-stream:s");
    assertThat(permissions(json("logs", "DescribeLogGroups", "{\"logGroupNamePrefix\": \"/g\"}")))
        .containsExactly(
            "logs:DescribeLogGroups arn:aws:logs:" + ACCOUNT + ":log-group::log-stream:");
  }

  @Test
  void metricsTellTheirNamespace() {
    var permission =
        RequiredPermissions.of(
                json("monitoring", "PutMetricData", "{\"Namespace\": \"Slipway\"}"),
                "us-east-1",
                ResourceContext.NONE)
            .get(0);
    assertThat(permission.action()).isEqualTo("cloudwatch:PutMetricData");
    assertThat(permission.context()).containsEntry("cloudwatch:namespace", List.of("Slipway"));
  }

  @Test
  void everybodyMayAskWhoTheyAre() {
    assertThat(permissions(json("sts", "GetCallerIdentity", "{}"))).isEmpty();
  }
}
