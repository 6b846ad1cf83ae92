package dev.slipway.rehearsal.cloud;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What is set for the whole account: encryption of disks, and that no bucket is public. */
final class AccountHandlers {
  private final AwsClient aws;

  AccountHandlers(AwsClient aws) {
    this.aws = aws;
  }

  List<Handler> all() {
    return List.of(encryptionByDefault(), publicAccess());
  }

  private Handler encryptionByDefault() {
    return Handler.of("aws:ebs/encryptionByDefault:EncryptionByDefault")
        .put(this::encryptDisks, request -> Handler.Made.of(aws.region()))
        .delete(request -> aws.query("ec2", "DisableEbsEncryptionByDefault", Map.of()));
  }

  private void encryptDisks(Handler.Request request) {
    boolean on = !Boolean.FALSE.equals(request.inputs().get("enabled"));
    aws.query("ec2", (on ? "Enable" : "Disable") + "EbsEncryptionByDefault", Map.of());
  }

  private Handler publicAccess() {
    return Handler.of("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock")
        .put(
            this::block,
            request -> Handler.Made.of(EmulatedCloud.ACCOUNT, "accountId", EmulatedCloud.ACCOUNT))
        .delete(request -> publicAccess("DELETE", ""))
        .found(request -> publicAccess("GET", ""));
  }

  private void block(Handler.Request request) {
    publicAccess(
        "PUT",
        BucketHandlers.publicAccess(
            " xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"", request));
  }

  private Object publicAccess(String method, String body) {
    return aws.rest(
        "s3",
        method,
        "/v20180820/configuration/publicAccessBlock",
        Map.of("x-amz-account-id", EmulatedCloud.ACCOUNT),
        body.getBytes(StandardCharsets.UTF_8));
  }
}
