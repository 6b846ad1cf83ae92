package dev.slipway.aws;

import com.pulumi.aws.ec2.enums.InstanceType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** What the name of an EC2 instance type says about it. */
public final class InstanceTypes {
  private static final Pattern NAME = Pattern.compile("([a-z]+)([0-9]+)([a-z-]*)\\.([a-z0-9-]+)");

  /** GiB for a "large" of each family whose sizes double. */
  private static final Map<String, Double> LARGE = Map.of("t", 8.0, "m", 8.0, "c", 4.0, "r", 16.0);

  private static final Map<String, Double> SIZES =
      Map.of(
          "nano", 0.0625, "micro", 0.125, "small", 0.25, "medium", 0.5, "large", 1.0, "xlarge", 2.0,
          "2xlarge", 4.0, "4xlarge", 8.0, "8xlarge", 16.0);

  private InstanceTypes() {}

  /** The types that this version of the AWS SDK knows. */
  public static List<String> known() {
    return Arrays.stream(InstanceType.values()).map(InstanceType::getValue).toList();
  }

  /** Graviton types have a g behind the generation; the first of them was called a1. */
  public static Architecture architecture(String type) {
    var name = NAME.matcher(type);
    boolean arm = name.matches() && (name.group(3).contains("g") || type.startsWith("a1."));
    return arm ? Architecture.arm64 : Architecture.x86_64;
  }

  /** Its memory in GiB, for the general families. */
  public static OptionalDouble memoryGiB(String type) {
    var name = NAME.matcher(type);
    if (!name.matches() || !LARGE.containsKey(name.group(1)) || !SIZES.containsKey(name.group(4))) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(LARGE.get(name.group(1)) * SIZES.get(name.group(4)));
  }
}
