package dev.slipway.rehearsal.cloud;

import dev.slipway.rehearsal.cloud.Authorization.Permission;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which rights a call of AWS's API required.
 *
 * <p>Source of the rules: AWS Service Authorization Reference, for the calls that hosts, scripts
 * and the engine make. One that it doesn't know is refused: it would be checked without its
 * resource.
 */
final class RequiredPermissions {

  private static final Map<String, String> PREFIXES = Map.of("monitoring", "cloudwatch");
  private static final Pattern DELETED_KEY = Pattern.compile("<Key>([^<]*)</Key>");

  private static final Pattern DELETED_OBJECT =
      Pattern.compile("<Object>.*?</Object>", Pattern.DOTALL);

  /** Actions that AWS checks without a resource. */
  private static final Set<String> WITHOUT_RESOURCE =
      Set.of(
          "cloudwatch:DescribeAlarms",
          "cloudwatch:GetMetricData",
          "cloudwatch:GetMetricStatistics",
          "cloudwatch:ListMetrics",
          "ec2:DescribeAddresses",
          "ec2:DescribeImages",
          "ec2:DescribeInstanceStatus",
          "ec2:DescribeInstances",
          "ec2:DescribeSnapshots",
          "ec2:DescribeTags",
          "ec2:DescribeVolumes",
          "autoscaling:DescribeAutoScalingGroups",
          "autoscaling:DescribeAutoScalingInstances",
          "autoscaling:DescribeInstanceRefreshes",
          "ecr:GetAuthorizationToken",
          "elasticloadbalancing:DescribeTargetGroups",
          "elasticloadbalancing:DescribeTargetHealth",
          "kms:ListAliases",
          "kms:ListKeys",
          "states:ListStateMachines",
          "ssm:CancelCommand",
          "ssm:DescribeInstanceInformation",
          "ssm:DescribeParameters",
          "ssm:GetCommandInvocation",
          "ssm:ListCommandInvocations",
          "ssm:ListCommands",
          "tag:GetResources");

  /** Those of EC2 that a script may use on an instance. */
  private static final Set<String> ON_INSTANCES =
      Set.of(
          "GetConsoleOutput",
          "RebootInstances",
          "StartInstances",
          "StopInstances",
          "TerminateInstances");

  /** Those of KMS that use a key. */
  private static final Set<String> ON_KEYS =
      Set.of(
          "Decrypt",
          "DescribeKey",
          "Encrypt",
          "GenerateDataKey",
          "GenerateDataKeyWithoutPlaintext",
          "GetKeyPolicy",
          "GetKeyRotationStatus");

  /** Those of ECR on one repository, of which a push and a scan consist. */
  private static final Set<String> ON_REPOSITORIES =
      Set.of(
          "BatchCheckLayerAvailability",
          "BatchGetImage",
          "CompleteLayerUpload",
          "DescribeImageScanFindings",
          "DescribeImages",
          "DescribeRepositories",
          "GetDownloadUrlForLayer",
          "InitiateLayerUpload",
          "ListImages",
          "ListTagsForResource",
          "PutImage",
          "StartImageScan",
          "UploadLayerPart");

  /** What a listing of S3 may be asked with, and a setting of a bucket is not. */
  private static final Set<String> OF_LISTS =
      Set.of(
          "continuation-token",
          "delimiter",
          "encoding-type",
          "fetch-owner",
          "key-marker",
          "list-type",
          "marker",
          "max-keys",
          "prefix",
          "start-after",
          "version-id-marker",
          "versions",
          "x-id");

  private final Call call;
  private final String region;
  private final ResourceContext resources;

  private RequiredPermissions(Call call, String region, ResourceContext resources) {
    this.call = call;
    this.region = region;
    this.resources = resources;
  }

  /** Throws a refusal where the call is of a kind that it doesn't know. */
  static List<Permission> of(Call call, String region, ResourceContext resources) {
    var required = new RequiredPermissions(call, region, resources);
    return switch (call.service()) {
      case "s3" -> required.s3();
      case "ssm" -> required.ssm();
      case "logs" -> required.logs();
      case "monitoring" -> required.cloudWatch();
      case "kms" -> required.kms();
      case "ecr" -> required.ecr();
      case "secretsmanager" -> required.secrets();
      case "sns" -> required.topics();
      case "ec2" -> required.instances();
      case "rds" -> required.databases();
      case "elasticache" -> required.caches();
      case "lambda" -> required.functions();
      case "states" -> required.stateMachines();
      case "sts" -> required.identities();
      default -> required.anything();
    };
  }

  private String operation() {
    if (!call.operation().isEmpty()) {
      return call.operation();
    }
    // The newest protocol names the operation in the path.
    String path = call.uri().getPath();
    int at = path.indexOf("/operation/");
    return at < 0 ? call.method() : path.substring(at + "/operation/".length());
  }

  private List<Permission> anything() {
    String action = PREFIXES.getOrDefault(call.service(), call.service()) + ":" + operation();
    if (!WITHOUT_RESOURCE.contains(action)) {
      throw unknown(action);
    }
    return List.of(Permission.of(action, "*"));
  }

  private AwsError unknown(String action) {
    return new AwsError(
        call.isJson() ? 400 : 403,
        call.isJson() ? "AccessDeniedException" : "AccessDenied",
        action
            + ": the rehearsal does not know which rights it needs (cloud/RequiredPermissions.java"
            + " says them)");
  }

  private String arn(String service, String rest) {
    return "arn:aws:" + service + ":" + region + ":" + EmulatedCloud.ACCOUNT + ":" + rest;
  }

  private Map<String, Object> body() {
    return call.isJson() ? AwsClient.object(call.body()) : Map.of();
  }

  // --- S3
  // ------------------------------------------------------------------------------------------------------------

  private List<Permission> s3() {
    String path = call.uri().getPath();
    Map<String, String> query = call.query();
    if (path.equals("/") || path.isEmpty()) {
      return List.of(Permission.of("s3:ListAllMyBuckets", "*"));
    }
    String[] parts = path.substring(1).split("/", 2);
    String bucket = "arn:aws:s3:::" + parts[0];
    if (parts.length == 1 || parts[1].isEmpty()) {
      return bucketPermissions(bucket, query);
    }
    return objectPermissions(bucket + "/" + parts[1], query);
  }

  private List<Permission> bucketPermissions(String bucket, Map<String, String> query) {
    String verb =
        call.method().equals("PUT") ? "Put" : call.method().equals("DELETE") ? "Put" : "Get";
    if (call.method().equals("POST") && query.containsKey("delete")) {
      var required = new ArrayList<Permission>();
      Matcher objects = DELETED_OBJECT.matcher(new String(call.body(), StandardCharsets.UTF_8));
      while (objects.find()) {
        Matcher key = DELETED_KEY.matcher(objects.group());
        String action =
            objects.group().contains("<VersionId>") ? "s3:DeleteObjectVersion" : "s3:DeleteObject";
        required.add(Permission.of(action, bucket + "/" + (key.find() ? key.group(1) : "")));
      }
      return required;
    }
    var settings = new LinkedHashMap<String, String>();
    settings.put("versioning", "BucketVersioning");
    settings.put("policy", "BucketPolicy");
    settings.put("lifecycle", "LifecycleConfiguration");
    settings.put("encryption", "EncryptionConfiguration");
    settings.put("object-lock", "BucketObjectLockConfiguration");
    settings.put("publicAccessBlock", "BucketPublicAccessBlock");
    settings.put("ownershipControls", "BucketOwnershipControls");
    settings.put("tagging", "BucketTagging");
    settings.put("acl", "BucketAcl");
    settings.put("accelerate", "AccelerateConfiguration");
    settings.put("cors", "BucketCORS");
    settings.put("logging", "BucketLogging");
    settings.put("notification", "BucketNotification");
    settings.put("policyStatus", "BucketPolicyStatus");
    settings.put("replication", "ReplicationConfiguration");
    settings.put("requestPayment", "BucketRequestPayment");
    settings.put("website", "BucketWebsite");
    if (query.containsKey("policy") && call.method().equals("DELETE")) {
      return List.of(Permission.of("s3:DeleteBucketPolicy", bucket));
    }
    for (var setting : settings.entrySet()) {
      if (query.containsKey(setting.getKey())) {
        return List.of(Permission.of("s3:" + verb + setting.getValue(), bucket));
      }
    }
    if (query.containsKey("location")) {
      return List.of(Permission.of("s3:GetBucketLocation", bucket));
    }
    if (query.containsKey("uploads")) {
      return List.of(Permission.of("s3:ListBucketMultipartUploads", bucket));
    }
    if (call.method().equals("PUT")) {
      return List.of(Permission.of("s3:CreateBucket", bucket));
    }
    if (call.method().equals("DELETE")) {
      return List.of(Permission.of("s3:DeleteBucket", bucket));
    }
    for (String key : query.keySet()) {
      if (!OF_LISTS.contains(key) && !key.startsWith("X-Amz-")) {
        throw unknown("s3, " + call.method() + " of a bucket's " + key);
      }
    }
    String action = query.containsKey("versions") ? "s3:ListBucketVersions" : "s3:ListBucket";
    var context = new LinkedHashMap<String, List<String>>();
    for (String key : List.of("prefix", "delimiter", "max-keys")) {
      if (query.containsKey(key)) {
        context.put("s3:" + key, List.of(query.get(key)));
      }
    }
    return List.of(new Permission(action, bucket, context));
  }

  private List<Permission> objectPermissions(String object, Map<String, String> query) {
    String version = query.containsKey("versionId") ? "Version" : "";
    var required = new ArrayList<Permission>();
    if (query.containsKey("tagging")) {
      String verb = Map.of("PUT", "Put", "DELETE", "Delete").getOrDefault(call.method(), "Get");
      required.add(Permission.of("s3:" + verb + "Object" + version + "Tagging", object));
    } else if (query.containsKey("acl")) {
      required.add(
          Permission.of(
              "s3:" + (call.method().equals("PUT") ? "Put" : "Get") + "Object" + version + "Acl",
              object));
    } else if (query.containsKey("retention")) {
      required.add(
          Permission.of(
              "s3:" + (call.method().equals("PUT") ? "Put" : "Get") + "ObjectRetention", object));
    } else if (query.containsKey("legal-hold")) {
      required.add(
          Permission.of(
              "s3:" + (call.method().equals("PUT") ? "Put" : "Get") + "ObjectLegalHold", object));
    } else if (query.containsKey("uploadId") && call.method().equals("DELETE")) {
      required.add(Permission.of("s3:AbortMultipartUpload", object));
    } else if (query.containsKey("uploadId") && call.method().equals("GET")) {
      required.add(Permission.of("s3:ListMultipartUploadParts", object));
    } else if (call.method().equals("DELETE")) {
      required.add(Permission.of("s3:DeleteObject" + version, object));
    } else if (call.method().equals("PUT") || call.method().equals("POST")) {
      required.addAll(writePermissions(object));
    } else {
      required.add(Permission.of("s3:GetObject" + version, object));
      required.addAll(onKeyOf(object, "kms:Decrypt"));
    }
    return required;
  }

  /** S3 asks the key of an encrypted bucket in the caller's name. */
  private List<Permission> onKeyOf(String object, String action) {
    String key = resources.bucketKey(object.replaceFirst("^arn:aws:s3:::", "").split("/")[0]);
    return key == null ? List.of() : List.of(onKey(action, key));
  }

  private List<Permission> writePermissions(String object) {
    var required = new ArrayList<Permission>();
    required.add(Permission.of("s3:PutObject", object));
    required.addAll(onKeyOf(object, "kms:GenerateDataKey"));
    if (call.query().containsKey("uploadId")) {
      // S3 reads the parts again.
      required.addAll(onKeyOf(object, "kms:Decrypt"));
    }
    String source = call.header("x-amz-copy-source");
    if (!source.isEmpty()) {
      String key = java.net.URLDecoder.decode(source, StandardCharsets.UTF_8);
      required.add(
          Permission.of(
              "s3:GetObject",
              "arn:aws:s3:::" + key.replaceFirst("^/", "").replaceFirst("\\?.*", "")));
    }
    if (!call.header("x-amz-tagging").isEmpty()) {
      required.add(Permission.of("s3:PutObjectTagging", object));
    }
    if (!call.header("x-amz-acl").isEmpty()) {
      required.add(Permission.of("s3:PutObjectAcl", object));
    }
    if (!call.header("x-amz-object-lock-mode").isEmpty()) {
      required.add(Permission.of("s3:PutObjectRetention", object));
    }
    return required;
  }

  // --- Systems Manager
  // -----------------------------------------------------------------------------------------------

  private List<Permission> ssm() {
    Map<String, Object> body = body();
    String operation = operation();
    return switch (operation) {
      case "GetParameter", "DeleteParameter", "GetParameterHistory" ->
          List.of(Permission.of("ssm:" + operation, parameter(body.get("Name"))));
      case "PutParameter" -> {
        var required = new ArrayList<Permission>();
        required.add(Permission.of("ssm:PutParameter", parameter(body.get("Name"))));
        if (!Values.list(body.get("Tags")).isEmpty()) {
          required.add(Permission.of("ssm:AddTagsToResource", parameter(body.get("Name"))));
        }
        String key = Values.text(body.get("KeyId"));
        if (key != null && !key.endsWith("alias/aws/ssm")) {
          required.add(onKey("kms:Encrypt", key));
        }
        yield required;
      }
      case "GetParameters", "DeleteParameters" ->
          Values.list(body.get("Names")).stream()
              .map(name -> Permission.of("ssm:" + operation, parameter(name)))
              .toList();
      case "GetParametersByPath" ->
          List.of(Permission.of("ssm:GetParametersByPath", parameter(body.get("Path"))));
      case "AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource" ->
          List.of(
              Permission.of(
                  "ssm:" + operation,
                  "Parameter".equals(body.get("ResourceType"))
                      ? parameter(body.get("ResourceId"))
                      : arn("ssm", "document/" + body.get("ResourceId"))));
      case "GetDocument", "DescribeDocument" ->
          List.of(Permission.of("ssm:" + operation, arn("ssm", "document/" + body.get("Name"))));
      case "SendCommand" -> sendCommand(body);
      default -> anything();
    };
  }

  /** The document and every instance: AWS wants both, and asks for the tags of the latter. */
  private List<Permission> sendCommand(Map<String, Object> body) {
    var required = new ArrayList<Permission>();
    String document = String.valueOf(body.get("DocumentName"));
    required.add(
        Permission.of(
            "ssm:SendCommand",
            document.startsWith("arn:")
                ? document
                : document.startsWith("AWS-")
                    ? "arn:aws:ssm:" + region + "::document/" + document
                    : arn("ssm", "document/" + document)));
    var ids = new ArrayList<>(Values.strings(body.get("InstanceIds")));
    var tags = new LinkedHashMap<String, List<String>>();
    boolean tagged = false;
    for (Map<String, Object> target : Values.maps(body.get("Targets"))) {
      String key = String.valueOf(target.get("Key"));
      List<String> values = Values.strings(target.get("Values"));
      if (key.equalsIgnoreCase("InstanceIds")) {
        ids.addAll(values);
      } else {
        tagged = true;
        if (key.startsWith("tag:")) {
          tags.put(key.substring("tag:".length()), values);
        }
      }
    }
    ids.forEach(id -> required.add(onInstance("ssm:SendCommand", id, "ssm:resourceTag/")));
    if (tagged) {
      // Whoever names instances by their tags may reach all that have them.
      var context = new LinkedHashMap<String, List<String>>();
      tags.forEach(
          (key, values) -> {
            context.put("ssm:resourceTag/" + key, values);
            context.put("aws:ResourceTag/" + key, values);
          });
      required.add(new Permission("ssm:SendCommand", arn("ec2", "instance/*"), context));
    }
    return required;
  }

  private Permission onInstance(String action, String id, String tagKey) {
    var context = new LinkedHashMap<String, List<String>>();
    resources
        .instanceTags(id)
        .forEach(
            (key, value) -> {
              context.put(tagKey + key, List.of(value));
              context.put("aws:ResourceTag/" + key, List.of(value));
            });
    return new Permission(action, arn("ec2", "instance/" + id), context);
  }

  private List<Permission> instances() {
    if (!ON_INSTANCES.contains(operation())) {
      return anything();
    }
    var ids = new ArrayList<>(call.numbered("InstanceId"));
    if (call.form().containsKey("InstanceId")) {
      ids.add(call.form().get("InstanceId"));
    }
    return ids.stream()
        .map(id -> onInstance("ec2:" + operation(), id, "ec2:ResourceTag/"))
        .toList();
  }

  private String parameter(Object name) {
    String text = String.valueOf(name).replaceFirst("^arn:aws:ssm:[^:]*:[^:]*:parameter", "");
    // A version or label may follow the name.
    text = text.replaceFirst(":[^/:]+$", "");
    return arn("ssm", "parameter" + (text.startsWith("/") ? "" : "/") + text);
  }

  /** A key is checked by its own ARN, whatever name it is called by. */
  private Permission onKey(String action, String named) {
    String id = resources.key(named).replaceFirst("^arn:aws:kms:.*:key/", "");
    var context = new LinkedHashMap<String, List<String>>();
    List<String> aliases = resources.aliases(id);
    if (!aliases.isEmpty()) {
      context.put("kms:ResourceAliases", aliases);
    }
    return new Permission(action, arn("kms", "key/" + id), context);
  }

  // --- the others
  // ----------------------------------------------------------------------------------------------------

  private List<Permission> logs() {
    Map<String, Object> body = body();
    String operation = operation();
    Object stream = body.get("logStreamName");
    Object group = body.get("logGroupName");
    if (group == null && body.get("logGroupIdentifier") != null) {
      group = String.valueOf(body.get("logGroupIdentifier")).replaceFirst("^arn:.*:log-group:", "");
    }
    if (operation.equals("DescribeLogGroups") || group == null) {
      return List.of(Permission.of("logs:" + operation, arn("logs", "log-group::log-stream:")));
    }
    return List.of(
        Permission.of(
            "logs:" + operation,
            arn("logs", "log-group:" + group + ":log-stream:" + (stream == null ? "" : stream))));
  }

  private List<Permission> cloudWatch() {
    String operation = operation();
    if (!operation.equals("PutMetricData")) {
      return anything();
    }
    return List.of(
        new Permission(
            "cloudwatch:PutMetricData", "*", Map.of("cloudwatch:namespace", List.of(namespace()))));
  }

  private String namespace() {
    if (call.form().containsKey("Namespace")) {
      return call.form().get("Namespace");
    }
    if (call.isJson()) {
      return String.valueOf(body().get("Namespace"));
    }
    return Cbor.text(call.body(), "Namespace");
  }

  private List<Permission> kms() {
    if (!ON_KEYS.contains(operation())) {
      return anything();
    }
    Object key = body().get("KeyId");
    return List.of(
        onKey("kms:" + operation(), key == null ? keyOfCiphertext() : String.valueOf(key)));
  }

  /** Who decrypts needs not name the key: what was encrypted does. moto writes its id in front. */
  private String keyOfCiphertext() {
    byte[] text =
        Base64.getDecoder().decode(String.valueOf(body().getOrDefault("CiphertextBlob", "")));
    return new String(text, 0, Math.min(36, text.length), StandardCharsets.US_ASCII);
  }

  private List<Permission> ecr() {
    if (!ON_REPOSITORIES.contains(operation())) {
      return anything();
    }
    if (body().get("resourceArn") != null) {
      return List.of(
          Permission.of("ecr:" + operation(), String.valueOf(body().get("resourceArn"))));
    }
    var named = new ArrayList<String>();
    if (body().get("repositoryName") != null) {
      named.add(String.valueOf(body().get("repositoryName")));
    }
    named.addAll(Values.strings(body().get("repositoryNames")));
    if (named.isEmpty()) {
      named.add("*");
    }
    return named.stream()
        .map(name -> Permission.of("ecr:" + operation(), arn("ecr", "repository/" + name)))
        .toList();
  }

  /** Secrets Manager asks the key of a secret in the caller's name. */
  private List<Permission> secrets() {
    Object secret = body().get("SecretId");
    if (secret == null) {
      return anything();
    }
    String id = String.valueOf(secret);
    // A name stands for the secret's ARN, whose last six characters nobody knows beforehand.
    String arn = id.startsWith("arn:") ? id : arn("secretsmanager", "secret:" + id + "-AbCdEf");
    var required = new ArrayList<Permission>();
    required.add(Permission.of("secretsmanager:" + operation(), arn));
    List<String> onKey =
        switch (operation()) {
          case "GetSecretValue" -> List.of("kms:Decrypt");
          case "PutSecretValue" -> List.of("kms:GenerateDataKey", "kms:Decrypt");
          default -> List.of();
        };
    String key = onKey.isEmpty() ? null : resources.secretKey(id);
    if (key != null) {
      onKey.forEach(action -> required.add(ofSecret(onKey(action, key), arn)));
    }
    return required;
  }

  private Permission ofSecret(Permission permission, String secret) {
    var context = new LinkedHashMap<>(permission.context());
    context.put("kms:ViaService", List.of("secretsmanager." + region + ".amazonaws.com"));
    context.put("kms:EncryptionContext:SecretARN", List.of(secret));
    return new Permission(permission.action(), permission.resource(), context);
  }

  /**
   * RDS asks for the instance as well as for its snapshot, where a call names both; one that names
   * none looks at all.
   */
  private List<Permission> databases() {
    String action = "rds:" + operation();
    String instance = call.form().get("DBInstanceIdentifier");
    String snapshot = call.form().get("DBSnapshotIdentifier");
    var required = new ArrayList<Permission>();
    switch (operation()) {
      case "CreateDBSnapshot" -> {
        required.add(Permission.of(action, rdsArn("db", instance)));
        required.add(new Permission(action, rdsArn("snapshot", snapshot), requestedTags()));
        if (!requestedTags().isEmpty()) {
          required.add(
              new Permission(
                  "rds:AddTagsToResource", rdsArn("snapshot", snapshot), requestedTags()));
        }
      }
      case "DescribeDBSnapshots" -> {
        if (instance != null) {
          required.add(Permission.of(action, rdsArn("db", instance)));
        }
        if (snapshot != null || instance == null) {
          required.add(Permission.of(action, rdsArn("snapshot", snapshot)));
        }
      }
      case "DeleteDBSnapshot" -> required.add(Permission.of(action, rdsArn("snapshot", snapshot)));
      case "DescribeDBInstances", "DeleteDBInstance", "ModifyDBInstance", "PromoteReadReplica" ->
          required.add(Permission.of(action, rdsArn("db", instance)));
      case "RestoreDBInstanceFromDBSnapshot" -> {
        required.add(Permission.of(action, rdsArn("db", instance)));
        required.add(Permission.of(action, rdsArn("snapshot", snapshot)));
        for (var named :
            Map.of("subgrp", "DBSubnetGroupName", "pg", "DBParameterGroupName").entrySet()) {
          if (call.form().containsKey(named.getValue())) {
            required.add(
                Permission.of(action, rdsArn(named.getKey(), call.form().get(named.getValue()))));
          }
        }
      }
      case "ListTagsForResource", "AddTagsToResource" ->
          required.add(new Permission(action, call.form().get("ResourceName"), requestedTags()));
      default -> {
        return anything();
      }
    }
    return required;
  }

  private String rdsArn(String kind, String name) {
    if (name != null && name.startsWith("arn:")) {
      return name;
    }
    return arn("rds", kind + ":" + (name == null ? "*" : name));
  }

  /** The tags that a call of RDS gives to what it makes. */
  private Map<String, List<String>> requestedTags() {
    var context = new LinkedHashMap<String, List<String>>();
    for (int n = 1; call.form().containsKey("Tags.Tag." + n + ".Key"); n++) {
      context.put(
          "aws:RequestTag/" + call.form().get("Tags.Tag." + n + ".Key"),
          List.of(call.form().getOrDefault("Tags.Tag." + n + ".Value", "")));
    }
    return context;
  }

  private List<Permission> identities() {
    return switch (operation()) {
      case "GetCallerIdentity" -> List.of();
      case Roles.OPERATION ->
          List.of(
              Permission.of("sts:" + Roles.OPERATION, call.form().getOrDefault("RoleArn", "*")));
      default -> anything();
    };
  }

  /** A function is called through its own path; one that is named by an ARN has that encoded. */
  private List<Permission> functions() {
    return Functions.isInvocation(call)
        ? List.of(
            Permission.of(
                "lambda:InvokeFunction", arn("lambda", "function:" + Functions.invoked(call))))
        : anything();
  }

  /** On a machine, or on one of its executions. */
  private List<Permission> stateMachines() {
    String action = "states:" + operation();
    return switch (operation()) {
      case "StartExecution", "ListExecutions", "DescribeStateMachine" ->
          List.of(Permission.of(action, String.valueOf(body().get("stateMachineArn"))));
      case "DescribeExecution", "GetExecutionHistory", "StopExecution" ->
          List.of(Permission.of(action, String.valueOf(body().get("executionArn"))));
      // AWS finds the machine by the token: https://github.com/aws/aws-cdk/issues/8486
      case "SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess" ->
          List.of(
              Permission.of(
                  action, resources.machineOfTask(String.valueOf(body().get("taskToken")))));
      default -> anything();
    };
  }

  private List<Permission> caches() {
    if (!Set.of("ModifyUser", "DescribeUsers").contains(operation())) {
      return anything();
    }
    String user = call.form().getOrDefault("UserId", "*");
    return List.of(Permission.of("elasticache:" + operation(), arn("elasticache", "user:" + user)));
  }

  private List<Permission> topics() {
    String topic = call.form().getOrDefault("TopicArn", call.form().getOrDefault("TargetArn", "*"));
    return List.of(Permission.of("sns:" + operation(), topic));
  }
}
