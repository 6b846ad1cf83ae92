package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;

/** Keys of KMS and their aliases. */
final class KeyHandlers {
  private final AwsClient aws;
  private final AwsClient.Json kms;

  KeyHandlers(AwsClient aws) {
    this.aws = aws;
    kms = new AwsClient.Json(aws, "kms", "TrentService");
  }

  List<Handler> all() {
    return List.of(key(), alias());
  }

  private Handler key() {
    return Handler.of("aws:kms/key:Key")
        .create(
            request -> {
              Map<String, Object> metadata =
                  Values.map(
                      kms.call(
                              "CreateKey",
                              request
                                  .fields("Description", "Policy")
                                  .and("Tags", request.tagList("TagKey", "TagValue")))
                          .get("KeyMetadata"));
              String id = Values.text(metadata.get("KeyId"));
              rotate(id, request);
              return Handler.Made.of(id, "arn", metadata.get("Arn"), "keyId", id);
            })
        .change(
            request -> {
              if (request.changed("policy")) {
                kms.call(
                    "PutKeyPolicy",
                    request.fields("KeyId=#", "Policy").and("PolicyName", "default"));
              }
              rotate(request.id(), request);
            })
        .delete(
            request ->
                kms.call(
                    "ScheduleKeyDeletion",
                    "KeyId",
                    request.id(),
                    "PendingWindowInDays",
                    request.number("deletionWindowInDays", 30)))
        .exists(
            request -> {
              try {
                Map<String, Object> metadata =
                    Values.map(kms.call("DescribeKey", "KeyId", request.id()).get("KeyMetadata"));
                return !"PendingDeletion".equals(metadata.get("KeyState"));
              } catch (AwsError e) {
                return false;
              }
            });
  }

  private void rotate(String id, Handler.Request request) {
    if (request.flag("enableKeyRotation")) {
      kms.call("EnableKeyRotation", "KeyId", id);
    }
  }

  private Handler alias() {
    return Handler.of("aws:kms/alias:Alias")
        .create(
            request -> {
              kms.call("CreateAlias", request.fields("AliasName=name", "TargetKeyId"));
              return Handler.Made.of(
                  request.text("name"), "arn", aws.arn("kms", request.text("name")));
            })
        .change(request -> kms.call("UpdateAlias", request.fields("AliasName=#", "TargetKeyId")))
        .delete(request -> kms.call("DeleteAlias", "AliasName", request.id()));
  }
}
