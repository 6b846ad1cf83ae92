package dev.slipway.rehearsal.cloud;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What scripts and hosts call besides S3: parameters, documents, logs, alarms, topics, keys,
 * secrets, registries.
 */
final class ServiceKinds {
  private final AwsClient aws;

  ServiceKinds(AwsClient aws) {
    this.aws = aws;
  }

  List<Kind> all() {
    return List.of(
        parameter(),
        document(),
        logGroup(),
        topic(),
        topicPolicy(),
        subscription().inert(),
        alarm().inert(),
        key(),
        alias(),
        secret(),
        repository(),
        repositoryPolicy(),
        repositoryLifecycle(),
        encryptionByDefault(),
        publicAccess(),
        budget().inert());
  }

  private Map<String, Object> ssm(String operation, Object... fields) {
    return aws.json("ssm", "AmazonSSM." + operation, Kind.map(fields));
  }

  private static List<Map<String, String>> tagList(Kind.Request request, String key, String value) {
    return request.tags().entrySet().stream()
        .map(tag -> Map.of(key, tag.getKey(), value, tag.getValue()))
        .toList();
  }

  /** A call that answers whether the thing is there. */
  private interface Look {
    void at();
  }

  private static boolean isThere(Look look) {
    try {
      look.at();
      return true;
    } catch (AwsError e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  private String arn(String service, String rest) {
    return "arn:aws:" + service + ":" + aws.region() + ":" + EmulatedCloud.ACCOUNT + ":" + rest;
  }

  // --- Systems Manager
  // -----------------------------------------------------------------------------------------------

  private Kind parameter() {
    return Kind.of("aws:ssm/parameter:Parameter")
        .moves("version")
        .create(
            request -> {
              put(request, false);
              String name = request.text("name");
              return Kind.Made.of(
                  name,
                  "arn",
                  arn("ssm", "parameter" + (name.startsWith("/") ? "" : "/") + name),
                  "version",
                  1,
                  "tier",
                  request.text("tier", "Standard"));
            })
        .update(
            request -> {
              if (request.changed("value")
                  || request.changed("type")
                  || request.changed("description")
                  || request.changed("keyId")
                  || request.changed("tier")) {
                return put(request, true);
              }
              return Map.of();
            })
        .delete(request -> ssm("DeleteParameter", "Name", request.id()))
        .exists(request -> isThere(() -> ssm("GetParameter", "Name", request.id())));
  }

  private Map<String, Object> put(Kind.Request request, boolean overwrite) {
    if (request.text("value").length() > 4096 && !"Advanced".equals(request.text("tier"))) {
      throw new AwsError(
          400,
          "ValidationException",
          "Standard tier parameters support a maximum parameter value of 4096 characters. To create a"
              + " larger parameter value, upgrade the parameter to use the advanced-parameter tier.");
    }
    var answer =
        ssm(
            "PutParameter",
            "Name",
            request.text("name"),
            "Type",
            request.text("type"),
            "Value",
            request.text("value"),
            "Description",
            request.text("description"),
            "KeyId",
            request.text("keyId"),
            "AllowedPattern",
            request.text("allowedPattern"),
            "Tier",
            request.text("tier"),
            "Overwrite",
            overwrite || request.flag("overwrite"),
            "Tags",
            overwrite ? null : tagList(request, "Key", "Value"));
    return Kind.map("version", answer.get("Version"));
  }

  private Kind document() {
    return Kind.of("aws:ssm/document:Document")
        .moves("latestVersion", "defaultVersion", "documentVersion", "hash")
        .create(
            request -> {
              SsmDocument.parse(request.text("name"), request.text("content"));
              var made =
                  ssm(
                      "CreateDocument",
                      "Name",
                      request.text("name"),
                      "Content",
                      request.text("content"),
                      "DocumentType",
                      request.text("documentType"),
                      "DocumentFormat",
                      request.text("documentFormat", "JSON"),
                      "TargetType",
                      request.text("targetType"),
                      "Tags",
                      tagList(request, "Key", "Value"));
              var outputs = documentOutputs(made);
              outputs.put("arn", arn("ssm", "document/" + request.text("name")));
              return new Kind.Made(request.text("name"), outputs);
            })
        .update(
            request -> {
              if (!request.changed("content")) {
                return Map.of();
              }
              SsmDocument.parse(request.id(), request.text("content"));
              var made =
                  ssm(
                      "UpdateDocument",
                      "Name",
                      request.id(),
                      "Content",
                      request.text("content"),
                      "DocumentVersion",
                      "$LATEST",
                      "DocumentFormat",
                      request.text("documentFormat", "JSON"));
              var outputs = documentOutputs(made);
              ssm(
                  "UpdateDocumentDefaultVersion",
                  "Name",
                  request.id(),
                  "DocumentVersion",
                  outputs.get("latestVersion"));
              outputs.put("defaultVersion", outputs.get("latestVersion"));
              return outputs;
            })
        .delete(request -> ssm("DeleteDocument", "Name", request.id()))
        .exists(request -> isThere(() -> ssm("GetDocument", "Name", request.id())));
  }

  private static Map<String, Object> documentOutputs(Map<String, Object> answer) {
    Map<String, Object> description = Values.map(answer.get("DocumentDescription"));
    return Kind.map(
        "latestVersion",
        Values.text(description.get("LatestVersion")),
        "defaultVersion",
        Values.text(description.get("DefaultVersion")),
        "documentVersion",
        Values.text(description.get("DocumentVersion")),
        "hash",
        Values.text(description.get("Hash")),
        "schemaVersion",
        Values.text(description.get("SchemaVersion")),
        "status",
        "Active");
  }

  // --- logs and alarms
  // -----------------------------------------------------------------------------------------------

  private Map<String, Object> logs(String operation, Object... fields) {
    return aws.json("logs", "Logs_20140328." + operation, Kind.map(fields));
  }

  private Kind logGroup() {
    return Kind.of("aws:cloudwatch/logGroup:LogGroup")
        .create(
            request -> {
              logs(
                  "CreateLogGroup",
                  "logGroupName",
                  request.text("name"),
                  "kmsKeyId",
                  request.text("kmsKeyId"),
                  "tags",
                  request.tags());
              retain(request.text("name"), request);
              return Kind.Made.of(
                  request.text("name"), "arn", arn("logs", "log-group:" + request.text("name")));
            })
        .update(
            request -> {
              retain(request.id(), request);
              return Map.of();
            })
        .delete(
            request -> {
              if (!Boolean.TRUE.equals(request.old().get("skipDestroy"))) {
                logs("DeleteLogGroup", "logGroupName", request.id());
              }
            })
        .exists(
            request ->
                Values.maps(
                        logs("DescribeLogGroups", "logGroupNamePrefix", request.id())
                            .get("logGroups"))
                    .stream()
                    .anyMatch(group -> request.id().equals(group.get("logGroupName"))));
  }

  private void retain(String group, Kind.Request request) {
    if (request.number("retentionInDays", 0) > 0) {
      logs(
          "PutRetentionPolicy",
          "logGroupName",
          group,
          "retentionInDays",
          request.number("retentionInDays", 0));
    }
  }

  private Kind alarm() {
    return Kind.of("aws:cloudwatch/metricAlarm:MetricAlarm")
        .create(
            request -> {
              alarm(request);
              String name = request.text("name");
              return Kind.Made.of(name, "arn", arn("cloudwatch", "alarm:" + name));
            })
        .update(
            request -> {
              alarm(request);
              return Map.of();
            })
        .delete(
            request ->
                aws.query(
                    "monitoring", "DeleteAlarms", Map.of("AlarmNames.member.1", request.id())))
        .exists(
            request ->
                aws.query(
                        "monitoring", "DescribeAlarms", Map.of("AlarmNames.member.1", request.id()))
                    .anywhere("AlarmName")
                    .isPresent());
  }

  private void alarm(Kind.Request request) {
    var query =
        new LinkedHashMap<>(
            Kind.query(
                "AlarmName",
                request.text("name"),
                "AlarmDescription",
                request.text("alarmDescription"),
                "ComparisonOperator",
                request.text("comparisonOperator"),
                "EvaluationPeriods",
                request.text("evaluationPeriods"),
                "DatapointsToAlarm",
                request.text("datapointsToAlarm"),
                "MetricName",
                request.text("metricName"),
                "Namespace",
                request.text("namespace"),
                "Period",
                request.text("period"),
                "Statistic",
                request.text("statistic"),
                "Threshold",
                request.text("threshold"),
                "TreatMissingData",
                request.text("treatMissingData"),
                "AlarmActions.member",
                Values.list(request.inputs().get("alarmActions")),
                "OKActions.member",
                Values.list(request.inputs().get("okActions"))));
    int n = 0;
    for (var dimension : Values.stringMap(request.inputs().get("dimensions")).entrySet()) {
      n++;
      query.put("Dimensions.member." + n + ".Name", dimension.getKey());
      query.put("Dimensions.member." + n + ".Value", dimension.getValue());
    }
    aws.query("monitoring", "PutMetricAlarm", query);
  }

  // --- topics
  // --------------------------------------------------------------------------------------------------------

  private Kind topic() {
    return Kind.of("aws:sns/topic:Topic")
        .create(
            request -> {
              String arn =
                  aws.query("sns", "CreateTopic", Map.of("Name", request.text("name")))
                      .need("TopicArn");
              topicAttribute(arn, "KmsMasterKeyId", request.text("kmsMasterKeyId"));
              topicAttribute(arn, "Policy", request.text("policy"));
              topicAttribute(arn, "DisplayName", request.text("displayName"));
              return Kind.Made.of(arn, "arn", arn, "owner", EmulatedCloud.ACCOUNT);
            })
        .update(
            request -> {
              topicAttribute(request.id(), "KmsMasterKeyId", request.text("kmsMasterKeyId"));
              topicAttribute(request.id(), "Policy", request.text("policy"));
              return Map.of();
            })
        .delete(request -> aws.query("sns", "DeleteTopic", Map.of("TopicArn", request.id())))
        .exists(
            request ->
                isThere(
                    () ->
                        aws.query("sns", "GetTopicAttributes", Map.of("TopicArn", request.id()))));
  }

  private void topicAttribute(String arn, String name, String value) {
    if (value != null) {
      aws.query(
          "sns",
          "SetTopicAttributes",
          Map.of("TopicArn", arn, "AttributeName", name, "AttributeValue", value));
    }
  }

  private Kind topicPolicy() {
    return Kind.of("aws:sns/topicPolicy:TopicPolicy")
        .create(
            request -> {
              topicAttribute(request.text("arn"), "Policy", request.text("policy"));
              return Kind.Made.of(request.text("arn"), "owner", EmulatedCloud.ACCOUNT);
            })
        .update(
            request -> {
              topicAttribute(request.text("arn"), "Policy", request.text("policy"));
              return Map.of();
            });
  }

  private Kind subscription() {
    return Kind.of("aws:sns/topicSubscription:TopicSubscription")
        .create(
            request -> {
              String arn =
                  aws.query(
                          "sns",
                          "Subscribe",
                          Map.of(
                              "TopicArn",
                              request.text("topic"),
                              "Protocol",
                              request.text("protocol"),
                              "Endpoint",
                              request.text("endpoint"),
                              "ReturnSubscriptionArn",
                              "true"))
                      .need("SubscriptionArn");
              return Kind.Made.of(
                  arn,
                  "arn",
                  arn,
                  "ownerId",
                  EmulatedCloud.ACCOUNT,
                  "pendingConfirmation",
                  request.text("protocol").equals("email"));
            })
        .delete(request -> aws.query("sns", "Unsubscribe", Map.of("SubscriptionArn", request.id())))
        .exists(
            request ->
                isThere(
                    () ->
                        aws.query(
                            "sns",
                            "GetSubscriptionAttributes",
                            Map.of("SubscriptionArn", request.id()))));
  }

  // --- keys and secrets
  // ----------------------------------------------------------------------------------------------

  private Map<String, Object> kms(String operation, Object... fields) {
    return aws.json("kms", "TrentService." + operation, Kind.map(fields));
  }

  private Kind key() {
    return Kind.of("aws:kms/key:Key")
        .create(
            request -> {
              Map<String, Object> metadata =
                  Values.map(
                      kms(
                              "CreateKey",
                              "Description",
                              request.text("description"),
                              "Policy",
                              request.text("policy"),
                              "Tags",
                              tagList(request, "TagKey", "TagValue"))
                          .get("KeyMetadata"));
              String id = Values.text(metadata.get("KeyId"));
              rotate(id, request);
              return Kind.Made.of(id, "arn", metadata.get("Arn"), "keyId", id);
            })
        .update(
            request -> {
              if (request.changed("policy")) {
                kms(
                    "PutKeyPolicy",
                    "KeyId",
                    request.id(),
                    "PolicyName",
                    "default",
                    "Policy",
                    request.text("policy"));
              }
              rotate(request.id(), request);
              return Map.of();
            })
        .delete(
            request ->
                kms(
                    "ScheduleKeyDeletion",
                    "KeyId",
                    request.id(),
                    "PendingWindowInDays",
                    request.number("deletionWindowInDays", 30)))
        .exists(
            request -> {
              try {
                Map<String, Object> metadata =
                    Values.map(kms("DescribeKey", "KeyId", request.id()).get("KeyMetadata"));
                return !"PendingDeletion".equals(metadata.get("KeyState"));
              } catch (AwsError e) {
                return false;
              }
            });
  }

  private void rotate(String id, Kind.Request request) {
    if (request.flag("enableKeyRotation")) {
      kms("EnableKeyRotation", "KeyId", id);
    }
  }

  private Kind alias() {
    return Kind.of("aws:kms/alias:Alias")
        .create(
            request -> {
              kms(
                  "CreateAlias",
                  "AliasName",
                  request.text("name"),
                  "TargetKeyId",
                  request.text("targetKeyId"));
              return Kind.Made.of(request.text("name"), "arn", arn("kms", request.text("name")));
            })
        .update(
            request -> {
              kms(
                  "UpdateAlias",
                  "AliasName",
                  request.id(),
                  "TargetKeyId",
                  request.text("targetKeyId"));
              return Map.of();
            })
        .delete(request -> kms("DeleteAlias", "AliasName", request.id()));
  }

  private Kind secret() {
    return Kind.of("aws:secretsmanager/secret:Secret")
        .create(
            request -> {
              String name = request.text("name");
              if (isGoing(name)) {
                throw new AwsError(
                    400,
                    "InvalidRequestException",
                    "You can't create this secret because a secret with this name is already"
                        + " scheduled for deletion.");
              }
              var made =
                  secrets(
                      "CreateSecret",
                      "Name",
                      name,
                      "Description",
                      request.text("description"),
                      "KmsKeyId",
                      request.text("kmsKeyId"),
                      "Tags",
                      tagList(request, "Key", "Value"));
              String arn = Values.text(made.get("ARN"));
              return Kind.Made.of(arn, "arn", arn);
            })
        .delete(
            request -> {
              long days =
                  request.old().get("recoveryWindowInDays") instanceof Number number
                      ? number.longValue()
                      : 30;
              secrets(
                  "DeleteSecret",
                  "SecretId",
                  request.id(),
                  days == 0 ? "ForceDeleteWithoutRecovery" : "RecoveryWindowInDays",
                  days == 0 ? true : days);
            })
        .exists(
            request ->
                !isGoing(request.id())
                    && isThere(() -> secrets("DescribeSecret", "SecretId", request.id())));
  }

  /** Whether a secret is deleted, and may still come back. */
  private boolean isGoing(String secret) {
    try {
      return secrets("DescribeSecret", "SecretId", secret).get("DeletedDate") != null;
    } catch (AwsError e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  private Map<String, Object> secrets(String operation, Object... fields) {
    return aws.json("secretsmanager", "secretsmanager." + operation, Kind.map(fields));
  }

  // --- registries
  // ----------------------------------------------------------------------------------------------------

  private Kind repository() {
    return Kind.of("aws:ecr/repository:Repository")
        .create(
            request -> {
              Map<String, Object> made =
                  Values.map(
                      aws.json(
                              "ecr",
                              "AmazonEC2ContainerRegistry_V20150921.CreateRepository",
                              Kind.map(
                                  "repositoryName",
                                  request.text("name"),
                                  "imageTagMutability",
                                  request.text("imageTagMutability"),
                                  "imageScanningConfiguration",
                                  request.inputs().get("imageScanningConfiguration"),
                                  "tags",
                                  tagList(request, "Key", "Value")))
                          .get("repository"));
              return Kind.Made.of(
                  request.text("name"),
                  "arn",
                  made.get("repositoryArn"),
                  "repositoryUrl",
                  made.get("repositoryUri"),
                  "registryId",
                  EmulatedCloud.ACCOUNT);
            })
        .delete(
            request ->
                aws.json(
                    "ecr",
                    "AmazonEC2ContainerRegistry_V20150921.DeleteRepository",
                    Kind.map(
                        "repositoryName",
                        request.id(),
                        "force",
                        Boolean.TRUE.equals(request.old().get("forceDelete")))))
        .exists(
            request ->
                isThere(
                    () ->
                        aws.json(
                            "ecr",
                            "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
                            new TreeMap<>(Map.of("repositoryNames", List.of(request.id()))))));
  }

  private Map<String, Object> ecr(String operation, Object... fields) {
    return aws.json("ecr", "AmazonEC2ContainerRegistry_V20150921." + operation, Kind.map(fields));
  }

  private Kind repositoryPolicy() {
    return Kind.of("aws:ecr/repositoryPolicy:RepositoryPolicy")
        .create(
            request -> {
              judged(request.text("policy"));
              ecr(
                  "SetRepositoryPolicy",
                  "repositoryName",
                  request.text("repository"),
                  "policyText",
                  request.text("policy"));
              return Kind.Made.of(request.text("repository"), "registryId", EmulatedCloud.ACCOUNT);
            })
        .update(
            request -> {
              judged(request.text("policy"));
              ecr(
                  "SetRepositoryPolicy",
                  "repositoryName",
                  request.id(),
                  "policyText",
                  request.text("policy"));
              return Map.of();
            })
        .delete(request -> ecr("DeleteRepositoryPolicy", "repositoryName", request.id()))
        .exists(
            request -> isThere(() -> ecr("GetRepositoryPolicy", "repositoryName", request.id())));
  }

  /** moto takes any text for a policy. */
  private static void judged(String policy) {
    try {
      new dev.slipway.testing.PolicyEvaluator(List.of()).at(policy);
    } catch (IllegalArgumentException e) {
      throw new AwsError(400, "InvalidParameterException", e.getMessage());
    }
  }

  private Kind repositoryLifecycle() {
    return Kind.of("aws:ecr/lifecyclePolicy:LifecyclePolicy")
        .deletedFirst()
        .create(
            request -> {
              lifecycle(request);
              return Kind.Made.of(request.text("repository"), "registryId", EmulatedCloud.ACCOUNT);
            })
        .delete(request -> ecr("DeleteLifecyclePolicy", "repositoryName", request.id()))
        .exists(
            request -> isThere(() -> ecr("GetLifecyclePolicy", "repositoryName", request.id())));
  }

  private void lifecycle(Kind.Request request) {
    ecr(
        "PutLifecyclePolicy",
        "repositoryName",
        request.text("repository"),
        "lifecyclePolicyText",
        request.text("policy"));
  }

  // --- the account
  // ---------------------------------------------------------------------------------------------------

  private Kind encryptionByDefault() {
    return Kind.of("aws:ebs/encryptionByDefault:EncryptionByDefault")
        .create(
            request -> {
              encryptDisks(request);
              return Kind.Made.of(aws.region());
            })
        .update(
            request -> {
              encryptDisks(request);
              return Map.of();
            })
        .delete(request -> aws.query("ec2", "DisableEbsEncryptionByDefault", Map.of()));
  }

  private void encryptDisks(Kind.Request request) {
    boolean on = !Boolean.FALSE.equals(request.inputs().get("enabled"));
    aws.query("ec2", (on ? "Enable" : "Disable") + "EbsEncryptionByDefault", Map.of());
  }

  private Kind publicAccess() {
    return Kind.of("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock")
        .create(
            request -> {
              block(request);
              return Kind.Made.of(EmulatedCloud.ACCOUNT, "accountId", EmulatedCloud.ACCOUNT);
            })
        .update(
            request -> {
              block(request);
              return Map.of();
            })
        .delete(request -> publicAccess("DELETE", ""))
        .exists(request -> isThere(() -> publicAccess("GET", "")));
  }

  private void block(Kind.Request request) {
    publicAccess(
        "PUT",
        "<PublicAccessBlockConfiguration xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\">"
            + "<BlockPublicAcls>%s</BlockPublicAcls><IgnorePublicAcls>%s</IgnorePublicAcls>"
                .formatted(request.flag("blockPublicAcls"), request.flag("ignorePublicAcls"))
            + "<BlockPublicPolicy>%s</BlockPublicPolicy><RestrictPublicBuckets>%s</RestrictPublicBuckets>"
                .formatted(request.flag("blockPublicPolicy"), request.flag("restrictPublicBuckets"))
            + "</PublicAccessBlockConfiguration>");
  }

  private void publicAccess(String method, String body) {
    aws.rest(
        "s3",
        method,
        "/v20180820/configuration/publicAccessBlock",
        Map.of("x-amz-account-id", EmulatedCloud.ACCOUNT),
        body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private Map<String, Object> budgets(String operation, Object... fields) {
    return aws.json("budgets", "AWSBudgetServiceGateway." + operation, Kind.map(fields));
  }

  private Kind budget() {
    return Kind.of("aws:budgets/budget:Budget")
        .create(
            request -> {
              budget(request);
              return Kind.Made.of(
                  EmulatedCloud.ACCOUNT + ":" + request.text("name"),
                  "accountId",
                  EmulatedCloud.ACCOUNT,
                  "arn",
                  "arn:aws:budgets::" + EmulatedCloud.ACCOUNT + ":budget/" + request.text("name"));
            })
        .update(
            request -> {
              removeBudget(request.oldText("name"));
              budget(request);
              return Map.of();
            })
        .delete(request -> removeBudget(request.oldText("name")))
        .exists(
            request ->
                isThere(
                    () ->
                        budgets(
                            "DescribeBudget",
                            "AccountId",
                            EmulatedCloud.ACCOUNT,
                            "BudgetName",
                            request.oldText("name"))));
  }

  private void budget(Kind.Request request) {
    budgets(
        "CreateBudget",
        "AccountId",
        EmulatedCloud.ACCOUNT,
        "Budget",
        Kind.map(
            "BudgetName",
            request.text("name"),
            "BudgetType",
            request.text("budgetType"),
            "TimeUnit",
            request.text("timeUnit"),
            "BudgetLimit",
            Kind.map("Amount", request.text("limitAmount"), "Unit", request.text("limitUnit"))),
        "NotificationsWithSubscribers",
        Values.maps(request.inputs().get("notifications")).stream()
            .map(ServiceKinds::notification)
            .toList());
  }

  private static Map<String, Object> notification(Map<String, Object> given) {
    var subscribers = new java.util.ArrayList<Map<String, String>>();
    Values.strings(given.get("subscriberEmailAddresses"))
        .forEach(to -> subscribers.add(Map.of("SubscriptionType", "EMAIL", "Address", to)));
    Values.strings(given.get("subscriberSnsTopicArns"))
        .forEach(to -> subscribers.add(Map.of("SubscriptionType", "SNS", "Address", to)));
    if (subscribers.isEmpty()) {
      throw new AwsError(
          400, "InvalidParameterException", "a notification needs at least one subscriber");
    }
    return Kind.map(
        "Notification",
        Kind.map(
            "NotificationType",
            given.get("notificationType"),
            "ComparisonOperator",
            given.get("comparisonOperator"),
            "Threshold",
            given.get("threshold"),
            "ThresholdType",
            given.get("thresholdType")),
        "Subscribers",
        subscribers);
  }

  private void removeBudget(String name) {
    budgets("DeleteBudget", "AccountId", EmulatedCloud.ACCOUNT, "BudgetName", name);
  }
}
