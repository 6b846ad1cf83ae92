package dev.slipway.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Staging;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BackupTest {
  private final FakeStack stack = Staging.stack();

  private FakeResource part(String type, String role) {
    return stack.only("aws:s3/" + type, "backup-bucket-" + role);
  }

  private FakeResource bucket() {
    return part("bucketV2:BucketV2", "bucket");
  }

  @Test
  void goesToABucketOfTheStacksOwn() {
    assertThat(bucket().input("bucketPrefix")).isEqualTo("slipway-staging-backup-");
    assertThat(bucket().isProtected()).isTrue();
    assertThat(bucket().input("forceDestroy")).isEqualTo(false);
    assertThat(bucket().input("objectLockEnabled")).isNull();
    assertThat(stack.outputs()).containsEntry("backupBucket", bucket().output("bucket"));
  }

  @Test
  void keepsFormerVersions() {
    assertThat(
            part("bucketVersioningV2:BucketVersioningV2", "versioning")
                .input("versioningConfiguration.status"))
        .isEqualTo("Enabled");
  }

  @Test
  void isEncryptedAndClosed() {
    var block = part("bucketPublicAccessBlock:BucketPublicAccessBlock", "public-access");

    assertThat(
            part(
                    "bucketServerSideEncryptionConfigurationV2:"
                        + "BucketServerSideEncryptionConfigurationV2",
                    "encryption")
                .input("rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"))
        .isEqualTo("AES256");
    for (var way :
        new String[] {
          "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"
        }) {
      assertThat(block.input(way)).as(way).isEqualTo(true);
    }
    assertThat(
            part("bucketOwnershipControls:BucketOwnershipControls", "ownership")
                .input("rule.objectOwnership"))
        .isEqualTo("BucketOwnerEnforced");
  }

  @Test
  void movesToGlacierAndIsRemovedAtLast() {
    var rules = part("bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "lifecycle");

    assertThat(rules.input("rules[0].status")).isEqualTo("Enabled");
    assertThat(rules.input("rules[0].transitions[0].storageClass")).isEqualTo("GLACIER_IR");
    assertThat(rules.input("rules[0].transitions[0].days")).isEqualTo(30L);
    assertThat(rules.input("rules[0].expiration.days")).isEqualTo(365L);
    assertThat(rules.input("rules[0].noncurrentVersionExpiration.noncurrentDays")).isEqualTo(30L);
    assertThat(rules.input("rules[0].abortIncompleteMultipartUpload.daysAfterInitiation"))
        .isEqualTo(7L);
    assertThat(rules.input("rules[1]")).isNull();
  }

  @Test
  void isLockedWhereTheStackWantsIt() {
    var locked = Staging.stack(Staging.config().with("slipway:backup.objectLockDays", 14));
    var lock =
        locked.only("aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2");
    var bucket = locked.only("aws:s3/bucketV2:BucketV2", "backup-bucket-bucket");

    assertThat(bucket.input("objectLockEnabled")).isEqualTo(true);
    assertThat(lock.input("bucket")).isEqualTo(bucket.output("bucket"));
    assertThat(lock.input("rule.defaultRetention.mode")).isEqualTo("GOVERNANCE");
    assertThat(lock.input("rule.defaultRetention.days")).isEqualTo(14L);
  }

  @Test
  void goesWithTheStackOnceItsProtectionIsOff() {
    var open = Staging.stack(Staging.config().with("slipway:backup.protect", false));
    var bucket = open.only("aws:s3/bucketV2:BucketV2", "backup-bucket-bucket");

    assertThat(bucket.isProtected()).isFalse();
    assertThat(bucket.input("forceDestroy")).isEqualTo(true);
  }

  @Test
  void refusesTimesThatDoNotFit() {
    assertThatThrownBy(
            () ->
                new BackupSettings(
                    "0 0 * *", 0, 30, 30, 0, Optional.of(30), true, 0, "17 4 * * SUN"))
        .hasMessageContainingAll(
            "cron: \"0 0 * *\" has 4 fields",
            "keepLocal: 0 is less than 1",
            "expireAfterDays: 30 is not after glacierAfterDays, 30",
            "noncurrentDays: 0 is less than 1",
            "objectLockDays: 30 is not from 1 to less than expireAfterDays",
            "maxAgeHours: 0 is less than 1");
  }
}
