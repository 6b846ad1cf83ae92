package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.aws.Drawing.Link;
import dev.slipway.core.Json;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** S3: buckets, told by the beginning of their names. */
final class S3 {
  private static final Prices PRICES =
      Prices.of(
          "s3",
          "https://aws.amazon.com/s3/pricing/",
          "2025-06-30",
          """
          standard    us-east-1,us-east-2,us-west-2,eu-west-1  0.023   GB-month
          glacier-ir  us-east-1,us-east-2,us-west-2,eu-west-1  0.004   GB-month
          standard    eu-central-1                             0.0245  GB-month
          glacier-ir  eu-central-1                             0.005   GB-month
          """);

  private static final String BUCKET = "(?!xn--)[a-z0-9]([a-z0-9.-]*[a-z0-9])?";

  /** Everything that is set up on a bucket; the provider asks for all of it. */
  private static final String[] READ = {
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket"
  };

  private static final String ENCRYPTION =
      "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2";
  private static final String BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
  private static final String VERSIONING = "aws:s3/bucketVersioningV2:BucketVersioningV2";
  private static final String LIFECYCLE =
      "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2";

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:s3/bucketV2:BucketV2")
              .holds("objects")
              .autoNamed("bucket")
              .keeps("bucket")
              .drawn(
                  Drawing.card(Icon.BUCKET)
                      .details(S3::details)
                      .links(
                          bucket ->
                              bucket.mentionedBy(EventBridge.RULE, "eventPattern").stream()
                                  .map(rule -> new Link(bucket, rule, "events", false))
                                  .toList()))
              .breaks("bucket-public-access", S3::isOpen)
              .breaks(
                  "bucket-encryption",
                  bucket ->
                      bucket.pointedAtBy(ENCRYPTION, "bucket").isEmpty()
                          ? "has no encryption configuration"
                          : "")
              .breaks("bucket-versions-kept", S3::keepsVersions)
              .costs(S3::storage)
              .namedOrPrefixed("bucket", 3, 63, BUCKET, BUCKET + "[.-]?")
              .replacedBy("bucket", "bucketPrefix", "objectLockEnabled")
              .computes("id", "{bucket}")
              .computes("arn", "arn:aws:s3:::{bucket}")
              .computes("bucketDomainName", "{bucket}.s3.amazonaws.com")
              .computes("bucketRegionalDomainName", "{bucket}.s3.{region}.amazonaws.com")
              .computes("hostedZoneId", "Z3AQBSTGFYJSTF")
              .computes("region", "{region}")
              .toDeploy(
                  keep(READ),
                  keep(
                      "s3:CreateBucket",
                      "s3:DeleteBucket",
                      "s3:ListBucketVersions",
                      "s3:PutBucketAcl",
                      // A bucket that is made with a lock takes it.
                      "s3:PutBucketObjectLockConfiguration",
                      "s3:PutBucketTagging"),
                  // A bucket that is removed with all that is in it is emptied first. What is worth
                  // keeping isn't, not even where the bucket's policy, which this role writes,
                  // would allow it.
                  stack ->
                      Statement.allow("EmptyBackups")
                          .actions(
                              "s3:BypassGovernanceRetention",
                              "s3:DeleteObject",
                              "s3:DeleteObjectVersion")
                          .resources(stack.whereEphemeral(kept(stack))),
                  stack ->
                      Statement.deny("LeaveBackupsAlone")
                          .actions(
                              "s3:BypassGovernanceRetention",
                              "s3:DeleteObject",
                              "s3:DeleteObjectVersion",
                              "s3:GetObject",
                              "s3:GetObjectVersion",
                              "s3:PutObject")
                          .resources(stack.stack().ephemeral() ? new String[0] : kept(stack)))
              .toRefresh(see(READ))
              .within(
                  stack ->
                      Statement.allow("OwnBuckets")
                          .actions(
                              "s3:AbortMultipartUpload",
                              "s3:GetObject",
                              "s3:ListBucket",
                              "s3:ListMultipartUploadParts",
                              "s3:PutObject")
                          .resources(stack.bucket(stack.named("*"))),
                  stack ->
                      Statement.allow("OwnData")
                          .actions("s3:DeleteObject")
                          .resources(stack.bucket(stack.named("data-*/*")))),
          of("bucketOwnershipControls:BucketOwnershipControls")
              .free()
              .replacedBy("bucket")
              .computes("id", "{bucket}")
              .toDeploy(keep("s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls")),
          part(BLOCK)
              .free()
              .replacedBy("bucket")
              .computes("id", "{bucket}")
              .toDeploy(keep("s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock")),
          part(ENCRYPTION)
              .free()
              .replacedBy("bucket", "expectedBucketOwner")
              .computes("id", "{bucket}")
              .toDeploy(keep("s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration")),
          part(VERSIONING)
              .free()
              .replacedBy("bucket", "expectedBucketOwner")
              .computes("id", "{bucket}")
              .toDeploy(keep("s3:GetBucketVersioning", "s3:PutBucketVersioning")),
          part(LIFECYCLE)
              .free()
              .replacedBy("bucket", "expectedBucketOwner")
              .computes("id", "{bucket}")
              .toDeploy(keep("s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration")),
          of("bucketCorsConfigurationV2:BucketCorsConfigurationV2")
              .free()
              .replacedBy("bucket", "expectedBucketOwner")
              .computes("id", "{bucket}")
              .toDeploy(keep("s3:GetBucketCORS", "s3:PutBucketCORS")),
          of("bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2")
              .free()
              .replacedBy("bucket", "expectedBucketOwner", "objectLockEnabled")
              .computes("id", "{bucket}")
              .toDeploy(
                  keep(
                      "s3:GetBucketObjectLockConfiguration",
                      "s3:PutBucketObjectLockConfiguration")),
          of("bucketNotification:BucketNotification")
              .costs(
                  notification ->
                      notification.is("eventbridge")
                          ? List.of(
                              Charge.usageBased(
                                  EventBridge.PRICES, "opt-in-event", "events of the bucket"))
                          : List.of())
              .replacedBy("bucket")
              .computes("id", "{bucket}")
              .toDeploy(keep("s3:GetBucketNotification", "s3:PutBucketNotification"))
              .toRefresh(see("s3:GetBucketNotification")),
          of("bucketPolicy:BucketPolicy")
              .free()
              .guardedBy("policy")
              .replacedBy("bucket")
              .computes("id", "{bucket}")
              .toDeploy(keep("s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy")),
          // The bundle of a host.
          AwsType.of("aws:s3/bucketObjectv2:BucketObjectv2")
              .free()
              // A digest is known by its beginning.
              .inWords(object -> object.text("key").replaceAll("([0-9a-f]{12})[0-9a-f]{52}", "$1…"))
              .replacedBy("bucket", "key")
              .computes("id", "{key}")
              .computes("arn", "arn:aws:s3:::{bucket}/{key}")
              .computes("etag", "{hex32}")
              .computes("versionId", "{hex32}")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepBundles")
                          .actions(
                              "s3:DeleteObject",
                              "s3:DeleteObjectTagging",
                              "s3:DeleteObjectVersion",
                              "s3:GetObject",
                              "s3:GetObjectTagging",
                              "s3:GetObjectVersion",
                              "s3:PutObject",
                              "s3:PutObjectTagging")
                          .resources(stack.bucket(stack.named("artifacts-*/*"))))
              // It is compared by its head, which takes the right to get it. In it are scripts and
              // settings that are in this repository, too.
              .toRefreshEach(
                  stack ->
                      Statement.allow("SeeBundles")
                          .actions("s3:GetObject", "s3:GetObjectTagging")
                          .resources(stack.bucket(stack.named("artifacts-*/bundles/*")))),
          AwsType.of("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock")
              .free()
              .isSetting()
              .replacedBy("accountId")
              .computes("id", "{account}")
              .computes("accountId", "{account}")
              .toRefresh(
                  any ->
                      Statement.allow("SeePublicAccessBlock")
                          .actions("s3:GetAccountPublicAccessBlock")
                          .resources("*")));

  private S3() {}

  private static List<String> details(PlannedResource bucket) {
    var first =
        bucket.pointedAtBy(LIFECYCLE, "bucket").stream()
            .flatMap(part -> part.list("rules").stream())
            .flatMap(
                rule ->
                    rule instanceof Map<?, ?> map
                        ? Json.list(map.get("transitions")).stream()
                        : Stream.empty())
            .filter(Map.class::isInstance)
            .map(transition -> (Map<?, ?>) transition)
            .map(
                transition ->
                    "%s after %s days"
                        .formatted(
                            storageClass(String.valueOf(transition.get("storageClass"))),
                            transition.get("days")))
            .findFirst();
    return Stream.concat(Stream.of("bucket, private, TLS only"), first.stream()).toList();
  }

  private static String storageClass(String name) {
    return switch (name) {
      case "GLACIER_IR" -> "Glacier IR";
      case "GLACIER" -> "Glacier";
      case "DEEP_ARCHIVE" -> "Deep Archive";
      case "STANDARD_IA" -> "infrequent access";
      default -> name;
    };
  }

  private static String isOpen(PlannedResource bucket) {
    return bucket.pointedAtBy(BLOCK, "bucket").stream()
            .anyMatch(
                block ->
                    Stream.of(
                            "blockPublicAcls",
                            "blockPublicPolicy",
                            "ignorePublicAcls",
                            "restrictPublicBuckets")
                        .allMatch(block::is))
        ? ""
        : "does not block public access; add a BucketPublicAccessBlock with all four set";
  }

  private static String keepsVersions(PlannedResource bucket) {
    boolean versioned =
        bucket.pointedAtBy(VERSIONING, "bucket").stream()
            .anyMatch(part -> part.text("versioningConfiguration.status").equals("Enabled"));
    boolean expire =
        bucket.pointedAtBy(LIFECYCLE, "bucket").stream()
            .flatMap(part -> part.list("rules").stream())
            .anyMatch(
                rule ->
                    rule instanceof Map<?, ?> map
                        && map.get("noncurrentVersionExpiration") != null);
    return versioned && !expire
        ? "keeps former versions for ever; add a lifecycle rule with noncurrentVersionExpiration"
        : "";
  }

  private static List<Charge> storage(PlannedResource bucket) {
    var standard = Charge.usageBased(PRICES, "standard", "storage");
    boolean archives =
        bucket.pointedAtBy(LIFECYCLE, "bucket").stream()
            .anyMatch(part -> Json.compact(part.list("rules")).contains("GLACIER_IR"));
    return archives
        ? List.of(standard, Charge.usageBased(PRICES, "glacier-ir", "storage of older objects"))
        : List.of(standard);
  }

  /** What is set up on a bucket; a look at the bucket reads it too. */
  private static AwsType of(String type) {
    return part("aws:s3/" + type);
  }

  private static AwsType part(String token) {
    return AwsType.of(token).isPart();
  }

  private static Right keep(String... actions) {
    return stack ->
        Statement.allow("KeepOwnBuckets")
            .actions(actions)
            .resources(stack.bucket(stack.named("*")));
  }

  private static Right see(String... actions) {
    return any -> Statement.allow("SeeBuckets").actions(actions).resources(any.bucket("slipway-*"));
  }

  /** What is worth keeping: backups, and the files of an application. */
  private static String[] kept(Target stack) {
    return new String[] {
      stack.bucket(stack.named("backup-*/*")), stack.bucket(stack.named("data-*/*"))
    };
  }
}
