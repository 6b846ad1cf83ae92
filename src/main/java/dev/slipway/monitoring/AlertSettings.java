package dev.slipway.monitoring;

import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Problem;
import dev.slipway.core.Regional;
import dev.slipway.core.Regions;
import dev.slipway.core.Setting;
import java.util.List;
import java.util.Optional;

/** Who hears of trouble, and how long the log is kept. */
public record AlertSettings(
    @Setting(
            value = "Where alarms are mailed; AWS asks the address to confirm. None mails nobody.",
            example = "ops@example.com")
        Optional<String> email,
    @Setting(
            value =
                "The ARN of a topic that is there already, such as the output alertTopic of the"
                    + " foundation, for alarms to go to. The stack then makes none of its own.",
            example = "arn:aws:sns:us-east-1:111122223333:slipway-foundation-alerts-1")
        Optional<String> topic,
    @Setting(
            value =
                "Install the CloudWatch agent on hosts, which adds metrics of memory and disk and an"
                    + " alarm on memory; they cost.",
            or = "false")
        @ForHosts
        boolean cloudwatchAgent,
    @Setting(value = "How many days the stack's log is kept.", or = "30") int logRetentionDays)
    implements Regional {

  private static final List<Integer> RETENTIONS =
      List.of(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653);

  public AlertSettings {
    new Check()
        .that(
            email.map(to -> to.matches("[^@\\s]+@[^@\\s]+\\.[^@\\s]+")).orElse(true),
            "email",
            "\"" + email.orElse("") + "\" is not a mail address")
        .that(
            topic
                .map(arn -> arn.matches("arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+"))
                .orElse(true),
            "topic",
            "\""
                + topic.orElse("")
                + "\" is not the ARN of a topic, such as"
                + " arn:aws:sns:us-east-1:111122223333:slipway-foundation-alerts-1")
        .that(
            email.isEmpty() || topic.isEmpty(),
            "email",
            "is for a topic of the stack's own, and alerts.topic names another; leave one of them"
                + " out, and subscribe \""
                + email.orElse("")
                + "\" to that topic")
        .that(
            RETENTIONS.contains(logRetentionDays),
            "logRetentionDays",
            logRetentionDays + " is none of the numbers that CloudWatch takes: " + RETENTIONS)
        .orThrow();
  }

  @Override
  public List<Problem> problemsIn(String region) {
    return topic
        .flatMap(arn -> Regions.ofAnother(arn, region))
        .map(what -> new Problem("topic", what))
        .stream()
        .toList();
  }
}
