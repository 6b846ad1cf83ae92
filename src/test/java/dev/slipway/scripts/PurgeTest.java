package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against moto's S3 and ECR, with the real AWS CLI. */
@Tag("moto")
class PurgeTest {
  private static final String BUCKET = "slipway-staging-backup-1";
  private static final String OTHER = "another";
  private static final String KEY = "/a%20key/with%20%22quotes%22";

  @TempDir Path root;
  private Workplace place;
  private Moto moto;

  @BeforeEach
  void start() throws Exception {
    moto = new Moto();
    place =
        moto.workplace(root)
            .fakeScript("tools.sh", ":")
            .with("PULUMI_BACKEND_URL", "s3://slipway-state?region=us-east-1&awssdk=v2");
    place.file("Pulumi.staging.yaml", "config:\n  aws:region: us-east-1\n");
    place.fakeEngine(
        "stack export",
        """
        cat <<'JSON'
        {"deployment": {"resources": [
          {"type": "aws:s3/bucketV2:BucketV2", "id": "slipway-staging-backup-1"},
          {"type": "aws:s3/bucketV2:BucketV2", "id": "long-gone"},
          {"type": "aws:ecr/repository:Repository", "id": "erp"},
          {"type": "pulumi:pulumi:Stack"}]}}
        JSON""");
    for (String bucket : List.of(BUCKET, OTHER)) {
      moto.s3("PUT", "/" + bucket, "");
      moto.s3(
          "PUT",
          "/" + bucket + "?versioning",
          "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
      for (String text : List.of("one", "two")) {
        moto.s3("PUT", "/" + bucket + KEY, text);
      }
      moto.s3("DELETE", "/" + bucket + KEY, "");
    }
    place.file(
        "scripts/registry.sh",
        """
aws ecr create-repository --repository-name erp --tags Key=ManagedBy,Value=pulumi >/dev/null
aws ecr put-image --repository-name erp --image-tag one --image-manifest \\
  '{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}' >/dev/null
""");
    place.file(
        "scripts/images.sh",
        "aws ecr list-images --repository-name erp --query 'length(imageIds)'\n");
  }

  @AfterEach
  void stop() throws Exception {
    moto.close();
  }

  /** Of all objects, with what marks one as deleted. */
  private int versions(String bucket) throws IOException {
    String listed = moto.s3("GET", "/" + bucket + "?versions", "");
    return listed.split("<Version>|<DeleteMarker>", -1).length - 1;
  }

  @Test
  void everyVersionAndImageOfTheStackGoesAndNothingElse() throws IOException {
    tag(BUCKET);
    assertThat(place.run("registry.sh").errors()).isEmpty();

    var ended = place.run("purge.sh", "staging", "--confirm", "purge staging");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output())
        .contains(BUCKET + ": 3 versions deleted", "long-gone: is gone already", "erp: 1 images");
    assertThat(versions(BUCKET)).isZero();
    assertThat(versions(OTHER)).isEqualTo(3);
  }

  @Test
  void theBucketOfTheStateIsNotTouched() throws IOException {
    tag(BUCKET);
    place.with("PULUMI_BACKEND_URL", "s3://" + BUCKET + "/folder?region=us-east-1&awssdk=v2");

    var ended = place.run("purge.sh", "staging", "--confirm", "purge staging");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("holds the state of the stacks");
    assertThat(versions(BUCKET)).isEqualTo(3);
  }

  @Test
  void aBucketWithoutTheTagIsNotTouched() throws IOException {
    assertThat(place.run("purge.sh", "staging", "--confirm", "purge").exit()).isEqualTo(2);

    var ended = place.run("purge.sh", "staging", "--confirm", "purge staging");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("does not carry the tag ManagedBy=pulumi");
    assertThat(versions(BUCKET)).isEqualTo(3);
  }

  private void tag(String bucket) throws IOException {
    moto.s3(
        "PUT",
        "/" + bucket + "?tagging",
        "<Tagging><TagSet><Tag><Key>ManagedBy</Key><Value>pulumi</Value></Tag></TagSet></Tagging>");
  }

  @Test
  void nothingGoesWhenNotAllOfItMay() throws IOException {
    place.fakeEngine(
        "stack export",
        """
        cat <<'JSON'
        {"deployment": {"resources": [
          {"type": "aws:s3/bucketV2:BucketV2", "id": "another"},
          {"type": "aws:s3/bucketV2:BucketV2", "id": "slipway-staging-backup-1"}]}}
        JSON""");
    tag(BUCKET);
    tag(OTHER);
    place.fake(
        "aws s3api delete-object",
        """
        [[ $* == *backup* ]] || exit 0
        echo 'An error occurred (AccessDenied) when calling the DeleteObject operation: no' >&2
        exit 254
        """);

    var ended = place.run("purge.sh", "staging", "--confirm", "purge staging");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors())
        .contains("the versions in " + BUCKET + " may not be deleted", "Nothing was changed");
    assertThat(place.calls("aws s3api delete-objects")).isEmpty();
    assertThat(versions(BUCKET) + versions(OTHER)).isEqualTo(6);
  }

  @Test
  void aCheckLeavesEverythingAsItWas() throws IOException {
    tag(BUCKET);
    assertThat(place.run("registry.sh").errors()).isEmpty();

    var ended = place.run("purge.sh", "staging", "--check");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("aws s3api delete-object --")).hasSize(1);
    assertThat(place.calls("aws ecr batch-delete-image")).hasSize(1);
    assertThat(versions(BUCKET)).isEqualTo(3);
    assertThat(place.run("images.sh").output()).isEqualTo("1\n");
  }

  /** As ECR does: an image that an index names can't go before the index. */
  @Test
  void anIndexGoesBeforeItsImages() throws IOException {
    tag(BUCKET);
    assertThat(place.run("registry.sh").errors()).isEmpty();
    place.file("registry/image", "");
    place.file("registry/index", "");
    place.fake(
        "aws ecr list-images",
        "ls \"$FAKES/registry\" | jq -Rn '{imageIds: [inputs | {imageDigest: .}]}'");
    place.fake(
        "aws ecr batch-delete-image",
        """
if [[ -e $FAKES/registry/index && ! -e $FAKES/stuck ]]; then
  [[ $* != *file:* ]] || rm "$FAKES/registry/index"
  echo '{"imageIds": [{"imageDigest": "index"}], "failures": [
    {"imageId": {"imageDigest": "image"}, "failureReason": "is referenced by a manifest list"}]}'
elif [[ -e $FAKES/stuck ]]; then
  echo '{"failures": [{"imageId": {"imageDigest": "image"}, "failureReason": "is stuck"}]}'
else
  rm "$FAKES/registry/image"
  echo '{"imageIds": [{"imageDigest": "image"}]}'
fi
""");
    place.file("stuck", "");
    var stuck = place.run("purge.sh", "staging", "--confirm", "purge staging");
    assertThat(stuck.exit()).isEqualTo(1);
    assertThat(stuck.errors()).contains("not all images of erp can be deleted", "image: is stuck");

    assertThat(place.path("stuck").toFile().delete()).isTrue();
    var ended = place.run("purge.sh", "staging", "--confirm", "purge staging");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output()).contains("erp: 2 images deleted");
  }

  @Test
  void aDamagedStateIsCalledSoWithTheWayBack() {
    place.fakeEngine("stack export", Workplace.DAMAGED);

    var ended = place.run("purge.sh", "staging", "--confirm", "purge staging");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.errors())
        .contains("the state of staging is damaged", "state-repair", "nothing was changed");
  }
}
