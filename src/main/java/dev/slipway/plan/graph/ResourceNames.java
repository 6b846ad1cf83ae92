package dev.slipway.plan.graph;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Where a resource lives; together with its token and name this decides every computed value.
 *
 * @param project the Pulumi project
 * @param stack the Pulumi stack
 * @param region the AWS region
 * @param account the AWS account's twelve digits
 */
public record ResourceNames(String project, String stack, String region, String account) {

  /** The account that AWS's own documentation uses in its examples. */
  public static final String EXAMPLE_ACCOUNT = "123456789012";

  /** The name that Pulumi's engine gives to a resource; the stack's own type is in no other's. */
  public String urn(String type, String name, String parent) {
    var qualified = type;
    if (!parent.isEmpty()) {
      var parentType = parent.split("::")[2];
      if (!parentType.equals("pulumi:pulumi:Stack")) {
        qualified = parentType + "$" + type;
      }
    }
    return "urn:pulumi:" + stack + "::" + project + "::" + qualified + "::" + name;
  }

  /** Lower-case hexadecimal digits, at most 64, that belong to one value of one resource. */
  public String hex(int length, String... parts) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update((project + "\0" + stack).getBytes(StandardCharsets.UTF_8));
      for (var part : parts) {
        digest.update((byte) 0);
        digest.update(part.getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest()).substring(0, length);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }
}
