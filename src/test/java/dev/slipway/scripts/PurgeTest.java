package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against moto's S3 and ECR, with the real AWS CLI. */
@Tag("moto")
class PurgeTest {
  @TempDir Path root;
  private Workplace place;
  private Process moto;

  @BeforeEach
  void start() throws Exception {
    var bin =
        Path.of(System.getenv().getOrDefault("SLIPWAY_HOME", ".slipway"), "tools/bin")
            .toAbsolutePath();
    var builder =
        new ProcessBuilder(bin.resolve("moto_server").toString(), "-H", "127.0.0.1", "-p", "0");
    builder.environment().put("PYTHONUNBUFFERED", "1");
    moto = builder.redirectErrorStream(true).start();
    var told = moto.inputReader();
    var running = Pattern.compile("Running on (http://127\\.0\\.0\\.1:[0-9]+)");
    String address =
        told.lines()
            .map(running::matcher)
            .filter(Matcher::find)
            .map(line -> line.group(1))
            .findFirst()
            .orElseThrow(() -> new AssertionError("moto_server does not start"));
    // What it tells of each request has to be read, or it stops.
    var drain = new Thread(() -> told.lines().forEach(line -> {}));
    drain.setDaemon(true);
    drain.start();
    place =
        new Workplace(root)
            .fakeScript("tools.sh", ":")
            .fake("aws", "exec %s \"$@\"".formatted(bin.resolve("aws")))
            .with("AWS_ENDPOINT_URL", address)
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("AWS_DEFAULT_REGION", "us-east-1");
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
    place.file(
        "scripts/prepare.sh",
        """
        set -euo pipefail
        export AWS_PAGER=
        for bucket in slipway-staging-backup-1 another; do
          aws s3api create-bucket --bucket "$bucket" >/dev/null
          aws s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Enabled
          for text in one two; do
            printf '%s' "$text" >"$FAKES/text"
            aws s3api put-object --bucket "$bucket" --key 'a key/with "quotes"' --body "$FAKES/text" >/dev/null
          done
          aws s3api delete-object --bucket "$bucket" --key 'a key/with "quotes"' >/dev/null
        done
        aws ecr create-repository --repository-name erp --tags Key=ManagedBy,Value=pulumi >/dev/null
        manifest='{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {}}'
        for tag in one two; do
          aws ecr put-image --repository-name erp --image-tag "$tag" --image-manifest "$manifest" >/dev/null
        done
        """);
    place.file(
        "scripts/tag.sh",
        "aws s3api put-bucket-tagging --bucket slipway-staging-backup-1 --tagging 'TagSet=[{Key=ManagedBy,Value=pulumi}]'\n");
    place.file(
        "scripts/count.sh",
        """
        aws s3api list-object-versions --bucket "$1" --output json |
          jq '((.Versions // []) + (.DeleteMarkers // [])) | length'
        aws ecr list-images --repository-name erp --output json | jq '.imageIds | length'
        """);
    assertThat(place.run("prepare.sh").errors()).isEmpty();
  }

  @AfterEach
  void stop() throws Exception {
    moto.destroyForcibly().waitFor();
  }

  @Test
  void everyVersionAndImageOfTheStackGoesAndNothingElse() {
    place.run("tag.sh");

    var ended = place.run("purge.sh", "staging", "--confirm", "purge staging");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output())
        .contains("slipway-staging-backup-1: 3 versions deleted", "long-gone: is gone already");
    assertThat(place.run("count.sh", "slipway-staging-backup-1").output()).isEqualTo("0\n0\n");
    assertThat(place.run("count.sh", "another").output()).isEqualTo("3\n0\n");
    assertThat(place.run("purge.sh", "staging", "--confirm", "purge staging").exit()).isZero();
  }

  @Test
  void aBucketWithoutTheTagIsNotTouched() {
    var ended = place.run("purge.sh", "staging", "--confirm", "purge staging");

    assertThat(place.run("purge.sh", "staging", "--confirm", "purge").exit()).isEqualTo(2);
    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("does not carry the tag ManagedBy=pulumi");
    assertThat(place.run("count.sh", "slipway-staging-backup-1").output()).startsWith("3");
  }
}
