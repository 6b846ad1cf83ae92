package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.aws.Drawing.Link;
import dev.slipway.identity.Statement;
import java.util.List;

/**
 * EventBridge: rules and their targets, told by the beginning of the rules' names. Pulumi counts
 * their types with CloudWatch's.
 */
final class EventBridge {
  static final String RULE = "aws:cloudwatch/eventRule:EventRule";
  private static final String TARGET = "aws:cloudwatch/eventTarget:EventTarget";
  private static final String NAME = "[.\\-_A-Za-z0-9]+";

  static final Prices PRICES =
      Prices.of(
          "eventbridge",
          "https://aws.amazon.com/eventbridge/pricing/",
          "2025-06-30",
          """
          opt-in-event  us-east-1     0.000001  event of 64 KB
          opt-in-event  eu-central-1  0.000001  event of 64 KB
          """);

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of(RULE)
              .free()
              .drawn(
                  Drawing.card(Icon.CLOCK)
                      .details(rule -> List.of("rule for events"))
                      .links(EventBridge::starts))
              .inWords(rule -> rule.text("name"))
              .namedOrPrefixed("name", 1, 64, NAME, NAME)
              .replacedBy("eventBusName", "name", "namePrefix")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:events:{region}:{account}:rule/{name}")
              .toDeploy(
                  keep(
                      "events:DeleteRule",
                      "events:DescribeRule",
                      "events:DisableRule",
                      "events:EnableRule",
                      "events:ListTagsForResource",
                      "events:PutRule",
                      "events:TagResource",
                      "events:UntagResource"))
              .toRefresh(see("events:DescribeRule", "events:ListTagsForResource")),
          AwsType.of(TARGET)
              .free()
              .replacedBy("eventBusName", "rule", "targetId")
              .computes("id", "{rule}-{targetId}")
              .toDeploy(
                  keep("events:ListTargetsByRule", "events:PutTargets", "events:RemoveTargets"),
                  Iam.pass("events.amazonaws.com"))
              .toRefresh(see("events:ListTargetsByRule")));

  private EventBridge() {}

  private static List<Link> starts(PlannedResource rule) {
    return rule.pointedAtBy(TARGET, "rule").stream()
        .flatMap(target -> target.follow("arn").stream())
        .map(started -> new Link(rule, started, "start", false))
        .toList();
  }

  private static Right keep(String... actions) {
    return stack ->
        Statement.allow("KeepRules")
            .actions(actions)
            .resources(stack.arn("events", "rule/" + stack.named("*")));
  }

  private static Right see(String... actions) {
    return any ->
        Statement.allow("SeeRules").actions(actions).resources(any.arn("events", "rule/slipway-*"));
  }
}
