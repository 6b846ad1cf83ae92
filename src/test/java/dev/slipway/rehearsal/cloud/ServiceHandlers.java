package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;

/**
 * What scripts and hosts call besides S3: parameters, documents, logs, alarms, topics, keys,
 * secrets, registries.
 */
final class ServiceHandlers {
  private final AwsClient aws;
  private final AwsClient.Json ssm;
  private final AwsClient.Json logs;
  private final AwsClient.Json kms;
  private final AwsClient.Json secrets;
  private final AwsClient.Json ecr;
  private final AwsClient.Json budgets;
  private final AwsClient.Query sns;
  private final AwsClient.Query monitoring;

  ServiceHandlers(AwsClient aws) {
    this.aws = aws;
    ssm = new AwsClient.Json(aws, "ssm", "AmazonSSM");
    logs = new AwsClient.Json(aws, "logs", "Logs_20140328");
    kms = new AwsClient.Json(aws, "kms", "TrentService");
    secrets = new AwsClient.Json(aws, "secretsmanager", "secretsmanager");
    ecr = new AwsClient.Json(aws, "ecr", "AmazonEC2ContainerRegistry_V20150921");
    budgets = new AwsClient.Json(aws, "budgets", "AWSBudgetServiceGateway");
    sns = new AwsClient.Query(aws, "sns");
    monitoring = new AwsClient.Query(aws, "monitoring");
  }

  List<Handler> all() {
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

  private String arn(String service, String rest) {
    return "arn:aws:" + service + ":" + aws.region() + ":" + EmulatedCloud.ACCOUNT + ":" + rest;
  }

  // --- Systems Manager
  // -----------------------------------------------------------------------------------------------

  private Handler parameter() {
    return Handler.of("aws:ssm/parameter:Parameter")
        .moves("version")
        .create(
            request -> {
              put(request, false);
              String name = request.text("name");
              return Handler.Made.of(
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
        .delete(request -> ssm.call("DeleteParameter", "Name", request.id()))
        .found(request -> ssm.call("GetParameter", "Name", request.id()));
  }

  private Map<String, Object> put(Handler.Request request, boolean overwrite) {
    if (request.text("value").length() > 4096 && !"Advanced".equals(request.text("tier"))) {
      throw new AwsError(
          "ValidationException",
          "Standard tier parameters support a maximum parameter value of 4096 characters. To create"
              + " a larger parameter value, upgrade the parameter to use the advanced-parameter"
              + " tier.");
    }
    var answer =
        ssm.call(
            "PutParameter",
            request
                .fields("Name", "Type", "Value", "Description", "KeyId", "AllowedPattern", "Tier")
                .and(
                    "Overwrite",
                    overwrite || request.flag("overwrite"),
                    "Tags",
                    overwrite ? null : request.tagList("Key", "Value")));
    return Fields.of("version", answer.get("Version"));
  }

  private Handler document() {
    return Handler.of("aws:ssm/document:Document")
        .moves("latestVersion", "defaultVersion", "documentVersion", "hash")
        .create(
            request -> {
              SsmDocument.parse(request.text("name"), request.text("content"));
              var made =
                  ssm.call(
                      "CreateDocument",
                      request
                          .fields(
                              "Name",
                              "Content",
                              "DocumentType",
                              "DocumentFormat:JSON",
                              "TargetType")
                          .and("Tags", request.tagList("Key", "Value")));
              var outputs = documentOutputs(made);
              outputs.put("arn", arn("ssm", "document/" + request.text("name")));
              return new Handler.Made(request.text("name"), outputs);
            })
        .update(
            request -> {
              if (!request.changed("content")) {
                return Map.of();
              }
              SsmDocument.parse(request.id(), request.text("content"));
              var made =
                  ssm.call(
                      "UpdateDocument",
                      request
                          .fields("Name=#", "Content", "DocumentFormat:JSON")
                          .and("DocumentVersion", "$LATEST"));
              var outputs = documentOutputs(made);
              ssm.call(
                  "UpdateDocumentDefaultVersion",
                  "Name",
                  request.id(),
                  "DocumentVersion",
                  outputs.get("latestVersion"));
              outputs.put("defaultVersion", outputs.get("latestVersion"));
              return outputs;
            })
        .delete(request -> ssm.call("DeleteDocument", "Name", request.id()))
        .found(request -> ssm.call("GetDocument", "Name", request.id()));
  }

  private static Map<String, Object> documentOutputs(Map<String, Object> answer) {
    Map<String, Object> description = Values.map(answer.get("DocumentDescription"));
    return Fields.of(
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

  private Handler logGroup() {
    return Handler.of("aws:cloudwatch/logGroup:LogGroup")
        .create(
            request -> {
              logs.call(
                  "CreateLogGroup",
                  request.fields("logGroupName=name", "kmsKeyId").and("tags", request.tags()));
              retain(request.text("name"), request);
              return Handler.Made.of(
                  request.text("name"), "arn", arn("logs", "log-group:" + request.text("name")));
            })
        .change(request -> retain(request.id(), request))
        .delete(
            request -> {
              if (!request.oldFlag("skipDestroy")) {
                logs.call("DeleteLogGroup", "logGroupName", request.id());
              }
            })
        .exists(
            request ->
                Values.maps(
                        logs.call("DescribeLogGroups", "logGroupNamePrefix", request.id())
                            .get("logGroups"))
                    .stream()
                    .anyMatch(group -> request.id().equals(group.get("logGroupName"))));
  }

  private void retain(String group, Handler.Request request) {
    if (request.number("retentionInDays", 0) > 0) {
      logs.call(
          "PutRetentionPolicy",
          "logGroupName",
          group,
          "retentionInDays",
          request.number("retentionInDays", 0));
    }
  }

  private Handler alarm() {
    return Handler.of("aws:cloudwatch/metricAlarm:MetricAlarm")
        .put(
            this::alarm,
            request ->
                Handler.Made.of(
                    request.text("name"),
                    "arn",
                    arn("cloudwatch", "alarm:" + request.text("name"))))
        .delete(request -> monitoring.call("DeleteAlarms", "AlarmNames.member.1", request.id()))
        .exists(
            request ->
                monitoring
                    .call("DescribeAlarms", "AlarmNames.member.1", request.id())
                    .anywhere("AlarmName")
                    .isPresent());
  }

  private void alarm(Handler.Request request) {
    var query =
        request.fields(
            "AlarmName=name",
            "AlarmDescription",
            "ComparisonOperator",
            "EvaluationPeriods",
            "DatapointsToAlarm",
            "MetricName",
            "Namespace",
            "Period",
            "Statistic",
            "Threshold",
            "TreatMissingData",
            "AlarmActions.member=alarmActions",
            "OKActions.member=okActions");
    int n = 0;
    for (var dimension : Values.stringMap(request.inputs().get("dimensions")).entrySet()) {
      n++;
      query.put("Dimensions.member." + n + ".Name", dimension.getKey());
      query.put("Dimensions.member." + n + ".Value", dimension.getValue());
    }
    monitoring.call("PutMetricAlarm", query);
  }

  // --- topics
  // --------------------------------------------------------------------------------------------------------

  private Handler topic() {
    return Handler.of("aws:sns/topic:Topic")
        .create(
            request -> {
              String arn = sns.call("CreateTopic", "Name", request.text("name")).need("TopicArn");
              topicAttribute(arn, "KmsMasterKeyId", request.text("kmsMasterKeyId"));
              topicAttribute(arn, "Policy", request.text("policy"));
              topicAttribute(arn, "DisplayName", request.text("displayName"));
              return Handler.Made.of(arn, "arn", arn, "owner", EmulatedCloud.ACCOUNT);
            })
        .change(
            request -> {
              topicAttribute(request.id(), "KmsMasterKeyId", request.text("kmsMasterKeyId"));
              topicAttribute(request.id(), "Policy", request.text("policy"));
            })
        .delete(request -> sns.call("DeleteTopic", "TopicArn", request.id()))
        .found(request -> sns.call("GetTopicAttributes", "TopicArn", request.id()));
  }

  private void topicAttribute(String arn, String name, String value) {
    if (value != null) {
      sns.call(
          "SetTopicAttributes",
          Map.of("TopicArn", arn, "AttributeName", name, "AttributeValue", value));
    }
  }

  private Handler topicPolicy() {
    return Handler.of("aws:sns/topicPolicy:TopicPolicy")
        .put(
            request -> topicAttribute(request.text("arn"), "Policy", request.text("policy")),
            request -> Handler.Made.of(request.text("arn"), "owner", EmulatedCloud.ACCOUNT));
  }

  private Handler subscription() {
    return Handler.of("aws:sns/topicSubscription:TopicSubscription")
        .create(
            request -> {
              String arn =
                  sns.call(
                          "Subscribe",
                          request
                              .fields("TopicArn=topic", "Protocol", "Endpoint")
                              .and("ReturnSubscriptionArn", true))
                      .need("SubscriptionArn");
              return Handler.Made.of(
                  arn,
                  "arn",
                  arn,
                  "ownerId",
                  EmulatedCloud.ACCOUNT,
                  "pendingConfirmation",
                  request.text("protocol").equals("email"));
            })
        .delete(request -> sns.call("Unsubscribe", "SubscriptionArn", request.id()))
        .found(request -> sns.call("GetSubscriptionAttributes", "SubscriptionArn", request.id()));
  }

  // --- keys and secrets
  // ----------------------------------------------------------------------------------------------

  private Handler key() {
    return Handler.of("aws:kms/key:Key")
        .create(
            request -> {
              Map<String, Object> metadata =
                  Values.map(
                      kms.call(
                              "CreateKey",
                              request
                                  .fields("Description", "Policy")
                                  .and("Tags", request.tagList("TagKey", "TagValue")))
                          .get("KeyMetadata"));
              String id = Values.text(metadata.get("KeyId"));
              rotate(id, request);
              return Handler.Made.of(id, "arn", metadata.get("Arn"), "keyId", id);
            })
        .change(
            request -> {
              if (request.changed("policy")) {
                kms.call(
                    "PutKeyPolicy",
                    request.fields("KeyId=#", "Policy").and("PolicyName", "default"));
              }
              rotate(request.id(), request);
            })
        .delete(
            request ->
                kms.call(
                    "ScheduleKeyDeletion",
                    "KeyId",
                    request.id(),
                    "PendingWindowInDays",
                    request.number("deletionWindowInDays", 30)))
        .exists(
            request -> {
              try {
                Map<String, Object> metadata =
                    Values.map(kms.call("DescribeKey", "KeyId", request.id()).get("KeyMetadata"));
                return !"PendingDeletion".equals(metadata.get("KeyState"));
              } catch (AwsError e) {
                return false;
              }
            });
  }

  private void rotate(String id, Handler.Request request) {
    if (request.flag("enableKeyRotation")) {
      kms.call("EnableKeyRotation", "KeyId", id);
    }
  }

  private Handler alias() {
    return Handler.of("aws:kms/alias:Alias")
        .create(
            request -> {
              kms.call("CreateAlias", request.fields("AliasName=name", "TargetKeyId"));
              return Handler.Made.of(request.text("name"), "arn", arn("kms", request.text("name")));
            })
        .change(request -> kms.call("UpdateAlias", request.fields("AliasName=#", "TargetKeyId")))
        .delete(request -> kms.call("DeleteAlias", "AliasName", request.id()));
  }

  private Handler secret() {
    return Handler.of("aws:secretsmanager/secret:Secret")
        .create(
            request -> {
              String name = request.text("name");
              if (isGoing(name)) {
                throw new AwsError(
                    "InvalidRequestException",
                    "You can't create this secret because a secret with this name is already"
                        + " scheduled for deletion.");
              }
              var made =
                  secrets.call(
                      "CreateSecret",
                      request
                          .fields("Description", "KmsKeyId")
                          .and("Name", name, "Tags", request.tagList("Key", "Value")));
              String arn = Values.text(made.get("ARN"));
              return Handler.Made.of(arn, "arn", arn);
            })
        .delete(
            request -> {
              long days =
                  request.old().get("recoveryWindowInDays") instanceof Number number
                      ? number.longValue()
                      : 30;
              secrets.call(
                  "DeleteSecret",
                  "SecretId",
                  request.id(),
                  days == 0 ? "ForceDeleteWithoutRecovery" : "RecoveryWindowInDays",
                  days == 0 ? true : days);
            })
        .found(
            request ->
                isGoing(request.id())
                    ? null
                    : secrets.call("DescribeSecret", "SecretId", request.id()));
  }

  /** Whether a secret is deleted, and may still come back. */
  private boolean isGoing(String secret) {
    try {
      return secrets.call("DescribeSecret", "SecretId", secret).get("DeletedDate") != null;
    } catch (AwsError e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  // --- registries
  // ----------------------------------------------------------------------------------------------------

  private Handler repository() {
    return Handler.of("aws:ecr/repository:Repository")
        .create(
            request -> {
              Map<String, Object> made =
                  Values.map(
                      ecr.call(
                              "CreateRepository",
                              request
                                  .fields(
                                      "repositoryName=name",
                                      "imageTagMutability",
                                      "imageScanningConfiguration")
                                  .and("tags", request.tagList("Key", "Value")))
                          .get("repository"));
              return Handler.Made.of(
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
                ecr.call(
                    "DeleteRepository",
                    Fields.of(
                        "repositoryName", request.id(), "force", request.oldFlag("forceDelete"))))
        .found(
            request -> ecr.call("DescribeRepositories", "repositoryNames", List.of(request.id())));
  }

  private Handler repositoryPolicy() {
    return Handler.of("aws:ecr/repositoryPolicy:RepositoryPolicy")
        .put(
            request -> {
              judged(request.text("policy"));
              ecr.call(
                  "SetRepositoryPolicy",
                  request.fields("repositoryName=repository", "policyText=policy"));
            },
            request ->
                Handler.Made.of(request.text("repository"), "registryId", EmulatedCloud.ACCOUNT))
        .delete(request -> ecr.call("DeleteRepositoryPolicy", "repositoryName", request.id()))
        .found(request -> ecr.call("GetRepositoryPolicy", "repositoryName", request.id()));
  }

  /** moto takes any text for a policy. */
  private static void judged(String policy) {
    try {
      new dev.slipway.testing.PolicyEvaluator(List.of()).at(policy);
    } catch (IllegalArgumentException e) {
      throw new AwsError("InvalidParameterException", e.getMessage());
    }
  }

  private Handler repositoryLifecycle() {
    return Handler.of("aws:ecr/lifecyclePolicy:LifecyclePolicy")
        .deletedFirst()
        .create(
            request -> {
              lifecycle(request);
              return Handler.Made.of(
                  request.text("repository"), "registryId", EmulatedCloud.ACCOUNT);
            })
        .delete(request -> ecr.call("DeleteLifecyclePolicy", "repositoryName", request.id()))
        .found(request -> ecr.call("GetLifecyclePolicy", "repositoryName", request.id()));
  }

  private void lifecycle(Handler.Request request) {
    ecr.call(
        "PutLifecyclePolicy",
        request.fields("repositoryName=repository", "lifecyclePolicyText=policy"));
  }

  // --- the account
  // ---------------------------------------------------------------------------------------------------

  private Handler encryptionByDefault() {
    return Handler.of("aws:ebs/encryptionByDefault:EncryptionByDefault")
        .put(this::encryptDisks, request -> Handler.Made.of(aws.region()))
        .delete(request -> aws.query("ec2", "DisableEbsEncryptionByDefault", Map.of()));
  }

  private void encryptDisks(Handler.Request request) {
    boolean on = !Boolean.FALSE.equals(request.inputs().get("enabled"));
    aws.query("ec2", (on ? "Enable" : "Disable") + "EbsEncryptionByDefault", Map.of());
  }

  private Handler publicAccess() {
    return Handler.of("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock")
        .put(
            this::block,
            request -> Handler.Made.of(EmulatedCloud.ACCOUNT, "accountId", EmulatedCloud.ACCOUNT))
        .delete(request -> publicAccess("DELETE", ""))
        .found(request -> publicAccess("GET", ""));
  }

  private void block(Handler.Request request) {
    publicAccess(
        "PUT",
        "<PublicAccessBlockConfiguration"
            + " xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\">"
            + "<BlockPublicAcls>%s</BlockPublicAcls><IgnorePublicAcls>%s</IgnorePublicAcls>"
                .formatted(request.flag("blockPublicAcls"), request.flag("ignorePublicAcls"))
            + "<BlockPublicPolicy>%s</BlockPublicPolicy><RestrictPublicBuckets>%s</RestrictPublicBuckets>"
                .formatted(request.flag("blockPublicPolicy"), request.flag("restrictPublicBuckets"))
            + "</PublicAccessBlockConfiguration>");
  }

  private Object publicAccess(String method, String body) {
    return aws.rest(
        "s3",
        method,
        "/v20180820/configuration/publicAccessBlock",
        Map.of("x-amz-account-id", EmulatedCloud.ACCOUNT),
        body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private Handler budget() {
    return Handler.of("aws:budgets/budget:Budget")
        .create(
            request -> {
              budget(request);
              return Handler.Made.of(
                  EmulatedCloud.ACCOUNT + ":" + request.text("name"),
                  "accountId",
                  EmulatedCloud.ACCOUNT,
                  "arn",
                  "arn:aws:budgets::" + EmulatedCloud.ACCOUNT + ":budget/" + request.text("name"));
            })
        .change(
            request -> {
              removeBudget(request.oldText("name"));
              budget(request);
            })
        .delete(request -> removeBudget(request.oldText("name")))
        .found(
            request ->
                budgets.call(
                    "DescribeBudget",
                    "AccountId",
                    EmulatedCloud.ACCOUNT,
                    "BudgetName",
                    request.oldText("name")));
  }

  private void budget(Handler.Request request) {
    budgets.call(
        "CreateBudget",
        "AccountId",
        EmulatedCloud.ACCOUNT,
        "Budget",
        request
            .fields("BudgetName=name", "BudgetType", "TimeUnit")
            .and("BudgetLimit", request.fields("Amount=limitAmount", "Unit=limitUnit")),
        "NotificationsWithSubscribers",
        request.maps("notifications").stream().map(ServiceHandlers::notification).toList());
  }

  private static Map<String, Object> notification(Map<String, Object> given) {
    var subscribers = new java.util.ArrayList<Map<String, String>>();
    Values.strings(given.get("subscriberEmailAddresses"))
        .forEach(to -> subscribers.add(Map.of("SubscriptionType", "EMAIL", "Address", to)));
    Values.strings(given.get("subscriberSnsTopicArns"))
        .forEach(to -> subscribers.add(Map.of("SubscriptionType", "SNS", "Address", to)));
    if (subscribers.isEmpty()) {
      throw new AwsError(
          "InvalidParameterException", "a notification needs at least one subscriber");
    }
    return Fields.of(
        "Notification",
        Fields.of(
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
    budgets.call("DeleteBudget", "AccountId", EmulatedCloud.ACCOUNT, "BudgetName", name);
  }
}
