package dev.slipway.plan.rules;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import dev.slipway.aws.NameLimit;
import dev.slipway.plan.graph.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is wrong with names, by what the catalog says of them. */
final class NameLimits {

  private NameLimits() {}

  /** What is wrong with the names of a resource. */
  static List<String> problems(Resource resource) {
    var result = new ArrayList<String>();
    Catalog.type(resource.type())
        .map(AwsType::names)
        .orElse(Map.of())
        .forEach(
            (input, limit) ->
                problem(resource.value(input), limit)
                    .ifPresent(what -> result.add("its " + input + " " + what)));
    result.sort(null);
    return result;
  }

  private static Optional<String> problem(Object value, NameLimit limit) {
    if (!(value instanceof String name)) {
      return Optional.empty();
    }
    if (name.length() < limit.least() || name.length() > limit.most()) {
      return Optional.of(
          "\"%s\" has %d characters, and AWS takes %d to %d"
              .formatted(name, name.length(), limit.least(), limit.most()));
    }
    return limit.form().matcher(name).matches()
        ? Optional.empty()
        : Optional.of("\"%s\" is not of the form that AWS takes, %s".formatted(name, limit.form()));
  }
}
