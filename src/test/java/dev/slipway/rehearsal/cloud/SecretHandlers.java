package dev.slipway.rehearsal.cloud;

import java.util.List;

/** Secrets, which can come back for some days after they were deleted. */
final class SecretHandlers {
  private final AwsClient.Json secrets;

  SecretHandlers(AwsClient aws) {
    secrets = new AwsClient.Json(aws, "secretsmanager", "secretsmanager");
  }

  List<Handler> all() {
    return List.of(secret());
  }

  private Handler secret() {
    return Handler.of("aws:secretsmanager/secret:Secret")
        .create(
            request -> {
              String name = request.text("name");
              if (isGoing(name)) {
                throw new AwsError(
                    "InvalidRequestException",
                    "You can't create this secret because a secret with this name is already"
                        + " scheduled for deletion.");
              }
              var made =
                  secrets.call(
                      "CreateSecret",
                      request
                          .fields("Description", "KmsKeyId")
                          .and("Name", name, "Tags", request.tagList("Key", "Value")));
              String arn = Values.text(made.get("ARN"));
              return Handler.Made.of(arn, "arn", arn);
            })
        .delete(
            request -> {
              long days =
                  request.old().get("recoveryWindowInDays") instanceof Number number
                      ? number.longValue()
                      : 30;
              secrets.call(
                  "DeleteSecret",
                  "SecretId",
                  request.id(),
                  days == 0 ? "ForceDeleteWithoutRecovery" : "RecoveryWindowInDays",
                  days == 0 ? true : days);
            })
        .found(
            request ->
                isGoing(request.id())
                    ? null
                    : secrets.call("DescribeSecret", "SecretId", request.id()));
  }

  /** Whether a secret is deleted, and may still come back. */
  private boolean isGoing(String secret) {
    try {
      return secrets.call("DescribeSecret", "SecretId", secret).get("DeletedDate") != null;
    } catch (AwsError e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }
}
