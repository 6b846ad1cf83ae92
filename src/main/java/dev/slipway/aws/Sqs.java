package dev.slipway.aws;

import java.util.List;

/** SQS: queues. */
final class Sqs {
  static final List<AwsType> TYPES =
      List.of(
          // No system makes one; a house rule asks about it.
          AwsType.of("aws:sqs/queuePolicy:QueuePolicy")
              .free()
              .isPart()
              .guardedBy("policy")
              .replacedBy("queueUrl")
              .computes("id", "{queueUrl}"));

  private Sqs() {}
}
