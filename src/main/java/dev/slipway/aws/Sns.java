package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.aws.Drawing.Link;
import dev.slipway.identity.Statement;
import java.util.List;

/** SNS: topics, told by the beginning of their names; it doesn't scope subscriptions. */
final class Sns {
  private static final String SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";

  private static final Prices PRICES =
      Prices.of(
          "sns",
          "https://aws.amazon.com/sns/pricing/",
          "2025-06-30",
          """
          email  *  0.00002  mail after the first 1,000
          """);

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:sns/topic:Topic")
              .guardedBy("policy")
              .drawn(
                  Drawing.card(Icon.TOPIC)
                      .details(Sns::mails)
                      .links(
                          topic ->
                              topic.pointedAtBy(CloudWatch.ALARM, "alarmActions").stream()
                                  .map(alarm -> new Link(alarm, topic, "publish", true))
                                  .toList()))
              .breaks(
                  "silent-topic",
                  topic ->
                      topic.text("kmsMasterKeyId").endsWith("alias/aws/sns")
                          ? "is encrypted with alias/aws/sns, which CloudWatch may not use; use a"
                              + " key of your own"
                          : "")
              .costs(topic -> List.of(Charge.usageBased(PRICES, "email", "mails")))
              .namedOrPrefixed("name", 1, 256, "[A-Za-z0-9_-]+", "[A-Za-z0-9_-]+")
              .replacedBy("fifoTopic", "name", "namePrefix")
              .computes("arn", "arn:aws:sns:{region}:{account}:{name}")
              .computes("id", "{arn}")
              .computes("owner", "{account}")
              .toDeploy(
                  keep(
                      "sns:CreateTopic",
                      "sns:DeleteTopic",
                      "sns:GetTopicAttributes",
                      "sns:ListSubscriptionsByTopic",
                      "sns:ListTagsForResource",
                      "sns:SetTopicAttributes",
                      "sns:TagResource",
                      "sns:UntagResource"))
              .toRefresh(
                  see(
                      "sns:GetTopicAttributes",
                      "sns:ListSubscriptionsByTopic",
                      "sns:ListTagsForResource"))
              .within(
                  stack ->
                      Statement.allow("OwnTopicsAndTheSharedOne")
                          .actions("sns:Publish")
                          .resources(stack.arn("sns", stack.named("*")), shared(stack)),
                  stack ->
                      Statement.allow("KeyOfTheSharedTopic")
                          .actions("kms:Decrypt", "kms:GenerateDataKey*")
                          .resources(Kms.keys(stack))
                          .when(
                              "ArnLike", "kms:EncryptionContext:aws:sns:topicArn", shared(stack))),
          AwsType.of("aws:sns/topicPolicy:TopicPolicy")
              .free()
              .guardedBy("policy")
              .isPart()
              .replacedBy("arn")
              .computes("id", "{arn}")
              .computes("owner", "{account}")
              .toDeploy(keep("sns:GetTopicAttributes", "sns:SetTopicAttributes"))
              .toRefresh(see("sns:GetTopicAttributes")),
          AwsType.of(SUBSCRIPTION)
              .free()
              .replacedBy("endpoint", "protocol", "topic")
              .computes("arn", "{topic}:{hex8}-0000-4000-8000-{hex12}")
              .computes("id", "{arn}")
              .computes("ownerId", "{account}")
              .toDeploy(
                  keep("sns:Subscribe"),
                  stack ->
                      Statement.allow("KeepSubscriptions")
                          .actions("sns:Unsubscribe")
                          .resources("*"))
              .toRead(Scopes.see("sns:GetSubscriptionAttributes")));

  private Sns() {}

  private static List<String> mails(PlannedResource topic) {
    return topic.pointedAtBy(SUBSCRIPTION, "topic").stream()
        .map(subscription -> "mails " + subscription.text("endpoint"))
        .findFirst()
        .map(List::of)
        .orElse(List.of("topic"));
  }

  private static Right keep(String... actions) {
    return stack ->
        Statement.allow("KeepTopics")
            .actions(actions)
            .resources(stack.arn("sns", stack.named("*")));
  }

  private static Right see(String... actions) {
    return any ->
        Statement.allow("SeeTopics").actions(actions).resources(any.arn("sns", "slipway-*"));
  }

  /** The foundation's. */
  private static String shared(Target stack) {
    return stack.arn("sns", "slipway-foundation-alerts-*");
  }
}
