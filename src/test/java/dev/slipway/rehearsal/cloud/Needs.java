package dev.slipway.rehearsal.cloud;

import dev.slipway.rehearsal.cloud.Authorization.Need;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which rights a call of AWS's API needs.
 *
 * <p>Source of the rules: AWS Service Authorization Reference, for the services that hosts call.
 */
final class Needs {

  private static final Map<String, String> PREFIXES = Map.of("monitoring", "cloudwatch");
  private static final Pattern DELETED_KEY = Pattern.compile("<Key>([^<]*)</Key>");

  private final Call call;
  private final String region;

  private Needs(Call call, String region) {
    this.call = call;
    this.region = region;
  }

  static List<Need> of(Call call, String region) {
    var needs = new Needs(call, region);
    return switch (call.service()) {
      case "s3" -> needs.s3();
      case "ssm" -> needs.ssm();
      case "logs" -> needs.logs();
      case "monitoring" -> needs.cloudWatch();
      case "kms" -> needs.kms();
      case "ecr" -> needs.ecr();
      case "secretsmanager" -> needs.secrets();
      case "sns" -> needs.topics();
      case "sts" -> needs.operation().equals("GetCallerIdentity") ? List.of() : needs.anything();
      default -> needs.anything();
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

  private List<Need> anything() {
    return List.of(
        Need.of(PREFIXES.getOrDefault(call.service(), call.service()) + ":" + operation(), "*"));
  }

  private String arn(String service, String rest) {
    return "arn:aws:" + service + ":" + region + ":" + EmulatedCloud.ACCOUNT + ":" + rest;
  }

  private Map<String, Object> body() {
    return call.isJson() ? AwsClient.object(call.body()) : Map.of();
  }

  // --- S3
  // ------------------------------------------------------------------------------------------------------------

  private List<Need> s3() {
    String path = call.uri().getPath();
    Map<String, String> query = call.query();
    if (path.equals("/") || path.isEmpty()) {
      return List.of(Need.of("s3:ListAllMyBuckets", "*"));
    }
    String[] parts = path.substring(1).split("/", 2);
    String bucket = "arn:aws:s3:::" + parts[0];
    if (parts.length == 1 || parts[1].isEmpty()) {
      return bucketNeeds(bucket, query);
    }
    return objectNeeds(bucket + "/" + parts[1], query);
  }

  private List<Need> bucketNeeds(String bucket, Map<String, String> query) {
    String verb =
        call.method().equals("PUT") ? "Put" : call.method().equals("DELETE") ? "Put" : "Get";
    if (call.method().equals("POST") && query.containsKey("delete")) {
      var needs = new ArrayList<Need>();
      Matcher keys = DELETED_KEY.matcher(new String(call.body(), StandardCharsets.UTF_8));
      while (keys.find()) {
        needs.add(Need.of("s3:DeleteObject", bucket + "/" + keys.group(1)));
      }
      return needs;
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
    for (var setting : settings.entrySet()) {
      if (query.containsKey(setting.getKey())) {
        return List.of(Need.of("s3:" + verb + setting.getValue(), bucket));
      }
    }
    if (query.containsKey("location")) {
      return List.of(Need.of("s3:GetBucketLocation", bucket));
    }
    if (query.containsKey("uploads")) {
      return List.of(Need.of("s3:ListBucketMultipartUploads", bucket));
    }
    if (call.method().equals("PUT")) {
      return List.of(Need.of("s3:CreateBucket", bucket));
    }
    if (call.method().equals("DELETE")) {
      return List.of(Need.of("s3:DeleteBucket", bucket));
    }
    String action = query.containsKey("versions") ? "s3:ListBucketVersions" : "s3:ListBucket";
    var context = new LinkedHashMap<String, List<String>>();
    for (String key : List.of("prefix", "delimiter", "max-keys")) {
      if (query.containsKey(key)) {
        context.put("s3:" + key, List.of(query.get(key)));
      }
    }
    return List.of(new Need(action, bucket, context));
  }

  private List<Need> objectNeeds(String object, Map<String, String> query) {
    String version = query.containsKey("versionId") ? "Version" : "";
    var needs = new ArrayList<Need>();
    if (query.containsKey("tagging")) {
      String verb = Map.of("PUT", "Put", "DELETE", "Delete").getOrDefault(call.method(), "Get");
      needs.add(Need.of("s3:" + verb + "Object" + version + "Tagging", object));
    } else if (query.containsKey("acl")) {
      needs.add(
          Need.of(
              "s3:" + (call.method().equals("PUT") ? "Put" : "Get") + "Object" + version + "Acl",
              object));
    } else if (query.containsKey("retention")) {
      needs.add(
          Need.of(
              "s3:" + (call.method().equals("PUT") ? "Put" : "Get") + "ObjectRetention", object));
    } else if (query.containsKey("legal-hold")) {
      needs.add(
          Need.of(
              "s3:" + (call.method().equals("PUT") ? "Put" : "Get") + "ObjectLegalHold", object));
    } else if (query.containsKey("uploadId") && call.method().equals("DELETE")) {
      needs.add(Need.of("s3:AbortMultipartUpload", object));
    } else if (query.containsKey("uploadId") && call.method().equals("GET")) {
      needs.add(Need.of("s3:ListMultipartUploadParts", object));
    } else if (call.method().equals("DELETE")) {
      needs.add(Need.of("s3:DeleteObject" + version, object));
    } else if (call.method().equals("PUT") || call.method().equals("POST")) {
      needs.addAll(writeNeeds(object));
    } else {
      needs.add(Need.of("s3:GetObject" + version, object));
    }
    return needs;
  }

  private List<Need> writeNeeds(String object) {
    var needs = new ArrayList<Need>();
    needs.add(Need.of("s3:PutObject", object));
    String source = call.header("x-amz-copy-source");
    if (!source.isEmpty()) {
      String key = java.net.URLDecoder.decode(source, StandardCharsets.UTF_8);
      needs.add(
          Need.of(
              "s3:GetObject",
              "arn:aws:s3:::" + key.replaceFirst("^/", "").replaceFirst("\\?.*", "")));
    }
    if (!call.header("x-amz-tagging").isEmpty()) {
      needs.add(Need.of("s3:PutObjectTagging", object));
    }
    if (!call.header("x-amz-acl").isEmpty()) {
      needs.add(Need.of("s3:PutObjectAcl", object));
    }
    if (!call.header("x-amz-object-lock-mode").isEmpty()) {
      needs.add(Need.of("s3:PutObjectRetention", object));
    }
    return needs;
  }

  // --- Systems Manager
  // -----------------------------------------------------------------------------------------------

  private List<Need> ssm() {
    Map<String, Object> body = body();
    String operation = operation();
    return switch (operation) {
      case "GetParameter", "DeleteParameter", "GetParameterHistory" ->
          List.of(Need.of("ssm:" + operation, parameter(body.get("Name"))));
      case "PutParameter" -> {
        var needs = new ArrayList<Need>();
        needs.add(Need.of("ssm:PutParameter", parameter(body.get("Name"))));
        if (!Values.list(body.get("Tags")).isEmpty()) {
          needs.add(Need.of("ssm:AddTagsToResource", parameter(body.get("Name"))));
        }
        String key = Values.text(body.get("KeyId"));
        if (key != null && !key.endsWith("alias/aws/ssm")) {
          needs.add(Need.of("kms:Encrypt", key(key)));
        }
        yield needs;
      }
      case "GetParameters", "DeleteParameters" ->
          Values.list(body.get("Names")).stream()
              .map(name -> Need.of("ssm:" + operation, parameter(name)))
              .toList();
      case "GetParametersByPath" ->
          List.of(Need.of("ssm:GetParametersByPath", parameter(body.get("Path"))));
      case "AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource" ->
          List.of(
              Need.of(
                  "ssm:" + operation,
                  "Parameter".equals(body.get("ResourceType"))
                      ? parameter(body.get("ResourceId"))
                      : arn("ssm", "document/" + body.get("ResourceId"))));
      case "GetDocument", "DescribeDocument" ->
          List.of(Need.of("ssm:" + operation, arn("ssm", "document/" + body.get("Name"))));
      case "SendCommand" -> {
        var needs = new ArrayList<Need>();
        needs.add(Need.of("ssm:SendCommand", arn("ssm", "document/" + body.get("DocumentName"))));
        for (String instance : Values.strings(body.get("InstanceIds"))) {
          needs.add(Need.of("ssm:SendCommand", arn("ec2", "instance/" + instance)));
        }
        yield needs;
      }
      default -> anything();
    };
  }

  private String parameter(Object name) {
    String text = String.valueOf(name).replaceFirst("^arn:aws:ssm:[^:]*:[^:]*:parameter", "");
    // A version or label may follow the name.
    text = text.replaceFirst(":[^/:]+$", "");
    return arn("ssm", "parameter" + (text.startsWith("/") ? "" : "/") + text);
  }

  private String key(String key) {
    return key.startsWith("arn:") ? key : arn("kms", key.startsWith("alias/") ? key : "key/" + key);
  }

  // --- the others
  // ----------------------------------------------------------------------------------------------------

  private List<Need> logs() {
    Map<String, Object> body = body();
    String operation = operation();
    Object stream = body.get("logStreamName");
    Object group = body.get("logGroupName");
    if (group == null && body.get("logGroupIdentifier") != null) {
      group = String.valueOf(body.get("logGroupIdentifier")).replaceFirst("^arn:.*:log-group:", "");
    }
    if (operation.equals("DescribeLogGroups") || group == null) {
      return List.of(Need.of("logs:" + operation, arn("logs", "log-group::log-stream:")));
    }
    return List.of(
        Need.of(
            "logs:" + operation,
            arn("logs", "log-group:" + group + ":log-stream:" + (stream == null ? "" : stream))));
  }

  private List<Need> cloudWatch() {
    String operation = operation();
    if (!operation.equals("PutMetricData")) {
      return List.of(Need.of("cloudwatch:" + operation, "*"));
    }
    return List.of(
        new Need(
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

  private List<Need> kms() {
    Object key = body().get("KeyId");
    return List.of(Need.of("kms:" + operation(), key == null ? "*" : key(String.valueOf(key))));
  }

  private List<Need> ecr() {
    Object repository = body().get("repositoryName");
    return List.of(
        Need.of(
            "ecr:" + operation(),
            repository == null ? "*" : arn("ecr", "repository/" + repository)));
  }

  private List<Need> secrets() {
    Object secret = body().get("SecretId");
    if (secret == null) {
      return anything();
    }
    String id = String.valueOf(secret);
    return List.of(
        Need.of(
            "secretsmanager:" + operation(),
            // A name stands for the secret's ARN, whose last six characters nobody knows
            // beforehand.
            id.startsWith("arn:") ? id : arn("secretsmanager", "secret:" + id + "-AbCdEf")));
  }

  private List<Need> topics() {
    String topic = call.form().getOrDefault("TopicArn", call.form().getOrDefault("TargetArn", "*"));
    return List.of(Need.of("sns:" + operation(), topic));
  }
}
