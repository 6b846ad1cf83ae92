package dev.slipway.plan.diff;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import dev.slipway.aws.InstanceTypes;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which changed inputs make the provider make a new resource and delete the old one: those that the
 * catalog names for the type, and a few that do so by what they change from or to.
 */
public final class Replacing {

  /** Where a rule's traffic is from or to: it has exactly one of them. */
  private static final Set<String> SOURCES =
      Set.of("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId");

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
    return inputs(type).contains(input)
        || (type.equals("aws:ec2/instance:Instance") && replaces(type, input, inputs, inputs));
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
        .filter(input -> inputs(type).contains(input) || replaces(type, input, before, after))
        .distinct()
        .sorted()
        .toList();
  }

  /** Whether an input replaces because of what it, or another, changes from or to. */
  private static boolean replaces(
      String type, String input, Map<String, Object> before, Map<String, Object> after) {
    return switch (type) {
      case "aws:ec2/instance:Instance" ->
          switch (input) {
            case "userData", "userDataBase64" ->
                Boolean.TRUE.equals(after.get("userDataReplaceOnChange"));
            case "instanceType" ->
                before.get(input) instanceof String was
                    && after.get(input) instanceof String is
                    && InstanceTypes.architecture(was) != InstanceTypes.architecture(is);
            default -> false;
          };
      case "aws:ec2/vpc:Vpc" ->
          input.equals("instanceTenancy")
              && !("dedicated".equals(before.get(input))
                  && "default".equals(after.getOrDefault(input, "default")));
      case "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
              "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule" ->
          SOURCES.contains(input) && !given(before).equals(given(after));
      case "aws:ssm/parameter:Parameter" ->
          input.equals("tier")
              && "Advanced".equals(before.get(input))
              && "Standard".equals(after.get(input));
      default -> false;
    };
  }

  private static List<String> given(Map<String, Object> rule) {
    return SOURCES.stream().filter(source -> Objects.nonNull(rule.get(source))).sorted().toList();
  }
}
