package dev.slipway.aws;

import static dev.slipway.aws.Scopes.own;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.identity.Statement;
import java.util.List;

/**
 * Secrets Manager: secrets, told by {@code slipway/STACK/}. Nobody reads a secret's value but the
 * stack's own hosts.
 */
final class SecretsManager {
  private static final Prices PRICES =
      Prices.of(
          "secretsmanager",
          "https://aws.amazon.com/secrets-manager/pricing/",
          "2025-06-30",
          """
          secret  *  0.40  secret-month
          """);

  private static final String NAME = "[A-Za-z0-9/_+=.@-]+";

  private static final String[] READ = {
    "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"
  };

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:secretsmanager/secret:Secret")
              .keeps("secret")
              // https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-restore-secret.html
              .leaves(
                  Leftover.deletedLater(
                      "recoveryWindowInDays",
                      "aws secretsmanager restore-secret --region {region} --secret-id {id}"))
              .drawn(Drawing.together("secrets", Icon.SECRET, "secret"))
              .costs(secret -> List.of(Charge.monthly(PRICES, "secret", "secret")))
              .namedOrPrefixed("name", 1, 512, NAME, NAME)
              .replacedBy("name", "namePrefix")
              .computes("arn", "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{hex6}")
              .computes("id", "{arn}")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepSecrets")
                          .actions(
                              Target.and(
                                  READ,
                                  "secretsmanager:CreateSecret",
                                  "secretsmanager:DeleteSecret",
                                  "secretsmanager:TagResource",
                                  "secretsmanager:UntagResource",
                                  "secretsmanager:UpdateSecret"))
                          .resources(secrets(stack)),
                  // It tries the key of a secret by the right of whoever makes the secret.
                  stack ->
                      own(
                              Statement.allow("TryKeyOfSecrets")
                                  .actions("kms:Decrypt", "kms:GenerateDataKey")
                                  .resources(Kms.keys(stack)),
                              stack)
                          .when(
                              "StringEquals",
                              "kms:ViaService",
                              "secretsmanager." + stack.stack().region() + ".amazonaws.com"))
              .toRefresh(
                  any ->
                      Statement.allow("SeeSecrets")
                          .actions(READ)
                          .resources(any.arn("secretsmanager", "secret:slipway/*")))
              .within(
                  stack ->
                      Statement.allow("OwnSecrets")
                          .actions(
                              "secretsmanager:DescribeSecret",
                              "secretsmanager:GetSecretValue",
                              "secretsmanager:PutSecretValue")
                          .resources(secrets(stack))),
          // No system makes one; a house rule asks about it.
          AwsType.of("aws:secretsmanager/secretPolicy:SecretPolicy")
              .free()
              .isPart()
              .guardedBy("policy")
              .replacedBy("secretArn")
              .computes("id", "{secretArn}"));

  private SecretsManager() {}

  private static String secrets(Target stack) {
    return stack.arn("secretsmanager", "secret:slipway/" + stack.stack().name() + "/*");
  }
}
