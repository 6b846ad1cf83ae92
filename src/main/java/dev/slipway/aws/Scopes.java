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

  /** Tags what is new, or the stack's already. */
  static Statement tagNew(Statement statement, Target stack) {
    return tagged(statement, stack)
        .when("StringEqualsIfExists", HAS + Stack.OWNER, stack.stack().name());
  }

  /** Tags what has no stack's tag yet. */
  static Statement claim(Statement statement, Target stack) {
    return tagged(statement, stack).when("Null", HAS + Stack.OWNER, "true");
  }

  /** Tags what is the stack's, and makes it nobody else's. */
  static Statement tagOwn(Statement statement, Target stack) {
    return own(statement, stack)
        .when("StringEqualsIfExists", REQUESTED + Stack.OWNER, stack.stack().name());
  }

  /** Takes tags off what is the stack's: not its own, nor these. */
  static Statement untagOwn(Statement statement, Target stack, String... others) {
    return own(statement, stack)
        .when(
            "ForAllValues:StringNotEquals",
            "aws:TagKeys",
            Target.and(new String[] {Stack.OWNER}, others));
  }

  /** What is there is of some stack. */
  static Statement ofAnyStack(Statement statement) {
    return statement.when("StringEquals", HAS + "ManagedBy", "pulumi");
  }
}
