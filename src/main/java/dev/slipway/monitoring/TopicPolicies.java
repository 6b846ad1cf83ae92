package dev.slipway.monitoring;

import dev.slipway.identity.Policy;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.List;

/** The policies of an encrypted topic that services of AWS publish to, and of its key. */
final class TopicPolicies {
  /**
   * Who publishes.
   *
   * @param sid what its statements are called
   * @param principal the service
   * @param namesAccount whether it tells KMS for which account it asks; EventBridge <a
   *     href="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html">doesn't</a>
   */
  record Publisher(String sid, String principal, boolean namesAccount) {}

  static final Publisher CLOUDWATCH = new Publisher("Alarms", "cloudwatch.amazonaws.com", true);
  static final Publisher EVENTBRIDGE = new Publisher("Rules", "events.amazonaws.com", false);
  static final Publisher BUDGETS = new Publisher("Budgets", "budgets.amazonaws.com", true);

  private TopicPolicies() {}

  /** The key's, which its account keeps. */
  static String ofKey(String partition, String account, List<Publisher> publishers) {
    var statements = new ArrayList<Statement>();
    statements.add(
        Statement.allow("Account")
            .principal("AWS", "arn:%s:iam::%s:root".formatted(partition, account))
            .actions("kms:*")
            .resources("*"));
    for (var publisher : publishers) {
      var use =
          Statement.allow(publisher.sid())
              .principal("Service", publisher.principal())
              .actions("kms:Decrypt", "kms:GenerateDataKey*")
              .resources("*");
      statements.add(
          publisher.namesAccount() ? use.when("StringEquals", "aws:SourceAccount", account) : use);
    }
    return Policy.of(statements);
  }

  /** The topic's. */
  static String ofTopic(String topic, String account, List<Publisher> publishers) {
    var statements = new ArrayList<Statement>();
    for (var publisher : publishers) {
      statements.add(
          Statement.allow(publisher.sid())
              .principal("Service", publisher.principal())
              .actions("sns:Publish")
              .resources(topic)
              .when("StringEquals", "aws:SourceAccount", account));
    }
    statements.add(
        Statement.deny("TlsOnly")
            .everybody()
            .actions("sns:Publish")
            .resources(topic)
            .when("Bool", "aws:SecureTransport", "false"));
    return Policy.of(statements);
  }
}
