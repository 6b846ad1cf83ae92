package dev.slipway.aws;

import dev.slipway.core.Stack;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What rights are about: a stack's things in its account, by the names that the program gives them.
 *
 * @param stack the stack
 * @param account its account's number
 * @param hostedZones the hosted zones in Route 53 that it makes records in
 */
public record Target(Stack stack, String account, List<String> hostedZones) {
  public Target {
    hostedZones = List.copyOf(hostedZones);
  }

  /** A stack without names of its own. */
  public Target(Stack stack, String account) {
    this(stack, account, List.of());
  }

  /** The policy beyond which no role of the stack can go. */
  public static String boundaryName(String stack) {
    return "slipway-boundary-" + stack;
  }

  /** An ARN of this account and region. */
  public String arn(String service, String resource) {
    return String.join(":", "arn", stack.partition(), service, stack.region(), account, resource);
  }

  /** An ARN of this account, of a service that has no regions. */
  public String global(String service, String resource) {
    return String.join(":", "arn", stack.partition(), service, "", account, resource);
  }

  /** An ARN of what AWS keeps for everybody in this region. */
  public String ofAws(String service, String resource) {
    return String.join(":", "arn", stack.partition(), service, stack.region(), "", resource);
  }

  /** A bucket's, whose names are the world's. */
  public String bucket(String name) {
    return "arn:" + stack.partition() + ":s3:::" + name;
  }

  /** What EC2 keeps of these kinds. */
  public String[] ec2(String... kinds) {
    return Arrays.stream(kinds).map(kind -> arn("ec2", kind + "/*")).toArray(String[]::new);
  }

  /** The documents of the stack that do this. */
  public String[] documents(String... verbs) {
    return Arrays.stream(verbs)
        .map(verb -> arn("ssm", "document/" + stack.document(verb)))
        .toArray(String[]::new);
  }

  /** These, if all of the stack is thrown away with it. */
  public String[] whereEphemeral(String... resources) {
    return stack.ephemeral() ? resources : new String[0];
  }

  /** What the names of its things begin with: {@code slipway-staging-}. */
  public String named(String rest) {
    return "slipway-" + stack.name() + "-" + rest;
  }

  /** Its roles. */
  public String roles() {
    return global("iam", "role" + stack.path() + "/*");
  }

  /** The policy beyond which none of its roles can go. */
  public String boundary() {
    return global("iam", "policy" + Stack.WORKFLOWS + boundaryName(stack.name()));
  }

  /** These and more, in one list. */
  public static String[] and(String[] some, String... more) {
    return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
  }
}
