package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Against moto's S3 and ECR, with the real AWS CLI. */
@Tag("moto")
class PurgeTest {
  private static final String BUCKET = "slipway-staging-backup-1";
  private static final String OTHER = "another";
  private static final String KEY = "a key/with \"quotes\"";

  @TempDir Path root;
  private Workplace place;
  private Moto moto;
  private S3Client s3;

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
    s3 =
        S3Client.builder()
            .endpointOverride(URI.create(moto.address()))
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .httpClient(UrlConnectionHttpClient.create())
            .build();
    for (String bucket : List.of(BUCKET, OTHER)) {
      s3.createBucket(request -> request.bucket(bucket));
      s3.putBucketVersioning(
          request -> request.bucket(bucket).versioningConfiguration(c -> c.status("Enabled")));
      for (String text : List.of("one", "two")) {
        s3.putObject(request -> request.bucket(bucket).key(KEY), RequestBody.fromString(text));
      }
      s3.deleteObject(request -> request.bucket(bucket).key(KEY));
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
    s3.close();
    moto.close();
  }

  private int versions(String bucket) {
    var listed = s3.listObjectVersions(request -> request.bucket(bucket));
    return listed.versions().size() + listed.deleteMarkers().size();
  }

  @Test
  void everyVersionAndImageOfTheStackGoesAndNothingElse() {
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
  void theBucketOfTheStateIsNotTouched() {
    s3.putBucketTagging(
        request ->
            request
                .bucket(BUCKET)
                .tagging(t -> t.tagSet(tag -> tag.key("ManagedBy").value("pulumi"))));
    place.with("PULUMI_BACKEND_URL", "s3://" + BUCKET + "/folder?region=us-east-1&awssdk=v2");

    var ended = place.run("purge.sh", "staging", "--confirm", "purge staging");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("holds the state of the stacks");
    assertThat(versions(BUCKET)).isEqualTo(3);
  }

  @Test
  void aBucketWithoutTheTagIsNotTouched() {
    assertThat(place.run("purge.sh", "staging", "--confirm", "purge").exit()).isEqualTo(2);

    var ended = place.run("purge.sh", "staging", "--confirm", "purge staging");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("does not carry the tag ManagedBy=pulumi");
    assertThat(versions(BUCKET)).isEqualTo(3);
  }

  private void tag(String bucket) {
    s3.putBucketTagging(
        request ->
            request
                .bucket(bucket)
                .tagging(t -> t.tagSet(tag -> tag.key("ManagedBy").value("pulumi"))));
  }

  @Test
  void nothingGoesWhenNotAllOfItMay() {
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
  void aCheckLeavesEverythingAsItWas() {
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
  void anIndexGoesBeforeItsImages() {
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
