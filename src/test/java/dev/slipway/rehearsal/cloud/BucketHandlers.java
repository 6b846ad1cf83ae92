package dev.slipway.rehearsal.cloud;

import dev.slipway.plan.graph.PropertyValues;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** S3's buckets, their settings and objects, made in moto. */
final class BucketHandlers {
  private static final Map<String, String> XML = Map.of("Content-Type", "application/xml");
  private static final String NAMESPACE = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

  private final AwsClient aws;
  private final BucketPolicies policies;

  BucketHandlers(AwsClient aws, BucketPolicies policies) {
    this.aws = aws;
    this.policies = policies;
  }

  List<Handler> all() {
    return List.of(
        bucket(),
        setting(
            "aws:s3/bucketVersioningV2:BucketVersioningV2", "versioning", this::versioning, false),
        setting(
            "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
            "encryption",
            this::encryption,
            true),
        setting(
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            "publicAccessBlock",
            this::publicAccess,
            true),
        setting(
            "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            "ownershipControls",
            this::ownership,
            true),
        setting(
                "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
                "lifecycle",
                this::lifecycle,
                true)
            .inert(),
        setting(
            "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2",
            "object-lock",
            this::objectLock,
            false),
        setting(
            "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2", "cors", this::cors, true),
        policy(),
        object("aws:s3/bucketObjectv2:BucketObjectv2"));
  }

  private HttpResponse<byte[]> s3(
      String method, String path, Map<String, String> headers, byte[] body) {
    return aws.rest("s3", method, path, headers, body);
  }

  private boolean isThere(String path) {
    try {
      s3("HEAD", path, Map.of(), null);
      return true;
    } catch (AwsError e) {
      if (e.status() == 404) {
        return false;
      }
      throw e;
    }
  }

  // --- buckets
  // -------------------------------------------------------------------------------------------------------

  private Handler bucket() {
    return Handler.of("aws:s3/bucketV2:BucketV2")
        .create(
            request -> {
              String name = request.text("bucket");
              if (!name.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")) {
                throw new AwsError(
                    "InvalidBucketName", "The specified bucket is not valid: " + name);
              }
              if (isThere("/" + name)) {
                throw new AwsError(
                    409,
                    "BucketAlreadyOwnedByYou",
                    "Your previous request to create the named bucket succeeded and you already own"
                        + " it: "
                        + name);
              }
              var headers = new LinkedHashMap<>(XML);
              if (request.flag("objectLockEnabled")) {
                headers.put("x-amz-bucket-object-lock-enabled", "true");
              }
              String region = aws.region();
              s3("PUT", "/" + name, headers, location(region).getBytes(StandardCharsets.UTF_8));
              tag(name, request.tags());
              return Handler.Made.of(
                  name,
                  "arn",
                  "arn:aws:s3:::" + name,
                  "bucket",
                  name,
                  "bucketDomainName",
                  name + ".s3.amazonaws.com",
                  "bucketRegionalDomainName",
                  name + ".s3." + region + ".amazonaws.com",
                  "region",
                  region);
            })
        .change(request -> tag(request.id(), request.tags()))
        .delete(
            request -> {
              if (request.oldFlag("forceDestroy")) {
                empty(request.id());
              }
              s3("DELETE", "/" + request.id(), Map.of(), null);
              policies.remove(request.id());
            })
        .exists(request -> isThere("/" + request.id()));
  }

  /** What says where a bucket is to be; nothing, where S3 makes those of which nothing is said. */
  static String location(String region) {
    return region.equals("us-east-1")
        ? ""
        : "<CreateBucketConfiguration"
            + NAMESPACE
            + "><LocationConstraint>"
            + region
            + "</LocationConstraint></CreateBucketConfiguration>";
  }

  private void tag(String bucket, Map<String, String> tags) {
    if (tags.isEmpty()) {
      return;
    }
    var body = new StringBuilder("<Tagging" + NAMESPACE + "><TagSet>");
    tags.forEach(
        (key, value) ->
            body.append("<Tag><Key>")
                .append(Xml.escape(key))
                .append("</Key><Value>")
                .append(Xml.escape(value))
                .append("</Value></Tag>"));
    body.append("</TagSet></Tagging>");
    s3("PUT", "/" + bucket + "?tagging", XML, body.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Deletes every version of every object, as {@code forceDestroy} asks. */
  private void empty(String bucket) {
    while (true) {
      Xml listing = Xml.parse(s3("GET", "/" + bucket + "?versions", Map.of(), null).body());
      var found =
          listing.children().stream()
              .filter(child -> List.of("Version", "DeleteMarker").contains(child.name()))
              .toList();
      if (found.isEmpty()) {
        return;
      }
      for (Xml version : found) {
        s3(
            "DELETE",
            "/"
                + bucket
                + "/"
                + AwsClient.encodePath(version.text("Key"))
                + "?versionId="
                + AwsClient.encode(version.text("VersionId")),
            Map.of("x-amz-bypass-governance-retention", "true"),
            null);
      }
    }
  }

  // --- settings of a bucket
  // ------------------------------------------------------------------------------------------

  /** Renders what S3 is sent. */
  private interface Body {
    String of(Handler.Request request);
  }

  private Handler setting(String token, String query, Body body, boolean removable) {
    return Handler.of(token)
        .create(
            request -> {
              String bucket = request.text("bucket");
              put(bucket, query, body.of(request));
              return Handler.Made.of(bucket);
            })
        .change(request -> put(request.id(), query, body.of(request)))
        .delete(
            request -> {
              if (removable) {
                s3("DELETE", "/" + request.id() + "?" + query, Map.of(), null);
              }
            })
        .exists(request -> isThere("/" + request.id()));
  }

  private Handler policy() {
    return Handler.of("aws:s3/bucketPolicy:BucketPolicy")
        .create(
            request -> {
              policies.put(request.text("bucket"), request.text("policy"));
              return Handler.Made.of(request.text("bucket"));
            })
        .change(request -> policies.put(request.id(), request.text("policy")))
        .delete(request -> policies.remove(request.id()))
        .exists(request -> policies.get(request.id()) != null && isThere("/" + request.id()));
  }

  private void put(String bucket, String query, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    var headers = new LinkedHashMap<>(XML);
    headers.put("Content-MD5", md5(bytes));
    s3("PUT", "/" + bucket + "?" + query, headers, bytes);
  }

  private static String md5(byte[] bytes) {
    try {
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String element(String name, Object value) {
    return value == null
        ? ""
        : "<" + name + ">" + Xml.escape(String.valueOf(value)) + "</" + name + ">";
  }

  private String versioning(Handler.Request request) {
    Map<String, Object> configuration = Values.map(request.inputs().get("versioningConfiguration"));
    return "<VersioningConfiguration"
        + NAMESPACE
        + ">"
        + element("Status", configuration.get("status"))
        + "</VersioningConfiguration>";
  }

  private String encryption(Handler.Request request) {
    var body = new StringBuilder("<ServerSideEncryptionConfiguration" + NAMESPACE + ">");
    for (Map<String, Object> rule : request.maps("rules")) {
      Map<String, Object> standard = Values.map(rule.get("applyServerSideEncryptionByDefault"));
      body.append("<Rule>");
      if (!standard.isEmpty()) {
        body.append("<ApplyServerSideEncryptionByDefault>")
            .append(element("SSEAlgorithm", standard.get("sseAlgorithm")))
            .append(element("KMSMasterKeyID", standard.get("kmsMasterKeyId")))
            .append("</ApplyServerSideEncryptionByDefault>");
      }
      body.append(element("BucketKeyEnabled", rule.get("bucketKeyEnabled"))).append("</Rule>");
    }
    return body.append("</ServerSideEncryptionConfiguration>").toString();
  }

  private String publicAccess(Handler.Request request) {
    return publicAccess(NAMESPACE, request);
  }

  /** The same for a bucket and for a whole account, in the namespace of either. */
  static String publicAccess(String namespace, Handler.Request request) {
    return "<PublicAccessBlockConfiguration"
        + namespace
        + ">"
        + element("BlockPublicAcls", request.flag("blockPublicAcls"))
        + element("IgnorePublicAcls", request.flag("ignorePublicAcls"))
        + element("BlockPublicPolicy", request.flag("blockPublicPolicy"))
        + element("RestrictPublicBuckets", request.flag("restrictPublicBuckets"))
        + "</PublicAccessBlockConfiguration>";
  }

  private String ownership(Handler.Request request) {
    Map<String, Object> rule = Values.map(request.inputs().get("rule"));
    return "<OwnershipControls"
        + NAMESPACE
        + "><Rule>"
        + element("ObjectOwnership", rule.get("objectOwnership"))
        + "</Rule></OwnershipControls>";
  }

  private String objectLock(Handler.Request request) {
    Map<String, Object> rule = Values.map(request.inputs().get("rule"));
    Map<String, Object> retention = Values.map(rule.get("defaultRetention"));
    return "<ObjectLockConfiguration"
        + NAMESPACE
        + "><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
        + (retention.isEmpty()
            ? ""
            : "<Rule><DefaultRetention>"
                + element("Mode", retention.get("mode"))
                + element("Days", retention.get("days"))
                + element("Years", retention.get("years"))
                + "</DefaultRetention></Rule>")
        + "</ObjectLockConfiguration>";
  }

  private String lifecycle(Handler.Request request) {
    var body = new StringBuilder("<LifecycleConfiguration" + NAMESPACE + ">");
    for (Map<String, Object> rule : request.maps("rules")) {
      body.append("<Rule>")
          .append(element("ID", rule.get("id")))
          .append(filter(Values.map(rule.get("filter")), Values.text(rule.get("prefix"))))
          .append(element("Status", rule.get("status")));
      for (Map<String, Object> transition : Values.maps(rule.get("transitions"))) {
        body.append("<Transition>")
            .append(element("Days", transition.get("days")))
            .append(element("StorageClass", transition.get("storageClass")))
            .append("</Transition>");
      }
      Map<String, Object> expiration = Values.map(rule.get("expiration"));
      if (!expiration.isEmpty()) {
        body.append("<Expiration>")
            .append(element("Days", expiration.get("days")))
            .append(element("Date", expiration.get("date")))
            .append(
                element("ExpiredObjectDeleteMarker", expiration.get("expiredObjectDeleteMarker")))
            .append("</Expiration>");
      }
      Map<String, Object> noncurrent = Values.map(rule.get("noncurrentVersionExpiration"));
      if (!noncurrent.isEmpty()) {
        body.append("<NoncurrentVersionExpiration>")
            .append(element("NoncurrentDays", noncurrent.get("noncurrentDays")))
            .append(element("NewerNoncurrentVersions", noncurrent.get("newerNoncurrentVersions")))
            .append("</NoncurrentVersionExpiration>");
      }
      Map<String, Object> abort = Values.map(rule.get("abortIncompleteMultipartUpload"));
      if (!abort.isEmpty()) {
        body.append("<AbortIncompleteMultipartUpload>")
            .append(element("DaysAfterInitiation", abort.get("daysAfterInitiation")))
            .append("</AbortIncompleteMultipartUpload>");
      }
      body.append("</Rule>");
    }
    return body.append("</LifecycleConfiguration>").toString();
  }

  private String cors(Handler.Request request) {
    var body = new StringBuilder("<CORSConfiguration" + NAMESPACE + ">");
    for (Map<String, Object> rule : request.maps("corsRules")) {
      body.append("<CORSRule>");
      for (var list :
          Map.of(
                  "AllowedHeader", "allowedHeaders",
                  "AllowedMethod", "allowedMethods",
                  "AllowedOrigin", "allowedOrigins",
                  "ExposeHeader", "exposeHeaders")
              .entrySet()) {
        Values.strings(rule.get(list.getValue()))
            .forEach(value -> body.append(element(list.getKey(), value)));
      }
      body.append(element("MaxAgeSeconds", rule.get("maxAgeSeconds"))).append("</CORSRule>");
    }
    return body.append("</CORSConfiguration>").toString();
  }

  private static String filter(Map<String, Object> filter, String prefix) {
    Object wanted = filter.getOrDefault("prefix", prefix == null ? "" : prefix);
    return "<Filter>" + element("Prefix", wanted) + "</Filter>";
  }

  // --- objects
  // -------------------------------------------------------------------------------------------------------

  private Handler object(String token) {
    return Handler.of(token)
        .moves("etag", "versionId")
        .create(request -> new Handler.Made(request.text("key"), upload(request)))
        .update(this::upload)
        .delete(
            request ->
                s3(
                    "DELETE",
                    "/"
                        + request.oldText("bucket")
                        + "/"
                        + AwsClient.encodePath(request.oldText("key")),
                    Map.of(),
                    null))
        .exists(
            request ->
                isThere(
                    "/"
                        + request.oldText("bucket")
                        + "/"
                        + AwsClient.encodePath(request.oldText("key"))));
  }

  private Map<String, Object> upload(Handler.Request request) {
    byte[] content =
        request.has("contentBase64")
            ? Base64.getDecoder().decode(request.text("contentBase64"))
            : request.inputs().get("source") instanceof PropertyValues.Asset asset
                ? Values.bytes(asset)
                : request.text("content", "").getBytes(StandardCharsets.UTF_8);
    var headers = new LinkedHashMap<String, String>();
    headers.put("Content-Type", request.text("contentType", "application/octet-stream"));
    if (!request.tags().isEmpty()) {
      var tags = new StringBuilder();
      request
          .tags()
          .forEach(
              (key, value) ->
                  tags.append(tags.isEmpty() ? "" : "&")
                      .append(AwsClient.encode(key))
                      .append('=')
                      .append(AwsClient.encode(value)));
      if (request.tags().size() > 10) {
        throw new AwsError("BadRequest", "Object tags cannot be greater than 10");
      }
      headers.put("x-amz-tagging", tags.toString());
    }
    HttpResponse<byte[]> answer =
        s3(
            "PUT",
            "/" + request.text("bucket") + "/" + AwsClient.encodePath(request.text("key")),
            headers,
            content);
    return Fields.of(
        "arn",
        "arn:aws:s3:::" + request.text("bucket") + "/" + request.text("key"),
        "etag",
        answer.headers().firstValue("etag").orElse("").replace("\"", ""),
        "versionId",
        answer.headers().firstValue("x-amz-version-id").orElse(""));
  }
}
