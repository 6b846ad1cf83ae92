package dev.slipway.core;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The stack that is being built, and how the things in it are called.
 *
 * @param name the stack's name, {@code staging}
 * @param system the system that it runs, {@code erpnext}
 * @param region the AWS region
 * @param ownTags tags from the stack file, which win over the program's
 * @param ephemeral whether nothing of it is protected
 */
public record Stack(
    String name, String system, String region, Map<String, String> ownTags, boolean ephemeral) {
  /**
   * Databases and load balancers take no two hyphens together and none at the end; and what a
   * bucket's name begins with, {@code slipway-STACK-access-log-}, has at most 37 characters.
   */
  private static final Pattern NAME = Pattern.compile("(?=.{1,17}$)[a-z](-?[a-z0-9])*");

  /** What a stack can be called, in words. */
  public static final String NAMES =
      "at most 17 of a-z, 0-9 and -, a letter first, no two hyphens together and none at the end";

  /** S3 objects take ten tags, of which {@code Name} is one. */
  private static final int MOST_TAGS = 9;

  /** Keys of the program's own tags, which a stack's may replace. */
  private static final List<String> PROGRAMS =
      List.of("Project", "Environment", "ManagedBy", "System");

  /** The stack that a thing belongs to: what workflows may do is told from this tag. */
  public static final String OWNER = "slipway:owner";

  /** The tag of what commands are sent to, and of the disks that are kept. */
  public static final String STACK_TAG = "slipway:stack";

  /** The path of the roles that workflows take, which is beside those of stacks. */
  public static final String WORKFLOWS = "/slipway/github/";

  /** A stack whose things are protected as their settings say. */
  public Stack(String name, String system, String region, Map<String, String> ownTags) {
    this(name, system, region, ownTags, false);
  }

  public Stack {
    ownTags = Map.copyOf(ownTags);
    var check =
        new Check()
            .that(
                isName(name),
                "",
                "the stack's name \"" + name + "\" becomes part of names on AWS: use " + NAMES)
            .that(
                !name.equals("github"),
                "",
                "the stack's name \"github\" would put its roles among those that workflows take")
            .none(sameButForCase(ownTags), "tags");
    ownTags.forEach(
        (key, value) ->
            check
                .that(
                    !key.toLowerCase(Locale.ROOT).startsWith("slipway:"),
                    "tags." + key,
                    "is the program's, which tells stacks and their rights apart by such tags; use"
                        + " another key")
                .that(
                    (key + value).matches("[\\p{L}\\p{Z}\\p{N}_.:/=+@-]*")
                        && key.length() <= 128
                        && !key.isBlank()
                        && !key.toLowerCase(Locale.ROOT).startsWith("aws:")
                        && value.length() <= 256,
                    "tags." + key,
                    "\"" + value + "\" or its key is not what AWS takes for a tag"));
    check
        .that(
            tags(system, name, ownTags).size() <= MOST_TAGS,
            "tags",
            "are more than " + MOST_TAGS + " with the program's five; S3 objects take no more")
        .orThrow();
  }

  /** What IAM takes for one key given twice: it doesn't tell {@code owner} from {@code Owner}. */
  private static Optional<String> sameButForCase(Map<String, String> ownTags) {
    var seen = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    PROGRAMS.forEach(key -> seen.put(key, key));
    return ownTags.keySet().stream()
        .sorted()
        .flatMap(
            key ->
                Optional.ofNullable(seen.put(key, key))
                    .filter(former -> !former.equals(key))
                    .map(former -> "\"%s\" and \"%s\"".formatted(former, key))
                    .stream())
        .findFirst()
        .map(
            both ->
                both
                    + " are one key to IAM, which ignores case and takes each once; write it as one"
                    + " of them");
  }

  /** Whether a stack can be called so. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** The parameters of this stack, and of no other, begin with this. */
  public String path() {
    return "/slipway/" + name;
  }

  /** The parameter that tells a host what to run. */
  public String pointer() {
    return path() + "/host";
  }

  /** What is remembered of releases, in parameters that hosts write. */
  public String releases() {
    return path() + "/release";
  }

  /**
   * The parameter that names the last release that every host served; of one of several apps, each
   * app has a parameter of its own below it.
   */
  public String desiredRelease() {
    return releases() + "/desired";
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

  /** Whether something is protected: as its setting says, unless the stack is thrown away. */
  public boolean protects(boolean setting) {
    return setting && !ephemeral;
  }

  /** The tags that everything carries. */
  public Map<String, String> tags() {
    return tags(system, name, ownTags);
  }

  private static Map<String, String> tags(String system, String name, Map<String, String> ownTags) {
    var tags = new LinkedHashMap<String, String>();
    tags.put("Project", system);
    tags.put("Environment", name);
    tags.put("ManagedBy", "pulumi");
    tags.put("System", system);
    tags.put(OWNER, name);
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
