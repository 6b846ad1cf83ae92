package dev.slipway.aws;

import dev.slipway.identity.Statement;
import java.util.List;

/** S3: buckets, told by the beginning of their names. */
final class S3 {
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

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:s3/bucketV2:BucketV2")
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
                          .resources(stack.whereEphemeral(backups(stack))),
                  stack ->
                      Statement.deny("LeaveBackupsAlone")
                          .actions(
                              "s3:BypassGovernanceRetention",
                              "s3:DeleteObject",
                              "s3:DeleteObjectVersion",
                              "s3:GetObject",
                              "s3:GetObjectVersion",
                              "s3:PutObject")
                          .resources(
                              stack.stack().ephemeral()
                                  ? new String[0]
                                  : new String[] {backups(stack)}))
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
                          .resources(stack.bucket(stack.named("*")))),
          of("bucketOwnershipControls:BucketOwnershipControls")
              .toDeploy(keep("s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls")),
          of("bucketPublicAccessBlock:BucketPublicAccessBlock")
              .toDeploy(keep("s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock")),
          of("bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2")
              .toDeploy(keep("s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration")),
          of("bucketVersioningV2:BucketVersioningV2")
              .toDeploy(keep("s3:GetBucketVersioning", "s3:PutBucketVersioning")),
          of("bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2")
              .toDeploy(keep("s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration")),
          of("bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2")
              .toDeploy(
                  keep(
                      "s3:GetBucketObjectLockConfiguration",
                      "s3:PutBucketObjectLockConfiguration")),
          of("bucketPolicy:BucketPolicy")
              .toDeploy(keep("s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy")),
          // The bundle of a host.
          AwsType.of("aws:s3/bucketObjectv2:BucketObjectv2")
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
              .toRefresh(
                  any ->
                      Statement.allow("SeePublicAccessBlock")
                          .actions("s3:GetAccountPublicAccessBlock")
                          .resources("*")));

  private S3() {}

  /** What is set up on a bucket; a look at the bucket reads it too. */
  private static AwsType of(String type) {
    return AwsType.of("aws:s3/" + type);
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

  private static String backups(Target stack) {
    return stack.bucket(stack.named("backup-*/*"));
  }
}
