package dev.slipway.aws;

import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;

/**
 * How a stack's own is told from others', where a service knows no names: by the tag that the stack
 * puts on all that it makes.
 */
final class Scopes {
  static final String REQUESTED = "aws:RequestTag/";
  static final String HAS = "aws:ResourceTag/";

  private Scopes() {}

  /** What AWS doesn't scope, and only reads. */
  static Right see(String... actions) {
    return stack -> Statement.allow("See").actions(actions).resources("*");
  }

  /** What the call makes carries the stack's tag. */
  static Statement tagged(Statement statement, Target stack) {
    return statement.when("StringEquals", REQUESTED + Stack.OWNER, stack.stack().name());
  }

  /** What is there carries the stack's tag. */
  static Statement own(Statement statement, Target stack) {
    return statement.when("StringEquals", HAS + Stack.OWNER, stack.stack().name());
  }

  /** What is there is of some stack. */
  static Statement ofAnyStack(Statement statement) {
    return statement.when("StringEquals", HAS + "ManagedBy", "pulumi");
  }
}
