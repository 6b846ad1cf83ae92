package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;

/** Topics, their policies and subscriptions. */
final class TopicHandlers {
  private final AwsClient.Query sns;

  TopicHandlers(AwsClient aws) {
    sns = new AwsClient.Query(aws, "sns");
  }

  List<Handler> all() {
    return List.of(topic(), topicPolicy(), subscription().inert());
  }

  private Handler topic() {
    return Handler.of("aws:sns/topic:Topic")
        .create(
            request -> {
              String arn = sns.call("CreateTopic", "Name", request.text("name")).need("TopicArn");
              topicAttribute(arn, "KmsMasterKeyId", request.text("kmsMasterKeyId"));
              topicAttribute(arn, "Policy", request.text("policy"));
              topicAttribute(arn, "DisplayName", request.text("displayName"));
              return Handler.Made.of(arn, "arn", arn, "owner", EmulatedCloud.ACCOUNT);
            })
        .change(
            request -> {
              topicAttribute(request.id(), "KmsMasterKeyId", request.text("kmsMasterKeyId"));
              topicAttribute(request.id(), "Policy", request.text("policy"));
            })
        .delete(request -> sns.call("DeleteTopic", "TopicArn", request.id()))
        .found(request -> sns.call("GetTopicAttributes", "TopicArn", request.id()));
  }

  private void topicAttribute(String arn, String name, String value) {
    if (value != null) {
      sns.call(
          "SetTopicAttributes",
          Map.of("TopicArn", arn, "AttributeName", name, "AttributeValue", value));
    }
  }

  private Handler topicPolicy() {
    return Handler.of("aws:sns/topicPolicy:TopicPolicy")
        .put(
            request -> topicAttribute(request.text("arn"), "Policy", request.text("policy")),
            request -> Handler.Made.of(request.text("arn"), "owner", EmulatedCloud.ACCOUNT));
  }

  private Handler subscription() {
    return Handler.of("aws:sns/topicSubscription:TopicSubscription")
        .create(
            request -> {
              String arn =
                  sns.call(
                          "Subscribe",
                          request
                              .fields("TopicArn=topic", "Protocol", "Endpoint")
                              .and("ReturnSubscriptionArn", true))
                      .need("SubscriptionArn");
              return Handler.Made.of(
                  arn,
                  "arn",
                  arn,
                  "ownerId",
                  EmulatedCloud.ACCOUNT,
                  "pendingConfirmation",
                  request.text("protocol").equals("email"));
            })
        .delete(request -> sns.call("Unsubscribe", "SubscriptionArn", request.id()))
        .found(request -> sns.call("GetSubscriptionAttributes", "SubscriptionArn", request.id()));
  }
}
