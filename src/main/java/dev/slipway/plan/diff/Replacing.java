package dev.slipway.plan.diff;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which changed inputs make the provider make a new resource and delete the old one, as the catalog
 * says.
 */
public final class Replacing {

  private Replacing() {}

  /** The types of which the catalog tells all that is of use here. */
  public static Set<String> types() {
    return Catalog.types().stream().map(AwsType::token).collect(Collectors.toSet());
  }

  /** The inputs of this type that replace whatever they change to; none if it isn't known. */
  public static Set<String> inputs(String type) {
    return Catalog.type(type).map(AwsType::replacing).orElse(Set.of());
  }

  /**
   * Whether an input replaces when it is a reference to something that is made anew. What a rule's
   * traffic is from stays of its kind then, and is changed in place.
   */
  static boolean byReference(String type, String input, Map<String, Object> inputs) {
    return replaces(type, input, inputs, inputs);
  }

  /**
   * Those of the changed inputs that force a replacement, sorted.
   *
   * @param before the inputs as they are
   * @param after the inputs as they would be
   */
  public static List<String> among(
      String type,
      Collection<String> changed,
      Map<String, Object> before,
      Map<String, Object> after) {
    return changed.stream()
        .filter(input -> replaces(type, input, before, after))
        .distinct()
        .sorted()
        .toList();
  }

  private static boolean replaces(
      String type, String input, Map<String, Object> before, Map<String, Object> after) {
    return Catalog.type(type).filter(known -> known.isReplaced(input, before, after)).isPresent();
  }
}
