package dev.slipway.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Staging;
import org.junit.jupiter.api.Test;

class PrivateBucketTest {
  private final FakeStack stack = Staging.stack();

  @Test
  void thatTheProgramCanFillAgainIsNotProtected() {
    var bucket = stack.only("aws:s3/bucketV2:BucketV2", "artifacts-bucket-bucket");

    assertThat(bucket.isProtected()).isFalse();
    assertThat(bucket.input("forceDestroy")).isEqualTo(true);
    assertThat(bucket.tags()).containsEntry("slipway:reproducible", "true");
  }

  @Test
  void isChangedOneThingAtATime() {
    for (var bucket : new String[] {"artifacts", "backup"}) {
      var policy = stack.only("aws:s3/bucketPolicy:BucketPolicy", bucket + "-bucket-policy");
      var block =
          stack.only(
              "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
              bucket + "-bucket-public-access");
      var owner =
          stack.only(
              "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
              bucket + "-bucket-ownership");

      assertThat(policy.waitsFor(block)).isTrue();
      assertThat(block.waitsFor(owner)).isTrue();
    }
  }

  @Test
  void isReadyBeforeAnythingIsPutIntoIt() {
    var bundle = stack.only("aws:s3/bucketObjectv2:BucketObjectv2");

    assertThat(
            bundle.waitsFor(
                stack.only("aws:s3/bucketPolicy:BucketPolicy", "artifacts-bucket-policy")))
        .isTrue();
  }
}
