package dev.slipway.monitoring;

import com.pulumi.aws.kms.Key;
import com.pulumi.aws.kms.KeyArgs;
import com.pulumi.aws.sns.Topic;
import com.pulumi.aws.sns.TopicArgs;
import com.pulumi.aws.sns.TopicPolicy;
import com.pulumi.aws.sns.TopicPolicyArgs;
import com.pulumi.aws.sns.TopicSubscription;
import com.pulumi.aws.sns.TopicSubscriptionArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where notices go: what CloudWatch's alarms, EventBridge's rules and budgets publish to.
 *
 * <p>Creates an SNS topic, the KMS key that it is encrypted with, its policy, and a subscription by
 * mail where an address is given. The key costs 1 dollar a month; it must be one of our own,
 * because services can't publish through {@code aws/sns}.
 *
 * <pre>{@code
 * var alerts = new AlertTopic(named("alerts"), Optional.of("ops@example.com"), childOptions());
 * }</pre>
 *
 * <p>What the key must grant is said in the <a
 * href="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html">SNS developer guide</a>,
 * what the topic must grant to budgets in <a
 * href="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html">AWS
 * Cost Management's</a>.
 */
public final class AlertTopic extends Component {
  static final String TYPE = "slipway:monitoring:AlertTopic";
  private static final List<TopicPolicies.Publisher> PUBLISHERS =
      List.of(TopicPolicies.CLOUDWATCH, TopicPolicies.EVENTBRIDGE, TopicPolicies.BUDGETS);

  private final Key key;
  private final Topic topic;
  private final TopicPolicy policy;

  /** A topic for the whole account, which all of these services publish to. */
  public AlertTopic(String name, Optional<String> email, ComponentResourceOptions options) {
    this(name, email, PUBLISHERS, options);
  }

  AlertTopic(
      String name,
      Optional<String> email,
      List<TopicPolicies.Publisher> publishers,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    key =
        new Key(
            named("key"),
            KeyArgs.builder()
                .description("Slipway " + stack().name() + ": notices on their way to the topic")
                .enableKeyRotation(true)
                .deletionWindowInDays(7)
                .policy(
                    context()
                        .account()
                        .applyValue(
                            account ->
                                TopicPolicies.ofKey(stack().partition(), account, publishers)))
                // Nothing is kept with this key: messages pass through.
                .tags(nameTag("key", Map.of("slipway:reproducible", "true")))
                .build(),
            leaf().build());
    topic =
        new Topic(
            named("topic"),
            TopicArgs.builder()
                .namePrefix(stack().prefix("alerts"))
                .kmsMasterKeyId(key.arn())
                .tags(nameTag("topic"))
                .build(),
            leaf().build());
    policy =
        new TopicPolicy(
            named("policy"),
            TopicPolicyArgs.builder()
                .arn(topic.arn())
                .policy(
                    Output.tuple(topic.arn(), context().account())
                        .applyValue(known -> TopicPolicies.ofTopic(known.t1, known.t2, publishers)))
                .build(),
            leaf().build());
    email.ifPresent(
        address ->
            new TopicSubscription(
                named("mail"),
                TopicSubscriptionArgs.builder()
                    .topic(topic.arn())
                    .protocol("email")
                    .endpoint(address)
                    .build(),
                leaf().build()));
    registerOutputs(Map.of("topic", topic.arn()));
  }

  /** The topic's ARN. */
  public Output<String> arn() {
    return topic.arn();
  }

  /** The ARN of the key that messages are encrypted with. */
  Output<String> keyArn() {
    return key.arn();
  }

  /** What must be there before anybody is told of the topic. */
  public Resource ready() {
    return policy;
  }
}
