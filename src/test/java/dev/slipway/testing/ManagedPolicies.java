package dev.slipway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Policies that AWS keeps, by their ARN, so that what they allow counts as well.
 *
 * <p>They are as the <a
 * href="https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html">AWS
 * managed policy reference</a> lists them; one that isn't here is refused.
 */
public final class ManagedPolicies {
  private ManagedPolicies() {}

  /** The JSON of the policy. */
  public static String json(String arn) {
    var name = arn.replaceFirst("^arn:aws[a-z-]*:iam::aws:policy/(service-role/)?", "");
    if (!name.matches("[A-Za-z0-9]+")) {
      throw new IllegalArgumentException("\"" + arn + "\" is not the ARN of a policy of AWS's own");
    }
    try (var file = ManagedPolicies.class.getResourceAsStream(name + ".json")) {
      if (file == null) {
        throw new IllegalArgumentException(
            "no test knows what \"" + arn + "\" allows: add " + name + ".json to the resources");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
