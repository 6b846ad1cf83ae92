package dev.slipway.storage;

import com.pulumi.aws.s3.BucketLifecycleConfigurationV2;
import com.pulumi.aws.s3.BucketLifecycleConfigurationV2Args;
import com.pulumi.aws.s3.BucketObjectLockConfigurationV2;
import com.pulumi.aws.s3.BucketObjectLockConfigurationV2Args;
import com.pulumi.aws.s3.BucketOwnershipControls;
import com.pulumi.aws.s3.BucketOwnershipControlsArgs;
import com.pulumi.aws.s3.BucketPolicy;
import com.pulumi.aws.s3.BucketPolicyArgs;
import com.pulumi.aws.s3.BucketPublicAccessBlock;
import com.pulumi.aws.s3.BucketPublicAccessBlockArgs;
import com.pulumi.aws.s3.BucketServerSideEncryptionConfigurationV2;
import com.pulumi.aws.s3.BucketServerSideEncryptionConfigurationV2Args;
import com.pulumi.aws.s3.BucketV2;
import com.pulumi.aws.s3.BucketV2Args;
import com.pulumi.aws.s3.BucketVersioningV2;
import com.pulumi.aws.s3.BucketVersioningV2Args;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleArgs;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleExpirationArgs;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleFilterArgs;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs;
import com.pulumi.aws.s3.inputs.BucketLifecycleConfigurationV2RuleTransitionArgs;
import com.pulumi.aws.s3.inputs.BucketObjectLockConfigurationV2RuleArgs;
import com.pulumi.aws.s3.inputs.BucketObjectLockConfigurationV2RuleDefaultRetentionArgs;
import com.pulumi.aws.s3.inputs.BucketOwnershipControlsRuleArgs;
import com.pulumi.aws.s3.inputs.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs;
import com.pulumi.aws.s3.inputs.BucketServerSideEncryptionConfigurationV2RuleArgs;
import com.pulumi.aws.s3.inputs.BucketVersioningV2VersioningConfigurationArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.identity.Policy;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A bucket as every bucket should be: versioned, encrypted, over TLS alone and closed to the
 * public.
 *
 * <p>Creates a bucket with its ownership, public access block, versioning, encryption, lifecycle
 * and policy, and a default retention where Object Lock is asked for. Costs what is stored: about
 * 0.023 dollars per GB and month, 0.004 in Glacier Instant Retrieval.
 *
 * <pre>{@code
 * new PrivateBucket(named("bucket"), BucketRules.of("backup").glacierAfter(30), childOptions());
 * }</pre>
 *
 * <p>The rules are those of the <a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html">S3 user
 * guide</a>.
 */
public final class PrivateBucket extends Component {
  static final String TYPE = "slipway:storage:PrivateBucket";

  private final BucketV2 bucket;
  private final BucketRules rules;
  private final List<Resource> ready = new ArrayList<>();

  public PrivateBucket(String name, BucketRules rules, ComponentResourceOptions options) {
    this(name, rules, List.of(), options);
  }

  /**
   * @param more what the bucket's policy says beside that it wants TLS
   */
  public PrivateBucket(
      String name,
      BucketRules rules,
      List<Output<BucketStatement>> more,
      ComponentResourceOptions options) {
    this(name, rules, bucket -> more, options);
  }

  /**
   * @param more what the bucket's policy says, of what is made with the bucket in hand: a CDN
   *     before it
   */
  PrivateBucket(
      String name,
      BucketRules rules,
      Function<PrivateBucket, List<Output<BucketStatement>>> more,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.rules = rules;
    boolean kept = stack().protects(rules.protect());
    var args =
        BucketV2Args.builder()
            .bucketPrefix(stack().prefix(rules.role()))
            // Without protection the bucket goes with the stack, whatever is in it.
            .forceDestroy(!kept)
            .tags(
                rules.reproducible()
                    ? nameTag("bucket", Map.of("slipway:reproducible", "true"))
                    : nameTag("bucket"));
    if (rules.lockDays().isPresent()) {
      args.objectLockEnabled(true);
    }
    bucket = new BucketV2(named("bucket"), args.build(), leaf().protect(kept).build());
    var closed = closed();
    encrypted();
    var versioning = versioned();
    lifecycle(versioning);
    lock(versioning);
    policy(more.apply(this), closed);
    registerOutputs(Map.of("bucket", bucket.bucket(), "arn", bucket.arn()));
  }

  private Resource closed() {
    var owner =
        new BucketOwnershipControls(
            named("ownership"),
            BucketOwnershipControlsArgs.builder()
                .bucket(bucket.bucket())
                .rule(
                    BucketOwnershipControlsRuleArgs.builder()
                        .objectOwnership("BucketOwnerEnforced")
                        .build())
                .build(),
            leaf().build());
    // S3 refuses two changes of a bucket's access at once, so each waits for the one before.
    var block =
        new BucketPublicAccessBlock(
            named("public-access"),
            BucketPublicAccessBlockArgs.builder()
                .bucket(bucket.bucket())
                .blockPublicAcls(true)
                .blockPublicPolicy(true)
                .ignorePublicAcls(true)
                .restrictPublicBuckets(true)
                .build(),
            leaf().dependsOn(owner).build());
    ready.add(block);
    return block;
  }

  private void encrypted() {
    ready.add(
        new BucketServerSideEncryptionConfigurationV2(
            named("encryption"),
            BucketServerSideEncryptionConfigurationV2Args.builder()
                .bucket(bucket.bucket())
                .rules(
                    BucketServerSideEncryptionConfigurationV2RuleArgs.builder()
                        .applyServerSideEncryptionByDefault(
                            BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs
                                .builder()
                                .sseAlgorithm("AES256")
                                .build())
                        .build())
                .build(),
            leaf().build()));
  }

  private Resource versioned() {
    var versioning =
        new BucketVersioningV2(
            named("versioning"),
            BucketVersioningV2Args.builder()
                .bucket(bucket.bucket())
                .versioningConfiguration(
                    BucketVersioningV2VersioningConfigurationArgs.builder()
                        .status("Enabled")
                        .build())
                .build(),
            leaf().build());
    ready.add(versioning);
    return versioning;
  }

  private void lifecycle(Resource versioning) {
    var rule =
        BucketLifecycleConfigurationV2RuleArgs.builder()
            .id("keep")
            .status("Enabled")
            .filter(BucketLifecycleConfigurationV2RuleFilterArgs.builder().prefix("").build())
            .abortIncompleteMultipartUpload(
                BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs.builder()
                    .daysAfterInitiation(7)
                    .build())
            .noncurrentVersionExpiration(
                BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs.builder()
                    .noncurrentDays(rules.formerVersionDays())
                    .build());
    rules
        .glacierAfterDays()
        .ifPresent(
            days ->
                rule.transitions(
                    BucketLifecycleConfigurationV2RuleTransitionArgs.builder()
                        .days(days)
                        .storageClass("GLACIER_IR")
                        .build()));
    rules
        .expireAfterDays()
        .ifPresent(
            days ->
                rule.expiration(
                    BucketLifecycleConfigurationV2RuleExpirationArgs.builder().days(days).build()));
    var all = new ArrayList<BucketLifecycleConfigurationV2RuleArgs>(List.of(rule.build()));
    rules
        .prefixDays()
        .forEach(
            (prefix, days) ->
                all.add(
                    BucketLifecycleConfigurationV2RuleArgs.builder()
                        .id("expire-" + prefix.replaceAll("/$", ""))
                        .status("Enabled")
                        .filter(
                            BucketLifecycleConfigurationV2RuleFilterArgs.builder()
                                .prefix(prefix)
                                .build())
                        .expiration(
                            BucketLifecycleConfigurationV2RuleExpirationArgs.builder()
                                .days(days)
                                .build())
                        .build()));
    new BucketLifecycleConfigurationV2(
        named("lifecycle"),
        BucketLifecycleConfigurationV2Args.builder().bucket(bucket.bucket()).rules(all).build(),
        leaf().dependsOn(versioning).build());
  }

  private void lock(Resource versioning) {
    rules
        .lockDays()
        .ifPresent(
            days ->
                ready.add(
                    new BucketObjectLockConfigurationV2(
                        named("lock"),
                        BucketObjectLockConfigurationV2Args.builder()
                            .bucket(bucket.bucket())
                            .rule(
                                BucketObjectLockConfigurationV2RuleArgs.builder()
                                    .defaultRetention(
                                        BucketObjectLockConfigurationV2RuleDefaultRetentionArgs
                                            .builder()
                                            .mode("GOVERNANCE")
                                            .days(days)
                                            .build())
                                    .build())
                            .build(),
                        leaf().dependsOn(versioning).build())));
  }

  private void policy(List<Output<BucketStatement>> more, Resource closed) {
    var text =
        Output.tuple(bucket.arn(), more.isEmpty() ? Output.of(List.of()) : Output.all(more))
            .applyValue(
                known -> {
                  var statements = new ArrayList<Statement>();
                  statements.add(
                      Statement.deny("TlsOnly")
                          .everybody()
                          .actions("s3:*")
                          .resources(known.t1, known.t1 + "/*")
                          .when("Bool", "aws:SecureTransport", "false"));
                  for (var statement : (List<?>) known.t2) {
                    statements.add(((BucketStatement) statement).on(known.t1));
                  }
                  return Policy.of(Collections.unmodifiableList(statements));
                });
    ready.add(
        new BucketPolicy(
            named("policy"),
            BucketPolicyArgs.builder().bucket(bucket.bucket()).policy(text).build(),
            leaf().dependsOn(closed).build()));
  }

  /** The bucket's name. */
  public Output<String> bucketName() {
    return bucket.bucket();
  }

  /** The bucket's ARN. */
  public Output<String> arn() {
    return bucket.arn();
  }

  /** The name by which it is reached in its region. */
  Output<String> regionalDomainName() {
    return bucket.bucketRegionalDomainName();
  }

  /** What must be there before anything is put into the bucket. */
  public List<Resource> ready() {
    return List.copyOf(ready);
  }
}
