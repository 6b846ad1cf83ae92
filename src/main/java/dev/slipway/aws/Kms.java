package dev.slipway.aws;

import static dev.slipway.aws.Scopes.own;
import static dev.slipway.aws.Scopes.tagged;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.identity.Statement;
import java.util.List;

/**
 * KMS: AWS makes the names, so that the stack's own is told by its tag. Keys in use by others have
 * an alias; a stack's have none.
 */
final class Kms {
  private static final Prices PRICES =
      Prices.of(
          "kms",
          "https://aws.amazon.com/kms/pricing/",
          "2025-06-30",
          """
          key      *  1.00      key-month
          request  *  0.000003  request after the first 20,000
          """);

  private static final String[] READ = {
    "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"
  };

  static final List<AwsType> TYPES =
      List.of(
          // No system makes one; the rehearsal's cloud knows it.
          AwsType.of("aws:kms/alias:Alias")
              .free()
              .replacedBy("name", "namePrefix")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:kms:{region}:{account}:{name}")
              .computes("targetKeyArn", "arn:aws:kms:{region}:{account}:key/{targetKeyId}"),
          AwsType.of("aws:kms/key:Key")
              .keeps("key")
              .guardedBy("policy")
              // https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
              .leaves(
                  Leftover.deletedLaterWithOthers(
                      "deletionWindowInDays",
                      "aws kms cancel-key-deletion --region {region} --key-id {id}"
                          + " && aws kms enable-key --region {region} --key-id {id}"))
              .drawn(Drawing.together("keys", Icon.KEY, "encryption key"))
              .costs(
                  key ->
                      List.of(
                          Charge.monthly(PRICES, "key", "key"),
                          Charge.usageBased(PRICES, "request", "requests")))
              .replacedBy("customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion")
              .computes("keyId", "{hex8}-0000-4000-8000-{hex12}")
              .computes("id", "{keyId}")
              .computes("arn", "arn:aws:kms:{region}:{account}:key/{keyId}")
              .toDeploy(
                  stack ->
                      tagged(
                          Statement.allow("MakeKey").actions("kms:CreateKey").resources("*"),
                          stack),
                  // A new key is tagged before it has a tag.
                  stack ->
                      withoutAlias(
                          Scopes.claim(
                              Statement.allow("TagNewKey")
                                  .actions("kms:TagResource")
                                  .resources(keys(stack)),
                              stack)),
                  stack ->
                      withoutAlias(
                          own(
                              Statement.allow("KeepOwnKeys")
                                  .actions(
                                      Target.and(
                                          READ,
                                          "kms:CancelKeyDeletion",
                                          "kms:DisableKeyRotation",
                                          "kms:EnableKey",
                                          "kms:EnableKeyRotation",
                                          "kms:PutKeyPolicy",
                                          "kms:ScheduleKeyDeletion",
                                          "kms:UpdateKeyDescription"))
                                  .resources(keys(stack)),
                              stack)),
                  stack ->
                      withoutAlias(
                          Scopes.tagOwn(
                              Statement.allow("TagOwnKeys")
                                  .actions("kms:TagResource")
                                  .resources(keys(stack)),
                              stack)),
                  stack ->
                      withoutAlias(
                          Scopes.untagOwn(
                              Statement.allow("UntagOwnKeys")
                                  .actions("kms:UntagResource")
                                  .resources(keys(stack)),
                              stack)))
              .toRefresh(
                  any ->
                      Scopes.ofAnyStack(
                          Statement.allow("SeeKeys").actions(READ).resources(keys(any))))
              .within(
                  stack ->
                      own(
                          Statement.allow("OwnKeys")
                              .actions("kms:Decrypt", "kms:GenerateDataKey*")
                              .resources(keys(stack)),
                          stack)));

  private Kms() {}

  private static Statement withoutAlias(Statement statement) {
    return statement.when("Null", "kms:ResourceAliases", "true");
  }

  static String keys(Target target) {
    return target.arn("kms", "key/*");
  }
}
