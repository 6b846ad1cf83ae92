package dev.slipway.core;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * AWS's regions and their zones, from its list of <a
 * href="https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html">availability
 * zones</a>. An account may see fewer than a region has.
 */
public final class Regions {
  private static final Map<String, String> ZONES =
      Map.ofEntries(
          entry("af-south-1", "abc"),
          entry("ap-east-1", "abc"),
          entry("ap-east-2", "abc"),
          entry("ap-northeast-1", "abcd"),
          entry("ap-northeast-2", "abcd"),
          entry("ap-northeast-3", "abc"),
          entry("ap-south-1", "abc"),
          entry("ap-south-2", "abc"),
          entry("ap-southeast-1", "abc"),
          entry("ap-southeast-2", "abc"),
          entry("ap-southeast-3", "abc"),
          entry("ap-southeast-4", "abc"),
          entry("ap-southeast-5", "abc"),
          entry("ap-southeast-6", "abc"),
          entry("ap-southeast-7", "abc"),
          entry("ca-central-1", "abcd"),
          entry("ca-west-1", "abc"),
          entry("cn-north-1", "abd"),
          entry("cn-northwest-1", "abc"),
          entry("eu-central-1", "abc"),
          entry("eu-central-2", "abc"),
          entry("eu-north-1", "abc"),
          entry("eu-south-1", "abc"),
          entry("eu-south-2", "abc"),
          entry("eu-west-1", "abc"),
          entry("eu-west-2", "abc"),
          entry("eu-west-3", "abc"),
          entry("il-central-1", "abc"),
          entry("me-central-1", "abc"),
          entry("me-south-1", "abc"),
          entry("mx-central-1", "abc"),
          entry("sa-east-1", "abc"),
          entry("us-east-1", "abcdef"),
          entry("us-east-2", "abc"),
          entry("us-gov-east-1", "abc"),
          entry("us-gov-west-1", "abc"),
          entry("us-west-1", "abc"),
          entry("us-west-2", "abcd"));

  private Regions() {}

  /** What is wrong with the name of a region. */
  public static Optional<String> problem(String region) {
    return ZONES.containsKey(region)
        ? Optional.empty()
        : Optional.of(
            "\"%s\" is not a region of AWS that this program knows, such as us-east-1%s"
                .formatted(region, Suggestion.sentence(region, ZONES.keySet())));
  }

  /** What is wrong with a zone's letter in a region. */
  public static Optional<String> zoneProblem(String region, String zone) {
    var zones = ZONES.getOrDefault(region, zone);
    return zones.contains(zone)
        ? Optional.empty()
        : Optional.of(
            "\"%s\" is not a zone of %s, which has %s"
                .formatted(zone, region, String.join(", ", zones.split(""))));
  }

  /** What doesn't fit a region in settings, and in all that they are made of. */
  public static List<Problem> problems(Record settings, String region) {
    var problems = new ArrayList<Problem>();
    if (settings instanceof Regional regional) {
      problems.addAll(regional.problemsIn(region));
    }
    for (var component : settings.getClass().getRecordComponents()) {
      var path = component.isAnnotationPresent(Inline.class) ? "" : component.getName();
      if (HostView.called(component.getAccessor(), settings) instanceof Record part) {
        problems(part, region).forEach(problem -> problems.add(problem.under(path)));
      }
    }
    return List.copyOf(problems);
  }

  /** What is wrong with an ARN of another region. */
  public static Optional<String> ofAnother(String arn, String region) {
    var parts = arn.split(":");
    return parts.length < 4 || parts[3].isEmpty() || parts[3].equals(region)
        ? Optional.empty()
        : Optional.of(
            "\"%s\" is in %s, and the stack in %s, where nothing can use it"
                .formatted(arn, parts[3], region));
  }
}
