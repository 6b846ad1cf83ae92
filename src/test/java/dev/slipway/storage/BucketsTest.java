package dev.slipway.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.StackConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class BucketsTest {
  private static final String BUCKET = "aws:s3/bucketV2:BucketV2";

  private static FakeStack stack(String name) {
    return FakeCloud.stack(
        name,
        StackConfig.file("fastapi-dev")
            .with("slipway:buckets", List.of("artifacts", "content-of-users")));
  }

  private static List<String> prefixes(FakeStack stack) {
    return stack.all(BUCKET).stream()
        .filter(bucket -> bucket.name().contains("-buckets-"))
        .map(bucket -> bucket.text("bucketPrefix"))
        .toList();
  }

  @Test
  void areToldFromWhatTheProgramMakesByTheirNames() {
    assertThat(prefixes(stack("api")))
        .containsExactly("slipway-api-data-artifacts-", "slipway-api-data-content-of-users-");
  }

  @Test
  void haveAsMuchOfTheirNamesAsAwsTakes() {
    assertThat(prefixes(stack("abcdefghijklmnopq")))
        .containsExactly(
            "slipway-abcdefghijklmnopq-data-artif-", "slipway-abcdefghijklmnopq-data-conte-")
        .allMatch(prefix -> prefix.length() <= 37);
  }

  @Test
  void areProtectedUnlessTheStackSaysOtherwise() {
    var open =
        FakeCloud.stack(
            "api", StackConfig.file("fastapi-dev").with("slipway:protectBuckets", false));

    assertThat(stack("api").all(BUCKET))
        .filteredOn(bucket -> bucket.name().contains("-buckets-"))
        .allMatch(FakeResource::isProtected);
    assertThat(open.all(BUCKET)).noneMatch(FakeResource::isProtected);
  }
}
