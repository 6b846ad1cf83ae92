package dev.slipway.access;

import dev.slipway.core.Stack;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * What rights are about: a stack's things in its account, by the names that the program gives them.
 *
 * @param stack the stack
 * @param account its account's number
 */
record Target(Stack stack, String account) {
  /** The policy beyond which no role of a stack can go. */
  static String boundaryName(Stack stack) {
    return "slipway-boundary-" + stack.name();
  }

  /** An ARN of this account and region. */
  String arn(String service, String resource) {
    return String.join(":", "arn", stack.partition(), service, stack.region(), account, resource);
  }

  /** An ARN of this account, of a service that has no regions. */
  String global(String service, String resource) {
    return String.join(":", "arn", stack.partition(), service, "", account, resource);
  }

  /** A bucket's, whose names are the world's. */
  String bucket(String name) {
    return "arn:" + stack.partition() + ":s3:::" + name;
  }

  /** What EC2 keeps of these kinds. */
  String[] ec2(String... kinds) {
    return Arrays.stream(kinds).map(kind -> arn("ec2", kind + "/*")).toArray(String[]::new);
  }

  /** The documents of the stack that do this. */
  String[] documents(String... verbs) {
    return Arrays.stream(verbs)
        .map(verb -> arn("ssm", "document/" + stack.document(verb)))
        .toArray(String[]::new);
  }

  /** What the names of its things begin with: {@code slipway-staging-}. */
  String named(String rest) {
    return "slipway-" + stack.name() + "-" + rest;
  }

  /** Its roles. */
  String roles() {
    return global("iam", "role" + stack.path() + "/*");
  }

  String boundary() {
    return global("iam", "policy" + Stack.WORKFLOWS + boundaryName(stack));
  }

  static String[] and(String[] some, String... more) {
    return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
  }
}
