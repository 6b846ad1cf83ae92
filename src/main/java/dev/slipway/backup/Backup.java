package dev.slipway.backup;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Link;
import dev.slipway.core.Linkable;
import dev.slipway.host.Host;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import dev.slipway.monitoring.Alarm;
import dev.slipway.monitoring.Monitored;
import dev.slipway.storage.BucketRules;
import dev.slipway.storage.BucketStatement;
import dev.slipway.storage.PrivateBucket;
import java.util.List;
import java.util.Map;

/**
 * Where backups go, and who may put them there: hosts write and read, and can't remove.
 *
 * <p>Creates a protected bucket that moves older backups to Glacier Instant Retrieval and removes
 * them at last. Costs what is stored.
 *
 * <pre>{@code
 * var backups = new Backup(named("backup"), settings.backup(), childOptions());
 * backups.grantKeep(role);
 * }</pre>
 *
 * <p>Glacier Instant Retrieval bills at least 90 days; see the <a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html">S3 user
 * guide</a>.
 */
public final class Backup extends Component implements Linkable {
  static final String TYPE = "slipway:backup:Backup";

  private final BackupSettings settings;
  private final PrivateBucket bucket;

  public Backup(String name, BackupSettings settings, ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.settings = settings;
    bucket =
        new PrivateBucket(
            named("bucket"),
            BucketRules.of("backup")
                .protectedIf(settings.protect())
                .glacierAfter(settings.glacierAfterDays())
                .expireAfter(settings.expireAfterDays())
                .formerVersionsFor(settings.noncurrentDays())
                .lockedFor(settings.objectLockDays()),
            List.of(hostsRemoveNothing()),
            childOptions());
    registerOutputs(Map.of("bucket", bucket.bucketName()));
  }

  /** Whatever grants a role of the stack is given one day, this outweighs them. */
  private Output<BucketStatement> hostsRemoveNothing() {
    return context()
        .account()
        .applyValue(
            account ->
                bucket ->
                    Statement.deny("HostsRemoveNothing")
                        .everybody()
                        .actions(
                            "s3:DeleteObject",
                            "s3:DeleteObjectVersion",
                            "s3:BypassGovernanceRetention",
                            "s3:PutLifecycleConfiguration",
                            "s3:PutBucketVersioning",
                            "s3:PutBucketPolicy",
                            "s3:DeleteBucketPolicy",
                            "s3:DeleteBucket")
                        .when(
                            "ArnLike",
                            "aws:PrincipalArn",
                            "arn:%s:iam::%s:role%s/*"
                                .formatted(stack().partition(), account, stack().path()))
                        .resources(bucket, bucket + "/*"));
  }

  /** Lets a role keep backups of this stack and read them again. */
  public Resource grantKeep(ServiceRole role) {
    return role.allow(
        "keep-backups",
        bucket
            .arn()
            .applyValue(
                arn ->
                    List.of(
                        Statement.allow("KeepBackups")
                            .actions(
                                "s3:PutObject",
                                "s3:GetObject",
                                "s3:AbortMultipartUpload",
                                "s3:ListMultipartUploadParts")
                            .resources(arn + "/" + stack().name() + "/*"),
                        Statement.allow("FindBackups")
                            .actions("s3:ListBucket")
                            .resources(arn)
                            .when("StringLike", "s3:prefix", stack().name() + "/*"))));
  }

  /** When the newest backup of a host is old, or fails its drill. */
  public Monitored of(Host host) {
    int hours = settings.maxAgeHours() + host.longestStopHours();
    return () ->
        List.of(
            Alarm.above("backup-age", "the newest backup is more than %.0f hours old", hours)
                .onHosts("BackupAgeHours", "Maximum")
                .silenceIs(host.silence()),
            Alarm.below(
                    "drill",
                    "the newest backup could not be restored in a drill, or no drill was made in"
                        + " time",
                    1.0)
                .onHosts("DrillOk", "Minimum")
                .silenceIs(host.silence()));
  }

  /** The bucket's name. */
  public Output<String> bucketName() {
    return bucket.bucketName();
  }

  @Override
  public Link link() {
    return Link.of(label(), Map.of("bucket", bucket.bucketName()));
  }

  @Override
  public List<Resource> ready() {
    return bucket.ready();
  }
}
