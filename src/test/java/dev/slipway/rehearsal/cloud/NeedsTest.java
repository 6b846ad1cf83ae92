package dev.slipway.rehearsal.cloud;

import static dev.slipway.rehearsal.cloud.Samples.json;
import static dev.slipway.rehearsal.cloud.Samples.s3;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NeedsTest {

  private static final String ACCOUNT = "us-east-1:" + EmulatedCloud.ACCOUNT;

  private static List<String> needs(Call call) {
    return Needs.of(call, "us-east-1").stream()
        .map(need -> need.action() + " " + need.resource())
        .toList();
  }

  @Test
  void objects() {
    assertThat(needs(s3("GET", "/b/a/key"))).containsExactly("s3:GetObject arn:aws:s3:::b/a/key");
    assertThat(needs(s3("HEAD", "/b/a%20key?versionId=1")))
        .containsExactly("s3:GetObjectVersion arn:aws:s3:::b/a key");
    assertThat(needs(s3("PUT", "/b/key?partNumber=1&uploadId=2")))
        .containsExactly("s3:PutObject arn:aws:s3:::b/key");
    assertThat(needs(s3("PUT", "/b/key", "x-amz-copy-source", "/c/other", "x-amz-tagging", "a=b")))
        .containsExactly(
            "s3:PutObject arn:aws:s3:::b/key",
            "s3:GetObject arn:aws:s3:::c/other",
            "s3:PutObjectTagging arn:aws:s3:::b/key");
    assertThat(needs(s3("DELETE", "/b/key"))).containsExactly("s3:DeleteObject arn:aws:s3:::b/key");
    assertThat(needs(s3("DELETE", "/b/key?versionId=1")))
        .containsExactly("s3:DeleteObjectVersion arn:aws:s3:::b/key");
  }

  @Test
  void buckets() {
    assertThat(needs(s3("GET", "/"))).containsExactly("s3:ListAllMyBuckets *");
    assertThat(needs(s3("GET", "/b?versions")))
        .containsExactly("s3:ListBucketVersions arn:aws:s3:::b");
    assertThat(needs(s3("PUT", "/b?lifecycle")))
        .containsExactly("s3:PutLifecycleConfiguration arn:aws:s3:::b");
    var list = Needs.of(s3("GET", "/b?list-type=2&prefix=staging%2F"), "us-east-1").get(0);
    assertThat(list.action()).isEqualTo("s3:ListBucket");
    assertThat(list.context()).containsEntry("s3:prefix", List.of("staging/"));
  }

  @Test
  void parameters() {
    assertThat(needs(json("ssm", "GetParameter", "{\"Name\": \"/slipway/staging/host\"}")))
        .containsExactly(
            "ssm:GetParameter arn:aws:ssm:" + ACCOUNT + ":parameter/slipway/staging/host");
    assertThat(needs(json("ssm", "GetParameter", "{\"Name\": \"/a/b:3\"}")))
        .containsExactly("ssm:GetParameter arn:aws:ssm:" + ACCOUNT + ":parameter/a/b");
    assertThat(
            needs(
                json(
                    "ssm",
                    "PutParameter",
                    "{\"Name\": \"/a\", \"KeyId\": \"k\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}")))
        .containsExactly(
            "ssm:PutParameter arn:aws:ssm:" + ACCOUNT + ":parameter/a",
            "ssm:AddTagsToResource arn:aws:ssm:" + ACCOUNT + ":parameter/a",
            "kms:Encrypt arn:aws:kms:" + ACCOUNT + ":key/k");
  }

  @Test
  void commandsNeedDocumentAndInstance() {
    assertThat(
            needs(
                json(
                    "ssm", "SendCommand", "{\"DocumentName\": \"d\", \"InstanceIds\": [\"i-1\"]}")))
        .containsExactly(
            "ssm:SendCommand arn:aws:ssm:" + ACCOUNT + ":document/d",
            "ssm:SendCommand arn:aws:ec2:" + ACCOUNT + ":instance/i-1");
  }

  @Test
  void logs() {
    assertThat(
            needs(
                json(
                    "logs",
                    "PutLogEvents",
                    "{\"logGroupName\": \"/g\", \"logStreamName\": \"s\"}")))
        .containsExactly(
            "logs:PutLogEvents arn:aws:logs:" + ACCOUNT + ":log-group:/g:log-stream:s");
    assertThat(needs(json("logs", "DescribeLogGroups", "{\"logGroupNamePrefix\": \"/g\"}")))
        .containsExactly(
            "logs:DescribeLogGroups arn:aws:logs:" + ACCOUNT + ":log-group::log-stream:");
  }

  @Test
  void metricsTellTheirNamespace() {
    var need =
        Needs.of(json("monitoring", "PutMetricData", "{\"Namespace\": \"Slipway\"}"), "us-east-1")
            .get(0);
    assertThat(need.action()).isEqualTo("cloudwatch:PutMetricData");
    assertThat(need.context()).containsEntry("cloudwatch:namespace", List.of("Slipway"));
  }

  @Test
  void everybodyMayAskWhoTheyAre() {
    assertThat(needs(json("sts", "GetCallerIdentity", "{}"))).isEmpty();
  }
}
