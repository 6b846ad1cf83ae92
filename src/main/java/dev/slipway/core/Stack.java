package dev.slipway.core;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The stack that is being built, and how the things in it are called.
 *
 * @param name the stack's name, {@code staging}
 * @param system the system that it runs, {@code erpnext}
 * @param region the AWS region
 * @param ownTags tags from the stack file, which win over the program's
 */
public record Stack(String name, String system, String region, Map<String, String> ownTags) {
  /** Long enough for people; short enough for the names of buckets (63) that are made from it. */
  private static final String NAME = "[a-z][a-z0-9-]{0,19}";

  public Stack {
    new Check()
        .that(
            name.matches(NAME),
            "",
            "the stack's name \""
                + name
                + "\" becomes part of names on AWS: use at most 20 of a-z, 0-9 and -, a letter"
                + " first")
        .orThrow();
    ownTags = Map.copyOf(ownTags);
  }

  /** The parameters of this stack, and of no other, begin with this. */
  public String path() {
    return "/slipway/" + name;
  }

  /** The parameter that tells a host what to run. */
  public String pointer() {
    return path() + "/host";
  }

  /** The parameter that names the last release that every host served. */
  public String desiredRelease() {
    return path() + "/release/desired";
  }

  /** The SecureString parameters of this stack begin with this. */
  public String secrets() {
    return path() + "/secrets";
  }

  /** The SSM document for one verb: {@code slipway-staging-release}. */
  public String document(String verb) {
    return "slipway-" + name + "-" + verb;
  }

  /** What names of AWS's making begin with: {@code slipway-staging-backup-}. */
  public String prefix(String role) {
    return "slipway-" + name + "-" + role + "-";
  }

  /** The tags that everything carries. */
  public Map<String, String> tags() {
    var tags = new LinkedHashMap<String, String>();
    tags.put("Project", system);
    tags.put("Environment", name);
    tags.put("ManagedBy", "pulumi");
    tags.put("System", system);
    tags.putAll(ownTags);
    return tags;
  }

  /** The partition of the region: {@code aws}, {@code aws-cn} or {@code aws-us-gov}. */
  public String partition() {
    if (region.startsWith("cn-")) {
      return "aws-cn";
    }
    return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  }
}
