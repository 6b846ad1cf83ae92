package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.stream.Stream;

/** What scripts and hosts call besides buckets, all of it kept by moto. */
final class ServiceHandlers {
  private ServiceHandlers() {}

  static List<Handler> all(AwsClient aws) {
    return Stream.of(
            new ParameterHandlers(aws).all(),
            new LogHandlers(aws).all(),
            new AlarmHandlers(aws).all(),
            new TopicHandlers(aws).all(),
            new KeyHandlers(aws).all(),
            new SecretHandlers(aws).all(),
            new RegistryHandlers(aws).all(),
            new AccountHandlers(aws).all(),
            new BudgetHandlers(aws).all())
        .flatMap(List::stream)
        .toList();
  }
}
